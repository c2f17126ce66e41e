"""A run is trained by one process at a time, and a process that dies lets go of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnctl.errors import TrainingError, UsageError
from rnnctl.runs import lock
from rnnctl.runs.directory import Run
from rnnctl.runs.lock import holder, host, training


def test_a_second_one_is_turned_away(tmp_path: Path) -> None:
    run = Run(tmp_path / "a-1")
    run.path.mkdir()
    with training(run):
        with pytest.raises(UsageError) as caught, training(run):
            raise AssertionError
        [told] = caught.value.diagnostics
        assert told.message == "run 'a-1' is being trained by another process"
        assert told.help == "wait for it to end, or interrupt it: it saves"
        other = Run(tmp_path / "a-2")
        other.path.mkdir()
        with training(other):
            pass
    with training(run):
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from rnnctl.runs.directory import Run; "
        "from rnnctl.runs.lock import training\n"
        "with training(Run(Path(sys.argv[1]))):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UsageError), training(Run(tmp_path)):
            raise AssertionError
        process.kill()
        process.wait()
    with training(Run(tmp_path)):
        pass


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(TrainingError, match=r"cannot write '.*lock': No such file or directory"),
        training(Run(tmp_path / "gone")),
    ):
        raise AssertionError


def test_where_there_are_no_locks_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "fcntl", None)
    with training(Run(tmp_path)), training(Run(tmp_path)):
        pass

    class Without:
        LOCK_EX = LOCK_NB = 0

        @staticmethod
        def flock(*_: Any) -> None:
            raise OSError(95, os.strerror(95))

    monkeypatch.setattr(lock, "fcntl", Without)
    with training(Run(tmp_path)):
        pass


def test_to_look_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not lock.is_held(path)
    assert not path.exists()
    descriptor = lock.held(path)
    assert lock.is_held(path)
    os.close(descriptor)
    assert not lock.is_held(path)
    os.close(lock.held(path))


def test_one_who_looks_turns_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    path.write_text("")
    with path.open() as stream:
        lock.fcntl.flock(stream, lock.fcntl.LOCK_SH)
        monkeypatch.setattr(lock.time, "sleep", lambda _: lock.fcntl.flock(stream, lock.fcntl.LOCK_UN))
        os.close(lock.held(path))


def test_a_lock_tells_on_which_machine_it_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock").write_text("a machine with a longer name than this one, surely\n" * 9)
    with training(Run(tmp_path)):
        assert holder(tmp_path / "lock") == host() != ""
    assert (tmp_path / "lock").read_text() == f"{host()}\n"
    assert holder(tmp_path / "nowhere") == ""
    (tmp_path / "link").symlink_to("lock")
    assert holder(tmp_path / "link") == ""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock.os, "write", full)
    with training(Run(tmp_path)):
        assert holder(tmp_path / "lock") == ""


def test_a_lock_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        lock.held(tmp_path / "lock")
    assert not lock.is_held(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
