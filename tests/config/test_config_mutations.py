"""Every key of every config in configs/ misspelt, retyped, deleted and written twice, one at a time.

Each is refused as a mistake of the config or its data, at the line and column of the mutation, in one error and in no
other way; what may be left out is not missed, and what is as right as before stands in a list with its reason. The
places come from PyYAML's own composer, so that ours is held against another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from rnnctl.config import open_config
from rnnctl.data.facts import Facts
from rnnctl.data.facts import examine as examine_anew
from rnnctl.data.spec import Split
from rnnctl.data.splits import split_pieces as split_anew
from rnnctl.errors import ConfigError, DataError, Diagnostic

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "configs"

FULL = """\
name: full
data:
  csv: many.csv
  id: series
  input: {columns: [x, t], kind: number}
  target:
    column: label
    kind: class
    ahead: 0
    each: sequence
  split: {train: 0.5, valid: 0.25, test: 0.25, shuffle: false}
  scale: range
cells:
  leaky:
    summary: A leaky integrator
    source: nobody
    inputs: {x: input}
    options:
      leak: {real: 0.5, at_least: 0, below: 1}
    require: size >= 1
    state:
      h: {shape: [size], kind: real, initial: 0, learn: true}
    parameters:
      W: {shape: [size, input], init: glorot_uniform}
      b: {shape: [size], init: zeros}
    draws:
      m: {bernoulli: 0.9, shape: [size], per: step}
    derived: |
      V = 2 * W
    functions: |
      twice(a) = 2 * a
    equations: |
      h' = leak * h + m * twice(V @ x + b)
    output: h'
model:
  chain:
    - leaky: {size: 4, leak: 0.25, input: 2, initial_state: learned, init: {W: {normal: 0.1}, b: zeros}}
    - rnn:
        size: 3
        activation: relu
        input: 4
        initial_state: zeros
        init: {U: identity, b: 0.5}
    - bidirectional: {layer: {gru: 3}, merge: sum}
    - residual: [layer_norm, {lstm: {size: 3}}]
    - stack:
        layer: {min_gru: 3}
        depth: 2
        dropout: 0.25
        per: sequence
    - dropout: {rate: 0.25, input: 3}
    - dense: {size: 2, activation: identity, input: 3, init: {W: orthogonal}}
training:
  loss: cross_entropy
  optimizer:
    adamw:
      lr: 1e-3
      betas: [0.9, 0.99]
      eps: 1e-9
      weight_decay: 0.1
  schedule: {cosine: {to: 0.1, warmup: 5}}
  clip: {norm: 0.5}
  epochs: 3
  early_stopping: {patience: 2, margin: 1e-3}
  batching: sequences
  batch: 2
  window: {update: 2, backward: 2}
  reset: {policy: window}
  burn_in: 1
  learn_initial_state: true
  shuffle: false
  seed: 7
  precision: float64
  threads: 2
