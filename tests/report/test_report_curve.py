"""Curves of a line: heights, gaps, and values that no float holds together."""

from __future__ import annotations

import math

import pytest

from rnnctl.report.curve import curve, span


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "▁▂▃▄▅▆▇█"),
        ([2.0, None, math.nan, 1.0], "█··▁"),
        ([math.inf, 1.0, 2.0], "·▁█"),
        ([-1e308, 1e308], "▁█"),
        ([5e-324, 0.0], "█▁"),
        ([3.0, 3.0], "▁▁"),
    ],
)
def test_heights(values: list[float | None], expected: str) -> None:
    assert curve(values, *span([values]), "none") == expected


def test_a_long_curve_is_drawn_by_means() -> None:
    values = [0.0, 2.0, 7.0, 7.0, 0.0, 0.0]
    assert curve(values, 0.0, 7.0, "ascii", width=3) == "281"
    assert len(curve([float(i) for i in range(1000)], 0.0, 999.0, "none")) == 32


def test_the_span_of_several() -> None:
    assert span([[1.0, None], [math.nan, -2.0], []]) == (-2.0, 1.0)
    assert span([[None], []]) == (0.0, 0.0)
