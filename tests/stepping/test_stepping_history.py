"""Back, redo, goto, edits, clamps and branches of a session."""

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import TRUNK, Session

INPUTS = [(10.0 + i % 7, i % 5 / 2) for i in range(12)]


@pytest.fixture
def session(run):
    return Session(load_model(run))


def flat(carry):
    return [part.tobytes() for states in carry for part in states]


def walk(session, inputs=INPUTS):
    return [session.step(value).output.tobytes() for value in inputs]


def test_back_and_redo_are_exact(session):
    carries = [flat(session.carry)]
    for value in INPUTS:
        session.step(value)
        carries.append(flat(session.carry))
    for i in reversed(range(len(INPUTS))):
        assert session.back() == 1
        assert flat(session.carry) == carries[i]
        assert session.t == i
    assert session.back() == 0
    assert (session.redo(5), session.t, flat(session.carry)) == (5, 5, carries[5])
    assert (session.redo(99), session.t) == (7, 12)


def test_ten_thousand_steps_there_and_back(session):
    session.keep = 20_000
    rng = np.random.default_rng(0)
    inputs = [tuple(row) for row in rng.normal(10, 3, (10_000, 2)).tolist()]
    carries = []
    for value in inputs:
        carries.append(flat(session.carry))
        session.step(value)
    end = flat(session.carry)
    assert session.back(10_000) == 10_000
    assert flat(session.carry) == carries[0]
    assert session.redo(6_000) == 6_000
    assert flat(session.carry) == carries[6_000]
    session.redo(10_000)
    assert flat(session.carry) == end


def test_a_step_takes_the_place_of_what_was_undone(session):
    walk(session)
    session.back(4)
    session.step((1, 1))
    assert (session.t, session.ahead, session.redo()) == (9, 0, 0)


def test_goto(session):
    walk(session)
    carry = flat(session.carry)
    session.goto(3)
    assert session.t == 3
    assert session.last.t == 3
    session.goto(12)
    assert flat(session.carry) == carry
    with pytest.raises(UsageError, match=r"there is no step 13 to go to \(from here: 0 to 12\)"):
        session.goto(13)
    session.reset()
    with pytest.raises(UsageError, match="from here: 0 to 0"):
        session.goto(3)
    assert (session.t, session.last) == (0, None)


def test_goto_stays_in_the_sequence_of_a_state_that_was_loaded(session):
    """A step of the same number on the other side of a load is of another sequence."""
    walk(session, INPUTS[:5])
    session.load(session.model.initial_carry(), 22, "load x")
    session.step((1, 1))
    with pytest.raises(UsageError, match="from here: 22 to 23"):
        session.goto(3)
    session.goto(22)
    assert (session.now.did, session.back(), session.t) == ("load x", 1, 5)


def test_an_edit_at_the_beginning_is_no_border(session):
    session.edit({(0, 0): np.ones(5)}, "set h[0] 1")
    walk(session, INPUTS[:3])
    session.goto(0)
    assert session.now.did == "set h[0] 1"
    session.reset()
    session.step((1, 1))
    session.goto(0)
    assert session.now.did == "reset"


def test_the_oldest_are_forgotten(run):
    session = Session(load_model(run), keep=8)
    for _ in range(10):
        walk(session)
    assert 8 <= len(session.trail) - 1 <= 10
    assert session.t == 120
    assert session.back(1000) < 11
    assert session.last is None


def test_a_reset_of_one_layer(session):
    walk(session)
    first, other = session.carry[0], session.carry[2]
    session.reset(0)
    assert session.t == 12
    assert [part.tolist() for part in session.carry[0]] == [[0] * 5, [0] * 5]
    assert session.carry[2] is other
    assert session.now.origin == ("zeros", "carried", "zeros", "carried")[:1] + session.now.origin[1:]
    session.back()
    assert session.carry[0] is first
    session.reset()
    assert (session.t, session.now.did) == (0, "reset")


