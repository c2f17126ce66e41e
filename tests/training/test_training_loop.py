"""The loop against a loop in plain torch that runs each sequence alone, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor
from trainers import CHAIN, LENGTHS, dataset, model, series, settings, trainer, values

from rnnctl.data.dataset import Series
from rnnctl.data.windows import epoch_order
from rnnctl.errors import TrainingError
from rnnctl.nn.chain import CellChain
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
OPTIMIZERS: dict[str, tuple[dict[str, Any], type[torch.optim.Optimizer], dict[str, Any]]] = {
    "sgd": ({"lr": 0.1}, torch.optim.SGD, {"lr": 0.1}),
    "momentum": ({"lr": 0.1, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "adam": (
        {"lr": 0.05, "betas": [0.8, 0.9], "eps": 1e-6},
        torch.optim.Adam,
        {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-6},
    ),
    "adamw": ({"lr": 0.05, "weight_decay": 0.2}, torch.optim.AdamW, {"lr": 0.05, "weight_decay": 0.2}),
    "rmsprop": ({"lr": 0.02, "alpha": 0.9}, torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9}),
}


class Update(NamedTuple):
    """What one window does: its loss, or None, and the gradients it makes."""

    loss: float | None
    gradients: dict[str, Tensor | None]


class Plain:
    """An LSTM and a dense layer, written out; each row alone, so that no batch and no padding is there."""

    def __init__(self, net: CellChain, optimizer: str, *, loss: str = "mse") -> None:
        self.weights = {
            n.removeprefix("cells."): p.detach().clone().requires_grad_() for n, p in net.named_parameters()
        }
        states = [p for n, p in self.weights.items() if "initial" in n]
        _, kind, options = OPTIMIZERS[optimizer]
        groups: list[dict[str, Any]] = [{"params": [p for n, p in self.weights.items() if "initial" not in n]}]
        groups += [{"params": states, "weight_decay": 0}] if states else []
        self.optimizer = kind(groups, **options)  # type: ignore[call-arg]
        self.loss = loss

    def initial(self) -> tuple[Tensor, Tensor]:
        zeros = torch.zeros(3, dtype=torch.float64)
        return self.weights.get("0.initial_h", zeros), self.weights.get("0.initial_c", zeros)

    def step(self, h: Tensor, c: Tensor, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        w = self.weights
        i, f, o = (torch.sigmoid(w[f"0.W{g}"] @ x + w[f"0.U{g}"] @ h + w[f"0.b{g}"]) for g in "ifo")
        g = torch.tanh(w["0.Wg"] @ x + w["0.Ug"] @ h + w["0.bg"])
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c, w["1.W"] @ h + w["1.b"]

    def error(self, y: Tensor, target: Tensor) -> Tensor:
        return (y - target).abs().mean() if self.loss == "mae" else ((y - target) ** 2).mean()

    def train(
        self, rows: Sequence[Series], order: Sequence[int], batch: int, window: int | None, reset: str
    ) -> list[Update]:
        updates = []
        for start in range(0, len(order), batch):
            chosen = [rows[i] for i in order[start : start + batch]]
            longest = max(len(s.scored) for s in chosen)
            carries = [self.initial() for _ in chosen]
            for first in range(0, longest, window or longest):
                losses = []
                for r, row in enumerate(chosen):
                    if reset == "window" and first < len(row.scored):
                        carries[r] = self.initial()
                    h, c = carries[r]
                    for t in range(first, min(first + (window or longest), len(row.scored))):
                        h, c, y = self.step(h, c, torch.tensor(row.inputs[t]))
                        if row.scored[t]:
                            losses.append(self.error(y, torch.tensor(row.targets[t])))
                    carries[r] = (h, c)
                updates.append(self.update(losses))
                carries = [(h.detach(), c.detach()) for h, c in carries]
        return updates

    def update(self, losses: list[Tensor]) -> Update:
        if not losses:
            return Update(None, {})
        loss = torch.stack(losses).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = {n: None if p.grad is None else p.grad.clone() for n, p in self.weights.items()}
        self.optimizer.step()
        return Update(loss.item(), gradients)


def compare(window: int | None, reset: str, learned: bool, optimizer: str, **more: Any) -> None:
    """Train both ways, and compare every loss, every gradient of every update, and the weights at the end."""
    rows = series(LENGTHS)
    name = "sgd" if optimizer == "momentum" else optimizer
    chosen = settings(
        window=window, reset=reset, learn_initial_state=learned, optimizer={name: OPTIMIZERS[optimizer][0]}, **more
    )
    ours = trainer(dataset(rows), chosen)
    plain = Plain(ours.model, optimizer, loss=chosen.loss)
    events = ours.fit()
    for epoch in range(chosen.epochs):
        order = epoch_order(len(rows), chosen.seed, epoch, chosen.shuffle)
        for expected in plain.train(rows, order, chosen.batch, window, reset):
            event = next(e for e in events if isinstance(e, WindowTrained))
            assert event.epoch == epoch + 1
            if expected.loss is None:
                assert event.loss is None
                continue
            assert_allclose(event.loss, expected.loss, **TIGHT)
            for full, parameter in ours.model.named_parameters():
                gradient = expected.gradients[full.removeprefix("cells.")]
                assert (gradient is None) == (parameter.grad is None), full
                if gradient is not None and parameter.grad is not None:
                    assert_allclose(parameter.grad, gradient, **TIGHT, err_msg=full)
    assert not any(isinstance(e, WindowTrained) for e in events)
    for full, value in values(ours.model).items():
        assert_allclose(value, plain.weights[full.removeprefix("cells.")].detach(), **TIGHT, err_msg=full)


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("reset", ["sequence", "window"])
@pytest.mark.parametrize("window", [None, 1, 3, 4, 100])
def test_windows_resets_and_initial_states(window: int | None, reset: str, learned: bool) -> None:
    compare(window, reset, learned, "sgd")


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(optimizer: str, learned: bool) -> None:
    """Weight decay and momentum leave an initial state alone in windows where no row was reset."""
    compare(2, "sequence", learned, optimizer)


@pytest.mark.parametrize("batch", [1, 3, 5, 9])
def test_batches(batch: int) -> None:
    compare(3, "sequence", True, "adam", batch=batch, shuffle=True, seed=5)


def test_another_loss() -> None:
    compare(3, "sequence", False, "sgd", loss="mae")


def test_an_initial_state_is_moved_by_the_rows_that_were_reset() -> None:
    """Its gradient is the sum of what each row's own copy of it would get."""
    rows = series((4, 2, 3), scored=1)
    ours = trainer(dataset(rows), settings(batch=3, learn_initial_state=True, optimizer={"sgd": {"lr": 0.5}}))
    with torch.no_grad():
        for name, parameter in ours.model.named_parameters():
            if "initial" in name:
                parameter.copy_(torch.linspace(-1, 1, 3, dtype=torch.float64))
    plain = Plain(ours.model, "sgd")
    copies = [[p.detach().clone().requires_grad_() for p in plain.initial()] for _ in rows]
    losses = []
    for row, (h, c) in zip(rows, copies, strict=True):
        for t in range(len(row.scored)):
            h, c, y = plain.step(h, c, torch.tensor(row.inputs[t]))  # noqa: PLW2901
            losses.append(plain.error(y, torch.tensor(row.targets[t])))
    torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
    events = ours.fit()
    next(e for e in events if isinstance(e, WindowTrained))
    for part, name in enumerate(("cells.0.initial_h", "cells.0.initial_c")):
        expected = np.sum([np.asarray(copy[part].grad) for copy in copies], axis=0)
        assert_allclose(np.asarray(ours.model.get_parameter(name).grad), expected, **TIGHT)
        assert np.abs(expected).max() > 1e-3


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "momentum"])
def test_an_initial_state_rests_where_no_row_was_reset(optimizer: str) -> None:
    name = "sgd" if optimizer == "momentum" else optimizer
    chosen = settings(window=2, batch=5, learn_initial_state=True, optimizer={name: OPTIMIZERS[optimizer][0]})
    ours = trainer(dataset(series(LENGTHS, scored=1)), chosen)
    before = values(ours.model)
    moved = []
    for event in ours.fit():
        if isinstance(event, WindowTrained):
            after = values(ours.model)
            assert not np.array_equal(before["cells.0.Wi"], after["cells.0.Wi"])
            moved.append(not np.array_equal(before["cells.0.initial_h"], after["cells.0.initial_h"]))
            before = after
    assert moved == 3 * [True, False, False, False]


