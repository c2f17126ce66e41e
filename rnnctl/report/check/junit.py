"""Outcomes as the XML that CI services read: a suite for each config, a case for each promise.

Valid against junit-10.xsd of Jenkins' xUnit plugin, which knows no file and no line of a case; the file stands at the
suite, the line in the text of a failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from rnnctl.errors import Place, printable
from rnnctl.expect.outcome import Outcome, State, Verdict
from rnnctl.report.check.words import last_lines, promised, sentence, state_words, trouble_words
from rnnctl.report.fitting import one_line

RUNS = "runs"
"""The case of a config of which no promise could be looked at, or none was to be."""
_LINES = 200


class _Counts(NamedTuple):
    """How many cases there are, and what became of them."""

    tests: int
    failures: int
    errors: int
    skipped: int


def junit_xml(outcomes: Sequence[Outcome], seconds: float | None = None) -> str:
    """The whole file; `seconds` are those of the whole check, else the sum.

    What XML cannot hold, as escape codes of a terminal, is written out as ASCII has it.
    """
    total = [_counts(outcome) for outcome in outcomes]
    root = ET.Element(
        "testsuites",
        name="rnnctl check",
        time=_time(sum(outcome.seconds for outcome in outcomes) if seconds is None else seconds),
        tests=str(sum(found.tests for found in total)),
        failures=str(sum(found.failures for found in total)),
        errors=str(sum(found.errors for found in total)),
    )
    for outcome, found in zip(outcomes, total, strict=True):
        _suite(root, outcome, found)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(outcome: Outcome) -> _Counts:
    alone = _has_case_of_its_own(outcome)
    return _Counts(
        len(outcome.verdicts) + alone,
        sum(not verdict.met for verdict in outcome.verdicts),
        int(alone and outcome.state not in (State.met, State.skipped)),
        int(alone and outcome.state is State.skipped),
    )


def _has_case_of_its_own(outcome: Outcome) -> bool:
    """Whether there is more to tell than verdicts."""
    return not outcome.verdicts or outcome.state not in (State.met, State.unmet)


def _suite(root: ET.Element, outcome: Outcome, found: _Counts) -> None:
    path = one_line(str(outcome.path))
    suite = ET.SubElement(
        root,
        "testsuite",
        name=path,
        tests=str(found.tests),
        failures=str(found.failures),
        errors=str(found.errors),
        skipped=str(found.skipped),
        time=_time(outcome.seconds),
        file=path,
    )
    properties = ET.SubElement(suite, "properties")
    seeds = ", ".join(str(figures.seed) for figures in outcome.figures)
    known = {"state": outcome.state.value, "name": one_line(outcome.name), "seeds": seeds}
    for name, value in {**known, "kept": str(outcome.kept).lower()}.items():
        ET.SubElement(properties, "property", name=name, value=value)
    seconds = outcome.seconds  # of the first case, as of the first test that needs what others need too
    for verdict in outcome.verdicts:
        _case(suite, path, verdict, seconds)
        seconds = 0.0
    if _has_case_of_its_own(outcome):
        case = ET.SubElement(suite, "testcase", classname=path, name=RUNS, time=_time(seconds))
        _became(case, outcome)


def _case(suite: ET.Element, path: str, verdict: Verdict, seconds: float) -> None:
    name = one_line(promised(verdict.promise))
    case = ET.SubElement(suite, "testcase", classname=path, name=name, time=_time(seconds))
    told = printable(sentence(verdict))
    if verdict.met:
        ET.SubElement(case, "system-out").text = told
    else:
        text = f"{told}\n{_where(verdict.place)}" if verdict.place is not None else told
        ET.SubElement(case, "failure", type="unmet", message=told).text = text


def _became(case: ET.Element, outcome: Outcome) -> None:
    if outcome.state is State.skipped:
        ET.SubElement(case, "skipped", message=state_words(outcome))
    elif outcome.state not in (State.met, State.unmet):
        trouble = outcome.trouble
        words = printable(state_words(outcome) if trouble is None else trouble_words(trouble))
        error = ET.SubElement(case, "error", type=outcome.state.value, message=words)
        lines = [words]
        if trouble is not None:
            lines += [str(diagnostic) for diagnostic in trouble.diagnostics]
            lines += last_lines(trouble, _LINES)
        error.text = printable("\n".join(lines))


def _where(place: Place) -> str:
    return printable(f"{place.file}:{place.line}:{place.column}")


def _time(seconds: float) -> str:
    return f"{max(0.0, seconds):.3f}"
