"""`${…}` in values: what it stands for, where it is told to come from, and every way that it can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnctl.config import load_config
from rnnctl.config.composition import compose
from rnnctl.config.composition.template import NoReferenceError, references, take_apart
from rnnctl.errors import ConfigError, Diagnostic

VARS = """\
vars:
  n: 64
  rate: 1e-3
  text: a word
  yes: true
  nothing: null
  list: [1, {b: two}]
  map: {a: 1, deep: {er: [7, 8]}, odd: 5}
  other: ${vars.n}
  both: ${vars.text} and ${vars.n}
  from: ${env:RATE}
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSET", raising=False)
    values = {"EMPTY": "", "RATE": "1e-3", "OCTAL": "012", "WORD": "null", "BAD": "a\udc80", "LONG": "x" * 300}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    Path("base.yaml").write_text(VARS)


def mistakes_of(text: str, *overrides: str) -> tuple[Diagnostic, ...]:
    Path("c.yaml").write_text(text)
    return compose(Path("c.yaml"), overrides).mistakes


def value_of(text: str, *overrides: str) -> Any:
    """The value of `x`, with the variables above."""
    Path("c.yaml").write_text(f"extends: base.yaml\n{text}")
    document = compose(Path("c.yaml"), overrides)
    assert [str(mistake) for mistake in document.mistakes] == []
    return document.value["x"]


def told(text: str, *overrides: str) -> str:
    Path("c.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"), overrides)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${vars.n}", 64),
        ("'${vars.n}'", 64),
        ('"${vars.rate}"', 0.001),
        ("${vars.yes}", True),
        ("${vars.nothing}", None),
        ("${vars.list}", [1, {"b": "two"}]),
        ("${vars.list.1.b}", "two"),
        ("['${vars.list.0}', 2]", [1, 2]),
        ("${vars.map.deep.er.1}", 8),
        ("${vars.map.deep}", {"er": [7, 8]}),
        ("${vars.other}", 64),
        ("${vars.both}", "a word and 64"),
        ("n is ${vars.n}", "n is 64"),
        ("${vars.n}${vars.rate}", "641e-3"),
        ("${vars.yes}!", "true!"),
        (" |\n  a = ${vars.n}\n  b = $n\n", "a = 64\nb = $n\n"),
        (" >-\n  ${vars.n}\n", 64),
        ("$${vars.n}", "${vars.n}"),
        ("$$${vars.n}", "$${vars.n}"),
        ("$${vars.n} = ${vars.n}", "${vars.n} = 64"),
        ("a $ b } c {", "a $ b } c {"),
        ("${vars.from}", 0.001),
        ("${env:RATE}", 0.001),
        ("a ${env:RATE}", "a 1e-3"),
        ("${env:OCTAL}.", "012."),
        ("${env:WORD}", None),
        ("${env:WORD}.", "null."),
        ("${env:UNSET:-8}", 8),
        ("${env:EMPTY:-8}", 8),
        ("${env:UNSET:-}", None),
        ("a${env:UNSET:-}b", "ab"),
        ("${env:RATE:-8}", 0.001),
        ("${env:UNSET:-${env:RATE}}", 0.001),
        ("${env:UNSET:-${vars.list}}", [1, {"b": "two"}]),
        ("${env:UNSET:-a ${vars.n}}", "a 64"),
        ("${env:UNSET:-$${}", "${"),
        ("x${env:UNSET:-${env:UNSET:-${vars.n}}}y", "x64y"),
        ("{a: '${vars.n}', b: ['${vars.text}']}", {"a": 64, "b": ["a word"]}),
        ("&a {a: '${vars.n}'}", {"a": 64}),
    ],
)
def test_what_a_reference_stands_for(written: str, value: Any) -> None:
    found = value_of(f"x: {written}\n")
    assert found == value
    assert type(found) is type(value)