def test_a_window_without_a_scored_step_makes_no_update() -> None:
    """It runs, so that the carry goes on, and neither a weight nor the optimizer's memory moves."""
    [row] = series((6,), scored=1)
    row.scored[:4] = False
    chosen = settings(window=2, epochs=2, optimizer={"adamw": {"weight_decay": 0.5}})
    ours = trainer(dataset([row]), chosen)
    before = values(ours.model)
    told = []
    for event in ours.fit():
        if isinstance(event, WindowTrained):
            told.append((event.window, event.update, event.steps, event.loss is None))
            after = values(ours.model)
            same = all(np.array_equal(before[name], after[name]) for name in before)
            assert same == (event.loss is None)
            before = after
    assert told == [
        (1, 0, 2, True),
        (2, 0, 2, True),
        (3, 1, 2, False),
        (4, 1, 2, True),
        (5, 1, 2, True),
        (6, 2, 2, False),
    ]
    compare_rows = Plain(model(), "adamw")
    first, second, third = compare_rows.train([row], [0], 1, 2, "sequence")
    assert (first.loss, second.loss) == (None, None)
    assert third.loss is not None


def test_a_carry_crosses_a_border_with_its_value() -> None:
    """At fixed weights, the loss of a sequence is the same whatever the window, unless every window resets."""
    rows = series((9,), scored=1)
    net = model()

    def loss(window: int | None, reset: str) -> float:
        ours = trainer(dataset(rows), settings(window=window, reset=reset), net=net)
        return ours.evaluate(rows)["loss"]

    whole = loss(None, "sequence")
    for window in (1, 2, 4, 9, 20):
        assert_allclose(loss(window, "sequence"), whole, rtol=1e-12)
    assert loss(None, "window") == whole
    assert abs(loss(3, "window") - whole) > 1e-3


