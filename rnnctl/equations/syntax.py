"""The syntax trees of equations, and where in the text each part stands."""

from __future__ import annotations

from dataclasses import dataclass

from rnnctl.errors import SettingPath


@dataclass(frozen=True, slots=True)
class Span:
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


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: int | float
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name; primed, it is a state after the step."""

    name: str
    primed: bool
    span: Span

    @property
    def text(self) -> str:
        """The name as written."""
        return self.name + "'" if self.primed else self.name


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two expressions; the span is the operator's."""

    operator: str
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to arguments, some of them named (`axis=1`)."""

    function: str
    arguments: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Slice:
    """`a:b` between brackets; a missing end is None."""

    start: Expression | None
    stop: Expression | None


@dataclass(frozen=True, slots=True)
class Index:
    """`v[...]`: one slice or expression for each leading axis."""

    operand: Expression
    items: tuple[Slice | Expression, ...]
    span: Span


Expression = Number | Name | Unary | Binary | Call | Index


@dataclass(frozen=True, slots=True)
class Assign:
    """`a = …`, or `a, b = …` where the right side is a split."""

    targets: tuple[Name, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Function:
    """`name(parameters) = body`."""

    name: str
    parameters: tuple[str, ...]
    body: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat state = start over names:` with a body that sees slice after slice of the names' leading axis."""

    state: Name
    start: Expression
    over: tuple[Name, ...]
    body: tuple[Assign, ...]
    span: Span


Statement = Assign | Function | Repeat
