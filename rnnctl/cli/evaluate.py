"""`rnnctl eval RUN`: judge the checkpoint of a run on one of its splits."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any

import typer

from rnnctl.cli.arguments import Json, RunsFolder
from rnnctl.data.spec import CsvSource, Source, TaskSource, source_name
from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.runs.directory import RUNS, Run, data_digest, find_run
from rnnctl.runs.files import as_json
from rnnctl.training.memory import memory_told


class SplitName(StrEnum):
    """The splits of a data set."""

    train = "train"
    valid = "valid"
    test = "test"


class CheckpointName(StrEnum):
    """The checkpoints of a run."""

    best = "best"
    last = "last"


def command(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run, by its directory or its name; without it, the newest."),
    ] = None,
    split: Annotated[SplitName, typer.Option(help="What to judge it on.")] = SplitName.test,
    checkpoint: Annotated[CheckpointName, typer.Option(help="Which weights.")] = CheckpointName.best,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Judge a run on one of its splits, under the reset policy it was trained with."""
    found = find_run(run, runs)
    resolved = found.open()
    saved = found.record()

    weights = _weights(found, checkpoint, saved)

    import torch

    from rnnctl.build import build_trainer, put_weights
    from rnnctl.report.training import result_lines

    gc.enable()  # the command line starts without it
    threads = resolved.training.threads  # a run's config has the count that was chosen
    torch.set_num_threads(1 if threads == "auto" else threads)
    with memory_told():
        trainer = build_trainer(resolved)
        if data_digest(resolved.source) != saved.get("data") or trainer.dataset.facts != resolved.facts:
            raise CheckpointError(Diagnostic(_changed(resolved.source), help="restore the file, or train anew"))
        put_weights(trainer.model, weights.weights)
        metrics = trainer.evaluate(getattr(trainer.dataset, split.value))
    if not metrics:
        raise UsageError(f"this run has no {split.value} split: its fraction is 0")
    if not math.isfinite(metrics["loss"]):
        raise CheckpointError(f"the loss on the {split.value} split is {metrics['loss']}: the weights are no good")
    result = {
        "run": str(found.path),
        "epoch": weights.record.get("epoch"),
        "split": split.value,
        "baseline": trainer.baseline.name,
        "target": list(resolved.facts.target.names),
        "each": resolved.facts.each,
        "metrics": dict(metrics),
    }
    print(as_json(result) if json_ else "\n".join(result_lines(result)))
    if failure := _failure(saved):
        print(f"note: training of {found.path.name} {failure}; this is the {checkpoint} checkpoint", file=sys.stderr)


def _weights(run: Run, which: CheckpointName, record: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint that is asked for. Errors: CheckpointError that names the other one, where that is good."""
    try:
        return run.load_checkpoint(which.value)
    except CheckpointError as error:
        other = CheckpointName.last if which is CheckpointName.best else CheckpointName.best
        failure = _failure(record)
        told = None
        with suppress(CheckpointError):
            run.load_checkpoint(other.value)
            told = f"--checkpoint {other} judges the other one"
        if failure and not run.checkpoint(which.value).exists():
            told = f"training {failure}" + (f"; {told}" if told else "")
        raise CheckpointError(*(d._replace(help=told or d.help) for d in error.diagnostics)) from None


def _failure(record: Mapping[str, Any]) -> str | None:
    """What a run that failed says of it, on one line."""
    if record.get("status") != "failed":
        return None
    first, *_ = str(record.get("error", "")).splitlines() or [""]
    return f"failed: {first}" if first else "failed"


def _changed(source: Source) -> str:
    if isinstance(source, TaskSource):
        what = f"the task {source.task}"
    else:
        what = f"'{source.path if isinstance(source, CsvSource) else source_name(source)}'"
    return f"{what} is no longer what this run was trained on"
