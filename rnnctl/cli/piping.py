"""`rnnctl step RUN --input -`: inputs from another program, JSON lines to the next."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import Run
from rnnctl.training.interrupts import HANGUP


def pipe(run: Run, name: str, *, reset: bool, each_line: bool) -> None:
    """Step a session through the lines of the standard input; it is saved however that ends.

    Errors: UsageError where the input is a terminal, and with the line of an input that does not fit.
    """
    from rnnctl.stepping.model import load_model
    from rnnctl.stepping.pipe import pump
    from rnnctl.stepping.session import Session
    from rnnctl.stepping.store import load_session, locked, save_session

    if sys.stdin.isatty():
        message = "--input - reads lines from another program, and the standard input is a terminal"
        raise UsageError(Diagnostic(message, help="write: rnnctl step RUN --input - < rows.csv"))
    gc.enable()  # the command line starts without it
    source = sys.stdin.fileno()

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    with locked(run, name):
        model = load_model(run)
        session = Session(model) if reset else load_session(run, name, model)
        with _ended_by_signals():
            try:
                pump(session, lambda size: os.read(source, size), write, each_line=each_line)
            finally:
                save_session(run, name, session)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM, and a terminal that is closed, end it as Ctrl-C does: what there is to save is saved."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    meant = [signal.SIGTERM, *([signal.Signals(HANGUP)] if HANGUP is not None else [])]
    meant = [number for number in meant if signal.getsignal(number) is signal.SIG_DFL]  # nohup has one ignored
    for number in meant:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in meant:
            signal.signal(number, signal.SIG_DFL)
