"""Spaces that are none to YAML: no-break spaces that stand where a space has a meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnctl.document.mistakes import MOST_TOLD
from rnnctl.document.nodes import Mapping, Node, Scalar, inner
from rnnctl.document.source import Source, Span
from rnnctl.errors import Diagnostic

_ODD = "\N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{NARROW NO-BREAK SPACE}"
_ANY = re.compile(f"[{_ODD}]")
_RUNS = re.compile(f"[ {_ODD}]+")
_COMMENT = re.compile(r"(?:(?<![^\r\n])|(?<=\s))#")
_ITEM = re.compile(r"(^|[\r\n])[ -]*-\Z")


def has_any(text: str) -> bool:
    """Whether there is such a space at all."""
    return _ANY.search(text) is not None


def as_spaces(text: str) -> str:
    """The text with a space for each that stands where one has a meaning; as long, line by line."""
    return _RUNS.sub(lambda run: " " * len(run[0]) if _has_meaning(text, *run.span()) else run[0], text)


def _has_meaning(text: str, start: int, end: int) -> bool:
    """Whether a run of spaces begins or ends a line, or stands beside a sign of YAML."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before in ("", "\r", "\n") or after in ("", "\r", "\n", "#"):
        return True
    if before in (":", ",", "[", "{") or after in (",", "]", "}"):
        return True
    colon = after == ":" and text[end + 1 : end + 2] in ("", " ", "\r", "\n", *_ODD)
    return colon or (before == "-" and _ITEM.search(text, max(0, start - 80), start) is not None)


def told(source: Source, root: Node | None) -> list[Diagnostic]:
    """Of each such run, where it stands; `root` is what was read with spaces in their place.

    Within a text and behind a '#' it is as it should be.
    """
    texts = sorted(_texts(source, root), reverse=True) if root is not None else []
    found: list[Diagnostic] = []
    comments: dict[int, int] = {}
    for run in _RUNS.finditer(source.text):
        odd = _ANY.search(source.text, *run.span())
        if odd is None or not _has_meaning(source.text, *run.span()):
            continue
        at = odd.start()
        while texts and texts[-1].end <= at:
            texts.pop()
        number = source.line(at)
        if number not in comments:
            start = source.line_starts[number - 1]
            comment = _COMMENT.search(source.text, start, source.line_end(start))
            comments[number] = comment.end() if comment else len(source.text)
        if comments[number] <= at or (texts and texts[-1].start < at):
            continue
        message = f"this is a no-break space, U+{ord(odd[0]):04X}, and no space to YAML"
        found.append(Diagnostic(message, source.place(Span(at, at + 1)), "write a space, or leave it out"))
        if len(found) > MOST_TOLD:
            break
    return found


def _texts(source: Source, root: Node) -> Iterator[Span]:
    """The stretches of all keys and values."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield _block(source, node.span) if node.style in ("|", ">") else node.span
        if isinstance(node, Mapping):
            yield from (entry.key for entry in node.entries.values())
        waiting += inner(node)


def _block(source: Source, header: Span) -> Span:
    """A block of text, of which a header is known: the lines below it that are indented further, or blank."""
    line, starts = source.line(header.start), source.line_starts

    def indent(number: int) -> int | None:
        text = source.text[starts[number - 1] : source.line_end(starts[number - 1])].rstrip()
        return len(text) - len(text.lstrip(f" {_ODD}")) if text else None

    own, last = indent(line) or 0, line
    while last < len(starts) and ((its := indent(last + 1)) is None or its > own):
        last += 1
    return Span(header.start, source.line_end(starts[last - 1]) + 1)
