"""`rnnctl train`, from a config to a run: its files, its streams, its exit codes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnctl import __version__
from rnnctl.config import open_config
from rnnctl.runs.checkpoint import load
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json
from tests.cli.commands import Command, Ended, command_line

CONFIG = """\
name: tiny
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
  window: 8
  learn_initial_state: true
"""

AGAIN = "; go on with: rnnctl train tiny.yaml --resume runs/tiny-1"


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, in a folder with a config and its data."""
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    Path("data").mkdir()
    Path("data/tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    Path("tiny.yaml").write_text(CONFIG)

    return command_line(monkeypatch, capsys)


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_what_a_run_leaves(rnnctl: Command) -> None:
    ended = rnnctl("train", "tiny.yaml")
    assert ended.code == 0
    run = Run(Path("runs/tiny-1"))
    assert sorted(str(p.relative_to(run.path)) for p in run.path.rglob("*") if p.is_file()) == [
        "checkpoints/best.safetensors",
        "checkpoints/last.safetensors",
        "checkpoints/previous.safetensors",
        "config.yaml",
        "lock",
        "metrics.jsonl",
        "resolved.yaml",
        "run.json",
    ]
    assert run.config.read_bytes() == Path("tiny.yaml").read_bytes()
    assert open_config(run.resolved).as_plain() == open_config(Path("tiny.yaml")).as_plain()
    lines = [strict(line) for line in run.metrics.read_text().splitlines()]
    assert [line["epoch"] for line in lines[:3]] == [1, 2, 3]
    assert [line["update"] for line in lines[:3]] == [7, 14, 21]
    assert all(line["train"]["loss"] > 0 and line["valid"]["loss"] > 0 for line in lines[:3])
    best = min(lines[:3], key=lambda line: line["valid"]["loss"])["epoch"]
    assert lines[3]["best_epoch"] == best
    assert len(lines) == 4
    record = run.record()
    assert record["status"] == "finished"
    assert record["best_epoch"] == best
    assert record["test"] == lines[3]["test"]
    assert load(run.checkpoint("best")).record["epoch"] == best
    last = load(run.checkpoint("last")).record
    moment = {"epoch": 3, "update": 21, "loss": lines[2]["valid"]["loss"], "run": run.seal()}
    assert {key: last[key] for key in moment} == moment
    assert last["config"] == run.open().as_plain()
    assert last["state"]["place"] == {"epoch": 4, "batch": 0, "window": 0, "windows": 0, "update": 21}
    assert last["listeners"] == {"metrics": {"length": sum(len(f"{as_json(line)}\n") for line in lines[:3])}}
    assert last["best"] == {key: value for key, value in load(run.checkpoint("best")).record.items() if key != "run"}
    assert load(run.checkpoint("previous")).record["epoch"] == 2


def test_the_record_names_what_bits_depend_on(rnnctl: Command) -> None:
    assert rnnctl("train", "tiny.yaml", "-q").code == 0
    record = Run(Path("runs/tiny-1")).record()
    assert record["bits"] == {
        "depend_on": ["versions", "machine", "threads", "processor"],
        "threads": 1,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "deterministic_algorithms": True,
    }
    assert set(record["versions"]) == {"python", "rnnctl", "numpy", "torch", "safetensors"}
    assert record["versions"]["rnnctl"] == __version__
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.utils.deterministic.fill_uninitialized_memory


def test_what_is_told_of_training(rnnctl: Command) -> None:
    ended = rnnctl("train", "tiny.yaml")
    assert "\x1b" not in ended.err + ended.out
    first, *epochs = ended.err.splitlines()
    assert first == "tiny: 85 parameters, 3 epochs, in runs/tiny-1"
    pattern = r"epoch {}/3  train loss \S+  valid loss \S+  [\d,]+ steps/s"
    assert len(epochs) == 3
    for number, line in enumerate(epochs, 1):
        assert re.fullmatch(pattern.format(number), line)
    head, *table, verdict, where = ended.out.splitlines()
    assert re.fullmatch(r"test split, checkpoint of epoch \d +model +naive forecast", head)
    assert [line.split("  ")[0] for line in table] == [
        "mean squared error",
        "root mean squared error",
        "mean absolute error",
    ]
    assert re.fullmatch(
        r"(beats the naive forecast: \d+% less squared error|does not beat the naive forecast), over 12 scored steps",
        verdict,
    )
    assert where == "run: runs/tiny-1"


def test_json_is_one_object_on_stdout(rnnctl: Command) -> None:
    ended = rnnctl("train", "tiny.yaml", "--json", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    result = strict(ended.out)
    assert ended.out.count("\n") == 1
    assert list(result) == ["run", "epoch", "stopped_early", "split", "baseline", "target", "each", "metrics"]
    assert (result["run"], result["split"], result["baseline"]) == ("runs/tiny-1", "test", "naive forecast")
    assert result["metrics"]["scored_steps"] == 12
    assert result["metrics"] == Run(Path("runs/tiny-1")).record()["test"]


def test_the_same_config_gives_the_same_bits(rnnctl: Command) -> None:
    for _ in range(2):
        assert rnnctl("train", "tiny.yaml", "-q").code == 0
    Path("other.yaml").write_text(CONFIG + "  seed: 1\n")
    assert rnnctl("train", "other.yaml", "-q", "--runs", "elsewhere").code == 0
    first, again = (Path(f"runs/tiny-{i}") for i in (1, 2))
    assert (first / "metrics.jsonl").read_bytes() == (again / "metrics.jsonl").read_bytes()
    for which in ("best", "last"):
        assert Run(first).checkpoint(which).read_bytes() == Run(again).checkpoint(which).read_bytes()
    assert load(Run(Path("elsewhere/tiny-1")).checkpoint("last")).digest != load(Run(first).checkpoint("last")).digest


def test_a_run_can_be_trained_again_from_its_resolved_config(rnnctl: Command) -> None:
    assert rnnctl("train", "tiny.yaml", "-q").code == 0
    assert rnnctl("train", "runs/tiny-1/resolved.yaml", "-q").code == 0
    first, again = (Run(Path(f"runs/tiny-{i}")) for i in (1, 2))
    assert first.metrics.read_bytes() == again.metrics.read_bytes()
    assert first.resolved.read_bytes() == again.resolved.read_bytes()


@pytest.mark.parametrize(
    ("split", "judged", "steps"),
    [("{train: 0.8, valid: 0.2, test: 0}", "valid", 16), ("{train: 1, valid: 0, test: 0}", "train", 79)],
)
def test_without_a_test_split(rnnctl: Command, split: str, judged: str, steps: int) -> None:
    Path("tiny.yaml").write_text(CONFIG.replace("model:", f"  split: {split}\nmodel:", 1))
    ended = rnnctl("train", "tiny.yaml", "--json", "-q")
    assert ended.code == 0
    assert (strict(ended.out)["split"], strict(ended.out)["metrics"]["scored_steps"]) == (judged, steps)
    lines = [strict(line) for line in Path("runs/tiny-1/metrics.jsonl").read_text().splitlines()]
    assert [bool(line["valid"]) for line in lines[:3]] == 3 * [judged == "valid"]


def test_classes_and_sequences(rnnctl: Command) -> None:
    rows = (f"s{i // 5},{np.sin(i):.3f},{'no' if i // 5 % 3 else 'yes'}\n" for i in range(150))
    Path("data/many.csv").write_text("id,x,label\n" + "".join(rows))
    Path("many.yaml").write_text(
        """\
data: {csv: data/many.csv, id: id, input: x, target: {column: label, kind: class, each: sequence}}
model: {chain: [{lstm: 3}, {dropout: 0.5}, {dense: 2}]}
training: {loss: cross_entropy, epochs: 2, batch: 4}
"""
    )
    ended = rnnctl("train", "many.yaml", "-q")
    assert ended.code == 0
    head, accuracy, entropy, verdict, where = ended.out.splitlines()
    assert re.fullmatch(r"test split, checkpoint of epoch \d +model +majority class", head)
    assert re.fullmatch(r"accuracy +\d+\.\d\d% +\d+\.\d\d%", accuracy)
    assert entropy.startswith("cross entropy, nats a sequence")
    assert verdict.endswith(("over 4 sequences", "over 5 sequences"))
    assert where == "run: runs/many-1"


def test_a_series_that_never_changes_is_valid_json_too(rnnctl: Command) -> None:
    """The naive forecast is perfect, and the skill no number."""
    Path("data/tiny.csv").write_text("x\n" + "3\n" * 80)
    Path("tiny.yaml").write_text(CONFIG.replace("dense: 1", "dense: {size: 1, init: {b: 1}}"))
    ended = rnnctl("train", "tiny.yaml", "--json", "-q")
    assert ended.code == 0
    assert strict(ended.out)["metrics"]["skill"] is None
    assert strict(ended.out)["metrics"]["baseline_mse"] == 0
    assert all(strict(line) for line in Path("runs/tiny-1/metrics.jsonl").read_text().splitlines())
    assert "does not beat the naive forecast" in rnnctl("train", "tiny.yaml", "-q").out


def test_a_loss_that_diverges(rnnctl: Command) -> None:
    Path("tiny.yaml").write_text(
        CONFIG.replace("adam: {lr: 1e-2}", "sgd: {lr: 3e1}")
        .replace("    - gru: 4\n", "    - rnn: {size: 4, activation: identity}\n")
        .replace("epochs: 3", "epochs: 300")
    )
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert (ended.code, ended.out) == (4, "")
    message, help_line = ended.err.splitlines()
    assert message.startswith(("error: the loss became ", "error: the gradient is no longer finite "))
    assert help_line == "  = help: try a smaller learning rate, `clip`, or a shorter window"
    record = Run(Path("runs/tiny-1")).record()
    assert record["status"] == "failed"
    assert record["error"].startswith(message.removeprefix("error: "))
    assert not Run(Path("runs/tiny-1")).checkpoint("last").exists()


def test_the_best_checkpoint_outlives_a_divergence(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnctl.training.loop import Trainer

    evaluate = Trainer.evaluate
    kept: list[bytes] = []

    def broken(self: Trainer, split: Any) -> Any:
        found = evaluate(self, split)
        if len(kept) == 2:
            next(self.model.parameters()).data.fill_(float("nan"))
        best = Path("runs/tiny-1/checkpoints/best.safetensors")
        kept.append(best.read_bytes() if best.exists() else b"")
        return found

    monkeypatch.setattr(Trainer, "evaluate", broken)
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert ended.code == 4
    assert ended.err.startswith("error: the weights are no longer finite after epoch 3, in W")
    run = Run(Path("runs/tiny-1"))
    assert run.checkpoint("best").read_bytes() == kept[2]
    assert load(run.checkpoint("last")).record["epoch"] == 2
    assert all(np.isfinite(value).all() for value in load(run.checkpoint("best")).weights.values())
    assert len(run.metrics.read_text().splitlines()) == 2


def test_a_disk_that_fills_up_is_told_once(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    synced = os.fsync
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 14:
            raise OSError(28, "No space left on device")
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert (ended.code, ended.out) == (4, "")
    assert re.fullmatch(r"error: cannot write '.*': No space left on device\n", ended.err)
    assert list(Path().rglob(".*")) == []


def test_early_stopping_is_told_and_recorded(rnnctl: Command) -> None:
    """No loss falls by the margin below that of the first epoch."""
    Path("tiny.yaml").write_text(
        CONFIG.replace("epochs: 3", "epochs: 9") + "  early_stopping: {patience: 2, margin: 100.0}\n"
    )
    ended = rnnctl("train", "tiny.yaml")
    assert ended.code == 0
    run = Run(Path("runs/tiny-1"))
    *epochs, last = [strict(line) for line in run.metrics.read_text().splitlines()]
    assert [line["epoch"] for line in epochs] == [1, 2, 3]
    best = min(epochs, key=lambda line: line["valid"]["loss"])["epoch"]
    record = run.record()
    assert (last["stopped_early"], record["stopped_early"], record["best_epoch"]) == (3, 3, best)
    assert ended.out.splitlines()[-2:] == ["stopped early, after epoch 3", "run: runs/tiny-1"]
    assert ended.err.splitlines()[-1].startswith("epoch 3/9 ")
    Path("tiny.yaml").write_text(CONFIG + "  early_stopping: {patience: 2, margin: 100.0}\n")
    assert strict(rnnctl("train", "tiny.yaml", "-q", "--json").out)["stopped_early"] == 3
    Path("tiny.yaml").write_text(CONFIG + "  early_stopping: 3\n")
    assert strict(rnnctl("train", "tiny.yaml", "-q", "--json").out)["stopped_early"] is None


@pytest.mark.parametrize("split", ["{train: 0.8, valid: 0, test: 0.2}", "{train: 1, valid: 0, test: 0}"])
def test_early_stopping_needs_a_validation_split(rnnctl: Command, split: str) -> None:
    text = CONFIG.replace("model:", f"  split: {split}\nmodel:", 1) + "  early_stopping: 2\n"
    column = f"  split: {split}".index("valid: ") + len("valid: ")
    Path("tiny.yaml").write_text(text)
    for command in ("validate", "train"):
        ended = rnnctl(command, "tiny.yaml")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == (
            "error[early-stopping-without-validation]: early stopping looks at the validation loss, "
            "and the validation split is empty\n"
            "  --> tiny.yaml:17:3\n"
            " 17 |   early_stopping: 2\n"
            "    |   ^^^^^^^^^^^^^^\n"
            f"  ::: tiny.yaml:6:{column + 1}\n"
            f"  6 |   split: {split}\n"
            f"    | {' ' * column}- no validation split\n"
            "    = help: give `valid` a share of `data.split`\n"
        )
    assert not Path("runs").exists()


def test_stop_after_so_many_updates(rnnctl: Command) -> None:
    ended = rnnctl("train", "tiny.yaml", "--stop-after", "10", "--json", "-q")
    assert (ended.code, ended.err) == (0, f"stopped in epoch 2; saved in runs/tiny-1{AGAIN}\n")
    assert strict(ended.out) == {"run": "runs/tiny-1", "status": "stopped", "epoch": 2, "update": 10}
    run = Run(Path("runs/tiny-1"))
    assert run.record()["status"] == "stopped"
    assert load(run.checkpoint("last")).record["state"]["place"] == {
        "epoch": 2,
        "batch": 0,
        "window": 3,
        "windows": 3,
        "update": 10,
    }
    assert len(run.metrics.read_text().splitlines()) == 1
    assert rnnctl("train", "tiny.yaml", "--stop-after", "1000", "-q").code == 0
    assert Run(Path("runs/tiny-2")).record()["status"] == "finished"
    assert rnnctl("train", "tiny.yaml", "--stop-after", "0").code == 2


def test_a_bug_is_recorded_as_a_failure(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnctl.training.loop import Trainer

    def broken(self: Trainer, split: Any) -> Any:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Trainer, "evaluate", broken)
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert ended.code == 1
    assert "this is a bug in rnnctl" in ended.err
    assert Run(Path("runs/tiny-1")).record()["status"] == "failed"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interruption_saves_and_says_so(tmp_path: Path, number: signal.Signals, code: int) -> None:
    (tmp_path / "tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    (tmp_path / "tiny.yaml").write_text(CONFIG.replace("data/", "").replace("epochs: 3", "epochs: 1000000"))
    command = [sys.executable, "-m", "rnnctl", "train", "tiny.yaml"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("tiny: 85 parameters")
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out) == (code, "")
    last = err.splitlines()[-1]
    found = re.fullmatch(rf"interrupted in epoch (\d+); saved in runs/tiny-1{AGAIN}", last)
    assert found is not None
    assert "Traceback" not in err
    run = Run(tmp_path / "runs/tiny-1")
    assert run.record()["status"] == "interrupted"
    saved = load(run.checkpoint("last"))
    assert saved.record["epoch"] == int(found[1])
    assert set(saved.weights) >= {"0.initial_h", "1.W", "1.b"}
    assert list(run.path.rglob(".*")) == []


@pytest.mark.parametrize("place", ["rnnctl.build.build_trainer", "rnnctl.cli.train.open_with_warnings"])
def test_an_interruption_before_training_begins(rnnctl: Command, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def interrupted(*_: Any) -> Any:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(place, interrupted)
    assert rnnctl("train", "tiny.yaml") == Ended(130, "", "interrupted before training began; nothing was saved\n")
    assert not Path("runs").exists()


def test_an_interruption_in_the_last_epoch_is_not_lost(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnctl.training.loop import Trainer

    evaluate = Trainer.evaluate
    calls: list[int] = []

    def interrupted(self: Trainer, split: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:  # after the last window of the last epoch
            signal.raise_signal(signal.SIGINT)
        return evaluate(self, split)

    monkeypatch.setattr(Trainer, "evaluate", interrupted)
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert (ended.code, ended.out, ended.err) == (130, "", f"interrupted in epoch 3; saved in runs/tiny-1{AGAIN}\n")
    run = Run(Path("runs/tiny-1"))
    assert run.record()["status"] == "interrupted"
    assert len(run.metrics.read_text().splitlines()) == 3
    assert load(run.checkpoint("last")).record["epoch"] == 3


def test_a_second_interruption_ends_it_at_once(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnctl.training.loop import Trainer

    def interrupted(self: Trainer, split: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("unreachable")

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Trainer, "evaluate", interrupted)
    ended = rnnctl("train", "tiny.yaml", "-q")
    assert (ended.code, ended.out, ended.err) == (143, "", "")
    assert Run(Path("runs/tiny-1")).record()["status"] == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before


def test_the_threads_of_the_config_are_used(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    Path("tiny.yaml").write_text(CONFIG.replace("  epochs: 3\n", "  epochs: 1\n  threads: 2\n"))
    assert rnnctl("train", "tiny.yaml", "-q").code == 0
    assert rnnctl("eval", "tiny-1").code == 0
    assert asked == [2, 2]
