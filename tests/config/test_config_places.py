"""Everything that is wrong with a config in one pass, and nothing that just follows from a value that is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from rnnctl.config import open_config, parse_config
from rnnctl.config.places import in_order, section_key
from rnnctl.errors import ConfigError, Diagnostic, Place, RnnctlError, few_guesses, nearest

CONFIG = """\
data: {task: {sine: {steps: 200}}}
model:
  chain:
    - lstm: 8
    - dense: 1
training: {loss: mse, window: 20}
"""


def found(text: str) -> list[tuple[int, int, str]]:
    """Line, column and message of all that is told of a config, its data included."""
    Path("c.yaml").write_text(text)
    with pytest.raises(RnnctlError) as caught:
        open_config(Path("c.yaml"))
    assert not caught.value.problems
    return [(d.where.line, d.where.column, d.message) for d in caught.value.diagnostics if d.where is not None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_five_mistakes_of_five_kinds_in_one_pass() -> None:
    text = """\
data: {task: {sine: {steps: 0200}}}
model:
  chain:
    - lstm: 8
    - gruu: 8
    - dense: 1
training:
  loss: mse
  lrr: 3
  epochs: ten
  batch: 4
  batch: 8
"""
    assert found(text) == [
        (1, 29, "0200 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
        (5, 7, "unknown layer 'gruu'"),
        (9, 3, "unknown key 'lrr'"),
        (10, 11, "epochs must be a whole number, not the text 'ten'"),
        (12, 3, "the key 'batch' stands twice in one mapping"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("steps: 200", "steps: 0200", (1, 29)),
        ("steps: 200", "steps: *nothing", (1, 29)),
        ("sine: {steps: 200}", "sine: *nothing", (1, 21)),
        ("{task: {sine: {steps: 200}}}", "*nothing", (1, 7)),
        ("lstm: 8", "lstm: *nothing", (4, 13)),
        ("- lstm: 8", "- *nothing", (4, 7)),
        ("lstm: 8", "lstm: {size: !int 8}", (4, 20)),
        ("lstm: 8", "lstm: {<<: *nothing}", (4, 18)),
        ("lstm: 8", "lstm: {? [size] : 8}", (4, 16)),
        ("lstm: 8", "lstm: 1e999", (4, 13)),
        ("- lstm: 8", "- !!int lstm", (4, 13)),
        ("lstm: 8", "lstm: {size: 8, init: {bf: {uniform: [*nothing, 1]}}}", (4, 45)),
        ("dense: 1", "dense: 02", (5, 14)),
        ("window: 20", "window: {update: 03, backward: 4}", (6, 40)),
        ("loss: mse", "loss: *nothing", (6, 18)),
        ("loss: mse", "loss: {huber: *nothing}", (6, 26)),
        ("loss: mse", "loss: !x mse", (6, 18)),
        ("loss: mse", "<<: *nothing", (6, 16)),
        ("window: 20", "window: !!int x", (6, 37)),
        ("window: 20", "window: *nothing, batching: streams", (6, 31)),
        ("{loss: mse, window: 20}", "*nothing", (6, 11)),
        ("{loss: mse, window: 20}", "'\\ud83d'", (6, 11)),
    ],
)
def test_a_broken_value_is_told_and_nothing_else(old: str, new: str, place: tuple[int, int]) -> None:
    if new == "'\\ud83d'":
        new = "\x01"
    text = CONFIG.replace(old, new)
    assert text != CONFIG
    assert [(line, column) for line, column, _ in found(text)] == [place]


REPOSITORY = Path(__file__).parents[2]


def scalars(node: yaml.Node | None) -> Iterator[tuple[int, int]]:
    """The stretches of all values that stand on one line and hold no others."""
    if isinstance(node, yaml.ScalarNode) and node.style != "|":
        yield node.start_mark.index, node.end_mark.index
    elif isinstance(node, yaml.CollectionNode):
        for inner in node.value:
            yield from scalars(inner[1] if isinstance(inner, tuple) else inner)


@pytest.mark.parametrize("other", ["*nothing", "1e999"])
@pytest.mark.parametrize("name", ["sunspots", "reber", "digits"])
def test_no_broken_value_of_a_config_has_another_mistake_follow(name: str, other: str) -> None:
    text = (REPOSITORY / "configs" / f"{name}.yaml").read_text().replace("../", f"{REPOSITORY}/")
    places = list(scalars(yaml.compose(text, Loader=yaml.SafeLoader)))
    assert len(places) > 10
    for start, end in places:
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        told = found(f"{text[:start]}{other}{text[end:]}")
        assert [place[:2] for place in told] == [(line, column)], told


def test_what_is_wrong_beside_a_broken_value_is_told() -> None:
    text = CONFIG.replace("{loss: mse, window: 20}", "{window: 020, loss: *nothing, epochs: 0, seeed: 012}")
    assert [message for _, _, message in found(text)] == [
        "020 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
        "no value above has this name",
        "epochs must be at least 1, not 0",
        "unknown key 'seeed'",
        "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
    ]


CELL = """\
cells:
  mine:
    state: {h: size}
    parameters: {W: {shape: [size, input], init: zeros}}
    equations: |
      h' = tanh(W @ x)
    output: h'
