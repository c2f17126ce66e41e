"""A schedule run on a backend: masks, and what a window leaves behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.backends.torch import TorchBackend
from rnnctl.catalogue import read_definitions
from rnnctl.document import parse
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Layer, Signal

torch.set_num_threads(1)

COUNTER = """
c:
  state:
    t: {shape: [], kind: integer}
    total: {shape: [2, input]}
  parameters: {W: {shape: [2, input], init: ones}}
  equations: |
    t' = t + 1
    total' = total + W * outer(ones(2), x)
  output: total' * t'
"""


def counter() -> Layer:
    document = parse(COUNTER, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert diagnostics == []
    return bind(found["c"], {"x": Signal((3,))}, {})


def machines(packed: bool = True) -> list[tuple[Machine[Any], Any]]:
    return [
        (Machine(counter(), NumpyBackend(np.float64), packed=packed), np.asarray),
        (Machine(counter(), TorchBackend(torch.float64), packed=packed), torch.as_tensor),
    ]


STEPS, ROWS = 5, 2
X = np.arange(STEPS * ROWS * 3, dtype=np.float64).reshape(STEPS, ROWS, 3)
START = (np.zeros(ROWS, np.int64), np.zeros((ROWS, 2, 3)))
FRESH = (np.full(ROWS, 10), np.full((ROWS, 2, 3), 0.5))


@pytest.mark.parametrize("packed", [True, False])
def test_masks_select_row_by_row_whatever_the_rank_of_a_state(packed: bool) -> None:
    resets = [None, None, np.array([True, False]), None, np.array([False, True])]
    valid = [None, np.array([False, True]), None, np.array([True, False]), None]
    t, total, expected = START[0].copy(), START[1].copy(), []
    for step in range(STEPS):
        mask = resets[step]
        if mask is not None:
            t[mask], total[mask] = FRESH[0][mask], FRESH[1][mask]
        new_t, new_total = t + 1, total + X[step][:, np.newaxis, :]
        expected.append(new_total * new_t[:, np.newaxis, np.newaxis])
        keep = valid[step] if valid[step] is not None else np.array([True, True])
        t, total = np.where(keep, new_t, t), np.where(keep[:, np.newaxis, np.newaxis], new_total, total)
    for machine, made in machines(packed):

        def mask_of(masks: list[Any], made: Any = made) -> list[Any]:
            return [None if m is None else made(m) for m in masks]

        after, y = machine.unroll(
            machine.prepare({"W": made(np.ones((2, 3)))}),
            tuple(made(part) for part in START),
            {"x": made(X)},
            {},
            steps=STEPS,
            initial=tuple(made(part) for part in FRESH),
            resets=mask_of(resets),
            valid=mask_of(valid),
        )
        np.testing.assert_array_equal(np.asarray(y), expected)
        np.testing.assert_array_equal(np.asarray(after[0]), t)
        np.testing.assert_array_equal(np.asarray(after[1]), total)


def test_what_is_prepared_serves_many_windows_and_is_not_changed() -> None:
    for machine, made in machines():
        prepared = machine.prepare({"W": made(np.ones((2, 3)))})
        carry = tuple(made(part) for part in START)
        first = machine.unroll(prepared, carry, {"x": made(X)}, {}, steps=STEPS)
        machine.step(prepared, carry, {"x": made(X[0])}, {})
        second = machine.unroll(prepared, carry, {"x": made(X)}, {}, steps=STEPS)
        np.testing.assert_array_equal(np.asarray(first[1]), np.asarray(second[1]))
        for part, before in zip(carry, START, strict=True):
            np.testing.assert_array_equal(np.asarray(part), before)


def test_prepared_values_follow_the_parameters_they_were_made_of() -> None:
    for machine, made in machines():
        for weight in (1.0, 3.0):
            prepared = machine.prepare({"W": made(np.full((2, 3), weight))})
            _, y = machine.step(prepared, tuple(made(part) for part in START), {"x": made(X[1])}, {})
            np.testing.assert_array_equal(np.asarray(y), weight * np.stack([X[1], X[1]], 1))


def test_the_output_may_be_the_state_before_the_step() -> None:
    document = parse("c:\n  state: {h: input}\n  equations: |\n    h' = x\n  output: h\n", "cell.yaml")
    found, _ = read_definitions(document, document.value, ())
    layer = bind(found["c"], {"x": Signal((3,))}, {})
    for machine, made in (
        (Machine(layer, NumpyBackend(np.float64)), np.asarray),
        (Machine(layer, TorchBackend(torch.float64)), torch.as_tensor),
    ):
        resets = [None, None, made(np.array([True, False])), None, None]
        fresh = (made(np.full((ROWS, 3), 7.0)),)
        start = (made(np.full((ROWS, 3), -1.0)),)
        after, y = machine.unroll(
            machine.prepare({}), start, {"x": made(X)}, {}, steps=STEPS, initial=fresh, resets=resets
        )
        expected = np.concatenate([np.full((1, ROWS, 3), -1.0), X[:-1]])
        expected[2, 0] = 7
        np.testing.assert_array_equal(np.asarray(y), expected)
        np.testing.assert_array_equal(np.asarray(after[0]), X[-1])
