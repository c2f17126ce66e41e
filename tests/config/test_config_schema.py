"""The JSON Schema of configs, asked of a validator: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from rnnctl.catalogue import names
from rnnctl.config import load_config, parse_config
from rnnctl.config.checks import CHECKS
from rnnctl.config.keys import Key, all_keys
from rnnctl.config.keys.sections import NAMED
from rnnctl.config.keys.written import example
from rnnctl.config.members import MEMBERS
from rnnctl.config.read import _NAME
from rnnctl.config.resolve import examined, resolve
from rnnctl.config.schema import schema
from rnnctl.document import dump, load, parse
from rnnctl.errors import RnnctlError

ROOT = Path(__file__).parents[2]
SCHEMA = schema()
VALIDATOR = Draft7Validator(SCHEMA)
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
WRITTEN = {str(path.relative_to(ROOT)): load(path).value for path in CONFIGS}
SINE = {"data": {"task": "sine"}, "model": {"chain": [{"lstm": 32}, {"dense": 1}]}, "training": {"loss": "mse"}}

every_config = pytest.mark.parametrize("value", WRITTEN.values(), ids=list(WRITTEN))


def told(value: Any) -> list[tuple[str, str]]:
    """What is wrong with a config: the path of each place, and the message there."""
    return [(".".join(map(str, e.absolute_path)), e.message) for e in VALIDATOR.iter_errors(value)]


def sine(**parts: Any) -> dict[str, Any]:
    """A config of a sine, with keys of `training`, another `chain`, or other sections."""
    training = {key: parts.pop(key) for key in list(parts) if key in SCHEMA["properties"]["training"]["properties"]}
    chain = parts.pop("chain", SINE["model"]["chain"])
    return {**SINE, "model": {"chain": chain}, "training": {**SINE["training"], **training}, **parts}


# the schema itself


def test_it_is_of_draft_07() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert list(SCHEMA["properties"]) == [key.path for key in all_keys().values() if not key.parent]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the schema."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def test_nothing_is_a_choice_between_schemas() -> None:
    """Of which a validator could only say that none of them matched."""
    assert not [part for part in parts(SCHEMA) if {"anyOf", "oneOf"} & set(part)]


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key, as the schema has it; what only says of a key that it must be there is none."""
    for part in parts(SCHEMA):
        inner = part.get("properties", {})
        for name, field in inner.items() if isinstance(inner, dict) and "title" not in inner else ():
            if isinstance(field, dict) and not field.get("doNotSuggest") and name not in ("append", "prepend"):
                while "$ref" in field:
                    field = SCHEMA["definitions"][field["$ref"].rpartition("/")[2]]  # noqa: PLW2901
                if "title" in field:
                    yield field["title"], field


FIELDS = dict(fields())


def test_every_key_is_described() -> None:
    paths = {key.path for key in all_keys().values() if key.name != "NAME" and ".init." not in key.path}
    assert paths <= set(FIELDS)
    for path, field in FIELDS.items():
        assert field["description"], path
        assert field["markdownDescription"].startswith(field["description"]), path
        assert field["examples"], path
        key = all_keys().get(path)
        if key is not None:
            assert ("default" in field) == (key.default is not ...), path
            assert key.default is not ... or key.required or key.path in HAVE_NO_DEFAULT or _is_choice(key), path


HAVE_NO_DEFAULT = {"name"}
"""What is called by the file's name where it is not given."""


def _is_choice(key: Key) -> bool:
    """Whether a key is there or not, and has no value where it is not: a layer, a task, a part of a definition."""
    is_named = key.parent in ("model.chain", "data.task", *NAMED)
    return is_named or key.path.startswith("cells.NAME") or ".init." in key.path


@pytest.mark.parametrize("path", FIELDS)
def test_defaults_and_examples_are_of_their_own_schema(path: str) -> None:
    field = FIELDS[path]
    for value in [*field["examples"], *([field["default"]] if "default" in field else [])]:
        errors = list(VALIDATOR.evolve(schema=field).iter_errors(value))
        assert not errors, (value, errors[0].message)


@pytest.mark.parametrize("path", [key.path for key in all_keys().values() if "NAME." not in key.path])
def test_every_example_may_stand_where_it_stands(path: str) -> None:
    """In a file that extends another one, where it is all that is written."""
    key = all_keys()[path]
    for value in key.examples:
        assert told({"extends": "base.yaml", **example(key, value)}) == []


