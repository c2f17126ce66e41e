"""A CSV file as columns; whatever is wrong with it is told with its line and its caret."""

from __future__ import annotations

import codecs
import csv
import io
import stat
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from rnnctl.data.mistakes import FLAGS, Kind, Row, Tally, bad_quote, cell_place, find_mistakes, row_place
from rnnctl.data.spec import RELATIVE
from rnnctl.errors import DataError, Diagnostic, Place, Problem, nearest_file

CHUNK = 4096  # rows at a time: enough to work by column, few enough to stay in the cache


class Sheet(NamedTuple):
    """The text of a CSV file and the names in its first line."""

    path: Path
    text: str
    header: tuple[str, ...]


class Table(NamedTuple):
    """The columns that were asked for; one may be asked for as numbers, as text, and as flags, bytes of 0 and 1."""

    rows: int
    numbers: Mapping[str, array[float]]
    texts: Mapping[str, list[str]]
    flags: Mapping[str, bytes]


def read_sheet(path: Path) -> Sheet:
    """Read a comma-separated UTF-8 file as far as its header; blank lines at its end do not count.

    Raises DataError: about `data.csv` for a file that cannot be read, with its place for what is in it.
    """
    text = _decode(path, _read_bytes(path)).rstrip("\r\n")
    sheet = Sheet(path, text, ())
    if not text.strip():
        raise DataError(Diagnostic("the file is empty", Place(str(path), 1, 1, 1, "")))
    first = next(rows(sheet))
    names = tuple(name.strip() for name in first.cells)
    if not any(names):
        raise DataError(
            Diagnostic("the first line must name the columns, and it is empty", row_place(str(path), first))
        )
    repeated = [i for i, name in enumerate(names) if name and name in names[:i]]
    if repeated:
        told = Tally(str(path))
        for i in repeated:
            if told.add("name"):
                told.tell(
                    "name", Diagnostic(f"there are two columns named '{names[i]}'", cell_place(str(path), first, i))
                )
        raise DataError(*told.diagnostics())
    return Sheet(path, text, names)


def read_table(sheet: Sheet, numbers: Sequence[str], texts: Sequence[str], flags: Sequence[str] = ()) -> Table:
    """Read the named columns of a sheet, numbers as float64, texts as they stand, flags as 0 and 1.

    Raises DataError with the places of up to ten mistakes, three of a kind: a cell that is empty, is not a number,
    is not finite or is neither 0 nor 1, a row with too few or too many cells, a blank line between rows, a quote
    that is not closed.
    """
    number_columns = {sheet.header.index(name): array("d") for name in numbers}
    text_columns: dict[int, list[str]] = {sheet.header.index(name): [] for name in texts}
    flag_columns = {sheet.header.index(name): bytearray() for name in flags}
    count = 0
    reader = _reader(sheet.text)
    next(reader)
    try:
        while chunk := list(islice(reader, CHUNK)):
            if any(len(row) != len(sheet.header) for row in chunk):
                raise ValueError
            count += len(chunk)
            for i, values in number_columns.items():
                values.extend(_floats([row[i] for row in chunk]))
            for i, cells in text_columns.items():
                cells.extend([row[i] for row in chunk])
            for i, marks in flag_columns.items():
                marks.extend([FLAGS[row[i].strip().lower()] for row in chunk])
        if not all(all(map(isfinite, values)) for values in number_columns.values()):
            raise ValueError
        if any("" in cells for cells in text_columns.values()):
            raise ValueError
    except (ValueError, KeyError, csv.Error):
        used: list[tuple[int, Kind]] = [*((i, "number") for i in number_columns), *((i, "flag") for i in flag_columns)]
        used += [(i, "text") for i in text_columns]
        raise DataError(*find_mistakes(str(sheet.path), sheet.header, sorted(used), rows(sheet))) from None
    if count == 0:
        header = next(rows(sheet))
        raise DataError(Diagnostic("there are no rows below the header", row_place(str(sheet.path), header)))
    return Table(
        count,
        {sheet.header[i]: values for i, values in number_columns.items()},
        {sheet.header[i]: cells for i, cells in text_columns.items()},
        {sheet.header[i]: bytes(marks) for i, marks in flag_columns.items()},
    )


