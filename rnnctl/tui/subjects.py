"""What a map can show: a part of the carry of a layer, or a value that its equations name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnctl.stepping.model import Model


class Subject(NamedTuple):
    """A value of one layer that has units: `part` numbers a part of its carry, None where the equations name it."""

    layer: int
    name: str
    part: int | None
    shape: tuple[int, ...]

    @property
    def units(self) -> int:
        """How many units it has, counted row by row."""
        return int(np.prod(self.shape, dtype=int))

    def place(self, unit: int) -> str:
        """A unit as it stands between brackets: `3`, in a matrix `1,3`; empty where there is only one number."""
        return ",".join(map(str, np.unravel_index(unit, self.shape))) if self.shape else ""


class Layer(NamedTuple):
    """A layer with what can be shown of it: the parts of its carry, and what its equations name."""

    number: int
    place: str
    name: str
    parts: tuple[Subject, ...]
    named: tuple[Subject, ...]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """All that can be shown of it."""
        return self.parts + self.named


def layers_of(model: Model) -> tuple[Layer, ...]:
    """The layers that have a carry; where none has one, those whose equations name a value."""
    found = []
    for number, ready in enumerate(model.layers):
        parts = tuple(Subject(number, s.name, i, tuple(s.shape)) for i, s in enumerate(ready.states))
        graph = ready.layer.graph.names
        named = tuple(
            Subject(number, name, None, tuple(graph[name].sizes))
            for name in ready.machine.program.names
            if name in graph and "'" not in name and name not in {part.name for part in parts}
        )
        found.append(Layer(number, ready.place, ready.layer.name, parts, named))
    with_carry = tuple(layer for layer in found if layer.parts)
    return with_carry or tuple(layer for layer in found if layer.named)


def reference(model: Model, subject: Subject, unit: int | None = None) -> str:
    """A subject, or one of its units, as commands name it: `h[0]`, `h[0][3]`; the place is left out where it can be."""
    ready = model.layers[subject.layer]
    if subject.part is not None:
        several = sum(state.name == subject.name for layer in model.layers for state in layer.states) > 1
    else:
        several = sum(subject.name in layer.machine.program.names for layer in model.layers) > 1
    text = subject.name + (f"[{ready.place}]" if several else "")
    if unit is None or not subject.shape:
        return text
    return text + "".join(f"[{index}]" for index in subject.place(unit).split(","))
