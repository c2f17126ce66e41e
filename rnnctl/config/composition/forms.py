"""How a value may be written at each place of a config: short forms, and keys of which one is chosen.

What a short form stands for is what `sections.py`, `layers.py` and the reader of cells make of it; here it is told
of nodes, so that files can be merged key by key, whichever form each of them uses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from rnnctl.config.sections import SHORT
from rnnctl.document import nodes
from rnnctl.document.nodes import Entry, Node, Scalar, behind


@dataclass(frozen=True, eq=False)
class Form:
    """What may stand at a place beside a mapping, and how the keys of a mapping there go together.

    `short` is the key that a value alone stands for; with `named`, a text alone names the one key; with `listed`,
    it is a list of one. Of the keys in each group of `one_of` one is chosen, with `single` of all keys; what
    `belong` names goes with the choice. `inner` has the forms of its keys, `each` that of other keys and of items.
    """

    short: str | None = None
    named: bool = False
    listed: bool = False
    single: bool = False
    one_of: tuple[tuple[str, ...], ...] = ()
    belong: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inner: Mapping[str, Form] = field(default_factory=dict)
    each: Form | None = None


FREE = Form()
"""Where any value may stand."""
LISTED = Form(listed=True)
CHOICE = Form(named=True, single=True)
ITEM = Form(named=True, single=True)
"""A layer or another member of a chain, by its name; and what a member holds, one of these or a list of them."""
BOTH = Form(named=True)
"""What stands behind `bidirectional`: what it holds, or that as its `layer` beside `merge`."""
STACK = Form(inner={"layer": ITEM})

_COLUMNS = Form(short="columns", inner={"columns": LISTED})
_DATA = Form(
    one_of=(("csv", "text", "task"),),
    belong={"csv": ("id", "time", "input", "target")},
    inner={
        "input": _COLUMNS,
        "target": Form(short="column", one_of=(("column", "columns"),)),
        "text": Form(short="files", inner={"files": LISTED}),
        "task": CHOICE,
    },
)
_TRAINING = Form(
    inner={
        **dict.fromkeys(("loss", "optimizer", "schedule"), CHOICE),
        "clip": Form(one_of=(("norm", "value"),)),
        **{section: Form(short=key) for section, key in SHORT.items()},
    }
)
_EXPECT = Form(
    inner={
        "parameters": Form(short="exactly", one_of=(("exactly", "above"), ("exactly", "below"))),
        "seeds": Form(short="count"),
        "transcript": LISTED,
    }
)
_INITIALIZERS = Form(each=Form(single=True))
_CELL = Form(
    inner={
        "inputs": Form(each=Form(short="shape", one_of=(("shape", "symbols"),))),
        "options": Form(each=Form(named=True, one_of=(("integer", "real", "function"),))),
        "require": LISTED,
        "state": Form(each=Form(short="shape")),
        "parameters": Form(each=Form(inner={"init": Form(single=True)})),
    }
)
ROOT = Form(
    inner={
        "data": _DATA,
        "cells": Form(each=_CELL),
        "model": Form(inner={"chain": Form(each=ITEM)}),
        "training": _TRAINING,
        "expect": _EXPECT,
        "ignore": LISTED,
    }
)


def inside(form: Form, step: str | int, short_of: Callable[[str], str | None]) -> Form:
    """The form at a key or an item of a place; `short_of` tells what a value behind a layer's name stands for."""
    if form in (ITEM, BOTH):
        if isinstance(step, int) or (form is BOTH and step == "layer"):
            return ITEM
        members = {"residual": ITEM, "bidirectional": BOTH, "stack": STACK}
        if form is BOTH and step == "merge":
            return FREE
        return members.get(step) or Form(short=short_of(step), inner={"init": _INITIALIZERS})
    return form.inner.get(step, form.each or FREE) if isinstance(step, str) else form.each or FREE


def written_out(form: Form, node: Node) -> nodes.Mapping | None:
    """A value as the mapping that it stands for; None where it stands for none."""
    value = behind(node)
    if isinstance(value, nodes.Mapping):
        return value
    if isinstance(value, Scalar) and value.value is None:
        return nodes.Mapping(value.span, {}, 1)
    if form.named and isinstance(value, Scalar) and isinstance(value.value, str):
        return nodes.Mapping(node.span, {value.value: Entry(node.span, Scalar(node.span, None, "", ""))}, 1)
    if form.short is None or isinstance(value, nodes.Broken):
        return None
    inner = as_list(form.inner.get(form.short, FREE), node) or node
    return nodes.Mapping(node.span, {form.short: Entry(node.span, inner)}, 1 + inner.height)


def as_list(form: Form, node: Node) -> nodes.Sequence | None:
    """A value as the list that it is, or stands for as its one item; None where it is no list."""
    value = behind(node)
    if isinstance(value, nodes.Sequence):
        return value
    is_text = isinstance(value, Scalar) and isinstance(value.value, str)
    return nodes.Sequence(node.span, (node,), 1) if form.listed and is_text else None


def lifted(form: Form, node: nodes.Mapping, keys: Collection[str]) -> nodes.Mapping:
    """What a bidirectional member holds, as its `layer`, where `layer` or `merge` is to stand beside it."""
    own = {"layer", "merge"}
    if form is not BOTH or not node.entries or not own & set(keys) or own & set(node.entries):
        return node
    return nodes.Mapping(node.span, {"layer": Entry(node.span, node)}, 1 + node.height)


def without_others(form: Form, entries: Mapping[str, Entry], chosen: Collection[str]) -> dict[str, Entry]:
    """The keys of a mapping that are left where others of it are chosen."""
    groups = (tuple(entries),) if form.single else form.one_of
    gone: set[str] = set()
    for group in groups:
        if chosen and (form.single or set(group) & set(chosen)):
            gone |= {key for key in group if key in entries and key not in chosen}
    for key in gone & set(form.belong):
        gone = gone | set(form.belong[key])
    return {key: entry for key, entry in entries.items() if key not in gone}
