"""Scripts: files of commands, one a line, that are played and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rnnctl.errors import Diagnostic, Place, Related, RnnctlError, UsageError
from rnnctl.stepping.command import Outcome
from rnnctl.stepping.desk import Desk


class Line(NamedTuple):
    """One line of a script; `place` points at its command."""

    number: int
    text: str
    place: Place


def read_script(path: Path) -> list[Line]:
    """The lines of a script that hold a command. Errors: UsageError where the file cannot be read."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the script '{path}': {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the script '{path}' is not UTF-8: {error.reason} at byte {error.start}") from None
    found = []
    for number, line in enumerate(text.split("\n"), 1):  # other ends of lines can stand in a text to step through
        command = line.strip()
        if command and not command.startswith("#"):
            column = line.index(command) + 1
            found.append(Line(number, command, Place(str(path), number, column, len(command), line)))
    return found


def played(desk: Desk, lines: Sequence[Line]) -> Iterator[tuple[Line, Outcome]]:
    """Do what each line says, one after the other, as far as one that ends the session.

    Errors: those of the line that cannot be done, with its place.
    """
    for line in lines:
        try:
            outcome = desk.run(line.text)
        except RnnctlError as error:
            raise type(error)(*(_placed(diagnostic, line) for diagnostic in error.diagnostics)) from None
        yield line, outcome
        if outcome.ends:
            return


def _placed(diagnostic: Diagnostic, line: Line) -> Diagnostic:
    """A diagnostic with the place of a line: its own place, or beside one that it has, in data or another script."""
    if diagnostic.where is None:
        return diagnostic._replace(where=line.place)
    return diagnostic._replace(also=(*diagnostic.also, Related(line.place)))


def is_asked(outcome: Outcome) -> bool:
    """Whether a line is an `expect`, which holds or does not."""
    return "expect" in (outcome.record or {})


def unmet(line: Line, outcome: Outcome) -> Diagnostic:
    """What is to be told of an `expect` that does not hold."""
    found = (outcome.record or {}).get("found")
    if found is None:
        return Diagnostic("not as expected: " + "; ".join(outcome.text), line.place)
    shown = repr(found).removesuffix(".0") if isinstance(found, float) else f"'{found}'"
    return Diagnostic(f"not as expected: it is {shown}", line.place)
