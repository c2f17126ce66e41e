"""Rules of the keys of `training`: what means nothing together, and what changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from rnnctl.config.rules import idle_warnings, state_problems
from rnnctl.config.sections import TrainingSection


def section(**keys: Any) -> TrainingSection:
    return TrainingSection.model_validate({"loss": "mse", "epochs": 10, **keys})


@pytest.mark.parametrize(
    ("keys", "ids"),
    [
        ({"batching": "streams"}, []),
        ({"batching": "streams", "shuffle": False}, []),
        ({"batching": "streams", "shuffle": True}, ["shuffled-streams"]),
        ({"shuffle": True}, []),
        ({"reset": "epoch"}, ["carry-without-streams"]),
        ({"reset": {"policy": "never", "after": "done"}}, ["carry-without-streams"]),
        ({"batching": "streams", "reset": "never"}, []),
        ({"window": {"update": 4, "backward": 6}}, ["backward-no-multiple"]),
        ({"window": {"update": 4, "backward": 2}}, ["backward-no-multiple"]),
        ({"window": {"update": 4, "backward": 8}}, []),
        ({"window": {"update": 4, "backward": 8}, "reset": "window"}, ["backward-past-reset"]),
        ({"window": {"update": 4, "backward": 4}, "reset": "window"}, []),
        ({"window": {"update": 4, "backward": 6}, "reset": "window"}, ["backward-no-multiple"]),
        ({"window": 4, "reset": "window", "burn_in": 4}, ["burn-in-leaves-nothing"]),
        ({"window": 4, "reset": "window", "burn_in": 3}, []),
        ({"window": 4, "burn_in": 400}, []),
        ({"reset": "window", "burn_in": 400}, []),
    ],
)
def test_what_means_nothing(keys: dict[str, Any], ids: list[str]) -> None:
    found = list(state_problems(section(**keys)))
    assert [p.id for p in found] == ids
    assert {p.severity for p in found} <= {"error"}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"early_stopping": 8}, None),
        ({"early_stopping": 9}, "training cannot stop before its end: it would after epoch 10 at the earliest"),
        ({"early_stopping": {"patience": 1}, "epochs": 2}, "training cannot stop before its end: it would after "),
        ({"early_stopping": {"patience": 1}, "epochs": 3}, None),
        ({"schedule": "cosine", "epochs": 1}, None),
        ({"schedule": {"cosine": {"to": 1}}}, "this schedule leaves the learning rate as it is: to is 1"),
        ({"schedule": {"linear": {"to": 0.99}}}, None),
        (
            {"schedule": {"exponential": {"factor": 1, "warmup": 3}}},
            "this schedule leaves the learning rate as it is after its warm-up: factor is 1",
        ),
        (
            {"schedule": "exponential", "epochs": 1},
            "this schedule leaves the learning rate as it is: it first falls after the first epoch, "
            "and training has 1 epoch",
        ),
        ({"schedule": "exponential", "epochs": 2}, None),
        (
            {"schedule": {"step": {"every": 10}}},
            "this schedule leaves the learning rate as it is: it first falls after 10 epochs, "
            "and training has 10 epochs",
        ),
        ({"schedule": {"step": {"every": 9}}}, None),
        ({"schedule": "constant", "epochs": 1}, None),
    ],
)
def test_what_changes_nothing(keys: dict[str, Any], message: str | None) -> None:
    found = list(idle_warnings(section(**keys)))
    assert len(found) == (message is not None)
    assert all(p.severity == "warning" and p.message.startswith(str(message)) for p in found)


@pytest.mark.parametrize(
    ("keys", "setting"),
    [
        ({"early_stopping": 20}, ("training", "early_stopping", "patience")),
        ({"schedule": {"step": {"every": 20}}}, ("training", "schedule", "step", "every")),
        ({"schedule": {"step": {"every": 20, "factor": 1}}}, ("training", "schedule", "step", "factor")),
        ({"schedule": "exponential", "epochs": 1}, ("training", "schedule", "exponential")),
        ({"schedule": {"linear": {"to": 1}}}, ("training", "schedule", "linear", "to")),
    ],
)
def test_where_it_is_told(keys: dict[str, Any], setting: tuple[str, ...]) -> None:
    assert [p.setting for p in idle_warnings(section(**keys))] == [setting]
