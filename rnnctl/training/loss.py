"""Losses: for each scored step one number, in model units. Shapes: N scored steps, O targets, C classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).square().mean(-1)


def absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Absolute error, its mean over targets: (N, O), (N, O) -> (N)."""
    return (outputs - targets).abs().mean(-1)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log-probability of the true class, in nats: (N, C) scores, (N) codes -> (N)."""
    return functional.cross_entropy(outputs, targets, reduction="none")


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": squared_error,
    "mae": absolute_error,
    "cross_entropy": cross_entropy,
}


def as_tensor(values: object, like: torch.dtype) -> Tensor:
    """Numbers of a window in the model's type; codes stay whole numbers."""
    tensor = torch.as_tensor(values)
    return tensor.to(like) if tensor.is_floating_point() else tensor
