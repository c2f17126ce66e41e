"""What is shown while a check goes on: on a terminal's screen, and in a log."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from check_outcomes import CRASHED, MET, UNMET
from rich.console import Console

from rnnctl.expect.events import Ended, Progress, Waiting
from rnnctl.expect.outcome import Outcome, State
from rnnctl.report.check.live import Lines, Screen, watching
from rnnctl.report.fitting import columns_of


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def path(i: int) -> Path:
    return Path(f"configs/c{i}.yaml")


def screen(configs: int, trials: int = 1, rows: int = 24) -> tuple[Screen, Clock]:
    clock = Clock()
    made = Screen(clock, rows)
    for i in range(configs):
        made.hear(Waiting(path(i), f"c{i}", trials))
    return made, clock


def ended(i: int, state: State = State.met, *, kept: bool = False) -> Ended:
    return Ended(Outcome(path(i), f"c{i}", state, seconds=2.0, kept=kept))


def test_three_configs_at_80_columns() -> None:
    made, clock = screen(3, trials=2)
    clock.now += 10
    made.hear(Progress(path(0), 0, "train", 1.0))
    made.hear(Progress(path(0), 0, "again", 0.5, 30, 60, 0.0123456))
    made.hear(Progress(path(1), 7, "train", 0.25))
    assert made.lines(80) == [
        "c0  ━━━━━┄┄┄┄┄  50%  seed 0 again   epoch 30/60    loss 0.01235",
        "c1  ━━┄┄┄┄┄┄┄┄  25%  seed 7",
        "0 of 3 configs; 2 running; 1 waiting; about 24 s left",
    ]
    clock.now += 10
    made.hear(ended(0))
    made.hear(Progress(path(1), 7, "train", 1.0))
    made.hear(ended(1, State.crashed))
    assert made.lines(80) == ["2 of 3 configs: 1 met, 1 crashed; 1 waiting; about 13 s left"]
    made.hear(ended(2, kept=True))
    assert made.lines(80) == ["3 of 3 configs: 2 met, 1 crashed"]


def test_before_anything_is_known_time_passes() -> None:
    made, clock = screen(2)
    clock.now += 15
    assert made.lines(80) == ["0 of 2 configs; 2 waiting; 15 s"]


def test_ascii_alone() -> None:
    made, _ = screen(1)
    made.hear(Progress(path(0), 0, "train", 0.5, 1, 2, float("nan")))
    assert made.lines(80, ascii_only=True)[0] == "c0  #####-----  50%  epoch 1/2      loss nan"
    assert all(line.isascii() for line in made.lines(80, ascii_only=True))


@pytest.mark.parametrize(("rows", "lines"), [(24, 12), (10, 7), (4, 1), (2, 1)])
def test_forty_configs_take_few_lines(rows: int, lines: int) -> None:
    made, _ = screen(40, rows=rows)
    for i in range(16):
        made.hear(Progress(path(i), 0, "train", 0.1))
    told = made.lines(80)
    assert len(told) == lines + 2
    assert told[-2:] == [f"and {16 - lines} more", "0 of 40 configs; 16 running; 24 waiting; 0.0 s"]


@pytest.mark.parametrize("width", [8, 20, 40, 80, 160])
def test_no_line_is_too_wide(width: int) -> None:
    made, clock = screen(3)
    long = Path("configs/" + "测" * 200 + "\n\x1b[31m.yaml")
    made.hear(Waiting(long, long.stem, 3))
    clock.now += 100_000
    for i in (0, 1):
        made.hear(Progress(path(i), 12_345, "resume", 0.5, 10_000, 20_000, 1e-20))
    made.hear(Progress(long, 0, "train", 0.5, 1, 2, 0.5))
    told = made.lines(width)
    assert max(map(columns_of, told)) <= width
    assert len(told) == 4
    assert not any("\x1b" in line or "\n" in line for line in told)


def test_what_is_kept_says_nothing_about_time() -> None:
    made, clock = screen(4)
    made.hear(ended(0, kept=True))
    made.hear(ended(1, State.refused))
    assert made.left() is None
    clock.now += 10
    made.hear(Progress(path(2), 0, "train", 0.5))
    assert made.left() == 30
    made.hear(ended(2, State.crashed))  # before its end
    assert made.left() == 10


def test_a_share_beyond_its_limits_does_no_harm() -> None:
    made, _ = screen(1)
    made.hear(Progress(path(0), 0, "train", -0.5))
    assert made.lines(80)[0] == "c0  ┄┄┄┄┄┄┄┄┄┄   0%"


def test_drawn_on_a_terminal_it_fits_the_screen() -> None:
    made, _ = screen(40)
    for i in range(30):
        made.hear(Progress(path(i), i, "train", i / 30, i, 30, 0.5))
    stream = io.StringIO()
    Console(file=stream, width=80, height=10, force_terminal=True, color_system=None).print(made)
    lines = stream.getvalue().rstrip("\n").split("\n")
    assert len(lines) == 9
    assert max(map(len, lines)) <= 80


# where there is no terminal


def test_lines_in_a_log() -> None:
    told: list[str] = []
    lines = Lines(told.append)
    for outcome in (MET, UNMET, CRASHED):
        lines(Waiting(outcome.path, outcome.name, 2 if outcome is MET else 1))
    lines(Progress(MET.path, 0, "train", 0.1))
    lines(Progress(MET.path, 0, "train", 0.2))
    lines(Ended(UNMET))
    lines(Ended(MET))
    lines(Progress(CRASHED.path, 0, "train", 0.1))
    lines(Ended(CRASHED))
    assert told == [
        "configs/sine.yaml: begun, 2 trainings",
        "configs/sunspots.yaml: unmet, kept from an earlier check (1 of 3)",
        "configs/sine.yaml: met in 12 s (2 of 3)",
        "configs/deep.yaml: begun, 1 training",
        "configs/deep.yaml: crashed after 2.1 s (3 of 3)",
    ]


def test_a_log_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with watching() as listener:
        listener(Waiting(MET.path, MET.name, 1))
        listener(Ended(MET))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "configs/sine.yaml: met in 12 s (1 of 1)\n")


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(quiet=True) as listener:
        listener(Waiting(MET.path, MET.name, 1))
        listener(Ended(CRASHED))
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    """What says of itself that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_what_goes_wrong_is_told_at_once_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with watching() as listener:
        listener(Waiting(MET.path, MET.name, 1))
        listener(Progress(MET.path, 0, "train", 0.5))
        listener(Ended(MET))
        listener(Ended(UNMET))
        listener(Ended(CRASHED))
    text = terminal.getvalue()
    assert "✗ configs/sunspots.yaml: unmet, kept from an earlier check\n" in text
    assert "! configs/deep.yaml: crashed after 2.1 s\n" in text
    assert "configs/sine.yaml" not in text  # which is told by the table that follows
    assert text.endswith("\x1b[2K")  # the lines that stayed in their place are gone
