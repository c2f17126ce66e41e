"""Windows by hand, and the laws that all of them keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from rnnctl.data.batches import Batch, Cut, Row, sequence_batches, stream_batch
from rnnctl.data.sequences import Sequences
from rnnctl.data.windows import Rules, Window, windows

quick = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def split_of(*lengths: int, **given_arrays: Any) -> Sequences:
    """Sequences end to end: input t + 1 at step t of all, target minus that; every other step of each is scored."""
    steps = sum(lengths)
    values = np.arange(steps) + 1.0
    within = np.concatenate([np.arange(length) for length in lengths])
    arrays: dict[str, Any] = {
        "inputs": values[:, None],
        "targets": -values[:, None],
        "origins": np.cumsum([0, *lengths[:-1]]),
        "lengths": np.array(lengths),
        "scored_from": np.zeros(len(lengths), np.int64),
        "scored_to": np.array(lengths),
        "where": within % 2 == 1,
    }
    return Sequences(**{**arrays, **given_arrays})


def marks(steps: int, *marked: int) -> NDArray[np.bool_]:
    found = np.zeros(steps, np.bool_)
    found[list(marked)] = True
    return found


def rules(update: int | None = None, backward: int | None = None, policy: Any = "sequence", burn_in: int = 0) -> Rules:
    return Rules(Cut(update, backward), policy, burn_in)


def resets(made: Sequence[Window]) -> list[list[int]]:
    """By row, the row's steps before which the carry goes back, over windows that see each step once."""
    whole = np.concatenate([w.reset for w in made], axis=1)
    return [np.flatnonzero(row).tolist() for row in whole]


def scored(made: Sequence[Window]) -> list[list[int]]:
    """By row, the row's steps that are scored."""
    whole = np.concatenate([w.scored[:, w.again :] for w in made], axis=1)
    return [np.flatnonzero(row).tolist() for row in whole]


def test_two_sequences_by_hand() -> None:
    batch = (Row(4, 6), Row(0, 3))
    first, second = windows(split_of(3, 1, 2), batch, rules(2))
    assert_array_equal(first.inputs[..., 0], [[5, 6], [1, 2]])
    assert_array_equal(first.targets[..., 0], [[-5, -6], [-1, -2]])
    assert_array_equal(first.valid, [[True, True], [True, True]])
    assert_array_equal(first.scored, [[False, True], [False, True]])
    assert_array_equal(first.reset, [[True, False], [True, False]])
    assert_array_equal(first.place, [[4, 5], [0, 1]])
    assert_array_equal(first.sequence, [[2, 2], [0, 0]])
    assert_array_equal(first.opening, [[4, 4], [0, 0]])
    assert (first.start, first.again, first.first) == (0, 0, True)
    assert first.naive is None
    assert_array_equal(second.inputs[..., 0], [[0], [3]])
    assert_array_equal(second.targets[..., 0], [[0], [-3]])
    assert_array_equal(second.valid, [[False], [True]])
    assert_array_equal(second.scored, [[False], [False]])
    assert_array_equal(second.reset, [[False], [False]])
    assert_array_equal(second.place, [[4], [2]])
    assert_array_equal(second.opening, [[4], [2]])
    assert (second.start, second.again, second.first) == (2, 0, False)


def test_two_streams_by_hand() -> None:
    """Four sequences in two rows of five steps; the second row begins in the midst of a sequence."""
    split = split_of(3, 4, 1, 1)
    batch = stream_batch(split.steps, 2)
    assert batch == (Row(0, 5), Row(5, 9))
    first, second = windows(split, batch, rules(3))
    assert_array_equal(first.inputs[..., 0], [[1, 2, 3], [6, 7, 8]])
    assert_array_equal(second.inputs[..., 0], [[4, 5], [9, 0]])
    assert_array_equal(first.sequence, [[0, 0, 0], [1, 1, 2]])
    assert_array_equal(second.sequence[:, 0], [1, 3])
    assert resets([first, second]) == [[0, 3], [0, 2, 3]]
    assert scored([first, second]) == [[1, 4], [1]]
    assert_array_equal(second.valid, [[True, True], [True, False]])
    assert_array_equal(second.opening, [[3, 3], [8, 5]])


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("sequence", [[0, 3], [0, 2, 3]]),
        ("window", [[0, 2, 3, 4], [0, 2, 3]]),
        ("epoch", [[0], [0]]),
        ("never", [[0], [0]]),
    ],
)
def test_the_reset_policies_in_streams(policy: Any, expected: list[list[int]]) -> None:
    split = split_of(3, 4, 1, 1)
    assert resets(list(windows(split, stream_batch(split.steps, 2), rules(2, policy=policy)))) == expected


def test_a_reset_at_every_window_leaves_rows_that_have_ended() -> None:
    split = split_of(5, 2)
    made = list(windows(split, (Row(0, 5), Row(5, 7)), rules(2, policy="window")))
    assert resets(made) == [[0, 2, 4], [0]]


