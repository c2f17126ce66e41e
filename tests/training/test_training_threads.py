"""`threads: auto` on a clock that is told how fast each count of threads is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnctl.cli.app import main
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.threads import ROUNDS, choose_threads
from tests.training.trainers import dataset, series, settings, trainer, values


class Clock:
    """Between two readings so many seconds pass as the count of threads takes."""

    def __init__(self, seconds: Mapping[int, float]) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.read: list[int] = []

    def __call__(self) -> float:
        self.read.append(torch.get_num_threads())
        self.now += self.seconds[self.read[-1]]
        return self.now


def made(**given: Any) -> Trainer:
    return trainer(dataset(series((20, 9, 14)), series((6,))), settings(window=4, learn_initial_state=True, **given))


@pytest.mark.parametrize(
    ("one", "three", "chosen"),
    [(0.02, 0.01, 3), (0.01, 0.02, 1), (0.01, 0.01, 1), (0.0109, 0.01, 1), (0.0111, 0.01, 3)],
)
def test_more_threads_are_taken_where_they_are_clearly_faster(one: float, three: float, chosen: int) -> None:
    assert choose_threads(made(), available=3, clock=Clock({1: one, 3: three})) == chosen
    assert torch.get_num_threads() == 1


def test_both_are_measured_in_turn() -> None:
    clock = Clock({1: 0.001, 2: 0.001})
    choose_threads(made(), available=2, clock=clock)
    assert clock.read[:15] == [1, *(2, 2, 1, 1), 1, *(1, 1, 2, 2), 2, *(2, 2, 1, 1)]
    assert len(clock.read) == 5 * ROUNDS


def test_a_slow_update_is_measured_once() -> None:
    clock = Clock({1: 100.0, 2: 30.0})
    assert choose_threads(made(), available=2, clock=clock) == 2
    assert clock.read == [1, 2, 2, 1, 1, 1]


def test_one_processor_needs_no_measurement() -> None:
    clock = Clock({})
    assert choose_threads(made(), available=1, clock=clock) == 1
    assert clock.read == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"window": None},
        {"window": {"update": 2, "backward": 6}},
        {"batching": "streams", "reset": "never", "burn_in": 3},
        {"optimizer": {"sgd": {"momentum": 0.9}}, "epochs": 1},
    ],
)
@pytest.mark.parametrize("begun", [0, 3])
def test_nothing_of_training_changes(given: dict[str, Any], begun: int) -> None:
    """Chosen in the midst of training, it leaves every bit of what follows as it was."""
    given = {"window": 4, "seed": 3, **given}
    data = dataset(series((20, 9, 14)), series((6,)))
    plain, chosen = (trainer(data, settings(**given)) for _ in range(2))
    told = []
    for one in (plain, chosen):
        events = one.fit()
        seen = []
        for event in events:
            seen.append(event)
            if one is chosen and sum(isinstance(e, WindowTrained) for e in seen) == begun and len(seen) <= begun + 1:
                generator = torch.get_rng_state()
                choose_threads(one, available=2, clock=Clock({1: 0.01, 2: 0.01}))
                assert torch.equal(torch.get_rng_state(), generator)
        told.append(seen)
    assert told[0] == told[1]
    for name, value in values(plain.model).items():
        np.testing.assert_array_equal(values(chosen.model)[name], value)
    first, second = (list(one.optimizer.state_dict()["state"].values()) for one in (plain, chosen))
    assert [{k: v.tolist() for k, v in s.items()} for s in first] == [
        {k: v.tolist() for k, v in s.items()} for s in second
    ]


def test_copies_that_diverge_are_no_failure() -> None:
    wild = made(optimizer={"sgd": {"lr": 1e200}})
    assert choose_threads(wild, available=2, clock=Clock({1: 0.01, 2: 0.01})) == 1
    assert all(np.isfinite(value).all() for value in values(wild.model).values())
    assert wild.place.update == 0


CONFIG = """
data: {task: {sine: {steps: 60}}}
model: {chain: [rnn: 2, dense: 1]}
training: {loss: mse, window: 10, epochs: 1, threads: auto}
"""


def test_the_choice_is_written_into_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made before the first update, trained with, and kept in the resolved config: evaluating takes it too."""
    (tmp_path / "c.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    asked: list[int] = []
    used: list[int] = []

    def choose(one: Trainer) -> int:
        asked.append(one.place.update)
        return 2

    monkeypatch.setattr("rnnctl.training.threads.choose_threads", choose)
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        for command in (["train", "c.yaml", "-q"], ["eval", "c-1"]):
            monkeypatch.setattr(sys, "argv", ["rnnctl", *command])
            with pytest.raises(SystemExit, match="0"):
                main()
    finally:
        torch.use_deterministic_algorithms(deterministic)
    assert asked == [0]
    assert used == [1, 2, 2], "until it is chosen, in training, in evaluating"
    run = tmp_path / "runs" / "c-1"
    assert "\n  threads: 2\n" in (run / "resolved.yaml").read_text()
    assert "threads: auto" in (run / "config.yaml").read_text()
