"""Config and facts -> resolved config: every default and every size explicit, and loadable as a config again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnctl.config.chain import Bidirectional, ChainLayer, Last, Member, Residual, bind_chain, layers_of
from rnnctl.config.composition import compose
from rnnctl.config.data_doubts import data_doubts
from rnnctl.config.doubts import chain_doubts
from rnnctl.config.expect.metrics import expect_problems
from rnnctl.config.expect.promises import Expectations
from rnnctl.config.expect.scripts import script_problems
from rnnctl.config.format import FIRST, FORMAT, older_format
from rnnctl.config.given import from_here, with_commands
from rnnctl.config.layers import WrittenLayer, with_size
from rnnctl.config.lengths import length_warnings, placed
from rnnctl.config.members import Written, foresight_problems, stack_warnings
from rnnctl.config.places import in_order, told
from rnnctl.config.read import Config, Parts, load_config, read_parts, split_of
from rnnctl.config.rules import idle_warnings
from rnnctl.config.sections import (
    LossSection,
    OptimizerSection,
    ResetSection,
    ScheduleSection,
    Section,
    TrainingSection,
    WindowSection,
)
from rnnctl.data.facts import Facts, examine
from rnnctl.data.spec import CsvSource, Scale, Source, Split, TextSource
from rnnctl.document import Document, dump
from rnnctl.document.joined import Composition
from rnnctl.document.mistakes import bounded
from rnnctl.equations.definition import Definition
from rnnctl.equations.layer import Signal
from rnnctl.errors import ConfigError, DataError, Diagnostic, Problem, SettingPath


@dataclass(frozen=True)
class Resolved:
    """A config that leaves nothing to be decided: what is planned, built and trained."""

    name: str
    source: Source
    split: Split
    scale: Scale
    cells: Mapping[str, Definition]
    chain: tuple[Member, ...]
    training: TrainingSection
    facts: Facts
    written: str = field(repr=False, compare=False)
    """The text that it was resolved from, as the user gave it."""
    warnings: tuple[Diagnostic, ...] = ()
    ignore: tuple[str, ...] = ()
    """The checks whose warnings are silenced."""
    document: Document | None = field(default=None, repr=False, compare=False)
    """What it was resolved from, with the place of each value."""
    expect: Expectations | None = None
    """What it promises of its results."""

    @property
    def composition(self) -> Composition | None:
        """What the config was put together from, if it was."""
        return self.document.composition if self.document else None

    @property
    def layers(self) -> tuple[ChainLayer, ...]:
        """The layers of the chain and of all its members, in the order in which they run."""
        return layers_of(self.chain)

    def as_plain(self) -> dict[str, Any]:
        """Plain values that a config file can hold, and that resolve to the same again."""
        plain = {
            "format": FORMAT,
            "name": self.name,
            **({"ignore": list(self.ignore)} if self.ignore else {}),
            "data": self._data(),
            **({"cells": {name: dict(cell.as_written) for name, cell in self.cells.items()}} if self.cells else {}),
            "model": {"chain": [_member(member) for member in self.chain]},
            "training": _training(self.training),
            **({"expect": dict(self.expect.plain)} if self.expect else {}),
        }
        return {key: _literal(value) for key, value in plain.items()}

    def as_text(self) -> str:
        """The YAML of `as_plain`."""
        return dump(self.as_plain())

    def _data(self) -> dict[str, Any]:
        source = self.source
        if isinstance(source, CsvSource):
            target = source.target
            columns = {"column": target.columns[0]} if len(target.columns) == 1 else {"columns": list(target.columns)}
            data: dict[str, Any] = {"csv": str(source.path.resolve())}
            data |= {key: name for key, name in (("id", source.id), ("time", source.time)) if name is not None}
            data["input"] = {"columns": list(source.input.names), "kind": source.input.kind}
            data["target"] = {**columns, "kind": target.kind, "ahead": target.ahead, "each": target.each}
            if target.where is not None:
                data["target"]["where"] = target.where
        elif isinstance(source, TextSource):
            data = {"text": {"files": list(source.patterns), "level": source.level}}
        else:
            data = {"task": {source.task: dict(source.options)}}
        split = self.split
        dealt = {} if self.facts.one_series else {"shuffle": split.shuffle}
        return {
            **data,
            "split": {"train": split.train, "valid": split.valid, "test": split.test, **dealt},
            "scale": self.scale,
        }


def _literal(value: Any) -> Any:
    """A value whose text no file takes for a reference."""
    if isinstance(value, str):
        return value.replace("${", "$${") if "${" in value else value
    if isinstance(value, Mapping):
        return {key: _literal(part) for key, part in value.items()}
    return [_literal(part) for part in value] if isinstance(value, list) else value


def _member(member: Member) -> Any:
    if isinstance(member, ChainLayer):
        return _layer(member)
    if isinstance(member, Residual):
        return {"residual": [_member(inner) for inner in member.members]}
    if isinstance(member, Bidirectional):
        inside = [_member(inner) for inner in member.forward]
        return {"bidirectional": {"layer": inside if len(inside) > 1 else inside[0], "merge": member.merge}}
    return "last"


def _layer(layer: ChainLayer) -> dict[str, Any]:
    [signal] = layer.layer.inputs.values()
    written: dict[str, Any] = dict(layer.layer.options)
    written["input"] = signal.symbols if signal.symbols is not None else signal.shape[0]
    if layer.layer.states:
        written["initial_state"] = layer.initial_state
    if layer.init:
        written["init"] = {name: _initializer(*value) for name, value in layer.init.items()}
    if layer.per is not None:
        written["per"] = layer.per
    return {layer.layer.name: written}


def _initializer(method: str, arguments: tuple[float, ...]) -> Any:
    return {method: list(arguments) if len(arguments) > 1 else arguments[0]} if arguments else method


def _training(training: TrainingSection) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in training:
        if isinstance(value, LossSection | OptimizerSection | ScheduleSection):
            name, settings = value.chosen
            plain[key] = {name: _options(settings)} if dict(settings) else name
        elif isinstance(value, WindowSection) and value.backward is None:
            plain[key] = value.update
        elif isinstance(value, ResetSection) and value.before is None and value.after is None:
            plain[key] = value.policy
        else:
            plain[key] = _options(value) if isinstance(value, Section) else value
    return plain


def _options(section: Section) -> dict[str, Any]:
    """The keys of a section that are given, with plain values."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in section if v is not None}