def test_variables_are_merged_before_they_are_used() -> None:
    Path("base.yaml").write_text(
        "vars: {a: {n: 1, m: 2}, b: '${vars.a.n}', list: [1]}\nx: ['${vars.b}', '${vars.a}']\n"
    )
    assert value_of("vars: {a: {n: 5}}\n") == [5, {"n": 5, "m": 2}]
    assert value_of("vars: {a: {n: 5}}\n", "vars.a.n=${env:RATE}") == [0.001, {"n": 0.001, "m": 2}]
    assert value_of("", "vars.b=7", "vars.a.k=8") == [7, {"n": 1, "m": 2, "k": 8}]
    assert value_of("vars: {list: {append: [2]}}\nx: ${vars.list}\n") == [1, 2]
    assert value_of("x: ${vars.list}\n", "vars.list.0=4") == [4]
    assert value_of("x: ${vars.new}\n", "vars.new=4", "vars={new: 5}") == 5


def test_a_part_of_a_variable_may_use_another() -> None:
    assert value_of("vars: {a: {x: 1, y: '${vars.a.x}', z: ['${vars.a.y}']}}\nx: ${vars.a}\n") == {
        "x": 1,
        "y": 1,
        "z": [1],
    }


def test_a_mapping_that_is_referred_to_is_merged_as_if_it_stood_there() -> None:
    rest = "training: {optimizer: {adam: {lr: 1, eps: 2}}, window: '${vars.n}'}\n"
    Path("base.yaml").write_text(VARS + rest)
    Path("c.yaml").write_text(
        "extends: base.yaml\nvars: {opt: {adam: {lr: 3}}}\n"
        "training: {optimizer: '${vars.opt}', window: {backward: 128}}\n"
    )
    value = compose(Path("c.yaml"), ["training.optimizer.adam.betas=[0, 0]"]).value
    assert value["training"]["optimizer"] == {"adam": {"lr": 3, "eps": 2, "betas": [0, 0]}}
    assert value["training"]["window"] == {"update": 64, "backward": 128}


def test_what_takes_the_place_of_a_reference_is_all_that_must_exist() -> None:
    text = "x: {a: '${env:UNSET}', b: '${vars.lost}'}\nvars: {}\n"
    assert len(mistakes_of(text)) == 2
    assert value_of(text, "x.a=1", "x.b=2") == {"a": 1, "b": 2}
    Path("base.yaml").write_text("x: {a: '${env:UNSET}', b: '${vars.lost}', c: 3}\n")
    assert value_of("x: {a: 1, b: {d: 2}}\n") == {"a": 1, "b": {"d": 2}, "c": 3}


SET_IT = "set it, or write a default: ${env:%s:-…}"
OCTAL = "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"
CLOSE_IT = "add '}' at its end, or write $${ for ${ itself"


@pytest.mark.parametrize(
    ("written", "message", "help_", "column", "length"),
    [
        ("${vars.lst}", "unknown variable 'vars.lst'", "did you mean vars.list? variables: n, map, list", 4, 11),
        ("a ${vars.zzz} b", "unknown variable 'vars.zzz'", "variables: n, map, list", 6, 11),
        ("'${vars.map.b}'", "unknown variable 'vars.map.b'", "variables: a", 5, 13),
        ("${vars.n.x}", "vars.n is a single value, and has no 'x'", None, 4, 11),
        ("${vars.list.2}", "vars.list is a list of 2, and has no '2'", None, 4, 14),
        ("${vars.list.a}", "vars.list is a list of 2, and has no 'a'", None, 4, 14),
        ("a ${vars.list}", "the variable 'list' is a list, which cannot stand inside of text", None, 6, 12),
        ("a ${vars.map}", "the variable 'map' is a mapping, which cannot stand inside of text", None, 6, 11),
        ("a ${vars.map.a}${vars.n.x}", "vars.n is a single value, and has no 'x'", None, 19, 11),
        ("${env:UNSET}", "the environment variable UNSET is not set", SET_IT % "UNSET", 4, 12),
        ("a${env:EMPTY}", "the environment variable EMPTY is empty", SET_IT % "EMPTY", 5, 12),
        ("${env:OCTAL}", f"the environment variable OCTAL: {OCTAL}", 'write 12 or "012"', 4, 12),
        ("${env:UNSET:-012}", OCTAL, 'write 12 or "012"', 4, 17),
        ("${env:BAD}", "the environment variable BAD holds a character that is no text", None, 4, 10),
        ("a ${", "this '${' is never closed", CLOSE_IT, 6, 2),
        ("a ${env:X:-b", "this '${' is never closed", CLOSE_IT, 6, 2),
    ],
)
def test_a_reference_that_is_wrong(written: str, message: str, help_: str | None, column: int, length: int) -> None:
    uses = "['${vars.n}', '${vars.map}', '${vars.list}']"
    [found] = mistakes_of(f"x: {written}\nvars: {{n: 1, map: {{a: 1}}, list: [1, 2]}}\ny: {uses}\n")
    assert found.where is not None
    assert (found.message, found.help) == (message, help_)
    assert (found.where.file, found.where.line, found.where.column, found.where.length) == ("c.yaml", 1, column, length)


