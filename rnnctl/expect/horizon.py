"""Steps of effective memory, one figure for a whole split."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rnnctl.data.sequences import Sequences
    from rnnctl.stepping.feed import Row
    from rnnctl.stepping.model import Model

PLACES = 20
NEAR, FAR = 256, 1000
"""How many steps are walked at first, and where the memory may reach beyond: four times as many, and as much time."""


def effective_memory(model: Model, split: Sequences) -> float:
    """The median, over up to 20 places of a split, of the steps that 95 % of the gradient of the loss goes back.

    Of 20 sequences or more a place is the last scored step of one, of 20 that are spread evenly over the split; of
    fewer it is a scored step, of 20 that are spread evenly over all. A place is walked to with the initial carry,
    from the last reset that the run's policy has before it, and from no more than 256 steps back; where the median
    of that is more than 128, from no more than 1,000. What is measured there is `stepping.insight.horizon`. NaN where
    nothing is scored. It takes up to 7 s for the configs that are shipped, on one core.
    Errors: UsageError where a step or a gradient is not finite; DataError where the data can no longer be read.
    """
    from rnnctl.stepping.sources import rows_feed

    chosen = places(split)
    if not chosen:
        return float("nan")
    rows = rows_feed(model, None, None).rows
    found = median(_reach(model, split, rows, place, NEAR) for place in chosen)
    if found > NEAR / 2:
        found = median(_reach(model, split, rows, place, FAR) for place in chosen)
    return float(found)


def _reach(model: Model, split: Sequences, rows: Sequence[Row], place: int, most: int) -> int:
    """The effective memory at one place."""
    from rnnctl.stepping.insight import horizon
    from rnnctl.stepping.session import Session

    session = Session(model, keep=most + 1)
    for at in way_to(model, split, place, most):
        row = rows[int(at)]
        session.step(row.given, row.target)
    return horizon(session, most).steps


def places(split: Sequences) -> list[int]:
    """The places that are looked at, as steps of the split, whose sequences lie end to end."""
    sequence, index = split.find(np.arange(split.steps)) if len(split) else (np.zeros(0, np.int64),) * 2
    scored = np.flatnonzero(split.scored(sequence, index)) if len(split) else sequence
    if len(split) >= PLACES:
        own = sequence[scored]
        scored = scored[np.flatnonzero(np.append(own[1:] != own[:-1], own.size > 0)[: own.size])]
    count = min(PLACES, len(scored))
    return [int(scored[(2 * i + 1) * len(scored) // (2 * count)]) for i in range(count)]


def way_to(model: Model, split: Sequences, place: int, most: int) -> NDArray[np.int64]:
    """The source's steps from the last reset before a place of the split to the place itself, at most so many."""
    assert model.resolved is not None
    training = model.resolved.training
    policy, window = training.reset.policy, training.window
    steps = np.arange(max(0, place + 1 - most), place + 1)
    sequence, index = split.find(steps)
    reset = np.zeros(len(steps), np.bool_)
    if policy in ("sequence", "window"):
        reset |= split.first(sequence, index)
    if policy == "window" and window is not None:
        reset |= (index - split.origins[sequence]) % window.update == 0
    if split.before is not None:
        reset |= split.before[index]
    if split.after is not None:
        reset[1:] |= split.after[index[:-1]]
    last = np.flatnonzero(reset)
    found: NDArray[np.int64] = index[last[-1] :] if len(last) else index
    return found
