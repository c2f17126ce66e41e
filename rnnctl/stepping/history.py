"""A session's branches and their moments <-> arrays and a record that a file can hold.

Kept are the carry after each moment, the output of each step, and what was given; the rest is computed from them. Of
each branch the last moments are kept, up to LONGEST of them and MOST_BYTES; where it stands far back, those around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.stepping.inputs import check_input, to_model
from rnnctl.stepping.model import Array, Carry, Held, Model
from rnnctl.stepping.session import Branch, Made, Moment, Session

FORMAT = 2
"""The session files that are written; those without a format hold one carry and no history."""
LONGEST = 1000
MOST_BYTES = 4 * 2**20
_AGAIN = "--reset starts it over"


def packed(session: Session) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a session by their names, and its record of plain values."""
    arrays: dict[str, Array] = {}
    branches = []
    for number, (name, branch) in enumerate(session.branches.items()):
        size = sum(part.nbytes + 100 for states in branch.moments[0].carry for part in states) + 100
        most = max(1, min(LONGEST, MOST_BYTES // size // len(session.branches)))
        first = max(0, min(branch.at - most // 2, len(branch.moments) - most))
        moments = branch.moments[first : first + most]
        for i, layer in enumerate(session.model.layers):
            for j, state in enumerate(layer.states):
                values = [moment.carry[i][j] for moment in moments]
                arrays[f"{number}/{layer.place}.{state.name}"] = np.stack([np.atleast_1d(v) for v in values])
        outputs = [moment.made.output for moment in moments if moment.made]
        if outputs:
            arrays[f"{number}/output"] = np.stack(outputs)
        plain = [_plain(moment) for moment in moments]
        branches.append({"name": name, "at": branch.at - first, "moments": plain})
    record = {"format": FORMAT, "weights": session.model.digest, "branch": session.branch, "branches": branches}
    return arrays, record


def unpacked(path: Path, saved: Checkpoint, model: Model) -> Session:
    """The session that a file holds. Errors: CheckpointError where it does not fit the model."""
    record = saved.record
    try:
        if "format" not in record:
            return Session(model, _before(path, saved, model), int(record["t"]))
        if record["format"] != FORMAT:
            message = f"'{path}' is a session of format {record['format']}, and this rnnctl knows up to {FORMAT}"
            raise CheckpointError(Diagnostic(message, help="install a newer rnnctl, or start it over with --reset"))
        branches = {
            str(branch["name"]): _branch(path, number, branch, saved.weights, model)
            for number, branch in enumerate(record["branches"])
        }
        session = Session(model)
        session.branches, session.branch = branches, str(record["branch"])
        _ = session.now
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, UsageError):
        raise CheckpointError(Diagnostic(f"'{path}' is no session", help=_AGAIN)) from None
    return session


def _plain(moment: Moment) -> dict[str, Any]:
    made = moment.made
    held = {str(i): {str(j): sorted(units.items()) for j, units in own.items()} for i, own in moment.held.items()}
    return {
        "t": moment.t,
        "did": moment.did,
        "origin": list(moment.origin),
        **({"held": held} if held else {}),
        **({"given": dict(made.given)} if made else {}),
        **({"target": dict(made.target)} if made and made.target else {}),
    }


def _branch(path: Path, number: int, record: Mapping[str, Any], arrays: Mapping[str, Array], model: Model) -> Branch:
    plain = record["moments"]
    carries = _carries(path, f"{number}/", len(plain), arrays, model)
    outputs = iter(arrays.get(f"{number}/output", ()))
    moments = []
    for carry, fields in zip(carries, plain, strict=True):
        made = None
        if "given" in fields:
            given = check_input(model.facts.input, fields["given"])
            x = to_model(model.facts.input, given, model.scaling.input, model.dtype)
            made = Made(given, x, next(outputs), fields.get("target"))
        held: dict[int, Held] = {
            int(i): {int(j): {int(u): float(v) for u, v in units} for j, units in own.items()}
            for i, own in fields.get("held", {}).items()
        }
        moments.append(Moment(int(fields["t"]), carry, tuple(fields["origin"]), held, str(fields["did"]), made))
    at = int(record["at"])
    if not 0 <= at < len(moments):
        raise ValueError(at)
    return Branch(moments, at)


def _carries(path: Path, before: str, count: int, arrays: Mapping[str, Array], model: Model) -> Sequence[Carry]:
    """The stored values as carries of a model, each held against its shape and type."""
    parts: list[list[list[Array]]] = [[] for _ in range(count)]
    for layer in model.layers:
        for own in parts:
            own.append([])
        for state in layer.states:
            values = arrays.get(f"{before}{layer.place}.{state.name}")
            shape = (count, *(state.shape or (1,)))
            if values is None or values.shape != shape or values.dtype != layer.type_of(state):
                message = f"'{path}' is no session of this model: {state.name} of layer {layer.place} does not fit"
                raise CheckpointError(Diagnostic(message, help=_AGAIN))
            for own, value in zip(parts, values, strict=True):
                own[-1].append(value.reshape(state.shape))
    return [tuple(map(tuple, own)) for own in parts]


def _before(path: Path, saved: Checkpoint, model: Model) -> Carry:
    """The carry of a session file that has no history."""
    arrays = {name: value[np.newaxis] for name, value in saved.weights.items()}
    [carry] = _carries(path, "", 1, arrays, model)
    return carry
