"""What differs between two configs or runs, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from rnnctl.config.compare import Difference, shown

_CHOICES = ("loss", "optimizer", "schedule", "task")


def difference_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """A line for each difference, and the lines of a text that are others."""
    for found in differences:
        key, named = ".".join(map(str, found.key)), isinstance(found.key[-1], int) or found.key[-1] in _CHOICES
        if found.kind != "changed":
            value = found.after if found.kind == "added" else found.before
            yield f"{key}: {found.kind} {_choice(value)}" if named else f"{key}: {found.kind}"
        elif isinstance(found.before, str) and isinstance(found.after, str) and "\n" in found.before + found.after:
            yield f"{key}:"
            _, _, *lines = unified_diff(found.before.splitlines(), found.after.splitlines(), n=0, lineterm="")
            yield from (f"  {line[0]} {line[1:]}" for line in lines if line[0] in "-+")
        else:
            tell = _choice if named else shown
            yield f"{key}: {tell(found.before)} -> {tell(found.after)}"


def _choice(value: Any) -> str:
    """What is chosen by its name, and its settings behind it."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(name, settings)] = value.items()
        return f"{name} {shown(settings)}" if settings else str(name)
    return shown(value)
