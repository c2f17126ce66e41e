"""Metrics against numpy, computed from all scored steps at once, in the units of the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from trainers import model
from trainers import settings as chosen
from trainers import trainer as made

from rnnctl.data.dataset import Dataset
from rnnctl.data.normal import LIMIT
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import Each
from rnnctl.nn.chain import CellChain
from rnnctl.training.loop import Trainer
from rnnctl.training.metrics import Baseline, Score, baseline_of

Array = NDArray[Any]
SCALE = Affine((3.0, -50.0), (10.0, 0.25))
OFFSET, FACTOR = np.array(SCALE.offset), np.array(SCALE.factor)
LENGTHS = (7, 4, 6, 3, 5)
NUMBERS = Signal("number", ("c", "d"))
CLASSES = Signal("class", ("label",), ("u", "v"))
ANSWERS = Signal("binary", ("rain", "wind"))


def split(target: Signal, lengths: Sequence[int] = LENGTHS, seed: int = 0, *, ahead: int = 0) -> Sequences:
    """Random sequences, some of whose steps are scored; what is not scored has a target that would be seen."""
    random = np.random.default_rng(seed)
    steps = sum(lengths)
    where = random.random(steps) < 0.7
    ends = np.cumsum(lengths, dtype=np.int64)
    where[ends - 1 - ahead] = True
    targets: Array = random.normal(size=(steps, 2))
    if target.kind == "class":
        targets = (random.random(steps) < 0.7).astype(np.int64)
    elif target.kind == "binary":
        targets = (random.random((steps, 2)) < [0.8, 0.3]).astype(np.float64)
    seen = np.zeros(steps, np.bool_)
    seen[np.minimum(np.flatnonzero(where) + ahead, steps - 1)] = True
    seen |= where if ahead else False
    targets[~seen] = 0 if target.kind == "class" else 1e6
    return Sequences(
        random.normal(size=(steps, 2)),
        targets,
        origins=ends - lengths,
        lengths=np.array(lengths, np.int64),
        scored_from=np.zeros(len(lengths), np.int64),
        scored_to=np.array(lengths, np.int64) - ahead,
        ahead=ahead,
        naive=ahead > 0,
        where=where,
    )


def data(
    train: Sequences, test: Sequences, target: Signal, scaling: Affine | None = None, each: Each = "step"
) -> Dataset:
    lengths = tuple(train.lengths.tolist())
    facts = Facts(Signal("number", ("a", "b")), target, lengths, one_series=False, ahead=train.ahead, each=each)
    return Dataset(train, split(target, ()), test, facts, Scaling(None, scaling))


def scored(found: Sequences) -> tuple[Array, Array, Array]:
    """The steps that are scored, what is asked there, and what stands at the step itself."""
    step = np.concatenate([np.arange(length) for length in found.lengths])
    last = np.repeat(found.scored_to, found.lengths)
    assert found.where is not None
    kept = np.flatnonzero(found.where & (step < last))
    return kept, found.targets[kept + found.ahead], found.targets[kept]


def outputs(net: CellChain, found: Sequences) -> Array:
    """What a model says at the scored steps, each sequence alone, (N, …)."""
    said = []
    with torch.no_grad():
        for start, length in zip(found.origins, found.lengths, strict=True):
            _, y = net.unroll(net.initial_carry(1), torch.tensor(found.inputs[np.newaxis, start : start + length]))
            said.append(y[0].numpy())
    return np.concatenate(said)[scored(found)[0]]


def trainer(dataset: Dataset, width: int = 2, **given: Any) -> Trainer:
    chain = (("lstm", {"size": 3}), ("dense", {"size": width}))
    return made(dataset, chosen(**given), chain)


# numbers


@pytest.mark.parametrize("window", [None, 2, 3])
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_numbers_in_the_units_of_the_data(batch: int, window: int | None) -> None:
    train, rows = split(NUMBERS, (4, 5), seed=1, ahead=1), split(NUMBERS, seed=2, ahead=1)
    ours = trainer(data(train, rows, NUMBERS, SCALE), batch=batch, window=window)
    found = ours.evaluate(rows)
    _, true, plain = scored(rows)
    said = outputs(ours.model, rows)
    said_data, true_data, plain_data = (v * FACTOR + OFFSET for v in (said, true, plain))
    squares, plain_squares = (said_data - true_data) ** 2, (plain_data - true_data) ** 2
    mse, worse = squares.mean(), plain_squares.mean()
    expected = {
        "loss": np.mean((said - true) ** 2),
        "mse": mse,
        "mae": np.mean(np.abs(said_data - true_data)),
        "rmse": np.sqrt(mse),
        "baseline_mse": worse,
        "baseline_mae": np.mean(np.abs(plain_data - true_data)),
        "baseline_rmse": np.sqrt(worse),
        **{f"mse.{name}": error for name, error in zip("cd", squares.mean(0), strict=True)},
        **{f"baseline_mse.{name}": error for name, error in zip("cd", plain_squares.mean(0), strict=True)},
        "skill": np.mean(1 - squares.mean(0) / plain_squares.mean(0)),
        "scored_steps": len(true),
    }
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=1e-11, err_msg=name)
    assert ours.baseline.name == "naive forecast"


def test_without_a_naive_forecast_the_training_mean_is_the_baseline() -> None:
    train, rows = split(NUMBERS, seed=1), split(NUMBERS, seed=2)
    ours = trainer(data(train, rows, NUMBERS, SCALE))
    values = scored(train)[1] * FACTOR + OFFSET
    mean = values.mean(0)
    assert ours.baseline.name == "training mean"
    assert_allclose(ours.baseline.mean, mean, rtol=1e-12)
    assert_allclose(ours.baseline.variance, values.var(0), rtol=1e-12)
    true = scored(rows)[1] * FACTOR + OFFSET
    assert_allclose(ours.evaluate(rows)["baseline_mse"], np.mean((mean - true) ** 2), rtol=1e-12)
    assert_allclose(ours.evaluate(rows)["baseline_mae"], np.mean(np.abs(mean - true)), rtol=1e-12)


def test_the_baseline_is_the_same_however_the_steps_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for ahead in (0, 1):
        train = split(NUMBERS, (40, 30, 50), seed=4, ahead=ahead)
        whole = baseline_of(data(train, train, NUMBERS, SCALE))
        monkeypatch.setattr("rnnctl.data.sequences._CHUNK", 1)
        pieces = baseline_of(data(train, train, NUMBERS, SCALE))
        monkeypatch.undo()
        assert_allclose(pieces.mean, whole.mean, rtol=1e-12)
        assert_allclose(pieces.variance, whole.variance, rtol=1e-12)
        _, true, plain = scored(train)
        variance = true.var(0) if not ahead else np.mean((true - plain) ** 2, axis=0)
        assert_allclose(whole.variance, variance * FACTOR**2, rtol=1e-12)


def test_the_variance_of_a_baseline_sees_small_differences_of_large_numbers() -> None:
    train = split(NUMBERS, (300,), seed=5)
    values = scored(train)[1]
    assert_allclose(
        baseline_of(data(train, train, NUMBERS, Affine((1e9, -1e9), (1.0, 1.0)))).variance, values.var(0), rtol=1e-6
    )


def test_several_targets_are_judged_each_in_its_own_units() -> None:
    """The skill is the mean of theirs, so that the one with the largest numbers does not decide alone."""
    score = Score(Signal("number", ("small", "large")), None, Baseline("training mean", mean=(0.0, 0.0)))
    true = np.array([[1.0, 100.0], [-1.0, -100.0]])
    said = true * [0.5, 2.0]
    score.add(np.zeros(2), said, true, None)
    found = score.metrics()
    assert (found["mse.small"], found["baseline_mse.small"]) == (0.25, 1)
    assert (found["mse.large"], found["baseline_mse.large"]) == (10_000, 10_000)
    assert found["skill"] == (0.75 + 0) / 2


# a mean and a variance


@pytest.mark.parametrize(("ahead", "name"), [(0, "training mean"), (1, "naive forecast")])
def test_a_normal_distribution_in_the_units_of_the_data(ahead: int, name: str) -> None:
    train, rows = split(NUMBERS, seed=1, ahead=ahead), split(NUMBERS, seed=2, ahead=ahead)
    ours = trainer(data(train, rows, NUMBERS, SCALE), 4, loss="gaussian", window=2)
    found = ours.evaluate(rows)
    _, true, plain = scored(rows)
    said = outputs(ours.model, rows)
    mean, deviation = said[:, :2] * FACTOR + OFFSET, np.exp(said[:, 2:] / 2) * FACTOR
    true_data = true * FACTOR + OFFSET
    assert_allclose(found["nll"], -np.log(density(true_data, mean, deviation)).mean(), rtol=1e-12)
    assert_allclose(found["loss"], -np.log(density(true, said[:, :2], np.exp(said[:, 2:] / 2))).mean(), rtol=1e-12)
    assert_allclose(found["coverage"], np.mean(np.abs(true_data - mean) / deviation < 1.6448536), rtol=1e-12)
    assert_allclose(found["mse"], np.mean((mean - true_data) ** 2), rtol=1e-12)
    assert 0 < found["coverage"] < 1
    _, train_true, train_plain = scored(train)
    center = plain * FACTOR + OFFSET if ahead else (train_true * FACTOR + OFFSET).mean(0)
    wide = np.sqrt(np.mean((train_true - train_plain) ** 2, axis=0)) if ahead else train_true.std(0)
    assert ours.baseline.name == name
    assert_allclose(found["baseline_nll"], -np.log(density(true_data, center, wide * FACTOR)).mean(), rtol=1e-11)


def density(value: Array, mean: Array, deviation: Array) -> Array:
    found: Array = np.exp(-(((value - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
    return found


def test_a_normal_distribution_by_hand() -> None:
    """One target in units of 10: a mean of 10 + 20, a deviation of 10 * 2."""
    baseline = Baseline("training mean", mean=(10.0,), variance=(0.0,))
    score = Score(Signal("number", ("y",)), Affine((10.0,), (10.0,)), baseline, "gaussian")
    said = np.array([[2.0, 2 * math.log(2)]] * 4)
    score.add(np.zeros(4), said, np.array([[2.0], [2 + 3.28], [2 + 3.30], [2 - 3.30]]), None)
    found = score.metrics()
    assert found["coverage"] == 0.5
    squares = (0 + 32.8**2 + 33.0**2 + 33.0**2) / 4
    assert_allclose(found["mse"], squares, rtol=1e-12)
    assert_allclose(found["nll"], math.log(20 * math.sqrt(2 * math.pi)) + squares / (2 * 20**2), rtol=1e-12)
    assert "baseline_nll" not in found, "targets that never change have no variance"


def test_a_log_variance_beyond_its_limits_is_judged_as_it_was_trained() -> None:
    score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(0.0,), variance=(1.0,)), "gaussian")
    score.add(np.zeros(1), np.array([[0.0, -1000.0]], np.float32), np.array([[1e-5]]), None)
    found = score.metrics()
    expected = 0.5 * (math.log(2 * math.pi) - LIMIT + 1e-10 * math.exp(LIMIT))
    assert_allclose(found["nll"], expected, rtol=1e-12)
    assert found["coverage"] == 1


# classes


@pytest.mark.parametrize("each", ["step", "sequence"])
@pytest.mark.parametrize("window", [None, 2])
def test_classes_beside_the_commonest_one(window: int | None, each: Each) -> None:
    train, rows = split(CLASSES, seed=1), split(CLASSES, seed=2)
    ours = trainer(data(train, rows, CLASSES, each=each), loss="cross_entropy", window=window)
    found = ours.evaluate(rows)
    said, true = outputs(ours.model, rows), scored(rows)[1]
    logs = said - np.log(np.exp(said).sum(-1, keepdims=True))
    nats = -logs[np.arange(len(true)), true].mean()
    assert ours.baseline == Baseline("majority class", majority=1)
    more = {"bits": nats / math.log(2), "perplexity": math.exp(nats)} if each == "step" else {}
    assert set(found) == {"loss", "accuracy", "baseline_accuracy", "scored_steps", *more}
    assert_allclose(found["loss"], nats, rtol=1e-12)
    assert_allclose(found["accuracy"], np.mean(said.argmax(-1) == true), rtol=1e-12)
    assert_allclose(found["baseline_accuracy"], np.mean(true == 1), rtol=1e-12)
    for name, value in more.items():
        assert_allclose(found[name], value, rtol=1e-12)
    assert 0 < found["accuracy"] < 1
    assert 0 < found["baseline_accuracy"] < 1


def test_of_two_commonest_classes_the_first() -> None:
    train = split(CLASSES, (6,))
    assert train.where is not None
    train.where[:], train.targets[:] = True, np.arange(6) % 2
    assert baseline_of(data(train, train, CLASSES)) == Baseline("majority class", majority=0)


def test_a_choice_of_four_takes_two_bits() -> None:
    score = Score(Signal("class", ("letter",), tuple("abcd")), None, Baseline("majority class"))
    score.add(np.full(3, math.log(4)), np.zeros((3, 4)), np.array([0, 1, 2]), None)
    found = score.metrics()
    assert_allclose([found["bits"], found["perplexity"]], [2, 4], rtol=1e-14)


def test_a_perplexity_beyond_all_numbers() -> None:
    score = Score(CLASSES, None, Baseline("majority class"))
    score.add(np.array([1e4]), np.zeros((1, 2)), np.array([0]), None)
    assert score.metrics()["perplexity"] == math.inf


# columns of yes and no


@pytest.mark.parametrize("window", [None, 2])
def test_answers_beside_the_commoner_one_of_each_column(window: int | None) -> None:
    train, rows = split(ANSWERS, seed=1), split(ANSWERS, seed=2)
    ours = trainer(data(train, rows, ANSWERS), loss="binary_cross_entropy", window=window)
    found = ours.evaluate(rows)
    said, true = outputs(ours.model, rows), scored(rows)[1]
    odds = 1 / (1 + np.exp(-said))
    assert ours.baseline.name == "majority class"
    assert_allclose(ours.baseline.mean, scored(train)[1].mean(0), rtol=1e-12)
    assert_allclose(found["loss"], -np.log(np.where(true == 1, odds, 1 - odds)).mean(), rtol=1e-12)
    assert_allclose(found["accuracy"], np.mean((odds > 0.5) == (true == 1)), rtol=1e-12)
    assert_allclose(found["baseline_accuracy"], np.mean([true[:, 0] == 1, true[:, 1] == 0]), rtol=1e-12)
    both = np.sum((odds > 0.5) & (true == 1))
    assert_allclose(found["precision"], both / np.sum(odds > 0.5), rtol=1e-12)
    assert_allclose(found["recall"], both / np.sum(true), rtol=1e-12)
    assert_allclose(found["f1"], 2 * both / (np.sum(odds > 0.5) + np.sum(true)), rtol=1e-12)
    assert set(found) == {"loss", "accuracy", "baseline_accuracy", "precision", "recall", "f1", "scored_steps"}


def test_answers_by_hand() -> None:
    score = Score(ANSWERS, None, Baseline("majority class", mean=(0.9, 0.2)), "binary_cross_entropy")
    said = np.array([[2.0, -1.0], [0.5, 3.0], [-4.0, 0.0]])
    score.add(np.zeros(3), said, np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), None)
    found = score.metrics()
    assert_allclose(found["accuracy"], 4 / 6)
    assert_allclose(found["baseline_accuracy"], 4 / 6)
    assert_allclose([found["precision"], found["recall"], found["f1"]], [2 / 3, 2 / 3, 2 / 3])


def test_where_no_yes_is_said_nor_true_precision_and_recall_are_0() -> None:
    score = Score(ANSWERS, None, Baseline("majority class", mean=(0.0, 0.0)), "binary_cross_entropy")
    score.add(np.zeros(2), np.full((2, 2), -1.0), np.zeros((2, 2)), None)
    found = score.metrics()
    assert (found["accuracy"], found["precision"], found["recall"], found["f1"]) == (1, 0, 0, 0)


# sums


KINDS = {"mse": (NUMBERS, 2), "gaussian": (NUMBERS, 4), "cross_entropy": (CLASSES, 2)} | {
    "binary_cross_entropy": (ANSWERS, 2)
}


@settings(deadline=None)
@given(loss=st.sampled_from(sorted(KINDS)), cuts=st.lists(st.integers(0, 20), max_size=6), seed=st.integers(0, 99))
def test_metrics_do_not_depend_on_how_the_steps_are_cut(loss: str, cuts: list[int], seed: int) -> None:
    target, width = KINDS[loss]
    train = split(target, (20,), seed=seed, ahead=int(seed % 2 and target is NUMBERS))
    baseline = baseline_of(data(train, train, target, SCALE if target is NUMBERS else None))
    random = np.random.default_rng(seed)
    _, true, plain = scored(train)
    losses, said = random.random(len(true)), random.normal(size=(len(true), width))

    def metrics(borders: list[int]) -> dict[str, float]:
        score = Score(target, SCALE if target is NUMBERS else None, baseline, loss)
        for start, stop in zip([0, *borders], [*borders, len(true)], strict=True):
            part = slice(start, stop)
            score.add(losses[part], said[part], true[part], plain[part] if train.naive else None)
        return score.metrics()

    whole, pieces = metrics([]), metrics(sorted(min(cut, len(true)) for cut in cuts))
    assert pieces.keys() == whole.keys()
    for name, value in whole.items():
        assert_allclose(pieces[name], value, rtol=1e-11, err_msg=name)


def test_a_score_goes_on_from_its_count_and_its_sums() -> None:
    first = Score(CLASSES, None, Baseline("majority class"))
    first.add(np.ones(2), np.eye(2), np.array([0, 0]), None)
    second = Score(CLASSES, None, Baseline("majority class"), count=first.count, sums=dict(first.sums))
    for score in (first, second):
        score.add(np.zeros(2), np.eye(2), np.array([0, 1]), None)
    assert second.metrics() == first.metrics()
    assert first.metrics()["accuracy"] == 0.75
    assert all(type(value) is float for value in first.sums.values())
    assert type(first.count) is int


def test_the_training_loss_is_that_of_the_weights_as_they_went() -> None:
    """An epoch's training metrics are means over its windows, each seen before its own update."""
    rows = split(NUMBERS, (6, 6))
    assert rows.where is not None
    rows.where[:], rows.targets[:] = True, np.random.default_rng(1).normal(size=(12, 2))
    given: dict[str, Any] = {"window": 3, "epochs": 1, "optimizer": {"sgd": {"lr": 0.3}}}
    losses = [getattr(event, "loss", None) for event in trainer(data(rows, rows, NUMBERS, SCALE), **given).fit()]
    events = trainer(data(rows, rows, NUMBERS, SCALE), **given).fit()
    [end] = [event for event in events if hasattr(event, "train")]
    assert_allclose(end.train["loss"], np.mean([loss for loss in losses if loss is not None]), rtol=1e-12)


