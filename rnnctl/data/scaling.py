"""Scaling of number columns to the units a model works in, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.records import Facts
from rnnctl.data.spec import Scale
from rnnctl.errors import DataError, Problem

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Affine:
    """One offset and one factor a column: model units are (data units - offset) / factor."""

    offset: tuple[float, ...]
    factor: tuple[float, ...]

    def to_model(self, values: Floats) -> Floats:
        """From the data's units to the model's; values (..., F)."""
        scaled: Floats = (values - np.array(self.offset)) / np.array(self.factor)
        return scaled

    def to_data(self, values: Floats) -> Floats:
        """From the model's units to the data's; values (..., F)."""
        restored: Floats = values * np.array(self.factor) + np.array(self.offset)
        return restored


@dataclass(frozen=True, slots=True)
class Scaling:
    """How input and target are scaled; None where they are symbols, classes, or left as they are."""

    input: Affine | None
    target: Affine | None

    def as_dict(self) -> dict[str, Any]:
        """Plain lists of floats, for JSON; `from_dict` reads them back exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Scaling:
        """Read back what `as_dict` wrote."""
        sides = {
            side: None
            if plain[side] is None
            else Affine(*(tuple(map(float, plain[side][key])) for key in ("offset", "factor")))
            for side in ("input", "target")
        }
        return cls(**sides)


def fit_scaling(facts: Facts, scale: Scale, inputs: NDArray[Any], targets: NDArray[Any]) -> Scaling:
    """Fit every number column on the rows given, which are those of the training split alone.

    inputs (N, F), targets (M, O), in the data's units; symbols and classes are passed over. A target column
    that is also an input column shares its scaling. Raises DataError for values beyond all scaling.
    """
    if scale == "none":
        return Scaling(None, None)
    fitted: dict[str, tuple[float, float]] = {}
    for signal, values in ((facts.input, inputs), (facts.target, targets)):
        for i, name in enumerate(signal.names if signal.kind == "number" else ()):
            if name not in fitted:
                fitted[name] = _fit(name, scale, values[:, i])
    sides = [
        Affine(*zip(*(fitted[name] for name in signal.names), strict=True)) if signal.kind == "number" else None
        for signal in (facts.input, facts.target)
    ]
    return Scaling(*sides)


def _fit(name: str, scale: Scale, column: Floats) -> tuple[float, float]:
    """Find the offset and the factor of one column; one that does not change keeps the factor 1."""
    low, high = float(column.min()), float(column.max())
    if low == high:
        return low, 1.0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        offset = float(column.mean()) if scale == "standard" else low
        factor = float(column.std()) if scale == "standard" else high - low
    if not (np.isfinite(offset) and np.isfinite(factor)):
        message = f"column '{name}' cannot be scaled: its values lie from {low:g} to {high:g}"
        raise DataError(problems=[Problem(("data", "scale"), message)])
    return offset, factor or 1.0  # the squares of tiny differences may all be 0
