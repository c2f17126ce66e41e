"""What is known of one key of a config, and of what its value may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from rnnctl.catalogue.reader import INITIALIZERS

Type: TypeAlias = Literal["layer", "layers", "integer", "number", "boolean", "string", "array", "object", "null"]
"""Those of JSON Schema, an item of a chain, and one item or a list of them."""


class Form(NamedTuple):
    """What a value may be: of one of these types, or one of these texts.

    `limits` are words of JSON Schema, each of which concerns one type alone; `items` is what a list holds,
    and `pattern` what a text must be in whole.
    """

    types: tuple[Type, ...] = ()
    choices: tuple[str, ...] = ()
    limits: Mapping[str, float] = MappingProxyType({})
    items: Form | None = None
    pattern: str | None = None

    def __or__(self, other: Form) -> Form:
        types = (*self.types, *(t for t in other.types if t not in self.types))
        choices = (*self.choices, *(c for c in other.choices if c not in self.choices))
        return Form(types, choices, {**self.limits, **other.limits}, self.items or other.items, self.pattern)

    def without(self, type_: Type) -> Form:
        """The same, and not of this type."""
        return self._replace(types=tuple(t for t in self.types if t != type_))


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it means, what it may be, and how it is written.

    There is no default where it is `...`: what is `required` must be given, of the rest the summary tells what holds
    without it. `short` is the key inside that a plain value stands for; `source` is the paper behind it.
    """

    path: str
    summary: str
    form: Form
    examples: tuple[Any, ...]
    default: Any = ...
    required: bool = False
    short: str | None = None
    source: str | None = None

    @property
    def name(self) -> str:
        """The key as it stands in a file."""
        return self.path.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """The path of what it stands in; empty at the top."""
        return self.path.rpartition(".")[0]

    @property
    def example(self) -> Any:
        """A value that it may have."""
        return self.examples[0]

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that it may be."""
        return self.form.choices

    @property
    def type(self) -> str:
        """What it may be, in words."""
        return words(self.form)


_WORDS: Mapping[str, str] = {
    "integer": "whole number",
    "number": "number",
    "boolean": "{0}true{0} or {0}false{0}",
    "string": "text",
    "layer": "layer",
    "layers": "layer or list of layers",
    "array": "list",
    "object": "mapping",
}
"""Each type in words, in the order in which they are told."""
_MANY = {"integer": "whole numbers", "number": "numbers", "string": "texts", "layer": "layers"}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def words(form: Form, quote: str = "") -> str:
    """A form in words, texts in these quotes."""
    limits = [f", {word} {limit(form.limits[key])}" for key, word in _LIMITS.items() if key in form.limits]
    found = [", ".join(f"{quote}{choice}{quote}" for choice in form.choices)] if form.choices else []
    for type_, word in _WORDS.items():
        if type_ in form.types:
            inner = form.items.types if type_ == "array" and form.items is not None else ()
            more = f" of {_MANY[inner[0]]}" if len(inner) == 1 and inner[0] in _MANY else ""
            found.append(word.format(quote) + more + "".join(limits if type_ in ("integer", "number") else ()))
    return " or ".join(found)


def limit(value: float) -> str:
    """A bound as people write it."""
    if value in (2**63, 2**63 - 1):
        return "2^63" if value == 2**63 else "2^63 - 1"
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


INITIALIZER = Form(("number", "object"), tuple(name for name, takes in INITIALIZERS.items() if takes == 0))
"""First values of a parameter: a number, a method, or a method with its numbers."""
BOOLEAN = Form(("boolean",))
INTEGER = Form(("integer",))
MAPPING = Form(("object",))
NOTHING = Form(("null",))
NUMBER = Form(("number",))
TEXT = Form(("string",))


def one_of(*choices: str) -> Form:
    """One of these texts."""
    return Form(choices=choices)


def list_of(items: Form, **limits: float) -> Form:
    """A list of such values."""
    return Form(("array",), limits=limits, items=items)
