"""Reading goes on behind what is wrong with a single value or key, up to a bound, and tells it all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rnnctl.document import Document, composer, load, parse
from rnnctl.document.mistakes import MOST_TOLD
from rnnctl.document.source import UNSAFE
from rnnctl.errors import ConfigError, Diagnostic
from tests.test_document import YAML_LIKE, check_place, document_or_error, every_path


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers, where both are installed."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(composer, "PARSER", getattr(yaml, request.param))


def read(text: str) -> Document:
    return parse(text, "c.yaml", strict=False)


def brief(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[int, int, str]]:
    """Line, column and message of each."""
    return [(d.where.line, d.where.column, d.message) for d in diagnostics if d.where is not None]


def refusal(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yaml")
    return caught.value.diagnostics


SEVERAL = """\
seed: 012
model:
  lr: !!int x
  size: !unit 3
  lr: 2
  1: 2
  note: "half \\x07"
chain: *nothing
<<: 3
"""


def test_all_mistakes_are_gathered_in_the_order_of_the_file() -> None:
    document = read(SEVERAL)
    told = [
        (1, 7, "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
        (3, 13, "'x' is not an integer"),
        (4, 9, "the tag '!unit' is not accepted here"),
        (5, 3, "the key 'lr' stands twice in one mapping"),
        (6, 3, "a key must be text, and '1' is a number"),
        (8, 8, "no value above has this name"),
        (9, 5, "'<<' merges mappings only"),
    ]
    assert brief(document.mistakes) == told
    assert brief(refusal(SEVERAL)) == told
    assert document.value == {"seed": 12, "model": {"lr": "x", "size": 3, "note": "half \x07"}, "chain": None}


def test_a_file_is_read_strictly_unless_its_reader_asks_for_the_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: 012\n")
    with pytest.raises(ConfigError, match="012 is ambiguous"):
        load(path)
    document = load(path, strict=False)
    assert document.value == {"a": 12}
    assert len(document.mistakes) == 1


def test_a_key_that_stands_twice_shows_both_places() -> None:
    [mistake] = read("a: {x: 1}\nb: 2\na: {x: 3, y: 012}\n").mistakes[:1]
    assert str(mistake) == (
        "error: the key 'a' stands twice in one mapping\n"
        "  --> c.yaml:3:1\n"
        " 3 | a: {x: 3, y: 012}\n"
        "   | ^\n"
        "  ::: c.yaml:1:1\n"
        " 1 | a: {x: 1}\n"
        "   | - it stands first here\n"
        "   = help: keep one of the two"
    )


def test_of_a_key_that_stands_twice_the_keys_of_both_count() -> None:
    document = read("a: {x: 1}\na: {x: 3, y: 4}\nb: [1]\nb: [2]\n")
    assert document.value == {"a": {"x": 1, "y": 4}, "b": [1]}
    assert document.place(("a", "y"), on="key").line == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: -007", -7),
        ("a: 1e999", float("inf")),
        ("a: !!bool yes", "yes"),
        ("a: !x 1e-3", 1e-3),
        ("a: !x '12'", "12"),
        ("a: !x {b: 1}", {"b": 1}),
        ("b: &size 4\na: *sise", 4),
        ("a: *nothing", None),
        ("a: &a [*a]", [None]),
        ("a: {? [b] : c, d: 1}", {"d": 1}),
        ("a: {<<: [{b: 1}, 2], c: 3}", {"b": 1, "c": 3}),
        ("a: {<<: {b: 1}, <<: {c: 2}}", {"b": 1, "c": 2}),
        ("a: {? : 1, b: 2}", {"b": 2}),
    ],
)
def test_what_could_not_be_read_has_its_likeliest_meaning(text: str, value: Any) -> None:
    document = read(text)
    assert document.mistakes
    assert document.value["a"] == value


def test_characters_that_no_parser_takes_are_told_one_by_one() -> None:
    document = read("a: x\x01y\nb\x02: 1\nc: 012  # \ufeff\n")
    assert brief(document.mistakes) == [
        (1, 5, "the character U+0001 cannot stand in a YAML file"),
        (2, 2, "the character U+0002 cannot stand in a YAML file"),
        (3, 4, "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
        (3, 11, "the character U+FEFF cannot stand in a YAML file"),
    ]
    assert document.broken(("a",))
    assert not document.broken(("c",), on="key")
    assert document.broken(())  # a key of it could not be read


def test_a_second_document_is_told_and_the_first_one_read() -> None:
    document = read("a: 012\n---\nb: 012\n")
    assert document.value == {"a": 12}
    assert brief(document.mistakes)[1] == (2, 1, "a second document starts here")


def test_what_stops_the_parser_is_told_behind_what_was_found_before() -> None:
    assert brief(refusal("a: 012\nb: [1\n")) == [
        (1, 4, "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
        (2, 4, "this '[' is never closed"),
    ]
    assert brief(refusal("a:\n  b: 1\na:\n  b: 2\nc = 3\n"))[0] == (3, 1, "the key 'a' stands twice in one mapping")
    assert [m for _, _, m in brief(refusal("a: 012\nb: " + "[" * 70))][
        1
    ] == "values are nested more than 64 levels deep"
    assert [m for _, _, m in brief(refusal("- 012"))][1] == "the file holds a list instead of keys and values"


@given(YAML_LIKE | st.lists(YAML_LIKE).map("\n".join))
@example("a: \x01\n'\ud83d\ude00': 012\n? [a]\n: *b\n<<: {c: *d}")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_document_with_mistakes_is_as_good_as_any(text: str) -> None:
    try:
        document = read(text)
    except ConfigError:
        return
    strict = document_or_error(text)
    shown = replace(document, text=UNSAFE.sub("\N{REPLACEMENT CHARACTER}", document.text))
    assert (strict.diagnostics if isinstance(strict, ConfigError) else ()) == document.mistakes
    for path in every_path(document.value):
        assert document.has(path)
        check_place(shown, document.place(path, on="key"))
        check_place(shown, document.place(path))
        assert not document.lost(path) or not document.whole(path)
        assert document.mistakes or not document.broken(path)


# tabs


TABBED = "model:\n\tsize: 012\n\tchain:\n\t\t- lstm: 4\n# \tno\ntraining:\n\t\n\tlr: 1\n"


def test_tabs_are_told_once_and_read_as_they_are_meant() -> None:
    document = read(TABBED)
    assert document.value == {"model": {"size": 12, "chain": [{"lstm": 4}]}, "training": {"lr": 1}}
    tab, number = document.mistakes
    assert (tab.message, tab.help) == (
        "YAML does not allow tabs for indentation",
        "use spaces; 3 more lines begin with a tab",
    )
    assert brief((tab, number)) == [
        (2, 1, "YAML does not allow tabs for indentation"),
        (2, 8, "012 is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal"),
    ]
    assert number.where is not None
    assert number.where.text == "\tsize: 012"
    assert document.text == TABBED


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a:\n\tb: 1\n", "use spaces"),
        ("a:\n\tb: 1\n\tc: 1\n", "use spaces; 1 more line begins with a tab"),
        ("a:\n  b: 1\n\tc: 1\n", "use spaces"),  # between two levels: no telling which
        ("a:\n\tb: 1\n  c: [1\n", "use spaces"),
    ],
)
def test_what_is_said_of_tabs(text: str, advice: str) -> None:
    [diagnostic] = refusal(text)
    assert diagnostic.help == advice


# bounds


def test_of_many_mistakes_a_hundred_are_told_and_the_rest_counted() -> None:
    text = "".join(f"k{i}: 012\n" for i in range(5000))
    document = read(text)
    assert len(document.mistakes) == MOST_TOLD + 1
    assert document.unsaid == 5000 - MOST_TOLD - 1
    told = refusal(text)
    assert len(told) == MOST_TOLD + 1
    assert told[-1].message == "at least 4,900 more mistakes are not shown; the first of them is here"
    assert told[-1].where is not None
    assert told[-1].where.line == 101


def test_a_hundred_mistakes_are_told_as_they_are_and_one_more_is_named() -> None:
    hundred = refusal("a: 012\n" * 1 + "".join(f"k{i}: 012\n" for i in range(99)))
    assert len(hundred) == 100
    assert all("ambiguous" in d.message for d in hundred)
    assert refusal("".join(f"k{i}: 012\n" for i in range(101)))[-1].message == "1 more mistake is here"


@pytest.mark.parametrize(
    "text",
    [
        "kk: 1\n" * 20_000,
        "a: [" + "*nam, " * 20_000 + "]",
        "a: [" + "!x 1, " * 20_000 + "]",
        "a: {" + "1: 2, " * 20_000 + "}",
        "a: '" + "\x01" * 200_000 + "'",
        "a: {b: '" + " " * 900_000 + "', " + ", ".join(f"c{i}: 012" for i in range(500)) + "}",
    ],
)
def test_nothing_but_mistakes_is_told_in_a_few_lines(text: str) -> None:
    told = refusal(text)
    assert len(told) == MOST_TOLD + 1
    assert sum(len(str(diagnostic)) for diagnostic in told) < 100_000
    assert len({id(d.where.text) for d in told if d.where and len(d.where.text) > 1000}) <= 1  # long lines are shared
