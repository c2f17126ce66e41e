"""`rnnctl train CONFIG`: train, keep the best and the last checkpoint, and judge the best on the test split."""

from __future__ import annotations

import gc
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from rnnctl.cli.arguments import ConfigPath, Json, RunsFolder, open_with_warnings
from rnnctl.errors import RnnctlError, TrainingError
from rnnctl.runs.directory import RUNS, Run
from rnnctl.runs.files import as_json
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.training.events import Event
    from rnnctl.training.loop import Trainer


def command(
    config: ConfigPath,
    runs: RunsFolder = RUNS,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train the model of a config file, and judge it on the test split.

    The run is kept under runs/NAME-N: the config, metrics, the best and the last checkpoint. Ctrl-C finishes
    the window, saves, and exits with 130; a second one stops at once.
    """
    resolved = open_with_warnings(config)

    import torch

    from rnnctl.build import build_trainer
    from rnnctl.runs.directory import create_run

    gc.enable()  # the command line starts without it
    torch.set_num_threads(resolved.training.threads)  # type: ignore[arg-type]
    with memory_told():
        trainer = build_trainer(resolved)
    run = create_run(runs, resolved, resolved.written, trainer.dataset.scaling.as_dict())
    with _recorded(run), memory_told(), interruptible() as caught:
        result = _train(trainer, run, resolved, quiet, caught)
    from rnnctl.report.training import result_lines

    print(as_json(result) if json_ else "\n".join(result_lines(result)))


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


def _train(trainer: Trainer, run: Run, resolved: Resolved, quiet: bool, caught: list[int]) -> dict[str, object]:
    """Train with all who listen, then judge the best checkpoint."""
    from rnnctl.build import put_weights, weights_of
    from rnnctl.report.training import progress
    from rnnctl.runs.checkpoint import load
    from rnnctl.runs.listeners import Checkpoints, MetricsFile, append_line
    from rnnctl.training.events import EpochEnded, WindowTrained

    checkpoints = Checkpoints(run, lambda: weights_of(trainer.model), {"run": run.seal()})
    listeners: list[Callable[[Event], None]] = [MetricsFile(run), checkpoints]
    with progress(resolved.name, run.path, quiet) as show:
        for event in trainer.fit():
            for listener in (*listeners, show):
                listener(event)
            if caught and isinstance(event, WindowTrained | EpochEnded):
                if isinstance(event, WindowTrained):  # at the end of an epoch it has just been saved
                    checkpoints.save("last", event.epoch, event.update, event.loss)
                print(f"interrupted in epoch {event.epoch}; saved in {run.path}", file=sys.stderr)
                raise typer.Exit(128 + caught[0])
    put_weights(trainer.model, load(run.checkpoint("best")).weights)
    split = "test" if trainer.dataset.test else "valid" if trainer.dataset.valid else "train"
    metrics = trainer.evaluate(getattr(trainer.dataset, split))
    if not math.isfinite(metrics["loss"]):
        raise TrainingError(f"the loss on the {split} split is {metrics['loss']}")
    append_line(run, {"best_epoch": checkpoints.best_epoch, split: metrics})
    run.update_record(status="finished", best_epoch=checkpoints.best_epoch, **{split: dict(metrics)})
    if caught:
        raise typer.Exit(128 + caught[0])
    return {
        "run": str(run.path),
        "epoch": checkpoints.best_epoch,
        "split": split,
        "baseline": trainer.baseline.name,
        "target": list(resolved.facts.target.names),
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
