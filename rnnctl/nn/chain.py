"""Cells one after the other, as one pure function of carry and input: what is trained and evaluated.

Shapes: B rows, T time, F features. Public arrays are batch-major; time comes first only inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnctl.nn.cells import Cell
from rnnctl.nn.members import DrawKeys, Flow, Members, States, Watch

__all__ = ["CellChain", "ChainCarry", "DrawKeys"]

ChainCarry: TypeAlias = tuple[States, ...]
"""For each layer, those within other members among them, the tuple of its states, parts (B, …)."""


class CellChain(nn.Module):
    """Cells and what spans them, that hand their outputs on, over windows: `unroll`. It remembers nothing."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.cells = Members(members)

    def initial_carry(self, rows: int) -> ChainCarry:
        """The carry at a reset, expanded to the rows, without history."""
        return tuple(tuple(s.detach() for s in cell.initial_states((rows,))) for cell in self.each())

    def each(self) -> list[Cell]:
        """The cells, in the order in which they run."""
        return [cell for _, cell in self.placed()]

    def placed(self) -> list[tuple[str, Cell]]:
        """The cells with their places: "0" for the first of the chain, "2.forward" for one within another member."""
        modules = self.cells.named_modules(remove_duplicate=False)
        return [(place, module) for place, module in modules if isinstance(module, Cell)]

    def unroll(
        self,
        carry: ChainCarry,
        x: Tensor,
        *,
        reset: NDArray[np.bool_] | None = None,
        valid: NDArray[np.bool_] | None = None,
        keys: DrawKeys | None = None,
        watch: Watch | None = None,
    ) -> tuple[ChainCarry, Tensor]:
        """A window: parts (B, …), x (B, T, F) -> the carry after it and the outputs (B, T, …).

        `reset` (B, T) marks the steps before which a row goes back to the initial carry; `valid` (B, T) those
        that belong to its sequence: the others change no carry, and what stands in x there is not looked at.
        `keys` are what random draws follow from in training; elsewhere they have their expected value. `watch` is
        shown what each cell gives.
        """
        assert len(carry) == len(self.each())
        steps = range(x.shape[1])
        if valid is not None and not valid.all():
            x = _filled(x, valid)
        flow = Flow(
            iter(carry),
            np.zeros(x.shape[:2], np.bool_) if reset is None else reset,
            np.ones(x.shape[:2], np.bool_) if valid is None else valid,
            [] if reset is None else [_mask(reset[:, t], x.device, neutral=False) for t in steps],
            [] if valid is None else [_mask(valid[:, t], x.device, neutral=True) for t in steps],
            keys if self.training else None,
            watch,
        )
        y = self.cells.run(flow, x.transpose(0, 1).contiguous(), "")
        return tuple(flow.following), y.transpose(0, 1)


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
