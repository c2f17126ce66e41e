import asyncio

import pytest
from screens import driven, enter, forecast, press, screen, settled, symbols

from rnnctl.tui.app import Stepper
from rnnctl.tui.head import hints_line
from rnnctl.tui.widgets import Maps


def test_the_scale_is_that_of_what_is_in_view(tmp_path):
    console = forecast(tmp_path, steps=3)
    console.run("set c 40 0 0 0 0")
    for _ in range(60):
        console.run("step 12,0.5")
    console.run("zero c")
    for _ in range(60):
        console.run("step 12,0.5")

    async def drive(app, pilot):
        maps = app.query_one(Maps)
        await press(app, pilot, "2")
        now = maps.limit
        assert now < 10
        assert screen(app)[3].endswith(f"scale ±{now:g}")
        await press(app, pilot, "home")
        assert maps.limit == 50
        assert screen(app)[3].endswith("scale ±50")
        await press(app, pilot, "end")
        assert maps.limit == now

    driven(console, drive)


@pytest.mark.parametrize(
    ("width", "title"),
    [
        (80, " reber-1 · session mine · trunk · t 0                            ? help  q quit"),
        (46, " reber-1 · mine · trunk · t 0  ? help  q quit"),
        (40, " reber-1 · mine · trunk · t 0"),
        (12, " reber-1 · …"),
    ],
)
def test_the_title_names_run_and_session(tmp_path, width, title):
    app = Stepper(symbols(tmp_path), "none", "mine")

    async def run():
        async with app.run_test(size=(width, 24)) as pilot:
            await settled(app, pilot)
            assert screen(app)[0] == title

    asyncio.run(run())


@pytest.mark.parametrize(
    ("width", "hints"),
    [
        (80, "n next  b back  f fork  v compare  tab layer  g gates  z zoom  : command"),
        (38, "n next  b back  f fork  : command"),
        (12, ": command"),
    ],
)
def test_as_many_keys_are_told_as_fit(width, hints):
    assert hints_line(width).plain == hints


def test_in_a_small_terminal_the_line_for_commands_stays(tmp_path):
    async def drive(app, pilot):
        await enter(app, pilot, "step " + "12,0.5 " * 3)
        lines = screen(app)
        assert lines[-2] == ":"
        assert lines[-3] == " 3 steps"
        await enter(app, pilot, "set h[0][77] of what there is not to the value of another unit")
        assert screen(app)[-2] == ":"

    driven(forecast(tmp_path), drive, size=(30, 9))
