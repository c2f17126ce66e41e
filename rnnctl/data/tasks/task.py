"""What a synthetic task is: its options as plain data, its facts, and the steps it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

from rnnctl.data.records import Facts, Records
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest, number_meant

Options: TypeAlias = Mapping[str, int | float]


@dataclass(frozen=True, slots=True)
class Option:
    """One number that shapes a task, with its default and the range that it must lie in."""

    name: str
    kind: Literal["integer", "real"]
    default: int | float
    least: int | float
    most: int | float
    summary: str


@dataclass(frozen=True, slots=True)
class Task:
    """A source of sequences made on the spot; the same options always make the same sequences."""

    name: str
    summary: str
    source: str
    options: tuple[Option, ...]
    facts: Callable[[Options], Facts]
    generate: Callable[[Options], Records]


SEED = Option("seed", "integer", 0, 0, 2**63 - 1, "which of all possible data sets to make")


def sequences(default: int, most: int = 1_000_000) -> Option:
    """Make the option that says how many sequences to make."""
    return Option("sequences", "integer", default, 1, most, "how many sequences to make, all splits together")


def fill_options(
    task: Task, given: Mapping[str, object], setting: SettingPath
) -> tuple[dict[str, int | float], tuple[Problem, ...]]:
    """Complete the options of a task, those not given by default, and what is wrong with those given.

    `setting` is the config's path to the options. The options can be used only where there are no problems.
    """
    known = {option.name: option for option in task.options}
    problems: list[Problem] = []
    filled = {option.name: option.default for option in task.options}
    for name, value in given.items():
        if len(problems) == MOST_SOUGHT:
            break
        option = known.get(name)
        if option is None:
            close = nearest(name, known)
            help_ = (f"did you mean '{close}'? " if close else "") + f"options: {', '.join(known)}"
            problems.append(Problem((*setting, name), f"task {task.name} has no option '{name}'", help_, on="key"))
            continue
        number = _number(option, value)
        if number is None:
            wanted = "a whole number" if option.kind == "integer" else "a number"
            message = f"{name} must be {wanted}, not {_called(value)}"
            help_ = number_meant(value, whole=option.kind == "integer") or option.summary
            problems.append(Problem((*setting, name), message, help_))
        elif not option.least <= number <= option.most:
            message = f"{name} must lie from {_figure(option.least)} to {_figure(option.most)}, not {value}"
            problems.append(Problem((*setting, name), message, option.summary))
        else:
            filled[name] = number
    return filled, tuple(problems)


def _figure(number: int | float) -> str:
    """A limit in a message: a whole number in groups of three digits."""
    return f"{int(number):,}" if number == int(number) else str(number)


def _called(value: object) -> str:
    """A value in a message."""
    kinds: dict[type, str] = {list: "a list", dict: "a mapping", type(None): "nothing"}
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 40 else value[:37] + '…'}'"
    return kinds.get(type(value), str(value).lower())


def _number(option: Option, value: object) -> int | float | None:
    """Read a value as the option's kind of number; None where it is of another type (a bool is no number)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    if option.kind == "real":
        return float(value)
    return value if isinstance(value, int) else None
