"""Resolved config -> model, optimizer, data, trainer: the one place where config, data and nn meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from rnnctl.config import Resolved
from rnnctl.config.chain import Bidirectional, Last, Member, Residual
from rnnctl.config.sections import TrainingSection
from rnnctl.data.dataset import Dataset, load
from rnnctl.errors import CheckpointError, DataError, Diagnostic
from rnnctl.nn import members
from rnnctl.nn.cells import Cell
from rnnctl.nn.chain import CellChain
from rnnctl.nn.recur import Chain, recurring
from rnnctl.runs.directory import find_run
from rnnctl.training.loop import Trainer
from rnnctl.training.optimizers import make_optimizer


def build_model(resolved: Resolved) -> CellChain:
    """The chain with its first values, which follow from the seed and the names of the parameters."""
    return CellChain(make_members(resolved.chain, resolved.training))


def make_members(chain: Sequence[Member], training: TrainingSection) -> list[nn.Module]:
    """The members of a chain as modules, with first values that follow from the seed and their places."""
    return [_module(member, training) for member in chain]


def _module(member: Member, training: TrainingSection) -> nn.Module:
    if isinstance(member, Residual):
        return members.Residual(make_members(member.members, training))
    if isinstance(member, Bidirectional):
        sides = [make_members(side, training) for side in (member.forward, member.backward)]
        forward, backward = (side[0] if len(side) == 1 else members.Members(side) for side in sides)
        return members.Bidirectional(forward, backward, member.merge, ends=member.ends)
    if isinstance(member, Last):
        return members.Last()
    dtype = torch.float64 if training.precision == "float64" else torch.float32
    cell = Cell(member.layer, seed=training.seed, place=member.place, dtype=dtype)
    if member.initial_state == "learned":
        cell.learn_initial_state()
    return cell


def build_trainer(resolved: Resolved) -> Trainer:
    """A model made anew, ready to train on the config's data. Errors: DataError; ConfigError without parameters."""
    dataset = load_data(resolved)
    model = build_model(resolved)
    return Trainer(model, make_optimizer(resolved.training.optimizer, model), dataset, resolved.training)


def load_run(run: str | None = None, runs: str = "runs", checkpoint: str = "best") -> Chain:
    """The trained model of a run, to be called step by step in model units, from the newest run or one by name.

    `run` is a directory or a name under `runs`; None is the newest. `checkpoint` is "best" or "last".
    Errors: UsageError for a run that is not there, or has a bidirectional layer; CheckpointError for one that is
    damaged.
    """
    found = find_run(run, Path(runs))
    model = build_model(found.open())
    put_weights(model, found.load_checkpoint(checkpoint).weights)
    return recurring(model.cells).eval()


def load_data(resolved: Resolved) -> Dataset:
    """The config's data, split and scaled. Errors: DataError."""
    try:
        return load(resolved.source, resolved.split, resolved.scale, resolved.training.seed)
    except DataError as error:
        placeless = (Diagnostic(p.message, None, p.help) for p in error.problems)
        raise DataError(*error.diagnostics, *placeless) from None


def weights_of(model: CellChain) -> dict[str, NDArray[Any]]:
    """All that is trained, by the layer's place and name: "0.Wi", "0.initial_h", "1.forward.Wi"."""
    return {name.removeprefix("cells."): p.detach().numpy().copy() for name, p in model.named_parameters()}


def put_weights(model: CellChain, weights: Mapping[str, NDArray[Any]]) -> None:
    """Give a model saved weights. Errors: CheckpointError where names, shapes or types differ."""
    own = {name.removeprefix("cells."): p for name, p in model.named_parameters()}
    if set(own) != set(weights):
        differing = ", ".join(sorted(set(own) ^ set(weights))[:5])
        raise CheckpointError(f"the checkpoint is of another model: {differing} stand in one and not in the other")
    with torch.no_grad():
        for name, parameter in own.items():
            value = torch.from_numpy(weights[name].copy())
            if value.shape != parameter.shape or value.dtype != parameter.dtype:
                raise CheckpointError(
                    f"the checkpoint is of another model: {name} is {list(value.shape)} {value.dtype} in it, "
                    f"{list(parameter.shape)} {parameter.dtype} in the config"
                )
            parameter.copy_(value)
