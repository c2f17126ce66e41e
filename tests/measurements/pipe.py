"""How many steps a second the pipe of `rnnctl step` carries, and whether its memory grows.

    python tests/measurements/pipe.py [--lines 1000000]

An untrained LSTM of 32 units and a dense layer, one column in and one out. Printed are lines a second, start and end
of the process included, and the peak of its memory for a tenth of the lines and for all of them.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rnnctl.backends.initialize import initial_values
from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.data.dataset import load
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import create_run

CONFIG = """
name: pipe
data: {task: sine}
model: {chain: [{lstm: 32}, {dense: 1}]}
training: {loss: mse, window: 16}
"""


def make_run(root: Path) -> None:
    """A run as training leaves it, with the weights that training begins with."""
    config = parse_config(CONFIG, str(root / "config.yaml"))
    resolved = resolve(config, examined(config))
    scaling = load(resolved.source, resolved.split, resolved.scale, 0).scaling
    run = create_run(root / "runs", resolved, CONFIG, scaling.as_dict())
    weights = {
        f"{chained.place}.{name}": value.astype("float32")
        for chained in resolved.layers
        for name, value in initial_values(chained.layer, 0, chained.place).items()
    }
    checkpoint.save(run.checkpoint("best"), weights, {"epoch": 0})


def carried(root: Path, lines: int, *options: str) -> tuple[float, float]:
    """Lines a second, and the largest memory of any process so far in MB."""
    rows = root / "rows.csv"
    with rows.open("w") as file:  # line by line: a child's peak counts what its parent held when it was made
        file.writelines(f"{(i * 37 % 200 - 100) / 100}\n" for i in range(lines))
    command = [sys.executable, "-m", "rnnctl", "step", "--reset", "--input", "-", *options]
    with rows.open() as source:
        start = time.perf_counter()
        subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True, cwd=root)
        taken = time.perf_counter() - start
    return lines / taken, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_run(root)
        for count, options in ((lines // 10, ()), (lines, ()), (lines // 10, ("--flush",))):
            speed, memory = carried(root, count, *options)
            print(f"{count:>9,} lines {' '.join(options):8} {speed:8,.0f} a second, at most {memory:.0f} MB")


if __name__ == "__main__":
    main()
