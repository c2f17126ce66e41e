"""Whole data sets by hand: what is shown, asked, scored, and repeated naively."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnctl.data.dataset import load
from rnnctl.data.facts import examine
from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import Columns, CsvSource, Resets, Source, Split, Target, TaskSource
from rnnctl.data.splits import split_pieces

DATASETS = Path(__file__).parents[2] / "datasets"


class Series(NamedTuple):
    """The steps of one sequence, as windows would take them from its split."""

    inputs: Any
    targets: Any
    scored: Any
    naive: Any


def series(split: Sequences) -> list[Series]:
    """Every sequence of a split, step by step; targets of steps that are not scored mean nothing."""
    place = np.arange(split.steps)
    sequence, index = split.find(place)
    assert_array_equal(np.flatnonzero(split.first(sequence, index)), np.cumsum([0, *split.lengths])[:-1])
    whole = (split.inputs[index], split.targets_of(index), split.scored(sequence, index), split.naive_of(index))
    return [Series(*(None if part is None else part[sequence == s] for part in whole)) for s in range(len(split))]


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    """Ten steps: x counts from 0, y is ten times as much, c is a letter."""
    path = tmp_path / "ten.csv"
    path.write_text("x,y,c\n" + "".join(f"{i},{10 * i},{'ab'[i % 2]}\n" for i in range(10)))
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.csv"
    path.write_text("id,x,label\nu,1,2\nu,3,2\nv,5,4\nw,7,6\nw,9,6\nw,11,6\n")
    return path


def test_one_series_in_three_splits(ten: Path) -> None:
    source = CsvSource(ten, None, Columns(("x", "y"), "number"), Target(("y",), "number", 2, "step"))
    data = load(source, Split(0.6, 0.2, 0.2), "none", 0)
    (train,), (valid,), (test,) = series(data.train), series(data.valid), series(data.test)
    assert_array_equal(train.inputs, [[0, 0], [1, 10], [2, 20], [3, 30]])
    assert_array_equal(train.targets, [[20], [30], [40], [50]])
    assert_array_equal(train.scored, [True] * 4)
    assert_array_equal(train.naive, [[0], [10], [20], [30]])
    assert_array_equal(valid.inputs[:, 0], range(6))
    assert_array_equal(valid.targets[:, 0], [20, 30, 40, 50, 60, 70])
    assert_array_equal(valid.scored, [False] * 4 + [True] * 2)
    assert_array_equal(test.inputs[:, 0], range(8))
    assert_array_equal(test.targets[:, 0], [20, 30, 40, 50, 60, 70, 80, 90])
    assert_array_equal(test.scored, [False] * 6 + [True] * 2)
    assert_array_equal(test.naive[:, 0], range(0, 80, 10))


def test_scaling_is_fitted_on_the_training_split_alone(ten: Path) -> None:
    """The training split has the times 0 to 5, so that x goes from 0 to 5 and y from 0 to 50."""
    source = CsvSource(ten, None, Columns(("x", "y"), "number"), Target(("y",), "number", 2, "step"))
    data = load(source, Split(0.6, 0.2, 0.2), "range", 0)
    assert data.scaling == Scaling(Affine((0.0, 0.0), (5.0, 50.0)), Affine((0.0,), (50.0,)))
    [test] = series(data.test)
    assert_array_equal(test.inputs[:, 0], np.arange(8) / 5)
    assert_array_equal(test.targets[:, 0], np.arange(20, 100, 10) / 50)
    assert_array_equal(test.naive[:, 0], np.arange(0, 80, 10) / 50)


def test_symbols_and_the_class_that_follows(ten: Path) -> None:
    source = CsvSource(ten, None, Columns(("c",), "symbol"), Target(("c",), "class", 1, "step"))
    data = load(source, Split(0.8, 0.0, 0.2), "standard", 0)
    assert (series(data.valid), data.scaling) == ([], Scaling(None, None))
    [train] = series(data.train)
    assert train.inputs.dtype == train.targets.dtype == np.int64
    assert_array_equal(train.inputs, [0, 1, 0, 1, 0, 1, 0])
    assert_array_equal(train.targets, [1, 0, 1, 0, 1, 0, 1])
    assert train.naive is None


def test_many_sequences_ahead_have_no_target_at_their_end(three: Path) -> None:
    source = CsvSource(three, "id", Columns(("x",), "number"), Target(("x",), "number", 1, "step"))
    data = load(source, Split(1, 0, 0), "none", 0)
    made = series(data.train)
    assert [one.inputs[:, 0].tolist() for one in made] == [[1, 3], [5], [7, 9, 11]]
    assert [one.targets[one.scored, 0].tolist() for one in made] == [[3], [], [9, 11]]
    assert [one.scored.tolist() for one in made] == [[True, False], [False], [True, True, False]]


def test_a_label_for_the_whole_sequence(three: Path) -> None:
    """Each label counts once in the scaling, however long its sequence: 2, 4 and 6."""
    source = CsvSource(three, "id", Columns(("x",), "number"), Target(("label",), "number", 0, "sequence"))
    data = load(source, Split(1, 0, 0), "standard", 0)
    assert data.scaling.target is not None
    assert data.scaling.target.offset == (4.0,)
    assert data.scaling.input is not None
    assert data.scaling.input.offset == (6.0,)
    made = series(data.train)
    assert [one.scored.tolist() for one in made] == [[False, True], [True], [False, False, True]]
    assert_array_equal(data.scaling.target.to_data(made[2].targets), [[6.0], [6.0], [6.0]])
    assert made[0].naive is None


def test_other_splits_do_not_touch_the_scaling(three: Path) -> None:
    source = CsvSource(three, "id", Columns(("x",), "number"), Target(("label",), "number", 0, "step"))
    split = Split(0.34, 0.33, 0.33)
    data = load(source, split, "range", 3)
    (piece,) = split_pieces(data.facts, split, 3)["train"]
    values = {0: (1.0, 2.0), 1: (5.0, 1.0), 2: (7.0, 4.0)}[piece.row]
    assert data.scaling.input == Affine((values[0],), (values[1],))


def test_columns_of_zeros_and_ones(tmp_path: Path) -> None:
    """Of the steps that train or validate, `w` scores 0, 2, 3 and 6; behind 0 the carry goes back."""
    path = tmp_path / "flags.csv"
    y = [0, 10, 999, 30, 40, 999, 999, 70, 999, 999]
    rows = zip(range(10), y, "1011001000", "0100000001", "0000100000", strict=True)
    path.write_text("x,y,w,b,a\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows))
    target = Target(("y",), "number", 1, "step", "w")
    source = CsvSource(path, None, Columns(("x",), "number"), target, "x", Resets("b", "a"))
    data = load(source, Split(0.5, 0.5, 0), "range", 0)
    assert data.facts.where == (2, 4, 6, 7)
    [train], [valid] = series(data.train), series(data.valid)
    assert_array_equal(train.scored, [False, False, True, True])
    assert_array_equal(valid.scored, [False] * 6 + [True] + [False] * 2)
    assert data.scaling.target == Affine((30.0,), (10.0,))
    assert_array_equal(train.targets[train.scored, 0], [0, 1])
    assert data.train.before is not None
    assert data.train.after is not None
    assert np.flatnonzero(data.train.before).tolist() == [1, 9]
    assert np.flatnonzero(data.train.after).tolist() == [4]
    assert split_pieces(data.facts, Split(0.5, 0.5, 0), 0)["train"][0].stretches == (range(2, 4),)


def test_resets_by_column_leave_the_scaling_alone(tmp_path: Path) -> None:
    """What stands behind a reset is no target of the step before, and yet a value of its column."""
    path = tmp_path / "episodes.csv"
    path.write_text("x,y,b\n" + "".join(f"{i},{i},{int(i == 4)}\n" for i in range(8)))
    source = CsvSource(
        path, None, Columns(("x",), "number"), Target(("y",), "number", 2, "step"), None, Resets("b", None)
    )
    data = load(source, Split(1, 0, 0), "range", 0)
    [train] = series(data.train)
    assert_array_equal(train.scored, [True, True, False, False, True, True])
    assert data.scaling.target == Affine((0.0,), (7.0,))


def test_yes_and_no_are_not_scaled(tmp_path: Path) -> None:
    path = tmp_path / "binary.csv"
    path.write_text("x,p,q\n1,0,true\n2,1,FALSE\n3,0,False\n4,1,1\n")
    source = CsvSource(path, None, Columns(("x",), "number"), Target(("p", "q"), "binary", 1, "step"))
    data = load(source, Split(1, 0, 0), "standard", 0)
    assert data.facts.target == Signal("binary", ("p", "q"))
    assert (data.facts.target.width, data.scaling.target) == (2, None)
    assert data.scaling.input is not None
    [train] = series(data.train)
    assert train.targets.dtype == np.float64
    assert_array_equal(train.targets, [[1, 0], [0, 0], [1, 1]])
    assert train.naive is None


SOURCES: dict[str, Source] = {
    "sunspots": CsvSource(
        DATASETS / "sunspots.csv",
        None,
        Columns(("sunspots",), "number"),
        Target(("sunspots",), "number", 1, "step"),
    ),
    "digits": CsvSource(
        DATASETS / "digits.csv",
        "image",
        Columns(tuple(f"p{i}" for i in range(8)), "number"),
        Target(("digit",), "class", 0, "sequence"),
    ),
    "reber": TaskSource("reber", {"sequences": 40, "part": 1, "seed": 0}),
    "adding": TaskSource("adding", {"length": 20, "sequences": 30, "seed": 0}),
    "temporal_order": TaskSource("temporal_order", {"length": 20, "sequences": 30, "seed": 0}),
    "copy": TaskSource("copy", {"blanks": 5, "symbols": 3, "sequences": 30, "seed": 0}),
    "sine": TaskSource("sine", {"steps": 50, "period": 10.0, "noise": 0.1, "seed": 0}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_facts_and_lengths_are_those_of_the_loaded_data(name: str) -> None:
    source, split = SOURCES[name], Split(0.7, 0.15, 0.15)
    data = load(source, split, "standard", 5)
    facts = examine(source)
    assert facts == data.facts
    loaded = {"train": data.train, "valid": data.valid, "test": data.test}
    assert {key: tuple(part.lengths.tolist()) for key, part in loaded.items()} == {
        key: tuple(piece.length for piece in pieces) for key, pieces in split_pieces(facts, split, 5).items()
    }
    for key, pieces in split_pieces(facts, split, 5).items():
        for piece, one in zip(pieces, series(loaded[key]), strict=True):
            assert np.flatnonzero(one.scored).tolist() == list(piece.scored)
            assert len(one.inputs) == len(one.targets) == piece.length
            wanted = facts.input.width if facts.input.kind == "number" else None
            assert one.inputs.shape[1:] == (() if wanted is None else (wanted,))


def test_the_sunspots() -> None:
    facts = examine(SOURCES["sunspots"])
    assert facts.lengths == (309,)
    data = load(SOURCES["sunspots"], Split(0.7, 0.15, 0.15), "none", 0)
    [train], [test] = series(data.train), series(data.test)
    assert train.inputs[:3, 0].tolist() == [5.0, 11.0, 16.0]
    assert test.targets[-1].tolist() == [2.9]
    assert max(test.targets[:, 0]) == 190.2


def test_the_digits() -> None:
    data = load(SOURCES["digits"], Split(1, 0, 0), "none", 0)
    assert data.facts.lengths == (8,) * 1797
    assert data.facts.target.symbols == tuple("0123456789")
    assert_array_equal(data.train.inputs[1], [0, 0, 13, 15, 10, 15, 5, 0])
    labels = data.train.targets[7::8]
    assert labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.train.inputs.max() == 16
