"""Training written out, one row and one step at a time: what the loop is held against. It is slow, and plain.

Nothing here is a batch, a mask, a window's array or a loop over layers of more than one row. A row is a list of
steps; a reset is an assignment; truncation is `detach`; a loss is a list of numbers and its mean.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import torch
from numpy.testing import assert_allclose
from torch import Tensor

from rnnctl.backends.draws import uniforms
from rnnctl.config.sections import TrainingSection
from rnnctl.nn.carry import Carry, parts, truncated
from rnnctl.nn.chain import CellChain
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer

if TYPE_CHECKING:
    from trainers import Series

TIGHT = {"rtol": 1e-10, "atol": 1e-10}


class Step(NamedTuple):
    """One step of a split: its number, its sequence, whether it is the first of it, and what the data say of it."""

    number: int
    sequence: int
    first: bool
    x: Tensor
    target: Tensor
    scored: bool
    before: bool
    after: bool


@dataclass
class Row:
    """Steps one after the other, of which the first `head` only prime."""

    steps: list[Step]
    head: int = 0
    carry: list[Carry] = field(default_factory=list)
    since: int = 0
    """Steps since the last reset, at the end of the row."""


class Update(NamedTuple):
    """What one window does: its loss, its gradients and their norm (None: no step is scored), and what it leaves."""

    loss: float | None
    norm: float | None
    gradients: dict[str, Tensor | None]
    weights: dict[str, Tensor]
    carries: list[list[list[Tensor]]]
    """By row, layer and part."""


def steps_of(split: Sequence[Series]) -> list[Step]:
    """The steps of all sequences, end to end."""
    found: list[Step] = []
    for number, one in enumerate(split):
        for t in range(len(one.scored)):
            marks = (bool(one.scored[t]), bool(one.before[t]), bool(one.after[t]))
            found.append(
                Step(len(found), number, t == 0, torch.tensor(one.inputs[t]), torch.tensor(one.targets[t]), *marks)
            )
    return found


def rows_of(split: Sequence[Series], batching: str, batch: int) -> list[list[Row]]:
    """The rows of every batch: a sequence each, or equal parts of all steps."""
    steps = steps_of(split)
    if batching == "streams":
        size = -(-len(steps) // batch)
        return [[Row(steps[i : i + size]) for i in range(0, len(steps), size)]]
    rows = [Row([s for s in steps if s.sequence == i]) for i in range(len(split))]
    return [rows[i : i + batch] for i in range(0, len(rows), batch)]


def judged_rows_of(split: Sequence[Series], section: TrainingSection, train_steps: int, begin: int = 0) -> list[Row]:
    """The rows in which another split is judged; `begin`: the first step of what comes later in one series.

    Whole sequences, except streams whose carry goes on: there each row is primed by as many steps as one has in
    training, or as many as still matter where windows reset.
    """
    policy, one_series = section.reset.policy, begin > 0
    if section.batching == "sequences" or (policy in ("sequence", "window") and not one_series):
        return [row for rows in rows_of(split, "sequences", 1) for row in rows]
    steps, prime = steps_of(split), -(-train_steps // section.batch)
    if policy == "window" and section.window is not None:
        prime %= section.window.update
    size = -(-(len(steps) - begin) // section.batch)
    return [Row(steps[max(0, i - prime) : i + size], head=min(i, prime)) for i in range(begin, len(steps), size)]


class Reference:
    """A model that is trained and judged under the same settings as a Trainer."""

    def __init__(self, net: CellChain, settings: TrainingSection) -> None:
        self.net = copy.deepcopy(net)
        self.cells = self.net.each()
        self.settings = settings
        self.update_every = settings.window.update if settings.window else None
        self.back_through = settings.window.backward if settings.window else None
        self.given: list[dict[str, Tensor]] = [{} for _ in self.cells]
        for cell, draws in zip(self.cells, self.given, strict=True):
            cell._draws = lambda rows, steps=None, draws=draws: draws  # type: ignore[method-assign]
        named = dict(self.net.named_parameters())
        self.initial = [p for n, p in named.items() if ".initial_" in n]
        weights = [p for n, p in named.items() if ".initial_" not in n]
        name, options = settings.optimizer.chosen
        groups = [{"params": weights}, *([{"params": self.initial, "weight_decay": 0.0}] if self.initial else [])]
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        self.optimizer = {**kinds, "rmsprop": torch.optim.RMSprop}[name](groups, **dict(options))

    def train(self, batches: Sequence[list[Row]], epochs: int) -> Iterator[Update]:
        """The updates of all epochs, one by one."""
        for epoch in range(1, epochs + 1):
            for rows in batches:
                yield from self.train_batch(rows, epoch)

    def train_batch(self, rows: list[Row], epoch: int) -> Iterator[Update]:
        goes_on = self.settings.reset.policy == "never" and epoch > 1
        longest = max(len(row.steps) for row in rows)
        every = self.update_every or longest
        resets = [[self.resets(row, t, every, goes_on) for t in range(len(row.steps))] for row in rows]
        scored = [self.scored(row, reset) for row, reset in zip(rows, resets, strict=True)]
        # The carry of each row at each border of windows, as it was first computed: no history, and no part in today's.
        borders = [{0: row.carry} for row in rows]
        for start in range(0, longest, every):
            stop = start + every
            something = any(any(marks[start:stop]) for marks in scored)
            begin = max(0, stop - (self.back_through or every)) if something else start
            losses: list[Tensor] = []
            was_reset = any(any(reset[begin:stop]) for reset in resets)
            for row, reset, marks, carries in zip(rows, resets, scored, borders, strict=True):
                carry = carries[begin]
                for t in range(begin, min(stop, len(row.steps))):
                    if reset[t]:
                        carry = self.fresh()
                    self.draw(row, t, every, epoch)
                    carry, y = self.step(carry, row.steps[t].x)
                    if t >= start and marks[t]:
                        losses.append((y - row.steps[t].target).square().mean())
                row.carry = carries[stop] = [truncated(part) for part in carry]
            yield self.update(losses, was_reset, rows)

    def fresh(self) -> list[Carry]:
        """What a reset goes back to."""
        return [cell.initial_carry() for cell in self.cells]

    def step(self, carry: list[Carry], y: Tensor) -> tuple[list[Carry], Tensor]:
        """One step of one row through all layers."""
        following: list[Carry] = []
        for cell, state in zip(self.cells, carry, strict=True):
            after, y = cell(state, y)
            following.append(after)
        return following, y

    def resets(self, row: Row, t: int, every: int, goes_on: bool) -> bool:
        """Whether the carry goes back to the initial one before this step of the row."""
        policy, step = self.settings.reset.policy, row.steps[t]
        if t == 0 and not goes_on:
            return True
        if policy == "window" and t % every == 0:
            return True
        if policy in ("sequence", "window") and step.first:
            return True
        return step.before or row.steps[t - 1].after  # before the first step stands the last: the epochs go on

    def scored(self, row: Row, resets: list[bool]) -> list[bool]:
        """Which steps count: those that are marked, once the burn-in after a reset is over."""
        found = []
        for t, step in enumerate(row.steps):
            row.since = 0 if resets[t] else row.since + 1
            found.append(step.scored and t >= row.head and row.since >= self.settings.burn_in)
        return found

    def draw(self, row: Row, t: int, every: int, epoch: int) -> None:
        """The random draws of this step, each by itself."""
        step = row.steps[t]
        keys = {"step": step.number, "window": row.steps[t - t % every].number, "sequence": step.sequence}
        for place, (cell, found) in enumerate(zip(self.cells, self.given, strict=True)):
            for draw in cell.layer.draws:
                [width] = draw.shape
                numbers = uniforms(f"{place}.{draw.name}", self.settings.seed, epoch, keys[draw.per], count=width)
                found[draw.name] = torch.tensor([float(n < draw.probability) for n in numbers], dtype=torch.float64)

    def backward(self, mean: Tensor, was_reset: bool) -> None:
        """The gradients; where rows were reset of which nothing is scored, the initial state's is a sum of nothing."""
        mean.backward()  # type: ignore[no-untyped-call]
        for parameter in self.initial if was_reset else ():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)

    def update(self, losses: list[Tensor], was_reset: bool, rows: list[Row]) -> Update:
        """One step of the optimizer on the mean of the losses, if there are any."""
        loss = norm = None
        gradients: dict[str, Tensor | None] = {}
        if losses:
            mean = torch.stack(losses).mean()
            self.optimizer.zero_grad(set_to_none=True)
            self.backward(mean, was_reset)
            gradients = {n: None if p.grad is None else p.grad.clone() for n, p in self.net.named_parameters()}
            loss = mean.item()
            norm = sum(float(g.square().sum()) for g in gradients.values() if g is not None) ** 0.5
            self.optimizer.step()
        weights = {n: p.detach().clone() for n, p in self.net.named_parameters()}
        return Update(loss, norm, gradients, weights, [[list(parts(c)) for c in row.carry] for row in rows])

    @torch.no_grad()
    def judge(self, rows: Sequence[Row]) -> list[float]:
        """The loss of every scored step, with a carry of its own and without chance."""
        for cell, found in zip(self.cells, self.given, strict=True):
            found.update({d.name: torch.full(d.shape, d.probability, dtype=torch.float64) for d in cell.layer.draws})
        losses = []
        for row in rows:
            every = self.update_every or len(row.steps)
            resets = [self.resets(row, t, every, goes_on=False) for t in range(len(row.steps))]
            scored, carry = self.scored(row, resets), list[Carry]()
            for t, step in enumerate(row.steps):
                if resets[t]:
                    carry = self.fresh()
                carry, y = self.step(carry, step.x)
                if scored[t]:
                    losses.append((y - step.target).square().mean().item())
        return losses