def test_an_edit_is_seen_by_the_next_step_and_can_be_undone(session):
    walk(session, INPUTS[:3])
    before = session.carry
    session.edit({(0, 0): np.linspace(-1, 1, 5)}, "set h[0] …")
    np.testing.assert_allclose(session.carry[0][0], [-1, -0.5, 0, 0.5, 1])
    assert session.carry[0][0].dtype == np.float32
    assert session.now.origin[0] == "edited"
    step = session.step(INPUTS[3])
    assert step.layers[0].origin == "edited"
    assert step.layers[1].origin == "carried"
    session.back(2)
    assert session.carry is before
    with pytest.raises(UsageError, match="h of layer 0 takes finite numbers"):
        session.edit({(0, 0): np.full(5, np.nan)}, "set")
    assert session.carry is before


def test_what_is_held_is_what_all_else_sees(session):
    """The output layer sees the held value in the same step, as if the cell had computed it."""
    walk(session, INPUTS[:3])
    held = {0: 0.25, 1: -0.5, 2: 0.75, 3: 0.0, 4: 1.0}
    session.hold(0, 0, held, "clamp h[0]")
    first = session.step(INPUTS[3])
    second = session.step(INPUTS[3])
    assert session.carry[0][0].tolist() == list(held.values())
    layer = session.model.layers[2]
    drawn = session.model.layers[1].step((), session.carry[0][0])[1]
    states = second.layers[1]
    (after, _) = layer.step(tuple(part.before for part in states.parts), drawn)
    np.testing.assert_array_equal(after[0], states.parts[0].after)
    assert first.layers[0].parts[1].after.tolist() != second.layers[0].parts[1].after.tolist()
    session.release("unclamp")
    session.step(INPUTS[4])
    assert session.carry[0][0].tolist() != list(held.values())
    session.back(2)
    assert session.now.held == {0: {0: held}}


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e50])
def test_what_is_held_is_a_number_of_the_models_type(session, value):
    before = session.now
    with pytest.raises(UsageError, match="a unit of h of layer 0 is held at a finite number"):
        session.hold(0, 0, {1: value}, "clamp")
    assert session.now is before


def test_release_of_some_units(session):
    session.hold(0, 0, {0: 0.5, 1: 0.5}, "clamp")
    session.hold(0, 1, {4: 2.0}, "clamp")
    session.release("unclamp h[0][1]", 0, 0, (1,))
    assert session.now.held == {0: {0: {0: 0.5}, 1: {4: 2.0}}}
    session.release("unclamp c[0]", 0, 1)
    assert session.now.held == {0: {0: {0: 0.5}}}
    session.reset()
    assert session.carry[0][0].tolist() == [0.5, 0, 0, 0, 0]


def test_a_branch_goes_its_own_way(session):
    walk(session, INPUTS[:4])
    fork = flat(session.carry)
    session.fork("other")
    other = walk(session, [(30, 2)] * 3)
    session.switch(TRUNK)
    assert (session.t, flat(session.carry)) == (4, fork)
    trunk = walk(session, INPUTS[4:7])
    assert trunk != other
    session.switch("other")
    session.back(3)
    assert walk(session, INPUTS[4:7]) == trunk


def test_branches_that_are_not_there(session):
    session.fork("other")
    with pytest.raises(UsageError, match="there is a branch 'other' already"):
        session.fork("other")
    with pytest.raises(UsageError, match=r"there is no branch 'othr' \(did you mean 'other'\?\)"):
        session.switch("othr")
    with pytest.raises(UsageError, match="the session stands on 'other'"):
        session.drop("other")
    session.switch(TRUNK)
    session.drop("other")
    assert list(session.branches) == [TRUNK]
    with pytest.raises(UsageError, match=r"there is no branch 'zzz' \(branches: trunk\)"):
        session.drop("zzz")
    assert session.branch == TRUNK


def test_named_values_are_those_of_the_step(session):
    assert session.inside() == ({}, {}, {}, {})
    step = session.step(INPUTS[0])
    inside = session.inside()[0]
    assert set(inside) == {"i", "f", "g", "o", "c'", "h'"}
    h, c = step.layers[0].parts
    np.testing.assert_array_equal(inside["c'"], c.after)
    np.testing.assert_allclose(inside["f"] * c.before + inside["i"] * inside["g"], c.after, rtol=1e-6)
    np.testing.assert_allclose(inside["o"] * np.tanh(c.after), h.after, rtol=1e-6)
    assert session.model.layers[0].gates == ("i", "f", "o")
