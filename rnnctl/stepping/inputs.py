"""One input as people give it -> checked values in the units of the data file -> model units.

A value is a number, a symbol, a sequence of numbers in the order of the columns, or a mapping by column name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine
from rnnctl.errors import Diagnostic, UsageError, nearest

Value: TypeAlias = float | str | Sequence[float] | Mapping[str, float | str]
Given: TypeAlias = Mapping[str, float] | Mapping[str, str]
"""An input checked: for each column its number, or for the one column of symbols its symbol."""

_SHOWN = 12


def parse_input(signal: Signal, text: str, whole: str | None = None) -> Given:
    """An input from text: `50`, `20,3`, `temperature=20,wind=3`, or a symbol.

    Errors: UsageError; `whole` is how a text of many symbols is given here, for whoever gives one as an input.
    """
    if signal.kind == "symbol":
        name, equals, symbol = text.partition("=")
        named = equals and name.strip() == signal.names[0] and text not in signal.symbols
        return {signal.names[0]: _symbol(signal, symbol if named else text, whole)}
    parts = text.split(",")
    if not any("=" in part for part in parts):
        return check_input(signal, [_number(part) for part in parts])
    columns: dict[str, float] = {}
    for part in parts:
        name, equals, number = part.rpartition("=")
        if not equals:
            raise _wrong(signal, f"input '{visible(text)}' names some columns and not others")
        if name.strip() in columns:
            raise _wrong(signal, f"input '{visible(text)}' names column '{visible(name.strip())}' twice")
        columns[name.strip()] = _number(number)
    return check_input(signal, columns)


def parse_text(
    signal: Signal, text: str, level: Literal["byte", "character"] | None = None, called: str = "--text"
) -> list[Given]:
    """The inputs that a text is, one a symbol: its characters, or its bytes in UTF-8.

    `level` is what a symbol is where the model has learned from text. Errors: UsageError that names the first
    character, or byte, that the model does not know; `called` is what they call the text.
    """
    if signal.kind != "symbol":
        raise _wrong(signal, f"{called} is for models whose input is a symbol, and this one's is numbers")
    if level is None and not _single(signal):
        help_text = f"give each by itself; symbols: {_listing(_shown(signal), 60)}"
        raise UsageError(
            Diagnostic(f"{called} takes symbols of one character, and this model has longer ones", help=help_text)
        )
    if not text:
        raise UsageError(f"the text of {called} is empty")
    if level is None:
        names: Sequence[str] = text
    else:
        from rnnctl.data.text import symbol_names

        codes = text.encode("utf-8", "surrogateescape") if level == "byte" else map(ord, text)
        names = symbol_names(tuple(codes), characters=level == "character")
    known, [column] = set(signal.symbols), signal.names
    for number, name in enumerate(names, 1):
        if name not in known:
            what = f"{level or 'character'} {number} of {called} is '{visible(name)}', which the model does not know"
            raise UsageError(Diagnostic(what, help=f"symbols: {_listing(_shown(signal), 60)}"))
    return [{column: name} for name in names]


def visible(text: str) -> str:
    """A text on one line: what cannot be printed as Python escapes it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def check_input(signal: Signal, value: Value) -> Given:
    """An input that the model can be shown, by column. Errors: UsageError."""
    if signal.kind == "symbol":
        [name] = signal.names
        return {name: _symbol(signal, value[name] if isinstance(value, Mapping) and set(value) == {name} else value)}
    if isinstance(value, Mapping):
        for name in value:
            if name not in signal.names:
                guess = nearest(name, signal.names)
                raise _wrong(
                    signal, f"there is no input column '{visible(name)}'", f"did you mean '{guess}'? " if guess else ""
                )
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
        found[name] = _finite(name, number)
    return found


def header_advice(wanted: str, header: Sequence[str]) -> str:
    """What to do about a header that lacks a column of the model: of a name that is almost the same, to mend it."""
    if guess := nearest(wanted, header):
        return f"if its column '{visible(guess)}' is meant, call it '{visible(wanted)}'"
    return f"its columns: {', '.join(map(visible, header[:_SHOWN]))}"


def _finite(name: str, number: object) -> float:
    if not isinstance(number, bool) and isinstance(number, Real):
        try:
            if isfinite(found := float(number)):
                return found
        except OverflowError:  # a whole number of more than 308 figures
            raise UsageError(f"{name} is too large for a number") from None
    shown = json.dumps(number) if number is None or isinstance(number, bool | str) else str(number)
    raise UsageError(f"{name} must be a finite number, not {shown}")


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
        raise UsageError(f"'{visible(text)}' is not a number") from None


def _symbol(signal: Signal, value: object, whole: str | None = None) -> str:
    symbol = str(value)
    for found in (symbol, visible(symbol), symbol.strip()):  # a text's newline is called \n
        if found in signal.symbols:
            return found
    help_text = f"symbols: {_listing(_shown(signal), 60)}"
    if whole and len(symbol) > 1 and _single(signal):
        help_text = f"an input is one symbol, and a text is given with {whole}; {help_text}"
    raise UsageError(Diagnostic(f"unknown symbol '{visible(symbol)}'", help=help_text))


def _single(signal: Signal) -> bool:
    """Whether a symbol is one character, as people see it or as Python escapes it."""
    return all(len(symbol) == 1 or symbol.startswith("\\") for symbol in signal.symbols)


def _shown(signal: Signal) -> list[str]:
    """The symbols of a signal in a list for people, in which a space can be seen."""
    return [visible(symbol) if symbol.strip() else f"'{visible(symbol)}'" for symbol in signal.symbols]


def _wrong(signal: Signal, message: str, lead: str = "") -> UsageError:
    columns = _listing(signal.names)
    example = ",".join(f"{name}=…" for name in signal.names[:3]) + (",…" if len(signal.names) > 3 else "")
    if len(signal.names) == 1:
        return UsageError(Diagnostic(message, help=f"{lead}the column is {columns}"))
    return UsageError(Diagnostic(message, help=f"{lead}columns: {columns}; in this order, or as {example}"))


def _listing(names: Sequence[str], limit: int = _SHOWN) -> str:
    more = f", … ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
