"""The text of a file, and the places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from rnnctl.errors import ConfigError, Diagnostic, Place

LINE_BREAK = re.compile(r"\r\n|\r|\n")

UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that YAML forbids, and four that it allows but readers differ on.

Those are U+0085, U+2028 and U+2029, which end a line in YAML 1.1 and not in 1.2, and the invisible U+FEFF.
"""


class Span(NamedTuple):
    """The characters from `start` up to `end` of a text."""

    start: int
    end: int


@dataclass(frozen=True)
class Source:
    """A text, and the name of the file that it came from."""

    file: str
    text: str
    kind: Literal["file", "argument", "environment"] = "file"

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all the texts that this one is made of, in their order; an argument is named by its text."""
        return (self.file,)

    def part(self, index: int) -> Source:  # noqa: ARG002
        """The text that the character at `index` is from."""
        return self

    @cached_property
    def line_starts(self) -> list[int]:
        """The index at which each line starts."""
        return [0, *(found.end() for found in LINE_BREAK.finditer(self.text))]

    @cached_property
    def _lines(self) -> dict[int, str]:
        """The lines that places have shown, so that all places of one line share its text."""
        return {}

    def line(self, index: int) -> int:
        """Count, from 1, to the line that holds the character at `index`."""
        return bisect_right(self.line_starts, index)

    def line_end(self, index: int) -> int:
        """Find the end, before the line break, of the line that holds the character at `index`."""
        found = LINE_BREAK.search(self.text, index)
        return found.start() if found else len(self.text)

    def place(self, span: Span) -> Place:
        """Place a stretch; one that spans lines is cut at the end of the first."""
        line = self.line(span.start)
        first = self.line_starts[line - 1]
        text = self._lines.get(line)
        if text is None:
            written = self.text[first : self.line_end(first)]
            text = self._lines[line] = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", written)
        length = max(1, min(span.end, first + len(text)) - span.start)
        return Place(self.file, line, span.start - first + 1, length, text)

    def error(self, message: str, span: Span, advice: str | None = None) -> ConfigError:
        """Make an error that points at a stretch of the text."""
        return ConfigError(Diagnostic(message, self.place(span), advice))


def escape(char: str) -> str | None:
    """Write a character as double quotes take it; None for half of a surrogate pair, which is no character."""
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return None
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"


def shown(text: str, limit: int = 60) -> str:
    """Quote text from a file in a message: escaped, and cut when it is long."""
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
