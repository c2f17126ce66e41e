"""Trackers that fail: told once, tried again, and never in the way of training."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rnnctl.tracking import following
from rnnctl.tracking.following import Follower, Following
from rnnctl.tracking.points import Point
from rnnctl.training.events import EpochEnded, Started, WindowTrained


class Kept:
    """A tracker that keeps what it is told, and fails as long as it is told to."""

    name = "Kept"
    where = "memory"

    def __init__(self, *, at_once: bool = False) -> None:
        self.at_once = at_once
        self.calls: list[str] = []
        self.messages: list[list[Point]] = []
        self.fails: Exception | None = None

    def begin(self) -> None:
        self._call("begin")

    def send(self, points: Sequence[Point]) -> None:
        self._call("send")
        self.messages.append(list(points))

    def end(self, status: str) -> None:
        self._call(f"end {status}")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.fails is not None:
            raise self.fails

    @property
    def points(self) -> list[tuple[str, int]]:
        return [(point.name, point.step) for message in self.messages for point in message]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def window(update: int) -> WindowTrained:
    return WindowTrained(1, update, update, 8, 0.5, None, None)


def loss(update: int) -> tuple[str, int]:
    return "update/loss", update


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def warned() -> list[str]:
    return []


def follow(tracker: Kept, warned: list[str], clock: Clock) -> tuple[Following, list[float]]:
    saved = [0.0]
    return Following([Follower(tracker, warned.append, clock)], lambda: saved[0]), saved


def test_a_tracker_that_is_told_at_once(clock: Clock, warned: list[str]) -> None:
    tracker = Kept(at_once=True)
    listener, _ = follow(tracker, warned, clock)
    for event in (Started(1, 2, 9), window(1), window(2), EpochEnded(1, 2, {"loss": 0.5}, {})):
        listener(event)
    listener.judged("test", 2, {"loss": 0.25})
    assert [len(message) for message in tracker.messages] == [1, 1, 1, 1]
    assert tracker.points == [loss(1), loss(2), ("train/loss", 2), ("test/loss", 2)]
    listener.end("finished")
    assert tracker.calls == ["begin", *4 * ["send"], "end finished"]
    assert warned == []


def test_the_best_of_another_split_has_a_name_of_its_own(clock: Clock, warned: list[str]) -> None:
    tracker = Kept(at_once=True)
    follow(tracker, warned, clock)[0].judged("valid", 2, {"loss": 0.25})
    assert tracker.points == [("best_valid/loss", 2)]


def test_batches_are_sent_after_the_checkpoint_that_leads_past_them(clock: Clock, warned: list[str]) -> None:
    tracker = Kept()
    listener, saved = follow(tracker, warned, clock)
    listener(window(1))
    listener(window(2))
    assert tracker.messages == []
    saved[0] = 1.0
    listener(window(3))
    assert tracker.points == [loss(1), loss(2)]
    saved[0] = 2.0
    listener(window(4))
    assert tracker.points == [loss(1), loss(2)]  # within the seconds of rest
    clock.now += following.REST
    saved[0] = 3.0
    listener(window(5))
    assert tracker.points == [loss(update) for update in (1, 2, 3, 4)]
    listener.end("interrupted")
    assert tracker.points == [loss(update) for update in (1, 2, 3, 4, 5)]
    assert tracker.calls[-1] == "end interrupted"


def test_a_failure_is_told_once_and_nothing_is_lost(clock: Clock, warned: list[str]) -> None:
    tracker = Kept(at_once=True)
    listener, _ = follow(tracker, warned, clock)
    tracker.fails = ValueError("\nno route to http://me:secret@host/api\nmore")
    for update in range(1, 9):
        listener(window(update))
    assert tracker.calls == ["send"]  # it is left alone for a while
    told = "Kept, in memory: no route to http://host/api; training goes on, and tries again now and then"
    assert warned == [told]
    clock.now += following.PATIENCE
    listener(window(9))
    clock.now += following.PATIENCE
    listener(window(10))
    assert tracker.calls == ["send", "send"]  # and then for twice as long
    tracker.fails = None
    clock.now += following.PATIENCE
    listener(window(11))
    assert tracker.points == [loss(update) for update in range(1, 12)]
    listener.end("finished")
    assert warned == [told]


def test_what_the_system_said_is_told(clock: Clock, warned: list[str]) -> None:
    tracker = Kept()
    listener, _ = follow(tracker, warned, clock)
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as error:
            raise RuntimeError("API request failed with exception HTTPConnectionPool(host='127.0.0.1')") from error
    except RuntimeError as error:
        tracker.fails = error
    listener(Started(1, 1, 1))
    assert warned == ["Kept, in memory: Connection refused; training goes on, and tries again now and then"]


def test_what_was_never_told_is_counted_at_the_end(
    clock: Clock, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "HELD", 3)
    tracker = Kept(at_once=True)
    tracker.fails = OSError(28, "No space left on device")
    listener, _ = follow(tracker, warned, clock)
    for update in range(1, 6):
        listener(window(update))
    listener.end("finished")
    assert warned == [
        "Kept, in memory: No space left on device; training goes on, and tries again now and then",
        "Kept was not told 5 points; metrics.jsonl has those of every epoch",
    ]
    assert tracker.calls == ["send", "send"]  # one more try at the end, the rest not left waiting for


def test_an_end_that_fails_alone(clock: Clock, warned: list[str]) -> None:
    tracker = Kept(at_once=True)
    listener, _ = follow(tracker, warned, clock)
    listener(window(1))
    tracker.fails = RuntimeError()
    listener.end("finished")
    assert warned == ["Kept, in memory: RuntimeError; it does not know that training has ended"]


def test_many_points_go_in_several_messages(clock: Clock, warned: list[str]) -> None:
    tracker = Kept()
    follower = Follower(tracker, warned.append, clock)
    follower.take(Point("a", step, 0.0, 0.0) for step in range(2500))
    follower.send()
    assert [len(message) for message in tracker.messages] == [1000, 1000, 500]
    assert tracker.points == [("a", step) for step in range(2500)]


def test_a_second_interruption_is_no_failure_of_a_tracker(clock: Clock, warned: list[str]) -> None:
    class Ended(Kept):
        def send(self, points: Sequence[Point]) -> None:
            raise SystemExit(130)

    listener, _ = follow(Ended(at_once=True), warned, clock)
    with pytest.raises(SystemExit):
        listener(window(1))
    assert warned == []


def test_without_trackers_nothing_is_asked() -> None:
    listener = Following([], lambda: 0.0)
    listener(window(1))
    listener.judged("test", 1, {"loss": 1.0})
    listener.end("finished")
