"""The steps of effective memory of a whole split: where it is measured, and what comes out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pytest

from rnnctl.build import load_data
from rnnctl.data.sequences import Sequences
from rnnctl.expect import horizon as module
from rnnctl.expect.horizon import effective_memory, places, way_to
from rnnctl.expect.measure import measured
from rnnctl.runs.directory import Run
from rnnctl.stepping.insight import horizon
from rnnctl.stepping.model import Model, load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.sources import rows_feed
from tests.expect.trials import CONFIG, trial_of, write_config


def sequences(lengths: list[int], **others: Any) -> Sequences:
    count, steps = len(lengths), sum(lengths)
    ends = np.cumsum(lengths)
    made: dict[str, Any] = {
        "inputs": np.zeros((steps, 1)),
        "targets": np.zeros((steps, 1)),
        "origins": ends - lengths,
        "lengths": np.array(lengths),
        "scored_from": np.zeros(count, np.int64),
        "scored_to": np.array(lengths),
    }
    return Sequences(**{**made, **others})


def test_of_many_sequences_the_last_scored_steps_of_twenty_are_looked_at() -> None:
    split = sequences([10] * 40, scored_to=np.array([8] * 40))
    assert places(split) == [10 * (2 * i + 1) + 7 for i in range(20)]
    where = np.ones(400, np.bool_)
    where[10:20] = False  # nothing of the second sequence is scored, and half of the fourth
    where[35:40] = False
    assert places(replace(split, where=where))[:2] == [7, 34]


def test_of_few_sequences_twenty_scored_steps_are_looked_at() -> None:
    assert places(sequences([200])) == [10 * i + 5 for i in range(20)]
    assert places(sequences([1000], scored_from=np.array([800]))) == [800 + 10 * i + 5 for i in range(20)]
    assert places(sequences([3, 4])) == list(range(7))
    assert places(sequences([])) == []
    assert places(sequences([5], where=np.zeros(5, np.bool_))) == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Model, Sequences]]:
    """Trains a small config with settings, and gives its model and its test split."""

    def train(*settings: str) -> tuple[Model, Sequences]:
        folder = tmp_path_factory.mktemp("horizon")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "fsync", lambda _: None)
            text = CONFIG.replace("epochs: 3", "epochs: 1")
            found = measured(trial_of(write_config(folder, text, 200), settings=settings), 0.0, lambda _: None)
        run = Run(found.run)
        return load_model(run), load_data(run.open()).test

    return train


def walked(way: np.ndarray[Any, Any]) -> tuple[int, int]:
    """The first and the last step of a way without gaps."""
    assert np.array_equal(way, np.arange(way[0], way[-1] + 1))
    return int(way[0]), int(way[-1])


def test_a_way_begins_at_the_last_reset_and_is_bounded(trained: Callable[..., tuple[Model, Sequences]]) -> None:
    model, _ = trained()
    series, many = sequences([200]), sequences([10, 10, 10])
    assert walked(way_to(model, series, 150, 256)) == (0, 150)
    assert walked(way_to(model, series, 150, 16)) == (135, 150)
    assert walked(way_to(model, many, 25, 256)) == (20, 25)
    before, after = np.zeros((2, 200), np.bool_)
    before[140] = after[144] = True
    assert walked(way_to(model, replace(series, before=before), 150, 256)) == (140, 150)
    assert walked(way_to(model, replace(series, after=after), 150, 256)) == (145, 150)
    assert walked(way_to(model, replace(series, before=before), 139, 256)) == (0, 139)


def test_a_way_follows_the_policy(trained: Callable[..., tuple[Model, Sequences]]) -> None:
    model, _ = trained("training.reset=window")
    assert walked(way_to(model, sequences([200]), 150, 256)) == (144, 150)
    model, _ = trained("training.reset=never", "training.batching=streams", "training.batch=2")
    assert walked(way_to(model, sequences([10, 10, 10]), 25, 256)) == (0, 25)


def test_the_figure_is_the_median_of_what_the_stepper_measures(
    trained: Callable[..., tuple[Model, Sequences]],
) -> None:
    model, split = trained()
    rows, found = rows_feed(model, None, None).rows, []
    for place in places(split):
        session = Session(model)
        for at in range(place + 1):
            session.step(rows[at].given, rows[at].target)
        found.append(horizon(session).steps)
    assert len(found) == 20
    assert len(set(found)) > 1
    assert effective_memory(model, split) == median(found) == effective_memory(model, split)


def test_where_the_memory_may_reach_further_more_is_looked_at(
    trained: Callable[..., tuple[Model, Sequences]], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, split = trained()
    monkeypatch.setattr(module, "NEAR", 2)
    monkeypatch.setattr(module, "FAR", 3)
    assert 2 <= effective_memory(model, split) <= 3
    monkeypatch.setattr(module, "FAR", 1000)
    monkeypatch.setattr(module, "NEAR", 256)
    assert effective_memory(model, split) > 3


def test_where_nothing_is_scored_there_is_no_figure(trained: Callable[..., tuple[Model, Sequences]]) -> None:
    model, _ = trained()
    assert math.isnan(effective_memory(model, sequences([])))
