"""Arguments and options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnctl.config import Resolved, open_config

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="A config file.", show_default=False)]
RunsFolder = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where runs are kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]


def open_with_warnings(path: Path) -> Resolved:
    """The resolved config of a file, its warnings told on stderr."""
    resolved = open_config(path)
    for warning in resolved.warnings:
        print(warning, file=sys.stderr)
    return resolved
