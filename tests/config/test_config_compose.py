"""Files, variables, the environment and `--set` put together: values, places, and every way that it can go wrong."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rnnctl.config import load_config, open_config
from rnnctl.config.composition import compose, compose_text
from rnnctl.document import Document, dump, parse
from rnnctl.errors import ConfigError, RnnctlError

WHOLE: dict[str, Any] = {
    "data": {"task": {"sine": {"steps": 200}}},
    "model": {"chain": [{"lstm": 4}, {"dense": 1}]},
    "training": {"loss": "mse", "window": 16, "optimizer": {"adam": {"lr": 0.01}}},
}
CSV = {"csv": "d.csv", "id": "who", "input": ["x"], "target": {"column": "x", "ahead": 1}}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LR", "NAME", "SIZE"):
        monkeypatch.delenv(name, raising=False)


def put(**files: Mapping[str, Any] | str) -> None:
    for name, content in files.items():
        Path(f"{name}.yaml").write_text(content if isinstance(content, str) else dump(content))


def made(*overrides: str, **files: Mapping[str, Any] | str) -> Any:
    """The value of c.yaml, which is right."""
    put(**files)
    document = compose(Path("c.yaml"), overrides)
    assert [str(mistake) for mistake in document.mistakes] == []
    return document.value


def wrong(*overrides: str, **files: Mapping[str, Any] | str) -> str:
    """All that is wrong with c.yaml."""
    put(**files)
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"), overrides)
    return str(caught.value)


# extends


def test_a_file_over_another() -> None:
    value = made(base=WHOLE, c={"extends": "base.yaml", "training": {"epochs": 3, "window": None}})
    assert value == {**WHOLE, "training": {**WHOLE["training"], "epochs": 3, "window": None}}


@pytest.mark.parametrize("parents", ["[a.yaml, b.yaml]", "\n  - a.yaml\n  - ./b.yaml", "[a.yaml, a.yaml, b.yaml]"])
def test_a_later_parent_takes_the_place_of_an_earlier(parents: str) -> None:
    a, b = {"name": "a", "x": 1}, {"name": "b", "y": 2}
    assert made(a=a, b=b, c=f"extends: {parents}\nz: 3\n") == {"name": "b", "x": 1, "y": 2, "z": 3}


def test_chains_and_diamonds_count_each_file_once() -> None:
    value = made(
        top={"model": {"chain": ["a"]}, "training": {"epochs": 1, "seed": 1, "batch": 1}},
        left={"extends": "top.yaml", "model": {"chain": {"append": ["l"]}}, "training": {"epochs": 2}},
        right={"extends": "top.yaml", "model": {"chain": {"append": ["r"], "prepend": ["p"]}}, "training": {"seed": 3}},
        c={"extends": ["left.yaml", "right.yaml"], "training": {"batch": 4}},
    )
    assert value == {"model": {"chain": ["p", "a", "l", "r"]}, "training": {"epochs": 2, "seed": 3, "batch": 4}}


def test_parents_lie_where_the_file_says_that_names_them(tmp_path: Path) -> None:
    Path("deep/er").mkdir(parents=True)
    Path("deep/b.yaml").write_text("extends: er/a.yaml\nname: b\n")
    Path("deep/er/a.yaml").write_text("name: a\nx: 1\n")
    assert made(c="extends: deep/b.yaml\n") == {"name": "b", "x": 1}
    assert compose(Path("c.yaml")).place(("x",)).file == "deep/er/a.yaml"
    assert made(c=f"extends: {tmp_path}/deep/b.yaml\n") == {"name": "b", "x": 1}
    assert compose(Path("c.yaml")).place(("x",)).file == f"{tmp_path}/deep/er/a.yaml"


@pytest.mark.parametrize("empty", ["[]", "[a.yaml]"])
def test_no_parent_and_an_empty_one(empty: str) -> None:
    assert made(a="x: 1\n", c=f"extends: {empty}\ny: 2\n") == ({"y": 2} if empty == "[]" else {"x": 1, "y": 2})


def test_a_file_without_any_of_it_is_read_as_it_stands() -> None:
    text = "# $ and {braces} are nothing\n" + dump(WHOLE)
    put(c=text)
    document = compose(Path("c.yaml"))
    assert document == parse(text, "c.yaml")
    assert document.composition is None
    assert document.text == text


CIRCLES = {
    "itself": (
        {"c": "extends: ./c.yaml\n"},
        "error: a file cannot extend itself\n  --> c.yaml:1:10\n 1 | extends: ./c.yaml\n   |          ^^^^^^^^",
    ),
    "one another": (
        {"c": "extends: a.yaml\n", "a": "x: 1\nextends: [b.yaml]\n", "b": "extends: a.yaml\n"},
        "error: files extend one another: a.yaml extends b.yaml, which extends a.yaml\n"
        "  --> b.yaml:1:10\n"
        " 1 | extends: a.yaml\n"
        "   |          ^^^^^^\n"
        "  ::: a.yaml:2:11\n"
        " 2 | extends: [b.yaml]\n"
        "   |           ------ extended here",
    ),
}


@pytest.mark.parametrize("case", CIRCLES)
def test_circles_show_the_way(case: str) -> None:
    files, told = CIRCLES[case]
    put(**files)
    assert [str(mistake) for mistake in compose(Path("c.yaml")).mistakes] == [told]


@pytest.mark.parametrize(
    ("written", "message", "help_"),
    [
        ("bas.yaml", "there is no file 'bas.yaml'", "did you mean 'base.yaml'?"),
        ("./sub/bse.yaml", "there is no file 'sub/bse.yaml'", "did you mean './sub/base.yaml'?"),
        ("base", "there is no file 'base'", "did you mean 'base.yaml'?"),
        ("nothing/like/it", "there is no file 'nothing/like/it'", "there is no directory 'nothing/like' either"),
        ("zzz.yaml", "there is no file 'zzz.yaml'", "a path begins where the file lies that names it"),
        ("sub", "'sub' is a directory, not a YAML file", None),
        (".", "'.' is a directory, not a YAML file", None),
        ("pipe", "'pipe' is no regular file", None),
        ("/dev/zero", "'/dev/zero' is no regular file", None),
        ('"a\\0b"', "cannot read 'a\\x00b': embedded null byte", None),
        ("3", "extends names a file, or a list of files, not the value 3", "write extends: base.yaml"),
        ("{a: 1}", "extends names a file, or a list of files, not a mapping", "write extends: base.yaml"),
        ('""', "extends names a file, or a list of files, not an empty text", "write extends: base.yaml"),
        ("${vars.x}", "variables are not known here", "name a file, or write ${env:NAME}"),
        ("${env:NAME}.yaml", "the environment variable NAME is not set", "set it, or write a default: ${env:NAME:-…}"),
    ],
)
def test_a_parent_that_is_none(written: str, message: str, help_: str | None) -> None:
    Path("sub").mkdir()
    os.mkfifo("pipe")
    put(base="name: a\n")
    Path("sub/base.yaml").write_text("name: a\n")
    put(c=f"extends: {written}\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert (mistake.message.replace("\0", "\\x00"), mistake.help) == (message, help_)
    assert mistake.where is not None
    assert (mistake.where.file, mistake.where.line, mistake.where.column) == ("c.yaml", 1, 10)


def test_nothing_for_a_parent() -> None:
    put(c="extends:\nname: a\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.message == "extends names a file, or a list of files, not nothing"
    assert (mistake.where.line, mistake.where.column) == (1, 1)  # type: ignore[union-attr]


def test_of_a_parent_that_is_lost_no_key_is_missed() -> None:
    told = wrong(c="extends: bas.yaml\ntraining: {windw: 3, epochs: x}\n")
    assert told.splitlines()[::5][:3] == [
        "error: there is no file 'bas.yaml'",
        "error: unknown key 'windw'",
        "error: epochs must be a whole number, not the text 'x'",
    ]
    assert told.count("error") == 3


def test_what_is_wrong_in_a_parent_is_told_there() -> None:
    told = wrong(base="training:\n  seed: 012\n  windw: 3\n", c={**WHOLE, "extends": "base.yaml", "nam": 3})
    assert told == (
        "error: unknown key 'nam'\n"
        "  --> c.yaml:16:1\n"
        " 16 | nam: 3\n"
        "    | ^^^\n"
        "    = help: did you mean 'name'? known here: name, data, cells, model, training, "
        "expect, extends, vars, ignore, format\n"
        "error: 012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal\n"
        "  --> base.yaml:2:9\n"
        " 2 |   seed: 012\n"
        "   |         ^^^\n"
        '   = help: write 12 or "012"\n'
        "error: unknown key 'windw'\n"
        "  --> base.yaml:3:3\n"
        " 3 |   windw: 3\n"
        "   |   ^^^^^\n"
        "   = help: did you mean 'window'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, "
        "batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads"
    )


def test_what_is_misspelt_is_taken_for_what_it_most_likely_stands_for() -> None:
    told = wrong(base=WHOLE, c="extend: base.yaml\nvar: {n: x}\ntraining: {epochs: '${vars.n}'}\n")
    assert [line for line in told.splitlines() if line.startswith(("error", "  -->"))] == [
        "error: unknown key 'extend'",
        "  --> c.yaml:1:1",
        "error: unknown key 'var'",
        "  --> c.yaml:2:1",
        "error: epochs must be a whole number, not the text 'x'",
        "  --> c.yaml:3:20",
    ]


def test_a_parent_that_is_no_yaml() -> None:
    assert wrong(base="a: [1\nb: 2\n", c="extends: base.yaml\n") == (
        "error: this '[' is never closed\n"
        "  --> base.yaml:1:4\n"
        " 1 | a: [1\n"
        "   |    ^\n"
        "  ::: c.yaml:1:10\n"
        " 1 | extends: base.yaml\n"
        "   |          --------- extended here\n"
        "   = help: add ']' after its last item, or the ',' that is missing before line 2"
    )


def test_a_rule_that_crosses_files_shows_both_places() -> None:
    put(base={**WHOLE, "training": {"loss": "mse", "batching": "streams", "window": 8}})
    told = wrong(c="extends: base.yaml\ntraining:\n  shuffle: true\n")
    assert "  --> c.yaml:3:12\n" in told
    assert "  ::: base.yaml:11:13\n" in told


def test_bounds_on_files() -> None:
    put(**{f"p{i}": f"extends: p{i + 1}.yaml\n" for i in range(40)})
    put(c="extends: p0.yaml\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.message == "a config is made of at most 32 files"
    assert mistake.where is not None
    assert mistake.where.file == "p30.yaml"
    put(p30="name: x\n")
    assert compose(Path("c.yaml")).mistakes == ()


def test_files_together_are_bounded_as_one_is() -> None:
    big = "x: [" + "1," * 40_000 + "]\n"
    put(a=big, c="extends: a.yaml\ny: [" + "1," * 9_000 + "]\n", d="extends: a.yaml\ny: [" + "1," * 11_000 + "]\n")
    assert compose(Path("c.yaml")).mistakes == ()
    for path, given in (("d.yaml", []), ("c.yaml", ["z=[" + "1," * 2_000 + "]"])):
        with pytest.raises(ConfigError, match="files and arguments together hold more than 50,000 values"):
            compose(Path(path), given)


def test_what_files_hold_together_is_bounded_too() -> None:
    put(a="# " + "x" * 700_000 + "\nextends: b.yaml\n", b="# " + "x" * 400_000 + "\nname: b\n", c="extends: a.yaml\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.message == "the files of a config hold at most 1,000,000 bytes together"
    assert mistake.where is not None
    assert (mistake.where.file, mistake.where.line) == ("a.yaml", 2)
    put(b="name: b\n")
    assert compose(Path("c.yaml")).value == {"name": "b"}


def test_a_list_of_more_files_than_a_config_can_have_is_not_gone_through() -> None:
    put(c="extends: [" + "gone.yaml, " * 33 + "]\n", d="extends: [" + "gone.yaml, " * 32 + "]\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.message == "a config is made of at most 32 files, and 33 are named here"
    assert mistake.where is not None
    assert (mistake.where.line, mistake.where.column) == (1, 10)
    assert [m.message for m in compose(Path("d.yaml")).mistakes] == ["there is no file 'gone.yaml'"] * 32


def test_a_parent_of_another_format() -> None:
    put(base="format: 99\n", c="extends: base.yaml\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.message.startswith("this file is of format 99")
    assert mistake.where is not None
    assert mistake.where.file == "base.yaml"
    assert "format" not in made(base="format: 1\n", c="extends: base.yaml\n")
    assert made(base="format: 1\n", c="extends: base.yaml\nformat: 2\n") == {"format": 2}


# what takes the place of what


MERGED = """
training: window: 64 | window: {backward: 128} | window: {update: 64, backward: 128}
training: window: {update: 8, backward: 16} | window: 4 | window: 4
training: window: null | window: {update: 4} | window: {update: 4}
training: reset: never | reset: {after: done} | reset: {policy: never, after: done}
training: early_stopping: 3 | early_stopping: {margin: 1} | early_stopping: {patience: 3, margin: 1}
training: optimizer: adam | optimizer: {adam: {lr: 1}} | optimizer: {adam: {lr: 1}}
training: optimizer: {adam: {lr: 1}} | optimizer: adam | optimizer: adam
training: optimizer: {adam: {lr: 1}} | optimizer: {sgd: {}} | optimizer: {sgd: {}}
training: optimizer: {adam: {lr: 1}} | optimizer: {sgd: null} | optimizer: {sgd: null}
training: optimizer: {adam: {lr: 1}} | optimizer: {} | optimizer: {adam: {lr: 1}}
training: loss: {huber: {delta: 1}} | loss: {mae: {}} | loss: {mae: {}}
training: schedule: {cosine: {to: 0}} | schedule: {cosine: {warmup: 3}} | schedule: {cosine: {to: 0, warmup: 3}}
training: clip: {norm: 1} | clip: {value: 2} | clip: {value: 2}
training: clip: {norm: 1} | clip: {value: null} | clip: {norm: 1, value: null}
training: clip: {norm: 1} | clip: null | clip: null
training: seed: {a: 1} | seed: {b: 2} | seed: {a: 1, b: 2}
training: seed: 1 | seed: {b: 2} | seed: {b: 2}
training: seed: {b: 2} | seed: null | seed: null
data: {csv: d, id: i, input: [x], scale: none} | {csv: e} | {csv: e, id: i, input: [x], scale: none}
data: {csv: d, id: i, input: [x], scale: none} | {task: sine} | {scale: none, task: sine}
data: {csv: d, id: i, time: t, target: x} | {text: a} | {text: a}
data: {csv: d, id: i} | {csv: null} | {csv: null, id: i}
data: {csv: d, id: i} | {csv: e, task: sine} | {csv: e, id: i, task: sine}
data: task: {sine: {steps: 9}} | task: {copy: {length: 4}} | task: {copy: {length: 4}}
data: task: sine | task: {sine: {steps: 9}} | task: {sine: {steps: 9}}
data: task: sine | text: "*.txt" | text: "*.txt"
data: target: x | target: {ahead: 1} | target: {column: x, ahead: 1}
data: target: {column: x, ahead: 1} | target: {columns: [y]} | target: {ahead: 1, columns: [y]}
data: input: x | input: {kind: symbol} | input: {columns: [x], kind: symbol}
data: input: [x] | input: [y] | input: [y]
data: input: [x] | input: {append: [y], prepend: [w]} | input: [w, x, y]
data: input: x | input: {append: y} | input: {columns: [x, y]}
data: input: {columns: [x], kind: number} | input: {append: [y]} | input: {columns: [x, y], kind: number}
data: input: x | input: {columns: {append: [y]}} | input: {columns: [x, y]}
data: text: a | text: {append: [b]} | text: {files: [a, b]}
data: text: {files: a, level: byte} | text: {files: {append: [b]}} | text: {files: [a, b], level: byte}
model: chain: [{lstm: 3}] | chain: {append: [{dense: 1}]} | chain: [{lstm: 3}, {dense: 1}]
model: chain: [{lstm: 3}] | chain: {prepend: [dropout], append: []} | chain: [dropout, {lstm: 3}]
"""
"""A section: what it has, what is laid over it, and what comes out."""


@pytest.mark.parametrize("case", MERGED.strip().splitlines())
def test_one_value_over_another(case: str) -> None:
    section, values = case.split(": ", 1)
    before, over, after = (parse(value.strip(), "x.yaml").value for value in values.split(" | "))
    value = made(base={section: before}, c={"extends": "base.yaml", section: over})
    assert value == {section: after}


def test_cells_are_merged_as_all_else() -> None:
    cell = {"state": {"h": "size"}, "parameters": {"W": {"shape": ["size", "input"], "init": {"normal": 0.1}}}}
    over = {"state": {"h": {"initial": 1}}, "parameters": {"W": {"init": {"uniform": [-1, 1]}}}, "output": "h'"}
    value = made(base={"cells": {"mine": cell}}, c={"extends": "base.yaml", "cells": {"mine": over}})
    assert value["cells"]["mine"] == {
        "state": {"h": {"shape": "size", "initial": 1}},
        "parameters": {"W": {"shape": ["size", "input"], "init": {"uniform": [-1, 1]}}},
        "output": "h'",
    }


@pytest.mark.parametrize(
    ("over", "message", "place"),
    [
        ("{append: [1], size: 2}", "beside append nothing else can stand here", (2, 30)),
        ("{append: {a: 1}}", "a list is added to a list", (2, 25)),
        ("{prepend: 1, append: [2]}", "a list is added to a list", (2, 26)),
    ],
)
def test_a_list_that_is_added_to_wrongly(over: str, message: str, place: tuple[int, int]) -> None:
    put(base=WHOLE, c=f"extends: base.yaml\nmodel: {{chain: {over}}}\n")
    [mistake] = compose(Path("c.yaml")).mistakes
    assert mistake.where is not None
    assert (mistake.message, (mistake.where.line, mistake.where.column)) == (message, place)


def test_a_list_that_is_not_there() -> None:
    assert wrong(base={**WHOLE, "model": {}}, c="extends: base.yaml\nmodel:\n  chain: {append: [dense: 1]}\n") == (
        "error: there is no list here to append to\n"
        "  --> c.yaml:3:11\n"
        " 3 |   chain: {append: [dense: 1]}\n"
        "   |           ^^^^^^\n"
        "   = help: write the list itself"
    )


def test_anchors_are_merged_too() -> None:
    base = "vars: {x: &a {adam: {lr: 1, eps: 2}}}\ntraining: {optimizer: *a, seed: '${vars.x.adam.lr}'}\n"
    value = made(base=base, c="extends: base.yaml\ntraining: {optimizer: {adam: {lr: 3}}}\n")
    assert value == {"training": {"optimizer": {"adam": {"lr": 3, "eps": 2}}, "seed": 1}}


# paths


def test_a_path_begins_where_the_file_lies_that_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("base/data", "run", "elsewhere"):
        Path(folder).mkdir(parents=True)
    base = {**WHOLE, "data": {"csv": "data/d.csv", "input": ["x"], "target": "x"}, "vars": {"file": "v.csv"}}
    Path("base/base.yaml").write_text(dump(base))
    Path("run/c.yaml").write_text("extends: ../base/base.yaml\nname: ${vars.file}\n")
    monkeypatch.chdir("elsewhere")

    def path_of(*overrides: str) -> str:
        source = load_config(Path("../run/c.yaml"), overrides).source
        return str(source.path.resolve().relative_to(tmp_path))  # type: ignore[union-attr]

    assert path_of() == "base/data/d.csv"
    assert path_of("data.csv=o.csv") == "elsewhere/o.csv"
    assert path_of("data.csv=${vars.file}") == "base/v.csv"
    assert path_of("data.csv=${vars.file}", "vars.file=w.csv") == "elsewhere/w.csv"
    assert path_of("data.csv=x-${vars.file}") == "elsewhere/x-v.csv"
    monkeypatch.setenv("NAME", "n.csv")
    assert path_of("data.csv=${env:NAME}") == "elsewhere/n.csv"
    Path("../run/c.yaml").write_text("extends: ../base/base.yaml\nname: ${vars.file}\ndata: {csv: '${env:NAME}'}\n")
    assert path_of() == "run/n.csv"
    monkeypatch.delenv("NAME")
    Path("../run/c.yaml").write_text("extends: ../base/base.yaml\nname: x${vars.file}\ndata: {csv: '${env:NAME:-q}'}\n")
    assert path_of() == "run/q"


def test_so_do_patterns(tmp_path: Path) -> None:
    Path("base").mkdir()
    Path("base/base.yaml").write_text("data: {text: a.txt}\n")
    put(c={**WHOLE, "extends": "base/base.yaml", "data": {"text": {"append": ["b.txt"]}}})
    source = load_config(Path("c.yaml"), ["data.text.level=character"]).source
    assert source.patterns == (f"{tmp_path}/base/a.txt", f"{tmp_path}/b.txt")  # type: ignore[union-attr]
    source = load_config(Path("c.yaml"), ["data.text.files.0=c.txt"]).source
    assert source.patterns == (f"{tmp_path}/c.txt", f"{tmp_path}/b.txt")  # type: ignore[union-attr]


# the document


def test_places_are_in_the_files_that_the_values_are_from() -> None:
    put(base="training:\n  loss: mse\n  window: 64\n", c="extends: base.yaml\ntraining:\n  window: {backward: 128}\n")
    document = compose(Path("c.yaml"), ["training.seed=3", "training.batch=4"])

    def place(*path: str | int, on: Any = "value") -> tuple[str, int, int, str]:
        found = document.place(path, on)
        return (found.file, found.line, found.column, found.text)

    assert place("training", on="key") == ("c.yaml", 2, 1, "training:")
    assert place("training", "loss") == ("base.yaml", 2, 9, "  loss: mse")
    assert place("training", "window", on="key") == ("c.yaml", 3, 3, "  window: {backward: 128}")
    assert place("training", "window", "update") == ("base.yaml", 3, 11, "  window: 64")
    assert place("training", "window", "backward") == ("c.yaml", 3, 22, "  window: {backward: 128}")
    assert place("training", "seed") == ("--set", 1, 15, "training.seed=3")
    assert place("training", "batch", on="key") == ("--set", 1, 10, "training.batch=4")
    assert place("training", "lost") == ("c.yaml", 2, 1, "training:")
    assert place("extends") == ("c.yaml", 1, 10, "extends: base.yaml")
    assert place() == ("c.yaml", 1, 1, "extends: base.yaml")


def test_a_part_of_a_text_is_found_in_its_file() -> None:
    cell = "cells:\n  mine:\n    state: {h: size}\n    equations: |\n      h' = tanh(x)\n    output: h'\n"
    put(base="# a line\n" + cell, c="extends: base.yaml\n")
    place = compose(Path("c.yaml")).inside(("cells", "mine", "equations"), 1, 6, 4)
    assert (place.file, place.line, place.column, place.text) == ("base.yaml", 6, 12, "      h' = tanh(x)")


def test_a_file_that_is_extended_may_have_cells_to_spare() -> None:
    put(base=WHOLE | {"cells": {"one": {"output": "2 * x"}, "two": {"output": "3 * x"}}})
    put(c="extends: base.yaml\nmodel: {chain: {prepend: [two]}}\n")
    assert list(load_config(Path("c.yaml")).cells) == ["two"]
    put(c="extends: base.yaml\nmodel: {chain: {prepend: [two]}}\ncells: {one: {output: 4 * x}}\n")
    for overrides, file in ([], "c.yaml"), (["cells.one.output=5 * x"], "c.yaml"), (["cells.one={output: x}"], "--set"):
        with pytest.raises(ConfigError, match="cell 'one' is used by no layer") as caught:
            load_config(Path("c.yaml"), overrides)
        [found] = caught.value.diagnostics
        assert found.where is not None
        assert found.where.file == file


def test_what_it_was_composed_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LR", "0.5")
    put(base="training: {epochs: 3}\n", c="extends: base.yaml\ntraining: {optimizer: {adam: {lr: '${env:LR}'}}}\n")
    document = compose(Path("c.yaml"), ["training.seed=${env:SIZE:-4}"])
    assert document.composition is not None
    assert document.composition.as_record() == {
        "files": [
            {"path": f"{tmp_path}/base.yaml", "sha256": hashlib.sha256(Path("base.yaml").read_bytes()).hexdigest()}
        ],
        "set": ["training.seed=${env:SIZE:-4}"],
        "environment": {"LR": "0.5", "SIZE": None},
    }
    assert document.text == Path("c.yaml").read_text()
    put(c="vars: {x: 3}\ntraining: {seed: '${vars.x}'}\n")
    composition = compose(Path("c.yaml")).composition
    assert composition is not None
    assert composition.as_record() is None


@pytest.mark.parametrize(
    ("text", "overrides", "read"),
    [
        ("x: ${env:LR}", [], ["LR"]),
        ("x: ${env:LR}", ["x=3"], []),
        ("x: {y: '${env:LR}', z: '${env:OTHER}'}", ["x.y=3"], ["OTHER"]),
        ("x: ${env:NONE:-${env:LR}}", [], ["LR", "NONE"]),
        ("x: ${env:LR:-${env:NONE:-3}}", [], ["LR"]),
        ("x: ${env:LR}", ["x=${env:OTHER}"], ["OTHER"]),
        ("vars: {a: '${env:LR}'}\nx: ${vars.a}", [], ["LR"]),
        ("vars: {a: '${env:LR}'}\nx: ${vars.a}", ["x=3"], []),
        ("vars: {a: '${env:LR}'}\nx: ${vars.a}", ["vars.a=3"], []),
        ("vars: {a: 'b ${env:LR}', b: 'c ${vars.a}'}\nx: d ${vars.b}\ny: [1, '${vars.b} ${vars.b}']", ["x=3"], ["LR"]),
        ("vars: {a: {b: [1, '${env:LR}']}}\nx: ${vars.a}", [], ["LR"]),
        ("vars: {a: {b: [1, '${env:LR}']}}\nx: ${vars.a.b.0}", [], []),
        ("extends: '${env:BASE}'\nx: ${env:LR}", ["x=3"], ["BASE"]),
        ("x: &x ${env:LR}\ny: *x", ["x=3"], ["LR"]),
    ],
)
def test_what_is_overruled_reads_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, overrides: list[str], read: list[str]
) -> None:
    for name, value in {"LR": "0.5", "OTHER": "4", "BASE": "base.yaml"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NONE", raising=False)
    put(base="name: a\n", c=f"{text}\n")
    document = compose(Path("c.yaml"), overrides)
    assert document.mistakes == ()
    assert document.composition is not None
    assert sorted(document.composition.environment) == read


def test_of_text_as_of_a_file() -> None:
    put(base="name: a\nx: 1\n")
    found: Document = compose_text("extends: base.yaml\nname: b\n", "c.yaml", ["y=2"])
    assert found.value == {"name": "b", "x": 1, "y": 2}


def test_a_config_is_opened_with_what_is_set() -> None:
    put(base=WHOLE, c="extends: base.yaml\n")
    assert open_config(Path("c.yaml"), ["training.epochs=4"]).training.epochs == 4
    assert open_config(Path("c.yaml")).training.epochs == 10
    with pytest.raises(RnnctlError, match="epochs must be at least 1, not 0"):
        open_config(Path("c.yaml"), ["training.epochs=0"])
