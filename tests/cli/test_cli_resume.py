"""`rnnctl train --resume`: the same bits, what may change and what may not, and what is left of a bad ending."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnctl.runs.checkpoint import load, save
from rnnctl.runs.directory import Run
from rnnctl.runs.lock import training
from rnnctl.training.loop import Trainer
from tests.cli.commands import Command, command_line

CONFIG = """\
name: tiny
ignore: [initial-state-used-once, patience-never-ends]
data:
  csv: data/tiny.csv
  input: [x]
  target: {column: x, ahead: 1}
model:
  chain:
    - gru: 4
    - dense: 1
training:
  loss: mse
  optimizer: {adam: {lr: 1e-2}}
  epochs: 3
  batching: streams
  batch: 2
  window: {update: 4, backward: 8}
  reset: never
  learn_initial_state: true
"""
RUN = Run(Path("runs/tiny-1"))
WHOLE = Run(Path("whole/tiny-1"))
TOLD = "resume: runs/tiny-1 goes on in epoch 2, after 10 updates\n"
AGAIN = "; go on with: rnnctl train tiny.yaml --resume runs/tiny-1"


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, in a folder with a config and its data; nothing is waited for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    Path("data").mkdir()
    Path("data/tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    Path("tiny.yaml").write_text(CONFIG)

    return command_line(monkeypatch, capsys)


@pytest.fixture
def stopped(rnnctl: Command) -> Command:
    """The same, with a run that was stopped after 10 updates, in its second epoch."""
    assert rnnctl("train", "tiny.yaml", "-q", "--stop-after", "10").code == 0
    return rnnctl


def files(folder: Path) -> dict[str, bytes]:
    """All that stands in a folder, the lock left out."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}


def results(run: Run) -> list[bytes]:
    """What must be the same, byte for byte, however training came to its end."""
    return [run.checkpoint("last").read_bytes(), run.checkpoint("best").read_bytes(), run.metrics.read_bytes()]


