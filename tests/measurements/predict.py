"""How many rows a second `rnnctl predict` answers, and whether its memory grows.

    python tests/measurements/predict.py [--rows 1000000]

An untrained LSTM of 32 units and a dense layer, one column in and one out. Printed are rows a second, start and end
of the process included, and the peak of its memory: for a tenth of the rows and for all of them, as CSV and as JSON
lines, to a pipe and to a file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.measurements.pipe import make_run

COLUMN = "value"


def written(root: Path, rows: int, form: str) -> Path:
    """A file of new data."""
    path = root / f"rows.{form}"
    values = ((i * 37 % 200 - 100) / 100 for i in range(rows))
    with path.open("w") as stream:
        if form == "csv":
            stream.write(f"{COLUMN}\n")
            stream.writelines(f"{value}\n" for value in values)
        else:
            stream.writelines(json.dumps({COLUMN: value}) + "\n" for value in values)
    return path


def answered(root: Path, path: Path, rows: int, *options: str) -> tuple[float, float]:
    """Rows a second, and the largest memory of the process in MB."""
    command = [sys.executable, "-m", "rnnctl", "predict", "pipe-1", str(path), *options]
    start = time.perf_counter()
    child = os.fork()
    if not child:
        os.chdir(root)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(sys.executable, command)
    _, status, usage = os.wait4(child, 0)
    taken = time.perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0
    scale = 1024 if sys.platform != "darwin" else 1024**2
    assert isinstance(usage, resource.struct_rusage)
    return rows / taken, usage.ru_maxrss / scale


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_run(root)
        cases = [(rows // 10, "csv", ()), (rows, "csv", ()), (rows, "jsonl", ("--format", "jsonl"))]
        cases.append((rows, "csv", ("--out", str(root / "out.csv"))))
        for count, form, options in cases:
            speed, memory = answered(root, written(root, count, form), count, *options)
            shown = f"{form} {' '.join(options[:1])}"
            print(f"{count:>9,} rows {shown:16} {speed:8,.0f} a second, at most {memory:.0f} MB")


if __name__ == "__main__":
    main()
