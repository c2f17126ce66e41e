"""Numbers that follow from options and sizes alone: initial values, probabilities, arguments of initialisers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rnnctl.equations.syntax import Binary, Call, EquationError, Expression, Name, Number, Unary, children
from rnnctl.errors import nearest


def constant(tree: Expression, environment: Mapping[str, float]) -> float:
    """The number that an expression of options, sizes and numbers is. Errors: EquationError."""
    if isinstance(tree, Number):
        return float(tree.value)
    if isinstance(tree, Name):
        if tree.text not in environment:
            guess = nearest(tree.text, environment)
            known = f"options and sizes: {', '.join(environment) or 'none'}"
            help_text = f"did you mean '{guess}'?" if guess else known
            raise EquationError(f"'{tree.text}' is no number here", tree.span, help_text)
        return environment[tree.text]
    if isinstance(tree, Unary) and tree.operator == "-":
        return -constant(tree.operand, environment)
    try:
        if isinstance(tree, Call) and tree.function in ("sqrt", "exp", "log") and len(tree.arguments) == 1:
            return _finite(getattr(math, tree.function)(constant(tree.arguments[0], environment)))
        if isinstance(tree, Binary) and tree.operator in ("+", "-", "*", "/", "//", "^"):
            left, right = constant(tree.left, environment), constant(tree.right, environment)
            return _finite(_arithmetic(tree.operator, left, right))
    except (ArithmeticError, ValueError):
        raise EquationError("this has no finite value", tree.span) from None
    raise EquationError("expected a number made of options, sizes, + - * / ^ and sqrt, exp, log", tree.span)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise OverflowError
    return value


def _arithmetic(operator: str, a: float, b: float) -> float:
    if operator == "^":
        return float(math.pow(a, b))
    return {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "//": lambda: a // b,
    }[operator]()


def names_in(tree: Expression) -> list[Name]:
    """The names that stand in an expression."""
    return [tree] if isinstance(tree, Name) else [n for part in children(tree) for n in names_in(part)]
