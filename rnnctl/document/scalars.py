"""What a scalar means: the core schema of YAML 1.2 (10.3.2), less what YAML 1.1 takes for another number."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from rnnctl.document.nodes import Plain
from rnnctl.document.source import shown

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = re.compile(r"\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+)")

_LONGEST_NUMBER = 4000  # characters; Python itself refuses decimals of more than 4300
_LARGEST_INTEGER = 4096  # bits

TAG = "tag:yaml.org,2002:"


class Misread(NamedTuple):
    """Why a scalar has no value, what to write instead, and the value with which to go on."""

    message: str
    advice: str | None
    guess: Plain


def resolve(text: str) -> Plain | Misread:
    """Read a plain scalar."""
    if _NULL.fullmatch(text):
        return None
    truth = _truth(text)
    if truth is not None:
        return truth
    integer = _integer(text)
    if integer is not None:
        return integer
    number = _float(text)
    return text if number is None else number


def resolve_tagged(text: str, tag: str) -> Plain | Misread:
    """Read a scalar that is written with a tag of `TAG`, such as `!!int "3"`."""
    kind = tag.removeprefix(TAG)
    if kind == "str":
        return text
    if kind == "null":
        wrong = Misread(f"{shown(text)} is not null", "write null, ~ or nothing", text)
        return None if _NULL.fullmatch(text) else wrong
    if kind == "bool":
        truth = _truth(text)
        return Misread(f"{shown(text)} is not a boolean", "write true or false", text) if truth is None else truth
    if kind == "int":
        integer = _integer(text)
        return Misread(f"{shown(text)} is not an integer", None, text) if integer is None else integer
    if kind == "float":
        number = _float(text)
        return Misread(f"{shown(text)} is not a number", None, text) if number is None else number
    raise AssertionError(tag)


def _truth(text: str) -> bool | None:
    if _TRUE.fullmatch(text):
        return True
    return False if _FALSE.fullmatch(text) else None


def _integer(text: str) -> int | Misread | None:
    base = 10 if _DECIMAL.fullmatch(text) else 8 if _OCTAL.fullmatch(text) else 16
    if base == 16 and not _HEXADECIMAL.fullmatch(text):
        return None
    if len(text) > _LONGEST_NUMBER:
        return _too_long(text)
    zeros = _LEADING_ZERO.fullmatch(text)
    if zeros:
        decimal = zeros[1].strip("+") + zeros[2]
        return Misread(
            f"{text} is ambiguous: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
            f'write {decimal} or "{text}"',
            int(decimal),
        )
    value = int(text, base) if base == 10 else int(text[2:], base)
    if value.bit_length() > _LARGEST_INTEGER:
        return _too_long(text)
    return value


def _float(text: str) -> float | Misread | None:
    if _INFINITE.fullmatch(text):
        return -math.inf if text[0] == "-" else math.inf
    if _NOT_A_NUMBER.fullmatch(text):
        return math.nan
    if not _FLOAT.fullmatch(text):
        return None
    if len(text) > _LONGEST_NUMBER:
        return _too_long(text)
    value = float(text)
    if math.isinf(value):
        brief = text if len(text) <= 40 else "this number"
        return Misread(f"{brief} is too large for a float", "the largest is about 1.8e308", value)
    return value


def _too_long(text: str) -> Misread:
    return Misread(f"a number of {len(text)} characters is too long", None, math.inf)
