"""What a config says about its data: where it comes from, what is shown, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

SplitName: TypeAlias = Literal["train", "valid", "test"]
Scale: TypeAlias = Literal["standard", "range", "none"]
Each: TypeAlias = Literal["step", "sequence"]


class Columns(NamedTuple):
    """The columns that a model is shown at each step; a symbol is exactly one column."""

    names: tuple[str, ...]
    kind: Literal["number", "symbol"]


class Target(NamedTuple):
    """What is asked: the value `ahead` steps later, or one label a sequence; a class is one column."""

    columns: tuple[str, ...]
    kind: Literal["number", "class"]
    ahead: int
    each: Each


class CsvSource(NamedTuple):
    """A CSV file, one row a time step: one series, or many, told apart by the column `id`."""

    path: Path
    id: str | None
    input: Columns
    target: Target


class TaskSource(NamedTuple):
    """A synthetic task with every one of its options given and within range."""

    task: str
    options: Mapping[str, int | float]


Source: TypeAlias = CsvSource | TaskSource


class Split(NamedTuple):
    """The fractions of the data for training, validation and test; they add up to 1."""

    train: float
    valid: float
    test: float
