"""`--set PATH=VALUE`: what it sets, and the place of each way in which it can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import load_config
from rnnctl.config.composition import compose
from rnnctl.document import parse
from rnnctl.errors import ConfigError

CONFIG = """\
data: {task: {sine: {steps: 200}}}
cells:
  mine:
    options: {width: integer}
    state: {h: width}
    parameters: {W: {shape: [width, input], init: {normal: 0.1}}}
    equations: h' = tanh(W @ x + h)
    output: h'
  own:
    options: {gain: {real: 0.5}, other: {real: 1}}
    output: gain * other * x
model:
  chain:
    - layer_norm
    - lstm: 32
    - mine: 4
    - own
    - residual: {gru: 4}
    - bidirectional: {lstm: 2}
    - stack: {layer: [{lstm: 3}], depth: 2}
    - dense:
training:
  loss: mse
  window: 64
  optimizer: adam
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOT_SET", raising=False)
    Path("c.yaml").write_text(CONFIG)


SET = """
training.window=32 | training.window | 32
training.window=null | training.window | null
training.window.backward=128 | training.window | {update: 64, backward: 128}
training.window={backward: 128} | training.window | {update: 64, backward: 128}
training.reset.after=done | training.reset | {after: done}
training.optimizer.adam.lr=1e-2 | training.optimizer | {adam: {lr: 0.01}}
training.optimizer.sgd.lr=1e-2 | training.optimizer | {sgd: {lr: 0.01}}
training.optimizer={sgd: {lr: 1}} | training.optimizer | {sgd: {lr: 1}}
training.loss=huber | training.loss | huber
training.loss.huber.delta=2 | training.loss | {huber: {delta: 2}}
training.clip.norm=2 & training.clip.value=3 | training.clip | {value: 3}
data.task.copy.length=5 | data.task | {copy: {length: 5}}
data.csv=d.csv | data | {csv: d.csv}
data.input=[a, b] | data.input | [a, b]
data.input=[a] & data.input.append=[b] | data.input | [a, b]
data.input=a & data.input.prepend=[b] | data.input | {columns: [b, a]}
data.input=[a] & data.input.kind=symbol & data.input.columns.append=[b] | data.input | {columns: [a, b], kind: symbol}
data.target=a & data.target.ahead=2 | data.target | {column: a, ahead: 2}
name=a b = c | name | a b = c
name="3" | name | "3"
name=${env:NOT_SET} & name=y | name | y
training.seed=1 & training.seed=2 | training.seed | 2
 training . seed =  3 | training.seed | 3
ignore=[a] & ignore={append: [b]} | ignore | [a, b]
ignore=a & ignore.append=b | ignore | [a, b]
model.chain.append=[last] & model.chain.prepend=[dropout] & model.chain.0=mean | model.chain.0 | mean
model.chain.append=[last] | model.chain.8 | last
model.chain.0.layer_norm.eps=1 | model.chain.0 | {layer_norm: {eps: 1}}
model.chain.1.lstm=8 | model.chain.1 | {lstm: 8}
model.chain.1.lstm.initial_state=learned | model.chain.1 | {lstm: {size: 32, initial_state: learned}}
model.chain.1.lstm.init.bf=1 | model.chain.1 | {lstm: {size: 32, init: {bf: 1}}}
model.chain.2.mine.init.W.uniform=[0, 1] | model.chain.2 | {mine: {width: 4, init: {W: {uniform: [0, 1]}}}}
model.chain.2.mine.init={} & cells.mine.options.width.integer=3 | model.chain.2 | {mine: {width: 4, init: {}}}
model.chain.3.own.gain=2 | model.chain.3 | {own: {gain: 2}}
model.chain.4.residual.gru.initial_state=learned | model.chain.4 | {residual: {gru: {size: 4, initial_state: learned}}}
model.chain.5.bidirectional.merge=sum | model.chain.5 | {bidirectional: {layer: {lstm: 2}, merge: sum}}
model.chain.5.bidirectional={merge: sum} | model.chain.5 | {bidirectional: {layer: {lstm: 2}, merge: sum}}
model.chain.5.bidirectional.layer.lstm.size=5 | model.chain.5 | {bidirectional: {layer: {lstm: {size: 5}}}}
model.chain.5.bidirectional.lstm.size=5 | model.chain.5 | {bidirectional: {lstm: {size: 5}}}
model.chain.6.stack.layer.0.lstm.size=5 | model.chain.6 | {stack: {layer: [{lstm: {size: 5}}], depth: 2}}
model.chain.6.stack.dropout=0.5 | model.chain.6.stack.dropout | 0.5
model.chain.7.dense.size=1 | model.chain.7 | {dense: {size: 1}}
model.chain.7={gru: 3} | model.chain.7 | {gru: 3}
model.chain.7=last | model.chain.7 | last
model.chain=[{dense: 1}] | model.chain | [{dense: 1}]
cells.mine.state.h.initial=1 | cells.mine.state | {h: {shape: width, initial: 1}}
cells.mine.parameters.W.init.uniform=[0, 1] | cells.mine.parameters.W.init | {uniform: [0, 1]}
cells.mine.options.width.integer=3 | cells.mine.options | {width: {integer: 3}}
cells.mine.options.width.real=3 | cells.mine.options | {width: {real: 3}}
"""
"""What is set, a path, and the value that is there then."""


