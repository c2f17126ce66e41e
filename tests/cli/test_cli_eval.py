"""`rnnctl eval`: the figures that training printed, and a word for whatever no longer fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnctl.runs.checkpoint import load, save
from rnnctl.runs.directory import Run, create_run
from tests.cli.commands import Command, Ended, command_line

CONFIG = """\
name: tiny
data:
  csv: tiny.csv
  input: [x]
  target: {column: x, ahead: 1}
model:
  chain:
    - gru: 4
    - dropout: 0.3
    - dense: 1
training:
  loss: mse
  optimizer: {adam: {lr: 1e-2}}
  epochs: 3
  window: 8
  learn_initial_state: true
"""
RUN = Run(Path("runs/tiny-1"))


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, beside a run that has been trained."""
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    Path("tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    Path("tiny.yaml").write_text(CONFIG)

    run = command_line(monkeypatch, capsys)
    trained = run("train", "tiny.yaml", "-q")
    assert trained.code == 0
    Path("trained.txt").write_text(trained.out)
    return run


def refused(ended: Ended, *told: str) -> None:
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.splitlines() == list(told)


def test_the_figures_that_training_printed(rnnctl: Command) -> None:
    assert rnnctl("eval", "tiny-1") == Ended(0, Path("trained.txt").read_text(), "")
    assert rnnctl("eval", "runs/tiny-1/").out == Path("trained.txt").read_text()
    result = json.loads(rnnctl("eval", "tiny-1", "--json").out)
    assert result["metrics"] == RUN.record()["test"]
    assert result["epoch"] == RUN.record()["best_epoch"]
    assert (result["run"], result["split"]) == ("runs/tiny-1", "test")


def test_judging_changes_nothing(rnnctl: Command) -> None:
    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    before = state()
    assert rnnctl("eval", "tiny-1").code == 0
    assert rnnctl("eval", "tiny-1", "--split", "train", "--json").code == 0
    assert state() == before


def test_the_other_splits_and_the_last_checkpoint(rnnctl: Command) -> None:
    lines = [json.loads(line) for line in RUN.metrics.read_text().splitlines()]
    valid = json.loads(rnnctl("eval", "tiny-1", "--split", "valid", "--json").out)
    assert valid["split"] == "valid"
    assert valid["metrics"] == lines[RUN.record()["best_epoch"] - 1]["valid"]
    last = json.loads(rnnctl("eval", "tiny-1", "--split", "valid", "--checkpoint", "last", "--json").out)
    assert last["metrics"] == lines[2]["valid"]
    assert last["epoch"] == 3
    train = json.loads(rnnctl("eval", "tiny-1", "--split", "train", "--json").out)
    assert train["metrics"]["scored_steps"] == 55


def test_words_that_are_not_known(rnnctl: Command) -> None:
    ended = rnnctl("eval", "tiny-1", "--split", "tests")
    assert (ended.code, ended.out) == (2, "")
    assert rnnctl("eval", "tiny-2") == Ended(
        2, "", "error: there is no run 'tiny-2'\n  = help: did you mean 'tiny-1'?\n"
    )


def test_without_a_run_the_newest_is_judged(rnnctl: Command) -> None:
    Path("three.yaml").write_text(CONFIG.replace("name: tiny", "name: three").replace("epochs: 3", "epochs: 1"))
    assert rnnctl("eval") == Ended(0, Path("trained.txt").read_text(), "")
    trained = rnnctl("train", "three.yaml", "-q")
    assert trained.out.endswith("run: runs/three-1\n")
    assert rnnctl("eval") == Ended(0, trained.out, "")
    assert rnnctl("eval", "--runs", "nowhere") == Ended(
        2, "", "error: there is no run in 'nowhere'\n  = help: train one first: rnnctl train CONFIG\n"
    )


def test_a_split_that_is_empty(rnnctl: Command) -> None:
    text = CONFIG.replace("model:", "  split: {train: 0.8, valid: 0.2, test: 0}\nmodel:", 1)
    Path("two.yaml").write_text(text.replace("name: tiny", "name: two"))
    assert rnnctl("train", "two.yaml", "-q").code == 0
    assert rnnctl("eval", "two-1") == Ended(2, "", "error: this run has no test split: its fraction is 0\n")
    assert rnnctl("eval", "two-1", "--split", "valid").code == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n3\n", "\n4\n", 1),
        lambda text: text[: text.rindex("\n", 0, -1)] + "\n7\n",  # of the test split alone
        lambda text: text + "1\n",
    ],
    ids=["a value", "the last value", "a row more"],
)
def test_data_that_has_changed(rnnctl: Command, tmp_path: Path, change: Callable[[str], str]) -> None:
    before = Path("tiny.csv").read_text()
    Path("tiny.csv").write_text(change(before))
    assert Path("tiny.csv").read_text() != before
    refused(
        rnnctl("eval", "tiny-1"),
        f"error: '{tmp_path / 'tiny.csv'}' is no longer what this run was trained on",
        "  = help: restore the file, or train anew",
    )
    Path("tiny.csv").write_text(before)
    assert rnnctl("eval", "tiny-1").code == 0


