"""Symbolic sizes are equal when they are equal for all values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnctl.equations.sizes import Size, count, shape_text

size, width, heads = Size.of("size"), Size.of("input"), Size.of("heads")
two, one = Size.of(2), Size.of(1)


def test_equal_sizes_are_equal_however_they_are_written() -> None:
    assert (size + one) * (size - one) == size * size - one
    assert size + width == width + size
    assert size * width * two == two * (width * size)
    assert size - size == Size.of(0)
    assert (size * Size.of(4)) // two == size + size
    assert size // size == one
    assert size // one == size
    assert (size // heads) // two == size // (two * heads)
    assert size != width


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Size.of(0), "0"),
        (Size.of(-3), "-3"),
        (two * size + one, "2 * size + 1"),
        (one - size, "-size + 1"),
        (size * size - width, "size * size - input"),
        (size // heads, "(size // heads)"),
        (two * (size // two), "2 * (size // 2)"),
        ((size + one) // two, "((size + 1) // 2)"),
        (size // (heads + one) + one, "(size // (heads + 1)) + 1"),
    ],
)
def test_a_size_reads_as_it_is_written(made: Size, text: str) -> None:
    assert str(made) == text


def test_a_value_is_known_when_nothing_is_left_open() -> None:
    assert (two * size - size - size).value == 0
    assert (size // heads).value is None
    assert (size // heads).bind({"size": Size.of(7), "heads": two}).value == 3
    assert (size + width).bind({"size": width}) == two * width
    assert (size // (heads * two)).symbols() == {"size", "heads"}
    assert (size // two).has_quotient
    assert not (two * size // two).has_quotient


def test_division_by_zero_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        size // Size.of(0)
    with pytest.raises(ZeroDivisionError):
        (size // heads).bind({"heads": Size.of(0)})


def test_shapes() -> None:
    assert shape_text(()) == "a single number"
    assert shape_text((two * size, width)) == "[2 * size, input]"
    assert count(()) == one
    assert count((size, two, width)) == two * width * size


def trees() -> st.SearchStrategy[tuple[Size, object]]:
    """Sizes beside the functions that compute them."""
    leaves = st.one_of(
        st.integers(-3, 9).map(lambda n: (Size.of(n), lambda a, b: n)),
        st.just((Size.of("a"), lambda a, b: a)),
        st.just((Size.of("b"), lambda a, b: b)),
    )

    def grown(inner: st.SearchStrategy[tuple[Size, object]]) -> st.SearchStrategy[tuple[Size, object]]:
        pairs = st.tuples(inner, inner)
        return st.one_of(
            pairs.map(lambda p: (p[0][0] + p[1][0], lambda a, b: p[0][1](a, b) + p[1][1](a, b))),
            pairs.map(lambda p: (p[0][0] - p[1][0], lambda a, b: p[0][1](a, b) - p[1][1](a, b))),
            pairs.map(lambda p: (p[0][0] * p[1][0], lambda a, b: p[0][1](a, b) * p[1][1](a, b))),
            st.tuples(inner, st.integers(1, 5)).map(
                lambda p: (p[0][0] // Size.of(p[1]), lambda a, b: p[0][1](a, b) // p[1])
            ),
        )

    return st.recursive(leaves, grown, max_leaves=8)


@settings(deadline=None)
@given(trees(), st.integers(1, 20), st.integers(1, 20))
def test_binding_computes_what_the_arithmetic_says(tree: tuple[Size, object], a: int, b: int) -> None:
    made, function = tree
    assert made.bind({"a": Size.of(a), "b": Size.of(b)}).value == function(a, b)