def compare(ours: Trainer, reference: Reference, batches: list[list[Row]]) -> int:
    """Train both ways; every window must agree. Returns how many updates were made."""
    section = ours.settings
    expected = list(reference.train(batches, section.epochs))
    windows = 0
    for event in ours.fit():
        if isinstance(event, WindowTrained):
            one = expected[windows]
            windows += 1
            if one.loss is None or event.loss is None:
                assert one.loss is event.loss is event.norm is None
            else:
                assert_allclose([event.loss, event.norm], [one.loss, one.norm], **TIGHT)
                compare_gradients(ours.model, one)
            for name, parameter in ours.model.named_parameters():
                assert_allclose(parameter.detach(), one.weights[name], **TIGHT, err_msg=name)
            compare_carries(ours, one)
    assert windows == len(expected)
    return sum(one.loss is not None for one in expected)


def compare_gradients(net: CellChain, one: Update) -> None:
    for name, parameter in net.named_parameters():
        gradient = one.gradients[name]
        assert (parameter.grad is None) == (gradient is None), name
        if parameter.grad is not None and gradient is not None:
            assert_allclose(parameter.grad, gradient, **TIGHT, err_msg=name)


def compare_carries(ours: Trainer, one: Update) -> None:
    """The carry at the window's end, or at a row's true end; without history."""
    for layer, states in enumerate(ours.carries[-1]):
        for part, state in enumerate(states):
            assert not state.requires_grad
            assert len(state) == len(one.carries)
            for b, carry in enumerate(one.carries):
                assert_allclose(state[b], carry[layer][part], **TIGHT)
