"""Several runs side by side: the settings in which they differ, and the metrics in which they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

from rnnctl.runs.curves import Course, course
from rnnctl.runs.entries import Entry
from rnnctl.runs.settings import MISSING, settings

_NO_MATTER = ("name", "ignore", "format")


class Row(NamedTuple):
    """What runs have under one key, in their order; MISSING where one has nothing."""

    key: str
    values: tuple[Any, ...]


class Comparison(NamedTuple):
    """Runs with all in which they differ, and how each went."""

    runs: tuple[Entry, ...]
    settings: tuple[Row, ...]
    metrics: tuple[Row, ...]
    courses: tuple[Course, ...]
    troubles: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the runs are called: by their names, those that share one by their paths."""
        return _names(self.runs)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for machines, by `names`; what a run has not is left out of its row."""
        names = self.names
        runs = [
            {"name": name, "path": str(entry.path), "status": str(entry.status), "epochs": list(went.epochs)}
            for name, entry, went in zip(names, self.runs, self.courses, strict=True)
        ]
        rows = [[_row(row, names) for row in part] for part in (self.settings, self.metrics)]
        return {"runs": runs, "settings": rows[0], "metrics": rows[1], "troubles": list(self.troubles)}


def _names(runs: Sequence[Entry]) -> tuple[str, ...]:
    places: dict[str, set[str]] = {}
    for entry in runs:
        places.setdefault(entry.name, set()).add(str(entry.path))
    return tuple(entry.name if len(places[entry.name]) == 1 else str(entry.path) for entry in runs)


def _row(row: Row, names: Sequence[str]) -> dict[str, Any]:
    there = zip(names, row.values, strict=True)
    return {"key": row.key, "values": {name: value for name, value in there if value is not MISSING}}


def compared(runs: Sequence[Entry]) -> Comparison:
    """Hold runs side by side. What cannot be read of one is told as a trouble, and stands as MISSING."""
    read = [value if isinstance(value := settings(entry.path), dict) else MISSING for entry in runs]
    courses = tuple(course(entry.path) for entry in runs)
    names = _names(runs)
    troubles = [f"{name}: {entry.trouble}" for name, entry in zip(names, runs, strict=True) if entry.trouble]
    troubles += [f"{n}: resolved.yaml cannot be read" for n, value in zip(names, read, strict=True) if value is MISSING]
    there = zip(names, runs, courses, strict=True)
    troubles += [f"{name}: {went.trouble}" for name, e, went in there if went.trouble and not e.trouble]
    found: list[Row] = []
    _differing([_meant(value) for value in read if value is not MISSING], "", found)
    rows = tuple(Row(row.key, _spread(row.values, read)) for row in found)
    return Comparison(tuple(runs), rows, tuple(_metrics(runs)), courses, tuple(troubles))


def _spread(values: Sequence[Any], read: Sequence[Any]) -> tuple[Any, ...]:
    """The values of the runs that could be read, at their places among all."""
    following = iter(values)
    return tuple(MISSING if value is MISSING else next(following) for value in read)


def _meant(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key not in _NO_MATTER}


def _differing(values: Sequence[Any], key: str, found: list[Row]) -> None:
    """Add the keys below this one in which not all values are the same, in the order of the files."""
    there = [value for value in values if value is not MISSING]
    if len(there) == len(values) and all(_alike(value, there[0]) for value in there):
        return
    if there and all(isinstance(value, list) and any(isinstance(part, dict) for part in value) for value in there):
        values = [value if value is MISSING else {str(i): part for i, part in enumerate(value)} for value in values]
        there = [value for value in values if value is not MISSING]
    choices = {next(iter(value)) for value in there if isinstance(value, dict) and len(value) == 1}
    choice = bool(key) and len(choices) > 1 and all(isinstance(value, dict) and len(value) == 1 for value in there)
    if len(there) > 1 and all(isinstance(value, dict) for value in there) and not choice:
        names = dict.fromkeys(name for value in there for name in value)
        for name in names:
            parts = [MISSING if value is MISSING else value.get(name, MISSING) for value in values]
            _differing(parts, f"{key}.{name}" if key else name, found)
        return
    if key:
        found.append(Row(key, tuple(values)))


def _alike(one: Any, other: Any) -> bool:
    """Whether values are equal and of one kind: 1 is not true, and NaN is as good as NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other) or (isinstance(one, float) and isinstance(other, float) and isnan(one) and isnan(other))


def _metrics(runs: Sequence[Entry]) -> list[Row]:
    judged = [
        {"best_epoch": e.record.get("best_epoch", MISSING)}
        | ({f"{e.judged[0]}.{name}": value for name, value in e.judged[1].items()} if e.judged else {})
        for e in runs
    ]
    keys = dict.fromkeys(key for one in judged for key in one)
    rows = [Row(key, tuple(one.get(key, MISSING) for one in judged)) for key in keys]
    return [row for row in rows if not all(_alike(value, row.values[0]) for value in row.values)]


def whole_record(entry: Entry) -> dict[str, Any]:
    """All of a run's run.json; nothing where it cannot be read."""
    try:
        found = json.loads((entry.path / "run.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def keys_of(entry: Entry) -> list[str]:
    """The keys of a run's settings, parts of lists by their number, and of its final metrics."""
    split, metrics = entry.judged or ("", {})
    return [*_keys(settings(entry.path), ""), *(f"{split}.{name}" for name in metrics)]


def _keys(value: Any, lead: str) -> Iterator[str]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield f"{lead}{name}"
        yield from _keys(part, f"{lead}{name}.")
