"""The format of configs as a JSON Schema of draft-07, for editors.

It says no more than an editor can tell well: what is wrong gives one message, at its place. So there is no `anyOf` and
no `oneOf`, of which a validator can only say that nothing matched. The words of several types stand side by side
instead, since each of them concerns one type alone; and where that is not enough `if` asks for the type.

A text with `${…}` in it may stand for any value. What must be there, and which layers there are, is asked of a file
that does not extend another one. The schema is never stricter than rnnctl; it is looser where it would have to know
the data, or two sections together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnctl.catalogue import names
from rnnctl.config.expect.meant import METRICS
from rnnctl.config.expect.promises import SPLITS
from rnnctl.config.keys import Form, Key, all_keys, inside
from rnnctl.config.keys.chain import CHAIN, METHODS, PLAIN
from rnnctl.config.keys.key import INITIALIZER
from rnnctl.config.keys.sections import METRIC, ONE_OF
from rnnctl.config.keys.written import flow
from rnnctl.config.members import MEMBERS

Schema = dict[str, Any]
_ONE = {"minProperties": 1, "maxProperties": 1}
_CLIPS = "training.clip"
_CLIP = {
    "if": {"properties": {"value": {"type": "number"}}, "required": ["value"]},
    "then": {"properties": {"norm": {"type": "null"}}},
}
"""Of the two keys of `clip` one is a number; the other may be null."""
"""A mapping of one key: beside its properties an editor would offer none of them."""
_COLUMN_METRICS = r"^(train|valid|test)\.(baseline_)?mse\.."
"""The keys of `expect` that name the metric of a column; all others that name one are listed, for editors to offer."""
_PLACEHOLDER = {"$ref": "#/definitions/placeholder"}


def schema() -> Schema:
    """The whole schema, as plain values in the order in which a config has its keys."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:rnnctl:config",
        "title": "rnnctl config",
        "description": "A recurrent model from a YAML file: its data, its layers, and how it is trained.",
        "type": "object",
        **_mapping(""),
        "if": {"required": ["extends"]},
        "else": {
            **_required(""),
            "allOf": [{"if": {"required": ["cells"]}, "else": _at(CHAIN, {"items": _ref("known")})}],
        },
        "definitions": {
            "placeholder": {"type": "string", "pattern": r"\$\{"},
            "merged": {
                "type": ["string", "object"],
                "pattern": r"\$\{",
                "properties": {key: {"type": ["array", "string"]} for key in ("append", "prepend")},
                "additionalProperties": False,
                "minProperties": 1,
            },
            "layer": {"type": ["object", "string"], **_one_layer()},
            "layers": {"type": ["object", "string", "array"], **_one_layer(), "items": _ref("layer"), "minItems": 1},
            "known": _known(),
            "matrix": _value(INITIALIZER, _methods()),
            "vector": _value(PLAIN, _methods()),
            "metric": _of(all_keys()[METRIC]),
            **{f"layer.{name}": _of(all_keys()[f"{CHAIN}.{name}"]) for name in _NAMES},
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _at(path: str, inner: Schema) -> Schema:
    """What is said of a key, said of the root."""
    for name in reversed(path.split(".")):
        inner = {"properties": {name: {"doNotSuggest": True, **inner}}}
    return inner


def _of(key: Key) -> Schema:
    """A key: what it means, and what its value may be."""
    if key.path == f"{CHAIN}.bidirectional":
        return {**_words(key), **_bidirectional()}
    if key.parent.endswith(".init") and key.path.startswith(CHAIN):
        return {**_words(key), "allOf": [_ref("matrix" if key.form == INITIALIZER else "vector")]}
    one = {"allOf": [{"maxProperties": 1}]} if key.path in ONE_OF else {"allOf": [_CLIP]} if key.path == _CLIPS else {}
    said = {**_words(key), **one, **_value(key.form, _inner(key), brief=not key.example)}
    if key.form.pattern is not None:
        said["else"]["patternErrorMessage"] = key.summary
    return said


def _words(key: Key) -> Schema:
    """What is told of a key; the longer text is for editors that show markdown, and offer no mapping as an example."""
    default = {} if key.default is ... else {"default": key.default}
    plain = [example for example in key.examples if not isinstance(example, dict)]
    more = f"; default `{flow(key.default)}`" if default else "; must be given" if key.required else ""
    longer = "".join(f"\n\n`{key.name}: {flow(e)}`" for e in key.examples if plain and e not in plain)
    return {
        "title": key.path,
        "description": key.summary,
        "markdownDescription": f"{key.summary}\n\n*{key.type}*{more}{longer}",
        **default,
        "examples": plain or list(key.examples),
    }


# values


def _value(form: Form, inner: Schema, *, brief: bool = False) -> Schema:
    """What a value of this form may be; `inner` is what is said of it where it is a mapping.

    A mapping that mostly has nothing in it is `brief`: no editor should open it.
    """
    if form.types in (("layer",), ("layers",)):
        return {"allOf": [_ref(form.types[0])]}
    types = sorted(form.types, key=lambda t: t != "null")  # an editor takes the first for what a default is
    shared: Schema = dict(form.limits)
    wanted: Schema = {"type": types if len(types) > 1 else types[0]} if types else {}
    items = {"items": _value(form.items, {})} if form.items is not None else {}
    if set(types) <= {"array", "null"}:
        shared |= items
    else:
        wanted |= items
    if form.choices:
        shared["defaultSnippets"] = [{"label": choice, "body": choice} for choice in form.choices]
        wanted = _chosen(form, types, wanted, inner)
    elif set(types) <= {"object", "null"} and not brief:  # where an editor looks first
        shared |= inner
    else:
        wanted |= inner
    if "array" in types:
        more = dict.fromkeys(("append", "prepend"), _added(form, items))
        return {**shared, "if": _ref("merged"), "then": {"properties": more}, "else": wanted}
    if form.pattern is not None:
        wanted |= {"pattern": f"^{form.pattern}$"}
    elif "string" in types:
        return {**shared, **wanted}
    return {**shared, "if": _PLACEHOLDER, "else": wanted}


def _added(form: Form, items: Schema) -> Schema:
    """What may be added to a list: a list; of texts one text too, which may be a reference in any case."""
    if form.items is not None and (form.items.choices or "string" in form.items.types):
        return items
    return {"if": _PLACEHOLDER, "else": {"type": "array", **items}}


def _chosen(form: Form, types: Sequence[str], others: Schema, inner: Schema) -> Schema:
    """One of the choices, or a value of one of the types."""
    rest = set(types) - {"null"}
    choices = {"enum": [*form.choices, *([None] if "null" in types else [])]}
    if not rest:
        return choices
    if rest == {"object"}:  # nothing yet is taken for a mapping to be, so that an editor offers its keys
        then = {**inner, "if": {"type": "null"}, "then": choices}
        return {"if": {"type": ["null", "object"]}, "then": then, "else": choices}
    return {"if": {"type": "string"}, "then": choices, "else": {**others, **inner}}


def _inner(key: Key) -> Schema:
    """What is said of a key's value where it is a mapping."""
    if "object" not in key.form.types or key.path == "vars":
        return {}
    must = {"allOf": [_must(key.path)]} if key.path == f"{CHAIN}.stack" else {}
    return {**_mapping(key.path), **must}


def _mapping(path: str) -> Schema:
    """Its keys, and no other; where they are the user's to name, what stands under each."""
    found = inside(path)
    if [key.name for key in found] == ["NAME"]:
        return {"additionalProperties": _of(found[0])}
    properties = {key.name: _of(key) for key in found if key.name != "NAME"}
    if path == "expect":
        metrics = {f"{split}.{name}": _ref("metric") for split in SPLITS for name in METRICS}
        named = {"patternProperties": {_COLUMN_METRICS: _ref("metric")}}
        return {"properties": {**metrics, **properties}, **named, "additionalProperties": False}
    if path.startswith(f"{CHAIN}.") and path.rpartition(".")[2] in names():
        properties |= {name: _idle(path, name) for name in ("initial_state", "init") if name not in properties}
    return {"properties": properties, "additionalProperties": False}


def _idle(path: str, name: str) -> Schema:
    """What every layer may be told, of one that has no use for it."""
    what = "state" if name == "initial_state" else "parameters"
    words = {"title": f"{path}.{name}", "description": f"none: this layer has no {what}", "default": None}
    return {**words, "examples": [None], "type": ["null", "object"], "maxProperties": 0, "doNotSuggest": True}


def _methods() -> Schema:
    """First values of a parameter, by a method that takes numbers; where a layer is used these are no expressions."""
    properties: Schema = {}
    for name, form in METHODS.items():
        words = _words(all_keys()[f"cells.NAME.parameters.NAME.init.{name}"])
        numbers = [example for example in words["examples"] if not isinstance(example, str)] or [0.1]
        properties[name] = {**words, "title": f"init.{name}", "examples": numbers, **_value(form, {})}
    return {"properties": properties, "additionalProperties": False, "allOf": [_ONE]}


def _required(path: str) -> Schema:
    """Which keys must be there, in a mapping and all that it holds; nothing of it is to be offered twice."""
    inner = {key.name: below for key in inside(path) if key.path != CHAIN and (below := _required(key.path))}
    if list(inner) == ["NAME"]:
        return {"additionalProperties": inner["NAME"]}
    properties = {name: {"doNotSuggest": True, **below} for name, below in inner.items()}
    one = {"minProperties": 1} if path in (*ONE_OF, _CLIPS) else {}
    return {**_must(path), **one, **({"properties": properties} if properties else {})}


def _must(path: str) -> Schema:
    """Which keys must be there, and what they say of each other, asked where each of them is known.

    One that is unknown may be the one that is missed, and has a message of its own.
    """
    known = [key.name for key in inside(path)]
    must = [key.name for key in inside(path) if key.required]
    then = {**({"required": must} if must else {}), **({"allOf": list(_RULES[path])} if path in _RULES else {})}
    return {"if": {"propertyNames": {"enum": known}}, "then": then} if then else {}


def _unless_referred(inner: Schema) -> Schema:
    return {"doNotSuggest": True, "if": _PLACEHOLDER, "else": inner}


def _brings_its_own(source: str) -> Schema:
    """Data that says itself what is shown and asked."""
    given = {"type": ["string", "array", "object"], "not": _PLACEHOLDER}
    none = _unless_referred({"type": "null", "errorMessage": f"data is one of csv, text, task, and {source} is given"})
    own = _unless_referred({"type": "null", "errorMessage": f"a {source} brings its own"})
    others = {name: none for name in ("csv", "text", "task") if name != source}
    others |= dict.fromkeys(("id", "time", "input", "target"), own)
    return {"if": {"required": [source], "properties": {source: given}}, "then": {"properties": others}}


_NULL = {"type": "null"}
_RULES: Mapping[str, Sequence[Schema]] = {
    "data": (
        {
            "if": {"properties": dict.fromkeys(("csv", "text", "task"), False)},
            "then": {"required": ["csv"], "errorMessage": "data is one of csv, text, task"},
        },
        {
            "if": {"required": ["csv"], "properties": {"csv": {"type": "string"}, "text": _NULL, "task": _NULL}},
            "then": {"required": ["input", "target"]},
        },
        _brings_its_own("text"),
        _brings_its_own("task"),
        {
            "if": {
                "required": ["target"],
                "properties": {
                    "target": {"type": "object", "required": ["each"], "properties": {"each": {"const": "sequence"}}}
                },
            },
            "then": {
                "required": ["id"],
                "errorMessage": "one target a sequence needs an id, the column that tells sequences apart",
            },
        },
    ),
    "training": (
        {
            "if": {"required": ["batching"], "properties": {"batching": {"const": "streams"}}},
            "then": {
                "properties": {
                    "shuffle": _unless_referred({"enum": [False, None], "errorMessage": "streams cannot be shuffled"})
                }
            },
        },
    ),
}
"""What keys of one section say of each other; the rest is rnnctl's own to tell."""


# chains


_NAMES = (*names(), *MEMBERS)
_BARE = {"type": "object", "propertyNames": {"not": {"enum": ["layer", "merge"]}}}
"""A layer under `bidirectional`, and not the mapping that says how to merge."""
_MAPPING = {"type": "object"}


def _one_layer() -> Schema:
    """A mapping of a layer's name and its options; that there are others, which are the user's, is told by `known`."""
    return {
        "properties": {name: _ref(f"layer.{name}") for name in _NAMES},
        "allOf": [_ONE],
    }


def _bidirectional() -> Schema:
    return {
        "type": ["object", "string", "array"],
        "items": _ref("layer"),
        "minItems": 1,
        "properties": (inner := _mapping(f"{CHAIN}.bidirectional"))["properties"],
        "if": _BARE,
        "then": _ref("layers"),
        "else": {
            "properties": dict.fromkeys(inner["properties"], True),
            "additionalProperties": False,
            **_must(f"{CHAIN}.bidirectional"),
        },
    }


def _known() -> Schema:
    """Layers of the catalogue and members alone, in a chain and all that its members hold."""
    hidden = {"doNotSuggest": True}
    known = {**hidden, "allOf": [_ref("known")]}
    inner = {**hidden, "properties": {"layer": known}}
    return {
        "items": _ref("known"),
        "if": {"type": "string"},
        "then": {"if": _PLACEHOLDER, "else": {"enum": list(_NAMES)}},
        "else": {
            "propertyNames": {"enum": list(_NAMES)},
            "properties": {
                "residual": known,
                "stack": inner,
                "bidirectional": {
                    **hidden,
                    "if": _BARE,
                    "then": known,
                    "else": {"if": _MAPPING, "then": inner, "else": known},
                },
            },
        },
    }
