"""Streaming metrics over scored steps, in the data's units, beside what a forecast without a model reaches.

Shapes: N scored steps, O targets, C classes. Every figure is a mean over scored steps, whatever the batches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.dataset import Dataset
from rnnctl.data.normal import WITHIN_90, mean_and_log_variance, negative_log_likelihood
from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import Each

Array = NDArray[Any]
_LARGEST = math.log(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A forecast that needs no model: repeat the last value, the training mean, or the commonest class.

    Of each target column, in data units: its mean over the training split, of a binary one the share of 1; and
    the variance of a normal distribution round this forecast, which is that of its errors there.
    """

    name: Literal["naive forecast", "training mean", "majority class"]
    mean: tuple[float, ...] = ()
    majority: int = 0
    variance: tuple[float, ...] = ()


def baseline_of(dataset: Dataset) -> Baseline:
    """What the model must beat: the naive forecast where the target is a value ahead, in data units."""
    train, target = dataset.train, dataset.facts.target
    if target.kind == "class":
        counts = sum(np.bincount(targets, minlength=target.width) for targets in train.scored_targets())
        return Baseline("majority class", majority=int(np.argmax(counts)))
    mean, variance, errors = _moments(train, target.width, dataset.scaling.target)
    if target.kind == "binary":
        return Baseline("majority class", mean=tuple(mean.tolist()))
    if train.naive:
        return Baseline("naive forecast", mean=tuple(mean.tolist()), variance=tuple(errors.tolist()))
    return Baseline("training mean", mean=tuple(mean.tolist()), variance=tuple(variance.tolist()))


def _moments(train: Sequences, width: int, scaling: Affine | None) -> tuple[Array, Array, Array]:
    """Mean and variance of the targets, and the mean square of the naive forecast's errors; each (O), data units.

    Source of the running sums: Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115.
    """
    count, mean, scatter, errors = 0, np.zeros(width), np.zeros(width), np.zeros(width)
    for index in train.scored_steps():
        if not len(index):
            continue
        targets = in_data_units(train.targets_of(index), scaling)
        here, new = targets.mean(0), len(targets)
        scatter += np.square(targets - here).sum(0) + np.square(here - mean) * (count * new / (count + new))
        mean += (here - mean) * (new / (count + new))
        count += new
        naive = train.naive_of(index)
        if naive is not None:
            errors += np.square(in_data_units(naive, scaling) - targets).sum(0)
    return mean, scatter / max(count, 1), errors / max(count, 1)


def in_data_units(values: Array, scaling: Affine | None) -> Array:
    """Model units to data units, (…, O)."""
    return values if scaling is None else scaling.to_data(values)


@dataclass(slots=True)
class Score:
    """Sums over scored steps, from which the metrics are made at the end. `count` and `sums` are all its state."""

    target: Signal
    scaling: Affine | None
    baseline: Baseline
    loss: str = "mse"
    each: Each = "step"
    count: int = 0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, losses: Array, outputs: Array, targets: Array, naive: Array | None) -> None:
        """Take in scored steps: losses (N), outputs and targets (N, …), the naive forecast (N, O) if there is one."""
        self.count += len(targets)
        self._sum("loss", losses.astype(np.float64))
        if self.target.kind == "class":
            self._sum("accuracy", outputs.argmax(-1) == targets)
            self._sum("baseline_accuracy", targets == self.baseline.majority)
        elif self.target.kind == "binary":
            self._answers(outputs > 0, targets > 0.5)
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # the loop stops where the loss is not finite
                self._numbers(outputs, targets.astype(np.float64), naive)

    def _answers(self, said: Array, true: Array) -> None:
        """Take in yes and no, (N, O)."""
        self._sum("accuracy", (said == true).mean(-1))
        self._sum("baseline_accuracy", (true == (np.asarray(self.baseline.mean) > 0.5)).mean(-1))
        for name, which in (("said", said), ("true", true), ("both", said & true)):
            self._sum(name, which)

    def _numbers(self, outputs: Array, targets: Array, naive: Array | None) -> None:
        if self.loss == "gaussian":
            means, log_variances = mean_and_log_variance(outputs)
        else:
            means, log_variances = outputs.astype(np.float64), None
        truth, guess = in_data_units(targets, self.scaling), in_data_units(means, self.scaling)
        plain = np.asarray(self.baseline.mean) if naive is None else in_data_units(naive, self.scaling)
        for prefix, forecast in (("", guess), ("baseline_", plain)):
            squares = np.square(forecast - truth)
            self._sum(f"{prefix}mse", squares.mean(-1))
            self._sum(f"{prefix}mae", np.abs(forecast - truth).mean(-1))
            for column, name in enumerate(self.target.names):
                self._sum(f"{prefix}mse.{name}", squares[:, column])
        if log_variances is not None:
            # A density in the data's units is that in the model's divided by the factor between them.
            shift = 0.0 if self.scaling is None else np.log(np.abs(self.scaling.factor))
            self._sum("nll", (negative_log_likelihood(means - targets, log_variances) + shift).mean(-1))
            self._sum("coverage", (np.abs(means - targets) <= WITHIN_90 * np.exp(log_variances / 2)).mean(-1))
            if self.baseline.variance and all(self.baseline.variance):  # without errors there is no density
                spread = np.log(np.asarray(self.baseline.variance))
                self._sum("baseline_nll", negative_log_likelihood(plain - truth, spread).mean(-1))

    def _sum(self, name: str, values: Array) -> None:
        self.sums[name] = self.sums.get(name, 0.0) + float(values.sum(dtype=np.float64))

    def metrics(self) -> dict[str, float]:
        """Means over the scored steps, and what follows from them.

        Numbers: the root mean squared error, and skill = 1 - mse / baseline mse, which is 1 for a perfect
        forecast, 0 for one as good as the baseline, below 0 for a worse one. Of several targets the skill is
        the mean of theirs, whatever their units, and "mse.NAME" is the error of each. Classes, one a step: bits
        and perplexity. Binary targets: precision, recall and F1 over all columns together, 0 where undefined.
        """
        if not self.count:
            return {}
        found = {name: total / self.count for name, total in self.sums.items()}
        if self.target.kind == "number":
            names = self.target.names
            found["rmse"], found["baseline_rmse"] = math.sqrt(found["mse"]), math.sqrt(found["baseline_mse"])
            skills = [_skill(found[f"mse.{name}"], found[f"baseline_mse.{name}"]) for name in names]
            found["skill"] = sum(skills) / len(skills)
            if len(names) == 1:
                del found[f"mse.{names[0]}"], found[f"baseline_mse.{names[0]}"]
        elif self.target.kind == "binary":
            for name in ("said", "true", "both"):
                del found[name]
            said, true, both = (self.sums[name] for name in ("said", "true", "both"))
            found["precision"], found["recall"] = _share(both, said), _share(both, true)
            found["f1"] = _share(2 * both, said + true)
        elif self.each == "step":
            found["bits"] = found["loss"] / math.log(2)
            found["perplexity"] = math.exp(found["loss"]) if found["loss"] < _LARGEST else math.inf
        found["scored_steps"] = self.count
        return found


def _skill(mse: float, baseline_mse: float) -> float:
    if baseline_mse == 0:
        return 0.0 if mse == 0 else -math.inf
    return 1 - mse / baseline_mse


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
