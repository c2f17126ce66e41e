"""Values over time as bars around 0, and a series as bars from its least value: lines of segments."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from rich.segment import Segment

from rnnctl.report.strip import limit_of
from rnnctl.tui.brush import FAINT, PLAIN, Brush
from rnnctl.tui.window import Values

Line = list[Segment]


class Ends(NamedTuple):
    """The ends of a scale around 0: one of them is 0 where all values have one sign."""

    low: float
    high: float

    @property
    def limit(self) -> float:
        """The size of the larger end."""
        return max(-self.low, self.high)


def ends_of(rows: Sequence[Values]) -> Ends:
    """The scale of a chart that holds all of these values, NaN left out."""
    known = np.concatenate([np.zeros(1), *(row[~np.isnan(row)] for row in rows)])
    limit = limit_of([float(np.abs(known).max())])
    below, above = bool(known.min() < 0), bool(known.max() > 0)
    return Ends(-limit if below else 0.0, limit if above or not below else 0.0)


def around_zero(values: Values, ends: Ends, lines: int, columns: int, brush: Brush) -> list[Line]:
    """Bars up and down from 0, of values or NaN; where all have one sign they have all the height."""
    values = np.clip(values / ends.limit, -1, 1)
    below = 0 if ends.low == 0 or (lines < 2 and ends.high > 0) else lines if ends.high == 0 else lines // 2
    above = lines - below
    rows: list[Line] = []
    for line in range(above):
        floor = above - 1 - line
        rows.append([_up(v, v, floor, above, columns, brush) for v in values.tolist()])
    for line in range(below):
        rows.append([_down(v, line, below, columns, brush) for v in values.tolist()])
    return rows


def series(heights: Values, colours: Values, lines: int, columns: int, brush: Brush) -> list[Line]:
    """Bars from below, of heights in 0 … 1 or NaN, each coloured by a value of its own in -1 … 1."""
    pairs = list(zip(heights.tolist(), colours.tolist(), strict=True))
    return [[_up(h, c, lines - 1 - line, lines, columns, brush) for h, c in pairs] for line in range(lines)]


def _up(height: float, value: float, floor: int, lines: int, columns: int, brush: Brush) -> Segment:
    if isnan(height):
        return Segment(" " * columns, PLAIN)
    eighths = round(min(1.0, height) * lines * 8) if height > 0 else 0
    if eighths == 0 and floor == 0:
        return Segment(("_" if brush.ascii else "▁") * columns, FAINT)
    return brush.bar(max(0, min(8, eighths - 8 * floor)), columns, value)


def _down(value: float, depth: int, lines: int, columns: int, brush: Brush) -> Segment:
    if isnan(value) or value >= 0:
        return Segment(" " * columns, PLAIN)
    eighths = round(min(1.0, -value) * lines * 8)
    return brush.bar(max(0, min(8, eighths - 8 * depth)), columns, value, down=True)
