"""Reading, placing and writing YAML."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnnctl.document import Document, composer, dump, load, parse
from rnnctl.errors import ConfigError, DataError, Place, Problem, RnnctlError


def spot(place: Place) -> tuple[int, int, str]:
    """Line, column and the marked text."""
    return place.line, place.column, place.text[place.column - 1 : place.column - 1 + place.length]


def rendered(error: RnnctlError) -> str:
    return "\n".join(str(diagnostic) for diagnostic in error.diagnostics)


def message(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yaml")
    return rendered(caught.value)


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both of PyYAML's parsers, where both are installed."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(composer, "PARSER", getattr(yaml, request.param))
    return request.param


# What a scalar means


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("tRUE", "tRUE"),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
        ("0", 0), ("-0", 0), ("12", 12), ("+12", 12), ("-12", -12), ("0o17", 15), ("0x1F", 31), ("-0x1F", "-0x1F"),
        ("0b11", "0b11"), ("1_000", "1_000"), ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("٣", "٣"),
        ("1.0", 1.0), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e-3", 1e-3), ("3e-3", 3e-3), ("1E3", 1000.0),
        ("+1.5e+3", 1500.0), ("012.5", 12.5), (".", "."), ("1e", "1e"), ("e3", "e3"), ("1.2.3", "1.2.3"),
        (".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf), ("inf", "inf"), ("nan", "nan"),
        ("2001-01-01", "2001-01-01"), ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("a b", "a b"), ("h'", "h'"), ("x @ y", "x @ y"), ("a#b", "a#b"), ("a # b", "a"), ("a://b/c", "a://b/c"),
        ('"12"', "12"), ("'012'", "012"), ('"true"', "true"), ("''", ""), ("'it''s'", "it's"), (r'"\u00e9\n"', "é\n"),
        ("!!str 12", "12"), ("!!str", ""), ("!!str 012", "012"), ('!!int "3"', 3), ("!!float 3", 3.0),
        ('!!bool "true"', True), ("!!null", None), ('!!null ""', None), ("!!seq [1]", [1]), ("!!map {a: 1}", {"a": 1}),
        ("!<tag:yaml.org,2002:str> 1", "1"), ("|\n  x\n  y\n", "x\ny\n"), (">-\n  x\n  y\n", "x y"), ("|\n  12", "12"),
        ("[1, [2, {b: 3}], ]", [1, [2, {"b": 3}]]), ("{b, c: }", {"b": None, "c": None}), ("[b: 1]", [{"b": 1}]),
    ],
)  # fmt: skip
def test_a_scalar_means_what_yaml_1_2_says(parser: str, written: str, value: Any) -> None:
    read = parse(f"a: {written}", "c.yaml").value["a"]
    assert read == value
    assert type(read) is type(value)


def test_not_a_number_and_the_sign_of_zero() -> None:
    value = parse("a: .nan\nb: .NaN\nc: -0.0", "c.yaml").value
    assert math.isnan(value["a"])
    assert math.isnan(value["b"])
    assert math.copysign(1, value["c"]) == -1


def test_keys_that_yaml_1_1_takes_for_booleans_are_text() -> None:
    assert parse("on: 1\nno: 2\ny: 3\n'1': 4\n\"<<\": 5", "c.yaml").value == {"on": 1, "no": 2, "y": 3, "1": 4, "<<": 5}


# Where things stand

CONFIG = """\
# a comment
name: sine é
model: &model
  chain:
    - gru: 32
    - {dense: 1, activation: 'tanh'}
  sizes: [1, [2, 3]]
  "quoted key": !!str 7
training:
  optimizer:
    adam: {lr: 1e-3}
  notes: >
    folded
    text
  more: two
    lines
  empty:
  items:
  - a
  -
