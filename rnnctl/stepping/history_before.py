"""Session files of the formats before: 1, a carry and its t; 2, every moment of each branch by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rnnctl.errors import CheckpointError, Diagnostic
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.stepping.inputs import check_input, to_model
from rnnctl.stepping.model import Array, Carry, Held, Model
from rnnctl.stepping.session import Branch, Made, Moment, Session
from rnnctl.stepping.step import Origin

SECOND = 2
_AGAIN = "--reset starts it over"


def unpacked(path: Path, saved: Checkpoint, model: Model) -> Session:
    """The session that a file holds.

    Errors: CheckpointError where its carry is another model's; for all else that is wrong those of Python.
    """
    record = saved.record
    if "format" not in record:
        arrays = {name: value[np.newaxis] for name, value in saved.weights.items()}
        [carry] = carries(path, "", 1, arrays, model)
        return Session(model, carry, _t(record["t"]))
    if record["format"] != SECOND:
        raise ValueError(record["format"])
    session = Session(model)
    session.branches = {
        str(branch["name"]): _branch(path, number, branch, saved.weights, model)
        for number, branch in enumerate(record["branches"])
    }
    session.branch = str(record["branch"])
    _ = session.now
    return session


def _t(value: Any) -> int:
    if int(value) < 0:
        raise ValueError(value)
    return int(value)


def _branch(path: Path, number: int, record: Mapping[str, Any], arrays: Mapping[str, Array], model: Model) -> Branch:
    plain = record["moments"]
    outputs = arrays.get(f"{number}/output", ())
    moments: list[Moment] = []
    steps = 0
    for carry, fields in zip(carries(path, f"{number}/", len(plain), arrays, model), plain, strict=True):
        made = None
        if "given" in fields:
            given = check_input(model.facts.input, fields["given"])
            x = to_model(model.facts.input, given, model.scaling.input, model.dtype)
            made = Made(given, x, outputs[steps], fields.get("target"))
            steps += 1
        held = held_of(fields.get("held", {}), model)
        origin = origin_of(fields["origin"], model)
        moments.append(Moment(_t(fields["t"]), carry, origin, held, str(fields["did"]), made))
    at = int(record["at"])
    if not 0 <= at < len(moments):
        raise ValueError(at)
    return Branch(moments, at)


def origin_of(plain: Sequence[str], model: Model) -> tuple[Origin, ...]:
    """Where the carry of each layer came from. Errors: ValueError."""
    if len(plain) != len(model.layers) or not set(plain) <= set(get_args(Origin)):
        raise ValueError(plain)
    return tuple(plain)  # type: ignore[arg-type]


def held_of(plain: Mapping[str, Any], model: Model) -> Mapping[int, Held]:
    """What is held. Errors: IndexError, ValueError for units that are not there, and for values that are no numbers."""
    found: dict[int, Held] = {
        int(i): {int(j): {int(u): float(v) for u, v in units} for j, units in own.items()} for i, own in plain.items()
    }
    for i, own in found.items():
        for j, units in own.items():
            size = int(np.prod(model.layers[i].states[j].shape, dtype=int))
            if min(i, j, *units) < 0 or max(units) >= size or not np.isfinite(list(units.values())).all():
                raise ValueError(units)
    return found


def carries(path: Path, before: str, count: int, arrays: Mapping[str, Array], model: Model) -> list[Carry]:
    """Stored values as carries of a model, each held against its shape and type.

    Errors: CheckpointError where they are another model's.
    """
    parts: list[list[Sequence[Array]]] = []
    for layer in model.layers:
        parts.append([])
        for state in layer.states:
            values = arrays.get(f"{before}{layer.place}.{state.name}")
            if (
                values is None
                or values.shape != (count, *(state.shape or (1,)))
                or values.dtype != layer.type_of(state)
            ):
                message = f"'{path}' is no session of this model: {state.name} of layer {layer.place} does not fit"
                raise CheckpointError(Diagnostic(message, help=_AGAIN))
            parts[-1].append(list(values if state.shape else map(np.asarray, values.reshape(-1))))
    layers = [list(zip(*own, strict=True)) if own else [()] * count for own in parts]
    return list(zip(*layers, strict=True)) if layers else [()] * count
