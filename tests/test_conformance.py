"""Every layer of the catalogue, on every backend, held to the invariants of state.

The table is the catalogue itself: a layer is tested by being there. `OPTIONS` has what a layer needs beyond a
size. The numbers of the invariants are those of the contract on state:

1. stepping T times equals one window of T, and a sequence cut anywhere equals the whole;
2. truncation changes gradients, never outputs;
3. the gradient past a border is exactly zero, and inside agrees with finite differences;
4. a reset row equals a fresh row, its neighbours do not move, and rows are independent of one another;
5. padding changes nothing;
6. the carry keeps its shape and type;
7. a learned initial state's gradient is the sum over the resets;
10. the layers that torch also has agree with torch's.

Tolerances: 1e-10 in float64, 1e-5 in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnctl.backends.draws import uniforms
from rnnctl.backends.initialize import initial_values
from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.backends.torch import TorchBackend
from rnnctl.catalogue import definition, names
from rnnctl.equations.bind import bind
from rnnctl.equations.graph import Kind
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.options import options_of
from rnnctl.nn.cells import Cell
from rnnctl.nn.chain import CellChain, DrawKeys

torch.set_num_threads(1)

Array = NDArray[Any]
Carry = tuple[Array, ...]

OPTIONS: dict[str, dict[str, int | float | str]] = {
    "clockwork_rnn": {"size": 6, "modules": 3},
    "indrnn": {"activation": "softplus"},  # relu has a kink, where finite differences say nothing
    "recurrent_highway": {"depth": 2},
}
SIZE, WIDTH, SYMBOLS = 4, 3, 5
ROWS, STEPS = 3, 7

LAYERS = names()
STATEFUL = tuple(n for n in LAYERS if definition(n).states)
LEARNABLE = tuple(n for n in STATEFUL if any(s.learn for s in definition(n).states.values()))
RANDOM = tuple(n for n in LAYERS if definition(n).draws)
BACKENDS = ("numpy", "torch")
CLOSE = {np.float64: {"rtol": 1e-10, "atol": 1e-10}, np.float32: {"rtol": 1e-5, "atol": 1e-5}}


def made(name: str) -> Layer:
    """The layer with sizes that are small and all different."""
    found = definition(name)
    options = dict(OPTIONS.get(name, {}))
    if "size" in options_of(found):
        options.setdefault("size", SIZE)
    [(given_name, wanted)] = found.inputs.items()
    signal = Signal((WIDTH,)) if wanted.symbols is None else Signal((), SYMBOLS)
    return bind(found, {given_name: signal}, options)


def inputs(layer: Layer, lead: tuple[int, ...], seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    [signal] = layer.inputs.values()
    if signal.symbols is not None:
        return random.integers(0, signal.symbols, lead)
    return random.normal(size=lead + signal.shape)


def some_carry(layer: Layer, rows: int, seed: int = 1) -> Carry:
    """A carry in mid-sequence: every row its own."""
    random = np.random.default_rng(seed)
    return tuple(
        random.normal(size=(rows, *s.shape)) if s.kind is Kind.REAL else random.integers(0, 4, (rows, *s.shape))
        for s in layer.states
    )


def fresh_carry(layer: Layer, rows: int) -> Carry:
    return tuple(
        np.full((rows, *s.shape), s.initial, np.float64 if s.kind is Kind.REAL else np.int64) for s in layer.states
    )


def some_draws(layer: Layer, lead: tuple[int, ...], seed: int = 2) -> dict[str, Array]:
    random = np.random.default_rng(seed)
    return {d.name: (random.random((*lead, *d.shape)) < d.probability) * 1.0 for d in layer.draws}


class Runner:
    """One layer on one backend, with arrays of numpy going in and coming out."""

    def __init__(self, layer: Layer, backend: str, dtype: type = np.float64) -> None:
        self.layer, self.dtype, self.is_torch = layer, dtype, backend == "torch"
        values = initial_values(layer, seed=0, place="0")
        made_by: Any = TorchBackend(torch.float64 if dtype is np.float64 else torch.float32)
        self.machines = [
            Machine(layer, made_by if self.is_torch else NumpyBackend(dtype), packed=packed) for packed in (False, True)
        ]
        weights = {n: self._in(v) for n, v in values.items()}
        self.prepared = [m.prepare(weights) for m in self.machines]

    def _in(self, value: Array) -> Any:
        value = value.astype(self.dtype) if value.dtype == np.float64 else value
        return torch.tensor(value) if self.is_torch else value

    def _out(self, value: Any) -> Array:
        return value.numpy() if self.is_torch else np.asarray(value)

    def _named(self, x: Array) -> dict[str, Any]:
        [name] = self.layer.inputs
        return {name: self._in(x)}

    def _draws(self, lead: tuple[int, ...], draws: dict[str, Array] | None) -> dict[str, Any]:
        if draws is None:
            draws = {d.name: np.full((*lead, *d.shape), d.probability) for d in self.layer.draws}
        return {n: self._in(v) for n, v in draws.items()}

    def step(self, carry: Carry, x: Array, draws: dict[str, Array] | None = None) -> tuple[Carry, Array]:
        given = tuple(self._in(c) for c in carry)
        after, y = self.machines[0].step(self.prepared[0], given, self._named(x), self._draws(x.shape[:1], draws))
        return tuple(self._out(a) for a in after), self._out(y)

    def window(
        self,
        carry: Carry,
        x: Array,
        draws: dict[str, Array] | None = None,
        resets: Array | None = None,
        valid: Array | None = None,
    ) -> tuple[Carry, Array]:
        """Time-major: x (T, B, …), masks (T, B)."""
        steps, rows = x.shape[:2]
        after, y = self.machines[1].unroll(
            self.prepared[1],
            tuple(self._in(c) for c in carry),
            self._named(x),
            self._draws((steps, rows), draws),
            steps=steps,
            initial=tuple(self._in(c) for c in fresh_carry(self.layer, rows)),
            resets=[] if resets is None else [self._in(r) if r.any() else None for r in resets],
            valid=[] if valid is None else [self._in(v) if not v.all() else None for v in valid],
        )
        return tuple(self._out(a) for a in after), self._out(y)


def close(first: Sequence[Array] | Array, second: Sequence[Array] | Array, dtype: type = np.float64) -> None:
    pairs = [(first, second)] if isinstance(first, np.ndarray) else zip(first, second, strict=True)
    for a, b in pairs:
        assert np.asarray(a).shape == np.asarray(b).shape
        np.testing.assert_allclose(a, b, **CLOSE[dtype])


def test_the_table_is_not_empty() -> None:
    assert len(LAYERS) >= 17
    assert {"rnn", "lstm", "gru"} <= set(STATEFUL)
    assert {"dropout", "zoneout_lstm"} <= set(RANDOM)
    assert set(OPTIONS) <= set(LAYERS)


# 1. Steps, windows and cuts


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_1_stepping_equals_a_window_and_a_window_cut_anywhere(name: str, backend: str, dtype: type) -> None:
    layer = made(name)
    runner = Runner(layer, backend, dtype)
    x, draws = inputs(layer, (STEPS, ROWS)), some_draws(layer, (STEPS, ROWS))
    start = some_carry(layer, ROWS)
    carry, ys = start, []
    for t in range(STEPS):
        carry, y = runner.step(carry, x[t], {n: d[t] for n, d in draws.items()})
        ys.append(y)
    after, whole = runner.window(start, x, draws)
    close(after, carry, dtype)
    close(whole, np.stack(ys), dtype)
    for cut in range(1, STEPS):
        middle, head = runner.window(start, x[:cut], {n: d[:cut] for n, d in draws.items()})
        end, tail = runner.window(middle, x[cut:], {n: d[cut:] for n, d in draws.items()})
        close(end, after, dtype)
        close(np.concatenate([head, tail]), whole, dtype)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(data=st.data())
@pytest.mark.parametrize("name", STATEFUL)
def test_1_any_number_of_cuts(name: str, data: st.DataObject) -> None:
    layer = made(name)
    steps = data.draw(st.integers(1, 12))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, steps - 1)))))
    runner = Runner(layer, "numpy")
    x = inputs(layer, (steps, 2), seed=steps)
    after, whole = runner.window(fresh_carry(layer, 2), x)
    carry, parts = fresh_carry(layer, 2), []
    for low, high in zip([0, *cuts], [*cuts, steps], strict=True):
        if low < high:
            carry, y = runner.window(carry, x[low:high])
            parts.append(y)
    close(carry, after)
    close(np.concatenate(parts), whole)


# numpy against torch


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LAYERS)
def test_numpy_and_torch_agree(name: str, dtype: type) -> None:
    layer = made(name)
    by_numpy, by_torch = (Runner(layer, backend, dtype) for backend in BACKENDS)
    x, draws = inputs(layer, (STEPS, ROWS)), some_draws(layer, (STEPS, ROWS))
    resets, valid = masks()
    for given_draws in (draws, None):
        first = by_numpy.window(some_carry(layer, ROWS), x, given_draws, resets, valid)
        second = by_torch.window(some_carry(layer, ROWS), x, given_draws, resets, valid)
        close(first[0], second[0], dtype)
        close(first[1], second[1], dtype)
    close(by_numpy.step(some_carry(layer, ROWS), x[0])[1], by_torch.step(some_carry(layer, ROWS), x[0])[1], dtype)


def masks() -> tuple[Array, Array]:
    """Rows that are reset, and rows that end early, (T, B)."""
    resets = np.zeros((STEPS, ROWS), np.bool_)
    resets[[0, 2, 4], [0, 1, 0]] = True
    valid = np.ones((STEPS, ROWS), np.bool_)
    valid[5:, 0] = False
    valid[3:, 2] = False
    return resets, valid


# 4. Resets and rows


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_4_a_reset_row_is_a_fresh_row_and_its_neighbours_do_not_move(name: str, backend: str) -> None:
    layer = made(name)
    runner = Runner(layer, backend)
    x, start = inputs(layer, (STEPS, ROWS)), some_carry(layer, ROWS)
    resets = np.zeros((STEPS, ROWS), np.bool_)
    resets[3, 1] = True
    after, y = runner.window(start, x, resets=resets)
    plain_after, plain = runner.window(start, x)
    fresh_after, fresh = runner.window(fresh_carry(layer, ROWS), x[3:])
    for row in range(ROWS):
        expected = np.concatenate([plain[:3, row], fresh[:, row]]) if row == 1 else plain[:, row]
        close(y[:, row], expected)
        close([a[row] for a in after], [a[row] for a in (fresh_after if row == 1 else plain_after)])
    if layer.states and layer.name not in ("min_gru",):
        assert not np.allclose(plain[3:, 1], fresh[:, 1]), "the carry matters, or this test shows nothing"
    all_reset, again = runner.window(start, x, resets=np.ones((STEPS, ROWS), np.bool_))
    last, lasts = runner.window(fresh_carry(layer, ROWS), x[-1:])
    close(all_reset, last)
    close(again[-1:], lasts)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_4_rows_are_independent_of_one_another_and_of_the_batch_size(name: str, backend: str) -> None:
    layer = made(name)
    runner = Runner(layer, backend)
    x, start, draws = inputs(layer, (STEPS, ROWS)), some_carry(layer, ROWS), some_draws(layer, (STEPS, ROWS))
    after, y = runner.window(start, x, draws)
    for rows in ([0], [2, 1], [1, 1, 0, 2, 2]):
        part = {n: d[:, rows] for n, d in draws.items()}
        some_after, some = runner.window(tuple(c[rows] for c in start), x[:, rows], part)
        close(some, y[:, rows])
        close(some_after, [a[rows] for a in after])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_4_nan_stays_in_its_row(name: str, backend: str) -> None:
    layer = made(name)
    if layer.inputs["x"].symbols is not None:
        return
    runner = Runner(layer, backend)
    x, start = inputs(layer, (STEPS, ROWS)), some_carry(layer, ROWS)
    after, y = runner.window(start, x)
    broken = x.copy()
    broken[1, 1] = np.nan
    resets = np.zeros((STEPS, ROWS), np.bool_)
    resets[4, 1] = True
    with np.errstate(invalid="ignore"):
        other_after, other = runner.window(start, broken, resets=resets)
    for row in (0, 2):
        close(other[:, row], y[:, row])
        close([a[row] for a in other_after], [a[row] for a in after])
    assert np.isnan(other[1, 1]).any()
    assert not np.isnan(other[4:, 1]).any(), "a reset selects"


# 5. Padding


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_5_padding_changes_no_output_and_no_carry(name: str, backend: str) -> None:
    layer = made(name)
    runner = Runner(layer, backend)
    x, start = inputs(layer, (STEPS, ROWS)), some_carry(layer, ROWS)
    lengths = (STEPS, 4, 1)
    valid = np.arange(STEPS)[:, None] < np.array(lengths)
    after, y = runner.window(start, x, valid=valid)
    for row, length in enumerate(lengths):
        alone_after, alone = runner.window(tuple(c[[row]] for c in start), x[:length, [row]])
        close(y[:length, row], alone[:, 0])
        close([a[row] for a in after], [a[0] for a in alone_after])


# 6. Shape and type


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LAYERS)
def test_6_the_carry_keeps_its_shape_and_type(name: str, backend: str, dtype: type) -> None:
    layer = made(name)
    runner = Runner(layer, backend, dtype)
    start = fresh_carry(layer, ROWS)
    resets, valid = masks()
    x = inputs(layer, (STEPS, ROWS))
    stepped, y = runner.step(start, x[0])
    windowed, ys = runner.window(start, x, resets=resets, valid=valid)
    for carry in (stepped, windowed):
        assert len(carry) == len(layer.states)
        for part, state in zip(carry, layer.states, strict=True):
            assert part.shape == (ROWS, *state.shape)
            assert part.dtype == (dtype if state.kind is Kind.REAL else np.int64)
    assert (y.shape, y.dtype) == ((ROWS, *layer.output.shape), dtype)
    assert (ys.shape, ys.dtype) == ((STEPS, ROWS, *layer.output.shape), dtype)


# Gradients, on the backend that has them. A chain of one cell is what is trained.


def chain(name: str, dtype: torch.dtype = torch.float64) -> CellChain:
    return CellChain([Cell(made(name), seed=0, dtype=dtype)]).eval()


def tensors(layer: Layer, rows: int = ROWS, steps: int = STEPS) -> tuple[tuple[Tensor, ...], Tensor]:
    """A carry in mid-sequence and a batch-major window of inputs."""
    x = torch.tensor(inputs(layer, (rows, steps)))
    return tuple(torch.tensor(c) for c in some_carry(layer, rows)), x


def gradients(model: nn.Module, loss: Tensor) -> dict[str, Tensor]:
    """The gradient of every parameter; zeros where it has none."""
    values = dict(model.named_parameters())
    if not loss.requires_grad:
        return {n: torch.zeros_like(p) for n, p in values.items()}
    found = torch.autograd.grad(loss, list(values.values()), allow_unused=True, retain_graph=True)
    return {n: torch.zeros_like(p) if g is None else g for (n, p), g in zip(values.items(), found, strict=True)}


def weighted(y: Tensor, *, time: int = 0, row: int = 0, mask: Tensor | None = None) -> Tensor:
    """A loss that tells every number of y (B, T, …) apart, by its place in a batch of which y is a part."""
    rows, steps = y.shape[:2]
    times = torch.arange(time, time + steps, dtype=y.dtype)
    weights = torch.sin(1 + torch.arange(row, row + rows, dtype=y.dtype)[:, None] + 3 * times)
    behind = [1] * (y.ndim - 2)
    scored = weights.reshape(rows, steps, *behind) * torch.sin(y + 0.3)
    return (scored if mask is None else torch.where(mask.reshape(rows, steps, *behind), scored, 0.0)).sum()


@pytest.mark.parametrize("name", LAYERS)
def test_2_truncation_changes_gradients_never_outputs(name: str) -> None:
    model = chain(name).train()
    start, x = tensors(model.each()[0].layer)
    keys = {low: keys_of(np.arange(ROWS), np.arange(STEPS)[low : low + 3]) for low in range(STEPS)}
    after, whole = model.unroll((start,), x, keys=keys_of(np.arange(ROWS), np.arange(STEPS)))
    full = gradients(model, weighted(whole))
    carry: tuple[tuple[Tensor, ...], ...] = (start,)
    parts, total = [], {n: torch.zeros_like(g) for n, g in full.items()}
    for low in range(0, STEPS, 3):
        carry = tuple(tuple(part.detach() for part in states) for states in carry)
        carry, y = model.unroll(carry, x[:, low : low + 3], keys=keys[low])
        parts.append(y)
        total = {n: g + total[n] for n, g in gradients(model, weighted(y, time=low)).items()}
    assert torch.allclose(torch.cat(parts, 1), whole, rtol=1e-10, atol=1e-10)
    for part, expected in zip(carry[0], after[0], strict=True):
        torch.testing.assert_close(part, expected, rtol=1e-10, atol=1e-10)
    if full:
        same = all(torch.allclose(total[n], full[n], rtol=1e-8, atol=1e-8) for n in full)
        assert same == (not model.each()[0].layer.states), "what was truncated made a difference"
    kept: tuple[tuple[Tensor, ...], ...] = (start,)
    joined = []
    for low in range(0, STEPS, 3):  # not cut off: the same gradients, summed in another order
        kept, y = model.unroll(kept, x[:, low : low + 3], keys=keys[low])
        joined.append(y)
    for n, g in gradients(model, weighted(torch.cat(joined, 1))).items():
        torch.testing.assert_close(g, full[n], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", STATEFUL)
def test_3_the_gradient_past_a_border_is_exactly_zero(name: str) -> None:
    """By a reset in row 1 before step 4, and by truncation there for all rows."""
    model = chain(name)
    start, x = tensors(model.each()[0].layer)
    x.requires_grad_()
    leaves = tuple(part.requires_grad_() if part.is_floating_point() else part for part in start)
    reset = np.zeros((ROWS, STEPS), np.bool_)
    reset[1, 4] = True
    _, y = model.unroll((leaves,), x, reset=reset)
    wanted = [x, *(part for part in leaves if part.requires_grad)]
    gradient, *others = torch.autograd.grad(y[:, 4:].sin().sum(), wanted)
    assert torch.equal(gradient[1, :4], torch.zeros_like(gradient[1, :4]))
    for other in others:
        assert torch.equal(other[1], torch.zeros_like(other[1]))
    assert (gradient[1, 4:] != 0).any()
    for row in (0, 2):
        assert (gradient[row, 2:4] != 0).any()
        assert any((other[row] != 0).any() for other in others)
    middle, _ = model.unroll((leaves,), x[:, :4])
    cut = tuple(part.detach() for part in middle[0])
    _, tail = model.unroll((cut,), x[:, 4:])
    (gradient,) = torch.autograd.grad(tail.sin().sum(), [x])
    assert torch.equal(gradient[:, :4], torch.zeros_like(gradient[:, :4]))
    assert (gradient[:, 4:] != 0).any()


@pytest.mark.parametrize("name", LAYERS)
def test_3_gradients_agree_with_finite_differences(name: str) -> None:
    """Of parameters, inputs and the carry, over a window with a reset and with padding."""
    model = chain(name)
    cell = model.each()[0]
    start, x = tensors(cell.layer, rows=2, steps=3)
    reset = np.array([[False, False, False], [False, True, False]])
    valid = np.array([[True, True, True], [True, True, False]])
    parameters = dict(cell.named_parameters())
    whole_numbers = tuple(part for part in start if not part.is_floating_point())
    real = tuple(part.requires_grad_() for part in start if part.is_floating_point())
    free = (x.requires_grad_(),) if x.is_floating_point() else ()
    given_tensors = (*free, *real, *(p.detach().clone().requires_grad_() for p in parameters.values()))
    if not given_tensors:
        return
    unrolled = _Unrolled(model)

    def function(*values: Tensor) -> tuple[Tensor, ...]:
        inputs_now = values[0] if free else x
        parts, whole = iter(values[len(free) :]), iter(whole_numbers)
        carry = tuple(next(parts) if p.is_floating_point() else next(whole) for p in start)
        weights = dict(zip((f"model.cells.0.{n}" for n in parameters), parts, strict=True))
        after, y = torch.func.functional_call(unrolled, weights, ((carry,), inputs_now, reset, valid))
        scored = torch.where(torch.tensor(valid).reshape(2, 3, *[1] * (y.ndim - 2)), y, 0.0)
        return (scored, *(p for p in after[0] if p.is_floating_point()))

    assert torch.autograd.gradcheck(function, given_tensors, eps=1e-6, atol=1e-6, rtol=1e-5)


class _Unrolled(nn.Module):
    def __init__(self, model: CellChain) -> None:
        super().__init__()
        self.model = model

    def forward(self, carry: Any, x: Tensor, reset: Array, valid: Array) -> Any:
        return self.model.unroll(carry, x, reset=reset, valid=valid)


@pytest.mark.parametrize("filler", [0.0, 1e30, np.nan])
@pytest.mark.parametrize("name", LAYERS)
def test_5_padding_changes_no_gradient(name: str, filler: float) -> None:
    """A batch of padded rows gives the sum of the gradients that the rows give alone."""
    model = chain(name)
    for cell in model.each():
        cell.learn_initial_state()
    layer = model.each()[0].layer
    start, x = tensors(layer)
    lengths = (STEPS, 4, 1)
    valid = np.arange(STEPS) < np.array(lengths)[:, None]
    reset = np.zeros((ROWS, STEPS), np.bool_)
    reset[1, 2] = True
    mask = torch.tensor(valid)
    if x.is_floating_point():
        x = torch.where(mask[..., None], x, filler)
    after, y = model.unroll((start,), x, reset=reset, valid=valid)
    found = gradients(model, weighted(y, mask=mask))
    total = {n: torch.zeros_like(g) for n, g in found.items()}
    for row, length in enumerate(lengths):
        here = slice(row, row + 1)
        carry = (tuple(part[here] for part in start),)
        alone_after, alone = model.unroll(carry, x[here, :length], reset=reset[here, :length])
        torch.testing.assert_close(y[here, :length], alone, rtol=1e-10, atol=1e-10)
        for part, expected in zip(after[0], alone_after[0], strict=True):
            torch.testing.assert_close(part[here], expected, rtol=1e-10, atol=1e-10)
        total = {n: g + total[n] for n, g in gradients(model, weighted(alone, row=row)).items()}
    for n, g in found.items():
        assert torch.isfinite(g).all()
        torch.testing.assert_close(g, total[n], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", LAYERS)
def test_5_no_gradient_reaches_a_padded_input(name: str) -> None:
    model = chain(name)
    start, x = tensors(model.each()[0].layer)
    if not x.is_floating_point():
        return
    valid = np.arange(STEPS) < np.array((STEPS, 4, 1))[:, None]
    mask = torch.tensor(valid)
    x = torch.where(mask[..., None], x, torch.nan).requires_grad_()
    after, y = model.unroll((start,), x, valid=valid)
    loss = weighted(y, mask=mask) + sum(part.double().sum() for part in after[0])
    (found,) = torch.autograd.grad(loss, [x])
    assert torch.equal(found[~mask], torch.zeros_like(found[~mask]))
    assert torch.isfinite(found).all()
    assert (found[mask] != 0).any()


@pytest.mark.parametrize("name", STATEFUL)
def test_6_resetting_is_repeatable_and_a_row_that_ended_keeps_its_carry(name: str) -> None:
    model = chain(name)
    start, x = tensors(model.each()[0].layer)
    nothing = np.zeros((ROWS, STEPS), np.bool_)
    after, _ = model.unroll((start,), x, valid=nothing)
    for part, expected in zip(after[0], start, strict=True):
        assert torch.equal(part, expected)


@pytest.mark.parametrize("name", LEARNABLE)
def test_7_a_learned_initial_state_gets_the_sum_over_the_resets(name: str) -> None:
    """Of every row and step at which a reset stood; a row that carried over adds nothing."""
    model = chain(name)
    cell = model.each()[0]
    cell.learn_initial_state()
    learned = {n: p for n, p in cell.named_parameters() if n.startswith("initial_")}
    assert set(learned) == {f"initial_{s.name}" for s in cell.layer.states if s.learn}
    with torch.no_grad():
        for parameter in learned.values():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)))
    start, x = tensors(cell.layer)
    _, y = model.unroll((start,), x, reset=np.zeros((ROWS, STEPS), np.bool_))
    assert torch.autograd.grad(weighted(y), list(learned.values()), allow_unused=True) == (None,) * len(learned)
    assert torch.equal(y, model.unroll((start,), x)[1])
    reset = np.zeros((ROWS, STEPS), np.bool_)
    reset[[0, 0, 2], [0, 4, 3]] = True
    _, y = model.unroll((start,), x, reset=reset)
    found = torch.autograd.grad(weighted(y), list(learned.values()))
    fresh = tuple(s.detach().clone() for s in cell.initial_states((1,)))
    expected = [torch.zeros_like(f) for f in found]
    for row, low, high in ((0, 0, 4), (0, 4, STEPS), (2, 3, STEPS)):  # from one reset to the next
        leaves = tuple(f.clone().requires_grad_() if f.is_floating_point() else f for f in fresh)
        _, part = model.unroll((leaves,), x[row : row + 1, low:high])
        wanted = [leaf for leaf, s in zip(leaves, cell.layer.states, strict=True) if s.learn]
        pieces = torch.autograd.grad(weighted(part, time=low, row=row), wanted)
        expected = [e + p[0] for e, p in zip(expected, pieces, strict=True)]
    for gradient, total in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, total, rtol=1e-10, atol=1e-10)
        assert (gradient != 0).any()


# Random draws


def keys_of(rows: Array, times: Array, *, seed: int = 3, epoch: int = 1) -> DrawKeys:
    """Keys of a window of sequences of 100 steps each, seen from `times` on."""
    numbers = rows[:, np.newaxis] + np.zeros_like(times)
    return DrawKeys(seed, epoch, 100 * numbers + times, 100 * numbers, numbers)


@pytest.mark.parametrize("name", RANDOM)
def test_draws_follow_from_their_keys_alone(name: str) -> None:
    """Padding, the order and number of rows, and a cut leave each row with the draws it had."""
    model = chain(name).train()
    start, x = tensors(model.each()[0].layer)
    rows, times = np.array([11, 5, 8]), np.arange(20, 20 + STEPS)
    keys = keys_of(rows, times)
    _, whole = model.unroll((start,), x, keys=keys)
    _, some = model.unroll((tuple(p[[2, 0]] for p in start),), x[[2, 0]], keys=keys_of(rows[[2, 0]], times))
    torch.testing.assert_close(some, whole[[2, 0]], rtol=1e-10, atol=1e-10)
    valid = np.arange(STEPS) < np.array((STEPS, 4, 1))[:, None]
    _, padded = model.unroll((start,), x, valid=valid, keys=keys)
    mask = torch.tensor(valid)
    torch.testing.assert_close(padded[mask], whole[mask], rtol=1e-10, atol=1e-10)
    middle, head = model.unroll((start,), x[:, :3], keys=keys_of(rows, times[:3]))
    _, tail = model.unroll(middle, x[:, 3:], keys=keys_of(rows, times[3:]))
    torch.testing.assert_close(torch.cat([head, tail], 1), whole, rtol=1e-10, atol=1e-10)
    for other in (
        keys_of(rows, times, seed=4),
        keys_of(rows, times, epoch=2),
        keys_of(rows + 1, times),
        keys_of(rows, times + 1),
    ):
        assert not torch.allclose(model.unroll((start,), x, keys=other)[1], whole)
    _, expected = model.eval().unroll((start,), x, keys=keys)
    _, without = model.unroll((start,), x)
    assert torch.equal(expected, without)


@pytest.mark.parametrize("name", RANDOM)
def test_draws_of_torch_and_numpy_are_the_same(name: str) -> None:
    layer = made(name)
    keys = keys_of(np.array([11, 5, 8]), np.arange(20, 20 + STEPS))
    draws = {
        d.name: (uniforms(f"0.{d.name}", 3, 1, getattr(keys, d.per).T, count=int(np.prod(d.shape))) < d.probability)
        * 1.0
        for d in layer.draws
    }
    model = chain(name).train()
    start, x = tensors(layer)
    _, by_torch = model.unroll((start,), x, keys=keys)
    _, by_numpy = Runner(layer, "numpy").window(some_carry(layer, ROWS), x.numpy().swapaxes(0, 1), draws)
    close(by_torch.detach().numpy().swapaxes(0, 1), by_numpy)


# 10. The layers of torch


def with_weights(theirs: nn.Module, ours: Cell, gates: str) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    """Copy our weights to a torch layer of one or more gates; return what maps its gradients to ours."""
    cells = dict(ours.named_parameters())

    def joined(letter: str) -> Tensor:
        return torch.cat([cells[letter + g] for g in gates]) if gates else cells[letter]

    with torch.no_grad():
        theirs.get_parameter("weight_ih_l0").copy_(joined("W"))
        theirs.get_parameter("weight_hh_l0").copy_(joined("U"))
        theirs.get_parameter("bias_ih_l0").copy_(joined("b"))
        theirs.get_parameter("bias_hh_l0").zero_()
        if "cn" in cells:
            theirs.get_parameter("bias_hh_l0")[-len(cells["cn"]) :] = cells["cn"]

    def mapped(found: dict[str, Tensor]) -> dict[str, Tensor]:
        result: dict[str, Tensor] = {}
        for letter, source in (("W", "weight_ih_l0"), ("U", "weight_hh_l0"), ("b", "bias_ih_l0")):
            parts = found[source].chunk(max(1, len(gates)))
            result |= {letter + g: part for g, part in zip(gates or [""], parts, strict=True)}
        if "cn" in cells:
            result["cn"] = found["bias_hh_l0"].chunk(3)[-1]
        return result

    return mapped


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    ("name", "make", "gates"), [("rnn", nn.RNN, ""), ("lstm", nn.LSTM, "ifgo"), ("gru", nn.GRU, "rzn")]
)
def test_10_outputs_and_every_gradient_agree_with_torch(
    name: str, make: type[nn.RNN | nn.LSTM | nn.GRU], gates: str, dtype: torch.dtype
) -> None:
    tolerance = 1e-10 if dtype is torch.float64 else 1e-5
    model = chain(name, dtype)
    cell = model.each()[0]
    with torch.no_grad():  # biases that are zero would hide a mistake
        for i, parameter in enumerate(cell.parameters()):
            noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(i), dtype=dtype)
            parameter.add_(0.1 * noise)
    theirs = make(WIDTH, SIZE, batch_first=True, dtype=dtype)
    to_ours = with_weights(theirs, cell, gates)
    start, x = tensors(cell.layer, steps=20)
    states = tuple(part.to(dtype).requires_grad_() for part in start)
    x = x.to(dtype).requires_grad_()
    after, y = model.unroll((states,), x)
    packed = tuple(part[None] for part in states)
    their_y, their_after = theirs(x, packed if len(packed) > 1 else packed[0])
    their_states = their_after if isinstance(their_after, tuple) else (their_after,)
    torch.testing.assert_close(y, their_y, rtol=tolerance, atol=tolerance)
    for ours, other in zip(after[0], their_states, strict=True):
        torch.testing.assert_close(ours, other[0], rtol=tolerance, atol=tolerance)
    loss = weighted(y) + sum(part.cos().sum() for part in after[0])
    their_loss = weighted(their_y) + sum(part.cos().sum() for part in their_states)
    ours_found, theirs_found = gradients(model, loss), to_ours(gradients(theirs, their_loss))
    assert set(ours_found) == {f"cells.0.{n}" for n in theirs_found}
    for n, gradient in theirs_found.items():
        torch.testing.assert_close(ours_found[f"cells.0.{n}"], gradient, rtol=tolerance, atol=tolerance)
    leaves = [x, *states]
    for ours, other in zip(torch.autograd.grad(loss, leaves), torch.autograd.grad(their_loss, leaves), strict=True):
        torch.testing.assert_close(ours, other, rtol=tolerance, atol=tolerance)