other: *model
"""


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), (2, 1, "name"), (2, 7, "sine é")),
        (("model",), (3, 1, "model"), (4, 3, "chain")),
        (("model", "chain"), (4, 3, "chain"), (5, 5, "-")),
        (("model", "chain", 0), (5, 7, "gru"), (5, 7, "gru")),
        (("model", "chain", 0, "gru"), (5, 7, "gru"), (5, 12, "32")),
        (("model", "chain", 1), (6, 7, "{"), (6, 7, "{")),
        (("model", "chain", 1, "dense"), (6, 8, "dense"), (6, 15, "1")),
        (("model", "chain", 1, "activation"), (6, 18, "activation"), (6, 30, "'tanh'")),
        (("model", "sizes"), (7, 3, "sizes"), (7, 10, "[")),
        (("model", "sizes", 1), (7, 14, "["), (7, 14, "[")),
        (("model", "sizes", 1, 1), (7, 18, "3"), (7, 18, "3")),
        (("model", "quoted key"), (8, 3, '"quoted key"'), (8, 23, "7")),
        (("training",), (9, 1, "training"), (10, 3, "optimizer")),
        (("training", "optimizer", "adam", "lr"), (11, 12, "lr"), (11, 16, "1e-3")),
        (("training", "notes"), (12, 3, "notes"), (12, 10, ">")),
        (("training", "more"), (15, 3, "more"), (15, 9, "two")),
        (("training", "empty"), (17, 3, "empty"), (17, 3, "empty")),
        (("training", "items"), (18, 3, "items"), (19, 3, "-")),
        (("training", "items", 0), (19, 5, "a"), (19, 5, "a")),
        (("training", "items", 1), (20, 4, ""), (20, 4, "")),
        (("other",), (21, 1, "other"), (21, 8, "*model")),
        (("other", "chain", 0, "gru"), (21, 8, "*model"), (21, 8, "*model")),
        # what is not there stands at its nearest ancestor
        ((), (2, 1, "name"), (2, 1, "name")),
        (("nope",), (2, 1, "name"), (2, 1, "name")),
        (("model", "nope", 3), (3, 1, "model"), (3, 1, "model")),
        (("model", "sizes", 9), (7, 3, "sizes"), (7, 3, "sizes")),
        (("model", "sizes", -1), (7, 3, "sizes"), (7, 3, "sizes")),
        (("model", "chain", 0, "nope"), (5, 7, "gru"), (5, 7, "gru")),
        (("name", "nope"), (2, 1, "name"), (2, 1, "name")),
        (("other", "nope"), (21, 1, "other"), (21, 1, "other")),
        (("model", 0), (3, 1, "model"), (3, 1, "model")),
    ],
)  # fmt: skip
def test_places(parser: str, line_break: str, path: Any, key: Any, value: Any) -> None:
    document = parse(CONFIG.replace("\n", line_break), "c.yaml")
    assert spot(document.place(path, on="key")) == key
    assert spot(document.place(path)) == value


def test_the_values_of_that_document() -> None:
    model = {"chain": [{"gru": 32}, {"dense": 1, "activation": "tanh"}], "sizes": [1, [2, 3]], "quoted key": "7"}
    training = {
        "optimizer": {"adam": {"lr": 1e-3}},
        "notes": "folded text\n",
        "more": "two lines",
        "empty": None,
        "items": ["a", None],
    }
    value = parse(CONFIG, "c.yaml").value
    assert value == {"name": "sine é", "model": model, "training": training, "other": model}
    assert value["other"] is not value["model"]
    assert value["other"]["chain"] is not value["model"]["chain"]


def test_columns_count_characters(parser: str) -> None:
    text = "é😀: {日本: 1, 語: [é, x]}  # ü\r\nb: 2"
    document = parse(text, "c.yaml")
    assert spot(document.place(("é😀", "語"), on="key")) == (1, 13, "語")
    assert spot(document.place(("é😀", "語", 1))) == (1, 20, "x")
    assert document.place(("b",)) == Place("c.yaml", 2, 4, 1, "b: 2")


def test_a_byte_order_mark_takes_no_column(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = load(path)
    assert document.value == {"a": 1, "b": 2}
    assert document.text == "a: 1\r\nb: 2\r\n"
    assert document.place(("a",), on="key") == Place(str(path), 1, 1, 1, "a: 1")


def test_merge_keys(parser: str) -> None:
    text = """\
base: &base {size: 1, act: tanh, deep: {x: 1}}
extra: &extra {size: 2, bias: true}
one:
  size: 3
  <<: *base
two:
  <<: [*base, *extra]
  act: relu
three: {<<: {size: 4}}
"""
    document = parse(text, "c.yaml")
    assert document.value["one"] == {"size": 3, "act": "tanh", "deep": {"x": 1}}
    assert document.value["two"] == {"size": 1, "act": "relu", "deep": {"x": 1}, "bias": True}
    assert document.value["three"] == {"size": 4}
    assert spot(document.place(("one", "size"))) == (4, 9, "3")
    assert spot(document.place(("one", "act"), on="key")) == (5, 3, "<<")
    assert spot(document.place(("one", "act"))) == (5, 7, "*base")
    assert spot(document.place(("one", "deep", "x"))) == (5, 7, "*base")
    assert spot(document.place(("two", "bias"))) == (7, 15, "*extra")
    assert spot(document.place(("two", "act"))) == (8, 8, "relu")
    assert spot(document.place(("three", "size"))) == (9, 20, "4")


def test_an_anchor_can_be_set_again_and_name_a_key() -> None:
    text = "a: &x 1\nb: *x\nc: &x [&x 2, *x]\nd: *x\n&k key: 3\ne: {*k : 4}"
    assert parse(text, "c.yaml").value == {"a": 1, "b": 1, "c": [2, 2], "d": [2, 2], "key": 3, "e": {"key": 4}}


INSIDE = """\
plain: c = tanh(x)
single: 'c = tanh(x)'
doubled: 'it''s'
escaped: "c\\t= x"
double: &a "c = x"
literal: |  # a comment
    i = sigmoid(x)

      f = é😀 + y
    c' = i
