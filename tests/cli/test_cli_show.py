"""`rnnctl show`, and `--set` in every command that has it: what is printed, what a run keeps, what goes on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import torch

from rnnctl.config import open_config
from rnnctl.document import parse
from rnnctl.runs.directory import Run
from tests.cli.commands import Command, command_line

REPOSITORY = Path(__file__).parents[2]
BASE = """\
data: {task: {sine: {steps: 200}}}
model: {chain: [{lstm: 4}, {dense: 1}]}
training:
  loss: mse
  window: 10
  epochs: 2
"""
CONFIG = "extends: base.yaml\nvars: {rate: '${env:RATE:-1e-2}'}\ntraining: {optimizer: {adam: {lr: '${vars.rate}'}}}\n"
RUN = Run(Path("runs/c-1"))


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RATE", raising=False)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    Path("base.yaml").write_text(BASE)
    Path("c.yaml").write_text(CONFIG)
    return command_line(monkeypatch, capsys)


def test_a_config_is_shown_as_it_is_used(rnnctl: Command) -> None:
    ended = rnnctl("show", "c.yaml")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == open_config(Path("c.yaml")).as_text()
    assert rnnctl("show", "c.yaml", "--set", "training.epochs=7").out == ended.out.replace("epochs: 2", "epochs: 7")
    assert sorted(path.name for path in Path().iterdir()) == ["base.yaml", "c.yaml"]


ORIGIN = """\
name: c                       # from the file's name
data:
  task:
    sine:
      steps: 200              # base.yaml:1
      period: 25.0            # default
      noise: 0.0              # default
      seed: 0                 # default
  split:
    train: 0.7                # default
    valid: 0.15               # default
    test: 0.15                # default
  scale: standard             # default
model:
  chain:
    - lstm:
        size: 4               # base.yaml:2
        input: 1              # from the data
        initial_state: zeros  # default
    - dense:
        size: 1               # base.yaml:2
        activation: identity  # default
        input: 4              # from the layer before
training:
  loss: mse                   # base.yaml:4
  optimizer:
    adam:
      lr: 0.01                # vars.rate, c.yaml:2
      betas: [0.9, 0.999]     # default
      eps: 1e-08              # default
  schedule:
    constant:
      warmup: 0               # default
  clip: null                  # default
  epochs: 2                   # base.yaml:6
  early_stopping: null        # default
  batching: sequences         # default
  batch: 32                   # default
  window: 10                  # base.yaml:5
  reset: sequence             # default
  burn_in: 0                  # default
  learn_initial_state: false  # default
  shuffle: true               # from batching
  seed: 3                     # --set
  precision: float32          # default
  threads: 1                  # default
