"""A model through steps as they arrive, its state put back where the run's policy has it.

Shapes: N steps, F input columns, O outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.stepping.model import Array, Model, ReadyLayer, through
from rnnctl.stepping.predicting.steps import Steps

AT_ONCE = 1024
"""Steps whose products are taken together: more take more memory, and are no faster."""


class Walker:
    """The model on its way: the carry, and how many steps ago the sequence began.

    Under `sequence` and `window` the carry goes back at the start of a sequence, under `window` also after each
    `training.window` steps from there; under `epoch` and `never` it is carried on through all sequences. Columns that
    reset do so under every policy.
    """

    def __init__(self, model: Model) -> None:
        assert model.resolved is not None
        training = model.resolved.training
        self.model = model.packed()
        self.carry = model.initial_carry()
        self.policy = training.reset.policy
        self.window = None if training.window is None else training.window.update
        self.age = 0

    def through(self, steps: Steps) -> NDArray[Any]:
        """The outputs (N, O) of some steps, in model units."""
        borders = self._borders(steps)
        found = [
            self._unrolled(steps.values[start : start + AT_ONCE], borders[start : start + AT_ONCE])
            for start in range(0, len(borders), AT_ONCE)
        ]
        return np.concatenate(found)

    def _borders(self, steps: Steps) -> NDArray[np.bool_]:
        """The steps before which the carry goes back, (N)."""
        if self.policy not in ("sequence", "window"):
            return steps.resets
        if self.policy == "sequence" or self.window is None:
            return steps.starts | steps.resets
        count = np.arange(len(steps.starts))
        first = np.maximum.accumulate(np.where(steps.starts, count, -1))
        age = np.where(first < 0, self.age + count, count - first)
        self.age = int(age[-1]) + 1
        found: NDArray[np.bool_] = steps.starts | steps.resets | (age % self.window == 0)
        return found

    def _unrolled(self, values: NDArray[Any], borders: NDArray[np.bool_]) -> NDArray[Any]:
        yes = np.asarray(True)
        resets = [yes if border else None for border in borders.tolist()]
        carries, following = self._carries(), []

        def run(layer: ReadyLayer, x: Array) -> Array:
            draws = {name: np.broadcast_to(value, (len(x), *value.shape)) for name, value in layer.draws.items()}
            after, y = layer.machine.unroll(
                layer.prepared,
                next(carries),
                {layer.input: x},
                draws,
                steps=len(x),
                initial=layer.initial,
                resets=resets,
            )
            following.append(tuple(np.asarray(part) for part in after))
            return np.asarray(y)

        with np.errstate(all="ignore"):  # whoever looks at the outputs sees what is not finite
            outputs: NDArray[Any] = through(self.model.chain, run, values)
        self.carry = tuple(following)
        return outputs

    def _carries(self) -> Iterator[tuple[Array, ...]]:
        return iter(self.carry)
