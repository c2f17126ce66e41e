"""The interval in which the mean over a few seeds lies, were they drawn from a normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

_INSIDE = 0.95


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The two-sided 95 % interval of the mean of two values or more, by Student's t (1908, doi:10.2307/2331554).

    Of values so large that their squares are no numbers any more it is from -inf to inf.
    """
    count = len(values)
    middle = mean(values)
    try:
        variance = math.fsum((value - middle) ** 2 for value in values) / (count - 1)
    except OverflowError:
        return -math.inf, math.inf
    half = quantile(count - 1) * math.sqrt(variance / count)
    return middle - half, middle + half


def mean(values: Sequence[float]) -> float:
    """The mean of values, whose sum may be larger than a number can be."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return math.fsum(value / len(values) for value in values)


@cache
def quantile(freedom: int) -> float:
    """The t that 95 % of Student's distribution lie within, from -t to t."""
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < _INSIDE else (low, middle)
    return (low + high) / 2


def _within(t: float, freedom: int) -> float:
    """The share of Student's distribution between -t and t.

    Source: Abramowitz & Stegun 1964, equations 26.7.3 and 26.7.4.
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    for k in range(2 + odd, freedom - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * total if freedom > 1 else 0.0))
