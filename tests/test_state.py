"""What state means in training: every layer of the catalogue, every reset policy, both batchings.

The numbers are those of the contract on state. test_conformance.py has the same invariants for a layer alone;
here a layer stands in a chain that is trained, and rows, resets and windows are those that training makes.
Each example goes through all situations, and hypothesis draws lengths, batch and cut for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from situations import LAYERS, SITUATIONS, SYMBOLS, net_of, sizes, takes_symbols
from torch import Tensor
from training.oracle import Reference, compare, rows_of
from training.trainers import dataset, model, sequences, trainer

from rnnctl.config.layout import count_windows
from rnnctl.config.sections import TrainingSection
from rnnctl.data.batches import Cut, Rules
from rnnctl.data.windows import Window, windows
from rnnctl.nn.carry import Carry, mapped, states_of
from rnnctl.nn.chain import CellChain, ChainCarry, DrawKeys
from rnnctl.training.events import Event, WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.state import capture, restore

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
every_layer = pytest.mark.parametrize("name", LAYERS)


def examples(count: int) -> settings:
    unhealthy = [HealthCheck.too_slow, HealthCheck.differing_executors]
    return settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=unhealthy)


def rules_of(chosen: TrainingSection) -> Rules:
    window = chosen.window
    cut = Cut(None) if window is None else Cut(window.update, window.backward)
    return Rules(cut, chosen.reset.policy, chosen.burn_in)


def bits(ours: Trainer) -> dict[str, Any]:
    """All that training has made so far, to the last bit."""
    arrays, plain = capture(ours)
    return {"plain": plain, **{name: (value.dtype, value.shape, value.tobytes()) for name, value in arrays.items()}}


def trained(ours: Trainer) -> list[Event]:
    return list(ours.fit())


# 1, 2, 4, 5, 7. A row is stepped by hand, and a reset is a fresh row


class Apart(Reference):
    """Each reset of each row goes back to a copy of its own; the initial state's gradient is the sum of theirs."""

    def __init__(self, net: CellChain, chosen: TrainingSection) -> None:
        super().__init__(net, chosen)
        self.copies: list[list[Carry]] = []

    def fresh(self) -> list[Carry]:
        copies = [mapped(_own, cell.initial_carry()) for cell in self.cells]
        self.copies.append(copies)
        return copies

    def backward(self, mean: Tensor, was_reset: bool) -> None:
        mean.backward()  # type: ignore[no-untyped-call]
        for layer, cell in enumerate(self.cells):
            for part, state in enumerate(cell.layer.states):
                parameter = dict(cell.named_parameters()).get(f"initial_{state.name}")
                if parameter is not None and was_reset:
                    copies = [states_of(carry[layer])[part].grad for carry in self.copies]
                    parameter.grad = sum((g for g in copies if g is not None), torch.zeros_like(parameter))
        self.copies.clear()


def _own(value: Tensor) -> Tensor:
    return value.detach().clone().requires_grad_(value.is_floating_point())


@every_layer
@examples(2)
@given(st.data())
def test_1_2_4_5_7_training_is_rows_that_are_stepped_one_by_one(name: str, data: st.DataObject) -> None:
    """No window, batch, padding or neighbour changes a row; at a reset it begins anew, from a copy of its own.

    Compared are all losses, gradients, weights and carries: those of the initial states with the sum over the
    resets inside each window, which is None where there was none.
    """
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen, net = drawn.rows(name), drawn.training(situation), net_of(name)
        ours = trainer(dataset(rows), chosen, net=net)
        compare(ours, Apart(net, chosen), rows_of(rows, chosen.batching, chosen.batch))


# 2, 3. Windows and gradients


@every_layer
@examples(1)
@given(st.data())
def test_2_a_window_of_all_steps_is_full_back_propagation(name: str, data: st.DataObject) -> None:
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        longest = sum(drawn.lengths)
        made = []
        deeper = longest if situation.policy == "window" else {"update": longest, "backward": 3 * longest}
        for window in (None, deeper):
            rows, chosen = drawn.rows(name), drawn.training(situation, window=window)
            ours = trainer(dataset(rows), chosen, net=net_of(name))
            trained(ours)
            made.append({n: value for n, value in bits(ours).items() if not n.startswith("carry") and n != "plain"})
        assert made[0] == made[1]


