"""What stands behind a command, taken apart: counts, layers, words and what is in quotes."""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.model import Model

_WORD = re.compile(r"""'([^']+)'(?=\s|$)|"([^"]+)"(?=\s|$)|(\S+)""")
MOST = 10_000_000
MOST_STEPS = 100_000
"""How many steps one line makes at most: each of them is told of, and so is kept until the line is done."""


def words_of(rest: str) -> list[str]:
    """Words with blanks between them; in quotes one has blanks in it."""
    return [match[1] or match[2] or match[3] for match in _WORD.finditer(rest)]


def open_quote(rest: str) -> str | None:
    """The sign that begins a word and that nothing behind it closes; None where there is none."""
    for match in _WORD.finditer(rest):
        sign = (match[3] or "")[:1]
        if sign and sign in "'\"" and sign not in rest[match.start() + 1 :]:
            return sign
    return None


def path_of(text: str) -> Path:
    """A path, `~` being a home. Errors: UsageError for what no file can be called, and for a home that nobody has."""
    try:
        path = Path(text).expanduser()
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:  # as for a name that is too long
        raise UsageError(f"cannot open '{visible(text[:60])}': {error.strerror or error}") from None
    except ValueError:  # a zero byte, or half a character
        raise UsageError(f"'{visible(text)}' is no name of a file") from None
    except RuntimeError:
        raise UsageError(f"nobody here has the home of '{visible(text)}'") from None
    return path


def count_of(rest: str, usage: str, default: int = 1, least: int = 1, most: int = MOST) -> int:
    """The one count that follows, or the default. Errors: UsageError where it is none."""
    text = rest.strip()
    if not text:
        return default
    if not re.fullmatch(r"\d{1,20}", text) or int(text) < least:
        raise UsageError(Diagnostic(f"'{visible(text)}' is no count", help=usage))
    if int(text) > most:
        raise UsageError(Diagnostic(f"{int(text):,} is too many: {most:,} at most in one line", help=usage))
    return int(text)


def layer_of(model: Model, place: str) -> int:
    """The number of a layer by its place, among those that have a state. Errors: UsageError."""
    having = {layer.place: number for number, layer in enumerate(model.layers) if layer.states}
    if place not in having:
        known = ", ".join(f"{p} ({model.layers[n].layer.name})" for p, n in having.items())
        help_text = f"layers with a state: {known}" if known else "no layer of this model has a state"
        raise UsageError(Diagnostic(f"there is no layer '{visible(place)}'", help=help_text))
    return having[place]


def no_more(rest: str, usage: str) -> None:
    """Errors: UsageError where anything follows."""
    if rest.strip():
        raise UsageError(Diagnostic(f"'{visible(rest.strip())}' is too much", help=usage))


def plural(count: int, noun: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def number_in(text: str, usage: str) -> float:
    """A finite number. Errors: UsageError where it is none."""
    try:
        if "_" in text or not text.isascii() or not isfinite(float(text)):
            raise ValueError
        return float(text)
    except ValueError:
        raise UsageError(Diagnostic(f"'{visible(text)}' is not a number", help=usage)) from None


def name_in(rest: str, usage: str) -> str:
    """The one name that stands behind a command. Errors: UsageError for none, or several."""
    words = words_of(rest)
    if len(words) != 1:
        raise UsageError(Diagnostic("one name is wanted", help=usage))
    return words[0]
