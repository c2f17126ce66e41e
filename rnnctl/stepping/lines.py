"""Steps as JSON lines: what `record FILE.jsonl` writes, and `feed FILE.jsonl` reads again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from rnnctl.data.records import Facts
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.files import as_json
from rnnctl.stepping.session import Session, describe
from rnnctl.stepping.step import Step

_HEAD = '{"t": '


def begin(path: Path, session: Session) -> int:
    """Write the steps on the way to where a session stands; how many these are.

    Errors: UsageError where the file cannot be written, or is there and is no such file.
    """
    steps = list(_steps(session))
    try:
        if path.exists() and not (path.read_text("utf-8", errors="replace") or _HEAD).startswith(_HEAD):
            message = f"'{path}' is there already, and no recording"
            raise UsageError(Diagnostic(message, help="choose another name"))
        path.write_text("", "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None
    add(path, steps, session.model.facts)
    return len(steps)


def add(path: Path, steps: Iterable[Step], facts: Facts) -> None:
    """Write steps behind those that stand in a file. Errors: UsageError where it cannot be written."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{as_json(record(step, facts))}\n" for step in steps)
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None


def record(step: Step, facts: Facts) -> dict[str, Any]:
    """A step as plain values: the input and what came of it in the data's units, and the state after it."""
    return {
        "t": step.t,
        "input": dict(step.given),
        ("output" if facts.target.kind == "number" else "probabilities"): dict(step.shown),
        **({"standard_deviation": dict(step.deviation)} if step.deviation else {}),
        **({"target": dict(step.target), "loss": step.loss} if step.target is not None else {}),
        "state": {at.place: {part.name: part.after.tolist() for part in at.parts} for at in step.layers},
    }


def _steps(session: Session) -> Iterator[Step]:
    trail = session.trail
    for before, after in pairwise(trail):
        if after.made is not None:
            yield describe(session.model, before, after)
