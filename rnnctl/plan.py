"""What a config costs before anything runs: sizes, parameters, operations, memory, updates. Arithmetic alone.

How it is counted:

* FLOPs: 2ab for `[a, b] @ [b]`, one for each element of an elementwise result, one for each element that a
  reduction folds (three for a variance); moving values about is free. One step of one row, forward. What depends
  on parameters alone is computed once for a window, and counted apart; what depends on options alone is free.
* Memory of a window: every computed value of each of its B rows and K steps, kept for the way back (a slice or
  a reshaping is no new value), and once what depends on parameters alone. Whoever trains may keep less.
* A learned initial state counts as a parameter.
* A member that holds layers stands before them, with what it costs beside them: a sum, or two outputs made one.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from rnnctl.config.chain import Bidirectional, ChainLayer, Member, Residual, walk
from rnnctl.config.layout import count_windows, epoch_batches, longest_row, rules_of
from rnnctl.config.resolve import Resolved
from rnnctl.data.batches import Batch, Cut
from rnnctl.data.records import Facts
from rnnctl.data.spec import source_name
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

    place: str
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
    primed: int
    """How many of the steps stand before the split, and only prime it."""
    scored: int
    at_most: bool
    """Whether fewer may be scored: burn-in leaves out steps after each reset."""


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
    batching: str
    rows: int
    window: int
    """The steps that a gradient goes back through at most."""
    update: int
    """The steps from one update to the next."""
    whole: bool
    """Whether the window is the whole row."""
    reset: str
    before: str | None
    """The column that says before which steps the carry goes back, too."""
    after: str | None
    """The column that says after which steps it does."""
    burn_in: int
    epochs: int
    windows: tuple[int, int]
    """The least and the most windows of an epoch; where they differ, the order of the sequences decides."""
    updates: int
    """All updates of training: a window without a scored step makes none."""
    at_most: bool
    """Whether there may be fewer updates: burn-in may leave a window nothing to score, or training may stop early."""
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
    lengths = [piece.length for piece in train]
    rows, longest = max(map(len, epoch_batches(training, lengths, 1))), longest_row(training, lengths)
    window = training.window
    steps = longest if window is None else min(window.depth, longest)
    real = 8 if training.precision == "float64" else 4
    layers = tuple(_member(member, rows * steps, real) for member in walk(resolved.chain))
    weights = real * sum(layer.parameters + layer.learned_initial for layer in layers)
    counts, updates, estimated = _epochs(resolved, train)
    return Plan(
        name=resolved.name,
        source=source_name(resolved.source),
        input=_signal(facts.input.kind, facts.input.names, facts.input.width),
        target=_signal(facts.target.kind, facts.target.names, facts.target.width) + _when(facts.ahead, facts.each),
        sequences=len(facts.lengths),
        steps=sum(facts.lengths),
        splits={name: _split(pieces[name], facts, training.burn_in) for name in NAMES},
        layers=layers,
        batching=training.batching,
        rows=rows,
        window=steps,
        update=longest if window is None else min(window.update, longest),
        whole=window is None,
        reset=training.reset.policy,
        before=training.reset.before,
        after=training.reset.after,
        burn_in=training.burn_in,
        epochs=training.epochs,
        windows=(min(counts), max(counts)),
        updates=updates,
        at_most=training.burn_in > 0 or training.early_stopping is not None,
        estimated=estimated,
        weights_bytes=weights,
        gradients_bytes=weights,
        optimizer_bytes=weights * _copies(resolved),
    )


def _split(pieces: Sequence[Piece], facts: Facts, burn_in: int) -> Part:
    primed = sum(p.scored.start for p in pieces) if facts.one_series else 0
    scored = sum(p.counted for p in pieces)
    return Part(len(pieces), sum(p.length for p in pieces), primed, scored, burn_in > 0 and scored > 0)


def _signal(kind: str, names: Sequence[str], width: int) -> str:
    listing = ", ".join(names[:6]) + (f", … ({len(names)} columns)" if len(names) > 6 else "")
    if kind in ("number", "binary"):
        return listing if kind == "number" else f"{listing} (yes or no)"
    return f"{listing} ({width} {'symbols' if kind == 'symbol' else 'classes'})"


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


def _member(member: Member, cells: int, real: int) -> PlannedLayer:
    """A layer, or what a member of the chain costs beside the layers that it holds."""
    if isinstance(member, ChainLayer):
        return _layer(member, cells, real)
    width = math.prod(member.output.shape)
    options: dict[str, int | float | str] = {}
    given, name, operations, kept = member.output, "last", 0, 0
    if isinstance(member, Residual):
        name, operations, kept = "residual", width, width
    elif isinstance(member, Bidirectional):
        given, name, options = member.input, "bidirectional", {"merge": member.merge}
        operations = {"concat": 0, "sum": width, "mean": 2 * width}[member.merge]
        kept = width + math.prod(member.forward[-1].output.shape)  # the backward output is turned, then joined
        kept += math.prod(given.shape) if given.symbols is None else 0
    return PlannedLayer(
        place=member.place,
        name=name,
        options=options,
        input=str(given),
        output=str(member.output),
        parameters=0,
        learned_initial=0,
        state=0,
        flops_per_step=operations,
        flops_per_window=0,
        window_bytes=cells * kept * real,
    )


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
        place=chained.place,
        name=layer.name,
        options={**layer.options, **_period(chained)},
        input=str(signal),
        output=str(layer.output),
        parameters=layer.parameter_count,
        learned_initial=chained.parameter_count - layer.parameter_count,
        state=layer.state_size,
        flops_per_step=sum(map(flops, moving)),
        flops_per_window=sum(map(flops, fixed)),
        window_bytes=cells * sum(_bytes(n, real) for n in moving) + sum(_bytes(n, real) for n in fixed),
    )


def _period(chained: ChainLayer) -> dict[str, str]:
    """For what random draws are made once, where that is not what the definition says."""
    own = {draw.per for draw in chained.layer.definition.draws.values()}
    return {} if chained.per is None or own == {chained.per} else {"per": chained.per}


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


def _epochs(resolved: Resolved, train: Sequence[Piece]) -> tuple[list[int], int, bool]:
    """The windows of the epochs that were counted, the updates of all epochs, and whether that is an estimate."""
    training = resolved.training
    same = not training.shuffle or len(train) == 1 or len({(p.length, p.stretches) for p in train}) == 1
    estimated = not same and len(train) * training.epochs > _SHUFFLES_COUNTED
    counted = 1 if same or estimated else training.epochs
    cut, lengths = rules_of(training).cut, [piece.length for piece in train]
    ends = list(accumulate(lengths))
    windows: list[int] = []
    updates = 0
    for epoch in range(1, counted + 1):
        batches = epoch_batches(training, lengths, epoch)
        windows.append(count_windows(training, batches))
        updates += sum(_updates(batch, cut, train, ends) for batch in batches)
    return windows, updates * (training.epochs // counted), estimated


def _updates(batch: Batch, cut: Cut, train: Sequence[Piece], ends: Sequence[int]) -> int:
    """How many windows of a batch have a step that is scored, if burn-in does not take it."""
    size = cut.update or max(row.steps for row in batch)
    stretches: list[tuple[int, int]] = []  # of windows
    for row in batch:
        for i in range(bisect_right(ends, row.start), bisect_left(ends, row.stop) + 1):
            begin = ends[i] - train[i].length - row.start
            for part in train[i].stretches:
                first, stop = max(0, begin + part.start), min(row.steps, begin + part.stop)
                if first < stop:
                    stretches.append((first // size, (stop - 1) // size + 1))
    count = end = 0
    for first, stop in sorted(stretches):
        count += max(0, stop - max(first, end))
        end = max(end, stop)
    return count
