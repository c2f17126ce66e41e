"""Single settings of a run, read off its resolved.yaml without reading all of it.

The file is written by rnnctl, a key a line, two spaces a level. Where it does not look like that, as after an edit by
hand, all of it is read as YAML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnctl.document import parse
from rnnctl.document.scalars import Misread, resolve
from rnnctl.errors import RnnctlError

MISSING: Any = object()
"""What a run has not."""
_BARE = re.compile(r"[A-Za-z0-9_.+-]+")


class _UnsureError(Exception):
    """The short way does not lead there."""


def settings(run: Path) -> Any:
    """All settings of a run as plain values; MISSING where they cannot be read."""
    text = _text(run)
    return MISSING if text is None else _parsed(text)


def setting(run: Path, path: str) -> Any:
    """The value at a path such as `model.chain.0.lstm.size`; MISSING where there is none."""
    text, steps = _text(run), path.split(".")
    if text is None:
        return MISSING
    try:
        return _short(text.split("\n"), steps)
    except _UnsureError:
        return at(_parsed(text), steps)


def at(value: Any, steps: Sequence[str]) -> Any:
    """What plain values have at a path; MISSING where there is nothing."""
    for step in steps:
        if isinstance(value, list) and step.isascii() and step.isdecimal() and len(step) < 9 and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def _text(run: Path) -> str | None:
    try:
        return (run / "resolved.yaml").read_text("utf-8")
    except (OSError, ValueError):
        return None


def _parsed(text: str) -> Any:
    try:
        return parse(text, "resolved.yaml").value
    except RnnctlError:
        return MISSING


def _short(lines: Sequence[str], steps: Sequence[str]) -> Any:
    """The value at a path below these lines, which begin at the margin."""
    step = steps[0]
    if not _BARE.fullmatch(step):
        raise _UnsureError
    if any(line[:1] in ('"', "?", "{", "[", " ", "&", "'", "%") for line in lines[:1]):
        raise _UnsureError
    if lines[0].startswith("- "):
        rest, body = "", _item(lines, step)
        if body is None:
            return MISSING
        if len(steps) == 1:
            rest, *body = body
    else:
        head = f"{step}:"
        i = next((i for i, line in enumerate(lines) if line.startswith(head)), None)
        if i is None:
            if any(line.startswith(('"', "?", "<<", "'")) for line in lines):
                raise _UnsureError
            return MISSING
        rest, body = lines[i][len(head) :], _below(lines, i + 1)
    if len(steps) > 1:
        if rest.strip() or not any(body):
            raise _UnsureError
        return _short(body, steps[1:])
    value = resolve(rest.strip())
    if any(body) or not _BARE.fullmatch(rest.strip()) or isinstance(value, Misread):
        raise _UnsureError
    return value


def _below(lines: Sequence[str], start: int) -> list[str]:
    """The lines from here on that are further in, without their margin."""
    end = next((i for i in range(start, len(lines)) if lines[i] and not lines[i].startswith("  ")), len(lines))
    return [line[2:] for line in lines[start:end]]


def _item(lines: Sequence[str], step: str) -> list[str] | None:
    """The lines of an item of a list."""
    starts = [i for i, line in enumerate(lines) if line.startswith("- ")]
    if not step.isascii() or not step.isdecimal() or len(step) > 8 or int(step) >= len(starts):
        return None
    i = starts[int(step)]
    return [lines[i][2:], *_below(lines, i + 1)]
