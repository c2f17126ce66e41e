"""What an update costs, in time and memory: against the length of the series, and against the window.

    python tests/measurements/cost.py

An LSTM of 32 units on series of random numbers, one thread. Time: of the processor, so that other work counts little;
the median over updates, which are made in turn by one trainer for each column, so that what slows one slows all.
Memory: in a process of its own for each column, the most that tensors take in an update (as torch's profiler counts
it), the most that Python and numpy take beside them, and the growth of the process from its first update to its last;
the data is not counted.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from rnnctl import __version__
from rnnctl.config.sections import TrainingSection
from rnnctl.data.dataset import Dataset
from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Scaling
from rnnctl.data.sequences import Sequences
from rnnctl.nn.cells import Cell
from rnnctl.nn.chain import CellChain
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.optimizers import make_optimizer

INPUTS, SIZE = 4, 32
LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
WINDOWS = (8, 16, 32, 64, 128, 256, 512)
DEPTHS = (1, 2, 4, 8)
WINDOW, LENGTH, ROWS = 32, 100_000, 8
UPDATES = 40
WATCHED = 4


class Case(NamedTuple):
    """What one column is measured on."""

    length: int
    rows: int
    window: int
    backward: int


def trainer(case: Case) -> Trainer:
    """A trainer on one series of random numbers; with more rows than one, on streams of it."""
    random = np.random.default_rng(0)
    values = random.standard_normal((case.length, INPUTS))
    none = np.zeros(0, np.int64)
    train = Sequences(
        values,
        values[:, :1],
        origins=np.array([0]),
        lengths=np.array([case.length - 1]),
        scored_from=np.array([0]),
        scored_to=np.array([case.length - 1]),
        ahead=1,
        naive=True,
    )
    empty = Sequences(values[:0], values[:0, :1], none, none, none, none)
    columns = tuple("abcd")
    facts = Facts(Signal("number", columns), Signal("number", columns[:1]), (case.length,), True, 1, "step")
    settings = TrainingSection.model_validate(
        {
            "loss": "mse",
            "epochs": 1_000_000,
            "batching": "streams" if case.rows > 1 else "sequences",
            "batch": case.rows,
            "window": {"update": case.window, "backward": case.backward},
        }
    )
    torch.manual_seed(0)
    model = CellChain([Cell.of("lstm", INPUTS, size=SIZE), Cell.of("dense", SIZE, size=1)])
    data = Dataset(train, empty, empty, facts, Scaling(None, None))
    return Trainer(model, make_optimizer(settings.optimizer, model), data, settings)


def full_updates(case: Case) -> Iterator[float]:
    """The seconds of each update of a full window; those at the end of an epoch are passed over."""
    events = trainer(case).fit()
    full = (case.rows if case.rows > 1 else 1) * case.window
    while True:
        start = process_time()
        event = next(events)
        seconds = process_time() - start
        if isinstance(event, WindowTrained) and event.steps == full:
            yield seconds


def times(cases: Sequence[Case]) -> list[float]:
    """The median milliseconds of an update of each case, taken in turn."""
    running = [full_updates(case) for case in cases]
    for one in running:
        for _ in range(5):
            next(one)
    taken = [[next(one) for one in running] for _ in range(UPDATES)]
    return [statistics.median(column) * 1e3 for column in zip(*taken, strict=True)]


# memory


def memory(case: Case) -> dict[str, float]:
    """Mebibytes of a case, measured in a process of its own."""
    command = [sys.executable, __file__, json.dumps(case)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure_memory(case: Case) -> dict[str, float]:
    """Mebibytes that updates take, in this process."""
    for _ in zip(range(5), full_updates(case._replace(length=20 * case.backward * case.rows)), strict=False):
        pass  # what torch takes once, whatever it computes
    running = full_updates(case)
    tracemalloc.start()
    next(running)
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(WATCHED):
        next(running)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    resident = _resident()
    for _ in range(UPDATES):
        next(running)
    grown = _resident() - resident
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        for _ in range(WATCHED):
            next(running)
    return {"tensors": _peak(watched) / 2**20, "arrays": (peak - before) / 2**20, "growth": grown / 2**20}


def _peak(watched: profile) -> int:
    """The most bytes that tensors made in the meantime took at any moment."""
    assert watched.profiler is not None
    assert watched.profiler.kineto_results is not None
    events = [e for e in watched.profiler.kineto_results.events() if e.name() == "[memory]"]
    total = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        total += event.nbytes()
        peak = max(peak, total)
    return peak


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


# tables


def table(title: str, heading: str, cases: Mapping[int, Case], steps: Sequence[int] | None = None) -> None:
    """Print a measurement: a column for each case; what grows with `steps` is also told for each of them."""
    found = [memory(case) for case in cases.values()]
    milliseconds = times(list(cases.values()))
    tensors = [one["tensors"] for one in found]
    lines = [
        (heading, [f"{name:,}" for name in cases]),
        ("time, ms", [f"{v:.2f}" for v in milliseconds]),
        ("  ratio", [f"{v / milliseconds[0]:.2f}" for v in milliseconds]),
        ("tensors, MiB", [f"{v:.2f}" for v in tensors]),
        ("  ratio", [f"{v / tensors[0]:.2f}" for v in tensors]),
        ("arrays, MiB", [f"{one['arrays']:.3f}" for one in found]),
        (f"growth in {UPDATES}, MiB", [f"{one['growth']:.2f}" for one in found]),
    ]
    if steps is not None:
        lines.insert(3, ("  for each step more", [f"{v:.3f}" for v in _slopes(milliseconds, steps)]))
        lines.insert(6, ("  for each step more", [f"{v:.4f}" for v in _slopes(tensors, steps)]))
    print(f"\n{title}\n")
    for name, cells in lines:
        print(f"{name:<20}" + "".join(f"{cell:>11}" for cell in cells), flush=True)


def _slopes(values: Sequence[float], steps: Sequence[int]) -> list[float]:
    """How much the values grow for each step, from one column to the next; of the first, its own share."""
    growth = [b - a for a, b in pairwise([0.0, *values])]
    return [value / more for value, more in zip(growth, [b - a for a, b in pairwise([0, *steps])], strict=True)]


def main() -> None:
    """Print all tables."""
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        print(json.dumps(measure_memory(Case(*json.loads(sys.argv[1])))))
        return
    versions = f"rnnctl {__version__}, torch {torch.__version__}, numpy {np.__version__}"
    print(f"{versions}, Python {platform.python_version()}, {platform.platform()}")
    load = ", ".join(f"{v:.2f}" for v in os.getloadavg())
    print(f"{os.cpu_count()} processors, one thread; load before: {load}; an LSTM of {SIZE} units, window {WINDOW}")
    streams = f"streams of {ROWS} rows"
    table(f"Length of the series, {streams}", "steps", {n: Case(n, ROWS, WINDOW, WINDOW) for n in LENGTHS})
    table("Length of the series, one row", "steps", {n: Case(n, 1, WINDOW, WINDOW) for n in LENGTHS})
    table(
        f"The window, {LENGTH:,} steps in {streams}", "window", {w: Case(LENGTH, ROWS, w, w) for w in WINDOWS}, WINDOWS
    )
    deep = [WINDOW * m for m in DEPTHS]
    title = f"window: {{update: {WINDOW}, backward: ...}}, {LENGTH:,} steps in {streams}"
    table(title, "backward", {k: Case(LENGTH, ROWS, WINDOW, k) for k in deep}, deep)


if __name__ == "__main__":
    main()
