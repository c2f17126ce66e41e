"""Cells one after the other, as one pure function of carry and input: what is trained and evaluated.

Shapes: B rows, T time, F features. Public arrays are batch-major; time comes first only inside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnctl.backends.draws import uniforms
from rnnctl.nn.cells import Cell

ChainCarry: TypeAlias = tuple[tuple[Tensor, ...], ...]
"""For each layer the tuple of its states, parts (B, …)."""


@dataclass(frozen=True, slots=True)
class DrawKeys:
    """What the random draws of a window follow from, beside layer and name.

    Each (B, T): the number of the step, of the first step of its window, and of its sequence. A step that is
    computed again in an epoch has the same numbers, and so the same draws.
    """

    seed: int
    epoch: int
    step: NDArray[np.int64]
    window: NDArray[np.int64]
    sequence: NDArray[np.int64]


class CellChain(nn.Module):
    """Cells that hand their outputs on, over windows: `unroll`. It remembers nothing."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__()
        self.cells = nn.ModuleList(cells)

    def initial_carry(self, rows: int) -> ChainCarry:
        """The carry at a reset, expanded to the rows, without history."""
        return tuple(tuple(s.detach() for s in cell.initial_states((rows,))) for cell in self.each())

    def each(self) -> list[Cell]:
        """The cells, in order."""
        return [c for c in self.cells if isinstance(c, Cell)]

    def unroll(
        self,
        carry: ChainCarry,
        x: Tensor,
        *,
        reset: NDArray[np.bool_] | None = None,
        valid: NDArray[np.bool_] | None = None,
        keys: DrawKeys | None = None,
    ) -> tuple[ChainCarry, Tensor]:
        """A window: parts (B, …), x (B, T, F) -> the carry after it and the outputs (B, T, …).

        `reset` (B, T) marks the steps before which a row goes back to the initial carry; `valid` (B, T) those
        that belong to its sequence: the others change no carry, and what stands in x there is not looked at.
        """
        if valid is not None and not valid.all():
            x = _filled(x, valid)
        y = x.transpose(0, 1).contiguous()
        resets = [] if reset is None else [_mask(reset[:, t], x.device, neutral=False) for t in range(x.shape[1])]
        kept = [] if valid is None else [_mask(valid[:, t], x.device, neutral=True) for t in range(x.shape[1])]
        following: list[tuple[Tensor, ...]] = []
        for position, (cell, states) in enumerate(zip(self.each(), carry, strict=True)):
            draws = self._draws(cell, position, keys) if keys is not None and self.training else None
            after, y = cell.unroll(states, y, resets=resets, valid=kept, draws=draws)
            following.append(after)
        return tuple(following), y.transpose(0, 1)

    def _draws(self, cell: Cell, position: int, keys: DrawKeys) -> Mapping[str, Tensor]:
        """The draws of a layer for a window, (T, B, …), by counter."""
        found: dict[str, Tensor] = {}
        for draw in cell.layer.draws:
            key: NDArray[np.int64] = getattr(keys, draw.per)
            steps = key.shape[1]
            if draw.per != "step" and (key == key[:, :1]).all():
                key = key[:, :1]  # one draw serves all steps
            numbers = uniforms(f"{position}.{draw.name}", keys.seed, keys.epoch, key.T, count=math.prod(draw.shape))
            ones = cell.like(torch.as_tensor(numbers < draw.probability))
            found[draw.name] = ones.reshape(*ones.shape[:-1], *draw.shape).expand(steps, -1, *draw.shape)
        return found


def _filled(x: Tensor, valid: NDArray[np.bool_]) -> Tensor:
    """The window with steps of a sequence in the place of those that belong to none.

    Zeros would not do: a layer may divide by its input, and what is infinite there would be NaN in a gradient.
    """
    if not valid.any():
        return torch.zeros_like(x)
    rows, steps = valid.shape
    present = np.asarray(valid.any(axis=1))
    row = np.where(present, np.arange(rows), present.argmax())  # a row without any step borrows another's
    valid = valid[row]
    before = np.maximum.accumulate(np.where(valid, np.arange(steps), 0), axis=1)
    step = np.maximum(before, valid.argmax(axis=1)[:, np.newaxis])
    return x[torch.as_tensor(row[:, np.newaxis], device=x.device), torch.as_tensor(step, device=x.device)]


def _mask(column: NDArray[np.bool_], device: torch.device, *, neutral: bool) -> Tensor | None:
    """A column of a mask as a tensor, or None where it changes nothing."""
    return None if (column == neutral).all() else torch.as_tensor(column, device=device)
