"""Early stopping counts the epochs since the validation loss last fell by more than the margin."""

from __future__ import annotations

import json
import math

import pytest

from rnnctl.config.sections import EarlyStopping
from rnnctl.errors import CheckpointError
from rnnctl.runs.files import as_json
from rnnctl.training.events import EpochEnded, Finished, Started
from rnnctl.training.stopping import EarlyStop


def stopped_at(losses: list[float], patience: int, margin: float = 0.0) -> int | None:
    """The epoch after which it stops."""
    listener = EarlyStop(EarlyStopping(patience=patience, margin=margin))
    listener(Started(1, 1, 1))
    for epoch, loss in enumerate(losses, 1):
        listener(EpochEnded(epoch, epoch, {"loss": -epoch}, {"loss": loss}))
        if listener.stopped:
            return epoch
    listener(Finished(1, 1))
    return None


@pytest.mark.parametrize(
    ("losses", "patience", "margin", "epoch"),
    [
        ([3, 2, 1], 1, 0, None),
        ([3, 3], 1, 0, 2),
        ([3, 4, 2, 3, 3], 2, 0, 5),
        ([3, 4, 2, 3, 1, 2], 2, 0, None),
        ([3, 2.9, 2.8, 2.7], 3, 0.25, None),
        ([3, 2.9, 2.8, 2.7], 2, 0.25, 3),
        ([3, 2.5], 1, 0.5, 2),
        ([1.0, 0.5, 0.5, 0.5, 0.5], 3, 0, 5),
    ],
)
def test_when_it_stops(losses: list[float], patience: int, margin: float, epoch: int | None) -> None:
    assert stopped_at(losses, patience, margin) == epoch


def test_its_state_goes_through_json_and_back() -> None:
    section = EarlyStopping(patience=2, margin=0.0)
    first = EarlyStop(section)
    assert first.state() == {"best": math.inf, "waited": 0}
    for loss in (None, 0.1 + 0.2, 1.0):
        again = EarlyStop(section)
        again.restore(json.loads(as_json(first.state())))
        assert again.state() == first.state()
        if loss is not None:
            for listener in (first, again):
                listener(EpochEnded(1, 1, {}, {"loss": loss}))
            assert again.state() == first.state()
    assert first.state() == {"best": 0.1 + 0.2, "waited": 1}


def test_a_larger_patience_goes_on_where_a_smaller_had_stopped() -> None:
    first = EarlyStop(EarlyStopping(patience=1, margin=0.0))
    for epoch, loss in enumerate((1.0, 2.0), 1):
        first(EpochEnded(epoch, epoch, {}, {"loss": loss}))
    assert first.stopped
    again = EarlyStop(EarlyStopping(patience=3, margin=0.0))
    again.restore(first.state())
    assert not again.stopped
    again(EpochEnded(3, 3, {}, {"loss": 2.0}))
    again(EpochEnded(4, 4, {}, {"loss": 2.0}))
    assert again.stopped


@pytest.mark.parametrize("state", [{}, {"best": 1.0}, {"best": "low", "waited": 1}, {"best": 1.0, "waited": None}])
def test_a_state_that_is_not_whole(state: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match="the checkpoint does not say how early stopping stood"):
        EarlyStop(EarlyStopping(patience=1, margin=0.0)).restore(state)
