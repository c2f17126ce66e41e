"""What a person sees while a check goes on: the trainings under way in a terminal, some lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rnnctl.expect.events import Ended, Event, Progress, Waiting
from rnnctl.expect.outcome import Outcome, State, counts
from rnnctl.report.check.table import mark
from rnnctl.report.check.words import lasted, state_word, state_words
from rnnctl.report.fitting import columns_of, one_line, shortened
from rnnctl.report.progress import left_in_words
from rnnctl.report.strip import Look, look_at
from rnnctl.report.training import figure

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

MOST_SHOWN = 12
"""So many trainings are shown at a time; of the others there is a count."""
_NAME, _BAR = 28, 10
_SOON = 0.02
"""How much must be done before the time that is left is told."""

_Trial: TypeAlias = tuple[Path, int, str]


@contextmanager
def watching(quiet: bool = False) -> Iterator[Callable[[Event], None]]:
    """A listener that shows on stderr how far a check is: a few lines that stay in their place in a terminal.

    Elsewhere a line when a config begins and when it has ended; with `quiet` nothing.
    """
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _table() as listener:
            yield listener
    else:
        yield Lines(lambda line: print(line, file=sys.stderr, flush=True))


def _nothing(_: Event) -> None:
    """Show nothing."""


@dataclass(slots=True)
class Lines:
    """A line when a config begins and one when it has ended: for logs."""

    tell: Callable[[str], None]
    waiting: dict[Path, int] = field(default_factory=dict)
    begun: set[Path] = field(default_factory=set)
    ended: int = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Waiting):
            self.waiting[event.path] = event.trials
        elif isinstance(event, Progress):
            if event.path not in self.begun:
                self.begun.add(event.path)
                trials = self.waiting.get(event.path, 1)
                self.tell(f"{one_line(str(event.path))}: begun, {trials} training{'s' * (trials != 1)}")
        else:
            self.ended += 1
            outcome = event.outcome
            total = max(self.ended, len(self.waiting))
            self.tell(f"{one_line(str(outcome.path))}: {state_words(outcome)} ({self.ended} of {total})")


@dataclass(slots=True)
class Screen:
    """What the lines in a terminal say, as they hear of it."""

    clock: Callable[[], float] = time.monotonic
    rows: int = 24
    """The lines of the terminal."""
    began: float | None = None
    names: dict[Path, str] = field(default_factory=dict)
    trials: dict[Path, int] = field(default_factory=dict)
    running: dict[_Trial, Progress] = field(default_factory=dict)
    shares: dict[_Trial, float] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Take in an event."""
        if self.began is None:
            self.began = self.clock()
        if isinstance(event, Waiting):
            self.names[event.path], self.trials[event.path] = event.name, event.trials
        elif isinstance(event, Progress):
            trial = (event.path, event.seed, event.kind)
            self.shares[trial] = event.share
            if event.share < 1:
                self.running[trial] = event
            else:
                self.running.pop(trial, None)
        else:
            self.outcomes.append(event.outcome)
            self._forget(event.outcome.path)

    def _forget(self, path: Path) -> None:
        """Of a config that has ended nothing is left to do; what was never begun counts neither as work nor as done."""
        begun = [trial for trial in self.shares if trial[0] == path]
        for trial in begun:
            self.running.pop(trial, None)
            self.shares[trial] = 1.0
        self.trials[path] = len(begun)

    def left(self) -> float | None:
        """The seconds that are left, were all trainings alike; None where it is too early to tell."""
        total, done = sum(self.trials.values()), sum(self.shares.values())
        if self.began is None or not total or done / total < _SOON:
            return None
        return (self.clock() - self.began) / done * max(0.0, total - done)

    def lines(self, width: int, *, ascii_only: bool = False) -> list[str]:
        """A line for each training that is shown, and one that counts; none is wider than the terminal."""
        room = max(1, min(MOST_SHOWN, self.rows - 3))
        listed = list(self.running.values())
        several = any(event.seed != listed[0].seed or event.kind in ("again", "resume") for event in listed)
        found = [self._line(event, width, several, ascii_only) for event in listed[:room]]
        if len(listed) > room:
            found.append(_cut(f"and {len(listed) - room} more", width))
        return [*found, self._count(width)]

    def _count(self, width: int) -> str:
        known, ended = max(len(self.names), len(self.outcomes)), len(self.outcomes)
        over = {outcome.path for outcome in self.outcomes}
        busy = {trial[0] for trial in self.shares} - over
        came_to = ", ".join(f"{n} {state_word(state)}" for state, n in counts(self.outcomes).items())
        waiting = known - ended - len(busy)
        parts = [f"{ended} of {known} config{'s' * (known != 1)}" + (f": {came_to}" if came_to else "")]
        parts += [f"{len(busy)} running"] if busy else []
        parts += [f"{waiting} waiting"] if waiting > 0 else []
        left = self.left()
        if left is not None and left >= 1 and ended < known:
            parts.append(f"about {left_in_words(left)}")
        elif self.began is not None and ended < known:
            parts.append(lasted(self.clock() - self.began))
        kept: list[str] = []
        for part in parts:
            if kept and columns_of("; ".join([*kept, part])) > width:
                break
            kept.append(part)
        return _cut("; ".join(kept), width)

    def _line(self, event: Progress, width: int, several: bool, ascii_only: bool) -> str:
        """A training: its name, seed and kind, a bar, epoch and loss; what there is room for."""
        most = _NAME if width >= 60 else max(8, width - 22)
        name = shortened(one_line(self.names.get(event.path, str(event.path))), most, ascii_only=ascii_only)
        widest = min(most, max((columns_of(one_line(known)) for known in self.names.values()), default=0))
        share = min(1.0, max(0.0, event.share))
        done = int(share * _BAR)
        bar = ("#" if ascii_only else "━") * done + ("-" if ascii_only else "┄") * (_BAR - done)
        again = f" {event.kind}" if event.kind in ("again", "resume") else ""
        which = f"seed {event.seed}{again}" if several else ""
        epochs = "" if event.epochs is None else f"/{event.epochs}"
        parts = [
            name + " " * max(0, widest - columns_of(name)),
            f"{bar} {int(100 * share):>3}%",
            f"{which:<13}" if several else "",
            "" if event.epoch is None else f"epoch {f'{event.epoch}{epochs}':<7}",
            "" if event.loss is None else f"loss {figure(event.loss)}",
        ]
        line = ""
        for part in filter(None, parts):
            longer = f"{line}  {part}" if line else part
            if columns_of(longer) > width:
                break
            line = longer
        return line.rstrip()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        self.rows = console.size.height
        for line in self.lines(options.max_width, ascii_only=options.ascii_only):
            yield Text(line, no_wrap=True, overflow="crop")


def _cut(text: str, width: int) -> str:
    return text if columns_of(text) <= width else shortened(text, width)


@contextmanager
def _table() -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    screen = Screen()
    live = Live(screen, console=console, transient=True, refresh_per_second=8)
    look = look_at(sys.stderr)

    def listener(event: Event) -> None:
        screen.hear(event)
        if isinstance(event, Ended) and event.outcome.state not in (State.met, State.skipped):
            _tell(console, event.outcome, look)

    live.start()
    try:
        yield listener
    finally:
        live.stop()


def _tell(console: Console, outcome: Outcome, look: Look) -> None:
    """Above the lines that stay: what has gone wrong, which is worth to know before all is done."""
    from rich.text import Text

    words = state_words(outcome)
    path = shortened(one_line(str(outcome.path)), max(8, console.width - columns_of(words) - 4))
    told = Text.from_ansi(f"{mark(outcome.state, look)} {path}: {words}")
    console.print(told, soft_wrap=True, highlight=False)
