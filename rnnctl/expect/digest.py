"""What figures follow from, as a hash: by it trials are kept, and seen to be of what was asked for."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import rnnctl
from rnnctl.config import Resolved
from rnnctl.config.format import essential
from rnnctl.errors import CheckpointError
from rnnctl.runs.directory import data_digest, versions, without_files
from rnnctl.runs.files import as_json


def digest_of(resolved: Resolved) -> str:
    """A hash of all that figures follow from, but for the seed: data, cells, model, training, versions, and code.

    `threads: auto` counts as 1. Errors: DataError where the data cannot be read.
    """
    config = without_files(essential(resolved.as_plain()))
    meaning = {key: value for key, value in config.items() if key not in ("name", "expect", "ignore")}
    training = {key: value for key, value in meaning["training"].items() if key != "seed"}
    meaning["training"] = training | {"threads": 1 if training["threads"] == "auto" else training["threads"]}
    asked = {"config": meaning, "data": data_digest(resolved.source), "versions": versions(), "code": _code()}
    return hashlib.sha256(as_json(asked).encode()).hexdigest()[:12]


def digest_of_script(script: Path) -> str:
    """A hash of a script. Errors: CheckpointError where it cannot be read."""
    try:
        return hashlib.sha256(script.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(f"cannot read '{script}': {error.strerror or error}") from None


@cache
def _code() -> str:
    """A hash of the code of rnnctl, as it stands on the disk."""
    found = hashlib.sha256()
    root = Path(rnnctl.__file__).parent
    for path in sorted(path for suffix in ("*.py", "*.yaml") for path in root.rglob(suffix)):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
