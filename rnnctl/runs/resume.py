"""Whether a run can go on with a config, and what of the config is new: key by key, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rnnctl.config import Resolved
from rnnctl.config.compare import Change, compare
from rnnctl.config.format import essential
from rnnctl.errors import CheckpointError, Diagnostic
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.runs.directory import FILES, Run, data_digest, versions
from rnnctl.runs.files import sweep, write_whole
from rnnctl.runs.listeners import MetricsFile

TO_COME = ("epochs", "early_stopping", "optimizer", "schedule", "clip", "threads")
"""The keys of `training` that concern updates still to come alone; they may change, the optimizer's kind excepted."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a run goes on with: the checkpoint, None where none was saved yet, the config, and what is new."""

    run: Run
    which: str
    saved: Checkpoint | None
    resolved: Resolved
    changes: tuple[Change, ...] = ()
    newer: tuple[str, ...] = ()
    """Versions and processor where they differ, as "torch 2.12.0 -> 2.13.0"."""
    kept_threads: int | None = None
    """The run's threads, where the config leaves them to the program."""

    @property
    def complete(self) -> bool:
        """Whether all epochs were trained."""
        place = self.place
        return place["epoch"] > self.resolved.training.epochs and not place["batch"] + place["window"]

    @property
    def place(self) -> Mapping[str, int]:
        """Where training stood: epoch, batch, window, windows, update."""
        start = {"epoch": 1, "batch": 0, "window": 0, "windows": 0, "update": 0}
        return start if self.saved is None else self.saved.record["state"]["place"]


def plan_resume(run: Run, which: str, resolved: Resolved, machine: Mapping[str, str]) -> Resumption:
    """Hold a config against a run and its checkpoint; nothing is written.

    `which` is `last` or `previous`; `machine` is what bits depend on beside the versions.
    Errors: CheckpointError where the checkpoint is damaged or missing, the data is another, or an option has
    changed that the checkpoint's state depends on; every such option is named.
    """
    saved = _load(run, which)
    if saved is not None:
        _check_metrics(run, which, saved)
    record = run.record()
    before = run.open().as_plain() if saved is None else saved.record["config"]
    _check_data(run, resolved, record)
    threads = _kept_threads(resolved, before)
    if threads is not None:
        resolved = replace(resolved, training=resolved.training.model_copy(update={"threads": threads}))
    found = list(compare(essential(before), essential(resolved.as_plain())))
    if fixed := [change for change in found if not _may_change(change)]:
        message = f"run '{run.path.name}' cannot go on with another {', '.join(map(str, fixed))}"
        help_text = f"these may change: {', '.join(TO_COME)}; for another model or other windows train anew"
        raise CheckpointError(Diagnostic(message, help=help_text))
    known: Mapping[str, Any] = {} if saved is None else saved.record["versions"]
    now = {**versions(), **machine}
    newer = tuple(f"{name} {known[name]} -> {now[name]}" for name in now if name in known and known[name] != now[name])
    plan = Resumption(run, which, saved, resolved, tuple(found), newer, threads)
    _check_epochs(plan)
    return plan


def begin_again(plan: Resumption) -> None:
    """Write down that a run goes on, and with what. Errors: TrainingError where the disk refuses.

    From `previous`: it becomes `last`, and the last that is given up stays as `abandoned`, before anything else
    is written that belongs to it.
    """
    run = plan.run
    if plan.which == "previous":
        last, previous = run.checkpoint("last"), run.checkpoint("previous").read_bytes()
        write_whole(last, previous, keep=run.checkpoint("abandoned") if last.exists() else None)
    names = ("abandoned.safetensors", "best.safetensors", "last.safetensors", "previous.safetensors")
    sweep(run.path / "checkpoints", names)
    sweep(run.path, ("run.json", "resolved.yaml"))
    text = plan.resolved.as_text().encode()
    if text != run.resolved.read_bytes():
        made = run.resolved.stat()
        write_whole(run.resolved, text)
        os.utime(run.resolved, ns=(made.st_atime_ns, made.st_mtime_ns))  # by which runs are put in order
    ended = ("error", "best_epoch", "stopped_early", "train", "valid", "test")
    record = {key: value for key, value in run.record().items() if key not in ended}
    composed = plan.resolved.composition and plan.resolved.composition.as_record()
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "from": plan.which if plan.saved is not None else None,
        "epoch": plan.place["epoch"],
        "update": plan.place["update"],
        "changes": {".".join(map(str, c.key)): [c.before, c.after] for c in plan.changes},
        "versions": list(plan.newer),
        **({"composed": composed} if composed else {}),
    }
    run.write_record({**record, "status": "running", "resumed": [*record.get("resumed", []), entry]})


