"""The syntax trees of equations, and where in the text each part stands."""

from __future__ import annotations

from typing import NamedTuple

from rnnctl.errors import SettingPath


class Span(NamedTuple):
    """Where something stands in a definition: the section's path, then line and column from 1, in characters."""

    section: SettingPath
    line: int
    column: int
    length: int


class EquationError(Exception):
    """A mistake in the text of a definition; whoever holds the document places it in the file."""

    def __init__(self, message: str, span: Span, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help


class Number(NamedTuple):
    """A literal."""

    value: int | float
    span: Span


class Name(NamedTuple):
    """A name; primed, it is a state after the step."""

    name: str
    primed: bool
    span: Span

    @property
    def text(self) -> str:
        """The name as written."""
        return self.name + "'" if self.primed else self.name


class Unary(NamedTuple):
    """`-x` or `not x`."""

    operator: str
    operand: Expression
    span: Span


class Binary(NamedTuple):
    """An operator between two expressions; the span is the operator's."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Call(NamedTuple):
    """A function applied to arguments, some of them named (`axis=1`)."""

    function: str
    arguments: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...]
    span: Span


class Slice(NamedTuple):
    """`a:b` between brackets; a missing end is None."""

    start: Expression | None
    stop: Expression | None


class Index(NamedTuple):
    """`v[...]`: one slice or expression for each leading axis."""

    operand: Expression
    items: tuple[Slice | Expression, ...]
    span: Span


Expression = Number | Name | Unary | Binary | Call | Index


def children(tree: Expression) -> tuple[Expression, ...]:
    """The expressions of which an expression is made, in the order of the text."""
    if isinstance(tree, Unary):
        return (tree.operand,)
    if isinstance(tree, Binary):
        return (tree.left, tree.right)
    if isinstance(tree, Call):
        return (*tree.arguments, *(value for _, value in tree.named))
    if isinstance(tree, Index):
        ends = [(i.start, i.stop) if isinstance(i, Slice) else (i,) for i in tree.items]
        return (tree.operand, *(e for pair in ends for e in pair if e is not None))
    return ()


class Assign(NamedTuple):
    """`a = …`, or `a, b = …` where the right side is a split."""

    targets: tuple[Name, ...]
    value: Expression


class Function(NamedTuple):
    """`name(parameters) = body`."""

    name: str
    parameters: tuple[str, ...]
    body: Expression
    span: Span


class Repeat(NamedTuple):
    """`repeat state = start over names:` with a body that sees slice after slice of the names' leading axis."""

    state: Name
    start: Expression
    over: tuple[Name, ...]
    body: tuple[Assign, ...]
    span: Span


Statement = Assign | Function | Repeat
