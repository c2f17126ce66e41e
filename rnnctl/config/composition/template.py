"""Text with references in it, taken apart: `${vars.NAME}`, `${env:NAME}`, `${env:NAME:-default}`, `$${` for `${`."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from rnnctl.document.source import shown

MOST_NESTED = 8
"""How deep defaults may hold references with defaults."""

MOST_REFERENCES = 1000
"""How many references a text may hold."""

_SIGN = re.compile(r"\$\$\{|\$\{|\}")
_PART = r"[^\s.{}$:]+"
_VARIABLE = re.compile(rf"\$\{{vars\.({_PART}(?:\.{_PART})*)\}}")
_ENVIRONMENT = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)(\}|:-)")
_FORMS = "write ${vars.NAME}, ${env:NAME} or ${env:NAME:-default}; $${ stands for ${ itself"


class Variable(NamedTuple):
    """A variable of the config, by its path below `vars`; where it stands in the text."""

    path: tuple[str, ...]
    start: int
    end: int

    @property
    def name(self) -> str:
        """As it is written."""
        return f"vars.{'.'.join(self.path)}"


class Environment(NamedTuple):
    """A variable of the environment, and what goes where it is not set; where it stands in the text."""

    variable: str
    default: Template | None
    start: int
    end: int

    @property
    def name(self) -> str:
        """As a shell has it."""
        return f"${self.variable}"


Reference: TypeAlias = Variable | Environment
Template: TypeAlias = "tuple[str | Reference, ...]"


class NoReferenceError(Exception):
    """What begins as a reference and is none: where in the text, why, and what to write."""

    def __init__(self, start: int, end: int, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.start, self.end, self.message, self.advice = start, end, message, advice


def take_apart(text: str) -> Template:
    """The pieces of a text, in their order: text as it is meant, and references. Errors: NoReferenceError."""
    template = _taken_apart(text, 0, 0)[0]
    if len(found := references(template)) > MOST_REFERENCES:
        start, end = found[MOST_REFERENCES].start, found[MOST_REFERENCES].end
        raise NoReferenceError(start, end, f"a text holds at most {MOST_REFERENCES:,} references")
    return template


def references(template: Template) -> list[Reference]:
    """All references of a text, those in defaults too."""
    found: list[Reference] = []
    for piece in template:
        if not isinstance(piece, str):
            found.append(piece)
            if isinstance(piece, Environment) and piece.default:
                found += references(piece.default)
    return found


def _taken_apart(text: str, start: int, depth: int) -> tuple[Template, int]:
    """The pieces from `start` to the end of the text, or of a default, and where that is."""
    pieces: list[str | Reference] = []
    plain: list[str] = []
    at = start
    while (sign := _SIGN.search(text, at)) is not None:
        plain.append(text[at : sign.start()])
        at = sign.end()
        if sign[0] == "$${":
            plain.append("${")
        elif sign[0] == "}" and depth:
            return _joined(pieces, plain), sign.start()
        elif sign[0] == "}":
            plain.append("}")
        else:
            reference = _reference(text, sign.start(), depth)
            pieces += [*_joined([], plain), reference]
            plain, at = [], reference.end
    plain.append(text[at:])
    return _joined(pieces, plain), len(text)


def _joined(pieces: list[str | Reference], plain: list[str]) -> Template:
    text = "".join(plain)
    return (*pieces, text) if text else tuple(pieces)


def _reference(text: str, start: int, depth: int) -> Reference:
    if depth == MOST_NESTED:
        message = f"references in defaults are nested at most {MOST_NESTED} deep"
        raise NoReferenceError(start, start + 2, message, _FORMS)
    if found := _VARIABLE.match(text, start):
        return Variable(tuple(found[1].split(".")), start, found.end())
    if found := _ENVIRONMENT.match(text, start):
        if found[2] == "}":
            return Environment(found[1], None, start, found.end())
        default, end = _taken_apart(text, found.end(), depth + 1)
        if end < len(text):
            return Environment(found[1], default, start, end + 1)
    end = text.find("}", start)
    if end < 0 or found:
        advice = "add '}' at its end, or write $${ for ${ itself"
        raise NoReferenceError(start, start + 2, "this '${' is never closed", advice)
    written = text[start : end + 1]
    advice = _meant(written[2:-1].strip())
    raise NoReferenceError(start, end + 1, f"{shown(written)} is no reference", advice)


def _meant(written: str) -> str:
    """What to write, of what most likely was meant."""
    if found := re.fullmatch(r"env[.:\s]\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:[:,=-]+(.*))?", written):
        default = "" if found[2] is None else f":-{found[2]}"
        return f"did you mean ${{env:{found[1]}{default}}}?"
    if found := re.fullmatch(rf"(?:vars?[.:\s]\s*)({_PART}(?:\.{_PART})*)", written):
        return f"did you mean ${{vars.{found[1]}}}?"
    if re.fullmatch(r"[A-Z_][A-Z0-9_]*", written):
        return f"did you mean ${{env:{written}}}? {_FORMS}"
    if re.fullmatch(r"[A-Za-z_][\w-]*", written):
        return f"did you mean ${{vars.{written}}}? {_FORMS}"
    return _FORMS
