import pytest

from rnnctl.tui.frame import lines_of


@pytest.mark.parametrize("symbols", [False, True])
@pytest.mark.parametrize("heading", [False, True])
@pytest.mark.parametrize("halves", [1, 2])
def test_the_lines_of_a_lane_fit_into_it(symbols, heading, halves):
    for height in range(4, 70):
        for units in (1, 2, 5, 32, 1000):
            lines = lines_of(height, units, halves, symbols=symbols, heading=heading)
            assert sum(lines[:-1]) <= height
            assert lines.map >= 1
            assert lines.map <= -(-units // halves) * lines.tall
            assert lines.chart % 2 == 0


def test_few_units_are_taller_and_many_take_from_the_chart():
    assert lines_of(40, 4, 1, symbols=True, heading=False).tall == 4
    assert lines_of(43, 32, 1, symbols=True, heading=False)[1:6] == (32, 1, 1, 0, 8)
    assert lines_of(40, 32, 1, symbols=True, heading=False)[1:6] == (32, 1, 1, 0, 6)


def test_the_bars_of_the_input_stand_apart_from_the_chart_where_no_unit_is_lost_by_it():
    assert lines_of(17, 32, 1, symbols=False, heading=False) == (0, 9, 1, 2, 1, 4, 1)
    assert lines_of(17, 32, 1, symbols=True, heading=False) == (0, 11, 1, 1, 0, 4, 1)
    assert lines_of(17, 5, 1, symbols=False, heading=False) == (0, 10, 1, 2, 0, 4, 2)
    assert lines_of(18, 5, 1, symbols=False, heading=False) == (0, 10, 1, 2, 1, 4, 2)
    assert lines_of(12, 8, 1, symbols=False, heading=False)[1] == 6
