"""What spans layers: residuals, layers that run both ways, the end of a sequence, means; by hand and against torch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnctl import Cell
from rnnctl.build import make_members
from rnnctl.config.chain import bind_chain
from rnnctl.config.members import read_chain
from rnnctl.config.sections import TrainingSection
from rnnctl.equations.layer import Signal
from rnnctl.errors import UsageError
from rnnctl.nn.chain import CellChain, DrawKeys
from rnnctl.nn.members import Turn
from rnnctl.nn.recur import recurring, reset, truncate

torch.set_num_threads(1)

WIDTH, SIZE = 3, 4
LENGTHS = np.array([7, 3, 1, 5])


def model_of(*items: Any, width: int = WIDTH, learned: bool = False, seed: int = 0) -> CellChain:
    """The chain as a config has it, in double precision."""
    written, problems = read_chain(items, {}, frozenset())
    assert written is not None, problems
    chain, problems = bind_chain(written, Signal((width,)), learned=learned)
    assert not problems, problems
    training = TrainingSection.model_validate({"loss": "mse", "precision": "float64", "seed": seed})
    return CellChain(make_members(chain, training))


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def masks(lengths: NDArray[np.int64] = LENGTHS) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A reset at each row's first step, and the steps that belong to it."""
    valid = np.arange(lengths.max()) < lengths[:, np.newaxis]
    reset_ = np.zeros_like(valid)
    reset_[:, 0] = True
    return reset_, valid


def unrolled(model: CellChain, x: Tensor, valid: NDArray[np.bool_], reset_: NDArray[np.bool_] | None = None) -> Tensor:
    return model.unroll(model.initial_carry(len(x)), x, reset=reset_, valid=valid)[1]


def close(a: Any, b: Any) -> None:
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


# both directions, against torch

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": [""]}


def give_torch(theirs: nn.Module, name: str, ours: Sequence[Cell]) -> None:
    """Our parameters in torch's modules: gates packed one below the other, and for each layer two biases."""
    with torch.no_grad():
        for i, cell in enumerate(ours):
            suffix = f"_l{i // 2}" + ("_reverse" if i % 2 else "")
            values = dict(cell.named_parameters())
            for kind, start in (("weight_ih", "W"), ("weight_hh", "U"), ("bias_ih", "b")):
                packed = torch.cat([values[f"{start}{gate}"] for gate in GATES[name]])
                getattr(theirs, kind + suffix).copy_(packed)
            getattr(theirs, "bias_hh" + suffix).zero_()
            if name == "gru":
                getattr(theirs, "bias_hh" + suffix)[2 * SIZE :].copy_(values["cn"])


