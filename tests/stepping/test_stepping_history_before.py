"""Session files as they were written before: none of them is lost."""

import numpy as np
import pytest

from rnnctl.errors import CheckpointError
from rnnctl.runs import checkpoint
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session, session_path


def written_before(session):
    """The arrays and the record of format 2: every moment of every branch by itself."""
    arrays, branches = {}, []
    for number, (name, branch) in enumerate(session.branches.items()):
        for i, layer in enumerate(session.model.layers):
            for j, state in enumerate(layer.states):
                values = [np.atleast_1d(moment.carry[i][j]) for moment in branch.moments]
                arrays[f"{number}/{layer.place}.{state.name}"] = np.stack(values)
        arrays[f"{number}/output"] = np.stack([m.made.output for m in branch.moments if m.made])
        plain = [
            {
                "t": m.t,
                "did": m.did,
                "origin": list(m.origin),
                "held": {str(i): {str(j): sorted(u.items()) for j, u in own.items()} for i, own in m.held.items()},
                **({"given": dict(m.made.given)} if m.made else {}),
                **({"target": dict(m.made.target)} if m.made and m.made.target else {}),
            }
            for m in branch.moments
        ]
        branches.append({"name": name, "at": branch.at, "moments": plain})
    return arrays, {"format": 2, "weights": session.model.digest, "branch": session.branch, "branches": branches}


@pytest.fixture
def session(run):
    session = Session(load_model(run))
    session.step((12, 0.5), {"load": 101.0})
    session.hold(0, 0, {3: 0.75}, "clamp h[0][3] 0.75")
    session.fork("other")
    session.step((11, 1.5))
    return session


def test_the_second_format_is_read_and_written_in_the_third(run, session):
    checkpoint.save(session_path(run, "s"), *written_before(session))
    for _ in range(2):
        found = load_session(run, "s", session.model)
        for name, branch in session.branches.items():
            theirs = found.branches[name]
            assert theirs.at == branch.at
            for one, other in zip(branch.moments, theirs.moments, strict=True):
                assert (one.t, one.did, one.origin, dict(one.held)) == (other.t, other.did, other.origin, other.held)
                for mine, its in zip(one.carry, other.carry, strict=True):
                    assert [part.tobytes() for part in mine] == [part.tobytes() for part in its]
                if one.made:
                    assert (one.made.given, one.made.target) == (other.made.given, other.made.target)
                    assert one.made.input.tobytes() == other.made.input.tobytes()
        assert found.last.loss == session.last.loss
        save_session(run, "s", found)
    assert checkpoint.load(session_path(run, "s")).record["format"] == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays, record: arrays.update({"0/output": arrays["0/output"][:0]}),
        lambda arrays, record: arrays.pop("1/output"),
        lambda arrays, record: record["branches"][0]["moments"][0].update(t=-1),
        lambda arrays, record: record["branches"][0]["moments"][0].update(origin=["somewhere"]),
        lambda arrays, record: record["branches"][0]["moments"][2].update(held={"0": {"0": [[99, 1.0]]}}),
        lambda arrays, record: record["branches"][0].update(at=7),
        lambda arrays, record: record.update(format=-1),
        lambda arrays, record: record.update(branch="nowhere"),
    ],
)
def test_a_file_that_says_what_cannot_be(run, session, spoil):
    arrays, record = written_before(session)
    spoil(arrays, record)
    checkpoint.save(session_path(run, "s"), arrays, record)
    with pytest.raises(CheckpointError, match=r"is no session .--reset starts it over"):
        load_session(run, "s", session.model)
