"""`rnnctl cells` and `rnnctl cells show NAME`: the layers there are, and the equations of one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnctl.catalogue import definition, names
from rnnctl.cli.arguments import Json
from rnnctl.config import load_config
from rnnctl.equations.definition import Definition
from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.report.strip import look_at

app = typer.Typer(help="The layers there are, and the equations of each.")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="CONFIG", help="A config whose own cells are known too.", show_default=False),
]


@app.callback(invoke_without_command=True)
def cells(context: typer.Context, config: ConfigOption = None, json_: Json = False) -> None:
    """List the layers there are; `show NAME` prints the equations of one."""
    if context.invoked_subcommand is not None:
        return
    from rnnctl.report.cells import list_lines

    found = [*_own(config).values(), *(definition(name) for name in names())]
    if json_:
        print(json.dumps([{"name": c.name, "summary": c.summary, "source": c.source} for c in found]))
        return
    print("\n".join(list_lines(found, look_at(sys.stdout))))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A layer, such as lstm.", show_default=False)],
    config: ConfigOption = None,
    json_: Json = False,
) -> None:
    """Show a layer: what it is, how it is used, its options, state, parameters and equations."""
    from rnnctl.report.cells import cell_lines, cell_record

    own = _own(config)
    cell = own.get(name) or _known(name, own)
    if json_:
        print(json.dumps(cell_record(cell)))
        return
    print("\n".join(cell_lines(cell, look_at(sys.stdout))))


def _own(config: Path | None) -> dict[str, Definition]:
    return {} if config is None else dict(load_config(config).cells)


def _known(name: str, own: dict[str, Definition]) -> Definition:
    if name in names():
        return definition(name)
    known = [*own, *names()]
    guess = nearest(name, known)
    listing = f"layers: {', '.join(known)}"
    help_text = f"did you mean '{guess}'? {listing}" if guess else listing
    raise UsageError(Diagnostic(f"unknown layer '{name}'", help=help_text))
