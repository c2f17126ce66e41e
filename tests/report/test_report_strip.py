import io

import pytest

from rnnctl.report.strip import Look, colour, drawn, glyph, ladder_colour, lay_out, legend, limit_of, paint_for


class Terminal(io.StringIO):
    def __init__(self, terminal=True, encoding="utf-8"):
        super().__init__()
        self.terminal, self.named = terminal, encoding

    def isatty(self):
        return self.terminal

    @property
    def encoding(self):
        return self.named


@pytest.mark.parametrize(
    ("stream", "environment", "paint"),
    [
        (Terminal(), {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        (Terminal(), {"TERM": "xterm-256color"}, "256"),
        (Terminal(), {"TERM": "xterm"}, "16"),
        (Terminal(), {"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        (Terminal(), {"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        (Terminal(), {"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
        (Terminal(False), {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "none"),
        (Terminal(False, "ascii"), {}, "ascii"),
        (Terminal(encoding=None), {}, "ascii"),
    ],
)
def test_how_a_stream_is_drawn_on(stream, environment, paint):
    assert paint_for(stream, environment) == paint


@pytest.mark.parametrize(
    ("count", "width", "lengths", "columns", "units"),
    [
        (5, 40, [5], 2, 1),
        (20, 40, [20], 2, 1),
        (21, 40, [21], 1, 1),
        (40, 40, [40], 1, 1),
        (41, 40, [24, 17], 1, 1),
        (64, 40, [32, 32], 1, 1),
        (128, 46, [32, 32, 32, 32], 1, 1),
        (160, 40, [40, 40, 40, 40], 1, 1),
        (161, 40, [32, 32, 17], 1, 2),
        (1024, 40, [40, 40, 40, 27], 1, 7),
        (3, 1, [1, 1, 1], 1, 1),
    ],
)
def test_wide_values_wrap_and_then_share_cells(count, width, lengths, columns, units):
    strip = lay_out([0.5] * count, width, 1, None)
    assert ([len(line) for line in strip.lines], strip.columns, strip.units) == (lengths, columns, units)
    assert strip.width <= width
    assert sum(len(line) for line in strip.lines) == -(-count // units)


def test_the_largest_in_size_stands_for_a_cell():
    values = [0.1] * 400
    values[7] = -0.9
    strip = lay_out(values, 40, 1.0)
    assert strip.units == 3
    assert strip.lines[0][2] == -0.9
    assert strip.lines[0][:2] == (0.1, 0.1)


def test_rows_of_a_matrix_have_lines_of_their_own():
    assert lay_out([1, 2, 3, 4, 5, 6], 40, 6.0, row=3).lines == ((1 / 6, 2 / 6, 3 / 6), (4 / 6, 5 / 6, 1.0))


def test_values_beyond_the_scale_are_at_its_end():
    assert lay_out([-3, 3, 0], 40, 2.0).lines == ((-1.0, 1.0, 0.0),)


@pytest.mark.parametrize(
    ("values", "limit"),
    [
        ([0.3, -0.6], 1),
        ([1.0], 1),
        ([1.01], 2),
        ([-4.9], 5),
        ([99], 100),
        ([123456], 200000),
        ([0.5], 0.5),
        ([0.03, 0.01], 0.05),
        ([3e-5], 5e-5),
        ([1e-30], 1e-30),
        ([0], 1),
        ([], 1),
    ],
)
def test_the_end_of_the_scale(values, limit):
    assert limit_of(values) == limit


def test_glyphs_tell_sign_and_size():
    shown = [glyph(v / 8) for v in range(-8, 9)]
    assert "".join(shown) == "▓▓▓▒▒▒░░·▂▃▄▅▆▇██"
    assert not set(shown[:8]) & set(shown[9:])
    assert "".join(glyph(v / 4, ascii_only=True) for v in range(-4, 5)) == "ccba.3578"


def test_colours_diverge():
    assert colour(-1) == (33, 102, 172)
    assert colour(0) == (236, 236, 236)
    assert colour(1) == (178, 24, 43)
    blues = [colour(v / 10)[2] - colour(v / 10)[0] for v in range(-10, 11)]
    assert all(b > 0 for b in blues[:10])
    assert all(b < 0 for b in blues[11:])


def test_escape_codes_only_where_there_is_colour():
    strip = lay_out([-1, 0, 1], 3, 1.0)
    assert drawn(strip, "none") == ["▓·█"]
    assert drawn(strip, "ascii") == ["c.8"]
    assert drawn(strip, "16") == ["\x1b[34m▓\x1b[39m·\x1b[31m█\x1b[0m"]
    assert drawn(strip, "256") == ["\x1b[38;5;25m▇\x1b[38;5;254m▇\x1b[38;5;124m▇\x1b[0m"]
    assert drawn(strip, "truecolor") == ["\x1b[38;2;33;102;172m▇\x1b[38;2;236;236;236m▇\x1b[38;2;178;24;43m▇\x1b[0m"]


def test_the_legend_says_what_cells_mean():
    assert legend(Look(80, "none")) == "below 0 ░▒▓  near 0 ·  above 0 ▁▂▃▄▅▆▇█"
    assert legend(Look(80, "ascii")).isascii()
    assert legend(Look(80, "256")).count("▇") == 17


def test_colours_of_the_ladder_are_those_of_the_terminal():
    assert ladder_colour(-1) == (0, 95, 175)
    assert ladder_colour(0) == (228, 228, 228)
    assert ladder_colour(1) == (175, 0, 0)
