"""`rnnctl step RUN --input -`: inputs from another program, JSON lines to the next."""

from __future__ import annotations

import os
import sys

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import Run


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
    source = sys.stdin.fileno()

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    with locked(run, name):
        model = load_model(run)
        session = Session(model) if reset else load_session(run, name, model)
        try:
            pump(session, lambda size: os.read(source, size), write, each_line=each_line)
        finally:
            save_session(run, name, session)
