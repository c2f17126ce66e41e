"""The cells that are in view, as numbers. Of a long session and a large layer nothing else is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnnctl.stepping.model import Array, Model
from rnnctl.stepping.session import Branch, Moment
from rnnctl.tui.subjects import Subject

Values = NDArray[np.float64]
_MOST_BYTES = 64 * 2**20


class Reader:
    """Reads values at moments; what the equations name is computed when it is asked for, and kept a while."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._inside: dict[int, tuple[Moment, tuple[dict[str, Array], ...]]] = {}
        self._most: int | None = None

    def value(self, moments: Sequence[Moment], at: int, subject: Subject) -> Array | None:
        """A subject at a moment, its units row by row; None where it is not known."""
        if not 0 <= at < len(moments):
            return None
        if subject.part is not None:
            return moments[at].carry[subject.layer][subject.part].reshape(-1)
        inside = self._named(moments, at)
        if inside is None:
            return None
        value = inside[subject.layer].get(subject.name)
        return None if value is None else np.broadcast_to(value, subject.shape).reshape(-1)

    def matrix(self, branch: Branch, subject: Subject, units: range, columns: range) -> Values:
        """Units by moments, NaN where there is nothing. Shapes: (units, columns)."""
        found = np.full((len(units), len(columns)), np.nan)
        moments = branch.moments
        for place, at in enumerate(columns):
            value = self.value(moments, at, subject) if at <= branch.at else None
            if value is not None:
                found[:, place] = value[units.start : units.stop]
        return found

    def _named(self, moments: Sequence[Moment], at: int) -> tuple[dict[str, Array], ...] | None:
        after = moments[at]
        made = after.made
        if made is None or at == 0:
            return None
        kept = self._inside.get(id(after))
        if kept is not None and kept[0] is after:
            return kept[1]
        before = moments[at - 1]
        inside = self.model.inside(before.carry, made.input, before.held)
        if self._most is None:
            size = sum(value.nbytes for names in inside for value in names.values())
            self._most = max(200, min(20_000, _MOST_BYTES // max(1, size)))
        while len(self._inside) >= self._most:
            del self._inside[next(iter(self._inside))]
        self._inside[id(after)] = after, inside
        return inside


def shift(one: Branch, other: Branch) -> int:
    """How much further on in the other branch the same moments stand: branches that come from one share their past."""
    if one.moments[0] is other.moments[0]:
        return 0
    for mine, theirs, sign in ((one, other, 1), (other, one, -1)):
        first = mine.moments[0]
        for place, moment in enumerate(theirs.moments):
            if moment is first:
                return sign * place
    return 0


def scrolled(first: int, cursor: int, count: int, total: int) -> int:
    """The first of `count` things in view, moved as little as needed for the cursor to be among them."""
    first = min(first, max(0, total - count))
    return max(0, min(max(first, cursor - count + 1), cursor))
