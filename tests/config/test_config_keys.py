"""Every key that may be written has its place in one table, which says of it what the program does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from rnnctl.catalogue import definition, names
from rnnctl.catalogue.reader import SECTIONS as PARTS_OF_A_CELL
from rnnctl.catalogue.reader import Reader
from rnnctl.config import parse_config
from rnnctl.config.checks import CHECKS
from rnnctl.config.expect.sections import MetricBound
from rnnctl.config.keys import Form, Key, all_keys, inside
from rnnctl.config.keys.examples import EXAMPLES, WITH
from rnnctl.config.keys.key import INITIALIZER, list_of, one_of, words
from rnnctl.config.keys.related import keys_alike, page_of, related_checks, related_keys
from rnnctl.config.keys.sections import METRIC, SECTIONS
from rnnctl.config.keys.written import example, example_lines, flow
from rnnctl.config.layers import extras_of
from rnnctl.config.members import MEMBERS
from rnnctl.config.places import TOP
from rnnctl.config.unknown import models_of
from rnnctl.data.tasks import TASKS
from rnnctl.document import dump, parse
from rnnctl.equations.options import options_of
from rnnctl.report.pages import pages

KEYS = all_keys()
every_key = pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))


# every key there is, and no other


def of_types(path: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{path}.{name}"
        for inner in models_of(field.annotation):
            yield from of_types(f"{path}.{name}", inner)


def of_layers() -> Iterator[str]:
    for name in names():
        found = definition(name)
        extras = set(extras_of(found)) - ({"initial_state"} if not found.states else set())
        extras -= {"init"} if not found.parameters else set()
        yield f"model.chain.{name}"
        yield from (f"model.chain.{name}.{option}" for option in (*options_of(found), *extras))
        yield from (f"model.chain.{name}.init.{parameter}" for parameter in found.parameters)


def test_there_is_a_key_for_all_that_may_be_written() -> None:
    paths = set(TOP)
    for section, model in SECTIONS.items():
        paths |= set(of_types(section, model))
    for task in TASKS.values():
        paths |= {f"data.task.{task.name}", *(f"data.task.{task.name}.{option.name}" for option in task.options)}
    paths |= set(of_layers())
    paths |= {f"model.chain.{member}" for member in MEMBERS}
    paths |= {f"model.chain.stack.{key}" for key in ("layer", "depth", "dropout", "per")}
    paths |= {f"model.chain.bidirectional.{key}" for key in ("layer", "merge")}
    paths |= {METRIC, *of_types(METRIC, MetricBound)}
    paths |= {"cells.NAME", *(f"cells.NAME.{part}" for part in PARTS_OF_A_CELL)}
    deeper = {path for path in KEYS if path.startswith("cells.NAME.") and path.count(".") > 2}
    assert set(KEYS) - deeper == paths
    assert list(TOP) == [key.path for key in inside("")]
    assert all(path == key.path for path, key in KEYS.items())


def test_the_parts_of_a_definition_are_those_that_are_read() -> None:
    """Each is taken, and one beside them is not."""
    for path in ("inputs", "options", "state", "parameters", "draws"):
        known = [key.name for key in inside(f"cells.NAME.{path}.NAME")]
        reader = Reader("cell")
        reader.definition({"output": "0", path: {"a": dict.fromkeys([*known, "beside"])}})
        told = {error.help for error in reader.errors if error.message == "unknown key 'beside'"}
        assert told == {f"known here: {', '.join(known)}"}, path


@every_key
def test_a_key_says_what_it_is(key: Key) -> None:
    assert key.summary
    assert not key.summary.endswith((".", " "))
    assert key.type
    assert key.examples
    assert key.form.choices or set(key.form.types) - {"null"}
    assert not (key.required and key.default is not ...)
    assert key.parent == "" or key.parent in KEYS
    if key.short is not None:
        assert f"{key.path}.{key.short}" in KEYS


def test_no_example_is_of_a_key_that_is_not() -> None:
    assert set(EXAMPLES) | set(WITH) <= set(KEYS)


# what is said of a key is so

BASE: dict[str, Any] = {
    "data": {"csv": "a.csv", "id": "who", "input": "a", "target": "b"},
    "model": {"chain": [{"dense": 4}]},
    "training": {"loss": "mse", "batching": "streams"},
}


def whole(part: dict[str, Any]) -> str:
    """A config with a part of one in it."""
    [(section, value)] = part.items()
    if section == "data":
        own = {"csv": "a.csv", "id": "who", "input": "a", "target": "b"}
        return dump({**BASE, "data": {**({} if {"text", "task"} & set(value) else own), **value}})
    if section == "model":
        return dump({**BASE, "model": {"chain": [*value["chain"], "dense"]}})
    if section == "training":
        return dump({**BASE, "training": {"loss": "mse", **value}})
    if section == "cells":
        return dump({**BASE, "cells": value, "model": {"chain": [{"leaky": 4}, "dense"]}})
    return dump(
        {
            **part,
            **BASE,
            "training": {**BASE["training"], "batch": "${vars.width}"} if "vars" in part else {**BASE["training"]},
        }
    )


@pytest.mark.parametrize(
    "key", [key for key in KEYS.values() if key.path != "extends" and "cells.NAME." not in key.path], ids=str
)
def test_every_example_is_read(key: Key) -> None:
    """As it stands in `rnnctl explain`, with the rest of a config around it."""
    for value in key.examples:
        written = "\n".join(example_lines(key, value))
        part = parse(written, "example.yaml").value
        assert part == parse(dump(example(key, value)), "example.yaml").value
        text = whole(part)
        parse_config(text.replace("batching: streams\n", "") if "bidirectional" in text else text, "example.yaml")


@pytest.mark.parametrize("key", [key for key in KEYS.values() if "cells.NAME." in key.path], ids=lambda key: key.path)
def test_every_example_of_a_part_of_a_definition_is_read(key: Key) -> None:
    for value in key.examples:
        [part] = parse("\n".join(example_lines(key, value)), "example.yaml").value["cells"].values()
        reader = Reader("leaky")
        reader.definition({"output": "0", **part})
        assert [error.message for error in reader.errors] == []


def taken(section: str, value: dict[str, Any]) -> Any:
    return SECTIONS[section].model_validate({name: part for name, part in value.items() if "." not in name})


OF_SECTIONS = [
    key for key in KEYS.values() if key.path.partition(".")[0] in ("data", "training", "expect") and key.parent
]
OF_SECTIONS = [key for key in OF_SECTIONS if key.parent and not key.path.startswith(("data.task.", METRIC))]


def at(key: Key, value: Any) -> dict[str, Any]:
    """The section that a key stands in, with this value."""
    [(section, part)] = example(key, value).items()
    return {"loss": "mse", **part} if section == "training" else part


@pytest.mark.parametrize("key", OF_SECTIONS, ids=lambda key: key.path)
def test_what_a_key_may_be_is_what_its_section_takes(key: Key) -> None:
    section = key.path.partition(".")[0]
    values: dict[str, Any] = {
        "integer": 7,
        "number": 0.5,
        "boolean": True,
        "string": "zzz",
        "array": ["zzz"],
        "null": None,
    }
    values["array"] = [0.5, 0.5] if key.name == "betas" else values["array"]
    for type_, value in values.items():
        is_taken = type_ in key.form.types or (type_ == "integer" and "number" in key.form.types)
        if type_ == "integer" and 1 in (key.form.limits.get("maximum"), key.form.limits.get("exclusiveMaximum")):
            continue  # 7 is a number, and too large
        if key.path == "data.task" and type_ == "string":
            continue  # whose names are looked up elsewhere
        if is_taken:
            taken(section, at(key, value))
        else:
            with pytest.raises(ValidationError):
                taken(section, at(key, value))
    for choice in key.choices:
        if (key.name, choice) != ("schedule", "step"):  # which needs an option
            taken(section, at(key, choice))


STEP = 2**-20


@pytest.mark.parametrize("key", [key for key in OF_SECTIONS if key.form.limits], ids=lambda key: key.path)
def test_limits_are_those_of_the_section(key: Key) -> None:
    section = key.path.partition(".")[0]
    step = 1 if "integer" in key.form.types else STEP
    for word, bound in key.form.limits.items():
        inside_, outside = {
            "minimum": (bound, bound - step),
            "maximum": (bound, bound + step),
            "exclusiveMinimum": (bound + step, bound),
            "exclusiveMaximum": (bound - step, bound),
        }.get(word, (None, None))
        if inside_ is not None:
            values = [[inside_] * 2, [outside] * 2] if "array" in key.form.types else [inside_, outside]
            taken(section, at(key, values[0]))
            with pytest.raises(ValidationError):
                taken(section, at(key, values[1]))


@pytest.mark.parametrize("key", [key for key in OF_SECTIONS if key.default is not ...], ids=lambda key: key.path)
def test_a_default_is_what_holds_without_the_key(key: Key) -> None:
    section = key.path.partition(".")[0]
    given = at(key, key.default)
    without: Any = dict(given)
    inner = without
    for part in key.path.split(".")[1:-1]:
        inner[part] = dict(inner[part])
        inner = inner[part]
    del inner[key.name]
    assert taken(section, given) == taken(section, without)


@pytest.mark.parametrize("key", [key for key in KEYS.values() if key.short is not None], ids=lambda key: key.path)
def test_a_short_form_is_the_long_one(key: Key) -> None:
    plain = [value for value in key.examples if not isinstance(value, dict)] or [key.example]
    for value in plain:
        long = {key.short: [value] if isinstance(value, str) and key.short in ("columns", "files") else value}
        section = key.path.partition(".")[0]
        if section != "model":
            assert taken(section, at(key, value)) == taken(section, at(key, long))
        else:
            pair = [parse_config(_chain(key, v), "c.yaml").layers for v in (value, long)]
            assert _plain(pair[0]) == _plain(pair[1])


def _chain(key: Key, value: Any) -> str:
    return dump({**BASE, "model": {"chain": [{key.name: value}, "dense"]}, "training": {"loss": "mse"}})


def _plain(layers: Any) -> str:
    """Layers without the places that they stand at."""
    return repr([getattr(layer, "options", getattr(layer, "members", None)) for layer in layers]).replace(
        "'layer', ", ""
    )


def test_options_of_layers() -> None:
    for name in names():
        for option, known in options_of(definition(name)).items():
            key = KEYS[f"model.chain.{name}.{option}"]
            assert key.required == (known.default is None)
            assert key.required or key.default == known.default
            assert known.complaint(key.example) is None
            bounds = {known.at_least, known.at_most, known.above, known.below} - {None}
            assert set(key.form.limits.values()) == bounds


def test_options_of_tasks() -> None:
    for task in TASKS.values():
        for option in task.options:
            key = KEYS[f"data.task.{task.name}.{option.name}"]
            assert (key.default, key.summary) == (option.default, option.summary)
            assert list(key.form.limits.values()) == [option.least, option.most]


# words


def test_a_form_in_words() -> None:
    assert KEYS["training.window"].type == "whole number, at least 1, at most 1,000,000,000 or mapping"
    assert KEYS["training.reset"].type == "sequence, window, epoch, never or mapping"
    assert KEYS["training.seed"].type == "whole number, at least 0, below 2^63"
    assert KEYS["data.input"].type == "text or list of texts or mapping"
    assert KEYS["model.chain"].type == "list of layers"
    assert KEYS["model.chain.residual"].type == "layer or list of layers"
    assert words(one_of("a", "b") | Form(("boolean", "null")), "`") == "`a`, `b` or `true` or `false`"
    assert words(list_of(INITIALIZER)) == "list"


def test_values_on_one_line() -> None:
    value = {"a": [1, "x y", None], "b": {"c": True, "d": 1e-8, "e": "no"}, "f": "h' = x\n", "g": "a, b"}
    line = flow(value)
    assert line == '{a: [1, x y, null], b: {c: true, d: 1e-08, e: "no"}, f: "h\' = x\\n", g: "a, b"}'
    assert parse(f"v: {line}", "c.yaml").value["v"] == value


def test_examples_hold_what_they_need() -> None:
    assert example_lines(KEYS["training.window.backward"]) == ["training:", "  window: {update: 8, backward: 24}"]
    assert example_lines(KEYS["model.chain.lstm.initial_state"]) == [
        "model:",
        "  chain:",
        "    - lstm: {size: 32, initial_state: learned}",
    ]
    assert example_lines(KEYS["cells.NAME.equations"]) == [
        "cells:",
        "  leaky:",
        "    equations: |",
        "      h' = 0.9 * h + 0.1 * tanh(W @ x)",
    ]


# what else to look at


@every_key
def test_what_is_related_is_there(key: Key) -> None:
    assert set(related_keys(key)) <= set(KEYS) - {key.path}
    assert all(check in CHECKS.values() for check in related_checks(key))
    assert page_of(key) in pages()


def test_checks_are_found_by_what_they_tell_of() -> None:
    assert "window-cuts-nothing" in {check.id for check in related_checks(KEYS["training.window"])}
    assert "shuffled-streams" in {check.id for check in related_checks(KEYS["training.batching"])}
    assert related_checks(KEYS["training.schedule.step"]) == []
    assert related_keys(KEYS["data.csv"]) == ["data.text", "data.task"]
    assert [key.path for key in keys_alike(KEYS["training.schedule.cosine.to"])] == [
        "training.schedule.linear.to",
        "training.schedule.cosine.to",
    ]


def test_only_those_who_explain_pay_for_it() -> None:
    code = (
        "import sys; from rnnctl.cli import validate\n"
        "print([n for n in sys.modules if 'config.keys' in n or n in ('rnnctl.config.schema', 'jsonschema')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
