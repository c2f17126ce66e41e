"""Bytes as they arrive -> rows of CSV or JSON lines, each with its place; whatever is wrong is told at its line."""

from __future__ import annotations

import codecs
import csv
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from rnnctl.data.mistakes import Row, bad_quote, cell_place, row_place
from rnnctl.errors import DataError, Diagnostic, Place, nearest

BLOCK = 65_536
"""Bytes that are read at once, at most."""
LONGEST = 1_000_000
"""Bytes that a line may have."""


class Input(NamedTuple):
    """A stream by the name that errors call it; `read` gives what has arrived, up to so many bytes, b"" at the end."""

    name: str
    read: Callable[[int], bytes]


class Parts(NamedTuple):
    """The names of columns, and rows some at a time, as they arrive; a row's cells stand in the order of the names.

    Of JSON the cells are its values, and the names those that were asked for.
    """

    header: tuple[str, ...]
    rows: Iterator[list[Row]]
    json: bool


def blocks_of(source: Input) -> Iterator[bytes]:
    """What arrives, without a byte order mark at its start."""
    first = True
    while block := source.read(BLOCK):
        while first and len(block) < len(codecs.BOM_UTF8) and (more := source.read(BLOCK)):
            block += more
        yield block.removeprefix(codecs.BOM_UTF8) if first else block
        first = False


def open_parts(source: Input, asked: Sequence[str], also: Sequence[str] = (), form: str = "") -> Parts:
    """The rows of a stream, in which the columns asked for must be; of `also` JSON has those of its first object.

    `form` is csv or json; without it, a first line that begins as a JSON object or list does is JSON. Errors: DataError
    with its place for an empty stream, or a header that is none or lacks a column; the rows raise theirs in turn.
    """
    lines = _Lines(source)
    first = lines.peek()
    if not first:
        raise DataError(Diagnostic("the input is empty", Place(source.name, 1, 1, 1, "")))
    if form == "json" or (not form and first.lstrip()[:1] in ("{", "[")):
        names = (*asked, *(name for name in also if name in _keys(first) and name not in asked))
        return Parts(names, _json_rows(lines, names), json=True)
    rows = _csv_rows(lines)
    head = next(rows)
    header = _header(source.name, head.pop(0), asked)
    return Parts(header, _whole(source.name, header, head, rows), json=False)


