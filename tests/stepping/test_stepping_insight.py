"""Horizon, saliency and spectral radius, by hand for linear networks and by finite differences for others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run
from rnnctl.stepping import insight
from rnnctl.stepping.insight import effective, horizon, jacobian, saliency, spectral
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session
from tests.stepping.made_runs import FORECAST, SYMBOLS, make_run

INPUTS = [(12.0, 0.5), (16.0, 2.0), (10.0, 0.0), (11.0, 1.5), (13.0, 1.0)]
LINEAR = """
cells:
  linear:
    state: {h: size}
    parameters: {W: {shape: [size, input], init: glorot_uniform}, U: {shape: [size, size], init: zeros}}
    equations: "h' = W @ x + U @ h"
    output: h'
"""
LOOKING_UP = """
cells:
  looking_up:
    inputs: {x: {symbols: input}}
    state: {h: size}
    parameters: {E: {shape: [input, size], init: glorot_uniform}, U: {shape: [size, size], init: orthogonal}}
    equations: "h' = tanh(E[x] + 0.5 * (U @ h))"
    output: h'
"""


def linear(root: Path, recurrent: np.ndarray, window: str = "4") -> Session:
    """A session of y = w h', h' = W x + U h, with a U of one's own."""
    text = FORECAST.replace("PRECISION", "float64").replace("window: 4", f"window: {window}")
    before, after = text.split("    - lstm: 5\n")[0], text.split("    - dense: 1\n")[1]
    run = make_run(root, f"{LINEAR}{before}    - linear: {len(recurrent)}\n    - dense: 1\n{after}")
    saved = checkpoint.load(run.checkpoint("best"))
    checkpoint.save(run.checkpoint("best"), {**saved.weights, "0.U": recurrent}, {})
    return Session(load_model(run))


def walk(session: Session, count: int) -> Session:
    for i in range(count):
        session.step(INPUTS[i % 5])
    return session


@pytest.mark.parametrize(("decay", "steps"), [(0.8, 14), (0.5, 5), (0.04, 1), (0.9, 29)])
def test_the_horizon_of_a_known_decay(tmp_path: Path, decay: float, steps: int) -> None:
    """The influence at lag k is decay^k of that at lag 0: 95 % of the sum take log 0.05 / log decay steps."""
    session = walk(linear(tmp_path, decay * np.eye(3)), 200)
    found = horizon(session)
    layers = session.model.layers
    first = np.linalg.norm(layers[1].weights["W"] @ layers[0].weights["W"])
    assert found.lags == tuple(range(200))
    np.testing.assert_allclose(found.norms, first * decay ** np.arange(200.0), rtol=1e-9, atol=1e-99)
    carry = np.linalg.norm(layers[1].weights["W"]) * decay ** np.arange(1.0, 201.0)
    np.testing.assert_allclose(found.carry_norms, carry, rtol=1e-9, atol=1e-99)
    assert steps == max(1, np.ceil(np.log(0.05) / np.log(decay)))
    assert (found.steps, found.carry_steps, found.window, found.of) == (steps, steps, 4, "the output")
    assert (found.by, found.since, found.agrees) == ("input", "'start'", True)


def test_a_memory_that_does_not_fade_reaches_as_far_as_one_looks(tmp_path: Path) -> None:
    session = walk(linear(tmp_path, np.eye(2), window="null"), 40)
    found = horizon(session)
    assert (found.steps, found.window) == (38, None)
    cut = horizon(session, most=10)
    assert (cut.steps, len(cut.lags), cut.since) == (10, 10, "step 30")


def test_the_window_is_how_far_back_a_gradient_went(tmp_path: Path) -> None:
    assert horizon(walk(linear(tmp_path, np.eye(2), window="{update: 2, backward: 6}"), 3)).window == 6


