"""`rnnctl eval RUN`: judge the checkpoint of a run on one of its splits."""

from __future__ import annotations

import gc
import math
from enum import StrEnum
from typing import Annotated

import typer

from rnnctl.cli.arguments import Json, RunsFolder
from rnnctl.data.spec import CsvSource, Source, TaskSource, source_name
from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs.directory import RUNS, data_digest, find_run
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

    weights = found.load_checkpoint(checkpoint.value)

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
        "metrics": dict(metrics),
    }
    print(as_json(result) if json_ else "\n".join(result_lines(result)))


def _changed(source: Source) -> str:
    if isinstance(source, TaskSource):
        what = f"the task {source.task}"
    else:
        what = f"'{source.path if isinstance(source, CsvSource) else source_name(source)}'"
    return f"{what} is no longer what this run was trained on"
