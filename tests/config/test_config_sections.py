"""The sections: defaults, ranges, and nothing taken for what it is not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from rnnctl.config import sections
from rnnctl.config.diagnose import describe, validated
from rnnctl.config.places import TOP
from rnnctl.config.sections import (
    DataSection,
    LossSection,
    OptimizerSection,
    ScheduleSection,
    Section,
    TrainingSection,
)
from rnnctl.config.unknown import unknown_key
from rnnctl.errors import Problem, nearest

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
    assert training.model_dump(exclude={"loss", "optimizer", "schedule"}) == {
        "clip": None,
        "epochs": 10,
        "early_stopping": None,
        "batching": "sequences",
        "batch": 32,
        "window": None,
        "reset": {"policy": "sequence", "before": None, "after": None},
        "burn_in": 0,
        "learn_initial_state": False,
        "shuffle": None,
        "seed": 0,
        "precision": "float32",
        "threads": 1,
    }
    assert chosen(training.loss) == ("mse", {})
    assert chosen(training.optimizer) == ("adam", {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8})
    assert chosen(training.schedule) == ("constant", {"warmup": 0})


def chosen(section: LossSection | OptimizerSection | ScheduleSection) -> tuple[str, dict[str, Any]]:
    name, settings = section.chosen
    return name, dict(settings)


@pytest.mark.parametrize(
    ("key", "short", "whole"),
    [
        ("loss", "mse", {"mse": {}}),
        ("loss", {"huber": None}, {"huber": {"delta": 1.0}}),
        ("schedule", "cosine", {"cosine": {"warmup": 0, "to": 0.0}}),
        ("schedule", {"step": {"every": 2}}, {"step": {"every": 2, "factor": 0.5, "warmup": 0}}),
        ("window", 32, {"update": 32}),
        ("window", {"update": 4, "backward": None}, 4),
        ("reset", "window", {"policy": "window"}),
        ("reset", {}, "sequence"),
        ("early_stopping", 5, {"patience": 5, "margin": 0.0}),
    ],
)
def test_sections_in_short_and_long_form(key: str, short: Any, whole: Any) -> None:
    found = [validated(TrainingSection, {"loss": "mse", key: value}, ("training",)) for value in (short, whole)]
    assert not any(problems for _, problems in found)
    assert found[0][0] == found[1][0]


@pytest.mark.parametrize(
    ("written", "depth"), [(32, 32), ({"update": 8, "backward": 24}, 24), ({"update": 8, "backward": 8}, 8)]
)
def test_how_far_back_a_gradient_goes(written: Any, depth: int) -> None:
    training, problems = validated(TrainingSection, {"loss": "mse", "window": written}, ("training",))
    assert not problems
    assert training is not None
    assert training.window is not None
    assert training.window.depth == depth


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
    assert chosen(training.optimizer) == (name, settings)
    assert isinstance(chosen(training.optimizer)[1]["lr"], float)


def test_columns_in_short_and_long_form() -> None:
    short, _ = validated(DataSection, {"csv": "a.csv", "input": "x", "target": "y"}, ("data",))
    long, _ = validated(
        DataSection, {"csv": "a.csv", "input": {"columns": ["x"]}, "target": {"column": "y"}}, ("data",)
    )
    assert short == long


def test_columns_are_not_without_number() -> None:
    assert messages(DataSection, {"csv": "a", "input": ["a"] * 10_000, "target": {"columns": ["a"] * 10_000}}) == []
    assert messages(DataSection, {"csv": "a", "input": ["a"] * 10_001, "target": {"columns": ["a"] * 10_001}}) == [
        "columns has 10001 items, more than 10000",
        "columns has 10001 items, more than 10000",
    ]


@pytest.mark.parametrize("value", ["1", 1.5, 1.0, True, None, [], {}])
def test_a_whole_number_is_nothing_else(value: Any) -> None:
    assert messages(TrainingSection, {"loss": "mse", "epochs": value}) == [
        f"epochs must be a whole number, not {describe(value)}"
    ]


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None, [], {}])
def test_a_truth_value_is_nothing_else(value: Any) -> None:
    assert messages(TrainingSection, {"loss": "mse", "learn_initial_state": value}) == [
        f"learn_initial_state must be true or false, not {describe(value)}"
    ]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, "at least 1 or auto"), (1025, "at most 1024 or auto")]
    + [(value, "a whole number or auto") for value in ("many", "AUTO", 2.0, True, None, [], [1], {}, {"auto": 1})],
)
def test_a_number_or_a_word_is_told_of_once(value: Any, wanted: str) -> None:
    assert messages(TrainingSection, {"loss": "mse", "threads": value}) == [
        f"threads must be {wanted}, not {describe(value)}"
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"window": 0}, "window must be at least 1, not 0"),
        ({"window": {"update": 0}}, "update must be at least 1, not 0"),
        ({"window": [3]}, "window must be a whole number, null or a mapping, not a list"),
        ({"window": 2.0}, "window must be a whole number, null or a mapping, not 2.0"),
        ({"window": {"update": 2.0}}, "update must be a whole number, not 2.0"),
        ({"reset": 3}, "reset must be one of sequence, window, epoch, never, not 3"),
        ({"reset": None}, "reset must be one of sequence, window, epoch, never, or a mapping, not nothing"),
        ({"reset": {"policy": 3}}, "policy must be one of sequence, window, epoch, never, not 3"),
        ({"early_stopping": 0}, "early_stopping must be at least 1, not 0"),
        ({"early_stopping": "no"}, "early_stopping must be a whole number, null or a mapping, not the text 'no'"),
        ({"early_stopping": {"patience": "no"}}, "patience must be a whole number, not the text 'no'"),
        ({"clip": 1}, "clip must be a mapping, not 1"),
        ({"clip": []}, "clip must be a mapping, not a list"),
        ({"loss": {"huber": 2}}, "huber must be a mapping, not 2"),
        ({"loss": None}, "loss must be the name of a loss, or a mapping, not nothing"),
        ({"loss": ["mse"]}, "loss must be the name of a loss, or a mapping, not a list"),
        ({"loss": "msee"}, "unknown loss 'msee'"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin'"),
        ({"schedule": 3}, "schedule must be the name of a schedule, or a mapping, not 3"),
        ({"schedule": "step"}, "missing key 'every'"),
        ({"schedule": {"step": {"evry": 3}}}, "unknown key 'evry'"),
    ],
)
def test_a_short_form_is_called_by_its_own_name(written: dict[str, Any], told: str) -> None:
    assert messages(TrainingSection, {"loss": "mse", **written}) == [told]


@pytest.mark.parametrize("key", TrainingSection.model_fields)
@pytest.mark.parametrize("value", [-1.5, "zz", True, None, [], [[]], {}, {"zz": 1}, {"zz": {"zz": []}}, 10**40])
def test_no_word_of_pydantic_is_told(key: str, value: Any) -> None:
    _, problems = validated(TrainingSection, {"loss": "mse", key: value}, ("training",))
    for problem in problems:
        text = f"{problem.message} {problem.help}"
        assert not any(word in text for word in ("Input", "input should", "literal[", "constrained", "valid ")), text
        assert not any("constrained" in str(part) or "[" in str(part) for part in problem.setting), problem.setting


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
    assert help_of("loss") == "'loss' belongs under `training`"
    assert help_of("data", "learn_initial_state") == "'learn_initial_state' belongs under `training`"
    assert help_of("model", "burn_in") == "'burn_in' belongs under `training`"
    assert help_of("layers") == "'chain' belongs under `model`"
    assert help_of("sine") == "'sine' belongs under `data.task`"
    assert help_of("model", "gru") == "'gru' belongs under `model.chain`"
    assert help_of("model", "training") == "'training' belongs at the top of the file, without a space before it"
    assert help_of("data", "input", "nothing of the kind") == "known here: columns, kind"


def test_a_bad_guess_is_none() -> None:
    for key in ("rate", "sine", "layers"):
        assert nearest(key, TOP) is None


def test_what_has_no_settings_says_so() -> None:
    assert unknown_key(("training", "loss", "mse", "a"), ()).help == "leave it out: mse has no settings"


def test_a_missing_key_is_not_told_of_beside_its_misspelling() -> None:
    assert messages(TrainingSection, {"los": "mse"}) == ["unknown key 'los'"]
    assert messages(TrainingSection, {"epochss": 3}) == ["missing key 'loss'", "unknown key 'epochss'"]


def test_a_list_of_fixed_length_is_told_of_once() -> None:
    found = messages(OptimizerSection, {"adam": {"betas": []}})
    assert found == ["betas has 0 items, too few"]


def test_a_problem_knows_its_setting() -> None:
    _, problems = validated(TrainingSection, {"loss": "mse", "optimizer": {"adam": {"lr": -1}}}, ("training",))
    assert problems == [Problem(("training", "optimizer", "adam", "lr"), "lr must be above 0, not -1")]