def _keys(line: str) -> Sequence[str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # told of when its turn comes
        return ()
    return tuple(value) if isinstance(value, dict) else ()


def must_be_there(names: Sequence[str], name: str, place: Place) -> None:
    """Errors: DataError where a name is not among those of the columns."""
    if name not in names:
        guess = nearest(name, names)
        shown = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
        advice = f"did you mean '{guess}'? columns: {shown}" if guess else f"columns: {shown}"
        raise DataError(Diagnostic(f"there is no column '{name}'", place, advice))


class _Lines:
    """The lines of a stream with their ends, one by one; `left` has those that have arrived and are not taken yet.

    `taken` has those since it was last cleared.
    """

    def __init__(self, source: Input) -> None:
        self.source = source
        self.left: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0
        self._blocks = _line_blocks(source)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while not self.left:
            self.left.extend(next(self._blocks))
        self.number += 1
        self.taken.append(self.left.popleft())
        return self.taken[-1]

    def peek(self) -> str:
        """The line that comes next, or nothing at the end."""
        while not self.left:
            found = next(self._blocks, None)
            if found is None:
                return ""
            self.left.extend(found)
        return self.left[0]


def _line_blocks(source: Input) -> Iterator[list[str]]:
    """Whole lines, as soon as they have arrived; the last may lack its end."""
    rest, number = b"", 0
    for block in blocks_of(source):
        whole, end, left = block.rpartition(b"\n")
        whole, rest = (rest + whole + end, left) if end else (b"", rest + left)
        lines = whole.splitlines(keepends=True) if b"\r" not in whole else _split(whole)
        if max(map(len, (*lines, rest))) > LONGEST:
            long = next(i for i, line in enumerate((*lines, rest)) if len(line) > LONGEST)
            yield from _decoded(source.name, lines[:long], number)
            raise DataError(f"line {number + long + 1:,} of {source.name} is longer than a million bytes")
        if lines:
            yield from _decoded(source.name, lines, number)
            number += len(lines)
    if rest:
        yield from _decoded(source.name, [rest], number)


def _split(whole: bytes) -> list[bytes]:
    """Lines by their newline alone: a carriage return may stand inside a quoted cell."""
    return [line + b"\n" for line in whole.split(b"\n")[:-1]]


def _decoded(name: str, lines: Sequence[bytes], number: int) -> Iterator[list[str]]:
    """Lines as text. Errors: DataError at the first byte that is none, once the lines before it are out."""
    found: list[str] = []
    for line in lines:
        try:
            found.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            if found:
                yield found
            if number + len(found) == 0 and (told := _packed(name, line)):
                raise DataError(told) from None
            text = line.decode("utf-8", errors="replace").rstrip("\r\n")
            column = len(line[: error.start].decode("utf-8")) + 1
            place = Place(name, number + len(found) + 1, column, 1, text)
            message = f"byte 0x{line[error.start]:02x} is not UTF-8 text"
            raise DataError(Diagnostic(message, place, "save the file with the encoding UTF-8")) from None
    if found:
        yield found


def _packed(name: str, line: bytes) -> Diagnostic | None:
    """Tell of a file that begins as one that is compressed."""
    if line.startswith(b"\x1f\x8b"):
        return Diagnostic(f"{name} is compressed by gzip", help="gunzip -c FILE | rnnctl predict RUN -")
    if line.startswith(b"PK\x03\x04"):
        return Diagnostic(f"{name} is a zip archive, or a spreadsheet", help="save it as CSV")
    return None


def _csv_rows(lines: _Lines) -> Iterator[list[Row]]:
    """The rows that have arrived, the header the first of the first; an empty line is a row without cells."""
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    name = lines.source.name
    rows: list[Row] = []
    while True:
        start = lines.number + 1
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            wrong = DataError(_broken(name, start, "".join(lines.taken)))
        except DataError as error:
            wrong = error
        else:
            rows.append(Row(start, lines.taken[0] if len(lines.taken) == 1 else "".join(lines.taken), cells))
            if not lines.left:
                yield rows
                rows = []
            continue
        if rows:
            yield rows
        raise wrong
    if rows:
        yield rows


def _broken(name: str, line: int, raw: str) -> Diagnostic:
    """Tell why a row cannot be taken apart."""
    if "\r" in raw.rstrip("\r\n") and '"' not in raw:
        place = row_place(name, Row(line, raw, []))
        return Diagnostic("a carriage return ends this line, and no newline follows", place, "end lines with newlines")
    return bad_quote(name, line, raw)


def _header(name: str, first: Row, asked: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns."""
    header = tuple(cell.strip() for cell in first.cells)
    place = row_place(name, first)
    if not any(header):
        raise DataError(Diagnostic("the first line must name the columns, and it is empty", place))
    if all(map(_reads_as_number, header)) and not set(asked) <= set(header):
        raise DataError(Diagnostic("the first line must name the columns, and this one holds numbers", place))
    for i, column in enumerate(header):
        if column in header[:i] and column:
            raise DataError(Diagnostic(f"there are two columns named '{column}'", cell_place(name, first, i)))
    _separated_by_commas(header, asked, place)
    for column in asked:
        must_be_there(header, column, place)
    return header


def _separated_by_commas(header: Sequence[str], asked: Sequence[str], place: Place) -> None:
    """Errors: DataError where the columns that are asked for stand there, with something else between them."""
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        parts = {part.strip().strip('"') for cell in header for part in cell.split(mark)}
        if not set(asked) <= set(header) and set(asked) <= parts:
            advice = "write commas; a cell with a comma in it, as a number may be, stands in quotes or is mended"
            raise DataError(Diagnostic(f"the columns are separated by {name}, and CSV has commas", place, advice))


def _whole(name: str, header: Sequence[str], head: list[Row], rows: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The rows below the header; empty lines at the end do not count, and others are a mistake."""
    empty: Row | None = None
    for part in _chained(head, rows):
        for i, row in enumerate(part):
            wrong = _misshapen(name, header, row, empty)
            if wrong is not None:
                if good := [r for r in part[:i] if r.cells]:
                    yield good
                raise wrong
            if not row.cells:
                empty = empty or row
        if good := part if empty is None else [r for r in part if r.cells]:
            yield good


def _chained(head: list[Row], rows: Iterator[list[Row]]) -> Iterator[list[Row]]:
    if head:
        yield head
    yield from rows


def _misshapen(name: str, header: Sequence[str], row: Row, empty: Row | None) -> DataError | None:
    """What is wrong with the count of a row's cells, or with the empty line before it."""
    if not row.cells:
        return None
    if empty is not None:
        help_ = "remove it; each row is one time step"
        return DataError(Diagnostic("an empty line between the rows", row_place(name, empty), help_))
    have, want = len(row.cells), len(header)
    if have == want:
        return None
    message = f"{have} cell{'s' * (have != 1)} in a row where the header names {want}"
    place = cell_place(name, row, want) if have > want else row_place(name, row)
    return DataError(Diagnostic(message, place))


def _json_rows(lines: _Lines, asked: tuple[str, ...]) -> Iterator[list[Row]]:
    """Rows of JSON lines, in which empty lines are passed over."""
    rows: list[Row] = []
    name = lines.source.name
    while True:
        lines.taken.clear()
        try:
            line = next(lines)
            if line.strip():
                rows.append(Row(lines.number, line, _values(name, Row(lines.number, line, []), asked)))
        except StopIteration:
            break
        except DataError as error:
            if rows:
                yield rows
            raise error from None
        if rows and not lines.left:
            yield rows
            rows = []
    if rows:
        yield rows


def _values(name: str, row: Row, asked: tuple[str, ...]) -> list[Any]:
    """The values of a JSON object by name, or of a list or a single value in the order of the names."""
    place = row_place(name, row)
    try:
        value = json.loads(row.raw.rstrip(), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        what = f": {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        help_ = _A_LINE_EACH if row.raw.strip() in ("[", "{") else None
        if isinstance(error, json.JSONDecodeError) and error.lineno == 1:
            place = place._replace(column=min(error.colno, len(place.text) + 1), length=1)
        raise DataError(Diagnostic(f"this line is no JSON{what}", place, help_)) from None
    if isinstance(value, dict):
        for column in asked:
            must_be_there(tuple(value), column, place)
        return [value[column] for column in asked]
    found = value if isinstance(value, list) else [value]
    if any(isinstance(part, dict) for part in found):
        raise DataError(Diagnostic("this line is a list of objects", place, _A_LINE_EACH))
    if len(found) != len(asked):
        message = f"{len(found)} value{'s' * (len(found) != 1)}, and {len(asked)} are expected: {', '.join(asked)}"
        raise DataError(Diagnostic(message, place, "give an object with a key for each column"))
    return found


_A_LINE_EACH = "JSON lines have each object whole on a line of its own, without a list around them"


def _refused(constant: str) -> None:
    raise ValueError(constant)  # NaN and its like, which JSON has not


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
