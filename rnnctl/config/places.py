"""Problems with settings -> diagnostics at their places in the file, less what follows from a value that is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rnnctl.document import Document
from rnnctl.document.joined import ARGUMENT
from rnnctl.document.mistakes import by_place
from rnnctl.errors import Diagnostic, Problem, Related, SettingPath, few_guesses, nearest

SECTIONS = ("data", "cells", "model", "training", "expect")
TOP = ("name", *SECTIONS, "extends", "vars", "ignore", "format")
"""Every key that may stand at the top of a file."""
_MOST_GUESSED = 100  # keys at the top that may be a misspelt section


def in_order(diagnostics: Iterable[Diagnostic], files: Sequence[str] = ()) -> list[Diagnostic]:
    """Diagnostics by their place, those of each file together, in the order of `files`.

    None is told twice: what is told where it is written is not told where it is used.
    """
    found: dict[Any, Diagnostic] = {}
    ranks = {file: rank for rank, file in enumerate(files)}

    def order(d: Diagnostic) -> tuple[int, int, int]:
        rank = ranks.get(d.where.file, ranks.get(d.where.text, 0)) if d.where else 0
        return (rank, *by_place(d))

    for diagnostic in sorted(diagnostics, key=order):
        found.setdefault((diagnostic.message, diagnostic.where), diagnostic)
    return [d for d in found.values() if not (d.note and d.also and (d.message, d.also[0].where) in found)]


def section_key(value: Mapping[str, Any], section: str) -> str:
    """The key under which a section is written: its name, or what that is misspelt as where it is not there.

    The same goes for `extends` and `vars`.
    """
    if section in value or section not in (*SECTIONS, "extends", "vars"):
        return section
    others = islice((key for key in value if key not in TOP), _MOST_GUESSED)
    return next((key for key in others if _likely(key) == section), section)


@lru_cache(maxsize=256)
def _likely(key: str) -> str | None:
    with few_guesses():  # of its own, since what it finds is kept
        return nearest(key, TOP)


def told(document: Document, problems: Iterable[Problem]) -> list[Diagnostic]:
    """The problems that do not just follow from a value that could not be read, each at its place."""
    placed = ((problem, _written(document.value, problem.setting, problem.on)) for problem in problems)
    return [_located(document, p, w) for p, w in placed if not (document.mistakes and document.broken(w.path, w.on))]


def folder_of(document: Document, setting: SettingPath) -> Path:
    """The folder from which a path begins that a setting holds: that of the file in which it is written."""
    return document.folder(_written(document.value, setting, "value").path)


def given(document: Document, setting: SettingPath) -> str | None:
    """The text of a value that the command line gives a setting; None where it is written in a file."""
    place = document.place(_written(document.value, setting, "value").path)
    return place.text[place.column - 1 :][: place.length] if place.file == ARGUMENT else None


def locate(document: Document, problem: Problem) -> Diagnostic:
    """A problem with a setting at its place in the file, short forms allowed for."""
    return _located(document, problem, _written(document.value, problem.setting, problem.on))


def _located(document: Document, problem: Problem, written: _Written) -> Diagnostic:
    return document.at(written.path, written.on, problem, _related(document, problem.also))


def _related(document: Document, settings: Iterable[tuple[SettingPath, str]]) -> Iterator[Related]:
    """The places of those settings that are written: at the value, or at the key of what holds values of its own."""
    for setting, label in settings:
        path, on, exists = _written(document.value, setting, "value")
        value: Any = document.value
        for part in path:
            value = value[part]
        if exists:
            whole = isinstance(value, dict | list) and bool(path) and isinstance(path[-1], str)
            yield Related(document.place(path, "key" if whole else on), label)


class _Written(NamedTuple):
    path: SettingPath
    on: Literal["key", "value"]
    exists: bool = True


def _written(value: Any, setting: SettingPath, on: Literal["key", "value"]) -> _Written:
    """Where a setting stands in the file: short forms leave out names, and defaults are not there at all.

    The value of a short form stands for what it means: `lstm: 32` for the size, `task: sine` for the name. A
    setting that is nowhere stands at the key of the section that could hold it.
    """
    path: list[str | int] = []
    if setting:
        setting = (section_key(value, str(setting[0])), *setting[1:])
    for part in setting:
        if part == "column" and isinstance(value, dict) and isinstance(value.get("columns"), list):
            part = "columns"  # noqa: PLW2901 (one column, or several, are told of as `column`)
        if isinstance(value, dict) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif isinstance(value, dict) and isinstance(part, int) and isinstance(value.get("columns"), list):
            path.append("columns")
            value = value["columns"][part]
        elif isinstance(value, dict):
            return _Written(tuple(path), "key", exists=False)
        elif part in ("columns", "column", "files"):
            continue
        else:  # a short form: the value itself
            return _Written(tuple(path), "key" if value is None else "value", exists=value is not None)
        path.append(part)
    return _Written(tuple(path), on)
