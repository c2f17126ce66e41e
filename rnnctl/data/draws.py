"""Random draws that depend on a key alone, the same on every machine and Python version.

Of Python's generator only `random()` and seeding by a string are promised to stay as they are, so all draws
here are made of these two.
"""

from __future__ import annotations

from math import cos, log, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def generator(*key: str | int) -> Random:
    """Make a generator for a key such as ("split", seed); different keys give unrelated draws."""
    from random import Random  # here, since it brings a library of cryptography with it

    return Random("/".join(map(str, key)))  # noqa: S311 -- for experiments, not for secrets


def whole(draw: Random, low: int, high: int) -> int:
    """Draw a whole number from low to high, both included, all equally likely."""
    return low + int(draw.random() * (high - low + 1))


def normal(draw: Random) -> float:
    """Draw a number from the normal distribution of mean 0 and deviation 1 (Box & Muller 1958)."""
    return sqrt(-2 * log(1 - draw.random())) * cos(2 * pi * draw.random())


def permutation(count: int, *key: str | int) -> list[int]:
    """Put the numbers below count into an order that depends on the key alone."""
    draw = generator(*key)
    ranks = [draw.random() for _ in range(count)]
    return sorted(range(count), key=ranks.__getitem__)
