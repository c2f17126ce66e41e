"""The layers of a run made ready to be stepped: weights from a checkpoint, the numpy backend, no torch."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.config.chain import Bidirectional, ChainLayer, Last, Member
from rnnctl.config.resolve import Resolved
from rnnctl.data.records import Facts
from rnnctl.data.scaling import Scaling
from rnnctl.data.spec import TextSource
from rnnctl.equations.graph import Kind
from rnnctl.equations.layer import State
from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs.checkpoint import Checkpoint, Weights
from rnnctl.runs.directory import Run

Array: TypeAlias = NDArray[Any]
Carry: TypeAlias = tuple[tuple[Array, ...], ...]
"""For each layer the values of its states, in their order; a value to be passed on, never changed in place."""

Held: TypeAlias = Mapping[int, Mapping[int, float]]
"""Of a layer, by the number of a part of its carry: the units, counted row by row, and the value of each."""
NOTHING_HELD: Mapping[int, Any] = MappingProxyType({})

Start: TypeAlias = Literal["zeros", "declared", "learned"]
"""What a layer's initial carry is: zeros, other values that the layer declares, or what was learned."""


class ReadyLayer:
    """One layer with its weights: every equation runs as it is written, random draws at their expected value.

    Errors: CheckpointError where a weight is missing or has another shape.
    """

    def __init__(self, chained: ChainLayer, weights: Weights, dtype: DTypeLike) -> None:
        self.layer = chained.layer
        self.place = chained.place
        self.dtype = np.dtype(dtype)
        self.states = self.layer.states
        self.parameters = {p.name: self._weight(weights, p.name, p.shape) for p in self.layer.parameters}
        self._make_ready(packed=False)
        self.initial = tuple(self._initial(weights, state) for state in self.states)
        learned = any(f"{self.place}.initial_{state.name}" in weights for state in self.states)
        self.start: Start = "learned" if learned else "declared" if any(s.initial for s in self.states) else "zeros"
        [self.input] = self.layer.inputs
        self.draws = {d.name: np.full(d.shape, d.probability, self.dtype) for d in self.layer.draws}

    def _make_ready(self, *, packed: bool) -> None:
        self.machine = Machine(self.layer, NumpyBackend(self.dtype), packed=packed)
        self.prepared = self.machine.prepare(self.parameters)

    def packed(self) -> ReadyLayer:
        """The same layer for long walks: products that share an operand are one, and no value has a name."""
        layer = copy(self)
        layer._make_ready(packed=True)
        return layer

    def step(self, states: tuple[Array, ...], x: Array) -> tuple[tuple[Array, ...], Array]:
        """One step without rows: x of the layer's input shape -> the next states and the output."""
        following, y = self.machine.step(self.prepared, states, {self.input: x}, self.draws)
        return tuple(np.asarray(part) for part in following), np.asarray(y)

    def trace(
        self, states: tuple[Array, ...], x: Array, held: Held = NOTHING_HELD
    ) -> tuple[tuple[Array, ...], Array, dict[str, Array]]:
        """The same step with parts of the next carry held, and the values that the equations name, by name."""
        changes = {part: _put(units) for part, units in held.items()}
        following, y, registers = self.machine.trace(self.prepared, states, {self.input: x}, self.draws, changes)
        names = {name: np.asarray(registers[slot]) for name, slot in self.machine.program.names.items()}
        return tuple(np.asarray(part) for part in following), np.asarray(y), names

    @property
    def gates(self) -> tuple[str, ...]:
        """The named values that open and close: those that a sigmoid gives."""
        named = self.layer.graph.names
        return tuple(name for name in self.machine.program.names if named[name].op == "sigmoid")

    @property
    def weights(self) -> dict[str, Array]:
        """The parameters by name, without the initial carry."""
        return {name: self.prepared[slot] for name, slot in self.machine.program.parameters.items()}

    def type_of(self, state: State) -> np.dtype[Any]:
        """The type of a part of the carry."""
        return self.dtype if state.kind is Kind.REAL else np.dtype(np.int64)

    def _initial(self, weights: Weights, state: State) -> Array:
        name = f"initial_{state.name}"
        if f"{self.place}.{name}" in weights:
            return self._weight(weights, name, state.shape)
        return np.full(state.shape, state.initial, self.type_of(state))

    def _weight(self, weights: Weights, name: str, shape: tuple[int, ...]) -> Array:
        full = f"{self.place}.{name}"
        value = weights.get(full)
        if value is None or value.shape != shape:
            found = "has none" if value is None else f"has {list(value.shape)}"
            raise CheckpointError(
                f"the weights do not fit the run's config: {full} of {self.layer.name} is {list(shape)}, "
                f"and the checkpoint {found}"
            )
        if value.dtype != self.dtype:
            raise CheckpointError(f"the weights do not fit the run's config: {full} is {value.dtype}, not {self.dtype}")
        return value


