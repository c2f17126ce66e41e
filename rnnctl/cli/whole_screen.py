"""`rnnctl step RUN --tui`: a session on the whole screen."""

from __future__ import annotations

import gc
import sys
import threading

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, locked, save_session
from rnnctl.tui import ASKING, full_screen


def show(run: Run, session: str, *, reset: bool, alone: bool) -> None:
    """Show a session on the whole screen, and keep it when that is left, or breaks off.

    Errors: UsageError where it is not `alone` on the command line, without a terminal, and without Textual.
    """
    if not alone:
        help_text = "rnnctl step [RUN] --tui [--reset] [--session NAME]; inputs are given inside"
        raise UsageError(Diagnostic("--tui goes with no input, no --script and no --json", help=help_text))
    gc.enable()  # the command line starts without it
    screen = full_screen()
    with locked(run, session):
        model = load_model(run)
        if model.checkpoint != "best":
            print(f"note: {run.path.name} has no best checkpoint; this is the last", file=sys.stderr)
        current = Session(model) if reset else load_session(run, session, model)
        try:
            screen(Console(current, run), session)
        finally:
            save_session(run, session, current)
    print(f"session '{session}' of {run.path.name} is at t {current.t}")
    if any(thread.name.startswith(ASKING) for thread in threading.enumerate()):
        print("waiting for a computation that was dropped; it cannot be broken off", file=sys.stderr)