def test_the_smallest_count_of_lags() -> None:
    assert effective(np.array([0.0, 0.0])) == 0
    assert effective(np.array([95.0, 5.0])) == 1
    assert effective(np.array([94.0, 1.0, 5.0])) == 2
    assert effective(np.array([0.0, 0.0, 1.0])) == 3
    assert effective(np.array([1.0] * 20)) == 19


def test_what_gradient_times_input_says(tmp_path: Path) -> None:
    """Of a linear model from zeros the products add up to the output, but for the bias."""
    session = walk(linear(tmp_path, np.array([[0.5, 0.3], [-0.2, 0.7]])), 7)
    found = saliency(session)
    assert session.last is not None
    bias = session.model.layers[1].weights["b"]
    np.testing.assert_allclose(found.products.sum() + bias[0], session.last.output[0], rtol=1e-9)
    np.testing.assert_allclose(found.norms, horizon(session).norms[::-1])
    assert (found.times, found.columns) == ((1, 2, 3, 4, 5, 6, 7), ("temperature", "wind"))
    assert dict(found.given[1]) == {"temperature": 16.0, "wind": 2.0}
    assert found.agrees


def test_the_saliency_of_symbols(symbol_run: Run) -> None:
    session = Session(load_model(symbol_run))
    for symbol in "BTBP":
        session.step(symbol, {"next": "T"})
    found = saliency(session)
    assert (found.products.shape, found.columns, found.of, found.by) == ((4, 1), ("symbol",), "the loss", "embedded")
    # to first order the loss changes by the product where the embedding of the last step grows by a little
    model = session.model
    before, code = session.trail[-2].carry, 2
    table = model.layers[0].weights["E"]
    losses = []
    for factor in (1 + 1e-2, 1 - 1e-2):
        table[code] *= factor
        trial = Session(model, before)
        losses.append(trial.step("P", {"next": "T"}).loss)
        table[code] /= factor
    assert (losses[0] - losses[1]) / 2e-2 == pytest.approx(found.products[-1, 0], rel=1e-3)


def test_a_layer_that_looks_its_symbol_up_inside(tmp_path: Path) -> None:
    text = LOOKING_UP + SYMBOLS.replace("{embedding: 3}, {gru: 4}", "{looking_up: 4}")
    session = Session(load_model(make_run(tmp_path, text)))
    for symbol in "BTBP":
        session.step(symbol)
    found = horizon(session)
    assert found.by == "nothing"
    np.testing.assert_array_equal(found.norms, found.carry_norms)
    assert found.norms.shape == (4,)
    assert (found.norms > 0).all()
    with pytest.raises(UsageError) as caught:
        saliency(session)
    assert str(caught.value) == (
        "layer 0 looks its symbol up inside its equations, so there is no gradient by it "
        "(put an embedding or one_hot before it, or ask for the horizon)"
    )


def test_the_spectral_radius_of_a_known_matrix(tmp_path: Path) -> None:
    turn = 0.9 * np.array([[np.cos(1.0), -np.sin(1.0), 0], [np.sin(1.0), np.cos(1.0), 0], [0, 0, 0.5 / 0.9]])
    session = walk(linear(tmp_path, turn), 3)
    found = spectral(session)
    assert (found.t, found.size) == (3, 3)
    assert found.radius == pytest.approx(0.9, rel=1e-12)
    np.testing.assert_allclose(found.eigenvalues, [0.9 * np.exp(1j), 0.9 * np.exp(-1j), 0.5], rtol=1e-12)


