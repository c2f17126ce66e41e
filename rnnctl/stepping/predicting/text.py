"""A text as steps for a model of bytes or characters: each of its symbols is one."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.text import symbol_names
from rnnctl.errors import DataError, Diagnostic, Place, UsageError
from rnnctl.stepping.model import Model
from rnnctl.stepping.predicting.reading import Input, blocks_of
from rnnctl.stepping.predicting.steps import Steps, Stream

_SHOWN = 200
"""Characters of a line that are kept, to show what stands before a mistake."""


def open_text(model: Model, source: Input, keep: Sequence[str] = ()) -> Stream:
    """The symbols of a stream of text, which is one sequence.

    Errors: DataError with its place for a symbol that the model does not know; UsageError for a column to keep
    that is not the symbol itself.
    """
    [column] = model.facts.input.names
    for name in keep:
        if name != column:
            raise UsageError(Diagnostic(f"there is no column '{name}' to keep in a text", help=f"it has one: {column}"))
    return Stream(source.name, tuple(dict.fromkeys(keep)), _steps(model, source, bool(keep)))


def _steps(model: Model, source: Input, kept: bool) -> Iterator[Steps]:
    symbols = model.facts.input.symbols
    level = model.level
    known = {name: code for code, name in enumerate(symbols)}
    table: dict[int, int] = {}
    line, head, begun = 1, "", False
    for text in _texts(source, level == "character"):
        numbers = np.frombuffer(text.encode("utf-32-le" if level == "character" else "latin-1"), _type(level))
        fresh = [int(n) for n in np.unique(numbers) if int(n) not in table]
        names = symbol_names(tuple(fresh), characters=level == "character")
        table |= {n: known.get(name, -1) for n, name in zip(fresh, names, strict=True)}
        codes = _looked_up(numbers, table)
        end = int(np.argmax(codes < 0)) if (codes < 0).any() else len(codes)
        if end:
            starts = np.zeros(end, np.bool_)
            starts[0], begun = not begun, True
            cells = [[symbols[code] for code in codes[:end].tolist()]] if kept else []
            yield Steps(codes[:end], starts, np.zeros(end, np.bool_), cells, ())
        if end < len(codes):
            raise _unknown(source.name, level or "", head, line, text, end)
        line += text.count("\n")
        head = (text.rpartition("\n")[2] if "\n" in text else head + text)[-2 * _SHOWN :]
    if not begun:
        raise DataError(Diagnostic("the text is empty", Place(source.name, 1, 1, 1, "")))


def _type(level: str | None) -> str:
    return "<u4" if level == "character" else "u1"


def _looked_up(numbers: NDArray[np.uint32], table: dict[int, int]) -> NDArray[np.int64]:
    """The code of each symbol, -1 for one that the model does not know."""
    order = np.array(sorted(table), np.int64)
    codes = np.array([table[n] for n in order.tolist()], np.int64)
    found: NDArray[np.int64] = codes[np.searchsorted(order, numbers.astype(np.int64))]
    return found


def _texts(source: Input, characters: bool) -> Iterator[str]:
    """The text some at a time; each byte as the character of its number where bytes are the symbols."""
    if not characters:
        while block := source.read(1 << 16):
            yield block.decode("latin-1")
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    at = 0
    for block in blocks_of(source):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            raise _no_text(source.name, at - waiting + error.start) from None
        at += len(block)
        if text:
            yield text
    if decoder.getstate()[0]:
        raise _no_text(source.name, at - len(decoder.getstate()[0]))


def _no_text(name: str, offset: int) -> DataError:
    help_ = "save the file with the encoding UTF-8"
    return DataError(Diagnostic(f"the byte at offset {offset:,} of {name} is not UTF-8 text", help=help_))


def _unknown(name: str, level: str, head: str, line: int, text: str, at: int) -> DataError:
    """Tell of a symbol that the model does not know; with its line, where that is in hand."""
    symbol = text[at]
    shown = ascii(symbol) if level == "byte" else repr(symbol)
    message = f"{shown} is a {level} that the model does not know: its training text has none"
    before = text[:at].rpartition("\n")
    line += text.count("\n", 0, at)
    lead = before[2] if before[1] else head + before[2]
    if len(lead) > _SHOWN:
        return DataError(f"line {line:,} of {name}: {message}")
    rest = text[at:].split("\n", maxsplit=1)[0].rstrip("\r")[:_SHOWN] or symbol
    return DataError(Diagnostic(message, Place(name, line, len(lead) + 1, 1, lead + rest)))
