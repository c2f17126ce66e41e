"""What may change between two parts of a run: configs compared key by key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.config import Resolved, open_config
from rnnctl.config.compare import compare
from rnnctl.errors import CheckpointError
from rnnctl.runs.checkpoint import save
from rnnctl.runs.directory import Run, create_run
from rnnctl.runs.resume import Resumption, begin_again, plan_resume

CONFIG = """\
name: b
data: {csv: d.csv, input: [x], target: {column: x, ahead: 1}}
model: {chain: [dense: 1]}
training: {loss: mse, window: 4}
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a 1 -> 2"]),
        ({"a": 1}, {"a": 1.0}, ["a 1 -> 1.0"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 4}}, ["a.b 1 -> 3", "a.c 2 -> 4"]),
        ({"a": [1, 2]}, {"a": (1, 2)}, []),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a [1, 2] -> [1, 3]"]),
        ({"a": None}, {"a": {"b": 1}}, ["a null -> {b: 1}"]),
        ({"a": {"x": {"p": 1}}}, {"a": {"y": {"p": 2}}}, ["a x -> y"]),
        ({"a": {"x": {"p": 1}}}, {"a": {"x": {"p": 2}}}, ["a.x.p 1 -> 2"]),
        ({"a": "constant"}, {"a": {"cosine": {"to": 0}}}, ["a constant -> {cosine: {to: 0}}"]),
        ({"c": [{"l": {"s": 1}}, {"d": {"s": 1}}]}, {"c": [{"l": {"s": 2}}, {"e": {}}]}, ["c.0.l.s 1 -> 2", "c.1 d -> e"]),  # noqa: E501
        ({"c": [{"l": 1}]}, {"c": [{"l": 1}, {"d": 1}]}, ["c.1 null -> {d: 1}"]),
        ({"c": ["last", {"d": 1}]}, {"c": ["mean", {"d": 1}]}, ["c.0 last -> mean"]),
        ({"a": 1}, {"b": 2}, ["a -> b"]),
        ({"a": True, "n": "x"}, {"a": False, "n": "y"}, ["a true -> false", "n x -> y"]),
    ],
)  # fmt: skip
def test_what_differs_between_two_configs(before: Any, after: Any, told: list[str]) -> None:
    assert [str(change).strip() for change in compare(before, after)] == told


@pytest.fixture
def resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolved:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(40)))
    return made()


def made(**training: Any) -> Resolved:
    more = "".join(f", {key}: {value}" for key, value in training.items())
    Path("c.yaml").write_text(CONFIG.replace("window: 4", f"window: 4{more}"))
    return open_config(Path("c.yaml"))


def started(resolved: Resolved) -> Run:
    return create_run(Path("runs"), resolved, resolved.written, {"input": None, "target": None})


def saved_in(run: Run, resolved: Resolved, **place: int) -> None:
    """A checkpoint of the second epoch's third window, unless another place is given."""
    where = {"epoch": 2, "batch": 0, "window": 3, "windows": 3, "update": 9, **place}
    record = {"run": run.seal(), "state": {"place": where}, "config": resolved.as_plain(), "versions": {}}
    save(run.checkpoint("last"), {"0.W": np.zeros((1, 1))}, record)


def plan(run: Run, resolved: Resolved) -> Resumption:
    return plan_resume(run, "last", resolved, {"processor": "any"})


def test_a_run_without_a_checkpoint_starts_over(resolved: Resolved) -> None:
    run = started(resolved)
    found = plan(run, made(epochs=20))
    assert (found.saved, found.complete) == (None, False)
    assert found.place == {"epoch": 1, "batch": 0, "window": 0, "windows": 0, "update": 0}
    assert [str(change) for change in found.changes] == ["training.epochs 10 -> 20"]
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        plan_resume(run, "previous", resolved, {})


@pytest.mark.parametrize(
    ("place", "epochs", "complete"),
    [
        ({}, 10, False),
        ({"epoch": 10}, 10, False),
        ({"epoch": 11, "window": 0}, 10, True),
        ({"epoch": 11, "window": 0}, 11, False),
        ({"epoch": 2}, 2, False),
        ({"epoch": 3, "window": 0}, 2, True),
    ],
)
def test_when_all_epochs_are_trained(resolved: Resolved, place: dict[str, int], epochs: int, complete: bool) -> None:
    run = started(resolved)
    saved_in(run, resolved, **place)
    assert plan(run, made(epochs=epochs)).complete is complete


@pytest.mark.parametrize(
    ("place", "epochs", "begun"), [({}, 1, 2), ({"window": 0, "batch": 1}, 1, 2), ({"epoch": 9}, 4, 9)]
)
def test_fewer_epochs_than_were_begun(resolved: Resolved, place: dict[str, int], epochs: int, begun: int) -> None:
    run = started(resolved)
    saved_in(run, resolved, **place)
    with pytest.raises(CheckpointError, match=f"cannot go on to epoch {epochs}: epoch {begun} has begun"):
        plan(run, made(epochs=epochs))


def test_what_is_ignored_may_change(resolved: Resolved) -> None:
    run = started(resolved)
    saved_in(run, resolved)
    found = plan(run, replace(made(epochs=20), ignore=("window-cuts-few",)))
    assert [str(change) for change in found.changes] == [
        "training.epochs 10 -> 20",
        "ignore null -> [window-cuts-few]",
    ]


def test_threads_that_were_chosen_are_used_again(resolved: Resolved) -> None:
    """`auto` measured once: another choice would be other bits."""
    run = started(made(threads=2))
    saved_in(run, made(threads=2))
    assert plan(run, made(threads="auto")).resolved.training.threads == 2
    assert plan(run, made(threads="auto")).changes == ()
    [change] = plan(run, made(threads=1)).changes
    assert str(change) == "training.threads 2 -> 1"


def test_a_resume_is_written_down(resolved: Resolved) -> None:
    run = started(resolved)
    saved_in(run, resolved)
    run.update_record(status="failed", error="no space")
    made_at = run.resolved.stat().st_mtime_ns
    begin_again(plan(run, made(epochs=20)))
    record = run.record()
    assert (record["status"], "error" in record) == ("running", False)
    [entry] = record["resumed"]
    assert len(entry.pop("at")) == len("2026-01-01T00:00:00+00:00")
    assert entry == {
        "from": "last",
        "epoch": 2,
        "update": 9,
        "changes": {"training.epochs": [10, 20]},
        "versions": [],
    }
    assert run.open().training.epochs == 20
    assert run.resolved.stat().st_mtime_ns == made_at
    assert run.config.read_text() == CONFIG
    begin_again(plan(run, made(epochs=20)))
    assert len(run.record()["resumed"]) == 2


@pytest.mark.parametrize("place", [None, {}, {"epoch": 1}, {"epoch": "1", "batch": 0, "window": 0}])
def test_a_checkpoint_without_a_place(resolved: Resolved, place: Any) -> None:
    run = started(resolved)
    save(run.checkpoint("last"), {"0.W": np.zeros((1, 1))}, {"run": run.seal(), "state": {"place": place}})
    with pytest.raises(CheckpointError, match="holds weights alone: training cannot go on from it"):
        plan(run, resolved)