def resolve(config: Config, facts: Facts) -> Resolved:
    """Fill in what follows from the data. Errors: ConfigError, DataError, placed in the config."""
    members, problems = _fit(config.layers, config.training, facts)
    fitting = () if problems else members
    problems += expect_problems(config.expect, facts, config.training.loss.name, config.split, fitting)
    if problems:
        problems = with_commands(problems, config.document)
        raise ConfigError(*(config.locate(p) for p in problems))
    chain = config.document.value["model"]["chain"]
    warnings = [
        *older_format(config.format),
        *data_doubts(config.source, config.data.scale, config.training, facts),
        *stack_warnings(chain),
        *chain_doubts(members, config.training, facts, config.source, config.data.scale),
        *length_warnings(config, facts),
        *idle_warnings(config.training),
    ]
    wanted = [config.locate(warning) for warning in warnings if warning.id not in config.ignore]
    data = config.data
    return Resolved(
        config.name,
        config.source,
        config.split,
        data.scale,
        config.cells,
        tuple(members),
        config.training,
        facts,
        config.document.text,
        tuple(in_order(wanted, config.document.source.files)),
        config.ignore,
        config.document,
        config.expect,
    )


def _fit(
    written: Sequence[Written], training: TrainingSection | None, facts: Facts
) -> tuple[list[Member], list[Problem]]:
    """The members with their sizes, and why layers or loss do not fit the data, if they do not."""
    learned = training is not None and training.learn_initial_state
    start = Signal((), facts.input.width) if facts.input.kind == "symbol" else Signal((facts.input.width,))
    loss = training.loss.name if training is not None else None
    if written and isinstance(written[-1], WrittenLayer):
        written = [*written[:-1], with_size(written[-1], _asked(facts, loss))]
    layers, problems = bind_chain(written, start, learned=learned)
    if written and not problems:
        problems = [*_nothing_to_train(layers), *_last(layers, facts), *_output(layers, facts, loss)]
    if training is not None:
        problems = [*problems, *foresight_problems(written, training, facts)]
    return layers, [*problems, *(_loss(loss, facts) if loss is not None else [])]


def _nothing_to_train(members: Sequence[Member]) -> list[Problem]:
    """Whether there is a number that training could change."""
    if any(item.parameter_count for item in layers_of(members)):
        return []
    message = "no layer of the chain has a parameter to train"
    return [Problem(("model", "chain"), message, on="key", id="no-parameters")]


def _last(members: Sequence[Member], facts: Facts) -> list[Problem]:
    """Whether a `last` has a sequence whose end is asked for."""
    if facts.each == "sequence":
        return []
    message = "last is for one target a sequence, and here the model answers at each step"
    also = ((("data", "target", "each"), "one target a step"),)
    return [
        Problem(m.setting, message, "leave it out", on="key", id="last-of-each-step", also=also)
        for m in members
        if isinstance(m, Last)
    ]


