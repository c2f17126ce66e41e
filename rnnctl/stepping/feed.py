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
class Feed:
    """Rows in their order. Where a session stands in them follows from its last step that was made of one."""

    name: str
    rows: Sequence[Row]

    def at(self, session: Session) -> int:
        """The row that comes next: behind the last one of this feed on the way to where the session stands."""
        for moment in reversed(session.trail):
            if moment.made is not None and moment.made.place is not None and moment.made.place.feed is self:
                return moment.made.place.row + 1
        return 0

    def ahead(self, session: Session) -> Iterator[Row]:
        """The rows from there on."""
        for number in range(self.at(session), len(self.rows)):
            row = self.rows[number]
            yield row._replace(place=Place(self, number, row.border))
