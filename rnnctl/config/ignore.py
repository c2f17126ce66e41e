"""The key `ignore`: which warnings are not wanted."""

from __future__ import annotations

from typing import Any

from rnnctl.config.diagnose import describe
from rnnctl.errors import MOST_SOUGHT, Problem, nearest


def read_ignore(value: Any) -> tuple[tuple[str, ...], list[Problem]]:
    """The checks whose warnings are silenced, each once, and what is wrong with how they are written."""
    if value is None:
        return (), []
    from rnnctl.config.checks import CHECKS  # here, since most configs ignore nothing

    if not isinstance(value, str | list):
        message = f"ignore must be the name of a check, or a list of them, not {describe(value)}"
        return (), [Problem(("ignore",), message, "write ignore: [window-cuts-nothing], say")]
    warnings = [check.id for check in CHECKS.values() if check.severity == "warning"]
    known: dict[str, None] = {}
    problems: list[Problem] = []
    for i, item in enumerate([value] if isinstance(value, str) else value):
        if len(problems) == MOST_SOUGHT:
            break
        place = ("ignore", i)
        if item in warnings:
            known[item] = None
        elif not isinstance(item, str):
            problems.append(Problem(place, f"a check is named by text, not {describe(item)}"))
        elif item in CHECKS:
            message = f"'{item}' is an error, and what it finds cannot be ignored"
            instead = CHECKS[item].instead.removesuffix(".")
            problems.append(Problem(place, message, instead[0].lower() + instead[1:]))
        else:
            guess = nearest(item, warnings)
            listing = "each warning names its check in brackets"
            problems.append(Problem(place, f"unknown check '{item}'", f"did you mean '{guess}'?" if guess else listing))
    return tuple(known), problems