def unchanged(rnnctl: Command, *arguments: str, code: int = 5) -> str:
    """What a refused resume says; nothing was written."""
    before = files(RUN.path)
    ended = rnnctl("train", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert files(RUN.path) == before
    return ended.err


# the same bits


def test_pieces_and_one_go_leave_the_same_files(stopped: Command) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--stop-after", "1")
    assert (ended.code, ended.err) == (0, f"{TOLD}stopped in epoch 2; saved in runs/tiny-1{AGAIN}\n")
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1", "--json")
    assert (ended.code, ended.err) == (0, TOLD.replace("10", "11"))
    assert results(RUN) == results(WHOLE)
    one, other = RUN.record(), WHOLE.record()
    assert (one["status"], one["test"], one["best_epoch"]) == ("finished", other["test"], other["best_epoch"])
    assert json.loads(ended.out)["metrics"] == other["test"]
    assert [(entry["from"], entry["epoch"], entry["update"]) for entry in one["resumed"]] == [
        ("last", 2, 10),
        ("last", 2, 11),
    ]


@pytest.mark.parametrize("number", [2, 9, 10, 20, 23])
def test_killed_at_any_event_it_goes_on_to_the_same_bits(rnnctl: Command, number: int) -> None:
    """A process that kills itself at its n-th event leaves no chance to tidy up."""
    assert rnnctl("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    driver = (
        "import os, signal, sys\n"
        "from rnnctl.runs.listeners import Checkpoints\n"
        "from rnnctl.cli.app import main\n"
        "heard, listen = [], Checkpoints.__call__\n"
        "def fatal(self, event):\n"
        "    heard.append(event)\n"
        f"    if len(heard) == {number} and {number % 2}:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    listen(self, event)\n"
        f"    if len(heard) == {number}:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "Checkpoints.__call__ = fatal\n"
        "sys.argv = ['rnnctl', 'train', 'tiny.yaml', '-q']\n"
        "main()\n"
    )
    killed = subprocess.run([sys.executable, "-c", driver], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert RUN.record()["status"] == "running"
    ended = rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert ended.code == 0
    fresh = "resume: runs/tiny-1 has no checkpoint yet, and starts over\n"
    assert (ended.err == fresh) is (number <= 9)
    assert results(RUN) == results(WHOLE)


def test_without_a_config_a_run_goes_on_with_its_own(stopped: Command) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    Path("tiny.yaml").unlink()
    ended = stopped("train", "-q", "--resume", "tiny-1", "--stop-after", "1")
    again = "go on with: rnnctl train --resume runs/tiny-1"
    assert (ended.code, ended.err) == (0, f"{TOLD}stopped in epoch 2; saved in runs/tiny-1; {again}\n")
    ended = stopped("train", "-q", "--resume", "runs/tiny-1")
    assert (ended.code, ended.err) == (0, TOLD.replace("10", "11"))
    assert results(RUN) == results(WHOLE)
    RUN.resolved.write_text("model: [")
    assert unchanged(stopped, "--resume", "tiny-1").splitlines()[1].startswith("  --> runs/tiny-1/resolved.yaml:1:")


def test_killed_while_it_judges_it_judges_again(stopped: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    before = results(RUN)
    record = RUN.record()
    RUN.write_record({**record, "status": "running"})
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert results(RUN) == before
    assert (RUN.record()["status"], RUN.record()["test"]) == ("finished", record["test"])


def test_best_is_written_again_where_it_differs(stopped: Command) -> None:
    RUN.checkpoint("best").write_bytes(b"half a ch")
    (RUN.path / "checkpoints" / ".last.safetensors.x1").write_bytes(b"left by a process that was killed")
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--stop-after", "1").code == 0
    assert load(RUN.checkpoint("best")).record["epoch"] == 1
    assert not list(RUN.path.rglob(".*"))
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert results(RUN) == results(WHOLE)


def test_eval_step_and_load_run_take_the_last_weights(stopped: Command) -> None:
    from rnnctl.build import load_run

    assert stopped("eval", "tiny-1", "--checkpoint", "last", "--json").code == 0
    assert stopped("step", "tiny-1", "--input", "3").code == 0
    chain = load_run("tiny-1", checkpoint="last")
    found = {name: p.detach().numpy().tobytes() for name, p in chain.named_parameters()}
    saved = RUN.load_checkpoint("last").weights
    assert sorted(found.values()) == sorted(value.tobytes() for value in saved.values())
    RUN.checkpoint("best").unlink()
    assert stopped("step", "tiny-1", "--reset", "--input", "3").code == 0


# a run that has ended


def test_nothing_is_left_to_do_unless_epochs_are_raised(rnnctl: Command) -> None:
    assert rnnctl("train", "tiny.yaml", "-q").code == 0
    before = files(RUN.path)
    ended = rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--json")
    assert ended.code == 0
    assert ended.err == (
        "resume: nothing is left to do for runs/tiny-1: it has been trained for all its epochs; "
        "raise training.epochs to go on\n"
    )
    assert json.loads(ended.out) == {"run": "runs/tiny-1", "status": "finished", "epoch": 3, "update": 21}
    assert files(RUN.path) == before
    Path("tiny.yaml").write_text(CONFIG.replace("epochs: 3", "epochs: 5"))
    ended = rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert (ended.code, ended.err) == (
        0,
        "resume: training.epochs 3 -> 5\nresume: runs/tiny-1 goes on in epoch 4, after 21 updates\n",
    )
    assert rnnctl("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)
    assert "epochs: 5" in RUN.resolved.read_text()
    assert RUN.config.read_text() == CONFIG
    assert RUN.record()["resumed"][0]["changes"] == {"training.epochs": [3, 5]}
    assert rnnctl("eval", "tiny-1").code == 0


def test_more_patience_for_a_run_that_stopped_early(rnnctl: Command) -> None:
    text = CONFIG.replace("epochs: 3", "epochs: 30")
    Path("tiny.yaml").write_text(text + "  early_stopping: {patience: 1, margin: 100.0}\n")
    assert rnnctl("train", "tiny.yaml", "-q").code == 0
    assert RUN.record()["stopped_early"] == 2
    ended = rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert ended.err == (
        "resume: nothing is left to do for runs/tiny-1: it stopped early; raise early_stopping to go on\n"
    )
    Path("tiny.yaml").write_text(text + "  early_stopping: {patience: 4, margin: 100.0}\n")
    ended = rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert (ended.code, ended.err) == (
        0,
        "resume: training.early_stopping.patience 1 -> 4\nresume: runs/tiny-1 goes on in epoch 3, after 14 updates\n",
    )
    assert RUN.record()["stopped_early"] == 5
    assert rnnctl("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)


# what may change, and what may not


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("lr: 1e-2", "lr: 2e-2", "training.optimizer.adam.lr 0.01 -> 0.02"),
        ("lr: 1e-2", "lr: 1e-2, betas: [0.8, 0.9]", "training.optimizer.adam.betas [0.9, 0.999] -> [0.8, 0.9]"),
        ("epochs: 3", "epochs: 4", "training.epochs 3 -> 4"),
        ("epochs: 3", "epochs: 3\n  clip: {norm: 1.0}", "training.clip null -> {norm: 1.0}"),
        ("epochs: 3", "epochs: 3\n  schedule: cosine", "training.schedule constant -> cosine"),
        ("epochs: 3", "epochs: 3\n  early_stopping: 9", "training.early_stopping null -> {patience: 9, margin: 0.0}"),
        ("name: tiny", "name: other", "name tiny -> other"),
    ],
)
def test_what_concerns_the_updates_to_come_is_applied_and_named(
    stopped: Command, old: str, new: str, told: str
) -> None:
    Path("tiny.yaml").write_text(CONFIG.replace(old, new))
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1", "--stop-after", "2")
    assert (ended.code, ended.err) == (0, f"resume: {told}\n{TOLD}stopped in epoch 2; saved in runs/tiny-1{AGAIN}\n")
    key = told.partition(" ")[0]
    [changes] = [entry["changes"] for entry in RUN.record()["resumed"]]
    assert list(changes) == [key]
    assert RUN.open().as_plain() == load(RUN.checkpoint("last")).record["config"]
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1")
    assert (ended.code, ended.err) == (0, TOLD.replace("10", "12"))


def test_what_is_promised_may_change_and_is_kept(stopped: Command) -> None:
    """It is no part of the state; the resolved config of the run has the new promises, its config file the old ones."""
    Path("tiny.yaml").write_text(f"{CONFIG}expect: {{test.mse: {{below: 9}}, parameters: 3}}\n")
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1", "--stop-after", "2")
    told = "expect null -> {test.mse: {below: 9}, parameters: 3}"
    assert (ended.code, ended.err) == (0, f"resume: {told}\n{TOLD}stopped in epoch 2; saved in runs/tiny-1{AGAIN}\n")
    assert RUN.open().as_plain()["expect"] == {"test.mse": {"below": 9}, "parameters": 3}
    assert "expect" not in RUN.config.read_text()
    Path("tiny.yaml").write_text(f"{CONFIG}expect: {{test.mse: {{above: 1}}}}\n")
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1")
    changes = ["test.mse.below 9 -> null", "test.mse.above null -> 1", "parameters 3 -> null"]
    assert ended.err.split("\n")[:3] == [f"resume: expect.{change}" for change in changes]
    assert RUN.open().as_plain()["expect"] == {"test.mse": {"above": 1}}


def test_promises_change_no_bit(stopped: Command) -> None:
    Path("tiny.yaml").write_text(f"{CONFIG}expect: {{test.mse: {{below: 9}}}}\n")
    assert stopped("train", "tiny.yaml", "-q", "--resume", "runs/tiny-1").code == 0
    Path("tiny.yaml").write_text(CONFIG)
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert RUN.metrics.read_bytes() == WHOLE.metrics.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gru: 4", "gru: 5", "model.chain.0.gru.size 4 -> 5, model.chain.1.dense.input 4 -> 5"),
        ("gru: 4", "lstm: 4", "model.chain.0 gru -> lstm"),
        ("optimizer: {adam: {lr: 1e-2}}", "optimizer: sgd", "training.optimizer adam -> sgd"),
        ("batch: 2", "batch: 4", "training.batch 2 -> 4"),
        ("backward: 8", "backward: 12", "training.window.backward 8 -> 12"),
        ("reset: never", "reset: epoch", "training.reset never -> epoch"),
        ("loss: mse", "loss: mae", "training.loss mse -> mae"),
        ("epochs: 3", "epochs: 3\n  seed: 1", "training.seed 0 -> 1"),
        ("epochs: 3", "epochs: 3\n  burn_in: 1", "training.burn_in 0 -> 1"),
        ("epochs: 3", "epochs: 3\n  precision: float64", "training.precision float32 -> float64"),
        ("ahead: 1}", "ahead: 1}\n  scale: none", "data.scale standard -> none"),
    ],
)
def test_what_the_state_depends_on_is_refused_and_named(stopped: Command, old: str, new: str, told: str) -> None:
    assert CONFIG.count(old) == 1
    Path("tiny.yaml").write_text(CONFIG.replace(old, new).replace("epochs: 3", "epochs: 9"))
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        f"error: run 'tiny-1' cannot go on with another {told}\n"
        "  = help: these may change: epochs, early_stopping, optimizer, schedule, clip, threads; "
        "for another model or other windows train anew\n"
    )


