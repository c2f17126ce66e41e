"""Which runs go, and how: never more than was chosen, and what is left of one is a run still."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnctl.errors import TrainingError, UsageError
from rnnctl.runs import removal
from rnnctl.runs.entries import Entry, Status, entries, entry_at
from rnnctl.runs.removal import chosen, outdated, remove, size
from tests.runs.folders import holding, make, three

RUNS = Path("runs")
DAY = 86_400.0


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(*wanted: str, root: Path = RUNS) -> list[str]:
    with pytest.raises(UsageError) as raised:
        chosen(root, wanted)
    return [diagnostic.message for diagnostic in raised.value.diagnostics]


# which are chosen


def test_runs_are_named_or_reached_by_a_path_in_the_folder() -> None:
    three()
    absolute = str(Path("runs/b-3").resolve())
    found = chosen(RUNS, ["b-2", "runs/b-1", "./runs//b-1/", "../" + Path.cwd().name + "/runs/b-1", absolute])
    assert [entry.name for entry in found] == ["b-2", "b-1", "b-3"]


def test_a_folder_of_runs_that_is_a_link() -> None:
    make("b-1", root="kept/elsewhere")
    Path("runs").symlink_to("kept/elsewhere")
    for wanted in ("b-1", "runs/b-1", "kept/elsewhere/b-1"):
        assert [entry.name for entry in chosen(RUNS, [wanted])] == ["b-1"]
    assert refused("runs/../elsewhere/../b-1") == ["'runs/../elsewhere/../b-1' is no run in 'runs'"]
    remove(RUNS, chosen(RUNS, ["b-1"])[0])
    assert list(Path("kept/elsewhere").iterdir()) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    three()
    Path("runs/link").symlink_to("b-1")
    Path("runs/notes").mkdir()
    assert refused("b-1", "link", "notes", "../x", "nope", "b-1/checkpoints") == [
        "'runs/link' is a link",
        "'runs/notes' is no run",
        "'../x' is no run in 'runs'",
        "there is no run 'nope' in 'runs'",
        "'b-1/checkpoints' is no run in 'runs'",
    ]


def test_a_run_that_another_machine_may_train() -> None:
    path = make("b-1", status="running")
    (path / "lock").write_text("another\n")
    told = "begun on 'another': whether it is trained there cannot be seen from here"
    assert refused("b-1") == [f"run 'b-1' may be in training: {told}"]
    assert outdated(entries(RUNS), unfinished=True, now=2e9) == []
    (path / "lock").write_text("")
    assert [entry.name for entry in outdated(entries(RUNS), unfinished=True, now=2e9)] == ["b-1"]


def test_a_run_that_is_stepped() -> None:
    path = make("b-1")
    (path / "sessions").mkdir()
    (path / "sessions" / "quiet.lock").write_text("")
    entry = chosen(RUNS, ["b-1"])[0]
    with holding(path, "sessions/mine.lock") as process:
        assert refused("b-1") == ["session 'mine' of run 'b-1' is in use"]
        with pytest.raises(UsageError, match="session 'mine' of run 'b-1' is in use"):
            remove(RUNS, entry)
        process.kill()
    assert (path / "checkpoints" / "last.safetensors").read_bytes() == b"weights"
    remove(RUNS, entry)
    assert not path.exists()


def entry(name: str, status: Status = Status.finished, *, age: float = 0, **more: Any) -> Entry:
    record = {"status": {Status.crashed: "running"}.get(status, str(status))}
    made = {"record": record, "trouble": None, "made": 1e9 - age * DAY, "touched": 1e9 - age * DAY, "link": False}
    return Entry(RUNS / name, status, **{**made, **more})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"keep": 2}, "cdeg"),
        ({"keep": 0, "older": 3}, "eg"),
        ({"older": 3.5, "keep": 9}, ""),
        ({"unfinished": True}, "bce"),
        ({"unfinished": True, "older": 1.5}, "ce"),
        ({"unfinished": True, "keep": 3}, "e"),
    ],
)
def test_which_are_outdated(options: dict[str, Any], expected: str) -> None:
    runs = [
        entry("a", Status.running, age=0),
        entry("b", Status.stopped, age=1),
        entry("c", Status.failed, age=2),
        entry("d", age=3),
        entry("e", Status.crashed, age=4),
        entry("f", age=5, link=True),
        entry("g", age=6),
        entry("h", Status.unknown, age=7),
    ]
    assert "".join(found.name for found in outdated(runs, now=1e9, **options)) == expected


def test_what_cannot_be_read_is_neither_old_nor_unfinished() -> None:
    unread = entry("a", Status.damaged, record={}, made=0.0, touched=0.0, trouble="run.json: Permission denied")
    lacking = entry("b", Status.damaged, age=9, record={"status": "finished"}, trouble="metrics.jsonl is missing")
    assert outdated([unread, lacking], older=1, now=1e9) == [lacking]
    assert outdated([unread, lacking], unfinished=True, now=1e9) == []
    assert outdated([unread, lacking], now=1e9) == [unread, lacking]


# how they go


def test_the_size_is_that_of_the_files_of_a_run() -> None:
    path = make("b-1")
    before = size(path)
    Path("large").write_bytes(b"x" * 5000)
    (path / "link").symlink_to(Path("large").resolve())
    (path / "sessions").mkdir()
    (path / "sessions" / "a").write_bytes(b"x" * 10)
    assert size(path) == before + 10
    assert size(Path("nowhere")) == 0


def test_a_run_that_has_changed_since_stays() -> None:
    path = make("b-1", status="interrupted")
    [before] = entries(RUNS)
    os.utime(path / "run.json", (5, 5))  # trained on, meanwhile
    with pytest.raises(UsageError, match="run 'b-1' was changed by another process since it was looked at"):
        remove(RUNS, before)
    with pytest.raises(UsageError, match="changed"):
        remove(RUNS, replace(before, made=before.made + 1))
    assert (path / "checkpoints" / "last.safetensors").exists()


def test_a_run_that_went_meanwhile() -> None:
    three()
    found = chosen(RUNS, ["b-1", "b-2"])
    remove(RUNS, found[0])
    with pytest.raises(UsageError, match="there is no run 'b-1' in 'runs'"):
        remove(RUNS, found[0])
    Path("runs/b-1").symlink_to("b-2")
    with pytest.raises(UsageError, match="'runs/b-1' is a link"):
        remove(RUNS, found[0])
    assert sorted(file.name for file in Path("runs/b-2").iterdir()) == [
        "checkpoints",
        "lock",
        "metrics.jsonl",
        "resolved.yaml",
        "run.json",
    ]


@pytest.mark.parametrize("file", ["last.safetensors", "metrics.jsonl", "run.json"])
def test_a_disk_that_fails_leaves_a_run_that_can_be_removed(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make("b-1")
    unlink = os.unlink

    def failing(name: Any, *, dir_fd: int | None = None) -> None:
        if name == file:
            raise OSError(errno.EIO, "Input/output error", name)
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr(removal.os, "unlink", failing)
    with pytest.raises(TrainingError) as raised:
        remove(RUNS, chosen(RUNS, ["b-1"])[0])
    [told] = raised.value.diagnostics
    assert told.message == f"cannot remove 'runs/b-1': '{file}' in it: Input/output error"
    assert told.help == "what is left of it is a run still, and can be removed again"
    left = entry_at(path)
    assert left is not None
    monkeypatch.setattr(removal.os, "unlink", unlink)
    remove(RUNS, chosen(RUNS, ["b-1"])[0])
    assert list(RUNS.iterdir()) == []
