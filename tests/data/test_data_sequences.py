"""Places in a split and steps of its source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnctl.data.sequences import Sequences


@pytest.fixture
def split() -> Sequences:
    """Three sequences of a source of 12 steps, in another order there, with steps that are of none."""
    return Sequences(
        np.arange(12.0)[:, None],
        10 + np.arange(12.0)[:, None],
        origins=np.array([8, 0, 5]),
        lengths=np.array([3, 4, 1]),
        scored_from=np.array([1, 0, 0]),
        scored_to=np.array([3, 2, 1]),
    )


def test_places_lie_end_to_end(split: Sequences) -> None:
    assert (len(split), split.steps) == (3, 8)
    sequence, index = split.find(np.arange(8))
    assert_array_equal(sequence, [0, 0, 0, 1, 1, 1, 1, 2])
    assert_array_equal(index, [8, 9, 10, 0, 1, 2, 3, 5])
    sequence, index = split.find(np.array([[7, 0], [3, 2]]))
    assert_array_equal(sequence, [[2, 0], [1, 0]])
    assert_array_equal(index, [[5, 8], [0, 10]])


def test_one_sequence_is_found_without_a_search(split: Sequences) -> None:
    one = replace(split, **{n: getattr(split, n)[1:2] for n in ("origins", "lengths", "scored_from", "scored_to")})
    sequence, index = one.find(np.array([[0, 3]]))
    assert_array_equal(sequence, [[0, 0]])
    assert_array_equal(index, [[0, 3]])


def test_first_and_scored_steps(split: Sequences) -> None:
    found = split.find(np.arange(8))
    assert_array_equal(np.flatnonzero(split.first(*found)), [0, 3, 7])
    assert_array_equal(np.flatnonzero(split.scored(*found)), [1, 2, 3, 4, 7])
    where = np.zeros(12, np.bool_)
    where[[9, 1, 3, 6]] = True
    assert_array_equal(np.flatnonzero(replace(split, where=where).scored(*found)), [1, 4])


def test_targets_stand_ahead_of_their_steps(split: Sequences) -> None:
    ahead = replace(split, ahead=2, naive=True)
    index = np.array([[0, 1], [9, 11]])
    assert_array_equal(ahead.targets_of(index)[..., 0], [[12, 13], [21, 21]])
    naive = ahead.naive_of(index)
    assert naive is not None
    assert_array_equal(naive[..., 0], [[10, 11], [19, 21]])
    assert split.naive_of(index) is None


def test_scored_targets_are_all_there_are(split: Sequences, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [19, 20, 10, 11, 15]
    assert np.concatenate(list(split.scored_targets()))[:, 0].tolist() == expected
    monkeypatch.setattr("rnnctl.data.sequences._CHUNK", 3)
    parts = list(split.scored_targets())
    assert [len(part) for part in parts] == [2, 2, 1]
    assert np.concatenate(parts)[:, 0].tolist() == expected


def test_a_sequence_without_a_step_is_passed_over(split: Sequences) -> None:
    gaps = replace(
        split,
        origins=np.array([7, 8, 3, 0]),
        lengths=np.array([0, 2, 0, 1]),
        scored_from=np.zeros(4, np.int64),
        scored_to=np.array([0, 2, 0, 1]),
    )
    sequence, index = gaps.find(np.arange(gaps.steps))
    assert_array_equal(sequence, [1, 1, 3])
    assert_array_equal(index, [8, 9, 0])


def test_no_sequence_has_no_step() -> None:
    empty = np.array([], np.int64)
    split = Sequences(np.zeros((3, 1)), np.zeros((3, 1)), empty, empty, empty, empty)
    assert (len(split), split.steps, list(split.scored_targets())) == (0, 0, [])
