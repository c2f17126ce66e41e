"""The commands together, and what becomes of an error: diagnostics on stderr and the exit code of its kind."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # the search for them costs a tenth of a start

from rnnctl import __version__
from rnnctl.errors import RnnctlError, UsageError

COMMANDS = {
    "init": ("rnnctl.cli.init", "Write a commented config to begin with."),
    "validate": ("rnnctl.cli.validate", "Check config files and the data they name."),
    "plan": ("rnnctl.cli.plan", "Show sizes, parameters, FLOPs and memory, and what happens to the state."),
    "show": ("rnnctl.cli.show", "Show a config with every default, and where each value came from."),
    "diff": ("rnnctl.cli.diff", "Compare two configs or runs by what they mean."),
    "train": ("rnnctl.cli.train", "Train a model and judge it on the test split."),
    "verify-resume": ("rnnctl.cli.verify_resume", "Show that stopping and going on changes no bit."),
    "check": ("rnnctl.cli.check", "Train what promises something, and hold it to that."),
    "eval": ("rnnctl.cli.evaluate", "Judge a run on one of its splits."),
    "runs": ("rnnctl.cli.runs", "List the runs there are; show, compare, remove and prune them."),
    "step": ("rnnctl.cli.step", "Feed a trained model by hand and see its state."),
    "predict": ("rnnctl.cli.predict", "Predict from new data, row by row."),
    "cells": ("rnnctl.cli.cells", "List the layers there are, show their equations."),
    "schema": ("rnnctl.cli.schema", "Print the JSON Schema of configs, for editors."),
    "explain": ("rnnctl.cli.explain", "Explain a key of a config, a check, or a page."),
}
"""Each command, its module, which has it as `command` or a group of commands as `app`, and what it does."""


def command_line(first: str | None = None) -> typer.Typer:
    """All commands; where `first` names one, that one alone, so that a start pays for no other."""
    app = typer.Typer(
        name="rnnctl",
        help="Recurrent models from a YAML file: validated, trained under declared state semantics, judged, stepped.",
        cls=_Group,
        no_args_is_help=True,
        add_completion=first not in COMMANDS,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in [first] if first in COMMANDS else COMMANDS:
        path, summary = COMMANDS[str(name)]
        module = import_module(path)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, short_help=summary)
        else:
            app.command(name, short_help=summary)(module.command)
    return app


class _Group(TyperGroup):
    """Commands whose wrong arguments are told without the words of the library that found them."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rnnctl {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of rnnctl itself."""


def main() -> None:
    """Run the command line. A user's mistake is told in full; anything else that is raised is a bug."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # what a terminal cannot show is no reason to fail
    gc.disable()  # a start makes many objects and no garbage: a tenth of its time; long work enables it again
    try:
        first = sys.argv[1] if len(sys.argv) > 1 else None
        if first in ("--install-completion", "--show-completion") or os.environ.get("_RNNCTL_COMPLETE"):
            from rnnctl.cli.completion import set_up

            set_up(command_line())
        _run(first)
    except RnnctlError as error:
        from rnnctl.report.diagnostics import all_of, as_text

        for diagnostic in all_of(error):
            print(as_text(diagnostic, sys.stderr), file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone, which is its right
        _silence_stdout()
        sys.exit(0)
    except OSError as error:  # the disk behind our output, most likely
        _silence_stdout()
        print(f"error: cannot read or write: {error.strerror or error}", file=sys.stderr)
        sys.exit(UsageError.exit_code)
    except Exception:  # noqa: BLE001 (the one place that turns a bug into a report)
        import traceback

        traceback.print_exc()
        print(f"\nerror: this is a bug in rnnctl {__version__}; please report the lines above", file=sys.stderr)
        sys.exit(1)
    finally:
        gc.freeze()  # nothing of this is looked through once more at exit
        gc.enable()


def _run(first: str | None) -> None:
    """Run the command; that the reader of its output has gone is told as BrokenPipeError, whenever it is noticed."""
    try:
        command_line(first)()
    except SystemExit as stop:
        gone = stop.__context__
        while gone is not None and not isinstance(gone, BrokenPipeError):
            gone = gone.__context__
        if gone is not None:
            raise gone from None
        if not stop.code:
            sys.stdout.flush()
        raise


def _open_what_is_closed() -> None:
    """Let a program that was started with a closed stream (`<&-`) read nothing from it, and write to nobody."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 (open to the end)
            setattr(sys, name, stream)


def _silence_stdout() -> None:
    """Let nothing be written at exit that could not be written before."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