FORMS = "write ${vars.NAME}, ${env:NAME} or ${env:NAME:-default}; $${ stands for ${ itself"


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("${HOME}", f"did you mean ${{env:HOME}}? {FORMS}"),
        ("${lr}", f"did you mean ${{vars.lr}}? {FORMS}"),
        ("${env.LR}", "did you mean ${env:LR}?"),
        ("${env:LR-3}", "did you mean ${env:LR:-3}?"),
        ("${env:LR:3}", "did you mean ${env:LR:-3}?"),
        ("${vars:x}", "did you mean ${vars.x}?"),
        ("${var.x.y}", "did you mean ${vars.x.y}?"),
        ("${ vars.x }", "did you mean ${vars.x}?"),
        ("${oc.env:HOME}", FORMS),
        ("${}", FORMS),
        ("${vars.}", FORMS),
        ("${vars.a b}", FORMS),
        ("${env:1}", FORMS),
    ],
)
def test_what_is_no_reference(written: str, help_: str) -> None:
    with pytest.raises(NoReferenceError) as caught:
        take_apart(f"ab {written} c")
    assert (caught.value.start, caught.value.end) == (3, 3 + len(written))
    assert (caught.value.message, caught.value.advice) == (f"'{written}' is no reference", help_)


def test_the_references_of_a_text() -> None:
    text = "${vars.a.b} ${env:X:-${vars.c}${env:Y}} $${vars.d}"
    assert [reference.name for reference in references(take_apart(text))] == ["vars.a.b", "$X", "vars.c", "$Y"]
    with pytest.raises(NoReferenceError, match="nested at most 8 deep"):
        take_apart("${env:A:-" * 9 + "}" * 9)
    take_apart("${env:A:-" * 8 + "}" * 8)


def test_a_mistake_is_in_its_line_of_a_literal() -> None:
    [found] = mistakes_of("x: |\n  one\n  two ${vars.n}\nvars: {m: 1}\ny: ${vars.m}\n")
    assert (found.where.line, found.where.column, found.where.length) == (3, 7, 9)  # type: ignore[union-attr]


# what is told of a value that a reference brings


def config(**training: str) -> str:
    """A config of three lines; the last has the training."""
    more = "".join(f", {key}: '{value}'" for key, value in training.items())
    return f"data: {{task: sine}}\nmodel: {{chain: [{{lstm: 4}}, {{dense: 1}}]}}\ntraining: {{loss: mse{more}}}\n"


def test_a_wrong_value_names_the_variable() -> None:
    assert told(f"vars: {{w: 0}}\n{config(window='${vars.w}')}") == (
        "error: window must be at least 1, not 0\n"
        "  --> c.yaml:4:31\n"
        " 4 | training: {loss: mse, window: '${vars.w}'}\n"
        "   |                               ^^^^^^^^^^^\n"
        "  ::: c.yaml:1:11\n"
        " 1 | vars: {w: 0}\n"
        "   |           - it stands here\n"
        "   = note: the value comes from the variable 'w' on line 1\n"
        "   = help: write window: null for the whole row"
    )


