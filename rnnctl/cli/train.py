"""`rnnctl train CONFIG`: train, keep the best and the last checkpoint, and judge the best on the test split."""

from __future__ import annotations

import gc
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnctl.cli.arguments import ConfigPath, Json, RunsFolder, open_with_warnings
from rnnctl.errors import RnnctlError, TrainingError, UsageError
from rnnctl.runs.directory import RUNS, Run, create_run, find_run, versions
from rnnctl.runs.files import as_json
from rnnctl.runs.lock import training
from rnnctl.runs.resume import Resumption, begin_again, plan_resume
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.runs.listeners import Checkpoints, MetricsFile
    from rnnctl.training.events import EpochEnded, WindowTrained
    from rnnctl.training.loop import Trainer
    from rnnctl.training.stopping import EarlyStop


class FromName(StrEnum):
    """The checkpoints that training can go on from."""

    last = "last"
    previous = "previous"


def command(
    config: ConfigPath,
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
    runs: RunsFolder = RUNS,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train the model of a config file, and judge it on the test split.

    The run is kept under runs/NAME-N: the config, metrics, the best and the last checkpoint. Ctrl-C finishes
    the window, saves, and exits with 130; a second one stops at once. With --resume it goes on from there, and
    the result has the same bits as if it had never stopped.
    """
    if from_ is not None and resume is None:
        raise UsageError("--from says where to go on, and needs --resume RUN")
    resolved = open_with_warnings(config)
    gc.enable()  # the command line starts without it
    if resume is None:
        job = _new(resolved, runs)
        with training(job.run):
            result = _go(job, quiet, stop_after)
    else:
        run = find_run(resume, runs)
        with training(run):
            result = _resumed(run, resolved, from_, quiet, stop_after)
    from rnnctl.report.training import result_lines

    if json_:
        print(as_json(result))
    elif "metrics" in result:
        lines = result_lines(result)
        if result["stopped_early"] is not None:
            lines.insert(-1, f"stopped early, after epoch {result['stopped_early']}")
        print("\n".join(lines))


@dataclass(slots=True)
class Job:
    """A run that is trained, with all who listen."""

    run: Run
    resolved: Resolved
    trainer: Trainer
    metrics: MetricsFile
    stopping: EarlyStop | None
    checkpoints: Checkpoints


def _machine() -> dict[str, str]:
    """What bits depend on beside the versions."""
    import torch

    return {"processor": torch.backends.cpu.get_cpu_capability()}


def _trainer(resolved: Resolved) -> Trainer:
    """A trainer made anew, as deterministic as torch can be."""
    import torch

    from rnnctl.build import build_trainer

    threads = resolved.training.threads
    torch.set_num_threads(1 if threads == "auto" else threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # it costs, and hides
    with memory_told():
        return build_trainer(resolved)


def _with_threads(resolved: Resolved, trainer: Trainer) -> Resolved:
    """The config with the count of threads that is measured to be faster, where it is left to the program."""
    if resolved.training.threads != "auto":
        return resolved
    import torch

    from rnnctl.training.threads import choose_threads

    with memory_told():
        count = choose_threads(trainer)
    torch.set_num_threads(count)
    trainer.settings = resolved.training.model_copy(update={"threads": count})
    return replace(resolved, training=trainer.settings)


def _job(run: Run, resolved: Resolved, trainer: Trainer) -> Job:
    """All who listen to the training of a run."""
    from rnnctl.runs.listeners import Checkpoints, Keeper, MetricsFile
    from rnnctl.training.state import capture
    from rnnctl.training.stopping import EarlyStop

    section = resolved.training.early_stopping
    stopping = None if section is None else EarlyStop(section)
    metrics = MetricsFile(run)
    keepers: dict[str, Keeper] = {"metrics": metrics, **({"early_stopping": stopping} if stopping else {})}
    whole = {"config": resolved.as_plain(), "versions": {**versions(), **_machine()}}
    checkpoints = Checkpoints(run, lambda: capture(trainer), {"run": run.seal()}, whole, keepers)
    return Job(run, resolved, trainer, metrics, stopping, checkpoints)


def _new(resolved: Resolved, runs: Any) -> Job:
    """A run in a directory of its own."""
    trainer = _trainer(resolved)
    resolved = _with_threads(resolved, trainer)
    run = create_run(runs, resolved, resolved.written, trainer.dataset.scaling.as_dict())
    run.update_record(bits=_bits(resolved))
    return _job(run, resolved, trainer)


def _bits(resolved: Resolved) -> dict[str, Any]:
    """What the bits of a run depend on, beside its config and its data: they are promised where all this is equal."""
    import torch

    return {
        "depend_on": ["versions", "machine", "threads", "processor"],
        "threads": resolved.training.threads,
        **_machine(),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def _resumed(
    run: Run, resolved: Resolved, from_: FromName | None, quiet: bool, stop_after: int | None
) -> dict[str, Any]:
    """Go on with a run; whatever does not fit is told before anything is written."""
    from rnnctl.training.state import restore

    plan = plan_resume(run, (from_ or FromName.last).value, resolved, _machine())
    if plan.complete and run.record().get("status") == "finished":
        return _nothing_left(plan)
    trainer = _trainer(plan.resolved)
    job = _job(run, plan.resolved, trainer)
    if plan.saved is not None:
        from rnnctl.runs.listeners import best_among

        arrays = plan.saved.weights.keys() - {f"best.{name}" for name in best_among(plan.saved.weights)}
        restore(trainer, {name: plan.saved.weights[name] for name in arrays}, plan.saved.record["state"])
        job.checkpoints.restore(plan.saved, passed_over=plan.which == "previous")
    if job.stopping is not None and job.stopping.stopped and run.record().get("status") == "finished":
        return _nothing_left(plan)
    begin_again(plan)
    job.metrics.cut_back()
    job.checkpoints.write_best()
    for line in _told(plan):
        print(f"resume: {line}", file=sys.stderr)
    return _go(job, quiet, stop_after)


def _told(plan: Resumption) -> Iterator[str]:
    """What is to be said of a resume."""
    yield from map(str, plan.changes)
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
    print(f"resume: nothing is left to do for {plan.run.path}: {why}; raise {more} to go on", file=sys.stderr)
    place = plan.place
    return {"run": str(plan.run.path), "status": "finished", "epoch": place["epoch"] - 1, "update": place["update"]}


@contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """However training ends, let the run's record say so."""
    try:
        yield
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | SystemExit | typer.Exit)
        changes = {"status": "interrupted"} if stopped else {"status": "failed", "error": str(error)}
        with suppress(RnnctlError):  # a full disk may be what it died of
            run.update_record(**changes)
        raise


