"""A vector as a strip of cells on one or more lines: in colour where there is some, else in glyphs.

Colour: blue below 0, pale at 0, red above. Glyphs: bars that rise above 0, shades that darken below it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import floor, log10
from typing import Literal, NamedTuple, TextIO

Paint = Literal["truecolor", "256", "16", "none", "ascii"]
"""How cells are drawn: with so many colours, with glyphs alone, or with ASCII alone."""

LINES = 4
"""How many lines a strip may take before several units share a cell."""

CELL = "▇"  # leaves a gap between lines, which a coloured background does not
ABOVE, BELOW, NOTHING = "▁▂▃▄▅▆▇█", "░▒▓", "·"
_ASCII_ABOVE, _ASCII_BELOW, _ASCII_NOTHING = "12345678", "abc", "."
_NEAR_NOTHING = 1 / 32

_ANCHORS = (
    (-1.0, (33, 102, 172)),
    (-0.5, (103, 169, 207)),
    (0.0, (236, 236, 236)),
    (0.5, (239, 138, 98)),
    (1.0, (178, 24, 43)),
)
"""The ends and middle of a diverging palette (Brewer's RdBu), which the colour-blind can read too."""
_LADDER = (25, 32, 74, 110, 153, 189, 254, 224, 217, 210, 203, 160, 124)
"""The same in the 256 colours, from -1 to 1."""
_CUBE, _GREYS = (0, 95, 135, 175, 215, 255), 232
"""How much of a colour the steps of xterm's cube have, and where its greys begin."""


class Strip(NamedTuple):
    """Lines of cells, each a value in -1 … 1, with `columns` terminal columns and `units` units a cell."""

    lines: tuple[tuple[float, ...], ...]
    columns: int
    units: int
    limit: float
    """The size of a value at the end of the scale."""

    @property
    def width(self) -> int:
        """The terminal columns that the longest line takes."""
        return max(map(len, self.lines)) * self.columns


class Look(NamedTuple):
    """How wide the terminal is, and how cells are drawn."""

    width: int
    paint: Paint

    def faint(self, text: str) -> str:
        """Text that steps back, where there is a terminal that can."""
        return text if self.paint in ("none", "ascii") else f"\x1b[2m{text}\x1b[0m"

    def strong(self, text: str) -> str:
        """Text that stands out, where there is a terminal that can."""
        return text if self.paint in ("none", "ascii") else f"\x1b[1m{text}\x1b[0m"


def look_at(stream: TextIO) -> Look:
    """The look of a stream of this process."""
    return Look(shutil.get_terminal_size().columns, paint_for(stream, os.environ))


def paint_for(stream: TextIO, environment: Mapping[str, str]) -> Paint:
    """How to draw on a stream: colour only on a terminal, and never against NO_COLOR (no-color.org)."""
    try:
        (ABOVE + BELOW + NOTHING).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "ascii"
    terminal = environment.get("TERM", "")
    if environment.get("NO_COLOR") or terminal in ("dumb", "unknown") or not stream.isatty():
        return "none"
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or "WT_SESSION" in environment:
        return "truecolor"
    if os.name == "nt":
        return "none"
    return "256" if "256" in terminal else "16"


def lay_out(values: Sequence[float], width: int, limit: float, row: int | None = None) -> Strip:
    """Fit values into lines of `width` columns.

    A unit has two columns where all fit on one line, else one; then there are up to LINES lines, in a wide
    terminal of a multiple of 8 units each; beyond that units share a cell, and the largest in size stands for
    them. `row` is the length of a matrix's rows, which get lines of their own where they fit.
    """
    count = len(values)
    scaled = [max(-1.0, min(1.0, v / limit)) for v in values]
    if row is not None and row <= width and count // row <= 2 * LINES:
        return Strip(_cut(scaled, row), 2 if 2 * row <= width else 1, 1, limit)
    if 2 * count <= width:
        return Strip((tuple(scaled),), 2, 1, limit)
    if count <= width:
        return Strip((tuple(scaled),), 1, 1, limit)
    line = width // 8 * 8 if width >= 24 else max(1, width)
    units = -(-count // (LINES * line))
    cells = [max(scaled[i : i + units], key=abs) for i in range(0, count, units)]
    lines = -(-len(cells) // line)
    even = -(-len(cells) // lines)
    return Strip(_cut(cells, min(line, -(-even // 8) * 8)), 1, units, limit)


def _cut(cells: Sequence[float], length: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(cells[i : i + length]) for i in range(0, len(cells), length))


def drawn(strip: Strip, paint: Paint) -> list[str]:
    """The lines of a strip as text, with escape codes where there is colour."""
    cell = _painter(paint)
    end = "" if paint in ("none", "ascii") else "\x1b[0m"
    return ["".join(cell(value, strip.columns) for value in line) + end for line in strip.lines]


def legend(look: Look) -> str:
    """What the cells mean, in words."""
    below, nothing, above = look.faint("below 0"), look.faint("near 0"), look.faint("above 0")
    if look.paint in ("truecolor", "256"):
        [ramp] = drawn(Strip((tuple(value / 8 for value in range(-8, 9)),), 1, 1, 1.0), look.paint)
        return f"{below} {ramp} {above}"
    if look.paint == "ascii":
        return f"below 0 {_ASCII_BELOW}  near 0 {_ASCII_NOTHING}  above 0 {_ASCII_ABOVE}"
    return f"{below} {BELOW}  {nothing} {NOTHING}  {above} {ABOVE}"


def _painter(paint: Paint) -> Callable[[float, int], str]:
    if paint in ("none", "ascii"):
        return lambda value, columns: glyph(value, paint == "ascii") * columns
    return lambda value, columns: f"\x1b[{_code(value, paint)}m{(glyph(value) if paint == '16' else CELL) * columns}"


def _code(value: float, paint: Paint) -> str:
    """The escape code of a value's colour."""
    if paint == "truecolor":
        red, green, blue = colour(value)
        return f"38;2;{red};{green};{blue}"
    if paint == "256":
        return f"38;5;{_rung(value)}"
    return "39" if abs(value) < _NEAR_NOTHING else "31" if value > 0 else "34"


def glyph(value: float, ascii_only: bool = False) -> str:
    """A character for a value in -1 … 1: its sign by its kind, its size by its height or darkness."""
    above, below, nothing = (_ASCII_ABOVE, _ASCII_BELOW, _ASCII_NOTHING) if ascii_only else (ABOVE, BELOW, NOTHING)
    if abs(value) < _NEAR_NOTHING:
        return nothing
    ramp = above if value > 0 else below
    return ramp[min(len(ramp) - 1, int(abs(value) * len(ramp)))]


def colour(value: float) -> tuple[int, int, int]:
    """The colour of a value in -1 … 1: red, green and blue up to 255."""
    for (low, first), (high, second) in pairwise(_ANCHORS):
        if value <= high:
            share = (value - low) / (high - low)
            red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
            return red, green, blue
    return _ANCHORS[-1][1]


def ladder_colour(value: float) -> tuple[int, int, int]:
    """The colour of a value in -1 … 1 among the 256 of a terminal, as xterm mixes it: red, green and blue."""
    number = _rung(value)
    if number >= _GREYS:
        return (8 + 10 * (number - _GREYS),) * 3
    red, green, blue = (_CUBE[(number - 16) // 6**power % 6] for power in (2, 1, 0))
    return red, green, blue


def _rung(value: float) -> int:
    return _LADDER[round((value + 1) / 2 * (len(_LADDER) - 1))]


def limit_of(values: Sequence[float]) -> float:
    """The end of the scale: the least of …, 0.1, 0.2, 0.5, 1, 2, 5, … that no value exceeds.

    In so few steps it rarely changes from one call to the next, so that their colours can be compared.
    """
    largest = max((abs(v) for v in values), default=0.0)
    if largest == 0:
        return 1.0
    power = floor(log10(largest)) - 1
    return next(
        limit for p in (power, power + 1, power + 2) for m in (1, 2, 5) if (limit := float(f"{m}e{p}")) >= largest
    )
