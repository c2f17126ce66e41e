"""The stepper's language: a line of text -> what it did to a session, and what there is to tell of it.

The three faces share it: line mode, full screen and scripts. It knows no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rnnctl.errors import Diagnostic, RnnctlError, UsageError, nearest
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands import BY_TOPIC
from rnnctl.stepping.commands.words import open_quote
from rnnctl.stepping.desk import Desk
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.session import Branch

__all__ = ["COMMANDS", "Command", "Console", "Outcome", "find_command"]

COMMANDS: Mapping[str, Command] = {command.name: command for command in BY_TOPIC}
"""Every command by its name, topic by topic: help, docs and completion are made of it."""
_ALIASES = {alias: command for command in BY_TOPIC for alias in command.aliases}
_WORD = re.compile(r"([A-Za-z]+|\?)(?:\s+(.*)|)", re.DOTALL)
_NUMBERS = re.compile(r"[-+.]?[\d.]|[^\s=]+\s*=|-?inf|nan")


class Console(Desk):
    """A desk that reads lines: `console.run("step 50")`."""

    commands = COMMANDS

    def run(self, line: str) -> Outcome:
        """Do what a line says.

        Errors: UsageError for one that cannot be done, DataError and CheckpointError for data, or a state, that it
        names and that cannot be used; the session is then as it was.
        """
        command, rest = self.read(line)
        if command is None:
            return Outcome()
        put_back = self._kept()
        try:
            outcome = command.function(self, rest)
            if command.recorded:
                self.script.append(line.strip())
            if not self.playing:  # what a script plays is done whole or not at all
                self.write_down((*outcome.steps, *outcome.beside))
        except BaseException as error:  # Ctrl-C too: half of a line is never done
            put_back()
            if isinstance(error, RnnctlError) and error.problems:  # which know a setting, and here is no config
                more = (Diagnostic(p.message, help=p.help) for p in error.problems)
                raise type(error)(*error.diagnostics, *more) from None
            if isinstance(error, UsageError) and (sign := open_quote(rest)):
                first, *others = error.diagnostics
                raise UsageError(first._replace(help=f"{sign} opens a quote that nothing closes"), *others) from None
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

    def find(self, word: str) -> Command:
        """A command by its name, its alias or the beginning of its name. Errors: UsageError."""
        return find_command(word)

    def _kept(self) -> Callable[[], None]:
        """Note all that a line can change; what it gives back puts that in place again."""
        session = self.session
        branches = {name: Branch(list(b.moments), b.at) for name, b in session.branches.items()}
        began = self.began, self._began_on, self._began_with, self._began_fed
        branch, script = session.branch, (list(self.script), self.written)
        others = session.fed, self.free, list(self.watched), dict(self.breaks)
        files = self.recording, self.lines

        def put_back() -> None:
            session.branches, session.branch = branches, branch
            self.began, self._began_on, self._began_with, self._began_fed = began
            self.script, self.written = script
            session.fed, self.free, self.watched, self.breaks = others
            self.recording, self.lines = files

        return put_back


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
