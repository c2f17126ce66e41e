"""Losses against a calculation by hand, against torch's own, and their gradients against finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor
from torch.nn import functional

from rnnctl.config.sections import LossSection
from rnnctl.data.normal import LIMIT, WITHIN_90, mean_and_log_variance, negative_log_likelihood
from rnnctl.training.loss import as_tensor, loss_of

LOSSES: tuple[dict[str, Any], ...] = (
    {"mse": {}},
    {"mae": {}},
    {"huber": {"delta": 1.0}},
    {"huber": {"delta": 0.3}},
    {"gaussian": {}},
    {"cross_entropy": {}},
    {"binary_cross_entropy": {}},
)
IDS = [" ".join([name, *map(str, options.values())]) for written in LOSSES for name, options in written.items()]


def loss(written: dict[str, Any], outputs: Tensor, targets: Tensor) -> Tensor:
    return loss_of(LossSection.model_validate(written), outputs, targets)


def drawn(name: str, steps: int = 6, targets: int = 3) -> tuple[Tensor, Tensor]:
    """Outputs and targets of a loss, in float64."""
    random = np.random.default_rng(1)
    outputs = random.normal(size=(steps, 2 * targets if name == "gaussian" else targets))
    asked: Any = random.normal(size=(steps, targets))
    if name == "cross_entropy":
        asked = random.integers(0, targets, steps)
    if name == "binary_cross_entropy":
        asked = (asked > 0).astype(np.float64)
    return torch.tensor(outputs), torch.tensor(asked)


def numbers(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def test_squares_by_hand() -> None:
    found = loss({"mse": {}}, numbers([1, 2], [0, 0]), numbers([3, 2], [1, -3]))
    assert found.tolist() == [(4 + 0) / 2, (1 + 9) / 2]


def test_absolute_errors_by_hand() -> None:
    found = loss({"mae": {}}, numbers([1, 2], [0, 0]), numbers([3, 2], [1, -3]))
    assert found.tolist() == [(2 + 0) / 2, (1 + 3) / 2]


def test_huber_by_hand() -> None:
    """Half a square up to delta, and a straight line beyond."""
    found = loss({"huber": {"delta": 2.0}}, numbers([0, 0], [0, 0]), numbers([1, -2], [3, -5]))
    assert found.tolist() == [(1 / 2 + 4 / 2) / 2, (2 * (3 - 1) + 2 * (5 - 1)) / 2]


def test_gaussian_by_hand() -> None:
    """All means first, then all log variances: here 4 and 1, by which the errors 2 and 3 are divided."""
    found = loss({"gaussian": {}}, numbers([0, 0, math.log(4), 0]), numbers([2, -3]))
    first = -math.log(math.exp(-(2**2) / (2 * 4)) / math.sqrt(2 * math.pi * 4))
    second = -math.log(math.exp(-(3**2) / 2) / math.sqrt(2 * math.pi))
    assert_allclose(found, [(first + second) / 2], rtol=1e-14)


def test_cross_entropy_by_hand() -> None:
    found = loss({"cross_entropy": {}}, numbers([math.log(2), math.log(3), math.log(5)]), torch.tensor([1]))
    assert_allclose(found, [-math.log(0.3)], rtol=1e-14)


def test_binary_cross_entropy_by_hand() -> None:
    """A logit of log 3 is a probability of 3 / 4."""
    found = loss({"binary_cross_entropy": {}}, numbers([math.log(3), math.log(3)]), numbers([1, 0]))
    assert_allclose(found, [-(math.log(3 / 4) + math.log(1 / 4)) / 2], rtol=1e-14)


@pytest.mark.parametrize("written", LOSSES, ids=IDS)
def test_the_mean_over_steps_is_that_of_torch(written: dict[str, Any]) -> None:
    [(name, options)] = written.items()
    outputs, targets = drawn(name)
    mean, log_variance = outputs[:, :3], outputs[:, 3:]
    expected = {
        "mse": lambda: functional.mse_loss(outputs, targets),
        "mae": lambda: functional.l1_loss(outputs, targets),
        "huber": lambda: functional.huber_loss(outputs, targets, **options),
        "gaussian": lambda: functional.gaussian_nll_loss(mean, targets, log_variance.exp(), full=True),
        "cross_entropy": lambda: functional.cross_entropy(outputs, targets),
        "binary_cross_entropy": lambda: functional.binary_cross_entropy(outputs.sigmoid(), targets),
    }[name]()
    found = loss(written, outputs, targets)
    assert found.shape == (6,)
    assert_allclose(found.mean(), expected, rtol=1e-12)


@pytest.mark.parametrize("written", LOSSES, ids=IDS)
def test_gradients_agree_with_finite_differences(written: dict[str, Any]) -> None:
    outputs, targets = drawn(next(iter(written)))
    assert torch.autograd.gradcheck(lambda o: loss(written, o, targets), outputs.requires_grad_())


@pytest.mark.parametrize("written", LOSSES, ids=IDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 1e4])
def test_large_outputs_give_finite_losses_and_gradients(
    written: dict[str, Any], dtype: torch.dtype, size: float
) -> None:
    outputs, targets = drawn(next(iter(written)))
    given = (outputs.sign() * size).to(dtype).requires_grad_()
    found = loss(written, given, as_tensor(targets, dtype)).mean()
    found.backward()  # type: ignore[no-untyped-call]
    assert found.dtype == dtype
    assert found.isfinite()
    assert given.grad is not None
    assert given.grad.isfinite().all()


@pytest.mark.parametrize(
    ("log_variance", "error", "gradient"),
    [
        (-1e6, 1.0, 0.5 * (1 - math.exp(LIMIT))),  # too sure, and wrong: back to a larger variance
        (-1e6, 0.0, 0.0),  # too sure, and right: no further
        (1e6, 1.0, 0.5 * (1 - math.exp(-LIMIT))),  # back to a smaller one
        (1e6, 1e6, 0.0),
        (LIMIT, 1e6, 0.5 * (1 - 1e12 * math.exp(-LIMIT))),
        (0.0, 3.0, 0.5 * (1 - 9)),
    ],
)
def test_a_log_variance_beyond_its_limits_counts_as_the_limit(
    log_variance: float, error: float, gradient: float
) -> None:
    outputs = numbers([0, log_variance]).requires_grad_()
    found = loss({"gaussian": {}}, outputs, numbers([error]))
    found.sum().backward()  # type: ignore[no-untyped-call]
    bounded = min(max(log_variance, -LIMIT), LIMIT)
    expected = 0.5 * (math.log(2 * math.pi) + bounded + error**2 * math.exp(-bounded))
    assert_allclose(found.detach(), [expected], rtol=1e-12)
    assert outputs.grad is not None
    assert_allclose(outputs.grad[0, 1], gradient, rtol=1e-12)


def test_a_variance_that_is_too_small_grows_back() -> None:
    """By small steps against the sign of the gradient, to the variance that the targets have."""
    outputs = numbers([0.0, -25.0]).requires_grad_()
    for _ in range(300):
        targets = numbers([2.0], [-2.0])
        [gradient] = torch.autograd.grad(loss({"gaussian": {}}, outputs.expand(2, 2), targets).mean(), outputs)
        outputs = (outputs - 0.1 * gradient.sign()).detach().requires_grad_()
    assert_allclose(outputs.detach()[0], [0, math.log(4)], atol=0.11)


def test_the_normal_distribution_of_numpy_is_that_of_torch() -> None:
    outputs, targets = drawn("gaussian")
    outputs[0, 3:] = torch.tensor([-100.0, 100.0, 0.0])
    mean, log_variance = mean_and_log_variance(outputs.numpy())
    found = negative_log_likelihood(targets.numpy() - mean, log_variance).mean(-1)
    assert_allclose(found, loss({"gaussian": {}}, outputs, targets), rtol=1e-12)


def test_nine_tenths_of_a_normal_distribution() -> None:
    assert_allclose(math.erf(WITHIN_90 / math.sqrt(2)), 0.9, rtol=1e-15)


def test_codes_stay_whole_numbers() -> None:
    assert as_tensor(np.array([1, 2]), torch.float32).dtype == torch.int64
    assert as_tensor(np.array([1.0, 2.0]), torch.float32).dtype == torch.float32
