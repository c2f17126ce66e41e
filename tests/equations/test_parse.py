"""Precedence, places of mistakes, and bounds on what a text can do."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnnctl.equations.parse import parse_expression, parse_statements
from rnnctl.equations.syntax import (
    Assign,
    Binary,
    Call,
    EquationError,
    Expression,
    Function,
    Index,
    Name,
    Number,
    Repeat,
    Slice,
    Span,
    Unary,
)
from rnnctl.errors import SettingPath


def shown(tree: Expression | Slice | None) -> str:
    """A tree with all its parentheses."""
    match tree:
        case None:
            return ""
        case Number():
            return repr(tree.value)
        case Name():
            return tree.text
        case Unary():
            return f"({tree.operator} {shown(tree.operand)})"
        case Binary():
            return f"({shown(tree.left)} {tree.operator} {shown(tree.right)})"
        case Slice():
            return f"{shown(tree.start)}:{shown(tree.stop)}"
        case Index():
            return f"{shown(tree.operand)}[{', '.join(shown(i) for i in tree.items)}]"
        case Call():
            named = [f"{key}={shown(value)}" for key, value in tree.named]
            return f"{tree.function}({', '.join([*(shown(a) for a in tree.arguments), *named])})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a * b + c", "((a * b) + c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b / c", "((a / b) / c)"),
        ("a / b * c // d", "(((a / b) * c) // d)"),
        ("a @ b @ c", "((a @ b) @ c)"),
        ("a @ b + c @ d", "((a @ b) + (c @ d))"),
        ("(a * b) @ c", "((a * b) @ c)"),
        ("-a * b", "((- a) * b)"),
        ("-a ^ b", "(- (a ^ b))"),
        ("a ^ -b", "(a ^ (- b))"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("--a", "(- (- a))"),
        ("a * -b", "(a * (- b))"),
        ("-a @ b", "((- a) @ b)"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("not a < b", "(not (a < b))"),
        ("not a == b and c != d", "((not (a == b)) and (c != d))"),
        ("a or b and c or d", "((a or (b and c)) or d)"),
        ("a and b or c and d", "((a and b) or (c and d))"),
        ("f(a, b + 1)[2]", "f(a, (b + 1))[2]"),
        ("f(a, axis=1)", "f(a, axis=1)"),
        ("f(a,)", "f(a)"),
        ("f()", "f()"),
        ("f(a == b)", "f((a == b))"),
        ("a[1:2, :, b]", "a[1:2, :, b]"),
        ("a[:n][n:]", "a[:n][n:]"),
        ("-a[0]", "(- a[0])"),
        ("h' * h", "(h' * h)"),
        ("1 + 1. + .5 + 2e3 + 1E-2", "((((1 + 1.0) + 0.5) + 2000.0) + 0.01)"),
        ("and_ + notx + over1", "((and_ + notx) + over1)"),
        ("σ(Wä)", "σ(Wä)"),
        ("(\n  a +\n  b # more\n)", "(a + b)"),
        ("  # nothing\na", "a"),
    ],
)
def test_precedence(text: str, tree: str) -> None:
    assert shown(parse_expression(text, ())) == tree


def test_statements() -> None:
    text = """
# gates
a, b = split(x)  # two

repeat s = h over R, b:
    n = R @ s
    s' = n
h' = f(a,
       b)
