"""Draws depend on their key alone, and keep the values they have."""

from statistics import fmean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from rnnctl.data.draws import generator, normal, permutation, whole


def test_a_permutation_stays_what_it_is() -> None:
    """These are pinned: another order would silently change every split ever made."""
    assert permutation(8, "split", 0) == [0, 1, 2, 7, 5, 3, 6, 4]
    assert permutation(8, "split", 1) == [2, 5, 0, 4, 6, 7, 1, 3]


@given(st.integers(0, 200), st.integers())
def test_a_permutation_holds_every_number_once(count: int, seed: int) -> None:
    assert sorted(permutation(count, "any", seed)) == list(range(count))


def test_keys_do_not_run_together() -> None:
    assert permutation(50, "a", 1, 23) != permutation(50, "a", 12, 3)
    assert generator("a", 1).random() == generator("a", 1).random()


def test_whole_numbers_reach_both_ends_equally() -> None:
    draw = generator("whole")
    drawn = [whole(draw, -1, 2) for _ in range(8000)]
    assert sorted(set(drawn)) == [-1, 0, 1, 2]
    assert all(abs(drawn.count(n) / 8000 - 0.25) < 0.02 for n in set(drawn))


def test_normal_numbers_have_mean_0_and_deviation_1() -> None:
    draw = generator("normal")
    drawn = [normal(draw) for _ in range(20_000)]
    assert abs(fmean(drawn)) < 0.02
    assert abs(pstdev(drawn) - 1) < 0.02
    assert abs(sum(abs(x) < 1 for x in drawn) / 20_000 - 0.6827) < 0.01
