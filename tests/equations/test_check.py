"""Wrong equations: one located mistake for each, in these words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written import Mistake, mistakes

from rnnctl.catalogue import read_definitions
from rnnctl.document import parse

SHAPES = "operands have equal shapes, or one of them is a single number"
CONDITION = "write where(condition, 1, 0)"
ONCE = "a name is assigned once"


def cell(equations: str, output: str = "h'", **sections: str) -> str:
    """A cell with two matrices, its equations from line 6 and column 5 on."""
    lines = "\n".join(f"    {line}" for line in equations.split("\n"))
    more = "".join(f"  {key}: {value}\n" for key, value in sections.items())
    return (
        "c:\n  state: {h: size}\n  parameters:\n"
        "    U, W: {shape: [size, size], init: zeros}\n"
        f"  equations: |\n{lines}\n  output: {output}\n{more}"
    )


# message, line, column, what is marked, help — of each broken cell
EQUATIONS: dict[str, tuple[str, str, int, int, str, str | None]] = {
    # sizes
    "sizes that differ": ("h' = W @ h + x * (U @ h)", "'*' cannot join [input] and [size]", 6, 20, "*", SHAPES),
    "a product that does not fit": (
        "h' = U @ h + W @ x",
        "'@' cannot join [size, size] and [input]: size is not input",
        6,
        20,
        "@",
        "the matrix's second size must be the first size of what it multiplies",
    ),
    "a product of vectors": (
        "h' = U @ h + W @ h + h @ h",
        "'@' takes a matrix and a vector or matrix, not [size] and [size]",
        6,
        28,
        "@",
        "products of each element are written a * b; of all pairs, outer(a, b)",
    ),
    "a state of another size": (
        "h' = concat(W @ h, U @ h) * sum(x)",
        "h' is [2 * size], real, but the state h is [size], real",
        2,
        11,
        "h",
        None,
    ),
    "a whole number for a condition": (
        "h' = where(h, W @ h, U @ h) + sum(x)",
        "where takes a condition first",
        6,
        10,
        "where",
        "for example where(x > 0, a, b)",
    ),
    "an axis too many": ("h' = W @ h + U @ h + sum(x, axis=1)", "there is no axis 1 in [input]", 6, 26, "sum", None),
    "a fold of a number": (
        "h' = W @ h + U @ h + sum(sum(x))",
        "sum folds an axis, and a single number has none",
        6,
        26,
        "sum",
        None,
    ),
    "an index outside": (
        "h' = W @ h + (U @ h)[size:] + sum(x)",
        "'+' cannot join [size] and [0]",
        6,
        16,
        "+",
        SHAPES,
    ),
    "a position outside": (
        "h' = W @ h + (U @ h)[size] + sum(x)",
        "index size is outside of an axis of size",
        6,
        25,
        "[",
        None,
    ),
    "a negative position": (
        "h' = W @ h + U @ h + x[-1]",
        "index -1 is outside of an axis of input",
        6,
        27,
        "[",
        None,
    ),
    "indices too many": ("h' = W @ h + U @ h + x[0, 1]", "2 indices for [input]", 6, 27, "[", None),
    "an index by a state": (
        "h' = W @ h + U @ h + x[h]",
        "an index is one whole number, not [size] of real values",
        6,
        27,
        "[",
        None,
    ),
    "a gather from a state": (
        "h' = W @ h + U @ h + h[floor(sum(x))]",
        "only a parameter, or what is made of parameters, can be indexed by a value",
        6,
        27,
        "[",
        None,
    ),
    "a reshape to more": (
        "h' = W @ h + reshape(U @ h, 2, size)[0] + sum(x)",
        "[size] cannot become [2, size]: size numbers are not 2 * size",
        6,
        18,
        "reshape",
        None,
    ),
    "a concat of different ranks": (
        "h' = W @ h + concat(U, h) + sum(x)",
        "concat cannot join [size, size], [size] along axis 0",
        6,
        18,
        "concat",
        None,
    ),
    "a concat of one": (
        "h' = W @ h + concat(U @ h) + sum(x)",
        "concat takes at least two values",
        6,
        18,
        "concat",
        None,
    ),
    "an outer of matrices": (
        "h' = outer(W, U) @ h + sum(x)",
        "outer takes two vectors, not [size, size] and [size, size]",
        6,
        10,
        "outer",
        None,
    ),
    "a transposed vector": (
        "h' = transpose(W @ U @ h) + sum(x)",
        "transpose takes a matrix, not [size]",
        6,
        10,
        "transpose",
        None,
    ),
    "a size of a value": (
        "h' = W @ h + zeros(h) + U @ h + sum(x)",
        "'h' is no size",
        6,
        24,
        "h",
        "sizes here: size, input",
    ),
    "a size divided by zero": (
        "h' = W @ h + U @ h + zeros(size // 0) + sum(x)",
        "division of a size by zero",
        6,
        37,
        "//",
        None,
    ),
    "a negative size": ("h' = W @ h + U @ h + sum(x) + sum(zeros(2 - 3))", "a size cannot be -1", 6, 39, "zeros", None),
    "a fold of nothing": (
        "h' = W @ h + U @ h + max(x[0:0])",
        "max of nothing: [0] has no elements",
        6,
        26,
        "max",
        None,
    ),
    # names
    "an unknown name": ("h' = W @ h + U @ hh + sum(x)", "unknown name 'hh'", 6, 22, "hh", "did you mean 'h'?"),
    "an unknown function": (
        "h' = tahn(W @ h) + U @ h + sum(x)",
        "unknown function 'tahn'",
        6,
        10,
        "tahn",
        "did you mean 'tanh'?",
    ),
    "a function for a value": (
        "h' = W @ h * tanh",
        "'@' beside '*' or '/' needs parentheses",
        6,
        16,
        "*",
        "both readings can have the right size: write (a * b) @ c or a * (b @ c)",
    ),
    "a function not called": (
        "h' = W @ h + U @ h + tanh + sum(x)",
        "'tanh' is a function",
        6,
        26,
        "tanh",
        "call it: tanh(…)",
    ),
    "a value called": ("h' = W @ h + U(h) + sum(x)", "unknown function 'U'", 6, 18, "U", "FUNCTIONS"),
    "a use above the equation": (
        "a = W @ h'\nh' = U @ a + sum(x)",
        "'h'' is used above its equation, or has none",
        6,
        13,
        "h'",
        "write h' = …",
    ),
    "a name used above its line": ("h' = W @ a + sum(x)\na = U @ h", "unknown name 'a'", 6, 14, "a", "NAMES"),
    "two equations": ("h' = W @ h + sum(x)\nh' = U @ h", "'h'' already has a value", 7, 5, "h'", ONCE),
    "a name assigned twice": ("a = W @ h\na = U @ h\nh' = a + sum(x)", "'a' already has a value", 7, 5, "a", ONCE),
    "a name assigned twice at once": (
        "a, a = split(W @ h)\nh' = U @ concat(a, a) + sum(x)",
        "'a' already has a value",
        6,
        8,
        "a",
        ONCE,
    ),
    "an input assigned": ("x = W @ h\nh' = U @ h + sum(x)", "'x' already has a value", 6, 5, "x", ONCE),
    "a parameter assigned": ("W = U\nh' = W @ h + sum(x)", "'W' already has a value", 6, 5, "W", ONCE),
    "a size assigned": ("size = W @ h\nh' = U @ size + sum(x)", "'size' already is a size", 6, 5, "size", None),
    "a function assigned": ("tanh = W @ h\nh' = U @ h + sum(x)", "'tanh' already is a function", 6, 5, "tanh", None),
    "a state assigned": ("h = W @ U @ x", "'h' is the state before the step", 6, 5, "h", "write h' = …"),
    "a prime on what is no state": ("h' = W @ h + sum(x)\ny' = U @ h'", "'y' is no state", 7, 5, "y'", "states: h"),
    "a name never used": (
        "a = W @ h\nh' = U @ h + sum(x)",
        "'a' is never used",
        6,
        5,
        "a",
        "delete the line, or use it",
    ),
    "a part never used": (
        "a, b = split(W @ h)\nh' = U @ concat(a, a) + sum(x)",
        "'b' is never used",
        6,
        8,
        "b",
        "delete the line, or use it",
    ),
    # kinds
    "arithmetic on a condition": (
        "h' = W @ h + (U @ h > 0) + sum(x)",
        "'+' works on numbers, not on conditions",
        6,
        16,
        "+",
        CONDITION,
    ),
    "a product with a condition": (
        "h' = W @ (U @ h > 0) + sum(x)",
        "'@' works on numbers, not on conditions",
        6,
        12,
        "@",
        CONDITION,
    ),
    "a function of a condition": (
        "h' = tanh(W @ U @ h > 0) + sum(x)",
        "tanh works on numbers, not on conditions",
        6,
        10,
        "tanh",
        CONDITION,
    ),
    "the larger of a condition": (
        "h' = max(W @ h > 0, U @ h) + sum(x)",
        "max works on numbers, not on conditions",
        6,
        10,
        "max",
        None,
    ),
    "logic on numbers": (
        "h' = where(h and x, W @ h, U @ h)",
        "'and' joins conditions, not numbers",
        6,
        18,
        "and",
        "compare first: a > 0 and b > 0",
    ),
    "not of a number": ("h' = where(not sum(x), W @ h, U @ h)", "'not' takes a condition", 6, 16, "not", None),
    "minus of a condition": ("h' = W @ h + U @ h + sum(x) * -(h > 0)", "'-' takes a number", 6, 35, "-", None),
    "a condition beside a number": (
        "h' = where(h > 0, h > 0, W @ h) + U @ h + sum(x)",
        "where chooses between a condition and a number",
        6,
        10,
        "where",
        None,
    ),
    "whole division of reals": (
        "h' = W @ h // 2",
        "'@' beside '*' or '/' needs parentheses",
        6,
        16,
        "//",
        "both readings can have the right size: write (a * b) @ c or a * (b @ c)",
    ),
    "whole division of a vector": (
        "h' = W @ h + U @ h + x[0] // 2",
        "'//' divides whole numbers",
        6,
        31,
        "//",
        "write floor(a / b)",
    ),
    # calls
    "values too few": ("h' = mod(W @ h) + U @ h + sum(x)", "mod takes 2 values, not 1", 6, 10, "mod", None),
    "values too many": ("h' = tanh(W @ h, U @ h) + sum(x)", "tanh takes 1 value, not 2", 6, 10, "tanh", None),
    "an axis where none is": ("h' = tanh(W @ h, axis=0) + U @ h + sum(x)", "tanh has no axis", 6, 10, "tanh", None),
    "an unknown argument": (
        "h' = W @ h + U @ h + sum(x, dim=0)",
        "sum has no argument 'dim', or has it twice",
        6,
        37,
        "0",
        None,
    ),
    "an axis that is a name": (
        "h' = W @ h + U @ h + sum(x, axis=size)",
        "an axis is a whole number: 0 is the first",
        6,
        38,
        "size",
        None,
    ),
    "a library function with too few": (
        "h' = layer_norm(W @ U @ h, 1) + sum(x)",
        "layer_norm(v, gain, bias) takes 3 values",
        6,
        10,
        "layer_norm",
        None,
    ),
    "a mistake inside a library function": (
        "h' = layer_norm(W @ h, x, 0) + U @ h",
        "'*' cannot join [input] and [size], in layer_norm(v, gain, bias)",
        6,
        10,
        "layer_norm",
        SHAPES,
    ),
    "range of two": ("h' = W @ h + U @ h + sum(x) + range(size, 2)", "range takes a size", 6, 35, "range", None),
    "zeros of nothing": ("h' = W @ h + U @ h + sum(x) + zeros()", "zeros takes sizes", 6, 35, "zeros", None),
    # splits
    "several names without a split": (
        "a, b = W @ h\nh' = U @ concat(a, b) + sum(x)",
        "several names take the parts of a split",
        6,
        8,
        "b",
        "write a, b = split(v)",
    ),
    "a split of two values": (
        "a, b = split(h, 2)\nh' = W @ U @ concat(a, b) + sum(x)",
        "split takes one value; the names before '=' say how many parts",
        6,
        12,
        "split",
        None,
    ),
    "a split in an expression": (
        "h' = W @ split(h) + U @ h + sum(x)",
        "a split gives several values",
        6,
        14,
        "split",
        "write a, b = split(v)",
    ),
    "a split of a number": (
        "a, b = split(sum(x))\nh' = W @ U @ h + a + b",
        "split takes a vector or matrix, not a single number",
        6,
        12,
        "split",
        None,
    ),
    "a split that leaves a rest": (
        "a, b = split(x[0:5])\nh' = W @ U @ h + sum(a) + sum(b)",
        "5 cannot be split into 2 equal parts",
        6,
        12,
        "split",
        None,
    ),
    # repeats
    "a repeat over a state": (
        "repeat s = x over h:\n    s' = s\nh' = W @ U @ h + sum(s')",
        "'h' is no parameter with an axis to go along",
        6,
        23,
        "h",
        None,
    ),
    "a repeat over an unknown name": (
        "repeat s = h over V:\n    s' = s\nh' = W @ U @ h + sum(x)",
        "unknown name 'V'",
        6,
        23,
        "V",
        "NAMES",
    ),
    "a repeat without its equation": (
        "repeat s = h over W:\n    n = W * s\n    m = n\nh' = U @ h + sum(x)",
        "the repeat never gives s' a value",
        6,
        5,
        "repeat",
        None,
    ),
    "a repeat that changes its size": (
        "repeat s = h over W:\n    s' = concat(W, s)\nh' = U @ h + sum(s') + sum(x)",
        "s' must have the shape and kind of s",
        6,
        12,
        "s",
        None,
    ),
    "a repeat that changes its kind": (
        "repeat s = 0 over W:\n    s' = sum(W)\nh' = U @ h + s' + sum(x)",
        "s' must have the shape and kind of s",
        6,
        12,
        "s",
        None,
    ),
    "a name never used in a repeat": (
        "repeat s = h over W:\n    q = W * s\n    s' = W + s\nh' = U @ s' + sum(x)",
        "'q' is never used",
        7,
        9,
        "q",
        None,
    ),
    "a repeat that nothing uses": (
        "repeat s = h over W:\n    s' = W + s\nh' = U @ h + sum(x)",
        "'s'' is never used",
        6,
        12,
        "s",
        "use what it gives",
    ),
    "a repeat under a taken name": (
        "repeat x = h over W:\n    x' = x + W\nh' = U @ x'",
        "'x' already has a meaning",
        6,
        12,
        "x",
        None,
    ),
    "a repeat that primes another state": (
        "repeat s = h over W:\n    h' = s + W\nh' = U @ s' + sum(x)",
        "'h' is no state",
        7,
        9,
        "h'",
        "states: s",
    ),
    "a name of a repeat used outside": (
        "repeat s = h over W:\n    q = W * s\n    s' = q\nh' = U @ s' + q + sum(x)",
        "unknown name 'q'",
        9,
        19,
        "q",
        "NAMES",
    ),
    "a function among the equations": (
        "f(v) = v\nh' = W @ U @ h + sum(x)",
        "functions are defined under `functions:`",
        6,
        5,
        "f",
        "move this line there",
    ),
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_mistake_in_the_equations_is_told_once_at_its_place(name: str) -> None:
    equations, message, line, column, marked, advice = EQUATIONS[name]
    [found] = mistakes(cell(equations))
    if advice == "NAMES":
        assert found.help is not None
        assert found.help.startswith("names here: ")
        advice = found.help
    if advice == "FUNCTIONS":
        assert found.help is not None
        assert found.help.startswith("functions: abs, concat, ")
        advice = found.help
    assert found == Mistake(message, line, column, marked, advice)


FINE = cell("h' = tanh(W @ h + U @ h) + sum(x)")


def test_the_cells_above_are_right_but_for_their_mistake() -> None:
    assert mistakes(FINE) == []


def test_every_mistake_is_told_in_one_pass_and_what_follows_from_one_is_not() -> None:
    text = cell(
        "a = W @ xx\n"
        "b = a + U @ h\n"
        "g = tanh(b, 1)\n"
        "c, d = split(h > 0)\n"
        "repeat s = h over W:\n"
        "    q = s + W + yy\n"
        "    s' = q\n"
        "h' = g + s' + sum(x) * zz",
        output="ww + h'",
    )
    found = mistakes(text)
    assert [(m.line, m.message) for m in found] == [
        (6, "unknown name 'xx'"),
        (11, "unknown name 'yy'"),
        (13, "unknown name 'zz'"),
        (14, "unknown name 'ww'"),
    ]


words = st.sampled_from(
    [
        "h",
        "h'",
        "x",
        "W",
        "b",
        "a",
        "c",
        "g",
        "size",
        "input",
        "0",
        "1",
        "2",
        "0.5",
        "+",
        "-",
        "*",
        "/",
        "//",
        "@",
        "^",
        "<",
        "==",
        "and",
        "or",
        "not",
        "(",
        ")",
        ",",
        "[",
        "]",
        ":",
        "tanh(",
        "sum(",
        "split(",
        "where(",
        "concat(",
        "reshape(",
        "zeros(",
        "outer(",
        "max(",
        "mod(",
        "axis=",
        "=",
        "silu(",
        "f(",
        "\n",
    ]
)


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=25), st.lists(words, min_size=1, max_size=12))
def test_any_equations_give_a_definition_or_located_mistakes(equations: list[str], output: list[str]) -> None:
    lines = " ".join(["h' = ", *equations]).replace("\n", "\n    ")
    text = (
        "c:\n  state: {h: size}\n  parameters:\n    W: {shape: [size, input], init: zeros}\n"
        "    b: {shape: [size], init: zeros}\n  functions: |\n    f(v) = v + 1\n"
        f"  equations: |\n    {lines}\n  output: |\n    {' '.join(output).replace(chr(10), '')}\n"
    )
    document = parse(text, "cell.yaml")
    found, diagnostics = read_definitions(document, document.value, ())
    assert bool(found) != bool(diagnostics)
    assert all(d.where is not None for d in diagnostics)
