"""Outcomes as plain values that JSON can hold, for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnctl.expect.outcome import Outcome, as_record, counts, exit_code
from rnnctl.report.diagnostics import as_record as diagnostic_record
from rnnctl.runs.files import as_json

VERSION = 1


def check_record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All that came of a check."""
    return {
        "version": VERSION,
        "exit_code": exit_code(outcomes),
        "counts": {state.value: count for state, count in counts(outcomes).items()},
        "configs": [_outcome(outcome) for outcome in outcomes],
    }


def check_json(outcomes: Sequence[Outcome]) -> str:
    """The same as text."""
    return as_json(check_record(outcomes))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    record = as_record(outcome)
    if outcome.trouble is not None:
        record["trouble"]["diagnostics"] = [diagnostic_record(found) for found in outcome.trouble.diagnostics]
    return record
