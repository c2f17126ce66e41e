"""Where a feed comes from: rows of the data that a run knows, a sequence of a split, a file of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

from rnnctl.data.facts import gather
from rnnctl.data.records import Records, Signal
from rnnctl.data.spec import SplitName
from rnnctl.data.splits import NAMES, split_pieces
from rnnctl.data.table import read_sheet, read_table
from rnnctl.errors import Diagnostic, RnnctlError, UsageError
from rnnctl.stepping.feed import Feed, Left, Row
from rnnctl.stepping.figures import SEQUENCE
from rnnctl.stepping.inputs import Given, check_input, header_advice, parse_text
from rnnctl.stepping.model import Model

_FILES = "a CSV file, .jsonl with one input a line, or a text where the model takes symbols"


@dataclass(frozen=True, eq=False)
class DataRows(Sequence[Row]):
    """Some steps of a source as rows, each made when it is asked for."""

    records: Records
    first: int
    last: int
    ends: tuple[int, ...]
    """Where each sequence of the source ends."""

    def __len__(self) -> int:
        return self.last - self.first

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        at, facts = self.first + index, self.records.facts
        return Row(_entry(facts.input, self.records.inputs, at), self._target(at), border=self._border(at))

    def _target(self, at: int) -> Given | None:
        """What is asked at a step of the source; None where nothing is."""
        from bisect import bisect_right

        facts, where = self.records.facts, self.records.where
        end = self.ends[bisect_right(self.ends, at)]
        if at + facts.ahead >= end or (where is not None and not where[at]):
            return None
        if facts.each == "sequence" and at != end - 1:
            return None
        return _entry(facts.target, self.records.targets, at + facts.ahead)

    def _border(self, at: int) -> str:
        """Why the data has the state put back before a step."""
        if at == 0 or at in self.ends:
            return SEQUENCE
        if self.records.before is not None and self.records.before[at]:
            return "a column asks for it"
        if self.records.after is not None and self.records.after[at - 1]:
            return "a column asked for it"
        return ""


def _entry(signal: Signal, columns: Sequence[Any], at: int) -> Given:
    """What stands at a step of the source, by column."""
    if signal.kind in ("symbol", "class"):
        return {signal.names[0]: signal.symbols[int(columns[0][at])]}
    return {name: float(column[at]) for name, column in zip(signal.names, columns, strict=True)}


def rows_feed(model: Model, first: int | None, last: int | None) -> Feed:
    """Rows of the data of the run, counted from 0, up to `last`, which is left out. Errors: UsageError, DataError."""
    records, ends = _records(model)
    count = ends[-1]
    low, high = first or 0, count if last is None else last
    if not 0 <= low < high <= count:
        raise UsageError(f"rows {low}:{high} are not among the {count} rows of the data, 0:{count}")
    name = f"rows {low}:{high}"
    return Feed(name, DataRows(records, low, high, ends), name)


def split_feed(model: Model, split: SplitName, sequence: int) -> Feed:
    """A sequence of a split, the first being 0; of one series the rows that the split scores.

    Errors: UsageError where the split has no such sequence; DataError where the data cannot be read.
    """
    records, ends = _records(model)
    resolved = model.resolved
    assert resolved is not None
    pieces = split_pieces(records.facts, resolved.split, resolved.training.seed)[split]
    if not pieces:
        raise UsageError(f"the {split} split of this run is empty")
    if sequence >= len(pieces):
        known = "it is one series: 0" if records.facts.one_series else f"there are 0 to {len(pieces) - 1}"
        raise UsageError(Diagnostic(f"the {split} split has no sequence {sequence}", help=known))
    piece, starts = pieces[sequence], [0, *ends]
    start = starts[piece.row]
    first = start + (piece.scored.start if records.facts.one_series else 0)
    name = f"{split} {sequence}"
    return Feed(name, DataRows(records, first, start + piece.length, ends), name)


def _records(model: Model) -> tuple[Records, tuple[int, ...]]:
    """All the data of a run, and where its sequences end. Errors: UsageError where it has other columns by now."""
    if model.resolved is None:
        raise UsageError(Diagnostic("it is not known what data this model was trained on", help="feed FILE"))
    records = gather(model.resolved.source)
    if (records.facts.input, records.facts.target) != (model.facts.input, model.facts.target):
        message = "the data has other columns, or other symbols, than when the run was made"
        raise UsageError(Diagnostic(message, help="restore it, or feed a file of your own"))
    return records, tuple(accumulate(records.facts.lengths))


def file_feed(model: Model, path: Path) -> Feed:
    """The inputs in a file: columns of CSV, one JSON value a line, or a text of symbols.

    The targets of a CSV file that has them count too, at their own rows as in the data of a run. Errors: UsageError
    for a file that cannot be read or an input that does not fit, DataError for mistakes in a CSV file.
    """
    if path.is_dir():
        raise UsageError(Diagnostic(f"'{path}' is a folder", help=f"feed one file: {_FILES}"))
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson", ".json"):
        rows = _json_rows(model, path)
    elif suffix == ".csv" or model.facts.input.kind != "symbol":
        rows = _csv_rows(model, path)
    else:
        rows = [Row(given) for given in parse_text(model.facts.input, _text(path), model.level, path.name)]
    if not rows:
        raise UsageError(Diagnostic(f"'{path}' holds no input", help=_FILES))
    return Feed(path.name, rows, f"file {path.absolute()}")


def rest_of(model: Model, fed: Feed | Left, row: int) -> list[str]:
    """The command that feeds what is left from a row on; none where that cannot be said, as of a file."""
    feed = opened_again(model, fed)
    if feed is None or not isinstance(feed.rows, DataRows) or row >= len(feed.rows):
        return []
    return [f"feed rows {feed.rows.first + row}:{feed.rows.last}"]


def opened_again(model: Model, left: Feed | Left) -> Feed | None:
    """What a session was fed with before it was left; None where it cannot be read any more."""
    if isinstance(left, Feed):
        return left
    how, _, where = left.said.partition(" ")
    try:
        if how == "file":
            found = file_feed(model, Path(where))
        elif how == "rows":
            first, _, last = where.partition(":")
            found = rows_feed(model, int(first), int(last))
        else:
            found = split_feed(model, next(name for name in NAMES if name == how), int(where))
    except (RnnctlError, ValueError, StopIteration):
        return None
    return replace(found, left=left)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(Diagnostic(f"cannot read '{path}': {error.strerror or error}", help=_FILES)) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"'{path}' is not UTF-8: {error.reason} at byte {error.start}") from None


def _csv_rows(model: Model, path: Path) -> list[Row]:
    """The rows of a CSV file with the input columns, and the targets where it has their columns."""
    if not path.is_file():
        raise UsageError(Diagnostic(f"there is no file '{path}'", help=_FILES))
    sheet = read_sheet(path)
    facts = model.facts
    for name in facts.input.names:
        if name not in sheet.header:
            raise UsageError(Diagnostic(f"'{path}' has no column '{name}'", help=header_advice(name, sheet.header)))
    with_target = all(name in sheet.header for name in facts.target.names)
    signals = [facts.input, *([facts.target] if with_target else [])]
    texts = [name for s in signals if s.kind in ("symbol", "class") for name in s.names]
    numbers = [name for s in signals if s.kind not in ("symbol", "class") for name in s.names]
    table = read_table(sheet, numbers, texts)

    def entry(signal: Signal, at: int) -> Given:
        if signal.kind in ("symbol", "class"):
            return {signal.names[0]: table.texts[signal.names[0]][at].strip()}
        return {name: table.numbers[name][at] for name in signal.names}

    rows: list[Row] = []
    for at in range(table.rows):
        given, wanted = check_input(facts.input, entry(facts.input, at)), at + facts.ahead
        asked = wanted < table.rows and (facts.each == "step" or at == table.rows - 1)
        rows.append(Row(given, _target(facts.target, entry(facts.target, wanted)) if with_target and asked else None))
    return rows


def _target(signal: Signal, found: Given) -> Given:
    if signal.kind == "class" and found[signal.names[0]] not in signal.symbols:
        raise UsageError(f"'{found[signal.names[0]]}' is no class that the model knows")
    return found


def _json_rows(model: Model, path: Path) -> list[Row]:
    """One input a line: a value, a list of numbers, an object by column, or a record of a step, which has `input`.

    What a script printed beside its steps is passed over.
    """
    rows: list[Row] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}:{number} is no JSON: {error}") from None
        if isinstance(value, Mapping) and isinstance(value.get("input"), Mapping):
            value = value["input"]
        elif isinstance(value, Mapping) and {"line", "command"} <= set(value) - set(model.facts.input.names):
            continue
        try:
            rows.append(Row(check_input(model.facts.input, value)))
        except UsageError as error:
            [told] = error.diagnostics
            raise UsageError(Diagnostic(f"{path}:{number}: {told.message}", help=told.help)) from None
    return rows


__all__ = ["NAMES", "DataRows", "file_feed", "opened_again", "rows_feed", "split_feed"]
