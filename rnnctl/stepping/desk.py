"""What a session is worked on with: a feed, breaks, things to watch, a script of what was done.

Commands are made of this and know no more; `console.py` has the table of them, and reads lines.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from rnnctl.data.records import Signal
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.conditions import Condition
from rnnctl.stepping.feed import Feed, Left, Row, next_row
from rnnctl.stepping.inputs import Given
from rnnctl.stepping.references import name_unit, value_of
from rnnctl.stepping.session import TRUNK, Session
from rnnctl.stepping.step import Step
from rnnctl.stepping.wording import plain

SCRIPT_HEAD = "# a session of rnnctl step"
"""The first line of what is recorded."""


class Desk(ABC):
    """A session with a feed, breaks and things to watch, on which commands work."""

    commands: Mapping[str, Command]

    def __init__(self, session: Session, run: Run | None = None) -> None:
        self.session = session
        self.run_of = run
        self._began_fed = _standing(session)
        self._gone: object = None
        self.free: tuple[float | None, int] | None = None
        """Temperature and seed, where `next` lets the model run by itself."""
        self.watched: list[str] = []
        self.breaks: dict[int, Condition] = {}
        """Each by the number that it was given, which no other takes away."""
        self.each: Callable[[], None] | None = None
        """Called after every step that a line makes; where it raises, nothing of the line is done."""
        self.script: list[str] = []
        """The lines that can be played again from `began` on, where the session stood at first."""
        self.began, self._began_on, self._began_with = session.now, session.branch, session.gave
        self._before = {id(moment): moment for branch in session.branches.values() for moment in branch.moments}
        self.recording: Path | None = None
        self.lines: Path | None = None
        """The file that each step is written to, as a JSON line."""
        self.written = 0
        """How many lines of the script stand in the file that it is recorded to."""
        self.playing = 0
        """How deep scripts play scripts."""

    @abstractmethod
    def run(self, line: str) -> Outcome:
        """Do what a line says. Errors: UsageError, DataError, CheckpointError for one that cannot be done."""

    @abstractmethod
    def find(self, word: str) -> Command:
        """A command by its name, its alias or the beginning of its name. Errors: UsageError."""

    @property
    def feed(self) -> Feed | None:
        """Where `next` takes its inputs from; at first what the session was fed with when it was left."""
        fed = self.session.fed
        if isinstance(fed, Left) and fed is not self._gone:
            from rnnctl.stepping.sources import opened_again

            self.session.fed = opened_again(self.session.model, fed) or fed
            self._gone = self.session.fed  # unless it is open now
        return self.session.fed if isinstance(self.session.fed, Feed) else None

    @feed.setter
    def feed(self, feed: Feed | None) -> None:
        self.session.fed = feed

    # steps

    def walk(self, rows: Iterable[Row]) -> Outcome:
        """Make a step for each row; stop where a break comes to hold, and tell how many were left."""
        given = list(rows)
        outcome = self.follow(self.session.step(row.given, row.target, row.place) for row in given)
        left = len(given) - len(outcome.steps)
        if not left:
            return outcome
        told = f"{outcome.stopped}; {left} input{'s' * (left != 1)} of the line {'are' if left > 1 else 'is'} left"
        return replace(outcome, stopped=told)

    def fed(self, count: int) -> Iterator[Step]:
        """Make steps with the next rows of the feed, one by one."""
        assert self.feed is not None
        for row in islice(self.feed.ahead(self.session), count):
            yield self.session.step(row.given, row.target, row.place)

    def follow(self, made: Iterable[Step], until: Condition | None = None) -> Outcome:
        """Go through steps as they are made; stop where a break, or `until`, comes to hold."""
        steps: list[Step] = []
        watched: list[Mapping[str, Any]] = []
        before = {number: self.judge(condition) for number, condition in self.breaks.items()}
        for step in made:
            steps.append(step)
            if self.each is not None:
                self.each()
            watched.append({name: self.worth(name) for name in self.watched})
            now = {number: self.judge(condition) for number, condition in self.breaks.items()}
            if until is not None and self.judge(until):
                break
            new = [number for number, holds in now.items() if holds and not before[number]]
            if new:
                stopped = ", ".join(f"break {number}: {self.breaks[number].text}" for number in new)
                return Outcome(tuple(steps), stopped=stopped, watched=tuple(watched))
            before = now
        return Outcome(tuple(steps), watched=tuple(watched))

    def judge(self, condition: Condition) -> bool:
        """Whether a condition holds here; where a side is not known it does not."""
        try:
            return condition.judge(self.session).holds
        except UsageError:
            return False

    def worth(self, name: str) -> Any:
        """What a reference is worth here, as plain values; None where it is not known."""
        try:
            return plain(value_of(self.session, name))
        except UsageError:
            return None

    def rehearse(self, what: Condition | str) -> None:
        """Try a condition, or a reference, on a session of its own. Errors: UsageError where it names nothing."""
        model = self.session.model
        trial = Session(model)
        trial.step(_any_of(model.facts.input), _any_of(model.facts.target))
        if isinstance(what, Condition):
            what.judge(trial)
        else:
            value_of(trial, what)

    # scripts

    def record_to(self, path: Path) -> int:
        """Write the script so far into a file, and from now on each line that is done; the count of its commands.

        A session that did not begin at an initial state begins the script with loading the state that it had.
        Errors: UsageError where the file cannot be written, or is there and no script of ours.
        """
        lines = [SCRIPT_HEAD, *self._beginning(path.stem)]
        try:
            if path.exists() and not path.read_text("utf-8", errors="replace").startswith(SCRIPT_HEAD):
                raise UsageError(Diagnostic(f"'{path}' is there already, and no recording", help="choose another name"))
            path.write_text("\n".join([*lines, *self.script]) + "\n", "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None
        self.recording, self.written = path, len(self.script)
        return len(self.script)

    def write_down(self, made: Sequence[Step] = ()) -> None:
        """Add the lines that are done to the file that is recorded to, and the steps they made to that of steps.

        A script cannot go back behind where it begins: one that did begins anew, with the state it has come to.
        """
        if self._stands_before():
            self.began, self._began_on = self.session.now, self.session.branch
            self._began_with = self.session.gave
            self._began_fed = _standing(self.session)
            self.script.clear()
            if self.recording is not None:
                self.record_to(self.recording)
        if self.lines is not None and made:
            from rnnctl.stepping import lines as json_lines

            json_lines.add(self.lines, made, self.session.model.facts)
        lines, self.written = self.script[self.written :], len(self.script)
        if self.recording is not None and lines:
            try:
                with self.recording.open("a", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in lines)
            except OSError as error:
                raise UsageError(f"cannot write '{self.recording}': {error.strerror or error}") from None

    def _beginning(self, name: str) -> list[str]:
        """The lines that lead from an initial state to where the script begins; a state is saved for them."""
        lines, began, model = [], self.began, self.session.model
        if began.t != 0 or began.origin != model.origins():
            if self.run_of is None:
                raise UsageError("this session began with a state that no run can keep")
            from rnnctl.stepping.states import save_state

            name = "".join(c if c.isalnum() else "-" for c in name if c.isascii()).strip("-") or "script"
            save_state(self.run_of, f"{name}-start", self.session, began, self._began_with)
            lines.append(f"load {name}-start")
        if self._began_on != TRUNK:
            mark = '"' if "'" in self._began_on else "'"
            lines.append(f"fork {mark}{self._began_on}{mark}")
        if self._began_fed is not None:
            from rnnctl.stepping.sources import rest_of

            lines += rest_of(model, *self._began_fed)
        for layer, parts in began.held.items():
            for part, units in parts.items():
                lines += [f"clamp {name_unit(model, layer, part, unit)} {value!r}" for unit, value in units.items()]
        return lines

    def _stands_before(self) -> bool:
        """Whether the way here leads over what had been done before the script began, and not over its beginning."""
        for moment in reversed(self.session.trail):
            if moment is self.began:
                return False
            if id(moment) in self._before:
                return True
        return False


def _standing(session: Session) -> tuple[Feed | Left, int] | None:
    """What a session is fed with, and the row that comes next."""
    return (session.fed, next_row(session, session.fed)) if isinstance(session.fed, Feed | Left) else None


def _any_of(signal: Signal) -> Given:
    """Some input or target that a model can be shown."""
    if signal.symbols:
        return {signal.names[0]: signal.symbols[0]}
    return dict.fromkeys(signal.names, 0.0)