def test_all_that_is_refused_is_named_at_once(stopped: Command) -> None:
    Path("tiny.yaml").write_text(CONFIG.replace("mse", "mae").replace("batch: 2", "batch: 3"))
    told = unchanged(stopped, "tiny.yaml", "--resume", "tiny-1").splitlines()[0]
    assert told.endswith("another training.loss mse -> mae, training.batch 2 -> 3")


def test_fewer_epochs_than_were_begun(stopped: Command) -> None:
    Path("tiny.yaml").write_text(CONFIG.replace("epochs: 3", "epochs: 1"))
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        "error: run 'tiny-1' cannot go on to epoch 1: epoch 2 has begun\n  = help: write epochs: 2 or more\n"
    )
    Path("tiny.yaml").write_text(CONFIG.replace("epochs: 3", "epochs: 2"))
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert load(RUN.checkpoint("last")).record["state"]["place"]["epoch"] == 3


def test_data_that_changed_is_refused(stopped: Command) -> None:
    text = Path("data/tiny.csv").read_text()
    Path("data/tiny.csv").write_text(text.replace("\n12\n", "\n11\n", 1))
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        "error: the data of run 'tiny-1' is no longer what it was trained on\n"
        "  = help: restore the files, or train anew\n"
    )
    Path("data/tiny.csv").write_text(text)
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--stop-after", "1").code == 0


