"""Numbers with a comma in braces, which YAML takes for a number, and a key without a value."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC

from rnnctl.document.mistakes import Mistakes
from rnnctl.document.nodes import Broken, Entry, Mapping, Node, Scalar, Sequence
from rnnctl.document.source import Source, Span
from rnnctl.errors import Diagnostic

_KEY = "a key must be text, and "
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d+)+(?![\w.]|,\d)")
_LONGEST = 40
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")


def with_numbers(source: Source, root: Node, mistakes: Mistakes) -> Node:
    """The root with each such number as it is meant, of which one mistake tells instead of those of its parts."""
    found: dict[int, Scalar] = {}
    kept: list[Diagnostic] = []
    for mistake in mistakes.found:
        span = _number(source, mistake) if mistake.message.startswith(_KEY) else None
        if span is None:
            kept.append(mistake)
        elif span.start not in found:
            text = source.text[span.start : span.end]
            point = float(text.replace(",", ".", 1)) if text.count(",") == 1 else float(text.replace(",", ""))
            advice = f"write {text.replace(',', '.')}, with a point"
            if _THOUSANDS.fullmatch(text):
                point, advice = (
                    int(text.replace(",", "")),
                    f"write {text.replace(',', '')}"
                    + (f", or {text.replace(',', '.')} with a point" if text.count(",") == 1 else ""),
                )
            found[span.start] = Scalar(span, point, text, "")
            kept.append(Diagnostic("a ',' ends the value in braces: a number has none", source.place(span), advice))
    if not found:
        return root
    mistakes.found[:] = kept
    return _mended(root, found)


def _number(source: Source, mistake: Diagnostic) -> Span | None:
    """The number that a key is the end of, as `003` of `0,003`."""
    place = mistake.where
    if place is None:
        return None
    first = max(0, place.column - 1 - _LONGEST)
    for number in _NUMBER.finditer(place.text, first, place.column - 1 + _LONGEST):
        if number.start() < place.column - 1 < number.end():
            start = source.line_starts[place.line - 1]
            return Span(start + number.start(), start + number.end())
    return None


def _mended(node: Node, numbers: MappingABC[int, Scalar]) -> Node:
    if isinstance(node, Scalar) and node.span.start in numbers:
        return Broken(node.span, numbers[node.span.start])
    if isinstance(node, Sequence):
        return node._replace(items=tuple(_mended(item, numbers) for item in node.items))
    if isinstance(node, Mapping):
        entries = {name: Entry(e.key, _mended(e.value, numbers), e.written) for name, e in node.entries.items()}
        return node._replace(entries=entries)
    return node
