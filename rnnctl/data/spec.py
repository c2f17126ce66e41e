"""What a config says about its data: where it comes from, what is shown, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

SplitName: TypeAlias = Literal["train", "valid", "test"]
Scale: TypeAlias = Literal["standard", "range", "none"]
Each: TypeAlias = Literal["step", "sequence"]
SignalKind: TypeAlias = Literal["number", "symbol", "class", "binary"]


class Columns(NamedTuple):
    """The columns that a model is shown at each step; a symbol is exactly one column."""

    names: tuple[str, ...]
    kind: Literal["number", "symbol"]


class Target(NamedTuple):
    """What is asked: the value `ahead` steps later, or one label a sequence; a class is one column.

    `where` names a column: only the steps at which it is 1 are scored.
    """

    columns: tuple[str, ...]
    kind: Literal["number", "class", "binary"]
    ahead: int
    each: Each
    where: str | None = None


class Resets(NamedTuple):
    """The columns that say before and after which steps the carry goes back."""

    before: str | None = None
    after: str | None = None


class CsvSource(NamedTuple):
    """A CSV file, one row a time step: one series, or many, told apart by the column `id`.

    The values of the column `time`, where there is one, rise within each sequence.
    """

    path: Path
    id: str | None
    input: Columns
    target: Target
    time: str | None = None
    resets: Resets = Resets()


class TextFile(NamedTuple):
    """A file of a text as it was found: its path, its size in bytes, and when it was changed, in nanoseconds."""

    path: str
    size: int
    modified: int


class TaskSource(NamedTuple):
    """A synthetic task with every one of its options given and within range."""

    task: str
    options: Mapping[str, int | float]


Level: TypeAlias = Literal["byte", "character"]
RELATIVE = "a relative path starts where the file lies that names it, with --set in the current folder"
"""What may help who names a file that is not there."""
MOST_PATTERNS = 1000
"""How many paths a text may name."""
LIBRARY = "stdlib:"
"""What a pattern begins with that is for files of Python's standard library."""


class TextSource(NamedTuple):
    """Text files, each of them a sequence of bytes or of characters: the next is asked for at each.

    A pattern is absolute, or one for files of the standard library of the Python that runs.
    """

    patterns: tuple[str, ...]
    level: Level


Source: TypeAlias = CsvSource | TaskSource | TextSource


def is_of_library(pattern: str) -> bool:
    """Whether a pattern is for files of the standard library."""
    return pattern.startswith(LIBRARY)


def source_name(source: Source) -> str:
    """A source as people call it: a file, files, or a task."""
    if isinstance(source, CsvSource):
        return source.path.name
    if isinstance(source, TextSource):
        return ", ".join(pattern if is_of_library(pattern) else Path(pattern).name for pattern in source.patterns)
    return source.task


class Split(NamedTuple):
    """The fractions of the data for training, validation and test; they add up to 1.

    `shuffle` says whether many sequences are dealt out in an order that follows from the seed, or in their own;
    one series has neither.
    """

    train: float
    valid: float
    test: float
    shuffle: bool = True
