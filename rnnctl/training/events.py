"""What training tells: small frozen facts, in order. Whoever shows, saves or stops listens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Metrics: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Started:
    """Training begins: how many windows the first epoch has, and how many numbers are trained."""

    epochs: int
    windows: int
    parameters: int


@dataclass(frozen=True, slots=True)
class WindowTrained:
    """One window was seen, and `steps` new steps of its rows.

    `norm` is the Euclidean norm of the gradient, before it was clipped; `rate` the learning rate of the update. A
    window without a scored step makes no update: these and `loss` are None.
    """

    epoch: int
    window: int
    update: int
    steps: int
    loss: float | None
    norm: float | None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """All training data was gone through once more; `valid` is empty where there is no validation split."""

    epoch: int
    update: int
    train: Metrics
    valid: Metrics


@dataclass(frozen=True, slots=True)
class Finished:
    """The last epoch has ended."""

    epochs: int
    update: int


Event: TypeAlias = Started | WindowTrained | EpochEnded | Finished
