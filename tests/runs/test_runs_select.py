"""Which of many runs are meant, and in which order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnctl.errors import UsageError
from rnnctl.runs.entries import Entry, Status, entries
from rnnctl.runs.select import Condition, condition, in_order, meant, order_key, select, value_of
from rnnctl.runs.settings import MISSING
from tests.runs.folders import make, three


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    monkeypatch.chdir(tmp_path)
    three()
    return entries(Path("runs"))


def names(runs: list[Entry]) -> list[str]:
    return [entry.name for entry in runs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training.window=64", Condition("training.window", "=", 64)),
        (" a.b  <=  1e-3 ", Condition("a.b", "<=", 0.001)),
        ("a==null", Condition("a", "==", None)),
        ("a!=no", Condition("a", "!=", "no")),
        ("a=[1, 2]", Condition("a", "=", [1, 2])),
        ("a=x=y", Condition("a", "=", "x=y")),
        ("a='1'", Condition("a", "=", "1")),
        ("a=[", Condition("a", "=", "[")),
        ("created>=2026-11-23", Condition("created", ">=", "2026-11-23")),
    ],
)
def test_conditions_as_they_are_read(text: str, expected: Condition) -> None:
    assert condition(text) == expected


@pytest.mark.parametrize(
    ("sign", "wanted", "found", "expected"),
    [
        ("=", 1, 1.0, True),
        ("=", 1, True, False),
        ("=", True, True, True),
        ("=", "adam", {"adam": {"lr": 1}}, True),
        ("!=", "adam", {"sgd": {}}, True),
        ("=", "adam", {"adam": 1, "sgd": 2}, False),
        ("=", [1, 2], [1.0, 2], True),
        ("=", None, None, True),
        ("!=", None, MISSING, False),
        ("<", 2, 1.5, True),
        ("<", 2, "1", False),
        (">=", "b", "b", True),
        (">", 0, float("nan"), False),
        ("<", 1, True, False),
        ("<", 10**400, 1.0, True),
    ],
)
def test_what_meets_a_condition(sign: str, wanted: Any, found: Any, expected: bool) -> None:
    assert Condition("a", sign, wanted).holds(found) is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["b-3", "b-2", "b-1"]),
        ("status", ["stopped", "finished", "finished"]),
        ("epoch", [2, 3, 2]),
        ("best_epoch", [MISSING, 3, 2]),
        ("training.window", [32, 64, 32]),
        ("model.chain.0.gru.size", [8, MISSING, MISSING]),
        ("test.mse", [MISSING, 0.125, 0.5]),
        ("valid.loss", [1.0, 2.0, 1.0]),
        ("train.loss", [2.0, 4.0, 2.0]),
        ("test", [MISSING, MISSING, MISSING]),
        ("valid.", [MISSING, MISSING, MISSING]),
        ("", [MISSING, MISSING, MISSING]),
        ("a..b", [MISSING, MISSING, MISSING]),
    ],
)
def test_what_a_run_has_under_a_key(runs: list[Entry], key: str, expected: list[Any]) -> None:
    assert [value_of(entry, key) for entry in runs] == expected


def test_all_of_one_kind_must_be_met_and_any_of_another(runs: list[Entry]) -> None:
    asked = [condition("training.window=32"), condition("valid.loss<=1")]
    assert names(select(runs, [], [], asked)[0]) == ["b-3", "b-1"]
    assert names(select(runs, ["*-1", "*-2"], [], asked)[0]) == ["b-1"]
    assert names(select(runs, [], [Status.stopped, Status.failed], asked)[0]) == ["b-3"]
    assert select(runs, ["no"], [], asked) == ([], [])  # nobody was asked


def test_keys_that_nobody_has(runs: list[Entry]) -> None:
    asked = [condition("training.windw=32"), condition("test.mse>100")]
    assert select(runs, [], [], asked) == ([], [])  # nobody was asked for the setting, which costs more
    assert select(runs, [], [], asked[:1]) == ([], ["training.windw"])
    assert meant(runs, "training.windw") == "training.window"
    assert meant(runs, "best_epochs") == "best_epoch"
    assert meant([], "statuss") == "status"


def test_orders(runs: list[Entry]) -> None:
    assert names(in_order(runs, "test.mse")) == ["b-2", "b-1", "b-3"]
    assert names(in_order(runs, "-test.mse")) == ["b-1", "b-2", "b-3"]
    assert names(in_order(runs, "name")) == ["b-1", "b-2", "b-3"]
    assert names(in_order(runs, "no")) == ["b-3", "b-2", "b-1"]
    assert names(in_order(runs, "-training.window")) == ["b-2", "b-3", "b-1"]  # of equals the newest first


def test_numbers_that_are_none_come_after_those_that_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, mse in enumerate((3.0, float("nan"), 1.0, 2.0)):
        path = make(f"b-{number}", number)
        record = (path / "run.json").read_text().replace('"mse": 0.5', f'"mse": {"NaN" if mse != mse else mse}')
        (path / "run.json").write_text(record)
    found = entries(Path("runs"))
    assert names(in_order(found, "test.mse")) == ["b-2", "b-3", "b-0", "b-1"]
    assert names(in_order(found, "-test.mse")) == ["b-0", "b-3", "b-2", "b-1"]


@pytest.mark.parametrize("text", ["", "-", " ", "- "])
def test_an_order_needs_a_key(text: str) -> None:
    with pytest.raises(UsageError, match="is no key to sort by"):
        order_key(text)
