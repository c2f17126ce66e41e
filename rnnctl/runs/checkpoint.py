"""Weights, or the whole state of training, on disk: safetensors with what they belong to, and never a pickle.

`best` holds weights alone ("0.Wi"). `last` and `previous` hold all that training follows from: the weights, and
arrays whose names begin with a word ("optimizer.0.Wi.exp_avg", "carry.0.0.h", "score", "best.0.Wi").
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.errors import CheckpointError, Diagnostic
from rnnctl.runs.files import as_json, write_whole

Weights = Mapping[str, NDArray[Any]]
FORMAT = 2
KEY = "rnnctl"
_MAX_HEADER = 10_000_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The weights of a model by name ("0.Wi", "0.initial_h"), and a record of when they were saved."""

    weights: Weights
    record: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """A hash of the weights, by which a session knows its model."""
        return digest(self.weights)


def digest(weights: Weights) -> str:
    """A hash of names, shapes, types and bytes."""
    import hashlib

    found = hashlib.sha256()
    for name in sorted(weights):
        value = np.asarray(weights[name], order="C")
        found.update(f"{name}|{value.dtype}|{value.shape}|".encode())
        found.update(value.tobytes())
    return found.hexdigest()


def _seal(weights: Weights, record: object) -> str:
    """A hash of all that a checkpoint says."""
    import hashlib

    return hashlib.sha256(f"{digest(weights)}|{as_json(record)}".encode()).hexdigest()


def weights_among(arrays: Weights) -> dict[str, NDArray[Any]]:
    """The weights among the arrays of a checkpoint: those whose names begin with the number of a layer."""
    return {name: value for name, value in arrays.items() if name.partition(".")[0].isdecimal()}


def save(path: Path, weights: Weights, record: Mapping[str, Any], *, keep: Path | None = None) -> None:
    """Write a checkpoint whole or not at all; with `keep` the one before stays under that name.

    `record` is plain values. Errors: TrainingError where the disk refuses.
    """
    from safetensors.numpy import save as serialize

    arrays = {name: np.asarray(value, order="C") for name, value in weights.items()}
    about = {"format": FORMAT, "digest": _seal(arrays, record), "record": record}
    data = serialize(arrays, {KEY: as_json(about)})  # one key: of several the order is not fixed
    write_whole(path, data, keep=keep)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint and hold it against the hash it was saved with.

    Errors: CheckpointError where it is missing, cut short, damaged, or of another version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as deserialize

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(
            Diagnostic(f"there is no checkpoint '{path}'", help="the run may have been stopped before it saved one")
        ) from None
    except OSError as error:
        raise CheckpointError(f"cannot read '{path}': {error.strerror or error}") from None
    try:
        about = _about(data)
        weights = deserialize(data)
    except struct.error:
        raise CheckpointError(f"'{path}' is damaged or no checkpoint of rnnctl: it is cut short") from None
    except (SafetensorError, ValueError, KeyError, RecursionError) as error:
        raise CheckpointError(f"'{path}' is damaged or no checkpoint of rnnctl: {error}") from None
    if about.get("format") != FORMAT:
        raise CheckpointError(f"'{path}' has format {about.get('format')}, and this rnnctl reads {FORMAT}")
    record = about.get("record")
    if not isinstance(record, dict) or about.get("digest") != _seal(weights, record):
        raise CheckpointError(f"'{path}' is damaged: its weights are not those that were saved")
    return Checkpoint(weights, record)


def _about(data: bytes) -> dict[str, Any]:
    """What the header of a safetensors file says of a checkpoint."""
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(_MAX_HEADER, len(data) - 8):
        raise ValueError("its header is cut short")
    found: Any = json.loads(data[8 : 8 + length])
    for key in ("__metadata__", KEY):
        found = found.get(key) if isinstance(found, dict) else None
    about = json.loads(found) if isinstance(found, str) else None
    if not isinstance(about, dict):
        raise ValueError("it has no record of what it belongs to")
    return about