def torch_gradients(theirs: nn.Module, name: str, suffix: str) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for kind, start in (("weight_ih", "W"), ("weight_hh", "U"), ("bias_ih", "b")):
        parts = getattr(theirs, kind + suffix).grad.split(SIZE)
        found |= {f"{start}{gate}": part for gate, part in zip(GATES[name], parts, strict=True)}
    if name == "gru":
        found["cn"] = getattr(theirs, "bias_hh" + suffix).grad[2 * SIZE :]
    return found


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_both_directions_are_those_of_torch(name: str, layers: int) -> None:
    """Outputs and every gradient, over rows of different lengths."""
    both = {"bidirectional": {name: SIZE}}
    model = model_of({"stack": {"layer": both, "depth": layers}})
    theirs = getattr(nn, name.upper())(WIDTH, SIZE, layers, bidirectional=True, batch_first=True, dtype=torch.float64)
    give_torch(theirs, name, model.each())
    _, valid = masks()
    mask = torch.tensor(valid)[..., None]
    x, weights = numbers(4, 7, WIDTH).requires_grad_(), numbers(4, 7, 2 * SIZE, seed=1)
    y = unrolled(model, torch.where(mask, x, torch.nan), valid)
    packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    expected = pad_packed_sequence(theirs(packed)[0], batch_first=True)[0]
    close(torch.where(mask, y, 0.0), expected)
    (weights * torch.where(mask, y, 0.0)).sum().backward()
    ours_x, x.grad = x.grad, None
    (weights * expected).sum().backward()
    close(ours_x, x.grad)
    for i, cell in enumerate(model.each()):
        suffix = f"_l{i // 2}" + ("_reverse" if i % 2 else "")
        ours = {n: p.grad for n, p in cell.named_parameters()}
        close(ours, torch_gradients(theirs, name, suffix))


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_last_takes_each_directions_end(name: str) -> None:
    """What torch hands back as h_n: forward at a row's last step, backward at its first."""
    model = model_of({"bidirectional": {name: SIZE}}, "last")
    theirs = getattr(nn, name.upper())(WIDTH, SIZE, bidirectional=True, batch_first=True, dtype=torch.float64)
    give_torch(theirs, name, model.each())
    _, valid = masks()
    x = numbers(4, 7, WIDTH).requires_grad_()
    y = unrolled(model, x, valid)[torch.arange(4), torch.tensor(LENGTHS - 1)]
    packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    ended = theirs(packed)[1]
    ended = torch.cat(list(ended[0] if name == "lstm" else ended), 1)
    close(y, ended)
    weights = numbers(4, 2 * SIZE, seed=2)
    (weights * y).sum().backward()
    ours_x, x.grad = x.grad, None
    (weights * ended).sum().backward()
    close(ours_x, x.grad)
    for cell, suffix in zip(model.each(), ("_l0", "_l0_reverse"), strict=True):
        close({n: p.grad for n, p in cell.named_parameters()}, torch_gradients(theirs, name, suffix))


@pytest.mark.parametrize(("merge", "join"), [("sum", torch.add), ("mean", lambda a, b: (a + b) / 2)])
def test_two_outputs_made_one(merge: str, join: Any) -> None:
    joined = model_of({"bidirectional": {"layer": {"gru": SIZE}, "merge": merge}})
    concat = model_of({"bidirectional": {"gru": SIZE}})
    _, valid = masks()
    x, mask = numbers(4, 7, WIDTH), torch.tensor(valid)
    forward, backward = unrolled(concat, x, valid).split(SIZE, -1)
    close(unrolled(joined, x, valid)[mask], join(forward, backward)[mask])


def test_the_backward_direction_is_the_same_layer_over_the_turned_row() -> None:
    model = model_of({"bidirectional": ["layer_norm", {"lstm": SIZE}, {"dense": 2}]})
    assert [place for place, _ in model.placed()] == [
        f"0.{side}.{i}" for side in ("forward", "backward") for i in range(3)
    ]
    _, valid = masks()
    x = numbers(4, 7, WIDTH)
    y = unrolled(model, x, valid)
    for side, cells in enumerate((model.each()[:3], model.each()[3:])):
        alone = CellChain([copy.deepcopy(cell) for cell in cells])
        for row, length in enumerate(LENGTHS):
            steps = x[row : row + 1, :length]
            found = unrolled(alone, steps.flip(1) if side else steps, valid[row : row + 1, :length])
            close(y[row : row + 1, :length, 2 * side : 2 * side + 2], found.flip(1) if side else found)


def test_each_window_that_resets_is_a_world_of_its_own() -> None:
    """And so is every sequence inside one: a reset in mid-window is a border for both directions."""
    model = model_of({"bidirectional": {"lstm": SIZE}}, {"bidirectional": {"gru": 2}}, learned=True)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".initial_" in name:
                parameter.copy_(numbers(*parameter.shape, seed=len(name)))
    x, (reset_, valid) = numbers(4, 7, WIDTH), masks()
    reset_[0, 3] = reset_[3, 4] = True
    whole = unrolled(model, x, valid, reset_)
    for row, low, high in ((0, 0, 3), (0, 3, 7), (1, 0, 3), (2, 0, 1), (3, 0, 4), (3, 4, 5)):
        first = np.zeros((1, high - low), np.bool_)
        first[:, 0] = True
        alone = unrolled(model, x[row : row + 1, low:high], np.ones_like(first), first)
        close(whole[row : row + 1, low:high], alone)


