"""What `--track` says, and what run.json keeps of it: {"tensorboard": {"on": true}, "mlflow": {"on": true, …}}.

A run that goes on keeps its trackers unless `--track` names others. What was turned off stays in the record, so that a
tracker that is turned on again goes on where it was.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.tracking import store
from rnnctl.tracking.about import known_by
from rnnctl.tracking.points import of_file

if TYPE_CHECKING:
    from rnnctl.runs.directory import Run
    from rnnctl.tracking.following import Tracker

NAMES = ("tensorboard", "mlflow")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The trackers that are to be told; `mlflow` is an address, None where MLflow is not among them."""

    tensorboard: bool = False
    mlflow: str | None = None

    def as_record(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """What run.json is to keep, beside what it has kept."""
        found = {name: {**_entry(before, name), "on": False} for name in NAMES if name in before}
        if self.tensorboard:
            found["tensorboard"] = {"on": True}
        if self.mlflow is not None:
            uri = store.kept(self.mlflow)
            mine = _entry(before, "mlflow")
            same = mine if mine.get("uri") == uri else {}
            found["mlflow"] = {**same, "on": True, "uri": uri}
        return found


def wanted(given: Sequence[str], record: Mapping[str, Any]) -> Wanted:
    """The trackers that `--track` names, else those of a run's record.

    Errors: UsageError for what is no tracker, and where one is not installed.
    """
    found = _read(given) if given else _recorded(record.get("tracking"))
    if found.tensorboard:
        _load("tensorboard", "TensorBoard", _import_tensorboard)
    if found.mlflow is not None:
        _load("mlflow", "MLflow", _import_mlflow)
        if store.scheme(found.mlflow) in store.DATABASES:
            _load("mlflow", "SQLAlchemy", _import_sqlalchemy)
    return found


def put_down(found: Wanted, run: Run) -> None:
    """Let the run's record say who is told. Errors: TrainingError where the disk refuses."""
    before = run.record().get("tracking")
    tracking = found.as_record(before if isinstance(before, Mapping) else {})
    if tracking != (before or {}):
        run.update_record(tracking=tracking)


def trackers(found: Wanted, run: Run, config: Mapping[str, Any], update: int | None) -> list[Tracker]:
    """What keeps the points of a run, which goes on after so many updates; None where it begins."""
    made: list[Tracker] = []
    so_far = [] if update is None else of_file(run.metrics, at=time.time())
    if found.tensorboard:
        begin = 0 if update is None else update + 1
        about = "".join(f"{name}: {text}\n" for name, text in known_by(run).items())
        texts = {"config": run.resolved.read_text("utf-8"), "run": about}
        made.append(_import_tensorboard()(run.path / "tensorboard", texts, begin, so_far))
    if found.mlflow is not None:
        made.append(_import_mlflow()(run, found.mlflow, config, so_far))
    return made


def _read(given: Sequence[str]) -> Wanted:
    names = [text.partition("=")[0] for text in given]
    for name, text in zip(names, given, strict=True):
        if name not in (*NAMES, NONE) or ("=" in text and name != "mlflow"):
            guess = nearest(name, (*NAMES, NONE))
            help_text = (
                f"did you mean '{guess}'?" if guess and guess != name else "tensorboard, mlflow, mlflow=WHERE, none"
            )
            raise UsageError(Diagnostic(f"--track {text}: no such tracker", help=help_text))
    if len(set(names)) < len(names) or (NONE in names and len(names) > 1):
        raise UsageError(Diagnostic(f"--track {', --track '.join(given)}", help="each tracker once, or none alone"))
    where = next((text.partition("=") for text in given if text.startswith("mlflow")), None)
    uri = None if where is None else store.address(where[2] if where[1] else None)
    return Wanted("tensorboard" in names, uri)


def _recorded(tracking: object) -> Wanted:
    """What a record says; whoever damaged it meant no tracker."""
    record = tracking if isinstance(tracking, Mapping) else {}
    mlflow, uri = _entry(record, "mlflow"), None
    if mlflow.get("on") is True:
        known = mlflow.get("uri")
        uri = known if isinstance(known, str) else store.address(None)
    return Wanted(_entry(record, "tensorboard").get("on") is True, uri)


def _entry(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    entry = record.get(name)
    return entry if isinstance(entry, Mapping) else {}


def _load(extra: str, name: str, load: Callable[[], object]) -> None:
    """Import a tracker. Errors: UsageError where its package is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for its makers
            load()
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("rnnctl"):
            raise
        help_text = f"pip install 'rnnctl[{extra}]'"
        raise UsageError(Diagnostic(f"--track {extra} needs {name}, which is not installed", help=help_text)) from None


def _import_tensorboard() -> Callable[..., Tracker]:
    from rnnctl.tracking.tensorboard import TensorBoard

    return TensorBoard


def _import_mlflow() -> Callable[..., Tracker]:
    from rnnctl.tracking.mlflow import Mlflow

    return Mlflow


def _import_sqlalchemy() -> object:
    import alembic
    import sqlalchemy

    return alembic, sqlalchemy
