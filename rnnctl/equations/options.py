"""The options of a layer: which it has, and whether the values given fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rnnctl.equations.constants import names_in
from rnnctl.equations.definition import Definition, OptionDefinition
from rnnctl.equations.functions import ACTIVATIONS
from rnnctl.equations.syntax import Assign, EquationError, Expression, Repeat, Span
from rnnctl.errors import nearest

OptionValue = int | float | str
_SIZE = OptionDefinition("integer", None, Span(("options", "size"), 0, 0, 0), at_least=1)


class OptionError(Exception):
    """An option of a layer that does not fit; `option` is None where no single one is to blame."""

    def __init__(self, option: str | None, message: str, help: str | None = None, *, missing: bool = False) -> None:  # noqa: A002
        super().__init__(message)
        self.option = option
        self.message = message
        self.help = help
        self.missing = missing


def options_of(definition: Definition) -> dict[str, OptionDefinition]:
    """The options of a layer; `size` is one wherever a definition uses it."""
    options = dict(definition.options)
    if "size" not in options and _uses_size(definition):
        options = {"size": _SIZE, **options}
    return options


def _uses_size(definition: Definition) -> bool:
    return any(name.text == "size" for tree in _expressions(definition) for name in names_in(tree))


def _expressions(definition: Definition) -> Iterator[Expression]:
    """Every expression of a definition."""
    for wanted in definition.inputs.values():
        yield from (*wanted.shape, *([wanted.symbols] if wanted.symbols else []))
    for parameter in definition.parameters.values():
        yield from (*parameter.shape, *parameter.init.arguments)
    for state in definition.states.values():
        yield from (*state.shape, state.initial)
    for draw in definition.draws.values():
        yield from (*draw.shape, draw.probability)
    for condition in definition.require:
        yield from (condition.left, condition.right)
    for function in definition.functions.values():
        if "size" not in function.parameters:
            yield function.body
    for statement in (*definition.derived, *definition.equations):
        if isinstance(statement, Repeat):
            yield from (statement.start, *(inner.value for inner in statement.body))
        elif isinstance(statement, Assign):
            yield statement.value
    yield definition.output


def complete_options(definition: Definition, given: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """Given options checked, the others at their defaults. Errors: OptionError."""
    known = options_of(definition)
    complete: dict[str, OptionValue] = {}
    for name in given:
        if name not in known:
            guess = nearest(name, known)
            listing = ", ".join(known) or "none"
            raise OptionError(
                name,
                f"unknown option '{name}' of {definition.name}",
                f"did you mean '{guess}'? options: {listing}" if guess else f"options: {listing}",
            )
    for name, option in known.items():
        value = given.get(name, option.default)
        if value is None:
            raise OptionError(name, f"{definition.name} needs '{name}'", missing=True)
        complaint = option.complaint(value)
        if complaint:
            raise OptionError(name, f"{name} of {definition.name}: {complaint}, not {value!r}")
        if option.kind == "function" and value not in ACTIVATIONS:
            guess = nearest(str(value), ACTIVATIONS)
            listing = f"functions: {', '.join(ACTIVATIONS)}"
            help_text = f"did you mean '{guess}'? {listing}" if guess else listing
            raise OptionError(name, f"unknown function '{value}'", help_text)
        complete[name] = float(value) if option.kind == "real" else value
    return complete


def check_default(name: str, option: OptionDefinition) -> Iterable[EquationError]:
    """What is wrong with the default of an option, if anything."""
    if option.default is None:
        return
    if option.kind == "function":
        if option.default not in ACTIVATIONS:
            yield EquationError(
                f"unknown function '{option.default}'", option.span, f"functions: {', '.join(ACTIVATIONS)}"
            )
    elif complaint := option.complaint(option.default):
        what = f"the default of '{name}' {complaint.replace('expected', 'must be', 1)}, not {option.default:.15g}"
        yield EquationError(what, Span((*option.span.section, option.kind), 1, 1, len(str(option.default))))
