import numpy as np
import pytest

from rnnctl.tui.brush import Brush
from rnnctl.tui.chart import Ends, around_zero, ends_of, series

NAN = float("nan")


def texts(rows):
    return ["".join(segment.text for segment in row) for row in rows]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([0.3, 0.1, NAN], Ends(0.0, 0.5)),
        ([-0.3, -0.1], Ends(-0.5, 0.0)),
        ([-3.0, 0.1], Ends(-5.0, 5.0)),
        ([NAN], Ends(0.0, 1.0)),
        ([0.0], Ends(0.0, 1.0)),
    ],
)
def test_the_scale_has_0_in_it(values, ends):
    assert ends_of([np.array(values)]) == ends


def test_bars_rise_above_0_and_fall_below_it():
    rows = around_zero(np.array([1.0, 0.5, 0.25, 0.0, -0.5, -1.0, NAN]), Ends(-1.0, 1.0), 4, 1, Brush("none"))
    assert texts(rows) == ["█      ", "██▄▁▁▁ ", "    ██ ", "     █ "]
    rows = around_zero(np.array([-0.25, -0.5]), Ends(-1.0, 0.0), 2, 1, Brush("none"))
    assert texts(rows) == ["▄█", "  "]
    assert [[bool(s.style.reverse) for s in row] for row in rows] == [[True, False], [False, False]]


def test_bars_of_one_sign_have_all_the_height():
    rows = around_zero(np.array([1.0, 0.25]), Ends(0.0, 1.0), 4, 2, Brush("ascii"))
    assert texts(rows) == ["||  ", "||  ", "||  ", "||||"]


def test_a_series_is_coloured_by_other_values():
    rows = series(np.array([1.0, 0.5, NAN]), np.array([1.0, -1.0, 0.0]), 1, 1, Brush("16"))
    assert texts(rows) == ["█▄ "]
    assert [s.style.color and s.style.color.name for s in rows[0]] == ["red", "blue", None]
