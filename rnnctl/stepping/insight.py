"""What gradients tell of a session: how far back it reaches, what it saw, whether its state grows or fades.

Shapes: T steps looked at, the last of them first in a horizon and last in a saliency; F columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import Given
from rnnctl.stepping.model import Carry, Held, Model
from rnnctl.stepping.rebuilt import MOST_STEPS, By, TorchModel, check_finite, double, gradients, tensors
from rnnctl.stepping.session import Session

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.95
"""The share of all gradient that the effective memory holds."""
AGREES = 1e-4
MOST_UNITS = 2000
"""The eigenvalues of so many take 14 s, and the time grows with the cube."""
_ROWS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """How much the value of the last step owes to the step that stands `lag` before it.

    `lags` are 0, 1, …, T - 1; `norms` (T) the Euclidean norms of the gradient by the input of each step in model
    units, `carry_norms` (T) those by the carry that it began with. `steps` is the effective memory: the smallest
    count of lags from 0 on that holds 95 % of the sum of `norms`; 0 where all are zero. `window` is how many steps
    the gradient went back through in training, None for whole sequences. `of` says what value it is, and `by` what
    of the input: where that is nothing, `norms` are `carry_norms`. `since` is what stands before the first step
    looked at, and `difference` how far the outputs rebuilt here are from those recorded.
    """

    lags: tuple[int, ...]
    norms: NDArray[np.float64]
    steps: int
    window: int | None
    of: str
    by: By
    carry_norms: NDArray[np.float64]
    carry_steps: int
    """The effective memory by `carry_norms`."""
    since: str
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether the outputs rebuilt are those recorded, within 1e-4: else no number here says much."""
        return self.difference <= AGREES


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """What each past input did to the value of the last step, the oldest first.

    `norms` (T) are the norms of the gradient by the input of each step; `products` (T, F) gradient times input by
    column in model units: to first order, what the value would lose with that input at 0. Of a symbol there is
    one column, the sum over all that the first layer makes of it. `times` are the t of the steps, `given` their
    inputs in the data's units.
    """

    times: tuple[int, ...]
    given: tuple[Given, ...]
    columns: tuple[str, ...]
    norms: NDArray[np.float64]
    products: NDArray[np.float64]
    of: str
    by: By
    since: str
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether the outputs rebuilt are those recorded, within 1e-4."""
        return self.difference <= AGREES


@dataclass(frozen=True, slots=True, eq=False)
class Spectral:
    """The eigenvalues of d carry' / d carry in the last step, largest first, and the size of the largest.

    Were the same step made again and again, all that is added to the carry would fade in the end where this is below
    1, and something would grow where it is above. `t` is the step's, `size` how many real numbers the carry has.
    """

    radius: float
    eigenvalues: NDArray[np.complex128]
    t: int
    size: int


def horizon(session: Session, most: int = MOST_STEPS) -> Horizon:
    """How far back the loss of the last step still reaches, over the steps since the last reset or edit.

    The measure at lag k is the norm of d value / d input of step t - k. Its sum is what small changes of all
    inputs could do together, and the effective memory is the count of steps that 95 % of this needs. A sum, and
    not the last lag above some threshold, so that one late spike does not stand for a memory, and one symbol
    held over fifty steps does. Where the influence fades as r^k, it is log 0.05 / log r, rounded up, which is
    also where r^k itself falls below 5 %. Source: the gradient that Pascanu, Mikolov & Bengio 2013
    follow, arXiv:1211.5063, section 2. Errors: UsageError where no step has been made since the last reset or edit,
    and where the gradient is not finite.
    """
    found = gradients(session, most)
    carry_norms = found.carries[::-1].copy()
    norms = carry_norms if found.by == "nothing" else np.sqrt(np.square(found.inputs).sum(1))[::-1].copy()
    return Horizon(
        tuple(range(len(norms))),
        norms,
        effective(norms),
        trained_window(session.model),
        found.of,
        found.by,
        carry_norms,
        effective(carry_norms),
        found.past.since,
        found.difference,
    )


def effective(norms: NDArray[np.float64]) -> int:
    """The smallest count of lags from 0 on that holds 95 % of the sum of the norms; 0 where that is 0."""
    total = norms.sum()
    if not total > 0:
        return 0
    enough = norms.cumsum() >= SHARE * total * (1 - 1e-12)
    return int(enough.argmax()) + 1


def trained_window(model: Model) -> int | None:
    """How many steps a gradient went back through in training; None for whole sequences."""
    window = model.resolved.training.window if model.resolved else None
    return None if window is None else window.depth


def saliency(session: Session, most: int = MOST_STEPS) -> Saliency:
    """What each input since the last reset or edit did to the loss of the last step.

    It is the gradient, and the gradient times the input.
    Source: Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034; times the input: Shrikumar et al. 2016,
    arXiv:1605.01713. Errors: UsageError where no step has been made, or the input has no gradient, or no finite one.
    """
    found = gradients(session, most)
    if found.by == "nothing":
        first = session.model.layers[0]
        message = f"layer {first.place} looks its symbol up inside its equations, so there is no gradient by it"
        raise UsageError(Diagnostic(message, help="put an embedding or one_hot before it, or ask for the horizon"))
    products = found.inputs * found.values
    if found.by == "embedded":
        products = products.sum(1, keepdims=True)
    made = [after for _, after in found.past.steps]
    return Saliency(
        tuple(moment.t for moment in made),
        tuple(moment.made.given for moment in made if moment.made),
        session.model.facts.input.names,
        np.sqrt(np.square(found.inputs).sum(1)),
        products,
        found.of,
        found.by,
        found.past.since,
        found.difference,
    )


def spectral(session: Session) -> Spectral:
    """The eigenvalues of the Jacobian of the last step, from the carry before it to the one after.

    It has the real parts of the carry alone, those of all layers together; what is held does not answer. Errors:
    UsageError where no step has been made here, for a model without real-valued carry and for one of more than
    2,000 numbers, and where the Jacobian is not finite.
    """
    matrix, t = jacobian(session)
    check_finite(matrix, f"the Jacobian of step {t}")
    values = np.linalg.eigvals(matrix).astype(np.complex128)
    values = values[np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)))]
    return Spectral(float(np.abs(values).max()), values, t, len(matrix))


def jacobian(session: Session) -> tuple[NDArray[np.float64], int]:
    """The derivative of the carry after the last step by the one before, (N, N), and the step's t.

    N counts the real parts of all layers, row by row.
    """
    import torch

    model, trail = session.model, session.trail
    sizes = [part.size for states in model.initial_carry() for part in states if part.dtype.kind == "f"]
    size = sum(sizes)
    if not size:
        raise UsageError("this model has no state")
    if size > MOST_UNITS:
        message = f"the Jacobian of {size:,} numbers is too large: at most {MOST_UNITS:,}"
        raise UsageError(Diagnostic(message, help="horizon tells how far back a step reaches, at any size"))
    at = session.last_at
    if at is None:
        raise UsageError(Diagnostic("no step has been made here", help="the Jacobian is of a step: make one"))
    before, made = trail[at - 1], trail[at].made
    assert made is not None
    torch_model, x = TorchModel(model), double(made.input)
    blocks = []
    with torch.enable_grad():
        for first in range(0, size, _ROWS):
            count = min(_ROWS, size - first)
            blocks.append(_rows(torch_model, before.carry, before.held, x, first, count))
    return np.concatenate(blocks), trail[at].t


def _rows(
    model: TorchModel, carry: Carry, held: Mapping[int, Held], x: Tensor, first: int, count: int
) -> NDArray[np.float64]:
    """Some rows of the Jacobian, (count, N): a copy of the step for each, of which one number is taken."""
    import torch

    rows = [[part.expand(count, *part.shape).clone() for part in states] for states in tensors(carry)]
    leaves = [part.requires_grad_() for states in rows for part in states if part.is_floating_point()]
    following, _ = model.step(tuple(map(tuple, rows)), x.expand(count, *x.shape), held)
    after = [part.reshape(count, -1) for states in following for part in states if part.is_floating_point()]
    flat = torch.cat([part.expand(count, part.shape[-1]) for part in after], 1)
    value = flat[torch.arange(count), torch.arange(first, first + count)].sum()
    if not value.requires_grad:
        return np.zeros((count, flat.shape[1]))
    found = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
    return torch.cat([part.reshape(count, -1) for part in found], 1).numpy()