def test_the_name_is_what_rnnctl_takes_for_one() -> None:
    assert all_keys()["name"].form.pattern == _NAME.pattern


# what it takes


@every_config
def test_it_takes_every_config(value: dict[str, Any]) -> None:
    assert told(value) == []


def of_others() -> Iterator[Any]:
    """Configs from elsewhere: the pages, the templates, and what shows each check."""
    for path in sorted((ROOT / "rnnctl" / "docs").glob("*.md")):
        for i, block in enumerate(re.findall(r"```yaml\n(.*?)```\n(?!```text\nerror)", path.read_text(), re.DOTALL)):
            try:
                value = parse(block, path.name).value
            except RnnctlError:
                continue
            if {"data", "model", "training"} & set(value):
                whole = {**SINE, **value} if set(value) <= set(SCHEMA["properties"]) else value
                yield pytest.param(whole, id=f"{path.name}-{i}")
    for path in sorted((ROOT / "rnnctl" / "templates").glob("*.yaml")):
        yield pytest.param(load(path).value, id=path.name)
    for check in CHECKS.values():
        if check.severity == "warning":
            yield pytest.param(parse(check.example, "c.yaml").value, id=check.id)


@pytest.mark.parametrize("value", list(of_others()))
def test_it_takes_what_is_shown(value: dict[str, Any]) -> None:
    assert told(value) == []


@pytest.mark.parametrize("path", CONFIGS, ids=list(WRITTEN))
def test_it_takes_every_resolved_config(path: Path) -> None:
    config = load_config(path)
    assert told(resolve(config, examined(config)).as_plain()) == []


SAME = [
    sine(chain=["lstm"]),
    sine(chain=[{"lstm": None}]),
    sine(chain=[{"dropout": {"per": None}}, {"gru": {"size": 4, "init": None, "initial_state": None}}, "dense"]),
    sine(chain=[{"dense": {"size": 4, "initial_state": None, "init": {}}}, {"layer_norm": {}}, {"dense": None}]),
    sine(
        chain=[{"residual": "layer_norm"}, {"residual": {"lstm": 3}}, {"residual": ["layer_norm", {"rnn": 3}]}, "dense"]
    ),
    sine(chain=[{"bidirectional": ["layer_norm", {"rnn": 3}]}, {"bidirectional": "layer_norm"}, {"last": {}}, "dense"]),
    sine(chain=[{"stack": {"layer": "layer_norm", "depth": 2, "dropout": None, "per": None}}, "dense"]),
    sine(chain=[{"lstm": {"size": 2, "init": {"Wi": {"zeros": []}, "bf": {"uniform": [0, 1]}}}}, "dense"]),
    sine(loss={"mse": None}, optimizer={"adam": {"lr": 1}}, clip={"norm": 1, "value": None}, early_stopping=None),
    sine(window={"update": 8, "backward": None}, reset={"policy": "window", "before": None}, threads="auto"),
    sine(data={"task": {"sine": None}, "csv": None, "input": None}),
    sine(data={"csv": "a.csv", "input": ["a"], "target": "b", "task": None}),
    sine(data={"text": ["a.txt"]}),
    sine(cells={"mine": {"output": "x"}}, chain=[{"mine": {"input": 1}}, {"residual": "mine"}, "dense"]),
]


@pytest.mark.parametrize("value", SAME, ids=range(len(SAME)))
def test_it_takes_all_ways_of_writing(value: dict[str, Any]) -> None:
    """Those that rnnctl takes."""
    parse_config(dump(value), "c.yaml")
    assert told(value) == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of a config with the way to it, those that hold others before what they hold."""
    if path:
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A config with another value at a place."""
    if not path:
        return other
    if isinstance(value, dict):
        return {key: put(inner, path[1:], other) if key == path[0] else inner for key, inner in value.items()}
    return [put(inner, path[1:], other) if i == path[0] else inner for i, inner in enumerate(value)]


@every_config
def test_a_reference_may_stand_for_any_value(value: dict[str, Any]) -> None:
    for path, _ in leaves(value):
        for text in ("${vars.x}", "${env:NAME:-default}", "a-${vars.x}"):
            assert told(put(value, path, text)) == [], path


