"""`threads: auto`: one processor thread or all, by what is faster on copies of what is to be trained."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch

from rnnctl.config.sections import MOST, ResetSection, TrainingSection, WindowSection
from rnnctl.data.sequences import Sequences
from rnnctl.errors import TrainingError
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.optimizers import make_optimizer
from rnnctl.training.place import Place

SECONDS, ROUNDS = 2.0, 12
"""How long may be measured: so long, or so often, whatever comes first; one round is always made."""

CLEARLY = 1.1
"""All threads must be so many times as fast as one, since one leaves the others to other work."""

_STEPS = 128
"""Longer windows are measured by a part of them."""


class Choice(NamedTuple):
    """The count of threads that was chosen, and the seconds that an update took by each count that was measured."""

    threads: int
    seconds: Mapping[int, float]

    def __str__(self) -> str:
        if not self.seconds:
            return f"threads: {self.threads}"
        first, *others = sorted(self.seconds, key=lambda count: count != self.threads)
        told = [f"{_milliseconds(self.seconds[first])} an update"]
        told += [f"{n} thread{'s' * (n != 1)} {_milliseconds(self.seconds[n])}" for n in others]
        return f"threads: {self.threads} ({'; '.join(told)})"


def _milliseconds(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.2g} ms" if value < 10 else f"{value:,.0f} ms"


def choose_threads(
    trainer: Trainer, *, available: int | None = None, clock: Callable[[], float] = perf_counter
) -> Choice:
    """Measure updates by one thread and by all that are `available`, in turn, and say which is faster.

    The windows are real, the model and the optimizer are copies: nothing of the trainer changes. The first
    round warms up and is not counted where there are more.
    """
    available = available or min(_processors(), 1024)
    if available == 1:
        return Choice(1, {})
    before = torch.get_num_threads()
    running = {count: _updates(trainer) for count in (1, available)}
    seconds: dict[int, list[float]] = {count: [] for count in running}
    begin = clock()
    try:
        for number in range(ROUNDS):
            if number and clock() - begin > SECONDS:
                break
            for count in running if number % 2 else reversed(running):
                torch.set_num_threads(count)
                next(running[count])  # up to the window
                start = clock()
                next(running[count])
                seconds[count].append(clock() - start)
    except TrainingError:  # copies that diverge: training itself will tell
        pass
    finally:
        torch.set_num_threads(before)
    typical = {count: _typical(found) for count, found in seconds.items() if found}
    if len(typical) < 2:
        return Choice(1, {})
    return Choice(available if typical[1] > CLEARLY * typical[available] else 1, typical)


def _typical(seconds: list[float]) -> float:
    return median(seconds[1:] or seconds)


def _processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _updates(trainer: Trainer) -> Iterator[bool]:
    """Train a copy from the first window on: False before each window, True after it."""
    events = _copy(trainer).fit()
    event = next(events)
    while True:
        yield False
        event = next(events)
        while not isinstance(event, WindowTrained):
            event = next(events)
        yield True


def _copy(trainer: Trainer) -> Trainer:
    """A trainer of its own model and optimizer, at the start of the same data; it judges nothing and never ends."""
    none = np.zeros(0, np.int64)
    nothing = Sequences(trainer.dataset.train.inputs, trainer.dataset.train.targets, none, none, none, none)
    made = copy.copy(trainer)
    made.model = copy.deepcopy(trainer.model)
    made.optimizer = make_optimizer(trainer.settings.optimizer, made.model)
    made.optimizer.load_state_dict(copy.deepcopy(trainer.optimizer.state_dict()))
    train = trainer.dataset.train
    throughout = replace(train, scored_from=np.zeros_like(train.lengths), scored_to=train.lengths, where=None)
    made.dataset = replace(trainer.dataset, train=throughout, valid=nothing)
    made.settings = _measured(trainer.settings)
    made.place, made.carries = Place(), []
    made.score, made.rates = copy.deepcopy(trainer.score), list(trainer.rates)
    return made


def _measured(settings: TrainingSection) -> TrainingSection:
    """The settings with windows that are not too long, scored throughout, and without an end."""
    changes: dict[str, object] = {"epochs": MOST, "burn_in": 0}
    window = settings.window
    if window is None or window.update > _STEPS:
        changes |= {"window": WindowSection(update=_STEPS), "reset": ResetSection(policy="window")}
    elif window.depth > _STEPS:
        changes["window"] = WindowSection(update=window.update, backward=_STEPS // window.update * window.update)
    return settings.model_copy(update=changes)