def rows(sheet: Sheet) -> Iterator[Row]:
    """Go through every row with its place in the file, the header first; slow, for the sake of errors.

    Raises DataError where a row cannot be taken apart.
    """
    lines = list(io.StringIO(sheet.text, newline=""))
    reader = csv.reader(iter(lines), skipinitialspace=True, strict=True)
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise DataError(bad_quote(str(sheet.path), start + 1, "".join(lines[start:]))) from None
        yield Row(start + 1, "".join(lines[start : reader.line_num]), cells)


def places(sheet: Sheet, column: str, wanted: Sequence[int]) -> list[Place]:
    """Point at a column's cells in the given rows, row 0 being the first below the header."""
    cell, ordered = sheet.header.index(column), set(wanted)
    below = islice(rows(sheet), 1, max(wanted) + 2)
    found = {i: cell_place(str(sheet.path), row, cell) for i, row in enumerate(below) if i in ordered}
    return [found[i] for i in wanted]


class Mistake(NamedTuple):
    """What is wrong with a cell, row 0 being the first below the header; `kind` tells what it is alike to."""

    kind: str
    column: str
    row: int
    message: str
    help: str | None


def told_of(sheet: Sheet, mistakes: Iterable[Mistake]) -> list[Diagnostic]:
    """Some of many mistakes with their places in the file, and a count of the others."""
    told = Tally(str(sheet.path))
    shown = [mistake for mistake in mistakes if told.add((mistake.kind, mistake.column))]
    found: dict[tuple[str, int], Place] = {}
    for column in {mistake.column for mistake in shown}:
        wanted = [mistake.row for mistake in shown if mistake.column == column]
        found |= zip([(column, row) for row in wanted], places(sheet, column, wanted), strict=True)
    for kind, column, row, message, help_ in shown:
        told.tell((kind, column), Diagnostic(message, found[column, row], help_))
    return told.diagnostics()


_LONGEST_SHOWN = 200  # characters of a path


def _reader(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)


def _floats(cells: list[str]) -> list[float]:
    """Read cells as numbers; what only Python would take for a number, such as 1_000, is a ValueError."""
    joined = "".join(cells)
    if "_" in joined or not joined.isascii():
        raise ValueError
    return [float(cell) for cell in cells]


def _read_bytes(path: Path) -> bytes:
    setting, name = ("data", "csv"), str(path)
    name = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe would be waited for, a device has no end
            raise DataError(problems=[Problem(setting, f"{name} is no regular file")])
        return path.read_bytes()
    except FileNotFoundError:
        beside = sorted(p.name for p in path.parent.glob("*.csv")) if path.parent.is_dir() else []
        close = nearest_file(path.name, beside)
        starts = None if path.is_absolute() else RELATIVE
        hint = f"did you mean '{close}'?" if close else starts
        raise DataError(problems=[Problem(setting, f"there is no file {name}", hint)]) from None
    except IsADirectoryError:
        raise DataError(problems=[Problem(setting, f"{name} is a folder, not a file")]) from None
    except OSError as error:
        raise DataError(problems=[Problem(setting, f"cannot read {name}: {error.strerror}")]) from None
    except ValueError as error:  # a NUL in the name
        raise DataError(problems=[Problem(setting, f"cannot read {name!r}: {error}")]) from None


def _decode(path: Path, data: bytes) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = list(io.StringIO(data[: error.start].decode("utf-8") + "?", newline=""))
        whole = list(io.StringIO(data.decode("utf-8", errors="replace"), newline=""))
        place = Place(str(path), len(before), len(before[-1]), 1, whole[len(before) - 1].rstrip("\r\n"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 text"
        raise DataError(Diagnostic(message, place, "save the file with the encoding UTF-8")) from None
