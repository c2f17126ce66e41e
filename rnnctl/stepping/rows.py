"""Lines of CSV or JSON -> inputs for a model, many at once where they are plain numbers.

The first line decides: `{` begins a JSON object, `[` a JSON list, and all else is CSV, whose first line may name its
columns; columns that the model does not know are left out then. A model of symbols takes one a line.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import Given, check_input, header_advice, parse_input, to_model, visible

_PLAIN = re.compile(r"[0-9eE+\-.,\s]*")
"""What lines of numbers are made of; all else is read one by one, with a word on what is wrong."""


class Rows(NamedTuple):
    """Inputs in data units (N, F), or codes (N), and their lines; `error` is what is wrong with the one behind them."""

    values: NDArray[Any]
    lines: Sequence[int]
    error: UsageError | None = None


class RowReader:
    """Reads the lines of one stream; it knows their form after the first, and counts them."""

    def __init__(self, signal: Signal, scaling: Affine | None = None, dtype: DTypeLike = np.float32) -> None:
        self.signal = signal
        self.scaling = scaling
        self.dtype = np.dtype(dtype)
        self.line = 0
        self._form = ""
        self._columns: list[int] = list(range(len(signal.names)))
        self._wide = len(signal.names)

    def read(self, lines: Sequence[str]) -> Rows:
        """The inputs of some lines; empty ones are passed over.

        What is wrong with an input is returned with those before it.
        Errors: UsageError for a header that lacks a column.
        """
        start = 0
        while not self._form and start < len(lines):
            start += self._begins(lines[start])
        rest = lines[start:]
        found = self._plain(rest) if self._form == "csv" and self.signal.kind == "number" else None
        if found is not None:
            first, self.line = self.line + 1, self.line + len(rest)
            return Rows(found, [i for i, line in enumerate(rest, first) if line.strip()])
        return self._one_by_one(rest)

    def _begins(self, line: str) -> int:
        """Look at a line for the form of the stream; how many lines that used up."""
        text = line.strip()
        if not text:
            self.line += 1
            return 1
        if self.signal.kind == "symbol":
            self._form = "json" if text.startswith('{"') and text.endswith("}") else "symbol"
            return int(self._form == "symbol" and self._is_header([text]))
        if text[0] in "{[":
            self._form = "json"
            return 0
        self._form = "csv"
        try:
            fields = _fields(text)
        except UsageError:  # which is said when the line is read
            return 0
        if not self._is_header(fields):
            return 0
        names = [field.strip() for field in fields]
        if twice := [name for name in self.signal.names if names.count(name) > 1]:
            raise UsageError(f"line {self.line + 1}: column '{twice[0]}' stands twice")
        missing = [name for name in self.signal.names if name not in names]
        if missing:
            message = f"line {self.line + 1}: there is no column '{missing[0]}'"
            raise UsageError(Diagnostic(message, help=header_advice(missing[0], names)))
        self._columns, self._wide = [names.index(name) for name in self.signal.names], len(names)
        self.line += 1
        return 1

    def _is_header(self, fields: Sequence[str]) -> bool:
        """Whether a first line names columns: one of the model's, or nothing that could be a number."""
        names = [field.strip() for field in fields]
        if self.signal.kind == "symbol":
            found = names[0] in self.signal.names and names[0] not in self.signal.symbols
            self.line += found
            return found
        if any("=" in name for name in names):
            return False
        return any(name in self.signal.names for name in names) or not any(map(_numeric, names))

    def _plain(self, lines: Sequence[str]) -> NDArray[Any] | None:
        """The values of lines that hold nothing but numbers; None where one of them may not."""
        if not all(map(_PLAIN.fullmatch, lines)):
            return None
        try:
            rows = [list(map(float, line.split(","))) for line in lines if line.strip()]
        except ValueError:
            return None
        if any(len(row) != self._wide for row in rows):
            return None
        values = self._array(rows, self._wide)[:, self._columns]
        return values if np.isfinite(values).all() and self._fits(values) else None

    def _fits(self, values: NDArray[Any]) -> bool:
        """Whether no value is too large for the model's type."""
        scaled = values if self.scaling is None else self.scaling.to_model(values)
        return bool((np.abs(scaled) < np.finfo(self.dtype).max).all())

    def _one_by_one(self, lines: Sequence[str]) -> Rows:
        found: list[Any] = []
        numbers: list[int] = []
        for line in lines:
            self.line += 1
            if not line.strip() and line not in self.signal.symbols:
                continue
            try:
                given = self._given(line)
                if self.signal.kind == "symbol":
                    found.append(self.signal.symbols.index(str(given[self.signal.names[0]])))
                else:
                    to_model(self.signal, given, self.scaling, self.dtype)
                    found.append([float(given[name]) for name in self.signal.names])
            except UsageError as error:
                [told] = error.diagnostics
                wrong = Diagnostic(f"line {self.line}: {told.message}", help=told.help)
                return Rows(self._array(found), numbers, UsageError(wrong))
            numbers.append(self.line)
        return Rows(self._array(found), numbers)

    def _given(self, line: str) -> Given:
        if self._form == "json":
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                raise UsageError(f"'{visible(line.strip()[:60])}' is no JSON") from None
            if isinstance(value, dict):
                value = {name: value[name] for name in self.signal.names if name in value}
            return check_input(self.signal, value)
        if self._form == "symbol":
            return parse_input(self.signal, line)
        fields = _fields(line)
        if len(fields) != self._wide:
            raise UsageError(f"{len(fields)} field{'s' * (len(fields) != 1)}, and {self._wide} are expected")
        text = [fields[i].strip() for i in self._columns]
        return parse_input(self.signal, ",".join(text))

    def _array(self, values: Sequence[Any], width: int | None = None) -> NDArray[Any]:
        if self.signal.kind == "symbol":
            return np.array(values, np.int64)
        return np.array(values, np.float64).reshape(-1, width or len(self.signal.names))


def _fields(line: str) -> list[str]:
    """The fields of a line of CSV. Errors: UsageError for one that is none, as with a line's end inside."""
    try:
        return next(csv.reader([line]))
    except csv.Error:
        raise UsageError(f"'{visible(line.strip()[:60])}' is no line of CSV") from None


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
