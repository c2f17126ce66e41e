"""The checked form of a definition: a graph of typed values, each of which knows what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from rnnctl.equations.sizes import Shape, Size


class Kind(Enum):
    """What a value is made of."""

    REAL = "real"
    INTEGER = "integer"
    BOOLEAN = "boolean"

    __hash__ = object.__hash__  # each is one object; the enumeration's own hash is that of its name, and slow


class Level(IntEnum):
    """What a value depends on, and so how often it must be computed."""

    PARAMETERS = 0
    """Parameters and constants alone: once for a window; it has no rows."""
    INPUT = 1
    """The input of its step or a random draw: for all steps of a window at once."""
    STATE = 2
    """The state: step after step."""


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One value: an operation on other values, of a shape without rows and time.

    `attribute` is what the operation needs beyond its arguments: a name, a number, an axis, bounds.
    """

    op: str
    args: tuple[Node, ...]
    shape: Shape
    kind: Kind
    level: Level
    attribute: Any = None

    @property
    def rank(self) -> int:
        """How many axes the value has, rows and time left aside."""
        return len(self.shape)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape in numbers; only a bound graph has them."""
        return tuple(_number(size) for size in self.shape)


def _number(size: Size) -> int:
    value = size.value
    assert value is not None, f"size {size} is not bound"
    return value


@dataclass(frozen=True, slots=True)
class Graph:
    """The values of one definition by their role; `names` has every named value of the equations."""

    inputs: Mapping[str, Node]
    states: Mapping[str, Node]
    parameters: Mapping[str, Node]
    draws: Mapping[str, Node]
    names: Mapping[str, Node]
    after: Mapping[str, Node]
    """For each state its value after the step."""
    output: Node

    def roots(self) -> tuple[Node, ...]:
        """The values that a step must give: every next state, then the output."""
        return (*self.after.values(), self.output)


def ancestors(roots: Iterable[Node]) -> Iterator[Node]:
    """Every value that the roots need, themselves included; a value comes after what it is made of."""
    done: set[Node] = set()
    stack = [(node, False) for node in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            done.add(node)
            yield node
        else:
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))


@dataclass(slots=True)
class Builder:
    """Makes nodes, each only once: the same operation on the same values is the same node."""

    made: dict[tuple[object, ...], Node] = field(default_factory=dict)
    asked: int = 0
    """How many values were asked for, with those that were there already: a measure of the work done."""

    def node(
        self,
        op: str,
        args: tuple[Node, ...],
        shape: Shape,
        kind: Kind = Kind.REAL,
        attribute: Any = None,
        level: Level | None = None,
    ) -> Node:
        """The node of this description; `level` is given for leaves and follows from the arguments elsewhere."""
        if level is None:
            level = Level.PARAMETERS
            for arg in args:
                if arg.level > level:  # noqa: PLR1730 (the call is what takes the time)
                    level = arg.level
        key = (op, args, shape, kind, attribute if attribute is None else repr(attribute), level)
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = Node(op, args, shape, kind, level, attribute)
        return found

    def number(self, value: int | float | Size, kind: Kind) -> Node:
        """A constant; a real one holds a float."""
        constant = value.value if isinstance(value, Size) else value
        if constant is not None and kind is Kind.REAL:
            constant = float(constant)
        return self.node("number", (), (), kind, value if constant is None else constant)

    def real(self, node: Node) -> Node:
        """The value as a real one."""
        if node.kind is Kind.REAL:
            return node
        if node.op == "number":
            return self.number(node.attribute, Kind.REAL)
        return self.node("real", (node,), node.shape, Kind.REAL)

    def spread(self, node: Node, rank: int) -> Node:
        """A number of each row with axes of one element behind it, so that it meets values of that rank."""
        if node.rank == rank or node.level is Level.PARAMETERS:
            return node
        return self.node("spread", (node,), (Size.of(1),) * rank, node.kind)
