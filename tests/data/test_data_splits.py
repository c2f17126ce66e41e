"""Splits worked out by hand, and the laws that all of them keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnctl.data.draws import permutation
from rnnctl.data.records import Facts, Signal
from rnnctl.data.series import stretches
from rnnctl.data.spec import Each, Split
from rnnctl.data.splits import Piece, borders, split_pieces
from rnnctl.errors import DataError, Problem

NUMBER = Signal("number", ("x",))


def lengths_of(known: Facts, split: Split, seed: int) -> dict[str, tuple[int, ...]]:
    return {name: tuple(piece.length for piece in pieces) for name, pieces in split_pieces(known, split, seed).items()}


def facts(
    *lengths: int, one: bool = True, ahead: int = 0, each: Each = "step", where: tuple[int, ...] | None = None
) -> Facts:
    return Facts(NUMBER, NUMBER, lengths, one, ahead, each, where)


def problems(known: Facts, split: Split) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        split_pieces(known, split, 0)
    return caught.value.problems


def test_one_series_by_hand() -> None:
    """Ten steps, two ahead: targets at 2..5 are trained on, 6 and 7 validate, 8 and 9 test."""
    assert split_pieces(facts(10, ahead=2), Split(0.6, 0.2, 0.2), 0) == {
        "train": (Piece(0, 4, range(4)),),
        "valid": (Piece(0, 6, range(4, 6)),),
        "test": (Piece(0, 8, range(6, 8)),),
    }


def test_one_series_with_targets_at_the_same_step() -> None:
    assert split_pieces(facts(10), Split(0.5, 0.25, 0.25), 0) == {
        "train": (Piece(0, 5, range(5)),),
        "valid": (Piece(0, 8, range(5, 8)),),
        "test": (Piece(0, 10, range(8, 10)),),
    }


def test_a_split_of_nothing_is_empty() -> None:
    assert lengths_of(facts(10, ahead=1), Split(0.8, 0.0, 0.2), 0) == {"train": (7,), "valid": (), "test": (9,)}
    assert lengths_of(facts(10, ahead=1), Split(1, 0, 0), 0) == {"train": (9,), "valid": (), "test": ()}
    assert lengths_of(facts(10, ahead=1), Split(0.8, 0.2, 0), 0) == {"train": (7,), "valid": (9,), "test": ()}


def test_many_sequences_by_hand() -> None:
    assert permutation(5, "split", 7) == [3, 1, 2, 4, 0]
    assert split_pieces(facts(3, 1, 4, 1, 5, one=False, ahead=1), Split(0.6, 0.2, 0.2), 7) == {
        "train": (Piece(1, 1, range(0)), Piece(2, 4, range(3)), Piece(3, 1, range(0))),
        "valid": (Piece(4, 5, range(4)),),
        "test": (Piece(0, 3, range(2)),),
    }


def test_many_sequences_in_their_order() -> None:
    split = Split(0.6, 0.2, 0.2, shuffle=False)
    for seed in (0, 7):
        assert split_pieces(facts(3, 1, 4, 2, 5, one=False, ahead=1), split, seed) == {
            "train": (Piece(0, 3, range(2)), Piece(1, 1, range(0)), Piece(2, 4, range(3))),
            "valid": (Piece(3, 2, range(1)),),
            "test": (Piece(4, 5, range(4)),),
        }


def test_a_label_for_the_whole_is_asked_at_the_last_step() -> None:
    pieces = split_pieces(facts(3, 5, one=False, each="sequence"), Split(1, 0, 0), 0)
    assert pieces["train"] == (Piece(0, 3, range(2, 3)), Piece(1, 5, range(4, 5)))


def test_fractions_with_the_noise_of_floats() -> None:
    assert borders(Split(0.7, 0.2, 0.1), 10) == (7, 9)
    assert borders(Split(0.1 + 0.2, 0.7, 0.0), 1_000_000) == (300_000, 1_000_000)
    assert borders(Split(1 / 3, 1 / 3, 1 / 3), 9) == (3, 6)


@given(st.integers(0, 5), st.integers(1, 20), st.integers(0, 20), st.integers(0, 20))
def test_every_target_of_one_series_is_scored_once_and_nothing_sees_ahead(
    ahead: int, train: int, valid: int, test: int
) -> None:
    counts = (train + ahead, valid, test)
    steps = sum(counts)
    split = Split(*(count / steps for count in counts))
    pieces = split_pieces(facts(steps, ahead=ahead), split, 0)
    scored = {name: [t + ahead for piece in pieces[name] for t in piece.scored] for name in pieces}
    assert scored == {
        "train": list(range(ahead, ahead + train)),
        "valid": list(range(ahead + train, steps - test)),
        "test": list(range(steps - test, steps)),
    }
    assert all(piece.length == piece.scored.stop for name in pieces for piece in pieces[name])


@given(
    st.lists(st.integers(4, 9), min_size=1, max_size=12),
    st.lists(st.integers(4, 9), max_size=12),
    st.lists(st.integers(4, 9), max_size=12),
    st.integers(0, 3),
    st.integers(0, 99),
)
def test_every_sequence_is_in_one_split(
    train: list[int], valid: list[int], test: list[int], ahead: int, seed: int
) -> None:
    lengths = [*train, *valid, *test]
    counts = (len(train), len(valid), len(test))
    split = Split(*(count / len(lengths) for count in counts))
    pieces = split_pieces(facts(*lengths, one=False, ahead=ahead), split, seed)
    assert tuple(len(pieces[name]) for name in ("train", "valid", "test")) == counts
    assert sorted(piece.row for name in pieces for piece in pieces[name]) == list(range(len(lengths)))
    for name in pieces:
        assert [p.row for p in pieces[name]] == sorted(p.row for p in pieces[name])
        assert all(p.length == lengths[p.row] for p in pieces[name])
        assert all(p.scored == range(p.length - ahead) for p in pieces[name])


def test_the_seed_decides() -> None:
    known = facts(*range(1, 30), one=False)
    lengths = [lengths_of(known, Split(0.5, 0.25, 0.25), seed) for seed in (0, 0, 1)]
    assert lengths[0] == lengths[1] != lengths[2]


def test_a_split_with_nothing_to_score() -> None:
    assert problems(facts(12, ahead=3), Split(0.2, 0.78, 0.02)) == (
        Problem(
            ("data", "split", "train"),
            "train has nothing to score: 0.2 of 12 steps, with targets 3 ahead, leaves none",
        ),
        Problem(
            ("data", "split", "test"),
            "test has nothing to score: 0.02 of 12 steps, with targets 3 ahead, leaves none",
        ),
    )
    assert problems(facts(5, one=False), Split(0.7, 0.15, 0.15)) == (
        Problem(("data", "split", "valid"), "valid has nothing to score: 0.15 of 1 sequence leaves none"),
        Problem(("data", "split", "test"), "test has nothing to score: 0.15 of 1 sequence leaves none"),
    )


def test_fractions_that_cannot_be() -> None:
    assert problems(facts(9), Split(0.5, 0.2, 0.2)) == (
        Problem(("data", "split"), "the fractions add up to 0.9, not 1"),
    )
    assert problems(facts(9), Split(1.5, -0.25, -0.25)) == (
        Problem(("data", "split", "train"), "1.5 is not a fraction from 0 to 1"),
        Problem(("data", "split", "valid"), "-0.25 is not a fraction from 0 to 1"),
        Problem(("data", "split", "test"), "-0.25 is not a fraction from 0 to 1"),
    )
    assert problems(facts(9), Split(0, 0.5, 0.5)) == (
        Problem(("data", "split", "train"), "there is nothing to train on: train is 0"),
    )
    assert problems(facts(9), Split(float("nan"), 0.5, 0.5)) == (
        Problem(("data", "split", "train"), "nan is not a fraction from 0 to 1"),
    )


def test_a_column_says_what_is_scored() -> None:
    """Four steps train, two validate, four test; one column asks in validation, another does not."""
    with pytest.raises(DataError) as caught:
        split_pieces(facts(10, where=(2, 4, 7, 8)), Split(0.4, 0.2, 0.4), 0)
    assert caught.value.problems == (
        Problem(("data", "target", "where"), "valid has nothing to score: this column is 0 at all of its steps"),
    )
    found = split_pieces(facts(10, where=(2, 5, 7, 8)), Split(0.4, 0.2, 0.4), 0)
    assert {name: [p.stretches for p in found[name]] for name in found} == {
        "train": [(range(2, 4),)],
        "valid": [(range(4, 5),)],
        "test": [(range(7, 8),)],
    }
    assert found["train"][0].counted == 2


def test_stretches_of_many_sequences() -> None:
    """A stretch may go over the border of two sequences, and a step without a target is not scored."""
    known = facts(3, 1, 4, one=False, ahead=1, where=(1, 6))
    pieces = split_pieces(known, Split(1, 0, 0), 0)["train"]
    assert [p.stretches for p in pieces] == [(range(1, 2),), (), (range(2),)]
    whole = split_pieces(facts(3, 2, one=False, each="sequence", where=(2, 4)), Split(1, 0, 0), 0)["train"]
    assert [p.stretches for p in whole] == [(range(2, 3),), ()]


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=1, max_size=6), st.integers(0, 2))
def test_every_marked_step_with_a_target_is_scored(marks: list[list[bool]], ahead: int) -> None:
    where = stretches(bytes(mark for part in marks for mark in part))
    known = facts(*map(len, marks), one=False, ahead=ahead, where=where)
    wanted = [[t for t in range(len(part) - ahead) if part[t]] for part in marks]
    if any(wanted):
        pieces = split_pieces(known, Split(1, 0, 0), 0)["train"]
        assert [[t for part in piece.stretches for t in part] for piece in pieces] == wanted
        assert all(part for piece in pieces for part in piece.stretches)