def test_a_wrong_value_names_the_variable_of_another_file_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOCHS", "many")
    Path("base.yaml").write_text("vars:\n  epochs: ${env:EPOCHS}\n")
    assert told(f"extends: base.yaml\n{config(epochs='${vars.epochs}')}") == (
        "error: epochs must be a whole number, not the text 'many'\n"
        "  --> c.yaml:4:31\n"
        " 4 | training: {loss: mse, epochs: '${vars.epochs}'}\n"
        "   |                               ^^^^^^^^^^^^^^^^\n"
        "  ::: environment:1:8\n"
        " 1 | EPOCHS=many\n"
        "   |        ---- it stands here\n"
        "   = note: the value comes from the variable 'epochs' on line 2 of base.yaml, and there from the environment "
        "variable EPOCHS"
    )


def test_a_wrong_value_that_was_set() -> None:
    assert told(f"extends: base.yaml\n{config(epochs='${vars.n}')}", "vars.n=few") == (
        "error: epochs must be a whole number, not the text 'few'\n"
        "  --> c.yaml:4:31\n"
        " 4 | training: {loss: mse, epochs: '${vars.n}'}\n"
        "   |                               ^^^^^^^^^^^\n"
        "  ::: --set:1:8\n"
        " 1 | vars.n=few\n"
        "   |        --- it stands here\n"
        "   = note: the value comes from the variable 'n' of --set"
    )


def test_a_wrong_text_with_references_in_it() -> None:
    assert told(f"extends: base.yaml\n{config(seed='${vars.n}_${env:RATE}')}") == (
        "error: seed must be a whole number, not the text '64_1e-3'\n"
        "  --> c.yaml:4:29\n"
        " 4 | training: {loss: mse, seed: '${vars.n}_${env:RATE}'}\n"
        "   |                             ^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   = note: the value comes from text that holds the variable 'n' and the environment variable RATE"
    )


def test_a_long_value_of_the_environment_is_not_printed_whole() -> None:
    found = told(config(seed="${env:LONG}"))
    assert f" 1 | LONG={'x' * 40}…\n" in found
    assert "x" * 41 not in found


CELL = """\
extends: vars.yaml
data: {task: sine}
cells:
  mine:
    state: {h: size}
    equations: |
      a = ${vars.first}

        # a comment
      h' = tanh(a) * %s
    output: h'
model: {chain: [{mine: 1}, dense]}
training: {loss: mse, window: 9}
"""


@pytest.mark.parametrize(
    ("written", "column", "length", "named"),
    [
        ("zz", 22, 2, "the variable 'first'"),
        ("${vars.second} * 2", 7, 33, "the variable 'first' and the variable 'second'"),
    ],
)
def test_a_mistake_in_equations_is_in_its_line(written: str, column: int, length: int, named: str) -> None:
    """To the letter where a line holds no reference, else the whole line."""
    Path("vars.yaml").write_text("vars: {first: 2 * h, second: 3 * zz}\n")
    Path("c.yaml").write_text(CELL % written)
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"))
    [found] = caught.value.diagnostics
    assert found.where is not None
    assert (found.message, found.note) == ("unknown name 'zz'", f"the value comes from text that holds {named}")
    assert (found.where.line, found.where.column, found.where.length, found.also) == (10, column, length, ())


# variables


