"""A document -> a config: everything that can be said of the file without looking at its data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from rnnctl.catalogue import names, read_definitions
from rnnctl.config.diagnose import describe, unknown_key, validated
from rnnctl.config.members import MEMBERS, Written, bidirectional_problems, names_written, read_chain
from rnnctl.config.rules import state_problems
from rnnctl.config.sections import DataSection, ModelSection, SplitSection, TrainingSection
from rnnctl.config.sources import read_source
from rnnctl.data.spec import Source, Split
from rnnctl.document import Document, load, parse
from rnnctl.equations.definition import Definition
from rnnctl.errors import ConfigError, Diagnostic, Place, Problem, Related, SettingPath, nearest

SECTIONS = ("data", "cells", "model", "training")
TOP = ("name", *SECTIONS, "extends", "vars", "ignore", "format")
"""Every key that may stand at the top of a file."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True)
class Config:
    """What a file says, checked on its own. Problems found later are placed with `locate`."""

    document: Document
    name: str
    data: DataSection
    source: Source
    cells: Mapping[str, Definition]
    layers: tuple[Written, ...]
    training: TrainingSection

    @property
    def split(self) -> Split:
        """The fractions of the data."""
        return Split(self.data.split.train, self.data.split.valid, self.data.split.test)

    def locate(self, problem: Problem) -> Diagnostic:
        """A problem with a setting at its place in the file, short forms allowed for."""
        return locate(self.document, problem)


def load_config(path: Path) -> Config:
    """Read a config file. Errors: ConfigError with everything that is wrong with it, in the order of the file."""
    return _config(load(path), path.parent, path.stem)


def parse_config(text: str, file: str) -> Config:
    """Read a config from text; `file` is its name in messages, and what relative paths start from."""
    return _config(parse(text, file), Path(file).parent, Path(file).stem)


def _config(document: Document, folder: Path, stem: str) -> Config:
    parts, found = read_parts(document, folder, stem)
    if found:
        raise ConfigError(*found)
    return parts.config(document)


class Parts(NamedTuple):
    """What could be made of a file, part by part; None where a part has mistakes."""

    name: str
    data: DataSection | None = None
    source: Source | None = None
    cells: Mapping[str, Definition] = MappingProxyType({})
    layers: tuple[Written, ...] | None = None
    training: TrainingSection | None = None

    def config(self, document: Document) -> Config:
        """The config of a file without mistakes."""
        assert self.data is not None
        assert self.source is not None
        assert self.layers is not None
        assert self.training is not None
        return Config(document, self.name, self.data, self.source, self.cells, self.layers, self.training)


