"""What a definition says, parsed but not yet bound to sizes: the nouns of the language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from rnnctl.equations.graph import Kind
from rnnctl.equations.syntax import Expression, Function, Span, Statement

RESERVED_PREFIX = "initial_"
"""Names that begin so belong to learned initial states."""

Dimensions = tuple[Expression, ...]


class InputDefinition(NamedTuple):
    """A named input of a step: real values of a shape, or one whole number below `symbols`."""

    shape: Dimensions
    symbols: Expression | None
    span: Span


class OptionDefinition(NamedTuple):
    """A typed option of a layer; a default of None means that the user must give it."""

    kind: Literal["integer", "real", "function"]
    default: int | float | str | None
    span: Span
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    summary: str | None = None

    def complaint(self, value: object) -> str | None:
        """Why a value does not fit, or None; functions are looked up by the caller."""
        if self.kind == "function":
            return None if isinstance(value, str) else "expected the name of a function"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "expected a whole number" if self.kind == "integer" else "expected a number"
        if self.kind == "integer" and not isinstance(value, int):
            return "expected a whole number"
        if not math.isfinite(value):
            return "expected a finite number"
        if self.at_least is not None and value < self.at_least:
            return f"must be at least {self.at_least:g}"
        if self.at_most is not None and value > self.at_most:
            return f"must be at most {self.at_most:g}"
        if self.above is not None and value <= self.above:
            return f"must be above {self.above:g}"
        if self.below is not None and value >= self.below:
            return f"must be below {self.below:g}"
        return None


class Initializer(NamedTuple):
    """How a parameter's first values are drawn: a method's name and its arguments, if it takes any."""

    method: str
    arguments: tuple[Expression, ...] = ()


class ParameterDefinition(NamedTuple):
    """A trained tensor."""

    shape: Dimensions
    init: Initializer
    span: Span


class StateDefinition(NamedTuple):
    """A part of the carry: its shape, kind, value at a reset, and whether that value may be learned."""

    shape: Dimensions
    kind: Kind
    initial: Expression
    learn: bool
    span: Span


class DrawDefinition(NamedTuple):
    """A random 0 or 1, one with the given probability, drawn anew per step, window or sequence."""

    probability: Expression
    shape: Dimensions
    per: Literal["step", "window", "sequence"]
    span: Span


class Requirement(NamedTuple):
    """A condition on sizes and options: its parts, and the text for the message."""

    left: Expression
    relation: str
    right: Expression
    text: str
    span: Span


class Definition(NamedTuple):
    """One layer as its equations; `as_written` is the plain value it was read from."""

    name: str
    summary: str
    source: str
    inputs: Mapping[str, InputDefinition]
    options: Mapping[str, OptionDefinition]
    require: tuple[Requirement, ...]
    states: Mapping[str, StateDefinition]
    parameters: Mapping[str, ParameterDefinition]
    draws: Mapping[str, DrawDefinition]
    derived: tuple[Statement, ...]
    functions: Mapping[str, Function]
    equations: tuple[Statement, ...]
    output: Expression
    output_span: Span
    as_written: Mapping[str, Any]
