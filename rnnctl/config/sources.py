"""The section `data` -> a source: which of the kinds it is, and what its keys can mean together."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from rnnctl.config.sections import DataSection, ResetSection, TargetSection
from rnnctl.data.spec import (
    MOST_PATTERNS,
    Columns,
    CsvSource,
    Resets,
    Source,
    Target,
    TaskSource,
    TextSource,
    is_of_library,
)
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest

KINDS = {"csv": "`csv: file.csv`", "text": '`text: "*.txt"`', "task": "`task: sine`"}
"""The keys of which one says where the data comes from, and how each is written."""

Folders: TypeAlias = Callable[[SettingPath], Path]
"""Of a setting that holds a path, the folder from which that begins."""


def read_source(
    data: DataSection, reset: ResetSection | None, folder_of: Folders
) -> tuple[Source | None, list[Problem]]:
    """The source that a section names, or why it names none; `folder_of` tells where a path in it begins.

    `reset` is what `training` says of columns, None where that section could not be read.
    """
    given = [kind for kind in KINDS if getattr(data, kind) is not None]
    if len(given) != 1:
        message = f"data is one of {', '.join(KINDS)}, and {' and '.join(given) or 'none'} {_are(given)} given"
        csv, text, task = KINDS.values()
        help_text = "keep one" if given else f"write {csv}, {text} or {task}"
        return None, [Problem(("data",), message, help_text, on="key")]
    resets = Resets() if reset is None else Resets(reset.before, reset.after)
    if data.csv is not None:
        problems = list(_csv_problems(data))
        return None if problems else _csv(data, resets, folder_of), problems
    what, kind = ("a task", "task") if data.task is not None else ("text", "text")
    also: tuple[tuple[SettingPath, str], ...] = ((("data", kind), f"the data is {what}"),)
    problems = [
        Problem(("data", key), f"{what} brings its own {key}", on="key", id="columns-without-csv", also=also)
        for key in ("id", "time", "input", "target")
        if getattr(data, key) is not None
    ]
    problems += [
        Problem(
            ("training", "reset", name),
            f"{what} has no columns, and `{name}` names one",
            "leave it out: the carry goes back where the policy says",
            on="key",
            id="columns-without-csv",
            also=also,
        )
        for name, column in resets._asdict().items()
        if column is not None
    ]
    source, wrong = _task(data) if data.task is not None else (_text(data, folder_of), [])
    return source, [*problems, *wrong]


def _are(given: list[str]) -> str:
    return "are" if len(given) > 1 else "is"


def _csv(data: DataSection, resets: Resets, folder_of: Folders) -> CsvSource:
    assert data.csv is not None
    assert data.input is not None
    assert data.target is not None
    target = data.target
    columns = tuple(target.columns or [target.column or ""])
    return CsvSource(
        folder_of(("data", "csv")) / os.path.expanduser(data.csv),  # noqa: PTH111 (which gives up where there is no home)
        data.id,
        Columns(tuple(data.input.columns), data.input.kind),
        Target(columns, target.kind, target.ahead, target.each, target.where),
        data.time,
        resets,
    )


def _csv_problems(data: DataSection) -> Iterator[Problem]:
    if data.input is None:
        yield Problem(("data",), "missing key 'input'", "input: [column, …]", on="key")
    else:
        if data.input.kind == "symbol" and len(data.input.columns) > 1:
            also = ((("data", "input", "kind"), "one symbol a step"),)
            message = "a symbol is one column, not several"
            yield Problem(("data", "input", "columns"), message, id="several-symbols", also=also)
        yield from islice(_twice("input", data.input.columns), MOST_SOUGHT)
    if data.target is None:
        yield Problem(("data",), "missing key 'target'", "target: {column: name, ahead: 1}", on="key")
    else:
        yield from _target_problems(data.target, data.id)


def _target_problems(target: TargetSection, id_: str | None) -> Iterator[Problem]:
    yield from islice(_twice("target", target.columns or []), MOST_SOUGHT)
    if (target.column is None) == (target.columns is None):
        given = "none is" if target.column is None else "column and columns are"
        yield Problem(("data", "target"), f"target is one of column, columns, and {given} given", on="key")
    if target.kind == "class" and target.columns is not None and len(target.columns) > 1:
        also = ((("data", "target", "kind"), "one class"),)
        message = "a class is one column, not several"
        yield Problem(("data", "target", "columns"), message, id="several-classes", also=also)
    if target.each == "sequence" and id_ is None:
        message = "one target a sequence needs sequences"
        place: SettingPath = ("data", "target", "each")
        yield Problem(place, message, "name their `id` column", id="sequence-target-without-id")
    if target.each == "sequence" and target.ahead:
        also = ((("data", "target", "each"), "one target a sequence"),)
        message = "one target a sequence has no `ahead`"
        yield Problem(("data", "target", "ahead"), message, id="sequence-target-ahead", also=also)


def _twice(section: str, columns: list[str]) -> Iterator[Problem]:
    places: dict[str, int] = {}
    for i, name in enumerate(columns):
        first = places.setdefault(name, i)
        if first != i:
            also = ((("data", section, "columns", first), "here first"),)
            message = f"column '{name}' stands twice in {section}"
            yield Problem(("data", section, "columns", i), message, id="column-twice", also=also)


def _text(data: DataSection, folder_of: Folders) -> TextSource:
    assert data.text is not None
    if len(data.text.files) > MOST_PATTERNS:  # which is told when they are looked for
        return TextSource(tuple(data.text.files), data.text.level)
    folders = [folder_of(("data", "text", "files", i)) for i in range(len(data.text.files))]
    return TextSource(tuple(map(_pattern, data.text.files, folders)), data.text.level)


def _pattern(written: str, folder: Path) -> str:
    """A pattern that means the same wherever it is read: absolute, or of the standard library.

    What the folder is called is no pattern, but part of one it must be escaped.
    """
    if is_of_library(written):
        return written
    expanded, start = os.path.expanduser(written), os.path.abspath(folder)  # noqa: PTH100, PTH111 (no paths, patterns)
    return os.path.normpath(os.path.join(glob.escape(start) if glob.has_magic(expanded) else start, expanded))  # noqa: PTH118


def _task(data: DataSection) -> tuple[TaskSource | None, list[Problem]]:
    from rnnctl.data.tasks import TASKS
    from rnnctl.data.tasks.task import fill_options

    assert data.task is not None
    if len(data.task) != 1:
        return None, [Problem(("data", "task"), "name one task", f"tasks: {', '.join(TASKS)}")]
    [(name, given)] = data.task.items()
    if name not in TASKS:
        guess = nearest(name, TASKS)
        listing = f"tasks: {', '.join(TASKS)}"
        help_text = f"did you mean '{guess}'? {listing}" if guess else listing
        return None, [Problem(("data", "task", name), f"unknown task '{name}'", help_text, on="key")]
    options, wrong = fill_options(TASKS[name], given, ("data", "task", name))
    return (None if wrong else TaskSource(name, options)), list(wrong)