@pytest.mark.parametrize(
    ("variables", "message", "place"),
    [
        ("[1]", "vars must be a mapping, not a list", (1, 7)),
        ("3", "vars must be a mapping, not 3", (1, 7)),
        ("", "vars must be a mapping, not nothing", (1, 1)),
        ("{a.b: 1}", "'a.b' is no name of a variable", (1, 8)),
        ("{1a: 1}", "'1a' is no name of a variable", (1, 8)),
        ("{aa: 1}", "no value uses the variable 'aa'", (1, 8)),
    ],
)
def test_variables_that_are_wrong(variables: str, message: str, place: tuple[int, int]) -> None:
    [found] = mistakes_of(f"vars: {variables}\n")
    assert found.where is not None
    assert (found.message, (found.where.line, found.where.column)) == (message, place)


def test_a_variable_that_nothing_uses() -> None:
    text = f"{config()}vars: {{windw: 3}}\nname: n\nignore: ['${{vars.window}}']\nextends: base.yaml\n"
    Path("base.yaml").write_text("vars: {window: older-format, other: 3}\n")
    assert told(text) == (
        "error[unused-variable]: no value uses the variable 'windw'\n"
        "  --> c.yaml:4:8\n"
        " 4 | vars: {windw: 3}\n"
        "   |        ^^^^^\n"
        "   = help: did you mean 'window'?"
    )
    [found] = mistakes_of(text.replace("windw", "window"), "vars.othr=3")
    assert (found.message, str(found.where)[:20]) == ("no value uses the variable 'othr'", "Place(file='--set', ")
    assert mistakes_of(text.replace("windw", "window"), "ignore=[]") == ()


@pytest.mark.parametrize(
    "text",
    [
        "vars: {w: &w 8}\nx: *w",
        "vars: {w: {inner: [&w 8]}}\nx: {y: [*w]}",
        "vars: {w: &w {a: 8}}\nx: {<<: *w, b: 3}",
        "vars: {w: {a: &w 8}}\nx: &x {y: *w}\nz: *x",
        "vars: {w: &w 8, other: *w}\nx: ${vars.other}",
        "x: &w 8\nvars: {w: *w}\ny: ${vars.w}",
        "extends: base.yaml\nvars: {w: &w 8}\nx: *w",
    ],
)
def test_a_variable_that_an_alias_repeats_is_used(text: str) -> None:
    assert mistakes_of(f"{text}\n") == ()


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        ("vars: {w: [&w 8, *w]}\nx: 3", []),
        ("vars: {w: &w {a: 8}}\nx: {<<: *w, a: 3}", []),
        ("x: &w 8\ny: *w\nvars: {w: *w}", []),
        ("vars: {w: &w 8}\nx: *w", ["vars.w=9"]),
    ],
)
def test_an_alias_that_does_not_repeat_the_variable(text: str, overrides: list[str]) -> None:
    assert [found.message for found in mistakes_of(f"{text}\n", *overrides)] == ["no value uses the variable 'w'"]


@pytest.mark.parametrize("written", ["${vars.widht}", "${vars.width", "${width}", "${vars:width}"])
def test_a_variable_that_is_misspelt_where_it_is_used_is_not_unused(written: str) -> None:
    [found] = mistakes_of(f"vars: {{width: 3}}\nx: {written}\n")
    assert found.where is not None
    assert found.where.line == 2


CIRCLES = {
    "a: ${vars.a}": "vars.a -> vars.a",
    "a: [1, 'x${vars.a}']": "vars.a -> vars.a",
    "a: ${vars.b}\n  b: ${vars.c}\n  c: ${vars.a}": "vars.a -> vars.b -> vars.c -> vars.a",
    "a: {x: '${vars.b}'}\n  b: ${vars.a.x}": "vars.b -> vars.a.x -> vars.b",
}


@pytest.mark.parametrize("variables", CIRCLES)
def test_circles_show_the_way(variables: str) -> None:
    [found] = mistakes_of(f"vars:\n  {variables}\nx: ${{vars.a}}\n")
    assert found.message == f"variables go round in a circle: {CIRCLES[variables]}"


