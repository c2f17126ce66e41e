"""Every key of a config by its dotted path, of which the schema, `explain`, completion and the docs tell.

    key.py        what is known of a key
    sections.py   `data`, `model` and `training`, read off their types; tasks
    chain.py      layers of the catalogue, and members
    cells.py      definitions of the user's own
    examples.py   values that are shown
    written.py    keys and values as YAML

The names of layers and tasks stand in the path, `model.chain.lstm.size` and `data.task.sine.period`; a name that the
user gives is NAME: `cells.NAME.state.NAME.initial`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from rnnctl.config.keys.cells import cell_keys
from rnnctl.config.keys.chain import chain_keys
from rnnctl.config.keys.examples import EXAMPLES
from rnnctl.config.keys.key import MAPPING, NOTHING, TEXT, Form, Key, list_of, one_of
from rnnctl.config.keys.sections import section_keys

__all__ = ["Form", "Key", "all_keys", "inside"]


@cache
def all_keys() -> Mapping[str, Key]:
    """Every key by its path, each before those inside it, in the order in which a config has them."""
    inner: dict[str, list[Key]] = {"data": [], "model": [], "training": [], "expect": [], "cells": list(cell_keys())}
    for key in section_keys():
        inner[key.path.partition(".")[0]].append(key)
    inner["model"] += chain_keys()
    found = (key for top in _top() for key in (top, *inner.get(top.path, ())))
    return MappingProxyType({key.path: key for key in found})


def inside(path: str) -> list[Key]:
    """The keys that stand directly in this one; those at the top in the empty path."""
    return _inside().get(path, [])


@cache
def _inside() -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for key in all_keys().values():
        found.setdefault(key.parent, []).append(key)
    return found


def _top() -> Iterator[Key]:
    """The keys at the top."""
    from rnnctl.config.checks import CHECKS
    from rnnctl.config.format import FORMAT

    warnings = tuple(check.id for check in CHECKS.values() if check.severity == "warning")
    summary = "what runs are called: letters, digits, `-`, `_`, `.`, 60 at most; by default the file's name"
    name = TEXT._replace(pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
    yield Key("name", summary, name, EXAMPLES["name"])
    yield _section("data", "where the data comes from, what is shown and what is asked")
    yield Key("cells", "layers of your own", MAPPING, EXAMPLES["cells"], {})
    yield _section("model", "the layers")
    yield _section("training", "the loss, the optimizer, and what happens to the state")
    yield Key("expect", "what the results are to be, for `rnnctl check`", MAPPING | NOTHING, EXAMPLES["expect"], None)
    files = TEXT | list_of(TEXT)
    yield Key("extends", "a config file, or a list of them, that this one begins with", files, EXAMPLES["extends"], [])
    summary = "values with names of their own, to be used as `${vars.NAME}`"
    yield Key("vars", summary, MAPPING, EXAMPLES["vars"], {})
    ids = one_of(*warnings)
    summary = "checks whose warnings are not wanted, by their identifiers"
    yield Key("ignore", summary, ids | list_of(ids) | NOTHING, (list(warnings[:1]),), [])
    summary = "the version of this format that the file was written for"
    yield Key("format", summary, Form(("integer",), limits={"minimum": 1, "maximum": FORMAT}), (FORMAT,), FORMAT)


def _section(path: str, summary: str) -> Key:
    return Key(path, summary, MAPPING, EXAMPLES[path], required=True)
