"""A config that is to be checked -> the trials that it asks for, each with a folder of its own.

WORK/NAME-DIGEST/
  lock             held while its trials are made
  seed-0/ …        a trial each: its order, its run, its result
  again/ resume/   trained once more; stopped and gone on with

The digest is of all that figures follow from, the seed apart: data, cells, model, training, versions, and the code of
rnnctl. So what was measured is measured once, and a check that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import rnnctl
from rnnctl.config import Resolved, open_config
from rnnctl.config.expect.promises import Expectations, Promise, Seeds
from rnnctl.config.format import essential
from rnnctl.errors import CheckpointError, ConfigError, Diagnostic
from rnnctl.expect.events import TrialKind
from rnnctl.expect.outcome import Trouble
from rnnctl.expect.pool import cores
from rnnctl.expect.trial import Trial
from rnnctl.runs.directory import data_digest, versions, without_files
from rnnctl.runs.files import as_json

WORK = Path("runs") / "check"


@dataclass(frozen=True, slots=True)
class Order:
    """How to check: where trials are kept, what is set beside every config, and what is wanted of them.

    `seeds` takes the place of the count that configs have; `seconds` is the time that each trial may take.
    """

    work: Path = WORK
    settings: tuple[str, ...] = ()
    jobs: int = field(default_factory=cores)
    seeds: int | None = None
    smoke: bool = False
    fresh: bool = False
    fail_fast: bool = False
    seconds: float | None = None
    update_baseline: bool = False


@dataclass(slots=True)
class Job:
    """A config on its way to an outcome."""

    path: Path
    name: str
    folder: Path | None = None
    resolved: Resolved | None = None
    expect: Expectations | None = None
    trials: tuple[Trial, ...] = ()
    trouble: Trouble | None = None
    late: bool = False
    began: float = math.inf
    seconds: float = 0.0
    """From the start of its first trial to the end of its last."""
    open: set[Trial] = field(default_factory=set)
    descriptor: int | None = None
    made: bool = False
    ended: bool = False

    def of(self, *kinds: TrialKind) -> list[Trial]:
        return [trial for trial in self.trials if trial.kind in kinds]


def read(path: Path, order: Order) -> Job:
    """A config and the trials that it asks for. Errors: RnnctlError where it cannot be read, or promises nothing."""
    resolved = open_config(path, order.settings)
    if order.smoke:
        folder = order.work / f"{resolved.name}-{_digest(resolved)}"
        trial = Trial(path.absolute(), order.settings, "smoke", resolved.training.seed, (folder / "smoke").absolute())
        return Job(path, resolved.name, folder, resolved, None, (trial,))
    if resolved.expect is None:
        help_text = "write `expect: {test.skill: {above: 0}}`, say; --smoke builds and runs it all the same"
        raise ConfigError(Diagnostic(f"'{path}' promises nothing: it has no `expect`", help=help_text))
    expect = resolved.expect
    if order.seeds is not None:
        expect = replace(expect, seeds=Seeds(order.seeds, expect.seeds.judge))
    folder = order.work / f"{resolved.name}-{_digest(resolved)}"
    trials = tuple(_trials(path, order, resolved, expect, folder.absolute()))
    return Job(path, resolved.name, folder, resolved, expect, trials)


def _trials(path: Path, order: Order, resolved: Resolved, expect: Expectations, folder: Path) -> Iterator[Trial]:
    kinds = {promise.kind for promise in expect.promises}
    settings = order.settings
    if resolved.training.threads == "auto":  # which measures, and so depends on what else runs
        settings = (*settings, "training.threads=1")
    first = resolved.training.seed
    scripts = tuple(file for promise in expect.promises for file in promise.files)
    threads = 1 if resolved.training.threads == "auto" else resolved.training.threads
    common: dict[str, Any] = {"config": path.absolute(), "settings": settings, "threads": threads}
    for seed in range(first, first + expect.seeds.count):
        yield Trial(
            **common,
            kind="train",
            seed=seed,
            folder=folder / f"seed-{seed}",
            splits=tuple(sorted({promise.split for promise in expect.promises if promise.split})),
            transcripts=scripts,
            scripts=tuple(_bytes_of(script) for script in scripts),
            horizon="horizon" in kinds,
            bits="deterministic" in kinds and seed == first,
            timed=any(map(is_timed, expect.promises)),
        )
    if "deterministic" in kinds:
        yield Trial(**common, kind="again", seed=first, folder=folder / "again", bits=True)
    if "resume" in kinds:
        yield Trial(**common, kind="resume", seed=first, folder=folder / "resume")


def is_timed(promise: Promise) -> bool:
    """Whether it is of another machine another time."""
    return promise.kind in ("seconds", "memory")


def _bytes_of(script: Path) -> str:
    """A hash of a script. Errors: CheckpointError where it cannot be read."""
    try:
        return hashlib.sha256(script.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(f"cannot read '{script}': {error.strerror or error}") from None


def _digest(resolved: Resolved) -> str:
    """A hash of all that figures follow from, but for the seed. Errors: DataError where the data cannot be read."""
    config = without_files(essential(resolved.as_plain()))
    meaning = {key: value for key, value in config.items() if key not in ("name", "expect", "ignore")}
    meaning["training"] = {key: value for key, value in meaning["training"].items() if key != "seed"}
    asked = {"config": meaning, "data": data_digest(resolved.source), "versions": versions(), "code": _code()}
    return hashlib.sha256(as_json(asked).encode()).hexdigest()[:12]


@cache
def _code() -> str:
    """A hash of the code of rnnctl, as it stands on the disk."""
    found = hashlib.sha256()
    root = Path(rnnctl.__file__).parent
    for path in sorted(path for suffix in ("*.py", "*.yaml") for path in root.rglob(suffix)):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
