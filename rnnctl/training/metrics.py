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
from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A forecast that needs no model: repeat the last value, the training mean, or the commonest class."""

    name: Literal["naive forecast", "training mean", "majority class"]
    mean: tuple[float, ...] = ()
    majority: int = 0


def baseline_of(dataset: Dataset) -> Baseline:
    """What the model must beat: the naive forecast where the target is a value ahead, in data units."""
    train, target = dataset.train, dataset.facts.target
    if target.kind == "class":
        counts = sum(np.bincount(targets, minlength=target.width) for targets in train.scored_targets())
        return Baseline("majority class", majority=int(np.argmax(counts)))
    total, count = np.zeros(target.width), 0
    for targets in train.scored_targets():
        total += in_data_units(targets, dataset.scaling.target).sum(0)
        count += len(targets)
    return Baseline("naive forecast" if train.naive else "training mean", mean=tuple((total / max(count, 1)).tolist()))


def in_data_units(values: Array, scaling: Affine | None) -> Array:
    """Model units to data units, (…, O)."""
    return values if scaling is None else scaling.to_data(values)


@dataclass(slots=True)
class Score:
    """Sums over scored steps, from which the metrics are made at the end."""

    target: Signal
    scaling: Affine | None
    baseline: Baseline
    count: int = 0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, losses: Array, outputs: Array, targets: Array, naive: Array | None) -> None:
        """Take in scored steps: losses (N), outputs and targets (N, …), the naive forecast (N, O) if there is one."""
        self.count += len(targets)
        self._sum("loss", losses.astype(np.float64))
        if self.target.kind == "class":
            self._sum("accuracy", outputs.argmax(-1) == targets)
            self._sum("baseline_accuracy", targets == self.baseline.majority)
            return
        truth = in_data_units(targets.astype(np.float64), self.scaling)
        guess = in_data_units(outputs.astype(np.float64), self.scaling)
        plain = np.asarray(self.baseline.mean) if naive is None else in_data_units(naive, self.scaling)
        with np.errstate(over="ignore", invalid="ignore"):  # the loop stops where the loss is not finite
            for prefix, forecast in (("", guess), ("baseline_", plain)):
                squares = np.square(forecast - truth)
                self._sum(f"{prefix}mse", squares.mean(-1))
                self._sum(f"{prefix}mae", np.abs(forecast - truth).mean(-1))
                for column, name in enumerate(self.target.names):
                    self._sum(f"{prefix}mse.{name}", squares[:, column])

    def _sum(self, name: str, values: Array) -> None:
        self.sums[name] = self.sums.get(name, 0.0) + float(values.sum(dtype=np.float64))

    def metrics(self) -> dict[str, float]:
        """Means over the scored steps; for numbers also the root mean squared error and the skill.

        skill = 1 - mse / baseline mse: 1 is perfect, 0 as good as the baseline, below 0 worse. Of several
        targets it is the mean, whatever their units, and "mse.NAME" is the error of each.
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
        found["scored_steps"] = self.count
        return found


def _skill(mse: float, baseline_mse: float) -> float:
    if baseline_mse == 0:
        return 0.0 if mse == 0 else -math.inf
    return 1 - mse / baseline_mse
