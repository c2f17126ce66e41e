"""`rnnctl validate CONFIG…`: whether all in these files is as it should be, their data included."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnctl.cli.arguments import open_with_warnings
from rnnctl.config.chain import named_chain
from rnnctl.errors import RnnctlError


def command(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="Config files.", show_default=False)],
) -> None:
    """Check config files and the data they name, and tell all that is wrong. Nothing is trained or written."""
    worst = 0
    for path in configs:
        try:
            resolved = open_with_warnings(path)
        except RnnctlError as error:
            for diagnostic in error.diagnostics:
                print(diagnostic, file=sys.stderr)
            worst = worst or error.exit_code
            continue
        layers = named_chain(resolved.chain)
        parameters = sum(layer.parameter_count for layer in resolved.layers)
        print(f"{path}: ok ({layers}, {parameters:,} parameters)")
    if worst:
        raise typer.Exit(worst)
