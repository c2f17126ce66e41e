"""Numbers that follow from options and sizes alone: initial values, probabilities, arguments of initialisers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rnnctl.equations.syntax import Binary, Call, EquationError, Expression, Index, Name, Number, Unary
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
            return float(getattr(math, tree.function)(constant(tree.arguments[0], environment)))
        if isinstance(tree, Binary) and tree.operator in ("+", "-", "*", "/", "//", "^"):
            return _arithmetic(tree.operator, constant(tree.left, environment), constant(tree.right, environment))
    except (ArithmeticError, ValueError):
        raise EquationError("this has no finite value", tree.span) from None
    raise EquationError("expected a number made of options, sizes, + - * / ^ and sqrt, exp, log", tree.span)


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
    if isinstance(tree, Call):
        return [n for a in tree.arguments for n in names_in(a)]
    if isinstance(tree, Binary):
        return names_in(tree.left) + names_in(tree.right)
    if isinstance(tree, Unary | Index):
        return names_in(tree.operand)
    return [tree] if isinstance(tree, Name) else []
