"""What trackers are told: numbers with a name and a step. A step is the number of updates made so far."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rnnctl.training.events import EpochEnded, Event, Metrics, WindowTrained


class Point(NamedTuple):
    """A number at a step, and when it was told, in seconds since 1970."""

    name: str
    step: int
    value: float
    at: float


def is_told(update: int) -> bool:
    """Whether the figures of an update are told: of every update below 1,000, of every 10th below 10,000, and so on.

    So a million updates are 3,700 points a curve, whatever was planned and wherever training was resumed.
    """
    spacing = 1
    while update >= 1000 * spacing:
        spacing *= 10
    return update % spacing == 0


def of_event(event: Event, at: float) -> Iterator[Point]:
    """What is told of an event; a number that is not finite is left out, as metrics.jsonl leaves it out."""
    if isinstance(event, WindowTrained) and event.loss is not None and is_told(event.update):
        figures = {"loss": event.loss, "gradient_norm": event.norm, "learning_rate": event.rate}
        yield from of_metrics("update", event.update, figures, at)
    elif isinstance(event, EpochEnded):
        yield from of_epoch(event.update, event.train, event.valid, at)


def of_epoch(update: int, train: Metrics, valid: Metrics, at: float) -> Iterator[Point]:
    """The metrics of an epoch, as train/NAME and valid/NAME."""
    yield from of_metrics("train", update, train, at)
    yield from of_metrics("valid", update, valid, at)


def of_metrics(group: str, update: int, metrics: Mapping[str, float | None], at: float) -> Iterator[Point]:
    """Metrics as GROUP/NAME, those that have a finite value."""
    for name, value in metrics.items():
        if value is not None and math.isfinite(value):
            yield Point(f"{group}/{name}", update, float(value), at)


def of_file(path: Path, at: float) -> list[Point]:
    """The epochs of a metrics.jsonl, as far as it can be read."""
    found: list[Point] = []
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        for line in map(json.loads, path.read_text("utf-8").splitlines()):
            if "update" in line:
                found += of_epoch(line["update"], line["train"], line["valid"], at)
    return found
