"""Outcomes for GitHub Actions: an annotation for each thing that is wrong, at its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnctl.errors import Diagnostic, Place
from rnnctl.expect.outcome import Outcome, State
from rnnctl.report.check.words import counted, last_lines, sentence, state_word, state_words, trouble_words
from rnnctl.report.diagnostics import as_annotation, is_file
from rnnctl.report.fitting import one_line, shortened

_CLOSED = (State.crashed, State.timeout, State.refused)
_NAME = 60
"""The longest name in the title of an annotation."""


def github_lines(outcomes: Sequence[Outcome], seconds: float | None = None) -> Iterator[str]:
    """Annotations, a line for each config, and one that counts.

    Nothing that a config or a process says can be read as a command: its ends of lines are escaped in annotations, and
    other lines begin with a mark.
    """
    for outcome in outcomes:
        yield from annotated(outcome)
        yield _harmless(f"{'ok' if outcome.state is State.met else '--'} {outcome.path}: {state_words(outcome)}")
    yield counted(outcomes, seconds)


def annotated(outcome: Outcome) -> Iterator[str]:
    """What is wrong with a config: each promise that is not met, else what kept it from being judged."""
    name = shortened(outcome.name, _NAME)
    title = f"{state_word(outcome.state)}: {name}"
    for verdict in outcome.verdicts:
        if not verdict.met:
            where = verdict.place or _file(outcome)
            yield as_annotation(Diagnostic(sentence(verdict), where), f"{verdict.promise.key} unmet: {name}")
    trouble = outcome.trouble
    if outcome.state not in _CLOSED:
        return
    told = [] if trouble is None else [d for d in trouble.diagnostics if d.severity == "error"]
    for diagnostic in told:
        yield as_annotation(diagnostic if diagnostic.where else diagnostic._replace(where=_file(outcome)), title)
    if not told:
        lines = [trouble_words(trouble), *last_lines(trouble)] if trouble else [state_words(outcome)]
        yield as_annotation(Diagnostic("\n".join(lines), _file(outcome)), title)


def _file(outcome: Outcome) -> Place | None:
    """The first line of a config; None where it is no file."""
    return Place(str(outcome.path), 1, 1, 1, "") if is_file(outcome.path) else None


def _harmless(text: str) -> str:
    """A line that is no command: an old form of them is looked for anywhere in a line."""
    return one_line(text).replace("##[", "## [")