def test_the_initial_states_of_both_directions_are_learned() -> None:
    model = model_of({"bidirectional": {"lstm": SIZE}}, learned=True)
    reset_, valid = masks()
    y = unrolled(model, numbers(4, 7, WIDTH), valid, reset_)
    y[torch.tensor(valid)].sum().backward()
    learned = {n: p.grad for n, p in model.named_parameters() if ".initial_" in n}
    assert set(learned) == {f"cells.0.{side}.initial_{s}" for side in ("forward", "backward") for s in "hc"}
    assert all(gradient is not None and (gradient != 0).all() for gradient in learned.values())


def test_the_turn_of_a_window() -> None:
    """Sequences of 3 and 2 steps with padding behind them; a row that begins late; one without any step."""
    valid = np.array([[1, 1, 1, 1, 1, 0], [0, 0, 1, 1, 1, 1], [0] * 6], np.bool_)
    reset_ = np.array([[1, 0, 0, 1, 0, 0], [0] * 6, [0] * 6], np.bool_)
    turn = Turn.of(reset_, valid)
    assert turn.other.tolist() == [[2, 1, 0, 4, 3, 5], [0, 1, 5, 4, 3, 2], [0, 1, 2, 3, 4, 5]]
    assert turn.first.tolist() == [[0, 0, 0, 3, 3, 5], [0, 1, 2, 2, 2, 2], [0, 1, 2, 3, 4, 5]]


# residuals, stacks, means


def test_a_residual_by_hand() -> None:
    model = model_of({"residual": [{"dense": {"size": 5, "activation": "tanh"}}, {"dense": WIDTH}]})
    weights = {n.removeprefix("cells."): p for n, p in model.named_parameters()}
    assert set(weights) == {"0.0.W", "0.0.b", "0.1.W", "0.1.b"}
    x, (_, valid) = numbers(4, 7, WIDTH), masks()
    inside = torch.tanh(x @ weights["0.0.W"].T + weights["0.0.b"]) @ weights["0.1.W"].T + weights["0.1.b"]
    mask = torch.tensor(valid)
    close(unrolled(model, x, valid)[mask], (x + inside)[mask])


def test_a_residual_around_a_recurrent_layer_is_torchs_and_the_input() -> None:
    model = model_of({"residual": {"lstm": SIZE}}, width=SIZE)
    theirs = nn.LSTM(SIZE, SIZE, batch_first=True, dtype=torch.float64)
    packed = [torch.cat([dict(model.each()[0].named_parameters())[f"{s}{g}"] for g in "ifgo"]) for s in "WUb"]
    with torch.no_grad():
        for own, value in zip(theirs.parameters(), [*packed, torch.zeros(4 * SIZE)], strict=True):
            own.copy_(value)
    x = numbers(2, 7, SIZE).requires_grad_()
    y = unrolled(model, x, np.ones((2, 7), np.bool_))
    expected = x + theirs(x)[0]
    close(y, expected)
    weights = numbers(2, 7, SIZE, seed=1)
    [ours_x], [their_x] = (torch.autograd.grad((weights * v).sum(), [x]) for v in (y, expected))
    close(ours_x, their_x)


def test_the_mean_of_all_steps_since_the_last_reset() -> None:
    model = model_of("mean", width=1)
    x = torch.tensor([[2.0, 4.0, 9.0, 1.0, 5.0], [3.0, 1.0, 7.0, 7.0, 7.0]], dtype=torch.float64)[..., None]
    reset_ = np.array([[1, 0, 0, 1, 0], [1, 0, 0, 0, 0]], np.bool_)
    valid = np.array([[1] * 5, [1, 1, 0, 0, 0]], np.bool_)
    (after,), y = model.unroll(model.initial_carry(2), x, reset=reset_, valid=valid)
    assert y[0, :, 0].tolist() == [2.0, 3.0, 5.0, 1.0, 3.0]
    assert y[1, :2, 0].tolist() == [3.0, 2.0]
    assert after[0].tolist() == [[6.0], [4.0]]
    assert after[1].tolist() == [2, 2]