"""


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("init: zeros", "init: 00", (4, 50)),
        ("parameters: {W: {shape: [size, input], init: zeros}}", "parameters: *nothing", (4, 17)),
        ("{shape: [size, input], init: zeros}", "{<<: *nothing}", (4, 26)),
        ("    output: h'\n", "    1: h'\n", (7, 5)),
        ("    state:", "    options: {k: {real: 0.5, above: 1e999}}\n    state:", (3, 37)),
        ("  mine:\n", "  ? [mine]\n  :\n", (2, 5)),
    ],
)
def test_a_broken_value_of_a_cell_is_told_and_nothing_else(old: str, new: str, place: tuple[int, int]) -> None:
    text = CELL.replace(old, new) + CONFIG.replace("lstm: 8", "mine: 8")
    assert text != CELL + CONFIG
    assert [(line, column) for line, column, _ in found(text)] == [place]


def test_a_misspelt_section_is_checked_as_the_one_that_is_meant() -> None:
    text = CONFIG.replace("training: {loss: mse, window: 20}", "trainin: {loss: msee, window: 0, x: 1}")
    assert found(text) == [
        (6, 1, "unknown key 'trainin'"),
        (6, 17, "unknown loss 'msee'"),
        (6, 31, "window must be at least 1, not 0"),
        (6, 34, "unknown key 'x'"),
    ]
    text = CONFIG.replace("data: {task: {sine: {steps: 200}}}", "dataa: {task: {sine: {stepz: 200}}}")
    assert [(line, column) for line, column, _ in found(text)] == [(1, 1), (1, 23)]
    text = CELL.replace("cells:", "cell:").replace("W @ x", "V @ x") + CONFIG.replace("lstm: 8", "mine: 8")
    assert [(line, column) for line, column, _ in found(text)] == [(1, 1), (6, 17)]


def test_the_key_of_a_section() -> None:
    assert section_key({"trainin": 1, "training": 2}, "training") == "training"
    assert section_key({"x": 1, "trainin": 1, "trainig": 2}, "training") == "trainin"
    assert section_key({"x": 1}, "training") == "training"
    assert section_key({"nam": 1}, "name") == "name"


ALIASES = """\
data: {task: {sine: {steps: 200}}}
cells:
  mine: &mine
    equations: |
      y = x + z
    output: y
  other: *mine
model:
  chain:
    - lstm: &small {size: 0, lr: 3}
    - lstm: *small
    - lstm: {<<: *small, size: 4}
    - mine
    - other
    - dense: 1
