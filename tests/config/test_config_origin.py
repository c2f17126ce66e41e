"""Where each value of a resolved config came from: files, references, arguments, defaults, and what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import open_config, parse_config, resolve
from rnnctl.config.origin import Origin, leaves, origin_from, origins, unwritten_origins
from rnnctl.config.resolve import examined
from rnnctl.errors import SettingPath

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
BASE = """\
data:
  csv: d.csv
  input: [x]
  target: {column: x, ahead: 1}
  split: {train: 0.6, valid: 0.2, test: 0.2}
model:
  chain:
    - lstm: 32
training:
  loss: mse
  window: 8
vars: {rate: "${env:LR:-1e-3}", opt: &o {adam: {lr: "${vars.rate}", eps: 1}}}
"""
CONFIG = """\
extends: base.yaml
name: run-${vars.rate}
data:
  input: {append: [y]}
model:
  chain:
    prepend:
      - stack:
          layer: {gru: 4}
          depth: 2
          dropout: 0.1
      - mine: {width: 3}
    append:
      - residual: [{lstm: {size: 32, init: {bf: 1, Wf: {uniform: [-1, 1]}, Ui: zeros}}}]
      - stack: {layer: {rnn: {size: 2, initial_state: zeros}}, depth: 1}
      - dense
cells:
  mine:
    options: {width: integer, gain: {real: 0.5}}
    parameters: {W: {shape: [width, input], init: zeros}}
    output: gain * (W @ x)
training:
  window: {backward: 16}
  optimizer: ${vars.opt}
  learn_initial_state: true
  early_stopping: 3
  reset: sequence
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LR", raising=False)
    Path("d.csv").write_text("x,y\n" + "".join(f"{i},{i % 7}\n" for i in range(100)))
    Path("base.yaml").write_text(BASE)
    Path("c.yaml").write_text(CONFIG)


def told(*overrides: str) -> dict[str, str]:
    found = origins(open_config(Path("c.yaml"), overrides))
    return {".".join(map(str, path)): str(origin) for path, origin in found.items()}


def test_every_value_has_the_place_it_is_from() -> None:
    found = told("training.seed=3", "training.batch=${env:SIZE:-5}")
    chain = {key.removeprefix("model.chain."): origin for key, origin in found.items() if key.startswith("model.")}
    assert chain == {
        "0.gru.size": "c.yaml:9",
        "0.gru.input": "from the data",
        "0.gru.initial_state": "c.yaml:25",
        "1.dropout.rate": "c.yaml:11",
        "1.dropout.input": "from the layer before",
        "1.dropout.per": "default",
        "2.gru.size": "c.yaml:9",
        "2.gru.input": "from the layer before",
        "2.gru.initial_state": "c.yaml:25",
        "3.mine.width": "c.yaml:12",
        "3.mine.gain": "default",
        "3.mine.input": "from the layer before",
        "4.lstm.size": "base.yaml:8",
        "4.lstm.input": "from the layer before",
        "4.lstm.initial_state": "c.yaml:25",
        "5.residual.0.lstm.size": "c.yaml:14",
        "5.residual.0.lstm.input": "from the layer before",
        "5.residual.0.lstm.initial_state": "c.yaml:25",
        "5.residual.0.lstm.init.bf.constant": "c.yaml:14",
        "5.residual.0.lstm.init.Wf.uniform.0": "c.yaml:14",
        "5.residual.0.lstm.init.Wf.uniform.1": "c.yaml:14",
        "5.residual.0.lstm.init.Ui": "c.yaml:14",
        "6.rnn.size": "c.yaml:15",
        "6.rnn.activation": "default",
        "6.rnn.input": "from the layer before",
        "6.rnn.initial_state": "c.yaml:15",
        "7.dense.size": "from the data",
        "7.dense.activation": "default",
        "7.dense.input": "from the layer before",
    }
    rest = {key: origin for key, origin in found.items() if not key.startswith(("model.", "cells."))}
    assert rest == {
        "format": "of this rnnctl",
        "name": "vars.rate, c.yaml:2",
        "data.csv": "base.yaml:2",
        "data.input.columns.0": "base.yaml:3",
        "data.input.columns.1": "c.yaml:4",
        "data.input.kind": "default",
        "data.target.column": "base.yaml:4",
        "data.target.kind": "default",
        "data.target.ahead": "base.yaml:4",
        "data.target.each": "default",
        "data.split.train": "base.yaml:5",
        "data.split.valid": "base.yaml:5",
        "data.split.test": "base.yaml:5",
        "data.scale": "default",
        "training.loss": "base.yaml:10",
        "training.optimizer.adam.lr": "vars.opt, vars.rate, base.yaml:12",
        "training.optimizer.adam.betas.0": "default",
        "training.optimizer.adam.betas.1": "default",
        "training.optimizer.adam.eps": "vars.opt, base.yaml:12",
        "training.schedule.constant.warmup": "default",
        "training.clip": "default",
        "training.epochs": "default",
        "training.early_stopping.patience": "c.yaml:26",
        "training.early_stopping.margin": "default",
        "training.batching": "default",
        "training.batch": "--set",
        "training.window.update": "base.yaml:11",
        "training.window.backward": "c.yaml:23",
        "training.reset": "c.yaml:27",
        "training.burn_in": "default",
        "training.learn_initial_state": "c.yaml:25",
        "training.shuffle": "from batching",
        "training.seed": "--set",
        "training.precision": "default",
        "training.threads": "default",
    }
    assert found["cells.mine.options.width"] == "c.yaml:19"
    assert found["cells.mine.output"] == "c.yaml:21"


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LR", "0.5")
    found = told("name=n")
    assert found["training.optimizer.adam.lr"] == "vars.opt, vars.rate, $LR"


