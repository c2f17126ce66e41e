"""Arguments and options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rnnctl.config import Resolved

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="A config file.", show_default=False)]
RunsFolder = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where runs are kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set a key of the config, as training.window=64; repeatable."),
]


def open_with_warnings(path: Path, settings: Sequence[str] | None = None, unsaid: int | None = None) -> Resolved:
    """The resolved config of a file and of what is set beside it, its warnings told on stderr.

    `unsaid` is the format of a file that does not name one; without it, the newest.
    """
    from rnnctl.config import open_config  # here, since not every command reads a config
    from rnnctl.config.format import FORMAT

    resolved = open_config(path, settings or (), FORMAT if unsaid is None else unsaid)
    if resolved.warnings:
        from rnnctl.report.diagnostics import as_text  # here, since most configs have none

        for warning in resolved.warnings:
            print(as_text(warning, sys.stderr), file=sys.stderr)
    return resolved
