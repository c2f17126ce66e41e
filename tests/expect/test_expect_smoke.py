"""What builds and runs does so on little data too, of whatever kind; what does not is told."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.data.sequences import Sequences
from rnnctl.errors import ConfigError, DataError, TrainingError
from rnnctl.expect import smoke
from rnnctl.expect.outcome import Figures
from rnnctl.expect.smoke import few, smoked
from rnnctl.stepping.model import Model
from rnnctl.training.loop import Trainer
from tests.expect.trials import CONFIG, trial_of, write_config

TEXT = """\
data: {text: {files: [words.txt], level: byte}}
model: {chain: [{embedding: 4}, {lstm: 4}, dense]}
training: {loss: cross_entropy, epochs: 1, batching: streams, batch: 8, window: 64}
"""
LABELS = """\
data:
  csv: labels.csv
  id: id
  input: [x]
  target: {column: y, kind: class, each: sequence}
model: {chain: [{bidirectional: {gru: 3}}, last, dense]}
training: {loss: cross_entropy, epochs: 1}
"""


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def run(folder: Path, text: str = CONFIG, *settings: str) -> Figures:
    trial = trial_of(write_config(folder, text), "smoke", settings=settings)
    found = smoked(trial, 0.0)
    assert sorted(path.name for path in trial.folder.iterdir()) == ["order.json"]
    return found


def test_a_small_config_runs_and_leaves_nothing(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.parameters == 81
    assert sorted(found.metrics) == ["test", "train", "valid"]
    assert all(math.isfinite(metrics["loss"]) for metrics in found.metrics.values())
    assert all(metrics["scored_steps"] <= 16 for metrics in found.metrics.values())


def test_two_updates_are_made_however_long_training_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = Trainer._step
    monkeypatch.setattr(Trainer, "_step", lambda trainer, progress: (made.append(progress), real(trainer, progress)))
    run(tmp_path, CONFIG, "training.epochs=100000")
    assert len(made) == 2


@pytest.mark.parametrize(
    "settings",
    [
        ["training.batching=streams", "training.reset=never", "training.batch=2"],
        ["training.burn_in=20", "training.window=null"],
        ["training.window={update: 4, backward: 12}"],
        ["training.window=null", "data.split={train: 0.8, valid: 0.2, test: 0}"],
        ["training.reset=window", "training.burn_in=7"],
        ["training.precision=float64", "training.learn_initial_state=true"],
    ],
    ids=" ".join,
)
def test_settings_that_are_hard_to_cut_for(tmp_path: Path, settings: list[str]) -> None:
    assert run(tmp_path, CONFIG, *settings).parameters >= 81


def test_text_runs(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("the quick brown fox jumps over the lazy dog. " * 100)
    assert run(tmp_path, TEXT).metrics["train"]["scored_steps"] <= 32


def test_labels_of_sequences_run_and_a_bidirectional_model_is_not_stepped(tmp_path: Path) -> None:
    lines = [f"{i // 40},{i % 7},{'ab'[i // 40 % 2]}" for i in range(800)]
    (tmp_path / "labels.csv").write_text("id,x,y\n" + "\n".join(lines) + "\n")
    assert run(tmp_path, LABELS).metrics["train"]["scored_steps"] == 4


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown layer 'gruu'"):
        run(tmp_path, CONFIG.replace("gru", "gruu"))
    with pytest.raises(DataError):
        run(tmp_path, CONFIG.replace("tiny.csv", "nowhere.csv"))
    cells = "cells:\n  bad:\n    state: {h: size}\n    parameters: {W: {shape: [size, input], init: zeros}}\n"
    cells += "    equations: |\n      h' = sqrt(W @ x - 1) + h\n    output: h'\n"
    with pytest.raises(TrainingError):
        run(tmp_path, CONFIG.replace("model:", f"{cells}model:").replace("gru: 4", "bad: 4"))


def test_a_model_that_answers_otherwise_when_it_is_stepped_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Model.step

    def other(model: Model, carry: Any, x: Any) -> Any:
        after, y = real(model, carry, x)
        return after, y + 0.01

    monkeypatch.setattr(Model, "step", other)
    with pytest.raises(
        TrainingError, match=r"^stepped by hand the model answers otherwise than in training: 0\.01 apart$"
    ):
        run(tmp_path)


def test_where_hardly_a_step_is_scored_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "_STEPS", (1,))
    monkeypatch.setattr(smoke, "UPDATES", 3)
    monkeypatch.setattr(smoke, "few", lambda split, steps, burn_in: few(split, steps, 0))
    with pytest.raises(TrainingError, match="hardly a step is scored"):
        run(tmp_path, CONFIG, "training.burn_in=5", "training.window=null")


def test_few_sequences_are_cut_around_a_scored_step() -> None:
    lengths = np.array([100, 5, 100, 100, 100, 100])
    origins = np.cumsum(lengths) - lengths
    where = np.ones(505, np.bool_)
    where[100:105] = False
    split = Sequences(
        np.zeros((505, 1)),
        np.zeros((505, 1)),
        origins,
        lengths,
        np.array([0, 0, 50, 99, 90, 0]),
        np.array([100, 5, 100, 100, 100, 100]),
        where=where,
    )
    found = few(split, 16, 3)
    assert found.origins.tolist() == [0, 105 + 34, 205 + 83, 305 + 74]
    assert found.lengths.tolist() == [19, 35, 17, 26]
    assert found.scored_from.tolist() == [0, 16, 16, 16]
    assert found.scored_to.tolist() == [19, 35, 17, 26]
    assert found.inputs is split.inputs
    assert len(few(found, 16, 3)) == 4
    empty = few(Sequences(*(split.inputs, split.targets), *[np.zeros(0, np.int64)] * 4), 16, 3)
    assert len(empty) == 0