def test_columns_add_resets_before_and_after_their_steps() -> None:
    split = split_of(4, 4, before=marks(8, 2, 5), after=marks(8, 3, 5))
    [whole] = windows(split, stream_batch(8, 1), rules(policy="epoch"))
    assert resets([whole]) == [[0, 2, 4, 5, 6]]
    [rows] = windows(split, (Row(4, 8), Row(0, 4)), rules())
    assert resets([rows]) == [[0, 1, 2], [0, 2]]


def test_rows_that_go_on_are_reset_by_what_stands_at_their_ends() -> None:
    """The step before the first one is the last, of a shorter row its own."""
    split = split_of(7, after=marks(7, 3, 6), before=marks(7, 1))
    batch = stream_batch(7, 2)
    assert resets(list(windows(split, batch, rules(2, policy="never")))) == [[0, 1], [0]]
    assert resets(list(windows(split, batch, rules(2, policy="never"), goes_on=1))) == [[0, 1], [0]]
    split = split_of(7, after=marks(7, 2, 5))
    assert resets(list(windows(split, batch, rules(2, policy="never"), goes_on=1))) == [[3], [2]]


def test_burn_in_follows_every_reset_across_windows() -> None:
    split = split_of(9, where=None, before=marks(9, 4))
    for update in (None, 1, 2, 3, 5):
        made = list(windows(split, stream_batch(9, 1), rules(update, burn_in=3)))
        assert scored(made) == [[3, 7, 8]]
        made = list(windows(split, stream_batch(9, 1), rules(2, 6, burn_in=3)))
        assert scored(made) == [[3, 7, 8]]


def test_burn_in_goes_on_where_the_epochs_do() -> None:
    """A reset two steps before the end of the row is three steps before the second of the next epoch."""
    split = split_of(6, where=None, before=marks(6, 4))
    batch = stream_batch(6, 1)
    assert scored(list(windows(split, batch, rules(2, policy="never", burn_in=3)))) == [[3]]
    assert scored(list(windows(split, batch, rules(2, policy="never", burn_in=3), goes_on=1))) == [[1, 2, 3]]
    longer = [
        scored(list(windows(split_of(6, where=None), batch, rules(2, None, "never", 15), goes_on=n))) for n in (1, 2, 3)
    ]
    assert longer == [[[]], [[3, 4, 5]], [[0, 1, 2, 3, 4, 5]]]


def test_a_head_only_primes() -> None:
    split = split_of(10, where=None)
    batch = stream_batch(10, 2, begin=4, prime=3)
    assert batch == (Row(1, 7, 3), Row(4, 10, 3))
    made = list(windows(split, batch, rules(2)))
    assert scored(made) == [[3, 4, 5], [3, 4, 5]]
    assert resets(made) == [[0], [0]]


def test_deeper_windows_see_again_and_score_once() -> None:
    split = split_of(7, 3, where=None)
    made = list(windows(split, (Row(0, 7), Row(7, 10)), rules(2, 6)))
    assert [(w.start, w.again, w.valid.shape[1]) for w in made] == [(0, 0, 2), (2, 2, 4), (4, 4, 6), (6, 4, 5)]
    assert [w.first for w in made] == [True, False, False, False]
    third = made[2]
    assert_array_equal(third.place, [[0, 1, 2, 3, 4, 5], [7, 8, 9, 7, 7, 7]])
    assert_array_equal(third.opening, [[0, 0, 2, 2, 4, 4], [7, 7, 9, 7, 7, 7]])
    assert_array_equal(third.scored, [[False] * 4 + [True] * 2, [False] * 6])
    assert_array_equal(third.reset, [[True] + [False] * 5] * 2)
    assert not made[3].reset.any()


def test_windows_can_be_left_out() -> None:
    split = split_of(7, 3)
    for chosen in (rules(2), rules(2, 4, burn_in=2), rules(3, policy="window")):
        whole = list(windows(split, (Row(0, 7), Row(7, 10)), chosen))
        for skip in range(len(whole) + 2):
            rest = list(windows(split, (Row(0, 7), Row(7, 10)), chosen, skip=skip))
            assert len(rest) == max(0, len(whole) - skip)
            for one, other in zip(rest, whole[skip:], strict=True):
                assert (one.start, one.first) == (other.start, other.first)
                assert_array_equal(one.place, other.place)
                assert_array_equal(one.scored, other.scored)


def test_without_a_window_the_batch_is_whole() -> None:
    [whole] = windows(split_of(3, 5), (Row(0, 3), Row(3, 8)), rules())
    assert whole.inputs.shape == (2, 5, 1)
    assert (whole.start, whole.first) == (0, True)


def test_codes_stay_whole_numbers() -> None:
    codes = np.array([3, 1, 2, 3], np.uint8)
    [window] = windows(split_of(3, 1, inputs=codes, targets=codes), (Row(0, 3), Row(3, 4)), rules())
    assert window.inputs.dtype == window.targets.dtype == np.int64
    assert_array_equal(window.inputs, [[3, 1, 2], [3, 0, 0]])


