"""The words of an equation text, with their places."""

from __future__ import annotations

import re
from typing import NamedTuple

from rnnctl.equations.syntax import EquationError, Span
from rnnctl.errors import SettingPath

MAX_TEXT = 20_000


class Token(NamedTuple):
    """A word of the text; kinds: number, name, operator, newline, indent, dedent, end."""

    kind: str
    text: str
    span: Span


_TOKEN = re.compile(
    r"(?P<space>[ \t]+)|(?P<comment>\#.*)"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*'?)"
    r"|(?P<operator>==|!=|<=|>=|//|[-+*/@^<>=()\[\],:])"
)
_OPENING = {"(": ")", "[": "]"}
_HINTS = {
    "%": "write mod(a, b)",
    "'": "a prime follows a name",
    ".": "a name has no parts: write tanh(x) for np.tanh(x), transpose(W) for W.T",
    "&": "write a and b",
    "|": "write a or b",
    "!": "write not a",
    ";": "write each equation on a line of its own",
}


def tokenize(text: str, section: SettingPath) -> list[Token]:
    """Split a text into tokens; lines and indentation are tokens too, outside of brackets."""
    if len(text) > MAX_TEXT:
        raise EquationError(f"a text of over {MAX_TEXT:,} characters", Span(section, 1, 1, 1))
    tokens: list[Token] = []
    indents = [0]
    open_brackets: list[Token] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.split("#", 1)[0].rstrip()
        if not stripped:
            continue
        if not open_brackets:
            _indentation(line, number, section, indents, tokens)
        _line_tokens(line, number, section, open_brackets, tokens)
        if not open_brackets:
            tokens.append(Token("newline", "", Span(section, number, len(stripped) + 1, 1)))
    if open_brackets:
        bracket = open_brackets[-1]
        raise EquationError(f"'{bracket.text}' is never closed", bracket.span)
    end = Span(section, max(number, 1), 1, 1)
    tokens += [Token("dedent", "", end)] * (len(indents) - 1)
    tokens.append(Token("end", "", end))
    return tokens


def _indentation(line: str, number: int, section: SettingPath, indents: list[int], out: list[Token]) -> None:
    width = len(line) - len(line.lstrip(" \t"))
    span = Span(section, number, 1, max(width, 1))
    if width > indents[-1]:
        indents.append(width)
        out.append(Token("indent", "", span))
    while width < indents[-1]:
        indents.pop()
        out.append(Token("dedent", "", span))
    if width != indents[-1]:
        raise EquationError("this line's indentation fits no line above", span)


def _line_tokens(line: str, number: int, section: SettingPath, open_brackets: list[Token], out: list[Token]) -> None:
    at = 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            span = Span(section, number, at + 1, 1)
            raise EquationError(f"unexpected character '{line[at]}'", span, _HINTS.get(line[at]))
        kind, text = str(match.lastgroup), match.group()
        token = Token(kind, text, Span(section, number, at + 1, len(text)))
        at = match.end()
        if kind in ("space", "comment"):
            continue
        if text in _OPENING:
            open_brackets.append(token)
        elif text in _OPENING.values():
            if not open_brackets or _OPENING[open_brackets[-1].text] != text:
                raise EquationError(f"'{text}' closes nothing", token.span)
            open_brackets.pop()
        out.append(token)
