"""The values of a document together with their places."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeAlias

from rnnctl.document.source import LINE_BREAK, Span

Plain: TypeAlias = str | int | float | bool | None


class Scalar(NamedTuple):
    """One value; `text` is what the parser made of it, `style` one of '' ' " | >."""

    span: Span
    value: Plain
    text: str
    style: str
    height: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written where the value should stand."""
        return not self.style and not self.text


class Broken(NamedTuple):
    """A value that could not be read, of which a mistake tells; `guess` is what it most likely means, if anything."""

    span: Span
    guess: Node | None = None
    height: int = 0


class Sequence(NamedTuple):
    """A list; the span is its first token, the height counts the collections on its longest branch."""

    span: Span
    items: tuple[Node, ...]
    height: int


class Entry(NamedTuple):
    """A key's place and its value; `written` is the key's own place where `<<` brings it, and `key` is that `<<`."""

    key: Span
    value: Node
    written: Span | None = None


class Mapping(NamedTuple):
    """Keys and values; the span is the first token, that is `{` or the first key.

    It is not `whole` where a key, or what `<<` should bring, could not be read.
    """

    span: Span
    entries: MappingABC[str, Entry]
    height: int
    whole: bool = True


class Alias(NamedTuple):
    """A value that is written elsewhere and used here.

    `origin` says where, in words that follow "the value comes from": `the anchor 'base' on line 3`; `written` is
    that place.
    """

    span: Span
    target: Node
    height: int
    origin: str = ""
    written: Span | None = None


Node: TypeAlias = Scalar | Sequence | Mapping | Alias | Broken


def behind(node: Node) -> Scalar | Sequence | Mapping | Broken:
    """Follow aliases, and guesses at what could not be read, to a value; Broken where there is none."""
    while True:
        if isinstance(node, Alias):
            node = node.target
        elif isinstance(node, Broken) and node.guess is not None:
            node = node.guess
        else:
            return node


def inner(node: Node) -> tuple[Node, ...]:
    """The nodes that a node holds, or stands for."""
    if isinstance(node, Alias):
        return (node.target,)
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Mapping):
        return tuple(entry.value for entry in node.entries.values())
    return (node.guess,) if isinstance(node, Broken) and node.guess is not None else ()


def plain(node: Node) -> Any:
    """Take the bare value of a node, with every alias expanded into a copy of its own; None for a broken one."""
    node = behind(node)
    if isinstance(node, Broken):
        return None
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


def stretch(text: str, scalar: Scalar, line: int, column: int, length: int) -> Span | None:
    """Find a part of a scalar's value in the text of its file, where the two agree to the letter.

    Line and column count from 1 in the value. None for folded text, for text with escapes, and for a line or
    column that the value has not. A line of a literal block in which references were followed is found as a whole.
    """
    if scalar.style == "|":
        return _in_literal(text, scalar, line, column, length)
    quote = 1 if scalar.style else 0
    body = Span(scalar.span.start + quote, scalar.span.end - quote)
    inside = 1 <= column <= len(scalar.text) + 1
    if line != 1 or not inside or text[body.start : body.end] != scalar.text:
        return None
    start = body.start + column - 1
    return Span(start, min(start + length, body.end))


def _in_literal(text: str, scalar: Scalar, line: int, column: int, length: int) -> Span | None:
    block = _literal(text, scalar.span.start, scalar.text)
    rows = block.rows
    if 1 < line == len(rows) and not rows[-1] and column == 1:  # the end of the text: after its last character
        line, column = line - 1, len(rows[-2]) + 1
    if not 1 <= line <= len(rows) or not 1 <= column <= len(rows[line - 1]) + 1:
        return None
    if line > block.alike:
        return None
    start, end = block.written[line - 1]
    if text[start:end] != rows[line - 1]:
        return Span(start, end)
    return Span(start + column - 1, start + column - 1 + length)


class _Literal(NamedTuple):
    """The rows of a literal block, and where each is written; so many of the first agree, but for references."""

    rows: tuple[str, ...]
    written: tuple[Span, ...]
    alike: int


@lru_cache(maxsize=4)  # of one block many places may be asked for
def _literal(text: str, at: int, value: str) -> _Literal:
    rows = value.split("\n")
    breaks = list(islice(LINE_BREAK.finditer(text, at), len(rows) + 1))
    starts = [found.end() for found in breaks]
    ends = [found.start() for found in breaks[1:]] + [len(text)]
    lines = list(zip(starts, ends, strict=False))
    pairs = zip(rows, lines, strict=False)
    indent = next((_lead(text[start:end]) - _lead(row) for row, (start, end) in pairs if row.strip()), None)
    if indent is None:
        indent = next((end - start - len(row) for row, (start, end) in zip(rows, lines, strict=False) if row), 0)
    written = tuple(Span(min(start + indent, end), end) for start, end in lines)
    agree = ((here := text[w.start : w.end]) == row or "${" in here for row, w in zip(rows, written, strict=False))
    return _Literal(tuple(rows), written, sum(takewhile(bool, agree)))


def _lead(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
