"""How far a training is, told by one process to another: a line of JSON on its stdout, a few a second.

{"share": 0.25, "epoch": 3, "epochs": 10, "loss": 0.031}, where the share is by windows, and the loss null where it is
not known: the last one on the validation split, or while there is none that of the last window.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from rnnctl.runs.files import as_json
from rnnctl.training.events import EpochEnded, Event, Finished, Started, WindowTrained

EVERY = 0.2
"""Seconds between two lines, at least."""


@dataclass(slots=True)
class Teller:
    """A listener that tells of training on a stream."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    epochs: int = 1
    windows: int = 1
    loss: float | None = None
    judged: bool = False
    told_at: float = field(default=float("-inf"))

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.epochs, self.windows = event.epochs, max(1, event.windows)
        elif isinstance(event, WindowTrained):
            if event.loss is not None and not self.judged:
                self.loss = event.loss
            self.tell(((event.epoch - 1) * self.windows + event.window) / (self.windows * self.epochs), event.epoch)
        elif isinstance(event, EpochEnded):
            if event.valid:
                self.loss, self.judged = event.valid.get("loss"), True
            self.tell(event.epoch / self.epochs, event.epoch)
        elif isinstance(event, Finished):
            self.tell(1.0, event.epochs, at_once=True)

    def tell(self, share: float, epoch: int | None = None, *, at_once: bool = False) -> None:
        """Write a line, unless one has just been written."""
        now = self.clock()
        if now - self.told_at < EVERY and not at_once:
            return
        self.told_at = now
        epochs = None if epoch is None else self.epochs
        line = {"share": min(1.0, share), "epoch": epoch, "epochs": epochs, "loss": self.loss}
        self.stream.write(as_json(line) + "\n")
        self.stream.flush()