def test_the_same_data_at_another_place(stopped: Command) -> None:
    Path("data/tiny.csv").rename("moved.csv")
    Path("tiny.yaml").write_text(CONFIG.replace("data/tiny.csv", "moved.csv"))
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    here = Path.cwd()
    assert (ended.code, ended.err) == (0, f"resume: data.csv {here}/data/tiny.csv -> {here}/moved.csv\n{TOLD}")
    assert stopped("eval", "tiny-1").code == 0
    assert stopped("step", "tiny-1", "--input", "1").code == 0


def test_other_versions_are_named(stopped: Command) -> None:
    saved = load(RUN.checkpoint("last"))
    older = {**saved.record["versions"], "torch": "2.6.0", "processor": "AVX2"}
    save(RUN.checkpoint("last"), saved.weights, {**saved.record, "versions": older})
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert ended.code == 0
    promise = "bits are promised for one set of versions on one machine"
    now = torch.backends.cpu.get_cpu_capability()
    assert ended.err == (
        f"resume: torch 2.6.0 -> {torch.__version__}: {promise}\nresume: processor AVX2 -> {now}: {promise}\n{TOLD}"
    )
    assert RUN.record()["resumed"][0]["versions"] == [f"torch 2.6.0 -> {torch.__version__}", f"processor AVX2 -> {now}"]


def test_arguments_that_mean_nothing(stopped: Command) -> None:
    assert unchanged(stopped, code=2) == (
        "error: train needs a config, or a run to go on with\n"
        "  = help: usage: rnnctl train CONFIG, or rnnctl train [CONFIG] --resume RUN\n"
    )
    assert unchanged(stopped, "tiny.yaml", "--from", "previous", code=2) == (
        "error: --from says where to go on, and needs --resume RUN\n"
    )
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-2", code=2) == (
        "error: there is no run 'tiny-2'\n  = help: did you mean 'tiny-1'?\n"
    )
    with training(RUN):
        assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1", code=2) == (
            "error: run 'tiny-1' is being trained by another process\n"
            "  = help: wait for it to end, or interrupt it: it saves\n"
        )


# damage


BACK = "  = help: --from previous goes on from 'runs/tiny-1/checkpoints/previous.safetensors'\n"


