"""What a config costs before anything runs: sizes, parameters, operations, memory, updates. Arithmetic alone.

How it is counted:

* FLOPs: 2ab for `[a, b] @ [b]`, one for each element of an elementwise result, one for each element that a
  reduction folds (three for a variance); moving values about is free. One step of one row, forward. What depends
  on parameters alone is computed once for a window, and counted apart; what depends on options alone is free.
* Memory of a window: every computed value of each of its B rows and K steps, kept for the way back (a slice or
  a reshaping is no new value), and once what depends on parameters alone. Whoever trains may keep less.
* A learned initial state counts as a parameter.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from rnnctl.config.chain import ChainLayer
from rnnctl.config.resolve import Resolved
from rnnctl.data.batches import Batch, Cut, sequence_batches, stream_batch
from rnnctl.data.spec import CsvSource
from rnnctl.data.splits import NAMES, Piece, split_pieces
from rnnctl.equations.graph import Kind, Level, Node, ancestors

_LEAVES = frozenset({"draw", "input", "number", "parameter", "state"})
_VIEWS = frozenset({"each_row", "reshape", "spread", "subscript", "transpose"})
_MOVES = _LEAVES | _VIEWS | {"concat", "eye", "gather", "ones", "range", "real", "zeros"}
_SHUFFLES_COUNTED = 200_000
"""Up to so many sequences times epochs every epoch's order is gone through; beyond, the first stands for all."""


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """One layer of the chain; FLOPs are of one row, bytes of all rows of a window."""

    name: str
    options: Mapping[str, int | float | str]
    input: str
    output: str
    parameters: int
    learned_initial: int
    state: int
    flops_per_step: int
    flops_per_window: int
    window_bytes: int