hint: |2-
    one
   two
kept: |+

  x

folded: >
  a
  b
several: two
  lines
alias: *a
number: 12
list: [1]
nothing: |+"""


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("setting", "line", "column", "length", "expected"),
    [
        ("plain", 1, 5, 4, (1, 12, "tanh")),
        ("plain", 1, 5, 99, (1, 12, "tanh(x)")),
        ("plain", 1, 12, 1, (1, 19, "")),
        ("plain", 1, 13, 1, (1, 8, "c = tanh(x)")),
        ("plain", 2, 1, 1, (1, 8, "c = tanh(x)")),
        ("single", 1, 5, 4, (2, 14, "tanh")),
        ("single", 1, 12, 4, (2, 21, "'")),
        ("doubled", 1, 1, 2, (3, 10, "'it''s'")),
        ("escaped", 1, 1, 1, (4, 10, '"c\\t= x"')),
        ("double", 1, 5, 1, (5, 17, "x")),
        ("literal", 1, 1, 1, (7, 5, "i")),
        ("literal", 1, 5, 7, (7, 9, "sigmoid")),
        ("literal", 2, 1, 1, (8, 1, "")),
        ("literal", 3, 7, 2, (9, 11, "é😀")),
        ("literal", 3, 10, 99, (9, 14, "+ y")),
        ("literal", 4, 6, 1, (10, 10, "i")),
        ("literal", 4, 7, 1, (10, 11, "")),
        ("literal", 5, 1, 1, (10, 11, "")),
        ("literal", 6, 1, 1, (6, 10, "|")),
        ("literal", 4, 9, 1, (6, 10, "|")),
        ("literal", 0, 1, 1, (6, 10, "|")),
        ("hint", 1, 3, 3, (12, 5, "one")),
        ("hint", 2, 2, 3, (13, 4, "two")),
        ("kept", 2, 1, 1, (16, 3, "x")),
        ("kept", 3, 1, 1, (17, 1, "")),
        ("folded", 1, 1, 1, (18, 9, ">")),
        ("several", 1, 1, 3, (21, 10, "two")),
        ("alias", 1, 1, 1, (5, 13, "c")),
        ("number", 1, 2, 1, (24, 10, "2")),
        ("list", 1, 1, 1, (25, 7, "[")),
        ("nope", 1, 1, 1, (1, 1, "plain")),
        ("nothing", 1, 1, 1, (26, 10, "|+")),
    ],
)  # fmt: skip
def test_inside(
    parser: str, line_break: str, setting: str, line: int, column: int, length: int, expected: tuple[int, int, str]
) -> None:
    document = parse(INSIDE.replace("\n", line_break), "c.yaml")
    assert spot(document.inside((setting,), line, column, length)) == expected


@given(
    rows=st.lists(st.text("ab é😀\t'#:|-", max_size=6), min_size=1, max_size=5),
    depth=st.integers(0, 2),
    data=st.data(),
)
@settings(deadline=None)
def test_every_character_of_a_literal_block_is_found(rows: list[str], depth: int, data: st.DataObject) -> None:
    value: Any = "\n".join(rows)
    path: tuple[str, ...] = ("text",)
    tree: Any = {"text": value, "after": 1}
    for _ in range(depth):
        tree, path = {"outer": tree}, ("outer", *path)
    document = parse(dump(tree), "c.yaml")
    line = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(1, max(1, len(rows[line - 1]))))
    if "\n" in value and value.strip("\n") and rows[line - 1]:
        found = spot(document.inside(path, line, column, 1))
        assert found[2] == rows[line - 1][column - 1]
        assert found[0] == document.place(path).line + line


def test_problems_become_diagnostics_in_the_order_of_the_file() -> None:
    document = parse(CONFIG, "c.yaml")
    late = Problem(("training", "optimizer", "adam", "lr"), "lr is too small", "write 1e-2")
    early = Problem(("model", "chain", 0, "gru"), "unknown layer 'gru'", on="key", severity="warning")
    assert str(document.locate(late)) == (
        "error: lr is too small\n"
        "  --> c.yaml:11:16\n"
        " 11 |     adam: {lr: 1e-3}\n"
        "    |                ^^^^\n"
        "    = help: write 1e-2"
    )
    error = document.error([late, early], DataError)
    assert type(error) is DataError
    assert error.diagnostics == (document.locate(early), document.locate(late))
    assert type(document.error([late])) is ConfigError


def test_a_document_compares_by_what_it_holds() -> None:
    document = parse("a: 1", "c.yaml")
    assert document == parse("a: 1", "c.yaml")
    assert repr(document) == "Document(file='c.yaml', text='a: 1', value={'a': 1})"
    with pytest.raises(AttributeError):
        document.file = "other"  # type: ignore[misc]


# What is refused, and in which words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# nothing yet\n",
            """\
