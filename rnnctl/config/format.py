"""The version of the format that configs are written in, and what is new in each.

    1   a run's resolved.yaml says no `format`
    2   `format`, `extends`, `vars`, `ignore`, `data.split.shuffle`, `expect`, the option `part` of the task reber

A file that does not say is of the newest; a run's resolved.yaml that does not is of the first. What an older one
leaves out has a default that means what it meant then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rnnctl.config.diagnose import describe
from rnnctl.errors import Problem, SettingPath

FIRST, FORMAT = 1, 2


class Added(NamedTuple):
    """A key that a later format brought, and the value with which all means what it meant before."""

    key: SettingPath
    value: Any


ADDED = (
    Added(("format",), FORMAT),
    Added(("data", "split", "shuffle"), True),
    Added(("data", "task", "reber", "part"), 1),
)


def format_problem(written: object) -> Problem | None:
    """Why a file of this format cannot be read, if it cannot."""
    if isinstance(written, bool) or not isinstance(written, int) or written < FIRST:
        return Problem(("format",), f"format must be a whole number from {FIRST} to {FORMAT}, not {describe(written)}")
    if written <= FORMAT:
        return None
    message = f"this file is of format {written}, and this rnnctl reads formats up to {FORMAT}"
    return Problem(("format",), message, "install a newer rnnctl")


def older_format(format_: int) -> list[Problem]:
    """Tell that a file is of an older format, if it is."""
    if format_ == FORMAT:
        return []
    message = f"this file is of format {format_}, and is read as format {FORMAT}, with defaults for what is new"
    return [Problem(("format",), message, severity="warning", id="older-format")]


def essential(config: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved config without what later formats brought, wherever that says what was so before.

    By it configs of different formats are compared, and weights know the config that they belong to.
    """
    value: dict[str, Any] = dict(config)
    for key, neutral in ADDED:
        value = _without(value, key, neutral)
    return value


def _without(value: Mapping[str, Any], key: SettingPath, neutral: Any) -> dict[str, Any]:
    name, *rest = key
    kept = dict(value)
    if not rest and name in kept and kept[str(name)] == neutral:
        del kept[str(name)]
    elif rest and isinstance(inner := kept.get(str(name)), Mapping):
        kept[str(name)] = _without(inner, tuple(rest), neutral)
    return kept
