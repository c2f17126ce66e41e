"""Definition -> graph: leaves, derived values, equations and output in one pass, for symbols and for numbers."""

from __future__ import annotations

from collections.abc import Mapping

from rnnctl.equations.check import Checker, Poisoned
from rnnctl.equations.definition import Definition, Dimensions, OptionDefinition
from rnnctl.equations.graph import Graph, Kind, Level, Node
from rnnctl.equations.operations import shapes_differ
from rnnctl.equations.options import OptionValue
from rnnctl.equations.sizes import Size, shape_text
from rnnctl.equations.syntax import Assign, EquationError, Span


def assemble(definition: Definition, checker: Checker, errors: list[EquationError]) -> Graph | None:
    """Leaves, derived values, equations, output; None where a mistake leaves no graph."""
    leaves = _leaves(definition, checker, errors)
    states = frozenset(definition.states)
    equations_only = dict(checker.values)
    checker.values = {n: v for n, v in checker.values.items() if n in definition.parameters}
    checker.hidden = frozenset(equations_only) - frozenset(definition.parameters)
    checker.run(definition.derived, frozenset())
    checker.values = {**equations_only, **checker.values}
    checker.hidden = frozenset()
    checker.run(definition.equations, states)
    unprimed = {t.name for s in definition.equations if isinstance(s, Assign) for t in s.targets}
    for name in definition.states:
        if name + "'" not in checker.values and name not in unprimed:
            errors.append(
                EquationError(f"state '{name}' has no equation", definition.states[name].span, f"write {name}' = …")
            )
        checker.values.setdefault(name + "'", None)
    output: Node | None = None
    try:
        output = checker.value(definition.output)
        if output.level is Level.PARAMETERS:
            errors.append(
                EquationError("the output depends neither on an input nor on a state", definition.output_span)
            )
        output = checker.build.real(output)
    except EquationError as error:
        errors.append(error)
    except Poisoned:
        pass
    after = _after(definition, checker, errors)
    if output is None or after is None:
        return None
    named = {n: v for n, v in checker.values.items() if v is not None}
    return Graph(leaves["input"], leaves["state"], leaves["parameter"], leaves["draw"], named, after, output)


def _after(definition: Definition, checker: Checker, errors: list[EquationError]) -> dict[str, Node] | None:
    """The value of each state after the step, of the state's own shape and kind."""
    after: dict[str, Node] = {}
    for name, state in definition.states.items():
        before, node = checker.values.get(name), checker.values.get(name + "'")
        if before is None or node is None:
            return None
        if before.kind is Kind.REAL:
            node = checker.build.real(node) if node.kind is Kind.INTEGER else node
        if node.kind is not before.kind or shapes_differ(node.shape, before.shape):
            message = f"{name}' is {_describe(node)}, but the state {name} is {_describe(before)}"
            errors.append(EquationError(message, state.span))
            return None
        if node.level is Level.PARAMETERS:
            node = checker.build.node("each_row", (node, before), before.shape, before.kind)
        after[name] = node
    return after


def _describe(node: Node) -> str:
    return f"{shape_text(node.shape)}, {node.kind.value}"


def _leaves(definition: Definition, checker: Checker, errors: list[EquationError]) -> dict[str, dict[str, Node]]:
    build = checker.build
    leaves: dict[str, dict[str, Node]] = {"input": {}, "state": {}, "parameter": {}, "draw": {}}

    def leaf(role: str, name: str, dimensions: Dimensions, kind: Kind, level: Level, span: Span) -> None:
        try:
            shape = tuple(checker.size(d) for d in dimensions)
        except EquationError as error:
            errors.append(error)
            checker.values[name] = None
            return
        if name in checker.values or checker.meaning(name) is not None:
            already = checker.meaning(name) or "another name of this definition"
            errors.append(EquationError(f"'{name}' already is {already}", span))
            return
        checker.values[name] = leaves[role][name] = build.node(role, (), shape, kind, name, level)

    for name, wanted in definition.inputs.items():
        kind = Kind.REAL if wanted.symbols is None else Kind.INTEGER
        leaf("input", name, wanted.shape, kind, Level.INPUT, wanted.span)
    for name, parameter in definition.parameters.items():
        leaf("parameter", name, parameter.shape, Kind.REAL, Level.PARAMETERS, parameter.span)
    for name, state in definition.states.items():
        leaf("state", name, state.shape, state.kind, Level.STATE, state.span)
    for name, draw in definition.draws.items():
        leaf("draw", name, draw.shape, Kind.REAL, Level.INPUT, draw.span)
    return leaves


def checker_for(
    definition: Definition,
    options: Mapping[str, OptionDefinition],
    sizes: Mapping[str, Size],
    values: Mapping[str, OptionValue],
) -> Checker:
    """A checker that knows these sizes, the values of the options, and the definition's functions."""
    return Checker(
        sizes,
        {name: float(values[name]) for name, o in options.items() if o.kind == "real"},
        {name: str(values[name]) for name, o in options.items() if o.kind == "function"},
        definition.functions,
    )