error: the file is empty
  --> c.yaml:1:1
 1 | # nothing yet
   | ^
   = help: write 'key: value'""",
        ),
        (
            "seed: 012\n",
            """\
error: 012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal
  --> c.yaml:1:7
 1 | seed: 012
   |       ^^^
   = help: write 12 or "012\"""",
        ),
        (
            "classes:\n  1: cat\n",
            """\
error: a key must be text, and '1' is a number
  --> c.yaml:2:3
 2 |   1: cat
   |   ^
   = help: write "1":""",
        ),
        (
            "hidden: 1\nlr: 2\nhidden: 3\n",
            """\
error: the key 'hidden' stands twice in one mapping
  --> c.yaml:3:1
 3 | hidden: 3
   | ^^^^^^
  ::: c.yaml:1:1
 1 | hidden: 1
   | ------ it stands first here
   = help: keep one of the two""",
        ),
        (
            "model: !!python/name:os.system x\n",
            """\
error: the tag '!!python/name:os.system' is not accepted here
  --> c.yaml:1:8
 1 | model: !!python/name:os.system x
   |        ^^^^^^^^^^^^^^^^^^^^^^^
   = help: remove it, or put text that starts with '!' in quotes""",
        ),
        (
            "base: &base {size: 1}\nsmall: *bsae\n",
            """\
error: no value above has this name
  --> c.yaml:2:8
 2 | small: *bsae
   |        ^^^^^
   = help: did you mean *base?""",
        ),
        (
            "a: 1\n---\nb: 2\n",
            """\
error: a second document starts here
  --> c.yaml:2:1
 2 | ---
   | ^^^
   = help: keep one document in a file""",
        ),
        (
            "model:\n\thidden: 1\n",
            """\
error: YAML does not allow tabs for indentation
  --> c.yaml:2:1
 2 | \thidden: 1
   | ^
   = help: use spaces""",
        ),
        (
            "sizes: [1, 2\nlr: 3\n",
            """\
error: this '[' is never closed
  --> c.yaml:1:8
 1 | sizes: [1, 2
   |        ^
   = help: add ']' after its last item, or the ',' that is missing before line 2""",
        ),
        (
            'name: "x\nlr: 1\n',
            """\
error: this quote is never closed
  --> c.yaml:1:7
 1 | name: "x
   |       ^
   = help: add " at the end of the text""",
        ),
        (
            "source: Elman: 1990\n",
            """\
error: a second ':' on one line
  --> c.yaml:1:14
 1 | source: Elman: 1990
   |              ^
   = help: put text that holds ': ' in quotes""",
        ),
        (
            "model:\n  hidden 32\n  lr: 1\n",
            """\
error: this line has no ':'
  --> c.yaml:2:3
 2 |   hidden 32
   |   ^^^^^^^^^
   = help: write 'key: value'""",
        ),
        (
            "hidden:32  # wide\nlr: 1\n",
            """\
error: a ':' needs a space after it
  --> c.yaml:1:1
 1 | hidden:32  # wide
   | ^^^^^^^^^
   = help: write 'hidden: 32'""",
        ),
        (
            "chain:\n  - gru: 32\n   dropout: 0.1\n",
            """\
error: this line does not fit the list above it
  --> c.yaml:3:4
 3 |    dropout: 0.1
   |    ^^^^^^^^^^^^
   = help: indent it like the item above""",
        ),
        (
            "a: b\x1bc\n",
            """\
error: the character U+001B cannot stand in a YAML file
  --> c.yaml:1:5
 1 | a: b\N{REPLACEMENT CHARACTER}c
   |     ^
   = help: inside double quotes write "\\x1B\"""",
        ),
    ],
)
def test_errors_as_they_are_printed(text: str, expected: str) -> None:
    assert message(text) == expected


