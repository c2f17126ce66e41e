"""Runs a schedule with the operations of a backend: one step, or a window of them.

Shapes: T time, R rows (any leading axes; none for a single vector), then the shape of the value itself.
Parameters have no rows. Windows are time-major here, (T, R, …), as nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from rnnctl.equations.graph import Node
from rnnctl.equations.layer import Layer
from rnnctl.equations.schedule import Instruction, schedule

Array = TypeVar("Array")
Operation = Callable[..., Any]
Ready: TypeAlias = tuple[Operation, Callable[[list[Any]], Sequence[Any]], int]
"""An operation, what takes its arguments from the registers, and the register of its value."""


class Backend(Protocol[Array]):
    """What a library of arrays must offer."""

    def operation(self, node: Node) -> Operation:
        """The function that computes a node from its arguments."""

    def unstack(self, values: Array) -> Sequence[Array]:
        """The slices along time."""

    def stack(self, values: Sequence[Array]) -> Array:
        """Slices joined along a new leading axis of time."""

    def select(self, mask: Array, yes: Array, no: Array, rank: int) -> Array:
        """Row by row one of two values of a rank; a mask of the rows' shape selects, and never multiplies."""


class Machine(Generic[Array]):
    """One layer made ready to run on a backend.

    A carry is a tuple with a value for each state of the layer, in their order. `packed` serves windows:
    products that share an operand are one; without it, every equation runs as it is written.
    """

    def __init__(self, layer: Layer, backend: Backend[Array], *, packed: bool = True) -> None:
        self.layer = layer
        self.backend = backend
        self.program = schedule(layer.graph, pack=packed)
        self.ranks = tuple(len(s.shape) for s in layer.states)
        self.once = self._ready(self.program.once)
        self.ahead = self._ready(self.program.ahead)
        self.loop = self._ready(self.program.loop)
        self.after = self._ready(self.program.after)
        self.whole = [*self.ahead, *self.loop, *self.after]

    def _ready(self, instructions: Sequence[Instruction]) -> list[Ready]:
        return [(self.backend.operation(i.node), _taking(i.args), i.out) for i in instructions]

    def prepare(self, parameters: Mapping[str, Array]) -> list[Any]:
        """Registers with all that depends on parameters alone; good until a parameter changes."""
        registers: list[Any] = [None] * self.program.registers
        for name, slot in self.program.parameters.items():
            registers[slot] = parameters[name]
        _run(self.once, registers)
        return registers

    def step(
        self,
        prepared: list[Any],
        carry: tuple[Array, ...],
        inputs: Mapping[str, Array],
        draws: Mapping[str, Array],
    ) -> tuple[tuple[Array, ...], Array]:
        """One step: inputs (R, …), carry parts (R, …) -> the next carry and the output (R, …)."""
        registers = prepared.copy()
        self._fill(registers, inputs, draws)
        for slot, part in zip(self.program.states, carry, strict=True):
            registers[slot] = part
        _run(self.whole, registers)
        return tuple(registers[s] for s in self.program.next_states), registers[self.program.output]

    def trace(
        self,
        prepared: list[Any],
        carry: tuple[Array, ...],
        inputs: Mapping[str, Array],
        draws: Mapping[str, Array],
        held: Mapping[int, Callable[[Array], Array]],
    ) -> tuple[tuple[Array, ...], Array, list[Any]]:
        """One step that can be looked into: the next carry, the output, and all registers.

        `held[i]` makes of the next value of part i what it shall be, for all that is computed from it.
        """
        registers = prepared.copy()
        self._fill(registers, inputs, draws)
        for slot, part in zip(self.program.states, carry, strict=True):
            registers[slot] = part
        changes = {self.program.next_states[i]: change for i, change in held.items()}
        for operation, taken, out in self.whole:
            value = operation(*taken(registers))
            registers[out] = changes[out](value) if out in changes else value
        following = tuple(registers[slot] for slot in self.program.next_states)
        following = tuple(held[i](part) if i in held else part for i, part in enumerate(following))
        return following, registers[self.program.output], registers

    def unroll(
        self,
        prepared: list[Any],
        carry: tuple[Array, ...],
        inputs: Mapping[str, Array],
        draws: Mapping[str, Array],
        *,
        steps: int,
        initial: tuple[Array, ...] = (),
        resting: tuple[Array, ...] = (),
        resets: Sequence[Array | None] = (),
        valid: Sequence[Array | None] = (),
    ) -> tuple[tuple[Array, ...], Array]:
        """A window: inputs (T, R, …) -> the carry after it and the outputs (T, R, …).

        `resets[t]` is a mask of the rows that go back to `initial` before step t, `valid[t]` of the rows
        whose carry step t may change; None stands for no row and for every row. The other rows step from
        `resting`, so that no carry is driven on beyond its sequence, where it may leave all numbers.
        """
        registers = prepared.copy()
        self._fill(registers, inputs, draws)
        _run(self.ahead, registers)
        if self.program.states:
            carry = self._loop(registers, carry, steps, (initial, resting), resets, valid)
        _run(self.after, registers)
        return carry, registers[self.program.output]

    def _loop(
        self,
        registers: list[Any],
        carry: tuple[Array, ...],
        steps: int,
        fixed: tuple[tuple[Array, ...], tuple[Array, ...]],
        resets: Sequence[Array | None],
        valid: Sequence[Array | None],
    ) -> tuple[Array, ...]:
        program, loop, initial, resting = self.program, self.loop, *fixed
        whole = [(slot, registers[slot]) for slot in program.reads]
        series = [(slot, self.backend.unstack(values)) for slot, values in whole]
        kept: list[tuple[int, list[Any]]] = [(slot, []) for slot in program.keeps]
        for t in range(steps):
            for slot, slices in series:
                registers[slot] = slices[t]
            mask = resets[t] if resets else None
            if mask is not None:
                carry = self._select(mask, initial, carry)
            mask = valid[t] if valid else None
            start = self._select(mask, carry, resting) if mask is not None and resting else carry
            for slot, part in zip(program.states, start, strict=True):
                registers[slot] = part
            for operation, taken, out in loop:
                registers[out] = operation(*taken(registers))
            following = tuple(registers[s] for s in program.next_states)
            if mask is not None:
                following = self._select(mask, following, carry)
            for slot, values in kept:
                values.append(registers[slot])
            carry = following
        for slot, values in whole:
            registers[slot] = values
        for slot, values in kept:
            registers[slot] = self.backend.stack(values)
        return carry

    def _select(self, mask: Array, yes: tuple[Array, ...], no: tuple[Array, ...]) -> tuple[Array, ...]:
        pairs = zip(yes, no, self.ranks, strict=True)
        return tuple(self.backend.select(mask, a, b, rank) for a, b, rank in pairs)

    def _fill(self, registers: list[Any], inputs: Mapping[str, Array], draws: Mapping[str, Array]) -> None:
        for name, slot in self.program.inputs.items():
            registers[slot] = inputs[name]
        for name, slot in self.program.draws.items():
            registers[slot] = draws[name]


def _taking(args: tuple[int, ...]) -> Callable[[list[Any]], Sequence[Any]]:
    """What takes these registers out of all of them, in C."""
    if len(args) > 1:
        return itemgetter(*args)
    return itemgetter(slice(args[0], args[0] + 1)) if args else itemgetter(slice(0))


def _run(stage: list[Ready], registers: list[Any]) -> None:
    for operation, taken, out in stage:
        registers[out] = operation(*taken(registers))
