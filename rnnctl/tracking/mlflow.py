"""An MLflow run for a run: parameters, metrics, tags, and at the end resolved.yaml and metrics.jsonl.

Steps that MLflow has already are not sent again, and it is asked for them once, where training goes on.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # MLflow tells its makers how it is used; rnnctl tells nobody
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # where the results of `--json` go
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # training waits for an answer: 10 seconds and not 120, …
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # … once and not eight times, since it is tried again later
}.items():
    os.environ.setdefault(_name, _value)

from mlflow import MlflowClient  # noqa: E402 (it reads the environment when it is imported)
from mlflow.entities import Metric, Param, RunTag  # noqa: E402
from mlflow.entities import Run as Created  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

from rnnctl.runs.directory import Run  # noqa: E402
from rnnctl.runs.files import as_json  # noqa: E402
from rnnctl.tracking.about import known_by  # noqa: E402
from rnnctl.tracking.points import Point  # noqa: E402
from rnnctl.tracking.store import DATABASES, VARIABLE, database, kept, scheme  # noqa: E402

T = TypeVar("T")

LONGEST_KEY = 250
LONGEST_VALUE = 500
"""MLflow's bounds for what a name and the value of a parameter have; newer servers hold 6,000 characters of a value."""
MOST_METRICS, MOST_PARAMETERS = 1000, 1000
"""Metrics of a message, and parameters of a run: of more, resolved.yaml has all."""
_AT_ONCE = 100
"""Parameters, and tags, of a message."""
_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "stopped": "KILLED"}
_FOREIGN = re.compile(r"[^\w.\- ]")
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")

for _name in ("mlflow", "alembic", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # an error is told once, by whoever called


class Mlflow:
    """Writes points as metrics of an MLflow run, that of the record where it is there, else a new one.

    The experiment is that of MLFLOW_EXPERIMENT_NAME, else it has the name of the config. `so_far` are the points of
    the epochs that have been trained: what MLflow does not have of them comes first.
    """

    name = "MLflow"
    at_once = False

    def __init__(self, run: Run, uri: str, config: Mapping[str, Any], so_far: Sequence[Point] = ()) -> None:
        self.run = run
        self.uri = uri
        self.where = kept(uri) or f"the place that {VARIABLE} names"
        self.config = config
        self.so_far = so_far
        self.known: dict[str, int] = {}
        """The last step that MLflow had of each metric when training went on."""
        self._id = ""
        self._is_new = False
        self._ready: MlflowClient | None = None

    def begin(self) -> None:
        with _unwarned():
            self._opened()

    def send(self, points: Sequence[Point]) -> None:
        with _unwarned():
            self._log(self._opened(), points)

    def end(self, status: str) -> None:
        with _unwarned():
            client = self._opened()
            client.set_terminated(self._id, _STATUS.get(status, "FAILED"))
            for path in (self.run.resolved, self.run.metrics):
                if path.exists():
                    client.log_artifact(self._id, str(path))

    def _log(self, client: MlflowClient, points: Sequence[Point]) -> None:
        named = [(point, _name_of(point.name)) for point in points]
        metrics = [
            Metric(name, point.value, round(1000 * point.at), point.step)
            for point, name in named
            if point.step > self.known.get(name, -1)
        ]
        for some in _batches(metrics, MOST_METRICS):
            client.log_batch(self._id, metrics=some)

    def _opened(self) -> MlflowClient:
        """The client, once there is an MLflow run that has the epochs so far; what failed is tried again."""
        if self._ready is not None:
            return self._ready
        if scheme(self.uri) in DATABASES:
            import mlflow.store.db.utils as databases

            databases.MAX_RETRY_COUNT = 1  # of ten tries the last comes after 100 seconds
        client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        tracking = self.run.record().get("tracking", {})
        entry = tracking.get("mlflow", {})
        self._id = self._id or str(entry.get("run", ""))
        if not (self._id and self._goes_on(client)):
            self._id = str(self._create(client).info.run_id)
            self._is_new = True
        if entry.get("run") != self._id:
            self.run.update_record(tracking={**tracking, "mlflow": {**entry, "run": self._id}})
        if self._is_new:
            values = {key: Param(key, _cut(value)) for key, value in flat(self.config)}
            for some in _batches(list(values.values())[:MOST_PARAMETERS], _AT_ONCE):
                client.log_batch(self._id, params=some)
        self._log(client, self.so_far)
        self._ready = client
        return client

    def _goes_on(self, client: MlflowClient) -> bool:
        """Go on with the MLflow run that is known; False where MLflow no longer has it."""
        try:
            found = client.get_run(self._id)
        except MlflowException as error:
            if error.error_code in _MISSING:
                return False
            raise
        if found.info.lifecycle_stage != "active":
            return False
        self.known = {key: max(m.step for m in client.get_metric_history(self._id, key)) for key in found.data.metrics}
        client.update_run(self._id, status="RUNNING")
        client.log_batch(self._id, tags=[RunTag(key, value) for key, value in self._tags()][:_AT_ONCE])
        return True

    def _create(self, client: MlflowClient) -> Created:
        tags = dict(self._tags())
        left_out = len(dict(flat(self.config))) - MOST_PARAMETERS
        if left_out > 0:
            tags["parameters_left_out"] = str(left_out)
        return client.create_run(self._experiment(client), run_name=self.run.path.name, tags=tags)

    def _experiment(self, client: MlflowClient) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or str(self.config["name"])
        path = database(self.uri)
        place = None if path is None else (path.parent / "mlruns" / name.replace("/", "_")).as_uri()
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        try:
            return str(client.create_experiment(name, artifact_location=place))
        except MlflowException as error:
            found = client.get_experiment_by_name(name)  # another process may have been first
            if error.error_code != "RESOURCE_ALREADY_EXISTS" or found is None:
                raise
            return str(found.experiment_id)

    def _tags(self) -> Iterator[tuple[str, str]]:
        """The directory, the versions, and what was changed on resume, since parameters cannot be changed."""
        yield "mlflow.source.name", "rnnctl"
        yield from known_by(self.run).items()
        resumed = self.run.record().get("resumed", [])
        if resumed:
            yield "resumed", str(len(resumed))
        changed = {key: pair[1] for entry in resumed for key, pair in entry["changes"].items()}
        for key, value in changed.items():
            yield _name_of(f"changed.{key}"), _cut(as_json(value))


@contextmanager
def _unwarned() -> Iterator[None]:
    """Without the warnings that MLflow and SQLAlchemy have for one another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def flat(plain: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The values of a config by their paths, as training.optimizer.adam.lr; items of lists have numbers."""
    parts = plain.items() if isinstance(plain, Mapping) else enumerate(plain) if isinstance(plain, list) else ()
    if not parts or not plain:
        yield _name_of(path.replace("/", "_")), plain if isinstance(plain, str) else as_json(plain)
        return
    for key, value in parts:
        yield from flat(value, f"{path}.{key}" if path else str(key))


def _batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[i : i + size] for i in range(0, len(values), size))


def _name_of(name: str) -> str:
    """A name as MLflow takes it, with `_` for what it does not; the stroke after a group of metrics stays."""
    group, stroke, own = name.partition("/")
    return f"{_FOREIGN.sub('_', group)}{stroke}{_FOREIGN.sub('_', own)}"[:LONGEST_KEY]


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"
