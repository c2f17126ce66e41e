"""What spans layers, as torch modules: a residual, a layer that runs both ways, the end of a sequence.

A window runs through all of them as a `Flow`, which knows its masks and hands each cell its carry.
Shapes: B rows, T time, F features; time first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnctl.backends.draws import uniforms
from rnnctl.nn.cells import Cell

States: TypeAlias = tuple[Tensor, ...]
Masks: TypeAlias = Sequence["Tensor | None"]
Whole: TypeAlias = NDArray[np.int64]
Watch: TypeAlias = Callable[[str, Tensor], None]
"""Is shown the place of each cell and its outputs, (T, B, …), as a window runs through them."""


@dataclass(frozen=True, slots=True)
class DrawKeys:
    """What the random draws of a window follow from, beside layer and name.

    Each (B, T): the number of the step, of the first step of its window, and of its sequence. A step that is
    computed again in an epoch has the same numbers, and so the same draws.
    """

    seed: int
    epoch: int
    step: Whole
    window: Whole
    sequence: Whole


@dataclass(frozen=True, slots=True)
class Turn:
    """The way from a window to the same window with each sequence's steps in the other order.

    other (B, T), the step that takes each step's place, which also leads back; first (B, T), the first step of
    the sequence that a step belongs to. What belongs to no sequence stays where it is.
    """

    other: Whole
    first: Whole

    @classmethod
    def of(cls, reset: NDArray[np.bool_], valid: NDArray[np.bool_]) -> Turn:
        """The turn of a window (B, T): a reset begins a sequence, and so does a step behind one that is not valid."""
        steps = np.arange(valid.shape[1])
        before = np.pad(valid, ((0, 0), (1, 0)))[:, :-1]
        begins = reset | (valid & ~before) | (steps == 0)
        ends = np.pad(begins | ~valid, ((0, 0), (0, 1)), constant_values=True)[:, 1:]
        first = np.maximum.accumulate(np.where(begins, steps, 0), axis=1)
        last = np.minimum.accumulate(np.where(ends, steps, steps[-1])[:, ::-1], axis=1)[:, ::-1]
        return cls(np.where(valid, first + last - steps, steps), np.where(valid, first, steps))


@dataclass(slots=True)
class Flow:
    """A window on its way through the cells; `carry` gives each its states, `following` takes those after it.

    `reset` and `valid` (B, T) mark the steps before which a row goes back, and those that belong to a sequence;
    `resets` and `kept` are the same for each step, None where a step changes nothing.
    """

    carry: Iterator[States]
    reset: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    resets: Masks
    kept: Masks
    keys: DrawKeys | None
    watch: Watch | None = None
    following: list[States] = field(default_factory=list)
    turn: Turn | None = None

    def through(self, member: nn.Module, x: Tensor, place: str) -> Tensor:
        """The outputs of a member, (T, B, …). `place` is the member's own, of which its draws follow."""
        if isinstance(member, Cell):
            draws = None if self.keys is None else draws_of(member, place, self.keys)
            after, y = member.unroll(next(self.carry), x, resets=self.resets, valid=self.kept, draws=draws)
            self.following.append(after)
            if self.watch is not None:
                self.watch(place, y)
            return y
        assert isinstance(member, Members | Bidirectional)
        return member.run(self, x, place)

    def turned(self) -> Flow:
        """The same window from the last step to the first: steps keep their draws, whichever way they are gone."""
        turn = self.turn = self.turn or Turn.of(self.reset, self.valid)
        if self.keys is None:
            return self
        step, window, sequence = (
            np.take_along_axis(key, turn.other, axis=1)
            for key in (self.keys.step, self.keys.window, self.keys.sequence)
        )
        return replace(self, keys=replace(self.keys, step=step, window=window, sequence=sequence))


class Members(nn.ModuleList):
    """Members one after the other."""

    def run(self, flow: Flow, x: Tensor, place: str) -> Tensor:
        """The outputs of the last member, (T, B, …)."""
        for name, member in self._modules.items():
            assert member is not None
            x = flow.through(member, x, f"{place}.{name}" if place else name)
        return x


class Residual(Members):
    """Members whose output is added to their input: y = x + f(x)."""

    def run(self, flow: Flow, x: Tensor, place: str) -> Tensor:
        """Input and output together, (T, B, F)."""
        return x + super().run(flow, x, place)


class Last(Members):
    """The answer at the end of a sequence alone: it hands on what it gets, and holds nothing."""


class Bidirectional(nn.Module):
    """A layer that runs from the first step to the last, and another from the last to the first.

    A row's true steps are turned around, and its padding stays behind them. With `ends` each step has the
    backward direction's value at the first step, which is where that direction ends.
    """

    def __init__(
        self, forward: nn.Module, backward: nn.Module, merge: Literal["concat", "sum", "mean"], *, ends: bool = False
    ) -> None:
        super().__init__()
        # Not add_module: a module has a method of the name `forward`, and parameters are called by it.
        self._modules |= {"forward": forward, "backward": backward}
        self.merge = merge
        self.ends = ends

    def run(self, flow: Flow, x: Tensor, place: str) -> Tensor:
        """The outputs of both directions, (T, B, 2F), or (T, B, F) where they are added."""
        forward, backward = self._modules.values()
        assert forward is not None
        assert backward is not None
        ahead = flow.through(forward, x, f"{place}.forward")
        back = flow.turned()
        assert back.turn is not None
        behind = back.through(backward, rearranged(x, back.turn.other), f"{place}.backward")
        if self.ends:  # the first step stands at the end of what was turned, and with it the direction's end
            behind = rearranged(behind, np.take_along_axis(back.turn.other, back.turn.first, axis=1))
        else:
            behind = rearranged(behind, back.turn.other)
        if self.merge == "concat":
            return torch.cat([ahead, behind], -1)
        return ahead + behind if self.merge == "sum" else 0.5 * (ahead + behind)


def rearranged(x: Tensor, step: Whole) -> Tensor:
    """A window with, at each place, another of its row's steps: x (T, B, …), step (B, T) -> (T, B, …)."""
    rows = step.shape[0]
    flat = torch.as_tensor((step * rows + np.arange(rows)[:, np.newaxis]).T.ravel(), device=x.device)
    return x.flatten(0, 1).index_select(0, flat).reshape(x.shape)


def draws_of(cell: Cell, place: str, keys: DrawKeys) -> Mapping[str, Tensor]:
    """The draws of a layer for a window, (T, B, …), by counter."""
    found: dict[str, Tensor] = {}
    for draw in cell.layer.draws:
        key: Whole = getattr(keys, draw.per)
        steps = key.shape[1]
        if draw.per != "step" and (key == key[:, :1]).all():
            key = key[:, :1]  # one draw serves all steps
        numbers = uniforms(f"{place}.{draw.name}", keys.seed, keys.epoch, key.T, count=math.prod(draw.shape))
        ones = cell.like(torch.as_tensor(numbers < draw.probability))
        found[draw.name] = ones.reshape(*ones.shape[:-1], *draw.shape).expand(steps, -1, *draw.shape)
    return found
