"""Every mistake that a definition has whatever its sizes will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rnnctl.equations.assemble import assemble, checker_for
from rnnctl.equations.check import Checker
from rnnctl.equations.constants import constant, names_in
from rnnctl.equations.definition import Definition
from rnnctl.equations.functions import ACTIVATIONS, PRIMITIVES, library
from rnnctl.equations.options import OptionValue, check_default, options_of
from rnnctl.equations.sizes import Size
from rnnctl.equations.syntax import Assign, Call, EquationError, Name, Repeat


def verify(definition: Definition) -> tuple[EquationError, ...]:
    """Every mistake that a definition has whatever its sizes will be."""
    options = options_of(definition)
    errors: list[EquationError] = []
    symbols = {name: Size.of(name) for name, o in options.items() if o.kind == "integer"}
    for name in _input_symbols(definition):
        symbols.setdefault(name, Size.of(name))
    symbols |= _equalities(definition, symbols)
    errors += _shadowing(definition)
    for name, option in options.items():
        errors += check_default(name, option)
    values: dict[str, OptionValue] = {
        name: 1 if option.default is None else option.default
        for name, option in options.items()
        if option.kind != "function"
    }
    for name, option in options.items():
        if option.kind == "function":
            values[name] = option.default if option.default in ACTIVATIONS else "tanh"
    checker = checker_for(definition, options, symbols, values)
    assemble(definition, checker, errors)
    used = _numbers_used(definition, checker, errors)
    errors += checker.errors
    if not errors:
        errors += _unused(definition, checker, used)
    unique: dict[object, EquationError] = {}
    for error in errors:  # an unknown name is told of once, wherever else it stands
        unique.setdefault(error.message if error.message.startswith("unknown ") else (error.span, error.message), error)
    return tuple(unique.values())


def _shadowing(definition: Definition) -> Iterable[EquationError]:
    """Options and functions that take the name of a function there is already."""
    known = {*PRIMITIVES, *library()}
    for name, option in definition.options.items():
        if name in known or name in definition.functions:
            yield EquationError(f"'{name}' already is a function", option.span)
    for name, function in definition.functions.items():
        if name in known:
            yield EquationError(f"'{name}' already is a function of the language", function.span)
        used = {n.text for n in names_in(function.body)}
        for parameter in function.parameters:
            if parameter not in used:
                yield EquationError(f"parameter '{parameter}' of {name} is never used", function.span)


def _equalities(definition: Definition, symbols: Mapping[str, Size]) -> dict[str, Size]:
    """Symbols that a requirement `a == b` says to be another's equal."""
    found: dict[str, Size] = {}
    for condition in definition.require:
        if condition.relation == "==" and isinstance(condition.left, Name) and condition.left.text in symbols:
            checker = Checker({**symbols, **found})
            try:
                equal = {condition.left.text: checker.size(condition.right)}
                found = {name: size.bind(equal) for name, size in found.items()} | equal
            except (EquationError, ZeroDivisionError):  # told where it is used
                continue
    return found


def _numbers_used(definition: Definition, checker: Checker, errors: list[EquationError]) -> set[str]:
    """Check the expressions that must be numbers, and tell which names they use."""
    names = {*checker.sizes, *checker.constants}
    trees = [a for p in definition.parameters.values() for a in p.init.arguments]
    trees += [s.initial for s in definition.states.values()]
    trees += [d.probability for d in definition.draws.values()]
    for condition in definition.require:
        for side in (condition.left, condition.right):
            is_remainder = isinstance(side, Call) and side.function == "mod" and len(side.arguments) == 2
            trees += side.arguments if is_remainder and isinstance(side, Call) else [side]
    used: set[str] = set()
    for tree in trees:
        try:
            constant(tree, dict.fromkeys(names, 1.0))
        except EquationError as error:
            if "no finite value" not in error.message:
                errors.append(error)
        used |= {n.text for n in names_in(tree)}
    return used


def _unused(definition: Definition, checker: Checker, used: set[str]) -> Iterable[EquationError]:
    used = used | checker.used
    for part, word in (
        (definition.inputs, "input"),
        (definition.options, "option"),
        (definition.parameters, "parameter"),
        (definition.draws, "draw"),
    ):
        for name, item in part.items():
            if name not in used:
                yield EquationError(f"{word} '{name}' is never used", item.span)
    for name, function in definition.functions.items():
        if f"{name}()" not in used:
            yield EquationError(f"function '{name}' is never used", function.span)
    for statement in (*definition.derived, *definition.equations):
        for target in statement.targets if isinstance(statement, Assign) else ():
            if not target.primed and target.text not in used:
                yield EquationError(f"'{target.text}' is never used", target.span, "delete the line, or use it")
        if isinstance(statement, Repeat) and statement.state.name + "'" not in used:
            yield EquationError(f"'{statement.state.name}'' is never used", statement.state.span, "use what it gives")


def _input_symbols(definition: Definition) -> set[str]:
    """The names in the inputs' shapes: what a layer learns from the one before it."""
    trees = [t for i in definition.inputs.values() for t in (*i.shape, *([i.symbols] if i.symbols else []))]
    return {name.text for tree in trees for name in names_in(tree)}
