"""A normal distribution for each target, as a model gives it: all means first, then all log variances.

Shapes: O targets, 2 O outputs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LIMIT = 20.0
"""Log variances are taken to lie from -LIMIT to LIMIT, so that no variance is 0 and none infinite."""

WITHIN_90 = 1.6448536269514722
"""How many standard deviations to each side of the mean hold 90 % of a normal distribution."""


def mean_and_log_variance(outputs: NDArray[Any]) -> tuple[Floats, Floats]:
    """The two halves of outputs (…, 2 O), each (…, O) and in model units, the second within its limits."""
    mean, log_variance = np.split(outputs.astype(np.float64), 2, axis=-1)
    return mean, np.clip(log_variance, -LIMIT, LIMIT)


def negative_log_likelihood(error: Floats, log_variance: Floats) -> Floats:
    """In nats, with its constant: (…, O), (…, O) -> (…, O)."""
    found: Floats = 0.5 * (math.log(2 * math.pi) + log_variance + np.square(error) * np.exp(-log_variance))
    return found
