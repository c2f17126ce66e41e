"""The commands together, and what becomes of an error: diagnostics on stderr and the exit code of its kind."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # the search for them costs a tenth of a start

from rnnctl import __version__
from rnnctl.cli import cells, evaluate, plan, step, train, validate
from rnnctl.errors import RnnctlError

app = typer.Typer(
    name="rnnctl",
    help="Recurrent models from a YAML file: validated, trained under declared state semantics, judged and stepped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rnnctl {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of rnnctl itself."""


app.command("validate")(validate.validate)
app.command("plan")(plan.plan)
app.command("train")(train.train)
app.command("eval")(evaluate.evaluate)
app.command("step")(step.step)
app.add_typer(cells.app, name="cells")


def main() -> None:
    """Run the command line. A user's mistake is told in full; anything else that is raised is a bug."""
    try:
        app()
    except RnnctlError as error:
        for diagnostic in error.diagnostics:
            print(diagnostic, file=sys.stderr)
        for problem in error.problems:
            print(f"{problem.severity}: {problem.message}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone, which is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:  # noqa: BLE001 (the one place that turns a bug into a report)
        import traceback

        traceback.print_exc()
        print(f"\nerror: this is a bug in rnnctl {__version__}; please report the lines above", file=sys.stderr)
        sys.exit(1)
