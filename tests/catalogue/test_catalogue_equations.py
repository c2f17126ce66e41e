"""Every layer against its paper's formula, written out in numpy for one row and one step."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.catalogue import definition, names
from rnnctl.equations.bind import bind
from rnnctl.equations.graph import Kind
from rnnctl.equations.layer import Signal
from rnnctl.equations.options import options_of

Array = NDArray[Any]
Formula = Callable[[SimpleNamespace, Array], tuple[tuple[Any, ...], Array]]
"""Weights, options, states and draws by name, and x -> the next states and the output."""


def sigmoid(v: Array) -> Array:
    return 1 / (1 + np.exp(-v))


def normal(v: Array, gain: Array, bias: Array) -> Array:
    return gain * (v - v.mean()) / np.sqrt(((v - v.mean()) ** 2).mean() + 1e-5) + bias


def gate(p: SimpleNamespace, name: str, x: Array) -> Array:
    return getattr(p, "W" + name) @ x + getattr(p, "U" + name) @ p.h + getattr(p, "b" + name)


def antisymmetric_rnn(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    drift = (p.W - p.W.T - p.damping * np.eye(6)) @ p.h + p.V @ x + p.b
    h = p.h + p.step * np.tanh(drift)
    return (h,), h


def clockwork_rnn(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    h = p.h.copy()
    for unit in range(6):
        module = unit // 2  # three modules of two units, with periods 1, 2 and 4
        if p.t % 2**module == 0:
            slower = [other for other in range(6) if other // 2 >= module]
            h[unit] = np.tanh(p.W[unit] @ x + p.U[unit, slower] @ p.h[slower] + p.b[unit])
    return (h, p.t + 1), h


def cornn(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    z = p.z + p.step * (np.tanh(p.W @ p.y + p.Z @ p.z + p.V @ x + p.b) - p.frequency * p.y - p.damping * p.z)
    y = p.y + p.step * z
    return (y, z), y


def gru(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    r, z = sigmoid(gate(p, "r", x)), sigmoid(gate(p, "z", x))
    n = np.tanh(p.Wn @ x + p.bn + r * (p.Un @ p.h + p.cn))
    h = (1 - z) * n + z * p.h
    return (h,), h


def gru_v3(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    r, z = sigmoid(gate(p, "r", x)), sigmoid(gate(p, "z", x))
    h = (1 - z) * np.tanh(p.Wn @ x + p.Un @ (r * p.h) + p.bn) + z * p.h
    return (h,), h


def layer_norm_lstm(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    gates = normal(p.W @ x, p.gain_x, p.bias_x) + normal(p.U @ p.h, p.gain_h, p.bias_h) + p.b
    i, f, g, o = gates.reshape(4, 6)
    c = sigmoid(f + p.forget) * p.c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(normal(c, p.gain_c, p.bias_c))
    return (h, c), h


def lstm(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    i, f, o = (sigmoid(gate(p, name, x)) for name in "ifo")
    c = f * p.c + i * np.tanh(gate(p, "g", x))
    h = o * np.tanh(c)
    return (h, c), h


def zoneout_lstm(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    i, f, o = (sigmoid(gate(p, name, x)) for name in "ifo")
    new = f * p.c + i * np.tanh(gate(p, "g", x))
    h = np.where(p.mh == 1, p.h, o * np.tanh(new))
    return (h, np.where(p.mc == 1, p.c, new)), h


def min_gru(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    z = sigmoid(p.Wz @ x + p.bz)
    h = (1 - z) * p.h + z * (p.Wn @ x + p.bn)
    return (h,), h


def recurrent_highway(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    s = p.h
    for depth in range(3):
        from_x, gate_from_x = (p.Wh @ x, p.Wt @ x) if depth == 0 else (0, 0)
        t = sigmoid(gate_from_x + p.Rt[depth] @ s + p.bt[depth])
        s = np.tanh(from_x + p.Rh[depth] @ s + p.bh[depth]) * t + s * (1 - t)
    return (s,), s


def rnn(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    h = np.tanh(p.W @ x + p.U @ p.h + p.b)
    return (h,), h


def indrnn(p: SimpleNamespace, x: Array) -> tuple[tuple[Any, ...], Array]:
    h = np.maximum(p.W @ x + p.u * p.h + p.b, 0)
    return (h,), h


FORMULAS: dict[str, Formula] = {
    "antisymmetric_rnn": antisymmetric_rnn,
    "clockwork_rnn": clockwork_rnn,
    "cornn": cornn,
    "dense": lambda p, x: ((), p.W @ x + p.b),
    "dropout": lambda p, x: ((), np.where(p.m == 1, x / (1 - p.rate), 0)),
    "embedding": lambda p, x: ((), p.E[x]),
    "gru": gru,
    "gru_v3": gru_v3,
    "indrnn": indrnn,
    "layer_norm": lambda p, x: ((), normal(x, p.gain, p.bias)),
    "layer_norm_lstm": layer_norm_lstm,
    "lstm": lstm,
    "mean": lambda p, x: ((p.total + x, p.count + 1), (p.total + x) / (p.count + 1)),
    "min_gru": min_gru,
    "one_hot": lambda p, x: ((), np.eye(5)[x]),
    "recurrent_highway": recurrent_highway,
    "rnn": rnn,
    "zoneout_lstm": zoneout_lstm,
}


def test_every_layer_has_its_formula_here() -> None:
    assert set(FORMULAS) == set(names())


@pytest.mark.parametrize("name", names())
def test_a_layer_computes_its_papers_formula(name: str) -> None:
    found = definition(name)
    [wanted] = found.inputs.values()
    signal = Signal((5,)) if wanted.symbols is None else Signal((), 5)
    options: dict[str, int] = {"size": 6} if "size" in options_of(found) else {}
    if name == "clockwork_rnn":
        options["modules"] = 3
    layer = bind(found, {"x": signal}, options)
    random = np.random.default_rng(4)
    weights = {p.name: random.normal(size=p.shape) for p in layer.parameters}
    steps = 6
    x = random.normal(size=(steps, 5)) if signal.symbols is None else random.integers(0, 5, steps)
    draws = {d.name: random.integers(0, 2, (steps, *d.shape)) * 1.0 for d in layer.draws}
    carry: tuple[Any, ...] = tuple(
        random.normal(size=s.shape) if s.kind is Kind.REAL else np.array(0) for s in layer.states
    )
    machine = Machine(layer, NumpyBackend(np.float64), packed=False)
    prepared = machine.prepare(weights)
    by_hand = carry
    for n in range(steps):
        values = {**weights, **layer.options, **{d: v[n] for d, v in draws.items()}}
        values |= {s.name: part for s, part in zip(layer.states, by_hand, strict=True)}
        by_hand, expected = FORMULAS[name](SimpleNamespace(**values), x[n])
        carry, y = machine.step(prepared, carry, {"x": x[n]}, {d: v[n] for d, v in draws.items()})
        np.testing.assert_allclose(y, expected, rtol=1e-10, atol=1e-10)
        for part, other in zip(carry, by_hand, strict=True):
            np.testing.assert_allclose(part, other, rtol=1e-10, atol=1e-10)
