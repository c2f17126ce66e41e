"""Data that is legal and almost surely not what is meant: columns in the wrong role, settings without effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from rnnctl.config.rules import BATCHING
from rnnctl.config.sections import TrainingSection
from rnnctl.data.records import Facts, Marked, Signal
from rnnctl.data.spec import CsvSource, Scale, Source
from rnnctl.errors import Problem, SettingPath

_MANY = 100
"""From so many different symbols or classes on they are looked at as numbers."""


def data_doubts(source: Source, scale: Scale, training: TrainingSection, facts: Facts) -> Iterator[Problem]:
    """Warn of what the columns of the data are used for, and of settings that the data makes idle."""
    if isinstance(source, CsvSource):
        yield from _copies(source)
        yield from _named(source)
        yield from _measured(facts)
        yield from _resets(training, facts)
    yield from _single_class(source, facts)
    if scale == "range" and "number" not in (facts.input.kind, facts.target.kind):
        message = "nothing here is a number, so nothing is scaled"
        yield Problem(("data", "scale"), message, "leave it out", severity="warning", id="scale-without-numbers")
    batch = training.batch
    if facts.one_series and training.batching == "sequences" and batch not in (1, _usual_batch()):
        message = f"one series is one row, so no batch has {batch}"
        help_text = f"write batching: streams to cut the series into {batch} rows, or leave batch out"
        also = ((BATCHING, "whole sequences are asked for here"),)
        place: SettingPath = ("training", "batch")
        yield Problem(place, message, help_text, severity="warning", id="batch-of-one-series", also=also)


def _usual_batch() -> int:
    """The default, which stands in every resolved config."""
    found: int = TrainingSection.model_fields["batch"].default
    return found


def _copies(source: CsvSource) -> Iterator[Problem]:
    """A target that stands among the inputs of its own step."""
    if source.target.ahead or source.target.each == "sequence":
        return
    shown = [name for name in source.target.columns if name in source.input.names]
    if not shown:
        return
    what = f"target {shown[0]} is" if len(shown) == 1 else f"targets {', '.join(shown)} are"
    message = f"the {what} among the inputs of the same step: the model can copy {'it' if len(shown) == 1 else 'them'}"
    help_text = "write ahead: 1 to ask for the next value"
    also = ((_input(source, shown[0]), "shown here"),)
    yield Problem(("data", "target"), message, help_text, "key", "warning", "target-among-inputs", also)


def _input(source: CsvSource, name: str) -> SettingPath:
    return ("data", "input", "columns", source.input.names.index(name))


def _named(source: CsvSource) -> Iterator[Problem]:
    """The names of sequences as numbers or classes: other splits have others."""
    also = ((("data", "id"), "the names of sequences"),)
    what = f"column '{source.id}' tells sequences apart, and in other splits it has other values"
    if source.id is not None and source.id in source.input.names:
        message, help_text = f"{what}: what is learned of it helps with none", "leave it out of the inputs"
        yield Problem(_input(source, source.id), message, help_text, "value", "warning", "id-as-data", also)
    if source.id is not None and source.id in source.target.columns:
        message = f"{what}: it cannot be foretold"
        place: SettingPath = ("data", "target", "column")
        if len(source.target.columns) > 1:
            place = ("data", "target", "columns", source.target.columns.index(source.id))
        yield Problem(place, message, "ask for another column", "value", "warning", "id-as-data", also)


def _measured(facts: Facts) -> Iterator[Problem]:
    """Symbols or classes that are measurements: many, and with fractions or hardly one of them twice."""
    sides: tuple[tuple[str, Signal], ...] = (("input", facts.input), ("target", facts.target))
    for side, signal in sides:
        many = len(signal.symbols)
        if many < _MANY or not _all_numbers(signal.symbols):
            continue
        asked = len(facts.lengths) if side == "target" and facts.each == "sequence" else sum(facts.lengths)
        if 2 * many > asked or any("." in symbol for symbol in signal.symbols):
            kinds = "symbols" if side == "input" else "classes"
            message = f"column '{signal.names[0]}' has {many:,} different {kinds}, and all of them are numbers"
            also = ((("data", side, "kind"), f"{kinds} are asked for here"),)
            help_text = "write kind: number, so that near ones are alike"
            place: SettingPath = ("data", side, "column" if side == "target" else "columns")
            yield Problem(place, message, help_text, "value", "warning", "numbers-as-symbols", also)


def _all_numbers(symbols: Sequence[str]) -> bool:
    try:
        return all(isfinite(float(symbol)) for symbol in symbols)
    except ValueError:
        return False


def _single_class(source: Source, facts: Facts) -> Iterator[Problem]:
    """A choice of one."""
    if facts.target.kind == "class" and facts.target.width == 1:
        csv = isinstance(source, CsvSource)
        symbol = facts.target.symbols[0]
        message = f"there is one class, '{symbol}': whatever the model answers is right"
        place: SettingPath = ("data", "target", "column") if csv else ("data", "text", "files")
        yield Problem(place, message, "ask for a column with two or more", "value", "warning", "single-class")


_SWAPPED = {
    "before": ("close", "done", "end", "last", "over", "stop", "term", "trunc"),
    "after": ("begin", "first", "init", "new", "open", "start"),
}
"""What columns of the other end of an episode are called, in part."""


def _resets(training: TrainingSection, facts: Facts) -> Iterator[Problem]:
    """Columns of resets that are never 1, always 1, or 1 at the other end of an episode."""
    marked: tuple[tuple[str, Marked | None], ...] = (("before", facts.before), ("after", facts.after))
    steps, sequences = sum(facts.lengths), len(facts.lengths)
    for key, found in marked:
        if found is None:
            continue
        place: SettingPath = ("training", "reset", key)
        name = getattr(training.reset, key)
        if found.steps == 0:
            message = f"column '{name}' is 0 at all {steps:,} steps, so it resets nothing"
            yield Problem(place, message, f"leave {key} out", "value", "warning", "reset-column-never-set")
        elif found.steps == steps:
            message = f"column '{name}' is 1 at all {steps:,} steps: no step knows of the one before"
            yield Problem(place, message, f"leave {key} out", "value", "warning", "reset-column-always-set")
        elif sequences == 1 and not any(part in name.lower() for part in _SWAPPED[key]):
            continue  # a series may be cut out of a longer one, and begin or end where an episode does by chance
        elif key == "after" and found.first == sequences and not found.last:
            yield _swapped(
                place, f"column '{name}' is 1 at the first step and 0 at the last", "begin", "late", "before", name
            )
        elif key == "before" and found.last == sequences and not found.first:
            yield _swapped(
                place, f"column '{name}' is 0 at the first step and 1 at the last", "end", "early", "after", name
            )


def _swapped(place: SettingPath, what: str, where: str, late: str, other: str, name: str) -> Problem:
    message = f"{what}, as a column is that marks where episodes {where}: resets come one step {late}"
    return Problem(place, message, f"write reset: {{{other}: {name}}}", "value", "warning", "reset-column-swapped")
