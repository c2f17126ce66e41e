"""Whether the rows of each sequence stand in the order of time, by a column that says when each was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, TypeAlias

from rnnctl.data.mistakes import short
from rnnctl.data.table import Mistake, Sheet, places, told_of
from rnnctl.errors import DataError, Diagnostic

Reader: TypeAlias = Callable[[str], Any]


def check_times(
    sheet: Sheet, column: str, cells: Sequence[str], names: Sequence[str] | None, lengths: Sequence[int]
) -> None:
    """Check that the times of each sequence rise from row to row; `names` are those of the sequences, if they have.

    Times are numbers, or dates with or without a time of day as ISO 8601 writes them. Raises DataError with the
    place of each row that is out of order, stands twice, or has another kind of time than the first row.
    """
    read = _kind(sheet, column, cells[0])
    try:
        times = [read(cell) for cell in cells]
    except ValueError:
        help_ = _FORMS[read]
        wrong = (
            Mistake("kind", column, i, f"column '{column}' holds {_NAMES[read]}, and {short(cell)} is not one", help_)
            for i, cell in enumerate(cells)
            if not _reads(read, cell)
        )
        raise DataError(*told_of(sheet, wrong)) from None
    _check_order(sheet, column, cells, times, names, lengths)


def _check_order(
    sheet: Sheet,
    column: str,
    cells: Sequence[str],
    times: Sequence[Any],
    names: Sequence[str] | None,
    lengths: Sequence[int],
) -> None:
    wrong: list[Mistake] = []
    start = 0
    for sequence, length in enumerate(lengths):
        where = "" if names is None else f" in sequence '{names[sequence]}'"
        for row, (last, now) in enumerate(pairwise(times[start : start + length]), start + 1):
            if now == last:
                message = f"column '{column}' has {cells[row]} twice{where}"
                wrong.append(Mistake("twice", column, row, message, "leave one of the two rows out"))
            elif now < last:
                message = f"column '{column}' goes back from {cells[row - 1]} to {cells[row]}{where}"
                help_ = f"sort the rows{'' if names is None else ' of each sequence'} by '{column}'"
                wrong.append(Mistake("back", column, row, message, help_))
        start += length
    if wrong:
        raise DataError(*told_of(sheet, wrong))


def _kind(sheet: Sheet, column: str, cell: str) -> Reader:
    """How to read the times, by the first of them."""
    for read in _NAMES:
        if _reads(read, cell):
            return read
    message = f"column '{column}' must hold numbers or dates, and {short(cell)} is neither"
    [place] = places(sheet, column, [0])
    raise DataError(Diagnostic(message, place, _DATES))


def _reads(read: Reader, cell: str) -> bool:
    try:
        read(cell)
    except ValueError:
        return False
    return True


def _number(cell: str) -> int | float:
    """A number; a whole one stays exact, as counts of nanoseconds must."""
    if "_" in cell or not cell.isascii():
        raise ValueError
    try:
        return int(cell)
    except ValueError:
        number = float(cell)
    if not isfinite(number):
        raise ValueError
    return number


def _date(cell: str) -> Any:
    from datetime import datetime  # here, since most times are numbers

    found = datetime.fromisoformat(cell.strip())
    if found.tzinfo is not None:
        raise ValueError
    return found


def _date_with_offset(cell: str) -> Any:
    from datetime import datetime

    found = datetime.fromisoformat(cell.strip())
    if found.tzinfo is None:
        raise ValueError
    return found


_NAMES: dict[Reader, str] = {
    _number: "numbers",
    _date: "dates without an offset from UTC",
    _date_with_offset: "dates with an offset from UTC",
}

_DATES = "write dates as 2024-05-01 or 2024-05-01T03:00"
_FORMS: dict[Reader, str] = {
    _number: "the first row has a number, so all rows have one",
    _date: _DATES,
    _date_with_offset: "write dates as 2024-05-01T03:00+00:00, with the offset",
}
"""How the times must be written."""