"""
"""A config with (nearly) every key that there is, most of them not at their default."""


def _with_whole_paths(path: Path) -> str:
    text = re.sub(r"(\.\./)+datasets", str(REPOSITORY / "datasets"), path.read_text("utf-8"))
    return re.sub(r"(?<=transcript: )", f"{FOLDER}/", text)


CONFIGS = {str(p.relative_to(FOLDER)): _with_whole_paths(p) for p in sorted(FOLDER.rglob("*.yaml"))}
CONFIGS["full"] = FULL


class Key(NamedTuple):
    """A key of a config, or an item of a list that has none: where it stands, and how far its value goes.

    Lines and columns count from 1. For an item, the key's place is that of the value.
    """

    path: tuple[str | int, ...]
    start: int
    key_end: int
    value: int
    end: int
    line: int
    column: int
    value_line: int
    value_column: int
    parent: tuple[int, int]
    is_flow: bool
    is_item: bool

    @property
    def name(self) -> str:
        return ".".join(str(part) for part in self.path)

    @property
    def place(self) -> tuple[int, int]:
        return self.line, self.column


@cache
def keys(config: str) -> tuple[Key, ...]:
    text = CONFIGS[config]
    return tuple(_keys(text, yaml.compose(text, Loader=yaml.SafeLoader), (), (1, 1)))


def _keys(text: str, node: yaml.Node, path: tuple[str | int, ...], parent: tuple[int, int]) -> Iterator[Key]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _keys(text, item, (*path, i), parent)
            if isinstance(item, yaml.ScalarNode):
                yield _key(text, item, item, (*path, i), parent, is_flow=node.flow_style is True, is_item=True)
    for key, value in pairs:
        here = (*path, key.value)
        yield _key(text, key, value, here, parent, is_flow=node.flow_style is True)
        yield from _keys(text, value, here, (key.start_mark.line + 1, key.start_mark.column + 1))


def _key(
    text: str,
    key: yaml.Node,
    value: yaml.Node,
    path: tuple[str | int, ...],
    parent: tuple[int, int],
    *,
    is_flow: bool,
    is_item: bool = False,
) -> Key:
    start, value_start = key.start_mark.index, value.start_mark.index
    end = value_start + len(text[value_start : value.end_mark.index].rstrip())
    if isinstance(value, yaml.CollectionNode) and not value.flow_style:  # its end is where the next thing begins
        last = value
        while isinstance(last, yaml.CollectionNode) and last.value and not last.flow_style:
            last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
        end = last.start_mark.index + len(text[last.start_mark.index : last.end_mark.index].rstrip())
    places = (
        key.start_mark.line + 1,
        key.start_mark.column + 1,
        value.start_mark.line + 1,
        value.start_mark.column + 1,
    )
    return Key(path, start, key.end_mark.index, value_start, end, *places, parent, is_flow, is_item)


_EXAMINED: dict[str, Facts | DataError] = {}


def examine(source: object) -> Facts:
    """The facts of a source, or its error, looked up once for all configs that have it."""
    described = repr(source)
    if described not in _EXAMINED:
        try:
            _EXAMINED[described] = examine_anew(source)  # type: ignore[arg-type]
        except DataError as error:
            _EXAMINED[described] = error
    found = _EXAMINED[described]
    if isinstance(found, DataError):
        raise DataError(*found.diagnostics, problems=found.problems)
    return found


_SPLIT: dict[tuple[int, Split, int], Any] = {}


def split_pieces(facts: Facts, split: Split, seed: int) -> Any:
    """The pieces of splits, made once for all configs that have the same; facts are those of above, and stay."""
    known = (id(facts), split, seed)
    if known not in _SPLIT:
        _SPLIT[known] = split_anew(facts, split, seed)
    return _SPLIT[known]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("rnnctl.config.resolve"), "examine", examine)
    monkeypatch.setattr("rnnctl.config.lengths.split_pieces", split_pieces)
    rows = (f"s{i // 4},{i * 0.5},{i},{'ab'[i // 4 % 2]}\n" for i in range(64))
    Path("many.csv").write_text("series,x,t,label\n" + "".join(rows))


def told(text: str, config: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a config of this text; nothing where all is right."""
    path = Path(f"{config.rpartition('/')[2]}")
    path.write_text(text, "utf-8")
    try:
        open_config(path)
    except (ConfigError, DataError) as raised:
        error = raised
    else:
        return ()
    assert error.exit_code in (2, 3)
    assert error.diagnostics
    assert not error.problems
    return error.diagnostics


def misspelt(config: str, key: Key) -> str:
    text = CONFIGS[config]
    return f"{text[: key.key_end]}qz{text[key.key_end :]}"


def retyped(config: str, key: Key, other: str) -> str:
    text = CONFIGS[config]
    return (
        text[: key.value] + other + text[key.end :]
        if key.is_item
        else f"{text[: key.key_end]}: {other}{text[key.end :]}"
    )


def deleted(config: str, key: Key) -> str:
    """The text without a key and its value, its comma or its lines."""
    text = CONFIGS[config]
    if key.is_flow:
        before, after = text[: key.start], text[key.end :]
        if after.startswith(", "):
            return before + after[2:]
        return before.removesuffix(", ") + after
    line, end = text.rfind("\n", 0, key.start) + 1, text.find("\n", key.end)
    lead, rest = text[line : key.start], text[end + 1 :]
    if "-" in lead and not key.is_item:  # the first key of an item
        return f"{text[:line]}{lead}{{}}\n{rest}"
    return text[:line] + rest