def _asking(label: str) -> tuple[tuple[SettingPath, str], ...]:
    """Where it is said what is asked; of these settings one is written."""
    return tuple((("data", key), label) for key in ("target", "task", "text"))


def _asked(facts: Facts, loss: str | None) -> int:
    """How many values target and loss ask for."""
    return facts.target.width * (2 if loss == "gaussian" and facts.target.kind == "number" else 1)


def _output(layers: list[Member], facts: Facts, loss: str | None) -> list[Problem]:
    """Whether the last layer gives what target and loss ask for."""
    last, target = layers[-1], facts.target
    given, wanted = last.output.shape, _asked(facts, loss)
    if given == (wanted,):
        return []
    thing = ("class", "classes") if target.kind == "class" else ("target column", "target columns")
    what = f"there {'is' if target.width == 1 else 'are'} {target.width} {thing[target.width != 1]}"
    if wanted != target.width:
        what += f", for {'which' if target.width == 1 else 'each of which'} gaussian takes a mean and a log variance"
    values = "1 value" if given == (1,) else f"{last.output} values"
    help_text = f"end the chain with `- dense: {wanted}`"
    message = f"the chain ends in {values}, and {what}"
    also = _asking("what is asked")
    if wanted != target.width:
        also = (*also, (("training", "loss"), "two values for each"))
    return [Problem(last.setting, message, help_text, on="key", id="answer-width", also=also)]


_JUDGED = {"cross_entropy": "class", "binary_cross_entropy": "binary"}
"""The kind of target that a loss is for, where it is not numbers."""
_TARGETS = {"number": "a number", "class": "a class", "binary": "binary"}
_SUBJECTS = {"number": "numbers", "class": "classes", "binary": "columns of 0 and 1"}


def _loss(loss: str, facts: Facts) -> list[Problem]:
    """Whether the loss can judge the target."""
    kind, judged = facts.target.kind, _JUDGED.get(loss, "number")
    if kind == judged:
        return []
    fitting = next((name for name, its in _JUDGED.items() if its == kind), "mse")
    help_text = f"write loss: {fitting}"
    if kind == "number":
        help_text += f", or make the target {_TARGETS[judged]}: {{column: …, kind: {judged}}}"
    message = f"{loss} judges {_SUBJECTS[judged]}, and the target is {_TARGETS[kind]}"
    also = _asking(f"{'a yes or no' if kind == 'binary' else _TARGETS[kind]} is asked here")
    return [Problem(("training", "loss", loss), message, help_text, on="key", id="loss-cannot-judge", also=also)]


def examined(config: Config) -> Facts:
    """The facts of a config's data. Errors: DataError, placed in the config or in the data file."""
    try:
        return examine(config.source)
    except DataError as error:
        raise placed(from_here(error, config.document), config) from None


def open_config(path: Path, overrides: Sequence[str] = (), unsaid: int = FORMAT) -> Resolved:
    """Read a config file and the facts of its data, and resolve it; `overrides` are of the form PATH=VALUE.

    `unsaid` is the format of a file that does not say of which it is.
    Errors: ConfigError, DataError; all that is wrong in one pass, as far as the data can be read at all.
    """
    document = compose(path, overrides)
    parts, found = read_parts(document, path.stem, unsaid)
    found = in_order([*found, *told(document, script_problems(parts.expect))], document.source.files)
    if found:
        raise ConfigError(*bounded(_with_the_data(document, parts, found), document.unsaid))
    config = parts.config(document)
    return resolve(config, examined(config))


def _with_the_data(document: Document, parts: Parts, found: list[Diagnostic]) -> list[Diagnostic]:
    """What is wrong with a file on its own, and with what it says of its data and its sizes."""
    if parts.source is None:
        return found
    try:
        facts = examine(parts.source)
    except DataError as error:
        error = from_here(error, document)
        found = in_order([*found, *told(document, error.problems)], document.source.files)
        return [*found, *error.diagnostics]
    members, problems = _fit(parts.layers or (), parts.training, facts)
    if parts.expect is not None and parts.data is not None and parts.training is not None:
        split, loss = split_of(parts.data), parts.training.loss.name
        problems += expect_problems(parts.expect, facts, loss, split, members if parts.layers and not problems else ())
    return in_order([*found, *told(document, with_commands(problems, document))], document.source.files)


def resolved_from(path: Path, facts: Facts) -> Resolved:
    """Read a resolved config that a run has saved, with the facts it was made with; its data is not looked at."""
    return resolve(load_config(path, unsaid=FIRST), facts)
