"""Completion by TAB: what a shell asks in environment variables, and the candidates that it is told.

The scripts that ask are typer's, for bash, zsh, fish and PowerShell: `rnnctl --install-completion` puts the one of the
current shell in place. The answers are made here: without the commands themselves, whose import takes longer than
anyone waits for a TAB, and without a word of anything else, whatever state the folder is in.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rnnctl.cli.signatures import Parameter, of_command, program
from rnnctl.cli.suggestions import Asked, Candidate, source_of
from rnnctl.errors import Diagnostic, UsageError

if TYPE_CHECKING:
    import typer

_PROGRAM = "rnnctl"
_BREAKS = "=:"
"""What bash takes for words of their own, wherever it stands."""
_OPEN = ("=", "/", ".")
"""What a candidate ends with that is to be gone on with."""
_MEANT = re.compile(r"([^\w@%+=:,./~-])")
"""What bash would read as something else, where it stands unquoted."""


class Line(NamedTuple):
    """A command line up to the cursor: the words behind the program's name, and the one that is being typed.

    `head` is how much of that one the shell holds to be words of their own, `quote` the quote that it is in.
    """

    words: Sequence[str]
    current: str
    head: int = 0
    quote: str = ""


def answer(environment: Mapping[str, str]) -> int:
    """Print what the shell asks for, and nothing else, and return the exit code that it is told.

    A mistake in here is kept quiet: there is no place on a half-typed command line at which it could be told.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an impatient Ctrl-C is no traceback
    told = ""
    unheard = io.StringIO()
    with contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard), contextlib.suppress(Exception):
        ask, tell = _SHELLS[environment["_RNNCTL_COMPLETE"].removeprefix("complete_")]
        told = tell(ask(environment))
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":  # are there any, or is it a matter of files?
        return 0 if told else 1
    with contextlib.suppress(OSError):
        os.write(1, os.fsencode(told + "\n" if told else ""))
    return 0


def set_up(app: typer.Typer) -> None:
    """Let typer print or install the script for the current shell. Errors: UsageError where it has none for it."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            app(prog_name=_PROGRAM)
    except SystemExit as ended:
        if ended.code == 1:
            message = "there is no completion for this shell, or it does not say which it is"
            known = ", ".join(name for name in _SHELLS if name != "pwsh")
            advice = f"shells: {known}; with the name of one, _RNNCTL_COMPLETE=source_bash rnnctl prints its script"
            raise UsageError(Diagnostic(message, help=advice)) from None
        print(told.getvalue(), end="")
        raise


def candidates(words: Sequence[str], current: str) -> list[Candidate]:
    """What may stand for the word that is being typed, behind these words."""
    place = _Place(words)
    head = ""
    if place.waiting is None and place.options and current.startswith("--") and "=" in current:
        name, _, value = current.partition("=")
        place.waiting = place.named(name)
        head, current = f"{name}=", value
        if place.waiting is None or place.waiting.flag:
            return []
    elif place.waiting is None and place.options and current.startswith("-"):
        return _starting(current, place.open_options())
    if place.waiting is not None:
        found = place.values(place.waiting, current)
    elif place.signature.commands:
        known = {} if place.count else place.signature.commands
        found = [Candidate(name, about) for name, (_, about) in known.items()]
    elif (argument := place.argument()) is not None:
        found = place.values(argument, current)
    else:
        found = place.open_options() if not current else []
    return [c._replace(value=head + c.value) for c in _starting(current, found)]


def _starting(typed: str, found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that go on from what was typed, and that a line can hold."""
    return [c for c in found if c.value.startswith(typed) and c.value.isprintable()]


class _Place:
    """Where a command line has got to: which command, what was given to it, and which option waits for its value."""

    def __init__(self, words: Sequence[str]) -> None:
        self.path: tuple[str, ...] = ()
        self.signature = program()
        self.given: dict[str, list[str]] = {}
        self.count = 0
        self.waiting: Parameter | None = None
        self.options = True
        for word in words:
            self._take(word)

    def _take(self, word: str) -> None:
        if self.waiting is not None:
            self._note(self.waiting, word)
            self.waiting = None
        elif self.options and word == "--":
            self.options = False
        elif self.options and word.startswith("-") and len(word) > 1:
            name, equals, value = word.partition("=")
            option = self.named(name)
            if option is not None and not option.flag and not equals:
                self.waiting = option
            elif option is not None:
                self._note(option, value)
        elif word in self.signature.commands:
            self.path = (*self.path, word)
            below = of_command(word) if len(self.path) == 1 else self.signature.commands[word][0]
            self.signature, self.count = below, 0
        else:
            argument = self.argument()
            if argument is not None:
                self._note(argument, word)
            self.count += 1

    def _note(self, parameter: Parameter, value: str) -> None:
        self.given.setdefault(parameter.name, []).append(value)

    def named(self, name: str) -> Parameter | None:
        """The option of this name."""
        return next((p for p in self.signature.parameters if name in p.options), None)

    def argument(self) -> Parameter | None:
        """The argument that comes next."""
        arguments = self.signature.arguments
        if arguments and arguments[-1].many:
            return arguments[min(self.count, len(arguments) - 1)]
        return arguments[self.count] if self.count < len(arguments) else None

    def open_options(self) -> list[Candidate]:
        """The options that may still be given, by their long names."""
        free = [p for p in self.signature.parameters if p.options and (p.many or p.name not in self.given)]
        told = [Candidate(next((o for o in p.options if o.startswith("--")), p.options[0]), p.help) for p in free]
        return [*told, Candidate("--help", "Show this message and exit.")]

    def values(self, parameter: Parameter, typed: str) -> list[Candidate]:
        """What may stand for a parameter."""
        if parameter.choices:
            return [Candidate(choice) for choice in parameter.choices]
        source = source_of(self.path, parameter)
        return list(source(Asked(typed, self.given))) if source is not None else []