def _load(run: Run, which: str) -> Checkpoint | None:
    """The whole state of a checkpoint, or None where a run has not come to save one."""
    others = {"last": "previous", "previous": "last"}
    if which == "last" and not any(run.checkpoint(w).exists() for w in ("last", "previous")):
        return None
    try:
        saved = run.load_state(which)
        if not _is_whole(saved):
            raise CheckpointError(f"'{run.checkpoint(which)}' holds weights alone: training cannot go on from it")
    except CheckpointError as error:
        other = others[which]
        if not run.checkpoint(other).exists():
            raise
        told = f"--from {other} goes on from '{run.checkpoint(other)}'"
        raise CheckpointError(*(d._replace(help=told) for d in error.diagnostics)) from None
    return saved


def _check_metrics(run: Run, which: str, saved: Checkpoint) -> None:
    """Whether metrics.jsonl has all it had at the checkpoint.

    Errors: CheckpointError, which names `previous` where that can be gone on from.
    """
    try:
        _fits(run, saved)
    except CheckpointError as error:
        told = "restore the file, or train anew"
        if which == "last":
            with suppress(CheckpointError):
                before = run.load_state("previous")
                if _is_whole(before):
                    _fits(run, before)
                    told = f"--from previous goes on from '{run.checkpoint('previous')}'"
        raise CheckpointError(*(d._replace(help=told) for d in error.diagnostics)) from None


def _fits(run: Run, saved: Checkpoint) -> None:
    listeners = saved.record.get("listeners")
    if isinstance(listeners, dict) and isinstance(listeners.get("metrics"), dict):
        MetricsFile(run).restore(listeners["metrics"])


def _is_whole(saved: Checkpoint) -> bool:
    """Whether a checkpoint says where training stood, and under which config and versions."""
    state = saved.record.get("state")
    place = state.get("place") if isinstance(state, dict) else None
    if not isinstance(place, dict) or not all(
        isinstance(saved.record.get(key), dict) for key in ("config", "versions")
    ):
        return False
    return all(isinstance(place.get(key), int) for key in ("epoch", "batch", "window", "windows", "update"))


def _check_data(run: Run, resolved: Resolved, record: Mapping[str, Any]) -> None:
    """Whether the data is, byte for byte, what the run was trained on. Errors: CheckpointError."""
    if data_digest(resolved.source) == record.get("data"):
        return
    message = f"the data of run '{run.path.name}' is no longer what it was trained on"
    raise CheckpointError(Diagnostic(message, help="restore the files, or train anew"))


def _kept_threads(resolved: Resolved, before: Mapping[str, Any]) -> int | None:
    """The threads that a run has, used again where the config leaves them to the program."""
    threads = before["training"].get("threads")
    return threads if resolved.training.threads == "auto" and isinstance(threads, int) else None


def _check_epochs(plan: Resumption) -> None:
    """Refuse fewer epochs than were begun. Errors: CheckpointError."""
    place, epochs = plan.place, plan.resolved.training.epochs
    begun = place["epoch"] if place["batch"] or place["window"] else place["epoch"] - 1
    if epochs < begun:
        message = f"run '{plan.run.path.name}' cannot go on to epoch {epochs}: epoch {begun} has begun"
        raise CheckpointError(Diagnostic(message, help=f"write epochs: {begun} or more"))


def _may_change(change: Change) -> bool:
    key = change.key
    if key in (("name",), ("ignore",)) or key[:1] == ("expect",):
        return True
    if any(key[: len(file)] == file for file in FILES):  # its bytes have been compared
        return True
    return key[0] == "training" and key[1] in TO_COME and key != ("training", "optimizer")