def test_a_part_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LR", "7")
    found = told("name=n-${env:LR}", "training.epochs=${env:LR}", "training.shuffle=false", "training.window=null")
    assert found["name"] == "$LR, --set"
    assert found["training.epochs"] == "$LR"
    assert found["training.shuffle"] == "--set"
    assert found["training.window"] == "--set"


def test_a_name_that_is_the_files() -> None:
    config = parse_config(
        "data: {task: sine}\nmodel: {chain: [rnn: 2, dense]}\ntraining: {loss: mse, window: 9}\n", "c.yaml"
    )
    found = origins(resolve(config, examined(config)))
    assert str(found["name",]) == "from the file's name"
    assert found["data", "task", "sine", "steps"] == Origin("default")
    assert found["training", "window"] == Origin("file", "c.yaml", 3, 31)


def test_columns_that_are_one() -> None:
    text = BASE.replace("{column: x,", "{columns: [x],").replace("- lstm: 32", "- lstm: 1").split("vars:")[0]
    Path("c.yaml").write_text(text)
    assert told()["data.target.column"] == "c.yaml:4"


def test_anchors() -> None:
    chain = "[&l {rnn: {size: &s 1}}, *l, {dense: *s}]"
    text = f"data: {{task: sine}}\nmodel: {{chain: {chain}}}\ntraining: {{loss: mse, window: 9}}\n"
    Path("c.yaml").write_text(text)
    found = origins(open_config(Path("c.yaml")))
    sizes = [found["model", "chain", i, name, "size"] for i, name in enumerate(("rnn", "rnn", "dense"))]
    assert sizes == [Origin("file", "c.yaml", 2, 36)] * 3


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_value_of_a_resolved_config_is_written_on_its_own_line(path: Path) -> None:
    """Resolved again, nothing is a default, and each origin is the line on which the value stands."""
    resolved = open_config(path)
    assert list(origins(resolved)) == [place for place, _ in leaves(resolved.as_plain())]
    Path("again.yaml").write_text(resolved.as_text())
    again = open_config(Path("again.yaml"))
    assert again.as_plain() == resolved.as_plain()
    document = again.document
    assert document is not None
    found = origins(again)
    same = {place: origin for place, origin in found.items() if not document.has(place)}
    assert {origin.what for origin in same.values()} <= {None, "of this rnnctl"}
    for place, origin in found.items():
        if place not in same:
            assert (origin.kind, origin.line) == ("file", document.place(place).line), place


def test_as_plain_values_and_back() -> None:
    every = [*origins(open_config(Path("c.yaml"), ["training.seed=3"])).values(), Origin("derived", what="measured")]
    assert [origin_from(origin.as_dict()) for origin in every] == every
    assert Origin("file", "a", 1, 2, ("vars.x",)).as_dict() == {
        "from": "file",
        "file": "a",
        "line": 1,
        "column": 2,
        "through": ["vars.x"],
    }
    assert Origin("default").as_dict() == {"from": "default"}


def test_where_nothing_is_known_of_files() -> None:
    resolved = open_config(Path("c.yaml"))
    found: dict[SettingPath, Origin] = unwritten_origins(resolved)
    assert set(found) == set(origins(resolved))
    assert {str(origin) for origin in found.values()} == {
        "default",
        "from batching",
        "from the data",
        "from the file's name",
        "from the layer before",
        "of this rnnctl",
    }
