"""What becomes of Ctrl-C, SIGTERM and a closed terminal while a model is trained."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HANGUP: int | None = getattr(signal, "SIGHUP", None)
"""The terminal was closed; Windows knows no such signal."""


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
