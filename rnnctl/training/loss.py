"""Losses: for each scored step one number, in model units. Shapes: N scored steps, O targets, C classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from rnnctl.config.sections import LossSection
from rnnctl.data.normal import LIMIT


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).square().mean(-1)


def absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Absolute error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).abs().mean(-1)


def huber(outputs: Tensor, targets: Tensor, delta: float) -> Tensor:
    """e^2 / 2 for errors up to delta, delta (|e| - delta / 2) beyond, its mean over targets: (N, O), (N, O) -> (N).

    Source: Huber 1964, doi:10.1214/aoms/1177703732.
    """
    return functional.huber_loss(outputs, targets, delta=delta, reduction="none").mean(-1)


def gaussian(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log-likelihood of a normal distribution, in nats, its mean over targets: (N, 2 O), (N, O) -> (N).

    The outputs are all means, then all log variances s: (log 2 pi + s + e^2 exp(-s)) / 2. An s beyond its limits
    counts as the limit, and has a gradient where that leads back.
    Source: Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138.
    """
    mean, log_variance = outputs.chunk(2, -1)
    squares = (targets - mean).square()
    bounded = log_variance.clamp(-LIMIT, LIMIT)
    # A clamp alone has no gradient outside, so that a variance once too small could never grow again.
    leads_back = (squares > bounded.exp()) == (log_variance < bounded)
    through = bounded.detach() + (log_variance - log_variance.detach())
    bounded = torch.where(leads_back, through, bounded)
    return 0.5 * (math.log(2 * math.pi) + bounded + squares * (-bounded).exp()).mean(-1)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log-probability of the true class, in nats: (N, C) scores, (N) codes -> (N)."""
    return functional.cross_entropy(outputs, targets, reduction="none")


def binary_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log-probability of the true answer, in nats, its mean over columns: (N, O) logits, (N, O) -> (N)."""
    return functional.binary_cross_entropy_with_logits(outputs, targets, reduction="none").mean(-1)


_LOSSES: Mapping[str, Callable[..., Tensor]] = {
    "mse": squared_error,
    "mae": absolute_error,
    "huber": huber,
    "gaussian": gaussian,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
}


def loss_of(section: LossSection, outputs: Tensor, targets: Tensor) -> Tensor:
    """The losses of scored steps, as the config has them: (N, …), (N, …) -> (N)."""
    name, options = section.chosen
    return _LOSSES[name](outputs, targets, **dict(options))


def as_tensor(values: object, like: torch.dtype) -> Tensor:
    """Numbers of a window in the model's type; codes stay whole numbers."""
    tensor = torch.as_tensor(values)
    # Copied even where the type is right: the bits of a product depend on where in memory its operands begin.
    return tensor.to(like, copy=True) if tensor.is_floating_point() else tensor
