"""`rnnctl verify-resume CONFIG`: train in one go and in pieces, in processes of their own, and compare every bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from numpy.typing import NDArray

from rnnctl.cli.arguments import ConfigPath, Json, Settings, open_with_warnings
from rnnctl.errors import Diagnostic, TrainingError, UsageError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json

DIFFERS = 10
"""The exit code where the bits differ."""

_GROUPS = {"optimizer": "optimizer", "carry": "carry", "score": "metric sums", "best": "best weights"}


def command(
    config: ConfigPath,
    settings: Settings = None,
    updates: Annotated[int, typer.Option("--updates", metavar="N", min=2, help="How many updates to make.")] = 100,
    pieces: Annotated[int, typer.Option("--pieces", metavar="K", min=2, help="In how many pieces.")] = 4,
    json_: Json = False,
) -> None:
    """Show that a config's training can be stopped and gone on with, to the same bits.

    It makes N updates in one go, and as many in K pieces, each in a process of its own that goes on from the
    checkpoint of the one before. Then it compares every bit of weights, optimizer, carry and metrics, and exits
    with 10 where one differs. Nothing is kept.
    """
    import tempfile

    if pieces > updates:
        raise _too_few(updates, pieces)
    resolved = open_with_warnings(config, settings)
    with tempfile.TemporaryDirectory(prefix="rnnctl-") as folder:
        name = f"{resolved.name}-1"
        whole, cut = Run(Path(folder) / "whole" / name), Run(Path(folder) / "pieces" / name)
        print(f"in one go: {updates} updates", file=sys.stderr)
        given = [f"--set={setting}" for setting in settings or ()]
        _train(config, whole, [*given, "--stop-after", str(updates)], "the training in one go")
        done = whole.load_state("last").record["update"]
        finished = whole.record()["status"] == "finished"
        if pieces > done:
            raise _too_few(done, pieces, "its training has no more; ")
        cuts = _cuts(done, pieces)
        for number, count in enumerate(cuts, 1):
            print(f"piece {number} of {len(cuts)}: {count} update{'s' * (count != 1)}", file=sys.stderr)
            options = [] if number == 1 else ["--resume", str(cut.path)]
            if number < len(cuts) or not finished:
                options += ["--stop-after", str(count)]
            # From the resolved config, so that what the program chose for the one is chosen for the other.
            _train(whole.resolved, cut, options, f"piece {number}")
        found = list(compare(whole, cut))
    difference = next((part.difference for part in found if part.difference is not None), None)
    if json_:
        compared = {part.name: part.amount for part in found}
        about = {"identical": difference is None, "updates": done, "pieces": len(cuts)}
        print(as_json({**about, "compared": compared, "difference": difference}))
    else:
        print("\n".join(_table(found)))
        what = f"{done} updates in one go and in {len(cuts)} piece{'s' * (len(cuts) != 1)}"
        print(f"identical: {what}" if difference is None else f"different: {what}: {difference}")
    if difference is not None:
        raise typer.Exit(DIFFERS)


def _too_few(updates: int, pieces: int, why: str = "") -> UsageError:
    made = f"{updates} update{'s' * (updates != 1)}"
    message = f"{made} cannot be made in {pieces} pieces: a piece makes one at least"
    return UsageError(
        Diagnostic(message, help=f"{why}--pieces {updates} or fewer" if updates > 1 else why + "train longer")
    )


class Part(NamedTuple):
    """One thing that was compared: its name, how much there is of it, and the first difference."""

    name: str
    amount: str
    difference: str | None


def compare(whole: Run, cut: Run) -> Iterator[Part]:
    """Hold the last checkpoints and the metrics files of two runs against each other, bit by bit."""
    one, other = whole.load_state("last"), cut.load_state("last")
    # A file is read in any order; the first difference is to be the same one each time.
    names = sorted({*one.weights, *other.weights}, key=_in_order)
    groups: dict[str, list[str]] = {"weights": [], **{label: [] for label in _GROUPS.values()}}
    for name in names:
        groups[_GROUPS.get(name.partition(".")[0], "weights")].append(name)
    for label, members in groups.items():
        numbers = sum(one.weights[name].size for name in members if name in one.weights)
        arrays = f"{len(members)} array{'s' * (len(members) != 1)}"
        yield Part(label, f"{numbers:,} numbers in {arrays}", _first(one, other, members))
    for key, label in (("state", "place and counts"), ("listeners", "listeners"), ("best", "best so far")):
        a, b = one.record.get(key), other.record.get(key)
        count = len(a) if isinstance(a, Mapping) else 0
        yield Part(label, f"{count} value{'s' * (count != 1)}", _unequal(key, a, b))
    yield _lines(whole.metrics.name, _bytes(whole.metrics), _bytes(cut.metrics))


def _in_order(name: str) -> list[tuple[int, str]]:
    """By which arrays are sorted: layer 2 before layer 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in name.split(".")]


def _first(one: Checkpoint, other: Checkpoint, names: Sequence[str]) -> str | None:
    """The first of these arrays in which two checkpoints differ, and where in it."""
    for name in names:
        a, b = one.weights.get(name), other.weights.get(name)
        if a is None or b is None:
            return f"{name} is in one and not in the other"
        if (a.dtype, a.shape) != (b.dtype, b.shape):
            return f"{name} is {list(a.shape)} {a.dtype} in one go, {list(b.shape)} {b.dtype} in pieces"
        if a.tobytes() != b.tobytes():
            i, x, y = next(
                (i, *pair) for i, pair in enumerate(_numbers(a, b)) if pair[0].tobytes() != pair[1].tobytes()
            )
            return f"number {i} of {name} is {x.item()!r} in one go, {y.item()!r} in pieces"
    return None


def _numbers(a: NDArray[Any], b: NDArray[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(a.ravel(), b.ravel(), strict=True)


def _unequal(key: str, a: Any, b: Any) -> str | None:
    return None if as_json(a) == as_json(b) else f"{key} is {as_json(a)} in one go, {as_json(b)} in pieces"


def _lines(name: str, a: bytes, b: bytes) -> Part:
    """Two files of lines."""
    one, other = a.split(b"\n"), b.split(b"\n")
    longest = max(len(one), len(other))
    unequal = next((i for i in range(longest) if one[i : i + 1] != other[i : i + 1]), None)
    amount = f"{len(one) - 1:,} line{'s' * (len(one) != 2)}, {len(a):,} bytes"
    return Part(name, amount, None if unequal is None else f"line {unequal + 1} of {name} is another")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _table(found: Sequence[Part]) -> Iterator[str]:
    width = max(len(part.name) for part in found)
    for part in found:
        yield f"{part.name:<{width}}  {'same' if part.difference is None else 'DIFFERENT':<9}  {part.amount}"


def _cuts(updates: int, pieces: int) -> list[int]:
    """How many updates each piece makes: about equally many, at least one."""
    return [updates * (i + 1) // pieces - updates * i // pieces for i in range(pieces)]


def _train(config: Path, run: Run, options: Sequence[str], what: str) -> None:
    """Train in a process of its own. Errors: TrainingError with what the process said, where it failed."""
    import subprocess

    command = [sys.executable, "-m", "rnnctl", "train", str(config), "--quiet", "--runs", str(run.path.parent)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603 (ourselves)
    if done.returncode != 0:
        told = done.stderr.strip() or "it said nothing"
        message = f"{what} ended with exit code {done.returncode}:\n{told}"
        raise TrainingError(Diagnostic(message))
