"""Which sequences a split holds, how far each of them runs, and which of its steps are scored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from rnnctl.data.draws import permutation
from rnnctl.data.records import Facts
from rnnctl.data.spec import Split, SplitName
from rnnctl.errors import DataError, Problem

NAMES: tuple[SplitName, ...] = ("train", "valid", "test")


class Piece(NamedTuple):
    """One sequence of a split: it runs from its step 0 for `length` steps, and `scored` ones may count.

    `where` is None where all of these do; else it lists where, among them, the stretches that count begin and end.
    """

    row: int
    length: int
    scored: range
    where: tuple[int, ...] | None = None

    @property
    def stretches(self) -> tuple[range, ...]:
        """The steps that are scored, without gaps in each part; none is empty."""
        if self.where is None:
            return (self.scored,) if self.scored else ()
        return tuple(map(range, self.where[::2], self.where[1::2]))

    @property
    def counted(self) -> int:
        """How many steps are scored."""
        return sum(map(len, self.stretches))


def split_pieces(facts: Facts, split: Split, seed: int) -> dict[SplitName, tuple[Piece, ...]]:
    """Cut a source into the pieces of each split, exactly as `load` makes them.

    One series is split by the time of its targets: a split scores the steps whose target lies in it, and is
    primed with all that stands before. Many sequences are dealt out whole, by the seed or in their order, each
    split in the source's order. A split of fraction 0 is empty. Raises DataError for fractions that do not add up to 1
    and for a split without a scored step.
    """
    _check_fractions(split)
    pieces = _by_time(facts, split) if facts.one_series else _by_sequence(facts, split, seed)
    if facts.where is not None:
        starts = [0, *accumulate(facts.lengths)]
        pieces = {name: tuple(_marked(p, starts[p.row], facts.where) for p in pieces[name]) for name in NAMES}
    problems = []
    for name in NAMES:
        fraction: float = getattr(split, name)
        if fraction == 0:
            pieces[name] = ()
        elif not any(piece.scored for piece in pieces[name]):
            problems.append(Problem(("data", "split", name), _nothing_scored(facts, name, fraction)))
        elif not any(piece.stretches for piece in pieces[name]):
            message = f"{name} has nothing to score: this column is 0 at all of its steps"
            problems.append(Problem(("data", "target", "where"), message))
    if problems:
        raise DataError(problems=problems)
    return pieces


def borders(split: Split, count: int) -> tuple[int, int]:
    """Find where, of count things in a row, the validation split starts and where the test split does."""
    first = round(split.train * count)
    return first, count if split.test == 0 else round(min(1, split.train + split.valid) * count)


def _by_time(facts: Facts, split: Split) -> dict[SplitName, tuple[Piece, ...]]:
    steps, ahead = facts.lengths[0], facts.ahead
    first, second = borders(split, steps)
    pieces: dict[SplitName, tuple[Piece, ...]] = {}
    for name, start, stop in zip(NAMES, (0, first, second), (first, second, steps), strict=True):
        length = max(0, stop - ahead)
        pieces[name] = (Piece(0, length, range(max(0, start - ahead), length)),)
    return pieces


def _by_sequence(facts: Facts, split: Split, seed: int) -> dict[SplitName, tuple[Piece, ...]]:
    count = len(facts.lengths)
    order = permutation(count, "split", seed) if split.shuffle else list(range(count))
    first, second = borders(split, count)
    rows = {"train": order[:first], "valid": order[first:second], "test": order[second:]}
    return {name: tuple(_whole(facts, row) for row in sorted(rows[name])) for name in NAMES}


def _whole(facts: Facts, row: int) -> Piece:
    length = facts.lengths[row]
    if facts.each == "sequence":
        return Piece(row, length, range(length - 1, length))
    return Piece(row, length, range(max(0, length - facts.ahead)))


def _marked(piece: Piece, start: int, where: tuple[int, ...]) -> Piece:
    """The piece with the stretches that count; `where` are those of the source, of which it begins at `start`."""
    first, stop = start + piece.scored.start, start + piece.scored.stop
    if first >= stop:
        return piece._replace(where=())
    inside = list(where[bisect_right(where, first) : bisect_left(where, stop)])
    if bisect_right(where, first) % 2:  # the first step stands in a stretch
        inside.insert(0, first)
    if len(inside) % 2:
        inside.append(stop)
    return piece._replace(where=tuple(border - start for border in inside))


def _check_fractions(split: Split) -> None:
    problems = [
        Problem(("data", "split", name), f"{getattr(split, name):g} is not a fraction from 0 to 1")
        for name in NAMES
        if not 0 <= getattr(split, name) <= 1
    ]
    total = split.train + split.valid + split.test
    if not problems and split.train == 0:
        problems.append(Problem(("data", "split", "train"), "there is nothing to train on: train is 0"))
    if not problems and abs(total - 1) > 1e-9:
        problems.append(Problem(("data", "split"), f"the fractions add up to {total:g}, not 1"))
    if problems:
        raise DataError(problems=problems)


def _nothing_scored(facts: Facts, name: str, fraction: float) -> str:
    count = facts.lengths[0] if facts.one_series else len(facts.lengths)
    things = "step" if facts.one_series else "sequence"
    lead = f", with targets {facts.ahead} ahead," if facts.ahead else ""
    return f"{name} has nothing to score: {fraction:g} of {count} {things}{'s' * (count != 1)}{lead} leaves none"
