"""Plain values, as a YAML file holds them -> a definition. Every mistake is found, each with its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from rnnctl.equations.definition import (
    RESERVED_PREFIX,
    Definition,
    Dimensions,
    DrawDefinition,
    Initializer,
    InputDefinition,
    OptionDefinition,
    ParameterDefinition,
    Requirement,
    StateDefinition,
)
from rnnctl.equations.graph import Kind
from rnnctl.equations.parse import parse_expression, parse_statements
from rnnctl.equations.syntax import Binary, EquationError, Expression, Function, Number, Span, Statement
from rnnctl.errors import SettingPath, nearest

INITIALIZERS = {
    "constant": 1,
    "glorot_normal": 0,
    "glorot_uniform": 0,
    "identity": 0,
    "normal": 1,
    "ones": 0,
    "orthogonal": 0,
    "uniform": 2,
    "zeros": 0,
}
"""The methods that make a parameter's first values, with the number of arguments each takes."""

SECTIONS = (
    "summary",
    "source",
    "inputs",
    "options",
    "require",
    "state",
    "parameters",
    "draws",
    "derived",
    "functions",
    "equations",
    "output",
)
_LIMITS = ("at_least", "at_most", "above", "below")
_TEXTS = ("derived", "functions", "equations")
_MAX_NAME = 40


def key_span(section: SettingPath) -> Span:
    """The place of a key: line 0 says that the caret stands under the key itself."""
    return Span(section, 0, 0, 0)


def value_span(section: SettingPath, value: object) -> Span:
    """The place of a whole value."""
    return Span(section, 1, 1, len(str(value).split("\n", 1)[0]))


