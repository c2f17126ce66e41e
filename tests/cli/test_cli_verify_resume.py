"""`rnnctl verify-resume`: it sees what is the same, names the first thing that is not, and tells of what failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from rnnctl.cli.app import main
from rnnctl.runs.listeners import MetricsFile
from rnnctl.runs.processes import command_of
from rnnctl.training import state

CONFIG = """\
name: tiny
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
  epochs: 3
  batching: streams
  batch: 2
  window: 4
  reset: never
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Ended]


def folder(path: Path) -> None:
    (path / "tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(80)))
    (path / "tiny.yaml").write_text(CONFIG)


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, the trainings that it starts included."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    torch.set_num_threads(1)
    folder(tmp_path)

    def called(arguments: Sequence[str]) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["rnnctl", *arguments])
            with pytest.raises(SystemExit) as caught:
                main()
        return caught.value.code or 0

    real = subprocess.run

    def within(command: list[str], **options: Any) -> Any:
        ours = command_of("rnnctl")
        if tuple(command[: len(ours)]) != ours:  # what Python itself asks of the machine
            return real(command, **options)
        before = capsys.readouterr()
        code = called(command[len(ours) :])
        err = capsys.readouterr().err
        sys.stderr.write(before.err)
        return subprocess.CompletedProcess(command, code, "", err)  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess, "run", within)

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        code = called(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


def test_in_processes_of_their_own(tmp_path: Path) -> None:
    """As people call it, once."""
    folder(tmp_path)
    command = [sys.executable, "-m", "rnnctl", "verify-resume", "tiny.yaml", "--updates", "9", "--pieces", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["in one go: 9 updates", "piece 1 of 2: 4 updates", "piece 2 of 2: 5 updates"]
    assert done.stdout.splitlines() == [
        "weights           same       81 numbers in 12 arrays",
        "optimizer         same       174 numbers in 36 arrays",
        "carry             same       8 numbers in 1 array",
        "metric sums       same       7 numbers in 1 array",
        "best weights      same       81 numbers in 12 arrays",
        "place and counts  same       5 values",
        "listeners         same       1 value",
        "best so far       same       3 values",
        f"metrics.jsonl     same       1 line, {len(metrics(tmp_path))} bytes",
        "identical: 9 updates in one go and in 2 pieces",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs", "tiny.csv", "tiny.yaml"]


def metrics(path: Path) -> bytes:
    """The metrics file of the same training, by hand."""
    command = [sys.executable, "-m", "rnnctl", "train", "tiny.yaml", "--stop-after", "9", "-q"]
    subprocess.run(command, cwd=path, check=True, capture_output=True)
    return (path / "runs/tiny-1/metrics.jsonl").read_bytes()


def test_a_training_that_ends_before_the_updates_do(rnnctl: Command) -> None:
    """The pieces are cut from the updates that there are, and the last ends as the whole does."""
    ended = rnnctl("verify-resume", "tiny.yaml", "--updates", "1000", "--pieces", "3", "--json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert (found["identical"], found["updates"], found["pieces"], found["difference"]) == (True, 21, 3, None)
    assert found["compared"]["metrics.jsonl"].startswith("4 lines, ")
    assert ended.err.splitlines()[1:] == [f"piece {i} of 3: 7 updates" for i in (1, 2, 3)]
    assert not Path("runs").exists()


def test_more_pieces_than_updates(rnnctl: Command) -> None:
    assert rnnctl("verify-resume", "tiny.yaml", "--updates", "2", "--pieces", "9") == Ended(
        2,
        "",
        "error: 2 updates cannot be made in 9 pieces: a piece makes one at least\n  = help: --pieces 2 or fewer\n",
    )
    ended = rnnctl("verify-resume", "tiny.yaml", "--pieces", "22")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith(
        "error: 21 updates cannot be made in 22 pieces: a piece makes one at least\n"
        "  = help: its training has no more; --pieces 21 or fewer\n"
    )
    for wrong in (("--updates", "1"), ("--pieces", "1")):
        assert rnnctl("verify-resume", "tiny.yaml", *wrong).code == 2


def test_a_lost_carry_is_found(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resume that begins again from zeros, as most do."""
    restore = state.restore

    def forgetful(trainer: Any, arrays: Any, plain: Any) -> None:
        restore(trainer, arrays, plain)
        trainer.carries = [tuple(tuple(part * 0 for part in states) for states in c) for c in trainer.carries]

    monkeypatch.setattr(state, "restore", forgetful)
    ended = rnnctl("verify-resume", "tiny.yaml", "--updates", "4", "--pieces", "2")
    assert ended.code == 10
    *table, verdict = ended.out.splitlines()
    assert [line.split("  ")[0] for line in table if "DIFFERENT" in line] == [
        *("weights", "optimizer", "carry", "metric sums"),
    ]
    assert verdict.startswith("different: 4 updates in one go and in 2 pieces: number 0 of 0.")
    assert " in one go, " in verdict
    ended = rnnctl("verify-resume", "tiny.yaml", "--updates", "4", "--pieces", "2", "--json")
    found = json.loads(ended.out)
    assert (ended.code, found["identical"]) == (10, False)
    assert found["difference"].startswith("number 0 of 0.")


def test_metrics_that_are_not_cut_back_are_found(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def lengthened(listener: MetricsFile) -> None:
        with listener.run.metrics.open("a") as stream:
            stream.write("{}\n")

    monkeypatch.setattr(MetricsFile, "cut_back", lengthened)
    ended = rnnctl("verify-resume", "tiny.yaml", "--updates", "8", "--pieces", "2")
    assert ended.code == 10
    *table, verdict = ended.out.splitlines()
    assert [line.split("  ")[0] for line in table if "DIFFERENT" in line] == ["listeners", "metrics.jsonl"]
    assert verdict.startswith('different: 8 updates in one go and in 2 pieces: listeners is {"metrics": {"length": ')


def test_a_piece_that_fails_is_told_with_what_it_said(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "restore", lambda *_: 1 / 0)
    ended = rnnctl("verify-resume", "tiny.yaml", "--updates", "4", "--pieces", "2")
    assert (ended.code, ended.out) == (4, "")
    lines = ended.err.splitlines()
    assert "error: piece 2 ended with exit code 1:" in lines
    assert "ZeroDivisionError: division by zero" in lines


def test_a_mistake_in_the_config_is_told_as_one(rnnctl: Command) -> None:
    Path("tiny.yaml").write_text(CONFIG.replace("gru", "gruu"))
    ended = rnnctl("verify-resume", "tiny.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: unknown layer 'gruu'")