def test_the_jacobian_agrees_with_finite_differences(run_of: Callable[[str], Run]) -> None:
    chain = "\n    - residual: [{lstm: 2}]\n    - clockwork_rnn: {size: 70, modules: 2}\n    - dense: 1\n"
    model = load_model(run_of(chain))
    session = Session(model)
    session.step(INPUTS[0])
    session.hold(0, 1, {1: 0.75}, "clamp c[1] = 0.75")
    before = session.now
    step = session.step(INPUTS[1])
    found, t = jacobian(session)
    assert (found.shape, t) == ((74, 74), 2)

    def flat(carry) -> np.ndarray:  # type: ignore[no-untyped-def]
        return np.concatenate([part for states in carry for part in states if part.dtype.kind == "f"])

    start = flat(before.carry)
    wanted = np.zeros((74, 74))
    for i in range(74):
        ends = []
        for apart in (1e-6, -1e-6):
            moved = start.copy()
            moved[i] += apart
            carry = ((moved[:2], moved[2:4]), (moved[4:], before.carry[1][1]), ())
            ends.append(flat(model.step(carry, step.input, before.held)[0]))
        wanted[:, i] = (ends[0] - ends[1]) / 2e-6
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)
    assert not found[3].any()
    np.testing.assert_allclose(np.sort(np.abs(np.linalg.eigvals(wanted)))[-1], spectral(session).radius, rtol=1e-6)


def test_where_there_is_no_jacobian(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(load_model(run))
    nothing = "no step has been made here (the Jacobian is of a step: make one)"
    with pytest.raises(UsageError) as caught:
        spectral(session)
    assert str(caught.value) == nothing
    session.step(INPUTS[0])
    session.reset()
    with pytest.raises(UsageError) as caught:
        spectral(session)
    assert str(caught.value) == nothing
    monkeypatch.setattr(insight, "MOST_UNITS", 13)
    session.step(INPUTS[0])
    with pytest.raises(UsageError) as caught:
        spectral(session)
    assert str(caught.value) == (
        "the Jacobian of 14 numbers is too large: at most 13 (horizon tells how far back a step reaches, at any size)"
    )


def test_where_the_equations_have_no_derivative(tmp_path: Path) -> None:
    rooted = LINEAR.replace("W @ x + U @ h", "sqrt(abs(h)) + 0 * (W @ x) + 0 * (U @ h)")
    text = FORECAST.replace("PRECISION", "float64").replace("lstm: 5", "linear: 2")
    session = walk(Session(load_model(make_run(tmp_path, rooted + text))), 2)
    for ask, what in ((horizon, "the gradient"), (saliency, "the gradient"), (spectral, "the Jacobian")):
        with pytest.raises(UsageError) as caught:
            ask(session)
        assert str(caught.value) == (
            f"{what} of step 2 is not finite: somewhere on the way the equations have no derivative "
            "(make another step, or put another value into the state)"
        )


def test_a_model_without_state(stateless_run: Run) -> None:
    session = Session(load_model(stateless_run))
    walk(session, 4)
    with pytest.raises(UsageError) as caught:
        spectral(session)
    assert str(caught.value) == "this model has no state"
    found = horizon(session)
    assert (found.steps, found.norms[1:].any(), found.carry_steps) == (1, False, 0)


def test_asking_changes_nothing(run: Run) -> None:
    session = walk(Session(load_model(run)), 4)
    trail, carry = list(session.trail), [part.copy() for states in session.carry for part in states]
    horizon(session), saliency(session), spectral(session)
    assert list(session.trail) == trail
    for part, copy in zip((p for states in session.carry for p in states), carry, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_nothing_loads_torch_before_it_is_asked() -> None:
    modules = "rnnctl.stepping.insight, rnnctl.stepping.relations, rnnctl.stepping.freerun"
    code = f"import {modules}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_letting_go_is_no_edit_when_a_session_is_taken_up(run: Run) -> None:
    session = Session(load_model(run))
    session.hold(0, 0, {1: 0.25}, "clamp h[0][1] 0.25")
    walk(session, 3)
    session.release("unclamp")
    save_session(run, "s", session)
    again = load_session(run, "s", session.model)
    for one in (session, again):
        one.step(INPUTS[3])
    ours, theirs = horizon(session), horizon(again)
    assert (len(theirs.lags), theirs.since) == (4, "'clamp h[0][1] 0.25'")
    np.testing.assert_array_equal(ours.norms, theirs.norms)
