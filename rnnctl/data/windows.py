"""Batches cut into windows: what one update sees, which steps it scores, and where the carry goes back.

Shapes: B rows, K steps of a window, F inputs, O targets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.batches import Batch, Rules
from rnnctl.data.sequences import Sequences

Mask: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What one update sees.

    inputs (B, K, F) or (B, K) codes; targets (B, K, O) or (B, K) codes; naive (B, K, O), the forecast that
    repeats the last value, or None; valid (B, K), False in padding, where inputs and targets are 0; scored
    (B, K); reset (B, K), True at a step before which the carry goes back to the initial one; place (B, K), the
    number of the step in its split, and sequence (B, K), that of its sequence; opening (B, K), the place at
    which the window began that saw the step first. start, the row's step that is new here; again, how many
    steps before it are computed once more; first, whether the window begins its batch.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    naive: NDArray[Any] | None
    valid: Mask
    scored: Mask
    reset: Mask
    place: Whole
    sequence: Whole
    opening: Whole
    start: int
    again: int
    first: bool


def windows(split: Sequences, batch: Batch, rules: Rules, *, skip: int = 0, goes_on: int = 0) -> Iterator[Window]:
    """Cut a batch in windows; its rows are as long as the longest. The first `skip` windows are left out.

    `goes_on` counts the epochs before this one from which the rows' carry comes; where there are any, a row's
    start is no border. Nothing but the steps of a window is ever copied.
    """
    rows = _Rows(split, batch, rules, goes_on)
    for start in rules.cut.starts(rows.longest)[skip:]:
        yield rows.window(start)


class _Rows:
    """The rows of a batch, of which any window can be cut."""

    def __init__(self, split: Sequences, batch: Batch, rules: Rules, goes_on: int) -> None:
        self.split = split
        self.rules = rules
        self.goes_on = goes_on
        self.starts = np.array([row.start for row in batch])[:, np.newaxis]
        self.lengths = np.array([row.steps for row in batch])[:, np.newaxis]
        self.heads = np.array([row.head for row in batch])[:, np.newaxis]
        self.longest = int(self.lengths.max())

    def window(self, start: int) -> Window:
        """The window whose new part begins at this step of its rows."""
        split, seen = self.split, self.rules.cut.span(start, self.longest)
        steps = np.arange(seen.start, seen.stop)
        valid = steps < self.lengths
        place = np.where(valid, self.starts + steps, self.starts)
        sequence, index = split.find(place)
        reset = self._borders(seen)
        scored = valid & split.scored(sequence, index) & (steps >= np.maximum(self.heads, start))
        if self.rules.burn_in:
            scored &= ~self._young(seen)
        opened = steps - steps % (self.rules.cut.update or self.longest)
        return Window(
            inputs=_blank(split.inputs[index], ~valid),
            targets=_blank(split.targets_of(index), ~valid),
            naive=split.naive_of(index),
            valid=valid,
            scored=scored,
            reset=reset,
            place=place,
            sequence=sequence,
            opening=np.where(valid, self.starts + opened, self.starts),
            start=start,
            again=start - seen.start,
            first=start == 0,
        )

    def _borders(self, seen: range) -> Mask:
        """The steps before which the carry goes back, (B, K); those below 0 are of the epochs before."""
        split, policy = self.split, self.rules.policy
        steps = np.arange(seen.start, seen.stop)
        valid = steps < self.lengths
        sequence, index = split.find(self.starts + steps % self.lengths)
        border: Mask = steps == -self.goes_on * self.lengths
        if policy in ("sequence", "window"):
            border |= split.first(sequence, index)
        if policy == "window":
            border |= steps % (self.rules.cut.update or self.longest) == 0
        if split.before is not None:
            border |= split.before[index]
        if split.after is not None:
            # The step before a row's first one is its last, from which its carry comes where the epochs go on.
            _, before = split.find(self.starts + (steps - 1) % self.lengths)
            border |= split.after[before]
        return border & valid

    def _young(self, seen: range) -> Mask:
        """The steps that stand less than the burn-in after a reset, (B, K)."""
        low = max(seen.start - self.rules.burn_in + 1, -self.goes_on * self.longest)
        border = self._borders(range(low, seen.stop))
        count = np.pad(np.cumsum(border, axis=1), ((0, 0), (1, 0)))
        end = np.arange(seen.start, seen.stop) - low + 1
        return count[:, end] > count[:, np.maximum(0, end - self.rules.burn_in)]


def _blank(values: NDArray[Any], where: Mask) -> NDArray[Any]:
    """The values with 0 at some steps; symbols as whole numbers of 64 bits."""
    if values.dtype.kind in "iu":
        values = values.astype(np.int64)
    values[where] = 0
    return values
