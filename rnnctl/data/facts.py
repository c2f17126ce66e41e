"""What is known of the data before any model is built: names, symbols, lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.series import read_series
from rnnctl.data.spec import CsvSource, Source, TaskSource, TextSource

if TYPE_CHECKING:
    from rnnctl.data.tasks.task import Task

__all__ = ["Facts", "Records", "Signal", "examine", "gather"]


def examine(source: Source) -> Facts:
    """Find the facts of a source: a CSV file is read and checked whole, a task makes no more than it must.

    Of a text only what is known of its token file is read, if that has been made. Raises DataError.
    """
    if isinstance(source, CsvSource):
        return read_series(source).facts
    if isinstance(source, TextSource):
        from rnnctl.data.text import text_facts  # here, since most data is a file of columns

        return text_facts(source)
    return _task(source).facts(source.options)


def gather(source: Source) -> Records:
    """Read all steps of a source from its file, or make them on the spot. Raises DataError."""
    if isinstance(source, CsvSource):
        return read_series(source)
    if isinstance(source, TextSource):
        from rnnctl.data.text import read_text

        return read_text(source)
    return _task(source).generate(source.options)


def _task(source: TaskSource) -> Task:
    from rnnctl.data.tasks import TASKS  # here, since most data is a file

    return TASKS[source.task]
