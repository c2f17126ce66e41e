"""`h[0][3] > 0.5`, `output within 1e-4 of 0.73`, `top == T`: a condition on where a session stands."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.references import number_of, value_of
from rnnctl.stepping.session import Session

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_WITHIN = re.compile(r"(.+?)\s+within\s+(\S+)\s+of\s+(.+)")
_COMPARISON = re.compile(r"(.+?)\s*(<=|>=|==|!=|<|>)\s*(.+)")
_NAMED = re.compile(r"""\[\s*(?:'[^']*'|"[^"]*")\s*\]|\[[^\]\[]*\]|"[^"]*"|'[^']*'""")
"""What is in brackets or quotes, where `<` is a symbol and compares nothing."""
_EQUALS = re.compile(r"(.+?)\s*(?:=|\b(?:is|equals)\b)\s*(.+)")
_HELP = "write it as `h[0][3] > 0.5`, `output within 1e-4 of 0.73` or `t == 10`"


class Verdict(NamedTuple):
    """Whether a condition holds, and what its left side is worth."""

    holds: bool
    found: float | str


class Condition(NamedTuple):
    """What is compared with what, and how; `within` is the largest difference, where that is asked."""

    text: str
    left: str
    how: str
    right: str
    within: str | None = None

    def judge(self, session: Session) -> Verdict:
        """Whether it holds where the session stands. Errors: UsageError where a side is not known there."""
        left = number_of(session, self.left)
        right = self._right(session, left)
        if self.within is not None:
            bound = number_of(session, self.within)
            if isinstance(left, str) or isinstance(right, str) or isinstance(bound, str):
                raise UsageError(f"'within' compares numbers: {visible(self.text)}")
            return Verdict(abs(left - right) <= bound, left)
        if isinstance(left, str) != isinstance(right, str):
            raise UsageError(f"a number and a symbol do not compare: {visible(self.text)}")
        if isinstance(left, str) and self.how not in ("==", "!="):
            raise UsageError(Diagnostic(f"symbols have no order: {visible(self.text)}", help="compare with == or !="))
        return Verdict(bool(_COMPARE[self.how](left, right)), left)

    def _right(self, session: Session, left: float | str) -> float | str:
        """The right side: a bare word beside a symbol is a symbol."""
        if isinstance(left, str):
            symbols = (*session.model.facts.target.symbols, *session.model.facts.input.symbols)
            quoted = len(self.right) > 1 and self.right[0] == self.right[-1] and self.right[0] in "'\""
            if quoted or self.right in symbols:
                return self.right[1:-1] if quoted else self.right
            value = value_of(session, self.right)
            if not isinstance(value, str):
                raise UsageError(f"a number and a symbol do not compare: {visible(self.text)}")
            return value
        return number_of(session, self.right)


def read_condition(text: str) -> Condition:
    """A condition as it is written. Errors: UsageError where it is none."""
    text = text.strip()
    outside = _NAMED.sub(lambda named: "_" * len(named[0]), text)
    if match := _WITHIN.fullmatch(outside):
        left, bound, right = (text[slice(*match.span(i))] for i in (1, 2, 3))
        return Condition(text, left, "within", right, bound)
    if match := _COMPARISON.fullmatch(outside):
        left, how, right = (text[slice(*match.span(i))] for i in (1, 2, 3))
        return Condition(text, left, how, right)
    advice = _HELP
    if match := _EQUALS.fullmatch(outside):
        left, right = (text[slice(*match.span(i))].strip() for i in (1, 2))
        advice = f"what is equal is written with two signs: {visible(left)} == {visible(right)}"
    raise UsageError(Diagnostic(f"'{visible(text)}' is no condition", help=advice))
