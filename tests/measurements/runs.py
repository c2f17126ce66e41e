"""How long `rnnctl runs` takes to list 10,000 runs: the whole command, from its start to its end.

    python tests/measurements/runs.py [COUNT]

The runs are made in a folder that is removed afterwards: run.json and metrics.jsonl as training writes them, one in
ten unfinished. Seconds of the wall and of the processor are each the median of five, after one that is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rnnctl.config import open_config
from rnnctl.runs.directory import Run
from rnnctl.runs.files import as_json

CONFIG = """\
name: sine
data: {task: sine}
model: {chain: [lstm: 32, dense: 1]}
training: {loss: mse, window: 32, epochs: 40}
"""
WAYS: tuple[tuple[str, ...], ...] = (
    (),
    ("--json",),
    ("--status", "finished", "--limit", "20"),
    ("--where", "test.mse<0.01", "--sort", "test.mse", "--limit", "20"),
    ("--where", "training.window=64", "--limit", "20"),
    ("--where", "valid.loss<0.01", "--limit", "20"),
)
TIMES = 5


def make(root: Path, count: int) -> None:
    """Make the folders of runs."""
    config = root.parent / "sine.yaml"
    config.write_text(CONFIG)
    text = open_config(config).as_text()
    origin = {f"training.key_{i}": {"from": "file", "file": "/a/folder/sine.yaml", "line": i} for i in range(25)}
    for i in range(count):
        run = Run(root / f"sine-{i + 1}")
        run.path.mkdir(parents=True)
        run.resolved.write_text(text.replace("window: 32", f"window: {32 if i % 2 else 64}"))
        metrics = {"loss": 1 / (i + 1), "mse": 1 / (i + 1), "mae": 0.1, "rmse": 0.1, "skill": 0.5, "scored_steps": 99}
        lines = [{"epoch": e, "update": e, "train": metrics, "valid": metrics} for e in range(1, 41)]
        run.metrics.write_text("".join(as_json(line) + "\n" for line in lines))
        done = {"status": "finished", "best_epoch": 40, "stopped_early": None, "test": metrics}
        record = {"format": 1, "name": "sine", "status": "stopped", "created": "2026-11-23T00:00:00+00:00"}
        record |= {"versions": {"python": "3.11"}, "composed": {"origin": origin}, **(done if i % 10 else {})}
        lines_ = ",\n".join(f"  {as_json(key)}: {as_json(value)}" for key, value in record.items())
        (run.path / "run.json").write_text("{\n" + lines_ + "\n}\n")


def seconds(root: Path, *arguments: str) -> tuple[float, float]:
    """The wall time of a command, and the time of the processor."""
    command = [sys.executable, "-m", "rnnctl", "runs", "list", "--runs", str(root), *arguments]
    took = []
    for _ in range(TIMES + 1):
        began, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        took.append((time.perf_counter() - began, used))
    wall, processor = zip(*took[1:], strict=True)
    return statistics.median(wall), statistics.median(processor)


def main() -> None:
    """Print a line for each way of asking."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "runs")
        make(root, count)
        print(f"{count:,} runs, {os.cpu_count()} cores")
        for way in WAYS:
            wall, processor = seconds(root, *way)
            print(f"{wall:6.2f} s, processor {processor:5.2f} s  rnnctl runs list {' '.join(way)}".rstrip())


if __name__ == "__main__":
    main()
