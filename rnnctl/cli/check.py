"""`rnnctl check PATH…`: train what promises something, and hold it to that."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from rnnctl.cli.arguments import Json, Settings
from rnnctl.config.expect.sections import MOST_SEEDS
from rnnctl.errors import Diagnostic, TrainingError, UsageError
from rnnctl.expect.ask import WORK, Order
from rnnctl.expect.baseline import baseline_path
from rnnctl.expect.check import check
from rnnctl.expect.events import Ended
from rnnctl.expect.find import Candidate, find
from rnnctl.expect.last import left_to_check, remember
from rnnctl.expect.outcome import Outcome, State, Trouble, exit_code
from rnnctl.expect.pool import cores
from rnnctl.report.check.github import github_lines
from rnnctl.report.check.junit import junit_xml
from rnnctl.report.check.live import watching
from rnnctl.report.check.records import check_json
from rnnctl.report.check.summary import summary_markdown
from rnnctl.report.check.table import table_lines
from rnnctl.report.check.words import interrupted
from rnnctl.report.strip import look_at
from rnnctl.runs.files import write_whole


class Format(StrEnum):
    """The forms of a result."""

    text = "text"
    json = "json"
    github = "github"


Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Config files, or folders of them.")]
Smoke = Annotated[
    bool, typer.Option("--smoke", help="Build every config and make two updates on little data; judge nothing.")
]
SeedCount = Annotated[
    int | None,
    typer.Option("--seeds", metavar="N", min=1, max=MOST_SEEDS, help="Train so many seeds, whatever configs say."),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="How many processors; by default, all.")
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", min=1, help="The time that one training may take.")
]
OnlyFailed = Annotated[
    bool, typer.Option("--only-failed", help="Only what was not met the last time; all, if there is none.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first that is not met.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Train anew what has been measured before.")]
UpdateBaseline = Annotated[
    bool, typer.Option("--update-baseline", help="Record the figures as the baseline, beside each config.")
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write a JUnit file.")]
Work = Annotated[Path, typer.Option("--work", metavar="DIR", help="Where trainings are kept.")]


def command(
    paths: Paths,
    smoke: Smoke = False,
    settings: Settings = None,
    seeds: SeedCount = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    only_failed: OnlyFailed = False,
    fail_fast: FailFast = False,
    fresh: Fresh = False,
    update_baseline: UpdateBaseline = False,
    junit: Junit = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.text,
    json_: Json = False,
    work: Work = WORK,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train the configs that promise something with `expect`, and hold them to it.

    Each is trained in a process of its own, several at a time. What was measured is kept, so that another call goes
    on where this one stopped. The exit code is 10 where a promise is not met, 4 where something crashed or took too
    long, 2 where a config or its data is wrong.
    """
    gc.enable()  # the command line starts without it
    _refuse(smoke=smoke, settings=settings, junit=junit, update_baseline=update_baseline)
    found = find(paths, smoke=smoke)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    candidates = left_to_check(found.configs, work) if only_failed else found.configs
    order = Order(
        work=work,
        settings=tuple(settings or ()),
        jobs=jobs or cores(),
        seeds=seeds,
        smoke=smoke,
        fresh=fresh,
        fail_fast=fail_fast,
        seconds=timeout,
        update_baseline=update_baseline,
    )
    began = time.monotonic()
    outcomes, stopped = _outcomes(candidates, order, quiet=quiet)
    seconds = time.monotonic() - began
    if not smoke:
        _remember(outcomes, work)
    try:
        if junit is not None:
            write_whole(junit, junit_xml(outcomes, seconds).encode())
    finally:
        _print(outcomes, Format.json if json_ else format_, seconds)
    if update_baseline and not quiet:
        _tell_of_baselines(outcomes)
    if stopped is not None:
        print(interrupted(fresh=fresh, smoke=smoke), file=sys.stderr)
        raise typer.Exit(128 + stopped)
    if code := exit_code(outcomes):
        raise typer.Exit(code)


def _outcomes(candidates: Sequence[Candidate], order: Order, *, quiet: bool) -> tuple[list[Outcome], int | None]:
    """What came of each, in the order of the configs, and the signal by which all was stopped."""
    ended: dict[Path, Outcome] = {}
    stopped = None
    events = check(candidates, order)
    try:
        with _signals_raise(), watching(quiet) as show:
            for event in events:
                show(event)
                if isinstance(event, Ended):
                    ended[event.outcome.path] = event.outcome
    except _StoppedError as stop:
        stopped = stop.number
    finally:
        events.close()
    why = None if stopped is None else Trouble("the check was stopped")
    rest = (Outcome(path, path.stem, State.skipped, trouble=why, smoke=order.smoke) for path, _ in candidates)
    return [ended.get(outcome.path, outcome) for outcome in rest], stopped


class _StoppedError(BaseException):
    """A signal that ends the check, after all processes have saved."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Let SIGINT, SIGTERM and a closed terminal end the check in order."""

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise _StoppedError(number)

    numbers = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    before = {number: signal.signal(number, stop) for number in dict.fromkeys(numbers)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(outcomes: Sequence[Outcome], form: Format, seconds: float) -> None:
    if form is Format.json:
        print(check_json(outcomes))
        return
    if form is Format.github:
        print("\n".join(github_lines(outcomes, seconds)))
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(summary).open("a", encoding="utf-8") as stream:
                stream.write(summary_markdown(outcomes, seconds))
        return
    for line in table_lines(outcomes, look_at(sys.stdout), seconds):
        print(line)


def _remember(outcomes: Sequence[Outcome], work: Path) -> None:
    """Put down what became of these; where that cannot be done, what was found is told all the same."""
    try:
        remember(outcomes, work)
    except TrainingError as error:
        print(f"note: --only-failed will not know of this check: {error}", file=sys.stderr)


def _tell_of_baselines(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.verdicts:
            print(f"recorded in {baseline_path(outcome.path)}", file=sys.stderr)


def _refuse(*, smoke: bool, settings: Sequence[str] | None, junit: Path | None, update_baseline: bool) -> None:
    """Refuse options that cannot be together, and a file that cannot be written. Errors: UsageError."""
    if update_baseline and smoke:
        raise UsageError("--smoke measures nothing that --update-baseline could record")
    if update_baseline and settings:
        raise UsageError("--update-baseline records the figures of configs as they stand, without --set")
    if junit is not None:
        _check_writable(junit)


def _check_writable(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is trained. Errors: UsageError."""
    if path.is_dir():
        raise UsageError(f"'{path}' is a folder, and --junit names a file")
    if not path.parent.is_dir():
        raise UsageError(Diagnostic(f"there is no folder '{path.parent}' for --junit", help="make it first"))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"'{path}' cannot be written")
