"""Every key of a config misspelt, retyped, deleted and written twice, one at a time.

Whatever is wrong is refused at its own line, and in no other way; what may be left out is not missed. The places
come from PyYAML's own composer, so that ours is held against another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from rnnctl.config import open_config
from rnnctl.errors import ConfigError, RnnctlError

REPOSITORY = Path(__file__).parents[2]

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
  split: {train: 0.5, valid: 0.25, test: 0.25}
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

CONFIGS = {
    "sunspots": (REPOSITORY / "configs/sunspots.yaml").read_text().replace("../", f"{REPOSITORY}/"),
    "digits": (REPOSITORY / "configs/digits.yaml").read_text().replace("../", f"{REPOSITORY}/"),
    "full": FULL,
}

REQUIRED = {
    *("data", "data.csv", "data.input", "data.input.columns", "data.target", "data.target.column", "data.target.kind"),
    *("model", "model.chain", "training", "training.loss"),
}
"""The keys that cannot be deleted, in any config; below those of one alone."""

OF_FULL = {
    *("data.split.train", "data.split.valid", "data.split.test"),  # not the defaults
    *("cells", "cells.leaky", "cells.leaky.state", "cells.leaky.state.h", "cells.leaky.state.h.shape"),
    *("cells.leaky.options", "cells.leaky.options.leak", "cells.leaky.options.leak.real", "cells.leaky.inputs.x"),
    *("cells.leaky.parameters", "cells.leaky.parameters.W", "cells.leaky.parameters.b", "cells.leaky.draws"),
    *("cells.leaky.parameters.W.shape", "cells.leaky.parameters.W.init", "cells.leaky.parameters.b.shape"),
    *("cells.leaky.parameters.b.init", "cells.leaky.draws.m"),
    *("cells.leaky.draws.m.bernoulli", "cells.leaky.draws.m.shape", "cells.leaky.derived", "cells.leaky.functions"),
    *("cells.leaky.equations", "cells.leaky.output", "model.chain.0.leaky.init.W.normal"),
    *("training.schedule.cosine", "training.clip.norm", "training.early_stopping.patience", "training.window.update"),
}


class Key(NamedTuple):
    """A key of a config: where it stands in its text, and how far its value goes."""

    path: tuple[str | int, ...]
    start: int
    key_end: int
    value: int
    end: int
    value_line: int
    line: int
    parent_line: int
    is_flow: bool

    @property
    def name(self) -> str:
        return ".".join(str(part) for part in self.path)


def keys(text: str) -> list[Key]:
    return list(_keys(text, yaml.compose(text, Loader=yaml.SafeLoader), (), 1))


def _keys(text: str, node: yaml.Node, path: tuple[str | int, ...], parent: int) -> Iterator[Key]:
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _keys(text, item, (*path, i), parent)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here, line = (*path, key.value), key.start_mark.line + 1
        start, value_start = key.start_mark.index, value.start_mark.index
        end = value_start + len(text[value_start : value.end_mark.index].rstrip())
        value_line = value.start_mark.line + 1
        yield Key(here, start, key.end_mark.index, value_start, end, value_line, line, parent, node.flow_style is True)
        yield from _keys(text, value, here, line)


EVERY = [(name, key) for name, text in CONFIGS.items() for key in keys(text)]
IDS = [f"{name}:{key.name}" for name, key in EVERY]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = (f"s{i // 4},{i * 0.5},{i},{'ab'[i // 4 % 2]}\n" for i in range(64))
    Path("many.csv").write_text("series,x,t,label\n" + "".join(rows))


def lines_told(text: str, name: str) -> list[int]:
    """The lines of the config at which something is wrong, 0 for one of the data; none where all is right."""
    path = Path(f"{name}.yaml")
    path.write_text(text)
    try:
        open_config(path)
    except RnnctlError as raised:
        error = raised
    else:
        return []
    assert error.diagnostics
    assert not error.problems
    assert "Input should" not in str(error)  # pydantic's words
    lines = []
    for found in error.diagnostics:
        assert found.where is not None or found.message.startswith("and "), str(found)
        if found.where is not None:
            lines.append(found.where.line if found.where.file == str(path) else 0)
    return lines


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_mutated_is_right(name: str) -> None:
    assert lines_told(CONFIGS[name], name) == []
    assert sum(1 for config, _ in EVERY if config == name) > 15


@pytest.mark.parametrize(("name", "key"), EVERY, ids=IDS)
def test_misspelt(name: str, key: Key) -> None:
    """A name of one's own is refused where it is used and no longer known."""
    text = CONFIGS[name]
    told = lines_told(text[: key.key_end] + "qz" + text[key.key_end :], name)
    used = USED.get(key.name)
    assert (text.count("\n", 0, text.index(used)) + 1 if used else key.line) in told


