"""The directory of one run.

RUN/
  config.yaml               the file as the user gave it, without those that it extends
  resolved.yaml             the same with every default and size explicit
  run.json                  format, status, versions, machine, facts of the data, scaling, resumes
  metrics.jsonl             one line an epoch, then the final test metrics
  checkpoints/best.safetensors, last.safetensors, previous.safetensors
  lock                      held while the run is trained
  sessions/                 the states of `rnnctl step`
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rnnctl import __version__
from rnnctl.config import Resolved, resolved_from
from rnnctl.config.format import essential
from rnnctl.data.facts import Facts, Signal
from rnnctl.data.records import Marked
from rnnctl.data.spec import CsvSource, Source, TextSource
from rnnctl.document import load as read_yaml
from rnnctl.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    Diagnostic,
    TrainingError,
    UsageError,
    nearest,
)
from rnnctl.runs.checkpoint import Checkpoint, load, weights_among
from rnnctl.runs.files import as_json, write_whole
from rnnctl.runs.listing import FOLDER, FORMAT, is_run, run_folders

RUNS = FOLDER
FILES = (("data", "csv"), ("data", "text", "files"))
"""The keys that name files: a run knows its data by their bytes, wherever they lie."""
_NUMBERED = re.compile(r"(?P<name>.+)-(?P<number>[0-9]{1,9})")
"""The names of runs, as they are made; a folder with a longer number is somebody else's."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is on disk."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def resolved(self) -> Path:
        return self.path / "resolved.yaml"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def sessions(self) -> Path:
        return self.path / "sessions"

    def checkpoint(self, which: str) -> Path:
        """The file of the `best`, `last` or `previous` checkpoint."""
        return self.path / "checkpoints" / f"{which}.safetensors"

    def record(self) -> dict[str, Any]:
        """What run.json holds. Errors: CheckpointError where it is damaged or of another version."""
        path = self.path / "run.json"
        try:
            record = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise CheckpointError(f"cannot read '{path}': {error.strerror or error}") from None
        except (ValueError, RecursionError) as error:
            raise CheckpointError(f"'{path}' is damaged: {error}") from None
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise CheckpointError(f"'{path}' has another format than this rnnctl reads ({FORMAT})")
        return record

    def write_record(self, record: Mapping[str, Any]) -> None:
        write_whole(self.path / "run.json", _one_key_a_line(record).encode())

    def seal(self) -> str:
        """A hash of what weights mean: data, cells, layers, precision and scaling, all that no resume may change.

        Errors: CheckpointError where resolved.yaml or run.json cannot be read.
        """
        import hashlib

        try:
            config = essential(read_yaml(self.resolved).value)
        except ConfigError as error:
            raise CheckpointError(*error.diagnostics) from None
        record, training = self.record(), config.get("training")
        meaning = {
            "data": [without_files(config).get("data"), record.get("data")],
            "cells": config.get("cells"),
            "model": config.get("model"),
            "precision": _mapping(training).get("precision"),
            "scaling": record.get("scaling"),
        }
        return hashlib.sha256(as_json(meaning).encode()).hexdigest()

    def load_state(self, which: str) -> Checkpoint:
        """All that the `last` or `previous` checkpoint holds. Errors: CheckpointError as for `load_checkpoint`."""
        found = load(self.checkpoint(which))
        seal = self.seal()
        if found.record.get("run", seal) != seal:
            message = f"the config or the scaling of '{self.path}' was changed after its checkpoint was saved"
            raise CheckpointError(Diagnostic(message, help="restore resolved.yaml and run.json, or train anew"))
        return found

    def load_checkpoint(self, which: str) -> Checkpoint:
        """The weights of a checkpoint. Errors: CheckpointError where it is damaged or the run was changed."""
        found = self.load_state(which)
        return Checkpoint(weights_among(found.weights), found.record)

    def update_record(self, **changes: Any) -> None:
        self.write_record({**self.record(), **changes})

    def open(self) -> Resolved:
        """The resolved config of the run, without a look at its data. Errors: CheckpointError."""
        try:
            facts = facts_from(self.record()["facts"])
        except (KeyError, TypeError, ValueError, AttributeError):
            message = f"'{self.path / 'run.json'}' is damaged: the facts of the data are not whole"
            raise CheckpointError(message) from None
        try:
            return resolved_from(self.resolved, facts)
        except (ConfigError, DataError) as error:  # ours, and not what the user has to mend
            raise CheckpointError(*error.diagnostics) from None


