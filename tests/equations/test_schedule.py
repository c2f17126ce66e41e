"""What is computed once, ahead of the loop over time, in it, and after it; and that the order changes no value."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from written import layer

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.catalogue import definition
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.schedule import Instruction, Program, schedule


def products(stage: tuple[Instruction, ...]) -> list[tuple[str, tuple[int, ...]]]:
    """The products of a stage with the shapes of their matrices."""
    return [(i.node.op, i.node.args[-2].sizes) for i in stage if i.node.op in ("matmul", "affine") and i.node.rank == 1]


def of(name: str, **options: int) -> Layer:
    return bind(definition(name), {"x": Signal((3,))}, {"size": 5, **options})


def test_the_products_of_an_lstm_are_two() -> None:
    program = schedule(of("lstm").graph)
    assert products(program.ahead) == [("affine", (20, 3))]
    assert products(program.loop) == [("affine", (20, 5))]
    assert [i.node.op for i in program.ahead] == ["affine"]
    assert all(i.node.op == "concat" for i in program.once)
    assert program.after == ()


def test_as_written_every_product_stands_alone() -> None:
    program = schedule(of("lstm").graph, pack=False)
    assert products(program.ahead) == [("matmul", (5, 3))] * 4
    assert products(program.loop) == [("matmul", (5, 5))] * 4


@pytest.mark.parametrize(
    ("name", "ahead", "loop"),
    [
        ("rnn", [("affine", (5, 3))], [("affine", (5, 5))]),
        ("gru", [("affine", (15, 3))], [("affine", (15, 5))]),
        ("gru_v3", [("affine", (15, 3))], [("affine", (10, 5)), ("affine", (5, 5))]),
        ("indrnn", [("affine", (5, 3))], []),
        ("min_gru", [("affine", (10, 3))], []),
        ("antisymmetric_rnn", [("affine", (5, 3))], [("affine", (5, 5))]),
        ("dense", [("affine", (5, 3))], []),
    ],
)
def test_the_products_of_other_layers(
    name: str, ahead: list[tuple[str, tuple[int, int]]], loop: list[tuple[str, tuple[int, int]]]
) -> None:
    program = schedule(of(name).graph)
    assert products(program.ahead) == ahead
    assert products(program.loop) == loop


def test_what_depends_on_parameters_alone_is_computed_once() -> None:
    program = schedule(of("antisymmetric_rnn").graph)
    assert Counter(i.node.op for i in program.once)["transpose"] == 1
    assert not {"transpose", "eye"} & {i.node.op for i in (*program.ahead, *program.loop)}


def test_what_depends_on_the_input_alone_is_outside_the_loop() -> None:
    """Even where the author put the state's term first."""
    made = layer(
        "c:\n  state: {h: size}\n  parameters:\n    W: {shape: [size, input], init: zeros}\n"
        "    U: {shape: [size, size], init: zeros}\n    b: {shape: [size], init: zeros}\n"
        "  equations: |\n    h' = tanh(U @ h + sum(x) + tanh(W @ x) + b)\n  output: h'",
        3,
        size=5,
    )
    program = schedule(made.graph)
    assert sorted(i.node.op for i in program.loop) == ["affine", "tanh"]
    assert {"reduce_sum", "tanh", "add"} <= {i.node.op for i in program.ahead}


def test_what_nothing_in_the_loop_needs_comes_after_it() -> None:
    made = layer(
        "c:\n  state: {h: size}\n  parameters:\n    W: {shape: [size, input], init: zeros}\n"
        "    V: {shape: [7, size], init: zeros}\n  equations: |\n"
        "    h' = 0.5 * h + W @ x\n    y = tanh(V @ h' + sum(x))\n  output: y * mean(h)",
        3,
        size=5,
    )
    program = schedule(made.graph)
    assert products(program.loop) == []
    assert len(products(program.after)) == 1
    assert {"tanh", "reduce_mean"} <= {i.node.op for i in program.after}
    assert {"reduce_mean", "tanh"}.isdisjoint(i.node.op for i in program.loop)
    assert len(program.keeps) == 2  # h and h'


def test_the_loop_of_a_layer_without_state_is_empty() -> None:
    for name in ("dense", "layer_norm", "dropout"):
        program: Program = schedule(
            bind(definition(name), {"x": Signal((3,))}, {"size": 5} if name == "dense" else {}).graph
        )
        assert program.loop == ()
        assert program.after == ()
        assert program.states == ()


CELLS = {
    "terms in any order": "h' = tanh(U @ h + s + W @ x + b + V @ h + a)",
    "one product used twice": "p = U @ h\n    h' = tanh(p + W @ x) * p + b * a * s + V @ h",
    "a product that is a state": "h' = U @ h + 0 * (V @ h + b + a + s + W @ x)",
    "differences": "h' = tanh(W @ x - U @ h - (b + V @ h) + s - a)",
    "sums inside sums": "h' = tanh((W @ x + (U @ h + (b + s))) + ((a + V @ h) + s))",
    "slices of a product": "q = concat(U @ h, V @ h)\n    h' = tanh(q[0:4] + q[4:8] + q[2:6] + b + a + s + W @ x)",
    "a product of a product": "h' = tanh(U @ (V @ h + b) + W @ x + a + s)",
    "products of the new state": "g = tanh(W @ x + U @ h + b)\n    h' = tanh(U @ g + V @ g + V @ h + a + s)",
}


def numbers(made: Layer) -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(3)
    return {p.name: random.normal(size=p.shape) for p in made.parameters}


@pytest.mark.parametrize("name", CELLS)
def test_packed_equals_as_written(name: str) -> None:
    made = layer(
        "c:\n  state: {h: 4}\n  parameters:\n    U, V: {shape: [4, 4], init: zeros}\n"
        "    W: {shape: [4, input], init: zeros}\n    b: {shape: [4], init: zeros}\n    a: {shape: [], init: zeros}\n"
        f"  equations: |\n    s = sum(x)\n    {CELLS[name]}\n  output: h' + W @ x + U @ h'",
        3,
    )
    random = np.random.default_rng(0)
    x, h = random.normal(size=(6, 2, 3)), random.normal(size=(2, 4))
    results = []
    for packed in (True, False):
        machine = Machine(made, NumpyBackend(np.float64), packed=packed)
        prepared = machine.prepare(numbers(made))
        after, y = machine.unroll(prepared, (h,), {"x": x}, {}, steps=6)
        results.append((after[0], y))
        carry = (h,)
        for t in range(6):
            carry, now = machine.step(prepared, carry, {"x": x[t]}, {})
            np.testing.assert_allclose(now, y[t], rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(carry[0], after[0], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-11, atol=1e-11)


def test_slices_that_are_joined_again_are_the_whole() -> None:
    made = layer(
        "c:\n  state: {h: 4}\n  equations: |\n    a, b = split(h)\n    h' = tanh(concat(a, b)) + sum(x)\n  output: h'",
        4,
    )
    ops = [i.node.op for i in schedule(made.graph).loop]
    assert sorted(ops) == ["add", "tanh"], "no subscript, no concat"