QUOTE = "put text that starts with '{}' in quotes"
KEEP_ONE = "keep one of the two"


@pytest.mark.parametrize(
    ("text", "message", "place", "advice"),
    [
        ("", "the file is empty", (1, 1, ""), "write 'key: value'"),
        ("---\n", "the file is empty", (1, 1, "-"), "write 'key: value'"),
        ("- a\n", "the file holds a list instead of keys and values", (1, 1, "-"), "write 'key: value'"),
        ("a:1\n", "the file holds a single value instead of keys and values",
         (1, 1, "a:1"), "write a space after the ':'"),
        ("12", "the file holds a single value instead of keys and values", (1, 1, "12"), "write 'key: value'"),
        ("a: -007", "-007 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
         (1, 4, "-007"), 'write -7 or "-007"'),
        ("a: [00]", "00 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
         (1, 5, "00"), 'write 0 or "00"'),
        ("a: {true: x}", "a key must be text, and 'true' is a boolean", (1, 5, "true"), 'write "true":'),
        ("~: x", "a key must be text, and '~' is null", (1, 1, "~"), 'write "~":'),
        ("012: x", "a key must be text, and '012' is a number", (1, 1, "012"), 'write "012":'),
        ("!!int 1: x", "a key must be text", (1, 7, "1"), None),
        ("a: &a [1]\n*a : x", "a key must be text", (2, 1, "*a"), None),
        (": x", "a key is missing before this ':'", (1, 1, ":"), None),
        ("? [a]\n: x", "a key must be text, not a list", (1, 3, "["), None),
        ("{a: 1}: x", "a key must be text, not a mapping", (1, 1, "{"), None),
        ("a: 1\n'a': 2", "the key 'a' stands twice in one mapping", (2, 1, "'a'"), KEEP_ONE),
        ("b: {x: 1,\n  x: 1}", "the key 'x' stands twice in one mapping", (2, 3, "x"), KEEP_ONE),
        ("<<: {}\n<<: {}", "the key '<<' stands twice in one mapping", (2, 1, "<<"), KEEP_ONE),
        ("a: {<<: 3}", "'<<' merges mappings only", (1, 9, "3"), "write <<: *name or <<: [*a, *b]"),
        ("a: &a 1\n<<: [*a]", "'<<' merges mappings only", (2, 6, "*a"), "write <<: *name or <<: [*a, *b]"),
        ("a: *b", "no value above has this name", (1, 4, "*b"), QUOTE.format("*")),
        ("a: *b\nc: &b 1", "no value above has this name", (1, 4, "*b"), QUOTE.format("*")),
        ("a: &x {b: [*x]}", "this alias stands inside the value that it names", (1, 12, "*x"), None),
        ("a: &x !foo {b: 1}", "the tag '!foo' is not accepted here",
         (1, 7, "!foo"), "remove it, or " + QUOTE.format("!")),
        ("a: !!map [1]", "the tag '!!map' is not accepted here", (1, 4, "!!map"), "remove it, or " + QUOTE.format("!")),
        ("a: !!set {b}", "the tag '!!set' is not accepted here", (1, 4, "!!set"), "remove it, or " + QUOTE.format("!")),
        ("a: ! b", "the tag '!' is not accepted here", (1, 4, "!"), "remove it, or " + QUOTE.format("!")),
        ("a: !!bool yes", "'yes' is not a boolean", (1, 11, "yes"), "write true or false"),
        ("a: !!int 1.5", "'1.5' is not an integer", (1, 10, "1.5"), None),
        ("a: !!float x", "'x' is not a number", (1, 12, "x"), None),
        ("a: !!null x", "'x' is not null", (1, 11, "x"), "write null, ~ or nothing"),
        ("a: -1e999", "-1e999 is too large for a float", (1, 4, "-1e999"), "the largest is about 1.8e308"),
        ("a: 1\n...\nb: 2", "a second document starts here", (3, 1, "b: 2"), "keep one document in a file"),
        ("a: 1\n\t\n", "YAML does not allow tabs for indentation", (2, 1, "\t"), "use spaces"),
        ("a: 1\n\t", "YAML does not allow tabs for indentation", (2, 1, "\t"), "use spaces"),
        ("a: |\n\tb", "YAML does not allow tabs for indentation", (2, 1, "\t"), "use spaces"),
        ("a: {b: [1, 2}", "',' or ']' is missing before this", (1, 13, "}"),
         "the list or mapping starts with the '[' in column 8"),
        ("a: {b: 1\n", "this '{' is never closed", (1, 4, "{"), "add '}' after its last item"),
        ("a: [1, 2]]", "this ']' closes nothing", (1, 10, "]"), "remove it, or add the '['"),
        ("a: [1,, 2]", "a value is missing before ','", (1, 7, ","), None),
        ("a: {: 1}", "a key is missing before this ':'", (1, 5, ":"), None),
        ("a: , b", "a value cannot start with ','", (1, 4, ","), QUOTE.format(",")),
        ('a: "x" y', "nothing can follow the value on this line", (1, 8, "y"), "put the whole text in quotes"),
        ("a: b\nhidden 32\n", "this line has no ':'", (2, 1, "hidden 32"), "write 'key: value'"),
        ("- a\n-b", "a '-' needs a space after it", (2, 1, "-b"), "write '- item'"),
        ("a: 1\n  b: 2", "this line is indented too far", (2, 3, "b: 2"), "it would continue the value on line 1"),
        ("a:\n   b: 1\n  c: 2 # x", "this line does not fit the lines above it",
         (3, 3, "c: 2"), "indent it like the one above it, or like the key on line 1"),
        ("  a: 1\nb: 2", "this line does not fit the lines above it",
         (2, 1, "b: 2"), "start all keys in the same column"),
        ("a: 1\n- b", "a list item cannot stand among keys", (2, 1, "- b"), "indent the list under its key"),
        ("a:\n  - b\n  c: 1", "this line does not fit the list above it", (3, 3, "c: 1"), "start it with '- '"),
        ("a: - b", "a list cannot start here", (1, 4, "-"), "start it on the next line, or write it as [a, b]"),
        ("a: ? b", "a value cannot start with '? '", (1, 4, "?"), QUOTE.format("?")),
        ("--- a: 1", "a ':' cannot stand here", (1, 6, ":"), "start the first key on a line of its own"),
        ("a: @b", "a value cannot start with '@'", (1, 4, "@"), QUOTE.format("@")),
        ("a: %b", "a value cannot start with '%'", (1, 4, "%"), QUOTE.format("%")),
        ("a: *.csv", "'*' needs a name of letters and digits after it", (1, 4, "*"), QUOTE.format("*")),
        ("a: &", "'&' needs a name of letters and digits after it", (1, 4, "&"), QUOTE.format("&")),
        ("a: !e!b c", "this tag is not known", (1, 4, "!e!b c"), QUOTE.format("!")),
        ("a: '\\q' \nb: \"\\q\"", "\\q is not an escape of YAML", (2, 5, "\\q"),
         "write \\\\ for a backslash, or use single quotes, where a backslash is itself"),
        ('a: "\\u12"', "this escape names no character", (1, 5, "\\u"),
         "\\x takes two hexadecimal digits, \\u four and \\U eight"),
        ("a: |x\n", "only 1 to 9, + or - can follow '|'", (1, 4, "|x"), "start the text on the next line"),
        ("%YAML 3.0\n---\na: 1", "this directive is not known", (1, 1, "%YAML 3.0"), "remove the line"),
        ("a: \ud800", "the character U+D800 cannot stand in a YAML file", (1, 4, "\N{REPLACEMENT CHARACTER}"), None),
        ("é: 😀\r\nb: 😀: x", "a second ':' on one line", (2, 5, ":"), "put text that holds ': ' in quotes"),
    ],
)  # fmt: skip
def test_refusals(parser: str, text: str, message: str, place: tuple[int, int, str], advice: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yaml")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.where is not None
    assert (diagnostic.message, spot(diagnostic.where), diagnostic.help) == (message, place, advice)


@pytest.mark.parametrize("text", ['a: "\\ud800"', 'a: "\\UFFFFFFFF"', "a: !%ED%A0%80 x", "a: !%zz x"])
def test_codes_that_are_no_characters_are_refused(parser: str, text: str) -> None:
    assert message(text).startswith("error: ")


# Bounds


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "{? ", "[a: ", "a: ["])
def test_depth_is_bounded(parser: str, unit: str) -> None:
    assert "c.yaml:1:" in message(unit * 25_000)


