"""What becomes of Ctrl-C, SIGTERM and a closed terminal while training is prepared, and while it runs."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

HANGUP: int | None = getattr(signal, "SIGHUP", None)
"""The terminal was closed; Windows knows no such signal."""


@contextmanager
def nothing_saved() -> Iterator[None]:
    """Tell in one line of a Ctrl-C before there is anything to save, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        print("interrupted before training began; nothing was saved", file=sys.stderr)
        raise typer.Exit(128 + signal.SIGINT) from None


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Note the first SIGINT, SIGTERM or SIGHUP for the loop to see; let a second end the process at once.

    A second SIGHUP does not: of one closed terminal both the system and the shell may tell. A process that
    was started to outlive its terminal (nohup) goes on.
    """
    caught: list[int] = []
    terminals = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]

    def note(number: int, _: FrameType | None) -> None:
        if number == HANGUP:
            _let_go(terminals)
        if not caught:
            caught.append(number)
        elif number != HANGUP:
            sys.exit(128 + number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    if HANGUP is not None and signal.getsignal(HANGUP) is not signal.SIG_IGN:
        before[signal.Signals(HANGUP)] = signal.signal(HANGUP, note)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go(terminals: list[int]) -> None:
    """Write nowhere instead of to a terminal that is gone: each write to it would fail."""
    gone = [descriptor for descriptor in terminals if not os.isatty(descriptor)]
    if gone:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in gone:
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


def going_on(config: Path | None, run: Path, settings: Sequence[str] = ()) -> str:
    """The command that goes on with a run, as it can be given to a shell.

    Without a config the run knows by itself what was set.
    """
    words = ["rnnctl", "train", *([] if config is None else [str(config)]), "--resume", str(run)]
    words += [word for setting in (settings if config is not None else ()) for word in ("--set", setting)]
    return shlex.join(words)
