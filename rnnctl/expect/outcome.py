"""What came of a config that promises something: a verdict for each promise, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rnnctl.config.expect.promises import Promise
from rnnctl.errors import ConfigError, Diagnostic, Place, TrainingError

UNMET = 10
"""The exit code where something is not as promised, and all else went well."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one training.

    `metrics` are by split and name; an empty split has no step that was scored. Seconds are of the clock, from the
    start of the process to its judgement; memory is the most that the process held, in bytes; the horizon is in
    steps. `transcripts` has of each script the lines that were not as expected, and how many were asked. `bits` is a
    hash of all that training left behind; `resumed` says how a training in pieces differs from one in one go: "" where
    it does not. None is what was not asked for. `curve` is the loss of each epoch on the split `curve_of`.
    """

    seed: int
    run: Path
    metrics: Mapping[str, Mapping[str, float]]
    parameters: int
    seconds: float
    memory: int | None = None
    horizon: float | None = None
    transcripts: Mapping[str, tuple[int, tuple[str, ...]]] | None = None
    bits: str | None = None
    resumed: str | None = None
    curve: tuple[float | None, ...] = ()
    curve_of: str = "valid"


class State(StrEnum):
    """What became of a config. A crash is never taken for a promise that is not met."""

    met = "met"
    unmet = "unmet"
    refused = "refused"
    """It is wrong as it stands, or its data is: nothing was trained."""
    crashed = "crashed"
    timeout = "timeout"
    skipped = "skipped"
    """Not done, since another one failed and `--fail-fast` was asked for; else its trouble says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise, and whether it is met.

    `figure` is what was judged, the mean over seeds, say, `values` those of each seed in their order. `margin` is how
    far the figure is on the right side of the nearest bound, below 0 on the wrong one. `reference` is what it was
    held against. `why` says in words what is short, or what there is to know. `place` is where it is written.
    """

    promise: Promise
    met: bool
    place: Place | None = None
    figure: float | None = None
    margin: float | None = None
    reference: float | None = None
    values: tuple[float | None, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is nothing to judge: what it was told as, the process's exit code, and the end of what it said."""

    message: str
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_code: int | None = None
    seed: int | None = None
    output: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one config.

    `path` is as it was given or found; `seconds` are those of the clock; `kept` says that nothing had to be trained
    anew.
    """

    path: Path
    name: str
    state: State
    verdicts: tuple[Verdict, ...] = ()
    figures: tuple[Figures, ...] = ()
    trouble: Trouble | None = None
    seconds: float = 0.0
    kept: bool = False
    smoke: bool = False


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The exit code of a check of these.

    0 where all is as promised; 4 where something crashed or took too long, 2 where something was refused, 10 where
    all that is wrong is a promise that is not met, or was not looked at.
    """
    states = {outcome.state for outcome in outcomes}
    if states & {State.crashed, State.timeout}:
        return TrainingError.exit_code
    if State.refused in states or not outcomes:
        return ConfigError.exit_code
    return UNMET if states & {State.unmet, State.skipped} else 0


def counts(outcomes: Iterable[Outcome]) -> dict[State, int]:
    """How many configs came to each state, without those to which none came."""
    found = [outcome.state for outcome in outcomes]
    return {state: found.count(state) for state in State if state in found}


def as_record(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values, for machines."""
    trouble = outcome.trouble
    return {
        "config": str(outcome.path),
        "name": outcome.name,
        "state": outcome.state.value,
        "kept": outcome.kept,
        **({"smoke": True} if outcome.smoke else {}),
        "seconds": round(outcome.seconds, 3),
        "expectations": [_verdict(verdict) for verdict in outcome.verdicts],
        "seeds": [
            {"seed": f.seed, "run": str(f.run), "seconds": round(f.seconds, 3), "metrics": dict(f.metrics)}
            for f in outcome.figures
        ],
        "trouble": None
        if trouble is None
        else {
            "message": trouble.message,
            "exit_code": trouble.exit_code,
            "seed": trouble.seed,
            "output": trouble.output,
        },
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    place = verdict.place
    return {
        "expectation": str(verdict.promise),
        "key": verdict.promise.key,
        "met": verdict.met,
        "figure": verdict.figure,
        "margin": verdict.margin,
        "reference": verdict.reference,
        "values": list(verdict.values),
        "why": verdict.why,
        "where": None if place is None else {"file": place.file, "line": place.line, "column": place.column},
    }