def test_the_depth_bound_is_exact(parser: str) -> None:
    document = parse("a: " + "[" * 63 + "]" * 63, "c.yaml")
    assert spot(document.place(("a", *[0] * 62))) == (1, 66, "[")
    assert message("a: " + "[" * 64 + "]" * 64).startswith(
        "error: values are nested more than 64 levels deep\n  --> c.yaml:1:67\n"
    )


def test_aliases_count_towards_the_depth() -> None:
    half = "a: &a " + "[" * 40 + "]" * 40 + "\n"
    assert parse(half + "b: " + "[" * 23 + "*a" + "]" * 23, "c.yaml").value["b"]
    assert "more than 64 levels deep\n  --> c.yaml:2:28" in message(half + "b: " + "[" * 24 + "*a" + "]" * 24)


def test_the_number_of_values_is_bounded() -> None:
    assert len(parse("a: [" + "1," * 49_000 + "]", "c.yaml").value["a"]) == 49_000
    assert message("a: [" + "1," * 50_000 + "]").startswith("error: the file holds more than 50,000 values\n")


@pytest.mark.parametrize("use", ["[{}]", "{{<<: [{}]}}"])
def test_a_billion_laughs_fail_without_being_expanded(parser: str, use: str) -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    first = "a: &a {x: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\n"
    rest = [f"{b}: &{b} {use.format(', '.join([f'*{a}'] * 9))}\n" for a, b in pairwise(names)]
    expected = "error: the file holds more than 50,000 values once its aliases are expanded\n  --> c.yaml:5:"
    assert message(first + "".join(rest)).startswith(expected)


