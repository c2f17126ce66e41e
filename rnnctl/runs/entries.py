"""Many runs at a glance: of each what its record says, read without the rest, so that thousands take a moment.

A run that is damaged is an entry too, with what is wrong with it; nothing here raises for the state of one run.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.listing import FORMAT
from rnnctl.runs.lock import holder, host, is_held


class Status(StrEnum):
    """What became of a run. A crashed one says that it is running, and no process holds it.

    Unknown is one that says so, was begun on another machine, and was written to within a day: a lock there may not be
    seen from here.
    """

    finished = "finished"
    running = "running"
    stopped = "stopped"
    failed = "failed"
    crashed = "crashed"
    damaged = "damaged"
    unknown = "unknown"


SPLITS = ("test", "valid", "train")
"""The splits that a run may be judged on at its end, as its record names them."""
_WRITTEN = {"finished": Status.finished, "running": Status.running, "failed": Status.failed}
_WRITTEN |= {"stopped": Status.stopped, "interrupted": Status.stopped}
_READ = {"format", "name", "status", "created", "best_epoch", "stopped_early", "error", *SPLITS}
_READ_BYTES = {key.encode() for key in _READ}
_BEGINNING = 60.0
"""For so many seconds a new run that no process holds yet counts as running: training is about to begin."""
_SILENT = 86_400.0
"""After so many seconds without a checkpoint a run on another machine counts as crashed; it saves one a minute."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run among others. `made` and `touched` are in seconds: when it was made, and last written down."""

    path: Path
    status: Status
    record: Mapping[str, Any]
    trouble: str | None
    made: float
    touched: float
    link: bool

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.path.name or self.path.absolute().name

    @property
    def written(self) -> Status | None:
        """What its record says became of it; None where that cannot be read."""
        return _WRITTEN.get(str(self.record.get("status")))

    @property
    def judged(self) -> tuple[str, Mapping[str, Any]] | None:
        """The split that it was judged on at its end, with the metrics."""
        return next(((split, self.record[split]) for split in SPLITS if split in self.record), None)


def entries(root: Path) -> list[Entry]:
    """The runs under a folder, the newest first; none where there is no such folder.

    Errors: UsageError where it is no folder, or cannot be read.
    """
    try:
        with os.scandir(root) as found:
            places = [(item.path, item.is_symlink()) for item in found]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(Diagnostic(f"cannot read '{root}': {error.strerror or error}")) from None
    now = time.time()
    every = [entry for path, link in places if (entry := _entry(path, link, now)) is not None]
    return sorted(every, key=lambda entry: (entry.made, len(entry.name), entry.name), reverse=True)


def entry_at(path: Path) -> Entry | None:
    """The run in a directory; None where there is none."""
    try:
        return _entry(str(path), path.is_symlink(), time.time())
    except (OSError, ValueError):
        return None


def _entry(path: str, link: bool, now: float) -> Entry | None:
    try:
        data, touched = _read(f"{path}/run.json")
        record, trouble = _record(data)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        if not os.path.isdir(path):  # noqa: PTH112 (texts: ten thousand Paths take a tenth of a second)
            return None
        record, trouble, touched = {}, f"run.json: {error.strerror or error}", 0.0
    made = _time(f"{path}/resolved.yaml")
    status = _WRITTEN.get(str(record.get("status")), Status.damaged)
    if trouble is None and status is Status.damaged:
        trouble = "run.json has no status that is known"
    if trouble is None and made is None:
        trouble = "resolved.yaml is missing"
    if trouble is None and status is Status.finished and _time(f"{path}/metrics.jsonl") is None:
        trouble = "metrics.jsonl is missing"
    if trouble is None and status is Status.finished and not any(split in record for split in SPLITS):
        trouble = "run.json has no final metrics"
    if status is Status.running and not is_held(Path(path, "lock")):
        status, elsewhere = _unheld(path, now, touched)
        trouble = trouble or elsewhere
    if trouble is not None and status not in (Status.running, Status.unknown):
        status = Status.damaged
    return Entry(Path(path), status, record, trouble, made or 0.0, touched, link)


def _unheld(path: str, now: float, touched: float) -> tuple[Status, str | None]:
    """What a run is that says that it is running and that no process is seen to hold, and why that is not known."""
    if _time(f"{path}/lock") is None and now - touched < _BEGINNING:
        return Status.running, None
    machine = holder(Path(path, "lock"))
    saved = _time(f"{path}/checkpoints") or 0.0
    if machine in ("", host()) or now - max(touched, saved) > _SILENT:
        return Status.crashed, None
    return Status.unknown, f"begun on '{machine}': whether it is trained there cannot be seen from here"


def _read(path: str) -> tuple[bytes, float]:
    """What a file holds, and when it was written. Errors: OSError, also where it is no file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise IsADirectoryError
        parts = []
        while part := os.read(descriptor, max(1 << 16, found.st_size + 1)):
            parts.append(part)
            if len(part) == found.st_size:
                break
    finally:
        os.close(descriptor)
    return b"".join(parts), found.st_mtime


def _time(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116
    except OSError:
        return None


def _record(data: bytes) -> tuple[dict[str, Any], str | None]:
    """The keys of a record that are of use here, and what is wrong with it."""
    try:
        if data.startswith(b'{\n  "') and data.endswith(b"\n}\n"):
            record = _of_lines(data)
        else:
            whole = json.loads(data)
            record = {key: whole[key] for key in _READ if key in whole} if isinstance(whole, dict) else {}
    except (ValueError, RecursionError):
        return {}, "run.json is damaged"
    if record.get("format") != FORMAT:
        return {}, f"run.json has another format than this rnnctl reads ({FORMAT})"
    wrong = [key for key in SPLITS if key in record and not isinstance(record[key], dict)]
    return {key: value for key, value in record.items() if key not in wrong}, None


def _of_lines(data: bytes) -> dict[str, Any]:
    """The same of a record as it is written, a key a line: the lines of other keys, which may be long, are left."""
    lines = [line for line in data[2:-3].split(b"\n") if line[3 : line.find(b'"', 3)] in _READ_BYTES]
    record: dict[str, Any] = json.loads(b"{%s}" % b",".join(line.removesuffix(b",") for line in lines))
    return record
