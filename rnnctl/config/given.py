"""Mistakes that `--set` makes of a config that is right without it, and what to set instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rnnctl.config.places import given
from rnnctl.document import Document
from rnnctl.errors import DataError, Problem


def with_commands(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """The same problems, and of a width that a file states and that `--set` has changed, what to set too."""
    composition = document.composition
    if composition is None or not any(text.lstrip().startswith("model") for text in composition.overrides):
        return list(problems)
    return [
        p._replace(help=f"give --set {'.'.join(map(str, p.setting))}=null too: it then follows from what comes in")
        if p.id == "input-width"
        else p
        for p in problems
    ]


def from_here(error: DataError, document: Document) -> DataError:
    """The same error, and of a relative path of `--set` with nothing there, where it begins."""
    return DataError(*error.diagnostics, problems=[_from_here(problem, document) for problem in error.problems])


def _from_here(problem: Problem, document: Document) -> Problem:
    missing = problem.message.startswith(("there is no file", "no file matches"))
    written = given(document, problem.setting) if missing else None
    if written is None or Path(written).is_absolute():
        return problem
    starts = "a relative path of --set starts at the current directory"
    there = Path(document.file).parent / written.strip("'\"")
    if there.is_file():
        return problem._replace(help=f"{starts}; did you mean '{there}'?")
    close = problem.help if problem.help and problem.help.startswith("did you mean") else None
    return problem._replace(help=f"{starts}; {close}" if close else starts)