"""
    first, loop, last = parse_statements(text, ("equations",))
    assert isinstance(first, Assign)
    assert [t.text for t in first.targets] == ["a", "b"]
    assert first.targets[1].span == Span(("equations",), 3, 4, 1)
    assert isinstance(loop, Repeat)
    assert (loop.state.text, shown(loop.start), [n.text for n in loop.over]) == ("s", "h", ["R", "b"])
    assert [shown(s.value) for s in loop.body] == ["(R @ s)", "n"]
    assert isinstance(last, Assign)
    assert (last.targets[0].name, last.targets[0].primed, shown(last.value)) == ("h", True, "f(a, b)")
    [function] = parse_statements("f(v, w) = v + w", ())
    assert isinstance(function, Function)
    assert (function.name, function.parameters, shown(function.body)) == ("f", ("v", "w"), "(v + w)")


END = "found the end of the line"

MISTAKES = [
    # text, message, line, column, length, help
    ("a = 1 +", f"expected a value, {END}", 1, 8, 1, None),
    ("a = 1\nb = (2", "'(' is never closed", 2, 5, 1, None),
    ("a = 2)", "')' closes nothing", 1, 6, 1, None),
    ("a = (2]", "']' closes nothing", 1, 7, 1, None),
    ("a = b $ c", "unexpected character '$'", 1, 7, 1, None),
    ("a = b % c", "unexpected character '%'", 1, 7, 1, "write mod(a, b)"),
    ("a = b ** c", "expected a value, found '*'", 1, 8, 1, "a power is written a ^ b"),
    ("a = b ' c", "unexpected character '''", 1, 7, 1, "a prime follows a name"),
    ("a = b'' c", "unexpected character '''", 1, 7, 1, "a prime follows a name"),
    ("a = b = c", "expected an operator or the end of the line, found '='", 1, 7, 1, "write == to compare"),
    ("a = b c", "expected an operator or the end of the line, found 'c'", 1, 7, 1, None),
    ("a = 2x", "expected an operator or the end of the line, found 'x'", 1, 6, 1, None),
    ("a == b", "expected '=' after the name, found '=='", 1, 3, 2, None),
    ("a + b", "expected '=' after the name, found '+'", 1, 3, 1, None),
    ("a, 3 = b", "expected a name, found '3'", 1, 4, 1, None),
    ("3 = b", "expected a name, found '3'", 1, 1, 1, None),
    ("and = b", "expected a name, found 'and'", 1, 1, 3, None),
    ("a = over", "expected a value, found 'over'", 1, 5, 4, None),
    ("a = W @ x * b", "'@' beside '*' or '/' needs parentheses", 1, 11, 1, "PARENTHESES"),
    ("a = b * W @ x", "'@' beside '*' or '/' needs parentheses", 1, 11, 1, "PARENTHESES"),
    ("a = W @ x / b", "'@' beside '*' or '/' needs parentheses", 1, 11, 1, "PARENTHESES"),
    ("a = W @ x // b", "'@' beside '*' or '/' needs parentheses", 1, 11, 2, "PARENTHESES"),
    ("a = b < c < d", "comparisons do not chain", 1, 11, 1, "write (a < b) and (b < c), with parentheses"),
    ("a = f(x, axis=1, y)", "expected a named argument after a named one, found 'y'", 1, 18, 1, None),
    ("a = f(x y)", "expected ')' to close the call, found 'y'", 1, 9, 1, None),
    ("a = (x, y)", "expected ')' to close the parenthesis, found ','", 1, 7, 1, None),
    ("a = x[]", "expected a value, found ']'", 1, 7, 1, None),
    ("a = x[1:2:3]", "expected ']' after the index, found ':'", 1, 10, 1, None),
    ("  a = 1", "unexpected indentation", 1, 1, 2, None),
    ("a = 1\n   b = 2", "unexpected indentation", 2, 1, 3, None),
    ("repeat s = h over R:\n    s' = s\n  b = 1", "this line's indentation fits no line above", 3, 1, 2, None),
    ("repeat s = h over R:\ns' = s", "expected indented lines, found 's''", 2, 1, 2, None),
    ("repeat s = h over R: s' = s", "expected the end of the line, found 's''", 1, 22, 2, None),
    ("repeat s = h over R", f"expected ':' after the names, {END}", 1, 20, 1, None),
    ("repeat s = h", f"expected 'over' and the names that are sliced, {END}", 1, 13, 1, None),
    (
        "repeat s = h over R:\n    repeat t = s over Q:\n        t' = t\n    s' = t'",
        "only equations may stand inside a repeat",
        2,
        5,
        6,
        None,
    ),
    ("f(v, v) = v", "parameter 'v' is there twice", 1, 6, 1, None),
    ("f(v, w, v) = v", "parameter 'v' is there twice", 1, 9, 1, None),
    ("f'(v) = v", "a prime marks a state, not a function or its parameter", 1, 1, 2, None),
    ("f(v') = v", "a prime marks a state, not a function or its parameter", 1, 3, 2, None),
    ("f() = v", "expected a parameter's name, found ')'", 1, 3, 1, None),
    ("a = 1e999", "this number is too large", 1, 5, 5, None),
    ("a = 9007199254740993", "this number is too large", 1, 5, 16, None),
    ("a = " + "9" * 5000, "this number is too large", 1, 5, 5000, None),
    ("ä = ö +\t", f"expected a value, {END}", 1, 8, 1, None),
    ("a = x\n\n# c\nb = \t?", "unexpected character '?'", 4, 6, 1, None),
]


@pytest.mark.parametrize(("text", "message", "line", "column", "length", "advice"), MISTAKES)
def test_a_mistake_is_told_at_its_place(
    text: str, message: str, line: int, column: int, length: int, advice: str | None
) -> None:
    with pytest.raises(EquationError) as caught:
        parse_statements(text, ("equations",))
    error = caught.value
    if advice == "PARENTHESES":
        advice = "both readings can have the right size: write (a * b) @ c or a * (b @ c)"
    assert (error.message, error.help) == (message, advice)
    assert error.span == Span(("equations",), line, column, length)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(" * 5000 + "1", 1),
        ("(" * 41 + "1" + ")" * 41, 41),
        ("f(" * 41 + "1" + ")" * 41, 81),
        ("a[" * 41 + "1" + "]" * 41, 81),
        ("-" * 41 + "1", 40),
        ("2 ^ " * 41 + "1", 159),
        ("1" + " + 1" * 61, 243),
        ("1" + " * 1" * 61, 243),
        ("a" + " or a" * 61, 303),
        ("a" + "[0]" * 61, 182),
    ],
)
def test_depth_and_length_are_bounded(text: str, column: int) -> None:
    with pytest.raises(EquationError) as caught:
        parse_expression(text, ())
    if text.count("(") > 100:
        assert caught.value.message == "'(' is never closed"
    else:
        assert caught.value.message == "this expression is too long or too deep; give parts of it names"
        assert caught.value.span.column == column


def test_the_height_of_a_tree_is_bounded_however_it_is_reached() -> None:
    text = "1"
    for _ in range(3):
        text = f"({text}{' + 1' * 40})"
    with pytest.raises(EquationError, match="too long or too deep"):
        parse_expression(text, ())
    with pytest.raises(EquationError, match="too long or too deep"):
        parse_statements(f"repeat s = {text} over R:\n  s' = s", ())


def test_what_is_allowed_needs_few_stack_frames() -> None:
    """A command line, a terminal application and a test stand below the parser on the same stack."""
    text = "f(not a[-(" * 9 + "1" + ")])" * 9
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack(0)) + 650)
        parse_expression(text, ())
        parse_expression("(" * 39 + "1" + ")" * 39, ())
    finally:
        sys.setrecursionlimit(limit)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(EquationError, match="a text of over 20,000 characters"):
        parse_statements("a = 1\n" * 4000, ())


operators = [
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    "<",
    "<=",
    "+",
    "-",
    "*",
    "/",
    "//",
    "@",
    "^",
    "and",
    "or",
    "not",
    "repeat",
    "over",
]
words = ["a", "h'", "x", "split", "f", "1", "2.5", "1e3", "é", "²", "٠"]
pieces = st.sampled_from([*operators, *words, "# ", "'", "\n", "\n  ", "\t", "%"])
texts = st.one_of(st.text(), st.lists(pieces, max_size=60).map(" ".join), st.lists(pieces, max_size=60).map("".join))


@settings(deadline=None)
@given(texts)
@example("²")
@example("\u0661\u0662")
@example("a = \u00a0")
@example("\x00")
@example("a\r\n")
@example("repeat")
@example("(\n" * 300)
@example("x = 1\n " * 200)
def test_any_text_gives_trees_or_a_located_mistake(text: str) -> None:
    for parse in (parse_statements, parse_expression):
        error = mistake(parse, text)
        if error is not None:
            lines = text.split("\n")
            assert 1 <= error.span.line <= len(lines)
            assert 1 <= error.span.column <= len(lines[error.span.line - 1]) + 1
            assert error.span.length >= 1


def mistake(parse: Callable[[str, SettingPath], object], text: str) -> EquationError | None:
    try:
        parse(text, ("equations",))
    except EquationError as error:
        return error
    return None
