"""Runs on the terminal: the list of them, one of them, and several side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnnctl.report.curve import curve, span
from rnnctl.report.fitting import columns_of, one_line
from rnnctl.report.strip import Look
from rnnctl.report.training import figure
from rnnctl.runs.comparison import Comparison
from rnnctl.runs.curves import Course, curve_name
from rnnctl.runs.entries import Entry, Status
from rnnctl.runs.select import value_of
from rnnctl.runs.settings import MISSING

_WIDEST, _LONGEST = 40, 60
"""Up to so many columns a name counts for the width of its column; so many characters a value may have."""
_TOLD = (("accuracy",), ("mse", "skill"), ("loss",))
"""What is told of a result: the first of these that it has."""


def list_lines(runs: Sequence[Entry], keys: Sequence[str], look: Look) -> Iterator[str]:
    """A line for each run: name, status, when it was made (UTC), epoch, result, and what else was asked by key."""
    head = ("name", "status", "created", "epoch", *keys, "result")
    rows = [_row(entry, keys) for entry in runs]
    yield from _table([head, *rows], look, right={3, *range(4, 4 + len(keys))})


def _row(entry: Entry, keys: Sequence[str]) -> tuple[str, ...]:
    made = str(entry.record.get("created", ""))[:16].replace("T", " ")
    epoch = value_of(entry, "epoch")
    asked = [_shown(value_of(entry, key), "") for key in keys]
    cells = (entry.name, str(entry.status), made, _shown(epoch, ""), *asked, result(entry))
    return tuple(one_line(cell) for cell in cells)


def result(entry: Entry) -> str:
    """The result of a run in a few words, or what is wrong with it."""
    if entry.trouble is not None:
        return entry.trouble
    if entry.status is Status.failed:
        return str(entry.record.get("error", ""))
    if entry.judged is None:
        return ""
    split, metrics = entry.judged
    told = next((names for names in _TOLD if all(name in metrics for name in names)), ())
    return ", ".join(f"{split}.{name} {_shown(metrics[name])}" for name in told)


def show_lines(entry: Entry, record: Mapping[str, Any], course: Course, bytes_: int, look: Look) -> Iterator[str]:
    """All of one run: what its record says, how its losses went, and its final metrics."""
    yield look.strong(one_line(entry.name))
    epochs = f"{len(course.epochs)}, best {_shown(entry.record.get('best_epoch', MISSING), 'not known')}"
    resumed = record.get("resumed")
    rows = [
        ("status", str(entry.status)),
        ("trouble", entry.trouble or course.trouble or ""),
        ("error", str(record.get("error", ""))),
        ("created", str(record.get("created", ""))),
        ("epochs", epochs),
        ("resumed", f"{len(resumed)} times" if isinstance(resumed, list) and resumed else ""),
        ("versions", _pairs(record.get("versions"))),
        ("machine", _pairs(record.get("machine"))),
        ("data", str(record.get("data") or "")),
        ("directory", f"{entry.path}, {megabytes(bytes_)}"),
    ]
    yield from (f"  {name:<9}  {one_line(text)}" for name, text in rows if text)
    for split in ("train", "valid"):
        losses = course.curve(split)
        if any(loss is not None for loss in losses):
            low, high = span([losses])
            ends = f"{_shown(losses[0])} -> {_shown(losses[-1])}, lowest {_shown(low)}"
            yield f"  {split}.loss  {curve(losses, low, high, look.paint)}  {ends}"
    if entry.judged is not None:
        split, metrics = entry.judged
        width = max(map(len, metrics), default=0) + len(split) + 1
        yield from (
            f"  {one_line(f'{split}.{name}'):<{width}}  {one_line(_shown(value))}" for name, value in metrics.items()
        )


def compare_lines(found: Comparison, look: Look) -> Iterator[str]:
    """The settings and the metrics in which runs differ, a column a run, and the curve of each on one scale."""
    names = [one_line(name) for name in found.names]
    rows = [("", *names), ("status", *(str(entry.status) for entry in found.runs))]
    blocks = (("settings", found.settings), ("metrics", found.metrics))
    told = [(row.key, *(_shown(value) for value in row.values)) for _, rows_ in blocks for row in rows_]
    lines = list(_table([*rows, *((one_line(row[0]), *map(one_line, row[1:])) for row in told)], look))
    yield from lines[:2]
    at = 2
    for what, rows_ in blocks:
        yield look.strong(what if rows_ else f"{what}: no difference")
        yield from lines[at : at + len(rows_)]
        at += len(rows_)
    split = curve_name(found.courses)
    curves = [course.curve(split) for course in found.courses]
    if any(curves):
        low, high = span(curves)
        yield look.strong(f"{split}.loss, {_shown(low)} to {_shown(high)}")
        drawn = [(name, curve(c, low, high, look.paint), _ends(c)) for name, c in zip(names, curves, strict=True)]
        yield from _table(drawn, look, head=False)
    yield from (one_line(trouble) for trouble in found.troubles)


def _ends(losses: Sequence[float | None]) -> str:
    return f"{_shown(losses[0])} -> {_shown(losses[-1])} in {len(losses)}" if losses else "no epochs"


def removal_lines(runs: Sequence[Entry], sizes: Sequence[int], dry_run: bool) -> Iterator[str]:
    """What is about to be removed."""
    if not runs:
        yield "nothing to remove"
        return
    count = f"{len(runs):,} run{'s' * (len(runs) != 1)}, {megabytes(sum(sizes))}"
    yield f"{'would remove' if dry_run else 'to remove'}: {count}"
    yield from (
        f"  {one_line(str(entry.path))}  {entry.status}  {megabytes(size)}"
        for entry, size in zip(runs, sizes, strict=True)
    )


def megabytes(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count:,} bytes"


def _table(
    rows: Sequence[Sequence[str]], look: Look, right: set[int] | frozenset[int] = frozenset(), *, head: bool = True
) -> Iterator[str]:
    """Rows in columns; a cell that is wider than most pushes its own row alone."""
    wide = [[columns_of(cell) for cell in row] for row in rows]
    widths = [max((row[i] for row in wide if row[i] <= _WIDEST), default=0) for i in range(len(rows[0]))]
    for number, (row, columns) in enumerate(zip(rows, wide, strict=True)):
        cells = []
        for i, cell in enumerate(row):
            space = " " * max(0, widths[i] - columns[i])
            cells.append(space + cell if i in right else cell + space)
        line = "  ".join(cells).rstrip()
        yield look.faint(line) if head and number == 0 else line


def _shown(value: Any, missing: str = "-") -> str:
    if value is MISSING or value is None:
        return missing if value is MISSING else "null"
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, dict) and len(value) == 1:
        [(name, below)] = value.items()
        text = f"{name} {json.dumps(below, ensure_ascii=False)}" if below else str(name)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _pairs(value: object) -> str:
    return ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, Mapping) else ""
