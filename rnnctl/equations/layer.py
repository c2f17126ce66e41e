"""The nouns of a layer whose sizes and options are known: what is planned, run and trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from rnnctl.equations.definition import Definition
from rnnctl.equations.graph import Graph, Kind
from rnnctl.equations.options import OptionValue


class Signal(NamedTuple):
    """What passes between layers: real values of a shape, or one whole number below `symbols`."""

    shape: tuple[int, ...]
    symbols: int | None = None

    def __str__(self) -> str:
        if self.symbols is not None:
            return f"{self.symbols} symbols"
        return " × ".join(str(s) for s in self.shape) if self.shape else "1"


class Parameter(NamedTuple):
    """A trained tensor: its shape, and how its first values are made."""

    name: str
    shape: tuple[int, ...]
    method: str
    arguments: tuple[float, ...]


class State(NamedTuple):
    """A part of the carry: shape, kind, value at a reset, and whether that value may be learned."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    initial: float
    learn: bool


class Draw(NamedTuple):
    """Random zeros and ones, one with the given probability."""

    name: str
    shape: tuple[int, ...]
    probability: float
    per: Literal["step", "window", "sequence"]


@dataclass(frozen=True)
class Layer:
    """A definition with every size and option known. `options` is complete, defaults filled in."""

    definition: Definition
    options: Mapping[str, OptionValue]
    inputs: Mapping[str, Signal]
    output: Signal
    parameters: tuple[Parameter, ...]
    states: tuple[State, ...]
    draws: tuple[Draw, ...]
    graph: Graph

    @property
    def name(self) -> str:
        """The name the layer has in a chain: `lstm`."""
        return self.definition.name

    @cached_property
    def parameter_count(self) -> int:
        """How many numbers are trained, learned initial states left aside."""
        return sum(math.prod(p.shape) for p in self.parameters)

    @cached_property
    def state_size(self) -> int:
        """How many numbers the carry of one row has."""
        return sum(math.prod(s.shape) for s in self.states)
