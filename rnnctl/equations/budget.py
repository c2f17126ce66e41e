"""How many values may be asked for while equations are checked, in one definition and in all of a config."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_VALUES = 100_000
"""In one definition: functions that call one another twice would double without end."""
_LEFT: ContextVar[list[int]] = ContextVar("left")


@contextmanager
def few_values(most: int = MAX_VALUES + 20_000) -> Iterator[None]:
    """Let all definitions that are checked here ask for so many values together."""
    before = _LEFT.set([most])
    try:
        yield
    finally:
        _LEFT.reset(before)


def spend() -> bool:
    """Count one value: whether there was one left."""
    left = _LEFT.get(None)
    if left is None:
        return True
    left[0] -= 1
    return left[0] >= 0
