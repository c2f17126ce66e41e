"""Runs side by side: settings and metrics in which they differ, and nothing that is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnctl.runs.comparison import Comparison, compared, keys_of, whole_record
from rnnctl.runs.entries import entry_at
from rnnctl.runs.settings import MISSING
from tests.runs.folders import make, three


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def of(*paths: str) -> Comparison:
    found = [entry_at(Path(path)) for path in paths]
    return compared([entry for entry in found if entry is not None])


def settings(*texts: str) -> dict[str, tuple[Any, ...]]:
    """The rows of runs with these settings."""
    for number, text in enumerate(texts):
        (make(f"b-{number}") / "resolved.yaml").write_text(text)
    return {row.key: row.values for row in of(*(f"runs/b-{n}" for n in range(len(texts)))).settings}


def test_settings_and_metrics_that_differ() -> None:
    three()
    found = of("runs/b-1", "runs/b-2", "runs/b-3")
    assert {row.key: row.values for row in found.settings} == {
        "model.chain.0": ({"lstm": {"size": 8}}, {"lstm": {"size": 8}}, {"gru": {"size": 8}}),
        "training.window": (32, 64, 32),
    }
    assert {row.key: row.values for row in found.metrics} == {
        "best_epoch": (2, 3, MISSING),
        "test.loss": (0.5, 0.125, MISSING),
        "test.mse": (0.5, 0.125, MISSING),
        "test.skill": (0.25, 0.25, MISSING),
    }
    assert [course.curve("valid") for course in found.courses] == [[2.0, 1.0], [4.0, 3.0, 2.0], [2.0, 1.0]]
    assert found.troubles == ()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("a: 1\n", "a: 1\n"), {}),
        (("a: 1\n", "a: 1.0\n"), {}),
        (("a: 1\n", "a: true\n"), {"a": (1, True)}),
        (("a: 1\n", "a: '1'\n"), {"a": (1, "1")}),
        (("a: null\n", "b: null\n"), {"a": (None, MISSING), "b": (MISSING, None)}),
        (("a: .nan\n", "a: .nan\n"), {}),
        (("name: x\nformat: 1\nignore: [y]\n", "name: z\nformat: 2\n"), {}),
        (("a: [1, 2]\n", "a: [1, 3]\n"), {"a": ([1, 2], [1, 3])}),
        (("a: [x: 1, y: 2]\n", "a: [x: 1, y: 3]\n"), {"a.1.y": (2, 3)}),
        (("a: [x: 1]\n", "a: [x: 1, y: 3]\n"), {"a.1": (MISSING, {"y": 3})}),
        (("a: {x: {b: 1}}\n", "a: {y: {b: 1}}\n"), {"a": ({"x": {"b": 1}}, {"y": {"b": 1}})}),
        (("a: {x: {b: 1}}\n", "a: {x: {b: 2}}\n"), {"a.x.b": (1, 2)}),
        (("a: {x: 1, y: 2}\n", "a: 3\n"), {"a": ({"x": 1, "y": 2}, 3)}),
        (("a: 1\n", "a: [\n"), {}),  # which is told as a trouble
        (("- a\n", "a: 1\n", "a: 1\nb: 2\n"), {"b": (MISSING, MISSING, 2)}),
    ],
)
def test_what_counts_as_a_difference(texts: tuple[str, ...], expected: dict[str, Any]) -> None:
    assert settings(*texts) == expected


def test_runs_of_one_name_are_told_apart_by_their_paths() -> None:
    make("b-1", window=32)
    make("b-1", window=64, root="others")
    make("b-2", window=128)
    found = of("runs/b-1", "others/b-1", "runs/b-2")
    assert found.names == ("runs/b-1", "others/b-1", "b-2")
    told = found.as_dict()
    assert told["settings"] == [{"key": "training.window", "values": {"runs/b-1": 32, "others/b-1": 64, "b-2": 128}}]
    assert [run["name"] for run in told["runs"]] == ["runs/b-1", "others/b-1", "b-2"]
    assert of("runs/b-1", "runs/b-1").names == ("b-1", "b-1")


def test_what_cannot_be_read_is_told_and_the_rest_is_compared() -> None:
    make("b-1", window=32)
    path = make("b-2", window=64)
    (path / "resolved.yaml").write_text("a: [")
    (path / "metrics.jsonl").write_text("{\n")
    make("b-3", window=64)
    found = of("runs/b-1", "runs/b-2", "runs/b-3")
    assert found.troubles == (
        "b-2: resolved.yaml cannot be read",
        "b-2: metrics.jsonl: 1 line cannot be read",
    )
    assert found.settings == (("training.window", (32, MISSING, 64)),)


def test_the_keys_of_a_run() -> None:
    found = entry_at(make("b-1"))
    assert found is not None
    keys = keys_of(found)
    assert {"training.optimizer.adam.lr", "model.chain.0.lstm.size", "test.skill"} <= set(keys)
    assert whole_record(found)["name"] == "b"
    (found.path / "run.json").write_text("[]")
    assert whole_record(found) == {}
