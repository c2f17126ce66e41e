"""The last steps of a session once more, in torch and double precision, with gradients. torch is loaded here alone.

Shapes: T steps looked at, F numbers of an input or of what the first layer makes of a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnctl.backends.machine import Machine
from rnnctl.config.sections import LossSection
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.loss import wanted_of
from rnnctl.stepping.model import Array, Carry, Held, Model, ReadyLayer, through
from rnnctl.stepping.session import Moment, Session

if TYPE_CHECKING:
    from torch import Tensor

MOST_STEPS = 1000
Tensors: TypeAlias = "tuple[tuple[Tensor, ...], ...]"
By: TypeAlias = Literal["input", "embedded", "nothing"]
"""What of a step's input a gradient is of: its numbers in model units, or what the first layer makes of its symbol.

Nothing where the first layer takes a symbol and has a state: its equations look the symbol up inside.
"""


@dataclass(frozen=True, slots=True)
class Past:
    """Steps in a row, each as the moments before and after it; `since` says what stands before the first."""

    steps: tuple[tuple[Moment, Moment], ...]
    since: str


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """What the value of the last step owes to every step looked at, the oldest first.

    `inputs` (T, F) and `values` (T, F) are the gradient by the input and the input itself, F being 0 where `by` is
    nothing; `carries` (T) the norms of the gradient by the real parts of the carry that each step began with, of all
    layers together, units that are held left out. `of` says what the value is. `difference` is the largest between the
    outputs found here and those recorded, against the larger of 1 and their size.
    """

    past: Past
    of: str
    by: By
    inputs: NDArray[np.float64]
    values: NDArray[np.float64]
    carries: NDArray[np.float64]
    difference: float


def past_of(session: Session, most: int = MOST_STEPS) -> Past:
    """The steps that led here since the last reset or edit, at most so many of them.

    Errors: UsageError where there is none.
    """
    trail = session.trail
    found: list[tuple[Moment, Moment]] = []
    at = len(trail) - 1
    while at > 0 and len(found) < most:
        if trail[at].made is not None:
            found.append((trail[at - 1], trail[at]))
        elif trail[at].carry is not trail[at - 1].carry:  # letting go of a unit changes no carry
            break
        at -= 1
    first = trail[at]
    if not found:
        since = "" if first.did == "start" else f" since '{first.did}'"
        raise UsageError(Diagnostic(f"no step has been made{since}", help="make a step, and ask again"))
    since = f"'{first.did}'" if first.made is None else f"step {first.t}"
    return Past(tuple(reversed(found)), since)


class TorchModel:
    """The layers of a stepped model over torch, in double precision: `carry, y = model.step(carry, x, held)`."""

    def __init__(self, model: Model) -> None:
        import torch

        from rnnctl.backends.torch import TorchBackend

        self.model = model
        self.by: By = (
            "input" if model.facts.input.kind == "number" else "nothing" if model.layers[0].states else "embedded"
        )
        backend = TorchBackend(torch.float64)
        self._machines: list[Machine[Tensor]] = [Machine(layer.layer, backend, packed=False) for layer in model.layers]
        self._prepared = [
            machine.prepare({name: double(value) for name, value in layer.weights.items()})
            for machine, layer in zip(self._machines, model.layers, strict=True)
        ]
        self._draws = [{name: double(value) for name, value in layer.draws.items()} for layer in model.layers]

    def step(
        self,
        carry: Tensors,
        x: Tensor,
        held: Mapping[int, Held],
        seen: Callable[[Tensor], Tensor] = lambda value: value,
    ) -> tuple[Tensors, Tensor]:
        """One step: parts (R, …), x (R, F) or codes (R) -> the next carry and the output, with leading rows R.

        `seen` is given what the first layer makes of a symbol, and gives what goes on in its place.
        """
        following: list[tuple[Tensor, ...]] = []

        def run(layer: ReadyLayer, x: Tensor) -> Tensor:
            i = len(following)
            changes = {part: _put(units, layer.states[part].shape) for part, units in held.get(i, {}).items()}
            inputs = {layer.input: x}
            after, y, _ = self._machines[i].trace(self._prepared[i], carry[i], inputs, self._draws[i], changes)
            following.append(after)
            return seen(y) if i == 0 and self.by == "embedded" else y

        y: Tensor = through(self.model.chain, run, x)
        return tuple(following), y


def gradients(session: Session, most: int = MOST_STEPS) -> Gradients:
    """The gradient of the last step's loss by the inputs and carries of the steps that led to it.

    Where its target is not known: of the log-probability of the most probable class, or of the sum of the
    outputs (of the means, where the model gives a mean and a variance). The steps are taken at the carries that
    were recorded, so that rounding does not add up over them; a unit that was held passes nothing on.
    Errors: UsageError where no step has been made since the last reset or edit, or the gradient is not finite.
    """
    import torch

    past = past_of(session, most)
    model = TorchModel(session.model)
    leaves: list[Tensor] = []
    carries: list[list[Tensor]] = []
    difference = 0.0

    def seen(value: Tensor) -> Tensor:
        leaves.append(_leaf(value))
        return leaves[-1]

    carry = tuple(tuple(_leaf(part) for part in states) for states in tensors(past.steps[0][0].carry))
    with torch.enable_grad():
        for before, after in past.steps:
            assert after.made is not None
            carries.append([part for part in _flat(carry) if part.is_floating_point()])
            x = double(after.made.input)
            following, y = model.step(carry, seen(x) if model.by == "input" else x, before.held, seen)
            difference = max(difference, _difference(y, after.made.output))
            carry = _at(following, tensors(after.carry))
        value, of = _value(session.model, y, past.steps[-1][1])
        flat = [*leaves, *(part for parts in carries for part in parts)]
        found = _grads(value, flat)
    for g in found:
        check_finite(g, f"the gradient of step {past.steps[-1][1].t}")
    norms = np.zeros(len(carries))
    for t, (before, _) in enumerate(past.steps):
        masks = _free(session.model, before.held)
        own = found[len(leaves) + t * len(masks) : len(leaves) + (t + 1) * len(masks)]
        norms[t] = np.sqrt(sum(float(np.square(g[mask]).sum()) for g, mask in zip(own, masks, strict=True)))
    steps = len(past.steps)
    inputs = np.stack(found[: len(leaves)]).reshape(steps, -1) if leaves else np.zeros((steps, 0))
    values = np.stack([leaf.detach().numpy() for leaf in leaves]).reshape(steps, -1) if leaves else np.zeros((steps, 0))
    return Gradients(past, of, model.by, inputs, values, norms, difference)


def check_finite(values: Array, what: str) -> None:
    """Errors: UsageError where a derivative is not finite, as that of a root at 0."""
    if not np.isfinite(values).all():
        message = f"{what} is not finite: somewhere on the way the equations have no derivative"
        raise UsageError(Diagnostic(message, help="make another step, or put another value into the state"))


def double(value: Array) -> Tensor:
    """An array as a tensor of its own, real values in double precision."""
    import torch

    real = np.asarray(value).dtype.kind == "f"
    return torch.tensor(np.asarray(value), dtype=torch.float64 if real else torch.int64)


def tensors(carry: Carry) -> Tensors:
    """A carry as tensors, without history."""
    return tuple(tuple(double(part) for part in states) for states in carry)


def _leaf(value: Tensor) -> Tensor:
    """A value without history; real ones ask for a gradient."""
    return value.detach().requires_grad_(value.is_floating_point())


def _value(model: Model, y: Tensor, last: Moment) -> tuple[Tensor, str]:
    """The number that is asked what it owes to the past, and what it is in words."""
    import torch

    from rnnctl.training.loss import loss_of

    assert last.made is not None
    if last.made.target is not None:
        section = model.resolved.training.loss if model.resolved else LossSection.model_validate({model.loss: {}})
        wanted = double(wanted_of(model, last.made.target))
        return loss_of(section, y[None], wanted[None])[0], "the loss"
    target = model.facts.target
    if target.kind == "class":
        best = int(y.argmax())
        return torch.log_softmax(y, -1)[best], f"the log-probability of {target.symbols[best]}, the most probable class"
    if model.loss == "gaussian":
        y = y[: target.width]
    return y.sum(), "the output" if target.width == 1 else "the sum of the outputs"


def _difference(y: Tensor, recorded: Array) -> float:
    wanted = recorded.astype(np.float64)
    apart: NDArray[Any] = np.abs(y.detach().numpy() - wanted) / np.maximum(1, np.abs(wanted))
    return float(apart.max(initial=0.0))


def _at(carry: Tensors, recorded: Tensors) -> Tensors:
    """A carry with the values that were recorded, and its own history; what counts has none."""
    return tuple(
        tuple(r + (c - c.detach()) if c.is_floating_point() else r for c, r in zip(states, values, strict=True))
        for states, values in zip(carry, recorded, strict=True)
    )


def _grads(value: Tensor, by: Sequence[Tensor]) -> list[NDArray[np.float64]]:
    """The gradient by each tensor, zeros where there is no way to it."""
    import torch

    wanted = [tensor for tensor in by if tensor.requires_grad]
    found = torch.autograd.grad(value, wanted, allow_unused=True) if value.requires_grad and wanted else []
    of = {id(tensor): g for tensor, g in zip(wanted, found, strict=bool(found)) if g is not None}
    return [of[id(t)].numpy() if id(t) in of else np.zeros(tuple(t.shape)) for t in by]


def _flat(carry: Tensors) -> list[Tensor]:
    return [part for states in carry for part in states]


def _free(model: Model, held: Mapping[int, Held]) -> list[NDArray[np.bool_]]:
    """For each real part of the carry which of its units are not held."""
    masks = []
    for i, layer in enumerate(model.layers):
        for part, state in enumerate(layer.states):
            mask = np.ones(state.shape, np.bool_)
            mask.flat[list(held.get(i, {}).get(part, {}))] = False
            if layer.type_of(state).kind == "f":
                masks.append(mask)
    return masks


def _put(units: Mapping[int, float], shape: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    """Makes of a part one with some units at given values: no gradient passes them."""
    import torch

    places, values = np.zeros(shape, np.bool_), np.zeros(shape)
    places.flat[list(units)] = True
    values.flat[list(units)] = list(units.values())
    mask, constants = torch.tensor(places), torch.tensor(values)
    return lambda value: torch.where(mask, constants.to(value.dtype), value)
