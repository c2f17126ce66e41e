"""A session: a model, the carry it has come to, and how many steps that took. It knows no file and no terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.normal import mean_and_log_variance
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import Given, Value, check_input, to_model
from rnnctl.stepping.model import Array, Carry, Model, ReadyLayer


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
    def change(self) -> float:
        """The norm of the difference that the step made."""
        return _norm(self.after.astype(np.float64) - self.before)


@dataclass(frozen=True, slots=True)
class LayerStep:
    """What a step did to the carry of one layer that has one; `place` tells where that layer stands."""

    place: str
    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step that was made. Step t = 1 is the first after a reset.

    `given` is the input in the data's units by column, `input` (F) or a code in model units; `output` (O) is
    in model units, `shown` the same for people: for each target column its number in the data's units, or the
    probability that it is 1, or for each class its probability. `deviation` is the standard deviation of each
    target column in the data's units, where the model gives one.
    """

    t: int
    given: Given
    input: Array
    output: Array
    shown: Mapping[str, float]
    layers: tuple[LayerStep, ...]
    deviation: Mapping[str, float] = field(default_factory=dict)

    def top(self, count: int) -> list[tuple[str, float]]:
        """The largest values shown, largest first: the most probable classes."""
        return sorted(self.shown.items(), key=lambda item: -item[1])[:count]


class Session:
    """Walks a model: `session.step(50)`; the carry and the count of steps can be read and set."""

    def __init__(self, model: Model, carry: Carry | None = None, t: int = 0) -> None:
        self.model = model
        self.carry = model.initial_carry() if carry is None else carry
        self.t = t

    def step(self, value: Value) -> Step:
        """Make one step with an input in the units of the data file.

        Errors: UsageError for an input that does not fit, and for one that drives a state or the output
        beyond all numbers; the session then stays where it was.
        """
        model, facts = self.model, self.model.facts
        given = check_input(facts.input, value)
        x = to_model(facts.input, given, model.scaling.input, model.dtype)
        carry, y = model.step(self.carry, x)
        layers = tuple(
            LayerStep(layer.place, layer.layer.name, _parts(layer, before, after))
            for layer, before, after in zip(model.layers, self.carry, carry, strict=True)
            if layer.states
        )
        self._check_finite(layers, y)
        step = Step(self.t + 1, given, x, y, shown_output(model, y), layers, shown_deviation(model, y))
        self.carry, self.t = carry, self.t + 1
        return step

    def reset(self) -> None:
        """Go back to the initial carry and to t = 0."""
        self.carry, self.t = self.model.initial_carry(), 0

    def _check_finite(self, layers: tuple[LayerStep, ...], y: Array) -> None:
        places = [(f"{part.name} of layer {at.place}", part.after) for at in layers for part in at.parts]
        for what, value in (*places, ("the output", y)):
            if not np.isfinite(value).all():
                message = f"step {self.t + 1} makes {what} too large for a number"
                raise UsageError(Diagnostic(message, help="give an input nearer to the data, or --reset"))


def shown_output(model: Model, y: Array) -> dict[str, float]:
    """An output (O) in the data's units by column, or the probability of each class, or that a column is 1."""
    target, scaling = model.facts.target, model.scaling.target
    values: NDArray[Any] = y.astype(np.float64)
    if target.kind == "class":
        exponentials = np.exp(values - values.max())
        return dict(zip(target.symbols, (exponentials / exponentials.sum()).tolist(), strict=True))
    if target.kind == "binary":
        probabilities = np.exp(-np.logaddexp(0, -values))
        return dict(zip(target.names, probabilities.tolist(), strict=True))
    if model.loss == "gaussian":
        values, _ = mean_and_log_variance(y)
    restored = values if scaling is None else scaling.to_data(values)
    return dict(zip(target.names, restored.tolist(), strict=True))


def shown_deviation(model: Model, y: Array) -> dict[str, float]:
    """The standard deviations that an output has, by column and in the data's units; empty where it has none."""
    if model.loss != "gaussian":
        return {}
    target, scaling = model.facts.target, model.scaling.target
    _, log_variance = mean_and_log_variance(y)
    factor = 1.0 if scaling is None else np.abs(scaling.factor)
    return dict(zip(target.names, (np.exp(log_variance / 2) * factor).tolist(), strict=True))


def _parts(layer: ReadyLayer, before: tuple[Array, ...], after: tuple[Array, ...]) -> tuple[Part, ...]:
    return tuple(Part(state.name, old, new) for state, old, new in zip(layer.states, before, after, strict=True))


def _norm(value: Array) -> float:
    return float(np.sqrt(np.square(value.astype(np.float64)).sum()))
