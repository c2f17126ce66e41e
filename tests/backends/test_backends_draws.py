"""Draws by counter: what a number is for decides it, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from rnnctl.backends.draws import uniforms


def test_the_layout_of_a_batch_changes_nothing() -> None:
    rows, times = np.arange(5), np.arange(7)
    whole = uniforms("0.m", 1, 2, rows, times[:, np.newaxis], count=3)
    assert whole.shape == (7, 5, 3)
    np.testing.assert_array_equal(uniforms("0.m", 1, 2, rows[::-1], times[:, np.newaxis], count=3), whole[:, ::-1])
    np.testing.assert_array_equal(uniforms("0.m", 1, 2, rows[:, np.newaxis], times, count=3), whole.swapaxes(0, 1))
    np.testing.assert_array_equal(uniforms("0.m", 1, 2, rows[2:3], times[3:, np.newaxis], count=3), whole[3:, 2:3])
    for t in range(7):
        for row in range(5):
            np.testing.assert_array_equal(uniforms("0.m", 1, 2, row, t, count=3), whole[t, row])
    np.testing.assert_array_equal(uniforms("0.m", 1, 2, rows, times[:, np.newaxis], count=2), whole[..., :2])


def test_every_part_of_the_key_tells() -> None:
    base = uniforms("0.m", 1, 2, 3, 4, count=8)
    for other in (
        uniforms("0.n", 1, 2, 3, 4, count=8),
        uniforms("0.m", 2, 2, 3, 4, count=8),
        uniforms("0.m", 1, 3, 3, 4, count=8),
        uniforms("0.m", 1, 2, 4, 4, count=8),
        uniforms("0.m", 1, 2, 3, 5, count=8),
        uniforms("0.m", 2, 1, 3, 4, count=8),
        uniforms("0.m", 1, 2, 3, count=8),
        uniforms("0.m", -1, 2, 3, 4, count=8),
    ):
        assert not np.isin(other, base).any()


@pytest.mark.parametrize("axis", ["seed", "update", "row", "step", "count"])
def test_numbers_are_uniform_and_independent_along_every_key(axis: str) -> None:
    many = np.arange(4096)
    keys = {"seed": 1, "update": 2, "row": 3, "step": 4}
    if axis == "count":
        found = uniforms("m", *keys.values(), count=4096)
    else:
        found = uniforms("m", *{**keys, axis: many}.values(), count=1)[:, 0]
    assert found.shape == (4096,)
    assert ((found >= 0) & (found < 1)).all()
    assert len(np.unique(found)) == 4096
    assert found.mean() == pytest.approx(0.5, abs=0.02)
    assert found.var() == pytest.approx(1 / 12, abs=0.005)
    counts = np.histogram(found, 16, (0, 1))[0]
    assert ((counts - 256) ** 2 / 256).sum() < 45, "chi squared of 15 degrees, above 45 one time in 10,000"
    for lag in (1, 2, 3, 64):
        assert abs(np.corrcoef(found[:-lag], found[lag:])[0, 1]) < 0.06


def test_numbers_of_neighbouring_keys_are_independent() -> None:
    table = uniforms("m", 1, 2, np.arange(64)[:, np.newaxis], np.arange(64), count=4).reshape(64, -1)
    correlations = np.corrcoef(table)[np.triu_indices(64, 1)]
    assert abs(correlations).max() < 0.3
    assert abs(correlations.mean()) < 0.005


def test_numbers_stay_what_they_are() -> None:
    """Pinned: other numbers would silently change every run with dropout."""
    assert uniforms("0.m", 1, 2, 3, 4, count=3).tolist() == [0.435693842963789, 0.4850876747327131, 0.8989365288552664]
