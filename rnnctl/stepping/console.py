"""The stepper's language: a line of text -> what it did to a session, and what there is to tell of it.

The three faces share it: line mode, full screen and scripts. It knows no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from rnnctl.data.records import Signal
from rnnctl.errors import Diagnostic, RnnctlError, UsageError, nearest
from rnnctl.runs.directory import Run
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands import BY_TOPIC
from rnnctl.stepping.conditions import Condition
from rnnctl.stepping.feed import Feed, Row
from rnnctl.stepping.inputs import Given, visible
from rnnctl.stepping.references import name_unit, value_of
from rnnctl.stepping.session import TRUNK, Branch, Session
from rnnctl.stepping.step import Step
from rnnctl.stepping.wording import plain

__all__ = ["COMMANDS", "Command", "Console", "Outcome", "find_command"]

COMMANDS: Mapping[str, Command] = {command.name: command for command in BY_TOPIC}
"""Every command by its name, topic by topic: help, docs and completion are made of it."""
_ALIASES = {alias: command for command in BY_TOPIC for alias in command.aliases}
SCRIPT_HEAD = "# a session of rnnctl step"
"""The first line of what is recorded."""
_WORD = re.compile(r"([A-Za-z]+|\?)(?:\s+(.*)|)", re.DOTALL)
_NUMBERS = re.compile(r"[-+.]?[\d.]|[^\s=]+\s*=|-?inf|nan")


class Console:
    """A session with a feed, breaks and things to watch: `console.run("step 50")`."""

    def __init__(self, session: Session, run: Run | None = None) -> None:
        self.session = session
        self.run_of = run
        self.feed: Feed | None = None
        self.free: tuple[float | None, int] | None = None
        """Temperature and seed, where `next` lets the model run by itself."""
        self.watched: list[str] = []
        self.breaks: list[Condition] = []
        self.each: Callable[[], None] | None = None
        """Called after every step that a line makes; where it raises, nothing of the line is done."""
        self.script: list[str] = []
        """The lines that can be played again from `began` on, where the session stood at first."""
        self.began, self._began_on = session.now, session.branch
        self._before = {id(moment): moment for branch in session.branches.values() for moment in branch.moments}
        self.recording: Path | None = None
        self.written = 0
        """How many lines of the script stand in the file that it is recorded to."""
        self.playing = 0
        """How deep scripts play scripts."""

    def run(self, line: str) -> Outcome:
        """Do what a line says. Errors: UsageError for one that cannot be done; the session is then as it was."""
        command, rest = self.read(line)
        if command is None:
            return Outcome()
        put_back = self._kept()
        try:
            outcome = command.function(self, rest)
            if command.recorded:
                self.script.append(line.strip())
            if not self.playing:  # what a script plays is done whole or not at all
                self.write_down()
        except BaseException as error:  # Ctrl-C too: half of a line is never done
            put_back()
            if isinstance(error, RnnctlError) and not isinstance(error, UsageError):
                more = (Diagnostic(p.message, help=p.help) for p in error.problems)
                raise UsageError(*error.diagnostics, *more) from None
            raise
        return outcome

    def read(self, line: str) -> tuple[Command | None, str]:
        """The command of a line and what stands behind it; None for an empty line. Errors: UsageError."""
        text = line.strip()
        if not text or text.startswith("#"):
            return None, ""
        match = _WORD.fullmatch(text)
        if match is None or (match[2] or "").startswith("="):
            if _NUMBERS.match(text) and self.session.model.facts.input.kind != "symbol":
                return COMMANDS["step"], without_comment(text)
            word = visible(text.split()[0])
            raise UsageError(Diagnostic(f"'{word}' is no command", help=self._advice()))
        try:
            command = find_command(match[1])
        except UsageError as error:
            if match[1] not in self.session.model.facts.input.symbols:
                raise
            [told] = error.diagnostics
            raise UsageError(told._replace(help=f"a symbol is given as: step {match[1]}")) from None
        rest = match[2] or ""
        return command, rest if command.raw else without_comment(rest)

    def _advice(self) -> str:
        known = self.session.model.facts.input.symbols
        return f"help lists them; a symbol is given as: step {known[0]}" if known else "help lists them"

    # what commands are made of

    def walk(self, rows: Iterable[Row]) -> Outcome:
        """Make a step for each row; stop where a break comes to hold."""
        return self.follow(self.session.step(row.given, row.target, row.place) for row in rows)

    def fed(self, count: int) -> Iterator[Step]:
        """Make steps with the next rows of the feed, one by one."""
        assert self.feed is not None
        for row in islice(self.feed.ahead(self.session), count):
            yield self.session.step(row.given, row.target, row.place)

    def follow(self, made: Iterable[Step], until: Condition | None = None) -> Outcome:
        """Go through steps as they are made; stop where a break, or `until`, comes to hold."""
        steps: list[Step] = []
        watched: list[Mapping[str, Any]] = []
        before = [self.judge(condition) for condition in self.breaks]
        for step in made:
            steps.append(step)
            if self.each is not None:
                self.each()
            watched.append({name: self.worth(name) for name in self.watched})
            now = [self.judge(condition) for condition in self.breaks]
            if until is not None and self.judge(until):
                break
            new = [number for number, (was, holds) in enumerate(zip(before, now, strict=True)) if holds and not was]
            if new:
                stopped = ", ".join(f"break {number + 1}: {self.breaks[number].text}" for number in new)
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

    def write_down(self) -> None:
        """Add the lines that are done to the file that is recorded to.

        A script cannot go back behind where it begins: one that did begins anew, with the state it has come to.
        """
        if self._stands_before():
            self.began, self._began_on = self.session.now, self.session.branch
            self.script.clear()
            if self.recording is not None:
                self.record_to(self.recording)
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
            save_state(self.run_of, f"{name}-start", self.session, began)
            lines.append(f"load {name}-start")
        if self._began_on != TRUNK:
            mark = '"' if "'" in self._began_on else "'"
            lines.append(f"fork {mark}{self._began_on}{mark}")
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

    def _kept(self) -> Callable[[], None]:
        """Note all that a line can change; what it gives back puts that in place again."""
        session = self.session
        branches = {name: Branch(list(b.moments), b.at) for name, b in session.branches.items()}
        branch, script = session.branch, (list(self.script), self.written, self.began, self._began_on)
        others = self.feed, self.free, list(self.watched), list(self.breaks), self.recording

        def put_back() -> None:
            session.branches, session.branch = branches, branch
            self.script, self.written, self.began, self._began_on = script
            self.feed, self.free, self.watched, self.breaks, self.recording = others

        return put_back


def _any_of(signal: Signal) -> Given:
    """Some input or target that a model can be shown."""
    if signal.symbols:
        return {signal.names[0]: signal.symbols[0]}
    return dict.fromkeys(signal.names, 0.0)


def find_command(word: str) -> Command:
    """A command by its name, its alias or the beginning of its name. Errors: UsageError."""
    if found := COMMANDS.get(word) or _ALIASES.get(word):
        return found
    begun = [name for name in COMMANDS if name.startswith(word)]
    if len(begun) == 1:
        return COMMANDS[begun[0]]
    if begun:
        raise UsageError(Diagnostic(f"'{word}' may be several commands", help=", ".join(begun)))
    guess = nearest(word, COMMANDS)
    advice = f"did you mean '{guess}'?" if guess else "help lists them"
    raise UsageError(Diagnostic(f"there is no command '{visible(word)}'", help=advice))


def without_comment(text: str) -> str:
    """A line without what stands behind a `#` that begins a word outside quotes."""
    quote = ""
    for i, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and (i == 0 or not text[i - 1].isalnum()):
            quote = character
        elif character == "#" and (i == 0 or text[i - 1].isspace()):
            return text[:i].rstrip()
    return text
