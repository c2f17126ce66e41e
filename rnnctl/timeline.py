"""What the first windows of training do to the state: which rows reset where, what is scored, how far gradients go.

It is read off the windows themselves, as training cuts them from the real data. No torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice, pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.config.layout import count_windows, epoch_batches, rules_of
from rnnctl.config.resolve import Resolved
from rnnctl.config.sections import TrainingSection
from rnnctl.data.batches import Batch
from rnnctl.data.dataset import load
from rnnctl.data.facts import gather
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import CsvSource
from rnnctl.data.splits import Piece, split_pieces
from rnnctl.data.windows import Window, windows

Mark: TypeAlias = Literal["scored", "burn_in", "unscored", "padding"]
"""A step that is scored; one that would be, were it not so soon after a reset; one that runs; one of no sequence."""

_MARKS: tuple[Mark, ...] = ("padding", "unscored", "burn_in", "scored")
WINDOWS, ROWS = 8, 8


@dataclass(frozen=True, slots=True)
class Span:
    """The steps `start` to `stop` of a row, all of one kind."""

    start: int
    stop: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row within a window: its kinds of steps, and the steps before which its carry goes back.

    `place` is where the row begins among all steps of the training split.
    """

    name: str
    place: int
    spans: tuple[Span, ...]
    resets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimelineWindow:
    """The steps `start` to `stop` of its batch's rows, and whether there is an update at their end.

    Its gradients go back to the step `reach`. `number` counts from 1 through all epochs; `rows` are the first
    of the `batch_rows` rows of the batch, which run `batch_steps` steps.
    """

    number: int
    epoch: int
    batch: int
    batch_rows: int
    batch_steps: int
    start: int
    stop: int
    reach: int
    update: bool
    rows: tuple[TimelineRow, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The first windows of training, and how many windows and batches the first epoch has."""

    name: str
    windows: tuple[TimelineWindow, ...]
    epoch_windows: int
    epoch_batches: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def timeline(resolved: Resolved, count: int | None = None, rows: int = ROWS) -> Timeline:
    """The first `count` windows of training, and the first `rows` rows of each.

    None: up to WINDOWS windows, of whole sequences no more than the first batch has. Errors: DataError.
    """
    training = resolved.training
    pieces = split_pieces(resolved.facts, resolved.split, training.seed)["train"]
    train = load(resolved.source, resolved.split, resolved.scale, training.seed).train
    names = None if training.batching == "streams" else _names(resolved, pieces)
    first = epoch_batches(training, train.lengths.tolist(), 1)
    if count is None:
        count = WINDOWS if training.batching == "streams" else min(WINDOWS, count_windows(training, first[:1]))
    made = islice(_walk(training, train), count)
    found = tuple(
        _window(number, epoch, at, batch, pair, names, rows) for number, (epoch, at, batch, pair) in enumerate(made, 1)
    )
    return Timeline(resolved.name, found, count_windows(training, first), len(first))


def _walk(training: TrainingSection, train: Sequences) -> Iterator[tuple[int, int, Batch, tuple[Window, Window]]]:
    """The windows in the order of training: epoch, batch and rows, and each window with burn-in and without."""
    rules = rules_of(training)
    for epoch in range(1, training.epochs + 1):
        goes_on = epoch - 1 if rules.policy == "never" else 0
        for at, batch in enumerate(epoch_batches(training, train.lengths.tolist(), epoch), 1):
            cut = windows(train, batch, rules, goes_on=goes_on)
            unburnt = windows(train, batch, rules._replace(burn_in=0), goes_on=goes_on)
            for pair in zip(cut, unburnt, strict=True):
                yield epoch, at, batch, pair


def _names(resolved: Resolved, pieces: Sequence[Piece]) -> list[str]:
    """What the sequences of the training split are called: by their name in a file, else by their number."""
    if isinstance(resolved.source, CsvSource):
        known = gather(resolved.source).names
        return [known[piece.row] for piece in pieces]
    return [f"sequence {piece.row + 1}" if len(pieces) > 1 else resolved.name for piece in pieces]


def _window(
    number: int,
    epoch: int,
    at: int,
    batch: Batch,
    pair: tuple[Window, Window],
    names: list[str] | None,
    rows: int,
) -> TimelineWindow:
    window, unburnt = pair
    new = slice(window.again, None)
    kinds = window.valid.astype(np.int64) + (unburnt.scored & window.valid) + window.scored
    shown = [
        TimelineRow(
            f"row {b + 1}" if names is None else names[int(window.sequence[b, window.again])],
            batch[b].start,
            _spans(kinds[b, new], window.start),
            tuple((np.flatnonzero(window.reset[b, new]) + window.start).tolist()),
        )
        for b in range(min(rows, len(batch)))
    ]
    return TimelineWindow(
        number,
        epoch,
        at,
        len(batch),
        max(row.steps for row in batch),
        window.start,
        window.start + window.valid.shape[1] - window.again,
        window.start - window.again,
        bool(window.scored.any()),
        tuple(shown),
    )


def _spans(kinds: NDArray[np.int64], start: int) -> tuple[Span, ...]:
    """The stretches of one kind of a row whose first step is `start`."""
    edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    return tuple(Span(start + a, start + b, _MARKS[int(kinds[a])]) for a, b in pairwise(edges) if b > a)


def batches_of(windows: Sequence[TimelineWindow]) -> list[tuple[TimelineWindow, ...]]:
    """Consecutive windows of the same rows together: those of a batch, of streams those of all epochs."""
    found: list[tuple[TimelineWindow, ...]] = []
    for _, group in groupby(windows, key=lambda w: [(row.name, row.place) for row in w.rows]):
        found.append(tuple(group))
    return found
