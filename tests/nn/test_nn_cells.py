"""A layer's equations as a module: what goes in, what comes out, what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnctl import LSTM, Cell, GRUCell, LSTMCell, RNNCell
from rnnctl.catalogue import read_definitions
from rnnctl.document import parse
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Signal
from rnnctl.errors import UsageError

torch.set_num_threads(1)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def by_text(text: str, *signals: Signal, **options: int) -> Cell:
    document = parse(text, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert diagnostics == []
    [one] = found.values()
    return Cell(bind(one, dict(zip(one.inputs, signals, strict=True)), options), seed=0)


def test_an_lstm_step_by_hand() -> None:
    cell = LSTMCell(3, 2, seed=0).double()
    p = {n: v.detach() for n, v in cell.named_parameters()}
    x, h, c = numbers(3).double(), numbers(2, seed=1).double(), numbers(2, seed=2).double()
    i, f, o = (torch.sigmoid(p["W" + g] @ x + p["U" + g] @ h + p["b" + g]) for g in "ifo")
    g = torch.tanh(p["Wg"] @ x + p["Ug"] @ h + p["bg"])
    expected_c = f * c + i * g
    expected_h = o * torch.tanh(expected_c)
    (after_h, after_c), y = cell((h, c), x)
    torch.testing.assert_close(after_c, expected_c, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(after_h, expected_h, rtol=1e-12, atol=1e-12)
    assert torch.equal(y, after_h)


def test_the_form_of_the_carry() -> None:
    assert isinstance(GRUCell(3, 2).initial_carry(), Tensor)
    h, c = LSTMCell(3, 2).initial_carry((4, 5))
    assert (h.shape, c.shape) == ((4, 5, 2), (4, 5, 2))
    assert Cell.of("dense", 3, size=2).initial_carry((4,)) == ()
    carry, y = Cell.of("dense", 3, size=2)((), numbers(4, 3))
    assert (carry, y.shape) == ((), (4, 2))


def test_symbols_are_whole_numbers() -> None:
    cell = Cell.of("embedding", 5, size=2)
    table = cell.get_parameter("E")
    assert torch.equal(cell((), torch.tensor(3))[1], table[3])
    assert torch.equal(cell((), torch.tensor([[3, 1], [0, 4]]))[1], table[torch.tensor([[3, 1], [0, 4]])])
    assert cell((), torch.tensor([3, 1], dtype=torch.int32))[1].shape == (2, 2)
    one_hot = Cell.of("one_hot", 3)
    assert one_hot((), torch.tensor([2, 0]))[1].tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    ("name", "x", "message"),
    [
        ("rnn", torch.ones(2, 4), r"rnn takes x of width 3, not \[2, 4\]"),
        ("rnn", torch.ones(()), r"rnn takes x of width 3, not \[\]"),
        ("rnn", torch.ones(3, dtype=torch.int64), "rnn takes floating-point numbers as x, not torch.int64"),
        ("rnn", torch.ones(3).double(), "rnn computes in torch.float32, and x is torch.float64"),
        ("embedding", torch.ones(3), "embedding takes whole numbers as x, not torch.float32"),
        ("rnn", [torch.ones(3), torch.ones(3)], r"rnn takes 1 inputs \(x\), not 2"),
    ],
)
def test_an_input_that_does_not_fit(name: str, x: Tensor | list[Tensor], message: str) -> None:
    cell = Cell.of(name, 3, size=2)
    with pytest.raises(UsageError, match=message):
        cell(cell.initial_carry(()), x)


def test_a_carry_that_does_not_fit() -> None:
    cell = LSTMCell(3, 2)
    h = torch.zeros(4, 2)
    x = torch.ones(4, 3)
    with pytest.raises(UsageError, match=r"the carry of lstm is \(h, c\), not 1 tensors"):
        cell(h, x)
    with pytest.raises(UsageError, match=r"the carry of lstm is \(h, c\), not 3 tensors"):
        cell((h, h, h), x)
    for wrong in (torch.zeros(1, 2), torch.zeros(2), torch.zeros(4, 3), torch.zeros(1, 4, 2)):
        with pytest.raises(UsageError, match=r"c of lstm has shape .*; with this input it must be \[4, 2\]"):
            cell((h, wrong), x)
    with pytest.raises(UsageError, match=r"the carry of dense is \(nothing\), not 1 tensors"):
        Cell.of("dense", 3, size=2)(h, x)


@pytest.mark.parametrize(
    ("name", "inputs", "options", "message"),
    [
        ("lstmm", 3, {"size": 2}, "unknown layer 'lstmm'"),
        ("lstm", 3, {}, "lstm needs 'size'"),
        ("lstm", 3, {"size": 0}, "size of lstm: must be at least 1, not 0"),
        ("rnn", 3, {"size": 2, "activation": "tan"}, "unknown function 'tan'"),
        ("clockwork_rnn", 3, {"size": 5, "modules": 2}, r"clockwork_rnn requires mod\(size, modules\) == 0"),
        ("recurrent_highway", 3, {"size": 2, "depth": 1001}, "a repeat makes 1 to 1000 passes, not 1001"),
    ],
)
def test_a_layer_that_cannot_be_made(name: str, inputs: int, options: dict[str, int | str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Cell.of(name, inputs, **options)


@pytest.mark.parametrize(
    ("inputs", "size", "message"),
    [
        ("10", 5, "the width of the input of lstm cannot be '10'"),
        (10.0, 5, "the width of the input of lstm cannot be 10.0"),
        (True, 5, "the width of the input of lstm cannot be True"),
        ([10], 5, "the width of the input of lstm cannot be [10]"),
        (10, None, "size of lstm cannot be None"),
        (10, True, "size of lstm cannot be True"),
        (10, "5", "size of lstm: expected a whole number, not '5'"),
    ],
)
def test_what_is_no_size(inputs: Any, size: Any, message: str) -> None:
    for make in (LSTM, LSTMCell):
        with pytest.raises(UsageError) as caught:
            make(inputs, size)
        assert caught.value.diagnostics[0].message == message


def test_values_are_drawn_from_seed_and_place() -> None:
    one, same, other = LSTMCell(3, 2, seed=0), LSTMCell(3, 2, seed=0), LSTMCell(3, 2, seed=1)
    for name, value in one.named_parameters():
        assert torch.equal(value, same.get_parameter(name))
    assert not torch.equal(one.get_parameter("Wi"), other.get_parameter("Wi"))
    elsewhere = Cell(one.layer, seed=0, place="1")
    assert not torch.equal(one.get_parameter("Wi"), elsewhere.get_parameter("Wi"))
    torch.manual_seed(5)
    first = RNNCell(3, 2).get_parameter("W").clone()
    second = RNNCell(3, 2).get_parameter("W").clone()
    torch.manual_seed(5)
    assert torch.equal(RNNCell(3, 2).get_parameter("W"), first)
    assert not torch.equal(first, second)


def test_the_forget_bias_of_an_lstm_is_1_and_other_biases_are_0() -> None:
    for name in ("lstm", "zoneout_lstm"):
        cell = Cell.of(name, 3, size=4)
        assert cell.get_parameter("bf").tolist() == [1, 1, 1, 1]
        for gate in "igo":
            assert cell.get_parameter("b" + gate).tolist() == [0, 0, 0, 0]
    assert Cell.of("layer_norm_lstm", 3, size=4).get_parameter("forget").tolist() == [1, 1, 1, 1]


def test_several_inputs() -> None:
    cell = by_text(
        "c:\n  inputs:\n    x: input\n    gate: [2, input]\n  state: {h: 2}\n  equations: |\n"
        "    h' = h + gate @ x\n  output: h' * sum(x)",
        Signal((3,)),
        Signal((2, 3)),
    )
    x, gate, h = numbers(4, 3), numbers(4, 2, 3, seed=1), numbers(4, 2, seed=2)
    expected = h + torch.einsum("bij,bj->bi", gate, x)
    after, y = cell(h, [x, gate])
    torch.testing.assert_close(after, expected)
    torch.testing.assert_close(y, expected * x.sum(-1, keepdim=True))
    assert cell.rows([x, gate]) == (4,)


def test_an_initial_value_that_is_not_zero_and_one_that_is_not_learned() -> None:
    cell = by_text(
        "c:\n  state:\n    h: {shape: input, initial: 0.5}\n    g: {shape: [], initial: 2, learn: false}\n"
        "    t: {shape: [], kind: integer, initial: 3}\n"
        "  equations: |\n    h' = h + x * t\n    g' = g + 1\n    t' = t - 1\n  output: h' * g",
        Signal((2,)),
    )
    h, g, t = cell.initial_carry((3,))
    assert (h.tolist(), g.tolist(), t.tolist()) == ([[0.5, 0.5]] * 3, [2, 2, 2], [3, 3, 3])
    cell.learn_initial_state()
    assert [n for n, _ in cell.named_parameters()] == ["initial_h"]
    cell.double()
    h, g, t = cell.initial_carry(())
    assert (h.dtype, g.dtype, t.dtype) == (torch.float64, torch.float64, torch.int64)


def test_names_that_a_module_uses_too() -> None:
    cell = by_text(
        "c:\n  parameters:\n    cell, layer, forward, rows: {shape: [input], init: {normal: 1}}\n"
        "  output: cell * x + layer * forward + rows",
        Signal((2,)),
    )
    p = dict(cell.named_parameters())
    assert sorted(p) == ["cell", "forward", "layer", "rows"]
    x = numbers(3, 2)
    torch.testing.assert_close(cell((), x)[1], p["cell"] * x + p["layer"] * p["forward"] + p["rows"])
    assert set(cell.state_dict()) == set(p)
    assert cell.eval().training is False


def test_dropout_by_hand() -> None:
    torch.manual_seed(0)
    cell = Cell.of("dropout", 1000, rate=0.25)
    y = cell((), torch.ones(1000))[1]
    assert sorted(y.unique().tolist()) == pytest.approx([0, 1 / 0.75])
    assert float((y == 0).float().mean()) == pytest.approx(0.25, abs=0.05)
    cell.eval()
    torch.testing.assert_close(cell((), torch.ones(1000))[1], torch.ones(1000))


@pytest.mark.parametrize(("per", "changes"), [("step", True), ("window", False), ("sequence", False)])
def test_draws_of_a_window_by_hand_change_as_they_are_declared(per: str, changes: bool) -> None:
    torch.manual_seed(0)
    cell = by_text(
        f"c:\n  draws: {{m: {{bernoulli: 0.5, shape: [input], per: {per}}}}}\n  output: m * x", Signal((20,))
    )
    _, y = cell.unroll((), torch.ones(4, 3, 20))
    assert torch.equal(y, y[:1].expand_as(y)) != changes
    assert not torch.equal(y[0, 0], y[0, 1])
    _, y = cell.eval().unroll((), torch.ones(4, 3, 20))
    assert torch.equal(y, torch.full((4, 3, 20), 0.5))


def test_gelu_in_the_users_words_is_differentiable() -> None:
    """A user's function, composed of primitives, has the derivative of calculus."""
    cell = by_text("c:\n  functions: |\n    soft(v) = log(1 + exp(v))\n  output: soft(x)", Signal((1,)))
    x = torch.tensor([0.7], requires_grad=True)
    cell((), x)[1].sum().backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(1 / (1 + math.exp(-0.7)), rel=1e-6)
