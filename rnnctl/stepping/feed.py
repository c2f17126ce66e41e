"""Inputs that come one after the other, with the targets that are known: rows of the data, a sequence, a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rnnctl.stepping.inputs import Given
from rnnctl.stepping.session import Place, Session


class Row(NamedTuple):
    """One input, with its target where that is known, and its place where it is fed.

    `border` says why the data has the state put back before it; it is empty where it does not.
    """

    given: Given
    target: Given | None = None
    place: Place | None = None
    border: str = ""


@dataclass(frozen=True, eq=False)
class Left:
    """What a session was fed with before it was left: `said` is what opens it again."""

    said: str
    left: None = None


@dataclass(frozen=True, eq=False)
class Feed:
    """Rows in their order. Where a session stands in them follows from its last step that was made of one.

    `said` is what opens it again; `left` is what it was to a session that was left, and goes on with it.
    """

    name: str
    rows: Sequence[Row]
    said: str = ""
    left: Left | None = None

    def at(self, session: Session) -> int:
        """The row that comes next: behind the last one of this feed on the way to where the session stands."""
        return next_row(session, self)

    def ahead(self, session: Session) -> Iterator[Row]:
        """The rows from there on."""
        for number in range(self.at(session), len(self.rows)):
            row = self.rows[number]
            yield row._replace(place=Place(self, number, row.border))


def next_row(session: Session, feed: Feed | Left) -> int:
    """The row of a feed that comes next where a session stands."""
    for moment in reversed(session.trail):
        place = None if moment.made is None else moment.made.place
        if place is not None and (place.feed is feed or (feed.left is not None and place.feed is feed.left)):
            return place.row + 1
    return 0
