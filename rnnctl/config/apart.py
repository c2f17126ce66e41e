"""An item of a chain that is no layer: how to write the layers, or the options, that stand in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from rnnctl.equations.definition import Definition
from rnnctl.equations.options import options_of


def apart(item: Any, known: Mapping[str, Definition], members: Collection[str]) -> str:
    """How to write what is no layer: several layers, or a layer whose options stand beside it.

    `known` has the layers that are named in it, as far as there are such.
    """
    first, *others = map(str, item) if isinstance(item, dict) and item else [""]
    layers = [name for name in others if name in known or name in members]
    if layers:
        return f"write each layer as an item of its own: a '-' before `{layers[0]}`"
    if not others or not isinstance(item, dict):
        return "write `- lstm: 32` or `- lstm: {size: 32}`"
    if item[first] is None:
        return f"indent what belongs to `{first}` by two spaces more: {', '.join(others)}"
    short = "layer" if first == "bidirectional" else _short(known[first]) if first in known else None
    own = item[first] if isinstance(item[first], dict) and short != "layer" else {short: item[first]}
    if short is None and own is not item[first]:
        return "write `- lstm: 32` or `- lstm: {size: 32}`"
    return f"write `- {first}: {_flow({**own, **{key: item[key] for key in others}})}`"


def _short(found: Definition) -> str | None:
    """The option that a value behind a layer's name stands for."""
    known = options_of(found)
    return "size" if "size" in known else next(iter(known)) if len(known) == 1 else None


def _flow(value: Any) -> str:
    """A value on one line; of a long text, and of what is not simple, the place alone."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if value.isidentifier() else json.dumps(value, ensure_ascii=False) if len(value) < 40 else "…"
    return "null" if value is None else str(value).lower()