@every_layer
@examples(2)
@given(st.data())
def test_2_going_back_to_the_start_is_full_back_propagation(name: str, data: st.DataObject) -> None:
    """At fixed weights, each update of a deep window has the gradient of its new steps through the whole row."""
    for situation in (s for s in SITUATIONS if s.policy != "window"):
        drawn = data.draw(sizes())
        update = drawn.update or 1
        window = {"update": update, "backward": update * sum(drawn.lengths)}
        rows, chosen = drawn.rows(name), drawn.training(situation, window=window, epochs=1)
        ours = trainer(dataset(rows), chosen, net=net_of(name))
        ours.rates = [0.0 for _ in ours.rates]
        events = (event for event in ours.fit() if isinstance(event, WindowTrained))
        for batch in ours._batches(1):
            [whole] = windows(ours.dataset.train, batch, Rules(Cut(None), chosen.reset.policy, chosen.burn_in))
            for start in range(0, whole.valid.shape[1], update):
                scored = whole.scored.copy()
                scored[:, :start] = scored[:, start + update :] = False
                event = next(events)
                if not scored.any():
                    assert event.loss is None
                    continue
                loss = loss_of(ours, whole, scored)
                assert event.loss == pytest.approx(loss.item(), rel=1e-10)
                parameters = list(ours.model.parameters())
                for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                    torch.testing.assert_close(parameter.grad, gradient, **TIGHT)


def loss_of(ours: Trainer, window: Window, scored: NDArray[np.bool_]) -> Tensor:
    """The mean loss of some steps of a window that begins its rows."""
    x = torch.as_tensor(window.inputs)
    keys = DrawKeys(ours.settings.seed, 1, window.place, window.opening, window.sequence)
    carry = ours.model.initial_carry(len(x))
    _, y = ours.model.unroll(carry, x, reset=window.reset, valid=window.valid, keys=keys)
    return (y - torch.as_tensor(window.targets)).square().mean(-1)[torch.as_tensor(scored)].mean()


@pytest.mark.parametrize("name", [name for name in LAYERS if not takes_symbols(name)])
@examples(2)
@given(st.data())
def test_3_the_gradient_past_a_border_is_exactly_zero(name: str, data: st.DataObject) -> None:
    """From one step of one row, past the last reset before it, to what comes later, and to other rows."""
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen, net = drawn.rows(name), drawn.training(situation, window=None), net_of(name).eval()
        split = sequences(rows)
        for batch in trainer(dataset(rows), chosen, net=net)._batches(1):
            [window] = windows(split, batch, rules_of(chosen))
            places = np.argwhere(window.valid)
            row, step = places[data.draw(st.integers(0, len(places) - 1))]
            x = torch.as_tensor(window.inputs).requires_grad_()
            carry = tuple(tuple(p.requires_grad_(p.is_floating_point()) for p in c) for c in net.initial_carry(len(x)))
            _, y = net.unroll(carry, x, reset=window.reset, valid=window.valid)
            leaves = [x, *(part for states in carry for part in states if part.is_floating_point())]
            found, *starts = torch.autograd.grad(y[row, step].sum(), leaves, allow_unused=True)
            border = int(np.flatnonzero(window.reset[row, : step + 1])[-1])
            inside = torch.zeros(x.shape[:2], dtype=torch.bool)
            inside[row, border : step + 1] = True
            assert not found[~inside].any()
            assert found[row, step].any()
            assert not any(start is not None and start.any() for start in starts)


@every_layer
@examples(2)
@given(st.data())
def test_3_gradients_of_an_update_agree_with_finite_differences(name: str, data: st.DataObject) -> None:
    """Of the very loss that is told, at fixed carries that stood at the border; deep windows and resets included."""
    random = np.random.default_rng(0)
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        ours = trainer(dataset(rows), chosen, net=net_of(name))
        for _ in range(data.draw(st.integers(0, count_windows(ours.settings, ours._batches(1)) - 1))):
            next_window(ours)
        arrays, plain = capture(ours)
        directions = [torch.as_tensor(random.normal(size=tuple(p.shape))) for p in ours.model.parameters()]
        if next_window(ours).loss is None:
            continue
        pairs = zip(ours.model.parameters(), directions, strict=True)
        expected = sum(float((p.grad * d).sum()) for p, d in pairs if p.grad is not None)
        losses = []
        for sign in (1, -1):
            other = trainer(dataset(rows), chosen, net=net_of(name))
            restore(other, arrays, plain)
            with torch.no_grad():
                for parameter, direction in zip(other.model.parameters(), directions, strict=True):
                    parameter.add_(direction, alpha=sign * 1e-6)
            losses.append(next_window(other).loss or 0.0)
        assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(expected, rel=1e-5, abs=1e-6)


def next_window(ours: Trainer) -> WindowTrained:
    """Train one window from where it stands, and stop."""
    return next(event for event in ours.fit() if isinstance(event, WindowTrained))


# 5, 6, 7. Padding, shapes, and an initial state that rests


@every_layer
@examples(2)
@given(st.data())
def test_5_padding_and_what_is_not_scored_change_no_bit(name: str, data: st.DataObject) -> None:
    """Whatever stands there, not all numbers among it."""
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        made = []
        for cut in (windows, poisoned):
            ours = trainer(dataset(rows), chosen, net=net_of(name))
            with mock.patch("rnnctl.training.loop.windows", cut):
                trained(ours)
            made.append(bits(ours))
        assert made[0] == made[1]


