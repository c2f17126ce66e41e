"""The sentences beneath a timeline, for each policy and both batchings."""

from __future__ import annotations

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.report.timeline_words import sentences
from rnnctl.timeline import timeline

ONE = "{task: {sine: {steps: 200}}}"
MANY = "{task: {reber: {sequences: 40}}}"


def told(training: str, data: str = ONE, chain: str = "rnn: 2", windows: int | None = None) -> list[str]:
    loss, before, width = ("mse", "", 1) if data == ONE else ("cross_entropy", "one_hot, ", 7)
    text = (
        f"data: {data}\nmodel: {{chain: [{before}{chain}, dense: {width}]}}\ntraining: {{loss: {loss}, {training}}}\n"
    )
    config = parse_config(text, "c.yaml")
    config_ = resolve(config, examined(config))
    return list(sentences(timeline(config_, windows), config_))


@pytest.mark.parametrize(
    ("training", "data", "text"),
    [
        (
            "window: 10",
            ONE,
            "The series is one row; its carry goes on from window to window and returns to the initial state "
            "at the start of each epoch.",
        ),
        (
            "window: null",
            MANY,
            "Each row is one sequence; its carry returns to the initial state at the start of each.",
        ),
        (
            "window: 5, learn_initial_state: true",
            MANY,
            "Each row is one sequence; its carry goes on from window to window and returns to the learned initial "
            "state at the start of each.",
        ),
        (
            "window: 5, reset: window",
            MANY,
            "Every window starts from the initial state: nothing passes from window to window.",
        ),
        (
            "window: 5, reset: window, batching: streams",
            MANY,
            "Every window starts from the initial state, and so does every sequence: nothing passes from window to "
            "window.",
        ),
        (
            "window: 5, batching: streams, batch: 4",
            ONE,
            "The data is cut into 4 rows of up to 35 steps; each row's carry goes on from window to window and "
            "returns to the initial state at the start of each epoch.",
        ),
        (
            "window: 5, batching: streams, batch: 1",
            MANY,
            "The data is cut into 1 row of 303 steps; its carry goes on from window to window and returns to the "
            "initial state at the start of each epoch and wherever a sequence begins.",
        ),
        (
            "window: 5, batching: streams, batch: 1, reset: epoch",
            MANY,
            "The data is cut into 1 row of 303 steps; its carry goes on from window to window, through the borders "
            "of sequences, and returns to the initial state at the start of each epoch.",
        ),
        (
            "window: null, batching: streams, batch: 4, reset: epoch",
            ONE,
            "The data is cut into 4 rows of up to 35 steps; each row's carry returns to the initial state at the "
            "start of each epoch.",
        ),
        (
            "window: 5, batching: streams, batch: 4, reset: never",
            ONE,
            "The data is cut into 4 rows of up to 35 steps; each row's carry starts from the initial state once and "
            "goes on from window to window and from epoch to epoch.",
        ),
        (
            "window: null, batching: streams, batch: 1, reset: never",
            MANY,
            "The data is cut into 1 row of 303 steps; its carry starts from the initial state once and goes on from "
            "epoch to epoch, through the borders of sequences.",
        ),
    ],
)
def test_the_carry(training: str, data: str, text: str) -> None:
    assert told(training, data)[0] == text


def test_a_model_without_state() -> None:
    assert told("window: 10", chain="dense: 3")[0] == "No layer has a state, so a reset changes nothing."


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ("null", "Gradients reach back to the start of the row, and never past a reset."),
        ("10", "Gradients reach at most 10 steps back: to the start of their window, and never past a reset."),
        ("1", "Gradients reach at most 1 step back: to the start of their window, and never past a reset."),
        (
            "{update: 4, backward: 12}",
            "After every 4 steps there is an update, whose gradients reach at most 12 steps back, and never past a "
            "reset; up to 8 of these are computed again.",
        ),
        (
            "{update: 1, backward: 3}",
            "After each step there is an update, whose gradients reach at most 3 steps back, and never past a "
            "reset; up to 2 of these are computed again.",
        ),
    ],
)
def test_gradients(window: str, text: str) -> None:
    assert text in told(f"window: {window}")


def test_what_is_scored() -> None:
    found = told("window: 4, burn_in: 9")
    assert "The first 9 steps after a reset run without being scored." in found
    assert found[-1] == "Without a scored step, w1 and w2 make no update."
    assert "The first step after a reset runs without being scored." in told("window: 4, burn_in: 1")
    many = told("window: 2, burn_in: 40", windows=30)[-1]
    assert many == "Without a scored step, w1, w2, w3, w4, w5, w6 and 14 more make no update."


def test_resets_that_no_window_tells_of() -> None:
    shown = told("window: 16, batching: streams, batch: 4", MANY, windows=2)
    [text] = [sentence for sentence in shown if sentence.startswith("Of the steps shown")]
    assert text.startswith("Of the steps shown, row 1 resets before steps 0, ")
    assert not any("Of the steps shown" in s for s in told("window: 4, reset: window"))


def test_the_order() -> None:
    assert told("window: null", MANY)[-1] == "The order of the sequences is that of epoch 1; each epoch has another."
    assert "order" not in " ".join(told("window: null, shuffle: false", MANY))
    assert "order" not in " ".join(told("window: 5, batching: streams", MANY))


def test_gradients_reach_no_further_than_a_row() -> None:
    """The plan says the same of 140 steps in four rows of 35."""
    rows = "batching: streams, batch: 4"
    assert "Gradients reach at most 35 steps back: to the start of their window, and never past a reset." in told(
        f"window: 50, {rows}"
    )
    assert (
        "After every 20 steps there is an update, whose gradients reach at most 35 steps back, and never past a reset; "
        "up to 15 of these are computed again."
    ) in told(f"window: {{update: 20, backward: 60}}, {rows}")