def test_data_that_has_gone(rnnctl: Command, tmp_path: Path) -> None:
    Path("tiny.csv").unlink()
    told = f"error: there is no file {tmp_path / 'tiny.csv'}\n"
    assert rnnctl("eval", "tiny-1") == Ended(3, "", told)


def test_the_config_may_go(rnnctl: Command) -> None:
    Path("tiny.yaml").unlink()
    assert rnnctl("eval", "tiny-1").out == Path("trained.txt").read_text()


def test_a_checkpoint_that_is_not_there(rnnctl: Command) -> None:
    RUN.checkpoint("best").unlink()
    refused(
        rnnctl("eval", "tiny-1"),
        "error: there is no checkpoint 'runs/tiny-1/checkpoints/best.safetensors'",
        "  = help: --checkpoint last judges the other one",
    )
    assert rnnctl("eval", "tiny-1", "--checkpoint", "last").code == 0
    RUN.checkpoint("last").unlink()
    refused(
        rnnctl("eval", "tiny-1"),
        "error: there is no checkpoint 'runs/tiny-1/checkpoints/best.safetensors'",
        "  = help: the run may have been stopped before it saved one",
    )


def test_a_run_that_failed_says_why(rnnctl: Command) -> None:
    RUN.update_record(status="failed", error="the loss became nan in epoch 2\n  --> more")
    ended = rnnctl("eval", "tiny-1")
    assert (ended.code, ended.out) == (0, Path("trained.txt").read_text())
    assert ended.err == (
        "note: training of tiny-1 failed: the loss became nan in epoch 2; this is the best checkpoint\n"
    )
    for which in ("best", "last"):
        RUN.checkpoint(which).unlink()
    refused(
        rnnctl("eval", "tiny-1"),
        "error: there is no checkpoint 'runs/tiny-1/checkpoints/best.safetensors'",
        "  = help: training failed: the loss became nan in epoch 2",
    )


def test_a_checkpoint_that_is_damaged(rnnctl: Command) -> None:
    path = RUN.checkpoint("best")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    ended = rnnctl("eval", "tiny-1")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith(f"error: '{path}' is damaged or no checkpoint of rnnctl: ")
    path.write_bytes(b"")
    other = "  = help: --checkpoint last judges the other one"
    refused(rnnctl("eval", "tiny-1"), f"error: '{path}' is damaged or no checkpoint of rnnctl: it is cut short", other)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = f"error: '{path}' is damaged: its weights are not those that were saved"
    refused(rnnctl("eval", "tiny-1"), told, other)
    RUN.checkpoint("last").write_bytes(b"")
    refused(rnnctl("eval", "tiny-1"), told)


def test_weights_of_another_model(rnnctl: Command) -> None:
    saved = load(RUN.checkpoint("best"))
    weights = {name: value for name, value in saved.weights.items() if name != "2.b"}
    save(RUN.checkpoint("best"), weights, saved.record)
    refused(
        rnnctl("eval", "tiny-1"),
        "error: the checkpoint is of another model: 2.b stand in one and not in the other",
    )
    weights["2.b"] = saved.weights["2.b"].astype("f8")
    save(RUN.checkpoint("best"), weights, saved.record)
    refused(
        rnnctl("eval", "tiny-1"),
        "error: the checkpoint is of another model: 2.b is [1] torch.float64 in it, [1] torch.float32 in the config",
    )


@pytest.mark.parametrize("key", ["facts", "data", "format"])
def test_a_record_that_is_not_whole(rnnctl: Command, key: str) -> None:
    record: dict[str, Any] = RUN.record()
    del record[key]
    RUN.write_record(record)
    ended = rnnctl("eval", "tiny-1")
    assert (ended.code, ended.out) == (5, "")
    assert "Traceback" not in ended.err


def test_a_resolved_config_that_is_damaged(rnnctl: Command) -> None:
    RUN.resolved.write_text(RUN.resolved.read_text().replace("- gru:", "- gruu:"))
    ended = rnnctl("eval", "tiny-1")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("error: unknown layer 'gruu'\n  --> runs/tiny-1/resolved.yaml:")
    RUN.resolved.unlink()
    assert rnnctl("eval", "tiny-1").code == 5


def test_a_model_of_another_size_than_its_weights(rnnctl: Command) -> None:
    RUN.resolved.write_text(RUN.resolved.read_text().replace("size: 4", "size: 5").replace("input: 4", "input: 5"))
    ended = rnnctl("eval", "tiny-1")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("error: the config or the scaling of 'runs/tiny-1' was changed after its checkpoint")


def test_a_scaling_that_was_changed(rnnctl: Command) -> None:
    """The weights mean nothing without it, so the checkpoint knows it."""
    record = RUN.record()
    RUN.write_record({**record, "scaling": {"input": None, "target": None}})
    assert rnnctl("eval", "tiny-1").code == 5
    ended = rnnctl("step", "tiny-1", "--input", "1")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("error: the config or the scaling of 'runs/tiny-1' was changed after its checkpoint")


def test_the_newest_run_is_one_with_a_checkpoint(rnnctl: Command) -> None:
    create_run(Path("runs"), RUN.open(), "", RUN.record()["scaling"])
    assert json.loads(rnnctl("eval", "--json").out)["run"] == "runs/tiny-1"
