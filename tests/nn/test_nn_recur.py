"""The stateful face: everything that the first page of the manual promises, and the numeric cases of Flux."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import rnnctl
from rnnctl import (
    GRU,
    LSTM,
    RNN,
    Cell,
    Chain,
    Dense,
    GRUCell,
    LSTMCell,
    Recur,
    RNNCell,
    learn_initial_state,
    reset,
    truncate,
)
from rnnctl.errors import UsageError
from rnnctl.nn.carry import Carry

torch.set_num_threads(1)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def tensor(carry: Carry) -> Tensor:
    assert isinstance(carry, Tensor)
    return carry


# As the manual has it


def test_a_cell_written_by_hand() -> None:
    w, u, b = numbers(5, 10, seed=1), numbers(5, 5, seed=2), numbers(5, seed=3)

    def rnn(h: Carry, x: Tensor) -> tuple[Carry, Tensor]:
        h = torch.tanh(w @ x + u @ tensor(h) + b)
        return h, h

    x, h = numbers(10, seed=4), torch.zeros(5)
    after, y = rnn(h, x)
    m = Recur(rnn, h)
    assert torch.equal(tensor(m.state), torch.zeros(5))
    assert torch.equal(m(x), y)
    assert torch.equal(tensor(m.state), tensor(after))
    assert torch.equal(m(x), rnn(after, x)[1])
    assert repr(m) == "Recur(rnn)"

    cell = RNNCell(10, 5)
    with torch.no_grad():
        for name, value in zip(("W", "U", "b"), (w, u, b), strict=True):
            cell.get_parameter(name).copy_(value)
    carry, z = cell(h, x)
    assert torch.allclose(z, y, atol=1e-6)
    assert torch.equal(tensor(carry), z)


def test_layers_print_as_they_are_made() -> None:
    assert repr(RNN(10, 5)) == "Recur(RNNCell(10, 5, tanh))"
    assert repr(RNN(10, 5, "relu")) == "Recur(RNNCell(10, 5, relu))"
    assert repr(LSTM(10, 5)) == "Recur(LSTMCell(10, 5))"
    assert repr(GRU(10, 5)) == "Recur(GRUCell(10, 5))"
    assert repr(Dense(15, 5)) == "Dense(15, 5)"
    assert repr(Dense(15, 5, "relu")) == "Dense(15, 5, relu)"
    assert repr(Chain(LSTM(10, 15), Dense(15, 5))) == "Chain(Recur(LSTMCell(10, 15)), Dense(15, 5))"
    assert repr(Recur(Cell.of("indrnn", 3, size=2))) == "Recur(Cell(indrnn, 3, size=2, activation=relu))"


def test_a_chain_is_called_step_by_step() -> None:
    m = Chain(LSTM(10, 15), Dense(15, 5))
    seq = [numbers(10, seed=i) for i in range(4)]
    ys = [m(x) for x in seq]
    lstm, dense = m[0], m[1]
    assert isinstance(lstm, Recur)
    assert isinstance(dense, Recur)
    assert len(m) == 2
    carry = (torch.zeros(15), torch.zeros(15))
    for x, y in zip(seq, ys, strict=True):
        carry, hidden = lstm.cell(carry, x)
        assert torch.allclose(dense.cell((), hidden)[1], y, atol=1e-6)
    (h, c), empty = m.state
    assert torch.allclose(h, carry[0], atol=1e-6)
    assert torch.allclose(c, carry[1], atol=1e-6)
    assert empty == ()


def test_truncate_keeps_the_value_and_forgets_the_history() -> None:
    m = RNN(10, 5)
    first, second = numbers(10, seed=1).requires_grad_(), numbers(10, seed=2)
    m(first)
    before = tensor(m.state).clone()
    assert tensor(m.state).requires_grad
    truncate(m)
    assert torch.equal(tensor(m.state), before)
    assert not tensor(m.state).requires_grad
    m(second).sum().backward()
    assert first.grad is None


def test_reset_returns_to_the_initial_state() -> None:
    m = Chain(GRU(10, 15), LSTM(15, 4), Dense(4, 5))
    x = numbers(10)
    first = m(x)
    assert not torch.equal(m(x), first)
    reset(m)
    assert torch.equal(m(x), first)
    reset(m)
    gru, (h, c), _ = m.state
    assert (tensor(gru) == 0).all()
    assert (tensor(h) == 0).all()
    assert (tensor(c) == 0).all()


def test_a_loss_that_calls_either() -> None:
    m = Chain(RNN(1, 3, seed=1), Dense(3, 1, seed=2))
    seq = [numbers(1, seed=i) for i in range(6)]

    def loss(forget: bool) -> Tensor:
        reset(m)
        total = torch.zeros(())
        for t, x in enumerate(seq):
            if forget and t == 3:
                truncate(m)
            total = total + (m(x) ** 2).sum()
        return total

    full, cut = loss(forget=False), loss(forget=True)
    assert torch.equal(full, cut)
    parameters = list(m.parameters())
    first, second = torch.autograd.grad(full, parameters), torch.autograd.grad(cut, parameters)
    assert any(not torch.allclose(a, b) for a, b in zip(first, second, strict=True))
    optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
    before = float(full.detach())
    for _ in range(5):
        optimizer.zero_grad()
        loss(forget=True).backward()
        optimizer.step()
    assert float(loss(forget=True).detach()) < before


def test_learned_initial_states_are_among_the_parameters() -> None:
    m = Chain(LSTM(10, 15), RNN(15, 4), Dense(4, 5))
    before = {n for n, _ in m.named_parameters()}
    learn_initial_state(m)
    learn_initial_state(m)
    added = {n: p for n, p in m.named_parameters() if n not in before}
    assert {n: tuple(p.shape) for n, p in added.items()} == {
        "0.cell.initial_h": (15,),
        "0.cell.initial_c": (15,),
        "1.cell.initial_h": (4,),
    }
    reset(m)
    m(numbers(10)).sum().backward()
    for parameter in added.values():
        assert parameter.grad is not None
        assert (parameter.grad != 0).any()


# The numbers of Flux


def scalar_rnn(wi: float, wh: float, b: float) -> Recur:
    m = RNN(1, 1, "identity").double()
    with torch.no_grad():
        for name, value in (("cell.W", wi), ("cell.U", wh), ("cell.b", b)):
            m.get_parameter(name).fill_(value)
    return m


def test_flux_scalar_rnn() -> None:
    m = scalar_rnn(5, 4, 0)
    learn_initial_state(m)
    with torch.no_grad():
        m.get_parameter("cell.initial_h").fill_(7)
    for x in (2.0, 3.0):
        y = m(torch.tensor([x], dtype=torch.float64))
    assert y.item() == 167
    y.sum().backward()
    found = {n: p.grad.item() for n, p in m.named_parameters() if p.grad is not None}
    assert found == {"cell.W": 11, "cell.U": 66, "cell.b": 5, "cell.initial_h": 16}


def test_flux_scalar_rnn_with_a_state_that_is_given() -> None:
    cell = scalar_rnn(5, 4, 0).cell
    m = Recur(cell, torch.tensor([7.0], dtype=torch.float64))
    learn_initial_state(m)
    [m(torch.tensor([x], dtype=torch.float64)) for x in (2.0, 3.0)]
    tensor(m.state).sum().backward()
    assert tensor(m.state).item() == 167
    assert {n: p.grad.item() for n, p in m.named_parameters() if p.grad is not None} == {
        "cell.W": 11,
        "cell.U": 66,
        "cell.b": 5,
        "initial_0": 16,
    }


@pytest.mark.parametrize(("forget", "expected"), [(False, 2.8003), (True, 2.8)])
def test_flux_1547(forget: bool, expected: float) -> None:
    m = scalar_rnn(0.7, 0.001, 0.85)
    total = torch.zeros((), dtype=torch.float64)
    outputs = []
    for x, y in ((0.3, 0.5), (2.5, 1.0)):
        if forget:
            truncate(m)
        outputs.append(m(torch.tensor([x], dtype=torch.float64)))
        total = total + (outputs[-1] - y).sum()
    assert [o.item() for o in outputs] == pytest.approx([1.06, 2.60106], abs=1e-12)
    assert total.item() == pytest.approx(2.16106, abs=1e-12)
    total.backward()
    gradient = m.get_parameter("cell.W").grad
    assert gradient is not None
    assert gradient.item() == pytest.approx(expected, abs=1e-12)


def test_flux_accumulator() -> None:
    def accumulate(h: Carry, x: Tensor) -> tuple[Carry, Tensor]:
        h = tensor(h) + x
        return h, h

    m = Recur(accumulate, torch.tensor(0))
    [m(torch.tensor(x)) for x in (2, 3)]
    assert tensor(m.state).item() == 5
    [m(torch.tensor(x)) for x in range(1, 11)]
    assert tensor(m.state).item() == 60
    reset(m)
    assert tensor(m.state).item() == 0


# Rows


def test_rows_may_be_none_one_axis_or_more() -> None:
    m = GRU(3, 2, seed=0)
    x = numbers(4, 5, 3)
    ys = m(x)
    assert tensor(m.state).shape == (4, 5, 2)
    reset(m)
    assert torch.allclose(m(x[1]), ys[1], atol=1e-6)
    reset(m)
    assert torch.allclose(m(x[1, 2]), ys[1, 2], atol=1e-6)


def test_a_carry_is_never_broadcast() -> None:
    m = GRU(3, 2)
    m(numbers(4, 3))
    before = tensor(m.state)
    for x in (numbers(5, 3), numbers(1, 3), numbers(3), numbers(2, 4, 3)):
        with pytest.raises(UsageError, match=r"h of gru has shape \[4, 2\]; with this input it must be"):
            m(x)
        assert m.state is before
    m(numbers(4, 3))
    reset(m)
    m(numbers(3))
    with pytest.raises(UsageError, match=r"h of gru has shape \[2\]; with this input it must be \[4, 2\]"):
        m(numbers(4, 3))


def test_a_plain_function_keeps_the_shape_of_its_state() -> None:
    def rnn(h: Carry, x: Tensor) -> tuple[Carry, Tensor]:
        h = torch.tanh(tensor(h) + x)
        return h, h

    m = Recur(rnn, torch.zeros(3))
    m(numbers(4, 3))
    with pytest.raises(UsageError, match="the state changed its shape"):
        m(numbers(2, 4, 3))
    assert tensor(m.state).shape == (4, 3)
    with pytest.raises(UsageError, match="Recur needs an initial state"):
        Recur(rnn)


@pytest.mark.parametrize(
    "result", [torch.zeros(2), [torch.zeros(2)] * 2, (torch.zeros(2),), (torch.zeros(2),) * 3, None]
)
def test_a_function_gives_two_things(result: Any) -> None:
    m = Recur(lambda _h, _x: result, torch.zeros(2))
    with pytest.raises(UsageError, match="a cell gives two things: its next state and its output, as in `return h, y`"):
        m(torch.ones(2))
    assert torch.equal(tensor(m.state), torch.zeros(2))


@pytest.mark.parametrize(
    ("following", "shapes"),
    [
        (torch.zeros(3), "[(2,)] to [(3,)]"),
        (torch.zeros(4, 3), "[(2,)] to [(3,)]"),
        (torch.zeros(()), "[(2,)] to [()]"),
        ((torch.zeros(2), torch.zeros(2)), "[(2,)] to [(2,), (2,)]"),
    ],
)
def test_the_first_step_keeps_the_shape_of_the_state(following: Carry, shapes: str) -> None:
    m = Recur(lambda _, x: (following, x), torch.zeros(2))
    with pytest.raises(UsageError) as caught:
        m(torch.ones(2))
    assert caught.value.diagnostics[0].message == f"the state changed its shape from {shapes}"
    assert torch.equal(tensor(m.state), torch.zeros(2))


@pytest.mark.parametrize("cell", [3, None, "lstm", [LSTMCell(3, 4, seed=0)]])
def test_what_is_no_cell(cell: Any) -> None:
    for state in (None, torch.zeros(2)):
        with pytest.raises(UsageError, match="Recur takes a cell or a function of state and input, not "):
            Recur(cell, state)


def test_a_given_state_may_have_rows_of_its_own() -> None:
    h = numbers(4, 5, seed=1)
    m = Recur(RNNCell(10, 5, seed=0), h)
    assert torch.equal(tensor(m.state), h)
    x = numbers(4, 10)
    y = m(x)
    assert torch.allclose(y, m.cell(h, x)[1])
    reset(m)
    with pytest.raises(UsageError, match=r"h of rnn has shape \[4, 5\]; with this input it must be \[3, 5\]"):
        m(numbers(3, 10))
    without = Recur(RNNCell(10, 5, seed=0), h[0])
    assert torch.allclose(without(x), m.cell(h[0].expand(4, 5), x)[1])
    with pytest.raises(UsageError, match=r"the carry of lstm is \(h, c\), not 1 tensors"):
        Recur(LSTMCell(10, 5), torch.zeros(5))
    both = Recur(LSTMCell(10, 5), (torch.zeros(5), torch.ones(5)))
    both(x)
    assert [tuple(part.shape) for part in both.state] == [(4, 5), (4, 5)]


def test_the_state_can_be_set() -> None:
    m = RNN(3, 2, seed=0)
    m.state = torch.ones(2)
    assert torch.allclose(m(numbers(3)), m.cell(torch.ones(2), numbers(3))[1])


# Models


def test_gradient_of_a_learned_state_is_the_sum_over_the_rows() -> None:
    m = RNN(3, 2, seed=0).double()
    learn_initial_state(m)
    x = numbers(5, 3).double()
    m(x).sin().sum().backward()
    parameter = m.get_parameter("cell.initial_h")
    together, parameter.grad = parameter.grad, None
    for row in x:
        reset(m)
        m(row).sin().sum().backward()
    torch.testing.assert_close(together, parameter.grad, rtol=1e-12, atol=1e-12)
    parameter.grad = None
    truncate(m)
    m(x[0]).sum().backward()
    assert parameter.grad is None


def test_double_converts_weights_constants_and_the_state() -> None:
    m = Chain(Recur(Cell.of("antisymmetric_rnn", 3, size=4)), Recur(Cell.of("clockwork_rnn", 4, size=4)), Dense(4, 2))
    x = numbers(2, 3)
    m(x)
    assert m.double() is m
    assert m(x.double()).dtype is torch.float64
    whole, (h, t), _ = m.state
    assert tensor(whole).dtype is torch.float64
    assert tensor(h).dtype is torch.float64
    assert tensor(t).dtype is torch.int64
    assert tensor(t).tolist() == [2, 2]
    assert m.float()(x).dtype is torch.float32


def test_weights_go_out_and_come_back() -> None:
    first, second = (Chain(LSTM(3, 4, seed=s), Dense(4, 2, seed=s)) for s in (0, 1))
    for m in (first, second):
        learn_initial_state(m)
    with torch.no_grad():
        first.get_parameter("0.cell.initial_c").fill_(0.5)
    x = numbers(5, 3)
    assert not torch.allclose(first(x), second(x))
    assert set(first.state_dict()) == {n for n, _ in first.named_parameters()}
    second.load_state_dict(first.state_dict())
    reset(first)
    reset(second)
    assert torch.equal(first(x), second(x))


def test_a_copy_has_a_state_and_weights_of_its_own() -> None:
    m = Chain(RNN(3, 4, seed=0), Dense(4, 2, seed=1))
    x = numbers(3)
    m(x)
    m.layers[0].truncate()
    other = copy.deepcopy(m)
    assert torch.equal(other(x), m(x))
    with torch.no_grad():
        other.get_parameter("0.cell.W").zero_()
    assert not torch.equal(other(x), m(x))


def test_chains_nest_and_take_functions() -> None:
    inner = Chain(LSTM(3, 4, seed=0), torch.tanh)
    m = Chain(inner, nn.Linear(4, 2), Cell.of("gru", 2, size=2))
    x = numbers(3)
    m(x)
    ((h, _), nothing), linear, gru = m.state
    assert (tensor(h) != 0).any()
    assert (nothing, linear) == ((), ())
    assert (tensor(gru) != 0).any()
    reset(m)
    assert (tensor(m.state[0][0][0]) == 0).all()
    with pytest.raises(UsageError, match="a Chain needs at least one layer"):
        Chain()


@pytest.mark.parametrize("layer", [LSTMCell, nn.Linear, [LSTM(3, 4, seed=0)], 4, "lstm", None])
def test_what_is_no_layer_of_a_chain(layer: Any) -> None:
    for layers in ((layer,), (LSTM(3, 4, seed=0), layer)):
        with pytest.raises(UsageError) as caught:
            Chain(*layers)
        assert caught.value.diagnostics[0].message == (
            f"a Chain takes layers such as LSTM(10, 15), one after the other, not {layer!r}"
        )


def test_neighbours_in_a_chain_fit() -> None:
    def refusal(*layers: Any) -> str:
        with pytest.raises(UsageError) as caught:
            Chain(*layers)
        return caught.value.diagnostics[0].message

    assert refusal(LSTM(3, 4), Dense(5, 1)) == "Dense(5, 1) takes 5 numbers, and Recur(LSTMCell(3, 4)) gives 4 numbers"
    assert refusal(GRU(3, 4), RNN(4, 1), Dense(2, 1)) == (
        "Dense(2, 1) takes 2 numbers, and Recur(RNNCell(4, 1, tanh)) gives 1 number"
    )
    assert refusal(RNNCell(3, 4), GRUCell(3, 4)).startswith("Recur(GRUCell(3, 4)) takes 3 numbers, and ")
    assert refusal(LSTM(3, 5), Cell.of("embedding", 5, size=3)) == (
        "Cell(embedding, 5 symbols, size=3) takes 5 symbols, and Recur(LSTMCell(3, 5)) gives 5 numbers"
    )
    Chain(LSTM(3, 4), lambda y: y[..., :2], Dense(2, 1))  # what a function makes of it is its own affair


def test_a_model_without_state_may_be_reset() -> None:
    for m in (Dense(3, 2, seed=0), Chain(Dense(3, 2, seed=0)), nn.Linear(3, 2)):
        y = m(torch.ones(3))
        reset(m)
        truncate(m)
        learn_initial_state(m)
        assert torch.equal(m(torch.ones(3)), y)


def test_the_public_names() -> None:
    assert sorted(rnnctl.__all__) == dir(rnnctl) or set(dir(rnnctl)) == set(rnnctl.__all__)
    for name in rnnctl.__all__:
        assert getattr(rnnctl, name) is not None
    assert rnnctl.LSTMCell is LSTMCell
    assert rnnctl.GRUCell is GRUCell
    with pytest.raises(AttributeError, match="module 'rnnctl' has no attribute 'TCN'"):
        _ = rnnctl.TCN


def test_every_layer_steps_without_rows() -> None:
    """A single vector has no rows, and a counter then no axis at all."""
    m = Recur(Cell.of("clockwork_rnn", 3, size=4, modules=2))
    h, t = m.state
    assert (tensor(h).shape, tensor(t).shape) == ((4,), ())
    ys = [m(numbers(3)) for _ in range(3)]
    assert tensor(m.state[1]).item() == 3
    rows = Recur(m.cell)
    assert torch.allclose(torch.stack([rows(numbers(3)[None])[0] for _ in range(3)]), torch.stack(ys), atol=1e-6)


def test_a_model_that_has_stepped_is_copied_with_its_state() -> None:
    m = Chain(LSTM(3, 4), Dense(4, 2))
    learn_initial_state(m)
    x = torch.rand(3)
    m(x)
    buffer = io.BytesIO()
    torch.save(m, buffer)
    buffer.seek(0)
    expected = None
    for other in (copy.deepcopy(m), torch.load(buffer, weights_only=False)):
        assert not other.state[0][0].requires_grad
        y = other(x)
        expected = m(x) if expected is None else expected
        assert torch.equal(y, expected)


def test_a_given_state_is_the_wrappers_own() -> None:
    h = torch.zeros(2)
    m = Recur(lambda h, x: (h + x, h), h)
    h += 1
    assert torch.equal(m.state, torch.zeros(2))


def test_whole_numbers_in_a_given_state_are_not_learned() -> None:
    m = Recur(lambda h, x: ((h[0] + x, h[1] + 1), x), (torch.zeros(2), torch.tensor(0)))
    learn_initial_state(m)
    assert [name for name, _ in m.named_parameters()] == ["initial_0"]


def test_a_carry_of_another_type_is_refused() -> None:
    with pytest.raises(UsageError, match=r"h of rnn must be torch.float32, not torch.float64"):
        RNNCell(3, 2)(torch.zeros(2, dtype=torch.float64), torch.zeros(3))
