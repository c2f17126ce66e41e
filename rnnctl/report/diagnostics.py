"""Diagnostics as they are printed: for people, as records for machines, and as annotations that GitHub shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO

from rnnctl.errors import Diagnostic, Place, RnnctlError, printable

_LONGEST_LINE = 1000  # characters of a line that a record repeats


def all_of(error: RnnctlError) -> tuple[Diagnostic, ...]:
    """All that an error tells; a problem that nobody could place stands alone."""
    placeless = (Diagnostic(p.message, None, p.help, p.severity, p.id) for p in error.problems)
    return (*error.diagnostics, *placeless)


def as_text(diagnostic: Diagnostic, stream: TextIO) -> str:
    """Lines for people; on a terminal long lines of a file are cut around their marks, so that none is broken."""
    if not stream.isatty():
        return str(diagnostic)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return diagnostic.told(columns or 80)


def as_record(diagnostic: Diagnostic) -> dict[str, Any]:
    """Plain values, the same for every diagnostic; of a very long line the beginning."""
    record = diagnostic.as_dict()
    for place in (record["where"], *record["also"]):
        if place is not None and len(place["text"]) > _LONGEST_LINE:
            place["text"] = place["text"][:_LONGEST_LINE]
    return record


def as_annotation(diagnostic: Diagnostic, title: str | None = None) -> str:
    """One line that GitHub Actions turns into an annotation of the line in the file.

    Of docs.github.com, "Workflow commands": `::error file=…,line=…,col=…::message`. What is no file, as `--set`, has
    no such place, and is shown in the message.
    """
    where, lines = diagnostic.where, [diagnostic.message]
    properties: dict[str, object] = {}
    if where is not None and (file := _in_repository(where)) is not None:
        last = where.column + where.length - 1
        properties = {"file": file, "line": where.line, "endLine": where.line, "col": where.column, "endColumn": last}
    elif where is not None:
        lines.append(where.excerpt())
    properties["title"] = title or (f"rnnctl: {diagnostic.id}" if diagnostic.id else "rnnctl")
    lines += [f"{o.where.file}:{o.where.line}:{o.where.column}: {o.label or 'see here'}" for o in diagnostic.also]
    lines += [f"{word}: {text}" for word, text in (("note", diagnostic.note), ("help", diagnostic.help)) if text]
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{diagnostic.severity} {listed}::{_data(chr(10).join(lines))}"


def is_file(path: Path) -> bool:
    """Whether there is such a file; there is none of a name that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False


def _in_repository(place: Place) -> str | None:
    """The path as GitHub takes it, from the root of the repository; None for what is no file."""
    if not is_file(Path(place.file)):
        return None
    path = Path(os.path.normpath(Path.cwd() / place.file))
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _data(text: str) -> str:
    """Text as the part of a workflow command behind its `::`."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Text as the value of a property of a workflow command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
