"""The line mode of `rnnctl step`: a prompt, a session that is kept after every line, history and completion."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from rnnctl.errors import RnnctlError
from rnnctl.report.outcome import terminal_lines
from rnnctl.report.strip import look_at
from rnnctl.report.wrapping import fitted
from rnnctl.runs.directory import Run
from rnnctl.stepping.command import Outcome
from rnnctl.stepping.completion import complete
from rnnctl.stepping.console import Console
from rnnctl.stepping.store import save_session

if TYPE_CHECKING:
    from types import ModuleType

_WORDS = re.compile("error: | += (?:note|help): ")
"""What the lines of a diagnostic begin with that are words: those of a file stay as they are, with their carets."""
_KEPT = 1000
"""How many lines of history are kept."""


def talk(console: Console, run: Run, session: str) -> None:
    """Read lines and do what they say until one ends it, or Ctrl-D; the session is kept after each."""
    _print(f"{run.path.name}, session {session}; help lists the commands, Ctrl-D ends", look_at(sys.stdout).width)
    key = True
    with _edited(console, run, run.sessions / f"{session}.history"):
        while True:
            try:
                outcome = _done(console, input(_prompt(console, run)))
                if outcome is None:
                    continue
                _tell(console, outcome, key=key)
                key = key and not outcome.steps and not outcome.state
                with _uninterrupted():
                    save_session(run, session, console.session)
                if outcome.ends:
                    return
            except EOFError:
                print()
                return
            except KeyboardInterrupt:
                print()


def _done(console: Console, line: str) -> Outcome | None:
    """What came of a line; None where it could not be done, which is told, or says nothing."""
    try:
        return console.run(line) if line.strip() else None
    except KeyboardInterrupt:
        print("\ninterrupted: the session is as it was before the line")
    except RnnctlError as error:
        width = look_at(sys.stdout).width
        for diagnostic in error.diagnostics:
            for told in diagnostic.told(width).split("\n"):
                _print(told, width if _WORDS.match(told) else len(told))
    return None


def _tell(console: Console, outcome: Outcome, *, key: bool) -> None:
    """Print what came of a line; Ctrl-C ends that alone, for the line is done."""
    try:
        look = look_at(sys.stdout)
        for line in terminal_lines(outcome, console.session.model.facts, look, key=key):
            print(line)
    except KeyboardInterrupt:
        print("\ninterrupted: the line is done, and not all of it was told")


def _print(line: str, width: int) -> None:
    """Print a line, broken between words where the terminal is narrower."""
    for row in fitted(line, width):
        print(row)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no Ctrl-C come between."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prompt(console: Console, run: Run) -> str:
    session = console.session
    return f"{run.path.name} {session.branch} t {session.t}> "


@contextmanager
def _edited(console: Console, run: Run, history: Path) -> Iterator[None]:
    """Let lines be edited, remembered and completed, where Python has readline; else they are read as they are."""
    try:
        import readline
    except ImportError:  # as on Windows
        yield
        return
    _set_up(readline, console, run, history)
    try:
        yield
    finally:
        readline.set_completer(None)
        if hasattr(readline, "set_completion_display_matches_hook"):
            readline.set_completion_display_matches_hook(None)
        with suppress(OSError):  # a history is no reason to fail
            readline.write_history_file(history)


def _columns(words: Sequence[str]) -> Iterator[str]:
    """Words in as many columns as the terminal has room for, line by line."""
    wide = max(map(len, words), default=0) + 2
    many = max(1, get_terminal_size().columns // wide)
    for start in range(0, len(words), many):
        yield "".join(f"{word:<{wide}}" for word in words[start : start + many]).rstrip()


def _set_up(readline: ModuleType, console: Console, run: Run, history: Path) -> None:
    found: list[str] = []

    def completer(_: str, state: int) -> str | None:
        if state == 0:
            found[:] = complete(console, readline.get_line_buffer()[: readline.get_endidx()])
            if len(found) == 1 and not found[0].endswith(("=", "[", "(", "/")):
                found[0] += " "
        return found[state] if state < len(found) else None

    def listed(*_: object) -> None:
        print("", *_columns(found), sep="\n")
        print(_prompt(console, run) + readline.get_line_buffer(), end="", flush=True)
        readline.redisplay()

    readline.set_completer(completer)
    if hasattr(readline, "set_completion_display_matches_hook"):  # by itself it lists c[10] before c[2]
        readline.set_completion_display_matches_hook(listed)
    readline.set_completer_delims(" \t\n")
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    readline.set_history_length(_KEPT)
    readline.clear_history()
    with suppress(OSError):  # where there is none yet
        readline.read_history_file(history)
