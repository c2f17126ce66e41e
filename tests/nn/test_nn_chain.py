"""The pure chain: a window of steps through all layers, and draws by counter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnctl import Cell
from rnnctl.catalogue import read_definitions
from rnnctl.document import parse
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Signal
from rnnctl.nn.chain import CellChain, DrawKeys

torch.set_num_threads(1)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def deep() -> CellChain:
    layers = [
        Cell.of("lstm", 3, size=4),
        Cell.of("layer_norm", 4),
        Cell.of("gru", 4, size=2),
        Cell.of("dense", 2, size=1),
    ]
    return CellChain([Cell(c.layer, seed=0, place=str(i), dtype=torch.float64) for i, c in enumerate(layers)])


def test_a_window_equals_its_cells_step_by_step() -> None:
    model = deep()
    x = numbers(2, 5, 3)
    after, y = model.unroll(model.initial_carry(2), x)
    carry = [cell.initial_carry((2,)) for cell in model.each()]
    for t in range(5):
        value = x[:, t]
        for i, cell in enumerate(model.each()):
            carry[i], value = cell(carry[i], value)
        torch.testing.assert_close(y[:, t], value, rtol=1e-10, atol=1e-10)
    assert [len(states) for states in after] == [2, 0, 1, 0]
    torch.testing.assert_close(after[0], carry[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(after[2][0], carry[2], rtol=1e-10, atol=1e-10)


def test_symbols_go_through_a_chain() -> None:
    cells = [Cell.of("embedding", 5, size=3), Cell.of("rnn", 3, size=2)]
    model = CellChain([Cell(c.layer, seed=0, place=str(i)) for i, c in enumerate(cells)])
    x = torch.tensor([[0, 4, 2], [1, 1, 3]])
    valid = np.array([[True, True, True], [True, False, False]])
    after, y = model.unroll(model.initial_carry(2), x, valid=valid)
    one, other = model.unroll(model.initial_carry(1), x[1:, :1])
    torch.testing.assert_close(y[1:, :1], other)
    torch.testing.assert_close(after[1][0][1:], one[1][0])


def test_the_initial_carry_has_no_history_and_a_reset_has() -> None:
    model = deep()
    for cell in model.each():
        cell.learn_initial_state()
    carry = model.initial_carry(2)
    assert not any(part.requires_grad for states in carry for part in states)
    x = numbers(2, 3, 3)
    learned = [p for n, p in model.named_parameters() if ".initial_" in n]
    assert len(learned) == 3
    _, y = model.unroll(carry, x)
    assert torch.autograd.grad(y.sum(), learned, allow_unused=True) == (None, None, None)
    reset = np.zeros((2, 3), np.bool_)
    reset[1, 0] = True
    _, z = model.unroll(carry, x, reset=reset)
    assert torch.equal(z, y), "the first step was a fresh one in any case"
    assert all((g != 0).any() for g in torch.autograd.grad(z.sum(), learned))
    gradients = torch.autograd.grad(model.unroll(carry, x, reset=reset)[1][0].sum(), learned)
    assert all(torch.equal(g, torch.zeros_like(g)) for g in gradients), "row 0 carried over"


def test_nothing_is_remembered() -> None:
    model = deep()
    x = numbers(2, 5, 3)
    _, first = model.unroll(model.initial_carry(2), x)
    _, second = model.unroll(model.initial_carry(2), x)
    assert torch.equal(first, second)


def drawing(per: str, probability: float = 0.5, width: int = 8) -> CellChain:
    text = f"c:\n  draws: {{m: {{bernoulli: {probability}, shape: [input], per: {per}}}}}\n  output: m * x"
    document = parse(text, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert diagnostics == []
    return CellChain([Cell(bind(found["c"], {"x": Signal((width,))}, {}), seed=0)])


def keys_of(rows: list[int], steps: int, *, seed: int = 1, epoch: int = 2, window: int = 0, start: int = 0) -> DrawKeys:
    """Keys of sequences of 100 steps each, `rows`, from a step on; `window` is the step at which the window began."""
    numbers = np.array(rows)[:, np.newaxis] + np.zeros(steps, np.int64)
    return DrawKeys(seed, epoch, 100 * numbers + np.arange(start, start + steps), 100 * numbers + window, numbers)


def drawn(model: CellChain, rows: list[int], steps: int, **keys: int) -> Tensor:
    return model.unroll(((),), torch.ones(len(rows), steps, 8), keys=keys_of(rows, steps, **keys))[1]


def test_draws_per_step() -> None:
    model = drawing("step")
    whole = drawn(model, [3, 9, 4], 6)
    assert set(whole.unique().tolist()) == {0.0, 1.0}
    assert len({tuple(row) for row in whole.reshape(-1, 8).int().tolist()}) > 12
    assert torch.equal(drawn(model, [9], 4, start=2)[0], whole[1, 2:])
    assert torch.equal(drawn(model, [4, 3], 6), whole[[2, 0]])
    assert torch.equal(drawn(model, [3, 9, 4], 6, window=7), whole), "a step draws the same in any window"
    for other in ({"seed": 2}, {"epoch": 4}, {"start": 1}):
        assert not torch.equal(drawn(model, [3, 9, 4], 6, **other), whole)


def test_draws_per_window() -> None:
    model = drawing("window")
    whole = drawn(model, [3, 9, 4], 6)
    assert torch.equal(whole, whole[:, :1].expand_as(whole))
    assert torch.equal(drawn(model, [4], 2, start=4)[0], whole[2, :2])
    assert not torch.equal(whole[0], whole[1])
    for other in ({"seed": 2}, {"epoch": 4}, {"window": 50}):
        assert not torch.equal(drawn(model, [3, 9, 4], 6, **other), whole)


def test_draws_per_sequence() -> None:
    model = drawing("sequence")
    whole = drawn(model, [3, 9, 4], 6)
    assert torch.equal(whole, whole[:, :1].expand_as(whole))
    assert torch.equal(drawn(model, [3, 9, 4], 6, window=50, start=50), whole), "the next window of the same sequence"
    assert not torch.equal(whole[0], whole[1])
    for other in ({"seed": 2}, {"epoch": 4}):
        assert not torch.equal(drawn(model, [3, 9, 4], 6, **other), whole)


@pytest.mark.parametrize("per", ["window", "sequence"])
def test_draws_change_within_a_row_where_their_keys_do(per: str) -> None:
    """In a stream a row has several sequences, and what is computed again several windows."""
    model = drawing(per)
    numbers = np.array([[0, 0, 5, 5, 5, 7]])
    keys = DrawKeys(1, 2, np.arange(6)[np.newaxis], numbers, numbers)
    [row] = model.unroll(((),), torch.ones(1, 6, 8), keys=keys)[1]
    for t, number in enumerate(numbers[0]):
        one = DrawKeys(1, 2, np.array([[50]]), np.array([[number]]), np.array([[number]]))
        assert torch.equal(model.unroll(((),), torch.ones(1, 1, 8), keys=one)[1][0, 0], row[t])
    assert not torch.equal(row[0], row[2])
    assert not torch.equal(row[4], row[5])


@pytest.mark.parametrize("per", ["step", "window", "sequence"])
def test_draws_do_not_see_padding_and_have_their_expectation_outside_training(per: str) -> None:
    model = drawing(per, probability=0.25)
    keys = keys_of([3, 9], 5)
    ones = torch.ones(2, 5, 8)
    valid = np.array([[True] * 5, [True, True, False, False, False]])
    _, whole = model.unroll(((),), ones, keys=keys)
    _, padded = model.unroll(((),), ones, keys=keys, valid=valid)
    assert torch.equal(padded[torch.tensor(valid)], whole[torch.tensor(valid)])
    _, expected = model.eval().unroll(((),), ones, keys=keys)
    assert torch.equal(expected, torch.full((2, 5, 8), 0.25))


def test_layers_that_are_alike_draw_apart() -> None:
    layer = Cell.of("dropout", 8).layer
    model = CellChain([Cell(layer, seed=0, place="0"), Cell(layer, seed=0, place="1")])
    _, y = model.unroll(((), ()), torch.ones(50, 4, 8), keys=keys_of(list(range(50)), 4))
    assert set(y.unique().tolist()) == {0.0, 4.0}
    assert float((y == 4).float().mean()) == pytest.approx(0.25, abs=0.04)


def test_padding_is_harmless_where_a_layer_divides_by_its_input() -> None:
    """Zeros in the place of padding would be NaN in the gradient of every weight."""
    text = "c:\n  state: {h: input}\n  parameters: {u: {shape: [input], init: ones}}\n  equations: |\n"
    text += "    h' = 0.5 * h + u * x / sum(x) + log(u * x)\n  output: h'"
    document = parse(text, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert diagnostics == []
    model = CellChain([Cell(bind(found["c"], {"x": Signal((3,))}, {}), seed=0, dtype=torch.float64)])
    x = numbers(4, 5, 3).abs() + 0.1
    lengths = np.array([5, 2, 0, 4])
    valid = np.arange(5) < lengths[:, np.newaxis]
    valid[3, 0] = False  # a hole at the head
    mask = torch.tensor(valid)
    padded = torch.where(mask[..., None], x, torch.nan)
    after, y = model.unroll(model.initial_carry(4), padded, valid=valid)
    (found_gradient,) = torch.autograd.grad(torch.where(mask[..., None], y, 0.0).sum(), list(model.parameters()))
    expected = torch.zeros(3, dtype=torch.float64)
    for row, (low, high) in enumerate(((0, 5), (0, 2), (0, 0), (1, 4))):
        if low < high:
            alone_after, alone = model.unroll(model.initial_carry(1), x[row : row + 1, low:high])
            torch.testing.assert_close(y[row : row + 1, low:high], alone, rtol=1e-10, atol=1e-10)
            torch.testing.assert_close(after[0][0][row], alone_after[0][0][0], rtol=1e-10, atol=1e-10)
            expected += torch.autograd.grad(alone.sum(), list(model.parameters()))[0]
    torch.testing.assert_close(found_gradient, expected, rtol=1e-10, atol=1e-10)
    assert torch.equal(after[0][0][2], torch.zeros(3, dtype=torch.float64))
    nothing, _ = model.unroll(model.initial_carry(4), padded, valid=np.zeros((4, 5), np.bool_))
    assert torch.equal(nothing[0][0], torch.zeros(4, 3, dtype=torch.float64))


def test_a_finished_row_is_not_driven_on() -> None:
    """Beyond its end its carry may leave all numbers, which must not reach a gradient."""
    text = """
c:
  state: {h: size, t: {shape: [], initial: 3, learn: false}}
  parameters: {W: {shape: [size, input], init: ones}}
  equations: |
    h' = h + sqrt(t) * (W @ x)
    t' = t - 1
  output: h'
"""
    document = parse(text, "c.yaml")
    found, wrong = read_definitions(document, document.value, ())
    assert wrong == []
    layer = bind(found["c"], {"x": Signal((1,))}, {"size": 2})
    model = CellChain([Cell(layer, seed=0, dtype=torch.float64)])
    x = torch.ones(2, 6, 1, dtype=torch.float64)
    valid = np.arange(6) < np.array([[3], [4]])
    carry, y = model.unroll(model.initial_carry(2), x, reset=np.zeros_like(valid), valid=valid)
    y[:, :3].sum().backward()
    padded = model.cells[0].W.grad.clone()
    model.zero_grad()
    _, short = model.unroll(model.initial_carry(2), x[:, :3])
    short.sum().backward()
    assert torch.equal(padded, model.cells[0].W.grad)
    assert torch.equal(carry[0][1], torch.tensor([0.0, -1.0], dtype=torch.float64))
