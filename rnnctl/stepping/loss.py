"""The loss of one step in numpy, as training computes it: in model units, and of one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.normal import mean_and_log_variance, negative_log_likelihood
from rnnctl.stepping.inputs import Given
from rnnctl.stepping.model import Array, Model

_HUBER = 1.0


def loss_of(model: Model, y: Array, target: Given) -> float:
    """The loss of an output (O) in model units against a target in the data's units."""
    outputs, wanted = y.astype(np.float64), wanted_of(model, target)
    if model.facts.target.kind == "class":
        return float(np.logaddexp.reduce(outputs) - outputs[wanted])
    if model.loss == "gaussian":
        mean, log_variance = mean_and_log_variance(outputs)
        return float(negative_log_likelihood(wanted - mean, log_variance).mean())
    return float(_ELEMENTWISE[model.loss](outputs, wanted, _delta(model)).mean())


def wanted_of(model: Model, target: Given) -> NDArray[Any]:
    """A target in model units: (O) float64, or the code of a class."""
    signal, scaling = model.facts.target, model.scaling.target
    if signal.kind == "class":
        return np.asarray(signal.symbols.index(str(target[signal.names[0]])), np.int64)
    values: NDArray[Any] = np.array([float(target[name]) for name in signal.names], np.float64)
    return values if scaling is None or signal.kind == "binary" else scaling.to_model(values)


def _delta(model: Model) -> float:
    """Where the Huber loss turns from a square into a line."""
    section = model.resolved and model.resolved.training.loss.huber
    return section.delta if section else _HUBER


def _squared(outputs: Array, wanted: Array, _delta: float) -> Array:
    value: Array = (outputs - wanted) ** 2
    return value


def _absolute(outputs: Array, wanted: Array, _delta: float) -> Array:
    value: Array = np.abs(outputs - wanted)
    return value


def _huber(outputs: Array, wanted: Array, delta: float) -> Array:
    error = np.abs(outputs - wanted)
    value: Array = np.where(error <= delta, error**2 / 2, delta * (error - delta / 2))
    return value


def _binary_cross_entropy(outputs: Array, wanted: Array, _delta: float) -> Array:
    value: Array = np.logaddexp(0, outputs) - outputs * wanted
    return value


_ELEMENTWISE: dict[str, Callable[[Array, Array, float], Array]] = {
    "mse": _squared,
    "mae": _absolute,
    "huber": _huber,
    "binary_cross_entropy": _binary_cross_entropy,
}
