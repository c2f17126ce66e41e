"""The keys of `data`, `model` and `training`, read off their types, and those of the tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rnnctl.config.expect.sections import MEMORY, SHARE, ExpectSection, MetricBound
from rnnctl.config.keys.examples import EXAMPLES, TASK_EXAMPLES
from rnnctl.config.keys.key import MAPPING, NOTHING, TEXT, Form, Key, list_of, one_of
from rnnctl.config.sections import (
    SHORT,
    DataSection,
    LossSection,
    ModelSection,
    OptimizerSection,
    ScheduleSection,
    Section,
    TrainingSection,
)

SECTIONS: Mapping[str, type[Section]] = {
    "data": DataSection,
    "model": ModelSection,
    "training": TrainingSection,
    "expect": ExpectSection,
}
METRIC = "expect.NAME"
"""The key that names a metric with its split, such as `test.mse`."""

_SHORT = {
    "data.text": "files",
    "data.input": "columns",
    "data.target": "column",
    **{f"training.{section}": key for section, key in SHORT.items()},
    "expect.parameters": "exactly",
    "expect.seeds": "count",
}
"""Of each section that may be written as a value alone, the key that this value stands for."""

_ALSO = {
    "expect.transcript": TEXT,
    "data.text": TEXT,
    "data.text.files": TEXT,
    "data.input": TEXT,
    "model.chain": list_of(Form(("layer",))),
}
"""What their types do not say: lists that may be one text, and what the list of layers holds."""

_PATTERNS = {**{f"{METRIC}.{name}": SHARE for name in ("above", "below", "within")}, "expect.memory.below": MEMORY}
"""What their texts must be in whole."""

NAMED = ("training.loss", "training.optimizer", "training.schedule")
"""The sections that name one of their keys; that name alone will do."""
ONE_OF = (*NAMED, "data.task", "cells.NAME.parameters.NAME.init")
"""The mappings that have one key."""


def section_keys() -> Iterator[Key]:
    """All that stands in the sections, each key before those inside it."""
    for name, section in SECTIONS.items():
        if section is ExpectSection:
            summary = "what is asked of a metric, by its split and name: `test.mse`, `valid.accuracy`"
            yield Key(METRIC, summary, MAPPING | NOTHING, EXAMPLES[METRIC], None)
            yield from _keys(METRIC, MetricBound)
        yield from _keys(name, section)


def _keys(path: str, section: type[BaseModel]) -> Iterator[Key]:
    for name, field in section.model_fields.items():
        yield from _with_inner(f"{path}.{name}", field)


def _with_inner(path: str, field: FieldInfo) -> Iterator[Key]:
    inner = next(_models(field.annotation), None)
    inside = list(_keys(path, inner)) if inner is not None else []
    form = _form(field.annotation, field.metadata)
    if short := _SHORT.get(path):
        form = next(key.form for key in inside if key.path == f"{path}.{short}").without("null") | form
    if path in NAMED:
        form = one_of(*(key.name for key in inside if key.parent == path)) | form
    is_choice = path.rpartition(".")[0] in NAMED
    if is_choice and not any(key.required for key in inside):  # `adam:`, with nothing behind it, takes all defaults
        form |= NOTHING
    elif is_choice:
        form = form.without("null")
    form |= _ALSO.get(path, Form())
    form = form._replace(pattern=_PATTERNS.get(path))
    if path == "data.task":
        from rnnctl.data.tasks import TASKS

        form, inside = one_of(*TASKS) | form, list(_tasks())
    yield Key(
        path,
        field.description or "",
        form,
        EXAMPLES[path],
        ... if field.is_required() or is_choice else _default(path, field),
        required=field.is_required(),
        short=short,
        source=inner.__doc__ if inner is not None and is_choice and re.search(r"\d{4}", inner.__doc__ or "") else None,
    )
    yield from inside


def _default(path: str, field: FieldInfo) -> Any:
    """A default as it would be written, in its short form where that says all."""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, LossSection | OptimizerSection | ScheduleSection):
        return value.chosen[0]
    if not isinstance(value, Section):
        return list(value) if isinstance(value, tuple) else value
    given = {key: inner for key, inner in value if inner is not None}
    return given[_SHORT[path]] if set(given) == {_SHORT.get(path)} else given


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


_TYPES: Mapping[Any, Form] = {
    NoneType: NOTHING,
    bool: Form(("boolean",)),
    float: Form(("number",)),
    int: Form(("integer",)),
    str: TEXT,
}
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def _form(annotation: Any, metadata: Sequence[Any] = ()) -> Form:
    """What a value of this type may be."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _form(arguments[0], (*arguments[1:], *metadata))
    if origin in (Union, UnionType):
        form = Form()
        for argument in arguments:
            form |= _form(argument)
    elif origin is Literal:
        form = one_of(*arguments)
    elif origin is list:
        form = Form(("array",), items=None if arguments[0] is Any else _form(arguments[0]))
    elif origin is tuple:
        [item] = {repr(_form(a)): _form(a) for a in arguments}.values()
        form = Form(("array",), limits={"minItems": len(arguments), "maxItems": len(arguments)}, items=item)
    elif origin is dict or annotation is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        form = MAPPING
    else:
        form = _TYPES[annotation]
    return form._replace(limits={**form.limits, **dict(_limits(metadata, form))})


def _limits(metadata: Sequence[Any], form: Form) -> Iterator[tuple[str, float]]:
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _limits(item.metadata, form)
        for name, word in _BOUNDS.items():
            if (value := getattr(item, name, None)) is not None:
                yield word, value
        if (least := getattr(item, "min_length", None)) is not None:
            yield ("minItems" if "array" in form.types else "minLength"), least
        if (most := getattr(item, "max_length", None)) is not None:
            yield ("maxItems" if "array" in form.types else "maxLength"), most


def _tasks() -> Iterator[Key]:
    from rnnctl.data.tasks import TASKS

    for task in TASKS.values():
        path = f"data.task.{task.name}"
        examples = {option.name: TASK_EXAMPLES[option.name] for option in task.options[:2]}
        yield Key(path, task.summary, MAPPING | NOTHING, (examples,), source=task.source)
        for option in task.options:
            form = Form(
                ("integer" if option.kind == "integer" else "number",),
                limits={"minimum": option.least, "maximum": option.most},
            )
            yield Key(f"{path}.{option.name}", option.summary, form, (TASK_EXAMPLES[option.name],), option.default)
