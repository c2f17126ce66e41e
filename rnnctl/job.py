"""A run that is trained: made anew or gone on with, with all who listen to it, and judged at its end.

Here configs, data, models and runs meet for the length of one training; what is shown, and how it is stopped, is
told by whoever calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rnnctl.errors import RnnctlError, TrainingError
from rnnctl.runs.directory import Run, versions
from rnnctl.training.events import EpochEnded, Event, Finished, WindowTrained
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.runs.listeners import Checkpoints, MetricsFile
    from rnnctl.runs.resume import Resumption
    from rnnctl.training.loop import Trainer
    from rnnctl.training.stopping import EarlyStop
    from rnnctl.training.threads import Choice


@dataclass(slots=True)
class Job:
    """A run that is trained, with all who listen; `listeners` are more of them, who hear of what is not yet saved."""

    run: Run
    resolved: Resolved
    trainer: Trainer
    metrics: MetricsFile
    stopping: EarlyStop | None
    checkpoints: Checkpoints
    listeners: list[Callable[[Event], None]] = field(default_factory=list)


def machine() -> dict[str, str]:
    """What bits depend on beside the versions."""
    import torch

    return {"processor": torch.backends.cpu.get_cpu_capability()}


def make_trainer(resolved: Resolved) -> Trainer:
    """A trainer made anew, as deterministic as torch can be."""
    import torch

    from rnnctl.build import build_trainer

    threads = resolved.training.threads
    torch.set_num_threads(1 if threads == "auto" else threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # it costs, and hides
    with memory_told():
        return build_trainer(resolved)


def with_threads(resolved: Resolved, trainer: Trainer) -> tuple[Resolved, Choice | None]:
    """The config with the count of threads that is measured to be faster, where it is left to the program."""
    if resolved.training.threads != "auto":
        return resolved, None
    import torch

    from rnnctl.training.threads import choose_threads

    with memory_told():
        choice = choose_threads(trainer)
    torch.set_num_threads(choice.threads)
    trainer.settings = resolved.training.model_copy(update={"threads": choice.threads})
    return replace(resolved, training=trainer.settings), choice


def job_of(run: Run, resolved: Resolved, trainer: Trainer) -> Job:
    """All who listen to the training of a run."""
    from rnnctl.runs.listeners import Checkpoints, Keeper, MetricsFile
    from rnnctl.training.state import capture
    from rnnctl.training.stopping import EarlyStop

    section = resolved.training.early_stopping
    stopping = None if section is None else EarlyStop(section)
    metrics = MetricsFile(run)
    keepers: dict[str, Keeper] = {"metrics": metrics, **({"early_stopping": stopping} if stopping else {})}
    whole = {"config": resolved.as_plain(), "versions": {**versions(), **machine()}}
    checkpoints = Checkpoints(run, lambda: capture(trainer), {"run": run.seal()}, whole, keepers)
    return Job(run, resolved, trainer, metrics, stopping, checkpoints)


def bits_of(resolved: Resolved, choice: Choice | None = None) -> dict[str, Any]:
    """What the bits of a run depend on, beside its config and its data: they are promised where all this is equal."""
    import torch

    measured = {} if choice is None else {"threads_measured": {str(n): s for n, s in choice.seconds.items()}}
    return {
        "depend_on": ["versions", "machine", "threads", "processor"],
        "threads": resolved.training.threads,
        **measured,
        **machine(),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def restored(plan: Resumption) -> Job | None:
    """All that a run goes on with, as its checkpoint says; None where nothing is left to do."""
    from rnnctl.training.state import restore

    run = plan.run
    if plan.complete and run.record().get("status") == "finished":
        return None
    trainer = make_trainer(plan.resolved)
    job = job_of(run, plan.resolved, trainer)
    if plan.saved is not None:
        from rnnctl.runs.listeners import best_among

        arrays = plan.saved.weights.keys() - {f"best.{name}" for name in best_among(plan.saved.weights)}
        restore(trainer, {name: plan.saved.weights[name] for name in arrays}, plan.saved.record["state"])
        job.checkpoints.restore(plan.saved)
    if job.stopping is not None and job.stopping.stopped and run.record().get("status") == "finished":
        return None
    return job


def take_up(plan: Resumption, job: Job) -> None:
    """Write down that a run goes on, and let its files be as they were at its checkpoint.

    Errors: TrainingError where the disk refuses.
    """
    from rnnctl.runs.resume import begin_again

    begin_again(plan)
    plan.run.update_record(bits=bits_of(plan.resolved))
    job.metrics.cut_back()
    job.checkpoints.write_best()


@contextmanager
def recorded(run: Run, *stops: type[BaseException]) -> Iterator[None]:
    """However training ends, let the run's record say so; what `stops` it is no failure, nor is an exit."""
    try:
        yield
    except BaseException as error:
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit, *stops))
        changes = {"status": "interrupted"} if stopped else {"status": "failed", "error": str(error)}
        with suppress(RnnctlError):  # a full disk may be what it died of
            run.update_record(**changes)
        raise


def fit(
    job: Job, others: Sequence[Callable[[Event], None]] = (), caught: Sequence[int] = (), stop_after: int | None = None
) -> WindowTrained | EpochEnded | None:
    """Train to the end, or to the event after which it stops with more to do, which is saved.

    `others` hear each event after those that keep it. It stops when there is a signal in `caught`, and after so many
    updates. Errors: TrainingError.
    """
    stopping = [job.stopping] if job.stopping else []
    keepers: list[Callable[[Event], None]] = [job.metrics, *stopping, *job.listeners, job.checkpoints]
    enough = math.inf if stop_after is None else job.trainer.place.update + stop_after
    if job.stopping is not None and job.stopping.stopped:
        return None
    for event in job.trainer.fit():
        for listener in (*keepers, *others):
            listener(event)
        if not isinstance(event, WindowTrained | EpochEnded):
            continue
        if caught or event.update >= enough:
            if isinstance(event, WindowTrained):  # at the end of an epoch it has just been saved
                job.checkpoints.save(event.epoch, event.update, event.loss)
            return event
        if isinstance(event, EpochEnded) and job.stopping is not None and job.stopping.stopped:
            for listener in others:
                listener(Finished(event.epoch, event.update))
            break
    return None


def judge(job: Job) -> dict[str, Any]:
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