def doubled(config: str, key: Key) -> tuple[str, tuple[int, int]]:
    """The text with a key and its value written twice, and the place of the second."""
    text = CONFIGS[config]
    pair = text[key.start : key.end]
    if key.is_flow:
        lines = text.count("\n", 0, key.end)
        column = key.end + 2 - text.rfind("\n", 0, key.end)
        return f"{text[: key.end]}, {pair}{text[key.end :]}", (lines + 1, column)
    end = text.find("\n", key.end) + 1
    return f"{text[:end]}{' ' * (key.column - 1)}{pair}\n{text[end:]}", (text.count("\n", 0, end) + 1, key.column)


def others(config: str, key: Key) -> tuple[str, ...]:
    """Values of other types than the one that is there, as they are written."""
    text = CONFIGS[config]
    written = text[key.value : key.end]
    if written[0] in "[{" or "\n" in written:
        wrong = ("zz9", "-1.5", "true", "{qz: 1}" if written[0] in "[-" else "[[]]")
    elif re.fullmatch(r"-?[\d.e-]+", written):
        wrong = ("zz9", "true", "[[]]", f"'{written}'")
    else:
        wrong = ("-1.5", "[[]]", "{qz: 1}", "5" if written in ("true", "false") else "true")
    return (*wrong, "null")


def places(text: str, config: str) -> tuple[tuple[int, int], ...]:
    """Line and column of all that is wrong with a config, (0, 0) for what is wrong with its data."""
    found = told(text, config)
    assert "Input should" not in str(found)  # pydantic's words
    file = config.rpartition("/")[2]
    return tuple(
        (d.where.line, d.where.column) if d.where is not None and d.where.file == file else (0, 0) for d in found
    )


def place_of(text: str, at: int) -> tuple[int, int]:
    """The line and column of a character."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


class Case(NamedTuple):
    """Keys, by a pattern of their names, for which a mutation does not do what it does elsewhere, and why.

    A pattern with a colon is of the config and the name. `where` is what stands before the place at which the mistake
    is told, one of several texts; None where that is not elsewhere.
    """

    keys: str
    why: str
    where: tuple[str, ...] | str | None = None
    value: str = ""

    def fits(self, config: str, key: Key, value: str = "") -> bool:
        name = f"{config}:{key.name}" if ":" in self.keys else key.name
        return re.fullmatch(self.keys, name) is not None and re.fullmatch(self.value, value) is not None


def case_of(cases: tuple[Case, ...], config: str, key: Key, value: str = "") -> Case | None:
    return next((case for case in cases if case.fits(config, key, value)), None)


every_config = pytest.mark.parametrize("config", CONFIGS)


def test_there_are_configs() -> None:
    assert len(CONFIGS) > 20
    assert all(len(keys(config)) > 15 for config in CONFIGS)


@every_config
def test_what_is_mutated_is_right(config: str) -> None:
    assert told(CONFIGS[config], config) == ()


# A key, or a text in a list, misspelt.

OWN = (
    Case(r"cells\.\w+", "a cell's name, missed in the chain"),
    Case(r"cells\.\w+\.(inputs|options|state|parameters|draws)\.[\w, ]+", "a name, missed where it is used"),
)
"""Names of one's own: another one is as right where it stands."""


def names_of(config: str, key: Key) -> tuple[str, ...]:
    """The names that a key gives, of a cell or in a cell; where one is missed, the place begins with it."""
    cells = yaml.safe_load(CONFIGS[config]).get("cells", {})
    last = str(key.path[-1])
    if key.path[0] != "cells":
        return (last,) if last in cells else ()
    if len(key.path) == 1:
        return tuple(cells)
    if len(key.path) == 2:
        return (last,)
    cell = cells[key.path[1]]
    if last in ("derived", "functions"):
        return tuple(re.findall(r"^(\w+)", cell[last], re.MULTILINE))
    if len(key.path) == 3:
        given = cell["state" if last == "equations" else last]
        return tuple(name for names in given for name in names.split(", ")) if isinstance(given, dict) else ()
    return tuple(last.split(", ")) if len(key.path) == 4 else ()