def test_a_text_of_more_than_a_megabyte_is_refused() -> None:
    text = "a: " + "x" * 1_000_000
    shown = message(text)
    assert shown.startswith("error: the file is larger than 1,000,000 bytes\n  --> c.yaml:1:1\n")
    assert len(shown) < 400
    assert "larger" in message("a: " + "é" * 500_000)


def test_an_excerpt_of_a_long_line_is_short() -> None:
    shown = message("a: " + "9" * 5000)
    assert shown.startswith("error: a number of 5000 characters is too long\n  --> c.yaml:1:4\n")
    assert len(shown) < 600
    assert "too long" in message("a: 0x1" + "0" * 1024)
    assert "too long" in message("a: " + "9" * 5000 + ".0")
    assert parse("a: 0xF" + "0" * 1023, "c.yaml").value["a"] == 15 << 4092


@pytest.mark.parametrize(
    "text",
    [
        'a: "b" x' + " " * 400_000 + "y",
        "a:" + "x" * 400_000 + "\nb: 1",
        "a: &x 1\nb: *" + "x" * 400_000,
        "".join(f"a{n}: &name{n} 1\n" for n in range(20_000)) + "b: *nam",
        "a: !" + "x" * 400_000,
        "a: " + "!" * 400_000,
        "a:" + "\n" * 400_000 + "  b: [",
    ],
)
def test_errors_in_long_texts_are_short(parser: str, text: str) -> None:
    assert len(message(text)) < 1000


def test_long_text_is_cut_in_a_message() -> None:
    key = "k" * 500
    assert len(message(f"{key}: 1\n{key}: 2")) < 1200


# Files


def test_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sine.yaml").write_bytes("name: é\r\n".encode())
    document = load(Path("./sine.yaml"))
    assert document.file == "sine.yaml"
    assert document.value == {"name": "é"}


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return rendered(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/sine.yaml").write_text("a: 1")
    Path("latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    Path("large.yaml").write_bytes(b"a: 1\n" * 200_001)
    assert refusal(Path("configs/sin.yaml")) == (
        "error: there is no file 'configs/sin.yaml'\n  = help: did you mean 'configs/sine.yaml'?"
    )
    assert refusal(Path("configs/reber.yaml")) == (
        "error: there is no file 'configs/reber.yaml'\n"
        "  = help: check the path; a relative one starts at the current directory"
    )
    assert refusal(Path("none/sine.yaml")) == (
        "error: there is no file 'none/sine.yaml'\n  = help: there is no directory 'none' either"
    )
    assert refusal(Path("configs")) == ("error: 'configs' is a directory, not a YAML file\n  = help: name a file in it")
    assert refusal(Path("latin.yaml")) == (
        "error: the file is not UTF-8 text\n"
        "  --> latin.yaml:2:7\n"
        " 2 | b: caf\N{REPLACEMENT CHARACTER}\n"
        "   |       ^\n"
        "   = help: save it as UTF-8"
    )
    assert refusal(Path("large.yaml")).startswith("error: the file is larger than 1,000,000 bytes\n")
    assert refusal(Path("latin.yaml/x.yaml")).startswith("error: cannot read 'latin.yaml/x.yaml': ")
    assert refusal(Path("a\0b.yaml")).startswith("error: cannot read 'a")


# Anything at all

YAML_LIKE = st.lists(
    st.sampled_from(
        [*"abx01.-+~ \n\n\t:,[]{}#&*!|>'\"%@`?\\=<é😀", ": ", "- ", "\n  ", "<<: ", "&a ", "*a", "!!", "\r\n"]
    ),
    max_size=60,
).map("".join)


@given(YAML_LIKE | st.lists(YAML_LIKE).map("\n".join) | st.text(st.characters(codec=None), max_size=40))
@example("\ud83d\ude00: 1")
@example("a: \x85b")
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_document_or_a_config_error(text: str) -> None:
    read = document_or_error(text)
    if isinstance(read, ConfigError):
        assert "\n  --> c.yaml:" in rendered(read)
        rendered(read).encode()
        return
    for path in every_path(read.value):
        check_place(read, read.place(path, on="key"))
        check_place(read, read.place(path, on="value"))
        check_place(read, read.inside(path, 1, 1, 3))


def document_or_error(text: str) -> Document | ConfigError:
    try:
        return parse(text, "c.yaml")
    except ConfigError as error:
        return error


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for step, child in children for inner in every_path(child, (*path, step)))]


