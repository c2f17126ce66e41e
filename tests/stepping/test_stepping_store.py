import os
import subprocess
import sys

import numpy as np
import pytest

from rnnctl.errors import CheckpointError, UsageError
from rnnctl.runs import checkpoint
from rnnctl.stepping import store
from rnnctl.stepping.history import LONGEST
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, locked, save_session, session_path


def same(a, b):
    assert a.t == b.t
    for left, right in zip(a.carry, b.carry, strict=True):
        for x, y in zip(left, right, strict=True):
            np.testing.assert_array_equal(x, y)
            assert x.dtype == y.dtype


def test_a_session_goes_on_where_it_was_left(run):
    model = load_model(run)
    whole = Session(model)
    for value in ((12, 0.5), (16, 2), (10, 0)):
        whole.step(value)
        session = load_session(run, "s", load_model(run))
        session.step(value)
        save_session(run, "s", session)
    same(load_session(run, "s", model), whole)
    same(load_session(run, "other", model), Session(model))


def test_a_chain_without_state_has_a_session_too(stateless_run):
    run = stateless_run
    model = load_model(run)
    session = Session(model)
    assert session.step((1, 2)).layers == ()
    save_session(run, "s", session)
    assert load_session(run, "s", model).t == 1


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 61, "-x"])
def test_unsafe_names(run, name):
    with pytest.raises(UsageError) as caught:
        session_path(run, name)
    assert str(caught.value) == f"a session's name is letters, digits, '-', '_' and '.', 60 at most, not '{name}'"


@pytest.mark.parametrize("damage", [lambda d: d[:-3], lambda d: b"", lambda d: b"x" * 100, lambda d: d[:-1] + b"\xff"])
def test_a_damaged_session(run, damage):
    model = load_model(run)
    session = Session(model)
    session.step((12, 0.5))
    save_session(run, "s", session)
    path = session_path(run, "s")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError) as caught:
        load_session(run, "s", model)
    [found] = caught.value.diagnostics
    assert found.message.startswith(f"'{path}' is damaged")
    assert found.help == "--reset starts it over"


def test_a_session_of_other_weights(run):
    save_session(run, "s", Session(load_model(run)))
    saved = checkpoint.load(run.checkpoint("best"))
    changed = {name: value + np.float32(0.1) for name, value in saved.weights.items()}
    checkpoint.save(run.checkpoint("best"), changed, {})
    with pytest.raises(CheckpointError) as caught:
        load_session(run, "s", load_model(run))
    assert str(caught.value) == (
        "session 's' belongs to other weights than the best checkpoint has now "
        "(the run was trained on; --reset starts it over)"
    )


def test_a_file_that_is_another_thing(run):
    model = load_model(run)
    path = session_path(run, "s")
    checkpoint.save(path, {"a": np.zeros(2)}, {})
    with pytest.raises(CheckpointError, match="is no session"):
        load_session(run, "s", model)
    checkpoint.save(path, {"0.h": np.zeros(2)}, {"t": 1, "weights": model.digest})
    with pytest.raises(CheckpointError, match="h of layer 0 does not fit"):
        load_session(run, "s", model)


def test_the_second_user_is_turned_away_at_once(run):
    code = (
        "import sys; from pathlib import Path; from rnnctl.runs.directory import Run; "
        "from rnnctl.stepping.store import locked\n"
        "with locked(Run(Path(sys.argv[1])), sys.argv[2]): pass"
    )

    def other(name):
        return subprocess.run(
            [sys.executable, "-c", code, str(run.path), name], capture_output=True, text=True, timeout=60, check=False
        )

    with locked(run, "s"):
        refused = other("s")
        assert refused.returncode == 1
        assert "session 's' of weather-1 is in use (wait for it, or take another with --session NAME)" in refused.stderr
        assert other("t").returncode == 0
    assert other("s").returncode == 0


def test_where_there_is_no_flock(run, monkeypatch):
    monkeypatch.setattr(store.lock, "fcntl", None)
    with locked(run, "s"):
        with pytest.raises(UsageError, match=r"is in use .*if nobody uses it, delete '.*s.lock'"), locked(run, "s"):
            pass
        assert (run.sessions / "s.lock").exists()
    assert not (run.sessions / "s.lock").exists()
    with pytest.raises(ZeroDivisionError), locked(run, "s"):
        1 / 0  # noqa: B018
    assert not (run.sessions / "s.lock").exists()


