"""A document -> a config: everything that can be said of the file without looking at its data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from rnnctl.catalogue import names, read_definitions
from rnnctl.config.composition import compose, compose_text
from rnnctl.config.diagnose import describe, validated
from rnnctl.config.expect.promises import Expectations
from rnnctl.config.expect.read import read_expect
from rnnctl.config.format import FORMAT, format_problem
from rnnctl.config.ignore import read_ignore
from rnnctl.config.members import MEMBERS, Written, bidirectional_problems, names_written, read_chain
from rnnctl.config.places import SECTIONS, TOP, folder_of, in_order, locate, section_key, told
from rnnctl.config.rules import state_problems
from rnnctl.config.sections import DataSection, ModelSection, SplitSection, TrainingSection
from rnnctl.config.sources import read_source
from rnnctl.config.unknown import unknown_key
from rnnctl.data.spec import Source, Split
from rnnctl.document import Document
from rnnctl.document.joined import ARGUMENT
from rnnctl.document.mistakes import bounded
from rnnctl.equations.definition import Definition
from rnnctl.errors import MOST_SOUGHT, ConfigError, Diagnostic, Problem, SettingPath, few_guesses, nearest

MOST_CELLS = 1000
"""How many cells of its own a config may have."""
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
    ignore: tuple[str, ...] = ()
    format: int = FORMAT
    expect: Expectations | None = None

    @property
    def split(self) -> Split:
        """The fractions of the data, and how sequences are dealt out."""
        return split_of(self.data)

    def locate(self, problem: Problem) -> Diagnostic:
        """A problem with a setting at its place in the file, short forms allowed for."""
        return locate(self.document, problem)


def split_of(data: DataSection) -> Split:
    """The fractions of the data, and how sequences are dealt out."""
    split = data.split
    return Split(split.train, split.valid, split.test, shuffle=split.shuffle is not False)


def load_config(path: Path, overrides: Sequence[str] = (), unsaid: int = FORMAT) -> Config:
    """Read a config file, with all that it extends and what is given beside it as PATH=VALUE.

    `unsaid` is the format of a file that does not say of which it is.
    Errors: ConfigError with everything that is wrong with it, in the order of the file.
    """
    return _config(compose(path, overrides), path.stem, unsaid)


def parse_config(text: str, file: str) -> Config:
    """Read a config from text; `file` is its name in messages, and what relative paths start from."""
    return _config(compose_text(text, file), Path(file).stem, FORMAT)


def _config(document: Document, stem: str, unsaid: int) -> Config:
    parts, found = read_parts(document, stem, unsaid)
    if found:
        raise ConfigError(*bounded(found, document.unsaid))
    return parts.config(document)


class Parts(NamedTuple):
    """What could be made of a file, part by part; None where a part has mistakes."""

    name: str
    data: DataSection | None = None
    source: Source | None = None
    cells: Mapping[str, Definition] = MappingProxyType({})
    layers: tuple[Written, ...] | None = None
    training: TrainingSection | None = None
    ignore: tuple[str, ...] = ()
    format: int = FORMAT
    expect: Expectations | None = None

    def config(self, document: Document) -> Config:
        """The config of a file without mistakes."""
        assert self.data is not None
        assert self.source is not None
        assert self.layers is not None
        assert self.training is not None
        sections = (self.data, self.source, self.cells, self.layers, self.training)
        return Config(document, self.name, *sections, self.ignore, self.format, self.expect)


def read_parts(document: Document, stem: str, unsaid: int = FORMAT) -> tuple[Parts, list[Diagnostic]]:
    """All that a file says, and all that is wrong with it on its own, in the order of the file."""
    reader = _Reader(document)
    with few_guesses():
        parts = reader.parts(stem, unsaid)
    found = [*document.mistakes, *reader.diagnostics, *told(document, reader.problems)]
    return parts, in_order(found, document.source.files)


def _huge(value: Any, path: SettingPath = ()) -> Iterator[Problem]:
    """Whole numbers beyond 64 bits, which nothing here can mean, and not all that follows can hold."""
    if isinstance(value, int) and value.bit_length() > 64:
        yield Problem(path, "this number is too large: whole numbers have at most 64 bits")
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _huge(part, (*path, key))


_ONE = {"clip": "{norm: 1}", "loss": "mse", "optimizer": "adam", "schedule": "cosine"}
"""An example of each key of which one is to be chosen."""


def _shares(split: SplitSection) -> dict[str, float]:
    """Fractions that add up to 1, as near as can be to those that are written."""
    given = {name: getattr(split, name) for name in ("train", "valid", "test") if name in split.model_fields_set}
    rest = round(1 - sum(given.values()), 6)
    others = [name for name in ("train", "valid", "test") if name not in given]
    if others and rest >= 0:
        return {name: given.get(name, round(rest / len(others), 6)) for name in ("train", "valid", "test")}
    train = round(1 - split.valid - split.test, 6)
    return {"train": train, "valid": split.valid, "test": split.test} if train > 0 else dict(_USUAL)


_USUAL = {"train": 0.7, "valid": 0.15, "test": 0.15}


def _small(value: Any, places: Sequence[SettingPath]) -> Any:
    """A value with 1 at each of these places."""
    if () in places:
        return 1
    if not places:
        return value
    inside: dict[str | int, list[SettingPath]] = {}
    for first, *rest in places:
        inside.setdefault(first, []).append(tuple(rest))
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    made = {key: _small(part, inside.get(key, ())) for key, part in parts}
    return made if isinstance(value, dict) else list(made.values())


def _follows(problem: Problem, place: SettingPath) -> bool:
    """Whether a problem may follow from the value at a place: inside of it, in what holds it, or by what both mean."""
    setting = problem.setting
    if problem.id is not None and setting[:1] == place[:1]:
        return True
    if len(setting) > len(place) or setting == ():
        return setting[: len(place)] == place
    return problem.on == "value" and place[: len(setting)] == setting


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.diagnostics: list[Diagnostic] = []
        self.spare: set[str] = set()

    def parts(self, stem: str, unsaid: int) -> Parts:
        value: dict[str, Any] = self.document.value
        format_ = value.get("format", unsaid)
        if (wrong_format := format_problem(format_)) is not None:
            self.problems.append(wrong_format)
            return Parts(stem)
        huge = list(islice(_huge(value), MOST_SOUGHT))
        if huge:
            return self.without(huge, stem, unsaid)
        unknown = (key for key in value if key not in TOP)
        self.problems += [unknown_key((key,), TOP) for key in islice(unknown, MOST_SOUGHT)]
        for key in ("data", "model", "training"):
            if section_key(value, key) not in value and not self.indented(value, key):
                self.problems.append(
                    Problem((), f"missing section '{key}'", f"sections: {', '.join(SECTIONS)}", on="key")
                )
        name = self.name(value, stem)
        ignore, wrong = read_ignore(value.get("ignore"))
        self.problems += wrong
        cells, broken = self.cells(value)
        data = self.section(DataSection, value, "data")
        if data is not None:
            self.fractions(data.split)
        layers = self.layers(value, cells, broken)
        training = self.section(TrainingSection, value, "training")
        source: Source | None = None
        if data is not None:
            resets = training.reset if training is not None else None
            source, wrong = read_source(data, resets, partial(folder_of, self.document))
            self.problems += wrong
        if training is not None:
            self.problems += bidirectional_problems(layers or (), training)
            training = self.training(training)
        expect = self.expect(value)
        used = {name: cell for name, cell in cells.items() if name not in self.spare}
        return Parts(name, data, source, used, layers, training, ignore, format_, expect)

    def without(self, huge: Sequence[Problem], stem: str, unsaid: int) -> Parts:
        """Tell of numbers that are too large, and of what is wrong beside them and does not follow from them."""
        self.problems += huge
        places = [problem.setting for problem in huge]
        if len(places) == MOST_SOUGHT:
            return Parts(stem)
        rest = replace(self.document, value=_small(self.document.value, places))
        reader = _Reader(rest)
        parts = reader.parts(stem, unsaid)
        self.problems += [p for p in reader.problems if not any(_follows(p, place) for place in places)]
        if not any(place[0] == "cells" for place in places):
            self.diagnostics += reader.diagnostics
        return Parts(parts.name)

    def indented(self, value: Mapping[str, Any], section: str) -> bool:
        """Whether a section stands within another one, where it is told of as an unknown key."""
        others = (value.get(section_key(value, key)) for key in ("data", "model", "training"))
        return any(isinstance(other, dict) and section in other for other in others)

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
        """A section, as far as it stands there and all of it could be read; its mistakes are told in any case."""
        written = section_key(value, key)
        if written not in value:
            return None
        found, wrong = validated(kind, value[written], (key,))
        self.problems += wrong
        return found if self.document.whole((written,)) else None

    def cells(self, sections: Mapping[str, Any]) -> tuple[dict[str, Definition], frozenset[str]]:
        written = section_key(sections, "cells")
        value = sections.get(written, {})
        if not isinstance(value, dict):
            self.problems.append(Problem(("cells",), f"cells must be a mapping, not {describe(value)}"))
            return {}, frozenset()
        if len(value) > MOST_CELLS:
            message = f"a config has at most {MOST_CELLS:,} cells, and here are {len(value):,}"
            self.problems.append(Problem(("cells",), message, on="key"))
            return {}, frozenset(value)
        found, wrong = read_definitions(self.document, value, (written,))
        self.diagnostics += wrong
        return found, frozenset(set(value) - set(found))

    def layers(
        self, value: Mapping[str, Any], cells: Mapping[str, Definition], broken: frozenset[str]
    ) -> tuple[Written, ...] | None:
        """The layers of the chain; None where one has mistakes, or it or a cell's name could not be read."""
        written = section_key(value, "model")
        if written not in value:
            return None
        model, wrong = validated(ModelSection, value[written], ("model",))
        self.problems += wrong
        if model is None or self.document.broken((section_key(value, "cells"),)):
            return None
        layers, wrong = read_chain(model.chain, cells, broken)
        self.problems += wrong
        if not self.document.lost((written,)):
            self.unused_cells(cells, model.chain, section_key(value, "cells"))
        return layers if self.document.whole((written,)) else None

    def unused_cells(self, cells: Mapping[str, Definition], chain: list[Any], section: str) -> None:
        """Tell of cells that no layer is; those of a file that this one extends are left out."""
        used = set(names_written(chain))
        used |= {nearest(name, cells) or "" for name in sorted(used - {*names(), *MEMBERS})}  # misspelt is not unused
        for name in cells:
            if name in used:
                continue
            if self.document.place((section, name), "key").file in (self.document.file, ARGUMENT):
                message = f"cell '{name}' is used by no layer"
                self.problems.append(Problem(("cells", name), message, on="key", id="unused-cell"))
            else:
                self.spare.add(name)

    def one_of(self, what: str, setting: SettingPath, fields: Mapping[str, Any]) -> None:
        given = [key for key, value in fields.items() if value is not None]
        if len(given) != 1 and not (given and self.stands_twice(setting)):
            count = f"{' and '.join(given)} are given" if given else "none is given"
            none = f"write {what}: {_ONE[what]}, say" + (", or null for none" if what == "clip" else "")
            message, help_text = f"{what} is one of {', '.join(fields)}, and {count}", "keep one" if given else none
            self.problems.append(Problem(setting, message, help_text, on="key"))

    def stands_twice(self, setting: SettingPath) -> bool:
        """Whether a key stands twice, so that what is chosen under it is not all of one choice."""
        if not self.document.mistakes:
            return False
        here = self.document.place((section_key(self.document.value, str(setting[0])), *setting[1:]), "key")
        return any(other.where == here for mistake in self.document.mistakes for other in mistake.also)

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

    def expect(self, value: Mapping[str, Any]) -> Expectations | None:
        """What is promised; of a mapping with a value that could not be read it is not said that it lacks one."""
        written = section_key(value, "expect")
        expect, wrong = read_expect(value.get(written), partial(folder_of, self.document))
        for problem in wrong:
            path = (written, *problem.setting[1:])
            if problem.on == "value" or self.document.whole(path):
                self.problems.append(problem)
        return expect

    def fractions(self, split: SplitSection) -> None:
        total = split.train + split.valid + split.test
        if split.train == 0:
            message = "there is nothing to train on: train is 0"
            self.problems.append(Problem(("data", "split", "train"), message, id="no-training-data"))
        elif abs(total - 1) > 1e-9:
            parts = " + ".join(f"{name} {getattr(split, name):g}" for name in ("train", "valid", "test"))
            likely = ", ".join(f"{name}: {share:g}" for name, share in _shares(split).items())
            given = (
                "" if len(split.model_fields_set - {"shuffle"}) == 3 else "; what is not given is 0.7, 0.15 and 0.15"
            )
            help_text = f"{parts} = {total:g}{given}; write split: {{{likely}}}, say"
            message = f"the fractions add up to {total:g}, not 1"
            self.problems.append(Problem(("data", "split"), message, help_text, id="split-sum"))
