"""Rows of a file -> steps for a model: inputs, where sequences begin, where columns reset, and what is passed through.

Shapes: N steps, F input columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.mistakes import FLAGS, Kind, Row, cell_place, find_mistakes, row_place, short
from rnnctl.data.spec import CsvSource, TaskSource
from rnnctl.errors import DataError, Diagnostic, Place, UsageError, nearest
from rnnctl.stepping.model import Model
from rnnctl.stepping.predicting.reading import Input, Parts, open_parts

SEQUENCE = "sequence"
"""The column that tells sequences apart, of a run on a synthetic task, which has no file to name one."""


class Steps(NamedTuple):
    """Some steps in a row: inputs in model units (N, F), or codes (N).

    starts (N): whether a sequence begins; resets (N): whether a column asks for the initial carry before the step;
    kept: the cells of each column that is passed through; places: where each step stands, for errors.
    """

    values: NDArray[Any]
    starts: NDArray[np.bool_]
    resets: NDArray[np.bool_]
    kept: Sequence[Sequence[Any]]
    places: Sequence[Row]


class Stream(NamedTuple):
    """Steps as they arrive, and the names of the columns that are passed through."""

    name: str
    kept: tuple[str, ...]
    steps: Iterator[Steps]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that a run's model needs in new data; `time` is passed through where it is there."""

    inputs: tuple[str, ...]
    sequence: str | None = None
    time: str | None = None
    before: str | None = None
    after: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """Those that must be there, each once."""
        named = (*self.inputs, self.sequence, self.before, self.after)
        return tuple(dict.fromkeys(name for name in named if name is not None))


def wanted_of(model: Model) -> Wanted:
    """What new data must have."""
    assert model.resolved is not None
    source, names = model.resolved.source, model.facts.input.names
    if isinstance(source, CsvSource):
        return Wanted(names, source.id, source.time, *source.resets)
    many = isinstance(source, TaskSource) and not model.facts.one_series
    return Wanted(names, SEQUENCE if many else None)


def open_steps(model: Model, source: Input, keep: Sequence[str] = (), form: str = "") -> Stream:
    """The steps of a stream of CSV or JSON lines; the sequence and the time are passed through, and what `keep` names.

    Errors: DataError with its place, as the steps come; UsageError for a column to keep that is not there.
    """
    wanted = wanted_of(model)
    first = [name for name in (wanted.sequence, wanted.time) if name is not None]
    parts = open_parts(source, wanted.all, (*first, *keep), form)
    for name in keep:
        if name not in parts.header:
            guess = nearest(name, parts.header)
            advice = f"did you mean '{guess}'?" if guess else f"its columns: {', '.join(parts.header[:12])}"
            raise UsageError(Diagnostic(f"there is no column '{name}' to keep in {source.name}", help=advice))
    kept = tuple(dict.fromkeys(name for name in (*first, *keep) if name in parts.header))
    return Stream(source.name, kept, _Converter(model, wanted, parts, kept, source.name).steps())


