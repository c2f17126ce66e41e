"""Listeners that keep what training tells: the metrics file and the checkpoints."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from rnnctl.errors import TrainingError
from rnnctl.runs.checkpoint import Weights, save
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json
from rnnctl.training.events import EpochEnded, Event


class MetricsFile:
    """Appends a line of JSON an epoch to metrics.jsonl."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            line = {"epoch": event.epoch, "update": event.update, "train": event.train, "valid": event.valid}
            append_line(self.run, line)


def append_line(run: Run, line: Mapping[str, Any]) -> None:
    """Add one record to a run's metrics file, whole or not at all. Errors: TrainingError where the disk refuses."""
    before: int | None = None
    try:
        before = run.metrics.stat().st_size if run.metrics.exists() else 0
        with run.metrics.open("a", encoding="utf-8") as stream:
            stream.write(as_json(line) + "\n")
    except OSError as error:
        if before is not None:
            with suppress(OSError):
                os.truncate(run.metrics, before)
        raise TrainingError(f"cannot write '{run.metrics}': {error.strerror or error}") from None


class Checkpoints:
    """Saves `last` after every epoch, and `best` where the validation loss is lower than ever before.

    Without a validation split the training loss decides. `about` is put into every record.
    """

    def __init__(self, run: Run, weights: Callable[[], Weights], about: Mapping[str, Any] | None = None) -> None:
        self.run = run
        self.weights = weights
        self.about = about or {}
        self.best = math.inf
        self.best_epoch = 0

    def __call__(self, event: Event) -> None:
        if not isinstance(event, EpochEnded):
            return
        loss = (event.valid or event.train).get("loss", math.inf)
        self.save("last", event.epoch, event.update, loss)
        if loss < self.best or not self.best_epoch:
            self.best = loss if math.isfinite(loss) else math.inf  # nothing is lower than NaN
            self.best_epoch = event.epoch
            self.save("best", event.epoch, event.update, loss)

    def save(self, which: str, epoch: int, update: int, loss: float | None) -> None:
        """Write a checkpoint with when it was made."""
        record = {"epoch": epoch, "update": update, "loss": loss, **self.about}
        save(self.run.checkpoint(which), self.weights(), record)
