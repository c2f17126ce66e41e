"""Sessions to look at, and the application driven without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from rnnctl.report.strip import Paint
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.tui.app import Stepper
from rnnctl.tui.command_line import CommandLine

_SPEC = spec_from_file_location("runs_to_step", Path(__file__).parents[1] / "stepping" / "conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_RUNS: Any = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_RUNS)
FORECAST: str = _RUNS.FORECAST
SYMBOLS: str = _RUNS.SYMBOLS
make_run = _RUNS.make_run

Drive = Callable[[Stepper, Pilot[None]], Awaitable[None]]


def forecast(root: Path, steps: int = 0) -> Console:
    """Two columns forecast a third: an LSTM of 5 and a clockwork RNN of 4 units, so many steps walked."""
    run = make_run(root, FORECAST.replace("PRECISION", "float64"))
    console = Console(Session(load_model(run)), run)
    for i in range(steps):
        target = {"load": 100.0 + 3 * ((i + 1) % 7)}
        console.session.step((10.0 + i % 7, i % 5 / 2), target)
    return console


def symbols(root: Path, text: str = "") -> Console:
    """Letters foretell letters: a GRU of 4 units, a text walked."""
    run = make_run(root, SYMBOLS)
    console = Console(Session(load_model(run)), run)
    for symbol in text:
        console.session.step(symbol)
    return console


def sized(root: Path, chain: str, steps: int = 0) -> Console:
    """The forecast with another chain, written as YAML."""
    head, training = FORECAST.split("  chain:\n", maxsplit=1)[0], FORECAST.split("training:")[1]
    text = f"{head}  chain: {chain}\ntraining:{training}".replace("PRECISION", "float64")
    run = make_run(root, text)
    console = Console(Session(load_model(run)), run)
    for i in range(steps):
        console.session.step((10.0 + i % 7, i % 5 / 2))
    return console


def driven(console: Console, drive: Drive, size: tuple[int, int] = (80, 24), paint: Paint = "none") -> Stepper:
    """Run the application without a terminal, and do something to it."""
    app = Stepper(console, paint)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(app, pilot)
            await drive(app, pilot)

    asyncio.run(run())
    return app


async def press(app: Stepper, pilot: Pilot[None], *keys: str) -> None:
    """Press keys, and wait for what comes of each."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


async def enter(app: Stepper, pilot: Pilot[None], line: str) -> None:
    """Open the line with a colon, put a command into it, and run it."""
    await press(app, pilot, "colon")
    app.query_one(CommandLine).value = line
    await press(app, pilot, "enter")


async def settled(app: Stepper, pilot: Pilot[None]) -> None:
    """Wait until lines are run and all is drawn."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


def screen(app: Stepper) -> list[str]:
    """The lines on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def reverse(app: Stepper, line: int) -> str:
    """What stands in reverse in a line of the screen."""
    strip = app.screen._compositor.render_strips()[line]
    return "".join(segment.text for segment in strip if segment.style is not None and segment.style.reverse)


def shown(console: Console, *keys: str, size: tuple[int, int] = (80, 24), paint: Paint = "none") -> list[str]:
    """The lines on the screen after some keys."""
    found: list[str] = []

    async def drive(app: Stepper, pilot: Pilot[None]) -> None:
        await press(app, pilot, *keys)
        found.extend(screen(app))

    driven(console, drive, size, paint)
    return found
