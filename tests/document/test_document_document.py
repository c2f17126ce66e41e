"""Where what an alias or `<<` brings stands and comes from, and what follows from a value that could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from rnnctl.document import Document, parse
from rnnctl.errors import Problem

BROUGHT = """\
number: &n 0
small: &small
  size: 0
  deep: {rate: 2, same: *n}
both: &both
  <<: *small
  act: tanh
one: *n
two: *small
three:
  <<: *small
four:
  <<: [*small, *both]
five: {inner: *both}
six: {<<: {size: 7}}
"""


def told(text: str, path: Any, on: Any = "value") -> str:
    return str(parse(text, "c.yaml").locate(Problem(path, "wrong", on=on)))


def test_a_value_that_an_alias_brings() -> None:
    assert told(BROUGHT, ("one",)) == (
        "error: wrong\n"
        "  --> c.yaml:8:6\n"
        " 8 | one: *n\n"
        "   |      ^^\n"
        "  ::: c.yaml:1:12\n"
        " 1 | number: &n 0\n"
        "   |            - it stands here\n"
        "   = note: the value comes from the anchor 'n' on line 1"
    )


def test_a_value_deep_in_what_an_alias_brings() -> None:
    assert told(BROUGHT, ("two", "deep", "rate")) == (
        "error: wrong\n"
        "  --> c.yaml:9:6\n"
        " 9 | two: *small\n"
        "   |      ^^^^^^\n"
        "  ::: c.yaml:4:16\n"
        " 4 |   deep: {rate: 2, same: *n}\n"
        "   |                - it stands here\n"
        "   = note: the value comes from the anchor 'small' on line 2"
    )


@pytest.mark.parametrize(
    ("path", "on", "place", "note", "written"),
    [
        (("three", "size"), "value", (11, 7), "the value comes from the anchor 'small' on line 2", (3, 9)),
        (("three", "size"), "key", (11, 3), "the key comes from the anchor 'small' on line 2", (3, 3)),
        (("three", "deep", "rate"), "key", (11, 7), "the key comes from the anchor 'small' on line 2", (4, 10)),
        (("four", "size"), "value", (13, 8), "the value comes from the anchor 'small' on line 2", (3, 9)),
        (("four", "act"), "value", (13, 16), "the value comes from the anchor 'both' on line 5", (7, 8)),
        (("five", "inner", "act"), "key", (14, 15), "the key comes from the anchor 'both' on line 5", (7, 3)),
        (
            ("two", "deep", "same"), "value", (9, 6),
            "the value comes from the anchor 'small' on line 2, and there from the anchor 'n' on line 1", (1, 12),
        ),
        (
            ("five", "inner", "deep", "same"), "value", (14, 15),
            "the value comes from the anchor 'both' on line 5, and in the end from the anchor 'n' on line 1", (1, 12),
        ),
        (("two",), "key", (9, 1), "its value comes from the anchor 'small' on line 2", None),
        (("one",), "key", (8, 1), None, None),
        (("six", "size"), "key", (15, 12), None, None),
        (("six", "size"), "value", (15, 18), None, None),
        (("both", "act"), "value", (7, 8), None, None),
        (("two", "nope"), "value", (9, 1), "its value comes from the anchor 'small' on line 2", None),
    ],
)  # fmt: skip
def test_places_and_origins(path: Any, on: Any, place: Any, note: str | None, written: Any) -> None:
    document = parse(BROUGHT, "c.yaml")
    where, origin = document.place(path, on), document.origin(path, on)
    assert (where.line, where.column) == place
    assert (origin and origin.note) == note
    assert (origin and origin.where and (origin.where.line, origin.where.column)) == written


def test_what_is_written_at_its_place_has_no_note() -> None:
    assert told(BROUGHT, ("small", "size")) == ("error: wrong\n  --> c.yaml:3:9\n 3 |   size: 0\n   |         ^")


def test_an_anchor_behind_a_tag_and_above_its_value() -> None:
    document = parse("a: !!map &x\n  b: 1\nc: *x\n", "c.yaml")
    origin = document.origin(("c", "b"))
    assert origin is not None
    assert origin.note == "the value comes from the anchor 'x' on line 1"
    assert origin.where is not None
    assert origin.where.line == 2


def test_text_that_an_alias_brings_is_pointed_into_where_it_is_written() -> None:
    document = parse("a: &text |\n  x = 1\n  y = 2\nb: {c: *text}\n", "c.yaml")
    place = document.inside(("b", "c"), 2, 5, 1)
    assert (place.line, place.column) == (3, 7)


def test_has() -> None:
    document = parse("a: {b: [1, {c: }]}\nd: *x\n", "c.yaml", strict=False)
    assert [document.has(path) for path in ((), ("a",), ("a", "b", 1, "c"), ("d",))] == [True] * 4
    assert [document.has(path) for path in (("b",), ("a", "b", 2), ("a", "b", "c"), ("d", "e"))] == [False] * 4


# what follows from a mistake

BROKEN = """\
guessed: {size: 012, other: 1}
lost: {size: *nope, other: 1}
part: {? [a] : 1, other: {deep: 1}}
merged: {<<: *nope, other: 1}
whole: {<<: {size: 1}}
used: &used {x: !tag 1, y: 2}
user: *used
items: [1, 012]
"""


def broken() -> Document:
    return parse(BROKEN, "c.yaml", strict=False)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("guessed",), False, False),
        (("guessed", "size"), False, True),  # that its key is not known needs telling
        (("guessed", "size", "deep"), True, True),
        (("guessed", "other"), False, False),
        (("guessed", "nope"), False, False),
        (("lost",), False, False),
        (("lost", "size"), True, True),
        (("lost", "other"), False, False),
        (("part",), True, True),  # what it lacks may be what could not be read
        (("part", "other"), False, False),
        (("part", "other", "deep"), False, False),
        (("part", "nope"), True, True),
        (("merged",), True, True),
        (("merged", "other"), False, False),
        (("whole",), False, False),
        (("user", "x"), False, True),
        (("items",), True, True),  # how many they are, and of which type, is not known
        (("items", 0), False, False),
        (("items", 1), True, True),
        (("user", "y"), False, False),
        ((), False, False),
    ],
)
def test_what_may_only_follow_from_a_mistake(path: Any, key: bool, value: bool) -> None:
    document = broken()
    assert document.broken(path, "key") is key
    assert document.broken(path) is value


def test_what_is_lost() -> None:
    document = broken()
    lost = {name: document.lost((name,)) for name in document.value}
    assert lost == {
        "guessed": False, "lost": True, "part": True, "merged": True, "whole": False, "used": False, "user": False,
        "items": False,
    }  # fmt: skip
    assert [name for name in document.value if document.whole((name,))] == ["whole"]
    assert document.whole(("guessed", "other"))
    assert document.whole(("nope",))
    assert document.lost(("lost", "size"))
    assert not document.lost(("lost", "other"))
    assert not document.lost(("nope",))
    assert document.lost(())


def test_a_document_is_made_of_a_text_and_its_nodes() -> None:
    document = parse("a: &x {b: 1}\nc: *x\n", "c.yaml")
    again = Document.of(document.source, document.root)
    assert again == document
    assert again.value == {"a": {"b": 1}, "c": {"b": 1}}
