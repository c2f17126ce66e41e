"""`rnnctl predict RUN FILE`: predictions for new data, as CSV or JSON lines."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnctl.cli.arguments import RunsFolder
from rnnctl.errors import DataError, Diagnostic, RnnctlError, UsageError
from rnnctl.report.fitting import one_line
from rnnctl.runs.directory import RUNS, find_run

if TYPE_CHECKING:
    from rnnctl.stepping.predicting.reading import Input

_JSON = (".jsonl", ".ndjson")


class Format(StrEnum):
    """How predictions are written."""

    csv = "csv"
    jsonl = "jsonl"


RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run, by its directory or its name.", show_default=False)]
Data = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="The new data: CSV with a header, JSON lines, or a text for a model of text; - is the standard input.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Where to write to, whole or not at all; without it, or as -, the standard output.",
        show_default=False,
    ),
]
Form = Annotated[
    Format | None,
    typer.Option(
        "--format", help="How to write; without it, as --out ends: jsonl for .jsonl, else csv.", show_default=False
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="COLUMN",
        help="A column of the new data to pass through, besides those of the sequence and the time; repeatable.",
        show_default=False,
    ),
]
Probabilities = Annotated[bool, typer.Option("--probabilities", help="Of classes, the probability of each.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file that --out names.")]


def command(
    run: RunName,
    file: Data,
    out: Out = None,
    format_: Form = None,
    keep: Keep = None,
    probabilities: Probabilities = False,
    force: Force = False,
    runs: RunsFolder = RUNS,
) -> None:
    """Predict from new data, in its units, under the reset policy that the run was trained with."""
    out = None if out == Path("-") else out
    if force and out is None:
        raise UsageError("--force goes with --out, which names a file")
    form: Literal["csv", "jsonl"] = "jsonl" if _as_json(format_, out) else "csv"
    found = find_run(run, runs)

    from rnnctl.stepping.predicting import predict, ready_model

    gc.enable()  # the command line starts without it
    model = ready_model(found)
    if model.checkpoint != "best":
        print(f"note: {one_line(found.path.name)} has no best checkpoint; this is the last", file=sys.stderr)
    with _opened(file) as source, _writing(out, force, file) as write:
        count = predict(
            model, source, write, form=form, keep=keep or (), probabilities=probabilities, written=_written(file)
        )
    if out is not None:
        print(f"{one_line(str(out))}: {count:,} prediction{'s' * (count != 1)}", file=sys.stderr)


def _as_json(format_: Format | None, out: Path | None) -> bool:
    if format_ is None and out is not None and out.suffix.lower() == ".json":
        advice = "call it .jsonl, or say --format jsonl: an object a line"
        raise UsageError(Diagnostic(f"'{out}' would not be JSON as a whole", help=advice))
    return format_ is Format.jsonl or (format_ is None and out is not None and out.suffix.lower() in _JSON)


def _written(file: str) -> str:
    """How the data is written, where its name says so."""
    ending = Path(file).suffix.lower()
    return "json" if ending in _JSON else "csv" if ending == ".csv" else ""


@contextmanager
def _opened(file: str) -> Iterator[Input]:
    """The data as a stream. Errors: UsageError for a file that cannot be read, or a terminal."""
    from rnnctl.stepping.predicting.reading import Input

    with ExitStack() as stack:
        if file == "-":
            if sys.stdin.isatty():
                message = "- reads the data from another program, and the standard input is a terminal"
                raise UsageError(Diagnostic(message, help="write: rnnctl predict RUN FILE"))
            descriptor = sys.stdin.fileno()
        else:
            try:
                descriptor = stack.enter_context(Path(file).open("rb", buffering=0)).fileno()
            except (OSError, ValueError) as error:  # a NUL in the name
                reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
                raise UsageError(f"cannot read '{file}': {reason}") from None

        def read(size: int) -> bytes:
            try:
                return os.read(descriptor, size)
            except OSError as error:
                raise DataError(f"cannot read '{file}': {error.strerror or error}") from None

        yield Input("stdin" if file == "-" else file, read)


@contextmanager
def _writing(out: Path | None, force: bool, file: str) -> Iterator[Callable[[str], None]]:
    """What is given whole lines: the standard output, or a file. Errors: those of `writing`."""
    if out is None:

        def show(text: str) -> None:
            sys.stdout.write(text)
            sys.stdout.flush()

        yield show
        return
    from rnnctl.stepping.predicting.writing import writing

    with writing(out, replace=force, source=None if file == "-" else Path(file)) as write:
        try:
            yield write
        except RnnctlError:
            print(f"note: '{one_line(str(out))}' was not written", file=sys.stderr)
            raise