@pytest.mark.skipif(os.name == "nt", reason="folders are not made read-only there")
def test_a_run_that_cannot_be_written_to(run):
    (run.sessions).rmdir()
    run.sessions.write_text("a file in the place of the folder")
    with pytest.raises(UsageError, match="cannot keep a session in"), locked(run, "s"):
        pass


def moments(session):
    return {
        name: (
            branch.at,
            [
                (
                    m.t,
                    m.did,
                    m.origin,
                    {k: dict(v) for k, v in m.held.items()},
                    m.made and (m.made.given, m.made.target),
                )
                for m in branch.moments
            ],
            [part.tobytes() for m in branch.moments for states in m.carry for part in states],
        )
        for name, branch in session.branches.items()
    }


def test_history_and_branches_are_kept(run):
    model = load_model(run)
    session = Session(model)
    for i in range(6):
        session.step((10 + i, 0.5), {"load": 100.0} if i == 5 else None)
    session.hold(0, 0, {3: 0.75}, "clamp h[0][3] 0.75")
    session.fork("other")
    session.step((1, 2))
    session.reset(0)
    session.back(2)
    save_session(run, "s", session)
    found = load_session(run, "s", load_model(run))
    assert (found.branch, moments(found)) == ("other", moments(session))
    same(found, session)
    assert found.redo(5) == 2
    assert found.back(3) == 3
    assert found.last.loss == pytest.approx(session.last.loss)
    for name in ("f", "i"):
        np.testing.assert_array_equal(found.inside()[0][name], session.inside()[0][name])


def test_only_the_last_of_a_long_history_is_kept(run):
    model = load_model(run)
    session = Session(model)
    for i in range(1500):
        session.step((10 + i % 7, 0.5))
    save_session(run, "s", session)
    found = load_session(run, "s", model)
    same(found, session)
    assert found.back(5000) == 999
    session.back(999)
    same(found, session)
    save_session(run, "s", session)
    assert load_session(run, "s", model).redo(5000) == 499
    assert load_session(run, "s", model).back(5000) == 500


def test_a_session_of_the_version_before_goes_on(run):
    model = load_model(run)
    session = Session(model)
    session.step((12, 0.5))
    values = {
        f"{layer.place}.{state.name}": np.atleast_1d(part)
        for layer, states in zip(model.layers, session.carry, strict=True)
        for state, part in zip(layer.states, states, strict=True)
    }
    store.session_path(run, "s").parent.mkdir(exist_ok=True)
    checkpoint.save(session_path(run, "s"), values, {"t": 1, "weights": model.digest})
    same(load_session(run, "s", model), session)


def test_a_session_of_a_version_to_come(run):
    model = load_model(run)
    save_session(run, "s", Session(model))
    saved = checkpoint.load(session_path(run, "s"))
    checkpoint.save(session_path(run, "s"), saved.weights, {**saved.record, "format": 4})
    with pytest.raises(CheckpointError, match="is a session of format 4, and this rnnctl knows up to 3"):
        load_session(run, "s", model)


def test_far_back_there_is_history_on_both_sides(run):
    model = load_model(run)
    session = Session(model)
    for i in range(LONGEST + 400):
        session.step((10 + i % 7, 1))
    session.back(700)
    save_session(run, "far", session)
    again = load_session(run, "far", model)
    assert again.t == session.t
    assert again.last.output.tolist() == session.last.output.tolist()
    for one in (session, again):
        one.back(300)
    np.testing.assert_array_equal(again.carry[0][0], session.carry[0][0])
    for one in (session, again):
        one.redo(700)
    np.testing.assert_array_equal(again.carry[0][0], session.carry[0][0])
    assert again.t == 1100


