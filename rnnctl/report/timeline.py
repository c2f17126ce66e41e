"""A timeline for people: rows by steps, with resets, borders of windows, what is scored and how far gradients go."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal, NamedTuple, TypeAlias

from rnnctl.config.resolve import Resolved
from rnnctl.report.plan import counted, initial_state
from rnnctl.report.strip import Look
from rnnctl.report.timeline_words import sentences
from rnnctl.timeline import Span, Timeline, TimelineRow, TimelineWindow, batches_of

Symbol: TypeAlias = Literal[
    "scored",
    "burn_in",
    "unscored",
    "padding",
    "reset",
    "goes_on",
    "border",
    "epoch",
    "gap",
    "start",
    "line",
    "update",
    "blank",
]
_SYMBOLS: dict[Symbol, tuple[str, str, str]] = {
    "scored": ("●", "o", "32"),
    "burn_in": ("○", "b", "33"),
    "unscored": ("·", ".", "39"),
    "padding": ("┄", "-", "2"),
    "reset": ("↺", "R", "1;35"),
    "goes_on": ("→", ">", "2"),
    "border": ("│", "|", "34"),
    "epoch": ("║", "H", "1;34"),
    "gap": ("⋯", "~", "2"),
    "start": ("└", "+", "36"),
    "line": ("─", "-", "36"),
    "update": ("▲", "^", "1;36"),
    "blank": (" ", " ", ""),
}
"""Each symbol: the glyph, its stand-in where there is ASCII alone, and its colour."""

_LONG = 8
"""So many equal steps in a row, or more, may be shortened."""
_LABEL = 16


class Column(NamedTuple):
    """A column of the grid: a border, the place before a step where rows reset, a step, or steps left out."""

    kind: Literal["border", "epoch", "reset", "step", "gap"]
    window: int
    step: int


def timeline_lines(made: Timeline, resolved: Resolved, look: Look) -> Iterator[str]:
    """The lines of a timeline: a grid for each batch, what the symbols mean, and what happens, in words."""
    used: set[Symbol] = set()
    for windows in batches_of(made.windows):
        yield from _batch(made, windows, look, used)
        yield ""
    yield from _legend(used, resolved, look)
    yield ""
    yield from textwrap.wrap(" ".join(sentences(made, resolved)), max(40, look.width))


def _batch(made: Timeline, windows: Sequence[TimelineWindow], look: Look, used: set[Symbol]) -> Iterator[str]:
    """The grid of a batch, in as many pieces as the width makes it."""
    rows = windows[0].rows
    lanes = _lanes(windows)
    names = ["window", "step", *(_short(row.name) for row in rows), *(["gradient"] if lanes else [])]
    lead = max(map(len, names)) + 1
    room = max(24, look.width - lead)
    columns = _columns(windows, room)
    place = {(c.window, c.step): i for i, c in enumerate(columns) if c.kind == "step"}
    yield from textwrap.wrap(_title(made, windows), max(40, look.width))
    for piece in _pieces(columns, room):
        yield ""
        part = columns[piece.start : piece.stop]
        for name, texts in (("window", _numbered(part, windows)), ("step", _counted(part))):
            yield f"{look.faint(f'{name:<{lead}}')}{look.faint(_header(texts, len(part)))}".rstrip()
        for b, row in enumerate(rows):
            yield f"{_short(row.name):<{lead}}{_painted([_cell(c, windows, b) for c in part], look, used)}"
        if (more := windows[0].batch_rows - len(rows)) > 0:
            yield f"{'':<{lead}}{look.faint('and ' + counted(more, 'row') + ' more')}"
        reaches = [
            [(place[_at(windows, n, windows[n].reach)], place[n, windows[n].stop - 1]) for n in lane] for lane in lanes
        ]
        name = "gradient"
        for spans in reaches:
            cells = [_reached(c, spans) for c in range(piece.start, _last(piece, spans) + 1)]
            if cells:
                yield f"{look.faint(f'{name:<{lead}}')}{_painted(cells, look, used)}"
                name = ""


def _last(piece: range, spans: Sequence[tuple[int, int]]) -> int:
    """The last column of a piece that a span reaches; the one before the piece where there is none."""
    reached = (min(last, piece.stop - 1) for first, last in spans if first < piece.stop and last >= piece.start)
    return max(reached, default=piece.start - 1)


def _title(made: Timeline, windows: Sequence[TimelineWindow]) -> str:
    first, last = windows[0], windows[-1]
    epochs = f"epoch {first.epoch}" if first.epoch == last.epoch else f"epochs {first.epoch} to {last.epoch}"
    batch = f", batch {first.batch:,} of {made.epoch_batches:,}" if made.epoch_batches > 1 else ""
    each = f"of up to {first.batch_steps:,}" if first.batch_rows > 1 else f"of {first.batch_steps:,}"
    rows = f"{counted(first.batch_rows, 'row')} {each} step{'s' * (first.batch_steps != 1)}"
    several = f"windows {first.number:,} to {last.number:,}" if len(windows) > 1 else f"window {first.number:,}"
    of = f" of {made.epoch_windows:,}" if last.epoch == 1 else ""
    return f"{made.name}: {epochs}{batch}, {rows}, {several}{of}"


def _short(name: str) -> str:
    return name if len(name) <= _LABEL else f"{name[: _LABEL - 2]}.."


# columns


def _columns(windows: Sequence[TimelineWindow], room: int) -> list[Column]:
    """The columns of a batch; where they do not fit on a line, long stretches of equal steps are shortened."""
    steps = windows[-1].stop - windows[0].start
    for keep in (None, 3, 2, 1) if steps < room else (3, 2, 1):
        each = [list(_of_window(windows, n, keep)) for n in range(len(windows))]
        if keep is None and sum(map(len, each)) < room:
            break
        if keep is not None and max(map(len, each)) < room:
            break
    end = Column("border", len(windows) - 1, windows[-1].stop)
    return [*(column for one in each for column in one), end]


def _of_window(windows: Sequence[TimelineWindow], n: int, keep: int | None) -> Iterator[Column]:
    """The columns of a window, its border before it; `keep` steps stay at each end of a stretch."""
    window = windows[n]
    yield Column("epoch" if n and window.epoch != windows[n - 1].epoch else "border", n, window.start)
    resets = {step for row in window.rows for step in row.resets}
    edges = {span.start for row in window.rows for span in row.spans} | resets | {window.start, window.stop}
    borders = sorted(edges)
    for start, stop in pairwise(borders):
        if start in resets:
            yield Column("reset", n, start)
        if keep is None or stop - start < _LONG:
            yield from (Column("step", n, step) for step in range(start, stop))
            continue
        yield from (Column("step", n, step) for step in range(start, start + keep))
        yield Column("gap", n, start + keep)
        yield from (Column("step", n, step) for step in range(stop - keep, stop))


def _pieces(columns: Sequence[Column], room: int) -> Iterator[range]:
    """The columns that stand on one line: whole windows where they fit, and the border behind them."""
    start = 0
    while start < len(columns) - 1:
        stop = min(start + room, len(columns))
        if stop < len(columns):
            borders = [i for i in range(start + 1, stop) if columns[i].kind in ("border", "epoch")]
            stop = borders[-1] + 1 if borders else stop
        yield range(start, stop)
        start = stop - 1 if columns[stop - 1].kind in ("border", "epoch") else stop


# headers


def _numbered(columns: Sequence[Column], windows: Sequence[TimelineWindow]) -> Iterator[tuple[int, str]]:
    """The number of each window, where it begins or goes on."""
    for n, group in groupby(enumerate(columns[:-1]), key=lambda pair: pair[1].window):
        i, first = next(group)
        yield i + (first.kind in ("border", "epoch")), f"w{windows[n].number}"


def _counted(columns: Sequence[Column]) -> list[tuple[int, str]]:
    """The number of the first step of each window, and of those before which a row resets."""
    firsts: list[tuple[int, str]] = []
    resets: list[tuple[int, str]] = []
    for i, column in enumerate(columns):
        before = columns[i - 1].kind if i else "border"
        if column.kind == "step" and before == "reset":
            (firsts if i < 2 or columns[i - 2].kind in ("border", "epoch") else resets).append((i, str(column.step)))
        elif column.kind == "step" and before in ("border", "epoch"):
            firsts.append((i, str(column.step)))
    return [*firsts, *resets]


def _header(texts: Iterator[tuple[int, str]] | Sequence[tuple[int, str]], width: int) -> str:
    """Texts at their columns; one for which there is no room is left out, the first ones come first."""
    line = [" "] * (width + _LABEL)
    for at, text in texts:
        if not "".join(line[max(0, at - 1) : at + len(text) + 1]).strip():
            line[at : at + len(text)] = text
    return "".join(line).rstrip()


# cells


def _cell(column: Column, windows: Sequence[TimelineWindow], b: int) -> Symbol:
    if column.kind in ("border", "epoch", "gap"):
        return "epoch" if column.kind == "epoch" else "gap" if column.kind == "gap" else "border"
    row: TimelineRow = windows[column.window].rows[b]
    if column.kind == "reset":
        goes_on: Symbol = "padding" if _span(row, column.step).mark == "padding" else "goes_on"
        return "reset" if column.step in row.resets else goes_on
    return _span(row, column.step).mark


def _span(row: TimelineRow, step: int) -> Span:
    return next(span for span in row.spans if span.start <= step < span.stop)


def _lanes(windows: Sequence[TimelineWindow]) -> list[list[int]]:
    """The windows with an update, on as many lines as it takes that no two overlap."""
    lanes: list[list[int]] = []
    for n, window in enumerate(windows):
        if not window.update:
            continue
        free = (
            lane for lane in lanes if windows[lane[-1]].epoch != window.epoch or windows[lane[-1]].stop <= window.reach
        )
        lane = next(free, None)
        if lane is None:
            lanes.append([n])
        else:
            lane.append(n)
    return lanes


def _at(windows: Sequence[TimelineWindow], n: int, step: int) -> tuple[int, int]:
    """The window, at most as late as window n, to which a step of the same epoch belongs."""
    return next((i, step) for i in range(n, -1, -1) if windows[i].start <= step)


def _reached(column: int, spans: Sequence[tuple[int, int]]) -> Symbol:
    for first, last in spans:
        if first <= column <= last:
            return "update" if column == last else "start" if column == first else "line"
    return "blank"


def _painted(cells: Sequence[Symbol], look: Look, used: set[Symbol]) -> str:
    """Cells as text, in colour where there is any."""
    used.update(cells)
    parts = []
    for symbol, group in groupby(cells):
        parts.append(_glyph(symbol, look, sum(1 for _ in group)))
    return "".join(parts)


def _glyph(symbol: Symbol, look: Look, count: int = 1) -> str:
    glyph, plain, code = _SYMBOLS[symbol]
    if look.paint in ("none", "ascii"):
        return (plain if look.paint == "ascii" else glyph) * count
    return f"\x1b[{code}m{glyph * count}\x1b[0m" if code else glyph * count


# words


def _legend(used: set[Symbol], resolved: Resolved, look: Look) -> Iterator[str]:
    """What each symbol that was drawn means."""
    training = resolved.training
    initial = initial_state(resolved).partition(" (")[0]
    on = "the carry goes on, gradients do not"
    kept = "the carry goes no further" if training.reset.policy == "window" else on
    meanings: dict[Symbol, str] = {
        "scored": "a step that is scored",
        "burn_in": "burn-in: runs after a reset, not scored",
        "unscored": "runs, not scored",
        "padding": "padding: no step, changes nothing",
        "gap": "steps left out, like those at both sides",
        "reset": f"reset: the carry returns to the {initial}; no gradient passes",
        "goes_on": "the carry goes on, where it returns in another row",
        "border": "border of the window" if training.window is None else f"border of two windows: {kept}",
        "epoch": f"border of two epochs{f': {on}' if training.reset.policy == 'never' else ''}",
    }
    for symbol, meaning in meanings.items():
        if symbol in used:
            yield f"{_glyph(symbol, look)}    {meaning}"
    if "update" in used:
        line = f"{_glyph('start', look)}{_glyph('line', look, 2)}{_glyph('update', look)}"
        yield f"{line} an update, and the steps that its gradients go back through"
