"""How a training is cut into pieces; what is compared of it is tested with `rnnctl verify-resume`."""

from __future__ import annotations

import pytest

from rnnctl.runs import verify


@pytest.mark.parametrize(
    ("updates", "pieces", "cuts"),
    [(10, 3, [3, 3, 4]), (4, 4, [1, 1, 1, 1]), (7, 2, [3, 4])],
)
def test_the_cuts(updates: int, pieces: int, cuts: list[int]) -> None:
    assert verify.cuts(updates, pieces) == cuts
