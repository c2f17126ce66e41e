"""Correlations of units with columns as numpy's own, and the nearest of the past states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping import relations
from rnnctl.stepping.model import load_model
from rnnctl.stepping.references import find_state, name_unit
from rnnctl.stepping.relations import correlations, nearest_past
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session
from tests.stepping.made_runs import FORECAST, make_run

INPUTS = [(12.0, 0.5), (16.0, 2.0), (10.0, 0.0), (11.0, 1.5), (13.0, 1.0), (17.0, 0.0), (9.0, 1.0)]


def walked(run: Run, count: int = 7) -> Session:
    session = Session(load_model(run))
    for x in INPUTS[:count]:
        session.step(x, {"load": 100 + x[0]})
    return session


def test_every_unit_has_a_name(run: Run) -> None:
    model = load_model(run)
    assert name_unit(model, 0, 0, 3) == "h[0][3]"
    assert name_unit(model, 0, 1, 3) == "c[3]"
    assert name_unit(model, 2, 1, 0) == "t"
    for layer, part, unit in ((0, 0, 4), (0, 1, 0), (2, 0, 2)):
        found = find_state(model, name_unit(model, layer, part, unit))
        assert (found.layer, found.part, found.units) == (layer, part, (unit,))


@pytest.mark.parametrize("block", [3, 1024])
@pytest.mark.parametrize(("column", "name"), [("wind", "input[wind]"), ("target[load]", "target[load]")])
def test_correlations_are_those_of_numpy(
    run: Run, column: str, name: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "_BLOCK", block)
    session = walked(run)
    found = correlations(session, column)
    assert (found.column, found.steps, found.resets, found.constant) == (name, 7, 1, 0)
    wanted = [x[1] if column == "wind" else 100 + x[0] for x in INPUTS]
    assert len(found.units) == 5 + 5 + 4
    for unit in found.units:
        at = find_state(session.model, unit.unit)
        assert at.part is not None
        values = [at.of(m.carry[at.layer][at.part]).item() for m in session.trail[1:]]
        assert unit.value == pytest.approx(np.corrcoef(values, wanted)[0, 1], rel=1e-9, abs=1e-12)
    sizes = [abs(unit.value) for unit in found.units]
    assert sizes == sorted(sizes, reverse=True)


def test_units_that_never_change_are_left_out(run: Run) -> None:
    session = Session(load_model(run))
    session.hold(0, 0, {1: 0.3, 2: 0.1}, "clamp h[0][1,2]")
    for x in INPUTS:
        session.step(x)
    found = correlations(session, "wind")
    assert found.constant == 2
    assert {"h[0][1]", "h[0][2]"}.isdisjoint(unit.unit for unit in found.units)


def test_a_symbol_stands_for_one_where_it_is(symbol_run: Run) -> None:
    session = Session(load_model(symbol_run))
    for symbol in "BTBPTS":
        session.step(symbol)
    found = correlations(session, "T")
    assert (found.column, found.steps) == ("input[T]", 6)
    values = [m.carry[1][0][2] for m in session.trail[1:]]
    wanted = np.corrcoef(values, [0, 1, 0, 0, 1, 0])[0, 1]
    assert {unit.unit: unit.value for unit in found.units}["h[2]"] == pytest.approx(wanted, rel=1e-6)


def test_a_value_held_from_a_step_of_every_sequence(symbol_run: Run) -> None:
    session = Session(load_model(symbol_run))
    wanted, values = [], []
    for string in ("BTBPS", "BPBT", "B", "BTT"):
        session.reset()
        for t, symbol in enumerate(string, 1):
            step = session.step(symbol)
            if t >= 2:
                wanted.append(string[1] == "T")
                values.append(step.layers[0].parts[0].after[1])
    found = correlations(session, "T", held_from=2)
    assert (found.column, found.steps, found.resets) == ("input[T] of step 2", 9, 3)
    unit = {unit.unit: unit.value for unit in found.units}["h[1]"]
    assert unit == pytest.approx(np.corrcoef(values, wanted)[0, 1], rel=1e-6)


def test_no_value_is_held_over_a_state_that_was_loaded(symbol_run: Run) -> None:
    session = Session(load_model(symbol_run))
    for text in ("BTP", "BPP"):
        session.reset()
        for symbol in text:
            session.step(symbol)
    before = correlations(session, "T", held_from=2)
    session.load(session.carry, session.t, "load other")
    session.step("S")
    assert correlations(session, "T", held_from=2) == before
    assert correlations(session, "T").steps == 7


def test_what_cannot_be_correlated(run: Run, symbol_run: Run) -> None:
    session = Session(load_model(run))
    for count, message in (
        (0, "there are no steps with input[wind], and a correlation takes 3 (make more steps)"),
        (1, "there are 1 step with input[wind], and a correlation takes 3 (make more steps)"),
        (2, "there are 2 steps with input[wind], and a correlation takes 3 (make more steps)"),
    ):
        with pytest.raises(UsageError) as caught:
            correlations(walked(run, count) if count else session, "wind")
        assert str(caught.value) == message
    for _ in range(4):
        session.step((12.0, 0.5))
    with pytest.raises(UsageError) as caught:
        correlations(session, "wind")
    assert str(caught.value) == (
        "input[wind] is 0.5 in all 4 steps, so nothing can go with it (make steps in which it changes)"
    )
    with pytest.raises(UsageError) as caught:
        correlations(session, "load")
    assert str(caught.value) == (
        "there are no steps with target[load], and a correlation takes 3 (feed the data that the run knows)"
    )
    for text, help_text in (("wnd", "did you mean 'wind'?"), ("input[load]", "columns: temperature, wind")):
        with pytest.raises(UsageError) as caught:
            correlations(session, text)
        assert help_text in str(caught.value)
    with pytest.raises(UsageError, match="no column or symbol 'Q'"):
        correlations(Session(load_model(symbol_run)), "'Q'")


def test_a_model_without_state(stateless_run: Run) -> None:
    session = walked(stateless_run)
    for ask in (lambda: correlations(session, "wind"), lambda: nearest_past(session)):
        with pytest.raises(UsageError) as caught:
            ask()
        assert str(caught.value) == "this model has no state"


def test_the_nearest_of_the_past_states(tmp_path: Path) -> None:
    session = walked(make_run(tmp_path, FORECAST.replace("PRECISION", "float64")))
    session.reset()
    for x in INPUTS[:3]:
        session.step(x)
    found = nearest_past(session, 20)
    assert len(found) == 9
    assert (found[0].distance, found[0].t, dict(found[0].given)) == (0.0, 3, {"temperature": 10.0, "wind": 0.0})
    assert [past.distance for past in found] == sorted(past.distance for past in found)
    assert len(nearest_past(session, 2)) == 2
    here = np.concatenate([v for states in session.carry for v in states if v.dtype.kind == "f"])
    session.back(found[1].back)
    there = np.concatenate([v for states in session.carry for v in states if v.dtype.kind == "f"])
    assert session.t == found[1].t
    assert np.linalg.norm(here - there) == pytest.approx(found[1].distance, rel=1e-12)


def test_an_edit_is_compared_with_the_step_before_it(run: Run) -> None:
    session = walked(run, 1)
    with pytest.raises(UsageError) as caught:
        nearest_past(session)
    assert str(caught.value) == "there is no earlier step to compare with (make more steps)"
    h = session.carry[0][0].copy()
    h[0] += 0.5
    session.edit({(0, 0): h}, "set h[0][0]")
    [found] = nearest_past(session)
    assert (found.t, found.back, found.distance) == (1, 1, pytest.approx(0.5))


def test_what_changed_nothing_is_the_present_still(run: Run) -> None:
    session = walked(run, 3)
    session.hold(0, 0, {1: float(session.carry[0][0][1])}, "clamp h[0][1]")
    session.release("unclamp")
    assert [past.t for past in nearest_past(session)] != []
    assert 3 not in [past.t for past in nearest_past(session)]
    save_session(run, "s", session)
    again = load_session(run, "s", session.model)
    assert nearest_past(again) == nearest_past(session)