@dataclass(frozen=True, slots=True, eq=False)
class ReadyResidual:
    """Members whose output is added to their input."""

    members: tuple[ReadyMember, ...]


ReadyMember: TypeAlias = "ReadyLayer | ReadyResidual"


@dataclass(frozen=True, eq=False)
class Model:
    """A chain with its weights and what its inputs and outputs mean: `carry, y = model.step(carry, x)`.

    `layers` are those of `chain` and of all its members, in the order in which they run.
    """

    chain: tuple[ReadyMember, ...]
    layers: tuple[ReadyLayer, ...]
    facts: Facts
    scaling: Scaling
    digest: str
    """The hash of the weights, which a stored session is bound to."""
    checkpoint: str
    """Where the weights are from: `best` or `last`."""
    record: Mapping[str, Any]
    """What the checkpoint says of the moment it was saved."""
    loss: str = "mse"
    """What it was trained with, which says what its outputs mean."""
    level: Literal["byte", "character"] | None = None
    """What a symbol is, of a model that has learned from text."""
    resolved: Resolved | None = None
    """The config of the run that it is from: how it was trained, and on what data."""

    def initial_carry(self) -> Carry:
        """The carry at a reset: zeros or what the layers declare, or what was learned."""
        return tuple(layer.initial for layer in self.layers)

    def origins(self) -> tuple[Start, ...]:
        """For each layer what its initial carry is."""
        return tuple(layer.start for layer in self.layers)

    def step(self, carry: Carry, x: Array, held: Mapping[int, Held] = NOTHING_HELD) -> tuple[Carry, Array]:
        """One step of the chain in model units: x (F) or one code -> the next carry and the output (O).

        `held` has for the numbers of layers what their carry is held at; all that is computed from it sees that.
        """
        following: list[tuple[Array, ...]] = []

        def run(layer: ReadyLayer, x: Array) -> Array:
            states, own = carry[len(following)], held.get(len(following))
            after, y = layer.step(states, x) if own is None else layer.trace(states, x, own)[:2]
            following.append(after)
            return y

        with np.errstate(all="ignore"):  # whoever looks at the values sees what is not finite
            y = through(self.chain, run, x)
        return tuple(following), y

    def inside(self, carry: Carry, x: Array, held: Mapping[int, Held] = NOTHING_HELD) -> tuple[dict[str, Array], ...]:
        """For each layer the values that its equations name, in the step that `step` makes of the same."""
        found: list[dict[str, Array]] = []

        def run(layer: ReadyLayer, x: Array) -> Array:
            _, y, names = layer.trace(carry[len(found)], x, held.get(len(found), NOTHING_HELD))
            found.append(names)
            return y

        with np.errstate(all="ignore"):
            through(self.chain, run, x)
        return tuple(found)

    def packed(self) -> Model:
        """The same model for long walks: nearly twice as fast, equal to some 1e-7, and without named values."""
        chain = tuple(_packed(self.chain))
        return replace(self, chain=chain, layers=tuple(_layers(chain)))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of real values."""
        return self.layers[0].dtype


def through(members: Sequence[ReadyMember], run: Callable[[ReadyLayer, Any], Any], x: Any) -> Any:
    """One step through members, `run` making that of each layer, in whatever library x is."""
    y = x
    for member in members:
        y = y + through(member.members, run, y) if isinstance(member, ReadyResidual) else run(member, y)
    return y


def _put(units: Mapping[int, float]) -> Callable[[Array], Array]:
    """Makes of an array one with some of its elements, counted row by row, at given values."""
    places, values = list(units), list(units.values())

    def change(value: Array) -> Array:
        changed = np.array(value)
        changed.flat[places] = values
        return changed

    return change


def _ready(members: Sequence[Member], weights: Weights, precision: str) -> Iterator[ReadyMember]:
    for member in members:
        if isinstance(member, ChainLayer):
            yield ReadyLayer(member, weights, precision)
        elif isinstance(member, Bidirectional):
            message = f"layer {member.place} is bidirectional: it sees what is yet to come, so it cannot be stepped"
            raise UsageError(Diagnostic(message, help="rnnctl eval judges it on whole sequences"))
        elif not isinstance(member, Last):  # which has the value so far at every step
            yield ReadyResidual(tuple(_ready(member.members, weights, precision)))


def _layers(members: Sequence[ReadyMember]) -> Iterator[ReadyLayer]:
    for member in members:
        if isinstance(member, ReadyLayer):
            yield member
        else:
            yield from _layers(member.members)


def _packed(members: Sequence[ReadyMember]) -> Iterator[ReadyMember]:
    for member in members:
        if isinstance(member, ReadyLayer):
            yield member.packed()
        else:
            yield ReadyResidual(tuple(_packed(member.members)))


def make_model(
    chain: Sequence[Member],
    saved: Checkpoint,
    facts: Facts,
    scaling: Scaling,
    *,
    precision: str,
    which: str,
    loss: str = "mse",
    level: Literal["byte", "character"] | None = None,
    resolved: Resolved | None = None,
) -> Model:
    """The model of a chain and a checkpoint.

    Errors: CheckpointError where they do not fit each other; UsageError for a chain that cannot be stepped.
    """
    members = tuple(_ready(chain, saved.weights, precision))
    ready = tuple(_layers(members))
    known = {f"{layer.place}.{p.name}" for layer in ready for p in layer.layer.parameters}
    known |= {f"{layer.place}.initial_{s.name}" for layer in ready for s in layer.states}
    if extra := sorted(set(saved.weights) - known):
        raise CheckpointError(f"the weights do not fit the run's config: it has no {', '.join(extra[:5])}")
    return Model(members, ready, facts, scaling, saved.digest, which, saved.record, loss, level, resolved)


def load_model(run: Run) -> Model:
    """The model of a run with its best checkpoint, or, where there is none yet, with a last that can be read.

    Errors: CheckpointError where run or checkpoint is damaged, or has none yet; UsageError for a bidirectional one.
    """
    resolved: Resolved = run.open()
    try:
        scaling = Scaling.from_dict(run.record()["scaling"])
        _check_scaling(scaling, resolved.facts)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"'{run.path / 'run.json'}' is damaged: its scaling cannot be read ({error})") from None
    which, saved = _checkpoint(run)
    precision, loss = resolved.training.precision, resolved.training.loss.name
    level = resolved.source.level if isinstance(resolved.source, TextSource) else None
    return make_model(
        resolved.chain,
        saved,
        resolved.facts,
        scaling,
        precision=precision,
        which=which,
        loss=loss,
        level=level,
        resolved=resolved,
    )


def _checkpoint(run: Run) -> tuple[str, Checkpoint]:
    """The checkpoint to walk, and its name: `best`; before the first epoch has ended a `last` that can be read."""
    if run.checkpoint("best").exists():
        return "best", run.load_checkpoint("best")
    try:
        return "last", run.load_checkpoint("last")
    except CheckpointError:  # nobody asked for it
        what = "best checkpoint" if run.checkpoint("last").exists() else "checkpoint yet"
        message = f"run '{run.path.name}' has no {what}"
        resume = f"rnnctl train --resume {shlex.quote(str(run.path))}"
        help_text = f"training saves one at the end of each epoch; go on with: {resume}"
        raise CheckpointError(Diagnostic(message, help=help_text)) from None


def _check_scaling(scaling: Scaling, facts: Facts) -> None:
    """Hold a scaling against the columns it is for. Errors: ValueError."""
    for side, signal in ((scaling.input, facts.input), (scaling.target, facts.target)):
        if side is None:
            continue
        if not len(side.offset) == len(side.factor) == signal.width:
            raise ValueError(f"{len(side.factor)} factors for {signal.width} columns")
        if not all(np.isfinite(v) for v in (*side.offset, *side.factor)) or 0 in side.factor:
            raise ValueError("offsets and factors are finite, and no factor is 0")