def test_what_extends_another_file_needs_nothing_of_its_own() -> None:
    assert told({"extends": "base.yaml"}) == []
    assert told({"extends": ["a.yaml", "b.yaml"], "training": {"window": {"backward": 8}, "clip": {}}}) == []
    assert told({"extends": "a.yaml", "model": {"chain": {"append": [{"mine": 3}], "prepend": ["dropout"]}}}) == []
    assert (
        told({"extends": "a.yaml", "data": {"input": {"append": ["a"]}, "target": {"columns": {"prepend": ["b"]}}}})
        == []
    )
    assert told({"extends": "a.yaml", "ignore": {"append": "window-cuts-nothing"}}) == []
    assert told({"extends": "a.yaml", "model": {"chain": {"append": "${vars.more}"}}}) == []
    assert told({"extends": "a.yaml", "model": {"chain": {"append": "gru"}}}) == [
        ("model.chain.append", "'gru' is not of type 'array'")
    ]
    assert told({"extends": "a.yaml", "training": {"optimizer": {}, "schedule": {"step": {"factor": 0.5}}}}) == []
    assert told({"extends": "a.yaml", "cells": {"mine": {"equations": "h' = x"}}}) == []
    assert told({"extends": "a.yaml", "training": {"epoch": 3}}) == [
        ("training", "Additional properties are not allowed ('epoch' was unexpected)")
    ]


# what it refuses, and how