def check_place(document: Document, place: Place) -> None:
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert place.text == lines[place.line - 1]
    assert 1 <= place.column <= len(place.text) + 1
    assert place.length >= 1


# Writing

WORDS = st.sampled_from(
    [
        "no", "on", "y", "Yes", "~", "null", "NULL", "012", "1e-3", "1_000", "0x1F", "0b1", "12:30", "2001-01-01", ".5",
        ".", "..", "...", "--- ", "---", "-", "?", ":", "#", "=", "<<", "!", "&", "*", "|", ">", "@", "`", "%", "h'",
        "", " ", " a", "a ", "a: b", "a #b", "#a", "- a", "a:", "a,b", "[a", "{a}", "'a'", '"', "\\", "é", "\ufeffa",
        "\n", "a\n", "\na", " a\nb", "a\n\n", "a\n b\n", "a\n\tb", "\ta\nb", "a\n  ", "a\r\nb",
        "a\n...\nb", "a\u2028b\nc",
    ]
)  # fmt: skip
TEXT = WORDS | st.text(max_size=20) | st.text("ab \n\t:#-'\"é", max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
@example({"k" * 2000: {"a": [[{"b": 1}]]}, "k" * 1000: "x\ny"})
@example({"lr": 1e-05, "big": 1e22, "tiny": 5e-324, "inf": -math.inf})
@settings(max_examples=300, deadline=None)
def test_what_is_dumped_reads_back(value: dict[str, Any]) -> None:
    text = dump(value)
    read = parse(text, "c.yaml").value
    assert read == value
    assert repr(read) == repr(value)
    assert dump(read) == text


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=3), max_size=5))
@settings(deadline=None)
def test_a_reader_of_yaml_1_1_agrees(value: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(value)) == value


def test_the_look_of_what_is_dumped() -> None:
    value = {
        "name": "sine wave",
        "seed": 12,
        "lr": 1e-05,
        "tuned": None,
        "carry": True,
        "odd": ["no", "012", "", "a: b", 'say "x"'],
        "empty": [{}, [], ""],
        "pair": (1, 2),
        "path": "./data/sine.csv",
        "equations": "i = sigmoid(Wi @ x)\nh' = i * h\n",
        "indented": "  a\nb",
        "chain": [{"gru": 32, "note": "x\ny"}, {"dense": {"size": 1}}, [["a"], ["b"]], "h'"],
        "on": {"x": 1},
        "words": ["a long word in a long list"] * 4,
    }
    text = """\
name: sine wave
seed: 12
lr: 1e-05
tuned: null
carry: true
odd: ["no", "012", "", "a: b", "say \\"x\\""]
empty:
  - {}
  - []
  - ""
pair: [1, 2]
path: ./data/sine.csv
equations: |
  i = sigmoid(Wi @ x)
  h' = i * h
indented: |2-
    a
  b
chain:
  - gru: 32
    note: |-
      x
      y
  - dense:
      size: 1
  -
    - [a]
    - [b]
  - h'
"on":
  x: 1
words:
  - a long word in a long list
  - a long word in a long list
  - a long word in a long list
  - a long word in a long list
"""
    assert dump(value) == text.replace("  -\n    - [a]", "  - - [a]")
    assert dump({}) == "{}\n"


def test_what_cannot_be_dumped() -> None:
    with pytest.raises(ConfigError, match="not Unicode"):
        dump({"a": "\udc80"})
    with pytest.raises(TypeError):
        dump({1: "a"})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        dump({"a": {1, 2}})


def test_reading_imports_nothing_heavy() -> None:
    code = "import sys, rnnctl.document; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "pydantic", "rich", "difflib"} & set(done.stdout.split())
