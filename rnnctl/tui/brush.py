"""A value -> a cell, a letter or a bar in the colours of report/strip.py; glyphs where there is no colour."""

from __future__ import annotations

from functools import cache
from math import isnan

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from rnnctl.report.strip import BELOW, NOTHING, Paint, colour, glyph, ladder_colour

_LEVELS = 32
_UP = " ▁▂▃▄▅▆▇█"
_ASCII_UP, _ASCII_DOWN = " ..::||||", " ''::||||"
FAINT, STRONG, REVERSE, PLAIN = Style(dim=True), Style(bold=True), Style(reverse=True), Style()


class Brush:
    """Draws values in -1 … 1; NaN is nothing."""

    def __init__(self, paint: Paint) -> None:
        self.paint = paint
        self.ascii = paint == "ascii"
        self.shades = paint in ("truecolor", "256")
        """Whether a cell is told by its colour alone."""

    def cell(self, value: float, columns: int, mark: str = "", floor: int = 0, tall: int = 1) -> Segment:
        """A line of a cell that is so many lines high, `floor` counted from below; `mark` says that it is looked at."""
        if isnan(value):
            return Segment(mark[:columns].center(columns), PLAIN)
        if self.shades:
            return Segment(mark[:columns].center(columns), _behind(_level(value), self.paint))
        pen = _pen(_level(value), self.paint)
        return Segment(self._glyph(value, floor, tall) * columns, pen + REVERSE if mark else pen)

    def _glyph(self, value: float, floor: int, tall: int) -> str:
        """The glyph of a value; in a cell of several lines a bar goes through them, and near 0 one dot is enough."""
        whole = glyph(value, self.ascii)
        if tall == 1 or self.ascii or whole in BELOW:
            return whole
        if whole == NOTHING:
            return " " if floor else whole
        return _UP[max(0, min(8, max(1, int(value * 8 * tall)) - 8 * floor))]

    def pair(self, upper: float, lower: float, columns: int) -> Segment:
        """Two cells, one above the other, on one line: only where there are shades."""
        if isnan(upper) and isnan(lower):
            return Segment(" " * columns, PLAIN)
        if isnan(lower):
            return Segment("▀" * columns, _pen(_level(upper), self.paint))
        if isnan(upper):
            return Segment("▄" * columns, _pen(_level(lower), self.paint))
        return Segment("▀" * columns, _two(_level(upper), _level(lower), self.paint))

    def letter(self, text: str, value: float) -> Segment:
        """A piece of text coloured by a value."""
        if isnan(value) or self.paint in ("none", "ascii"):
            return Segment(text, PLAIN)
        if self.shades:
            return Segment(text, _behind(_level(value), self.paint))
        return Segment(text, _pen(_level(value), self.paint))

    def bar(self, eighths: int, columns: int, value: float, *, down: bool = False) -> Segment:
        """A piece of a bar, so many eighths of a line high, from below or, `down`, from above; coloured by a value."""
        pen = PLAIN if isnan(value) else _pen(_level(value), self.paint)
        if self.ascii:
            return Segment((_ASCII_DOWN if down else _ASCII_UP)[eighths] * columns, pen)
        if down and 0 < eighths < 8:
            return Segment(_UP[8 - eighths] * columns, pen + REVERSE)
        return Segment(_UP[eighths] * columns, pen)


def _level(value: float) -> int:
    """A value in -1 … 1 as one of a few steps, so that styles can be kept."""
    return round(max(-1.0, min(1.0, value)) * _LEVELS)


@cache
def _rgb(level: int, paint: Paint) -> Color:
    """The colour of a value; of 256 one that the terminal has, for what is mixed would become another hue."""
    return Color.from_rgb(*(ladder_colour if paint == "256" else colour)(level / _LEVELS))


@cache
def _behind(level: int, paint: Paint) -> Style:
    """The colour of a value behind a text that can be read on it."""
    behind = _rgb(level, paint)
    red, green, blue = behind.get_truecolor()
    dark = 0.299 * red + 0.587 * green + 0.114 * blue > 130
    return Style(color=Color.from_rgb(0, 0, 0) if dark else Color.from_rgb(255, 255, 255), bgcolor=behind)


@cache
def _two(upper: int, lower: int, paint: Paint) -> Style:
    return Style(color=_rgb(upper, paint), bgcolor=_rgb(lower, paint))


@cache
def _pen(level: int, paint: Paint) -> Style:
    if paint in ("none", "ascii"):
        return PLAIN
    if paint == "16":
        return PLAIN if level == 0 else Style(color="red" if level > 0 else "blue")
    return Style(color=_rgb(level, paint))
