"""What is wrong with single values and keys of a text, gathered while reading goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rnnctl.document.source import Source, Span
from rnnctl.errors import MOST_SOUGHT, Diagnostic, Related

MOST_TOLD = 100
"""How many mistakes of one file are told; of what goes beyond, how many they are."""

TABS = "YAML does not allow tabs for indentation"


class Mistakes:
    """The mistakes of a text in the order in which they are found.

    One more than `MOST_TOLD` is kept, so that its place is known; the rest is counted in `unsaid`.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self.unsaid = 0

    @property
    def full(self) -> bool:
        """Whether the next one is only counted, so that no effort is worth its help."""
        return len(self.found) > MOST_TOLD

    def add(self, message: str, span: Span, advice: str | None = None, also: Iterable[tuple[Span, str]] = ()) -> None:
        """Note a mistake, what to do about it, and the other stretches that it has to do with, each with a label."""
        if self.full:
            self.unsaid += 1
            return
        places = tuple(Related(self.source.place(other), label) for other, label in also)
        self.found.append(Diagnostic(message, self.source.place(span), advice, also=places))


def bounded(found: Sequence[Diagnostic], unsaid: int = 0) -> Sequence[Diagnostic]:
    """The first `MOST_TOLD` of the mistakes of a file, and one line that says how many more there are."""
    if len(found) <= MOST_TOLD:
        return found
    more = len(found) - MOST_TOLD + unsaid
    message = "1 more mistake is here"
    if more > 1:
        about = "at least " if MOST_TOLD + more >= MOST_SOUGHT else ""
        message = f"{about}{more:,} more mistakes are not shown; the first of them is here"
    return [*found[:MOST_TOLD], Diagnostic(message, found[MOST_TOLD].where)]


def by_place(diagnostic: Diagnostic) -> tuple[int, int]:
    """What puts the diagnostics of one file in its order."""
    where = diagnostic.where
    return (where.line, where.column) if where else (0, 0)
