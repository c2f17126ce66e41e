"""The judges of the published criteria, against models that know the answers and miss them by a given amount."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import criteria
import numpy as np
import pytest
import torch
from criteria import Result, Verdict

from rnnctl.config.read import parse_config
from rnnctl.data.dataset import Dataset, load
from rnnctl.data.spec import Split, TaskSource
from rnnctl.data.tasks.reber import SYMBOLS, legal_next
from rnnctl.document import dump


class Answers:
    """What a judge needs of a model: outputs (S, T, O) as a function of inputs (S, T, …)."""

    def __init__(self, outputs: Callable[[Any], Any]) -> None:
        self.outputs = outputs

    def initial_carry(self, rows: int) -> tuple[()]:
        return ()

    def unroll(self, carry: tuple[()], x: torch.Tensor) -> tuple[tuple[()], torch.Tensor]:
        return carry, torch.as_tensor(self.outputs(x.numpy()))


def dataset(task: str, **options: int) -> Dataset:
    source = TaskSource(task, {"sequences": 40, "seed": 0, **options})
    return load(source, Split(0.5, 0.25, 0.25), "standard", seed=0)


LEGAL = {"BTBTXSET": ["TP", "B", "TP", "SX", "XS", "E", "T", "E"]}


def mask(string: str) -> Any:
    return np.array([[float(symbol in ways) for symbol in SYMBOLS] for ways in LEGAL[string]])


def test_ranked_first() -> None:
    string = "BTBTXSET"
    assert criteria.ranked_first(string, mask(string))
    assert criteria.ranked_first(string, -3 + 1e-6 * mask(string))


@pytest.mark.parametrize(("step", "symbol", "value"), [(6, "P", 1.0), (6, "P", 2.0), (3, "S", 0.0), (0, "E", 1.0)])
def test_one_symbol_that_is_not_ranked_first_or_as_high_as_one_that_must_be(
    step: int, symbol: str, value: float
) -> None:
    string = "BTBTXSET"
    outputs = mask(string)
    outputs[step, SYMBOLS.index(symbol)] = value
    assert not criteria.ranked_first(string, outputs)


def grammar(codes: Any, *, forgets: str = "") -> Any:
    """The legal symbols after each; a string whose second symbol is in `forgets` is told to end in either."""
    strings = ["".join(SYMBOLS[code] for code in row) for row in codes]
    told = np.array([[[float(s in ways) for s in SYMBOLS] for ways in legal_next(string)] for string in strings])
    for string, outputs in zip(strings, told, strict=True):
        if string[1] in forgets:
            outputs[-2, [SYMBOLS.index("T"), SYMBOLS.index("P")]] = 1.0
    return told


def test_reber() -> None:
    data = dataset("reber", part=1)
    assert criteria.reber(Answers(grammar), data) == Verdict(0, 30)
    assert criteria.reber(Answers(lambda codes: grammar(codes, forgets="TP")), data) == Verdict(30, 30)
    seconds = [
        data.train.inputs[origin + 1] for split in (data.train, data.test) for origin in split.origins
    ]  # of every string that is judged
    wrong = seconds.count(SYMBOLS.index("T"))
    assert 0 < wrong < 30
    assert criteria.reber(Answers(lambda codes: grammar(codes, forgets="T")), data) == Verdict(wrong, 30)


@pytest.mark.parametrize(("miss", "wrong"), [(0.0, 0), (0.0399, 0), (-0.0399, 0), (0.0401, 10), (-0.0401, 10)])
def test_adding_is_judged_in_the_units_of_the_task(miss: float, wrong: int) -> None:
    data = dataset("adding", length=20)
    assert data.scaling.input is not None
    assert data.scaling.target is not None

    def outputs(x: Any) -> Any:
        pairs = data.scaling.input.to_data(x.astype(np.float64))  # type: ignore[union-attr]
        total = np.where(pairs[..., 1] > 0.5, pairs[..., 0], 0).sum(1)
        answer = np.repeat(0.5 + total / 4 + miss, x.shape[1]).reshape(*x.shape[:2], 1)
        return data.scaling.target.to_model(answer)  # type: ignore[union-attr]

    assert criteria.adding(Answers(outputs), data) == Verdict(wrong, 10)


@pytest.mark.parametrize(("share", "wrong"), [(1.0, 0), (0.701, 0), (0.699, 10), (0.25, 10)])
def test_temporal_order_is_judged_by_probabilities(share: float, wrong: int) -> None:
    data = dataset("temporal_order", length=20)

    def outputs(codes: Any) -> Any:
        found = np.zeros((*codes.shape, 4))
        for row, symbols in enumerate(codes):
            first, second = (int(code) - 4 for code in symbols if code in (4, 5))
            rest = 1 - share
            right = 2 * first + second
            others = [c for c in range(4) if c != right]
            probabilities = np.zeros(4)
            probabilities[right], probabilities[others] = share, [rest, 0, 0]
            found[row, -1] = np.log(probabilities + 1e-30)
        return found

    assert criteria.temporal_order(Answers(outputs), data) == Verdict(wrong, 10)


def test_a_trial_is_its_config_with_a_seed() -> None:
    """Of reber the seed says which strings there are, too."""
    lstm = criteria.TRIALS[0].value(7)
    written = criteria.load(criteria.ROOT / "configs/reber.yaml").value
    assert lstm["training"] == {**written["training"], "seed": 7}
    assert lstm["data"]["task"] == {"reber": {**written["data"]["task"]["reber"], "seed": 7}}
    assert {**lstm, "data": 0, "training": 0} == {**written, "data": 0, "training": 0}
    [adding] = [trial.value(7) for trial in criteria.TRIALS if trial.config == "adding"]
    assert adding["training"]["seed"] == 7
    assert "seed" not in adding["data"]["task"]["adding"]
    keys = {trial.key(seed) for trial in criteria.TRIALS for seed in range(3)}
    assert len(keys) == 3 * len(criteria.TRIALS)


def test_another_layer_in_the_place_of_the_lstm() -> None:
    lstm, *others = (trial.value(7) for trial in criteria.TRIALS if trial.config == "reber")
    [[name, size]] = lstm["model"]["chain"][1].items()
    assert lstm["cells"][name]["options"]["keep"]["real"] == criteria.KEEP
    assert [other["model"]["chain"][1] for other in others] == [
        {"lstm": size},
        {"rnn": size},
        {"rnn": size},
        {"dropout_rnn": size},
        {"rnn": criteria.TRIALS[-1].layer["rnn"]},
    ]
    assert [other["training"].pop("window", None) for other in others] == [None, 1, None, None, None]
    for other in others:
        assert [other["model"]["chain"][i] for i in (0, 2)] == [lstm["model"]["chain"][i] for i in (0, 2)]
        assert {**other, "model": 0, "cells": 0} == {**lstm, "model": 0, "cells": 0}
        parse_config(dump(other), "c.yaml")


RESULT = Result("k", "reber", "LSTM", 0, 1655, 0, 512, True, 50, 80, 256, 12800, 20.0)


def test_finished_runs_are_read_back_and_a_line_cut_short_is_not(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert criteria.finished(out) == {}
    line = json.dumps(asdict(RESULT))
    out.write_text(f"{line}\n{line[:40]}", "utf-8")
    assert criteria.finished(out) == {"k": RESULT}


def test_the_table_stands_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{criteria.BEGIN}\nold\n{criteria.END}\nbelow\n", "utf-8")
    other = replace(RESULT, seed=1, wrong=3, success=False, presented=20480, seconds=30.0)
    criteria.write(page, [RESULT, other])
    criteria.write(page, [RESULT, other])
    lines = page.read_text("utf-8").splitlines()
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("above", criteria.BEGIN, criteria.END, "below")
    assert lines[-3] == "| `reber` | LSTM | 1,655 | 1 of 2 | 0, 1.5, 3 | 512 | 256 | 16,640, 20,480 | 25 |"
    assert "old" not in lines
