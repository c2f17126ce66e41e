"""What is told of a step beside its numbers: gates, the units that changed most, where training would have cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnnctl.stepping.references import name_unit
from rnnctl.stepping.step import Step


class Changed(NamedTuple):
    """A unit of the carry, by the name that commands take, before a step and after it."""

    unit: str
    place: str
    before: float
    after: float


class Window(NamedTuple):
    """Where a step stands among those of training, counted from the last reset of all layers.

    `step` of `update` counts from 1; a gradient goes back through `backward` steps at most. `cut` says whether
    none goes from this step to the one before, `reset` why training would have put the state back before it.
    Both counts are None where an update sees the whole sequence. In streams `step` is None too: there windows follow
    each other along a row of the batch, whatever sequences and resets are in it, and no step tells its place in one.
    """

    step: int | None
    update: int | None
    backward: int | None
    cut: bool
    reset: str


def gates(step: Step) -> dict[str, dict[str, float]]:
    """The mean of every gate in a step, by the place of its layer; empty where the step does not know its model."""
    if step.making is None:
        return {}
    model, carry, held, _ = step.making
    inside = model.inside(carry, step.input, held)
    return {
        layer.place: {name: float(np.mean(values[name])) for name in layer.gates}
        for layer, values in zip(model.layers, inside, strict=True)
        if layer.gates and layer.states
    }


def changed_most(step: Step, count: int) -> list[Changed]:
    """The units of the carry that a step changed most, the largest change first.

    A unit that did not change is left out, and so is what counts in whole numbers.
    """
    if step.making is None:
        return []
    model = step.making.model
    numbers = {layer.place: number for number, layer in enumerate(model.layers)}
    found: list[tuple[float, int, int, int, str, float, float]] = []
    for at in step.layers:
        for number, part in enumerate(at.parts):
            if part.after.dtype.kind != "f":
                continue
            before, after = part.before.reshape(-1).astype(np.float64), part.after.reshape(-1).astype(np.float64)
            sizes = np.abs(after - before)
            for unit in np.argsort(-sizes, kind="stable")[:count]:
                if sizes[unit] > 0:
                    key = (-float(sizes[unit]), numbers[at.place], number, int(unit))
                    found.append((*key, at.place, float(before[unit]), float(after[unit])))
    found.sort(key=lambda entry: entry[:4])
    return [
        Changed(name_unit(model, layer, part, unit), place, before, after)
        for _, layer, part, unit, place, before, after in found[:count]
    ]


def window_of(step: Step) -> Window | None:
    """Where a step stands in the windows of training; None where it is not known how its model was trained."""
    if step.making is None or step.making.model.resolved is None:
        return None
    training = step.making.model.resolved.training
    window, policy, border = training.window, training.reset.policy, step.making.border
    if policy in ("epoch", "never") and border == SEQUENCE:
        border = ""
    if training.batching == "streams":
        return Window(None, None, None, False, border)
    if window is None:
        return Window(step.t, None, None, False, border)
    at = (step.t - 1) % window.update + 1
    first = at == 1
    reset = border or ("a window begins" if policy == "window" and first else "")
    cut = first and step.t > 1 and (policy == "window" or window.depth == window.update)
    return Window(at, window.update, window.depth, cut, reset)


SEQUENCE = "a sequence begins"
"""The border that stands between two sequences."""


def origins(step: Step) -> Mapping[str, str]:
    """For each layer with a state, by its place, where the carry came from that a step began with."""
    return {at.place: at.origin for at in step.layers}
