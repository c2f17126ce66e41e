"""Configs -> events, to the outcome of each: read, trained in processes of their own, and held to what they promise."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from rnnctl.errors import RnnctlError, TrainingError
from rnnctl.expect.ask import WORK, Job, Order, is_timed, read
from rnnctl.expect.conclude import concluded, of_process, told
from rnnctl.expect.events import Ended, Event, Progress, Waiting
from rnnctl.expect.find import Candidate
from rnnctl.expect.judge import judged
from rnnctl.expect.outcome import Outcome, State
from rnnctl.expect.pool import WORKER, Left, Pool, Told
from rnnctl.expect.trial import Trial, read_order, read_result
from rnnctl.runs.lock import held


def check_one(path: Path, *, work: Path = WORK, settings: Sequence[str] = ()) -> Outcome:
    """Check one config, one trial after the other, and give what came of it."""
    order = Order(work, tuple(settings), jobs=1)
    with closing(check([Candidate(path, given=True)], order)) as events:
        [outcome] = [event.outcome for event in events if isinstance(event, Ended)]
    return outcome


def check(
    candidates: Sequence[Candidate], order: Order, command: Sequence[str] = WORKER
) -> Generator[Event, None, None]:
    """Check configs, and tell of it; each ends with one `Ended`, in whatever order they come to it.

    Leaving the events early stops all processes; what they have done so far is kept for another call. That a folder
    cannot be written to is the trouble of its config alone.
    """
    jobs: list[Job] = []
    for path, _ in candidates:
        try:
            job = read(path, order)
        except RnnctlError as error:
            job = Job(path, path.stem, trouble=told(error))
        jobs.append(job)
        yield Waiting(path, job.name, len(job.trials))
    yield from _Check(order, jobs, command).events()


class _Check:
    def __init__(self, order: Order, jobs: Sequence[Job], command: Sequence[str]) -> None:
        self.order = order
        self.jobs = jobs
        self.waiting = [job for job in jobs if job.trouble is None]
        self.pool = Pool(order.jobs, order.seconds, command)
        self.by_trial = {trial: job for job in jobs for trial in job.trials}
        self.failed = False

    def events(self) -> Iterator[Event]:
        try:
            for job in self.jobs:
                if job.trouble is not None:
                    yield self._end(job)
            while self.waiting and not self._enough():
                yield from self._round()
            for job in self.waiting:
                yield self._end(job, State.skipped)
        finally:
            for job in self.jobs:
                _let_go(job)

    def _round(self) -> Iterator[Event]:
        """All configs that no other check is at work on."""
        begun = [job for job in self.waiting if self._taken(job, wait=False)]
        if not begun:  # other processes have all of them: wait for the first
            self._taken(self.waiting[0], wait=True)
            begun = self.waiting[:1]
        self.waiting = [job for job in self.waiting if job not in begun]
        for job in begun:
            if not job.open:
                yield self._end(job)
        pool_events = self.pool.events()
        try:
            for event in pool_events:
                job = self.by_trial[event.trial]
                if isinstance(event, Told):
                    yield _progress(job, event)
                elif (ended := self._left(job, event)) is not None:
                    yield ended
                if self._enough():
                    break
        finally:
            pool_events.close()
        for job in begun:
            if not job.ended:
                yield self._end(job, State.skipped)

    def _taken(self, job: Job, *, wait: bool) -> bool:
        """Have a config's folder for oneself, and its trials in the pool; False where another process has it."""
        try:
            if not _take(job, wait=wait):
                return False
            self._prepare(job)
        except RnnctlError as error:
            job.trouble = told(error)
            job.open.clear()
        return True

    def _enough(self) -> bool:
        return self.failed and self.order.fail_fast

    def _prepare(self, job: Job) -> None:
        """Put what is yet to be done of a config into the pool; what was measured before stands."""
        for trial in job.trials:
            if self.order.fresh or trial.kind == "smoke":
                _clear(trial.folder)
            if not self._is_kept(trial):
                _make(trial)
                job.open.add(trial)
        if self._missed(job):  # time and memory are another machine's another time: measured anew
            for trial in job.of("train"):
                _clear(trial.folder)
                _make(trial)
                job.open.add(trial)
        job.made = bool(job.open)
        self.pool.waiting += [trial for trial in job.trials if trial in job.open]

    def _is_kept(self, trial: Trial) -> bool:
        """Whether a trial was done, and all of this was asked of it."""
        try:
            return read_order(trial.folder).covers(trial) and read_result(trial) is not None
        except RnnctlError:
            return False

    def _missed(self, job: Job) -> bool:
        """Whether figures that were kept do not meet a promise of time or memory."""
        timed = [promise for promise in (job.expect.promises if job.expect else ()) if is_timed(promise)]
        if not timed or job.open or job.expect is None:
            return False
        figures = [found for trial in job.of("train") if (found := read_result(trial)) is not None]
        asked = replace(job.expect, promises=tuple(timed))
        return any(not verdict.met for verdict in judged(asked, figures))

    def _left(self, job: Job, event: Left) -> Event | None:
        """Take note that a process has ended; the outcome, where it was the last of its config."""
        job.open.discard(event.trial)
        now = self.pool.clock()
        job.began = min(job.began, now - event.seconds)
        job.seconds = now - job.began
        if not event.stopped and job.trouble is None and (event.exit_code or read_result(event.trial) is None):
            job.trouble, job.late = of_process(event, self.order.seconds), event.late
            self.pool.drop(list(job.open))
            job.open &= {running.trial for running in self.pool.running.values()}
        return None if job.open else self._end(job)

    def _end(self, job: Job, state: State | None = None) -> Ended:
        outcome = concluded(job, self.order, state)
        job.ended = True
        _let_go(job)
        if self.order.smoke and job.folder is not None:
            for trial in job.trials:
                with suppress(TrainingError):  # what is left is removed the next time
                    _clear(trial.folder)
        self.failed |= outcome.state not in (State.met, State.skipped)
        return Ended(outcome)


