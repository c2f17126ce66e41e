"""What trials have measured, or why they have not -> the outcome of a config."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rnnctl.config import Resolved
from rnnctl.config.expect.promises import Expectations
from rnnctl.config.places import section_key
from rnnctl.errors import Diagnostic, Place, RnnctlError
from rnnctl.expect.ask import Job, Order
from rnnctl.expect.baseline import read_baseline, write_baseline
from rnnctl.expect.judge import judged
from rnnctl.expect.outcome import Figures, Outcome, State, Trouble, Verdict
from rnnctl.expect.pool import Left
from rnnctl.expect.trial import read_result
from rnnctl.runs.directory import versions

_TAIL = 4000
"""The last characters of what a process wrote that are told."""


def told(error: RnnctlError) -> Trouble:
    """An error as the trouble of a config."""
    diagnostics = (*error.diagnostics, *(Diagnostic(p.message, help=p.help) for p in error.problems))
    return Trouble(diagnostics[0].message if diagnostics else str(error), diagnostics, error.exit_code)


def of_process(event: Left, seconds: float | None) -> Trouble:
    """Why a process came to no result."""
    if event.error is not None:
        return told(event.error)
    try:
        output = event.trial.log.read_text("utf-8", "replace")[-_TAIL:]
    except OSError:
        output = ""
    what = {"train": "training", "again": "the second training", "resume": "stopping and going on", "smoke": "it"}
    whose = what[event.trial.kind]
    if event.late:
        message = f"{whose} took more than {seconds:g} s"
    elif event.exit_code < 0:
        message = f"{whose} was ended by {_signal_name(-event.exit_code)}"
    else:
        message = f"{whose} ended with exit code {event.exit_code}" if event.exit_code else f"{whose} left no result"
        message += f": {said}" if (said := _said(output)) else ""
    return Trouble(message, (), event.exit_code, event.trial.seed, output.strip())


def _said(output: str) -> str:
    """The line of what was written that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    error = next((line for line in lines if line.startswith("error")), None)
    return (error.partition(": ")[2] if error else lines[-1] if lines else "")[:300]


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{name}, as when memory runs out" if name == "SIGKILL" else name


def concluded(job: Job, order: Order, state: State | None) -> Outcome:
    """The outcome of a config whose trials have ended; with a `state`, of one that was not gone on with."""
    common: dict[str, Any] = {"path": job.path, "name": job.name, "seconds": job.seconds, "smoke": order.smoke}
    if state is not None:
        return Outcome(**common, state=state)
    if job.trouble is not None:
        refused = job.resolved is None or (job.trouble.exit_code in (2, 3) and not job.late)
        state = State.timeout if job.late else State.refused if refused else State.crashed
        return Outcome(**common, state=state, trouble=job.trouble)
    if job.expect is None:
        return Outcome(**common, state=State.met)
    figures = tuple(found for trial in job.of("train") if (found := read_result(trial)) is not None)
    again = next((read_result(trial) for trial in job.of("again")), None)
    resumed = next((read_result(trial) for trial in job.of("resume")), None)
    if resumed is not None and figures:
        figures = (replace(figures[0], resumed=resumed.resumed), *figures[1:])
    try:
        verdicts = _verdicts(job, job.expect, figures, again, update=order.update_baseline)
    except RnnctlError as error:  # of the baseline's file
        return Outcome(**common, state=State.refused, trouble=told(error))
    state = State.met if verdicts and all(verdict.met for verdict in verdicts) else State.unmet
    return Outcome(**common, state=state, verdicts=verdicts, figures=figures, kept=not job.made)


def _verdicts(
    job: Job, expect: Expectations, figures: tuple[Figures, ...], again: Figures | None, *, update: bool
) -> tuple[Verdict, ...]:
    places = dict(_places(job.resolved, expect))
    if not update:
        asked = any(promise.bound is not None and promise.bound.of == "baseline" for promise in expect.promises)
        return judged(expect, figures, again, read_baseline(job.path) if asked else None, places)
    first = judged(expect, figures, again, None, places)
    recorded = {v.promise.key: known for v in first if v.promise.kind in _RECORDED and (known := _finite(v))}
    write_baseline(job.path, recorded, [found.seed for found in figures], versions())
    return judged(expect, figures, again, recorded, places)


def _finite(verdict: Verdict) -> list[float]:
    """The figures of all seeds; none where one of them is missing, or no number."""
    known = [value for value in verdict.values if value is not None and math.isfinite(value)]
    return known if len(known) == len(verdict.values) else []


_RECORDED = ("metric", "parameters", "horizon")


def _places(resolved: Resolved | None, expect: Expectations) -> Iterator[tuple[str, Place]]:
    """Where promises are written."""
    document = resolved.document if resolved else None
    for promise in expect.promises if document else ():
        assert document is not None
        yield promise.key, document.place((section_key(document.value, "expect"), promise.key), "key")
