"""Losses: for each scored step one number, in model units. Shapes: N scored steps, O targets, C classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from rnnctl.config.sections import LossSection


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).square().mean(-1)


def absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Absolute error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).abs().mean(-1)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log-probability of the true class, in nats: (N, C) scores, (N) codes -> (N)."""
    return functional.cross_entropy(outputs, targets, reduction="none")


_LOSSES: Mapping[str, Callable[..., Tensor]] = {
    "mse": squared_error,
    "mae": absolute_error,
    "huber": lambda o, t, delta: functional.huber_loss(o, t, delta=delta, reduction="none").mean(-1),
    "cross_entropy": cross_entropy,
}


def loss_of(section: LossSection, outputs: Tensor, targets: Tensor) -> Tensor:
    """The losses of scored steps, as the config has them: (N, …), (N, …) -> (N)."""
    name, options = section.chosen
    return _LOSSES[name](outputs, targets, **dict(options))


def as_tensor(values: object, like: torch.dtype) -> Tensor:
    """Numbers of a window in the model's type; codes stay whole numbers."""
    tensor = torch.as_tensor(values)
    return tensor.to(like) if tensor.is_floating_point() else tensor
