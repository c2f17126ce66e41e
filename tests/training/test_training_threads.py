"""`threads: auto` on a clock that is told how fast each count of threads is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnctl.cli.app import main
from rnnctl.runs.directory import Run
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.threads import ROUNDS, Choice, _copy, choose_threads
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
    assert choose_threads(made(), available=3, clock=Clock({1: one, 3: three})).threads == chosen
    assert torch.get_num_threads() == 1


def test_both_are_measured_in_turn() -> None:
    clock = Clock({1: 0.001, 2: 0.001})
    choose_threads(made(), available=2, clock=clock)
    assert clock.read[:15] == [1, *(2, 2, 1, 1), 1, *(1, 1, 2, 2), 2, *(2, 2, 1, 1)]
    assert len(clock.read) == 5 * ROUNDS


def test_a_slow_update_is_measured_once() -> None:
    clock = Clock({1: 100.0, 2: 30.0})
    choice = choose_threads(made(), available=2, clock=clock)
    assert (choice.threads, {n: round(s, 6) for n, s in choice.seconds.items()}) == (2, {1: 100.0, 2: 30.0})
    assert clock.read == [1, 2, 2, 1, 1, 1]


def test_every_window_that_is_measured_has_an_update() -> None:
    """Also where the last step of a long sequence alone is scored."""
    rows = series((300, 260), scored=0)
    ours = trainer(dataset(rows), settings(learn_initial_state=True))
    events = _copy(ours).fit()
    losses = [event.loss for event in islice(events, 7) if isinstance(event, WindowTrained)]
    assert len(losses) > 4
    assert all(loss is not None for loss in losses)


def test_one_processor_needs_no_measurement() -> None:
    clock = Clock({})
    assert choose_threads(made(), available=1, clock=clock) == (1, {})
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
    wild = made()
    with torch.no_grad():
        for parameter in wild.model.parameters():
            parameter.fill_(1e200)
    assert choose_threads(wild, available=2, clock=Clock({1: 0.01, 2: 0.01})) == (1, {})
    assert all(np.isfinite(value).all() for value in values(wild.model).values())
    assert wild.place.update == 0


CONFIG = """
data: {task: {sine: {steps: 80}}}
model: {chain: [rnn: 2, dense: 1]}
training: {loss: mse, window: 10, epochs: 1, threads: auto}
"""


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice(1, {1: 0.0021, 2: 0.0034}), "threads: 1 (2.1 ms an update; 2 threads 3.4 ms)"),
        (Choice(2, {1: 1.234, 2: 0.5}), "threads: 2 (500 ms an update; 1 thread 1,234 ms)"),
        (Choice(1, {}), "threads: 1"),
    ],
)
def test_the_choice_in_words(choice: Choice, told: str) -> None:
    assert str(choice) == told


def test_the_choice_is_told_and_written_into_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is made before the first update, trained with, and kept in the resolved config: evaluating takes it too."""
    (tmp_path / "c.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    asked: list[int] = []
    used: list[int] = []

    def choose(one: Trainer) -> Choice:
        asked.append(one.place.update)
        return Choice(2, {1: 0.0034, 2: 0.0021})

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
    assert capsys.readouterr().err == "threads: 2 (2.1 ms an update; 1 thread 3.4 ms)\n"
    run = tmp_path / "runs" / "c-1"
    bits = Run(run).record()["bits"]
    assert (bits["threads"], bits["threads_measured"]) == (2, {"1": 0.0034, "2": 0.0021})
    assert "\n  threads: 2\n" in (run / "resolved.yaml").read_text()
    assert "threads: auto" in (run / "config.yaml").read_text()
