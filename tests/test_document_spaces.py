"""No-break spaces, where they are mistakes and where they are text; and numbers with a comma in braces."""

from __future__ import annotations

import time

import pytest

from rnnctl.document import parse
from rnnctl.errors import ConfigError

N = "\u00a0"


def mistakes(text: str) -> list[tuple[str, int, int]]:
    try:
        found = parse(text, "c.yaml", strict=False).mistakes
    except ConfigError as error:
        found = error.diagnostics
    return [(d.message, d.where.line, d.where.column) for d in found if d.where]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (f"a:{N}b\n", 1, 3),
        (f"a: b{N}\n", 1, 5),
        (f"a: 3 {N} # why\nb: 4\n", 1, 6),
        (f"a:\n {N}b: 3\n", 2, 2),
        (f"a:\n  -{N}b\n", 2, 4),
        (f"a: [1,{N}2]\n", 1, 7),
        (f"a: {{b: 1{N}}}\n", 1, 9),
        (f"a{N}: 3\n", 1, 2),
    ],
)
def test_a_no_break_space_is_told_where_it_stands(text: str, line: int, column: int) -> None:
    assert mistakes(text) == [("this is a no-break space, U+00A0, and no space to YAML", line, column)]


@pytest.mark.parametrize(
    "text",
    [
        f"a: b{N}c\n",
        f"a: b,{N}c\n",
        f"a: 'b:{N}c{N}'\n",
        f'a: "{N}"\n',
        f"a: b #{N}c\n",
        f"a: |\n  b:{N}c,{N}\n\n  d{N}\nb: 3\n",
        f"- a: >-\n    b:{N}c\n    d\n".replace("- a", "x:\n- a"),
    ],
)
def test_within_a_text_it_is_a_part_of_it(text: str) -> None:
    assert mistakes(text) == []
    assert "#" in text or "\\xa0" in str(parse(text, "c.yaml").value)


def test_many_of_them_are_read_in_time() -> None:
    start = time.monotonic()
    for text in ("a: " + " " * 900_000 + N + "\n", f"a: {N * 400_000}b\n", f"{N}a: b\n" * 60_000):
        mistakes(text)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("number", "value", "told"),
    [
        ("0,003", 0.003, "write 0.003, with a point"),
        ("-1,5", -1.5, "write -1.5, with a point"),
        ("1,000", 1000, "write 1000, or 1.000 with a point"),
        ("12,500,000", 12_500_000, "write 12500000"),
    ],
)
def test_a_comma_in_a_number(number: str, value: float, told: str) -> None:
    document = parse(f"a: {{b: {number}, c: 3}}\n", "c.yaml", strict=False)
    [found] = document.mistakes
    assert (found.message, found.help) == ("a ',' ends the value in braces: a number has none", told)
    assert found.where is not None
    assert (found.where.column, found.where.length) == (8, len(number))
    assert document.value == {"a": {"b": value, "c": 3}}


def test_a_number_that_is_a_key_alone() -> None:
    assert mistakes("a: {b: x, 003: 1}\n") == [("a key must be text, and '003' is a number", 1, 11)]
