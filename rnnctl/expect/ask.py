"""A config that is to be checked -> the trials that it asks for, each with a folder of its own.

WORK/NAME-DIGEST/
  lock             held while its trials are made
  seed-0/ …        a trial each: its order, its run, its result
  again/ resume/   trained once more; stopped and gone on with

The digest is of all that figures follow from, the seed apart, see digest.py. So what was measured is measured once, and
a check that was stopped goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rnnctl.config import Resolved, open_config
from rnnctl.config.expect.promises import Expectations, Promise, Seeds
from rnnctl.errors import ConfigError, Diagnostic
from rnnctl.expect.digest import digest_of, digest_of_script
from rnnctl.expect.events import TrialKind
from rnnctl.expect.outcome import Trouble
from rnnctl.expect.pool import cores
from rnnctl.expect.trial import Trial

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
    digest = digest_of(resolved)
    folder = order.work / f"{resolved.name}-{digest}"
    if order.smoke:
        smoke, seed = (folder / "smoke").absolute(), resolved.training.seed
        trial = Trial(path.absolute(), order.settings, "smoke", seed, smoke, digest=digest)
        return Job(path, resolved.name, folder, resolved, None, (trial,))
    if resolved.expect is None:
        help_text = "write `expect: {test.skill: {above: 0}}`, say; --smoke builds and runs it all the same"
        raise ConfigError(Diagnostic(f"'{path}' promises nothing: it has no `expect`", help=help_text))
    expect = resolved.expect
    if order.seeds is not None:
        expect = replace(expect, seeds=Seeds(order.seeds, expect.seeds.judge))
    trials = tuple(_trials(path, order, resolved, expect, folder.absolute(), digest))
    return Job(path, resolved.name, folder, resolved, expect, trials)


def _trials(
    path: Path, order: Order, resolved: Resolved, expect: Expectations, folder: Path, digest: str
) -> Iterator[Trial]:
    kinds = {promise.kind for promise in expect.promises}
    settings = order.settings
    if resolved.training.threads == "auto":  # which measures, and so depends on what else runs
        settings = (*settings, "training.threads=1")
    first = resolved.training.seed
    scripts = tuple(file for promise in expect.promises for file in promise.files)
    threads = 1 if resolved.training.threads == "auto" else resolved.training.threads
    common: dict[str, Any] = {"config": path.absolute(), "settings": settings, "threads": threads, "digest": digest}
    for seed in range(first, first + expect.seeds.count):
        yield Trial(
            **common,
            kind="train",
            seed=seed,
            folder=folder / f"seed-{seed}",
            splits=tuple(sorted({promise.split for promise in expect.promises if promise.split})),
            transcripts=scripts,
            scripts=tuple(digest_of_script(script) for script in scripts),
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
