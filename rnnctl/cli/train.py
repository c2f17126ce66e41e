"""`rnnctl train CONFIG`: train, keep the best and the last checkpoint, and judge the best on the test split."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnctl.cli.arguments import Json, RunsFolder, Settings, open_with_warnings
from rnnctl.cli.interrupts import going_on, nothing_saved
from rnnctl.config.format import FIRST
from rnnctl.errors import CheckpointError, ConfigError, Diagnostic, UsageError
from rnnctl.job import (
    Job,
    bits_of,
    fit,
    job_of,
    judge,
    machine,
    make_trainer,
    recorded,
    restored,
    take_up,
    with_threads,
)
from rnnctl.runs.directory import RUNS, Run, create_run, find_run
from rnnctl.runs.files import as_json
from rnnctl.runs.lock import training
from rnnctl.runs.resume import Resumption, plan_resume
from rnnctl.tracking.wanted import Wanted, wanted
from rnnctl.training.interrupts import interruptible
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.tracking.following import Following
    from rnnctl.training.events import EpochEnded, WindowTrained


class FromName(StrEnum):
    """The checkpoints that training can go on from."""

    last = "last"
    previous = "previous"


_USAGE = "usage: rnnctl train CONFIG, or rnnctl train [CONFIG] --resume RUN"


def command(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="CONFIG", help="A config file; with --resume, without it, that of the run."),
    ] = None,
    settings: Settings = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run, by its directory or its name.")
    ] = None,
    from_: Annotated[
        FromName | None, typer.Option("--from", help="Which checkpoint to go on from; without it, the last.")
    ] = None,
    stop_after: Annotated[
        int | None,
        typer.Option("--stop-after", metavar="N", min=1, help="Make so many updates now, save, and stop."),
    ] = None,
    track: Annotated[
        list[str] | None,
        typer.Option(
            "--track", metavar="TRACKER", help="Tell a tracker: tensorboard, mlflow, mlflow=WHERE; repeatable."
        ),
    ] = None,
    runs: RunsFolder = RUNS,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train the model of a config file, and judge it on the test split.

    The run is kept under runs/NAME-N: the config, metrics, the best and the last checkpoint. Ctrl-C finishes
    the window, saves, and exits with 130; a second one stops at once. With --resume it goes on from there, and
    the result has the same bits as if it had never stopped.
    """
    if config is None and resume is None:
        raise UsageError(Diagnostic("train needs a config, or a run to go on with", help=_USAGE))
    if from_ is not None and resume is None:
        raise UsageError("--from says where to go on, and needs --resume RUN")
    gc.enable()  # the command line starts without it
    order = Order(config, tuple(settings or ()), quiet, stop_after, tuple(track or ()))
    if config is not None and resume is None:
        result = _new(config, runs, order)
    else:
        run = find_run(resume, runs)
        with training(run):
            result = _resumed(run, from_, order)
    from rnnctl.report.training import result_lines

    if json_:
        print(as_json(result))
    elif "metrics" in result:
        lines = result_lines(result)
        if result["stopped_early"] is not None:
            lines.insert(-1, f"stopped early, after epoch {result['stopped_early']}")
        print("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Order:
    """How to train: the path of the config as it was given, what is set beside it, what to show, when to stop.

    `track` is whom to tell.
    """

    config: Path | None
    settings: tuple[str, ...]
    quiet: bool
    stop_after: int | None
    track: tuple[str, ...]


def _new(config: Path, runs: Path, order: Order) -> dict[str, Any]:
    """Train a run in a directory of its own."""
    with nothing_saved():
        told = wanted(order.track, {})
        resolved = open_with_warnings(config, order.settings)
        trainer = make_trainer(resolved)
        resolved, choice = with_threads(resolved, trainer)
        if choice is not None:
            print(choice, file=sys.stderr)
    with interruptible() as caught:
        run = create_run(runs, resolved, resolved.written, trainer.dataset.scaling.as_dict())
        with training(run):
            run.update_record(bits=bits_of(resolved, choice))
            job = job_of(run, resolved, trainer)
            return _go(job, order, caught, _following(told, job, None, order.quiet))


def _resumed(run: Run, from_: FromName | None, order: Order) -> dict[str, Any]:
    """Go on with a run; whatever does not fit is told before anything is written."""
    with nothing_saved():
        told = wanted(order.track, run.record())
        if order.config is None:
            resolved = _own_config(run, order.settings)
        else:
            resolved = open_with_warnings(order.config, order.settings)
        plan = plan_resume(run, (from_ or FromName.last).value, resolved, machine())
        job = restored(plan)
    if job is None:
        return _nothing_left(plan)
    with interruptible() as caught:
        take_up(plan, job)
        for line in _told(plan):
            print(f"resume: {line}", file=sys.stderr)
        update = plan.place["update"] if plan.saved is not None else None
        return _go(job, order, caught, _following(told, job, update, order.quiet))


def _own_config(run: Run, settings: Sequence[str]) -> Resolved:
    """The config that a run was trained with last, and what is set beside it.

    Errors: CheckpointError where it is damaged; ConfigError where what is set does not fit; DataError.
    """
    try:
        return open_with_warnings(run.resolved, settings, FIRST)
    except ConfigError as error:
        if settings:
            run.open()  # which says so where the run is to blame
            raise
        raise CheckpointError(*error.diagnostics) from None  # ours, and not what the user has to mend


def _told(plan: Resumption) -> Iterator[str]:
    """What is to be said of a resume."""
    yield from map(str, plan.changes)
    if plan.kept_threads is not None:
        yield f"threads auto: {plan.kept_threads}, as the run has it"
    yield from (f"{newer}: bits are promised for one set of versions on one machine" for newer in plan.newer)
    if plan.saved is None:
        yield f"{plan.run.path} has no checkpoint yet, and starts over"
    else:
        yield f"{plan.run.path} goes on in epoch {plan.place['epoch']}, after {plan.place['update']:,} updates"


def _nothing_left(plan: Resumption) -> dict[str, Any]:
    """Say that a run is at its end; nothing is written."""
    record = plan.run.record()
    early = record.get("stopped_early")
    why = "it stopped early" if early is not None else "it has been trained for all its epochs"
    more = "early_stopping" if early is not None else "training.epochs"
    for change in plan.changes:
        print(f"resume: {change}, not applied", file=sys.stderr)
    print(f"resume: nothing is left to do for {plan.run.path}: {why}; raise {more} to go on", file=sys.stderr)
    place = plan.place
    return {"run": str(plan.run.path), "status": "finished", "epoch": place["epoch"] - 1, "update": place["update"]}


def _following(told: Wanted, job: Job, update: int | None, quiet: bool) -> Following:
    """Who tells the trackers of a run, which goes on after so many updates; None where it begins."""
    from rnnctl.tracking.following import Follower, Following
    from rnnctl.tracking.wanted import put_down, trackers

    put_down(told, job.run)
    made = trackers(told, job.run, job.resolved.as_plain(), update)
    for tracker in () if quiet else made:
        print(f"track: {tracker.name}, in {tracker.where}", file=sys.stderr)
    followers = [Follower(tracker, lambda line: print(f"track: {line}", file=sys.stderr)) for tracker in made]
    following = Following(followers, lambda: job.checkpoints.saved_at)
    job.listeners.append(following)
    return following


def _go(job: Job, order: Order, caught: list[int], following: Following) -> dict[str, Any]:
    """Train with all who listen, then judge the best checkpoint."""
    with following.to_the_end(job.run), recorded(job.run, typer.Exit), memory_told():
        paused = _train(job, order, caught)
        if paused is not None:
            word = "interrupted" if caught else "stopped"
            again = going_on(order.config, job.run.path, order.settings)
            told = f"{word} in epoch {paused.epoch}; saved in {job.run.path}; go on with: {again}"
            print(told, file=sys.stderr)
            if caught:
                raise typer.Exit(128 + caught[0])
            job.run.update_record(status="stopped")
            return {"run": str(job.run.path), "status": "stopped", "epoch": paused.epoch, "update": paused.update}
        result = judge(job)
        following.judged(result["split"], job.trainer.place.update, result["metrics"])
    if caught:  # too late to stop anything; whoever asked is told all the same
        raise typer.Exit(128 + caught[0])
    return result


def _train(job: Job, order: Order, caught: list[int]) -> WindowTrained | EpochEnded | None:
    """Train to the end, or to the event after which it stops with more to do."""
    from rnnctl.report.progress import progress

    place = job.trainer.place
    with progress(job.resolved.name, job.run.path, order.quiet, place.epoch, place.windows) as show:
        return fit(job, [show], caught, order.stop_after)
