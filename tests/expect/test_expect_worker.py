"""The process of a trial: what it leaves behind, how it ends, and that it ends with its parent."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import rnnctl
from rnnctl.errors import CheckpointError, UsageError
from rnnctl.expect import worker
from rnnctl.expect.measure import measured
from rnnctl.expect.trial import Trial, read_result
from rnnctl.runs.directory import Run
from rnnctl.runs.lock import held
from tests.expect.trials import CONFIG, trial_of, write_config

ROOT = Path(rnnctl.__file__).parents[1]
Called = Callable[..., tuple[object, str, str]]
LONG = CONFIG.replace("epochs: 3", "epochs: 40")


def begun(trial: Trial) -> subprocess.Popen[str]:
    """The process of a trial, as its parent begins it."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "rnnctl.expect.worker", str(trial.folder)],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    """The process's main function within this one, which then does not hang on a pipe."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(worker, "hang_on", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def call(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            worker.main(list(arguments))
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return call


# in processes of their own


@pytest.mark.skipif(os.name == "nt", reason="signals end processes otherwise there")
def test_asked_to_stop_it_saves_and_the_next_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, LONG)
    trial = trial_of(config, bits=True, splits=("test",))
    with begun(trial) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        out, err = process.stdout.read(), process.stderr.read()  # communicate() closes the pipe that it hangs on
        process.wait()
    assert process.returncode == 143, err
    assert err == f"interrupted; saved in {trial.folder / 'tiny-1'}\n"
    assert (first["epoch"], first["epochs"]) == (1, 40)
    assert all(0 < json.loads(line)["share"] < 1 for line in out.splitlines())
    assert read_result(trial) is None
    made = Run(trial.folder / "tiny-1").load_state("last").record["update"]
    assert 1 <= made < 280
    monkeypatch.setattr(os, "fsync", lambda _: None)
    found = measured(trial, 0.0, lambda _: None)
    whole = measured(trial_of(config, name="whole", bits=True, splits=("test",)), 0.0, lambda _: None)
    assert len(Run(found.run).record()["resumed"]) == 1
    assert (found.bits, found.metrics, found.curve) == (whole.bits, whole.metrics, whole.curve)


PARENT = """\
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "rnnctl.expect.worker", sys.argv[1]], stdin=subprocess.PIPE, start_new_session=True
)
child.wait()
"""
MARK = """\
import os, sys
if any(word in sys.orig_argv for word in ("rnnctl.expect.worker", "train")):
    kept = os.open(os.environ["ALIVE"], os.O_WRONLY)
    os.write(kept, b"x")
"""
"""Of each process of a trial, as it starts: a letter into a pipe that it keeps open for all its life."""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no groups of processes there")
def test_when_its_parent_is_killed_nothing_is_left(tmp_path: Path) -> None:
    """A parent, the process of a trial, and the training that this one has started."""
    trial = trial_of(write_config(tmp_path, LONG), "resume")
    (tmp_path / "marks").mkdir()
    (tmp_path / "marks" / "sitecustomize.py").write_text(MARK)
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    path = os.pathsep.join([str(tmp_path / "marks"), str(ROOT)])
    alive = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(trial.folder)],
        env={**os.environ, "PYTHONPATH": path, "ALIVE": str(pipe)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert _heard(alive) + _heard(alive) == b"xx"
        parent.kill()
        assert _heard(alive) == b""  # the last that had the pipe open is gone
    finally:
        parent.kill()
        parent.wait()
        os.close(alive)
    assert read_result(trial) is None
    os.close(held(trial.folder / "lock"))


def _heard(pipe: int) -> bytes:
    """What comes next, one letter, or nothing at the end."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    assert poll.poll(120_000), "nothing is heard"
    return os.read(pipe, 1)


# within this process


def test_a_trial_leaves_its_result_and_tells_how_far_it_is(tmp_path: Path, called: Called) -> None:
    trial = trial_of(write_config(tmp_path), splits=("test",))
    trial.result.write_text("of before")
    code, out, err = called(str(trial.folder))
    assert (code, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["share"] == 1.0
    found = read_result(trial)
    assert found is not None
    assert found.metrics["test"]["scored_steps"] > 0
    assert found.seconds > 0
    assert sorted(path.name for path in trial.folder.iterdir()) == ["lock", "order.json", "result.json", "tiny-1"]


def test_a_smoke_is_of_the_same_door(tmp_path: Path, called: Called) -> None:
    trial = trial_of(write_config(tmp_path), "smoke")
    assert called(str(trial.folder))[0] == 0
    assert read_result(trial) is not None


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (CONFIG.replace("gru", "gruu"), 2, "error: unknown layer 'gruu'\n  --> "),
        (CONFIG.replace("tiny.csv", "nowhere.csv"), 3, "error: "),
        (CONFIG.replace("loss: mse", "loss: mse\n  optimizer: {sgd: {lr: 1e9}}"), 4, "error: "),
    ],
)
def test_what_is_wrong_is_told_and_leaves_no_result(
    tmp_path: Path, called: Called, text: str, code: int, told: str
) -> None:
    trial = trial_of(write_config(tmp_path, text))
    trial.result.write_text("of before")
    ended, _, err = called(str(trial.folder))
    assert ended == code
    assert err.startswith(told)
    assert "Traceback" not in err
    assert not trial.result.exists()


def test_a_bug_is_told_with_its_traceback(tmp_path: Path, called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = trial_of(write_config(tmp_path))
    monkeypatch.setattr(worker, "done", lambda *_: 1 / 0)
    code, _, err = called(str(trial.folder))
    assert code == 1
    assert "ZeroDivisionError" in err
    assert "this is a bug in rnnctl" in err


def test_what_is_no_folder_of_a_trial_is_told(tmp_path: Path, called: Called) -> None:
    assert called() == (2, "", worker.USAGE + "\n")
    code, _, err = called(str(tmp_path))
    assert code == CheckpointError.exit_code
    assert "order.json' cannot be read" in err


def test_a_folder_is_of_one_process_at_a_time(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path))
    lock = held(trial.folder / "lock")
    try:
        with pytest.raises(UsageError, match="another process is at work in"):
            worker.work(trial.folder)
    finally:
        os.close(lock)


def test_an_order_that_was_moved_is_done_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    trial = trial_of(write_config(tmp_path))
    moved = trial.folder.rename(tmp_path / "moved")
    worker.work(moved)
    assert not trial.folder.exists()
    assert (moved / "result.json").is_file()


def test_what_is_no_pipe_is_not_hung_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[object] = []
    monkeypatch.setattr(threading, "Thread", lambda **options: began.append(options))
    with (tmp_path / "file").open("wb") as file:
        worker.hang_on(file.fileno())
    worker.hang_on(10_000)
    assert began == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_its_exit_code_stands_where_stderr_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "rnnctl.expect.worker", str(tmp_path)]
        assert subprocess.run(command, stderr=full, check=False).returncode == CheckpointError.exit_code
