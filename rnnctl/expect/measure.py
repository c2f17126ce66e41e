"""A config trained in a trial's folder, or gone on with, and all that is asked for measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rnnctl.config import open_config
from rnnctl.errors import ConfigError, Diagnostic, UsageError
from rnnctl.expect.digest import digest_of, digest_of_script
from rnnctl.expect.keep import clear, own_run, taken_up
from rnnctl.expect.outcome import Figures
from rnnctl.expect.trial import Trial
from rnnctl.job import Job, bits_of, fit, job_of, judge, make_trainer, recorded, take_up
from rnnctl.runs.checkpoint import digest
from rnnctl.runs.curves import course, curve_name
from rnnctl.runs.directory import Run, create_run
from rnnctl.runs.lock import training
from rnnctl.training.events import Event
from rnnctl.training.interrupts import interruptible
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.training.loop import Trainer

Listener = Callable[[Event], None]


def resolved_of(trial: Trial) -> Resolved:
    """The config of a trial with its seed. Of `threads: auto` it is one, whatever else the processor has to do.

    Errors: ConfigError, also where it is no longer what was asked for; DataError.
    """
    resolved = open_config(trial.config, [*trial.settings, f"training.seed={trial.seed}"])
    if trial.digest and digest_of(resolved) != trial.digest:
        raise _changed(f"'{trial.config.name}' or its data")
    if resolved.training.threads != "auto":
        return resolved
    return replace(resolved, training=resolved.training.model_copy(update={"threads": 1}))


def _changed(what: str) -> ConfigError:
    return ConfigError(Diagnostic(f"{what} was changed while it was checked", help="check it again"))


def measured(trial: Trial, began: float, listener: Listener) -> Figures:
    """Train what a trial asks for, unless it is there, and measure it. `began` is the process's start.

    Errors: ConfigError, DataError, TrainingError; CheckpointError for a folder with links. After a signal it ends
    with SystemExit, and what was trained is saved.
    """
    resolved = resolved_of(trial)
    run, trainer, known = _trained(trial, resolved, listener)
    with memory_told():
        metrics = _metrics(run, trainer, trial.splits, known)
        seconds, memory = time.monotonic() - began, peak_memory()  # what else is asked for is no part of these
        horizon = _horizon(run, trainer) if trial.horizon else None
    told = course(run.path)
    split = curve_name([told])
    return Figures(
        trial.seed,
        run.path,
        metrics,
        sum(parameter.numel() for parameter in trainer.model.parameters()),
        seconds,
        memory,
        transcripts=_transcripts(run, trial) if trial.transcripts else None,
        horizon=horizon,
        bits=bits(run) if trial.bits else None,
        curve=tuple(told.curve(split)),
        curve_of=split,
    )


# training


Judged = Mapping[str, Mapping[str, float]]
"""The metrics of the best weights by split, as far as they are known."""


def _trained(trial: Trial, resolved: Resolved, listener: Listener) -> tuple[Run, Trainer, Judged]:
    """The run of a trial at its end, and its trainer."""
    run = own_run(trial.folder, resolved.name)
    if run.path.is_dir() and not trial.timed:
        with training(run):
            found = taken_up(run, resolved)
            if found is not None:
                plan, job = found
                if job is None:
                    return run, make_trainer(plan.resolved), {}
                with interruptible() as caught:
                    take_up(plan, job)
                    return run, *_go(job, listener, caught)
    clear(trial.folder, resolved.name)
    trainer = make_trainer(resolved)
    with interruptible() as caught:
        run = create_run(trial.folder, resolved, resolved.written, trainer.dataset.scaling.as_dict())
        with training(run):
            run.update_record(bits=bits_of(resolved))
            return run, *_go(job_of(run, resolved, trainer), listener, caught)


def _go(job: Job, listener: Listener, caught: list[int]) -> tuple[Trainer, Judged]:
    """Train to the end, and judge; where a signal stops it, what was trained is saved and the process ends."""
    with recorded(job.run), memory_told():
        if fit(job, [listener], caught) is not None:
            sys.stderr.write(f"interrupted; saved in {job.run.path}\n")
            sys.exit(128 + caught[0])
        result = judge(job)
    if caught:
        sys.exit(128 + caught[0])
    return job.trainer, {result["split"]: result["metrics"]}


# figures


def _metrics(run: Run, trainer: Trainer, splits: Sequence[str], known: Judged) -> Judged:
    """The metrics of the best weights on these splits, as `rnnctl eval` has them."""
    from rnnctl.build import put_weights

    put_weights(trainer.model, run.load_checkpoint("best").weights)
    return {split: known.get(split) or trainer.evaluate(getattr(trainer.dataset, split)) for split in splits}


def _horizon(run: Run, trainer: Trainer) -> float | None:
    """The steps of effective memory; None, with a word on stderr, where a step or a gradient is not finite."""
    from rnnctl.expect.horizon import effective_memory
    from rnnctl.stepping.model import load_model

    model = load_model(run)
    try:
        return effective_memory(model, trainer.dataset.test)
    except UsageError as error:
        sys.stderr.write(f"there is no horizon: {error}\n")
        return None


def _transcripts(run: Run, trial: Trial) -> dict[str, tuple[int, tuple[str, ...]]]:
    """What came of each script. Errors: as for `played_on`; ConfigError where a script is no longer what was asked."""
    found = {str(path): played_on(run, path) for path in trial.transcripts}
    if trial.scripts and tuple(map(digest_of_script, trial.transcripts)) != trial.scripts:
        raise _changed("a transcript")
    return found


def played_on(run: Run, path: Path) -> tuple[int, tuple[str, ...]]:
    """Play a script on the best weights, from the initial state: how many lines expect something, and what is unmet.

    A script that cannot be read, or has a line that cannot be done, is not met, and what is wrong is told.
    """
    from rnnctl.stepping.console import Console
    from rnnctl.stepping.model import load_model
    from rnnctl.stepping.script import is_asked, played, read_script, unmet
    from rnnctl.stepping.session import Session

    asked, missed = 0, []
    try:
        for line, outcome in played(Console(Session(load_model(run)), run), read_script(path)):
            asked += is_asked(outcome)
            if outcome.unmet:
                told = unmet(line, outcome).message.removeprefix("not as expected: ")
                missed.append(f"line {line.number}, `{line.text}`: {told}")
    except UsageError as error:
        where = error.diagnostics[0].where
        line_number = f"line {where.line}: " if where and where.line else ""
        missed.append(f"{line_number}{error.diagnostics[0].message}")
    return max(asked, len(missed)), tuple(missed)


def bits(run: Run) -> str:
    """A hash of all that training leaves behind: the arrays of the best and the last checkpoint, and the metrics.

    Their names, types, shapes and bytes; metrics.jsonl has no figure of the clock.
    """
    found = sha256()
    for which in ("best", "last"):
        found.update(digest(run.load_state(which).weights).encode())
    found.update(run.metrics.read_bytes())
    return found.hexdigest()


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not tell.

    Linux has it in /proc/self/status. What `getrusage` says there begins with what the process held from which this
    one was started, as the value outlives `exec`; it serves elsewhere.
    """
    try:
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