training: {loss: mse, window: &w {update: 4}, clip: *w}
"""


def test_a_mistake_is_told_where_it_is_written_and_not_again_where_it_is_used() -> None:
    assert found(ALIASES) == [
        (5, 15, "unknown name 'z'"),
        (10, 27, "size must be at least 1, not 0"),
        (10, 30, "unknown option 'lr' of lstm"),
        (16, 53, "unknown key 'update'"),  # right where it is written
    ]


def test_a_value_that_is_wrong_where_it_is_used_names_its_anchor() -> None:
    text = CONFIG.replace("lstm: 8", "dropout: {rate: &rate 0.5}\n    - lstm: {<<: {size: *rate}}")
    Path("c.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        open_config(Path("c.yaml"))
    assert str(caught.value.diagnostics[0]) == (
        "error: size must be a whole number, not 0.5\n"
        "  --> c.yaml:5:25\n"
        " 5 |     - lstm: {<<: {size: *rate}}\n"
        "   |                         ^^^^^\n"
        "  ::: c.yaml:4:29\n"
        " 4 |     - dropout: {rate: &rate 0.5}\n"
        "   |                             --- it stands here\n"
        "   = note: the value comes from the anchor 'rate' on line 4"
    )


def test_an_equation_that_an_alias_brings_is_pointed_into_and_its_use_shown() -> None:
    text = "vars: {text: &e y = x + z}\n" + CELL.replace("|\n      h' = tanh(W @ x)", "*e").replace("h'", "y")
    with pytest.raises(ConfigError) as caught:
        parse_config(text + CONFIG.replace("lstm: 8", "mine: 8"), "c.yaml")
    told = next(d for d in caught.value.diagnostics if "'z'" in d.message)
    assert told.where is not None
    assert (told.where.line, told.where.column) == (1, 25)
    assert [(other.where.line, other.label) for other in told.also] == [(6, "it is used here")]


def test_diagnostics_in_order_and_once() -> None:
    def told(line: int, column: int, message: str = "m") -> Diagnostic:
        return Diagnostic(message, Place("c.yaml", line, column, 1, "text"))

    late, early, other = told(2, 1), told(1, 9), told(1, 9, "n")
    assert in_order([late, early, other, late]) == [early, other, late]


# bounds


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("window: 20", ", ".join(f"k{i}: 1" for i in range(3000)), None),
        ("    - dense: 1\n", "".join(f"    - l{i}: 4\n" for i in range(3000)), 7),
        ("    - dense: 1\n", "    - lstm\n" * 3000, 7),
        ("    - lstm: 8\n", "    - lstm: {size: 8, " + ", ".join(f"k{i}: 1" for i in range(3000)) + "}\n", None),
        ("lstm: 8", "lstm: {size: 8, init: {" + ", ".join(f"k{i}: 1" for i in range(3000)) + "}}", None),
        ("model:", "ignore: [" + "x, " * 3000 + "]\nmodel:", None),
        ("model:", "\n".join(f"k{i}: 1" for i in range(3000)) + "\nmodel:", 1),
        ("window: 20", "seed: [" + f"{2**70}, " * 3000 + "]", None),
    ],
)
def test_more_mistakes_than_anyone_reads(old: str, new: str, column: int | None) -> None:
    assert old in CONFIG
    told = found(CONFIG.replace(old, new))
    assert len(told) == 101
    assert told == sorted(told, key=lambda t: t[:2])
    assert column is None or {at for _, at, _ in told} == {column}
    assert re.fullmatch(r"at least \d{3} more mistakes are not shown; the first of them is here", told[-1][2])


def test_mistakes_of_values_that_could_not_be_read_are_counted() -> None:
    text = CONFIG.replace("    - dense: 1\n", "".join(f"    - l{i}: 012\n" for i in range(3000)))
    told = found(text)
    assert len(told) == 101
    assert told[-1][2] == "at least 3,900 more mistakes are not shown; the first of them is here"


def test_many_mistakes_in_one_place_leave_the_others_to_be_told() -> None:
    text = CONFIG.replace("window: 20", "batch: 0, " + ", ".join(f"k{i}: 1" for i in range(3000)))
    assert "batch must be at least 1, not 0" in [message for _, _, message in found(text)]


def test_guesses_are_bounded_within_a_file() -> None:
    with few_guesses(20):
        guesses = [nearest(f"trainin{i}", ["training"] * 10) for i in range(4)]
    assert guesses == ["training", "training", None, None]
    with few_guesses(20):
        assert nearest("a" * 99 + "b", ["a" * 100] * 2) == "a" * 100
        assert nearest("trainin", ["training"]) is None  # after long words, which count as several
    assert nearest("trainin", ["training"]) == "training"


def test_a_config_has_a_bounded_number_of_cells() -> None:
    cells = "cells:\n" + "".join(f"  c{i}: {{output: x + y}}\n" for i in range(1001))
    assert found(cells + CONFIG) == [(1, 1, "a config has at most 1,000 cells, and here are 1,001")]


def test_many_keys_that_stand_twice_leave_the_rest_to_be_told() -> None:
    text = "seed: 1\n" * 150 + CONFIG
    told = found(text)
    assert told[0][2] == "unknown key 'seed'"
    assert told[-1] == (101, 1, "50 more mistakes are not shown; the first of them is here")


def test_the_cells_of_a_config_are_bounded_together() -> None:
    doubling = "".join(f"      f{j + 1}(v) = f{j}(f{j}(v))\n" for j in range(14))
    cell = f"    functions: |\n      f0(v) = v + v\n{doubling}    output: f14(x)\n"
    told = found("cells:\n" + "".join(f"  c{i}:\n{cell}" for i in range(20)) + CONFIG)
    beyond = [line for line, _, message in told if "too many parts when functions are written out" in message]
    assert 0 < len(beyond) < 20
