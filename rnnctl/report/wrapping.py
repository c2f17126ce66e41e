"""Lines that are wider than a terminal, broken between words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnctl.report.fitting import columns_of

_LEAST = 20
"""No terminal is taken for narrower than this."""
_HANGS = 2
_WORD = re.compile(r"(\s*)(\S+)")


def fitted(line: str, width: int, hang: int | None = None) -> Iterator[str]:
    """A line as one or more of at most `width` columns, broken at blanks; those behind the first are indented.

    `hang` is how far, without it two more than the first. A word that is wider than all that stays whole.
    """
    width = max(_LEAST, width)
    if columns_of(line) <= width:
        yield line
        return
    hang = len(line) - len(line.lstrip()) + _HANGS if hang is None else hang
    indent = " " * min(hang, width // 3)
    row, used, begun = "", 0, False
    for blanks, word in _WORD.findall(line):
        wide = columns_of(word)
        if begun and used + len(blanks) + wide > width:
            yield row
            row, used = indent + word, len(indent) + wide
        else:
            row, used = row + blanks + word, used + len(blanks) + wide
        begun = True
    yield row
