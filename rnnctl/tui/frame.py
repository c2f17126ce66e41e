"""What of a branch is in view, in a rectangle of the terminal: which units and moments, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnctl.report.strip import limit_of
from rnnctl.stepping.session import Branch, Moment
from rnnctl.tui.brush import Brush
from rnnctl.tui.view import View
from rnnctl.tui.window import Reader, Values, scrolled

GUTTER = 7
"""The columns at the left, for the numbers of units."""
_TALLEST, _HIGHEST = 4, 16


class Lines(NamedTuple):
    """How many lines each part of a lane has, from above; `tall` is how many of them a unit takes in the map."""

    heading: int
    map: int
    axis: int
    input: int
    gap: int
    """Empty lines below the bars of the input, so that they do not run into the chart."""
    chart: int
    tall: int


@dataclass(frozen=True)
class Scene:
    """What all lanes share: the reader and the brush."""

    reader: Reader
    brush: Brush


class Track(NamedTuple):
    """The moments of a branch from left to right; of `minus` the values of `against` are taken away."""

    branch: Branch
    columns: Sequence[int]
    minus: Branch | None = None
    against: Sequence[int] = ()


@dataclass(frozen=True, eq=False)
class Frame:
    """The numbers in view of one branch, and where they stand.

    Shapes: matrix (units, moments), followed (moments); NaN where there is nothing, in the units of the carry.
    """

    lines: Lines
    units: range
    left: int
    columns: Sequence[int]
    moments: tuple[Moment | None, ...]
    matrix: Values
    followed: Values
    cursor: int
    """The place under the cursor, from the left; it may lie outside."""


def lines_of(height: int, units: int, halves: int, *, symbols: bool, heading: bool) -> Lines:
    """Share out the lines of a lane: the map has what is left, and no more than it can use."""
    head, axis = int(heading), 1
    entry = 0 if height < 7 else 1 if symbols else 3 if height >= 26 else 2
    chart = 0 if height < 9 else 2 if height < 13 else 4 if height < 20 else 6 if height < 32 else 8
    wanted = max(1, -(-units // halves))
    while chart > 4 and 0 < wanted - (height - head - axis - entry - chart) <= chart - 4:
        chart -= 2
    left = max(1, height - head - axis - entry - chart)
    tall = max(1, min(_TALLEST, left // wanted)) if halves == 1 else 1
    used = min(left, wanted * tall)
    gap = int(chart > 0 and not symbols and (left > used or wanted > used > 4))
    left, used = left - gap, min(used, left - gap)
    if chart:
        chart += min(left - used, max(0, _HIGHEST - chart))
        chart -= chart % 2
    return Lines(head, used, axis, entry, gap, chart, tall)


def frame_of(
    scene: Scene,
    view: View,
    track: Track,
    cursor: int,
    size: tuple[int, int],
    *,
    onto: tuple[int, int] = (0, 0),
    symbols: bool = False,
    heading: bool = False,
) -> Frame | None:
    """The frame of a branch in a rectangle of so many columns and lines; None where there is nothing to show.

    `cursor` is a place in the track, `onto` the first unit and the first place of the frame before.
    """
    subject, cell = view.shown, view.cell
    if subject is None or size[0] <= GUTTER + cell.columns or size[1] < 2:
        return None
    lines = lines_of(size[1], subject.units, cell.halves, symbols=symbols, heading=heading)
    rows = max(1, lines.map // lines.tall) * cell.halves
    wide = (size[0] - GUTTER) // cell.columns
    top = scrolled(onto[0], view.unit, rows, subject.units)
    left = scrolled(onto[1], cursor, wide, len(track.columns))
    units, columns = range(top, min(subject.units, top + rows)), track.columns[left : left + wide]
    matrix = scene.reader.matrix(track.branch, subject, units, columns)
    if track.minus is not None:
        matrix = matrix - scene.reader.matrix(track.minus, subject, units, track.against[left : left + wide])
    moments = tuple(track.branch.moments[at] if at >= 0 else None for at in columns)
    return Frame(lines, units, left, columns, moments, matrix, matrix[view.unit - top], cursor)


def scale_of(frames: Sequence[Frame | None]) -> float:
    """The end of the scale that the maps of some frames share: what is in view has a colour of its own."""
    values = [frame.matrix[~np.isnan(frame.matrix)] for frame in frames if frame is not None]
    return limit_of([float(np.abs(found).max(initial=0.0)) for found in values])
