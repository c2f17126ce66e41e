"""Whether a config's training can be stopped and gone on with to the same bits, as far as one trial looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnnctl.expect.keep import remove
from rnnctl.expect.measure import resolved_of
from rnnctl.expect.outcome import Figures
from rnnctl.runs.verify import compare, in_one_go, in_pieces

if TYPE_CHECKING:
    from rnnctl.expect.progress import Teller
    from rnnctl.expect.trial import Trial

UPDATES, PIECES = 100, 4
"""So many updates are made, or as many as there are, and in so many pieces, or as many as there are updates."""


def resumed(trial: Trial, began: float, teller: Teller) -> Figures:
    """Train in one go and in pieces, as `rnnctl verify-resume` does, and hold the bits against each other.

    Errors: ConfigError, DataError; TrainingError where a piece cannot be trained.
    """
    resolved = resolved_of(trial)
    chosen = {"seed": trial.seed, "threads": resolved.training.threads}
    settings = [*trial.settings, *(f"training.{key}={value}" for key, value in chosen.items())]
    folders = [trial.folder / "whole", trial.folder / "pieces"]
    for folder in folders:
        remove(folder)
    teller.tell(0.0)
    whole = in_one_go(trial.config, folders[0], resolved.name, settings, UPDATES)
    pieces = min(PIECES, whole.updates)
    if pieces < 2:
        different = "a training of 1 update cannot be stopped and gone on with"
    else:
        cut = in_pieces(whole, folders[1], pieces, lambda number, _: teller.tell(number / (pieces + 1), at_once=True))
        different = next((part.difference for part in compare(whole.run, cut) if part.difference is not None), "")
    resolved_of(trial)  # which is still what has been trained
    for folder in folders:
        remove(folder)
    teller.tell(1.0, at_once=True)
    return Figures(trial.seed, trial.folder, {}, 0, time.monotonic() - began, resumed=different)
