"""Trials in processes of their own, several at a time; none of them outlives whoever asked for it.

Each process has a pipe as its stdin that ends when this process does, however it does, and then kills itself with
all that it has started. Whatever way the events are left, what still runs is stopped first: with SIGTERM, upon which
training saves, and after some seconds for good.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from rnnctl.errors import RnnctlError, TrainingError
from rnnctl.expect.trial import Trial, write_order
from rnnctl.runs.processes import command_of

WORKER = command_of("rnnctl.expect.worker")
"""The program that does a trial, whose folder is its last argument."""
GRACE = 10.0
"""Seconds that a process has to save, after it was asked to stop."""


class Told(NamedTuple):
    """What a trial says of how far it is."""

    trial: Trial
    record: dict[str, Any]


class Left(NamedTuple):
    """A trial's process has ended: with an exit code, that of a signal below 0; `late` where its time was over."""

    trial: Trial
    exit_code: int
    seconds: float
    late: bool = False
    stopped: bool = False
    error: RnnctlError | None = None
    """Why it could not be begun."""


Event: TypeAlias = Told | Left


def cores() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system without it
        return os.cpu_count() or 1


@dataclass(slots=True)
class _Running:
    trial: Trial
    process: subprocess.Popen[bytes]
    began: float
    late: bool = False
    stopped: bool = False
    ends: float | None = None
    """When it is ended for good, where it was asked to stop."""


@dataclass(slots=True)
class Pool:
    """Runs trials on `jobs` processors; one that is timed has the machine for itself.

    `seconds` is the time that each may take. `clock` is in seconds.
    """

    jobs: int
    seconds: float | None = None
    command: Sequence[str] = WORKER
    clock: Callable[[], float] = time.monotonic
    waiting: list[Trial] = field(default_factory=list)
    running: dict[int, _Running] = field(default_factory=dict)
    _heard: queue.SimpleQueue[tuple[int, bytes | None]] = field(default_factory=queue.SimpleQueue)

    def events(self) -> Generator[Event, None, None]:
        """Run all that waits, and what is put there meanwhile."""
        try:
            while self.waiting or self.running:
                yield from self._begin()
                if self.running:
                    yield from self._listen()
        finally:
            self.stop()

    def drop(self, trials: Sequence[Trial]) -> None:
        """Do not begin these, and stop those of them that run."""
        self.waiting = [trial for trial in self.waiting if trial not in trials]
        for running in self.running.values():
            if running.trial in trials:
                running.stopped = True
                self._ask(running)

    def stop(self) -> None:
        """Stop all that runs: let it save, then end it."""
        self.waiting.clear()
        for running in self.running.values():
            _signal(running.process, signal.SIGTERM)
        until = self.clock() + GRACE
        for running in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.0, until - self.clock()))
            _end(running.process)
        self.running.clear()

    # inside

    def _begin(self) -> Iterator[Event]:
        """Begin what may run beside what does, and tell of what cannot be begun.

        A timed trial waits until it is alone, after all others.
        """
        while self.waiting:
            running = [one.trial for one in self.running.values()]
            trial = next((trial for trial in self.waiting if not trial.timed), self.waiting[0])
            full = sum(one.threads for one in running) + trial.threads > self.jobs
            if running and (full or trial.timed or any(one.timed for one in running)):
                return
            self.waiting.remove(trial)
            try:
                self._start(trial)
            except RnnctlError as error:
                yield Left(trial, error.exit_code, 0.0, error=error)

    def _start(self, trial: Trial) -> None:
        """Begin the process of a trial. Errors: TrainingError."""
        write_order(trial)
        try:
            trial.log.unlink(missing_ok=True)  # which may be a link to somewhere else
            with trial.log.open("xb") as log:
                process = subprocess.Popen(  # noqa: S603 (ourselves)
                    [*self.command, str(trial.folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise TrainingError(f"cannot begin a process for {trial.config}: {error.strerror or error}") from None
        self.running[process.pid] = _Running(trial, process, self.clock())
        self._heard.put((process.pid, b'{"share": 0}'))  # it has begun, and will say nothing for a while
        threading.Thread(target=_hear, args=(process, self._heard), daemon=True).start()

    def _listen(self) -> Iterator[Event]:
        """Wait for the next thing to happen, and tell of it."""
        try:
            number, line = self._heard.get(timeout=self._patience())
        except queue.Empty:
            self._look_at_the_clock()
            return
        running = self.running.get(number)
        if running is None:
            return
        if line is not None:
            with suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    yield Told(running.trial, record)
            return
        code = running.process.wait()
        _end(running.process)  # what it may have left behind in its group
        del self.running[number]
        yield Left(running.trial, code, self.clock() - running.began, running.late, running.stopped)

    def _patience(self) -> float:
        """Seconds until something is due; never for long, so that Ctrl-C is heard on all systems."""
        due = [ends for running in self.running.values() if (ends := self._due(running)) is not None]
        return min(1.0, max(0.0, min(due) - self.clock())) if due else 1.0

    def _due(self, running: _Running) -> float | None:
        if running.ends is not None or self.seconds is None:
            return running.ends
        return running.began + self.seconds

    def _look_at_the_clock(self) -> None:
        """Stop what has had its time, and end what was asked to stop and does not."""
        for running in self.running.values():
            due = self._due(running)
            if due is None or self.clock() < due:
                continue
            if running.ends is None:
                running.late = True
                self._ask(running)
            else:
                _end(running.process)

    def _ask(self, running: _Running) -> None:
        """Ask a process to save and stop."""
        running.ends = self.clock() + GRACE
        _signal(running.process, signal.SIGTERM)


def _hear(process: subprocess.Popen[bytes], heard: queue.SimpleQueue[tuple[int, bytes | None]]) -> None:
    """Pass on what a process says, line by line, and that it has ended."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            heard.put((process.pid, line))
    process.wait()
    heard.put((process.pid, None))


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(OSError):
        process.send_signal(number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it has started, at once."""
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        with suppress(OSError):
            process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