LAYERS = str([*names(), *MEMBERS])
WRONG: Mapping[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "unknown option": (
        sine(chain=[{"lstm": {"size": 32, "inital_state": "learned"}}, "dense"]),
        [("model.chain.0.lstm", "Additional properties are not allowed ('inital_state' was unexpected)")],
    ),
    "option of another type": (
        sine(chain=[{"lstm": {"size": "many"}}, "dense"]),
        [("model.chain.0.lstm.size", "'many' is not of type 'integer'")],
    ),
    "option out of range": (
        sine(chain=[{"dropout": 1.5}, "dense"]),
        [("model.chain.0.dropout", "1.5 is greater than or equal to the maximum of 1")],
    ),
    "unknown function": (
        sine(chain=[{"rnn": {"size": 3, "activation": "tahn"}}, "dense"]),
        [
            (
                "model.chain.0.rnn.activation",
                f"'tahn' is not one of {list(all_keys()['model.chain.rnn.activation'].choices)}",
            )
        ],
    ),
    "unknown layer": (sine(chain=[{"lsmt": 32}, "dense"]), [("model.chain.0", f"'lsmt' is not one of {LAYERS}")]),
    "unknown layer alone": (sine(chain=["dens"]), [("model.chain.0", f"'dens' is not one of {LAYERS}")]),
    "unknown layer in a member": (
        sine(chain=[{"stack": {"layer": {"residual": [{"lsmt": 3}]}, "depth": 2}}, "dense"]),
        [("model.chain.0.stack.layer.residual.0", f"'lsmt' is not one of {LAYERS}")],
    ),
    "two layers in one": (
        sine(chain=[{"lstm": 3, "dense": 1}]),
        [("model.chain.0", "{'lstm': 3, 'dense': 1} has too many properties")],
    ),
    "unknown parameter": (
        sine(chain=[{"lstm": {"size": 3, "init": {"b": 1}}}, "dense"]),
        [("model.chain.0.lstm.init", "Additional properties are not allowed ('b' was unexpected)")],
    ),
    "misspelt merge": (
        sine(chain=[{"bidirectional": {"layer": {"lstm": 3}, "merg": "sum"}}, "dense"]),
        [("model.chain.0.bidirectional", "Additional properties are not allowed ('merg' was unexpected)")],
    ),
    "misspelt depth": (
        sine(chain=[{"stack": {"layer": {"lstm": 3}, "dept": 2}}, "dense"]),
        [("model.chain.0.stack", "Additional properties are not allowed ('dept' was unexpected)")],
    ),
    "stack without depth": (
        sine(chain=[{"stack": {"layer": {"lstm": 3}}}, "dense"]),
        [("model.chain.0.stack", "'depth' is a required property")],
    ),
    "misspelt section": (
        {"data": SINE["data"], "model": SINE["model"], "trainin": SINE["training"]},
        [("", "Additional properties are not allowed ('trainin' was unexpected)")],
    ),
    "missing section": ({"data": SINE["data"], "model": SINE["model"]}, [("", "'training' is a required property")]),
    "missing key": (
        {**SINE, "training": {"epochs": 3}},
        [("training", "'loss' is a required property")],
    ),
    "missing key of a mapping": (
        sine(window={"backward": 3}),
        [("training.window", "'update' is a required property")],
    ),
    "text for a number": (sine(epochs="ten"), [("training.epochs", "'ten' is not of type 'integer'")]),
    "number out of range": (sine(epochs=0), [("training.epochs", "0 is less than the minimum of 1")]),
    "of none of several types": (
        sine(window=[1]),
        [("training.window", "[1] is not of type 'null', 'integer', 'object'")],
    ),
    "no choice": (
        sine(reset="sometimes"),
        [("training.reset", "'sometimes' is not one of ['sequence', 'window', 'epoch', 'never']")],
    ),
    "none of one": (sine(optimizer={}), [("training.optimizer", "{} should be non-empty")]),
    "two of one": (
        sine(loss={"mse": {}, "mae": {}}),
        [("training.loss", "{'mse': {}, 'mae': {}} has too many properties")],
    ),
    "two bounds of a gradient": (
        sine(clip={"norm": 1, "value": 2}),
        [("training.clip.norm", "1 is not of type 'null'")],
    ),
    "a mapping for a list": (
        {**SINE, "model": {"chain": {"lstm": 3}}},
        [("model.chain", "{'lstm': 3} is not of type 'array'")],
    ),
    "data of none": ({**SINE, "data": {"scale": "none"}}, [("data", "'csv' is a required property")]),
    "data of two": (
        {**SINE, "data": {"task": "sine", "csv": "a.csv"}},
        [("data.csv", "'a.csv' is not of type 'null'")],
    ),
    "label without sequences": (
        sine(data={"csv": "a.csv", "input": "a", "target": {"column": "b", "each": "sequence"}}),
        [("data", "'id' is a required property")],
    ),
    "streams shuffled": (
        sine(batching="streams", shuffle=True),
        [("training.shuffle", "True is not one of [False, None]")],
    ),
    "part of a cell": (
        sine(cells={"mine": {"equation": "h' = x", "output": "h'"}}),
        [("cells.mine", "Additional properties are not allowed ('equation' was unexpected)")],
    ),
    "parameter of a cell": (
        sine(cells={"mine": {"parameters": {"W": {"shape": "size"}}, "output": "W @ x"}}),
        [("cells.mine.parameters.W", "'init' is a required property")],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_mistake_is_one_message_at_its_place(case: str) -> None:
    value, messages = WRONG[case]
    assert told(value) == messages
    error = best_match(VALIDATOR.iter_errors(value))
    assert (".".join(map(str, error.absolute_path)), error.message) == messages[0]


def test_a_layer_of_ones_own_may_be_called_anything() -> None:
    assert told(sine(cells={"mine": {"output": "x"}}, chain=[{"mine": 3}, {"residual": "mine"}, "dense"])) == []


# one change at a time


def is_free(path: tuple[Any, ...]) -> bool:
    """Whether a name is the user's own: that of a cell, or within one."""
    names = ("state", "parameters", "options", "draws")
    return path[0] == "cells" and (len(path) == 2 or (len(path) == 4 and path[2] in names))


@every_config
def test_a_misspelt_key_is_refused(value: dict[str, Any]) -> None:
    for path, _ in leaves(value):
        key = path[-1]
        if not isinstance(key, str) or is_free(path) or path == ("cells",):
            continue
        if "cells" in value and path[:2] == ("model", "chain") and len(path) > 2:
            continue
        parent = value
        for part in path[:-1]:
            parent = parent[part]
        errors = told(put(value, path[:-1], {f"{k}x" if k == key else k: v for k, v in parent.items()}))
        assert [place for place, _ in errors] == [".".join(map(str, path[:-1]))], path
        assert f"'{key}x'" in errors[0][1]


TEXTS = re.compile(r"name|data\.(csv|id|time|input.*|target(\.columns?.*)?|text.*)|cells\..*")
"""Values that are a text, any text."""
NUMBERS = re.compile(r"init\.\w+(\.\w+(\.\d)?)?$|\.(norm|noise|period)$|expect\..*\.(above|below|within|of)$")
"""Values that may be any number."""


@every_config
def test_a_value_of_another_type_is_refused(value: dict[str, Any]) -> None:
    for path, old in leaves(value):
        place = ".".join(map(str, path))
        if "cells" in value and re.fullmatch(r"model\.chain\.\d+(\.(leaky|dropout_lstm))?", place):
            continue  # of which the schema knows nothing
        others = [True, "no such thing", 12345.5, [True], {"no": "such thing"}]
        wrong = [v for v in others if type(v) is not type(old) and not (isinstance(v, str) and TEXTS.fullmatch(place))]
        for other in wrong:
            if isinstance(other, float) and NUMBERS.search(place):
                continue
            if path[0] == "cells" and not isinstance(other, bool):
                continue  # expressions and shapes: texts, numbers, lists
            errors = told(put(value, path, other))
            assert errors, (place, other)
            assert all(error[0].startswith(place) or place.startswith(error[0]) for error in errors), (errors, place)


@every_config
def test_what_must_be_there_is_missed(value: dict[str, Any]) -> None:
    for path in [("data",), ("model",), ("training",), ("model", "chain"), ("training", "loss")]:
        parent = value
        for part in path[:-1]:
            parent = parent[part]
        errors = told(put(value, path[:-1], {k: v for k, v in parent.items() if k != path[-1]}))
        assert errors == [(".".join(path[:-1]), f"'{path[-1]}' is a required property")]


# the broken ones

BROKEN = ROOT / "tests" / "broken"


@pytest.mark.parametrize(
    "path",
    sorted([*BROKEN.glob("*.yaml"), *BROKEN.glob("*/main.yaml")]),
    ids=lambda path: str(path.relative_to(BROKEN)),
)
def test_broken_configs(path: Path) -> None:
    """Each says of itself whether a schema can refuse it; of what is half YAML a schema has nothing to say."""
    [said] = re.findall(r"\A# schema: (refuses|accepts)$", path.read_text(errors="replace"), re.MULTILINE)[:1]
    try:
        document = load(path, strict=False)
    except RnnctlError:
        assert said == "accepts"
        return
    if not document.mistakes:
        assert said == ("refuses" if told(document.value) else "accepts"), told(document.value)


# expect


EXPECTED = [
    {"test.mse": {"below": 0.02}, "valid.mse.some column": {"within": "5 %", "of": "baseline"}},
    {"test.mse": {"below": "110%", "of": 0.3, "judge": "mean"}, "test.skill": None, "seeds": {"count": 3}},
    {"parameters": {"above": 3, "below": 9}, "seconds": {"below": 0.5}, "memory": {"below": "1.5 GiB"}},
    {"test.mse": {"below": "${vars.most}"}, "memory": {"below": 10**9}, "resume": "exact", "deterministic": True},
    {"transcript": "a.txt", "horizon": {"above": 20, "judge": "worst"}, "seeds": 3},
    None,
]
REFUSED = [
    ({"test.mse": 0.02}, "expect.test.mse"),
    ({"test.mse": {"below": "<3"}}, "expect.test.mse.below"),
    ({"test.mse": {"belw": 3}}, "expect.test.mse"),
    ({"valid.mse.x": {"within": "5"}}, "expect.valid.mse.x.within"),
    ({"test.mse": {"within": 5, "of": "basline"}}, "expect.test.mse.of"),
    ({"mse": {"below": 3}}, "expect"),
    ({"val.mse": {"below": 3}}, "expect"),
    ({"test.": {"below": 3}}, "expect"),
    ({"seconds": 60}, "expect.seconds"),
    ({"memory": {"below": "500 Mb"}}, "expect.memory.below"),
    ({"resume": True}, "expect.resume"),
    ({"deterministic": "yes"}, "expect.deterministic"),
    ({"seeds": 0}, "expect.seeds"),
    ({"seeds": {"judge": "mean"}}, "expect.seeds"),
    ({"parameters": 3.5}, "expect.parameters"),
]


@pytest.mark.parametrize("expect", EXPECTED, ids=range(len(EXPECTED)))
def test_it_takes_promises(expect: Any) -> None:
    assert told(sine(expect=expect)) == []


@pytest.mark.parametrize(("expect", "place"), REFUSED, ids=str)
def test_it_refuses_what_is_no_promise(expect: Any, place: str) -> None:
    [(at, _)] = told(sine(expect=expect))
    assert at == place
