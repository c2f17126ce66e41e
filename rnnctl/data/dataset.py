"""From a source to the sequences of each split, in the units a model works in.

Shapes: N steps of the source, F input columns, O target columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.facts import gather
from rnnctl.data.records import Column, Facts, Signal
from rnnctl.data.scaling import Affine, Scaling, fit_scaling
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import CsvSource, Scale, Source, Split
from rnnctl.data.splits import Piece, borders, split_pieces


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The sequences of each split, with what is known of them and how they were scaled."""

    train: Sequences
    valid: Sequences
    test: Sequences
    facts: Facts
    scaling: Scaling


def load(source: Source, split: Split, scale: Scale, seed: int) -> Dataset:
    """Read or make the data, split it, and scale it by its training split.

    One series: the training split is a series of its own; the others start at step 0 of the whole, which
    primes them, and score their own part only. Many: each split has its sequences whole. Raises DataError.
    """
    records = gather(source)
    facts = records.facts
    pieces = split_pieces(facts, split, seed)
    starts = [0, *accumulate(facts.lengths)]
    inputs, targets = _matrix(facts.input, records.inputs), _matrix(facts.target, records.targets)
    scaling = Scaling(None, None)
    if "number" in (facts.input.kind, facts.target.kind):
        rows = _training_rows(facts, split, pieces["train"], starts)
        asked = _asked_rows(source, facts, pieces["train"], starts, rows)
        scaling = fit_scaling(facts, scale, inputs[rows], targets[asked])
    inputs, targets = _scaled(inputs, scaling.input), _scaled(targets, scaling.target)
    where, before, after = map(_marks, (records.where, records.before, records.after))

    def sequences(pieces: Sequence[Piece]) -> Sequences:
        return Sequences(
            inputs,
            targets,
            origins=np.array([starts[p.row] for p in pieces], np.int64),
            lengths=np.array([p.length for p in pieces], np.int64),
            scored_from=np.array([p.scored.start for p in pieces], np.int64),
            scored_to=np.array([p.scored.stop for p in pieces], np.int64),
            ahead=facts.ahead,
            naive=facts.ahead > 0 and facts.target.kind == "number",
            where=where,
            before=before,
            after=after,
        )

    return Dataset(sequences(pieces["train"]), sequences(pieces["valid"]), sequences(pieces["test"]), facts, scaling)


def _matrix(signal: Signal, columns: Sequence[Column]) -> NDArray[Any]:
    """(N, F) of numbers, or (N,) of codes; codes that stand in an array already are not copied."""
    if signal.kind in ("number", "binary"):
        return np.stack([np.array(column, dtype=np.float64) for column in columns], axis=1)
    [codes] = columns
    return codes if isinstance(codes, np.ndarray) else np.array(codes, dtype=np.int64)


def _marks(marks: bytes | None) -> NDArray[np.bool_] | None:
    return None if marks is None else np.frombuffer(marks, np.bool_)


def _asked_rows(
    source: Source, facts: Facts, pieces: Sequence[Piece], starts: Sequence[int], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The source's rows whose targets are fitted: one a sequence, or all `rows` of the training split.

    Where a column says what is scored it is that alone, since what stands elsewhere may mean nothing.
    """
    if facts.each == "sequence":
        return np.array([starts[p.row] for p in pieces if p.stretches])
    if not isinstance(source, CsvSource) or source.target.where is None:
        return rows
    asked = [np.arange(part.start, part.stop) + starts[p.row] for p in pieces for part in p.stretches]
    return np.concatenate(asked) + facts.ahead


def _training_rows(facts: Facts, split: Split, pieces: Sequence[Piece], starts: Sequence[int]) -> NDArray[np.int64]:
    """List the source's rows that belong to the training split; of one series, those before its border."""
    if facts.one_series:
        return np.arange(borders(split, facts.lengths[0])[0])
    return np.concatenate([np.arange(starts[p.row], starts[p.row + 1]) for p in pieces])


def _scaled(values: NDArray[Any], affine: Affine | None) -> NDArray[Any]:
    return values if affine is None else affine.to_model(values)
