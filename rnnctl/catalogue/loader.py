"""Files and sections of YAML -> definitions, checked for all sizes; mistakes are placed in the file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rnnctl.catalogue.reader import Reader
from rnnctl.document import Document, load
from rnnctl.equations.definition import Definition
from rnnctl.equations.syntax import EquationError
from rnnctl.errors import MOST_SOUGHT, Diagnostic, Problem, Related, SettingPath, UsageError, nearest

FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """The layers of the catalogue, by name: the files of its folder."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def definition(name: str) -> Definition:
    """A layer of the catalogue. Errors: UsageError for an unknown name."""
    if name not in names():
        guess = nearest(name, names())
        listing = f"layers: {', '.join(names())}"
        raise UsageError(
            Diagnostic(f"unknown layer '{name}'", help=f"did you mean '{guess}'? {listing}" if guess else listing)
        )
    document = load(FOLDER / f"{name}.yaml")
    reader = Reader(name)
    found = reader.definition(document.value[name])
    assert found is not None, [error.message for error in reader.errors]  # a test verifies the whole catalogue
    return found


def read_definitions(
    document: Document, values: Mapping[str, object], path: SettingPath
) -> tuple[dict[str, Definition], list[Diagnostic]]:
    """The definitions in a mapping of a document, verified, and what is wrong with the others."""
    if not values:
        return {}, []
    from rnnctl.equations.budget import few_values
    from rnnctl.equations.verify import verify  # here, since few configs have cells of their own

    found: dict[str, Definition] = {}
    diagnostics: list[Diagnostic] = []
    with few_values():
        for name, value in values.items():
            if len(diagnostics) >= MOST_SOUGHT:
                break
            reader = Reader(name)
            if path:
                reader.check_name(name, ())
                if name in names():
                    reader.wrong((), f"'{name}' is a layer of the catalogue", "give your cell another name")
            read = reader.definition(value)
            lost = document.lost((*path, name))
            errors = [*reader.errors, *(verify(read) if read is not None and not lost else ())]
            place = (*path, name)
            placed = [_placed(error, document, place) for error in errors if not _follows(error, document, place)]
            placed.sort(key=lambda d: (d.where.line, d.where.column) if d.where else (0, 0))
            diagnostics += placed
            if read is not None and not errors and document.whole((*path, name)):
                found[name] = read
    return found, diagnostics


def _follows(error: EquationError, document: Document, path: SettingPath) -> bool:
    """Whether a mistake may only follow from a value that could not be read."""
    if not document.mistakes:
        return False
    section = (*path, *error.span.section)
    beside = len(error.span.section) > 2 and error.span.line > 0  # held against the values of the same mapping
    return document.broken(section) or (beside and not document.whole(section[:-1]))


def _placed(error: EquationError, document: Document, path: SettingPath) -> Diagnostic:
    """The mistake at its place in the file; within a text that an alias brings, in that text."""
    span = error.span
    section = (*path, *span.section)
    problem = Problem(section, error.message, error.help)
    if span.line == 0:
        return document.at(section, "key", problem)
    where, used = document.inside(section, span.line, span.column, span.length), document.place(section)
    if where == used and where.text[where.column - 1 :].startswith(">"):
        problem = problem._replace(help="write '|' here: '>' makes one line of all")
    if where == used and document.lines(section) > 1:
        what = section[-1] if isinstance(section[-1], str) else "equations"
        problem = problem._replace(help=f"write `{what}: |`, and each equation on a line of its own below it")
    origin = document.origin(section)
    if where == used or origin is None or origin.where == used:
        return document.at(section, "value", problem)._replace(where=where)
    return Diagnostic(error.message, where, error.help, also=(Related(used, "it is used here"),))
