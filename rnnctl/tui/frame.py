"""What of a branch is in view, in a rectangle of the terminal: which units and moments, and their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rnnctl.report.strip import limit_of
from rnnctl.stepping.session import Branch, Moment
from rnnctl.tui.brush import Brush
from rnnctl.tui.subjects import Subject
from rnnctl.tui.view import View
from rnnctl.tui.window import Reader, Values, scrolled, shift

GUTTER = 7
"""The columns at the left, for the numbers of units."""
_TALLEST = 3


class Lines(NamedTuple):
    """How many lines each part of a lane has, from above; `tall` is how many of them a unit takes in the map."""

    heading: int
    map: int
    axis: int
    input: int
    chart: int
    tall: int


@dataclass
class Scene:
    """What all lanes share: the reader, the brush, and the largest value seen of each subject."""

    reader: Reader
    brush: Brush
    largest: dict[Subject, float] = field(default_factory=dict)

    def limit(self, subject: Subject) -> float:
        """The end of the scale of a subject."""
        return limit_of([self.largest.get(subject, 0.0)])


@dataclass(frozen=True, eq=False)
class Frame:
    """The numbers in view of one branch, and where they stand.

    Shapes: matrix (units, moments), followed (moments); NaN where there is nothing, in the units of the carry.
    """

    lines: Lines
    units: range
    columns: range
    moments: tuple[Moment | None, ...]
    matrix: Values
    followed: Values
    cursor: int
    """The moment under the cursor, by its number in this branch; it may lie outside."""


def lines_of(height: int, units: int, halves: int, *, symbols: bool, heading: bool) -> Lines:
    """Share out the lines of a lane: the map has what is left, and no more than it can use."""
    head, axis = int(heading), 1
    entry = 0 if height < 7 else 1 if symbols else 3 if height >= 26 else 2
    chart = 0 if height < 9 else 2 if height < 13 else 4 if height < 20 else 6 if height < 32 else 8
    left = max(1, height - head - axis - entry - chart)
    wanted = max(1, -(-units // halves))
    tall = max(1, min(_TALLEST, left // wanted)) if halves == 1 else 1
    used = min(left, wanted * tall)
    if chart:
        chart += min(left - used, max(0, 12 - chart))
        chart -= chart % 2
    return Lines(head, used, axis, entry, chart, tall)


def frame_of(
    scene: Scene,
    view: View,
    branch: Branch,
    size: tuple[int, int],
    *,
    onto: tuple[int, int] = (0, 0),
    reference: Branch | None = None,
    minus: Branch | None = None,
    symbols: bool = False,
    heading: bool = False,
) -> Frame | None:
    """The frame of a branch in a rectangle of so many columns and lines; None where there is nothing to show.

    `onto` is the first unit and moment of the frame before. The cursor counts in `reference`, where that is another
    branch; of `minus` the values of the same moments are taken away.
    """
    subject, cell = view.shown, view.cell
    if subject is None or size[0] <= GUTTER + cell.columns or size[1] < 2:
        return None
    lines = lines_of(size[1], subject.units, cell.halves, symbols=symbols, heading=heading)
    rows = max(1, lines.map // lines.tall) * cell.halves
    wide = max(1, (size[0] - GUTTER) // cell.columns)
    home = reference or branch
    moved = shift(home, branch)
    cursor = (home.at if view.at is None else min(view.at, home.at)) + moved
    newest = max(branch.at, home.at + moved)
    top = scrolled(onto[0], view.unit, rows, subject.units)
    left = scrolled(onto[1], cursor, wide, newest + 1)
    units = range(top, min(subject.units, top + rows))
    columns = range(left, min(newest + 1, left + wide))
    matrix = scene.reader.matrix(branch, subject, units, columns)
    if minus is not None:
        by = shift(branch, minus)
        matrix = matrix - scene.reader.matrix(minus, subject, units, range(columns.start + by, columns.stop + by))
    known = np.abs(matrix[~np.isnan(matrix)])
    scene.largest[subject] = max(scene.largest.get(subject, 0.0), float(known.max(initial=0.0)))
    moments = tuple(branch.moments[at] if 0 <= at <= branch.at else None for at in columns)
    return Frame(lines, units, columns, moments, matrix, matrix[view.unit - top], cursor)