def test_mean_pooling_spreads_a_gradient_evenly() -> None:
    model = model_of("mean", width=2)
    x, (_, valid) = numbers(4, 7, 2).requires_grad_(), masks()
    unrolled(model, x, valid)[torch.arange(4), torch.tensor(LENGTHS - 1)].sum().backward()
    expected = np.where(valid, 1 / LENGTHS[:, np.newaxis], 0)[..., np.newaxis].repeat(2, 2)
    close(x.grad, torch.tensor(expected))


def test_a_stack_is_its_layers_written_out() -> None:
    short = {"stack": {"layer": {"gru": SIZE}, "depth": 3, "dropout": 0.2, "per": "sequence"}}
    drop = {"dropout": {"rate": 0.2, "per": "sequence"}}
    stacked = model_of(short)
    written = model_of({"gru": SIZE}, drop, {"gru": SIZE}, drop, {"gru": SIZE})
    assert [n for n, _ in stacked.named_parameters()] == [n for n, _ in written.named_parameters()]
    for a, b in zip(stacked.parameters(), written.parameters(), strict=True):
        assert torch.equal(a, b)
    assert [place for place, _ in stacked.placed()] == ["0", "1", "2", "3", "4"]
    x, keys = numbers(2, 5, WIDTH), keys_of([4, 6], 5)
    carry = stacked.initial_carry(2)
    assert torch.equal(stacked.unroll(carry, x, keys=keys)[1], written.unroll(carry, x, keys=keys)[1])


def test_last_changes_nothing_elsewhere() -> None:
    model = model_of({"lstm": SIZE}, "last", {"dense": 2})
    assert [place for place, _ in model.placed()] == ["0", "2"]
    x, (_, valid) = numbers(4, 7, WIDTH), masks()
    without = CellChain(model.each())
    assert torch.equal(unrolled(model, x, valid), unrolled(without, x, valid))
    assert len(model.initial_carry(1)) == 2


# the contract of state, over chains of all of them

CHAINS: dict[str, list[Any]] = {
    "residual": [{"residual": [{"lstm": 5}, {"dense": WIDTH}]}, {"dense": 2}],
    "nested": [{"lstm": 4}, {"residual": [{"residual": [{"gru": 4}, {"dropout": 0.3}]}, {"rnn": 4}]}, "mean"],
    "stack": [{"stack": {"layer": {"residual": {"gru": WIDTH}}, "depth": 3, "dropout": 0.1}}, "mean"],
    "mean": ["mean", {"lstm": 3}, "mean", {"dense": 1}],
    "last": [{"gru": 3}, "last", {"dense": 2}],
}
BOTH: dict[str, list[Any]] = {
    "bidirectional": [{"bidirectional": {"lstm": 3}}, {"dense": 2}],
    "in a residual": [{"residual": {"bidirectional": {"layer": {"gru": WIDTH}, "merge": "mean"}}}, "mean"],
    "of residuals": [{"bidirectional": [{"residual": {"gru": WIDTH}}, {"dropout": 0.2}]}, {"lstm": 2}],
    "of both": [{"bidirectional": {"bidirectional": {"rnn": 2}}}, "last", {"dense": 2}],
}


def keys_of(rows: list[int], steps: int, step: int = 0, opening: int = 0) -> DrawKeys:
    sequence = np.array(rows)[:, np.newaxis] + np.zeros((1, steps), np.int64)
    return DrawKeys(1, 2, 100 * sequence + step + np.arange(steps), 100 * sequence + opening, sequence)


@pytest.mark.parametrize("items", CHAINS.values(), ids=CHAINS)
def test_a_sequence_cut_anywhere_equals_the_whole(items: list[Any]) -> None:
    """With the draws of training: these belong to steps, not to windows."""
    model = model_of(*items, learned=True)
    x = numbers(2, 7, WIDTH)
    after, whole = model.unroll(model.initial_carry(2), x, keys=keys_of([4, 6], 7))
    for cut in range(1, 7):
        carry, head = model.unroll(model.initial_carry(2), x[:, :cut], keys=keys_of([4, 6], cut))
        carry, tail = model.unroll(carry, x[:, cut:], keys=keys_of([4, 6], 7 - cut, step=cut))
        close(torch.cat([head, tail], 1), whole)
        close(carry, after)


