"""The line that shows training: what it says of each event, and what is dropped where there is little room."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from rnnctl.report.progress import Screen, left_in_words, progress
from rnnctl.training.events import EpochEnded, Event, Finished, Started, WindowTrained


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def screen(epoch: int = 1, window: int = 0, name: str = "sunspots") -> tuple[Screen, Clock]:
    clock = Clock()
    made = Screen(name, epoch, window, clock)
    made.hear(Started(200, 10, 4449))
    return made, clock


def text(made: Screen, width: int, *, ascii_only: bool = False) -> str:
    return "".join(part for part, _ in made.line(width, ascii_only=ascii_only))


def window(epoch: int, number: int, loss: float | None = 0.5) -> WindowTrained:
    return WindowTrained(epoch, number, 10 * (epoch - 1) + number, 640, loss, 1.0)


def half_way() -> Screen:
    made, clock = screen()
    for number in range(1, 1001):
        made.hear(window((number - 1) // 10 + 1, (number - 1) % 10 + 1))
        if number % 10 == 0:
            made.hear(EpochEnded(number // 10, number, {"loss": 0.75}, {"loss": 0.25}))
    clock.now += 185
    return made


def test_it_starts_right() -> None:
    made, _ = screen()
    assert text(made, 60) == "sunspots  epoch   1/200  " + 35 * "┄"


def test_it_starts_where_a_resume_does() -> None:
    made, clock = screen(epoch=101, window=5)
    assert text(made, 47) == "sunspots  epoch 101/200  ━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄"
    clock.now += 5
    made.hear(window(101, 6))
    assert text(made, 80).endswith("  1:22:50 left"), "994 windows, 5 s each"


def test_a_long_first_epoch_shows_whether_it_learns() -> None:
    made, clock = screen()
    made.hear(window(1, 1, 2.0))
    clock.now += 1
    assert text(made, 80) == "sunspots  epoch   1/200  " + 14 * "┄" + "  loss 2          640 steps/s  33:19 left"
    made.hear(window(1, 2, 1.0))
    assert made.running == pytest.approx((0.95 * 2.0 + 1.0) / 1.95)
    made.hear(window(1, 3, None))
    assert made.running == pytest.approx((0.95 * 2.0 + 1.0) / 1.95), "a window that makes no update has no loss"


def test_all_of_it_in_a_wide_terminal() -> None:
    made = half_way()
    made.hear(window(101, 1))
    found = text(made, 120)
    assert len(found) == 120
    assert [part.strip() for part in found.replace("┄", "").replace("━", "").split("  ") if part] == [
        "sunspots",
        "epoch 101/200",
        "valid loss 0.25",
        "loss 0.5",
        "3,463 steps/s",
        "3:05 left",
    ]


@pytest.mark.parametrize(
    ("width", "parts"),
    [
        (100, ["sunspots", "epoch", "bar", "valid", "steps/s", "left"]),
        (80, ["sunspots", "epoch", "bar", "valid", "steps/s", "left"]),
        (70, ["sunspots", "epoch", "bar", "valid", "left"]),
        (60, ["epoch", "bar", "valid", "left"]),
        (45, ["epoch", "valid", "left"]),
        (34, ["epoch", "valid"]),
        (13, ["epoch"]),
    ],
)
def test_what_does_not_fit_is_dropped(width: int, parts: Sequence[str]) -> None:
    found = text(half_way(), width).replace("━", " bar ", 1)
    assert len(found) <= width + 4
    assert found.count("\n") == 0
    known = ("sunspots", "epoch", "bar", "valid", "steps/s", "left")
    assert [word for word in known if word in found] == list(parts)


def test_without_a_validation_split_it_is_the_training_loss() -> None:
    made, _ = screen()
    made.hear(window(1, 1))
    made.hear(EpochEnded(1, 1, {"loss": 0.75}, {}))
    assert "  train loss 0.75  " in text(made, 120)


def test_a_long_name_is_cut_and_ascii_stays_ascii() -> None:
    made, _ = screen(name="a" * 40)
    assert text(made, 80).startswith("a" * 23 + "…  epoch")
    assert text(made, 80, ascii_only=True).isascii()
    assert text(made, 80, ascii_only=True).startswith("a" * 23 + ".  epoch")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s left"),
        (4.4, "4 s left"),
        (59.6, "1:00 left"),
        (185, "3:05 left"),
        (7385, "2:03:05 left"),
        (86400, "24:00:00 left"),
        (3 * 86400 + 5, "3 days left"),
    ],
)
def test_time_left(seconds: float, words: str) -> None:
    assert left_in_words(seconds) == words


def test_it_is_drawn_by_rich_on_one_line() -> None:
    for width in (20, 60, 80, 120):
        stream = io.StringIO()
        Console(file=stream, width=width, force_terminal=True, color_system=None).print(half_way())
        assert stream.getvalue().count("\n") == 1
        assert len(stream.getvalue()) <= width + 1


# without a terminal


def lines(events: Sequence[Event], capsys: pytest.CaptureFixture[str]) -> list[str]:
    with progress("tiny", Path("runs/tiny-1"), quiet=False) as show:
        for event in events:
            show(event)
    return capsys.readouterr().err.splitlines()


def epochs(first: int, last: int) -> list[Event]:
    return [EpochEnded(n, 10 * n, {"loss": 0.5}, {"loss": 0.25}) for n in range(first, last + 1)]


@pytest.mark.parametrize(
    ("first", "last", "of", "shown"),
    [
        (1, 3, 3, [1, 2, 3]),
        (1, 35, 35, [1, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 35]),
        (34, 35, 35, [34, 35]),
        (1, 107, 500, [1, 50, 100, 107]),
        (1, 1, 1, [1]),
    ],
)
def test_the_first_epoch_and_the_last_are_always_told(
    first: int, last: int, of: int, shown: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The last of a run that stops early too, and the first of one that goes on."""
    head, *found = lines([Started(of, 10, 85), *epochs(first, last), Finished(last, 10 * last)], capsys)
    assert head == f"tiny: 85 parameters, {of} epoch{'s' * (of != 1)}, in runs/tiny-1"
    assert [int(line.split()[1].split("/")[0]) for line in found] == shown
    assert found[0].startswith(f"epoch {first}/{of}  train loss 0.5  valid loss 0.25  ")
