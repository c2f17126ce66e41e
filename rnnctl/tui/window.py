"""The cells that are in view, as numbers. Of a long session and a large layer nothing else is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

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

    def matrix(self, branch: Branch, subject: Subject, units: range, columns: Sequence[int]) -> Values:
        """Units by moments, NaN where there is nothing, as at a number below 0. Shapes: (units, columns)."""
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


def together(one: Branch, other: Branch) -> tuple[list[int], list[int]]:
    """The moments of two branches up to where they stand, those that belong together at one place of both lists.

    What they share comes first; then the first step that each made by itself, with the changes behind it, the
    second, and so on. -1 where a branch has nothing.
    """
    mine, theirs = one.moments[: one.at + 1], other.moments[: other.at + 1]
    ahead = _ahead(mine, theirs)
    first, second = max(0, -ahead), max(0, ahead)
    shared = 0
    while first + shared < len(mine) and second + shared < len(theirs):
        if mine[first + shared] is not theirs[second + shared]:
            break
        shared += 1
    left, right = [*range(first + shared)], [*range(second + shared)]
    left, right = [-1] * second + left, [-1] * first + right
    groups = zip_longest(_groups(mine, first + shared), _groups(theirs, second + shared), fillvalue=())
    for here, there in groups:
        wide = max(len(here), len(there))
        left += [*here, *[-1] * (wide - len(here))]
        right += [*there, *[-1] * (wide - len(there))]
    return left, right


def _ahead(mine: Sequence[Moment], theirs: Sequence[Moment]) -> int:
    """How many moments the other branch still knows before the first of this one; below 0 the other way round."""
    for sign, first, moments in ((1, mine[0], theirs), (-1, theirs[0], mine)):
        for place, moment in enumerate(moments):
            if moment is first:
                return sign * place
    return 0


def _groups(moments: Sequence[Moment], start: int) -> list[Sequence[int]]:
    """The numbers of moments from one on: changes before the next step, then each step with the changes behind it."""
    groups: list[list[int]] = [[]]
    for at in range(start, len(moments)):
        if moments[at].made:
            groups.append([])
        groups[-1].append(at)
    return [*groups]


def scrolled(first: int, cursor: int, count: int, total: int) -> int:
    """The first of `count` things in view, moved as little as needed for the cursor to be among them."""
    first = min(first, max(0, total - count))
    return max(0, min(max(first, cursor - count + 1), cursor))
