"""What can be wrong with the rows of a CSV file, and where on its line each mistake stands."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from math import isfinite
from typing import Literal, NamedTuple, TypeAlias

from rnnctl.errors import DataError, Diagnostic, Place

SHOWN = 10
"""How many mistakes of a file are told of in full."""
ALIKE = 3
"""How many of these may be the same mistake in the same column."""

Kind: TypeAlias = Literal["number", "text", "flag"]
"""What a column holds: numbers, text that is not empty, or 0 and 1."""

FLAGS = {"0": 0, "1": 1, "false": 0, "true": 1}
"""How a cell says no or yes, in small letters."""

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_CELL = re.compile(rf" *((?:{_QUOTED.pattern})?[^,\r\n]*)")


class Row(NamedTuple):
    """One row: the line it starts on, its text as it stands in the file, and its cells."""

    line: int
    raw: str
    cells: list[str]


def find_mistakes(
    file: str, header: Sequence[str], used: Sequence[tuple[int, Kind]], rows: Iterable[Row]
) -> list[Diagnostic]:
    """Find the mistakes in all rows, the first being the header; `used` lists columns and what they must hold."""
    told = Tally(file)
    try:
        for count, row in enumerate(rows):
            for what, message, help_, cell in _in_row(header, used, row) if count else ():
                kind = (what, cell)
                if told.add(kind):
                    place = row_place(file, row) if cell is None else cell_place(file, row, cell)
                    told.tell(kind, Diagnostic(message, place, help_))
    except DataError as error:  # a quote gone wrong: nothing after it can be read
        if told.add("quote"):
            told.tell("quote", error.diagnostics[0])
    return told.diagnostics()


class Tally:
    """The mistakes of a file: the first three of each kind are told of, ten in all, and the others are counted."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.counts: dict[Hashable, int] = {}
        self.told: dict[Hashable, list[Diagnostic]] = {}
        self.room = SHOWN

    def add(self, kind: Hashable) -> bool:
        """Count a mistake; whether it is to be told of."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        wanted = self.counts[kind] <= ALIKE and self.room > 0
        self.room -= wanted
        return wanted

    def tell(self, kind: Hashable, mistake: Diagnostic) -> None:
        """Tell of a mistake that was counted; the help that stands with one of its kind is not repeated."""
        alike = self.told.setdefault(kind, [])
        again = any(known.help == mistake.help for known in alike)
        alike.append(mistake._replace(help=None) if again else mistake)

    def diagnostics(self) -> list[Diagnostic]:
        """Those that are told of, kind by kind, with a line that counts the others."""
        found: list[Diagnostic] = []
        for kind, alike in self.told.items():
            found += alike
            if rest := self.counts.pop(kind) - len(alike):
                found.append(Diagnostic(f"and {rest} more like {'these' if len(alike) > 1 else 'this'} in {self.file}"))
        if rest := sum(self.counts.values()):
            found.append(Diagnostic(f"and {rest} more mistake{'s' * (rest != 1)} in {self.file}"))
        return found


def row_place(file: str, row: Row) -> Place:
    """Point at a whole row, or its first line where it has several."""
    text = _lines(row.raw)[0]
    return Place(file, row.line, 1, max(1, len(text)), text)


def cell_place(file: str, row: Row, cell: int) -> Place:
    """Point at one cell of a row, quotes included, as far as its first line goes."""
    start, end = cell_spans(row.raw)[cell]
    return _span_place(file, row, start, end)


def bad_quote(file: str, line: int, raw: str) -> Diagnostic:
    """Tell what makes a row impossible to take apart; `raw` is all text from the row's start on."""
    row = Row(line, raw, [])
    for start, end in cell_spans(raw):
        if raw[start:end].startswith('"') and not _QUOTED.fullmatch(raw, start, end):
            place = _span_place(file, row, start, end)
            help_ = 'a quote inside a quoted cell is written twice: "an ""apt"" word"'
            return Diagnostic("a quoted cell is not closed, or goes on after its closing quote", place, help_)
    return Diagnostic("a cell is too long to be one", row_place(file, row))


def cell_spans(raw: str) -> list[tuple[int, int]]:
    """Find where each cell of a row starts and ends in its text, quotes included, leading blanks not."""
    spans = []
    at = 0
    while (cell := _CELL.match(raw, at)) is not None:
        spans.append(cell.span(1))
        if raw[cell.end() : cell.end() + 1] != ",":
            break
        at = cell.end() + 1
    return spans


def _in_row(
    header: Sequence[str], used: Sequence[tuple[int, Kind]], row: Row
) -> list[tuple[str, str, str | None, int | None]]:
    """List each mistake of a row as its kind, message, help, and the cell it is in (None: the row)."""
    have, want = len(row.cells), len(header)
    if have == 0:
        return [("line", "an empty line between the rows", "remove it; each row is one time step", None)]
    if have != want:
        message = f"{have} cell{'s' * (have != 1)} in a row where the header names {want}"
        return [("cells", message, None, want if have > want else None)]
    mistakes: dict[int, tuple[str, str, str | None, int | None]] = {}
    for cell, kind in used:
        found = _in_cell(header[cell], kind, row.cells[cell])
        if found is not None and cell not in mistakes:
            mistakes[cell] = (*found, cell)
    return list(mistakes.values())


def _in_cell(name: str, kind: Kind, text: str) -> tuple[str, str, str] | None:
    """What is wrong with a cell: its kind, in words, and what to do about it."""
    fill = "fill it in, or leave the row out"
    if not text if kind == "text" else not text.strip():
        return "empty", f"an empty cell in column '{name}'", fill
    if kind == "flag" and text.strip().lower() not in FLAGS:
        message = f"column '{name}' holds 0 and 1, and {short(text)} is neither"
        return "flag", message, "write 1 for yes and 0 for no"
    if kind == "number" and not _is_number(text):
        message = f"column '{name}' holds numbers, and {short(text)} is not one"
        return "number", message, "mend the cell; for labels write `kind: class` or `kind: symbol`"
    if kind == "number" and not isfinite(float(text)):
        return "finite", f"column '{name}' must be finite, and {short(text)} is not", fill
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.isascii()


def short(text: str) -> str:
    """A cell in quotes, and of a long one the beginning."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _span_place(file: str, row: Row, start: int, end: int) -> Place:
    before = _lines(row.raw[:start])
    line = len(before) - 1
    text = _lines(row.raw)[line]
    column = len(before[-1]) + 1
    return Place(file, row.line + line, column, max(1, min(end - start, len(text) - column + 1)), text)


def _lines(raw: str) -> list[str]:
    """Take a row apart into lines without their ends; at least one."""
    return re.split(r"\r\n|\r|\n", raw)