# locks and folders


def _take(job: Job, *, wait: bool) -> bool:
    """Hold the folder of a config for oneself; False where another process does, unless that is waited for.

    Errors: TrainingError where it cannot be made, or is no folder of its own.
    """
    assert job.folder is not None
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        if job.folder.is_symlink() or any(trial.folder.is_symlink() for trial in job.trials):
            raise TrainingError(f"'{job.folder}' is a link, or holds one: what is measured is kept in folders")
        job.descriptor = held(job.folder / "lock", wait=wait)
    except BlockingIOError:
        return False
    except OSError as error:
        raise TrainingError(f"cannot write '{job.folder}': {error.strerror or error}") from None
    return True


def _let_go(job: Job) -> None:
    if job.descriptor is not None:
        os.close(job.descriptor)
        job.descriptor = None


def _make(trial: Trial) -> None:
    """A folder for what a trial will have measured. Errors: TrainingError where the disk refuses."""
    try:
        trial.folder.mkdir(parents=True, exist_ok=True)
        trial.result.unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(f"cannot write '{trial.folder}': {error.strerror or error}") from None


def _clear(folder: Path) -> None:
    """Remove what a trial has left. Errors: TrainingError where the disk refuses."""
    try:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
    except OSError as error:
        raise TrainingError(f"cannot remove '{folder}': {error.strerror or error}") from None


def _progress(job: Job, event: Told) -> Progress:
    record = event.record

    def number(key: str) -> float | None:
        value = record.get(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    epoch, epochs = (None if (n := number(key)) is None else int(n) for key in ("epoch", "epochs"))
    share = min(1.0, max(0.0, number("share") or 0.0))
    return Progress(job.path, event.trial.seed, event.trial.kind, share, epoch, epochs, number("loss"))
