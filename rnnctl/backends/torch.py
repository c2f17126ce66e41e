"""The operations of the language in torch, with autograd: what models are trained on, and other backends' oracle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rnnctl.backends.indices import check_divisor, check_lookup, divides_whole_numbers, subscript_index
from rnnctl.equations.graph import Kind, Level, Node

Operation = Callable[..., Any]

_ELEMENTWISE: Mapping[str, Operation] = {
    "abs": torch.abs,
    "add": torch.add,
    "cos": torch.cos,
    "divide": torch.div,
    "equal": torch.eq,
    "exp": torch.exp,
    "floor_divide": torch.floor_divide,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "less": torch.lt,
    "less_equal": torch.le,
    "log": torch.log,
    "logical_and": torch.logical_and,
    "logical_not": torch.logical_not,
    "logical_or": torch.logical_or,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mod": torch.remainder,
    "multiply": torch.mul,
    "negate": torch.neg,
    "not_equal": torch.ne,
    "power": torch.pow,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "sin": torch.sin,
    "softplus": lambda v: functional.softplus(v, threshold=40.0),  # at torch's own, 20, it is 2e-9 off
    "sqrt": torch.sqrt,
    "subtract": torch.sub,
    "tanh": torch.tanh,
    "where": torch.where,
}


def _divide(function: Operation) -> Operation:
    def divide(a: Tensor, b: Tensor) -> Tensor:
        check_divisor(bool((b == 0).any()))
        value: Tensor = function(a, b)
        return value

    return divide


class TorchBackend:
    """Tensors of one floating type on one device."""

    def __init__(self, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> None:
        self.dtype = dtype
        self.device = torch.device(device)

    def operation(self, node: Node) -> Operation:
        if node.op in ("floor_divide", "mod") and divides_whole_numbers(node):
            return _divide(_ELEMENTWISE[node.op])
        if node.op in _ELEMENTWISE:
            return _ELEMENTWISE[node.op]
        maker: Callable[[Node], Operation] = getattr(self, f"_{node.op}")
        return maker(node)

    def unstack(self, values: Tensor) -> Sequence[Tensor]:
        return values.unbind(0)

    def stack(self, values: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(values))

    def select(self, mask: Tensor, yes: Tensor, no: Tensor, rank: int) -> Tensor:
        return torch.where(mask[(..., *(None,) * rank)], yes, no)

    # constants

    def _number(self, node: Node) -> Operation:
        dtype = self.dtype if node.kind is Kind.REAL else torch.int64
        value = torch.tensor(node.attribute, dtype=dtype, device=self.device)
        return lambda: value

    def _zeros(self, node: Node) -> Operation:
        return lambda: torch.zeros(node.sizes, dtype=self.dtype, device=self.device)

    def _ones(self, node: Node) -> Operation:
        return lambda: torch.ones(node.sizes, dtype=self.dtype, device=self.device)

    def _eye(self, node: Node) -> Operation:
        return lambda: torch.eye(node.sizes[0], dtype=self.dtype, device=self.device)

    def _range(self, node: Node) -> Operation:
        return lambda: torch.arange(node.sizes[0], device=self.device)

    def _real(self, node: Node) -> Operation:  # noqa: ARG002 (all makers are called alike)
        return lambda v: v.to(self.dtype)

    def _floor(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v: v.floor().to(torch.int64)

    def _each_row(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v, like: v.expand_as(like)

    # products

    def _matmul(self, node: Node) -> Operation:
        matrix, vector = node.args
        if vector.rank == 1:
            if matrix.level is Level.PARAMETERS:
                return lambda m, v: functional.linear(v, m)
            return lambda m, v: (m @ v.unsqueeze(-1)).squeeze(-1)
        return torch.matmul

    def _affine(self, node: Node) -> Operation:
        if node.args[0].level is Level.PARAMETERS:
            return lambda addend, m, v: functional.linear(v, m, addend)

        def affine(addend: Tensor, m: Tensor, v: Tensor) -> Tensor:
            if v.ndim == 2 and addend.ndim == 2:
                return torch.addmm(addend, v, m.t())
            return addend + functional.linear(v, m)

        return affine

    def _outer(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda a, b: a.unsqueeze(-1) * b.unsqueeze(-2)

    # shapes

    def _spread(self, node: Node) -> Operation:
        index = (..., *(None,) * node.rank)
        return lambda v: v[index]

    def _transpose(self, node: Node) -> Operation:  # noqa: ARG002
        return lambda v: v.transpose(-1, -2)

    def _concat(self, node: Node) -> Operation:
        axis, rank = node.attribute, node.rank

        def join(*parts: Tensor) -> Tensor:
            lead = max((p.shape[: p.ndim - rank] for p in parts), key=len)  # of equal leads, or none
            return torch.cat([p.expand(lead + p.shape[p.ndim - rank :]) for p in parts], axis)

        return join

    def _reshape(self, node: Node) -> Operation:
        shape, rank = node.sizes, node.args[0].rank
        return lambda v: v.reshape(v.shape[: v.ndim - rank] + shape)

    def _subscript(self, node: Node) -> Operation:
        items, rank = node.attribute
        if rank == 1 and isinstance(items[0], tuple):
            low, high = items[0][0].value, items[0][1].value
            return lambda v: v.narrow(-1, low, high - low)
        index = subscript_index(node)
        return lambda v: v[index]

    def _gather(self, node: Node) -> Operation:
        trusted = node.args[1].op == "input"  # the data's own symbols, which are known to be in range
        matrix = node.args[0].rank == 2

        def gather(table: Tensor, index: Tensor) -> Tensor:
            if not trusted and index.numel():
                check_lookup(int(index.min()), int(index.max()), len(table))
            return functional.embedding(index, table) if matrix else table[index]

        return gather

    # reductions

    def _reduce_sum(self, node: Node) -> Operation:
        return lambda v: v.sum(node.attribute)

    def _reduce_mean(self, node: Node) -> Operation:
        return lambda v: v.mean(node.attribute)

    def _reduce_variance(self, node: Node) -> Operation:
        return lambda v: v.var(node.attribute, correction=0)

    def _reduce_max(self, node: Node) -> Operation:
        return lambda v: v.amax(node.attribute)

    def _reduce_min(self, node: Node) -> Operation:
        return lambda v: v.amin(node.attribute)
