"""Plain values -> YAML text that any reader, of YAML 1.1 or 1.2, takes for the same values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rnnctl.document.scalars import resolve
from rnnctl.document.source import UNSAFE, escape
from rnnctl.errors import ConfigError

_WIDTH = 80
_LONGEST_SIMPLE_KEY = 1000  # YAML allows 1024 characters before the ':'

_WORDS = re.compile(r"(?:[^\W\d]|\.{0,2}/)(?:[\w ./+*()=<>@^'%~$;|&-]*[\w./+*()=<>@^'%~$;|&-])?")
_NOT_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(rf'["\\\n\r\t]|{UNSAFE.pattern}')


def dump(value: Mapping[str, Any]) -> str:
    """Write YAML text that `parse` reads back to an equal value, in block style and in the mapping's order.

    Takes str, int, float, bool, None, and lists, tuples and mappings of them; tuples read back as lists.
    """
    if not value:
        return "{}\n"
    return "\n".join(_mapping(value)) + "\n"


def _mapping(value: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, item in value.items():
        if not isinstance(name, str):
            raise TypeError(f"a key must be str, not {type(name).__name__}")
        key = _text(name)
        if len(key) > _LONGEST_SIMPLE_KEY:
            lines += [f"? {key}", *_entry(":", item)]
        else:
            lines += _entry(f"{key}:", item)
    return lines


def _sequence(value: Sequence[Any]) -> list[str]:
    return [line for item in value for line in _entry("-", item)]


def _entry(head: str, value: Any) -> list[str]:
    """Write the lines of one value after its key or its dash."""
    if isinstance(value, str) and _fits_block(value):
        header, *body = _literal(value)
        return [f"{head} {header}", *_indented(body)]
    brief = _brief(value)
    if brief is not None:
        return [f"{head} {brief}"]
    lines = _mapping(value) if isinstance(value, Mapping) else _sequence(value)
    if head == "-":
        return [f"- {lines[0]}", *_indented(lines[1:])]
    return [head, *_indented(lines)]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def _brief(value: Any) -> str | None:
    """Write a value on one line; None for a collection that has to be spread over several."""
    if isinstance(value, Mapping):
        return None if value else "{}"
    if not isinstance(value, list | tuple):
        return _scalar(value)
    if any(isinstance(item, Mapping | list | tuple) or _is_block(item) for item in value):
        return None
    line = f"[{', '.join(_scalar(item) for item in value)}]"
    return line if len(line) <= _WIDTH else None


def _is_block(value: Any) -> bool:
    return isinstance(value, str) and _fits_block(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(float(value))
    raise TypeError(f"YAML has no form for {type(value).__name__}")


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _text(value: str) -> str:
    """Write text on one line, in quotes unless every reader takes the bare text for text."""
    bare = _WORDS.fullmatch(value) and value.lower() not in _NOT_WORDS
    if bare and resolve(value) == value:
        return str(value)
    return f'"{_ESCAPED.sub(_escaped, value)}"'


def _escaped(found: re.Match[str]) -> str:
    written = _ESCAPES.get(found[0]) or escape(found[0])
    if written is None:
        raise ConfigError("text that is not Unicode cannot be written as YAML")
    return written


def _fits_block(value: str) -> bool:
    return "\n" in value and "\r" not in value and bool(value.strip("\n")) and not UNSAFE.search(value)


def _literal(value: str) -> list[str]:
    """Write a literal block: its header, then its lines without indentation."""
    content = value.removesuffix("\n")
    ending = "-" if content == value else "+" if content.endswith("\n") else ""
    indent = "2" if value[0] in " \t\n" else ""  # readers guess the indentation from the first line
    return [f"|{indent}{ending}", *content.split("\n")]
