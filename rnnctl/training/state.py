"""All that the rest of training follows from, between two events: taken out as arrays by name, and put back.

Names: "0.Wi" a weight, "optimizer.0.Wi.exp_avg" what the optimizer keeps of it, "carry.0.1.h" state h of layer 1
at border 0, the oldest first; "score" the sums over the scored steps of the epoch under way. Draws and the order
of an epoch follow from the seed, so that there is no generator to keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnctl.errors import CheckpointError
from rnnctl.nn.chain import CellChain, ChainCarry
from rnnctl.training.loop import Trainer
from rnnctl.training.place import Place

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
_KEPT: Mapping[str, tuple[str, ...]] = {
    "Adam": ("step", "exp_avg", "exp_avg_sq"),
    "AdamW": ("step", "exp_avg", "exp_avg_sq"),
    "RMSprop": ("step", "square_avg"),
    "SGD": ("momentum_buffer",),
}
"""What each optimizer keeps of a parameter: all of these or, before its first gradient, none."""


def capture(trainer: Trainer) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Copies of all arrays by name, and the place, the counts and the optimizer's name as plain values."""
    found: dict[str, Tensor] = {}
    for name, parameter in _parameters(trainer.model).items():
        found[name] = parameter
        kept: Mapping[str, Any] = trainer.optimizer.state.get(parameter, {})
        found |= {f"optimizer.{name}.{key}": value for key, value in kept.items() if value is not None}
    for border, carry in enumerate(trainer.carries):
        found |= _named(trainer.model, border, carry)
    arrays = {name: value.detach().numpy().copy() for name, value in found.items()}
    sums = trainer.score.sums
    if sums:
        arrays["score"] = np.array(list(sums.values()), np.float64)
    plain = {
        "place": asdict(trainer.place),
        "score": {"count": trainer.score.count, "sums": list(sums)},
        "borders": len(trainer.carries),
        "rows": next((len(part) for carry in trainer.carries for states in carry for part in states), 0),
        "optimizer": type(trainer.optimizer).__name__,
    }
    return arrays, plain


def restore(trainer: Trainer, arrays: Arrays, plain: Mapping[str, Any]) -> None:
    """Put a trainer that was made anew where `capture` found one; what follows has the same bits.

    Errors: CheckpointError where a name is missing or unknown, or an array has another shape or type; the
    trainer then is as it was.
    """
    try:
        place = Place(**{field.name: _count(plain["place"][field.name]) for field in fields(Place)})
        count, names = _count(plain["score"]["count"]), [str(name) for name in plain["score"]["sums"]]
        borders, rows, optimizer = _count(plain["borders"]), _count(plain["rows"]), plain["optimizer"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint does not say where training stood: {error}") from None
    if optimizer != type(trainer.optimizer).__name__:
        raise CheckpointError(f"the checkpoint is of {optimizer}, and the config's optimizer is another")
    parameters = _parameters(trainer.model)
    wanted = {name: _like(parameter) for name, parameter in parameters.items()}
    for name, parameter in parameters.items():
        own = [key for key in _KEPT[optimizer] if f"optimizer.{name}.{key}" in arrays]
        for key in _KEPT[optimizer] if own else ():
            wanted[f"optimizer.{name}.{key}"] = _like(torch.zeros(()) if key == "step" else parameter)
    carries = [trainer.model.initial_carry(rows) for _ in range(borders)]
    for border, carry in enumerate(carries):
        wanted |= {name: _like(state) for name, state in _named(trainer.model, border, carry).items()}
    if names:
        wanted["score"] = ((len(names),), np.dtype(np.float64))
    _check(wanted, arrays)
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(arrays[name].copy()))
    trainer.optimizer.state.clear()
    for name, parameter in parameters.items():
        start = f"optimizer.{name}."
        kept = {key: _tensor(arrays[start + key]) for key in _KEPT[optimizer] if start + key in arrays}
        if kept:
            trainer.optimizer.state[parameter] = kept
    trainer.carries = [_filled(trainer.model, border, carry, arrays) for border, carry in enumerate(carries)]
    trainer.place = place
    trainer.score.count = count
    trainer.score.sums = dict(zip(names, arrays["score"].tolist(), strict=True)) if names else {}


def _parameters(model: CellChain) -> dict[str, torch.nn.Parameter]:
    return {name.removeprefix("cells."): parameter for name, parameter in model.named_parameters()}


def _named(model: CellChain, border: int, carry: ChainCarry) -> dict[str, Tensor]:
    """The parts of a carry by name."""
    return {
        f"carry.{border}.{place}.{state.name}": part
        for (place, cell), states in zip(model.placed(), carry, strict=True)
        for state, part in zip(cell.layer.states, states, strict=True)
    }


def _filled(model: CellChain, border: int, carry: ChainCarry, arrays: Arrays) -> ChainCarry:
    """A carry of the same form with the values that were saved."""
    names = iter(_named(model, border, carry))
    return tuple(tuple(_tensor(arrays[next(names)]) for _ in states) for states in carry)


def _tensor(value: NDArray[Any]) -> Tensor:
    """A copy in memory that torch has laid out: the bits of a product depend on where its operands begin."""
    return torch.tensor(value)


def _like(value: Tensor) -> tuple[tuple[int, ...], np.dtype[Any]]:
    return tuple(value.shape), value.detach().numpy().dtype


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _check(wanted: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]], arrays: Arrays) -> None:
    """Hold the names, shapes and types of what was saved against what the config makes. Errors: CheckpointError."""
    if missing := [name for name in wanted if name not in arrays]:
        raise CheckpointError(f"the checkpoint does not fit the config: it has no {_some(missing)}")
    if unknown := [name for name in arrays if name not in wanted]:
        raise CheckpointError(f"the checkpoint does not fit the config: nothing is called {_some(unknown)}")
    for name, (shape, dtype) in wanted.items():
        value = arrays[name]
        if (value.shape, value.dtype) != (shape, dtype):
            raise CheckpointError(
                f"the checkpoint does not fit the config: {name} is {list(value.shape)} {value.dtype} in it, "
                f"and {list(shape)} {dtype} in the config"
            )


def _some(names: list[str]) -> str:
    return ", ".join(sorted(names)[:5])
