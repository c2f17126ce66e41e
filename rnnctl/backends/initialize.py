"""First values of parameters, drawn by seed and name alone: the order in which layers are made changes nothing."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.equations.layer import Layer, Parameter


def initial_values(layer: Layer, seed: int, place: str) -> dict[str, NDArray[np.float64]]:
    """The first values of every parameter of a layer; `place` names the layer within its model ("0" the first).

    Shapes: as the layer declares. A leading axis before the last two is a stack: each slice is drawn alone.
    """
    return {p.name: draw(p, generator(seed, f"{place}.{p.name}")) for p in layer.parameters}


def generator(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for a seed and a name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest[:16], "little")))


def draw(parameter: Parameter, random: np.random.Generator) -> NDArray[np.float64]:
    """Values of one parameter by its method.

    Sources: glorot, Glorot & Bengio 2010, with fan-out the rows and fan-in the columns of each matrix;
    orthogonal, Saxe et al. 2014, arXiv:1312.6120.
    """
    shape, method, arguments = parameter.shape, parameter.method, parameter.arguments
    if method in ("zeros", "ones", "constant"):
        value = {"zeros": 0.0, "ones": 1.0}.get(method)
        return np.full(shape, arguments[0] if value is None else value)
    if method == "uniform":
        low, high = arguments
        return random.uniform(low, high, shape)
    if method == "normal":
        return random.normal(0.0, arguments[0], shape)
    rows, columns = shape[-2:]
    if method == "glorot_uniform":
        limit = math.sqrt(6.0 / (rows + columns))
        return random.uniform(-limit, limit, shape)
    if method == "glorot_normal":
        return random.normal(0.0, math.sqrt(2.0 / (rows + columns)), shape)
    if method == "identity":
        return np.broadcast_to(np.eye(rows, columns), shape).copy()
    assert method == "orthogonal", method
    return _orthogonal(random, shape)


def _orthogonal(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    """Matrices with orthonormal rows or columns, whichever are fewer; tall ones in square blocks.

    A parameter of k stacked gates, [k * n, n], gets an orthogonal block for each gate.
    """
    *stack, rows, columns = shape
    values = np.empty(shape)
    for index in np.ndindex(*stack):
        blocks = []
        for low in range(0, rows, columns):
            height = min(columns, rows - low)
            q, r = np.linalg.qr(random.normal(size=(columns, height)))
            blocks.append((q * np.sign(np.diag(r))).T)
        values[index] = np.concatenate(blocks)
    return values
