"""What can be wrong with the rows of a CSV file, and where on its line each mistake stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Literal, NamedTuple, TypeAlias

from rnnctl.errors import DataError, Diagnostic, Place

SHOWN = 10

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
    found: list[Diagnostic] = []
    total = 0
    try:
        for count, row in enumerate(rows):
            mistakes = _in_row(header, used, row) if count else []
            total += len(mistakes)
            for message, help_, cell in mistakes[: SHOWN - len(found)]:
                place = row_place(file, row) if cell is None else cell_place(file, row, cell)
                found.append(Diagnostic(message, place, help_))
    except DataError as error:  # a quote gone wrong: nothing after it can be read
        found += error.diagnostics[: max(0, SHOWN - len(found))]
        total += 1
    return limited(file, found, total)


def limited(file: str, found: Sequence[Diagnostic], total: int) -> list[Diagnostic]:
    """Keep the first ten, and add a last line that counts those left out."""
    rest = total - len(found[:SHOWN])
    more = [Diagnostic(f"and {rest} more mistake{'s' * (rest != 1)} in {file}")] if rest else []
    return [*found[:SHOWN], *more]


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
) -> list[tuple[str, str | None, int | None]]:
    """List each mistake of a row as message, help, and the cell it is in (None: the row)."""
    have, want = len(row.cells), len(header)
    if have == 0:
        return [("an empty line between the rows", "remove it; each row is one time step", None)]
    if have != want:
        message = f"{have} cell{'s' * (have != 1)} in a row where the header names {want}"
        return [(message, None, want if have > want else None)]
    mistakes: dict[int, tuple[str, str | None, int | None]] = {}
    for cell, kind in used:
        found = _in_cell(header[cell], kind, row.cells[cell])
        if found is not None and cell not in mistakes:
            mistakes[cell] = (*found, cell)
    return list(mistakes.values())


def _in_cell(name: str, kind: Kind, text: str) -> tuple[str, str] | None:
    """What is wrong with a cell, and what to do about it."""
    if not text if kind == "text" else not text.strip():
        return f"an empty cell in column '{name}'", "fill it in, or leave the row out"
    if kind == "flag" and text.strip().lower() not in FLAGS:
        return f"column '{name}' holds 0 and 1, and {short(text)} is neither", "write 1 for yes and 0 for no"
    if kind == "number" and not _is_number(text):
        message = f"column '{name}' holds numbers, and {short(text)} is not one"
        return message, "mend the cell; for labels write `kind: class` or `kind: symbol`"
    if kind == "number" and not isfinite(float(text)):
        return f"column '{name}' must be finite, and {short(text)} is not", "fill it in, or leave the row out"
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