def is_missed(config: str, key: Key, text: str, at: tuple[int, int]) -> bool:
    """Whether one of the names that a key gives stands at a place of a text."""
    line, column = at
    rest = text.splitlines()[line - 1][column - 1 :] if line else ""
    found = re.match(r"\w+", rest)
    return found is not None and found[0].removesuffix("qz") in names_of(config, key)


def snippet_at(text: str, case: Case) -> tuple[int, int]:
    """The place behind the first of a case's snippets that stands in a text."""
    snippets = (case.where,) if isinstance(case.where, str) else case.where or ()
    snippet = next((s for s in snippets if s in text), "")
    assert snippet, f"{case.where!r} is not in {text}"
    return place_of(text, text.index(snippet) + len(snippet))


@every_config
def test_misspelt(config: str) -> None:
    """One mistake, at the key."""
    wrong = []
    for key in keys(config):
        if key.is_item and not CONFIGS[config][key.value].isalpha():  # a number
            continue
        text = misspelt(config, key)
        found, case = places(text, config), case_of(OWN, config, key)
        if case is not None:
            if not found or not all(is_missed(config, key, text, at) for at in found):
                wrong.append((key.name, found, "not told where it is used"))
        elif found != (key.place,):
            wrong.append((key.name, found, "expected", key.place))
    assert wrong == []


# A value of another type.

NULL, NUMBER, TEXT = "null", r"-1\.5", r"'.*'"
AS_RIGHT = (
    Case(r"data\.task\.\w+", "a task with all its defaults", value=NULL),
    Case(r"training\.(optimizer|schedule)\.\w+", "an optimizer or a schedule with all its defaults", value=NULL),
    Case(
        r"(?!residual).*:model\.chain\.\d+\.dense|residual\.yaml:model\.chain\.4\.dense",
        "the last layer's size follows from the target",
        value=NULL,
    ),
    Case(r"model\.chain\.\d+\.dropout", "a dropout at its default rate", value=NULL),
    Case(r"model\.chain\.\d+\.\w+\.(init|input|initial_state|per)", "nothing, which is the default", value=NULL),
    Case(r"training\.reset\.(before|after)|data\.target\.where", "no column, which may be said", value=NULL),
    Case(
        r"(training\.(clip|early_stopping|window|window\.backward)|.*\.shuffle)", "none, which may be said", value=NULL
    ),
    Case(r"full:cells\.leaky\.options\.leak\.real", "an option without a default, which is given", value=NULL),
    Case(r"expect", "no promises", value=NULL),
    Case(r"(sine|sunspots|streams|own_cell|reber)\.yaml:expect\.(test\.\w+|\w+)", "one promise less", value=NULL),
    Case(r"expect\.horizon\.judge|expect\.test\.\w+\.judge", "as the seeds say", value=NULL),
    Case(r"cells\.\w+\.parameters\.[\w, ]+\.init", "a constant to begin with", value=NUMBER),
    Case(r"model\.chain\.\d+\.\w+\.init\.\w+", "a constant to begin with", value=NUMBER),
    Case(r"cells\.\w+\.parameters\.\w+\.init\.uniform\.\d", "an expression, which is text", value=TEXT),
    Case(r"cells\.\w+\.(state\.\w+\.initial|draws\.\w+\.bernoulli)", "an expression, which is text", value=TEXT),
)
"""Values of another type that are as right."""

ELSEWHERE = (
    Case(r"data\.id", "told by the target of each sequence, which needs it", ("class, each: ", "    each: "), NULL),
    Case(r"model\.chain\.\d+\.stack\.dropout", "told by `per`, which needs it", "dropout: null\n        ", NULL),
    Case(r"reber\.yaml:.*\.keep\.real", "told by the layer, whose option it is", "one_hot\n    - ", NULL),
    Case(r"expect\.test\.mse\.of", "told by the distance from it", "within: ", rf"{NULL}|{NUMBER}"),
    Case(r"reber\.yaml:.*\.m\.bernoulli", "told by the layer, whose draw it is", "one_hot\n    - ", NUMBER),
)
"""Values of another type whose mistake is told at what needs them."""

