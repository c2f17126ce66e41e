"""`rnnctl train --track`: the same bits with trackers and without, and what these read back, however training went."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnctl.runs.directory import Run
from rnnctl.training.loop import Trainer
from tests.cli.commands import Command, command_line
from tests.tracking.readers import Curves, client, metrics, only_run, scalars, text

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's about SQLAlchemy

CONFIG = """\
name: tiny
ignore: [initial-state-used-once, patience-never-ends]
data:
  csv: tiny.csv
  input: [x]
  target: {column: x, ahead: 1}
model:
  chain:
    - gru: 4
    - dense: 1
training:
  loss: mse
  optimizer: {adam: {lr: 1e-2}}
  schedule: cosine
  epochs: 3
  batching: streams
  batch: 2
  window: {update: 4, backward: 8}
  reset: never
  learn_initial_state: true
"""
RUN = Run(Path("runs/tiny-1"))
BOARD = RUN.path / "tensorboard"


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, in a folder with a config and its data; nothing is waited for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    Path("tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    Path("tiny.yaml").write_text(CONFIG)
    return command_line(monkeypatch, capsys)


def both(store: Path) -> list[str]:
    return ["--track", "tensorboard", "--track", f"mlflow={store}"]


def results(run: Run) -> list[bytes]:
    """What must be the same, byte for byte."""
    return [run.checkpoint(which).read_bytes() for which in ("last", "best")] + [run.metrics.read_bytes()]


def written(run: Run = RUN) -> Curves:
    """The curves that metrics.jsonl has, with the final metrics at the last update."""
    found: dict[str, list[tuple[int, float]]] = {}
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    last = max(line["update"] for line in lines if "update" in line)
    for line in lines:
        for group in {"train", "valid", "test"} & line.keys():
            for name, value in line[group].items():
                if value is not None:
                    found.setdefault(f"{group}/{name}", []).append((line.get("update", last), float(value)))
    return found


def of_epochs(curves: Curves) -> Curves:
    return {name: curve for name, curve in curves.items() if not name.startswith("update/")}


def of_updates(curves: Curves) -> Curves:
    return {name: curve for name, curve in curves.items() if name.startswith("update/")}


def rounded(curves: Curves) -> Curves:
    """As TensorBoard keeps them, in single precision."""
    return {name: [(step, float(np.float32(value))) for step, value in curve] for name, curve in curves.items()}


def tracked(store: Path) -> tuple[Curves, Curves]:
    """What TensorBoard and MLflow have."""
    return scalars(BOARD), metrics(store, only_run(store, "tiny"))


def test_the_same_bits_and_the_numbers_of_the_metrics_file(rnnctl: Command, store: Path) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--runs", "plain").code == 0
    ended = rnnctl("train", "tiny.yaml", "-q", "--json", *both(store))
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["run"] == "runs/tiny-1"
    assert results(RUN) == results(Run(Path("plain/tiny-1")))
    board, flow = tracked(store)
    assert of_epochs(flow) == written()
    assert of_epochs(board) == rounded(written())
    assert {len(curve) for curve in written().values()} == {1, 3}
    assert of_updates(board) == rounded(of_updates(flow))
    assert set(of_updates(flow)) == {"update/loss", "update/gradient_norm", "update/learning_rate"}
    assert [step for step, _ in flow["update/loss"]] == list(range(1, 22))
    rates = [value for _, value in flow["update/learning_rate"]]
    assert rates[0] == 0.01
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.001
    run = only_run(store, "tiny")
    assert run.info.status == "FINISHED"
    assert run.data.params["training.optimizer.adam.lr"] == "0.01"
    kept = store.parent / "mlruns" / "tiny" / run.info.run_id / "artifacts"
    assert (kept / "metrics.jsonl").read_bytes() == RUN.metrics.read_bytes()
    assert (kept / "resolved.yaml").read_bytes() == RUN.resolved.read_bytes()
    assert text(BOARD, "run").startswith(f"    directory: {RUN.path.absolute()}\n    version.python: ")
    assert text(BOARD) == "".join(f"    {line}\n" for line in RUN.resolved.read_text().splitlines())
    uri = f"sqlite:///{store}"
    assert RUN.record()["tracking"] == {
        "tensorboard": {"on": True},
        "mlflow": {"on": True, "uri": uri, "run": run.info.run_id},
    }


def test_what_is_told_at_the_beginning(rnnctl: Command, store: Path) -> None:
    ended = rnnctl("train", "tiny.yaml", *both(store))
    assert ended.err.splitlines()[:2] == [
        "track: TensorBoard, in runs/tiny-1/tensorboard",
        f"track: MLflow, in sqlite:///{store}",
    ]


def test_what_goes_on_goes_on_with_its_trackers(rnnctl: Command, store: Path) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", *both(store), "--runs", "whole").code == 0
    whole = scalars(Path("whole/tiny-1/tensorboard"))
    client(store).delete_run(only_run(store, "tiny").info.run_id)
    assert rnnctl("train", "tiny.yaml", "-q", *both(store), "--stop-after", "10").code == 0
    first = only_run(store, "tiny").info
    assert first.status == "KILLED"
    assert [step for step, _ in scalars(BOARD)["update/loss"]] == list(range(1, 11))
    assert rnnctl("train", "tiny.yaml", "-q", "--resume", "tiny-1").code == 0
    assert results(RUN) == results(Run(Path("whole/tiny-1")))
    board, flow = tracked(store)
    assert board == whole
    assert rounded(flow) == whole
    run = only_run(store, "tiny")
    assert (run.info.run_id, run.info.status) == (first.run_id, "FINISHED")
    assert run.data.tags["resumed"] == "1"


@pytest.mark.parametrize("number", [5, 18])
def test_killed_it_goes_on_without_doubled_steps(rnnctl: Command, store: Path, number: int) -> None:
    """A process that kills itself after its n-th event leaves steps that no checkpoint leads past."""
    driver = (
        "import os, signal, sys\n"
        "from rnnctl.runs.listeners import Checkpoints\n"
        "from rnnctl.cli.app import main\n"
        "heard, listen = [], Checkpoints.__call__\n"
        "def fatal(self, event):\n"
        "    heard.append(event)\n"
        "    listen(self, event)\n"
        f"    if len(heard) == {number}:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "Checkpoints.__call__ = fatal\n"
        f"sys.argv = {['rnnctl', 'train', 'tiny.yaml', '-q', *both(store)]}\n"
        "main()\n"
    )
    killed = subprocess.run([sys.executable, "-c", driver], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    heard = [step for step, _ in scalars(BOARD)["update/loss"]]
    assert heard == list(range(1, number - number // 9))
    assert only_run(store, "tiny").info.status == "RUNNING"
    assert rnnctl("train", "-q", "--resume", "tiny-1").code == 0
    board, flow = tracked(store)
    assert of_epochs(flow) == written()
    assert of_epochs(board) == rounded(written())
    assert [step for step, _ in board["update/loss"]] == list(range(1, 22))
    steps = [step for step, _ in flow["update/loss"]]
    assert steps == sorted(set(steps))
    assert steps[-1] == 21
    assert only_run(store, "tiny").info.status == "FINISHED"


def test_from_the_checkpoint_before(rnnctl: Command, store: Path) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", *both(store), "--stop-after", "18").code == 0
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--from", "previous").code == 0
    board, flow = tracked(store)
    assert of_epochs(flow) == written()
    assert board == rounded(flow)
    assert [step for step, _ in board["update/loss"]] == list(range(1, 22))


def test_more_epochs_and_an_option_that_was_changed(rnnctl: Command, store: Path) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", *both(store)).code == 0
    before = written()
    ended = rnnctl("train", "-q", "--resume", "tiny-1", "--set", "training.epochs=4")
    assert ended.code == 0
    board, flow = tracked(store)
    assert flow["test/mse"] == [*before["test/mse"], *written()["test/mse"]]
    assert [step for step, _ in flow["test/mse"]] == [21, 28]
    assert [step for step, _ in flow["train/loss"]] == [7, 14, 21, 28]
    assert board == rounded(flow)
    run = only_run(store, "tiny")
    assert run.data.params["training.epochs"] == "3"
    assert run.data.tags["changed.training.epochs"] == "4"
    assert "    epochs: 4" in text(BOARD).replace("      epochs", "    epochs")


def test_trackers_that_come_later_and_go(rnnctl: Command, store: Path) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--stop-after", "10").code == 0
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--stop-after", "1", *both(store)).code == 0
    board, flow = tracked(store)
    assert [step for step, _ in flow["train/loss"]] == [7]
    assert [step for step, _ in flow["update/loss"]] == [11]
    assert board == rounded(flow)
    known = only_run(store, "tiny").info.run_id
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--stop-after", "4", "--track", "none").code == 0
    assert [entry["on"] for entry in RUN.record()["tracking"].values()] == [False, False]
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--stop-after", "1").code == 0
    assert metrics(store, only_run(store, "tiny")) == flow
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--track", f"mlflow={store}").code == 0
    run = only_run(store, "tiny")
    assert run.info.run_id == known
    assert of_epochs(metrics(store, run)) == written()
    assert scalars(BOARD) == board


def test_an_interruption_is_told(rnnctl: Command, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Trainer._step

    def interrupted(self: Trainer, progress: float) -> None:
        step(self, progress)
        if self.place.update == 9:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    ended = rnnctl("train", "tiny.yaml", "-q", *both(store))
    assert ended.code == 130
    assert only_run(store, "tiny").info.status == "KILLED"
    board, flow = tracked(store)
    assert [step for step, _ in flow["update/loss"]] == list(range(1, 11))
    assert board == rounded(flow)


def test_a_failure_is_told(rnnctl: Command, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Trainer._step

    def diverged(self: Trainer, progress: float) -> None:
        step(self, progress)
        if self.place.update == 9:
            next(self.model.parameters()).data.fill_(float("nan"))

    monkeypatch.setattr(Trainer, "_step", diverged)
    ended = rnnctl("train", "tiny.yaml", "-q", *both(store))
    assert ended.code == 4
    assert only_run(store, "tiny").info.status == "FAILED"
    board, flow = tracked(store)
    assert [step for step, _ in flow["update/loss"]] == list(range(1, 11))
    assert board == rounded(flow)


def test_a_run_that_stops_early_has_finished(rnnctl: Command, store: Path) -> None:
    stop = ["--set", "training.early_stopping={patience: 1, margin: 1e9}"]
    assert rnnctl("train", "tiny.yaml", "-q", *both(store), *stop).code == 0
    assert RUN.record()["stopped_early"] == 2
    assert only_run(store, "tiny").info.status == "FINISHED"
    assert of_epochs(tracked(store)[1]) == written()


def test_a_server_that_is_not_there(rnnctl: Command) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--runs", "plain").code == 0
    ended = rnnctl("train", "tiny.yaml", "-q", "--track", "mlflow=http://127.0.0.1:1")
    assert ended.code == 0
    assert ended.err.splitlines() == [
        "track: MLflow, in http://127.0.0.1:1: Connection refused; training goes on, and tries again now and then",
        f"track: MLflow was not told {3 * 21 + sum(map(len, written().values()))} points; "
        "metrics.jsonl has those of every epoch",
    ]
    assert results(RUN) == results(Run(Path("plain/tiny-1")))
    assert RUN.record()["status"] == "finished"


def test_what_a_server_missed_is_told_when_it_is_back(rnnctl: Command, store: Path) -> None:
    away = store.rename(store.with_name("away.db"))
    store.mkdir()  # where the database was
    ended = rnnctl("train", "tiny.yaml", "-q", "--track", f"mlflow={store}", "--stop-after", "16")
    assert ended.code == 0
    assert ended.err.startswith(f"track: MLflow, in sqlite:///{store}: ")
    assert "unable to open database file" in ended.err
    store.rmdir()
    away.rename(store)
    assert rnnctl("train", "-q", "--resume", "tiny-1").code == 0
    flow = metrics(store, only_run(store, "tiny"))
    assert of_epochs(flow) == written()


def test_a_folder_that_cannot_be_written(rnnctl: Command) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--stop-after", "10").code == 0
    BOARD.write_text("a file")
    ended = rnnctl("train", "-q", "--resume", "tiny-1", "--track", "tensorboard")
    assert ended.code == 0
    assert "track: TensorBoard, in runs/tiny-1/tensorboard: File exists; training goes on" in ended.err
    assert RUN.record()["status"] == "finished"


@pytest.mark.parametrize(
    ("tracker", "module", "told"),
    [
        (
            "tensorboard",
            "tensorboard",
            "TensorBoard, which is not installed\n  = help: pip install 'rnnctl[tensorboard]'",
        ),
        ("mlflow", "mlflow", "MLflow, which is not installed\n  = help: pip install 'rnnctl[mlflow]'"),
        ("mlflow", "sqlalchemy", "SQLAlchemy, which is not installed\n  = help: pip install 'rnnctl[mlflow]'"),
    ],
)
def test_what_is_not_installed_is_told_before_anything_is_written(
    rnnctl: Command, monkeypatch: pytest.MonkeyPatch, tracker: str, module: str, told: str
) -> None:
    hide(monkeypatch, module)
    ended = rnnctl("train", "tiny.yaml", "--track", tracker)
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: --track {tracker} needs {told}\n")
    assert sorted(path.name for path in Path().iterdir()) == ["tiny.csv", "tiny.yaml"]


def test_on_a_machine_without_the_tracker_of_a_run(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--track", "tensorboard", "--stop-after", "10").code == 0
    hide(monkeypatch, "tensorboard")
    before = {path: path.read_bytes() for path in RUN.path.rglob("*") if path.is_file()}
    ended = rnnctl("train", "-q", "--resume", "tiny-1")
    assert (ended.code, ended.err.splitlines()[0]) == (
        2,
        "error: --track tensorboard needs TensorBoard, which is not installed",
    )
    assert {path: path.read_bytes() for path in RUN.path.rglob("*") if path.is_file()} == before
    assert rnnctl("train", "-q", "--resume", "tiny-1", "--track", "none").code == 0


def hide(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """As if a package were not installed."""
    ours = [name for name in sys.modules if name.startswith("rnnctl.tracking.") and name.endswith(package)]
    theirs = [name for name in sys.modules if name.partition(".")[0] == package]
    for name in (*ours, *theirs):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


KNOWN = "tensorboard, mlflow, mlflow=WHERE, none"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tensorbord"], "--track tensorbord: no such tracker\n  = help: did you mean 'tensorboard'?"),
        (["wandb"], f"--track wandb: no such tracker\n  = help: {KNOWN}"),
        (["tensorboard=x"], f"--track tensorboard=x: no such tracker\n  = help: {KNOWN}"),
        (["mlflow", "mlflow=x"], "--track mlflow, --track mlflow=x\n  = help: each tracker once, or none alone"),
        (["none", "mlflow"], "--track none, --track mlflow\n  = help: each tracker once, or none alone"),
    ],
)
def test_what_is_no_tracker(rnnctl: Command, words: list[str], told: str) -> None:
    ended = rnnctl("train", "tiny.yaml", *(part for word in words for part in ("--track", word)))
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {told}\n")
    assert not Path("runs").exists()


@pytest.mark.parametrize("tracking", [None, 5, {"mlflow": 3}, {"tensorboard": {"on": "yes"}}, {"other": {"on": True}}])
def test_a_record_that_was_damaged_means_no_tracker(rnnctl: Command, tracking: Any) -> None:
    assert rnnctl("train", "tiny.yaml", "-q", "--stop-after", "10").code == 0
    RUN.update_record(tracking=tracking)
    assert rnnctl("train", "-q", "--resume", "tiny-1").code == 0
    assert not BOARD.exists()