def damaged(what: str) -> bytes:
    """The last checkpoint, spoilt."""
    whole = RUN.checkpoint("last").read_bytes()
    if what == "cut short":
        return whole[: len(whole) // 2]
    if what == "of another format":
        return whole.replace(b'{\\"format\\": 2', b'{\\"format\\": 1', 1)
    if what == "empty":
        return b""
    place = int(what.removeprefix("flipped "))
    spoilt = bytearray(whole)
    spoilt[place] ^= 8
    return bytes(spoilt)


@pytest.mark.parametrize(
    "what", ["empty", "cut short", "of another format", *(f"flipped {p}" for p in (3, 900, -2000, -900, -1))]
)
def test_a_damaged_last_is_told_and_the_one_before_is_taken_when_asked(stopped: Command, what: str) -> None:
    RUN.checkpoint("last").write_bytes(damaged(what))
    previous = RUN.checkpoint("previous").read_bytes()
    told = unchanged(stopped, "tiny.yaml", "--resume", "tiny-1")
    first, second = told.splitlines(keepends=True)
    assert first.startswith("error: 'runs/tiny-1/checkpoints/last.safetensors' ")
    assert "is damaged" in first or first.endswith("has format 1, and this rnnctl reads 2\n")
    assert second == BACK
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--from", "previous", "--stop-after", "1")
    assert ended.code == 0
    assert ended.err.startswith("resume: runs/tiny-1 goes on in epoch 2, after 7 updates\n")
    assert RUN.checkpoint("previous").read_bytes() == previous
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)


@pytest.mark.parametrize("dies_in", ["rnnctl.runs.listeners.MetricsFile.cut_back", "rnnctl.cli.train._go"])
def test_a_good_last_that_is_given_up_and_an_end_before_anything_new_is_saved(stopped: Command, dies_in: str) -> None:
    """The run goes on from the checkpoint that was asked for, and the other one stays."""
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    last, previous = (RUN.checkpoint(which).read_bytes() for which in ("last", "previous"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dies_in, lambda *_: sys.exit(137))
        assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--from", "previous").code == 137
    assert RUN.checkpoint("abandoned").read_bytes() == last
    assert RUN.checkpoint("last").read_bytes() == RUN.checkpoint("previous").read_bytes() == previous
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)


def test_what_a_finished_run_said_of_itself_is_not_left_beside_what_goes_on(stopped: Command) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert {"best_epoch", "stopped_early", "test"} <= RUN.record().keys()
    Path("tiny.yaml").write_text(CONFIG.replace("epochs: 3", "epochs: 4") + "  threads: auto\n")
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--stop-after", "1")
    assert "resume: training.epochs 3 -> 4\nresume: threads auto: 1, as the run has it\n" in ended.err
    record = RUN.record()
    assert record["status"] == "stopped"
    assert not {"best_epoch", "stopped_early", "test"} & record.keys()
    assert record["bits"]["threads"] == 1


def test_changes_that_come_too_late_are_named_and_not_applied(stopped: Command) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    Path("tiny.yaml").write_text(CONFIG.replace("lr: 1e-2", "lr: 1e-3"))
    ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert ended.err.splitlines() == [
        "resume: training.optimizer.adam.lr 0.01 -> 0.001, not applied",
        "resume: nothing is left to do for runs/tiny-1: it has been trained for all its epochs; "
        "raise training.epochs to go on",
    ]


def test_a_checkpoint_of_another_config(stopped: Command) -> None:
    Path("other.yaml").write_text(CONFIG.replace("gru: 4", "gru: 5"))
    assert stopped("train", "other.yaml", "-q", "--runs", "other", "--stop-after", "9").code == 0
    RUN.checkpoint("last").write_bytes(Run(Path("other/tiny-1")).checkpoint("last").read_bytes())
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        "error: the config or the scaling of 'runs/tiny-1' was changed after its checkpoint was saved\n" + BACK
    )


def test_weights_alone_are_no_state_to_go_on_from(stopped: Command) -> None:
    RUN.checkpoint("last").write_bytes(RUN.checkpoint("best").read_bytes())
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        "error: 'runs/tiny-1/checkpoints/last.safetensors' holds weights alone: training cannot go on from it\n" + BACK
    )


def test_a_last_that_is_gone(stopped: Command) -> None:
    RUN.checkpoint("last").unlink()
    first, second = unchanged(stopped, "tiny.yaml", "--resume", "tiny-1").splitlines(keepends=True)
    assert first == "error: there is no checkpoint 'runs/tiny-1/checkpoints/last.safetensors'\n"
    assert second == BACK


def test_a_previous_that_is_gone(stopped: Command) -> None:
    RUN.checkpoint("previous").unlink()
    first, second = unchanged(stopped, "tiny.yaml", "--resume", "tiny-1", "--from", "previous").splitlines()
    assert first == "error: there is no checkpoint 'runs/tiny-1/checkpoints/previous.safetensors'"
    assert second == "  = help: --from last goes on from 'runs/tiny-1/checkpoints/last.safetensors'"


