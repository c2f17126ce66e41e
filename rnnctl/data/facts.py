"""What is known of the data before any model is built: names, symbols, lengths."""

from __future__ import annotations

from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.series import read_series
from rnnctl.data.spec import CsvSource, Source
from rnnctl.data.tasks import TASKS

__all__ = ["Facts", "Records", "Signal", "examine", "gather"]


def examine(source: Source) -> Facts:
    """Find the facts of a source: a CSV file is read and checked whole, a task makes no more than it must.

    Raises DataError.
    """
    if isinstance(source, CsvSource):
        return read_series(source).facts
    return TASKS[source.task].facts(source.options)


def gather(source: Source) -> Records:
    """Read all steps of a source from its file, or make them on the spot. Raises DataError."""
    if isinstance(source, CsvSource):
        return read_series(source)
    return TASKS[source.task].generate(source.options)
