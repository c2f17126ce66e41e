"""`rnnctl diff A B`: what differs between two configs or runs, by what they mean."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from rnnctl.cli.arguments import Json, RunsFolder, Settings
from rnnctl.cli.subjects import Subject, subject
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import RUNS

DIFFERS = 10
"""The exit code where there is a difference and `--exit-code` asks for it."""
_WHAT = "A config file, or a run by its directory or its name."


def command(
    a: Annotated[str, typer.Argument(metavar="A", help=_WHAT, show_default=False)],
    b: Annotated[str | None, typer.Argument(metavar="B", help="The other one; without it, A with what is set.")] = None,
    settings: Settings = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 where there is a difference.")] = False,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Compare two configs or runs by what they mean: the values that are used, whichever way they are written.

    Layers are compared with those that they stand for, cells by their equations. Names of runs and comments are
    nothing. What is set goes for B.
    """
    from rnnctl.config.compare import differences

    if b is None and not settings:
        help_text = "usage: rnnctl diff A B, or rnnctl diff A --set training.window=64"
        raise UsageError(Diagnostic("diff compares two configs or runs, and one is given", help=help_text))
    one, other = subject(a, runs, warn=False), subject(b or a, runs, settings, warn=False)
    found = [*differences(one.resolved, other.resolved)]
    bytes_differ = _bytes_differ(one, other)
    parameters = [sum(layer.parameter_count for layer in s.resolved.layers) for s in (one, other)]
    if json_:
        record: dict[str, Any] = {"a": one.name, "b": other.name, "differences": [d.as_dict() for d in found]}
        print(json.dumps({**record, "same_data": not bytes_differ, "parameters": parameters}))
    else:
        from rnnctl.report.diff import difference_lines

        lines = [*difference_lines(found)]
        if bytes_differ:
            lines.insert(0, "data: other bytes")
        if parameters[0] != parameters[1]:
            lines.append(f"parameters: {parameters[0]:,} -> {parameters[1]:,}")
        print("\n".join(lines or ["no difference"]))
    if exit_code and (found or bytes_differ):
        raise typer.Exit(DIFFERS)


def _bytes_differ(one: Subject, other: Subject) -> bool:
    """Whether data of one kind is not byte for byte the same: a file may have changed, or been copied."""
    kind = type(one.resolved.source)
    return isinstance(other.resolved.source, kind) and one.data() != other.data()
