"""What a person sees while a model is trained: a line with a bar in a terminal, a line for some epochs elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnnctl.report.training import figure
from rnnctl.training.events import EpochEnded, Event, Finished, Started, WindowTrained

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_LINES = 10
"""About how many lines are printed where there is no terminal to draw a bar in."""

_MEMORY = 0.95
"""How much of the running loss stays when a window is added: it is a mean of about the last 20."""

_NAME, _LEAST, _MOST, _GAP = 24, 8, 60, "  "
"""The longest name that is shown, the shortest and the longest bar, in columns; what stands between two parts."""


@contextmanager
def progress(name: str, run: Path, quiet: bool, epoch: int = 1, windows: int = 0) -> Iterator[Callable[[Event], None]]:
    """A listener that shows progress on stderr: a bar in a terminal, some lines elsewhere.

    Training begins in `epoch`, of which so many windows have been trained.
    """
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bar(name, run, epoch, windows) as listener:
            yield listener
    else:
        yield _Lines(name, run)


def _nothing(_: Event) -> None:
    """Show nothing."""


class _Lines:
    """The first epoch, the last, and about one in ten between them: for logs."""

    def __init__(self, name: str, run: Path) -> None:
        self.name = name
        self.run = run
        self.epochs = 1
        self.began = time.monotonic()
        self.steps = 0
        self.shown = 0
        self.last: EpochEnded | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.epochs = event.epochs
            self.began = time.monotonic()
            epochs = _count(event.epochs, "epoch")
            print(f"{self.name}: {event.parameters:,} parameters, {epochs}, in {self.run}", file=sys.stderr)
        elif isinstance(event, WindowTrained):
            self.steps += event.steps
        elif isinstance(event, EpochEnded):
            self.last = event
            every = max(1, self.epochs // _LINES)
            if event.epoch % every == 0 or not self.shown or event.epoch == self.epochs:
                self._show(event)
        elif self.last is not None and self.shown != self.last.epoch:  # it stopped early
            self._show(self.last)

    def _show(self, event: EpochEnded) -> None:
        self.shown = event.epoch
        speed = self.steps / max(time.monotonic() - self.began, 1e-9)
        print(f"epoch {event.epoch}/{self.epochs}  {losses(event)}  {speed:,.0f} steps/s", file=sys.stderr)


def losses(event: EpochEnded) -> str:
    """The losses of an epoch, in model units."""
    text = f"train loss {figure(event.train.get('loss', float('nan')))}"
    return text + (f"  valid loss {figure(event.valid['loss'])}" if event.valid else "")


@contextmanager
def _bar(name: str, run: Path, epoch: int, windows: int) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    screen = Screen(name, epoch, windows)
    # Before training tells how long it is there is nothing to draw.
    live = Live(screen, console=console, transient=True, refresh_per_second=8)

    def listener(event: Event) -> None:
        screen.hear(event)
        if isinstance(event, Started):
            told = Text.assemble((name, "bold"), f": {event.parameters:,} parameters, in {run}")
            console.print(told, soft_wrap=True)
            live.start(refresh=True)
        elif isinstance(event, Finished):
            live.stop()
            seconds = time.monotonic() - screen.began
            epochs, updates = _count(event.epochs, "epoch"), _count(event.update, "update")
            console.print(Text(f"trained {epochs}, {updates}, in {seconds:.1f} s"), soft_wrap=True)

    try:
        yield listener
    finally:
        live.stop()


@dataclass(slots=True)
class Screen:
    """What the line in a terminal says of training, as it hears of it."""

    name: str
    epoch: int = 1
    window: int = 0
    clock: Callable[[], float] = time.monotonic
    epochs: int = 1
    windows: int = 1
    began: float = 0.0
    first: int = 0
    done: int = 0
    steps: int = 0
    running: float | None = None
    weight: float = 0.0
    judged: str = ""

    def hear(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, Started):
            self.epochs, self.windows, self.began = event.epochs, max(1, event.windows), self.clock()
            self.epoch = min(self.epoch, event.epochs)
            self.first = self.done = (self.epoch - 1) * self.windows + self.window
        elif isinstance(event, WindowTrained):
            self.epoch, self.done = event.epoch, (event.epoch - 1) * self.windows + event.window
            self.steps += event.steps
            if event.loss is not None:
                self.weight = _MEMORY * self.weight + 1 - _MEMORY  # less than 1 while there are few windows
                self.running = (self.running or 0.0) + (event.loss - (self.running or 0.0)) * (
                    (1 - _MEMORY) / self.weight
                )
        elif isinstance(event, EpochEnded):
            shown, which = (event.valid, "valid loss") if event.valid else (event.train, "train loss")
            self.judged = f"{which} {figure(shown.get('loss', float('nan')))}"

    def line(self, width: int, *, ascii_only: bool = False) -> list[tuple[str, str]]:
        """The parts of the line with their styles: name, epoch, bar, losses, speed, time left; those that fit.

        The loss of the last epoch stands before the running one of the epoch under way.
        """
        seconds = max(self.clock() - self.began, 1e-9)
        now = "" if self.running is None else f"loss {figure(self.running)}"
        trained = self.done - self.first
        total = self.windows * self.epochs
        left = left_in_words(seconds / trained * max(0, total - self.done)) if trained else ""
        speed = f"{self.steps / seconds:,.0f} steps/s" if trained else ""
        name = self.name if len(self.name) <= _NAME else self.name[: _NAME - 1] + ("." if ascii_only else "…")
        parts = {
            "name": name,
            "epoch": f"epoch {self.epoch:>{len(str(self.epochs))}}/{self.epochs}",
            "bar": " " * _LEAST,
            "judged": f"{self.judged:<17}" if self.judged else "",
            "now": f"{now:<11}" if now else "",
            "speed": f"{speed:>14}" if speed else "",
            "left": f"{left:>9}" if left else "",
        }
        kept: list[str] = []
        loss = "judged" if self.judged else "now"
        for part in ("epoch", loss, "left", "bar", "name", "speed", "now"):
            room = width - sum(len(parts[p]) + len(_GAP) for p in kept)
            if parts[part] and part not in kept and len(parts[part]) <= room:
                kept.append(part)
        styles = {"name": "bold"}
        spare = width - sum(len(parts[p]) + len(_GAP) for p in kept) + len(_GAP)
        found: list[tuple[str, str]] = []
        for part in (part for part in parts if part in kept):
            if found:
                found.append((_GAP, ""))
            if part == "bar":
                found += _drawn(min(_MOST, _LEAST + spare), self.done / total, ascii_only)
            else:
                found.append((parts[part], styles.get(part, "")))
        return found

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        ascii_only = options.ascii_only
        yield Text.assemble(*self.line(options.max_width, ascii_only=ascii_only), no_wrap=True, overflow="crop")


def _drawn(width: int, share: float, ascii_only: bool) -> list[tuple[str, str]]:
    """A bar: what is done, then what is left, told apart without colour too."""
    done = min(width, int(share * width))
    return [(("#" if ascii_only else "━") * done, "cyan"), (("-" if ascii_only else "┄") * (width - done), "dim")]


def left_in_words(seconds: float) -> str:
    """How long it takes yet: "4 s left", "3:05 left", "2:03:05 left", "3 days left"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s left"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} left"
    if whole < 2 * 86400:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02} left"
    return f"{whole // 86400} days left"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