AND_MORE = (
    Case(r"cells", "the chain misses a cell as well", value=".*"),
    Case(r"cells\.\w+\.state", "the equations miss a state as well", value=".*"),
    Case(r"cells\.\w+\.parameters\.[WU][\w, ]*\.shape", "the first values are for a matrix", value="zz9"),
)
"""Values of another type that have another mistake elsewhere follow, of the same cause."""


def retyped_wrongly(config: str, key: Key, other: str) -> str | None:
    """What is not as it should be when a value of another type stands there."""
    text = retyped(config, key, other)
    found = places(text, config)
    if case_of(AS_RIGHT, config, key, other):
        return f"{found}, though it is as right" if found else None
    if case := case_of(ELSEWHERE, config, key, other):
        return None if found == (snippet_at(text, case),) else f"{found}, not behind {case.where!r}"
    end = key.column + (0 if key.is_item else key.key_end - key.start + 2) + len(other)
    here = [at for at in found if at[0] == key.line and key.column <= at[1] <= end]
    if other == NULL and found == (key.parent,):  # as if it was not there
        return None
    more = case_of(AND_MORE, config, key, other) is not None
    return None if here and (more or len(here) == len(found)) else f"{found}, not in line {key.line}"


@every_config
def test_of_another_type(config: str) -> None:
    """At the value, or at its key where nothing is written; a mapping of an unknown key may lack a known one too."""
    pairs = [(key, other) for key in keys(config) for other in others(config, key)]
    wrong = [(key.name, other, retyped_wrongly(config, key, other)) for key, other in pairs]
    assert [found for found in wrong if found[2]] == []


# A key or an item that is taken away.

REQUIRED = (
    Case(r"data|model|training", "a section"),
    Case(r"data\.(csv|task|text|input|target)", "where the data comes from, what is shown and asked"),
    Case(r"data\.input\.columns|data\.target\.columns?|data\.task\.\w+", "what such a mapping names"),
    Case(r"(cells/(clockwork_rnn|cornn|gru_v3|r\w+)|own_cell|sunspots)\.yaml:data\.input\.0", "the only column"),
    Case(r"full:data\.input\.columns\.\d", "the first layer says how many", "leak: 0.25, input: "),
    Case(r"data\.id", "told by the target of each sequence", ("class, each: ", "    each: ")),
    Case(r"full:data\.target\.kind", "its cells are no numbers, which the data tells"),
    Case(r"data\.target\.kind", "told by the loss, which is for classes", "loss: "),
    Case(r"bidirectional\.yaml:data\.target\.each", "told by `last`", "{lstm: 64}\n    - "),
    Case(r"data\.target\.columns\.\d", "told by the layer that answers", "lstm: 15\n    - "),
    Case(r"(?!digits|sunspots).*:data\.split\.(train|valid|test)", "another fraction than by default"),
    Case(r"full:model\.chain\.2\.bidirectional\.merge", "told by the layer behind it", "{layer: {gru: 3}}\n    - "),
    Case(r"cells", "told by the layer"),
    *OWN,
    Case(r"cells\.\w+\.(state|parameters|options|draws|derived|functions)", "told where it is used"),
    Case(r"cells\.\w+\.equations", "told by the state"),
    Case(r"cells\.\w+\.(state\.\w+\.shape|output)", "without a default"),
    Case(r"full:cells\.leaky\.state\.h\.shape\.0", "a state of another rank"),
    Case(r"cells\.\w+\.parameters\.[\w, ]+\.(shape|init)", "without a default"),
    Case(r"cells\.\w+\.parameters\.[WU][\w, ]*\.shape\.\d", "told by the first values, and where it is used"),
    Case(r"cells\.\w+\.options\.\w+\.real|cells\.\w+\.draws\.m\.(bernoulli|shape)", "without a default"),
    Case(r"cells\.leaky\.parameters\.leak\.init\.uniform(\.\d)?", "without a default"),
    Case(
        r"model\.chain|model\.chain\.\d+\.\w+|.*\.residual\.1\.\w+|.*\.(bidirectional|layer)\.\w+",
        "what a list or a layer is of",
    ),
    Case(
        r"model\.chain\.2\.stack\.layer\.residual|.*\.stack\.(layer|depth)|.*\.bidirectional\.layer",
        "without a default",
    ),
    Case(r"(?!full).*:model\.chain\.\d+\.\w+\.size|full:model\.chain\.[0-5]\..*\.size", "without a default"),
    Case(r".*\.stack\.dropout", "told by `per`, which is for it", "depth: 2\n        "),
    Case(r"(copy|reber|temporal_order)\.yaml:model\.chain\.0", "told by the layer behind it", "chain:\n    - "),
    Case(
        r"characters\.yaml:model\.chain\.2|(streams|throws)\.yaml:model\.chain\.1",
        "told by the layer before it",
        ("embedding: 32\n    - ", "chain:\n    - "),
    ),
    Case(r"model\.chain\..*\.init\.\w+\.normal", "without a default"),
    Case(
        r"training\.loss|training\.(optimizer|schedule)\.\w+|training\.optimizer\.adamw\.betas\.\d",
        "one is to be chosen",
    ),
    Case(r"training\.(clip\.norm|early_stopping\.patience|window\.update)", "without a default"),
    Case(r"expect\.[\w.]+\.(above|below|within|of)", "a bound"),
    Case(r"streams\.yaml:training\.batching", "told by the reset, which needs streams", "reset: "),
    Case(
        r"full:training\.reset(\.policy)?",
        "told by the layer that reads both ways",
        "init: {U: identity, b: 0.5}\n    - ",
    ),
)
"""What cannot be left out; where no text is given, this is told at what holds it, or where a name is missed.
All else can."""


