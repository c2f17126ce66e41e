"""`rnnctl plan CONFIG`: what a config costs and what it does to the state, before anything runs."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from rnnctl.cli.arguments import ConfigPath, Json, Settings, open_with_warnings
from rnnctl.errors import UsageError


def command(
    config: ConfigPath,
    settings: Settings = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Draw resets, windows, scored steps and the reach of gradients.")
    ] = False,
    windows: Annotated[
        int | None, typer.Option(min=1, max=1000, metavar="N", help="Of the timeline: how many windows; 8, or a batch.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, max=1000, metavar="N", help="Of the timeline: how many rows; 8.")
    ] = None,
    json_: Json = False,
) -> None:
    """Show the layers of a config with their sizes, parameters, FLOPs and memory. Nothing is trained or written.

    With --timeline, draw what its first windows do: which rows reset where, which steps are scored, where an
    update is made, and how far back its gradients reach.
    """
    from rnnctl.plan import plan as made_of

    if not timeline and (windows or rows):
        raise UsageError("--windows and --rows say how much of a timeline is drawn: add --timeline")
    resolved = open_with_warnings(config, settings)
    made = made_of(resolved)
    drawn = None
    if timeline:
        from rnnctl.timeline import ROWS
        from rnnctl.timeline import timeline as timeline_of

        drawn = timeline_of(resolved, windows, rows or ROWS)
    if json_:
        extra: dict[str, Any] = {"timeline": drawn.as_dict()} if drawn else {}
        print(json.dumps({**made.as_dict(), **extra}))
        return
    from rnnctl.report.strip import look_at

    look = look_at(sys.stdout)
    if drawn:
        from rnnctl.report.timeline import timeline_lines

        print("\n".join(timeline_lines(drawn, resolved, look)))
        return
    from rnnctl.report.plan import plan_lines

    print("\n".join(plan_lines(made, resolved, look)))