def test_metrics_that_were_cut_short(stopped: Command) -> None:
    size = RUN.metrics.stat().st_size
    os.truncate(RUN.metrics, size - 5)
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1") == (
        f"error: 'runs/tiny-1/metrics.jsonl' is damaged: it has {size - 5} bytes, and had {size} at the checkpoint\n"
        "  = help: restore the file, or train anew\n"
    )


def test_metrics_that_fit_the_checkpoint_before(stopped: Command) -> None:
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    size = RUN.metrics.stat().st_size
    first, second, *_ = RUN.metrics.read_text().splitlines(keepends=True)
    os.truncate(RUN.metrics, len(first + second) + 5)
    assert unchanged(stopped, "tiny.yaml", "--resume", "tiny-1").endswith(" at the checkpoint\n" + BACK)
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1", "--from", "previous").code == 0
    assert RUN.metrics.stat().st_size == size


def test_a_resolved_config_that_was_changed_by_hand(stopped: Command) -> None:
    """What the weights mean is sealed; the rest is compared with what the checkpoint says itself."""
    RUN.resolved.write_text(RUN.resolved.read_text().replace("seed: 0", "seed: 4"))
    Path("tiny.yaml").write_text(CONFIG + "  seed: 4\n")
    told = unchanged(stopped, "tiny.yaml", "--resume", "tiny-1")
    assert told.startswith("error: run 'tiny-1' cannot go on with another training.seed 0 -> 4\n")


# a disk that fills up


def good(run: Run) -> list[int]:
    """The updates at which the checkpoints of a run were made; each can be read."""
    paths = [run.checkpoint(which) for which in ("best", "previous", "last")]
    return [load(path).record["update"] for path in paths if path.exists()]


WRITES = ("os.fsync", "pathlib.Path.replace", "tempfile.mkstemp", "pathlib.Path.open")


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("times", [0, 1, 2, 3, 5, 8])
def test_a_full_disk_ends_it_and_the_last_good_checkpoint_stands(
    stopped: Command, monkeypatch: pytest.MonkeyPatch, call: str, times: int
) -> None:
    """Whichever write is the first to fail: exit 4, one line, and from what is there it goes on to the same bits."""
    module, _, name = call.rpartition(".")
    owner: Any = {"os": os, "pathlib.Path": Path, "tempfile": __import__("tempfile")}[module]
    real, made = getattr(owner, name), [0]

    def failing(*arguments: Any, **options: Any) -> Any:
        reads = name == "open" and "a" not in (*arguments[1:2], options.get("mode", ""))
        made[0] += not reads
        if made[0] > times and not reads:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, failing)
        ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    if made[0] <= times:
        assert ended.code == 0
        return
    assert (ended.code, ended.out) == (4, "")
    *_, told = ended.err.splitlines()
    assert told.startswith("error: cannot write 'runs/tiny-1/")
    assert told.endswith("': No space left on device")
    assert len(good(RUN)) == 3
    assert not list(RUN.path.rglob(".*"))
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)


def test_a_limit_on_the_size_of_files(stopped: Command) -> None:
    """The system itself refuses: no file may grow beyond what is less than a checkpoint."""
    before = good(RUN)
    most = RUN.checkpoint("last").stat().st_size * 3 // 4
    done = subprocess.run(
        [sys.executable, "-m", "rnnctl", "train", "tiny.yaml", "-q", "--resume", "tiny-1"],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        ),
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (f"{TOLD}error: cannot write 'runs/tiny-1/checkpoints/last.safetensors': File too large\n")
    assert good(RUN) == before
    assert RUN.record()["status"] == "failed"
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert "error" not in RUN.record()
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)


def test_divergence_after_a_resume_leaves_the_good_checkpoints(
    stopped: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {which: RUN.checkpoint(which).read_bytes() for which in ("last", "previous", "best")}
    train_window = Trainer._train_window

    def wild(self: Trainer, *arguments: Any) -> Any:
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.fill_(1e30)
        return train_window(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_train_window", wild)
        ended = stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1")
    assert ended.code == 4
    assert {which: RUN.checkpoint(which).read_bytes() for which in before} == before
    assert RUN.record()["status"] == "failed"
    assert stopped("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert stopped("train", "tiny.yaml", "-q", "--runs", "whole").code == 0
    assert results(RUN) == results(WHOLE)
