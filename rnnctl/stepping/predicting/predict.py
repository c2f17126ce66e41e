"""New data through the model of a run: rows in, predictions out, as they arrive.

Shapes: N steps, O outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.config.chain import Bidirectional, walk
from rnnctl.data.mistakes import Row, row_place
from rnnctl.errors import DataError, Diagnostic, UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.model import Model, load_model
from rnnctl.stepping.predicting.answers import Format, Writer, answer_names, answers
from rnnctl.stepping.predicting.reading import Input
from rnnctl.stepping.predicting.steps import Steps, Stream, open_steps
from rnnctl.stepping.predicting.walking import Walker


def ready_model(run: Run) -> Model:
    """The model of a run. Errors: those of `load_model`; UsageError for one that reads backwards too."""
    for member in walk(run.open().chain):
        if isinstance(member, Bidirectional):
            message = f"layer {member.place} is bidirectional: it reads each sequence from its end too"
            help_ = "predict answers row by row, as they arrive; rnnctl eval judges such a model"
            raise UsageError(Diagnostic(f"{message}, and predict cannot do that", help=help_))
    return load_model(run)


def predict(
    model: Model,
    source: Input,
    write: Callable[[str], None],
    *,
    form: Format = "csv",
    keep: Sequence[str] = (),
    probabilities: bool = False,
    written: str = "",
) -> int:
    """Predict from all rows of a stream until it ends, and return how many predictions were written.

    Under `each: step` every row has one, under `each: sequence` every sequence, which ends where the next begins.
    `written` is how the rows are: csv, json, or "" to be seen by the first; a model of text is given a text.
    Errors: DataError with its place for what cannot be read, once all before it has been written; UsageError for
    columns that are not there to keep, or have the name of a prediction.
    """
    if probabilities and model.facts.target.kind != "class":
        message = f"--probabilities is for classes, and this model predicts {_KINDS[model.facts.target.kind]}"
        raise UsageError(message)
    stream = _open(model, source, keep, written)
    names = answer_names(model, probabilities=probabilities)
    for name in stream.kept:
        if name in names:
            raise UsageError(f"column '{name}' cannot be kept: a prediction has that name")
    writer = Writer((*stream.kept, *names), form, write)
    walker = Walker(model)
    total = 0
    made = ((steps, walker.through(steps)) for steps in stream.steps)
    for rows, outputs, kept in _at_ends(made) if model.facts.each == "sequence" else _at_steps(made):
        finite, columns = answers(model, outputs, probabilities=probabilities)
        told = int(np.argmin(finite)) if not finite.all() else len(finite)
        if told:
            writer.rows([column[:told] for column in (*kept, *columns)])
            total += told
        if told < len(finite):
            raise _beyond(stream.name, rows, told, total)
    return total


_KINDS = {"number": "numbers", "binary": "yes and no"}


def _open(model: Model, source: Input, keep: Sequence[str], written: str) -> Stream:
    if model.level is None:
        return open_steps(model, source, keep, written)
    from rnnctl.stepping.predicting.text import open_text

    return open_text(model, source, keep)


_Answered = tuple[Sequence[Row], NDArray[Any], Sequence[Sequence[Any]]]
"""Where steps stand, their outputs (N, O), and the columns that are passed through."""


def _at_steps(made: Iterator[tuple[Steps, NDArray[Any]]]) -> Iterator[_Answered]:
    for steps, outputs in made:
        yield steps.places, outputs, steps.kept


def _at_ends(made: Iterator[tuple[Steps, NDArray[Any]]]) -> Iterator[_Answered]:
    """The last step of each sequence, once the next one begins or the stream ends."""
    waiting: _Answered | None = None
    for steps, outputs in made:
        ends = np.flatnonzero(steps.starts[1:])
        if waiting is not None and steps.starts[0]:
            yield waiting
        if len(ends):
            yield _picked(steps, outputs, ends)
        waiting = _picked(steps, outputs, np.array([len(outputs) - 1]))
    if waiting is not None:
        yield waiting


def _picked(steps: Steps, outputs: NDArray[Any], which: NDArray[np.int64]) -> _Answered:
    chosen = which.tolist()
    places = [steps.places[i] for i in chosen]
    return places, outputs[which], [[column[i] for i in chosen] for column in steps.kept]


def _beyond(name: str, rows: Sequence[Row], at: int, total: int) -> DataError:
    """Tell of a prediction that is no number any more."""
    message = "the state or the prediction is too large for a number here"
    if not rows:
        return DataError(Diagnostic(f"{message}: step {total + 1:,} of {name}"))
    return DataError(Diagnostic(message, row_place(name, rows[at]), "give inputs nearer to the data"))
