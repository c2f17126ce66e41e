"""A trial that is stopped and gone on with: how much is made, and what is told of a difference."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
import torch

from rnnctl.cli.app import main
from rnnctl.errors import CheckpointError, TrainingError
from rnnctl.expect.outcome import Figures
from rnnctl.expect.progress import Teller
from rnnctl.expect.resume import resumed
from rnnctl.runs import verify
from rnnctl.runs.directory import Run
from rnnctl.runs.listeners import MetricsFile
from tests.expect.trials import CONFIG, trial_of, write_config


class Commands(list[list[str]]):
    """The options of the trainings that were made."""


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Trainings in this process instead of in ones of their own."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    made = Commands()

    def train(config: Path, run: Run, options: Sequence[str], what: str) -> None:
        made.append(list(options))
        arguments = ["rnnctl", "train", str(config), "-q", "--runs", str(run.path.parent), *options]
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", arguments)
            try:
                main()
            except SystemExit as ended:
                if ended.code:
                    raise TrainingError(f"{what} ended with exit code {ended.code}") from None

    monkeypatch.setattr(verify, "_train", train)
    return made


def run(folder: Path, *settings: str, text: str = CONFIG) -> tuple[Figures, list[float]]:
    """What came of a trial, and the shares that were told of it."""
    stream = StringIO()
    trial = trial_of(write_config(folder, text), "resume", 3, settings=settings)
    found = resumed(trial, 0.0, Teller(stream))
    assert sorted(path.name for path in trial.folder.iterdir()) == ["order.json"]
    return found, [json.loads(line)["share"] for line in stream.getvalue().splitlines()]


def test_a_training_in_four_pieces_has_the_same_bits(tmp_path: Path, commands: Commands) -> None:
    found, shares = run(tmp_path)
    assert found.resumed == ""
    assert (found.seed, found.metrics, found.parameters) == (3, {}, 0)
    assert shares == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    whole, *pieces = commands
    assert whole == ["--set=training.seed=3", "--set=training.threads=1", "--stop-after", "100"]
    assert [options[-1] for options in pieces[:-1]] == ["5", "5", "5"]
    assert [options[0] for options in pieces] == ["--stop-after", "--resume", "--resume", "--resume"]
    assert "--stop-after" not in pieces[-1]  # its training has 21 updates, and ends by itself


def test_of_a_long_training_a_hundred_updates_are_made(tmp_path: Path, commands: Commands) -> None:
    found, _ = run(tmp_path, "training.epochs=1000")
    assert found.resumed == ""
    assert [options[-1] for options in commands[1:]] == ["25", "25", "25", "25"]


def test_of_a_short_training_there_are_fewer_pieces(tmp_path: Path, commands: Commands) -> None:
    found, shares = run(tmp_path, "training.window=null", "training.epochs=2")
    assert found.resumed == ""
    assert len(commands) == 3
    assert shares[-1] == 1.0


def test_a_training_of_one_update_cannot_be_cut(tmp_path: Path, commands: Commands) -> None:
    found, _ = run(tmp_path, "training.window=null", "training.epochs=1")
    assert found.resumed == "a training of 1 update cannot be stopped and gone on with"
    assert len(commands) == 1


def test_the_first_difference_is_told(tmp_path: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    real = MetricsFile.cut_back

    def lengthened(metrics: MetricsFile) -> None:
        real(metrics)
        with metrics.run.metrics.open("a") as stream:
            stream.write('{"epoch": 0}\n')
        metrics.length = metrics.run.metrics.stat().st_size

    monkeypatch.setattr(MetricsFile, "cut_back", lengthened)
    found, _ = run(tmp_path)
    assert found.resumed is not None
    assert found.resumed.startswith("listeners is {")
    assert " in one go, {" in found.resumed


def test_what_cannot_be_trained_is_an_error(tmp_path: Path, commands: Commands) -> None:
    with pytest.raises(TrainingError, match="the training in one go ended with exit code 4"):
        run(tmp_path, "training.optimizer={sgd: {lr: 1e9}}")


def test_a_link_in_place_of_its_folders_is_refused(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "resume").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "resume" / "pieces").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CheckpointError, match="is a link"):
        run(tmp_path)
    assert commands == []
