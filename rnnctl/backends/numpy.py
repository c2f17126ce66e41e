"""The operations of the language in numpy: what `rnnctl step` runs on, without torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnctl.backends.indices import check_divisor, check_lookup, divides_whole_numbers, subscript_index
from rnnctl.equations.graph import Kind, Level, Node

Array = NDArray[Any]
Operation = Callable[..., Any]


def sigmoid(v: Array) -> Array:
    """The logistic function, without overflow at either end."""
    half = v.dtype.type(0.5)
    value: Array = half * np.tanh(half * v) + half
    return value


def softplus(v: Array) -> Array:
    """log(1 + exp v), without overflow."""
    value: Array = np.logaddexp(v, v.dtype.type(0))
    return value


def relu(v: Array) -> Array:
    """The positive part; NaN stays NaN."""
    value: Array = np.maximum(v, v.dtype.type(0))
    return value


_ELEMENTWISE: Mapping[str, Operation] = {
    "abs": np.abs,
    "add": np.add,
    "cos": np.cos,
    "divide": np.divide,
    "equal": np.equal,
    "exp": np.exp,
    "floor_divide": np.floor_divide,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "log": np.log,
    "logical_and": np.logical_and,
    "logical_not": np.logical_not,
    "logical_or": np.logical_or,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mod": np.mod,
    "multiply": np.multiply,
    "negate": np.negative,
    "not_equal": np.not_equal,
    "power": np.power,
    "relu": relu,
    "sigmoid": sigmoid,
    "sign": np.sign,
    "sin": np.sin,
    "softplus": softplus,
    "sqrt": np.sqrt,
    "subtract": np.subtract,
    "tanh": np.tanh,
    "where": np.where,
}


def _divide(function: Operation) -> Operation:
    def divide(a: Array, b: Array) -> Array:
        check_divisor(bool((b == 0).any()))
        value: Array = function(a, b)
        return value

    return divide


class NumpyBackend:
    """Arrays of one floating type. Errors of arithmetic follow numpy's settings: NaN and inf go on."""

    def __init__(self, dtype: DTypeLike = np.float32) -> None:
        self.dtype = np.dtype(dtype)

    def operation(self, node: Node) -> Operation:
        if node.op in ("floor_divide", "mod") and divides_whole_numbers(node):
            return _divide(_ELEMENTWISE[node.op])
        if node.op in _ELEMENTWISE:
            return _ELEMENTWISE[node.op]
        maker: Callable[[Node], Operation] = getattr(self, f"_{node.op}")
        return maker(node)

    def unstack(self, values: Array) -> Sequence[Array]:
        return list(values)

    def stack(self, values: Sequence[Array]) -> Array:
        return np.stack(values)

    def select(self, mask: Array, yes: Array, no: Array, rank: int) -> Array:
        return np.where(mask[(..., *(np.newaxis,) * rank)], yes, no)

    # constants

    def _dtype_of(self, node: Node) -> np.dtype[Any]:
        return self.dtype if node.kind is Kind.REAL else np.dtype(np.int64)

    def _number(self, node: Node) -> Operation:
        value = np.asarray(node.attribute, self._dtype_of(node))
        return lambda: value

    def _zeros(self, node: Node) -> Operation:
        return lambda: np.zeros(node.sizes, self.dtype)

    def _ones(self, node: Node) -> Operation:
        return lambda: np.ones(node.sizes, self.dtype)

    def _eye(self, node: Node) -> Operation:
        return lambda: np.eye(node.sizes[0], dtype=self.dtype)

    def _range(self, node: Node) -> Operation:
        return lambda: np.arange(node.sizes[0])

    def _real(self, node: Node) -> Operation:  # noqa: ARG002 (all makers are called alike)
        return lambda v: v.astype(self.dtype)

    def _floor(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v: np.floor(v).astype(np.int64)

    def _each_row(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v, like: np.broadcast_to(v, like.shape)

    # products

    def _matmul(self, node: Node) -> Operation:
        matrix, vector = node.args
        if vector.rank == 1:
            if matrix.level is Level.PARAMETERS:
                return lambda m, v: v @ m.T
            return lambda m, v: (m @ v[..., np.newaxis])[..., 0]
        return np.matmul

    def _affine(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda addend, m, v: v @ m.T + addend

    def _outer(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda a, b: a[..., :, np.newaxis] * b[..., np.newaxis, :]

    # shapes

    def _spread(self, node: Node) -> Operation:
        index = (..., *(np.newaxis,) * node.rank)
        return lambda v: v[index]

    def _transpose(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v: np.swapaxes(v, -1, -2)

    def _concat(self, node: Node) -> Operation:
        axis, rank = node.attribute, node.rank

        def join(*parts: Array) -> Array:
            lead = max((p.shape[: p.ndim - rank] for p in parts), key=len)  # of equal leads, or none
            return np.concatenate([np.broadcast_to(p, lead + p.shape[p.ndim - rank :]) for p in parts], axis)

        return join

    def _reshape(self, node: Node) -> Operation:
        shape, rank = node.sizes, node.args[0].rank
        return lambda v: v.reshape(v.shape[: v.ndim - rank] + shape)

    def _subscript(self, node: Node) -> Operation:
        index = subscript_index(node)
        return lambda v: v[index]

    def _gather(self, node: Node) -> Operation:
        if node.args[1].op == "input":  # the data's own symbols, which are known to be in range
            return lambda table, index: table[index]

        def gather(table: Array, index: Array) -> Array:
            check_lookup(int(index.min(initial=0)), int(index.max(initial=0)), len(table))
            value: Array = table[index]
            return value

        return gather

    # reductions

    def _reduce_sum(self, node: Node) -> Operation:
        return lambda v: v.sum(node.attribute)

    def _reduce_mean(self, node: Node) -> Operation:
        return lambda v: v.mean(node.attribute)

    def _reduce_variance(self, node: Node) -> Operation:
        return lambda v: v.var(node.attribute)

    def _reduce_max(self, node: Node) -> Operation:
        return lambda v: v.max(node.attribute)

    def _reduce_min(self, node: Node) -> Operation:
        return lambda v: v.min(node.attribute)
