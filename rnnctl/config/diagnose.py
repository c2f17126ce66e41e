"""What pydantic found wrong -> problems in words for people, each at its setting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rnnctl.config.hints import CHOICES, hint
from rnnctl.config.sections import SHORT, Section
from rnnctl.config.unknown import models_of, unknown_key
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest

S = TypeVar("S", bound=Section)


def validated(kind: type[S], value: object, path: SettingPath) -> tuple[S | None, list[Problem]]:
    """The section that a plain value is, or all that is wrong with it."""
    try:
        return kind.model_validate(value), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        places: dict[SettingPath, list[Any]] = {}
        beside: Counter[SettingPath] = Counter()  # fields of a section come first, all else in the order of the file
        for e in found:
            beside[e["loc"][:-1]] += 1
            if beside[e["loc"][:-1]] > MOST_SOUGHT:
                continue
            if not _misspelt(kind, e, found):
                loc = e["loc"] if e["type"] == "extra_forbidden" else _untagged(kind, e["loc"], value)
                places.setdefault(loc, []).append(e)
        problems = (_problem(kind, errors, loc, value, path) for loc, errors in places.items())
        return None, list(dict.fromkeys(problems))


def _untagged(kind: type[Section], loc: SettingPath, value: Any) -> SettingPath:
    """The place of an error without the names that pydantic gives to the types that a value could have."""
    kept: list[str | int] = []
    for part in loc:
        if isinstance(value, list):
            inside = isinstance(part, int) and part < len(value)
        else:
            inside = isinstance(value, dict) and part in value
        if inside or isinstance(part, int) or part in _model_at(kind, kept).model_fields:
            kept.append(part)
        value = value[part] if inside else None
    return tuple(kept)


def _misspelt(kind: type[Section], error: Any, found: Sequence[Any]) -> bool:
    """Whether a key is missing only since it is misspelt, of which the unknown key beside it tells."""
    if error["type"] != "missing":
        return False
    *parent, name = error["loc"]
    known = tuple(_model_at(kind, parent).model_fields)
    beside = (e["loc"] for e in found if e["type"] == "extra_forbidden" and list(e["loc"][:-1]) == parent)
    return any(nearest(str(loc[-1]), known) == name for loc in beside)


def _problem(kind: type[Section], errors: Sequence[Any], inner: SettingPath, value: Any, path: SettingPath) -> Problem:
    """The errors of one place as a problem: several where the value is of none of the types that it may have."""
    error = next((e for e in errors if e["type"] not in ("int_type", "literal_error")), errors[0])
    loc: SettingPath = (*path, *inner)
    found, name = error["input"], loc[-1]
    if error["type"] == "extra_forbidden":
        model = _model_at(kind, inner[:-1])
        return _inner_key(model, loc, found) or unknown_key(loc, tuple(model.model_fields), CHOICES.get(model, "key"))
    if error["type"] == "missing" and isinstance(name, int):  # of a list of fixed length
        return Problem(loc[:-1], f"{_name(loc[:-1])} has {_items(found)}, too few")
    if error["type"] == "missing":
        field = _model_at(kind, inner[:-1]).model_fields[str(name)]
        return Problem(loc[:-1], f"missing key '{name}'", f"{name}: {field.description}{_choices(field)}", on="key")
    if error["type"] in ("too_short", "string_too_short"):
        return Problem(loc, f"{_name(loc)} must not be empty")
    if error["type"] == "too_long":
        return Problem(loc, f"{_name(loc)} has {_items(found)}, more than {error['ctx']['max_length']}")
    wanted = " or ".join(map(_wanted, errors if error is errors[0] else [error]))
    if _is_short(inner, value):
        loc = loc[:-1]
        wanted = "a whole number, null or a mapping" if error["type"] == "int_type" else wanted
    help_text = hint(errors[-1], str(loc[-1]))
    if found is None and help_text is None and isinstance(name, str) and path:
        help_text = "write a value behind it, or leave the key out"
    return Problem(loc, f"{_name(loc)} must be {wanted}, not {describe(found)}", help_text)


def _is_short(inner: SettingPath, value: Any) -> bool:
    """Whether a place is the key that the value of a section stands for, as `window: 3` for `{update: 3}`."""
    section, key = inner[-2:] if len(inner) > 1 else ("", "")
    if SHORT.get(str(section)) != key:
        return False
    for part in inner[:-1]:
        value = value[part]
    return not isinstance(value, dict)


def _inner_key(model: type[BaseModel], loc: SettingPath, value: Any) -> Problem | None:
    """A key of one of several choices that stands where the choice should, as `optimizer: {lr: 0.1}`."""
    what, key = CHOICES.get(model), str(loc[-1])
    for name, field in model.model_fields.items() if what else ():
        if any(key in inner.model_fields for inner in models_of(field.annotation)):
            shown = str(value).lower() if isinstance(value, str | int | float) else "…"
            message = f"{what} names one of {', '.join(model.model_fields)}, and '{key}' is none"
            return Problem(loc, message, f"write {what}: {{{name}: {{{key}: {shown}}}}}", on="key")
    return None


def describe(value: object) -> str:
    """A wrong value as people call it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 40 else value[:37] + '…'}'"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a whole number of very many digits"
    if isinstance(value, int | float):
        return str(value)
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else str(value)


def _items(found: Sequence[Any]) -> str:
    return f"{len(found)} item{'s' * (len(found) != 1)}"


def _name(loc: SettingPath) -> str:
    words = [str(part) for part in loc if isinstance(part, str)]
    return f"{words[-1]}" + (f"[{loc[-1]}]" if isinstance(loc[-1], int) else "")


_TYPES = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}

_FORMS = {
    "input": "a column, a list of columns, or a mapping",
    "loss": "the name of a loss, or a mapping",
    "optimizer": "the name of an optimizer, or a mapping",
    "reset": "one of sequence, window, epoch, never, or a mapping",
    "schedule": "the name of a schedule, or a mapping",
    "target": "a column or a mapping",
    "text": "a path, a list of paths, or a mapping",
}
"""What a section may be that has a short form."""


def _wanted(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "model_type":
        return _FORMS.get(str(error["loc"][-1]) if error["loc"] else "", "a mapping")
    if kind in _TYPES:
        return _TYPES[kind]
    limits = {
        "greater_than": ("above", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("below", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    if kind in limits:
        word, key = limits[kind]
        limit = context[key]
        return f"{word} {int(limit) if limit == int(limit) else limit}"
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return f"one of {choices}" if "," in choices else choices
    return str(error["msg"]).lower()


def _choices(field: Any) -> str:
    options = getattr(field.annotation, "__args__", ())
    if field.annotation in CHOICES:
        options = tuple(field.annotation.model_fields)
    return f" ({', '.join(options)})" if options and all(isinstance(o, str) for o in options) else ""


def _model_at(kind: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """The model that a place within a section belongs to."""
    model = kind
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = next(models_of(model.model_fields[part].annotation), model)
    return model
