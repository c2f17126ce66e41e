"""Definition, inputs and options -> layer, with every size a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from rnnctl.equations.assemble import assemble, checker_for
from rnnctl.equations.check import Checker
from rnnctl.equations.constants import constant, names_in
from rnnctl.equations.definition import Definition, ParameterDefinition
from rnnctl.equations.graph import Kind, Node
from rnnctl.equations.layer import Draw, Layer, Parameter, Signal, State
from rnnctl.equations.options import OptionError, OptionValue, complete_options, options_of
from rnnctl.equations.parse import LARGEST
from rnnctl.equations.sizes import Size
from rnnctl.equations.syntax import Call, EquationError, Expression, Name


def bind(definition: Definition, inputs: Mapping[str, Signal], options: Mapping[str, OptionValue]) -> Layer:
    """The layer that a definition becomes with these inputs and options.

    Errors: OptionError for an option or input that does not fit; EquationError where the equations do not
    allow these sizes (a definition that passed `check` fails here only over what divides what).
    """
    known = options_of(definition)
    complete = complete_options(definition, options)
    sizes = {name: Size.of(int(complete[name])) for name, o in known.items() if o.kind == "integer"}
    sizes |= _input_sizes(definition, inputs, sizes)
    checker = checker_for(definition, known, sizes, complete)
    _require(definition, checker, complete)
    errors: list[EquationError] = []
    graph = assemble(definition, checker, errors)
    for error in (*errors, *checker.errors):
        raise error
    assert graph is not None
    environment: dict[str, float] = {name: float(size.value or 0) for name, size in sizes.items()}
    environment |= {n: float(v) for n, v in complete.items() if not isinstance(v, str)}

    def shape(leaf: Node) -> tuple[int, ...]:
        found = leaf.sizes
        if found and min(found) < 1:
            raise OptionError(None, f"a shape of {definition.name} would be {list(found)}: sizes are at least 1")
        return found

    for p in definition.parameters.values():
        _check_initializer(p, environment)
    for name, s in definition.states.items():
        start = constant(s.initial, environment)
        if s.kind is Kind.INTEGER and not start.is_integer():
            raise EquationError(f"'{name}' holds whole numbers, and would begin with another", s.span)
        if abs(start) > (2**53 if s.kind is Kind.INTEGER else LARGEST):
            raise EquationError(f"'{name}' would begin with {start:g}, which is too large", s.span)
    draws = []
    for name, draw in definition.draws.items():
        probability = constant(draw.probability, environment)
        if not 0 <= probability <= 1:
            raise OptionError(None, f"the probability of {name} would be {probability:g}", "it lies between 0 and 1")
        draws.append(Draw(name, shape(graph.draws[name]), probability, draw.per))
    output = graph.output
    return Layer(
        definition,
        complete,
        dict(inputs),
        Signal(output.sizes, None),
        tuple(
            Parameter(
                n, shape(graph.parameters[n]), p.init.method, tuple(constant(a, environment) for a in p.init.arguments)
            )
            for n, p in definition.parameters.items()
        ),
        tuple(
            State(n, shape(graph.states[n]), s.kind, constant(s.initial, environment), s.learn)
            for n, s in definition.states.items()
        ),
        tuple(draws),
        graph,
    )


def _input_sizes(definition: Definition, inputs: Mapping[str, Signal], sizes: Mapping[str, Size]) -> dict[str, Size]:
    """The values of the symbols that stand in the inputs' shapes."""
    found: dict[str, Size] = {}
    for name, wanted in definition.inputs.items():
        signal = inputs[name]
        if (wanted.symbols is None) != (signal.symbols is None):
            takes = "numbers" if wanted.symbols is None else "symbols"
            help_text = "put an embedding or one_hot before it" if wanted.symbols is None else "leave it out"
            gets = f"{signal}{'' if signal.symbols else ' numbers' if signal.shape != (1,) else ' number'}"
            raise OptionError(None, f"{definition.name} takes {takes}, and gets {gets}", help_text)
        trees = wanted.shape if wanted.symbols is None else (wanted.symbols,)
        numbers = signal.shape if signal.symbols is None else (signal.symbols,)
        if len(trees) != len(numbers):
            raise OptionError(None, f"{definition.name} takes {len(trees)} axes, and gets {signal}")
        for tree, number in zip(trees, numbers, strict=True):
            if isinstance(tree, Name) and tree.text not in sizes:
                size = found.setdefault(tree.text, Size.of(number))
            else:
                size = Checker({**sizes, **found}).size(tree)
            if size.value != number:
                raise OptionError(None, f"{definition.name} takes {size} numbers, and gets {number}")
    return found


def _require(definition: Definition, checker: Checker, values: Mapping[str, OptionValue]) -> None:
    """Hold the requirements against numbers. Errors: OptionError."""
    environment = {n: float(s.value or 0) for n, s in checker.sizes.items()}
    environment |= {n: float(v) for n, v in values.items() if not isinstance(v, str)}
    for condition in definition.require:
        left, right = (_modulo(t, environment) for t in (condition.left, condition.right))
        holds = {"==": left == right, "<=": left <= right, ">=": left >= right, "<": left < right, ">": left > right}
        if not holds[condition.relation]:
            names = dict.fromkeys(n.text for side in (condition.left, condition.right) for n in names_in(side))
            known = " and ".join(f"{name} is {environment[name]:g}" for name in names if name in environment)
            message = f"{definition.name} requires {condition.text}: here {left:g} and {right:g}"
            raise OptionError(None, message, f"here {known}" if known else None)


def _modulo(tree: Expression, environment: Mapping[str, float]) -> float:
    if isinstance(tree, Call) and tree.function == "mod" and len(tree.arguments) == 2:
        left, right = (constant(a, environment) for a in tree.arguments)
        return left % right if right else math.nan
    return constant(tree, environment)


def _check_initializer(parameter: ParameterDefinition, environment: Mapping[str, float]) -> None:
    """Hold the numbers of an initialiser against its method. Errors: EquationError."""
    method, numbers = parameter.init.method, [constant(a, environment) for a in parameter.init.arguments]
    if method == "uniform" and numbers[0] > numbers[1]:
        raise EquationError(
            f"uniform takes the smaller number first, not {numbers[0]:g} and {numbers[1]:g}", parameter.span
        )
    if method == "normal" and numbers[0] < 0:
        raise EquationError(f"normal takes a deviation of at least 0, not {numbers[0]:g}", parameter.span)


def with_initializers(layer: Layer, overrides: Mapping[str, tuple[str, tuple[float, ...]]]) -> Layer:
    """The layer with other first values for the parameters named."""
    parameters = tuple(
        p._replace(method=overrides[p.name][0], arguments=overrides[p.name][1]) if p.name in overrides else p
        for p in layer.parameters
    )
    return replace(layer, parameters=parameters)


def with_period(layer: Layer, per: Literal["step", "window", "sequence"]) -> Layer:
    """The layer with all its random draws made once for each step, window or sequence."""
    return replace(layer, draws=tuple(d._replace(per=per) for d in layer.draws))
