"""What TensorBoard and MLflow read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

Curves = Mapping[str, Sequence[tuple[int, float]]]


def events(folder: Path) -> EventAccumulator:
    """A folder of event files, as TensorBoard shows it."""
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def scalars(folder: Path) -> Curves:
    """The curves in a folder of event files, by name, which both of TensorBoard's readers give alike."""
    found = events(folder)
    curves = {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    assert _as_the_server_reads_them(folder) == {tag: curve for tag, curve in curves.items() if curve}
    return curves


def _as_the_server_reads_them(folder: Path) -> Curves:
    """TensorBoard's server has a reader of its own, which knows scalars as tensors."""
    found = plugin_event_accumulator.EventAccumulator(str(folder), {plugin_event_accumulator.TENSORS: 0})
    found.Reload()
    curves = {tag: found.Tensors(tag) for tag in found.Tags()["tensors"] if tag not in ("config", "run")}
    return {
        tag: [(e.step, make_ndarray(e.tensor_proto).item()) for e in tensors]
        for tag, tensors in curves.items()
        if tensors
    }


def text(folder: Path, tag: str = "config") -> str:
    """A text, as it was written last."""
    return str(events(folder).Tensors(tag)[-1].tensor_proto.string_val[0].decode())


def client(database: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{database}", registry_uri=f"sqlite:///{database}")


def only_run(database: Path, experiment: str) -> Run:
    """The one run of an experiment."""
    found = client(database).get_experiment_by_name(experiment)
    assert found is not None
    (run,) = client(database).search_runs([found.experiment_id])
    return run


def metrics(database: Path, run: Run) -> Curves:
    """The curves of a run, by name; MLflow gives them in no order."""
    keys = run.data.metrics
    history = {key: client(database).get_metric_history(run.info.run_id, key) for key in keys}
    return {key: sorted((m.step, m.value) for m in found) for key, found in history.items()}
