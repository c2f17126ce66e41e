"""Random draws by counter: each number follows from what it is for, and from nothing that was drawn before it.

So neither padding, nor the order of rows in a batch, nor the number of processes changes a draw.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def uniforms(name: str, *keys: NDArray[np.int64] | int, count: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), for each combination of keys `count` of them.

    `name` tells layer and draw; keys (seed, update, row, step, …) are numbers or arrays that broadcast to a
    shape S; the result has shape (*S, count). Source: the finaliser of splitmix64, Steele et al. 2014.
    """
    digest = hashlib.sha256(name.encode()).digest()
    with np.errstate(over="ignore"):
        state = np.frombuffer(digest[:8], np.uint64)[0]
        mixed = _mix(np.asarray(state + _GOLDEN))
        for key in keys:
            mixed = _mix((mixed ^ np.asarray(key, np.int64).astype(np.uint64)) + _GOLDEN)
        index = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
        bits = _mix(mixed[..., np.newaxis] + index)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))
