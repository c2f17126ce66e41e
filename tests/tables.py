"""The tables of rnnctl/docs/config.md, made of the table of keys.

python -m tests.tables     writes them anew; what stands around them is left as it is
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rnnctl.config.keys import Key, all_keys, inside
from rnnctl.config.keys.key import words
from rnnctl.config.keys.sections import METRIC, NAMED
from rnnctl.config.keys.written import flow

PAGE = Path(__file__).parents[1] / "rnnctl" / "docs" / "config.md"
HEADS = ("key", "option", "loss", "optimizer", "schedule", "layer")
_PATHS = {"Tasks": "data.task", "Layers": "model.chain", "METRIC": "NAME"}
"""Headings that are no keys, and what the table below them is of."""


def with_tables(text: str) -> tuple[str, dict[str, list[str]]]:
    """A page with its tables made anew; and the rows of each, by the path of what it is of."""
    made: dict[str, list[str]] = {}
    headings: tuple[str, ...] = ()
    blocks = re.split(r"(\n\n+|```.*?```)", text, flags=re.DOTALL)
    for i, block in enumerate(blocks):
        if heading := re.match(r"(#+) (.*)", block):
            headings = (*headings[: max(0, len(heading[1]) - 2)], heading[2]) if len(heading[1]) > 1 else ()
        path = ".".join(_PATHS.get(name, name) for name in headings)
        head, line, *_ = [*block.split("\n"), ""]
        if line.startswith("|---") and head.split()[1] in HEADS and path not in made:
            made[path] = list(_rows(path))
            blocks[i] = "\n".join([head, line, *made[path]])
    return "".join(blocks), made


def _rows(path: str) -> Iterator[str]:
    """The rows of what stands in a key; at the top, of all sections."""
    for key in inside(path):
        if path == "":
            yield f"| `{key.name}` | {key.summary}{_FURTHER.get(key.name, '')} |"
        elif path == "model.chain":
            yield from _layer(key)
        elif path in NAMED:
            yield f"| `{key.name}` | {key.summary} |"
        else:
            default = "must be given" if key.required else f"`{flow(key.default)}`"
            name = "SPLIT.METRIC" if key.path == METRIC else key.name
            yield f"| `{name}` | {_type(key)} | {default} | {key.summary} |"


_FURTHER = {"cells": ", see [language.md](language.md)"}


def _type(key: Key) -> str:
    further = ", see below" if "object" in key.form.types and inside(key.path) else ""
    return words(key.form, "`") + further


def _layer(key: Key) -> Iterator[str]:
    if key.source is None:
        return  # a member, of which another table tells
    own = [k for k in inside(key.path) if k.default is not None]
    options = ", ".join(f"`{k.name}`" if k.required else f"`{k.name}: {k.default}`" for k in own)
    yield f"| `{key.name}` | {options} | {key.summary} |"


def paths_with_tables() -> set[str]:
    """What a table must be of."""
    keys = [key for key in all_keys().values() if not key.path.startswith(("model.chain.", "cells"))]
    return {"", "model.chain", *(key.parent for key in keys)} - {"data.task"}


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"))[0], "utf-8")