def read_parts(document: Document, folder: Path, stem: str) -> tuple[Parts, list[Diagnostic]]:
    """All that a file says, and all that is wrong with it on its own, in the order of the file."""
    reader = _Reader(document, folder)
    parts = reader.parts(stem)
    found = [*reader.diagnostics, *(locate(document, p) for p in reader.problems)]
    return parts, in_order(found)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics of one file by their place."""
    return sorted(diagnostics, key=_line)


def _huge(value: Any, path: SettingPath = ()) -> Iterator[Problem]:
    """Whole numbers beyond 64 bits, which nothing here can mean, and not all that follows can hold."""
    if isinstance(value, int) and value.bit_length() > 64:
        yield Problem(path, "this number is too large: whole numbers have at most 64 bits")
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _huge(part, (*path, key))


def _line(diagnostic: Diagnostic) -> tuple[int, int]:
    where: Place | None = diagnostic.where
    return (where.line, where.column) if where else (0, 0)


def locate(document: Document, problem: Problem) -> Diagnostic:
    """A problem with a setting at its place in the file, short forms allowed for."""
    found = _written(document.value, problem.setting, problem.on)
    places = [(_written(document.value, setting, "value"), label) for setting, label in problem.also]
    also = tuple(Related(document.place(other.path, other.on), label) for other, label in places if other.exists)
    where = document.place(found.path, found.on)
    return Diagnostic(problem.message, where, problem.help, problem.severity, problem.id, also=also)


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


class _Reader:
    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.problems: list[Problem] = []
        self.diagnostics: list[Diagnostic] = []

    def parts(self, stem: str) -> Parts:
        value: dict[str, Any] = self.document.value
        self.problems += _huge(value)
        if self.problems:
            return Parts(stem)
        self.problems += [unknown_key((key,), TOP) for key in value if key not in TOP]
        for key in ("data", "model", "training"):
            if key not in value and key not in (nearest(k, TOP) for k in value if k not in TOP):
                self.problems.append(
                    Problem((), f"missing section '{key}'", f"sections: {', '.join(SECTIONS)}", on="key")
                )
        name = self.name(value, stem)
        cells, broken = self.cells(value.get("cells", {}))
        data = self.section(DataSection, value, "data")
        if data is not None:
            self.fractions(data.split)
        model = self.section(ModelSection, value, "model")
        layers: tuple[Written, ...] | None = None
        if model is not None:
            layers, wrong = read_chain(model.chain, cells, broken)
            self.problems += wrong
            self.problems += self.unused_cells(cells, model.chain)
        training = self.section(TrainingSection, value, "training")
        source: Source | None = None
        if data is not None:
            source, wrong = read_source(data, training.reset if training is not None else None, self.folder)
            self.problems += wrong
        if training is not None:
            self.problems += bidirectional_problems(layers or (), training)
            training = self.training(training)
        return Parts(name, data, source, cells, layers, training)

    def name(self, value: Mapping[str, Any], stem: str) -> str:
        name = value.get("name", re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:60] or "run")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            what = describe(name)
            help_text = None
            if isinstance(name, str):
                help_text = None if _NAME.match(name) else "begin with a letter or a digit"
            elif isinstance(name, int | float) and not isinstance(name, bool) and _NAME.fullmatch(str(name)):
                help_text = f'write "{name}", in quotes'
            self.problems.append(
                Problem(("name",), f"name must be letters, digits, '-', '_' and '.', 60 at most, not {what}", help_text)
            )
            return "run"
        return name

    def section(self, kind: Any, value: Mapping[str, Any], key: str) -> Any:
        if key not in value:
            return None
        found, wrong = validated(kind, value[key], (key,))
        self.problems += wrong
        return found

    def cells(self, value: Any) -> tuple[dict[str, Definition], frozenset[str]]:
        if not isinstance(value, dict):
            self.problems.append(Problem(("cells",), f"cells must be a mapping, not {describe(value)}"))
            return {}, frozenset()
        found, wrong = read_definitions(self.document, value, ("cells",))
        self.diagnostics += wrong
        return found, frozenset(set(value) - set(found))

    def unused_cells(self, cells: Mapping[str, Definition], chain: list[Any]) -> list[Problem]:
        used = set(names_written(chain))
        used |= {nearest(name, cells) or "" for name in used - {*names(), *MEMBERS}}  # misspelt is not unused
        return [
            Problem(("cells", name), f"cell '{name}' is used by no layer", on="key")
            for name in cells
            if name not in used
        ]

    def one_of(self, what: str, setting: SettingPath, fields: Mapping[str, Any]) -> None:
        given = [key for key, value in fields.items() if value is not None]
        if len(given) != 1:
            count = f"{' and '.join(given)} are given" if given else "none is given"
            self.problems.append(Problem(setting, f"{what} is one of {', '.join(fields)}, and {count}", on="key"))

    def training(self, section: TrainingSection) -> TrainingSection | None:
        """The section with what follows from its own keys; what they cannot mean together is a problem.

        None where one of several is to be chosen, and is not.
        """
        before = len(self.problems)
        self.one_of("loss", ("training", "loss"), dict(section.loss))
        self.one_of("optimizer", ("training", "optimizer"), dict(section.optimizer))
        self.one_of("schedule", ("training", "schedule"), dict(section.schedule))
        if section.clip is not None:
            self.one_of("clip", ("training", "clip"), dict(section.clip))
        chosen = len(self.problems) == before
        self.problems += state_problems(section)
        if not chosen:
            return None
        streams = section.batching == "streams"
        return section.model_copy(update={"shuffle": not streams if section.shuffle is None else section.shuffle})

    def fractions(self, split: SplitSection) -> None:
        total = split.train + split.valid + split.test
        if split.train == 0:
            self.problems.append(Problem(("data", "split", "train"), "there is nothing to train on: train is 0"))
        elif abs(total - 1) > 1e-9:
            parts = " + ".join(f"{name} {fraction:g}" for name, fraction in split)
            help_text = f"{parts} = {total:g}; what is not given is 0.7, 0.15 and 0.15"
            self.problems.append(Problem(("data", "split"), f"the fractions add up to {total:g}, not 1", help_text))
