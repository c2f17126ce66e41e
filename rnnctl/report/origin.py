"""A resolved config on the terminal, with where each value came from behind it, as comments that YAML allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnctl.document import parse
from rnnctl.errors import SettingPath
from rnnctl.report.strip import Look

_WIDEST = 44
"""The column in which comments begin at the latest; longer lines push theirs."""


def origin_lines(text: str, origins: Mapping[SettingPath, str], look: Look) -> Iterator[str]:
    """The lines of a config's YAML, each with the origins of the values that stand on it."""
    document = parse(text, "resolved.yaml")
    lines = text.splitlines()
    told: dict[int, list[str]] = {}
    for path, origin in origins.items():
        told.setdefault(document.place(path).line, []).append(origin)
    widths = [len(lines[number - 1]) for number in told]
    column = max((width for width in widths if width <= _WIDEST), default=0)
    for number, line in enumerate(lines, start=1):
        found = ", ".join(dict.fromkeys(told.get(number, ())))
        yield f"{line:<{column}}  {look.faint(f'# {found}')}" if found else line
