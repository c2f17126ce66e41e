"""What a folder of runs holds, run by run, damaged ones too."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rnnctl.runs.entries import Entry, Status, entries, entry_at
from rnnctl.runs.lock import host
from tests.runs.folders import holding, make


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def entry(path: Path) -> Entry:
    found = entry_at(path)
    assert found is not None
    return found


def test_the_newest_is_the_first() -> None:
    for name, made in (("b-2", 7), ("b-10", 7), ("a-1", 9)):
        make(name, made)
    Path("runs/notes").mkdir()
    Path("runs/file").write_text("")
    assert [found.name for found in entries(Path("runs"))] == ["a-1", "b-10", "b-2"]
    assert entries(Path("nowhere")) == []


def test_the_name_is_that_of_the_directory_however_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    path = make("b-1")
    monkeypatch.chdir(path)
    assert entry(Path()).name == "b-1"


def test_what_is_read_of_a_record_is_the_same_however_it_is_written() -> None:
    path = make("b-1", versions={"a": '"test": {"mse": 9}'}, error="x\n  y")
    by_line = entry(path)
    path.joinpath("run.json").write_text(path.joinpath("run.json").read_text().replace("\n", ""))
    assert entry(path).record == by_line.record
    assert by_line.judged == ("test", {"loss": 0.5, "mse": 0.5, "skill": 0.25})


@pytest.mark.parametrize(
    ("machine", "silent", "expected"),
    [
        ("another", 0, Status.unknown),
        ("another", 86_000, Status.unknown),
        ("another", 90_000, Status.crashed),
        ("", 0, Status.crashed),
        (None, 0, Status.crashed),
    ],
)
def test_a_run_of_another_machine(machine: str | None, silent: int, expected: Status) -> None:
    path = make("b-1", status="running")
    (path / "lock").write_text(f"{host() if machine is None else machine}\n")
    long_ago = time.time() - 1_000_000
    os.utime(path / "run.json", (long_ago, long_ago))
    saved = time.time() - silent
    os.utime(path / "checkpoints", (saved, saved))
    found = entry(path)
    assert found.status is expected
    told = "begun on 'another': whether it is trained there cannot be seen from here"
    assert found.trouble == (told if expected is Status.unknown else None)
    with holding(path) as process:  # where locks reach, it is seen
        assert entry(path).status is Status.running
        process.kill()


def test_what_a_record_says_stands_beside_the_status() -> None:
    path = make("b-1")
    (path / "metrics.jsonl").unlink()
    assert (entry(path).status, entry(path).written) == (Status.damaged, Status.finished)
    path.joinpath("run.json").write_text('{"format": 2, "status": "finished"}')
    assert (entry(path).status, entry(path).written) == (Status.damaged, None)
    assert entry(path).trouble == "run.json has another format than this rnnctl reads (1)"
