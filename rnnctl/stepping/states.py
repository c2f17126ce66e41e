"""States that were saved by name: RUN/sessions/NAME.state, as safetensors, bound to the weights as a session is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from rnnctl.errors import CheckpointError, Diagnostic, UsageError, nearest
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run
from rnnctl.stepping.model import Array, Carry
from rnnctl.stepping.session import Moment, Session

ENDING = ".state"
_OUTPUT = "output"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def state_path(run: Run, name: str) -> Path:
    """Where a state is kept. Errors: UsageError for a name that is not safe as a file's."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"a state's name is letters, digits, '-', '_' and '.', 60 at most, not '{name}'")
    return run.sessions / f"{name}{ENDING}"


def saved_states(run: Run) -> list[str]:
    """The names of the states that are kept."""
    return sorted(path.name.removesuffix(ENDING) for path in run.sessions.glob(f"*{ENDING}"))


def save_state(run: Run, name: str, session: Session, moment: Moment | None = None, gave: Array | None = None) -> Path:
    """Write the carry of a moment, by default where the session stands, whole, in place of one of this name.

    With it goes `gave`, the output (O) of the step that led there, which a free run goes on from; by default that
    of the session. A single number is kept as a vector of one. Errors: UsageError for an unsafe name or a folder
    that cannot be made, TrainingError where the disk refuses.
    """
    path = state_path(run, name)
    if moment is None:
        moment, gave = session.now, session.gave
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot keep a state in '{path.parent}': {error.strerror or error}") from None
    values = {
        f"{layer.place}.{state.name}": np.atleast_1d(value)
        for layer, states in zip(session.model.layers, moment.carry, strict=True)
        for state, value in zip(layer.states, states, strict=True)
    }
    if gave is not None:
        values[_OUTPUT] = gave
    checkpoint.save(path, values, {"t": moment.t, "weights": session.model.digest})
    return path


def load_state(run: Run, name: str, session: Session) -> tuple[Carry, int, Array | None]:
    """The carry that was saved by this name, its t, and the output (O) of the step that led there where it has one.

    Errors: UsageError where there is none; CheckpointError where it is damaged or belongs to other weights.
    """
    path = state_path(run, name)
    if not path.exists():
        known = saved_states(run)
        guess = nearest(name, known)
        listing = f"saved: {', '.join(known[:12])}" if known else "none is saved yet: save NAME"
        raise UsageError(
            Diagnostic(f"there is no saved state '{name}'", help=f"did you mean '{guess}'?" if guess else listing)
        )
    model, saved = session.model, checkpoint.load(path)
    t = saved.record.get("t")
    if saved.record.get("weights") != model.digest or not isinstance(t, int) or t < 0:
        message = f"state '{name}' belongs to other weights than the {model.checkpoint} checkpoint has now"
        raise CheckpointError(Diagnostic(message, help="the run was trained on; save it anew"))
    carry = []
    for layer in model.layers:
        states = []
        for state in layer.states:
            value = saved.weights.get(f"{layer.place}.{state.name}")
            if value is None or value.shape != (state.shape or (1,)) or value.dtype != layer.type_of(state):
                message = f"'{path}' is no state of this model: {state.name} of layer {layer.place} does not fit"
                raise CheckpointError(Diagnostic(message, help="save it anew"))
            states.append(value.reshape(state.shape))
        carry.append(tuple(states))
    gave = saved.weights.get(_OUTPUT)
    if gave is not None and (gave.ndim != 1 or gave.dtype != model.dtype):
        raise CheckpointError(
            Diagnostic(f"'{path}' is no state of this model: its output does not fit", help="save it anew")
        )
    return tuple(carry), t, gave
