"""Whether a config builds and runs: two updates on a few steps of its data, and all that comes after training."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rnnctl.config.chain import Bidirectional, walk
from rnnctl.data.dataset import Dataset
from rnnctl.data.sequences import Sequences
from rnnctl.data.splits import NAMES
from rnnctl.errors import TrainingError
from rnnctl.expect.keep import remove
from rnnctl.expect.measure import resolved_of
from rnnctl.expect.outcome import Figures
from rnnctl.job import Job, job_of, make_trainer
from rnnctl.runs.directory import create_run
from rnnctl.training.events import Metrics, WindowTrained
from rnnctl.training.memory import memory_told

if TYPE_CHECKING:
    from rnnctl.config import Resolved
    from rnnctl.expect.trial import Trial
    from rnnctl.training.loop import Trainer

UPDATES = 2
_ROWS, _SEQUENCES = 2, 4
_STEPS = (16, 256, 1 << 62)
"""How many steps are kept before and behind a scored one; the next where nothing of them is scored in training."""
_STEPPED = 3
AGREES = 1e-4
"""How far the answers of torch and numpy may be apart, against the larger of 1 and their size."""


def smoked(trial: Trial, began: float) -> Figures:
    """Make two updates on a few steps of the data; judge, save, load, and step by hand what came of it.

    The data is read whole, since its facts are part of the config, and a few sequences of it are kept, each cut to
    a few steps around one that is scored. A bidirectional model is not stepped. Nothing is kept.
    Errors: ConfigError, DataError; TrainingError where a loss is not finite, nothing is scored, or the model answers
    otherwise when it is stepped.
    """
    resolved = resolved_of(trial)
    folder = trial.folder / "smoke"
    remove(folder)
    trainer = make_trainer(resolved)
    whole = trainer.dataset
    with memory_told():
        trainer, loss = next(_updated(resolved, trainer))
        run = create_run(folder, resolved, resolved.written, whole.scaling.as_dict())
        job = job_of(run, resolved, trainer)
        _saved_and_loaded(job, loss)
        metrics = {name: trainer.evaluate(getattr(trainer.dataset, name)) for name in NAMES}
        for name, found in metrics.items():
            if found and not math.isfinite(found["loss"]):
                raise TrainingError(f"the loss on the {name} split is {found['loss']}")
        if not any(isinstance(member, Bidirectional) for member in walk(resolved.chain)):
            _stepped(job)
    remove(folder)
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    told: dict[str, Metrics] = {name: found for name, found in metrics.items() if found}
    return Figures(trial.seed, trial.folder, told, parameters, time.monotonic() - began)


# data


def few(split: Sequences, steps: int, burn_in: int) -> Sequences:
    """The first sequences of a split with a scored step, up to 4, each with at most so many steps around that.

    Behind it there are as many more as the burn-in has. Nothing is copied.
    """
    kept: list[tuple[int, int, int]] = []
    for sequence in range(len(split)):
        asked = np.arange(split.scored_from[sequence], split.scored_to[sequence])
        if split.where is not None:
            asked = asked[split.where[split.origins[sequence] + asked]]
        if len(asked):
            first, length = int(asked[0]), int(split.lengths[sequence])
            kept.append((sequence, max(0, first - steps), min(length, first + burn_in + steps)))
        if len(kept) == _SEQUENCES:
            break
    rows, starts, ends = (np.array(column, np.int64) for column in (zip(*kept, strict=True) if kept else ((), (), ())))
    return replace(
        split,
        origins=split.origins[rows] + starts,
        lengths=ends - starts,
        scored_from=np.maximum(split.scored_from[rows] - starts, 0),
        scored_to=np.minimum(split.scored_to[rows], ends) - starts,
    )


def _updated(resolved: Resolved, whole: Trainer) -> Iterator[tuple[Trainer, float]]:
    """A trainer that has made two updates on little data, and the loss of the last.

    Errors: TrainingError where a loss is not finite, or nothing is scored.
    """
    from rnnctl.training.loop import Trainer

    settings = resolved.training
    small = settings.model_copy(update={"batch": min(_ROWS, settings.batch), "epochs": UPDATES})
    for steps in _STEPS:
        parts = {name: few(getattr(whole.dataset, name), steps, settings.burn_in) for name in NAMES}
        data = Dataset(facts=whole.dataset.facts, scaling=whole.dataset.scaling, **parts)
        trainer = Trainer(whole.model, whole.optimizer, data, small)
        for event in trainer.fit():
            if isinstance(event, WindowTrained) and event.update >= UPDATES and event.loss is not None:
                yield trainer, event.loss
    raise TrainingError("two epochs make no two updates: hardly a step is scored")


# what comes after


def _saved_and_loaded(job: Job, loss: float) -> None:
    """Save all that training follows from, and take it up from there. Errors: CheckpointError, TrainingError."""
    from rnnctl.runs.listeners import best_among
    from rnnctl.training.state import restore

    place = job.trainer.place
    job.checkpoints.save(place.epoch, place.update, loss, best=True)
    job.checkpoints.write_best()
    saved = job.run.load_state("last")
    own = {name: value for name, value in saved.weights.items() if not name.startswith("best.")}
    restore(job.trainer, own, saved.record["state"])
    if not best_among(saved.weights).keys() == job.run.load_checkpoint("best").weights.keys():
        raise TrainingError("the best weights are not saved whole")


def _stepped(job: Job) -> None:
    """Make some steps of the training data by hand, and hold the answers against torch's. Errors: TrainingError."""
    import torch

    from rnnctl.stepping.model import load_model
    from rnnctl.training.loss import as_tensor

    trainer, model = job.trainer, load_model(job.run)
    split = trainer.dataset.train
    start = int(split.origins[0])
    inputs = split.inputs[start : start + min(_STEPPED, int(split.lengths[0]))]
    inputs = inputs if inputs.ndim > 1 else inputs.astype(np.int64)
    dtype = torch.float64 if model.dtype == np.float64 else torch.float32
    trainer.model.eval()
    with torch.no_grad():
        _, outputs = trainer.model.unroll(trainer.model.initial_carry(1), as_tensor(inputs[np.newaxis], dtype))
    carry = model.initial_carry()
    for x, wanted in zip(inputs, outputs[0].numpy(), strict=True):
        carry, y = model.step(carry, np.asarray(x, np.int64 if inputs.ndim == 1 else model.dtype))
        apart = float((np.abs(y - wanted) / np.maximum(1, np.abs(wanted))).max())
        if not apart <= AGREES:
            raise TrainingError(f"stepped by hand the model answers otherwise than in training: {apart:.3g} apart")