def test_a_circle_shows_each_of_its_places() -> None:
    assert [str(m) for m in mistakes_of("vars:\n  a: ${vars.b}\n  b: x${vars.a}\nx: ${vars.a}\ny: ${vars.b}\n")] == [
        "error: variables go round in a circle: vars.a -> vars.b -> vars.a\n"
        "  --> c.yaml:3:7\n"
        " 3 |   b: x${vars.a}\n"
        "   |       ^^^^^^^^^\n"
        "  ::: c.yaml:2:6\n"
        " 2 |   a: ${vars.b}\n"
        "   |      --------- vars.b is used here"
    ]


# bounds

QUOTED = "'${vars.a%d}'"


def test_a_bomb_of_variables_is_refused() -> None:
    lines = "".join(f"  a{i}: [{', '.join([QUOTED % (i - 1)] * 10)}]\n" for i in range(1, 10))
    [found] = mistakes_of(f"vars:\n  a0: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n{lines}x: ${{vars.a9}}\n")
    assert found.message == "the config holds more than 50,000 values once its references are followed"
    assert found.where is not None
    assert found.where.line == 12


def test_a_bomb_of_text_is_refused() -> None:
    lines = "".join(f"  a{i}: {f'${{vars.a{i - 1}}}' * 10}\n" for i in range(1, 10))
    [found] = mistakes_of(f"vars:\n  a0: xxxxxxxxxx\n{lines}x: ${{vars.a9}}\n")
    assert found.message == "references make more than 1,000,000 characters of text"


def test_a_text_of_very_many_references_is_refused() -> None:
    text = "${vars.a}" * 1000
    assert mistakes_of(f"vars: {{a: 1}}\nname: '{text}'\n") == ()
    [found] = mistakes_of(f"vars: {{a: 1}}\nname: '{text}${{vars.a}}'\n")
    assert found.message == "a text holds at most 1,000 references"
    assert found.where is not None
    assert (found.where.line, found.where.column, found.where.length) == (2, 9008, 9)


def test_of_very_many_mistakes_the_first_are_found() -> None:
    names = "".join(f"  v{i}: 1\n" for i in range(1500))
    found = mistakes_of(f"vars:\n{names}training:\n" + "".join(f"  k{i}: ${{vars.w{i}}}\n" for i in range(1500)))
    assert [m.message for m in found if m.where and m.where.line in (2, 1001, 1503, 2502)] == [
        "no value uses the variable 'v0'",
        "no value uses the variable 'v999'",
        "unknown variable 'vars.w0'",
        "unknown variable 'vars.w999'",
    ]
    assert len(found) == 2000


def test_a_long_way_is_refused() -> None:
    lines = "".join(f"  a{i}: ${{vars.a{i - 1}}}\n" for i in range(1, 400))
    [found] = mistakes_of(f"vars:\n  a0: 1\n{lines}x: ${{vars.a399}}\n")
    assert found.message == "more than 32 references lead from one to the next"
    lines = "".join(f"  a{i}: ${{vars.a{i - 1}}}\n" for i in range(1, 32))
    assert mistakes_of(f"vars:\n  a0: 1\n{lines}x: ${{vars.a31}}\n") == ()


def test_values_that_are_too_deep_are_refused() -> None:
    text = f"vars: {{a: {'[' * 40}{']' * 40}}}\nx: {'[' * 25}'${{vars.a}}'{']' * 25}\n"
    [found] = mistakes_of(text)
    assert (found.message, found.where and found.where.line) == ("values are nested more than 64 levels deep", 2)
    assert mistakes_of(text.replace("[" * 25, "[" * 23).replace("]" * 25, "]" * 23)) == ()


def test_a_reference_within_brackets_needs_quotes() -> None:
    assert told("extends: base.yaml\nmodel: {chain: [{lstm: ${vars.n}}]}\n") == (
        "error: within brackets and braces a reference needs quotes\n"
        "  --> c.yaml:2:24\n"
        " 2 | model: {chain: [{lstm: ${vars.n}}]}\n"
        "   |                        ^^^^^^^^^\n"
        '   = help: write "${vars.n}"'
    )
