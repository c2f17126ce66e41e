import re

import numpy as np
import pytest

from rnnctl.stepping.feed import Feed, Row
from rnnctl.stepping.figures import changed_most, gates, window_of
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, make_run


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_gates_are_the_means_of_what_the_equations_give(exact_run):
    model = load_model(exact_run)
    session = Session(model)
    session.step([20, 3])
    before = session.carry[0][0]
    made = session.step([21, 4])
    inside = session.inside()[0]
    found = gates(made)
    assert list(found) == ["0"]
    assert list(found["0"]) == ["i", "f", "o"]
    weights, x = model.layers[0].weights, made.input
    for name, mean in found["0"].items():
        by_hand = sigmoid(weights[f"W{name}"] @ x + weights[f"U{name}"] @ before + weights[f"b{name}"])
        np.testing.assert_allclose(inside[name], by_hand, atol=1e-12)
        assert mean == pytest.approx(by_hand.mean(), abs=1e-12)


def test_the_units_that_changed_most(exact_run):
    session = Session(load_model(exact_run))
    session.step([20, 3])
    made = session.step([21, 4])
    every = changed_most(made, 100)
    sizes = {}
    for at in made.layers:
        for part in at.parts:
            if part.after.dtype.kind == "f":
                name = f"{part.name}[{at.place}]" if part.name == "h" else part.name
                for unit in range(part.after.size):
                    sizes[f"{name}[{unit}]"] = abs(part.after[unit] - part.before[unit])
    moved = {name: size for name, size in sizes.items() if size > 0}
    assert [change.unit for change in every] == sorted(moved, key=lambda name: -moved[name])
    assert [abs(c.after - c.before) for c in every] == pytest.approx(sorted(moved.values(), reverse=True))
    assert changed_most(made, 2) == every[:2]


@pytest.mark.parametrize(
    ("training", "found"),
    [
        ("window: 3", [(1, False, ""), (2, False, ""), (3, False, ""), (1, True, "")]),
        (
            "window: 2, reset: window",
            [(1, False, "a window begins"), (2, False, ""), (1, True, "a window begins"), (2, False, "")],
        ),
        ("window: {update: 2, backward: 4}", [(1, False, ""), (2, False, ""), (1, False, ""), (2, False, "")]),
        ("window: null", [(1, False, ""), (2, False, ""), (3, False, ""), (4, False, "")]),
    ],
)
def test_where_training_would_have_cut(tmp_path, training, found):
    text = FORECAST.replace("PRECISION", "float32").replace("window: 4", training)
    session = Session(load_model(make_run(tmp_path, text)))
    windows = [window_of(session.step([20, 3])) for _ in range(4)]
    assert [(window.step, window.cut, window.reset) for window in windows] == found
    update = None if "null" in training else int(re.search(r"\d", training)[0])
    assert {window.update for window in windows} == {update}


@pytest.mark.parametrize(("policy", "reset"), [("sequence", "a sequence begins"), ("never", "")])
def test_a_border_counts_where_the_policy_minds_it(tmp_path, policy, reset):
    text = FORECAST.replace("PRECISION", "float32").replace(
        "window: 4", f"window: 4, batching: streams, reset: {policy}"
    )
    session = Session(load_model(make_run(tmp_path, text)))
    feed = Feed(
        "x",
        [Row({"temperature": 1.0, "wind": 1.0}), Row({"temperature": 1.0, "wind": 1.0}, border="a sequence begins")],
    )
    made = [session.step(row.given, None, row.place) for row in feed.ahead(session)]
    assert [window_of(step).reset for step in made] == ["", reset]


@pytest.mark.parametrize(
    "training", ["window: 3", "window: 3, reset: epoch", "window: 3, reset: window", "window: null"]
)
def test_in_streams_no_step_tells_its_place_in_a_window(tmp_path, training):
    """A row of the batch goes on over sequences and resets, and windows with it."""
    text = FORECAST.replace("PRECISION", "float32").replace("window: 4", f"batching: streams, {training}")
    session = Session(load_model(make_run(tmp_path, text)))
    windows = [window_of(session.step([20, 3])) for _ in range(4)]
    assert windows == [(None, None, None, False, "")] * 4
