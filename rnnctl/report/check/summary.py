"""Outcomes as a summary in Markdown, for a step of GitHub Actions."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from rnnctl.errors import printable
from rnnctl.expect.outcome import Outcome, State
from rnnctl.report.check.words import (
    counted,
    last_lines,
    margin,
    note,
    promised,
    shown,
    state_words,
    told_alone,
    trouble_words,
)
from rnnctl.report.curve import curve, span
from rnnctl.report.fitting import one_line
from rnnctl.report.training import figure

MOST_BYTES = 1_000_000
"""A step's summary may take 1 MiB (docs.github.com, "Workflow commands")."""
_ICONS = {State.met: "✅", State.unmet: "❌", State.skipped: "⏭️"}
_OTHER = "💥"
_CURVE = 24
_SPECIAL = re.compile(r"([\\`*_\[\]~$])")


def summary_markdown(outcomes: Sequence[Outcome], seconds: float | None = None) -> str:
    """A heading, a table of promises, and what troubles there were."""
    parts = [
        f"### rnnctl check\n\n{escaped(counted(outcomes, seconds))}\n",
        *_table(outcomes),
        *(part for outcome in outcomes for part in _trouble(outcome)),
    ]
    text, left = "", MOST_BYTES - 100
    for i, part in enumerate(parts):
        left -= len(part.encode("utf-8", "replace"))
        if left < 0:
            return f"{text}\n{len(parts) - i} more rows and notes do not fit here.\n"
        text += part
    return text


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    if not outcomes:
        return
    yield "\n| | config | promise | figure | margin | loss |\n|---|---|---|---:|---|---|\n"
    for outcome in outcomes:
        icon = _ICONS.get(outcome.state, _OTHER)
        name, drawn = f"**{_cell(str(outcome.path))}**", _cell(_curve(outcome))
        yield f"| {icon} | {name} | {_cell(state_words(outcome))} | | | {drawn} |\n"
        for verdict in outcome.verdicts:
            sign = _ICONS[State.met if verdict.met else State.unmet]
            far = "; ".join(text for text in (margin(verdict), note(verdict)) if text)
            yield f"| {sign} | | {_cell(promised(verdict.promise))} | {_cell(shown(verdict))} | {_cell(far)} | |\n"


def _curve(outcome: Outcome) -> str:
    """The loss of the first seed by epochs, from its first to its last value."""
    values = outcome.figures[0].curve if outcome.figures else ()
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = span([values])
    return f"{curve(values, low, high, 'none', _CURVE)} {figure(known[0])} → {figure(known[-1])}"


def _trouble(outcome: Outcome) -> Iterator[str]:
    trouble = outcome.trouble
    if trouble is None or outcome.state is State.skipped:  # of which the table tells
        return
    lines = [*(str(diagnostic) for diagnostic in told_alone(trouble)), *last_lines(trouble)]
    yield f"\n**{escaped(one_line(str(outcome.path)))}**: {escaped(one_line(trouble_words(trouble)))}\n"
    if lines:
        text = html.escape(printable("\n".join(lines)), quote=False)
        yield f"\n<pre>{text}</pre>\n"


def _cell(text: str) -> str:
    return escaped(one_line(text))


def escaped(text: str) -> str:
    """A text on one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", html.escape(text, quote=False).replace("|", "&#124;"))
