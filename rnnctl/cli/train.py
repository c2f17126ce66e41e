"""`rnnctl train CONFIG`: train, keep the best and the last checkpoint, and judge the best on the test split."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnctl.cli.arguments import Json, RunsFolder, open_with_warnings
from rnnctl.cli.interrupts import going_on, interruptible, nothing_saved
from rnnctl.errors import CheckpointError, ConfigError, Diagnostic, RnnctlError, TrainingError, UsageError
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
    from rnnctl.training.threads import Choice


class FromName(StrEnum):
    """The checkpoints that training can go on from."""

    last = "last"
    previous = "previous"


_USAGE = "usage: rnnctl train CONFIG, or rnnctl train [CONFIG] --resume RUN"


def command(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="A config file; with --resume, without it, that of the run."),
    ] = None,
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
    if config is None and resume is None:
        raise UsageError(Diagnostic("train needs a config, or a run to go on with", help=_USAGE))
    if from_ is not None and resume is None:
        raise UsageError("--from says where to go on, and needs --resume RUN")
    gc.enable()  # the command line starts without it
    order = Order(config, quiet, stop_after)
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
    """How to train: the config as its path was given, what to show, and when to stop."""

    config: Path | None
    quiet: bool
    stop_after: int | None


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


def _with_threads(resolved: Resolved, trainer: Trainer) -> tuple[Resolved, Choice | None]:
    """The config with the count of threads that is measured to be faster, where it is left to the program."""
    if resolved.training.threads != "auto":
        return resolved, None
    import torch

    from rnnctl.training.threads import choose_threads

    with memory_told():
        choice = choose_threads(trainer)
    print(choice, file=sys.stderr)
    torch.set_num_threads(choice.threads)
    trainer.settings = resolved.training.model_copy(update={"threads": choice.threads})
    return replace(resolved, training=trainer.settings), choice


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


def _new(config: Path, runs: Path, order: Order) -> dict[str, Any]:
    """Train a run in a directory of its own."""
    with nothing_saved():
        resolved = open_with_warnings(config)
        trainer = _trainer(resolved)
        resolved, choice = _with_threads(resolved, trainer)
    with interruptible() as caught:
        run = create_run(runs, resolved, resolved.written, trainer.dataset.scaling.as_dict())
        with training(run):
            run.update_record(bits=_bits(resolved, choice))
            return _go(_job(run, resolved, trainer), order, caught)


def _bits(resolved: Resolved, choice: Choice | None = None) -> dict[str, Any]:
    """What the bits of a run depend on, beside its config and its data: they are promised where all this is equal."""
    import torch

    measured = {} if choice is None else {"threads_measured": {str(n): s for n, s in choice.seconds.items()}}
    return {
        "depend_on": ["versions", "machine", "threads", "processor"],
        "threads": resolved.training.threads,
        **measured,
        **_machine(),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def _resumed(run: Run, from_: FromName | None, order: Order) -> dict[str, Any]:
    """Go on with a run; whatever does not fit is told before anything is written."""
    with nothing_saved():
        resolved = open_with_warnings(order.config) if order.config is not None else _own_config(run)
        plan = plan_resume(run, (from_ or FromName.last).value, resolved, _machine())
        job = _restored(plan)
    if job is None:
        return _nothing_left(plan)
    with interruptible() as caught:
        begin_again(plan)
        run.update_record(bits=_bits(plan.resolved))
        job.metrics.cut_back()
        job.checkpoints.write_best()
        for line in _told(plan):
            print(f"resume: {line}", file=sys.stderr)
        return _go(job, order, caught)


def _own_config(run: Run) -> Resolved:
    """The config that a run was trained with last. Errors: CheckpointError where it is damaged; DataError."""
    try:
        return open_with_warnings(run.resolved)
    except ConfigError as error:  # ours, and not what the user has to mend
        raise CheckpointError(*error.diagnostics) from None


def _restored(plan: Resumption) -> Job | None:
    """All that a run goes on with, as its checkpoint says; None where nothing is left to do."""
    from rnnctl.training.state import restore

    run = plan.run
    if plan.complete and run.record().get("status") == "finished":
        return None
    trainer = _trainer(plan.resolved)
    job = _job(run, plan.resolved, trainer)
    if plan.saved is not None:
        from rnnctl.runs.listeners import best_among

        arrays = plan.saved.weights.keys() - {f"best.{name}" for name in best_among(plan.saved.weights)}
        restore(trainer, {name: plan.saved.weights[name] for name in arrays}, plan.saved.record["state"])
        job.checkpoints.restore(plan.saved)
    if job.stopping is not None and job.stopping.stopped and run.record().get("status") == "finished":
        return None
    return job


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


def _go(job: Job, order: Order, caught: list[int]) -> dict[str, Any]:
    """Train with all who listen, then judge the best checkpoint."""
    with _recorded(job.run), memory_told():
        paused = _train(job, order, caught)
        if paused is not None:
            word = "interrupted" if caught else "stopped"
            again = going_on(order.config, job.run.path)
            told = f"{word} in epoch {paused.epoch}; saved in {job.run.path}; go on with: {again}"
            print(told, file=sys.stderr)
            if caught:
                raise typer.Exit(128 + caught[0])
            job.run.update_record(status="stopped")
            return {"run": str(job.run.path), "status": "stopped", "epoch": paused.epoch, "update": paused.update}
        result = _judge(job)
    if caught:  # too late to stop anything; whoever asked is told all the same
        raise typer.Exit(128 + caught[0])
    return result


def _train(job: Job, order: Order, caught: list[int]) -> WindowTrained | EpochEnded | None:
    """Train to the end, or to the event after which it stops with more to do."""
    from rnnctl.report.progress import progress
    from rnnctl.training.events import EpochEnded, Event, Finished, WindowTrained

    keepers: list[Callable[[Event], None]] = [job.metrics, *([job.stopping] if job.stopping else []), job.checkpoints]
    place = job.trainer.place
    enough = math.inf if order.stop_after is None else place.update + order.stop_after
    if job.stopping is not None and job.stopping.stopped:
        return None
    with progress(job.resolved.name, job.run.path, order.quiet, place.epoch, place.windows) as show:
        for event in job.trainer.fit():
            for listener in (*keepers, show):
                listener(event)
            if not isinstance(event, WindowTrained | EpochEnded):
                continue
            if caught or event.update >= enough:
                if isinstance(event, WindowTrained):  # at the end of an epoch it has just been saved
                    job.checkpoints.save(event.epoch, event.update, event.loss)
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
        "each": job.resolved.facts.each,
        "metrics": dict(metrics),
    }
