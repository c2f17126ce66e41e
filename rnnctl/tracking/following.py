"""Trackers told what training tells. Whatever goes wrong with a tracker is told once, and training goes on.

A tracker hears nothing but finished facts and touches neither the model nor a random generator, so that the bits of
training are the same with it and without.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from rnnctl.errors import RnnctlError, printable
from rnnctl.runs.directory import Run
from rnnctl.tracking.points import Point, of_event, of_metrics
from rnnctl.training.events import Event, Metrics, Started

PATIENCE = 5.0
"""Seconds after a failure in which a tracker is left alone; twice as many after each further one."""
MOST_PATIENCE = 300.0
REST = 2.0
"""Seconds between two messages to a tracker that is told in batches."""
BATCH = 1000
"""Points of a message; MLflow takes no more."""
HELD = 100_000
"""Points that are kept for a tracker which does not answer; then the oldest are given up."""

_GOES_ON = "training goes on, and tries again now and then"
_UNTOLD = "it does not know that training has ended"


class Tracker(Protocol):
    """What keeps points. Each of its methods may raise what it likes."""

    name: str
    where: str
    at_once: bool
    """Whether it is told each point as it comes; otherwise in batches, after the checkpoint that leads past them."""

    def begin(self) -> None:
        """Make ready; what was not made ready is by the first call of another method."""

    def send(self, points: Sequence[Point]) -> None:
        """Keep points, all or none of them; a second call with the same ones may follow a failed first."""

    def end(self, status: str) -> None:
        """Training has ended, with the status that the run's record has."""


class Follower:
    """One tracker, with what it is yet to be told."""

    def __init__(
        self, tracker: Tracker, warn: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tracker = tracker
        self.warn = warn
        self.clock = clock
        self.waiting: list[Point] = []
        self.next = clock()
        self.patience = PATIENCE
        self.warned = False
        self.given_up = 0

    def begin(self) -> None:
        """Let the tracker make ready, so that what is amiss is told at once."""
        self._try(self.tracker.begin)

    def take(self, points: Iterable[Point]) -> None:
        """Keep points until they can be sent."""
        self.waiting += points
        if len(self.waiting) > HELD:
            self.given_up += len(self.waiting) - HELD
            del self.waiting[:-HELD]

    def send(self) -> None:
        """Send what is waiting, unless the tracker is to be left alone for now."""
        if self.waiting and self.clock() >= self.next:
            self._try(self._send_all)

    def end(self, status: str) -> None:
        """Send what is left, and tell how training ended; points that were never taken are counted."""
        self._try(lambda: self._end(status), _UNTOLD)
        missing = self.given_up + len(self.waiting)
        if missing:
            self.warn(f"{self.tracker.name} was not told {missing:,} points; metrics.jsonl has those of every epoch")

    def _end(self, status: str) -> None:
        self._send_all()
        self.tracker.end(status)

    def _send_all(self) -> None:
        while self.waiting:
            batch = self.waiting[:BATCH]
            self.tracker.send(batch)
            del self.waiting[: len(batch)]
        self.next = self.clock() + (0 if self.tracker.at_once else REST)
        self.patience = PATIENCE

    def _try(self, act: Callable[[], None], after: str = _GOES_ON) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 (others' code, over a network: nothing it raises may end training)
            self.next = self.clock() + self.patience
            self.patience = min(2 * self.patience, MOST_PATIENCE)
            if not self.warned:
                self.warned = True
                self.warn(f"{self.tracker.name}, in {self.tracker.where}: {_said(error)}; {after}")


class Following:
    """The listener that tells all trackers; `saved` is when the last checkpoint was saved, on any clock.

    It listens before the checkpoints do, so that a tracker which is told at once has heard all that a checkpoint
    leads past.
    """

    def __init__(self, followers: Sequence[Follower], saved: Callable[[], float]) -> None:
        self.followers = followers
        self.saved = saved
        self.seen = saved()

    def __call__(self, event: Event) -> None:
        if not self.followers:
            return
        if isinstance(event, Started):
            for follower in self.followers:
                follower.begin()
        saved = self.saved()
        if saved != self.seen:  # and what is waiting was told before that
            self.seen = saved
            for follower in self.followers:
                follower.send()
        self._take(list(of_event(event, time.time())))

    def judged(self, split: str, update: int, metrics: Metrics) -> None:
        """Tell the final metrics, which are the best checkpoint's: as test/NAME, or best_SPLIT/NAME of another."""
        group = split if split == "test" else f"best_{split}"
        self._take(list(of_metrics(group, update, metrics, time.time())))

    @contextmanager
    def to_the_end(self, run: Run) -> Iterator[None]:
        """However training ends, tell it with the status that the run's record has by then."""
        try:
            yield
        finally:
            status = "failed"
            with suppress(RnnctlError):
                status = run.record().get("status", status) if self.followers else status
            self.end(status)

    def end(self, status: str) -> None:
        """Training has ended, with this status."""
        for follower in self.followers:
            follower.end(status)

    def _take(self, points: Sequence[Point]) -> None:
        for follower in self.followers if points else ():
            follower.take(points)
            if follower.tracker.at_once:
                follower.send()


def _said(error: Exception) -> str:
    """An error in one line: what the system said, where that is what it comes from, else its own first line.

    It goes without the name and the password that an address in it may have.
    """
    root: BaseException = error
    while (deeper := root.__cause__ or (None if root.__suppress_context__ else root.__context__)) is not None:
        root = deeper
    told = (root.strerror or str(root)) if isinstance(root, OSError) else str(error)
    first = next((line for line in told.splitlines() if line.strip()), type(error).__name__)
    first = re.sub(r"://[^/@\s]*@", "://", printable(" ".join(first.split())))
    return first if len(first) <= 300 else first[:299] + "…"
