import asyncio

import pytest
from screens import driven, forecast, press, screen, settled, symbols

from rnnctl.tui.app import Stepper
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
