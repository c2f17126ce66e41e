"""What else to look at beside a key: other keys, the checks that concern it, and the page that tells of it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from rnnctl.catalogue import names
from rnnctl.config.checks import CHECKS, Check
from rnnctl.config.keys import Key, all_keys

_TOGETHER = (
    ("data.csv", "data.text", "data.task"),
    ("data.input", "data.target"),
    ("data.id", "data.target.each", "data.time"),
    ("data.split", "training.early_stopping"),
    ("data.target.kind", "training.loss"),
    ("training.optimizer", "training.schedule", "training.clip"),
    ("training.epochs", "training.early_stopping"),
    ("training.batching", "training.batch", "training.window", "training.shuffle"),
    ("training.batching", "training.window", "training.reset", "training.burn_in"),
    ("training.reset", "training.learn_initial_state"),
    ("extends", "vars"),
)
"""Keys of which one is seldom understood without the others."""

_STATE = ("batching", "batch", "window", "reset", "burn_in", "learn_initial_state", "shuffle")
_PAGES = {
    "cells": "language",
    "ignore": "checks",
    "extends": "composition",
    "vars": "composition",
    **{f"training.{name}": "state" for name in _STATE},
}
"""By the beginning of a path; all else stands on the page of configs."""


def related_keys(key: Key) -> list[str]:
    """The paths of keys to look at beside this one."""
    near = [path for group in _TOGETHER if key.path in group for path in group]
    if re.fullmatch(r"model\.chain\.\w+\.initial_state", key.path):
        near.append("training.learn_initial_state")
    return [path for path in dict.fromkeys(near) if path != key.path]


def related_checks(key: Key) -> list[Check]:
    """The checks that concern a key: those named for it, and those that quote what to write there."""
    if key.path not in _clear():
        return []
    return [check for check in CHECKS.values() if _is_named_for(check, key) or _quotes(check, key)]


def _is_named_for(check: Check, key: Key) -> bool:
    """Whether a check has the name of a key in its own; deeper inside, names are words of every day."""
    is_near = key.path.count(".") == 1 or key.parent == "model.chain"
    return is_near and f"-{key.name.replace('_', '-')}-" in f"-{check.id}-"


def _quotes(check: Check, key: Key) -> bool:
    return key.name in re.findall(r"`(?:- )?([a-z_]+)(?=[:`])", f"{check.summary} {check.why} {check.instead}")


@cache
def _clear() -> frozenset[str]:
    """The keys of the sections, and the layers and members, whose names say which of them is meant."""
    keys = [key for key in all_keys().values() if not key.path.startswith("cells.")]
    found = [key for key in keys if not re.match(r"model\.chain\.\w+\.", key.path)]
    of_layers = {key.name for key in keys if key.parent in _layers()}
    count = Counter([*(key.name for key in found), *of_layers])
    return frozenset(key.path for key in found if count[key.name] == 1)


def _layers() -> frozenset[str]:
    return frozenset(f"model.chain.{name}" for name in names())


def keys_alike(key: Key) -> list[Key]:
    """The keys that say the same in several places, as the sizes of all layers do, this one among them."""
    return [k for k in all_keys().values() if (k.name, k.summary) == (key.name, key.summary)]


def page_of(key: Key) -> str:
    """The page that tells of a key."""
    return next((page for path, page in _PAGES.items() if f"{key.path}.".startswith(f"{path}.")), "config")