def _go(job: Job, quiet: bool, stop_after: int | None) -> dict[str, Any]:
    """Train with all who listen, then judge the best checkpoint."""
    with _recorded(job.run), memory_told(), interruptible() as caught:
        paused = _train(job, quiet, caught, stop_after)
        if paused is not None:
            job.run.update_record(status="stopped")
            return {"run": str(job.run.path), "status": "stopped", "epoch": paused.epoch, "update": paused.update}
        result = _judge(job)
    if caught:  # too late to stop anything; whoever asked is told all the same
        raise typer.Exit(128 + caught[0])
    return result


def _train(job: Job, quiet: bool, caught: list[int], stop_after: int | None) -> WindowTrained | EpochEnded | None:
    """Train to the end, or to the event after which it stops with more to do."""
    from rnnctl.report.training import progress
    from rnnctl.training.events import EpochEnded, Event, Finished, WindowTrained

    keepers: list[Callable[[Event], None]] = [job.metrics, *([job.stopping] if job.stopping else []), job.checkpoints]
    enough = math.inf if stop_after is None else job.trainer.place.update + stop_after
    if job.stopping is not None and job.stopping.stopped:
        return None
    with progress(job.resolved.name, job.run.path, quiet) as show:
        for event in job.trainer.fit():
            for listener in (*keepers, show):
                listener(event)
            if not isinstance(event, WindowTrained | EpochEnded):
                continue
            if caught or event.update >= enough:
                if isinstance(event, WindowTrained):  # at the end of an epoch it has just been saved
                    job.checkpoints.save(event.epoch, event.update, event.loss)
                word = "interrupted" if caught else "stopped"
                print(f"{word} in epoch {event.epoch}; saved in {job.run.path}", file=sys.stderr)
                if caught:
                    raise typer.Exit(128 + caught[0])
                return event
            if isinstance(event, EpochEnded) and job.stopping is not None and job.stopping.stopped:
                show(Finished(event.epoch, event.update))
                break
    return None


def _judge(job: Job) -> dict[str, Any]:
    """Judge the best checkpoint on the test split, or the nearest there is, and put it down."""
    from rnnctl.build import put_weights
    from rnnctl.runs.listeners import append_line

    trainer, run, checkpoints = job.trainer, job.run, job.checkpoints
    put_weights(trainer.model, run.load_checkpoint("best").weights)
    split = "test" if trainer.dataset.test else "valid" if trainer.dataset.valid else "train"
    metrics = trainer.evaluate(getattr(trainer.dataset, split))
    if not math.isfinite(metrics["loss"]):
        raise TrainingError(f"the loss on the {split} split is {metrics['loss']}")
    early = trainer.place.epoch - 1 if job.stopping is not None and job.stopping.stopped else None
    append_line(run, {"best_epoch": checkpoints.best_epoch, "stopped_early": early, split: metrics})
    found = {"best_epoch": checkpoints.best_epoch, "stopped_early": early}
    run.update_record(status="finished", **found, **{split: dict(metrics)})
    return {
        "run": str(run.path),
        "epoch": checkpoints.best_epoch,
        "stopped_early": early,
        "split": split,
        "baseline": trainer.baseline.name,
        "target": list(job.resolved.facts.target.names),
        "metrics": dict(metrics),
    }


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Note the first SIGINT or SIGTERM for the loop to see; let the second end the process at once."""
    caught: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if caught:
            sys.exit(128 + number)
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