def create_run(root: Path, resolved: Resolved, config_text: str, scaling: Mapping[str, Any]) -> Run:
    """Make the directory of a new run, `NAME-1` or the next number; nothing is ever overwritten.

    Two processes that start at one moment get two directories. Errors: TrainingError where the disk refuses.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        run = _claim(root, resolved.name)
    except OSError as error:
        raise TrainingError(f"cannot make a run in '{root}': {error.strerror or error}") from None
    try:
        _fill(run, resolved, config_text, scaling)
    except BaseException as error:
        import shutil

        shutil.rmtree(run.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise TrainingError(f"cannot make a run in '{root}': {error.strerror or error}") from None
        raise
    return run


def _fill(run: Run, resolved: Resolved, config_text: str, scaling: Mapping[str, Any]) -> None:
    for folder in ("checkpoints", "sessions"):
        (run.path / folder).mkdir()
    write_whole(run.config, config_text.encode())
    write_whole(run.resolved, resolved.as_text().encode())
    run.write_record(
        {
            "format": FORMAT,
            "name": resolved.name,
            "status": "running",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "machine": machine(),
            "facts": facts_as_plain(resolved.facts),
            "data": data_digest(resolved.source),
            "scaling": dict(scaling),
            **_composed(resolved),
        }
    )


def _composed(resolved: Resolved) -> dict[str, Any]:
    """How a config was put together, and where its values stood; nothing where config.yaml says all."""
    record = resolved.composition.as_record() if resolved.composition else None
    if record is None:
        return {}
    from rnnctl.config.origin import origins

    written = {path: origin.as_dict() for path, origin in origins(resolved).items() if origin.is_written}
    return {"composed": {**record, "origin": {".".join(map(str, path)): origin for path, origin in written.items()}}}


def data_digest(source: Source) -> str | None:
    """A hash of a file's bytes, or of a text's symbols, by which a run knows its data; None for a task.

    A task is always the same. Errors: DataError where a file cannot be read.
    """
    if isinstance(source, TextSource):
        from rnnctl.data.text import text_digest

        return text_digest(source)
    if not isinstance(source, CsvSource):
        return None
    import hashlib

    try:
        return hashlib.sha256(source.path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"cannot read '{source.path}': {error.strerror or error}") from None


def _claim(root: Path, name: str) -> Run:
    taken = [m for p in root.iterdir() if (m := _NUMBERED.fullmatch(p.name)) and m["name"] == name]
    number = 1 + max((int(m["number"]) for m in taken), default=0)
    while True:
        path = root / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return Run(path)


def find_run(wanted: str | None, root: Path) -> Run:
    """A run by its path or by its name under `root`; else the newest there with a checkpoint. Errors: UsageError."""
    if wanted is not None:
        for path in (Path(wanted), root / wanted):
            if is_run(path):
                return Run(path)
        known = [run.path.name for run in all_runs(root)]
        guess = nearest(wanted, known)
        help_text = f"did you mean '{guess}'?" if guess else _listing(known, root)
        raise UsageError(Diagnostic(f"there is no run '{wanted}'", help=help_text))
    runs = all_runs(root)
    if not runs:
        raise UsageError(Diagnostic(f"there is no run in '{root}'", help="train one first: rnnctl train CONFIG"))
    trained = [run for run in runs if any(run.checkpoint(which).is_file() for which in ("best", "last"))]
    return (trained or runs)[-1]


def all_runs(root: Path) -> list[Run]:
    """The runs under a directory, the newest last."""
    return [Run(path) for path in run_folders(root)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def without_files(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config without the names of its data's files, whose bytes say what it was trained on."""
    found: dict[str, Any] = _without(config, FILES)
    return found


def _without(value: object, keys: Sequence[tuple[str, ...]]) -> Any:
    """A config without these keys."""
    if not isinstance(value, Mapping):
        return value
    kept = {name: part for name, part in value.items() if (name,) not in keys}
    return {name: _without(part, [key[1:] for key in keys if key[0] == name]) for name, part in kept.items()}


def _one_key_a_line(record: Mapping[str, Any]) -> str:
    """JSON with a line for each key, however long the lists in it are."""
    lines = (f"  {as_json(key)}: {as_json(value)}" for key, value in record.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _listing(known: list[str], root: Path) -> str:
    more = "…, " if len(known) > 5 else ""
    return f"runs in '{root}': {more}{', '.join(known[-5:])}" if known else f"there are no runs in '{root}' yet"


def facts_as_plain(facts: Facts) -> dict[str, Any]:
    """Facts as plain values by name; `facts_from` reads them back."""
    return {**facts._asdict(), "input": facts.input._asdict(), "target": facts.target._asdict()}


def facts_from(plain: Mapping[str, Any]) -> Facts:
    """Read back the facts that a run's record holds."""

    def signal(side: Mapping[str, Any]) -> Signal:
        return Signal(side["kind"], tuple(side["names"]), tuple(side["symbols"]))

    lengths, ahead = plain["lengths"], plain["ahead"]
    if not lengths or not all(type(n) is int and n > 0 for n in (*lengths, ahead + 1)):
        raise ValueError("lengths and ahead are whole numbers")
    where = plain.get("where")
    if where is not None and not all(type(n) is int for n in where):
        raise ValueError("the borders of stretches are whole numbers")
    return Facts(
        signal(plain["input"]),
        signal(plain["target"]),
        tuple(lengths),
        plain["one_series"],
        ahead,
        plain["each"],
        None if where is None else tuple(where),
        plain.get("foretells", 0),
        *(None if plain.get(key) is None else Marked(*plain[key]) for key in ("before", "after")),
    )


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that numbers depend on."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "rnnctl": __version__}
    for package in ("numpy", "torch", "safetensors"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine() -> dict[str, Any]:
    """The kind of machine: the same bits are promised on the same one alone."""
    import platform

    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