# the shells: how each asks, and how it is told


def _of_bash(environment: Mapping[str, str]) -> Line:
    """The words come as they were typed, one a line, `training.window=6` as three."""
    at = int(environment["COMP_CWORD"])
    raw = environment["COMP_WORDS"].split("\n")[1 : at + 1]
    raw += [""] * (at - len(raw))
    words: list[str] = []
    head, joins, quote = 0, False, ""
    for part in raw:
        _, word, quote = split(part)
        breaks = bool(part) and not part.strip(_BREAKS)
        if words and part and (joins or breaks):
            head = len(words[-1]) + (len(word) if breaks else 0)
            words[-1] += word
        else:
            head = 0
            words.append(word)
        joins = breaks
    return Line(words[:-1], words[-1], head, quote)


def _of_text(environment: Mapping[str, str]) -> Line:
    """The line comes as it was typed, up to the cursor or to the end of the word at it."""
    words, current, quote = split(environment["_TYPER_COMPLETE_ARGS"])
    return Line(words[1:], current, 0, quote)


def _of_powershell(environment: Mapping[str, str]) -> Line:
    words, current, _ = split(environment["_TYPER_COMPLETE_ARGS"])
    words = [*words[1:], *([current] if current else [])]
    typed = environment.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
    return Line(words[:-1] if typed and words else words, split(typed)[1])


def split(text: str) -> tuple[list[str], str, str]:
    """The words of a line that may be unfinished, the last of them apart, and the quote that is still open."""
    words: list[str] = []
    current, quote, begun = "", "", False
    letters = iter(text)
    for c in letters:
        if c == "\\" and quote != "'":
            current, begun = current + next(letters, ""), True
        elif quote:
            current, quote = (current, "") if c == quote else (current + c, quote)
        elif c in "'\"":
            quote, begun = c, True
        elif not c.isspace():
            current, begun = current + c, True
        elif begun:
            words.append(current)
            current, begun = "", False
    return words, current, quote


def _to_bash(line: Line) -> str:
    """One candidate a line; of a single one that goes on, also what it goes on to.

    bash would put a space behind a single candidate, and `training.window= 64` is not what anyone wants to type.
    """
    found = candidates(line.words, line.current)
    if len(found) == 1 and found[0].value.endswith(_OPEN):
        found += [c for c in candidates(line.words, found[0].value) if c != found[0]]
    values = [c.value[line.head :] for c in found]
    return "\n".join(values if line.quote else [_MEANT.sub(r"\\\1", value) for value in values])


def _to_zsh(line: Line) -> str:
    """Code that zsh runs; it comes apart at white space and is put together with single spaces first."""
    lists: dict[str, list[str]] = {"": [], "-S ''": []}
    for value, about in candidates(line.words, line.current):
        escaped = value.replace("\\", "\\\\").replace(":", "\\:")
        lists["-S ''" if value.endswith(_OPEN) else ""].append(_in_quotes(f"{escaped}:{about}" if about else escaped))
    told = [
        f"c=({' '.join(found)}); _describe -V {_PROGRAM} c {more}".rstrip() for more, found in lists.items() if found
    ]
    return f"local -a c; {'; '.join(told)}" if told else "_files"


def _in_quotes(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _to_fish(line: Line) -> str:
    return "\n".join(f"{value}\t{about}" if about else value for value, about in candidates(line.words, line.current))


def _to_powershell(line: Line) -> str:
    return "\n".join(f"{value}:::{about or ' '}" for value, about in candidates(line.words, line.current))


_SHELLS: Mapping[str, tuple[Callable[[Mapping[str, str]], Line], Callable[[Line], str]]] = {
    "bash": (_of_bash, _to_bash),
    "fish": (_of_text, _to_fish),
    "powershell": (_of_powershell, _to_powershell),
    "pwsh": (_of_powershell, _to_powershell),
    "zsh": (_of_text, _to_zsh),
}
"""Each shell: how it asks, and how it is told."""
