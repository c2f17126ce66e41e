import subprocess
import sys

import numpy as np
import pytest

from rnnctl.errors import CheckpointError, UsageError
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.states import load_state, save_state, saved_states, state_path
from tests.stepping.made_runs import make_run


@pytest.fixture
def session(run):
    session = Session(load_model(run))
    session.step([20, 3])
    session.step([21, 4])
    return session


def test_a_saved_state_has_the_same_bits_in_another_process(run, session):
    path = save_state(run, "here", session)
    assert path == state_path(run, "here")
    carry, t, _ = load_state(run, "here", session)
    assert t == 2
    for ours, theirs in zip(session.carry, carry, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            assert one.tobytes() == other.tobytes()
    code = (
        "import sys; from pathlib import Path; from rnnctl.runs.directory import Run\n"
        "from rnnctl.stepping.model import load_model; from rnnctl.stepping.session import Session\n"
        "from rnnctl.stepping.states import load_state\n"
        "run = Run(Path(sys.argv[1])); session = Session(load_model(run)); "
        "session.load(*load_state(run, 'here', session)[:2], 'x')\n"
        "print(session.step([22, 5]).output.tobytes().hex(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(run.path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [session.step([22, 5]).output.tobytes().hex(), "False"]


def test_an_earlier_moment_can_be_saved(run, session):
    save_state(run, "first", session, session.trail[1])
    carry, t, _ = load_state(run, "first", session)
    assert t == 1
    np.testing.assert_array_equal(carry[0][0], session.trail[1].carry[0][0])
    assert saved_states(run) == ["first"]


def test_what_does_not_fit_is_refused(run, session, tmp_path):
    save_state(run, "here", session)
    other = Session(load_model(make_run(tmp_path, run.config.read_text(), seed=4)))
    with pytest.raises(CheckpointError, match="state 'here' belongs to other weights"):
        load_state(run, "here", other)
    with pytest.raises(UsageError, match=r"there is no saved state 'hero' .did you mean 'here'?"):
        load_state(run, "hero", session)
    path = state_path(run, "here")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="is damaged"):
        load_state(run, "here", session)
    for name in ("../x", "", "a b", ".hidden"):
        with pytest.raises(UsageError, match="a state's name is letters"):
            state_path(run, name)