def missed_wrongly(config: str, key: Key) -> str | None:
    """What is not as it should be when a key or an item is not there."""
    text = deleted(config, key)
    found, case = places(text, config), case_of(REQUIRED, config, key)
    if case is None:
        return f"{found}, though it may be left out" if found else None
    if case.where is not None:
        return None if snippet_at(text, case) in found else f"{found}, not behind {case.where!r}"
    parent = key.parent[0] if len(key.path) > 1 else yaml.compose(text, Loader=yaml.SafeLoader).start_mark.line + 1
    near = [at for at in found if at[0] in (parent, key.line, 0) or is_missed(config, key, text, at)]
    more = ".shape." in key.name and bool(near)  # of another rank, it fits nowhere
    return None if found and (more or len(near) == len(found)) else f"{found}, not in line {parent}"


@every_config
def test_deleted(config: str) -> None:
    """Told at what holds it, or in its own place, or where the table says."""
    wrong = [(key.name, missed_wrongly(config, key)) for key in keys(config)]
    assert [found for found in wrong if found[1]] == []


# A key that stands twice.


@every_config
def test_twice(config: str) -> None:
    """At the second, with the first beside it."""
    wrong = []
    for key in keys(config):
        if key.is_item:
            continue
        text, second = doubled(config, key)
        found = told(text, config)
        message = f"the key '{key.path[-1]}' stands twice in one mapping"
        also = [[(other.where.line, other.where.column) for other in d.also] for d in found]
        if [d.message for d in found] != [message] or places(text, config) != (second,) or also != [[key.place]]:
            wrong.append((key.name, [str(d) for d in found]))
    assert wrong == []


# The tables are needed.


@cache
def every_value() -> list[tuple[str, Key, str]]:
    """All keys of all configs, with each value that is tried, and none."""
    return [(config, key, other) for config in CONFIGS for key in keys(config) for other in ("", *others(config, key))]


@pytest.mark.parametrize("case", [*OWN, *AS_RIGHT, *ELSEWHERE, *AND_MORE, *REQUIRED], ids=lambda case: case.keys)
def test_no_case_is_left_over(case: Case) -> None:
    """Each is of some key, and of a value that is tried: what is not told as the case says fails above."""
    assert case.why
    assert any(case.fits(config, key, other) for config, key, other in every_value())
