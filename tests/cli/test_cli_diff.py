"""`rnnctl diff`: configs and runs compared, in text and as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch

from tests.cli.commands import Command, Ended, command_line

CONFIG = """\
data: {csv: d.csv, input: [x], target: {column: x, ahead: 1}}
model: {chain: [{lstm: 4}, {dense: 1}]}
training: {loss: mse, window: 10, epochs: 1}
"""


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    Path("d.csv").write_text("x\n" + "".join(f"{i % 9}\n" for i in range(120)))
    Path("a.yaml").write_text(CONFIG)
    return command_line(monkeypatch, capsys)


def test_no_difference(rnnctl: Command) -> None:
    Path("b.yaml").write_text("# another text\n" + CONFIG.replace("lstm: 4", "lstm: {size: 4}"))
    assert rnnctl("diff", "a.yaml", "b.yaml") == Ended(0, "no difference\n", "")
    assert rnnctl("diff", "a.yaml", "b.yaml", "--exit-code").code == 0
    Path("c.yaml").write_text("extends: a.yaml\n")
    assert rnnctl("diff", "a.yaml", "c.yaml").out == "no difference\n"


def test_two_configs(rnnctl: Command) -> None:
    Path("b.yaml").write_text(CONFIG.replace("lstm: 4", "gru: 4").replace("window: 10", "window: 20"))
    ended = rnnctl("diff", "a.yaml", "b.yaml")
    assert ended == Ended(
        0,
        "model.chain.0: lstm {size: 4, initial_state: zeros} -> gru {size: 4, initial_state: zeros}\n"
        "training.window: 10 -> 20\n"
        "parameters: 101 -> 81\n",
        "",
    )
    assert rnnctl("diff", "a.yaml", "b.yaml", "--exit-code") == ended._replace(code=10)


def test_what_setting_a_key_changes(rnnctl: Command) -> None:
    assert rnnctl("diff", "a.yaml", "--set", "training.window.backward=20").out == (
        "training.window: 10 -> {update: 10, backward: 20}\n"
    )
    Path("b.yaml").write_text(CONFIG)
    assert rnnctl("diff", "a.yaml", "b.yaml", "--set", "training.seed=1").out == "training.seed: 0 -> 1\n"
    ended = rnnctl("diff", "a.yaml")
    assert (ended.code, ended.err.splitlines()[0]) == (2, "error: diff compares two configs or runs, and one is given")


def test_as_json(rnnctl: Command) -> None:
    found = json.loads(rnnctl("diff", "a.yaml", "--json", "--set", "model.chain.prepend=[dropout: 0.1]").out)
    assert found == {
        "a": "a.yaml",
        "b": "a.yaml",
        "differences": [
            {
                "kind": "added",
                "key": "model.chain.0",
                "before": None,
                "after": {"dropout": {"rate": 0.1, "per": "step"}},
            }
        ],
        "same_data": True,
        "parameters": [101, 101],
    }
    none = json.loads(rnnctl("diff", "a.yaml", "a.yaml", "--json").out)
    assert (none["differences"], none["same_data"]) == ([], True)


def test_runs(rnnctl: Command) -> None:
    assert rnnctl("train", "a.yaml", "-q").code == 0
    assert rnnctl("train", "a.yaml", "-q", "--set", "training.seed=5", "--set", "name=b").code == 0
    assert rnnctl("diff", "a-1", "b-1").out == "training.seed: 0 -> 5\n"
    assert rnnctl("diff", "runs/a-1", "a.yaml").out == "no difference\n"
    Path("d.csv").write_text("x\n" + "".join(f"{i % 7}\n" for i in range(120)))
    assert rnnctl("diff", "a-1", "b-1").out == "training.seed: 0 -> 5\n"
    assert rnnctl("diff", "a-1", "a.yaml", "--exit-code") == Ended(10, "data: other bytes\n", "")
    assert json.loads(rnnctl("diff", "a-1", "a.yaml", "--json").out)["same_data"] is False
    Path("d.csv").unlink()
    assert rnnctl("diff", "a-1", "b-1").out == "training.seed: 0 -> 5\n"
    assert rnnctl("diff", "a-1", "a.yaml").code == 3


def test_a_file_that_lies_elsewhere(rnnctl: Command, tmp_path: Path) -> None:
    Path("e.csv").write_bytes(Path("d.csv").read_bytes())
    Path("b.yaml").write_text(CONFIG.replace("d.csv", "e.csv"))
    assert rnnctl("diff", "a.yaml", "b.yaml").out == f"data.csv: {tmp_path}/d.csv -> {tmp_path}/e.csv\n"
    Path("e.csv").write_text("x\n" + "1\n2\n" * 60)
    assert rnnctl("diff", "a.yaml", "b.yaml").out.splitlines()[0] == "data: other bytes"


def test_mistakes_in_either(rnnctl: Command) -> None:
    Path("b.yaml").write_text(CONFIG.replace("window", "windw"))
    assert rnnctl("diff", "a.yaml", "b.yaml").code == 2
    assert rnnctl("diff", "b.yaml", "a.yaml").err.splitlines()[1] == "  --> b.yaml:3:23"
    assert (
        rnnctl("diff", "a.yaml", "nothing").err.splitlines()[0]
        == "error: there is neither a config nor a run 'nothing'"
    )
    assert rnnctl("diff").code == 2
