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
    assert lines_of(43, 32, 1, symbols=True, heading=False)[1:5] == (32, 1, 1, 8)
    assert lines_of(40, 32, 1, symbols=True, heading=False)[1:5] == (32, 1, 1, 6)
