"""One branch drawn: the map of units by time, the time, the input, and the unit that is followed."""

from __future__ import annotations

from math import isnan

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment

from rnnctl.data.records import Signal
from rnnctl.report.step import number
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.session import Moment
from rnnctl.tui.brush import FAINT, PLAIN, STRONG, Brush
from rnnctl.tui.chart import Ends, Line, around_zero, series
from rnnctl.tui.frame import GUTTER, Frame
from rnnctl.tui.subjects import Subject
from rnnctl.tui.view import View
from rnnctl.tui.window import Values

_BLANK = Segment(" ", PLAIN)


def lane_lines(
    brush: Brush, frame: Frame, view: View, signal: Signal, heading: str, limit: float, ends: Ends
) -> list[Line]:
    """All lines of a lane, from above, as wide as they are.

    `limit` is the end of the map's scale, `ends` are those of the chart's.
    """
    subject = view.shown
    assert subject is not None
    lines, cell = frame.lines, view.cell
    drawn: list[Line] = []
    if lines.heading:
        drawn.append([Segment(heading, STRONG)])
    drawn += _map(brush, frame, view, subject, limit)
    drawn.append(_axis(frame, cell.columns, brush))
    followed = np.clip(frame.followed / ends.limit, -1, 1)
    if lines.input:
        drawn += _input(frame, signal, view, followed, brush)
    if lines.chart:
        bars = around_zero(frame.followed, ends, lines.chart, cell.columns, brush)
        names = _beside_chart(len(bars), ends, brush)
        drawn += [[Segment(f"{name:>{GUTTER - 1}} ", FAINT), *bar] for name, bar in zip(names, bars, strict=True)]
    return drawn


def _map(brush: Brush, frame: Frame, view: View, subject: Subject, limit: float) -> list[Line]:
    lines, cell = frame.lines, view.cell
    scaled = np.clip(frame.matrix / limit, -1, 1)
    at = frame.cursor - frame.left
    drawn: list[Line] = []
    for row in range(0, len(frame.units), cell.halves):
        chosen = view.unit - frame.units.start in range(row, row + cell.halves)
        for line in range(lines.tall):
            label = subject.place(frame.units[row]) if line == 0 else ""
            name = Segment(f"{label[2 - GUTTER :]:>{GUTTER - 2}}", STRONG if chosen else FAINT)
            mark = (">" if brush.ascii else "▸") if chosen and line == 0 else " "
            if cell.halves == 2:
                upper = scaled[row].tolist()
                lower = scaled[row + 1].tolist() if row + 1 < len(scaled) else [float("nan")] * len(upper)
                cells = [brush.pair(u, v, cell.columns) for u, v in zip(upper, lower, strict=True)]
            else:
                floor = lines.tall - 1 - line
                cells = [brush.cell(v, cell.columns, "", floor, lines.tall) for v in scaled[row].tolist()]
                if chosen and line == 0 and 0 <= at < len(cells) and not isnan(scaled[row, at]):
                    sign = "+" if brush.ascii else "◆"
                    cells[at] = brush.cell(scaled[row, at].item(), cell.columns, sign, floor, lines.tall)
            drawn.append([name, Segment(mark, STRONG), _BLANK, *cells])
    drawn += [[] for _ in range(lines.map - len(drawn))]
    return drawn


def _axis(frame: Frame, columns: int, brush: Brush) -> Line:
    """The t of some moments below the map, and where the cursor is."""
    width = len(frame.columns) * columns
    text = " " * width
    every = next(k for k in (5, 10, 20, 50, 100, 200, 500, 1000) if k * columns >= 10)
    at = frame.cursor - frame.left
    if 0 <= at < len(frame.moments) and frame.moments[at] is not None:
        here, sign = frame.moments[at], "^" if brush.ascii else "▲"
        t = "" if here is None else str(here.t)
        fits = at * columns + 1 + len(t) <= width
        text = _put(text, at * columns if fits else at * columns - len(t), f"{sign}{t}" if fits else f"{t}{sign}")
    for place, moment in enumerate(frame.moments):
        if moment is not None and moment.t % every == 0 and (moment.made or moment.did == "start"):
            text = _put(text, place * columns, str(moment.t))
    return [Segment("t".rjust(GUTTER - 1) + " ", FAINT), Segment(text, FAINT)]


def _put(text: str, at: int, label: str) -> str:
    """A text with a label in it, where it fits and nothing stands beside it."""
    around = text[max(0, at - 1) : at + len(label) + 1]
    if at < 0 or at + len(label) > len(text) or around.strip():
        return text
    return text[:at] + label + text[at + len(label) :]


def _input(frame: Frame, signal: Signal, view: View, followed: Values, brush: Brush) -> list[Line]:
    """The input under the map: its symbols, or one column as bars, coloured by the unit that is followed."""
    columns = view.cell.columns
    if signal.kind == "symbol":
        label = Segment(f"{_short(signal.names[0], brush)} ", FAINT)
        letters = [
            brush.letter(_letter(moment, signal.names[0], columns, brush), value)
            for moment, value in zip(frame.moments, followed.tolist(), strict=True)
        ]
        return [[label, *letters]]
    name = signal.names[view.column % len(signal.names)]
    values = np.array([float(m.made.given[name]) if m and m.made else np.nan for m in frame.moments])
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    heights = (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, 0.5)
    bars = series(heights, followed, frame.lines.input, columns, brush)
    names = [_short(name, brush), *[""] * (len(bars) - 1)]
    if len(bars) > 2 and known.size:
        names[-2:] = [number(high, 3), number(low, 3)]
    drawn = [[Segment(f"{label:>{GUTTER - 1}} ", FAINT), *bar] for label, bar in zip(names, bars, strict=True)]
    return [*drawn, *[[] for _ in range(frame.lines.gap)]]


def _letter(moment: Moment | None, name: str, columns: int, brush: Brush) -> str:
    """The symbol of a step as it fits into its cell; a mark where something else was done."""
    if moment is None:
        return " " * columns
    if moment.made is None:
        reset = moment.did.startswith("reset")
        mark = " " if moment.did == "start" else ("|" if brush.ascii else "│") if reset else "*"
        return mark.ljust(columns)
    text = visible(str(moment.made.given[name]))
    text = text if text.strip() else ("_" if brush.ascii else "␣")
    return set_cell_size(text, columns)


def _beside_chart(lines: int, ends: Ends, brush: Brush) -> list[str]:
    """The ends of the scale at the left of a chart."""
    names = [""] * lines
    names[0] = f"{'+' if ends.low and ends.high else ''}{ends.high:g}"
    if ends.low:
        names[-1] = f"{'-' if brush.ascii else '−'}{ends.limit:g}"
    return names


def _short(name: str, brush: Brush) -> str:
    seen = visible(name)
    if cell_len(seen) >= GUTTER:
        seen = set_cell_size(seen, GUTTER - 2) + ("~" if brush.ascii else "…")
    return " " * (GUTTER - 1 - cell_len(seen)) + seen


def value_text(value: float) -> str:
    """A value as people read it, with its sign; a dash where there is none."""
    return "-" if isnan(value) else ("+" if value > 0 else "") + number(value, 3)
