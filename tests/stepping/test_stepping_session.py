import subprocess
import sys

import numpy as np
import pytest

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.errors import CheckpointError, UsageError
from rnnctl.runs import checkpoint
from rnnctl.stepping.insight import jacobian
from rnnctl.stepping.model import Model, load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.step import shown_deviation, shown_output
from tests.stepping.made_runs import FORECAST, make_run

INPUTS = [(12.0, 0.5), (16.0, 2.0), (10.0, 0.0), (11.0, 1.5), (-40.0, 9.0)]


def unrolled(run, inputs):
    """The same steps as one packed window of the chain, and the carries after it."""
    resolved, saved = run.open(), checkpoint.load(run.checkpoint("best")).weights
    dtype = np.dtype(resolved.training.precision)
    scaling = Scaling.from_dict(run.record()["scaling"])
    y = scaling.input.to_model(np.array(inputs)).astype(dtype) if scaling.input else np.array(inputs)
    carries = []
    for i, chained in enumerate(resolved.layers):
        layer = chained.layer
        machine = Machine(layer, NumpyBackend(dtype))
        prepared = machine.prepare({p.name: saved[f"{i}.{p.name}"] for p in layer.parameters})
        carry = tuple(
            saved.get(f"{i}.initial_{s.name}", np.full(s.shape, s.initial, dtype if s.kind.value == "real" else int))
            for s in layer.states
        )
        draws = {d.name: np.full((len(inputs), *d.shape), d.probability, dtype) for d in layer.draws}
        carry, y = machine.unroll(prepared, carry, {"x": y}, draws, steps=len(inputs))
        carries.append(carry)
    return carries, y, scaling


@pytest.mark.parametrize(("kind", "atol"), [("run", 1e-5), ("exact_run", 1e-12)])
def test_stepping_is_the_same_as_a_window(kind, atol, request):
    run = request.getfixturevalue(kind)
    session = Session(load_model(run))
    steps = [session.step(x) for x in INPUTS]
    carries, y, scaling = unrolled(run, INPUTS)
    for step, at in zip(steps, y, strict=True):
        np.testing.assert_allclose(step.output, at, rtol=0, atol=atol)
        np.testing.assert_allclose(step.shown["load"], scaling.target.to_data(at)[0], rtol=1e-5, atol=100 * atol)
    for after, expected in zip(session.carry, carries, strict=True):
        for a, b in zip(after, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=atol)
            assert a.dtype == b.dtype


def test_a_step_tells_what_it_did(run):
    session = Session(load_model(run))
    before = session.carry
    step = session.step({"wind": 0.5, "temperature": 12})
    assert (step.t, session.t, dict(step.given)) == (1, 1, {"temperature": 12.0, "wind": 0.5})
    assert [(at.place, at.name, [p.name for p in at.parts]) for at in step.layers] == [
        ("0", "lstm", ["h", "c"]),
        ("2", "clockwork_rnn", ["h", "t"]),
    ]
    h = step.layers[0].parts[0]
    np.testing.assert_array_equal(h.before, before[0][0])
    np.testing.assert_array_equal(h.after, session.carry[0][0])
    assert h.norm == pytest.approx(float(np.linalg.norm(h.after)))
    again = session.step((12, 0.5)).layers[0].parts[0]
    np.testing.assert_array_equal(again.before, h.after)
    assert again.change == pytest.approx(float(np.linalg.norm(again.after.astype(float) - h.after)))
    counter = step.layers[1].parts[1]
    assert (counter.after.item(), counter.after.dtype, counter.change) == (1, np.int64, 1.0)


def test_classes_are_probabilities(symbol_run):
    step = Session(load_model(symbol_run)).step("B")
    assert step.input == 0
    assert tuple(step.shown) == ("B", "T", "P", "S", "X", "V", "E")
    assert sum(step.shown.values()) == pytest.approx(1)
    expected = np.exp(step.output) / np.exp(step.output).sum()
    np.testing.assert_allclose(list(step.shown.values()), expected, rtol=1e-5)
    top = step.top(3)
    assert [share for _, share in top] == sorted(step.shown.values(), reverse=True)[:3]


def test_a_learned_initial_state_is_where_it_starts(symbol_run):
    model = load_model(symbol_run)
    saved = checkpoint.load(symbol_run.checkpoint("best")).weights
    session = Session(model)
    np.testing.assert_array_equal(session.carry[1][0], saved["1.initial_h"])
    session.step("B")
    session.reset()
    assert session.t == 0
    np.testing.assert_array_equal(session.carry[1][0], saved["1.initial_h"])


