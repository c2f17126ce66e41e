"""What yaml-language-server makes of the schema: it runs where YAML_LANGUAGE_SERVER names one, of version 1.25.

Every mistake is one message at its place; keys, layers and values are offered where they may stand; and what a key
means is shown.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from editor import Editor, Told

from rnnctl.catalogue import names
from rnnctl.config.keys import inside
from rnnctl.config.members import MEMBERS
from rnnctl.config.schema import schema

SERVER = os.environ.get("YAML_LANGUAGE_SERVER", "")
pytestmark = pytest.mark.skipif(not SERVER or not shutil.which("node"), reason="needs node and yaml-language-server")

ROOT = Path(__file__).parents[2]
SINE = """\
data:
  task: sine
model:
  chain:
    - lstm: 32
    - dense: 1
training:
  loss: mse
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("editor")
    (folder / "rnnctl.schema.json").write_text(json.dumps(schema()))
    opened = Editor([SERVER], folder / "rnnctl.schema.json", folder)
    yield opened
    opened.close()


def test_there_is_nothing_to_say_of_what_is_right(editor: Editor) -> None:
    paths = [*sorted((ROOT / "configs").rglob("*.yaml")), *sorted((ROOT / "rnnctl" / "templates").glob("*.yaml"))]
    assert len(paths) > 20
    for path in paths:
        assert editor.problems(path.read_text()) == [], path
    assert (
        editor.problems(SINE + "  epochs: ${vars.epochs}\n  clip: {norm: '${env:NORM:-1}'}\nvars: {epochs: 3}\n") == []
    )
    assert editor.problems("extends: base.yaml\ntraining: {window: {backward: 32}}\n") == []


LAYERS = ", ".join(f'"{name}"' for name in (*names(), *MEMBERS))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            SINE.replace("lstm: 32", "lstm: {size: 32, inital_state: learned}"),
            Told(5, 24, "Property inital_state is not allowed."),
            id="wrong option",
        ),
        pytest.param(SINE + "  epochs: ten\n", Told(9, 11, 'Incorrect type. Expected "integer".'), id="wrong type"),
        pytest.param(
            SINE.replace("lstm: 32", "lstm: big"),
            Told(5, 13, "Incorrect type. Expected one of null, integer, object."),
            id="wrong type of a layer",
        ),
        pytest.param(SINE + "  epochs: 0\n", Told(9, 11, "Value is below the minimum of 1."), id="out of range"),
        pytest.param(
            SINE + "  reset: sometimes\n",
            Told(9, 10, 'Value is not accepted. Valid values: "sequence", "window", "epoch", "never".'),
            id="no choice",
        ),
        pytest.param(
            SINE.replace("lstm", "lsmt"),
            Told(5, 7, f"Value is not accepted. Valid values: {LAYERS}."),
            id="unknown layer",
        ),
        pytest.param(
            SINE.replace("lstm: 32", "residual: [{lsmt: 32}]"),
            Told(5, 19, f"Value is not accepted. Valid values: {LAYERS}."),
            id="unknown layer in a member",
        ),
        pytest.param(
            SINE.replace("training:", "trainin:"), Told(7, 1, "Property trainin is not allowed."), id="misspelt section"
        ),
        pytest.param(SINE + "  epoch: 3\n", Told(9, 3, "Property epoch is not allowed."), id="misspelt key"),
        pytest.param(SINE + "  window: {backward: 8}\n", Told(9, 3, 'Missing property "update".'), id="missing key"),
        pytest.param(
            SINE.replace("task: sine", "scale: none"), Told(1, 1, "data is one of csv, text, task"), id="data of none"
        ),
        pytest.param(
            SINE + "  batching: streams\n  shuffle: true\n",
            Told(10, 12, "streams cannot be shuffled"),
            id="two keys together",
        ),
    ],
)
def test_a_mistake_is_one_message_at_its_place(editor: Editor, text: str, told: Told) -> None:
    assert editor.problems(text) == [told]


def test_keys_are_offered(editor: Editor) -> None:
    offered = editor.offered("training:\n  |\n")
    assert list(offered) == [key.name for key in inside("training")]
    assert offered["loss"] == "loss: "
    assert list(editor.offered("|\n")) == [key.name for key in inside("")]
    assert list(editor.offered(SINE + "  window:\n    |\n")) == ["update", "backward"]
    assert {"adam", "sgd"} <= set(editor.offered(SINE + "  optimizer:\n    |\n"))


def test_layers_are_offered(editor: Editor) -> None:
    offered = editor.offered(SINE.replace("- dense: 1", "- |"))
    assert list(offered) == [*names(), *MEMBERS]
    assert offered["lstm"] == "lstm: ${1:32}"
    assert list(editor.offered(SINE.replace("- lstm: 32", "- residual:\n        - |"))) == [*names(), *MEMBERS]


def test_options_of_a_layer_are_offered(editor: Editor) -> None:
    options = ["size", "input", "initial_state", "init"]
    assert list(editor.offered(SINE.replace("lstm: 32", "lstm: {s|}"))) == options
    assert list(editor.offered(SINE.replace("lstm: 32", "lstm:\n        |"))) == options


def test_values_are_offered(editor: Editor) -> None:
    assert list(editor.offered(SINE + "  batching: |\n")) == ["sequences", "streams"]
    assert list(editor.offered(SINE + "  reset: |\n")) == ["sequence", "window", "epoch", "never"]
    assert list(editor.offered(SINE + "  learn_initial_state: |\n")) == ["false", "true"]


def test_promises_are_offered_and_held_to(editor: Editor) -> None:
    offered = list(editor.offered(SINE + "expect:\n  |\n"))
    assert {"test.mse", "valid.accuracy", "parameters", "seeds"} <= set(offered)
    assert list(editor.offered(SINE + "expect:\n  test.mse:\n    |\n")) == ["above", "below", "within", "of", "judge"]
    assert "exact" in editor.offered(SINE + "expect:\n  resume: |\n")
    assert (
        list(editor.problems(SINE + "expect:\n  test.mse: {below: 0.02}\n  test.mse.a b: {below: 5 %, of: 3}\n")) == []
    )
    [told] = editor.problems(SINE + "expect:\n  test.mse: {belw: 0.02}\n")
    assert told.column == 14


def test_what_a_key_means_is_shown(editor: Editor) -> None:
    shown = editor.shown(SINE + "  wind|ow: 3\n")
    assert shown.startswith(
        "#### training.window\n\nsteps that an update sees and goes back through; null: the whole row\n"
    )
    assert "*whole number, at least 1, at most 1,000,000,000 or mapping*; default `null`" in shown
    assert "`window: {update: 8, backward: 24}`" in shown
    assert "Long short-term memory with a forget gate" in editor.shown(SINE.replace("lstm", "ls|tm"))
    assert "the width: how many values" in editor.shown(SINE.replace("lstm: 32", "lstm: {si|ze: 32}"))