USED = {
    "cells.leaky": "    - leaky:",
    "cells.leaky.inputs.x": "h' = leak * h",
    "cells.leaky.options.leak": "h' = leak * h",
    "cells.leaky.parameters.W": "V = 2 * W",
    "cells.leaky.parameters.b": "h' = leak * h",
    "cells.leaky.draws.m": "h' = leak * h",
}


@pytest.mark.parametrize("other", ["zz9", "true", "[[]]", "{qz: 1}", "-1.5", "null"])
@pytest.mark.parametrize(("name", "key"), EVERY, ids=IDS)
def test_of_another_type(name: str, key: Key, other: str) -> None:
    """Refused at its line; where nothing is written, as missing, where that is told."""
    if may_be(key, other):
        return
    text = CONFIGS[name]
    told = lines_told(text[: key.key_end] + f": {other}" + text[key.end :], name)
    assert key.line in told or (told and (other == "null" or key.name in ELSEWHERE))


ELSEWHERE = {
    "cells.leaky.inputs",  # another name than the equations use
    "cells.leaky.draws.m.bernoulli",  # what it comes to is known for a layer with its options
}
"""What another value of is told of where it is used."""


def may_be(key: Key, other: str) -> bool:
    """Whether the other value is as right as the one that is there."""
    last = key.path[-1]
    if other == "zz9":
        return last in ("name", "summary", "source") or key.name == "cells.leaky.inputs.x"
    if other == "true":
        return last in ("learn", "learn_initial_state", "shuffle")
    if other == "null":  # the same as not given
        may = {"window", "backward", "adam", "adamw", "cosine", "clip", "early_stopping", "shuffle"}
        may |= {"initial_state", "init", "dropout", "real", "dense"}
        return last in may or (last == "input" and "chain" in key.path)
    if other == "[[]]" and key.path[:2] == ("cells", "leaky") and last == "init":
        return True
    if other == "-1.5":  # a constant, a limit, an expression
        return last in ("at_least", "initial", "init", "output", "real") or key.path[-2:-1] == ("init",)
    return False


@pytest.mark.parametrize(("name", "key"), EVERY, ids=IDS)
def test_deleted(name: str, key: Key) -> None:
    text = CONFIGS[name]
    told = lines_told(without(text, key), name)
    if is_required(name, key):
        assert told
    else:
        assert told == [], f"{key.name} may be left out"


def is_required(name: str, key: Key) -> bool:
    if key.path[:2] == ("model", "chain") and len(key.path) > 2:
        if key.path[-2:] == ("dense", "size"):  # which ends the chain, and follows from the target
            return False
        return len(key.path) == 4 or key.path[-1] == "size" or key.name in OF_FULL
    if key.name == "data.id":
        return "each: sequence" in CONFIGS[name]
    if key.path[:2] == ("training", "optimizer") and len(key.path) == 3:
        return True
    return key.name in REQUIRED or (name == "full" and key.name in OF_FULL)


def without(text: str, key: Key) -> str:
    """The text without a key and its value, its comma or its lines."""
    if key.is_flow:
        before, after = text[: key.start], text[key.end :]
        if after.startswith(", "):
            return before + after[2:]
        return before.removesuffix(", ") + after
    line = text.rfind("\n", 0, key.start) + 1
    lead, rest = text[line : key.start], text[key.end :].removeprefix("\n")
    if "-" in lead:  # the first key of an item
        return text[:line] + lead + "{}\n" + rest
    return text[:line] + rest


@pytest.mark.parametrize(("name", "key"), EVERY, ids=IDS)
def test_twice(name: str, key: Key) -> None:
    text = CONFIGS[name]
    pair = text[key.start : key.end]
    if key.is_flow:
        mutated, line = text[: key.end] + ", " + pair + text[key.end :], key.line
    else:
        lead = " " * (key.start - text.rfind("\n", 0, key.start) - 1)
        mutated = text[: key.end] + f"\n{lead}{pair}" + text[key.end :]
        line = text.count("\n", 0, key.end) + 2
    Path("c.yaml").write_text(mutated)
    with pytest.raises(ConfigError) as caught:
        open_config(Path("c.yaml"))
    [found] = caught.value.diagnostics
    assert found.message == f"the key '{key.path[-1]}' stands twice in one mapping"
    assert found.where is not None
    assert found.where.line == line
