"""Keys and values as they are written in a config: on one line, and as an example with all that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rnnctl.config.keys import Key, all_keys, inside
from rnnctl.config.keys.examples import NAMES, WITH
from rnnctl.document import dump

_WIDTH = 68


def flow(value: Any) -> str:
    """A value on one line: `{update: 8, backward: 24}`."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:g}"
    return dump({"key": value}).removeprefix("key: ").rstrip("\n")


def example(key: Key, value: Any = ...) -> dict[str, Any]:
    """A part of a config in which a key has its first example, or this value, with what it needs beside it."""
    value = key.example if value is ... else value
    while key.parent:
        parent, beside = all_keys()[key.parent], inside(key.parent)
        name = NAMES[parent.name] if key.name == "NAME" else key.name
        needed = {k.name: k.example for k in beside if k.required and parent.path not in _WHOLE}
        found = {**needed, **WITH.get(key.path, {}), name: value}
        order = [k.name for k in beside]
        if name == key.name:
            value = {k: found[k] for k in sorted(found, key=lambda k: order.index(k if k in order else "NAME"))}
        else:
            value = found
        if parent.path == "model.chain":
            value = [value]
        key = parent
    return {key.name: value}


_WHOLE = ("data", "model", "training", "expect", "cells.NAME")
"""Sections that an example shows a part of."""


def example_lines(key: Key, value: Any = ...) -> list[str]:
    """The YAML of `example`."""
    return list(_block(example(key, value)))


def _block(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Lines of YAML: what fits on a line stands on one, but for the outermost."""
    for key, item in value.items():
        lead = f"{indent}{key}:"
        if isinstance(item, str) and "\n" in item:
            yield f"{lead} |"
            yield from (f"{indent}  {line}" for line in item.rstrip("\n").split("\n"))
        elif isinstance(item, list) and any(isinstance(part, Mapping) for part in item):
            yield lead
            for part in item:
                first, *more = (
                    _block(part, f"{indent}    ") if isinstance(part, Mapping) else [f"{indent}    {flow(part)}"]
                )
                yield f"{indent}  - {first.lstrip()}"
                yield from more
        elif isinstance(item, Mapping) and item and (not indent or _is_long(item, lead)):
            yield lead
            yield from _block(item, f"{indent}  ")
        else:
            yield f"{lead} {flow(item)}"


def _is_long(item: Mapping[str, Any], lead: str) -> bool:
    written = flow(item)
    return "\\n" in written or len(lead) + 1 + len(written) > _WIDTH
