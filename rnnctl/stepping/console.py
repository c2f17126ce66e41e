"""The stepper's language: a line of text -> what it did to a session, and what there is to tell of it.

The three faces share it: line mode, full screen and scripts. It knows no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.runs.directory import Run
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands import BY_TOPIC
from rnnctl.stepping.conditions import Condition, Verdict
from rnnctl.stepping.feed import Feed, Row
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.references import value_of
from rnnctl.stepping.session import Branch, Session
from rnnctl.stepping.step import Step

__all__ = ["COMMANDS", "Command", "Console", "Outcome", "find_command"]

COMMANDS: Mapping[str, Command] = {command.name: command for command in BY_TOPIC}
"""Every command by its name, topic by topic: help, docs and completion are made of it."""
_ALIASES = {alias: command for command in BY_TOPIC for alias in command.aliases}
_WORD = re.compile(r"([A-Za-z]+|\?)(?:\s+(.*)|)", re.DOTALL)
_NUMBERS = re.compile(r"[-+.]?[\d.]|[^\s=]+\s*=|-?inf|nan")


class Console:
    """A session with a feed, breaks and things to watch: `console.run("step 50")`."""

    def __init__(self, session: Session, run: Run | None = None) -> None:
        self.session = session
        self.run_of = run
        self.feed: Feed | None = None
        self.watched: list[str] = []
        self.breaks: list[Condition] = []
        self.script: list[str] = []
        """The lines that can be played again, from `began` on."""
        self.began = session.now
        self.recording: str | None = None

    def run(self, line: str) -> Outcome:
        """Do what a line says. Errors: UsageError for one that cannot be done; the session is then as it was."""
        command, rest = self.read(line)
        if command is None:
            return Outcome()
        before = self.keep()
        try:
            outcome = command.function(self, rest)
            if command.recorded:
                self.note(line.strip())
        except BaseException:
            self.put_back(before)
            raise
        return outcome

    def read(self, line: str) -> tuple[Command | None, str]:
        """The command of a line and what stands behind it; None for an empty line. Errors: UsageError."""
        text = line.strip()
        if not text or text.startswith("#"):
            return None, ""
        match = _WORD.fullmatch(text)
        if match is None or "=" in (match[2] or "")[:1]:
            if _NUMBERS.match(text):
                return COMMANDS["step"], without_comment(text)
            raise UsageError(Diagnostic(f"'{visible(text.split()[0])}' is no command", help="`help` lists them"))
        command = find_command(match[1])
        rest = match[2] or ""
        return command, rest if command.raw else without_comment(rest)

    # what commands are made of

    def walk(self, rows: Iterable[Row], until: Condition | None = None) -> Outcome:
        """Make a step for each row; stop where a break, or `until`, comes to hold."""
        steps: list[Step] = []
        watched: list[Mapping[str, Any]] = []
        held = [self.judge(condition) for condition in self.breaks]
        for row in rows:
            steps.append(self.session.step(row.given, row.target, row.place))
            watched.append({name: self.worth(name) for name in self.watched})
            if until is not None and self.judge(until):
                return Outcome(tuple(steps), watched=tuple(watched))
            now = [self.judge(condition) for condition in self.breaks]
            for number, (was, condition) in enumerate(zip(held, self.breaks, strict=True), 1):
                if now[number - 1] and not was:
                    stopped = f"break {number}: {condition.text}"
                    return Outcome(tuple(steps), stopped=stopped, watched=tuple(watched))
            held = now
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
            value = value_of(self.session, name)
        except UsageError:
            return None
        return value if isinstance(value, str) else value.tolist()

    def rehearsed(self, condition: Condition | None = None, name: str | None = None) -> Verdict | None:
        """Try a condition, or a reference, on a session of its own. Errors: UsageError where it names nothing."""
        model = self.session.model
        trial = Session(model)
        row = {}
        for signal in (model.facts.input, model.facts.target):
            first: Any = signal.symbols[0] if signal.symbols else 0.0
            row[signal is model.facts.target] = dict.fromkeys(signal.names, first)
        with np.errstate(all="ignore"):
            trial.step(row[False], row[True])
        if name is not None:
            value_of(trial, name)
        return None if condition is None else condition.judge(trial)

    def keep(self) -> tuple[dict[str, Branch], str]:
        """All of the session, to be put back where a line fails."""
        branches = self.session.branches
        return {name: Branch(list(b.moments), b.at) for name, b in branches.items()}, self.session.branch

    def put_back(self, kept: tuple[dict[str, Branch], str]) -> None:
        """Make the session what it was."""
        self.session.branches, self.session.branch = kept

    def note(self, line: str) -> None:
        """Add a line to the script of the session."""
        self.script.append(line)


def find_command(word: str) -> Command:
    """A command by its name, its alias or the beginning of its name. Errors: UsageError."""
    if found := COMMANDS.get(word) or _ALIASES.get(word):
        return found
    begun = [name for name in COMMANDS if name.startswith(word.lower())]
    if len(begun) == 1:
        return COMMANDS[begun[0]]
    if begun:
        raise UsageError(Diagnostic(f"'{word}' may be several commands", help=", ".join(begun)))
    guess = nearest(word, COMMANDS)
    advice = f"did you mean '{guess}'?" if guess else "`help` lists them"
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