def test_a_carry_is_a_value(run):
    """A session made from another's carry goes the same way, and leaves it alone."""
    model = load_model(run)
    first = Session(model)
    first.step(INPUTS[0])
    kept = first.carry
    copies = [part.copy() for states in kept for part in states]
    branch = Session(model, kept, first.t)
    outputs = [s.step(INPUTS[1]).output for s in (first, branch)]
    np.testing.assert_array_equal(*outputs)
    for part, copy in zip((p for states in kept for p in states), copies, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_the_last_step_is_one_that_led_here(run):
    """What a step gave is not known any more behind a reset, a loaded state, or steps that were made elsewhere."""
    session = Session(load_model(run))
    session.step((20, 3))
    made = session.step((21, 4))
    session.edit({(0, 0): np.zeros(5)}, "zero h")
    assert session.last.t == 2
    assert session.last.output is made.output
    assert session.inside()[0]
    for leave in (
        session.reset,
        lambda: session.load(session.model.initial_carry(), 0, "load a"),
        lambda: session.load(session.carry, 7, "load b"),
        lambda: session.load(session.carry, session.t, "load c"),
        lambda: session.arrive(session.carry, session.t + 3, "pipe 3"),
    ):
        leave()
        session.edit({(0, 0): np.ones(5)}, "set h 1")
        assert session.last is None
        assert not any(session.inside())
        with pytest.raises(UsageError, match="no step has been made here"):
            jacobian(session)
        session.back(2)
        assert session.last.t == 2


def test_a_step_that_fails_changes_nothing(run):
    session = Session(load_model(run))
    session.step(INPUTS[0])
    carry = session.carry
    for wrong in ("12", (1, 2, 3), (float("nan"), 1), (1e300, 1)):
        with pytest.raises(UsageError):
            session.step(wrong)
    assert session.t == 1
    assert session.carry is carry


def test_numbers_that_run_away_are_an_error(run):
    model = load_model(run)
    session = Session(model)
    h, c = session.carry[0]
    session = Session(model, ((h, np.full_like(c, np.inf)), *session.carry[1:]))
    with pytest.raises(UsageError) as caught:
        session.step(INPUTS[0])
    assert str(caught.value) == (
        "step 1 makes c of layer 0 too large for a number (give an input nearer to the data, or reset)"
    )


def test_the_last_checkpoint_stands_in_for_the_best(run):
    run.checkpoint("best").rename(run.checkpoint("last"))
    assert load_model(run).checkpoint == "last"
    for left, what in ((b"", "best checkpoint"), (None, "checkpoint yet")):  # nobody asked for the last
        run.checkpoint("last").unlink()
        if left is not None:
            run.checkpoint("last").write_bytes(left)
        with pytest.raises(CheckpointError) as caught:
            load_model(run)
        assert str(caught.value) == (
            f"run 'weather-1' has no {what} (training saves one at the end of each epoch; "
            f"go on with: rnnctl train --resume {run.path})"
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda w: {**w, "0.Wi": w["0.Wi"][:3]},
            "the weights do not fit the run's config: 0.Wi of lstm is [5, 2], and the checkpoint has [3, 2]",
        ),
        (
            lambda w: {k: v for k, v in w.items() if k != "3.b"},
            "the weights do not fit the run's config: 3.b of dense is [1], and the checkpoint has none",
        ),
        (lambda w: {**w, "4.W": w["3.W"]}, "the weights do not fit the run's config: it has no 4.W"),
    ],
)
def test_weights_that_do_not_fit(run, change, message):
    saved = checkpoint.load(run.checkpoint("best"))
    checkpoint.save(run.checkpoint("best"), change(dict(saved.weights)), {})
    with pytest.raises(CheckpointError) as caught:
        load_model(run)
    assert str(caught.value) == message


def model_of(target, scaling=None, loss="mse"):
    facts = Facts(Signal("number", ("x",)), target, (9,), one_series=True, ahead=1, each="step")
    return Model((), (), facts, Scaling(None, scaling), "", "best", {}, loss)


def test_a_normal_distribution_in_the_units_of_the_data():
    """Two means, then two log variances: those of deviations of 2 and 1/2, in units of 10 and 0.25."""
    model = model_of(Signal("number", ("a", "b")), Affine((3.0, -50.0), (10.0, 0.25)), "gaussian")
    y = np.array([1.0, -4.0, 2 * np.log(2.0), -2 * np.log(2.0)])
    assert shown_output(model, y) == {"a": 13.0, "b": -51.0}
    assert shown_deviation(model, y) == pytest.approx({"a": 20.0, "b": 0.125}, rel=1e-12)
    plain = model_of(Signal("number", ("a", "b")), loss="gaussian")
    assert shown_output(plain, y) == {"a": 1.0, "b": -4.0}
    assert shown_deviation(plain, y) == pytest.approx({"a": 2.0, "b": 0.5}, rel=1e-12)
    huge = np.array([0.0, 0.0, 1e30, -1e30], np.float32)
    assert shown_deviation(plain, huge) == pytest.approx({"a": np.exp(10), "b": np.exp(-10)}, rel=1e-12)
    assert shown_deviation(model_of(Signal("number", ("a", "b"))), y[:2]) == {}


def test_the_probability_of_yes_of_each_column():
    model = model_of(Signal("binary", ("rain", "wind", "hail", "snow")), loss="binary_cross_entropy")
    found = shown_output(model, np.array([np.log(3.0), 0.0, 1000.0, -1000.0]))
    assert found == pytest.approx({"rain": 0.75, "wind": 0.5, "hail": 1.0, "snow": 0.0}, rel=1e-12)
    assert shown_deviation(model, np.zeros(4)) == {}


def test_a_run_knows_what_its_outputs_mean(tmp_path):
    text = FORECAST.replace("dense: 1", "dense: 2").replace("mse", "gaussian").replace("PRECISION", "float64")
    session = Session(load_model(make_run(tmp_path, text)))
    step = session.step({"temperature": 12, "wind": 0.5})
    scaling = session.model.scaling.target
    assert step.shown == {"load": step.output[0] * scaling.factor[0] + scaling.offset[0]}
    assert step.deviation == pytest.approx({"load": np.exp(step.output[1] / 2) * scaling.factor[0]}, rel=1e-12)


def test_a_damaged_record(run):
    record = run.record()
    run.write_record({**record, "scaling": {"input": 3}})
    with pytest.raises(CheckpointError, match="its scaling cannot be read"):
        load_model(run)


def test_stepping_needs_no_torch():
    code = "import rnnctl.stepping.store, rnnctl.plan, rnnctl.report.step, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