@pytest.mark.parametrize("case", SET.strip("\n").splitlines())
def test_what_is_set(case: str) -> None:
    overrides, path, value = case.split(" | ")
    document = compose(Path("c.yaml"), overrides.split(" & "))
    assert [str(mistake) for mistake in document.mistakes] == []
    found = document.value
    for part in path.split("."):
        found = found[int(part) if part.isdecimal() else part]
    assert {"it": found} == parse(f"it: {value}", "x.yaml").value


def test_all_else_stays_as_it_was() -> None:
    value = parse(CONFIG, "c.yaml").value
    value["model"]["chain"][1] = {"lstm": 8}
    value["training"]["seed"] = 3
    assert compose(Path("c.yaml"), ["model.chain.1.lstm=8", "training.seed=3"]).value == value


USAGE = "write --set training.window=64"
ITEMS = "its items are 0 to 7"
ADD = "to add one write --set '"
DEEP = "values are nested more than 64 levels deep"
WRONG: dict[str, tuple[str, int, int, str | None]] = {
    "training.window": ("there is no '=' in this", 1, 15, USAGE),
    "": ("there is no '=' in this", 1, 1, USAGE),
    "=3": ("a path is missing before the '='", 1, 1, USAGE),
    "training.=3": ("a key is missing here", 10, 1, USAGE),
    "training..window=3": ("a key is missing here", 10, 1, USAGE),
    "training.window=": ("a value is missing behind this '='", 16, 1, 'write null for none, "" for no text'),
    "training.window= # 3": ("this is a comment, and no value", 17, 4, 'write "#…", in quotes'),
    "training.seed={a: 1, a: 2}": ("the key 'a' stands twice in one mapping", 22, 1, "keep one of the two"),
    "training.seed=[3": ("this '[' is never closed", 15, 1, "add ']' after its last item"),
    "training.seed=*a": ("no value above has this name", 15, 2, "put text that starts with '*' in quotes"),
    "training.seed=3e999": ("3e999 is too large for a float", 15, 5, "the largest is about 1.8e308"),
    "model.chain[0][1].x=3": ("items are named by their number behind a point", 7, 11, "write model.chain.0.1.x"),
    "extends=a.yaml": ("'extends' is for a file to say of itself", 1, 7, "write it in the file: extends: …"),
    "format=1": ("'format' is for a file to say of itself", 1, 6, "write it in the file: format: …"),
    "model.chain.8=last": (
        "model.chain is a list of 8, and has no item 8",
        13,
        1,
        f"{ITEMS}; {ADD}model.chain.append=[last]'",
    ),
    f"model.chain.{'9' * 5000}=a": (
        "model.chain is a list of 8, and has no item 9999999999",
        13,
        189,
        f"{ITEMS}; {ADD}model.chain.append=[a]'",
    ),
    "model.chain.-1=last": ("model.chain is a list of 8, and '-1' is no number of an item", 13, 2, ITEMS),
    "model.chain.mine.width=3": (
        "model.chain is a list of 8, and 'mine' is no number of an item",
        13,
        4,
        "write model.chain.2.mine",
    ),
    "model.chain.1.gru.size=3": (
        "model.chain.1 is 'lstm', not 'gru'",
        15,
        3,
        "for another layer write --set 'model.chain.1={gru: …}'",
    ),
    "model.chain.6.stack.layer.1=a": (
        "model.chain.6.stack.layer is a list of 1, and has no item 1",
        27,
        1,
        f"its one item is 0; {ADD}model.chain.6.stack.layer.append=[a]'",
    ),
    "training.window.update.x=3": ("training.window.update is a single value, '64', and has no 'x'", 24, 1, None),
    "vars.x=3": ("no value uses the variable 'x'", 6, 1, "write ${vars.x} where it is meant"),
    "vars=3": ("vars must be a mapping", 6, 1, "write --set vars.NAME=VALUE"),
    "name=${vars.y}": ("unknown variable 'vars.y'", 6, 9, "write it under `vars`"),
    "name=a ${env:NOT_SET}": (
        "the environment variable NOT_SET is not set",
        8,
        14,
        "set it, or write a default: ${env:NOT_SET:-…}",
    ),
    "data.input={append: [3]}": ("there is no list here to append to", 13, 6, "write the list itself"),
    "model.chain.append=3": ("a list is added to a list", 20, 1, "write it in brackets: [a, b]"),
    f"name={'[' * 64}{']' * 64}": (DEEP, 1, 4, None),
    f"{'a.' * 70}b=3": (DEEP, 1, 141, None),
}


