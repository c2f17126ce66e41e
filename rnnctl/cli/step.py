"""`rnnctl step [RUN] --input …`: one step of a trained model, or several, from where the session stands."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rnnctl.cli.arguments import Json, RunsFolder
from rnnctl.cli.piping import pipe
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import RUNS, Run, find_run

if TYPE_CHECKING:
    from rnnctl.data.records import Facts
    from rnnctl.stepping.step import Step

_USAGE = "usage: rnnctl step [RUN] [--input VALUE … | --input - | --text TEXT] [--reset] [--session NAME] [--json]"


def command(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run, by its directory or its name; without it, the newest."),
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="VALUE",
            help="One step's input in the units of the data file: 50, or 20,3 or temperature=20,wind=3 for several "
            "columns, or a symbol. Given again, it is the next step's. With - lines of CSV or JSON are read, and JSON "
            "lines written.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="TEXT",
            help="A text to step through, symbol by symbol: its characters, or its bytes where the model knows bytes.",
            show_default=False,
        ),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Start over, from the initial state.")] = False,
    session: Annotated[str, typer.Option("--session", metavar="NAME", help="Which session of the run.")] = "default",
    flush: Annotated[bool, typer.Option("--flush", help="With --input -, write each line by itself.")] = False,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Feed a trained model one input; see its output and its state.

    The session is kept with the run: the next call goes on from here. Several inputs are made whole or not at all.
    """
    if not inputs and text is None and not reset:
        raise UsageError(Diagnostic("step needs --input or --text, or --reset", help=_USAGE))
    if inputs and text is not None:
        raise UsageError(Diagnostic("--input and --text do not go together", help=_USAGE))
    if inputs and "-" in inputs and len(inputs) > 1:
        raise UsageError(Diagnostic("--input - stands alone: it reads every input from another program", help=_USAGE))
    if flush and inputs != ["-"]:
        raise UsageError(Diagnostic("--flush goes with --input -", help=_USAGE))
    found = find_run(run, runs)
    if inputs == ["-"]:
        pipe(found, session, reset=reset, each_line=flush)
        return

    from rnnctl.stepping.inputs import parse_input, parse_text
    from rnnctl.stepping.model import load_model
    from rnnctl.stepping.session import Session
    from rnnctl.stepping.store import load_session, locked, save_session

    with locked(found, session):
        model = load_model(found)
        if model.checkpoint != "best":
            print(f"note: {found.path.name} has no best checkpoint; this is the last", file=sys.stderr)
        facts = model.facts
        current = Session(model) if reset else load_session(found, session, model)
        values = [parse_input(facts.input, value) for value in inputs or []]
        if text is not None:
            values = parse_text(facts.input, text, model.level)
        steps = [current.step(value) for value in values]
        save_session(found, session, current)
    if json_ or steps:
        _show(found, session, steps, facts, json_)
    else:
        print(f"session '{session}' of {found.path.name} starts over")


def _show(run: Run, session: str, steps: Sequence[Step], facts: Facts, json_: bool) -> None:
    """Print the steps of a call."""
    from rnnctl.report.step import as_record, step_lines
    from rnnctl.report.strip import look_at

    if json_:
        where = {"run": str(run.path), "session": session}
        records = [as_record(s, facts) for s in steps] or [{"t": 0, "reset": True}]
        print("\n".join(json.dumps({**where, **record}, allow_nan=False) for record in records))
        return
    look = look_at(sys.stdout)
    head = look.faint(f"{run.path.name}, session {session}")
    print("\n".join([head, *step_lines(steps, facts, look)]))
