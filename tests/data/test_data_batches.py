"""Rows and cuts by hand, and the laws that all of them keep."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnctl.data.batches import (
    POOL,
    Batch,
    Cut,
    Row,
    sequence_batches,
    sorted_batches,
    stream_batch,
    stream_length,
)

quick = settings(derandomize=True, deadline=None, database=None, max_examples=100)


def test_sequences_in_their_order() -> None:
    assert sequence_batches([3, 1, 2], 2, 0, 0, shuffle=False) == [(Row(0, 3), Row(3, 4)), (Row(4, 6),)]
    assert sequence_batches([3, 1], 9, 0, 0, shuffle=False) == [(Row(0, 3), Row(3, 4))]
    assert sequence_batches([], 2, 0, 0, shuffle=True) == []


def test_sequences_by_length_for_judging() -> None:
    assert sorted_batches([3, 1, 2], 2) == [(Row(3, 4), Row(4, 6)), (Row(0, 3),)]


def test_sequences_without_a_step_have_no_row() -> None:
    assert sequence_batches([0, 2, 0, 1, 0], 2, 0, 0, shuffle=False) == [(Row(0, 2), Row(2, 3))]
    assert sorted_batches([0, 2, 0, 1, 0], 2) == [(Row(2, 3), Row(0, 2))]


def test_an_order_can_be_had_without_those_before() -> None:
    lengths = list(range(1, 51))

    def order(seed: int, epoch: int) -> list[Batch]:
        return sequence_batches(lengths, 4, seed, epoch, shuffle=True)

    orders = [order(0, epoch) for epoch in range(3)]
    assert orders[0] != orders[1] != orders[2]
    assert order(0, 2) == orders[2]
    assert order(1, 2) != orders[2]


@quick
@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 5), st.booleans(), st.integers(0, 3))
def test_every_sequence_stands_once_in_full_batches(lengths: list[int], batch: int, shuffle: bool, epoch: int) -> None:
    for made in (sequence_batches(lengths, batch, 7, epoch, shuffle=shuffle), sorted_batches(lengths, batch)):
        rows = sorted(row for one in made for row in one)
        ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
        assert rows == [Row(end - length, end) for end, length in zip(ends, lengths, strict=True) if length]
        assert sorted(len(one) for one in made)[1:] == [batch] * (len(made) - 1)
        assert all(made)


def test_shuffled_batches_of_a_pool_have_rows_of_similar_lengths_in_random_order() -> None:
    lengths = [1 + (i * 37) % 101 for i in range(8 * POOL)]
    orders = set()
    for epoch in range(5):
        made = sequence_batches(lengths, 8, 0, epoch, shuffle=True)
        ranges = [(min(row.steps for row in batch), max(row.steps for row in batch)) for batch in made]
        assert len(made) == POOL
        assert all(high < low for (_, high), (low, _) in pairwise(sorted(ranges)))
        orders.add(tuple(ranges))
    assert len(orders) > 1


def test_lengths_are_sorted_within_a_pool_alone() -> None:
    lengths = [1 + (i * 37) % 101 for i in range(8 * POOL * 6)]
    longest = [max(row.steps for row in batch) for batch in sequence_batches(lengths, 8, 0, 0, shuffle=True)]
    assert sum(length > 90 for length in longest) == 6, "one batch of each pool has its longest"


def test_streams_are_equal_parts() -> None:
    assert stream_batch(10, 2) == (Row(0, 5), Row(5, 10))
    assert stream_batch(11, 3) == (Row(0, 4), Row(4, 8), Row(8, 11))
    assert stream_batch(3, 5) == (Row(0, 1), Row(1, 2), Row(2, 3))
    assert stream_batch(9, 4) == (Row(0, 3), Row(3, 6), Row(6, 9))  # three rows of ceil(9 / 4) steps are all
    assert stream_length(11, 3) == 4


def test_streams_of_a_later_part_are_primed_with_what_stands_before() -> None:
    assert stream_batch(12, 2, begin=4, prime=3) == (Row(1, 8, 3), Row(5, 12, 3))
    assert stream_batch(12, 2, begin=2, prime=5) == (Row(0, 7, 2), Row(2, 12, 5))
    assert stream_batch(5, 2, prime=9) == (Row(0, 3, 0), Row(0, 5, 3))


@quick
@given(st.integers(1, 60), st.integers(1, 9), st.data())
def test_every_step_of_a_stream_is_new_once(steps: int, batch: int, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, steps - 1))
    prime = data.draw(st.integers(0, 20))
    rows = stream_batch(steps, batch, begin=begin, prime=prime)
    assert [t for row in rows for t in range(row.start + row.head, row.stop)] == list(range(begin, steps))
    assert len(rows) <= batch
    assert {row.head for row in rows} <= {min(row.start + row.head, prime) for row in rows}
    sizes = [row.steps - row.head for row in rows]
    assert sizes[:-1] == [stream_length(steps - begin, batch)] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= stream_length(steps - begin, batch)


@pytest.mark.parametrize(
    ("cut", "steps", "expected"),
    [
        (Cut(None), 7, [range(7)]),
        (Cut(3), 7, [range(3), range(3, 6), range(6, 7)]),
        (Cut(3, 3), 7, [range(3), range(3, 6), range(6, 7)]),
        (Cut(2, 4), 7, [range(2), range(4), range(2, 6), range(4, 7)]),
        (Cut(2, 6), 5, [range(2), range(4), range(5)]),
        (Cut(20), 7, [range(7)]),
        (Cut(20, 40), 7, [range(7)]),
        (Cut(2), 0, []),
        (Cut(None), 0, []),
    ],
)
def test_cuts(cut: Cut, steps: int, expected: list[range]) -> None:
    assert [cut.span(start, steps) for start in cut.starts(steps)] == expected
