"""A text -> nodes and mistakes: going on behind what no parser takes, where it is clear what is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from rnnctl.document import spaces
from rnnctl.document.commas import with_numbers
from rnnctl.document.composer import REPLACEMENT, Composer
from rnnctl.document.mistakes import TABS, Mistakes, bounded, by_place
from rnnctl.document.nodes import Node
from rnnctl.document.source import UNSAFE, Source, Span, escape
from rnnctl.errors import ConfigError, few_guesses

_TABS = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)


class Composed(NamedTuple):
    """The root that was read, None where a text holds nothing, and what is wrong with single values of it."""

    root: Node | None
    mistakes: Mistakes


def compose(source: Source) -> Composed:
    """Compose the one document that a text holds.

    What is wrong with a single value or key is gathered, and reading goes on. Raises ConfigError, with all that
    was gathered before, for what is not YAML or beyond the bounds.
    """
    if spaces.has_any(source.text) and (found := _with_odd_spaces(source)) is not None:
        return found
    try:
        with few_guesses():
            return _composed(source, source.text)
    except ConfigError as stop:
        if stop.diagnostics[-1].message != TABS:
            raise
        return _with_tabs(source, stop)


def _composed(source: Source, text: str) -> Composed:
    """Compose a text that takes the place of a source's own: as long, line by line."""
    mistakes = Mistakes(source)
    readable = _readable(text, mistakes)
    try:
        root = Composer(Source(source.file, readable), mistakes, damaged=readable != text).root()
        root = with_numbers(source, root, mistakes) if root is not None and mistakes.found else root
    except ConfigError as stop:
        raise ConfigError(*bounded([*mistakes.found, *stop.diagnostics], mistakes.unsaid)) from None
    mistakes.found.sort(key=by_place)
    return Composed(root, mistakes)


def _readable(text: str, mistakes: Mistakes) -> str:
    """The text with a sign of its own for each character that no parser takes, of which a mistake is noted."""
    for unsafe in UNSAFE.finditer(text):
        if mistakes.full:
            break
        code = escape(unsafe[0])
        advice = f'inside double quotes write "{code}"' if code else None
        mistakes.add(f"the character U+{ord(unsafe[0]):04X} cannot stand in a YAML file", Span(*unsafe.span()), advice)
    readable, count = UNSAFE.subn(REPLACEMENT, text)
    mistakes.unsaid += count - len(mistakes.found)
    return readable


def _with_odd_spaces(source: Source) -> Composed | None:
    """Compose a text as if no-break spaces were spaces, where one has a meaning; None where there are no such."""
    try:
        with few_guesses():
            found = _composed(source, spaces.as_spaces(source.text))
    except ConfigError:
        return None
    odd = spaces.told(source, found.root)
    if not odd:
        return None
    found.mistakes.found += odd
    found.mistakes.found.sort(key=by_place)
    return found


def _with_tabs(source: Source, stop: ConfigError) -> Composed:
    """Compose a text as if the tabs that indent its lines were spaces; where that makes no sense, raise as before."""
    more = sum(source.text[found.end() : found.end() + 1] not in "\r\n#" for found in _TABS.finditer(source.text)) - 1
    others = "1 more line begins" if more == 1 else f"{more:,} more lines begin"
    advice = f"use spaces; {others} with a tab" if more > 0 else "use spaces"
    *before, tab = stop.diagnostics
    tab = tab._replace(help=advice)
    try:
        found = _composed(source, _TABS.sub(lambda tabs: " " * len(tabs[0]), source.text))
    except ConfigError:
        raise ConfigError(*before, tab) from None
    found.mistakes.found.append(tab)
    found.mistakes.found.sort(key=by_place)
    return found
