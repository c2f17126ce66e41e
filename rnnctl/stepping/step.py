"""One step described: its input and output in the data's units, and what it did to the carry of every layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.normal import mean_and_log_variance
from rnnctl.stepping.inputs import Given
from rnnctl.stepping.model import Array, Carry, Held, Model, ReadyLayer

SATURATED = 0.95
"""A value of this size, or beyond, is close to the ends of -1 … 1."""
Origin: TypeAlias = Literal["zeros", "declared", "learned", "carried", "edited", "loaded"]
"""Where a carry came from: zeros, another initial value, a learned one, the step before, a person, a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a layer's carry across a step. Shapes: before and after as the state declares."""

    name: str
    before: Array
    after: Array

    @property
    def norm(self) -> float:
        """The Euclidean norm of the value after the step."""
        return _norm(self.after)

    @property
    def saturated(self) -> float | None:
        """The share of units within 0.05 of -1 or 1; None where one is beyond, or the part counts."""
        if self.after.dtype.kind != "f" or not self.after.size or np.abs(self.after).max() > 1:
            return None
        return float((np.abs(self.after) >= SATURATED).mean())

    @property
    def change(self) -> float:
        """The norm of the difference that the step made."""
        return _norm(self.after.astype(np.float64) - self.before)


@dataclass(frozen=True, slots=True)
class LayerStep:
    """What a step did to the carry of one layer that has one; `place` tells where that layer stands."""

    place: str
    name: str
    parts: tuple[Part, ...]
    origin: Origin = "zeros"
    """Where the carry came from that the step began with."""


class Making(NamedTuple):
    """What a step was made with, from which all else about it can be found: see `figures`.

    `border` says, of an input that was fed, why the data would have the state put back before it; else it is empty.
    """

    model: Model
    carry: Carry
    held: Mapping[int, Held]
    border: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step that was made. Step t = 1 is the first after a reset.

    `given` is the input in the data's units by column, `input` (F) or a code in model units; `output` (O) is
    in model units, `shown` the same for people: for each target column its number in the data's units, or the
    probability that it is 1, or for each class its probability. `deviation` is the standard deviation of each
    target column in the data's units, where the model gives one. `target` is what would have been right and
    `loss` that of this step, in model units, where that is known.
    """

    t: int
    given: Given
    input: Array
    output: Array
    shown: Mapping[str, float]
    layers: tuple[LayerStep, ...]
    deviation: Mapping[str, float] = field(default_factory=dict)
    target: Given | None = None
    loss: float | None = None
    making: Making | None = None

    def top(self, count: int) -> list[tuple[str, float]]:
        """The largest values shown, largest first: the most probable classes."""
        return sorted(self.shown.items(), key=lambda item: -item[1])[:count]


def shown_output(model: Model, y: Array) -> dict[str, float]:
    """An output (O) in the data's units by column, or the probability of each class, or that a column is 1."""
    return dict(zip(shown_names(model), shown_values(model, y).tolist(), strict=True))


def shown_deviation(model: Model, y: Array) -> dict[str, float]:
    """The standard deviations that an output has, by column and in the data's units; empty where it has none."""
    if model.loss != "gaussian":
        return {}
    return dict(zip(model.facts.target.names, deviation_values(model, y).tolist(), strict=True))


def shown_names(model: Model) -> tuple[str, ...]:
    """What the values shown are called: classes, or target columns."""
    target = model.facts.target
    return target.symbols if target.kind == "class" else target.names


def shown_values(model: Model, y: Array) -> NDArray[Any]:
    """Outputs (..., O) in the data's units, or the probability of each class, or that a column is 1."""
    target, scaling = model.facts.target, model.scaling.target
    values: NDArray[Any] = y.astype(np.float64)
    if target.kind == "class":
        exponentials = np.exp(values - values.max(-1, keepdims=True))
        values = exponentials / exponentials.sum(-1, keepdims=True)
    elif target.kind == "binary":
        values = np.exp(-np.logaddexp(0, -values))
    else:
        if model.loss == "gaussian":
            values, _ = mean_and_log_variance(y)
        values = values if scaling is None else scaling.to_data(values)
    return values


def deviation_values(model: Model, y: Array) -> NDArray[Any]:
    """The standard deviations of outputs (..., 2 O), in the data's units."""
    scaling = model.scaling.target
    _, log_variance = mean_and_log_variance(y)
    factor = 1.0 if scaling is None else np.abs(scaling.factor)
    found: NDArray[Any] = np.exp(log_variance / 2) * factor
    return found


def parts_of(layer: ReadyLayer, before: tuple[Array, ...], after: tuple[Array, ...]) -> tuple[Part, ...]:
    """Every part of a layer's carry across a step."""
    return tuple(Part(state.name, old, new) for state, old, new in zip(layer.states, before, after, strict=True))


def _norm(value: Array) -> float:
    return float(np.sqrt(np.square(value.astype(np.float64)).sum()))
