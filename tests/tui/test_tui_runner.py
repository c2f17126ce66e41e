import threading

import pytest
from screens import driven, enter, screen, settled, symbols

from rnnctl.stepping import relations


def told(app) -> str:
    return app.query_one("#told").render().plain


@pytest.fixture
def slow(monkeypatch):
    """`nearest` does not end before it is let go on; the second event is set when it has ended."""
    begun, goes_on, ended = threading.Event(), threading.Event(), threading.Event()
    found = relations.nearest_past

    def waits(session, count):
        begun.set()
        assert goes_on.wait(60)
        try:
            return found(session, count)
        finally:
            ended.set()

    monkeypatch.setattr(relations, "nearest_past", waits)
    yield begun, goes_on, ended
    goes_on.set()


async def until(pilot, holds):
    for _ in range(1000):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it does not come to hold")


def test_what_is_asked_can_be_dropped_while_it_is_computed(tmp_path, slow):
    console, (begun, goes_on, ended) = symbols(tmp_path, "BTBXS"), slow
    before = console.session.now

    async def drive(app, pilot):
        app.run_lines("nearest 2")
        await until(pilot, begun.is_set)
        await until(pilot, lambda: told(app) == "computing …; ctrl+c drops it")
        await pilot.press("left")  # keys of the map work meanwhile, and lines wait
        app.run_lines("step T")
        await pilot.pause()
        assert screen(app)[1].startswith(" t 4  symbol X")
        assert console.session.now is before
        await pilot.press("escape")
        await settled(app, pilot)
        assert told(app) == "stopped: the session is as it was before the line"
        assert not ended.is_set()
        assert (app.lines.idle, app.lines.asks) == (True, False)
        assert console.session.now is before
        await enter(app, pilot, "step E")
        now = console.session.now
        goes_on.set()
        await until(pilot, ended.is_set)
        await settled(app, pilot)
        assert console.session.now is now
        assert told(app) == ""

    driven(console, drive)
    assert console.script == ["step E"]


def test_one_can_quit_while_it_computes(tmp_path, slow):
    console, (begun, _, ended) = symbols(tmp_path, "BTBXS"), slow

    async def drive(app, pilot):
        app.run_lines("nearest 2")
        await until(pilot, begun.is_set)
        await pilot.press("q")

    assert driven(console, drive).return_code == 0
    assert not ended.is_set()
    assert console.script == []


def test_what_is_asked_is_told_and_written_down(tmp_path):
    console = symbols(tmp_path, "BTBXB")
    wanted = list(console.run("nearest 1").text)
    console.script.clear()

    async def drive(app, pilot):
        await enter(app, pilot, "nearest 1")
        assert told(app).splitlines() == wanted
        await enter(app, pilot, "correlate Q")
        assert told(app).startswith("error: there is no column or symbol 'Q'")

    driven(console, drive)
    assert console.script == ["nearest 1"]