@dataclass(frozen=True, slots=True)
class Part:
    """A split: how many sequences it has, their steps, those that only prime included, and how many are scored."""

    sequences: int
    steps: int
    scored: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A config in numbers."""

    name: str
    source: str
    input: str
    target: str
    sequences: int
    steps: int
    splits: Mapping[str, Part]
    layers: tuple[PlannedLayer, ...]
    rows: int
    window: int
    whole: bool
    """Whether the window is the whole sequence."""
    reset: str
    epochs: int
    windows: tuple[int, int]
    """The least and the most windows of an epoch; where they differ, the order of the sequences decides."""
    updates: int
    """All updates of training: a window without a scored step makes none."""
    estimated: bool
    """Whether the first epoch stands for all in the counts of windows and updates."""
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int

    @property
    def parameters(self) -> int:
        """All numbers that are trained."""
        return sum(layer.parameters + layer.learned_initial for layer in self.layers)

    @property
    def window_bytes(self) -> int:
        """The values of a window, of all layers."""
        return sum(layer.window_bytes for layer in self.layers)

    @property
    def bytes(self) -> int:
        """The memory that training needs for its numbers."""
        return self.window_bytes + self.weights_bytes + self.gradients_bytes + self.optimizer_bytes

    def as_dict(self) -> dict[str, Any]:
        """Plain values, the totals with them."""
        totals = {
            "parameters": self.parameters,
            "state": sum(layer.state for layer in self.layers),
            "flops_per_step": sum(layer.flops_per_step for layer in self.layers),
            "flops_per_window": sum(layer.flops_per_window for layer in self.layers),
            "window_bytes": self.window_bytes,
            "bytes": self.bytes,
        }
        return {**asdict(self), "totals": totals}


def plan(resolved: Resolved) -> Plan:
    """The plan of a resolved config. Errors: DataError for splits that cannot be made."""
    training, facts = resolved.training, resolved.facts
    pieces = split_pieces(facts, resolved.split, training.seed)
    train = pieces["train"]
    batches = _epoch(resolved, train, 1)
    rows, longest = max(map(len, batches)), max(row.steps for batch in batches for row in batch)
    steps = longest if training.window is None else min(training.window.depth, longest)
    real = 8 if training.precision == "float64" else 4
    layers = tuple(_layer(layer, rows * steps, real) for layer in resolved.layers)
    weights = real * sum(layer.parameters + layer.learned_initial for layer in layers)
    counts, updates, estimated = _epochs(resolved, train)
    return Plan(
        name=resolved.name,
        source=resolved.source.path.name if isinstance(resolved.source, CsvSource) else resolved.source.task,
        input=_signal(facts.input.kind, facts.input.names, facts.input.width),
        target=_signal(facts.target.kind, facts.target.names, facts.target.width) + _when(facts.ahead, facts.each),
        sequences=len(facts.lengths),
        steps=sum(facts.lengths),
        splits={name: _split(pieces[name]) for name in NAMES},
        layers=layers,
        rows=rows,
        window=steps,
        whole=training.window is None,
        reset=training.reset.policy,
        epochs=training.epochs,
        windows=(min(counts), max(counts)),
        updates=updates,
        estimated=estimated,
        weights_bytes=weights,
        gradients_bytes=weights,
        optimizer_bytes=weights * _copies(resolved),
    )


def _split(pieces: Sequence[Piece]) -> Part:
    return Part(len(pieces), sum(p.length for p in pieces), sum(len(p.scored) for p in pieces))


def _signal(kind: str, names: Sequence[str], width: int) -> str:
    listing = ", ".join(names[:6]) + (f", … ({len(names)} columns)" if len(names) > 6 else "")
    return listing if kind == "number" else f"{listing} ({width} {'symbols' if kind == 'symbol' else 'classes'})"


def _when(ahead: int, each: str) -> str:
    if each == "sequence":
        return ", one for each sequence"
    return f", {ahead} step{'s' * (ahead != 1)} ahead" if ahead else ""


def _copies(resolved: Resolved) -> int:
    """How many numbers the optimizer keeps for each parameter."""
    name, settings = resolved.training.optimizer.chosen
    if name == "sgd":
        return 1 if getattr(settings, "momentum") else 0  # noqa: B009 (a section of another type has none)
    return {"adam": 2, "adamw": 2, "rmsprop": 1}[name]


# layers


def _layer(chained: ChainLayer, cells: int, real: int) -> PlannedLayer:
    layer = chained.layer
    nodes = list(ancestors(layer.graph.roots()))
    moving = [n for n in nodes if n.level > Level.PARAMETERS]
    constants: set[Node] = set()
    for node in nodes:
        if node.level == Level.PARAMETERS and node.op != "parameter" and constants.issuperset(node.args):
            constants.add(node)
    fixed = [n for n in nodes if n.level == Level.PARAMETERS and n not in constants]
    [signal] = layer.inputs.values()
    return PlannedLayer(
        name=layer.name,
        options=dict(layer.options),
        input=str(signal),
        output=str(layer.output),
        parameters=layer.parameter_count,
        learned_initial=chained.parameter_count - layer.parameter_count,
        state=layer.state_size,
        flops_per_step=sum(map(flops, moving)),
        flops_per_window=sum(map(flops, fixed)),
        window_bytes=cells * sum(_bytes(n, real) for n in moving) + sum(_bytes(n, real) for n in fixed),
    )


def flops(node: Node) -> int:
    """The operations that one value takes."""
    if node.op in _MOVES:
        return 0
    if node.op == "matmul":
        return 2 * math.prod(node.sizes) * node.args[0].sizes[1]
    if node.op.startswith("reduce_"):
        return math.prod(node.args[0].sizes) * (3 if node.op == "reduce_variance" else 1)
    return math.prod(node.sizes)


def _bytes(node: Node, real: int) -> int:
    """The memory that one value takes; parameters are counted as weights, and states where they were computed."""
    if node.op in _VIEWS or node.op in ("number", "parameter", "state"):
        return 0
    return math.prod(node.sizes) * {Kind.REAL: real, Kind.INTEGER: 8, Kind.BOOLEAN: 1}[node.kind]


# windows


def _epoch(resolved: Resolved, train: Sequence[Piece], epoch: int) -> Sequence[Batch]:
    """The batches of an epoch, as training makes them."""
    training, lengths = resolved.training, [piece.length for piece in train]
    if training.batching == "streams":
        return [stream_batch(sum(lengths), training.batch)]
    return sequence_batches(lengths, training.batch, training.seed, epoch - 1, shuffle=bool(training.shuffle))


def _epochs(resolved: Resolved, train: Sequence[Piece]) -> tuple[list[int], int, bool]:
    """The windows of the epochs that were counted, the updates of all epochs, and whether that is an estimate."""
    training = resolved.training
    same = not training.shuffle or len(train) == 1 or len({(p.length, p.scored) for p in train}) == 1
    estimated = not same and len(train) * training.epochs > _SHUFFLES_COUNTED
    counted = 1 if same or estimated else training.epochs
    cut = Cut(training.window.update if training.window else None)
    ends = list(accumulate(piece.length for piece in train))
    windows: list[int] = []
    updates = 0
    for epoch in range(1, counted + 1):
        batches = _epoch(resolved, train, epoch)
        windows.append(sum(len(cut.starts(max(row.steps for row in batch))) for batch in batches))
        updates += sum(_updates(batch, cut, train, ends) for batch in batches)
    return windows, updates * (training.epochs // counted), estimated


def _updates(batch: Batch, cut: Cut, train: Sequence[Piece], ends: Sequence[int]) -> int:
    """How many windows of a batch have a scored step."""
    size = cut.update or max(row.steps for row in batch)
    scored: set[int] = set()
    for row in batch:
        for i in range(bisect_right(ends, row.start), bisect_left(ends, row.stop) + 1):
            begin = ends[i] - train[i].length
            first = max(row.start, begin + train[i].scored.start)
            stop = min(row.stop, begin + train[i].scored.stop)
            if first < stop:
                scored.update(range((first - row.start) // size, (stop - 1 - row.start) // size + 1))
    return len(scored)
