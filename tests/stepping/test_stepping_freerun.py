"""Free runs: the output as the next input, in the data's units, undone like any step, the same by seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.console import Console
from rnnctl.stepping.freerun import free_run, next_input, why_not
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, make_run

OWN = FORECAST.replace("PRECISION", "float64").replace(
    "{column: load, ahead: 2}", "{columns: [wind, load, temperature], ahead: 1}"
)


@pytest.fixture
def forecasting(tmp_path: Path) -> Session:
    return Session(load_model(make_run(tmp_path, OWN.replace("dense: 1", "dense: 3"))))


@pytest.fixture
def spelling(symbol_run: Run) -> Session:
    return Session(load_model(symbol_run))


def test_numbers_go_on_in_the_units_of_the_data(forecasting: Session) -> None:
    assert why_not(forecasting.model) is None
    first = forecasting.step({"temperature": 12, "wind": 0.5})
    steps = list(free_run(forecasting, 3))
    assert [step.t for step in steps] == [2, 3, 4]
    given = [dict(step.given) for step in steps]
    names = ("temperature", "wind")
    assert given == [{name: step.shown[name] for name in names} for step in (first, *steps[:-1])]
    assert list(first.shown) == ["wind", "load", "temperature"]


def test_steps_of_a_free_run_can_be_undone(forecasting: Session) -> None:
    forecasting.step((12, 0.5))
    carry = forecasting.carry
    run = free_run(forecasting, 5)
    next(run), next(run)
    assert forecasting.t == 3
    forecasting.back(2)
    assert forecasting.carry is carry


def test_the_most_probable_symbol(spelling: Session) -> None:
    last = spelling.step("B")
    for step in free_run(spelling, 8, temperature=0):
        assert step.given["symbol"] == last.top(1)[0][0]
        last = step


def test_a_seed_tells_the_symbols(spelling: Session) -> None:
    def text(count: int, seed: int) -> str:
        return "".join(str(step.given["symbol"]) for step in free_run(spelling, count, seed=seed))

    spelling.step("B")
    whole = text(30, 5)
    spelling.back(30)
    assert text(12, 5) + text(18, 5) == whole
    spelling.back(30)
    assert text(30, 6) != whole
    assert set(whole) > {"B"}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_symbols_come_as_often_as_they_are_probable(spelling: Session, temperature: float) -> None:
    last = spelling.step("B")
    wanted = np.array(list(last.shown.values())) ** (1 / temperature)
    drawn = [next_input(spelling.model, last, temperature, seed) for seed in range(4000)]
    shares = np.array([drawn.count(symbol) for symbol in last.shown]) / 4000
    np.testing.assert_allclose(shares, wanted / wanted.sum(), atol=0.03)


def test_a_temperature_near_zero_is_the_most_probable(spelling: Session) -> None:
    last = spelling.step("B")
    assert {next_input(spelling.model, last, 1e-9, seed) for seed in range(20)} == {last.top(1)[0][0]}
    assert len({next_input(spelling.model, last, 1e9, seed) for seed in range(200)}) == 7


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "temperature, wind of its input does not stand in its output (load)"),
        (
            {"input: [temperature, wind]": "input: wind", "column: load": "column: wind"},
            "its output is wind in 2 steps, and not of the next step",
        ),
        (
            {"input: [temperature, wind]": "input: wind", "column: load, ahead: 2": "column: wind"},
            "its output is wind of the step itself, and not of the next step",
        ),
    ],
)
def test_why_a_model_cannot_run_by_itself(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    text = FORECAST.replace("PRECISION", "float32")
    for old, new in change.items():
        text = text.replace(old, new)
    model = load_model(make_run(tmp_path, text))
    assert why_not(model) == reason
    session = Session(model)
    session.step(dict.fromkeys(model.facts.input.names, 1.0))
    with pytest.raises(UsageError) as caught:
        free_run(session, 3)
    assert str(caught.value) == f"the model cannot run by itself: {reason} (give each input yourself)"
    assert session.t == 1


@pytest.mark.parametrize(
    ("task", "layers", "loss", "reason"),
    [
        (
            "adding: {sequences: 20, length: 12}",
            "{lstm: 2}, {dense: 1}",
            "mse",
            "it gives one answer for a whole sequence",
        ),
        (
            "copy: {sequences: 20, blanks: 4, symbols: 2}",
            "one_hot, {lstm: 2}, {dense: 9}",
            "cross_entropy",
            "symbol of its input does not stand in its output (answer)",
        ),
    ],
)
def test_tasks_whose_answer_is_no_input(tmp_path: Path, task: str, layers: str, loss: str, reason: str) -> None:
    text = f"name: t\ndata: {{task: {{{task}}}}}\nmodel: {{chain: [{layers}]}}\ntraining: {{loss: {loss}}}\n"
    assert why_not(load_model(make_run(tmp_path, text))) == reason


def test_nothing_is_drawn_for_numbers(forecasting: Session) -> None:
    console = Console(forecasting)
    console.run("12,0.5")
    for line in ("free 2 seed 2", "free on seed 0"):
        with pytest.raises(UsageError) as caught:
            console.run(line)
        assert str(caught.value) == "seed is for models of symbols (leave it out: nothing is drawn for numbers)"
    assert (console.session.t, console.free) == (1, None)


def test_a_label_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("wind,sky\n" + "1,grey\n2,blue\n3,grey\n" * 20)
    text = "name: sky\ndata: {csv: days.csv, input: wind, target: {column: sky, kind: class, ahead: 1}}\n"
    text += "model: {chain: [{lstm: 2}, {dense: 2}]}\ntraining: {loss: cross_entropy}\n"
    assert why_not(load_model(make_run(tmp_path, text))) == "its input is numbers, and its output (sky) is a class"


def test_what_a_free_run_needs(forecasting: Session, spelling: Session) -> None:
    with pytest.raises(UsageError) as caught:
        free_run(spelling, 3)
    assert str(caught.value) == "there is no output to go on from (make a first step with an input)"
    spelling.step("B")
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="the temperature cannot be"):
            free_run(spelling, 3, temperature=wrong)
    with pytest.raises(UsageError) as caught:
        free_run(spelling, 0)
    assert str(caught.value) == "a free run has at least one step, not 0"
    forecasting.step((12, 0.5))
    with pytest.raises(UsageError) as caught:
        free_run(forecasting, 3, temperature=1.0)
    assert str(caught.value) == "temperature is for models of symbols (leave it out: numbers go on as they are)"
