"""Early stopping: when the validation loss no longer falls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rnnctl.config.sections import EarlyStopping
from rnnctl.errors import CheckpointError
from rnnctl.training.events import EpochEnded, Event


class EarlyStop:
    """Counts the epochs in which the validation loss did not fall by more than the margin below the lowest.

    Source: Prechelt 1998, "Early stopping, but when?", as a count of epochs in place of a quotient.
    """

    def __init__(self, section: EarlyStopping) -> None:
        self.section = section
        self.best = math.inf
        self.waited = 0

    def __call__(self, event: Event) -> None:
        if not isinstance(event, EpochEnded):
            return
        loss = event.valid["loss"]
        if loss < self.best - self.section.margin:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1

    @property
    def stopped(self) -> bool:
        """Whether training is to stop."""
        return self.waited >= self.section.patience

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"best": self.best, "waited": self.waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state. Errors: CheckpointError where it is not whole."""
        best, waited = state.get("best"), state.get("waited")
        if not isinstance(best, float | None) or not isinstance(waited, int):
            raise CheckpointError("the checkpoint does not say how early stopping stood")
        self.best = math.inf if best is None else best  # JSON has no infinity
        self.waited = waited
