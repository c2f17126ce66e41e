"""Text that is made to fit: on one line, into so many columns of a terminal."""

from __future__ import annotations

import re
import unicodedata

from rnnctl.errors import printable

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def one_line(text: str) -> str:
    """A text as it can be shown on one line."""
    return text if text.isascii() and text.isprintable() else printable(text).replace("\n", "\\n").replace("\t", "\\t")


def columns_of(text: str) -> int:
    """The columns that a text takes on a terminal; what sets a colour takes none."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    return 0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, most: int, *, ascii_only: bool = False) -> str:
    """A text in at most so many columns, cut out of its middle, since a path is told apart by its ends."""
    if columns_of(text) <= most:
        return text
    mark = "..." if ascii_only else "…"
    room = max(0, most - len(mark))
    return _begun(text, room - room * 2 // 3) + mark + _begun(text[::-1], room * 2 // 3)[::-1]


def _begun(text: str, most: int) -> str:
    """As much of the beginning of a text as so many columns hold."""
    used = 0
    for i, character in enumerate(text):
        used += _columns(character)
        if used > most:
            return text[:i]
    return text