def test_the_source_is_left_as_it_is() -> None:
    split = split_of(3, 1)
    before = split.inputs.copy()
    for window in windows(split, (Row(0, 3), Row(3, 4)), rules(2)):
        window.inputs[:] = 9
        window.targets[:] = 9
    assert_array_equal(split.inputs, before)
    assert_array_equal(split.targets, -before)


def test_targets_ahead_and_the_naive_forecast() -> None:
    split = split_of(5, where=None, ahead=2, naive=True, scored_to=np.array([3]))
    [window] = windows(split, (Row(0, 5),), rules())
    assert_array_equal(window.targets[0, :, 0], [-3, -4, -5, -5, -5])  # the last two have none, and are not scored
    assert window.naive is not None
    assert_array_equal(window.naive[0, :, 0], [-1, -2, -3, -4, -5])
    assert scored([window]) == [[0, 1, 2]]


class Case(NamedTuple):
    split: Sequences
    batches: list[Batch]
    rules: Rules


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=7))
    steps, size = sum(lengths), draw(st.integers(1, 4))
    columns = {
        name: draw(st.none() | st.lists(st.booleans(), min_size=steps, max_size=steps).map(np.array))
        for name in ("where", "before", "after")
    }
    update = draw(st.none() | st.integers(1, 12))
    backward = None if update is None else draw(st.none() | st.integers(1, 3).map(update.__mul__))
    policy = draw(st.sampled_from(["sequence", "window", "epoch", "never"]))
    split = split_of(*lengths, **columns)
    batches = draw(st.sampled_from([sequence_batches(lengths, size, 0, 0, shuffle=False), [stream_batch(steps, size)]]))
    return Case(split, batches, Rules(Cut(update, backward), policy, draw(st.integers(0, 4))))


@quick
@given(cases())
def test_every_step_is_new_once_and_scored_at_most_once(case: Case) -> None:
    new: list[int] = []
    counted: list[int] = []
    for batch in case.batches:
        made = list(windows(case.split, batch, case.rules))
        assert [w.first for w in made] == [True] + [False] * (len(made) - 1)
        assert [w.start for w in made] == list(case.rules.cut.starts(max(row.steps for row in batch)))
        for w in made:
            new += w.place[:, w.again :][w.valid[:, w.again :]].tolist()
            counted += w.place[w.scored].tolist()
            assert not (w.scored[:, : w.again]).any()
    assert sorted(new) == list(range(case.split.steps))
    assert len(counted) == len(set(counted))
    if case.rules.burn_in == 0:
        wanted = np.ones(case.split.steps, np.bool_) if case.split.where is None else case.split.where
        assert sorted(counted) == np.flatnonzero(wanted).tolist()


@quick
@given(cases())
def test_a_window_shows_the_same_of_a_step_each_time(case: Case) -> None:
    """What is seen again is as it was: the values, the resets, and what draws follow from."""
    for batch in case.batches:
        seen: dict[int, tuple[float, float, bool, int, int]] = {}
        for w in windows(case.split, batch, case.rules):
            for b, k in zip(*np.nonzero(w.valid), strict=True):
                place = int(w.place[b, k])
                told = (
                    float(w.inputs[b, k, 0]),
                    float(w.targets[b, k, 0]),
                    bool(w.reset[b, k]),
                    int(w.opening[b, k]),
                    int(w.sequence[b, k]),
                )
                assert told[:2] == (place + 1, -place - 1)
                assert (place in seen) == (k < w.again)
                assert seen.setdefault(place, told) == told


@quick
@given(cases())
def test_padding_is_blank(case: Case) -> None:
    for batch in case.batches:
        for w in windows(case.split, batch, case.rules):
            rows, size = w.valid.shape
            assert rows == len(batch)
            assert w.inputs.shape == w.targets.shape == (rows, size, 1)
            for array in (w.inputs, w.targets, w.scored, w.reset):
                assert not array[~w.valid].any()
            assert w.valid[:, -1].any()
            assert_array_equal(w.valid, np.sort(w.valid, axis=1)[:, ::-1])  # what is not valid stands at the end


@quick
@given(cases(), st.data())
def test_a_row_is_the_same_in_any_batch(case: Case, data: st.DataObject) -> None:
    batch = data.draw(st.sampled_from(case.batches))
    number = data.draw(st.integers(0, len(batch) - 1))
    if case.rules.cut.update is None:
        case = case._replace(rules=case.rules._replace(cut=Cut(max(row.steps for row in batch))))
    whole, alone = windows(case.split, batch, case.rules), windows(case.split, (batch[number],), case.rules)
    for one, other in zip(whole, alone, strict=False):
        length = other.valid.shape[1]
        for name in ("inputs", "targets", "valid", "scored", "reset", "place", "opening", "sequence"):
            assert_array_equal(getattr(one, name)[number, :length], getattr(other, name)[0])
