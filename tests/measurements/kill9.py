"""Kill a run at random moments, go on each time, and hold what comes of it against a run that nobody disturbed.

    python tests/measurements/kill9.py [CONFIG …] [--kills 20] [--seed 0]

Without a config it takes configs/sunspots.yaml, and streams whose carry is never reset, under deeper
back-propagation. Each process is killed with SIGKILL at a random moment after its training began, until so many
kills were made and the run has finished; where it finishes too early, another run is begun. Compared are all bytes
of the last and the best checkpoint and of the metrics file. The exit code is 0 where all are the same.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from rnnctl.errors import RnnctlError
from rnnctl.runs.directory import Run

ROOT = Path(__file__).parents[2]
STREAMS = f"""\
name: streams
data:
  csv: {ROOT / "datasets" / "sunspots.csv"}
  input: [sunspots]
  target: {{column: sunspots, ahead: 1}}
model: {{chain: [{{zoneout_lstm: 32}}, {{dense: 1}}]}}
training:
  loss: mse
  optimizer: {{adamw: {{lr: 3e-3}}}}
  schedule: {{cosine: {{warmup: 20}}}}
  epochs: 60
  batching: streams
  batch: 4
  window: {{update: 4, backward: 16}}
  reset: never
  learn_initial_state: true
"""


class Ended(NamedTuple):
    """A process that ended: its exit code, and how long it trained."""

    code: int
    seconds: float
    told: str


def train(config: Path, runs: Path, resume: str | None, kill_after: float | None) -> Ended:
    """Train, and kill the process so many seconds after its training began, unless it is None."""
    command = [sys.executable, "-m", "rnnctl", "train", str(config), "--runs", str(runs)]
    command += ["--resume", resume] if resume else []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = []
        while line := process.stderr.readline():  # "NAME: … parameters, … epochs, in …" is told when training begins
            lines.append(line)
            if " parameters, " in line:
                break
        began = time.monotonic()
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
        reader.start()
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        seconds = time.monotonic() - began
        reader.join()
    return Ended(process.returncode, seconds, "".join(lines))


def left(run: Run) -> tuple[bytes, bytes, bytes]:
    """What is compared of a run."""
    return run.checkpoint("last").read_bytes(), run.checkpoint("best").read_bytes(), run.metrics.read_bytes()


def stands(run: Run) -> str:
    """Where a run would go on."""
    if not run.checkpoint("last").exists():
        return "no checkpoint yet"
    try:
        place = run.load_state("last").record["state"]["place"]
    except RnnctlError as error:
        return f"DAMAGED: {error}"
    return f"epoch {place['epoch']}, window {place['windows']}, {place['update']} updates"


def disturbed(config: Path, runs: Path, kills: int, seconds: float, moments: random.Random) -> tuple[Run, int]:
    """A run that is killed up to so many times on its way to the end."""
    run, made = None, 0
    while True:
        wait = moments.uniform(0, 2 * seconds / kills) if made < kills else None
        ended = train(config, runs, str(run.path) if run else None, wait)
        run = run or next((Run(path) for path in runs.iterdir() if (path / "run.json").is_file()), None)
        if ended.code == 0:
            assert run is not None
            return run, made
        if ended.code != -9:
            sys.exit(f"a process ended with exit code {ended.code}:\n{ended.told}")
        made += 1
        where = "no run yet" if run is None else stands(run)
        print(f"  kill {made:2}, {ended.seconds:5.2f} s after training began: {where}", flush=True)


def measure(config: Path, kills: int, seed: int) -> bool:
    """Whether every disturbed run of a config leaves the same bytes as the undisturbed one."""
    moments, made, same, number = random.Random(seed), 0, True, 0
    with tempfile.TemporaryDirectory(prefix="kill9-") as folder:
        whole = train(config, Path(folder) / "whole", None, None)
        if whole.code != 0:
            sys.exit(f"the undisturbed run ended with exit code {whole.code}:\n{whole.told}")
        [path] = (Path(folder) / "whole").iterdir()
        expected = left(Run(path))
        print(f"{config.name}: undisturbed, {stands(Run(path))}, {whole.seconds:.1f} s of training", flush=True)
        while made < kills:
            number += 1
            run, count = disturbed(config, Path(folder) / f"run{number}", kills - made, whole.seconds, moments)
            made += count
            found = left(run)
            equal = [name for name, a, b in zip(("last", "best", "metrics"), expected, found, strict=True) if a == b]
            same &= len(equal) == len(expected)
            print(
                f"  run {number} finished after {count} kills; the same bytes: {', '.join(equal) or 'NONE'}", flush=True
            )
    print(f"{config.name}: {made} kills, {'identical' if same else 'DIFFERENT'}")
    return same


def main() -> None:
    """Measure the configs that are given."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("configs", nargs="*", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        streams = Path(folder) / "streams.yaml"
        streams.write_text(STREAMS)
        configs = given.configs or [ROOT / "configs" / "sunspots.yaml", streams]
        found = [measure(config, given.kills, given.seed) for config in configs]
    sys.exit(0 if all(found) else 1)


if __name__ == "__main__":
    main()
