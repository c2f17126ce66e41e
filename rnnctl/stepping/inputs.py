"""One input as people give it -> checked values in the units of the data file -> model units.

A value is a number, a symbol, a sequence of numbers in the order of the columns, or a mapping by column name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine
from rnnctl.errors import Diagnostic, UsageError, nearest

Value: TypeAlias = float | str | Sequence[float] | Mapping[str, float | str]
Given: TypeAlias = Mapping[str, float] | Mapping[str, str]
"""An input checked: for each column its number, or for the one column of symbols its symbol."""

_SHOWN = 12


def parse_input(signal: Signal, text: str) -> Given:
    """An input from text: `50`, `20,3`, `temperature=20,wind=3`, or a symbol. Errors: UsageError."""
    if signal.kind == "symbol":
        name, equals, symbol = text.partition("=")
        named = equals and name.strip() == signal.names[0] and text not in signal.symbols
        return check_input(signal, symbol if named else text)
    parts = text.split(",")
    if not any("=" in part for part in parts):
        return check_input(signal, [_number(part) for part in parts])
    columns: dict[str, float] = {}
    for part in parts:
        name, equals, number = part.rpartition("=")
        if not equals:
            raise _wrong(signal, f"input '{text}' names some columns and not others")
        if name.strip() in columns:
            raise _wrong(signal, f"input '{text}' names column '{name.strip()}' twice")
        columns[name.strip()] = _number(number)
    return check_input(signal, columns)


def check_input(signal: Signal, value: Value) -> Given:
    """An input that the model can be shown, by column. Errors: UsageError."""
    if signal.kind == "symbol":
        [name] = signal.names
        return {name: _symbol(signal, value[name] if isinstance(value, Mapping) and set(value) == {name} else value)}
    if isinstance(value, Mapping):
        for name in value:
            if name not in signal.names:
                guess = nearest(name, signal.names)
                raise _wrong(signal, f"there is no input column '{name}'", f"did you mean '{guess}'? " if guess else "")
        if missing := [name for name in signal.names if name not in value]:
            raise _wrong(signal, f"the input lacks {_listing(missing)}")
        numbers: list[Any] = [value[name] for name in signal.names]
    else:
        numbers = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if len(numbers) != len(signal.names):
        wanted = f"{len(signal.names)} number{'s' * (len(signal.names) != 1)}"
        raise _wrong(signal, f"an input is {wanted}, not {len(numbers)}")
    found: dict[str, float] = {}
    for name, number in zip(signal.names, numbers, strict=True):
        if isinstance(number, bool) or not isinstance(number, Real) or not isfinite(number):
            raise UsageError(f"{name} must be a finite number, not {number}")
        found[name] = float(number)
    return found


def to_model(signal: Signal, given: Given, scaling: Affine | None, dtype: DTypeLike) -> NDArray[Any]:
    """A checked input in model units: (F) numbers, or the code of a symbol. Errors: UsageError beyond the type."""
    if signal.kind == "symbol":
        return np.asarray(signal.symbols.index(str(given[signal.names[0]])), np.int64)
    values = np.array([given[name] for name in signal.names], np.float64)
    with np.errstate(over="ignore"):
        scaled: NDArray[Any] = (values if scaling is None else scaling.to_model(values)).astype(dtype)
    for name, number in zip(signal.names, scaled, strict=True):
        if not np.isfinite(number):
            raise UsageError(f"{name} is too large for the model: {given[name]}")
    return scaled


def _number(text: str) -> float:
    """A number as a data file may hold it; what only Python would take for one, such as 1_000, is none."""
    try:
        if "_" in text or not text.isascii():
            raise ValueError
        return float(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a number") from None


def _symbol(signal: Signal, value: object) -> str:
    symbol = str(value)
    for found in (symbol, symbol.strip()):
        if found in signal.symbols:
            return found
    raise UsageError(Diagnostic(f"unknown symbol '{symbol}'", help=f"symbols: {_listing(signal.symbols, 60)}"))


def _wrong(signal: Signal, message: str, lead: str = "") -> UsageError:
    columns = _listing(signal.names)
    example = ",".join(f"{name}=…" for name in signal.names[:3]) + (",…" if len(signal.names) > 3 else "")
    if len(signal.names) == 1:
        return UsageError(Diagnostic(message, help=f"{lead}the column is {columns}"))
    return UsageError(Diagnostic(message, help=f"{lead}columns: {columns}; in this order, or as {example}"))


def _listing(names: Sequence[str], limit: int = _SHOWN) -> str:
    more = f", … ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