def poisoned(*args: Any, **named: Any) -> Iterator[Window]:
    for window in windows(*args, **named):
        window.inputs[~window.valid] = SYMBOLS - 1 if window.inputs.ndim == 2 else np.nan
        window.targets[~window.scored] = np.nan
        yield window


@every_layer
@examples(1)
@given(st.data())
def test_6_the_carry_keeps_its_shape_and_type(name: str, data: st.DataObject) -> None:
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        ours = trainer(dataset(rows), chosen, net=net_of(name))
        batches = ours._batches(1)
        for event in ours.fit():
            if isinstance(event, WindowTrained):
                like = ours.model.initial_carry(len(batches[ours.place.batch]))
                for carry in ours.carries:
                    assert forms(carry) == forms(like)


def forms(carry: ChainCarry) -> list[list[tuple[tuple[int, ...], torch.dtype]]]:
    return [[(tuple(part.shape), part.dtype) for part in states] for states in carry]


@examples(4)
@given(st.data())
def test_6_resets_of_a_model_without_state_do_nothing(data: st.DataObject) -> None:
    drawn = data.draw(sizes())._replace(burn_in=0, times=1)
    for batching in ("sequences", "streams"):
        made = []
        for situation in (s for s in SITUATIONS if s.batching == batching):
            drawn = drawn._replace(columns=0.3 - drawn.columns)
            rows, chosen = drawn.rows("dense"), drawn.training(situation, epochs=2)
            ours = trainer(dataset(rows), chosen, net=model((("dense", {"size": 3}), ("dense", {"size": 2}))))
            trained(ours)
            made.append(bits(ours))
        assert all(one == made[0] for one in made)


@every_layer
@examples(1)
@given(st.data())
def test_7_an_initial_state_rests_where_no_row_was_reset(name: str, data: st.DataObject) -> None:
    """It has no gradient, and neither momentum nor weight decay moves it; else it has one, be it zero."""
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        ours = trainer(dataset(rows), chosen, net=net_of(name))
        initial = {n: p for n, p in ours.model.named_parameters() if ".initial_" in n}
        seen: list[Window] = []
        with mock.patch("rnnctl.training.loop.windows", lambda *args, seen=seen, **named: noted(seen, *args, **named)):
            before = {n: p.detach().clone() for n, p in initial.items()}
            for event in ours.fit():
                if isinstance(event, WindowTrained) and event.loss is not None:
                    was_reset = bool(seen[-1].reset.any())
                    for n, parameter in initial.items():
                        assert (parameter.grad is not None) == was_reset
                        assert was_reset or torch.equal(parameter, before[n])
                before = {n: p.detach().clone() for n, p in initial.items()}


def noted(seen: list[Window], *args: Any, **named: Any) -> Iterator[Window]:
    for window in windows(*args, **named):
        seen.append(window)
        yield window


# 8, 9. Evaluating, saving, restoring


@every_layer
@examples(1)
@given(st.data())
def test_8_evaluating_and_saving_change_no_bit_of_training(name: str, data: st.DataObject) -> None:
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        alone = trainer(dataset(rows), chosen, net=net_of(name))
        trained(alone)
        busy = trainer(dataset(rows, rows[:2]), chosen, net=net_of(name))
        for _ in busy.fit():
            busy.evaluate(busy.dataset.train)
            capture(busy)
            torch.rand(3)
        assert bits(busy) == bits(alone)


@every_layer
@examples(2)
@given(st.data())
def test_9_restored_in_mid_stream_the_rest_is_the_same(name: str, data: st.DataObject) -> None:
    """Every event and every bit, from any event on."""
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows(name), drawn.training(situation)
        found = dataset(rows, rows[:1])
        whole = trainer(found, chosen, net=net_of(name))
        events = trained(whole)
        stop = data.draw(st.integers(1, len(events) - 1))
        first = trainer(found, chosen, net=net_of(name))
        begun = list(islice(first.fit(), stop))
        second = trainer(found, chosen, net=net_of(name))
        restore(second, *capture(first))
        assert begun + trained(second)[1:] == events
        assert bits(second) == bits(whole)


@examples(8)
@given(st.data())
def test_9_training_may_stop_after_every_window(data: st.DataObject) -> None:
    """What has been told and where it stands are enough to go on from, in the midst of a batch as at its end."""
    for situation in SITUATIONS:
        drawn = data.draw(sizes())
        rows, chosen = drawn.rows("zoneout_lstm"), drawn.training(situation, epochs=2)
        whole, halting = (trainer(dataset(rows), chosen, net=net_of("zoneout_lstm")) for _ in range(2))
        trained(whole)
        while halting.place.epoch <= chosen.epochs:
            list(islice(halting.fit(), 2))
        assert bits(halting) == bits(whole)
