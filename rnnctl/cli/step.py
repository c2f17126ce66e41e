"""`rnnctl step [RUN] --input …`: one step of a trained model, or several, from where the session stands."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnctl.cli.arguments import Json, RunsFolder
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import RUNS, Run, find_run

if TYPE_CHECKING:
    from rnnctl.data.records import Facts
    from rnnctl.stepping.model import Model
    from rnnctl.stepping.session import Session
    from rnnctl.stepping.step import Step

_USAGE = (
    "usage: rnnctl step [RUN] [--input VALUE … | --input - | --text TEXT | --script FILE | --tui] "
    "[--reset] [--session NAME] [--json]"
)


RunName = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="A run, by its directory or its name; without it, the newest."),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="VALUE",
        help="One step's input in the units of the data file: 50, or 20,3 or temperature=20,wind=3 for several "
        "columns, or a symbol. Given again, it is the next step's. With - lines of CSV or JSON are read, and JSON "
        "lines written.",
        show_default=False,
    ),
]
Text = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="TEXT",
        help="A text to step through, symbol by symbol: its characters, or its bytes where the model knows bytes.",
        show_default=False,
    ),
]
Script = Annotated[
    Path | None,
    typer.Option(
        "--script",
        metavar="FILE",
        help="Play commands from a file on a session of its own; exit with 10 where an `expect` fails.",
        show_default=False,
    ),
]
Tui = Annotated[bool, typer.Option("--tui", help="The session on the whole screen; needs the extra 'tui'.")]
Reset = Annotated[bool, typer.Option("--reset", help="Start over, from the initial state.")]
Flush = Annotated[bool, typer.Option("--flush", help="With --input -, write each line by itself.")]
SessionName = Annotated[str, typer.Option("--session", metavar="NAME", help="Which session of the run.")]


def command(
    run: RunName = None,
    inputs: Inputs = None,
    text: Text = None,
    script: Script = None,
    tui: Tui = False,
    reset: Reset = False,
    session: SessionName = "default",
    flush: Flush = False,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Feed a trained model one input; see its output and its state.

    The session is kept with the run: the next call goes on from here. Several inputs are made whole or not at all.
    In a terminal, without any input, commands are read line by line: `help` lists them.
    """
    if tui:
        from rnnctl.cli.whole_screen import show

        alone = not inputs and text is None and script is None and not flush and not json_
        show(find_run(run, runs), session, reset=reset, alone=alone)
        return
    asked = not inputs and text is None and not reset and script is None
    _check(inputs, text, script, reset=reset, flush=flush)
    if asked and (json_ or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError(Diagnostic("without a terminal step needs --input, --text, --script or --reset", help=_USAGE))
    found = find_run(run, runs)
    if script is not None:
        _play(found, script, json_)
    elif inputs == ["-"]:
        from rnnctl.cli.piping import pipe

        pipe(found, session, reset=reset, each_line=flush)
    else:
        _walk(found, session, inputs or [], text, reset=reset, asked=asked, json_=json_)


def _check(inputs: list[str] | None, text: str | None, script: Path | None, *, reset: bool, flush: bool) -> None:
    """Refuse what does not go together."""
    wrong = None
    if script is not None and (inputs or text is not None or reset):
        wrong = "--script goes with no input and no --reset: it starts over by itself"
    elif inputs and text is not None:
        wrong = "--input and --text do not go together"
    elif inputs and "-" in inputs and len(inputs) > 1:
        wrong = "--input - stands alone: it reads every input from another program"
    elif flush and inputs != ["-"]:
        wrong = "--flush goes with --input -"
    if wrong:
        raise UsageError(Diagnostic(wrong, help=_USAGE))


def _walk(
    found: Run, session: str, inputs: list[str], text: str | None, *, reset: bool, asked: bool, json_: bool
) -> None:
    """Steps of a session that is kept with the run; where nothing is given, what is asked for line by line."""
    from rnnctl.stepping.inputs import parse_input, parse_text
    from rnnctl.stepping.model import load_model
    from rnnctl.stepping.session import Session
    from rnnctl.stepping.store import load_session, locked, save_session

    with locked(found, session):
        model = load_model(found)
        _tell_checkpoint(found, model)
        facts = model.facts
        current = Session(model) if reset else load_session(found, session, model)
        if asked:
            _talk(found, session, current)
            return
        values = [parse_input(facts.input, value, "--text") for value in inputs]
        if text is not None:
            values = parse_text(facts.input, text, model.level)
        steps = [current.step(value) for value in values]
        save_session(found, session, current)
    if json_ or steps:
        _show(found, session, steps, facts, json_)
    else:
        print(f"session '{session}' of {found.path.name} starts over")


def _tell_checkpoint(run: Run, model: Model) -> None:
    if model.checkpoint != "best":
        print(f"note: {run.path.name} has no best checkpoint; this is the last", file=sys.stderr)


def _play(run: Run, script: Path, json_: bool) -> None:
    """Play a script."""
    from rnnctl.cli.script_mode import play
    from rnnctl.stepping.model import load_model

    gc.enable()  # the command line starts without it
    model = load_model(run)
    _tell_checkpoint(run, model)
    play(run, model, script, json_=json_)


def _talk(run: Run, session: str, current: Session) -> None:
    """Read commands from the terminal."""
    from rnnctl.cli.line_mode import talk
    from rnnctl.stepping.console import Console

    gc.enable()  # the command line starts without it
    talk(Console(current, run), run, session)


def _show(run: Run, session: str, steps: Sequence[Step], facts: Facts, json_: bool) -> None:
    """Print the steps of a call."""
    from rnnctl.report.outcome import outcome_lines, terminal_lines
    from rnnctl.report.step import as_record
    from rnnctl.report.strip import look_at
    from rnnctl.stepping.command import Outcome

    if json_:
        where = {"run": str(run.path), "session": session}
        records = [as_record(s, facts) for s in steps] or [{"t": 0, "reset": True}]
        print("\n".join(json.dumps({**where, **record}, allow_nan=False) for record in records))
        return
    look = look_at(sys.stdout)
    head = look.faint(f"{run.path.name}, session {session}")
    lines_of = terminal_lines if sys.stdout.isatty() else outcome_lines
    print("\n".join([head, *lines_of(Outcome(tuple(steps)), facts, look)]))
