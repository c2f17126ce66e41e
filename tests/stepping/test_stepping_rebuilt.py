"""The steps of a session in torch: what numpy recorded, and gradients that finite differences agree with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.loss import loss_of
from rnnctl.stepping.model import Array, Carry, Model, load_model
from rnnctl.stepping.rebuilt import TorchModel, double, gradients, past_of, tensors
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, SYMBOLS, make_run

INPUTS = [(12.0, 0.5), (16.0, 2.0), (10.0, 0.0), (11.0, 1.5), (13.0, 1.0)]
MEMBERS = """
    - residual: [{lstm: 5}, {dropout: 0.3}, {dense: 2}]
    - stack: {layer: {residual: [{gru: 2}, {residual: layer_norm}]}, depth: 2, dropout: 0.1}
    - clockwork_rnn: {size: 4, modules: 2}
    - dense: 1
"""
STEP = 1e-6


def slopes(of: Callable[[Array], float], at: Array) -> Array:
    """The gradient by central differences."""
    found = np.zeros_like(at)
    for i in range(at.size):
        apart = np.zeros_like(at)
        apart.flat[i] = STEP
        found.flat[i] = (of(at + apart) - of(at - apart)) / (2 * STEP)
    return found


def walked(session: Session, count: int) -> tuple[Carry, list[Array]]:
    """The carry before the last so many steps, and their inputs in model units."""
    trail = session.trail
    return trail[-count - 1].carry, [m.made.input for m in trail[-count:] if m.made]


def end(model: Model, carry: Carry, inputs: list[Array]) -> Array:
    for x in inputs:
        carry, y = model.step(carry, x)
    return y


@pytest.mark.parametrize("target", [None, {"load": 104.0}])
def test_gradients_of_numbers_agree_with_finite_differences(
    run_of: Callable[[str], Run], target: dict[str, float] | None
) -> None:
    model = load_model(run_of(MEMBERS))
    session = Session(model)
    for x in INPUTS:
        session.step(x, target)
    found = gradients(session)
    assert (found.by, found.inputs.shape, found.difference < 1e-12) == ("input", (5, 2), True)
    assert found.of == ("the output" if target is None else "the loss")

    def value(y: Array) -> float:
        return float(y.sum()) if target is None else loss_of(model, y, target)

    carry, inputs = walked(session, 5)
    np.testing.assert_array_equal(found.values, inputs)
    for i in range(5):
        wanted = slopes(lambda x, i=i: value(end(model, carry, [*inputs[:i], x, *inputs[i + 1 :]])), inputs[i])
        np.testing.assert_allclose(found.inputs[i], wanted, rtol=1e-6, atol=1e-9)
    for i in range(5):
        carry, rest = walked(session, 5 - i)
        squares = 0.0
        for layer, states in enumerate(carry):
            for part, at in enumerate(states):
                if at.dtype.kind == "f":
                    squares += np.square(
                        slopes(lambda v, a=layer, b=part, c=carry, r=rest: value(end(model, put(c, a, b, v), r)), at)
                    ).sum()
        np.testing.assert_allclose(found.carries[i], np.sqrt(squares), rtol=1e-6, atol=1e-9)


def put(carry: Carry, layer: int, part: int, value: Array) -> Carry:
    changed = list(map(list, carry))
    changed[layer][part] = value
    return tuple(map(tuple, changed))


@pytest.mark.parametrize("target", [None, {"next": "X"}])
def test_gradients_by_what_the_first_layer_makes_of_a_symbol(tmp_path: Path, target: dict[str, str] | None) -> None:
    model = load_model(make_run(tmp_path, SYMBOLS))
    session = Session(model)
    for symbol in "BTSX":
        session.step(symbol, target)
    found = gradients(session)
    top = "the log-probability of {}, the most probable class"
    assert found.of == (top.format(session.last.top(1)[0][0]) if target is None else "the loss")  # type: ignore[union-attr]
    assert (found.by, found.inputs.shape, found.difference < 1e-6) == ("embedded", (4, 3), True)
    table = model.layers[0].weights["E"]
    np.testing.assert_allclose(found.values, table[[0, 1, 3, 4]])


@pytest.mark.parametrize("loss", ["mae", "huber", "gaussian"])
def test_other_losses(loss: str, tmp_path: Path) -> None:
    size = 2 if loss == "gaussian" else 1
    text = FORECAST.replace("PRECISION", "float64").replace("mse", loss).replace("dense: 1", f"dense: {size}")
    model = load_model(make_run(tmp_path, text))
    session, target = Session(model), {"load": 104.0}
    for x in INPUTS:
        session.step(x, target)
    carry, inputs = walked(session, 5)
    wanted = slopes(lambda x: loss_of(model, end(model, carry, [x, *inputs[1:]]), target), inputs[0])
    np.testing.assert_allclose(gradients(session).inputs[0], wanted, rtol=1e-6, atol=1e-9)


def test_the_sum_of_the_means_where_a_model_gives_deviations(tmp_path: Path) -> None:
    text = FORECAST.replace("PRECISION", "float64").replace("mse", "gaussian").replace("dense: 1", "dense: 2")
    model = load_model(make_run(tmp_path, text))
    session = Session(model)
    session.step(INPUTS[0])
    found = gradients(session)
    carry, inputs = walked(session, 1)
    wanted = slopes(lambda x: float(end(model, carry, [x])[0]), inputs[0])
    np.testing.assert_allclose(found.inputs[0], wanted, rtol=1e-6, atol=1e-9)


def test_the_past_begins_at_a_reset_or_an_edit(run: Run) -> None:
    session = Session(load_model(run))
    with pytest.raises(UsageError) as caught:
        past_of(session)
    assert str(caught.value) == "no step has been made (make a step, and ask again)"
    for x in INPUTS:
        session.step(x)
    assert (len(past_of(session).steps), past_of(session).since) == (5, "'start'")
    assert (len(past_of(session, 2).steps), past_of(session, 2).since) == (2, "step 3")
    session.edit({(0, 0): np.ones(5)}, "set h[0] = 1")
    with pytest.raises(UsageError) as caught:
        past_of(session)
    assert str(caught.value) == "no step has been made since 'set h[0] = 1' (make a step, and ask again)"
    session.step(INPUTS[0])
    session.hold(0, 0, {1: 0.5}, "clamp h[0][1] = 0.5")
    session.step(INPUTS[1])
    session.release("release")  # which changes no state
    session.step(INPUTS[2])
    past = past_of(session)
    assert (len(past.steps), past.since) == (2, "'clamp h[0][1] = 0.5'")
    assert [bool(before.held) for before, _ in past.steps] == [True, False]
    session.reset()
    session.step(INPUTS[0])
    assert (len(past_of(session).steps), past_of(session).since) == (1, "'reset'")


def test_a_past_that_is_forgotten(run: Run) -> None:
    session = Session(load_model(run), keep=2)
    for x in INPUTS * 2:
        session.step(x)
    past = past_of(session)
    assert len(past.steps) == len(session.trail) - 1
    assert past.since == f"step {session.trail[0].t}"


def test_what_is_held_passes_nothing_on(run_of: Callable[[str], Run]) -> None:
    model = load_model(run_of("\n    - rnn: 3\n    - dense: 1\n"))
    session = Session(model)
    session.step(INPUTS[0])
    session.hold(0, 0, {0: 0.25, 1: -0.5, 2: 0.125}, "clamp h = …")
    for x in INPUTS[1:]:
        session.step(x)
    found = gradients(session)
    assert found.difference < 1e-12
    assert (found.inputs.any(), found.carries.any()) == (False, False)
    session.release("release", 0, 0, [2])
    for x in INPUTS:
        session.step(x)
    found = gradients(session)
    weights = model.layers[0].weights
    h = [after.carry[0][0][2] for _, after in found.past.steps]
    out = model.layers[1].weights["W"][0, 2]
    chain = out * (1 - h[-1] ** 2)  # through the one unit that is free: a step is (1 - h^2) U[2, 2]
    for lag in range(5):
        np.testing.assert_allclose(found.inputs[-1 - lag], chain * weights["W"][2], rtol=1e-9)
        chain *= weights["U"][2, 2]
        np.testing.assert_allclose(found.carries[-1 - lag], abs(chain), rtol=1e-9)
        chain *= 1 - h[-2 - lag] ** 2
    assert not found.inputs[:4].any()


def test_outputs_that_are_not_those_recorded(exact_run: Run) -> None:
    session = Session(load_model(exact_run))
    step = session.step(INPUTS[0])
    moments = session.branches["trunk"].moments
    made = moments[-1].made
    assert made is not None
    moments[-1] = replace(moments[-1], made=made._replace(output=step.output + 0.25))
    assert gradients(session).difference == pytest.approx(0.25 / max(1.0, abs(step.output[0] + 0.25)))


def test_rows_step_as_one_does(run_of: Callable[[str], Run]) -> None:
    model = load_model(run_of(MEMBERS))
    session = Session(model)
    session.step(INPUTS[0])
    ours = TorchModel(model)
    x = double(np.zeros(2))
    rows = tuple(tuple(part.expand(3, *part.shape) for part in states) for states in tensors(session.carry))
    _, one = ours.step(tensors(session.carry), x, {})
    _, many = ours.step(rows, x.expand(3, 2), {})
    np.testing.assert_allclose(many, one.expand(3, 1), rtol=1e-12)