def members_of(held: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Members that hand on as many numbers as they get, three, so that any may follow any."""
    listed = st.lists(held, min_size=1, max_size=2)
    return st.one_of(
        listed.map(lambda items: {"residual": items}),
        st.builds(lambda items, depth: {"stack": {"layer": items, "depth": depth, "dropout": 0.2}}, listed, st.just(2)),
        listed.map(lambda items: {"bidirectional": {"layer": items, "merge": "mean"}}),
    )


ANY_CHAIN = st.lists(
    st.recursive(
        st.sampled_from(["mean", "layer_norm", {"dropout": 0.3}, {"gru": 3}, {"lstm": 3}, {"dense": 3}]),
        members_of,
        max_leaves=4,
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(items=ANY_CHAIN, lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_any_chain_sees_each_row_alone(items: list[Any], lengths: list[int]) -> None:
    """Whatever members hold one another: a row gives what it gives alone, at its true length."""
    model = model_of(*items, learned=True)
    x, (reset_, valid) = numbers(len(lengths), max(lengths), WIDTH), masks(np.array(lengths))
    rows = list(range(5, 5 + len(lengths)))
    carry = model.initial_carry(len(lengths))
    after, y = model.unroll(carry, x, reset=reset_, valid=valid, keys=keys_of(rows, max(lengths)))
    assert len(after) == len(model.each())
    for row, length in enumerate(lengths):
        here, keys = slice(row, row + 1), keys_of([rows[row]], length)
        alone_after, alone = model.unroll(
            model.initial_carry(1), x[here, :length], reset=reset_[here, :length], keys=keys
        )
        close(y[here, :length], alone)
        close([[s[here] for s in states] for states in after], [list(states) for states in alone_after])


@pytest.mark.parametrize("items", (CHAINS | BOTH).values(), ids=CHAINS | BOTH)
def test_padding_changes_nothing(items: list[Any]) -> None:
    """No output, no gradient, no carry at a sequence's true end: NaN in a padded step stays there."""
    model = model_of(*items, learned=True)
    x, (reset_, valid) = numbers(4, 7, WIDTH), masks()
    mask, rows = torch.tensor(valid), [3, 8, 5, 9]
    padded = torch.where(mask[..., None], x, torch.nan)
    carry = model.initial_carry(4)
    after, y = model.unroll(carry, padded, reset=reset_, valid=valid, keys=keys_of(rows, 7))
    torch.where(mask[..., None], y, 0.0).sum().backward()
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    for row, length in enumerate(LENGTHS):
        here = slice(row, row + 1)
        alone_after, alone = model.unroll(
            model.initial_carry(1), x[here, :length], reset=reset_[here, :length], keys=keys_of([rows[row]], length)
        )
        close(y[here, :length], alone)
        close([[s[here] for s in states] for states in after], [list(states) for states in alone_after])
        alone.sum().backward()
    close(found, {n: p.grad for n, p in model.named_parameters() if p.grad is not None})


@pytest.mark.parametrize("items", (CHAINS | BOTH).values(), ids=CHAINS | BOTH)
def test_gradients_agree_with_finite_differences(items: list[Any]) -> None:
    model = model_of(*items, learned=True)
    x, (reset_, valid) = numbers(4, 7, WIDTH), masks()
    weights = numbers(4, 7, 2)[..., :1]
    mask = torch.tensor(valid)[..., None]

    def loss() -> Tensor:
        y = model.unroll(model.initial_carry(4), x, reset=reset_, valid=valid, keys=keys_of([1, 2, 3, 4], 7))[1]
        return torch.where(mask, weights * torch.sin(y), 0.0).sum()

    loss().backward()
    for name, parameter in model.named_parameters():
        value, step = parameter.data.view(-1)[0], 1e-6
        before = value.item()
        with torch.no_grad():
            value.fill_(before + step)
            high = loss().item()
            value.fill_(before - step)
            low = loss().item()
            value.fill_(before)
        assert parameter.grad is not None, name
        assert parameter.grad.view(-1)[0].item() == pytest.approx((high - low) / (2 * step), rel=1e-5, abs=1e-7), name


def test_alike_layers_neither_begin_nor_draw_alike() -> None:
    model = model_of({"bidirectional": [{"dropout": 0.5}, {"gru": 8}]}, {"residual": {"dropout": 0.5}}, width=8)
    first = {n: p for n, p in model.named_parameters() if n.endswith(".Wr")}
    assert set(first) == {"cells.0.forward.1.Wr", "cells.0.backward.1.Wr"}
    assert not torch.equal(*first.values())
    dropout = model_of({"bidirectional": {"dropout": 0.5}}, width=8)
    y = dropout.unroll(((), ()), torch.ones(50, 4, 8, dtype=torch.float64), keys=keys_of(list(range(50)), 4))[1]
    forward, backward = (y == 2).split(8, -1)
    assert float((forward & backward).double().mean()) == pytest.approx(0.25, abs=0.03)


def test_a_step_keeps_its_draw_whichever_way_it_is_gone() -> None:
    """Where a sequence ends changes no draw of the backward direction at a step."""
    model = model_of({"bidirectional": {"layer": {"dropout": 0.5}, "merge": "sum"}}, width=8)
    x = torch.ones(2, 7, 8, dtype=torch.float64)
    whole = model.unroll(((), ()), x, keys=keys_of([4, 6], 7))[1]
    valid = np.arange(7) < np.array([[7], [3]])
    assert torch.equal(model.unroll(((), ()), x, valid=valid, keys=keys_of([4, 6], 7))[1][1, :3], whole[1, :3])


# the stateful face


@pytest.mark.parametrize("items", CHAINS.values(), ids=CHAINS)
def test_step_by_step_it_is_the_same(items: list[Any]) -> None:
    model = model_of(*items, learned=True).eval()
    m = recurring(model.cells).eval()
    x = numbers(2, 7, WIDTH)
    _, whole = model.unroll(model.initial_carry(2), x)
    close(torch.stack([m(x[:, t]) for t in range(7)], 1), whole)
    truncate(m)
    reset(m)
    close(m(x[:, 0]), whole[:, 0])


def test_a_chain_by_hand_shows_what_it_is() -> None:
    m = recurring(model_of({"residual": [{"gru": WIDTH}]}, "last", {"dense": 2}).cells)
    assert (
        repr(m)
        == "Chain(Residual(Recur(Cell(gru, 3, size=3))), Identity(), Cell(dense, 3, size=2, activation=identity))"
    )
    assert [name for name, _ in m.named_parameters()][-2:] == ["2.cell.W", "2.cell.b"]


def test_what_sees_the_future_is_not_called_step_by_step() -> None:
    model = model_of({"gru": 3}, {"residual": {"bidirectional": {"layer": {"gru": 3}, "merge": "sum"}}})
    with pytest.raises(UsageError) as caught:
        recurring(model.cells)
    assert str(caught.value) == (
        "layer 1.0 is bidirectional: it sees what is yet to come, so it cannot be called step by step"
    )


def test_copies_and_types() -> None:
    model = model_of(*BOTH["of residuals"], learned=True)
    again = copy.deepcopy(model).to(torch.float32)
    assert {p.dtype for p in again.parameters()} == {torch.float32}
    assert [n for n, _ in again.named_parameters()] == [n for n, _ in model.named_parameters()]
    x, (_, valid) = numbers(4, 7, WIDTH), masks()
    expected = unrolled(model.eval(), x, valid)
    close_ = unrolled(again.eval(), x.float(), valid)
    torch.testing.assert_close(close_.double(), expected, rtol=1e-4, atol=1e-5)