def test_steps_and_losses_are_means_over_what_is_scored() -> None:
    """At a learning rate of 0, neither batch nor window nor order moves the loss of an epoch."""
    rows = series(LENGTHS)
    found = []
    for batch, window, shuffle in ((1, None, False), (2, None, True), (5, None, False), (100, 3, True), (2, 1, True)):
        ours = trainer(dataset(rows), settings(batch=batch, window=window, shuffle=shuffle, epochs=2))
        for group in ours.optimizer.param_groups:
            group["lr"] = 0.0
        found += [e.train["loss"] for e in ours.fit() if isinstance(e, EpochEnded)]
        found.append(ours.evaluate(rows)["loss"])
    assert_allclose(found, found[0], rtol=1e-12)
    plain = Plain(model(), "sgd")
    with torch.no_grad():
        losses = []
        for row in rows:
            h, c = plain.initial()
            for t in np.arange(len(row.scored)):
                h, c, y = plain.step(h, c, torch.tensor(row.inputs[t]))
                losses += [plain.error(y, torch.tensor(row.targets[t])).item()] * bool(row.scored[t])
    assert_allclose(found[0], np.mean(losses), rtol=1e-12)


def test_padding_and_unscored_steps_may_hold_anything() -> None:
    rows = series(LENGTHS)
    clean = trainer(dataset(rows), settings(window=3))
    assert all(isinstance(e, object) for e in clean.fit())
    for row in rows:
        row.targets[~row.scored] = np.nan
    dirty = trainer(dataset(rows), settings(window=3))
    assert all(isinstance(e, object) for e in dirty.fit())
    for name, value in values(clean.model).items():
        assert_array_equal(value, values(dirty.model)[name])


NOISY = ({"lstm": 3}, {"dropout": 0.5}, {"zoneout_lstm": 3}, {"dense": 2})


def bits(chosen: Any, *, valid: bool = False, busy: bool = False, seed: int = 0) -> dict[str, bytes]:
    rows = series(LENGTHS)
    ours = trainer(dataset(rows, rows[:2] if valid else ()), chosen, NOISY)
    for _ in ours.fit():
        if busy:
            torch.manual_seed(seed)
            ours.evaluate(rows)
            torch.rand(3)
    return {name: value.tobytes() for name, value in values(ours.model).items()}


@pytest.mark.parametrize("window", [None, 2])
def test_evaluating_changes_no_bit_of_training(window: int | None) -> None:
    chosen = settings(window=window, learn_initial_state=True, shuffle=True)
    alone = bits(chosen)
    assert bits(chosen, valid=True) == alone
    assert bits(chosen, busy=True, seed=1) == alone
    assert bits(chosen, valid=True, busy=True, seed=2) == alone


def test_the_seed_decides_every_bit() -> None:
    torch.manual_seed(1)
    first = bits(settings(shuffle=True, seed=3))
    torch.manual_seed(2)
    np.random.default_rng(5).random()
    assert bits(settings(shuffle=True, seed=3)) == first
    other = bits(settings(shuffle=True, seed=4))
    assert all(first[name] != other[name] for name in first)


