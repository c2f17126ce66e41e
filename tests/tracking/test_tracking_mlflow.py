"""An MLflow run, read back by MLflow's own client from its local store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from rnnctl.runs.directory import Run
from rnnctl.runs.listing import FORMAT
from rnnctl.tracking import mlflow
from rnnctl.tracking.mlflow import Mlflow, flat
from rnnctl.tracking.points import Point
from tests.tracking.readers import client, metrics, only_run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's about SQLAlchemy

CONFIG: dict[str, Any] = {
    "name": "tiny",
    "model": {"chain": [{"gru": {"size": 4}}, {"dense": {"size": 1}}]},
    "training": {"optimizer": {"adam": {"lr": 0.01}}, "window": None, "shuffle": True},
    "ignore": [],
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    found = Run(tmp_path / "runs" / "tiny-1")
    found.path.mkdir(parents=True)
    found.resolved.write_text("name: tiny\n")
    found.metrics.write_text('{"epoch": 1}\n')
    versions = {"python": "3.11.7", "torch": "2.13.0"}
    found.write_record({"format": FORMAT, "versions": versions, "tracking": {"mlflow": {"on": True, "uri": "here"}}})
    return found


def uri(store: Path) -> str:
    return f"sqlite:///{store}"


def point(step: int, value: float = 0.5, name: str = "update/loss") -> Point:
    return Point(name, step, value, 1_700_000_000.25 + step)


def test_a_run_from_its_beginning_to_its_end(run: Run, store: Path) -> None:
    tracker = Mlflow(run, uri(store), CONFIG)
    tracker.begin()
    assert only_run(store, "tiny").info.status == "RUNNING"
    tracker.send([point(1, 0.1), point(1, 3.0, "train/mse.größe (m)"), point(2, 0.2)])
    tracker.end("finished")
    found = only_run(store, "tiny")
    assert found.info.run_name == "tiny-1"
    assert found.info.status == "FINISHED"
    assert found.info.end_time is not None
    assert metrics(store, found) == {"update/loss": [(1, 0.1), (2, 0.2)], "train/mse.größe _m_": [(1, 3.0)]}
    (first, _) = sorted(client(store).get_metric_history(found.info.run_id, "update/loss"), key=lambda m: m.step)
    assert first.timestamp == 1_700_000_001_250
    assert found.data.params == {
        "name": "tiny",
        "model.chain.0.gru.size": "4",
        "model.chain.1.dense.size": "1",
        "training.optimizer.adam.lr": "0.01",
        "training.window": "null",
        "training.shuffle": "true",
        "ignore": "[]",
    }
    own = {key: value for key, value in found.data.tags.items() if not key.startswith("mlflow.")}
    assert own == {"directory": str(run.path), "version.python": "3.11.7", "version.torch": "2.13.0"}
    assert found.data.tags["mlflow.source.name"] == "rnnctl"
    kept = store.parent / "mlruns" / "tiny" / found.info.run_id / "artifacts"
    assert {path.name: path.read_text() for path in kept.iterdir()} == {
        "metrics.jsonl": '{"epoch": 1}\n',
        "resolved.yaml": "name: tiny\n",
    }
    record = json.loads((run.path / "run.json").read_text())
    assert record["tracking"] == {"mlflow": {"on": True, "uri": "here", "run": found.info.run_id}}


@pytest.mark.parametrize(
    ("status", "told"), [("stopped", "KILLED"), ("interrupted", "KILLED"), ("failed", "FAILED"), ("running", "FAILED")]
)
def test_how_training_ended(run: Run, store: Path, status: str, told: str) -> None:
    Mlflow(run, uri(store), CONFIG).end(status)
    assert only_run(store, "tiny").info.status == told


def test_what_goes_on_is_the_same_run_without_doubled_steps(run: Run, store: Path) -> None:
    first = Mlflow(run, uri(store), CONFIG)
    first.send([point(step, 1.0) for step in (1, 2, 3)])
    first.end("interrupted")
    entry = {"changes": {"training.epochs": [5, 10]}}
    run.update_record(resumed=[entry])
    so_far = [point(step, 4.0, "train/mse") for step in (1, 2)]
    second = Mlflow(run, uri(store), {**CONFIG, "ignore": ["a"]}, so_far)
    second.begin()
    assert only_run(store, "tiny").info.status == "RUNNING"
    second.send([point(step, 2.0) for step in (2, 3, 4)])
    found = only_run(store, "tiny")
    assert metrics(store, found) == {
        "update/loss": [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0)],
        "train/mse": [(1, 4.0), (2, 4.0)],
    }
    assert found.data.params["ignore"] == "[]"  # a parameter of MLflow cannot be changed
    assert found.data.tags["changed.training.epochs"] == "10"
    assert found.data.tags["resumed"] == "1"
    Mlflow(run, uri(store), CONFIG, so_far).begin()
    assert metrics(store, only_run(store, "tiny"))["train/mse"] == [(1, 4.0), (2, 4.0)]


def test_a_run_that_mlflow_no_longer_has_is_made_anew(run: Run, store: Path) -> None:
    Mlflow(run, uri(store), CONFIG).begin()
    before = only_run(store, "tiny").info.run_id
    client(store).delete_run(before)
    Mlflow(run, uri(store), CONFIG, [point(1)]).begin()
    after = only_run(store, "tiny")
    assert after.info.run_id != before
    assert metrics(store, after) == {"update/loss": [(1, 0.5)]}
    other = store.with_name("other.db")
    Mlflow(run, uri(other), CONFIG).begin()  # the record names a run of another store
    assert only_run(other, "tiny").info.run_id != after.info.run_id


def test_what_failed_in_the_middle_is_done_once(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = Mlflow(run, uri(store), CONFIG, [point(1)])
    log_batch = mlflow.MlflowClient.log_batch
    fails = [True, False, True]  # the parameters, then the points

    def failing(self: Any, *arguments: Any, **named: Any) -> Any:
        if fails and fails.pop(0):
            raise MlflowException("gone")
        return log_batch(self, *arguments, **named)

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", failing)
    for _ in range(2):
        with pytest.raises(MlflowException, match="gone"):
            tracker.send([point(2)])
    tracker.send([point(2)])
    found = only_run(store, "tiny")
    assert metrics(store, found) == {"update/loss": [(1, 0.5), (2, 0.5)]}
    assert len(found.data.params) == 7


def test_bounds_of_mlflow(run: Run, store: Path) -> None:
    layers = [{"dense": {"size": i}} for i in range(1100)]
    config = {"name": "tiny", "cells": {"x": {"equations": "a = b\n" * 200}}, "k" * 300: 1, "model": {"chain": layers}}
    Mlflow(run, uri(store), config).begin()
    found = only_run(store, "tiny")
    assert len(found.data.params) == mlflow.MOST_PARAMETERS
    assert found.data.tags["parameters_left_out"] == "103"
    equations = found.data.params["cells.x.equations"]
    assert len(equations) == mlflow.LONGEST_VALUE
    assert equations.endswith("…")
    assert "k" * mlflow.LONGEST_KEY in found.data.params


def test_the_experiment_of_the_environment(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "team/waves")
    Mlflow(run, uri(store), CONFIG).end("finished")
    found = only_run(store, "team/waves")
    assert (
        found.info.artifact_uri == (store.parent / "mlruns" / "team_waves" / found.info.run_id / "artifacts").as_uri()
    )


def test_mlflow_tells_nobody() -> None:
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert is_telemetry_disabled()


def test_a_config_by_its_paths() -> None:
    assert dict(flat({"a": {"b/c": [1.5, {"d": "x"}], "e": {}}})) == {"a.b_c.0": "1.5", "a.b_c.1.d": "x", "a.e": "{}"}
