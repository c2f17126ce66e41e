"""Numbers and outputs in a few words, for a line of plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnctl.data.records import Facts
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.model import Array
from rnnctl.stepping.step import Step

_MOST = 3


def number(value: float, digits: int = 4) -> str:
    """Some significant figures, without an exponent where one can do without it."""
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits - 2}e}"
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def given_words(given: Mapping[str, Any]) -> str:
    """An input or a target as it can be written in a command: `20,3`, or a symbol; of many columns the first."""
    return _few([number(v, 6) if isinstance(v, float) else symbol_words(str(v)) for v in given.values()])


def symbol_words(symbol: str) -> str:
    """A symbol on one line, in quotes where it could not be seen."""
    seen = visible(symbol)
    return seen if seen.strip() else f"'{seen}'"


def output_words(step: Step, facts: Facts) -> str:
    """An output in few words: numbers by column, of many the first, or the most probable class with its share."""
    if facts.target.kind == "class":
        [(label, share)] = step.top(1)
        return f"{symbol_words(label)} {share:.1%}"
    if facts.target.kind == "binary":
        return _few([f"{share:.1%}" for share in step.shown.values()])
    return _few([number(value) for value in step.shown.values()])


def _few(words: Sequence[str]) -> str:
    """Words with commas between them, the first of them where there are many."""
    return ",".join(words if len(words) <= _MOST else [*words[:_MOST], "…"])


def plain(value: Array | str) -> Any:
    """What a reference is worth as plain values: one number, several in a list, or a symbol."""
    if isinstance(value, str):
        return value
    return value.reshape(()).item() if value.size == 1 else value.tolist()


def value_words(value: Any, digits: int = 6) -> str:
    """What a reference is worth: a number, several with blanks between them, or a symbol."""
    if value is None:
        return "not known here"
    if isinstance(value, str):
        return symbol_words(value)
    if isinstance(value, list):
        return " ".join(value_words(entry, digits) for entry in value)
    return number(float(value), digits)
