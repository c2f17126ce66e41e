"""Small data sets, models and settings put together by hand, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from rnnctl.config.chain import bind_chain, read_chain
from rnnctl.config.sections import TrainingSection
from rnnctl.data.dataset import Dataset, Series
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling
from rnnctl.equations.layer import Signal as LayerSignal
from rnnctl.nn.cells import Cell
from rnnctl.nn.chain import CellChain
from rnnctl.training.loop import Trainer
from rnnctl.training.optimizers import make_optimizer

torch.set_num_threads(1)

INPUTS, TARGETS = 2, 2
LENGTHS = (7, 4, 6, 3, 5)
CHAIN = ({"lstm": 3}, {"dense": TARGETS})


def series(lengths: Sequence[int], seed: int = 0, scored: float = 0.7) -> tuple[Series, ...]:
    """Sequences of random numbers, of whose steps a share is scored, the last always."""
    random = np.random.default_rng(seed)
    made = []
    for i, length in enumerate(lengths):
        marks = random.random(length) < scored
        marks[-1] = True
        made.append(
            Series(
                f"s{i}",
                random.normal(size=(length, INPUTS)),
                random.normal(size=(length, TARGETS)),
                marks,
                random.normal(size=(length, TARGETS)),
            )
        )
    return tuple(made)


def dataset(
    train: Sequence[Series], valid: Sequence[Series] = (), test: Sequence[Series] = (), scaling: Affine | None = None
) -> Dataset:
    facts = Facts(
        Signal("number", ("a", "b")),
        Signal("number", ("c", "d")),
        tuple(len(s.scored) for s in train),
        one_series=False,
        ahead=1,
        each="step",
    )
    return Dataset(tuple(train), tuple(valid), tuple(test), facts, Scaling(None, scaling))


def settings(**given: Any) -> TrainingSection:
    """Settings in float64 with three epochs and two rows a batch, unless given."""
    values = {"loss": "mse", "precision": "float64", "epochs": 3, "batch": 2, "shuffle": False, **given}
    return TrainingSection.model_validate(values)


def model(chain: Sequence[Any] = CHAIN, *, learned: bool = False, seed: int = 0, width: int = INPUTS) -> CellChain:
    layers, problems = read_chain(chain, {}, frozenset())
    assert not problems, problems
    bound, problems = bind_chain(layers, LayerSignal((width,)), learned=learned)
    assert not problems, problems
    cells = []
    for position, item in enumerate(bound):
        cell = Cell(item.layer, seed=seed, place=str(position), dtype=torch.float64)
        if item.initial_state == "learned":
            cell.learn_initial_state()
        cells.append(cell)
    return CellChain(cells)


def trainer(
    data: Dataset, chosen: TrainingSection, chain: Sequence[Any] = CHAIN, net: CellChain | None = None
) -> Trainer:
    net = net or model(chain, learned=chosen.learn_initial_state, seed=chosen.seed)
    return Trainer(net, make_optimizer(chosen.optimizer, net), data, chosen)


def values(net: CellChain) -> dict[str, np.ndarray[Any, Any]]:
    """Every parameter's value, copied."""
    return {name: p.detach().numpy().copy() for name, p in net.named_parameters()}
