"""What is kept of training: a line an epoch, the last checkpoint and the best."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.errors import TrainingError
from rnnctl.runs.checkpoint import load
from rnnctl.runs.directory import Run
from rnnctl.runs.listeners import Checkpoints, MetricsFile, append_line
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "checkpoints").mkdir()
    return Run(tmp_path)


def ended(epoch: int, valid: float | None, train: float = 9.0) -> EpochEnded:
    return EpochEnded(epoch, 10 * epoch, {"loss": train}, {} if valid is None else {"loss": valid})


def kept(run: Run, losses: list[tuple[float | None, float]]) -> tuple[Any, Any]:
    """The epochs of the best and of the last checkpoint, where weights are the number of the epoch."""
    epoch = 0
    listener = Checkpoints(run, lambda: {"w": np.array([float(epoch)])})
    listener(Started(1, 1, 1))
    listener(WindowTrained(1, 1, 1, 1, 0.0))
    for epoch, (valid, train) in enumerate(losses, 1):
        listener(ended(epoch, valid, train))
    listener(Finished(1, 1))
    best, last = load(run.checkpoint("best")), load(run.checkpoint("last"))
    for checkpoint in (best, last):
        assert checkpoint.weights["w"][0] == checkpoint.record["epoch"]
        assert checkpoint.record["update"] == 10 * checkpoint.record["epoch"]
    assert listener.best_epoch == best.record["epoch"]
    return best.record["epoch"], last.record["epoch"]


@pytest.mark.parametrize(
    ("valid", "best"),
    [
        ([3, 2, 4], 2),
        ([3, 2, 2], 2),
        ([1, 2, 3], 1),
        ([3, 2, 1], 3),
        ([math.nan, 2, 3], 2),
        ([3, math.nan, 2], 3),
        ([math.inf, math.nan], 1),
        ([math.inf, 1], 2),
    ],
)
def test_the_best_has_the_lowest_validation_loss(run: Run, valid: list[float], best: int) -> None:
    assert kept(run, [(loss, -loss) for loss in valid]) == (best, len(valid))


def test_without_a_validation_split_the_training_loss_decides(run: Run) -> None:
    assert kept(run, [(None, 3.0), (None, 1.0), (None, 2.0)]) == (2, 3)


def test_a_line_an_epoch(run: Run) -> None:
    listener = MetricsFile(run)
    for event in (Started(1, 1, 1), ended(1, 2.5), WindowTrained(2, 1, 1, 1, 0.5), ended(2, None, math.nan)):
        listener(event)
    append_line(run, {"best_epoch": 1, "test": {"skill": -math.inf}})
    assert [json.loads(line) for line in run.metrics.read_text().splitlines()] == [
        {"epoch": 1, "update": 10, "train": {"loss": 9.0}, "valid": {"loss": 2.5}},
        {"epoch": 2, "update": 20, "train": {"loss": None}, "valid": {}},
        {"best_epoch": 1, "test": {"skill": None}},
    ]


def test_half_a_line_is_taken_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    append_line(run, {"epoch": 1})
    whole = run.metrics.read_bytes()
    opened = Path.open

    class Half:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __enter__(self) -> Half:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def write(self, text: str) -> None:
            self.stream.write(text[: len(text) // 2])
            self.stream.flush()
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, *a, **o: Half(opened(path, *a, **o)))
        with pytest.raises(TrainingError, match="No space left on device"):
            append_line(run, {"epoch": 2})
    assert run.metrics.read_bytes() == whole
