"""A curve on one line: a row of bars, the lowest for the lowest value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rnnctl.report.strip import ABOVE, NOTHING, Paint

WIDTH = 32
"""The columns that a curve takes at most; of a longer one each stands for several values."""


def span(curves: Iterable[Sequence[float | None]]) -> tuple[float, float]:
    """The lowest and the highest finite value of some curves; 0 and 0 where there is none."""
    known = [value for curve in curves for value in curve if value is not None and math.isfinite(value)]
    return (min(known), max(known)) if known else (0.0, 0.0)


def curve(values: Sequence[float | None], low: float, high: float, paint: Paint, width: int = WIDTH) -> str:
    """Values as bars between `low` and `high`, at most `width` of them, each the mean of what it stands for.

    What is not finite, or not known, is a dot.
    """
    bars, nothing = ("12345678", ".") if paint == "ascii" else (ABOVE, NOTHING)
    count = min(width, len(values))
    cells = [values[i * len(values) // count : (i + 1) * len(values) // count] for i in range(count)]
    return "".join(_bar(cell, low, high, bars, nothing) for cell in cells)


def _bar(values: Sequence[float | None], low: float, high: float, bars: str, nothing: str) -> str:
    known = [value for value in values if value is not None and math.isfinite(value)]
    if len(known) < len(values):
        return nothing
    scale = max(abs(low), abs(high)) or 1.0  # so that no difference is too large for a float
    share = (sum(value / scale for value in known) / len(known) - low / scale) / (high / scale - low / scale or 1.0)
    return bars[max(0, min(len(bars) - 1, int(share * len(bars))))]