class Reader:
    """Reads one definition; mistakes gather in `errors`, and what they touch is left out."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.errors: list[EquationError] = []

    def wrong(self, section: SettingPath, message: str, help: str | None = None, value: object = None) -> None:  # noqa: A002
        """Note a mistake under a key, or under its value where one is given."""
        span = key_span(section) if value is None else value_span(section, value)
        self.errors.append(EquationError(message, span, help))

    def definition(self, value: object) -> Definition | None:
        """The definition, or None where a mistake leaves none that could be checked further."""
        sections = self.mapping(value, (), SECTIONS)
        if sections is None:
            return None
        if "output" not in sections and "output" not in (nearest(key, SECTIONS) for key in sections):
            self.wrong((), f"'{self.name}' has no output", "write `output: h'`, or another expression")
        summary, source = (self.text(sections.get(key, ""), (key,)) or "" for key in ("summary", "source"))
        functions = self.functions(sections)
        output = self.expression(sections.get("output", 0), ("output",))
        read = Definition(
            name=self.name,
            summary=summary,
            source=source,
            inputs=self.inputs(sections.get("inputs", {"x": "input"})),
            options=self.options(sections.get("options", {})),
            require=self.requirements(sections.get("require", [])),
            states=self.states(sections.get("state", {})),
            parameters=self.parameters(sections.get("parameters", {})),
            draws=self.draws(sections.get("draws", {})),
            derived=self.statements(sections, "derived"),
            functions=functions,
            equations=self.statements(sections, "equations"),
            output=output,
            output_span=value_span(("output",), sections.get("output", "")),
            as_written=sections,
        )
        return read if all(_is_aside(error) for error in self.errors) else None

    # pieces

    def mapping(self, value: object, section: SettingPath, known: tuple[str, ...]) -> dict[str, Any] | None:
        """A mapping with none but known keys (any, where none are given)."""
        if not isinstance(value, Mapping):
            what = f"`{section[-1]}`" if section else f"the definition of '{self.name}'"
            self.wrong(section, f"{what} must be a mapping, not {_kind_of(value)}")
            return None
        for key in value:
            if known and key not in known:
                guess = nearest(key, known)
                listing = f"known here: {', '.join(known)}"
                help_text = f"did you mean '{guess}'? {listing}" if guess else listing
                self.wrong((*section, key), f"unknown key '{key}'", help_text)
        return dict(value)

    def fields(self, value: object, section: SettingPath, known: tuple[str, ...]) -> dict[str, Any] | None:
        """A mapping of known keys, or None where it is none, or has others: what it lacks follows from that."""
        before = len(self.errors)
        found = self.mapping(value, section, known)
        return found if len(self.errors) == before else None

    def named(self, value: object, section: str) -> dict[str, Any]:
        """A mapping whose keys are names of the language."""
        items = self.mapping(value, (section,), ()) or {}
        for key in items:
            self.check_name(key, (section, key))
        return items

    def grouped(self, value: object, section: str) -> Iterator[tuple[str, tuple[str, ...], Any]]:
        """The keys of such a mapping, each with the names and the value it holds: `a, b: …` stands for both."""
        found: set[str] = set()
        for key, item in (self.mapping(value, (section,), ()) or {}).items():
            names = tuple(name.strip() for name in key.split(","))
            for name in names:
                self.check_name(name, (section, key))
                if name in found:
                    self.wrong((section, key), f"'{name}' is there twice")
                found.add(name)
            yield key, names, item

    def check_name(self, name: str, section: SettingPath) -> None:
        if not name.isidentifier() or name.startswith("_") or len(name) > _MAX_NAME:
            self.wrong(section, f"'{name}' is no name", "a name has letters, digits and _, and begins with a letter")
        elif name.startswith(RESERVED_PREFIX):
            self.wrong(section, f"names that begin with '{RESERVED_PREFIX}' belong to learned initial states")
        elif name in ("and", "or", "not", "repeat", "over", "input", "init", "initial_state", "training"):
            self.wrong(section, f"'{name}' is a word of the language")

    def text(self, value: object, section: SettingPath) -> str | None:
        if isinstance(value, str):
            return value
        key = section[-1]
        help_text = f"write `{key}: |`, and one equation on each line below it" if key in _TEXTS else None
        self.wrong(section, f"`{key}` must be text, not {_kind_of(value)}", help_text, value)
        return None

    def statements(
        self, sections: Mapping[str, Any], key: str, only: type[Statement] | None = None
    ) -> tuple[Statement, ...]:
        text = self.text(sections.get(key, ""), (key,))
        try:
            found = parse_statements(text or "", (key,))
        except EquationError as error:
            self.errors.append(error)
            return ()
        if only is not None:
            for statement in found:
                if not isinstance(statement, only):
                    self.wrong((key,), f"`{key}` holds none but functions", "write name(a, b) = …")
                    break
        return found

    def functions(self, sections: Mapping[str, Any]) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for statement in self.statements(sections, "functions", Function):
            if isinstance(statement, Function):
                if statement.name in found:
                    self.errors.append(EquationError(f"function '{statement.name}' is there twice", statement.span))
                found[statement.name] = statement
        return found

    def expression(self, value: object, section: SettingPath) -> Expression:
        span = value_span(section, value)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.wrong(section, f"expected a number or an expression, not {_kind_of(value)}", value=value)
        elif isinstance(value, str):
            try:
                return parse_expression(value, section)
            except EquationError as error:
                self.errors.append(error)
        else:
            return Number(value, span)
        return Number(0, span)

    def shape(self, value: object, section: SettingPath) -> Dimensions:
        if isinstance(value, str | int) and not isinstance(value, bool):
            return (self.expression(value, section),)
        if isinstance(value, list):
            return tuple(self.expression(item, (*section, i)) for i, item in enumerate(value))
        self.wrong(section, f"a shape is a list of sizes, not {_kind_of(value)}", "write [size, input]")
        return ()

    def choice(self, value: object, section: SettingPath, among: tuple[str, ...], *, on_key: bool = False) -> str:
        if value in among:
            return str(value)
        guess = nearest(str(value), among)
        help_text = f"did you mean '{guess}'?" if guess else f"one of {', '.join(among)}"
        self.wrong(section, f"'{value}' is none of {', '.join(among)}", help_text, None if on_key else value)
        return among[0]

    # sections

    def inputs(self, value: object) -> dict[str, InputDefinition]:
        found: dict[str, InputDefinition] = {}
        for name, item in self.named(value, "inputs").items():
            section: SettingPath = ("inputs", name)
            dimensions = item
            if isinstance(item, Mapping):
                fields = self.fields(item, section, ("shape", "symbols"))
                if fields is None:
                    continue
                if set(fields) not in ({"shape"}, {"symbols"}):
                    self.wrong(section, "an input has a shape, or symbols", "write {symbols: input}")
                    continue
                if "symbols" in fields:
                    symbols = self.expression(fields["symbols"], (*section, "symbols"))
                    found[name] = InputDefinition((), symbols, key_span(section))
                    continue
                dimensions, section = fields["shape"], (*section, "shape")
            found[name] = InputDefinition(self.shape(dimensions, section), None, key_span(("inputs", name)))
        if not found and not self.errors:
            self.wrong(("inputs",), "a layer has at least one input")
        return found

    def options(self, value: object) -> dict[str, OptionDefinition]:
        found: dict[str, OptionDefinition] = {}
        kinds = ("integer", "real", "function")
        for name, item in self.named(value, "options").items():
            section = ("options", name)
            if isinstance(item, str):
                kind = self.choice(item, section, kinds)
                found[name] = OptionDefinition(cast(Any, kind), None, key_span(section))
                continue
            fields = self.fields(item, section, (*kinds, *_LIMITS, "summary"))
            if fields is None:
                continue
            given = [k for k in kinds if k in fields]
            if len(given) != 1:
                self.wrong(section, "an option is an integer, a real or a function", "write {real: 0.5}")
                continue
            kind, default = given[0], fields[given[0]]
            if kind == "real" and isinstance(default, int) and not isinstance(default, bool):
                default = float(default)
            option = OptionDefinition(cast(Any, kind), default, value_span((*section, kind), default))
            complaint = option.complaint(default) if default is not None else None
            limits = {k: fields[k] for k in _LIMITS if k in fields}
            if complaint:
                self.wrong((*section, kind), complaint, value=default)
            elif wrong := next((k for k, limit in limits.items() if not _is_limit(limit)), None):
                limit, place = limits[wrong], (*section, wrong)
                self.wrong(place, f"a limit is a number, not {_kind_of(limit)}", value=limit)
            elif not isinstance(fields.get("summary", ""), str):
                self.wrong((*section, "summary"), f"`summary` must be text, not {_kind_of(fields['summary'])}")
            else:
                found[name] = OptionDefinition(
                    option.kind, default, key_span(section), summary=fields.get("summary"), **limits
                )
        return found

    def requirements(self, value: object) -> tuple[Requirement, ...]:
        texts = value if isinstance(value, list) else [value]
        found: list[Requirement] = []
        for i, text in enumerate(texts):
            section: SettingPath = ("require", i) if isinstance(value, list) else ("require",)
            before = len(self.errors)
            tree = self.expression(text, section)
            if len(self.errors) > before:
                continue
            if isinstance(tree, Binary) and tree.operator in ("==", "<=", ">=", "<", ">"):
                found.append(Requirement(tree.left, tree.operator, tree.right, str(text), tree.span))
            else:
                self.wrong(section, "a requirement compares sizes or options", "write input == size", text)
        return tuple(found)

    def states(self, value: object) -> dict[str, StateDefinition]:
        found: dict[str, StateDefinition] = {}
        for key, names, item in self.grouped(value, "state"):
            section = ("state", key)
            if {"carry", "states"} & set(names):
                self.wrong(section, "a state cannot be called carry or states", "name it as the paper does: h, c, s")
            if item is None:
                self.wrong(section, f"state '{key}' has no shape", "in braces each needs one: {h: size, c: size}")
                continue
            if isinstance(item, Mapping):
                known = self.fields(item, section, ("shape", "kind", "initial", "learn"))
                if known is None:
                    continue
                fields, dimensions = known, self.shape(known.get("shape"), (*section, "shape"))
            else:
                fields, dimensions = {}, self.shape(item, section)
            kind = Kind(self.choice(fields.get("kind", "real"), (*section, "kind"), ("real", "integer")))
            learn = fields.get("learn", kind is Kind.REAL)
            if not isinstance(learn, bool) or (learn and kind is not Kind.REAL):
                self.wrong((*section, "learn"), "`learn` is true or false, and true only for a real state")
            initial = self.expression(fields.get("initial", 0), (*section, "initial"))
            for name in names:
                found[name] = StateDefinition(dimensions, kind, initial, learn is True, key_span(section))
        return found

    def parameters(self, value: object) -> dict[str, ParameterDefinition]:
        found: dict[str, ParameterDefinition] = {}
        for key, names, item in self.grouped(value, "parameters"):
            section = ("parameters", key)
            fields = self.fields(item, section, ("shape", "init"))
            if fields is None:
                continue
            if set(fields) != {"shape", "init"}:
                self.wrong(section, "a parameter has a shape and an init", "{shape: [size], init: zeros}")
                continue
            before, dimensions = len(self.errors), self.shape(fields["shape"], (*section, "shape"))
            rank = len(dimensions) if len(self.errors) == before else 2
            init = self.initializer(fields["init"], (*section, "init"), rank)
            for name in names:
                found[name] = ParameterDefinition(dimensions, init, key_span(section))
        return found

    def initializer(self, value: object, section: SettingPath, rank: int) -> Initializer:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Initializer("constant", (self.expression(value, section),))
        method: Any = value
        argument: Any = []
        inside = section
        if isinstance(value, Mapping) and len(value) == 1:
            [(method, argument)] = value.items()
            inside = (*section, method)
        if not isinstance(method, str) or method not in INITIALIZERS:
            if isinstance(method, str):
                self.choice(method, inside, tuple(INITIALIZERS), on_key=inside != section)
            else:
                self.wrong(section, f"an initializer is a name or a number, not {_kind_of(value)}", value=value)
            return Initializer("zeros")
        arguments = argument if isinstance(argument, list) else [argument]
        wanted = INITIALIZERS[method]
        if len(arguments) != wanted:
            count = "no number" if wanted == 0 else "one number" if wanted == 1 else f"{wanted} numbers"
            example = {0: method, 1: f"{{{method}: 0.1}}", 2: f"{{{method}: [-0.1, 0.1]}}"}[wanted]
            self.wrong(inside, f"{method} takes {count}", f"for example {example}", argument)
            return Initializer("zeros")
        if rank < 2 and method in ("glorot_normal", "glorot_uniform", "identity", "orthogonal"):
            self.wrong(section, f"{method} is for matrices", "write zeros, ones, or {uniform: [-0.1, 0.1]}", value)
        places = [(*inside, i) if isinstance(argument, list) else inside for i in range(len(arguments))]
        return Initializer(method, tuple(self.expression(a, p) for a, p in zip(arguments, places, strict=True)))

    def draws(self, value: object) -> dict[str, DrawDefinition]:
        found: dict[str, DrawDefinition] = {}
        for key, names, item in self.grouped(value, "draws"):
            section = ("draws", key)
            fields = self.fields(item, section, ("bernoulli", "shape", "per"))
            if fields is None:
                continue
            if not {"bernoulli", "shape"} <= set(fields):
                self.wrong(section, "a draw has a probability and a shape", "{bernoulli: keep, shape: [size]}")
                continue
            per = self.choice(fields.get("per", "step"), (*section, "per"), ("step", "window", "sequence"))
            probability = self.expression(fields["bernoulli"], (*section, "bernoulli"))
            shape, span = self.shape(fields["shape"], (*section, "shape")), key_span(section)
            found |= dict.fromkeys(names, DrawDefinition(probability, shape, cast(Any, per), span))
        return found


def _is_aside(error: EquationError) -> bool:
    """Whether a mistake leaves sizes and equations to be checked: one in words or in first values."""
    section = error.span.section
    return section[:1] in (("summary",), ("source",)) or (section[:1] == ("parameters",) and "init" in section)


def _is_limit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)
