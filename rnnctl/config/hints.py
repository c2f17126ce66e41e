"""What to write in the place of a value that a section cannot take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from rnnctl.config.sections import SHORT, LossSection, OptimizerSection, ScheduleSection
from rnnctl.errors import nearest, number_meant

CHOICES: Mapping[type[BaseModel], str] = {
    LossSection: "loss",
    OptimizerSection: "optimizer",
    ScheduleSection: "schedule",
}
"""The sections of which one key is given, and what that key is called."""

_NUMBERS = {
    **dict.fromkeys(("adam", "adamw", "rmsprop", "sgd"), "lr"),
    "clip": "norm",
    "exponential": "factor",
    "huber": "delta",
    "step": "every",
}
"""The key that a number most likely stands for where a mapping must be."""


_EMPTY = {
    "data": 'write `csv: file.csv`, `text: "*.txt"` or `task: sine` below it, two spaces in',
    "model": "write `chain:` below it, two spaces in, and below that each layer: `- lstm: 32`",
    "training": "write `loss: mse` below it, two spaces in",
    "reset": "write reset: never for none, which goes with batching: streams",
}
"""What to write where nothing stands."""

_POLICIES = ["sequence", "window", "epoch", "never"]
_COLUMNS = "reset: {after: COLUMN} or {before: COLUMN}"


def hint(error: Any, name: str) -> str | None:
    """What to write where a value is of another kind, or out of its range; `name` is the key that it stands behind."""
    kind, found = error["type"], error["input"]
    if found is None and name in ("policy", *_EMPTY):
        return _EMPTY[name if name in _EMPTY else "reset"]
    if kind == "literal_error" and isinstance(found, str):
        choices = [c.strip(" '") for c in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        guess = nearest(found, choices)
        column = f"to reset where a column says so write {_COLUMNS}" if choices == _POLICIES else None
        return " ".join([*([f"did you mean '{guess}'?"] if guess else []), *([column] if column else [])]) or None
    if kind == "bool_type" and isinstance(found, str):
        quoted = found.lower() in ("true", "false")
        other = "write true or false: yes, no, on and off are text" if found in ("yes", "no", "on", "off") else None
        return f"write {found.lower()}, without quotes" if quoted else other
    if kind == "int_type" and name in SHORT and (found is False or found in ("no", "off", "none")):
        return f"write {name}: null for none"
    if kind == "int_type" and name == "early_stopping" and found is True:
        return "write early_stopping: 5, say: the epochs without a lower loss"
    if kind == "greater_than_equal" and name == "window":
        return "write window: null for the whole row"
    if kind in ("int_type", "float_type"):
        return number_meant(found, whole=kind == "int_type")
    if kind in ("less_than", "less_than_equal") and 5 <= found <= 100 and 1 in error["ctx"].values():
        return f"write {found / 100:g} for {found:g} percent"
    if kind == "model_type":
        return _hint_of_mapping(name, found)
    if kind == "string_type" and name in ("csv", "id", "time", "column") and isinstance(found, list):
        return _one_of_list(name, found)
    if kind == "list_type" and name == "chain":
        return "write each layer as an item of a list: `- lstm: 32`"
    return "write betas: [0.9, 0.999], say" if kind == "tuple_type" and name == "betas" else None


def _one_of_list(name: str, found: list[Any]) -> str:
    """What to write where one file or column is meant, and there is a list."""
    [first, *_] = [item for item in found if isinstance(item, str)] or ["FILE" if name == "csv" else "COLUMN"]
    return f"write {name}: {first}, one {'file' if name == 'csv' else 'column'}"


def _hint_of_mapping(name: str, found: object) -> str | None:
    """What to write where there is no mapping."""
    if name in _NUMBERS and isinstance(found, int | float) and not isinstance(found, bool):
        return f"write {name}: {{{_NUMBERS[name]}: {found}}}"
    if isinstance(found, list) and name == "model":
        return "write `chain:` above the list"
    if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
        return "leave out the '-' before its keys"
    if isinstance(found, list) and found and name == "target" and all(isinstance(item, str) for item in found):
        return f"write target: {{columns: [{', '.join(found)}]}}"
    if isinstance(found, int | float) and not isinstance(found, bool):
        if name == "split" and 0 < found < 1:
            rest = round((1 - found) / 2, 6)
            return f"write split: {{train: {found:g}, valid: {rest:g}, test: {rest:g}}}"
        if name in ("constant", "cosine", "linear"):
            key = "warmup" if isinstance(found, int) or name == "constant" else "to"
            return f"write {name}: {{{key}: {found}}}, say"
    model = next((model for model, what in CHOICES.items() if what == name), None)
    return f"one of {', '.join(model.model_fields)}" if model else None
