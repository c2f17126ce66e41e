"""Outcomes for people: each config with a verdict for each promise, its troubles, and a last line that counts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rnnctl.errors import printable
from rnnctl.expect.outcome import Outcome, State, Trouble, Verdict
from rnnctl.report.check.words import (
    counted,
    last_lines,
    margin,
    note,
    promised,
    shown,
    state_words,
    told_alone,
    trouble_words,
)
from rnnctl.report.fitting import columns_of, one_line, shortened
from rnnctl.report.strip import Look

_MARKS = {State.met: "✓", State.unmet: "✗", State.skipped: "-"}
_ASCII = {State.met: "+", State.unmet: "x", State.skipped: "-"}
_COLOURS = {State.met: 32, State.unmet: 31, State.skipped: 33}
_OTHER, _OTHER_COLOUR = "!", 31
_INDENT = 4
_LEAST = 20
_LONGEST = 1000
"""So many characters of a line of what a process said are repeated."""
_WIDEST = 60
"""The widest text of a promise that others are aligned with."""


def table_lines(outcomes: Sequence[Outcome], look: Look, seconds: float | None = None) -> Iterator[str]:
    """All that is to be said of outcomes; `seconds` are those of the whole check."""
    rows = [_cells(verdict) for outcome in outcomes for verdict in outcome.verdicts]
    widths = _widths(rows, look.width)
    for outcome in outcomes:
        yield from outcome_lines(outcome, look, widths)
    yield from map(look.strong, _wrapped(counted(outcomes, seconds), look.width))


def outcome_lines(outcome: Outcome, look: Look, widths: tuple[int, int] | None = None) -> Iterator[str]:
    """One outcome, in columns of these widths, else in those of its own."""
    found = widths or _widths([_cells(verdict) for verdict in outcome.verdicts], look.width)
    ascii_only = look.paint == "ascii"
    words = state_words(outcome)
    room = max(_LEAST, look.width - len(words) - 4)
    path = shortened(one_line(str(outcome.path)), room, ascii_only=ascii_only)
    head = f"{path}: {words}"
    if columns_of(head) + 2 > look.width:
        head = f"{shortened(one_line(str(outcome.path)), max(8, look.width - 3), ascii_only=ascii_only)}:"
        yield f"{mark(outcome.state, look)} {look.strong(head)}"
        yield from (f"  {line}" for line in _wrapped(words, look.width - 2))
    else:
        yield f"{mark(outcome.state, look)} {look.strong(head)}"
    for verdict in outcome.verdicts:
        yield from _verdict_lines(verdict, look, found)
    if outcome.trouble is not None and outcome.state is not State.skipped:  # of which its words tell
        yield from _trouble_lines(outcome.trouble, look)


def mark(state: State, look: Look) -> str:
    """A sign for what became of a config or a promise, in colour where there is some."""
    if look.paint == "ascii":
        return _ASCII.get(state, _OTHER)
    sign = _MARKS.get(state, _OTHER)
    return sign if look.paint == "none" else f"\x1b[{_COLOURS.get(state, _OTHER_COLOUR)}m{sign}\x1b[0m"


def _cells(verdict: Verdict) -> tuple[str, str, str]:
    """Promise, figure, margin."""
    return one_line(promised(verdict.promise)), one_line(shown(verdict)), one_line(margin(verdict))


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> tuple[int, int]:
    """The widths of the columns of promises and of figures; a promise that is too wide is aligned with none."""
    figures, margins = (max((columns_of(row[i]) for row in rows), default=0) for i in (1, 2))
    room = max(_LEAST, min(_WIDEST, width - _INDENT - figures - margins - 4))
    return max((w for row in rows if (w := columns_of(row[0])) <= room), default=0), figures


def _verdict_lines(verdict: Verdict, look: Look, widths: tuple[int, int]) -> Iterator[str]:
    sign = mark(State.met if verdict.met else State.unmet, look)
    promise, figure, far = _cells(verdict)
    space = " " * (widths[0] - columns_of(promise))
    values = f"{' ' * (widths[1] - columns_of(figure))}{figure}  {far}".rstrip()
    alone = f"  {sign} {promise}"
    if not figure:
        yield from _hanging(alone, promise, look)
    elif columns_of(promise) <= widths[0] and _INDENT + widths[0] + 2 + columns_of(values) <= look.width:
        yield f"{alone}{space}  {values}"
    else:
        yield from _hanging(alone, promise, look)
        both = ", ".join(text for text in (figure, far) if text)
        yield from (f"      {line}" for line in _wrapped(both, look.width - 6))
    if told := one_line(note(verdict)):
        for line in _wrapped(told, look.width - 6):
            yield f"      {look.faint(line) if verdict.met else line}"


def _hanging(line: str, text: str, look: Look) -> Iterator[str]:
    """A line that ends with a text, the text wrapped where it does not fit."""
    if _INDENT + columns_of(text) <= look.width:
        yield line
        return
    first, *more = _wrapped(text, look.width - _INDENT)
    yield line.removesuffix(text) + first
    yield from (f"    {rest}" for rest in more)


def _trouble_lines(trouble: Trouble, look: Look) -> Iterator[str]:
    """Diagnostics as they are told elsewhere, else the end of what the process said."""
    words, told = trouble_words(trouble), told_alone(trouble)
    if not told or told[0].message.strip().partition("\n")[0] != words:  # else the first diagnostic says it
        yield from (f"    {line}" for line in _wrapped(one_line(words), look.width - 4))
    for diagnostic in told:
        yield from (f"    {line}" for line in diagnostic.told(max(_LEAST, look.width - 4)).split("\n"))
    for line in last_lines(trouble):
        for part in _cut_up(printable(line[:_LONGEST]), look.width - 6):
            yield look.faint(f"    | {part}")


def _cut_up(text: str, width: int) -> list[str]:
    """A line of a process as it is, in as many lines as it takes."""
    wrapper = textwrap.TextWrapper(max(_LEAST, width), break_on_hyphens=False, replace_whitespace=False, tabsize=4)
    return wrapper.wrap(text) or [""]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(_LEAST, width), break_on_hyphens=False) or [""]
