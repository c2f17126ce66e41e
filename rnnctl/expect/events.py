"""What a check tells while it goes on: small frozen facts, in order. Whoever shows or counts listens to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rnnctl.expect.outcome import Outcome

TrialKind: TypeAlias = Literal["train", "again", "resume", "smoke"]
"""Trained; trained once more, for its bits; stopped and gone on with; made to run for a moment."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A config has been read, and so many trials of it are yet to be made; `names` and `paths` tell configs apart."""

    path: Path
    name: str
    trials: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a trial is: `share` from 0 to 1, with the epoch and the last loss where they are known."""

    path: Path
    seed: int
    kind: TrialKind
    share: float
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """All that came of a config."""

    outcome: Outcome


Event: TypeAlias = Waiting | Progress | Ended
