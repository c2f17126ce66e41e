"""Metrics against numpy, computed from all scored steps at once, in the units of the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from trainers import LENGTHS, dataset, model, series, settings, trainer

from rnnctl.data.dataset import Dataset, Series
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.nn.chain import CellChain
from rnnctl.training.metrics import Baseline, Score, baseline_of

SCALE = Affine((3.0, -50.0), (10.0, 0.25))
OFFSET, FACTOR = np.array(SCALE.offset), np.array(SCALE.factor)


def outputs(net: CellChain, row: Series) -> np.ndarray[Any, Any]:
    """What a model says of one sequence alone, (T, O)."""
    with torch.no_grad():
        _, y = net.unroll(net.initial_carry(1), torch.tensor(row.inputs[np.newaxis]))
    return y[0].numpy()


@pytest.mark.parametrize("window", [None, 2, 3])
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_numbers_in_the_units_of_the_data(batch: int, window: int | None) -> None:
    train, rows = series((4, 5), seed=1), series(LENGTHS, seed=2)
    ours = trainer(dataset(train, (), rows, scaling=SCALE), settings(batch=batch, window=window))
    found = ours.evaluate(rows)
    said = np.concatenate([outputs(ours.model, row)[row.scored] for row in rows])
    true = np.concatenate([row.targets[row.scored] for row in rows])
    plain = np.concatenate([row.naive[row.scored] for row in rows if row.naive is not None])
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
        "scored_steps": sum(row.scored.sum() for row in rows),
    }
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=1e-12, err_msg=name)
    assert ours.baseline.name == "naive forecast"


def test_without_a_naive_forecast_the_training_mean_is_the_baseline() -> None:
    train, rows = ([replace(row, naive=None) for row in series(LENGTHS, seed=s)] for s in (1, 2))
    ours = trainer(dataset(train, (), rows, scaling=SCALE), settings())
    mean = np.concatenate([row.targets[row.scored] for row in train]).mean(0) * FACTOR + OFFSET
    assert ours.baseline.name == "training mean"
    assert_allclose(ours.baseline.mean, mean, rtol=1e-12)
    true = np.concatenate([row.targets[row.scored] for row in rows]) * FACTOR + OFFSET
    assert_allclose(ours.evaluate(rows)["baseline_mse"], np.mean((mean - true) ** 2), rtol=1e-12)
    assert_allclose(ours.evaluate(rows)["baseline_mae"], np.mean(np.abs(mean - true)), rtol=1e-12)


def classes(train: Sequence[Series], test: Sequence[Series]) -> Dataset:
    lengths = tuple(len(row.scored) for row in train)
    target = Signal("class", ("label",), ("u", "v"))
    facts = Facts(Signal("number", ("a", "b")), target, lengths, one_series=False, ahead=0, each="step")
    return Dataset(tuple(train), (), tuple(test), facts, Scaling(None, None))


def labelled(seed: int) -> list[Series]:
    random = np.random.default_rng(seed)
    rows = []
    for row in series(LENGTHS, seed=seed):
        codes = (random.random(len(row.scored)) < 0.7).astype(np.int64)
        rows.append(replace(row, targets=codes, naive=None))
    return rows


@pytest.mark.parametrize("window", [None, 2])
def test_classes_beside_the_commonest_one(window: int | None) -> None:
    train, rows = labelled(1), labelled(2)
    for row in train:
        row.targets[~row.scored] = 0  # what is not scored is not counted either
    ours = trainer(classes(train, rows), settings(loss="cross_entropy", window=window))
    found = ours.evaluate(rows)
    said = np.concatenate([outputs(ours.model, row)[row.scored] for row in rows])
    true = np.concatenate([row.targets[row.scored] for row in rows])
    logs = said - np.log(np.exp(said).sum(-1, keepdims=True))
    assert ours.baseline == Baseline("majority class", majority=1)
    assert set(found) == {"loss", "accuracy", "baseline_accuracy", "scored_steps"}
    assert_allclose(found["loss"], -logs[np.arange(len(true)), true].mean(), rtol=1e-12)
    assert_allclose(found["accuracy"], np.mean(said.argmax(-1) == true), rtol=1e-12)
    assert_allclose(found["baseline_accuracy"], np.mean(true == 1), rtol=1e-12)
    assert 0 < found["accuracy"] < 1
    assert 0 < found["baseline_accuracy"] < 1


def test_of_two_commonest_classes_the_first() -> None:
    rows = [replace(row, targets=np.arange(6) % 2, scored=np.ones(6, bool), naive=None) for row in series((6,))]
    assert baseline_of(classes(rows, ())) == Baseline("majority class", majority=0)


def test_the_training_loss_is_that_of_the_weights_as_they_went() -> None:
    """An epoch's training metrics are means over its windows, each seen before its own update."""
    rows = series((6, 6), scored=1)
    ours = trainer(dataset(rows, scaling=SCALE), settings(window=3, epochs=1, optimizer={"sgd": {"lr": 0.3}}))
    losses = [getattr(event, "loss", None) for event in ours.fit()]
    again = trainer(dataset(rows, scaling=SCALE), settings(window=3, epochs=1, optimizer={"sgd": {"lr": 0.3}}))
    [end] = [event for event in again.fit() if hasattr(event, "train")]
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


def test_numbers_too_large_to_square_are_no_warning() -> None:
    score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(0.0,)))
    score.add(np.array([np.inf]), np.array([[1e200]]), np.array([[-1e200]]), None)
    assert score.metrics()["mse"] == math.inf


def test_sums_do_not_drift_in_single_precision() -> None:
    score = Score(Signal("number", ("y",)), None, Baseline("training mean", mean=(0.0,)))
    for _ in range(1000):
        score.add(np.full(1000, 0.1, np.float32), np.zeros((1000, 1), np.float32), np.zeros((1000, 1)), None)
    assert_allclose(score.metrics()["loss"], np.float32(0.1), rtol=1e-9)


def test_a_model_is_judged_without_its_noise() -> None:
    """Dropout is at its expected value, which is to change nothing."""
    rows = series(LENGTHS)
    with_dropout = trainer(dataset(rows), settings(), net=model(({"lstm": 3}, {"dense": 2}, {"dropout": 0.9})))
    without = trainer(dataset(rows), settings())
    assert_allclose(with_dropout.evaluate(rows)["mse"], without.evaluate(rows)["mse"], rtol=1e-12)


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


def test_metrics_see_the_data_and_not_its_rounding() -> None:
    """Targets that a float32 cannot hold: the baseline is as good as in float64."""
    values = 16777216.0 + np.arange(30) % 3
    pairs = np.stack([values, values], axis=1)
    rows = [Series("s", pairs[:-1], pairs[1:], np.ones(29, bool), pairs[:-1])]
    ours = trainer(dataset(rows), settings(precision="float32"))
    ours.model.float()
    expected = np.mean((values[1:] - values[:-1]) ** 2)
    assert ours.evaluate(rows)["baseline_mse"] == expected
