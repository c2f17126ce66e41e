"""Training in one go and in pieces, in processes of their own, and the comparison of every bit that is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from rnnctl.errors import Diagnostic, TrainingError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json
from rnnctl.runs.processes import command_of

_GROUPS = {"optimizer": "optimizer", "carry": "carry", "score": "metric sums", "best": "best weights"}


class Part(NamedTuple):
    """One thing that was compared: its name, how much there is of it, and the first difference."""

    name: str
    amount: str
    difference: str | None


class Whole(NamedTuple):
    """A training in one go: its run, how many updates it made, and whether that was all there are."""

    run: Run
    updates: int
    finished: bool


def in_one_go(config: Path, folder: Path, name: str, settings: Sequence[str], updates: int) -> Whole:
    """Make so many updates, or as many as there are, in a new run NAME-1 under a folder.

    Errors: TrainingError with what the process said, where it failed; CheckpointError.
    """
    run = Run(folder / f"{name}-1")
    given = [f"--set={setting}" for setting in settings]
    _train(config, run, [*given, "--stop-after", str(updates)], "the training in one go")
    return Whole(run, run.load_state("last").record["update"], run.record()["status"] == "finished")


def in_pieces(whole: Whole, folder: Path, pieces: int, told: Callable[[int, int], None]) -> Run:
    """Make the same updates in so many pieces, each of which goes on from the checkpoint of the one before.

    `told` is called with the number of each piece and its updates. Errors: as for `in_one_go`.
    """
    cut = Run(folder / whole.run.path.name)
    counts = cuts(whole.updates, pieces)
    for number, count in enumerate(counts, 1):
        told(number, count)
        options = [] if number == 1 else ["--resume", str(cut.path)]
        if number < len(counts) or not whole.finished:
            options += ["--stop-after", str(count)]
        # From the resolved config, so that what the program chose for the one is chosen for the other.
        _train(whole.run.resolved, cut, options, f"piece {number}")
    return cut


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


def cuts(updates: int, pieces: int) -> list[int]:
    """How many updates each piece makes: about equally many, at least one."""
    return [updates * (i + 1) // pieces - updates * i // pieces for i in range(pieces)]


def _train(config: Path, run: Run, options: Sequence[str], what: str) -> None:
    """Train in a process of its own. Errors: TrainingError with what the process said, where it failed."""
    import subprocess

    command = [*command_of("rnnctl"), "train", str(config), "--quiet", "--runs", str(run.path.parent)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 (ourselves)
    if done.returncode != 0:
        told = done.stderr.strip() or "it said nothing"
        message = f"{what} ended with exit code {done.returncode}:\n{told}"
        raise TrainingError(Diagnostic(message))
