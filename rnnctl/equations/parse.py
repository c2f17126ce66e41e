"""Text of equations -> syntax trees, by a precedence parser with a bound on depth. Nothing is evaluated as code.

    statement  = name ["'"] {"," name ["'"]} "=" expression
               | name "(" names ")" "=" expression                      (in `functions`)
               | "repeat" name "=" expression "over" names ":" NEWLINE indented statements
    expression = "or" < "and" < "not" < comparison < + - < * / // @ < unary - < ^ < call, index

`@` beside `*`, `/` or `//` in one product needs parentheses: both readings can have the right size.
Inside parentheses and brackets a line may go on; `#` starts a comment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

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
    Statement,
    Unary,
    children,
)
from rnnctl.equations.tokens import Token, tokenize
from rnnctl.errors import SettingPath

MAX_LENGTH = 60  # operators in one row
MAX_NESTING = 40  # a level of brackets costs the parser a dozen of Python's stack frames
MAX_HEIGHT = 100  # of a tree: the readers of trees are recursive
MAX_NUMBER = 2**53

TOO_DEEP = "this expression is too long or too deep; give parts of it names"
_KEYWORDS = {"and", "or", "not", "repeat", "over"}
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_PRODUCTS = ("*", "/", "//", "@")


LARGEST = 3.4e38
"""The largest number that may be written: just below what a float32 holds."""


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> Token | None:
        token = self.token
        if token.text in texts and token.kind in ("operator", "name"):
            self.at += 1
            return token
        return None

    def expect(self, text: str, after: str) -> Token:
        return self.take(text) or self.fail(f"expected '{text}' {after}")

    def take_kind(self, kind: str, what: str) -> Token:
        if self.token.kind != kind:
            self.fail(f"expected {what}")
        self.at += 1
        return self.tokens[self.at - 1]

    def fail(self, message: str, help: str | None = None) -> NoReturn:  # noqa: A002
        token = self.token
        found = {
            "newline": "the end of the line",
            "end": "the end of the text",
            "indent": "an indented line",
            "dedent": "the end of the indented lines",
        }
        seen = found.get(token.kind, f"'{token.text}'")
        raise EquationError(f"{message}, found {seen}", token.span, help)

    def bound(self, length: int, token: Token, limit: int = MAX_LENGTH) -> None:
        if length > limit:
            raise EquationError(TOO_DEEP, token.span)

    def nest(self, token: Token) -> None:
        self.depth += 1
        self.bound(self.depth, token, MAX_NESTING)

    def name(self, what: str) -> Name:
        token = self.token
        if token.kind != "name" or token.text in _KEYWORDS:
            self.fail(f"expected {what}")
        self.at += 1
        return Name(token.text.rstrip("'"), token.text.endswith("'"), token.span)

    # statements

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        while self.token.kind not in ("end", "dedent"):
            if self.token.kind == "indent":
                raise EquationError("unexpected indentation", self.token.span)
            found.append(self.repeat() if self.token.text == "repeat" else self.assignment())
        return found

    def assignment(self) -> Statement:
        first = self.name("a name")
        if self.token.text == "(":
            return self.function(first)
        targets = [first]
        while self.take(","):
            targets.append(self.name("a name"))
        self.expect("=", "after the name")
        value = self.whole_expression()
        self.end_of_line()
        return Assign(tuple(targets), value)

    def end_of_line(self) -> None:
        if self.token.kind not in ("newline", "end"):
            help_text = "write == to compare" if self.token.text == "=" else None
            self.fail("expected an operator or the end of the line", help_text)
        if self.token.kind == "newline":
            self.at += 1

    def function(self, name: Name) -> Function:
        self.expect("(", "after the function's name")
        parameters = [self.name("a parameter's name")]
        while self.take(","):
            parameters.append(self.name("a parameter's name"))
        for i, parameter in enumerate((name, *parameters)):
            if parameter.primed:
                raise EquationError("a prime marks a state, not a function or its parameter", parameter.span)
            if i and parameter.text in (p.text for p in parameters[: i - 1]):
                raise EquationError(f"parameter '{parameter.text}' is there twice", parameter.span)
        self.expect(")", "after the parameters")
        self.expect("=", "after the parameters")
        body = self.whole_expression()
        self.end_of_line()
        return Function(name.text, tuple(p.text for p in parameters), body, name.span)

    def repeat(self) -> Repeat:
        keyword = self.take("repeat")
        assert keyword is not None
        state = self.name("the name that is carried from pass to pass")
        self.expect("=", "and its first value")
        start = self.whole_expression()
        self.expect("over", "and the names that are sliced")
        over = [self.name("a name")]
        while self.take(","):
            over.append(self.name("a name"))
        self.expect(":", "after the names")
        self.take_kind("newline", "the end of the line")
        self.take_kind("indent", "indented lines")
        body: list[Assign] = []
        while self.token.kind != "dedent":
            statement = self.repeat() if self.token.text == "repeat" else self.assignment()
            if not isinstance(statement, Assign):
                raise EquationError("only equations may stand inside a repeat", statement.span)
            body.append(statement)
        self.take_kind("dedent", "the end of the indented lines")
        return Repeat(state, start, tuple(over), tuple(body), keyword.span)

    # expressions, from the loosest to the tightest

    def whole_expression(self) -> Expression:
        """An expression that stands in no other, of bounded height."""
        whole = self.expression()
        rest = [(whole, 1)]
        while rest:
            tree, height = rest.pop()
            if height > MAX_HEIGHT:
                raise EquationError(TOO_DEEP, tree.span)
            rest += [(part, height + 1) for part in children(tree)]
        return whole

    def expression(self) -> Expression:
        self.nest(self.token)
        value = self.chain(("or",), lambda: self.chain(("and",), self.negation))
        self.depth -= 1
        return value

    def chain(self, operators: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        left = part()
        length = 0
        while operator := self.take(*operators):
            left = Binary(operator.text, left, part(), operator.span)
            length += 1
            self.bound(length, operator)
        return left

    def negation(self) -> Expression:
        if operator := self.take("not"):
            return Unary("not", self.comparison(), operator.span)
        return self.comparison()

    def comparison(self) -> Expression:
        left = self.sum()
        if operator := self.take(*_COMPARISONS):
            left = Binary(operator.text, left, self.sum(), operator.span)
            if second := self.take(*_COMPARISONS):
                raise EquationError(
                    "comparisons do not chain", second.span, "write (a < b) and (b < c), with parentheses"
                )
        return left

    def sum(self) -> Expression:
        return self.chain(("+", "-"), self.product)

    def product(self) -> Expression:
        left = self.unary()
        operators: list[str] = []
        while operator := self.take(*_PRODUCTS):
            operators.append(operator.text)
            if "@" in operators and set(operators) != {"@"}:
                raise EquationError(
                    "'@' beside '*' or '/' needs parentheses",
                    operator.span,
                    "both readings can have the right size: write (a * b) @ c or a * (b @ c)",
                )
            self.bound(len(operators), operator)
            left = Binary(operator.text, left, self.unary(), operator.span)
        return left

    def unary(self) -> Expression:
        if operator := self.take("-"):
            self.nest(operator)
            value = Unary("-", self.unary(), operator.span)
            self.depth -= 1
            return value
        return self.power()

    def power(self) -> Expression:
        base = self.postfix()
        if operator := self.take("^"):
            self.nest(operator)
            value = Binary("^", base, self.unary(), operator.span)
            self.depth -= 1
            return value
        return base

    def postfix(self) -> Expression:
        value = self.atom()
        depth = 0
        while bracket := self.take("["):
            items = [self.subscript()]
            while self.take(","):
                items.append(self.subscript())
            self.expect("]", "after the index")
            value = Index(value, tuple(items), bracket.span)
            depth += 1
            self.bound(depth, bracket)
        return value

    def subscript(self) -> Slice | Expression:
        start = None if self.token.text == ":" else self.expression()
        if self.take(":"):
            stop = None if self.token.text in (",", "]") else self.expression()
            return Slice(start, stop)
        assert start is not None
        return start

    def atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Number(_number(token), token.span)
        if self.take("("):
            value = self.expression()
            self.expect(")", "to close the parenthesis")
            return value
        if token.kind == "name" and token.text not in _KEYWORDS:
            name = self.name("a name")
            return self.call(name) if self.token.text == "(" else name
        self.fail("expected a value", "a power is written a ^ b" if token.text == "*" else None)

    def call(self, name: Name) -> Call:
        self.expect("(", "after the function's name")
        arguments: list[Expression] = []
        named: list[tuple[str, Expression]] = []
        while self.token.text != ")":
            following = self.tokens[self.at + 1]
            if self.token.kind == "name" and following.text == "=":
                key = self.name("an argument's name")
                self.expect("=", "after the argument's name")
                named.append((key.text, self.expression()))
            elif named:
                self.fail("expected a named argument after a named one")
            else:
                arguments.append(self.expression())
            if not self.take(","):
                break
        self.expect(")", "to close the call")
        return Call(name.text, tuple(arguments), tuple(named), name.span)


def _number(token: Token) -> int | float:
    text = token.text
    value = float(text)
    if value > LARGEST or (text.isdigit() and value >= MAX_NUMBER):
        raise EquationError("this number is too large", token.span)
    return int(text) if text.isdigit() else value


def parse_statements(text: str, section: SettingPath) -> tuple[Statement, ...]:
    """The statements of an equation text; `section` names the text in places.

    Errors: EquationError, located.
    """
    parser = _Parser(tokenize(text, section))
    return tuple(parser.statements())


def parse_expression(text: str, section: SettingPath) -> Expression:
    """The one expression that a text holds. Errors: EquationError, located."""
    parser = _Parser(tokenize(text, section))
    value = parser.whole_expression()
    if parser.token.kind == "newline":
        parser.at += 1
    if parser.token.kind != "end":
        parser.fail("expected an operator or the end of the expression")
    return value
