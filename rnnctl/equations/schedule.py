"""Graph -> schedule: what is computed once for a window, ahead of the loop over time, in it, and after it.

Two rewrites come first, and change nothing but the order of sums:

* terms of a sum that need no state are added to each other first, so that they leave the loop together;
* products of parameters with the same vector (`Wi @ x`, `Wf @ x`, …) become one product with the parameters
  packed side by side; the packing is a copy made once for a window.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from rnnctl.equations.graph import Builder, Graph, Kind, Level, Node, ancestors
from rnnctl.equations.sizes import Size


@dataclass(frozen=True, slots=True)
class Instruction:
    """Compute `node` from the registers `args` into the register `out`."""

    node: Node
    args: tuple[int, ...]
    out: int


@dataclass(frozen=True, slots=True)
class Program:
    """A layer's step as lists of instructions over numbered registers.

    `reads` are registers with a time axis that the loop takes slice by slice; `keeps` are those of the loop
    whose values over time are needed after it. `names` are the values that the equations give a name and that
    depend on the step, where it runs as it is written; packing leaves none.
    """

    registers: int
    parameters: Mapping[str, int]
    inputs: Mapping[str, int]
    draws: Mapping[str, int]
    states: tuple[int, ...]
    next_states: tuple[int, ...]
    once: tuple[Instruction, ...]
    ahead: tuple[Instruction, ...]
    loop: tuple[Instruction, ...]
    after: tuple[Instruction, ...]
    reads: tuple[int, ...]
    keeps: tuple[int, ...]
    output: int
    names: Mapping[str, int]


def schedule(graph: Graph, *, pack: bool = True) -> Program:
    """The order in which a bound graph is computed; without `pack`, as it is written."""
    if pack:
        build = Builder()
        graph = _rewrite(graph, lambda roots: _early_sums(roots, build), build)
        graph = _rewrite(graph, lambda roots: _packed(roots, Level.INPUT, build), build)
        graph = _rewrite(graph, lambda roots: _packed(roots, Level.STATE, build), build)
    return _program(graph)


def _program(graph: Graph) -> Program:
    leaves = [*graph.parameters.values(), *graph.inputs.values(), *graph.draws.values(), *graph.states.values()]
    order = list(ancestors([*leaves, *graph.roots()]))
    register = {node: i for i, node in enumerate(order)}
    in_loop = {n for n in ancestors(graph.after.values()) if n.level is Level.STATE}
    stages: dict[str, list[Instruction]] = {"once": [], "ahead": [], "loop": [], "after": []}
    for node in order:
        if node.op in ("parameter", "input", "draw", "state"):
            continue
        stage = ("once", "ahead", "loop")[node.level] if node.level < Level.STATE or node in in_loop else "after"
        stages[stage].append(Instruction(node, tuple(register[a] for a in node.args), register[node]))
    loop_nodes = [i.node for i in stages["loop"]]
    consumed = [a for n in loop_nodes for a in n.args] + list(graph.after.values())
    reads = {n for n in consumed if n.level is Level.INPUT}
    late = [a for i in stages["after"] for a in i.node.args] + [graph.output]
    keeps = {n for n in late if n.level is Level.STATE and (n in in_loop or n.op == "state")}
    return Program(
        registers=len(order),
        parameters={name: register[n] for name, n in graph.parameters.items()},
        inputs={name: register[n] for name, n in graph.inputs.items()},
        draws={name: register[n] for name, n in graph.draws.items()},
        states=tuple(register[n] for n in graph.states.values()),
        next_states=tuple(register[n] for n in graph.after.values()),
        once=tuple(stages["once"]),
        ahead=tuple(stages["ahead"]),
        loop=tuple(stages["loop"]),
        after=tuple(stages["after"]),
        reads=tuple(sorted(register[n] for n in reads)),
        keeps=tuple(sorted(register[n] for n in keeps)),
        output=register[graph.output],
        names={name: register[n] for name, n in graph.names.items() if n in register and _made_in_step(n)},
    )


def _made_in_step(node: Node) -> bool:
    return node.level > Level.PARAMETERS and node.op not in ("input", "draw", "state")


Rewrite = Callable[[list[Node]], dict[Node, Node]]


def _rewrite(graph: Graph, find: Rewrite, build: Builder) -> Graph:
    """The graph with nodes replaced as `find` says, and all that stands on them made anew."""
    roots = list(graph.roots())
    replaced = find(roots)
    renewed: dict[Node, Node] = {}

    def renew(node: Node) -> Node:
        stack = [node]
        while stack:
            current = stack[-1]
            target = replaced.get(current, current)
            needed = [target] if target is not current else list(current.args)
            missing = [n for n in needed if n not in renewed]
            if missing:
                stack += missing
                continue
            stack.pop()
            renewed[current] = renewed[target] if target is not current else _made_of(current, renewed, build)
        return renewed[node]

    after = {name: renew(node) for name, node in graph.after.items()}
    return replace(graph, after=after, output=renew(graph.output), names={})


def _made_of(node: Node, renewed: Mapping[Node, Node], build: Builder) -> Node:
    args = tuple(renewed[a] for a in node.args)
    if node.op == "concat" and (whole := _rejoined(args, build)) is not None:
        return whole
    if args == node.args:
        return node
    return build.node(node.op, args, node.shape, node.kind, node.attribute)


def _rejoined(args: tuple[Node, ...], build: Builder) -> Node | None:
    """The vector whose consecutive slices stand side by side, or that stretch of it."""
    if any(a.op != "subscript" or a.rank != 1 or a.args[0].rank != 1 for a in args):
        return None
    base = args[0].args[0]
    bounds = [a.attribute[0][0] for a in args]
    joined = all(low[1] == high[0] for low, high in pairwise(bounds))
    if not joined or any(a.args[0] is not base for a in args):
        return None
    return _stretch(base, bounds[0][0], bounds[-1][1], build)


def _stretch(base: Node, low: Size, high: Size, build: Builder) -> Node:
    if low.value == 0 and high == base.shape[0]:
        return base
    return build.node("subscript", (base,), (high - low,), base.kind, (((low, high),), 1))


def _early_sums(roots: list[Node], build: Builder) -> dict[Node, Node]:
    """Sums whose terms are put in the order in which they can be known."""
    users = Counter(a for n in ancestors(roots) for a in n.args)
    inner = {
        a
        for n in ancestors(roots)
        if n.op == "add"
        for a in n.args
        if a.op == "add" and users[a] == 1 and a not in roots and a.shape == n.shape
    }
    found: dict[Node, Node] = {}
    for node in ancestors(roots):
        if node.op != "add" or node in inner or node.kind is not Kind.REAL:
            continue
        terms = _terms(node, inner)
        ordered = sorted(terms, key=lambda t: t.level)
        if len(terms) > 2 and ordered != terms:
            total = ordered[0]
            for term in ordered[1:]:
                shape = node.shape if node.shape in (total.shape, term.shape) else max(total.shape, term.shape, key=len)
                total = build.node("add", (total, term), shape)
            found[node] = total
        elif ordered != terms:
            found[node] = build.node("add", tuple(ordered), node.shape)
    return found


def _terms(node: Node, inner: set[Node]) -> list[Node]:
    terms: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current is node or current in inner:
            stack += reversed(current.args)
        else:
            terms.append(current)
    return terms


def _packed(roots: list[Node], level: Level, build: Builder) -> dict[Node, Node]:
    """Products of parameters with one vector of this level, as slices of a single product."""
    groups: dict[Node, list[Node]] = defaultdict(list)
    users: dict[Node, list[Node]] = defaultdict(list)
    for node in ancestors(roots):
        for arg in node.args:
            users[arg].append(node)
        if node.op == "matmul" and node.level is level and node.rank == 1:
            matrix, vector = node.args
            if matrix.level is Level.PARAMETERS:
                groups[vector].append(node)
    found: dict[Node, Node] = {}
    for vector, products in groups.items():
        sums = [_sum_with_earlier(p, users[p], roots) for p in products]
        matrix = _side_by_side([p.args[0] for p in products], build)
        if all(s is not None for s in sums):
            addends = [s.args[0] for s in sums if s is not None]
            shape = (matrix.shape[0],)
            whole = build.node("affine", (_side_by_side(addends, build), matrix, vector), shape)
            parts: Iterable[Node] = [s for s in sums if s is not None]
        elif len(products) > 1:
            whole = build.node("matmul", (matrix, vector), (matrix.shape[0],))
            parts = products
        else:
            continue
        low = Size.of(0)
        for part in parts:
            high = low + part.shape[0]
            found[part] = _stretch(whole, low, high, build)
            low = high
    return found


def _sum_with_earlier(product: Node, users: list[Node], roots: list[Node]) -> Node | None:
    """The sum of the product and a vector that is known before it, if that is all the product is used for."""
    if len(users) != 1 or product in roots or users[0].op != "add":
        return None
    first, second = users[0].args
    if second is product and first.level < product.level and first.shape == product.shape:
        return users[0]
    return None


def _side_by_side(nodes: list[Node], build: Builder) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    length = Size.of(0)
    for node in nodes:
        length += node.shape[0]
    return build.node("concat", tuple(nodes), (length, *nodes[0].shape[1:]), Kind.REAL, -nodes[0].rank)
