"""How a run went: the lines of its metrics file, as far as they can be read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

_TAIL = 1 << 16
"""The last bytes of the file, in which its last whole line is looked for."""


class Course(NamedTuple):
    """The epochs of a run, one record each, and what is wrong with the file that holds them."""

    epochs: tuple[Mapping[str, Any], ...]
    trouble: str | None = None

    def best(self, epoch: object = None) -> Mapping[str, Any] | None:
        """The record of an epoch; where it is not there, of the lowest validation loss, else training loss."""
        named = next((line for line in self.epochs if line["epoch"] == epoch), None)
        if named is not None or not self.epochs:
            return named
        losses = [(loss, line) for line in self.epochs if (loss := _loss(line)) is not None and not isnan(loss)]
        return min(losses, key=lambda pair: pair[0])[1] if losses else self.epochs[-1]

    def curve(self, split: str, metric: str = "loss") -> list[float | None]:
        """A metric of a split, epoch by epoch; None where there is no number."""
        return [_number(_side(line, split).get(metric)) for line in self.epochs]


def course(run: Path) -> Course:
    """All epochs that the metrics file of a run tells of; lines that cannot be read are counted as its trouble."""
    try:
        lines = (run / "metrics.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError:
        return Course((), "there is no metrics.jsonl")
    except OSError as error:
        return Course((), f"metrics.jsonl: {error.strerror or error}")
    read = [_line(line) for line in lines if line.strip()]
    damaged = read.count(None)
    trouble = f"metrics.jsonl: {damaged} line{'s' * (damaged != 1)} cannot be read" if damaged else None
    return Course(tuple(line for line in read if line is not None and "epoch" in line), trouble)


def best_epoch(run: Path, epoch: object) -> Mapping[str, Any] | None:
    """What `Course.best` finds; a line that is written as training writes it is found without reading the others."""
    if type(epoch) is int:
        try:
            data = b"\n" + (run / "metrics.jsonl").read_bytes()
        except OSError:
            return None
        begins = data.find(b'\n{"epoch": %d,' % epoch) + 1
        line = _line(data[begins:].partition(b"\n")[0]) if begins else None
        if line is not None and line.get("epoch") == epoch:
            return line
    return course(run).best(epoch)


def last_epoch(run: Path) -> int | None:
    """The last epoch that the metrics file tells of, without a look at the others."""
    try:
        with (run / "metrics.jsonl").open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _TAIL))
            tail = stream.read(_TAIL).split(b"\n")
    except OSError:
        return None
    for line in reversed(tail):
        epoch = (_line(line) or {}).get("epoch") if line.strip() else None
        if type(epoch) is int:
            return epoch
    return None


def _line(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _loss(line: Mapping[str, Any]) -> float | None:
    return _number((_side(line, "valid") or _side(line, "train")).get("loss"))


def _side(line: Mapping[str, Any], split: str) -> Mapping[str, Any]:
    found = line.get(split)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # JSON has whole numbers of any length
        return None


def curve_name(courses: Sequence[Course]) -> str:
    """The split whose loss is drawn: validation where every run has it, else training."""
    return "valid" if all(any(_side(line, "valid") for line in c.epochs) for c in courses if c.epochs) else "train"