@pytest.mark.parametrize("argument", WRONG, ids=lambda argument: argument[:40])
def test_what_cannot_be_set(argument: str) -> None:
    message, column, length, help_ = WRONG[argument]
    [found] = compose(Path("c.yaml"), [argument]).mistakes
    assert (found.message, found.help) == (message, help_)
    assert found.where is not None
    assert (found.where.file, found.where.line, found.where.column) == ("--set", 1, column)
    assert found.where.text == argument or (
        found.where.text.endswith("…") and argument.startswith(found.where.text[:-1])
    )
    assert found.where.length == length or len(argument) > 1000


def test_a_variable_that_has_no_such_key() -> None:
    [found] = compose(Path("c.yaml"), ["vars.a=1", "name=${vars.a}", "vars.a.b=2"]).mistakes
    assert found.message == "vars.a is a single value, '1', and has no 'b'"
    assert found.where is not None
    assert (found.where.text, found.where.column) == ("vars.a.b=2", 8)


UNKNOWN = """\
error: unknown key 'trainin'
  --> --set:1:1
 1 | trainin.window=64
   | ^^^^^^^
   = help: did you mean 'training'? known here: name, data, cells, model, training, expect, extends, vars, ignore, format
error: unknown option 'sze' of lstm
  --> --set:1:20
 1 | model.chain.1.lstm.sze=64
   |                    ^^^
   = help: did you mean 'size'? options: size, input, initial_state, init
error: unknown key 'windw'
  --> --set:1:10
 1 | training.windw=64
   |          ^^^^^
   = help: did you mean 'window'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, \
batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
error: batch must be a whole number, not the text 'many'
  --> --set:1:16
 1 | training.batch=many
   |                ^^^^"""


def test_all_unknown_paths_are_told_in_the_order_of_the_arguments() -> None:
    overrides = ["trainin.window=64", "model.chain.1.lstm.sze=64", "training.windw=64", "training.batch=many"]
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"), overrides)
    assert str(caught.value) == UNKNOWN


MISSPELT = """\
error: unknown key 'trainin'
  --> c.yaml:22:1
 22 | trainin:
    | ^^^^^^^
    = help: did you mean 'training'? known here: name, data, cells, model, training, expect, extends, vars, ignore, format
error: epochs must be at least 1, not 0
  --> --set:1:17
 1 | training.epochs=0
   |                 ^"""


def test_a_value_in_a_section_that_is_misspelt() -> None:
    Path("c.yaml").write_text(CONFIG.replace("training:", "trainin:"))
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"), ["training.optimizer.sgd.lr=0.1", "training.epochs=0"])
    assert str(caught.value) == MISSPELT


def test_a_value_over_several_lines() -> None:
    value = compose(Path("c.yaml"), ["cells.mine.equations=|\n  h' = x\n  y = h"]).value
    assert value["cells"]["mine"]["equations"] == "h' = x\ny = h"


def test_files_are_told_before_arguments() -> None:
    Path("c.yaml").write_text(CONFIG.replace("loss: mse", "loss: mse\n  windw: 3"))
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"), ["training.a=1", "training.b=2"])
    places = [d.where and (d.where.file, d.where.line, d.where.column) for d in caught.value.diagnostics]
    assert places == [("c.yaml", 24, 3), ("--set", 1, 10), ("--set", 1, 10)]