@dataclass
class _Converter:
    """Rows into steps; it knows the sequence and the reset that the last row leaves behind."""

    model: Model
    wanted: Wanted
    parts: Parts
    kept: tuple[str, ...]
    name: str
    at: dict[str, int] = field(init=False)
    sequence: Any = None
    begun: bool = False
    after: bool = False

    def __post_init__(self) -> None:
        self.at = {name: i for i, name in enumerate(self.parts.header)}
        self.codes = {symbol: code for code, symbol in enumerate(self.model.facts.input.symbols)}

    def steps(self) -> Iterator[Steps]:
        for rows in self.parts.rows:
            try:
                found = self._converted(rows)
            except _UnreadableError:
                wrong, mistakes = next((i, m) for i, row in enumerate(rows) if (m := self._mistakes(row)))
                if wrong:
                    yield self._converted(rows[:wrong])
                raise DataError(*mistakes) from None
            yield found
        if not self.begun:
            raise DataError(Diagnostic("there are no rows to predict from", Place(self.name, 1, 1, 1, "")))

    def _converted(self, rows: Sequence[Row]) -> Steps:
        """Errors: _UnreadableError where a row has a mistake; then nothing is remembered of them."""
        columns = list(zip(*(row.cells for row in rows), strict=True))
        values = self._values(columns)
        before = self._flags(columns, self.wanted.before, len(rows))
        after = self._flags(columns, self.wanted.after, len(rows))
        starts = np.zeros(len(rows), np.bool_)
        if self.wanted.sequence is not None:
            cells = columns[self.at[self.wanted.sequence]]
            if any(cell is None or cell == "" for cell in cells):
                raise _UnreadableError
            starts[:] = [a != b for a, b in zip(cells, (self.sequence, *cells), strict=False)]
            self.sequence = cells[-1]
        starts[0] |= not self.begun
        resets = before | np.concatenate([[self.after], after[:-1]])
        self.begun, self.after = True, bool(after[-1])
        return Steps(values, starts, resets, [columns[self.at[name]] for name in self.kept], rows)

    def _values(self, columns: Sequence[Sequence[Any]]) -> NDArray[Any]:
        own = [columns[self.at[name]] for name in self.wanted.inputs]
        if self.model.facts.input.kind == "symbol":
            try:
                return np.array([self.codes[_text(cell)] for cell in own[0]], np.int64)
            except KeyError:
                raise _UnreadableError from None
        found = np.array([self._floats(cells) for cells in own], np.float64).T
        scaled = self._scaled(found)
        if not (np.isfinite(found).all() and np.isfinite(scaled).all()):
            raise _UnreadableError
        return scaled

    def _floats(self, cells: Sequence[Any]) -> list[float]:
        """Numbers as a data file holds them; what only Python takes for one, such as 1_000, is none."""
        if self.parts.json:
            if any(type(cell) not in (int, float) for cell in cells):
                raise _UnreadableError
        else:
            joined = "".join(cells)
            if "_" in joined or not joined.isascii():
                raise _UnreadableError
        try:
            return [float(cell) for cell in cells]
        except (ValueError, OverflowError):
            raise _UnreadableError from None

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[Any]:
        scaling = self.model.scaling.input
        with np.errstate(over="ignore", invalid="ignore"):
            found: NDArray[Any] = (values if scaling is None else scaling.to_model(values)).astype(self.model.dtype)
        return found

    def _flags(self, columns: Sequence[Sequence[Any]], name: str | None, count: int) -> NDArray[np.bool_]:
        if name is None:
            return np.zeros(count, np.bool_)
        try:
            return np.array([FLAGS[_text(cell).strip().lower()] for cell in columns[self.at[name]]], np.bool_)
        except KeyError:
            raise _UnreadableError from None

    def _mistakes(self, row: Row) -> list[Diagnostic]:
        """What is wrong with a row, each with its place; nothing where it can be read."""
        if self.parts.json:
            return list(self._json_mistakes(row))
        kind: Kind = "text" if self.model.facts.input.kind == "symbol" else "number"
        used: list[tuple[int, Kind]] = [(self.at[name], kind) for name in self.wanted.inputs]
        flags = (self.wanted.before, self.wanted.after)
        used += [(self.at[name], "flag") for name in flags if name is not None]
        used += [(self.at[self.wanted.sequence], "text")] if self.wanted.sequence is not None else []
        found = find_mistakes(self.name, self.parts.header, sorted(used), [row, row])
        found = [mistake._replace(help=_MEND) if "`kind:" in (mistake.help or "") else mistake for mistake in found]
        return found or list(self._strange(row))

    def _strange(self, row: Row) -> Iterator[Diagnostic]:
        """Inputs that are well written and that the model cannot be shown."""
        for i, name in enumerate(self.wanted.inputs):
            cell = row.cells[self.at[name]]
            place = row_place(self.name, row) if self.parts.json else cell_place(self.name, row, self.at[name])
            if self.model.facts.input.kind == "symbol":
                if _text(cell) not in self.codes:
                    known = ", ".join(map(repr, list(self.codes)[:60]))
                    message = f"column '{name}' has {short(_text(cell))}, a symbol that the model does not know"
                    yield Diagnostic(message, place, f"symbols: {known}")
                continue
            whole = np.zeros((1, len(self.wanted.inputs)))
            whole[0, i] = float(cell)
            if not np.isfinite(self._scaled(whole)[0, i]):
                yield Diagnostic(f"{short(_text(cell))} in column '{name}' is too large for the model", place)

    def _json_mistakes(self, row: Row) -> Iterator[Diagnostic]:
        place = row_place(self.name, row)
        numbers = self.wanted.inputs if self.model.facts.input.kind == "number" else ()
        for name in self.wanted.all:
            cell = row.cells[self.at[name]]
            message = None
            help_ = None
            if name in numbers and not _is_number(cell):
                message = f"'{name}' must be a finite number, and {_as_written(cell)} is none"
                help_ = "fill it in, or leave the row out" if cell is None else None
            elif name in (self.wanted.before, self.wanted.after) and _text(cell).strip().lower() not in FLAGS:
                message = f"'{name}' holds 0 and 1, or false and true, and {_as_written(cell)} is neither"
            elif name == self.wanted.sequence and (cell is None or cell == ""):
                message = f"'{name}' is empty, and tells the sequences apart"
            if message is not None:
                yield Diagnostic(message, place, help_)
                return
        yield from self._strange(row)


_MEND = "mend the cell, or leave the row out"


class _UnreadableError(Exception):
    """Some row among several has a mistake."""


def _text(cell: Any) -> str:
    """A value of JSON as a cell of CSV has it."""
    return cell if isinstance(cell, str) else json.dumps(cell)


def _as_written(cell: Any) -> str:
    """A value of JSON, and of a long one the beginning."""
    text = json.dumps(cell, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _is_number(cell: Any) -> bool:
    try:
        return type(cell) in (int, float) and isfinite(cell)
    except OverflowError:
        return False
