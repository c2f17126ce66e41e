"""Outputs of a model -> columns with names, in the units of the data.

Shapes: N steps, O outputs.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnctl.runs.files import as_json
from rnnctl.stepping.model import Model
from rnnctl.stepping.step import deviation_values, shown_values

Format = Literal["csv", "jsonl"]


def answer_names(model: Model, *, probabilities: bool = False) -> tuple[str, ...]:
    """What the columns of predictions are called.

    A number is `load_ahead_2`, where the target stands 2 steps behind the row, and `load_predicted`, where it stands
    in the row itself or belongs to the whole sequence; `…_standard_deviation`, where the model gives one. A class is
    called so too, with its `…_probability` and, if asked for, `probability_of_…` for each class; of a column of yes
    and no there is the `…_probability` of yes alone.
    """
    facts = model.facts
    bases = [f"{name}_ahead_{facts.ahead}" if facts.ahead else f"{name}_predicted" for name in facts.target.names]
    if facts.target.kind == "class":
        every = [f"probability_of_{symbol}" for symbol in facts.target.symbols] if probabilities else []
        return (bases[0], f"{bases[0]}_probability", *every)
    if facts.target.kind == "binary":
        return tuple(f"{base}_probability" for base in bases)
    if model.loss == "gaussian":
        return tuple(name for base in bases for name in (base, f"{base}_standard_deviation"))
    return tuple(bases)


def answers(model: Model, outputs: NDArray[Any], *, probabilities: bool = False) -> tuple[NDArray[Any], list[Any]]:
    """Which of outputs (N, O) can be told, (N), and the columns of `answer_names`; those of others mean nothing."""
    with np.errstate(all="ignore"):
        shown = shown_values(model, outputs)
        deviations = deviation_values(model, outputs) if model.loss == "gaussian" else None
    finite = np.isfinite(shown).all(-1)
    target = model.facts.target
    if target.kind == "class":
        best = shown.argmax(-1)
        names = [target.symbols[code] for code in best.tolist()]
        every = shown.T.tolist() if probabilities else []
        return finite, [names, np.take_along_axis(shown, best[:, np.newaxis], -1)[:, 0].tolist(), *every]
    columns = shown.T.tolist()
    if deviations is None:
        return finite, columns
    finite &= np.isfinite(deviations).all(-1)
    pairs = zip(columns, deviations.T.tolist(), strict=True)
    return finite, [column for pair in pairs for column in pair]


class Writer:
    """Writes rows as CSV with a header, or as JSON lines; `write` gets whole lines."""

    def __init__(self, names: Sequence[str], form: Format, write: Callable[[str], None]) -> None:
        self.names = names
        self.form = form
        self.write = write
        if form == "csv":
            self._csv([names])

    def rows(self, columns: Sequence[Sequence[Any]]) -> None:
        """Write rows, given as their columns."""
        found = zip(*columns, strict=True)
        if self.form == "csv":
            self._csv([list(map(_cell, row)) for row in found])
        else:
            self.write("".join(f"{_record(dict(zip(self.names, row, strict=True)))}\n" for row in found))

    def _csv(self, rows: Sequence[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.write(text.getvalue())


def _record(row: Mapping[str, Any]) -> str:
    try:
        return json.dumps(row, allow_nan=False)
    except ValueError:  # a number that is passed through, and too large for one
        return as_json(row)


def _cell(value: Any) -> Any:
    """A value of JSON as a cell."""
    if isinstance(value, str | float):
        return value
    return "" if value is None else json.dumps(value)
