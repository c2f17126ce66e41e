"""Definitions from the text of their YAML, for the tests of this folder."""

from __future__ import annotations

from typing import NamedTuple

from rnnctl.catalogue import read_definitions
from rnnctl.catalogue.reader import Reader
from rnnctl.document import parse
from rnnctl.equations.bind import bind
from rnnctl.equations.definition import Definition
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.options import OptionValue


class Mistake(NamedTuple):
    """A diagnostic, in short: `marked` is the text above the carets."""

    message: str
    line: int
    column: int
    marked: str
    help: str | None


def mistakes(text: str) -> list[Mistake]:
    """What is wrong with the one definition that a text holds."""
    document = parse(text, "cell.yaml")
    _, diagnostics = read_definitions(document, document.value, ())
    found = []
    for diagnostic in diagnostics:
        where = diagnostic.where
        assert where is not None
        marked = where.text[where.column - 1 : where.column - 1 + where.length]
        found.append(Mistake(diagnostic.message, where.line, where.column, marked, diagnostic.help))
    return found


def definition(text: str) -> Definition:
    """The one definition that a text holds, which must have no mistake."""
    document = parse(text, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert not diagnostics, "\n".join(str(d) for d in diagnostics)
    [one] = found.values()
    return one


def unverified(text: str) -> Definition:
    """A definition that may leave names unused."""
    [(name, value)] = parse(text, "cell.yaml").value.items()
    reader = Reader(name)
    read = reader.definition(value)
    assert read is not None, reader.errors
    return read


def layer(text: str, *inputs: int | Signal, **options: OptionValue) -> Layer:
    """The layer that the one definition of a text becomes; an input given as a number is a vector of that width."""
    found = definition(text)
    signals = [Signal((i,)) if isinstance(i, int) else i for i in inputs]
    return bind(found, dict(zip(found.inputs, signals, strict=True)), options)
