"""What came of a line of the stepper's language, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from rnnctl.data.records import Facts
from rnnctl.errors import printable
from rnnctl.report.step import as_record, state_lines, step_lines, symbol
from rnnctl.report.strip import Look
from rnnctl.report.wrapping import fitted
from rnnctl.stepping.command import Outcome
from rnnctl.stepping.step import Step
from rnnctl.stepping.wording import given_words, number, output_words, value_words

WHOLE = 4
"""Up to so many steps of one line are shown whole; of more, all but the last have a line each."""
_BRIEF = 20


def outcome_lines(outcome: Outcome, facts: Facts, look: Look, *, key: bool = True) -> Iterator[str]:
    """The lines of an outcome; `key` says whether what the cells mean is told below strips."""
    for line in _lines(outcome, facts, look, key=key):
        yield line.replace("…", "...") if look.paint == "ascii" else line


def terminal_lines(outcome: Outcome, facts: Facts, look: Look, *, key: bool = True) -> Iterator[str]:
    """The same for a terminal: lines that are wider are broken between words."""
    outcome = replace(outcome, text=tuple(text_lines(outcome, look.width)))
    for line in outcome_lines(outcome, facts, look, key=key):
        yield from fitted(line, look.width)


def text_lines(outcome: Outcome, width: int) -> Iterator[str]:
    """The plain lines of an outcome, broken between words for a terminal of so many columns."""
    record, lines = outcome.record or {}, outcome.text
    if len(record.get("help", ())) > 1:
        from rnnctl.stepping.commands.scripts import help_lines
        from rnnctl.stepping.console import COMMANDS

        lines = tuple(help_lines(COMMANDS.values(), width))
    elif "print" in record and isinstance(record["value"], list):
        from rnnctl.stepping.commands.look import number_lines

        lines = tuple(number_lines(record["value"], width))
    for line in lines:
        for told in printable(line).split("\n"):
            yield from fitted(told, width)


def _lines(outcome: Outcome, facts: Facts, look: Look, *, key: bool) -> Iterator[str]:
    steps, watched = outcome.steps, outcome.watched
    if len(steps) > WHOLE:
        yield from _brief(outcome, facts, look)
        steps, watched = steps[-1:], watched[-1:]
    yield from step_lines(steps, facts, look, watched, key=key)
    yield from map(printable, outcome.text)
    yield from state_lines(outcome.state, look, key=key)
    if outcome.stopped:
        yield look.strong(f"stopped after {len(outcome.steps)}: {printable(outcome.stopped)}")


def _brief(outcome: Outcome, facts: Facts, look: Look) -> Iterator[str]:
    """A line for each step but the last, as far as there are not too many, and the symbols as a text."""
    steps = outcome.steps
    if facts.input.kind == "symbol":
        text = "".join(symbol(str(value), look) for step in steps for value in step.given.values())
        width = max(20, look.width - 2)
        rows = [text[i : i + width] for i in range(0, len(text), width)]
        if len(rows) > _BRIEF:
            yield f"  … {len(rows) - _BRIEF} lines before"
        yield from (f"  {row}" for row in rows[-_BRIEF:])
    shown = range(max(0, len(steps) - 1 - _BRIEF), len(steps) - 1)
    if shown.start:
        yield look.faint(f"… {shown.start} steps before")
    for i in shown:
        yield _line(steps[i], facts, outcome.watched[i] if i < len(outcome.watched) else {}, look)


def _line(step: Step, facts: Facts, watched: Mapping[str, Any], look: Look) -> str:
    arrow = "->" if look.paint == "ascii" else "→"
    parts = [f"t {step.t}  {given_words(step.given)}  {arrow}  {output_words(step, facts)}"]
    if step.target is not None:
        parts.append(f"target {given_words(step.target)}")
    if step.loss is not None:
        parts.append(f"loss {number(step.loss)}")
    parts += [f"{name} = {value_words(value, 4)}" for name, value in watched.items()]
    return "; ".join(parts)


def outcome_records(outcome: Outcome, facts: Facts) -> Iterator[dict[str, Any]]:
    """An outcome as plain values that JSON can hold: one for each step, then one for what else came of it."""
    for i, step in enumerate(outcome.steps):
        seen = _finite(dict(outcome.watched[i])) if i < len(outcome.watched) else {}
        yield {**as_record(step, facts), **({"watched": seen} if seen else {})}
    if outcome.record is not None or outcome.stopped:
        yield {**_finite(dict(outcome.record or {})), **({"stopped": outcome.stopped} if outcome.stopped else {})}


def _finite(value: Any) -> Any:
    """Plain values with null where a number is not finite, which JSON cannot hold."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not isfinite(value) else value
