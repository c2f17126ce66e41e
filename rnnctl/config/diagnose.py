"""What pydantic found wrong -> problems in words for people, each at its setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rnnctl.config.sections import DataSection, ModelSection, Section, TrainingSection
from rnnctl.errors import Problem, SettingPath, nearest

S = TypeVar("S", bound=Section)
SECTIONS: Mapping[str, type[Section]] = {"data": DataSection, "model": ModelSection, "training": TrainingSection}


def validated(kind: type[S], value: object, path: SettingPath) -> tuple[S | None, list[Problem]]:
    """The section that a plain value is, or all that is wrong with it."""
    try:
        return kind.model_validate(value), []
    except ValidationError as error:
        return None, [_problem(kind, e, path) for e in error.errors(include_url=False)]


def _problem(kind: type[Section], error: Any, path: SettingPath) -> Problem:
    loc: SettingPath = (*path, *error["loc"])
    found, name = error["input"], loc[-1]
    if error["type"] == "extra_forbidden":
        return unknown_key(loc, tuple(_model_at(kind, error["loc"][:-1]).model_fields))
    if error["type"] == "missing":
        field = _model_at(kind, error["loc"][:-1]).model_fields[str(name)]
        return Problem(loc[:-1], f"missing key '{name}'", f"{name}: {field.description}{_choices(field)}", on="key")
    return Problem(loc, f"{_name(loc)} must be {_wanted(error)}, not {describe(found)}", _hint(error))


def unknown_key(path: SettingPath, known: Sequence[str]) -> Problem:
    """A key that its section does not have: with the nearest it has, or where else it is known."""
    key = str(path[-1])
    help_text = f"known here: {', '.join(known)}"
    if guess := nearest(key, known):
        help_text = f"did you mean '{guess}'? {help_text}"
    elif home := next((s for s, model in SECTIONS.items() if key in model.model_fields and s != path[0]), None):
        help_text = f"'{key}' belongs under `{home}`"
    return Problem(path, f"unknown key '{key}'", help_text, on="key")


def describe(value: object) -> str:
    """A wrong value as people call it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 40 else value[:37] + '…'}'"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else str(value)


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
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
}


def _wanted(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
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
        return f"{word} {context[key]:g}"
    if kind == "literal_error":
        return f"one of {str(context['expected']).replace(chr(39), '').replace(' or ', ', ')}"
    if kind == "too_short":
        return f"a list of at least {context['min_length']}"
    if kind == "too_long":
        return f"a list of at most {context['max_length']}"
    if kind == "missing":
        return "given"
    return str(error["msg"]).lower()


def _hint(error: Any) -> str | None:
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        choices = [c.strip(" '") for c in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        guess = nearest(error["input"], choices)
        return f"did you mean '{guess}'?" if guess else None
    if error["type"] == "bool_type" and error["input"] in ("yes", "no", "on", "off"):
        return "write true or false: yes, no, on and off are text"
    return None


def _choices(field: Any) -> str:
    options = getattr(field.annotation, "__args__", ())
    return f" ({', '.join(options)})" if options and all(isinstance(o, str) for o in options) else ""


def _model_at(kind: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """The model that a place within a section belongs to."""
    model = kind
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models(model.model_fields[part].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)
