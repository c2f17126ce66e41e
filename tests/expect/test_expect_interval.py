"""The interval of a mean, against printed tables and a calculation by hand."""

import math

import pytest

from rnnctl.expect.interval import interval, quantile

TABLE = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 9: 2.2622, 10: 2.2281, 30: 2.0423, 120: 1.9799}


@pytest.mark.parametrize(("freedom", "printed"), TABLE.items())
def test_quantile_is_that_of_printed_tables(freedom: int, printed: float) -> None:
    assert quantile(freedom) == pytest.approx(printed, abs=6e-5)


def test_quantile_goes_to_that_of_the_normal_distribution() -> None:
    assert quantile(5000) == pytest.approx(1.959964, abs=1e-3)


def test_interval_by_hand() -> None:
    # mean 3, variance (4 + 1 + 0 + 1 + 4) / 4 = 2.5, half 2.7764 * sqrt(2.5 / 5)
    low, high = interval([1, 2, 3, 4, 5])
    assert low == pytest.approx(3 - 2.776445 * math.sqrt(0.5), abs=1e-5)
    assert high == pytest.approx(3 + 2.776445 * math.sqrt(0.5), abs=1e-5)


def test_interval_of_equal_values_is_a_point() -> None:
    assert interval([0.25, 0.25, 0.25]) == (0.25, 0.25)
