"""The run of a trial, in the trial's folder and nowhere else: taken up where it was left, or begun anew."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rnnctl.errors import CheckpointError, Diagnostic, RnnctlError, TrainingError
from rnnctl.job import machine, restored
from rnnctl.runs.directory import Run
from rnnctl.runs.resume import Resumption, plan_resume

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.job import Job


def own_run(folder: Path, name: str) -> Run:
    """The run NAME-1 of a folder, which need not be there.

    Errors: CheckpointError where it, or something in it, is a link: what a check writes stays in its own folder.
    """
    for path in _runs(folder, name):
        _refuse_links(path)
    return Run(folder / f"{name}-1")


def taken_up(run: Run, resolved: Resolved) -> tuple[Resumption, Job | None] | None:
    """What a run goes on with, to the bits that it would have if it were trained anew; None where it does not.

    Without a job it is at its end. It does not go on where there is no checkpoint yet, where anything of it is
    damaged, or where config, data, versions or processor have changed since. Nothing is written.
    """
    try:
        plan = plan_resume(run, "last", resolved, machine())
        if plan.saved is None or plan.newer or any(change.key[0] == "training" for change in plan.changes):
            return None
        job = restored(plan)
        if job is None:
            run.load_checkpoint("best")
        _check_metrics(run, None if job is None else job.metrics.length)
    except (RnnctlError, OSError, ValueError):
        return None
    return plan, job


def _check_metrics(run: Run, length: int | None) -> None:
    """Read every line of the metrics file, as far as it is gone on with. Errors: OSError, ValueError."""
    if length != 0:
        for line in run.metrics.read_bytes()[:length].splitlines():
            json.loads(line)


def clear(folder: Path, name: str) -> None:
    """Remove the runs of this name from a folder. Errors: as for `remove`."""
    for path in _runs(folder, name):
        remove(path)


def remove(path: Path) -> None:
    """Remove what a trial has left behind, if it is there.

    Errors: CheckpointError where it, or something in it, is a link; TrainingError where the disk refuses.
    """
    _refuse_links(path)
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(f"cannot remove '{path}': {error.strerror or error}") from None


def _runs(folder: Path, name: str) -> Iterator[Path]:
    """All that has the name of such a run."""
    ours = re.compile(re.escape(name) + "-[0-9]+")
    yield from [path for path in folder.iterdir() if ours.fullmatch(path.name)]


def _refuse_links(path: Path) -> None:
    inside = (Path(at, name) for at, folders, files in os.walk(path) for name in (*folders, *files))
    for found in (path, *([] if path.is_symlink() else inside)):
        if found.is_symlink():
            message = f"'{found}' is a link, and what a check keeps stays in its own folder"
            raise CheckpointError(Diagnostic(message, help="remove it"))
