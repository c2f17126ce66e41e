"""The sections: defaults, ranges, and nothing taken for what it is not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from rnnctl.config import sections
from rnnctl.config.diagnose import describe, unknown_key, validated
from rnnctl.config.sections import DataSection, OptimizerSection, Section, TrainingSection
from rnnctl.errors import Problem

ALL = [
    value
    for value in vars(sections).values()
    if isinstance(value, type) and issubclass(value, Section) and value is not Section
]


def messages(kind: type[Section], value: Any) -> list[str]:
    found, problems = validated(kind, value, ("s",))
    assert (found is None) == bool(problems)
    return [p.message for p in problems]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_key_says_what_it_is(kind: type[BaseModel]) -> None:
    assert kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.description, name


def test_what_is_left_out_is_as_documented() -> None:
    training, problems = validated(TrainingSection, {"loss": "mse"}, ("training",))
    assert not problems
    assert training is not None
    assert training.model_dump(exclude={"optimizer"}) == {
        "loss": "mse",
        "epochs": 10,
        "batch": 32,
        "window": None,
        "reset": "sequence",
        "learn_initial_state": False,
        "shuffle": True,
        "seed": 0,
        "precision": "float32",
        "threads": 1,
    }
    name, settings = training.optimizer.chosen
    assert (name, dict(settings)) == ("adam", {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8})


@pytest.mark.parametrize(
    ("written", "name", "settings"),
    [
        ("sgd", "sgd", {"lr": 1e-2, "momentum": 0.0}),
        ({"rmsprop": None}, "rmsprop", {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8}),
        (
            {"adamw": {"lr": 1, "betas": [0, 0.5]}},
            "adamw",
            {"lr": 1.0, "betas": (0.0, 0.5), "eps": 1e-8, "weight_decay": 0.01},
        ),
    ],
)
def test_an_optimizer_by_its_name_or_with_options(written: Any, name: str, settings: dict[str, Any]) -> None:
    training, problems = validated(TrainingSection, {"loss": "mse", "optimizer": written}, ("training",))
    assert not problems
    assert training is not None
    chosen, options = training.optimizer.chosen
    assert (chosen, dict(options)) == (name, settings)
    assert isinstance(dict(options)["lr"], float)


def test_columns_in_short_and_long_form() -> None:
    short, _ = validated(DataSection, {"csv": "a.csv", "input": "x", "target": "y"}, ("data",))
    long, _ = validated(
        DataSection, {"csv": "a.csv", "input": {"columns": ["x"]}, "target": {"column": "y"}}, ("data",)
    )
    assert short == long


@pytest.mark.parametrize("value", ["1", 1.5, 1.0, True, None, [], {}])
def test_a_whole_number_is_nothing_else(value: Any) -> None:
    assert messages(TrainingSection, {"loss": "mse", "epochs": value}) == [
        f"epochs must be a whole number, not {describe(value)}"
    ]


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None])
def test_a_truth_value_is_nothing_else(value: Any) -> None:
    assert messages(TrainingSection, {"loss": "mse", "shuffle": value}) == [
        f"shuffle must be true or false, not {describe(value)}"
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (2, "2"),
        (2.0, "2.0"),
        (1e30, "1e+30"),
        (float("nan"), "nan"),
        (10**100, "a whole number of very many digits"),
        ("abc", "the text 'abc'"),
        ("a" * 60, f"the text '{'a' * 37}…'"),
        ([], "a list"),
        ({}, "a mapping"),
    ],
)
def test_a_wrong_value_as_people_call_it(value: Any, text: str) -> None:
    assert describe(value) == text


def test_an_unknown_key_knows_where_it_belongs() -> None:
    def help_of(*path: str) -> str | None:
        return unknown_key(path, ("columns", "kind")).help

    assert help_of("data", "input", "colums") == "did you mean 'columns'? known here: columns, kind"
    assert help_of("data", "input", "window") == "'window' belongs under `training`"
    assert help_of("data", "input", "each") == "'each' belongs under `data.target`"
    assert help_of("momentum") == "'momentum' belongs under `training.optimizer.sgd`"
    assert help_of("data", "input", "nothing of the kind") == "known here: columns, kind"


def test_a_missing_key_is_not_told_of_beside_its_misspelling() -> None:
    assert messages(TrainingSection, {"los": "mse"}) == ["unknown key 'los'"]
    assert messages(TrainingSection, {"epochss": 3}) == ["missing key 'loss'", "unknown key 'epochss'"]


def test_a_list_of_fixed_length_is_told_of_once() -> None:
    found = messages(OptimizerSection, {"adam": {"betas": []}})
    assert found == ["betas has 0 items, too few"]


def test_a_problem_knows_its_setting() -> None:
    _, problems = validated(TrainingSection, {"loss": "mse", "optimizer": {"adam": {"lr": -1}}}, ("training",))
    assert problems == [Problem(("training", "optimizer", "adam", "lr"), "lr must be above 0, not -1")]
