"""The judgement of a run as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from rnnctl.report.training import figure, result_lines

NUMBERS = {"mse": 4.0, "rmse": 2.0, "mae": 1.5, "baseline_mse": 16.0, "baseline_rmse": 4.0, "baseline_mae": 3.0}
NUMBERS |= {"loss": 0.1, "skill": 0.75, "scored_steps": 12}


def lines(
    metrics: dict[str, float], baseline: str = "naive forecast", target: tuple[str, ...] = ("y",), each: str = "step"
) -> list[str]:
    result: dict[str, Any] = {"run": "runs/a-1", "epoch": 3, "split": "test", "baseline": baseline}
    return result_lines({**result, "target": list(target), "each": each, "metrics": metrics})


def test_numbers() -> None:
    assert lines(NUMBERS) == [
        "test split, checkpoint of epoch 3  model  naive forecast",
        "mean squared error                     4              16",
        "root mean squared error                2               4",
        "mean absolute error                  1.5               3",
        "beats the naive forecast: 75% less squared error, over 12 scored steps",
        "run: runs/a-1",
    ]


def test_several_targets_each_by_its_own_error() -> None:
    several = {"mse.a": 4.0, "mse.b": 9.0, "baseline_mse.a": 16.0, "baseline_mse.b": 1.0, "skill": -0.5}
    assert lines({**NUMBERS, **several}, target=("a", "b"))[1:4] == [
        "root mean squared error, a             2               4",
        "root mean squared error, b             3               1",
        "does not beat the naive forecast, over 12 scored steps",
    ]


def test_a_normal_distribution() -> None:
    found = lines({**NUMBERS, "nll": 1.25, "baseline_nll": 2.5, "coverage": 0.875})
    assert found[3:6] == [
        "mean absolute error                   1.5               3",
        "negative log-likelihood, nats        1.25             2.5",
        "targets within the 90 % interval   87.50%",
    ]
    assert lines({**NUMBERS, "nll": 1.25, "coverage": 0.875})[4] == "negative log-likelihood, nats        1.25"


CLASSES = {"accuracy": 0.75, "baseline_accuracy": 0.5, "loss": 0.6931, "scored_steps": 1}


def test_classes_of_sequences() -> None:
    assert lines(CLASSES, "majority class", each="sequence") == [
        "test split, checkpoint of epoch 3   model  majority class",
        "accuracy                           75.00%          50.00%",
        "cross entropy, nats a sequence     0.6931",
        "beats the majority class: accuracy 25.0 points higher, over 1 sequence",
        "run: runs/a-1",
    ]


def test_classes_of_steps() -> None:
    assert lines({**CLASSES, "bits": 1.0, "perplexity": 2.0}, "majority class")[2:5] == [
        "cross entropy, nats a step         0.6931",
        "bits a step                             1",
        "perplexity                              2",
    ]


def test_binary_targets() -> None:
    found = lines({**CLASSES, "precision": 0.5, "recall": 0.25, "f1": 1 / 3}, "majority class", ("a", "b"))
    assert found[1:6] == [
        "accuracy                           75.00%          50.00%",
        "precision                          50.00%",
        "recall                             25.00%",
        "F1                                 33.33%",
        "cross entropy, nats a column       0.6931",
    ]


@pytest.mark.parametrize(
    ("accuracy", "verdict"),
    [
        (0.5006, "beats the majority class: accuracy 0.1 points higher"),
        (0.5004, "is no better than the majority class"),
        (0.5, "is no better than the majority class"),
        (0.4996, "is no better than the majority class"),
        (0.499, "does not beat the majority class"),
    ],
)
def test_no_gain_is_told_that_rounds_to_nothing(accuracy: float, verdict: str) -> None:
    found = lines({**CLASSES, "accuracy": accuracy, "scored_steps": 4}, "majority class")
    assert found[-2] == f"{verdict}, over 4 scored steps"


@pytest.mark.parametrize(
    ("skill", "verdict"),
    [
        (0.006, "beats the naive forecast: 1% less squared error"),
        (0.004, "is no better than the naive forecast"),
        (-0.004, "is no better than the naive forecast"),
        (-0.006, "does not beat the naive forecast"),
        (float("-inf"), "does not beat the naive forecast"),
    ],
)
def test_no_skill_is_told_that_rounds_to_nothing(skill: float, verdict: str) -> None:
    assert lines({**NUMBERS, "skill": skill})[-2] == f"{verdict}, over 12 scored steps"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.123456, "0.1235"), (12345.6, "12,346"), (1e-5, "1.000e-05"), (2e9, "2.000e+09"), (-1.5, "-1.5")],
)
def test_figures(value: float, text: str) -> None:
    assert figure(value) == text
