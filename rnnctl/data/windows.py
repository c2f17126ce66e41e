"""Whole sequences as the rows of a batch, padded at the end, cut into windows.

Shapes: B rows, K steps of a window, F inputs, O targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.dataset import Series
from rnnctl.data.draws import permutation

Reset: TypeAlias = Literal["sequence", "window"]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What one update sees.

    inputs (B, K, F) or (B, K) codes; targets (B, K, O) or (B, K) codes; valid (B, K), False in padding, where
    inputs and targets are 0; scored (B, K); reset (B, K), True at a step before which the carry goes back to
    the initial one; rows (B,), the place of each row's sequence in the split; step, the sequence's step that
    the window starts at; first and last, whether the window begins or ends its batch.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    valid: NDArray[np.bool_]
    scored: NDArray[np.bool_]
    reset: NDArray[np.bool_]
    rows: NDArray[np.int64]
    step: int
    first: bool
    last: bool


def windows(
    series: Sequence[Series], order: Sequence[int], *, batch: int, window: int | None, reset: Reset
) -> Iterator[Window]:
    """Batch the series in the given order, `batch` rows at a time, and cut each batch in windows.

    A batch is as long as its longest row; its last window may be shorter, and the last batch may have fewer
    rows. `window` is in steps; None is the whole batch in one.
    """
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        chosen = [series[row] for row in rows]
        inputs, targets = _padded([s.inputs for s in chosen]), _padded([s.targets for s in chosen])
        valid, scored = _padded([np.ones_like(s.scored) for s in chosen]), _padded([s.scored for s in chosen])
        longest = valid.shape[1]
        size = window or longest
        for step in range(0, longest, size):
            here = slice(step, step + size)
            border = np.zeros_like(valid[:, here])
            if step == 0 or reset == "window":
                border[:, 0] = valid[:, step]
            yield Window(
                inputs=inputs[:, here],
                targets=targets[:, here],
                valid=valid[:, here],
                scored=scored[:, here],
                reset=border,
                rows=np.array(rows, dtype=np.int64),
                step=step,
                first=step == 0,
                last=step + size >= longest,
            )


def count_windows(lengths: Sequence[int], batch: int, window: int | None) -> int:
    """Count the windows that `windows` makes of sequences of these lengths, given in order."""
    longest = [max(lengths[start : start + batch]) for start in range(0, len(lengths), batch)]
    return sum(1 if window is None else -(-steps // window) for steps in longest)


def epoch_order(count: int, seed: int, epoch: int, shuffle: bool) -> list[int]:
    """Order the sequences of an epoch; shuffled, it depends on seed and epoch alone."""
    return permutation(count, "epoch", seed, epoch) if shuffle else list(range(count))


def _padded(rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Stack the rows in one array (B, T, ...), with 0 or False after the end of each."""
    longest = max(len(row) for row in rows)
    batch = np.zeros((len(rows), longest, *rows[0].shape[1:]), rows[0].dtype)
    for i, row in enumerate(rows):
        batch[i, : len(row)] = row
    return batch