"""


def unversioned(text: str) -> str:
    """Without the line that says of which format it is."""
    return re.sub(r"^format: .*\n", "", text, flags=re.MULTILINE)


def test_each_value_with_its_origin(rnnctl: Command) -> None:
    ended = rnnctl("show", "c.yaml", "--origin", "--set", "training.seed=3")
    assert ended.code == 0
    assert unversioned(ended.out) == ORIGIN
    Path("again.yaml").write_text(ended.out)  # comments, and no more
    assert rnnctl("show", "again.yaml").out == rnnctl("show", "c.yaml", "--set", "training.seed=3").out


def test_lists_and_texts_with_their_origins(rnnctl: Command) -> None:
    cell = "cells:\n  own:\n    equations: |\n      y = 2 * x\n    output: y\n"
    Path("d.csv").write_text("x,q\n" + "".join(f"{i % 5},{i % 7}\n" for i in range(60)))
    data = "data: {csv: d.csv, input: [x], target: {column: x, ahead: 1}}\n"
    Path("base.yaml").write_text(BASE.replace("data: {task: {sine: {steps: 200}}}\n", data + cell))
    Path("c.yaml").write_text("extends: base.yaml\ndata: {input: {append: [q]}}\nmodel: {chain: {prepend: [own]}}\n")
    lines = rnnctl("show", "c.yaml", "--origin").out.splitlines()
    assert [line.split("  # ")[1] for line in lines if "columns: [x, q]" in line] == ["base.yaml:1, c.yaml:2"]
    at = next(i for i, line in enumerate(lines) if "equations: |" in line)
    assert lines[at].split("  # ")[1] == "base.yaml:4"
    assert lines[at + 1].strip() == "y = 2 * x"


def test_as_json(rnnctl: Command) -> None:
    shown = json.loads(rnnctl("show", "c.yaml", "--json", "--set", "training.seed=3").out)
    assert shown["config"] == open_config(Path("c.yaml"), ["training.seed=3"]).as_plain()
    assert shown["origin"]["training.seed"] == {"from": "set", "file": "--set", "line": 1, "column": 15}
    assert shown["origin"]["training.optimizer.adam.lr"] == {
        "from": "file",
        "file": "c.yaml",
        "line": 2,
        "column": 14,
        "through": ["vars.rate"],
    }
    assert shown["origin"]["training.threads"] == {"from": "default"}


def test_what_is_neither(rnnctl: Command) -> None:
    assert rnnctl("show", "cc.yaml").err.splitlines()[:2] == [
        "error: there is no file 'cc.yaml'",
        "  = help: did you mean 'c.yaml'?",
    ]
    ended = rnnctl("show", "sine-1")
    assert (ended.code, ended.err.splitlines()[0]) == (2, "error: there is neither a config nor a run 'sine-1'")
    assert rnnctl("show").code == 2


# what a run keeps


def test_a_run_of_several_files(rnnctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RATE", "2e-2")
    assert rnnctl("train", "c.yaml", "-q", "--set", "training.seed=3", "--set", "training.window=20").code == 0
    assert RUN.config.read_text() == CONFIG
    resolved = parse(RUN.resolved.read_text(), "resolved.yaml").value
    assert resolved["training"]["optimizer"]["adam"]["lr"] == 0.02
    assert (resolved["training"]["seed"], resolved["training"]["window"]) == (3, 20)
    composed = RUN.record()["composed"]
    assert composed["files"] == [{"path": f"{tmp_path}/base.yaml", "sha256": hashlib.sha256(BASE.encode()).hexdigest()}]
    assert composed["set"] == ["training.seed=3", "training.window=20"]
    assert composed["environment"] == {"RATE": "2e-2"}
    Path("base.yaml").unlink()
    Path("c.yaml").unlink()
    monkeypatch.delenv("RATE")
    assert rnnctl("show", "c-1").out == RUN.resolved.read_text()
    shown = rnnctl("show", "runs/c-1", "--origin").out
    for line in ("lr: 0.02", "seed: 3", "window: 20", "size: 4", "input: 1", "shuffle: true"):
        assert line in shown
    told = dict(re.findall(r"(\w+: \S+) +# (.*)", shown))
    assert told["lr: 0.02"] == "vars.rate, $RATE"
    assert told["seed: 3"] == told["window: 20"] == "--set"
    assert told["size: 4"] == "base.yaml:2"
    assert told["input: 1"] == "from the data"


def test_a_run_of_one_file(rnnctl: Command) -> None:
    assert rnnctl("train", "base.yaml", "-q", "--set", "training.threads=auto").code == 0
    assert rnnctl("train", "base.yaml", "-q").code == 0
    assert "composed" not in Run(Path("runs/base-2")).record()
    told = dict(re.findall(r"(\w+: \S+) +# (.*)", rnnctl("show", "base-2", "--origin").out))
    assert told["window: 10"] == "config.yaml:5"
    assert told["epochs: 2"] == "config.yaml:6"
    assert told["shuffle: true"] == "from batching"
    assert told["precision: float32"] == "default"
    assert "  # measured" in rnnctl("show", "base-1", "--origin").out


def test_a_run_goes_on_with_what_is_set(rnnctl: Command) -> None:
    assert rnnctl("train", "c.yaml", "-q").code == 0
    ended = rnnctl("train", "--resume", "c-1", "-q", "--set", "training.epochs=4")
    assert (ended.code, ended.err.splitlines()[0]) == (0, "resume: training.epochs 2 -> 4")
    assert RUN.record()["resumed"][0]["composed"] == {"files": [], "set": ["training.epochs=4"], "environment": {}}
    ended = rnnctl("train", "c.yaml", "--resume", "c-1", "-q", "--set", "training.epochs=5", "--set", "name=other")
    assert (ended.code, ended.err.splitlines()[:2]) == (
        0,
        ["resume: name c -> other", "resume: training.epochs 4 -> 5"],
    )
    shown = rnnctl("show", "c-1", "--origin").out
    assert re.search(r"epochs: 5 +# resumed \d{4}-\d\d-\d\d\n", shown)
    assert re.search(r"window: 10 +# base.yaml:5\n", shown)


def test_what_cannot_be_set_for_a_run_is_refused(rnnctl: Command) -> None:
    assert rnnctl("train", "c.yaml", "-q").code == 0
    before = {path.name: path.read_bytes() for path in RUN.path.rglob("*") if path.is_file()}
    ended = rnnctl("train", "--resume", "c-1", "--set", "training.window=7")
    assert (ended.code, ended.err.splitlines()[0]) == (
        5,
        "error: run 'c-1' cannot go on with another training.window 10 -> 7",
    )
    ended = rnnctl("train", "--resume", "c-1", "--set", "training.windw=7")
    assert (ended.code, ended.err.splitlines()[:2]) == (2, ["error: unknown key 'windw'", "  --> --set:1:10"])
    assert {path.name: path.read_bytes() for path in RUN.path.rglob("*") if path.is_file()} == before
    RUN.resolved.write_text("data: 3\n")
    assert rnnctl("train", "--resume", "c-1", "--set", "training.epochs=7").code == 5


def test_the_command_that_goes_on_has_what_was_set(rnnctl: Command) -> None:
    ended = rnnctl("train", "c.yaml", "-q", "--stop-after", "2", "--set", "training.epochs=3", "--set", "name=a")
    assert ended.code == 0
    again = "rnnctl train c.yaml --resume runs/a-1 --set training.epochs=3 --set name=a"
    assert ended.err.rstrip().endswith(f"go on with: {again}")
    ended = rnnctl(*again.split()[1:], "-q", "--stop-after", "1")
    assert ended.code == 0
    ended = rnnctl("train", "--resume", "a-1", "--stop-after", "1", "-q", "--set", "training.epochs=9")
    assert ended.err.rstrip().endswith("go on with: rnnctl train --resume runs/a-1")


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_other_commands_take_it_too(rnnctl: Command, command: str) -> None:
    assert rnnctl(command, "c.yaml", "--set", "model.chain.0.lstm.size=8").code == 0
    ended = rnnctl(command, "c.yaml", "--set", "model.chain.0.lstm.size=0")
    assert (ended.code, ended.err.splitlines()[1]) == (2, "  --> --set:1:25")
    assert rnnctl(command, "c.yaml", "--set").code == 2


def test_verify_resume_trains_what_is_set(rnnctl: Command) -> None:
    arguments = ["--updates", "2", "--pieces", "2", "--set", "training.seed=9", "--set", "training.epochs=1"]
    ended = rnnctl("verify-resume", "c.yaml", *arguments)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "identical: 2 updates in one go and in 2 pieces")


# the page


def test_what_the_page_shows(rnnctl: Command, tmp_path: Path) -> None:
    """The commands of composition.md print what stands there; `…` is for lines that are left out."""
    page = (REPOSITORY / "rnnctl/docs/composition.md").read_text("utf-8")
    for folder in ("configs", "datasets"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    [wide] = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "vars:" in block]
    Path("configs/wide.yaml").write_text(wide)
    shown = [block for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL) if block.count("\n") > 3]
    assert len(shown) == 3
    for block in shown:
        command, told = block.split("\n", 1)
        words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", command.removeprefix("$ rnnctl "))]
        ended = rnnctl(*words)
        printed = re.sub(r" +# ", "  # ", ended.out + ended.err)
        for part in re.sub(r" +# ", "  # ", told).split("…\n"):
            assert part in printed, part
