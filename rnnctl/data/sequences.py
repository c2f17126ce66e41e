"""The sequences of one split, as places in the steps of the source: nothing is copied until a window is cut.

Shapes: N steps of the source, S sequences of the split, F input columns, O target columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
_CHUNK = 1 << 16


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences laid end to end: step number 0 is the first of the first, and each step has a place of its own.

    inputs (N, F) float64, or (N,) codes of symbols; targets (N, O) or (N,) codes, at their own time; both in
    model units, and of the whole source. origins (S,), the source's step at which each sequence begins; lengths
    (S,), how many steps it runs; scored_from and scored_to (S,), which of these are scored; ahead, how far off
    the target of a step is. naive says whether the target's value at the step itself is a forecast. where (N,)
    marks the steps that may be scored, None for all; before and after (N,) those before and after which the carry
    goes back, None where the config names no such column.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    origins: Whole
    lengths: Whole
    scored_from: Whole
    scored_to: Whole
    ahead: int = 0
    naive: bool = False
    where: Mask | None = None
    before: Mask | None = None
    after: Mask | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def steps(self) -> int:
        """How many steps the sequences run, those that only prime included."""
        return int(self._ends[-1]) if len(self) else 0

    def find(self, place: Whole) -> tuple[Whole, Whole]:
        """The sequence that each place belongs to, and the source's step that stands there."""
        if len(self) == 1:
            return np.zeros_like(place), place + self.origins[0]
        sequence = np.searchsorted(self._ends, place, side="right")
        return sequence, place + self._shifts[sequence]

    def scored(self, sequence: Whole, index: Whole) -> Mask:
        """Whether the source's steps of these sequences are scored."""
        step = index - self.origins[sequence]
        found: Mask = (step >= self.scored_from[sequence]) & (step < self.scored_to[sequence])
        return found if self.where is None else found & self.where[index]

    def first(self, sequence: Whole, index: Whole) -> Mask:
        """Whether the source's steps are the first of their sequences."""
        found: Mask = index == self.origins[sequence]
        return found

    def targets_of(self, index: Whole) -> NDArray[Any]:
        """What is asked at the source's steps; where a step has no target, which is not scored, any value."""
        return self.targets[np.minimum(index + self.ahead, len(self.targets) - 1)]

    def naive_of(self, index: Whole) -> NDArray[Any] | None:
        """The naive forecast at the source's steps, or None where there is none."""
        return self.targets[index] if self.naive else None

    def scored_steps(self) -> Iterator[Whole]:
        """The source's steps that are scored, some at a time."""
        for start in range(0, self.steps, _CHUNK):
            sequence, index = self.find(np.arange(start, min(start + _CHUNK, self.steps)))
            yield index[self.scored(sequence, index)]

    def scored_targets(self) -> Iterator[NDArray[Any]]:
        """What is asked at all scored steps, some at a time."""
        yield from map(self.targets_of, self.scored_steps())

    @cached_property
    def _ends(self) -> Whole:
        return np.cumsum(self.lengths)

    @cached_property
    def _shifts(self) -> Whole:
        return self.origins - (self._ends - self.lengths)
