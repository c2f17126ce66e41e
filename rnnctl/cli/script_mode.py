"""`rnnctl step RUN --script FILE`: commands from a file on a session of its own, and what was expected of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from rnnctl.report.outcome import outcome_lines, outcome_records, terminal_lines
from rnnctl.report.strip import look_at
from rnnctl.runs.directory import Run
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import Model
from rnnctl.stepping.script import is_asked, played, read_script, unmet
from rnnctl.stepping.session import Session

UNMET = 10
"""The exit code where something is not as expected."""


def play(run: Run, model: Model, path: Path, *, json_: bool) -> None:
    """Play a script from the initial state on, and print what came of each line.

    Every `expect` is judged. Errors: those of the line that cannot be done; exit code 10 where one is unmet.
    """
    lines = read_script(path)
    console, facts = Console(Session(model), run), model.facts
    failed, expected, key = 0, 0, True
    for line, outcome in played(console, lines):
        if json_:
            where = {"line": line.number, "command": line.text}
            for record in outcome_records(outcome, facts):
                print(json.dumps({**where, **record}, allow_nan=False))
        else:
            look = look_at(sys.stdout)
            print(look.faint(f"> {line.text}"))
            lines_of = terminal_lines if sys.stdout.isatty() else outcome_lines
            for told in lines_of(outcome, facts, look, key=key):
                print(told)
            key = key and not outcome.steps and not outcome.state
        expected += is_asked(outcome)
        if outcome.unmet:
            failed += 1
            sys.stdout.flush()
            print(unmet(line, outcome), file=sys.stderr)
    if failed:
        print(f"{failed} of {max(expected, failed)} not as expected", file=sys.stderr)
        raise typer.Exit(UNMET)
