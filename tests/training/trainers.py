"""Small data sets, models and settings put together by hand, for tests of training."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from rnnctl.config.sections import TrainingSection
from rnnctl.data.dataset import Dataset
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.data.sequences import Sequences
from rnnctl.equations.bind import with_period
from rnnctl.nn.cells import Cell, catalogue_layer
from rnnctl.nn.chain import CellChain
from rnnctl.training.loop import Trainer
from rnnctl.training.optimizers import make_optimizer

torch.set_num_threads(1)

INPUTS, TARGETS = 2, 2
LENGTHS = (7, 4, 6, 3, 5)
Chain: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
CHAIN: Chain = (("lstm", {"size": 3}), ("dense", {"size": TARGETS}))
Mask: TypeAlias = NDArray[np.bool_]


class Series(NamedTuple):
    """One sequence: inputs (T, F) or symbols (T), targets (T, O), and the marks (T) of its steps."""

    inputs: NDArray[Any]
    targets: NDArray[Any]
    scored: Mask
    before: Mask
    after: Mask


def series(
    lengths: Sequence[int], seed: int = 0, *, scored: float = 0.7, before: float = 0.0, after: float = 0.0
) -> list[Series]:
    """Sequences of random numbers; the shares of their steps that are marked."""
    random = np.random.default_rng(seed)

    def marks(length: int, share: float) -> Mask:
        found: Mask = random.random(length) < share
        return found

    return [
        Series(
            random.normal(size=(length, INPUTS)),
            random.normal(size=(length, TARGETS)),
            marks(length, scored),
            marks(length, before),
            marks(length, after),
        )
        for length in lengths
    ]


def sequences(rows: Sequence[Series], *, columns: bool = True) -> Sequences:
    """A split of them. In its source they stand in another order, with NaN between; the NaN is never seen."""
    origins = np.zeros(len(rows), np.int64)
    between = np.full((1, INPUTS), np.nan)
    if rows and rows[0].inputs.ndim == 1:
        between = np.zeros(1, np.int64)  # symbols
    inputs, targets = [between], [np.full((1, TARGETS), np.nan)]
    marks = [np.ones((1, 3), np.bool_)]
    for i in reversed(range(len(rows))):
        origins[i] = sum(map(len, inputs))
        inputs += [rows[i].inputs, between]
        targets += [rows[i].targets, np.full((1, TARGETS), np.nan)]
        marks += [np.stack(rows[i][2:], axis=1), np.ones((1, 3), np.bool_)]
    where, before, after = np.concatenate(marks).T
    scored = [np.flatnonzero(row.scored) for row in rows]
    return Sequences(
        np.concatenate(inputs),
        np.concatenate(targets),
        origins=origins,
        lengths=np.array([len(row.scored) for row in rows], np.int64),
        scored_from=np.array([s[0] if len(s) else 0 for s in scored], np.int64),
        scored_to=np.array([s[-1] + 1 if len(s) else 0 for s in scored], np.int64),
        where=where,
        before=before if columns else None,
        after=after if columns else None,
    )


def dataset(
    train: Sequence[Series], valid: Sequence[Series] = (), scaling: Affine | None = None, *, one_series: bool = False
) -> Dataset:
    """A data set of many sequences; a test split is not there."""
    facts = Facts(
        Signal("number", ("a", "b")),
        Signal("number", ("c", "d")),
        tuple(len(s.scored) for s in train),
        one_series=one_series,
        ahead=0,
        each="step",
    )
    empty = sequences(())
    return Dataset(sequences(train), sequences(valid) if valid else empty, empty, facts, Scaling(None, scaling))


def settings(**given: Any) -> TrainingSection:
    """Settings in float64 with three epochs and two rows a batch, unless given."""
    values = {"loss": "mse", "precision": "float64", "epochs": 3, "batch": 2, "shuffle": False, **given}
    return TrainingSection.model_validate(values)


def model(
    chain: Chain = CHAIN, *, learned: bool | Collection[int] = False, seed: int = 0, width: int = INPUTS
) -> CellChain:
    """Layers one after the other; `learned`: those whose initial state is trained, all, none, or by position.

    An option `per` says how often a layer's draws are made.
    """
    cells: list[Cell] = []
    for position, (name, options) in enumerate(chain):
        given = {key: value for key, value in options.items() if key != "per"}
        layer = catalogue_layer(name, width, **given)
        if "per" in options:
            layer = with_period(layer, options["per"])
        cell = Cell(layer, seed=seed, place=str(position), dtype=torch.float64)
        if learned is True or (learned and position in learned):
            cell.learn_initial_state()
        cells.append(cell)
        [width] = cell.layer.output.shape
    return CellChain(cells)


def trainer(data: Dataset, chosen: TrainingSection, chain: Chain = CHAIN, net: CellChain | None = None) -> Trainer:
    net = net or model(chain, learned=chosen.learn_initial_state, seed=chosen.seed)
    return Trainer(net, make_optimizer(chosen.optimizer, net), data, chosen)


def values(net: CellChain) -> dict[str, NDArray[Any]]:
    """Every parameter's value, copied."""
    return {name: p.detach().numpy().copy() for name, p in net.named_parameters()}
