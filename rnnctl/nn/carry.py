"""What passes from step to step: a tensor, or a tuple of carries; `()` for a layer without state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from torch import Tensor

Carry: TypeAlias = "Tensor | tuple[Carry, ...]"


def parts(carry: Carry) -> Iterator[Tensor]:
    """The tensors of a carry, in order."""
    if isinstance(carry, Tensor):
        yield carry
    else:
        for part in carry:
            yield from parts(part)


def mapped(function: Callable[[Tensor], Tensor], carry: Carry) -> Carry:
    """The carry with a function applied to every tensor."""
    if isinstance(carry, Tensor):
        return function(carry)
    return tuple(mapped(function, part) for part in carry)


def truncated(carry: Carry) -> Carry:
    """The carry with its value and without its history: no gradient passes."""
    return mapped(lambda part: part.detach(), carry)


def whole(states: tuple[Tensor, ...]) -> Carry:
    """The public form of a layer's states: the tensor itself where there is one, else the tuple."""
    return states[0] if len(states) == 1 else states


def states_of(carry: Carry) -> tuple[Tensor, ...]:
    """A layer's states from their public form."""
    return (carry,) if isinstance(carry, Tensor) else tuple(parts(carry))
