"""Commented starters: a config each, and the example data that some of them read.

NAME.yaml is the config. Its first line tells editors which schema it follows, its second what it is for. A line that
begins with `#` and no space is a setting that is switched off: with the `#` away, and in place of the setting above it
that it stands in for, it makes another config, which is as good. NAME.csv, where it is there, is written beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rnnctl.errors import Diagnostic, UsageError, nearest

FOLDER = Path(__file__).parent
DEFAULT = "forecasting"


class Template(NamedTuple):
    """A starter: its name, what it is for in a sentence, its text, and the example data beside it."""

    name: str
    summary: str
    text: str
    data: Path | None


def names() -> tuple[str, ...]:
    """The templates there are, the default one first: the configs of this folder."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: (name != DEFAULT, name)))


def template(name: str) -> Template:
    """A template by its name. Errors: UsageError for an unknown one."""
    if name not in names():
        listing = f"templates: {', '.join(names())}"
        if name.endswith((".yaml", ".yml")):
            told = f"a template comes first, as in: rnnctl init {DEFAULT} {name}; {listing}"
        else:
            guess = nearest(name, names())
            told = f"did you mean '{guess}'? {listing}" if guess else listing
        raise UsageError(Diagnostic(f"unknown template '{name}'", help=told))
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    data = FOLDER / f"{name}.csv"
    return Template(name, text.splitlines()[1].removeprefix("# "), text, data if data.exists() else None)
