"""Processes beside each other: how many, which alone, and how they are ended."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnctl.expect import pool as pool_module
from rnnctl.expect.pool import Event, Left, Pool, Told
from rnnctl.expect.trial import Trial

ENDS = "print('{}', flush=True)"
WAITS = "import sys; print('{}', flush=True); sys.stdin.read()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


def program(code: str) -> Sequence[str]:
    return (sys.executable, "-S", "-c", code)


def trial(folder: Path, seed: int, **more: Any) -> Trial:
    (folder / str(seed)).mkdir()
    return Trial(folder / "a.yaml", (), "train", seed, folder / str(seed), **more)


def together(pool: Pool) -> list[set[int]]:
    """Which seeds run at a time, whenever one says something."""
    found: list[set[int]] = []
    for event in pool.events():
        if isinstance(event, Told) and not event.record:  # it says so itself
            found.append({running.trial.seed for running in pool.running.values()})
    return found


def test_no_more_than_there_are_processors(tmp_path: Path) -> None:
    pool = Pool(2, command=program(ENDS), waiting=[trial(tmp_path, seed) for seed in range(5)])
    found = together(pool)
    assert len(found) == 5
    assert max(map(len, found)) <= 2
    assert pool.running == {}


def test_threads_count(tmp_path: Path) -> None:
    pool = Pool(3, command=program(ENDS), waiting=[trial(tmp_path, seed, threads=2) for seed in range(3)])
    assert [len(seeds) for seeds in together(pool)] == [1, 1, 1]


def test_one_of_many_threads_runs_alone(tmp_path: Path) -> None:
    pool = Pool(1, command=program(ENDS), waiting=[trial(tmp_path, 0, threads=8)])
    assert together(pool) == [{0}]


def test_what_is_timed_runs_alone_and_last(tmp_path: Path) -> None:
    waiting = [trial(tmp_path, 0, timed=True), *(trial(tmp_path, seed) for seed in (1, 2, 3))]
    found = together(Pool(4, command=program(ENDS), waiting=waiting))
    assert found[-1] == {0}
    assert all(0 not in seeds for seeds in found[:-1])


def lefts(events: Sequence[Event]) -> list[Left]:
    return [event for event in events if isinstance(event, Left)]


def test_one_that_does_not_stop_when_asked_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "GRACE", 0.0)
    pool = Pool(1, command=program(STUBBORN), waiting=[trial(tmp_path, 0)])
    found = []
    for event in pool.events():
        found.append(event)
        if isinstance(event, Told) and not event.record:
            pool.drop([event.trial])
    [left] = lefts(found)
    assert (left.stopped, left.late, left.exit_code) == (True, False, -9)


def test_time_that_is_over(tmp_path: Path) -> None:
    now = [0.0]
    pool = Pool(1, seconds=5.0, command=program(WAITS), clock=lambda: now[0], waiting=[trial(tmp_path, 0)])
    found = []
    for event in pool.events():
        found.append(event)
        now[0] = 5.0
    [left] = lefts(found)
    assert (left.late, left.exit_code, left.seconds) == (True, -15, 5.0)


def test_what_was_not_begun_is_dropped(tmp_path: Path) -> None:
    waiting = [trial(tmp_path, seed) for seed in range(3)]
    pool = Pool(1, command=program(ENDS), waiting=list(waiting))
    seeds = []
    for event in pool.events():
        seeds.append(event.trial.seed)
        pool.drop(waiting[1:])
    assert set(seeds) == {0}


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    pool = Pool(1, command=(str(tmp_path / "nothing"),), waiting=[trial(tmp_path, seed) for seed in range(2)])
    found = lefts(list(pool.events()))
    assert [(left.trial.seed, left.exit_code) for left in found] == [(0, 4), (1, 4)]
    assert all("cannot begin a process for" in str(left.error) for left in found)
    assert (pool.waiting, pool.running) == ([], {})


def test_a_folder_that_is_gone_ends_its_trial_alone(tmp_path: Path) -> None:
    waiting = [trial(tmp_path, seed) for seed in range(2)]
    waiting[0].folder.rmdir()
    found = lefts(list(Pool(1, command=program(ENDS), waiting=waiting).events()))
    assert [(left.trial.seed, left.exit_code, left.error is None) for left in found] == [(0, 4, False), (1, 0, True)]


def test_a_link_in_place_of_the_log_is_not_written_through(tmp_path: Path) -> None:
    one = trial(tmp_path, 0)
    (tmp_path / "precious").write_text("precious")
    one.log.symlink_to(tmp_path / "precious")
    list(Pool(1, command=program("import sys; print('broke', file=sys.stderr)"), waiting=[one]).events())
    assert (tmp_path / "precious").read_text() == "precious"
    assert one.log.read_text("utf-8") == "broke\n"


def test_what_is_written_on_stderr_is_kept(tmp_path: Path) -> None:
    one = trial(tmp_path, 0)
    list(Pool(1, command=program("import sys; print('ü broke', file=sys.stderr)"), waiting=[one]).events())
    assert one.log.read_text("utf-8") == "ü broke\n"
