"""Every operator and primitive, on both backends, against numpy on one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from written import unverified

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.backends.torch import TorchBackend
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.verify import verify

torch.set_num_threads(1)

Array = NDArray[Any]

CELL = """
cell:
  inputs: {x: 4, y: 4, s: [], X: [3, 4], i: {symbols: 5}}
  state: {h: 4, H: [3, 4], k: {shape: [], kind: integer}, r: []}
  parameters:
    M: {shape: [3, 4], init: zeros}
    N: {shape: [4, 2], init: zeros}
    E: {shape: [5, 3], init: zeros}
    F: {shape: [5], init: zeros}
    G: {shape: [5, 2, 2], init: zeros}
    p: {shape: [4], init: zeros}
    a: {shape: [], init: zeros}
  functions: |
    twice(v) = v + v
    blend(v, w, gate) = gate * v + (1 - gate) * w
  equations: |
    h' = h
    H' = H
    k' = k
    r' = r
    EQUATIONS
  output: OUTPUT
"""
INPUTS = {"x": Signal((4,)), "y": Signal((4,)), "s": Signal(()), "X": Signal((3, 4)), "i": Signal((), 5)}


def sigmoid(v: Array) -> Array:
    return 1 / (1 + np.exp(-v))


def softmax(v: Array) -> Array:
    return np.exp(v) / np.exp(v).sum()


Reference = Callable[[SimpleNamespace], Any]

EXPRESSIONS: dict[str, Reference] = {
    # arithmetic, and numbers beside shapes
    "x + y": lambda v: v.x + v.y,
    "x - h": lambda v: v.x - v.h,
    "x * y * h": lambda v: v.x * v.y * v.h,
    "x / h": lambda v: v.x / v.h,
    "x - y - h": lambda v: (v.x - v.y) - v.h,
    "x / y / h": lambda v: (v.x / v.y) / v.h,
    "x * y / h": lambda v: (v.x * v.y) / v.h,
    "-x ^ 2": lambda v: -(v.x**2),
    "(x * x) ^ y": lambda v: (v.x * v.x) ** v.y,
    "2 ^ x": lambda v: 2.0**v.x,
    "2 ^ 3 ^ abs(x)": lambda v: 2.0 ** (3.0 ** np.abs(v.x)),
    "2 ^ -x": lambda v: 2.0**-v.x,
    "-x - -y": lambda v: -v.x + v.y,
    "x + s": lambda v: v.x + v.s,
    "s - h": lambda v: v.s - v.h,
    "s * X + H": lambda v: v.s * v.X + v.H,
    "X * r": lambda v: v.X * v.r,
    "x + p": lambda v: v.x + v.p,
    "p - h": lambda v: v.p - v.h,
    "a * x": lambda v: v.a * v.x,
    "a + s": lambda v: v.a + v.s,
    "a * X - M": lambda v: v.a * v.X - v.M,
    "s + r": lambda v: v.s + v.r,
    "h + s + x + a + r + p": lambda v: v.h + v.s + v.x + v.a + v.r + v.p,
    "h + (s + r) + x": lambda v: v.h + (v.s + v.r) + v.x,
    "3 * x + 0.5": lambda v: 3 * v.x + 0.5,
    "1e-3 * x + .25e1": lambda v: 1e-3 * v.x + 2.5,
    # products
    "M @ x": lambda v: v.M @ v.x,
    "M @ h": lambda v: v.M @ v.h,
    "X @ x": lambda v: v.X @ v.x,
    "H @ x": lambda v: v.H @ v.x,
    "H @ p": lambda v: v.H @ v.p,
    "X @ N": lambda v: v.X @ v.N,
    "X @ transpose(H)": lambda v: v.X @ v.H.T,
    "M @ transpose(H)": lambda v: v.M @ v.H.T,
    "H @ transpose(M) @ X": lambda v: v.H @ v.M.T @ v.X,
    "M @ N + X[:, 0:2]": lambda v: v.M @ v.N + v.X[:, 0:2],
    "outer(x, h)": lambda v: np.outer(v.x, v.h),
    "outer(p, x)": lambda v: np.outer(v.p, v.x),
    "outer(x, p)": lambda v: np.outer(v.x, v.p),
    "outer(M @ x, y) - H": lambda v: np.outer(v.M @ v.x, v.y) - v.H,
    "outer(x, y) @ h": lambda v: np.outer(v.x, v.y) @ v.h,
    "(M * X) @ x": lambda v: (v.M * v.X) @ v.x,
    "M @ x + M @ y + M @ h": lambda v: v.M @ (v.x + v.y + v.h),
    # elementwise functions
    "abs(x)": lambda v: np.abs(v.x),
    "abs(k - 3) + s": lambda v: abs(v.k - 3) + v.s,
    "cos(x)": lambda v: np.cos(v.x),
    "exp(X)": lambda v: np.exp(v.X),
    "log(abs(x))": lambda v: np.log(np.abs(v.x)),
    "relu(x)": lambda v: np.where(v.x > 0, v.x, 0),
    "sigmoid(9 * x)": lambda v: sigmoid(9 * v.x),
    "sign(x)": lambda v: np.sign(v.x),
    "sign(k - 2) * x": lambda v: np.sign(v.k - 2) * v.x,
    "sin(H)": lambda v: np.sin(v.H),
    "softplus(9 * x)": lambda v: np.log1p(np.exp(9 * v.x)),
    "sqrt(abs(s))": lambda v: np.sqrt(np.abs(v.s)),
    "tanh(h)": lambda v: np.tanh(v.h),
    # functions written in the language
    "identity(x)": lambda v: v.x,
    "elu(x)": lambda v: np.where(v.x > 0, v.x, np.expm1(np.minimum(v.x, 0))),
    "hard_sigmoid(5 * x)": lambda v: np.clip(5 * v.x / 6 + 0.5, 0, 1),
    "hard_tanh(2 * x)": lambda v: np.clip(2 * v.x, -1, 1),
    "leaky_relu(x)": lambda v: np.where(v.x > 0, v.x, 0.01 * v.x),
    "silu(x)": lambda v: v.x * sigmoid(v.x),
    "softsign(x)": lambda v: v.x / (1 + np.abs(v.x)),
    "softmax(x)": lambda v: softmax(v.x),
    "layer_norm(x, p, h)": lambda v: v.p * (v.x - v.x.mean()) / np.sqrt(v.x.var() + 1e-5) + v.h,
    "layer_norm(X, a, s)": lambda v: v.a * (v.X - v.X.mean()) / np.sqrt(v.X.var() + 1e-5) + v.s,
    "twice(twice(x))": lambda v: 4 * v.x,
    "blend(x, y, sigmoid(s))": lambda v: sigmoid(v.s) * v.x + (1 - sigmoid(v.s)) * v.y,
    # reductions
    "sum(x)": lambda v: v.x.sum(),
    "sum(X)": lambda v: v.X.sum(),
    "sum(X, axis=0)": lambda v: v.X.sum(0),
    "sum(X, axis=1) + M @ h": lambda v: v.X.sum(1) + v.M @ v.h,
    "mean(H)": lambda v: v.H.mean(),
    "mean(H, axis=0)": lambda v: v.H.mean(0),
    "variance(x)": lambda v: v.x.var(),
    "variance(X, axis=1)": lambda v: v.X.var(1),
    "variance(X, axis=0) + h": lambda v: v.X.var(0) + v.h,
    "min(X)": lambda v: v.X.min(),
    "max(H, axis=1)": lambda v: v.H.max(1),
    "min(H, axis=0)": lambda v: v.H.min(0),
    "x - mean(x)": lambda v: v.x - v.x.mean(),
    "sum(range(4)) + s": lambda v: 6 + v.s,
    "mean(range(4)) + s": lambda v: 1.5 + v.s,
    "max(floor(9 * x)) * s": lambda v: np.floor(9 * v.x).max() * v.s,
    # the larger, the smaller, the remainder, the whole
    "max(x, y)": lambda v: np.maximum(v.x, v.y),
    "min(x, 0)": lambda v: np.minimum(v.x, 0),
    "max(s, h)": lambda v: np.maximum(v.s, v.h),
    "min(k, 2) + s": lambda v: min(v.k, 2) + v.s,
    "max(k, s)": lambda v: max(v.k, v.s),
    "mod(9 * x, 2)": lambda v: np.mod(9 * v.x, 2),
    "mod(9 * x, -2)": lambda v: np.mod(9 * v.x, -2),
    "mod(x, y)": lambda v: v.x - v.y * np.floor(v.x / v.y),
    "mod(k - 5, 3) + s": lambda v: (v.k - 5) % 3 + v.s,
    "mod(-7, 3) + s": lambda v: 2 + v.s,
    "floor(9 * x) + s": lambda v: np.floor(9 * v.x) + v.s,
    "floor(k) + s": lambda v: v.k + v.s,
    "floor(9 * x) // 2 + h": lambda v: np.floor(np.floor(9 * v.x) / 2) + v.h,
    "(k - 5) // 2 + s": lambda v: (v.k - 5) // 2 + v.s,
    "-7 // 2 + s": lambda v: -7 // 2 + v.s,
    "7 // 2 * s": lambda v: 3 * v.s,
    "7 / 2 * s": lambda v: 3.5 * v.s,
    # whole numbers
    "k * x": lambda v: v.k * v.x,
    "k + 1": lambda v: float(v.k + 1),
    "k / 4": lambda v: v.k / 4,
    "k ^ 2": lambda v: float(v.k**2),
    "-k + s": lambda v: -v.k + v.s,
    "i + s": lambda v: v.i + v.s,
    "range(4) * x": lambda v: np.arange(4) * v.x,
    "(range(4) + k) * x": lambda v: (np.arange(4) + v.k) * v.x,
    "outer(range(3), x)": lambda v: np.outer(np.arange(3), v.x),
    # comparisons, logic, choice
    "where(x > y, x, h)": lambda v: np.where(v.x > v.y, v.x, v.h),
    "where(x >= y, 1, 0)": lambda v: (v.x >= v.y) * 1.0,
    "where(x < p, 1, s)": lambda v: np.where(v.x < v.p, 1, v.s),
    "where(x <= s, x, 0)": lambda v: np.where(v.x <= v.s, v.x, 0),
    "where(s > 0, x, h)": lambda v: v.x if v.s > 0 else v.h,
    "where(s > 0, X, 0.5)": lambda v: v.X if v.s > 0 else np.full((3, 4), 0.5),
    "where(s > 0, 1, 2)": lambda v: 1.0 if v.s > 0 else 2.0,
    "where(k == 2, x, y)": lambda v: v.x if v.k == 2 else v.y,
    "where(k != 2, x, y)": lambda v: v.x if v.k != 2 else v.y,
    "where(x > 0 and y > 0, 1, 0)": lambda v: (v.x > 0) & (v.y > 0),
    "where(x > 0 or s > 0, 1, 0)": lambda v: (v.x > 0) | (v.s > 0),
    "where(not x > 0, 1, 0)": lambda v: v.x <= 0,
    "where(x > 0 or y > 0 and h > 0, 1, 0)": lambda v: (v.x > 0) | ((v.y > 0) & (v.h > 0)),
    "where((x > 0 or y > 0) and not h > 0, 1, 0)": lambda v: ((v.x > 0) | (v.y > 0)) & ~(v.h > 0),
    "where(where(s > 0, x > 0, y > 0), 1, 0)": lambda v: (v.x if v.s > 0 else v.y) > 0,
    "where(range(5) == i, 1, 0)": lambda v: np.arange(5) == v.i,
    "where(outer(range(3), ones(4)) < outer(ones(3), range(4)), X, 0)": lambda v: np.triu(v.X, 1),
    # shapes
    "concat(x, h)": lambda v: np.concatenate([v.x, v.h]),
    "concat(p, x, p)": lambda v: np.concatenate([v.p, v.x, v.p]),
    "concat(X, H)": lambda v: np.concatenate([v.X, v.H]),
    "concat(X, M, axis=1)": lambda v: np.concatenate([v.X, v.M], 1),
    "concat(M, H, axis=0)": lambda v: np.concatenate([v.M, v.H], 0),
    "concat(range(2), x)": lambda v: np.concatenate([np.arange(2), v.x]),
    "concat(x[0:2], x[2:4])": lambda v: v.x,
    "concat(x[0:1], x[1:3])": lambda v: v.x[0:3],
    "concat(h[:], h[1:])": lambda v: np.concatenate([v.h, v.h[1:]]),
    "concat(h[:2], y[2:])": lambda v: np.concatenate([v.h[:2], v.y[2:]]),
    "concat(h[2:], h[:2])": lambda v: np.concatenate([v.h[2:], v.h[:2]]),
    "x[1:3]": lambda v: v.x[1:3],
    "h[:2] + h[2:]": lambda v: v.h[:2] + v.h[2:],
    "x[1:][1:]": lambda v: v.x[2:],
    "x[2]": lambda v: v.x[2],
    "x[4 - 1] * h": lambda v: v.x[3] * v.h,
    "X[1]": lambda v: v.X[1],
    "X[1, 2]": lambda v: v.X[1, 2],
    "X[:, 1]": lambda v: v.X[:, 1],
    "H[0:2, 1:]": lambda v: v.H[0:2, 1:],
    "H[:, :]": lambda v: v.H,
    "H[1:][0] + h": lambda v: v.H[1] + v.h,
    "M[1] * x": lambda v: v.M[1] * v.x,
    "M[1, 2] * x": lambda v: v.M[1, 2] * v.x,
    "reshape(x, 2, 2)": lambda v: v.x.reshape(2, 2),
    "reshape(X, 2, 6)": lambda v: v.X.reshape(2, 6),
    "reshape(X, 12)": lambda v: v.X.reshape(12),
    "reshape(H, 3, 2, 2)": lambda v: v.H.reshape(3, 2, 2),
    "sum(reshape(H, 3, 2, 2), axis=1)": lambda v: v.H.reshape(3, 2, 2).sum(1),
    "reshape(s, 1)": lambda v: np.array([v.s]),
    "reshape(p, 2, 2) @ x[:2]": lambda v: v.p.reshape(2, 2) @ v.x[:2],
    "transpose(X)": lambda v: v.X.T,
    "transpose(M) @ (H @ x)": lambda v: v.M.T @ (v.H @ v.x),
    "eye(4) @ x": lambda v: v.x,
    "outer(x, y) - eye(4)": lambda v: np.outer(v.x, v.y) - np.eye(4),
    "zeros(4) + x": lambda v: v.x,
    "ones(3, 4) * X": lambda v: v.X,
    "where(zeros(4) == 0, x, y)": lambda v: v.x,
    # tables
    "E[i]": lambda v: v.E[v.i],
    "E[i][1] * x": lambda v: v.E[v.i, 1] * v.x,
    "F[i] * x": lambda v: v.F[v.i] * v.x,
    "G[i] @ x[:2]": lambda v: v.G[v.i] @ v.x[:2],
    "E[k]": lambda v: v.E[v.k],
    "E[mod(k + i, 5)]": lambda v: v.E[(v.k + v.i) % 5],
    "(2 * E)[i]": lambda v: 2 * v.E[v.i],
}


def _repeated(v: SimpleNamespace) -> Array:
    q = v.h
    for g, e in zip(v.G, v.E, strict=True):
        n = q.reshape(2, 2) @ g[:, 0]
        q = np.concatenate([n, n]) * e[0]
    return q


PROGRAMS: dict[str, tuple[str, str, Reference]] = {
    "split": ("b, c = split(x)", "b * c", lambda v: v.x[:2] * v.x[2:]),
    "split in four": ("b, c, d, e = split(h)", "b + 2 * c + 3 * d - e", lambda v: v.h @ [1, 2, 3, -1] * np.ones(1)),
    "split of a matrix": ("b, c, d = split(H)", "(b - d) @ h + 0 * c[0, 0]", lambda v: (v.H[0:1] - v.H[2:3]) @ v.h),
    "repeat": (
        "repeat q = h over G, E:\n      n = reshape(q, 2, 2) @ G[:, 0]\n      q' = concat(n, n) * E[0]",
        "q'",
        _repeated,
    ),
    "repeat from the input": (
        "repeat q = x over F:\n      q' = q * F + h",
        "q' + y",
        lambda v: (((((v.x * v.F[0] + v.h) * v.F[1] + v.h) * v.F[2] + v.h) * v.F[3] + v.h) * v.F[4] + v.h) + v.y,
    ),
}


CASES = {text: ("", text, reference) for text, reference in EXPRESSIONS.items()} | PROGRAMS
ROWS: tuple[tuple[int, ...], ...] = ((), (3,), (4, 3))


def values(seed: int, lead: tuple[int, ...]) -> dict[str, Array]:
    """Inputs and states with these leading axes; nothing lies on a kink."""
    random = np.random.default_rng(seed)
    real = {n: random.normal(size=lead + s) for n, s in _SHAPES.items()}
    return {**real, "i": random.integers(0, 5, lead), "k": random.integers(0, 5, lead)}


_SHAPES: dict[str, tuple[int, ...]] = {
    "x": (4,),
    "y": (4,),
    "s": (),
    "X": (3, 4),
    "h": (4,),
    "H": (3, 4),
    "r": (),
}
_STATES = ("h", "H", "k", "r")


def parameters() -> dict[str, Array]:
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "M": (3, 4),
        "N": (4, 2),
        "E": (5, 3),
        "F": (5,),
        "G": (5, 2, 2),
        "p": (4,),
        "a": (),
    }
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


def by_hand(reference: Reference, given: Mapping[str, Array], lead: tuple[int, ...]) -> Array:
    """The reference on each row by itself."""
    rows = [
        np.asarray(reference(SimpleNamespace(**{n: a[index] for n, a in given.items()}, **parameters())), np.float64)
        for index in np.ndindex(*lead)
    ]
    return np.stack(rows).reshape(lead + rows[0].shape)


def made(equations: str, output: str) -> Layer:
    read = unverified(CELL.replace("EQUATIONS", equations).replace("OUTPUT", output))
    assert [e for e in verify(read) if "never used" not in e.message] == []
    return bind(read, INPUTS, {})


@pytest.mark.parametrize("name", CASES)
def test_an_operation_gives_what_numpy_gives_row_by_row(name: str) -> None:
    equations, output, reference = CASES[name]
    layer = made(equations, output)
    for packed in (False, True):
        by_numpy = Machine(layer, NumpyBackend(np.float64), packed=packed)
        by_torch = Machine(layer, TorchBackend(torch.float64), packed=packed)
        weights = parameters()
        prepared = by_numpy.prepare(weights)
        prepared_torch = by_torch.prepare({n: torch.tensor(a) for n, a in weights.items()})
        for lead in ROWS:
            given = values(len(lead), lead)
            expected = by_hand(reference, given, lead)
            assert expected.shape == (*lead, *layer.output.shape)
            carry = tuple(given[n] for n in _STATES)
            following, y = by_numpy.step(prepared, carry, given, {})
            np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
            tensors = {n: torch.tensor(a) for n, a in given.items()}
            after, z = by_torch.step(prepared_torch, tuple(tensors[n] for n in _STATES), tensors, {})
            np.testing.assert_allclose(z.numpy(), expected, rtol=1e-12, atol=1e-12)
            assert np.asarray(y).dtype == np.float64
            assert z.dtype is torch.float64
            for before, first, second in zip(carry, following, after, strict=True):
                np.testing.assert_array_equal(first, before)
                np.testing.assert_array_equal(second.numpy(), before)


@pytest.mark.parametrize("name", CASES)
def test_an_operation_gives_the_same_over_a_window(name: str) -> None:
    """What leaves the loop meets values that have a time axis, and so one more axis than in a step."""
    equations, output, reference = CASES[name]
    layer = made(equations, output)
    weights = parameters()
    for lead in ((2,), (2, 3)):
        given = values(5, (4, *lead))
        states = {n: values(6, lead)[n] for n in _STATES}
        each = {**given, **{n: np.broadcast_to(s, (4, *s.shape)) for n, s in states.items()}}
        expected = by_hand(reference, each, (4, *lead))
        carry = tuple(states[n] for n in _STATES)
        machine = Machine(layer, NumpyBackend(np.float64))
        _, y = machine.unroll(machine.prepare(weights), carry, given, {}, steps=4)
        np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
        other = Machine(layer, TorchBackend(torch.float64))
        tensors = {n: torch.tensor(a) for n, a in given.items()}
        prepared = other.prepare({n: torch.tensor(a) for n, a in weights.items()})
        _, z = other.unroll(prepared, tuple(torch.tensor(c) for c in carry), tensors, {}, steps=4)
        np.testing.assert_allclose(z.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_counters_stay_whole_numbers_and_matrices_are_states() -> None:
    text = """
    fast_weights:
      inputs: {x: 3}
      state:
        A: {shape: [3, 3], initial: 0.5}
        t: {shape: [], kind: integer, initial: 2}
        first: {shape: [], kind: integer, initial: 1}
        v: 3
      equations: |
        A' = 0.9 * A + outer(x, x)
        t' = mod(t + 1, 4)
        first' = 0
        v' = where(first == 1, ones(3), v + A' @ x)
      output: v' * t
    """
    layer = bind(unverified(text), {"x": Signal((3,))}, {})
    machine = Machine(layer, NumpyBackend(np.float64))
    tensors = Machine(layer, TorchBackend(torch.float64))
    x = np.random.default_rng(0).normal(size=(6, 2, 3))
    carry = (np.full((2, 3, 3), 0.5), np.full(2, 2), np.full(2, 1), np.zeros((2, 3)))
    a, t, v = carry[0], 2, carry[3]
    expected = []
    for n in range(6):
        a = 0.9 * a + x[n][:, :, None] * x[n][:, None, :]
        v = np.ones((2, 3)) if n == 0 else v + np.einsum("bij,bj->bi", a, x[n])
        expected.append(v * t)
        t = (t + 1) % 4
    after, y = machine.unroll(machine.prepare({}), carry, {"x": x}, {}, steps=6)
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    assert [(part.shape, part.dtype) for part in after] == [(part.shape, part.dtype) for part in carry]
    np.testing.assert_array_equal(after[1], [t, t])
    np.testing.assert_array_equal(after[2], [0, 0])
    start = tuple(torch.tensor(part) for part in carry)
    following, z = tensors.unroll(tensors.prepare({}), start, {"x": torch.tensor(x)}, {}, steps=6)
    np.testing.assert_allclose(z.numpy(), expected, rtol=1e-12)
    assert [(part.shape, part.dtype) for part in following] == [(part.shape, part.dtype) for part in start]


def test_sigmoid_and_softplus_do_not_overflow() -> None:
    big = np.array([-800.0, -40.0, 0.0, 40.0, 800.0])
    layer = bind(unverified("c: {output: 'concat(sigmoid(x), softplus(x))'}"), {"x": Signal((5,))}, {})
    expected = [0, np.exp(-40), 0.5, 1, 1, 0, np.exp(-40), np.log(2), 40, 800]
    for dtype, torch_dtype in ((np.float64, torch.float64), (np.float32, torch.float32)):
        x = big.astype(dtype)
        machine = Machine(layer, NumpyBackend(dtype))
        _, y = machine.step(machine.prepare({}), (), {"x": x}, {})
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected, atol=1e-7)
        other = Machine(layer, TorchBackend(torch_dtype))
        _, z = other.step(other.prepare({}), (), {"x": torch.tensor(x)}, {})
        np.testing.assert_allclose(z.numpy(), expected, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name: str) -> None:
    equations, output, _ = CASES[name]
    layer = made(equations, output)
    machine = Machine(layer, NumpyBackend(np.float32))
    given = {n: a.astype(np.float32) if a.dtype == np.float64 else a for n, a in values(3, (2,)).items()}
    weights = {n: a.astype(np.float32) for n, a in parameters().items()}
    following, y = machine.step(machine.prepare(weights), tuple(given[n] for n in _STATES), given, {})
    assert y.dtype == np.float32
    assert [f.dtype for f in following] == [given[n].dtype for n in _STATES]
    other = Machine(layer, TorchBackend(torch.float32))
    tensors = {n: torch.tensor(a) for n, a in given.items()}
    prepared = other.prepare({n: torch.tensor(a) for n, a in weights.items()})
    _, z = other.step(prepared, tuple(tensors[n] for n in _STATES), tensors, {})
    assert z.dtype is torch.float32
    np.testing.assert_allclose(z.numpy(), y, rtol=1e-4, atol=1e-5)
