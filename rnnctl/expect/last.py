"""What became of configs the last time, for `--only-failed`: a file in the work folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from rnnctl.errors import TrainingError
from rnnctl.expect.find import Candidate
from rnnctl.expect.outcome import Outcome, State
from rnnctl.runs.files import as_json, write_whole

_NAME = "last.json"


def left_to_check(candidates: Sequence[Candidate], work: Path) -> list[Candidate]:
    """Those that were not met the last time, were edited since or never looked at; all, where there is none."""
    known = _read(work)
    left = [candidate for candidate in candidates if known.get(_key(candidate.path)) != _met(candidate.path)]
    return left or list(candidates)


def remember(outcomes: Iterable[Outcome], work: Path) -> None:
    """Put down what became of these, beside what is known of others. Errors: TrainingError where the disk refuses."""
    known = _read(work)
    known |= {
        _key(outcome.path): _met(outcome.path) if outcome.state == State.met else outcome.state.value
        for outcome in outcomes
    }
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"cannot write '{work}': {error.strerror or error}") from None
    write_whole(work / _NAME, as_json(known).encode())


def _met(path: Path) -> str:
    """What stands for a file that was met as it is now."""
    import hashlib

    try:
        return f"{State.met} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    except OSError:
        return State.met.value


def _key(path: Path) -> str:
    return str(path.resolve())


def _read(work: Path) -> dict[str, str]:
    """What is known; nothing where the file is not there, or damaged."""
    try:
        known = json.loads((work / _NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(path): str(state) for path, state in known.items()} if isinstance(known, dict) else {}
