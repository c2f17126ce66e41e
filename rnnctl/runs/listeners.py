"""Listeners that keep what training tells: the metrics file and the checkpoints."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

import numpy as np

from rnnctl.errors import CheckpointError, RnnctlError, TrainingError
from rnnctl.runs.checkpoint import Checkpoint, Weights, load, save, weights_among
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json
from rnnctl.training.events import EpochEnded, Event, WindowTrained

EVERY = 60.0
"""Seconds between two checkpoints within an epoch."""

Captured: TypeAlias = tuple[Weights, Mapping[str, Any]]
"""The arrays and the plain values that training follows from."""


class Keeper(Protocol):
    """A listener that has a state of its own."""

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> None: ...


class MetricsFile:
    """Appends a line of JSON an epoch to metrics.jsonl; its state is the length of the file."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.length = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            line = {"epoch": event.epoch, "update": event.update, "train": event.train, "valid": event.valid}
            self.length = append_line(self.run, line)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"length": self.length}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state; `cut_back` makes the file fit. Errors: CheckpointError."""
        length = state.get("length")
        found = self.run.metrics.stat().st_size if self.run.metrics.exists() else 0
        if not isinstance(length, int) or not 0 <= length <= found:
            message = f"'{self.run.metrics}' is damaged: it has {found} bytes, and had {length} at the checkpoint"
            raise CheckpointError(message)
        self.length = length

    def cut_back(self) -> None:
        """Take away what was written after the checkpoint. Errors: TrainingError where the disk refuses."""
        try:
            if self.run.metrics.exists():
                os.truncate(self.run.metrics, self.length)
        except OSError as error:
            raise TrainingError(f"cannot write '{self.run.metrics}': {error.strerror or error}") from None


def append_line(run: Run, line: Mapping[str, Any]) -> int:
    """Add one record to a run's metrics file, whole or not at all, and give the file's length in bytes.

    Errors: TrainingError where the disk refuses.
    """
    before: int | None = None
    try:
        before = run.metrics.stat().st_size if run.metrics.exists() else 0
        with run.metrics.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(as_json(line) + "\n")
            stream.flush()
            os.fsync(stream.fileno())  # no checkpoint may know of a line that a power cut takes away
        return run.metrics.stat().st_size
    except OSError as error:
        if before is not None:
            with suppress(OSError):
                os.truncate(run.metrics, before)
        raise TrainingError(f"cannot write '{run.metrics}': {error.strerror or error}") from None


class Checkpoints:
    """Saves `last`, all that training follows from, and `best`, the weights with the lowest validation loss.

    `last` is saved after every epoch, and within one when `every` seconds have gone by on the `clock`; the one
    before stays as `previous`. Without a validation split the training loss decides what is best. `about` is
    put into every record, `whole` into those of `last`. `keepers` are the other listeners with a state, by name.
    """

    def __init__(
        self,
        run: Run,
        capture: Callable[[], Captured],
        about: Mapping[str, Any] | None = None,
        whole: Mapping[str, Any] | None = None,
        keepers: Mapping[str, Keeper] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        every: float = EVERY,
    ) -> None:
        self.run = run
        self.capture = capture
        self.about = about or {}
        self.whole = whole or {}
        self.keepers = keepers or {}
        self.clock = clock
        self.every = every
        self.saved_at = clock()
        self.best = math.inf
        self.best_epoch = 0
        self.best_weights: Weights = {}
        self.best_record: Mapping[str, Any] | None = None
        self._good: tuple[int, ...] | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, WindowTrained) and self.clock() - self.saved_at >= self.every:
            self.save(event.epoch, event.update, event.loss)
        if not isinstance(event, EpochEnded):
            return
        loss = (event.valid or event.train).get("loss", math.inf)
        better = loss < self.best or not self.best_epoch
        self.save(event.epoch, event.update, loss, best=better)
        if better:
            self.write_best()

    def save(self, epoch: int, update: int, loss: float | None, *, best: bool = False) -> None:
        """Write `last` with when it was made; `best` says that no weights were better.

        Errors: TrainingError where the disk refuses, or a weight is not finite: such a state is never saved.
        """
        arrays, plain = self.capture()
        weights = weights_among(arrays)
        _check_finite({name: value for name, value in arrays.items() if name in weights or name.startswith("carry.")})
        moment = {"epoch": epoch, "update": update, "loss": loss}
        if best:
            self.best = loss if loss is not None and math.isfinite(loss) else math.inf  # nothing is lower than NaN
            self.best_epoch, self.best_weights, self.best_record = epoch, weights, moment
        record = {
            **moment,
            **self.about,
            **self.whole,
            "state": plain,
            "listeners": {name: keeper.state() for name, keeper in self.keepers.items()},
            "best": self.best_record,
        }
        kept = {f"best.{name}": value for name, value in self.best_weights.items()}
        last = self.run.checkpoint("last")
        save(last, {**arrays, **kept}, record, keep=self.run.checkpoint("previous") if self._worth_keeping() else None)
        self._good = self._stamp()
        self.saved_at = self.clock()

    def write_best(self) -> None:
        """Write `best`, where there is one."""
        if self.best_record is not None:
            save(self.run.checkpoint("best"), self.best_weights, {**self.best_record, **self.about})

    def restore(self, saved: Checkpoint) -> None:
        """Take up what `last`, or `previous`, says of the best so far and of the other listeners; nothing is written.

        Errors: CheckpointError where it is not whole.
        """
        self.best_weights = best_among(saved.weights)
        self.best_record = saved.record.get("best")
        listeners = saved.record.get("listeners")
        if not isinstance(self.best_record, dict | None) or not isinstance(listeners, dict):
            raise CheckpointError("the checkpoint does not say what was best so far")
        if self.best_record is not None:
            loss = self.best_record.get("loss")
            self.best = math.inf if loss is None else loss
            self.best_epoch = self.best_record["epoch"]
        for name, keeper in self.keepers.items():
            if name in listeners:
                keeper.restore(listeners[name])

    def _worth_keeping(self) -> bool:
        """Whether `last` is good, and may take the place of `previous`: it was just saved here, or can be read."""
        stamp = self._stamp()
        if stamp is None or stamp == self._good:
            return stamp is not None
        try:
            load(self.run.checkpoint("last"))
        except RnnctlError:
            return False
        return True

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            found = self.run.checkpoint("last").stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def best_among(arrays: Weights) -> dict[str, Any]:
    """The best weights among the arrays of a checkpoint, by their own names."""
    return {name.removeprefix("best."): value for name, value in arrays.items() if name.startswith("best.")}


def _check_finite(arrays: Weights) -> None:
    """Let no weight and no carry be saved that is not finite; what an optimizer keeps may overflow, and serve."""
    for name, value in arrays.items():
        if np.isfinite(value).all():
            continue
        layer, _, own = name.rpartition(".")
        what = f"the carry is no longer finite, in {own}" if name.startswith("carry.") else None
        what = what or f"the weights are no longer finite, in {own} of layer {layer}"
        raise TrainingError(f"{what}: this state is not saved")