def test_a_baseline_without_error_leaves_no_skill_to_have() -> None:
    def skill(outputs: float) -> float:
        score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(2.0,)))
        said = np.full((3, 1), outputs)
        score.add(np.zeros(3), said, np.full((3, 1), 2.0), None)
        return score.metrics()["skill"]

    assert skill(2.0) == 0
    assert skill(2.5) == -math.inf


def test_nothing_scored_gives_no_metrics() -> None:
    assert Score(Signal("number", ("y",)), None, Baseline("training mean")).metrics() == {}


@pytest.mark.parametrize(("loss", "width"), [("mse", 1), ("gaussian", 2)])
def test_numbers_too_large_to_square_are_no_warning(loss: str, width: int) -> None:
    score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(0.0,), variance=(1.0,)), loss)
    score.add(np.array([np.inf]), np.full((1, width), 1e200), np.array([[-1e200]]), None)
    assert score.metrics()["mse"] == math.inf


def test_sums_do_not_drift_in_single_precision() -> None:
    score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(0.0,)))
    for _ in range(1000):
        score.add(np.full(1000, 0.1, np.float32), np.zeros((1000, 1), np.float32), np.zeros((1000, 1)), None)
    assert_allclose(score.metrics()["loss"], np.float32(0.1), rtol=1e-9)


def test_a_model_is_judged_without_its_noise() -> None:
    """Dropout is at its expected value, which is to change nothing."""
    rows = split(NUMBERS)
    dataset = data(rows, rows, NUMBERS)
    noisy = model((("lstm", {"size": 3}), ("dense", {"size": 2}), ("dropout", {"rate": 0.9})))
    with_dropout, without = made(dataset, chosen(), net=noisy), trainer(dataset)
    assert_allclose(with_dropout.evaluate(rows)["mse"], without.evaluate(rows)["mse"], rtol=1e-12)


def test_metrics_see_the_data_and_not_its_rounding() -> None:
    """Targets that a float32 cannot hold: the baseline is as good as in float64."""
    values = 16777216.0 + np.arange(30) % 3
    pairs = np.stack([values, values], axis=1)
    ones, length = np.zeros(1, np.int64), np.array([30])
    rows = Sequences(pairs, pairs, ones, length, ones, length - 1, ahead=1, naive=True)
    ours = trainer(data(rows, rows, NUMBERS), precision="float32")
    ours.model.float()
    expected = np.mean((values[1:] - values[:-1]) ** 2)
    assert ours.evaluate(rows)["baseline_mse"] == expected
