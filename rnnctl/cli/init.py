"""`rnnctl init [TEMPLATE] [PATH]`: a commented config to begin with."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rnnctl.templates import DEFAULT, names, template


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="TEMPLATE", help="What to begin with; without it, forecasting."),
    ] = None,
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="The file to write, or the folder; without it, TEMPLATE.yaml."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Print the templates there are, and write nothing.")] = False,
) -> None:
    """Write a commented config to begin with, the example data that it reads, and the schema that editors check it by.

    It runs as it is. Nothing is overwritten, and no folder is made.
    """
    if list_:
        width = max(map(len, names()))
        print("\n".join(f"{each:<{width}}  {template(each).summary}" for each in names()))
        return
    chosen = template(name or DEFAULT)

    from rnnctl.config.schema import schema
    from rnnctl.templates.writer import as_word, write

    starter = write(chosen, path, schema())
    told = {str(starter.config): chosen.summary}
    if starter.data is not None:
        there = "" if starter.data.how == "new" else "; it was there already"
        told[str(starter.data.path)] = f"example data, to be replaced by yours{there}"
    beside, how = starter.schema
    if how == "foreign":
        message = f"note: '{beside}' is there already and is not rnnctl's: it is left alone"
        print(f"{message}, and editors will check {starter.config.name} by it", file=sys.stderr)
    else:
        there = {"new": "", "same": "; it was there already", "updated": "; brought up to date"}[how]
        told[str(beside)] = f"the schema that editors check it by{there}"
    width = max(map(len, told))
    print("\n".join(f"{file:<{width}}  {what}" for file, what in told.items()))
    print(f"next:\n  rnnctl validate {as_word(starter.config)}\n  rnnctl train {as_word(starter.config)}")
    if name is None:
        print(f"other templates: {', '.join(other for other in names() if other != DEFAULT)}")
