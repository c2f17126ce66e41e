"""What a process tells of its training: shares by windows, the loss, and not too often."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from rnnctl.expect.progress import Teller
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_share_is_by_windows_and_the_loss_the_last_that_is_known() -> None:
    stream, clock = StringIO(), Clock()
    teller = Teller(stream, clock)
    told = [
        Started(2, 5, 81),
        WindowTrained(1, 1, 1, 10, 0.5, 1.0),
        WindowTrained(1, 2, 1, 10, None, None),
        EpochEnded(1, 5, {"loss": 0.4}, {"loss": float("nan")}),
        WindowTrained(2, 1, 6, 10, 0.3, 1.0),
        EpochEnded(2, 10, {"loss": 0.3}, {"loss": 0.25}),
    ]
    for event in told:
        clock.now += 1
        teller(event)
    assert lines(stream) == [
        {"share": 0.1, "epoch": 1, "epochs": 2, "loss": 0.5},
        {"share": 0.2, "epoch": 1, "epochs": 2, "loss": 0.5},
        {"share": 0.5, "epoch": 1, "epochs": 2, "loss": None},
        {"share": 0.6, "epoch": 2, "epochs": 2, "loss": None},
        {"share": 1.0, "epoch": 2, "epochs": 2, "loss": 0.25},
    ]


def test_it_tells_at_most_five_times_a_second_and_always_of_the_end() -> None:
    stream, clock = StringIO(), Clock()
    teller = Teller(stream, clock)
    teller(Started(1, 100, 81))
    for window in range(1, 101):
        clock.now += 0.01
        teller(WindowTrained(1, window, window, 10, 0.5, 1.0))
    teller(Finished(1, 100))
    shares = [line["share"] for line in lines(stream)]
    assert shares[0] == 0.01
    assert shares[-1] == 1.0
    assert 5 <= len(shares) <= 7


def test_what_has_no_epochs_has_a_share() -> None:
    stream = StringIO()
    Teller(stream, Clock()).tell(0.5)
    assert lines(stream) == [{"share": 0.5, "epoch": None, "epochs": None, "loss": None}]