def test_the_order_of_shuffled_epochs_follows_from_the_seed() -> None:
    same_start = model(CHAIN)
    weights = {}
    for seed in (1, 2):
        same_start = model(CHAIN, seed=9)
        ours = trainer(dataset(series(LENGTHS)), settings(shuffle=True, seed=seed), net=same_start)
        list(ours.fit())
        weights[seed] = values(ours.model)
    assert not np.array_equal(weights[1]["cells.0.Wi"], weights[2]["cells.0.Wi"])


def test_events_in_their_order_with_their_counts() -> None:
    rows = series((5, 3, 4), scored=1)
    ours = trainer(dataset(rows, rows[:1]), settings(window=2, epochs=2, learn_initial_state=True))
    events = list(ours.fit())
    weights = 4 * (3 * 2 + 3 * 3 + 3) + (2 * 3 + 2) + 6
    assert events[0] == Started(epochs=2, windows=5, parameters=weights)
    assert events[-1] == Finished(epochs=2, update=10)
    kinds = "".join(type(event).__name__[0] for event in events)
    assert kinds == "SWWWWWEWWWWWEF"
    windows = [event for event in events if isinstance(event, WindowTrained)]
    assert [w.epoch for w in windows] == [1] * 5 + [2] * 5
    assert [w.window for w in windows] == [w.update for w in windows] == list(range(1, 11))
    assert [w.steps for w in windows] == 2 * [4, 3, 1, 2, 2]
    ends = [event for event in events if isinstance(event, EpochEnded)]
    assert [(e.epoch, e.update) for e in ends] == [(1, 5), (2, 10)]
    assert ends[1].train["scored_steps"] == 12
    assert ends[1].valid["scored_steps"] == 5
    losses = [w.loss for w in windows[:5]]
    assert_allclose(ends[0].train["loss"], np.average(losses, weights=[4, 3, 1, 2, 2]), rtol=1e-12)  # type: ignore[arg-type]
    assert ends[1].valid == ours.evaluate(rows[:1])


def test_no_validation_split_leaves_its_metrics_empty() -> None:
    ours = trainer(dataset(series((3,))), settings(epochs=1))
    [end] = [e for e in ours.fit() if isinstance(e, EpochEnded)]
    assert dict(end.valid) == {}
    assert dict(ours.evaluate(())) == {}


def diverged(ours: Any) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        list(ours.fit())
    assert caught.value.exit_code == 4
    return caught.value


def test_a_loss_that_is_not_finite_is_told_with_its_place() -> None:
    rows = series((6, 6), scored=1)
    rows[1].inputs[3] = 1e308
    ours = trainer(dataset(rows), settings(window=2, batch=1), ({"dense": 2},))
    events = ours.fit()
    assert [type(next(events)) for _ in range(5)] == [Started, *4 * [WindowTrained]]
    before = values(ours.model)
    with pytest.raises(TrainingError) as caught:
        next(events)
    [told] = caught.value.diagnostics
    assert told.message.startswith("the loss became inf in epoch 1, steps 2 to 3; the largest gradient is ")
    assert told.message.endswith(", in W of layer 0 (dense)")
    assert told.help == "try a smaller learning rate or a shorter window"
    assert all(np.array_equal(before[name], value) for name, value in values(ours.model).items())


def test_weights_that_are_not_finite_are_not_kept() -> None:
    """The loss of the only window is finite, and what it does to the weights is not."""
    rows = series((6,), scored=1)
    ours = trainer(dataset(rows), settings(epochs=1, optimizer={"sgd": {"lr": 1e308}}))
    rows[0].targets[:] *= 1e10
    told = str(diverged(ours))
    assert told.startswith("the weights are no longer finite after epoch 1, in ")


def test_a_validation_loss_that_is_not_finite_ends_training() -> None:
    rows = series((6, 6), scored=1)
    rows[1].targets[2] = np.inf
    ours = trainer(dataset(rows[:1], rows[1:]), settings(epochs=2))
    assert str(diverged(ours)).startswith("the validation loss became inf in epoch 1 (")


def test_an_evaluation_that_fails_leaves_the_model_in_training() -> None:
    ours = trainer(dataset(series((4,))), settings())
    ours.model.train()
    with pytest.raises(RuntimeError):
        ours.evaluate([Series("too wide", np.zeros((3, 5)), np.zeros((3, 2)), np.ones(3, bool), None)])
    assert ours.model.training


@pytest.mark.parametrize("training", [True, False])
def test_evaluating_leaves_the_mode_as_it_was(training: bool) -> None:
    rows = series((6, 6), seed=1)
    ours = trainer(dataset(rows), settings())
    ours.model.train(training)
    ours.evaluate(rows)
    assert ours.model.training is training