@pytest.mark.parametrize("kind", ["numbers", "symbols"])
def test_every_moment_is_the_same_when_a_session_is_taken_up(kind, run, symbol_run):
    """To the last bit, and whatever moments shared they share again."""
    run = run if kind == "numbers" else symbol_run
    session = Session(load_model(run))
    values = ["B", "T", "P"] if kind == "symbols" else [(10, 0.5), (11, 1), (12.25, 2)]
    target = {session.model.facts.target.names[0]: "T" if kind == "symbols" else 101.5}
    session.step(values[0], target)
    session.step(values[1])
    session.hold(1 if kind == "symbols" else 0, 0, {2: 0.5}, "clamp")
    session.release("unclamp")
    session.fork("other")
    session.step(values[2], target)
    session.arrive(session.carry, 9, "pipe 6", session.last.output)
    save_session(run, "s", session)
    found = load_session(run, "s", load_model(run))
    assert moments(found) == moments(session)
    pairs = [(b, found.branches[name]) for name, b in session.branches.items()]
    for one, other in ((m, n) for b, c in pairs for m, n in zip(b.moments, c.moments, strict=True)):
        assert (one.gave is None) == (other.gave is None)
        if one.made:
            for mine, theirs in ((one.made.input, other.made.input), (one.made.output, other.made.output)):
                assert (mine.tobytes(), mine.dtype, mine.shape) == (theirs.tobytes(), theirs.dtype, theirs.shape)
    trunk, other = found.branches.values()
    assert all(one is two for one, two in zip(trunk.moments, other.moments, strict=False))
    assert trunk.moments[4].carry is trunk.moments[3].carry  # letting go changes nothing
    assert found.gave.tolist() == session.gave.tolist()


def spoiled(run, spoil):
    model = load_model(run)
    session = Session(model)
    session.step((10, 0.5), {"load": 101.5})
    session.step((11, 0.5))
    save_session(run, "s", session)
    saved = checkpoint.load(session_path(run, "s"))
    arrays, record = dict(saved.weights), dict(saved.record)
    spoil(arrays, record)
    checkpoint.save(session_path(run, "s"), arrays, record)
    return model


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays, record: arrays.pop("moments"),
        lambda arrays, record: arrays.pop("given"),
        lambda arrays, record: arrays.update(output=arrays["output"][:1]),
        lambda arrays, record: arrays.update(output=arrays["output"].astype("int64")),
        lambda arrays, record: arrays.update(given=arrays["given"] * np.inf),
        lambda arrays, record: arrays.update(given=arrays["given"] * 1e300),
        lambda arrays, record: arrays.update(given=arrays["given"][:, :1]),
        lambda arrays, record: arrays.update(moments=arrays["moments"].astype("float64")),
        lambda arrays, record: arrays.update(moments=arrays["moments"] - 1),
        lambda arrays, record: arrays.update(moments=arrays["moments"] + 2**62),
        lambda arrays, record: arrays.update(moments=arrays["moments"][:0]),
        lambda arrays, record: arrays.update(steps=arrays["steps"] + 1),
        lambda arrays, record: record.update(branches=[]),
        lambda arrays, record: record.update(branches=[{"name": "trunk", "at": 0, "moments": [[0, 9]]}]),
        lambda arrays, record: record.update(branches=[{"name": "trunk", "at": 3, "moments": [[0, 3]]}]),
        lambda arrays, record: record.update(branches=[{"name": "trunk", "at": 0, "moments": [0]}]),
        lambda arrays, record: record.update(did=[]),
        lambda arrays, record: record.update(origins=[["zeros"]]),
        lambda arrays, record: record.update(held=[{"0": {"0": [[-1, 0.5]]}}]),
        lambda arrays, record: record.update(held=None),
        lambda arrays, record: record.update(format="3"),
    ],
)
def test_a_file_that_says_what_cannot_be(run, spoil):
    with pytest.raises(CheckpointError, match=r"is no session .--reset starts it over"):
        load_session(run, "s", spoiled(run, spoil))


def test_a_file_with_fewer_states_than_moments_name(run):
    model = spoiled(run, lambda arrays, record: arrays.update({"carry/0.h": arrays["carry/0.h"][:1]}))
    with pytest.raises(CheckpointError, match="is no session of this model: h of layer 0 does not fit"):
        load_session(run, "s", model)
