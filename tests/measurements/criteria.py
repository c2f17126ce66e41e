"""The published criteria: train the configs of three tasks over many seeds, judge them, and write the table.

    python tests/measurements/criteria.py --seeds 10 --jobs 2

Each run is `rnnctl train` on a shipped config, in a process of its own, with another `training.seed`, and of
reber with other strings; what is judged is the checkpoint that it keeps. Runs that are done stand in the file
given by --out, one a line, and are not done again while the config stays as it was. Shapes: S sequences of one
length, T time, O outputs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rnnctl import __version__
from rnnctl.build import build_model, load_data, put_weights
from rnnctl.data.dataset import Dataset
from rnnctl.data.sequences import Sequences
from rnnctl.data.tasks.reber import SYMBOLS, legal_next
from rnnctl.document import dump, load
from rnnctl.nn.chain import CellChain
from rnnctl.runs.directory import Run, find_run

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "rnnctl" / "docs" / "criteria.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
CHUNK = 512
"""Sequences judged at a time."""

Array = NDArray[Any]


class Verdict(NamedTuple):
    """How many of the sequences that were judged are wrong."""

    wrong: int
    of: int


@dataclass(frozen=True)
class Trial:
    """A config and what stands in the place of its recurrent layer: None is the config as it is.

    `cells` are the definitions of layers that the config itself does not have.
    """

    config: str
    label: str
    layer: Mapping[str, Any] | None
    judge: Callable[[CellChain, Dataset], Verdict]
    allowed: int
    """The run succeeds with at most so many wrong."""
    new_data: bool = False
    """Each seed has a data set of its own."""
    cells: Mapping[str, Any] = field(default_factory=dict)
    window: int | None = None
    """The window of training, where it is not that of the config."""

    def value(self, seed: int) -> dict[str, Any]:
        """The config with its seed, as plain values."""
        value = dict(load(ROOT / "configs" / f"{self.config}.yaml").value)
        value["training"] = {**value["training"], "seed": seed}
        if self.window is not None:
            value["training"]["window"] = self.window
        if self.new_data:
            [(task, options)] = value["data"]["task"].items()
            value["data"] = {**value["data"], "task": {task: {**options, "seed": seed}}}
        if self.layer is not None:
            chain = value["model"]["chain"]
            recurrent = [isinstance(item, dict) and any(name.endswith("lstm") for name in item) for item in chain]
            kept = [self.layer if here else item for item, here in zip(chain, recurrent, strict=True)]
            assert any(recurrent), "there is no lstm to take the place of"
            value["model"] = {"chain": kept}
            value.pop("cells", None)
            value |= {"cells": self.cells} if self.cells else {}
        return value

    def key(self, seed: int) -> str:
        """What a finished run is known by."""
        return hashlib.sha256(f"{self.label}\n{dump(self.value(seed))}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Result:
    """One run. `presented` counts sequences up to the checkpoint that is kept, `seconds` are of the processor."""

    key: str
    task: str
    model: str
    seed: int
    parameters: int
    wrong: int
    of: int
    success: bool
    epoch: int
    epochs: int
    sequences: int
    presented: int
    seconds: float


# judging


def outputs_of(model: CellChain, split: Sequences) -> Iterator[tuple[Array, Array, Array]]:
    """Sequences of one length at a time: their codes or numbers (S, T, …), targets (S, T, …), outputs (S, T, O)."""
    for length in np.unique(split.lengths):
        origins = split.origins[split.lengths == length]
        for start in range(0, len(origins), CHUNK):
            steps = origins[start : start + CHUNK, np.newaxis] + np.arange(length)
            inputs = split.inputs[steps]
            x = torch.as_tensor(inputs)
            with torch.no_grad():
                _, y = model.unroll(model.initial_carry(len(steps)), x.float() if x.is_floating_point() else x)
            yield inputs, split.targets[steps], y.double().numpy()


def reber(model: CellChain, dataset: Dataset) -> Verdict:
    """Training and test strings: at every step each legal next symbol has a larger output than all others."""
    found = [
        ranked_first("".join(SYMBOLS[code] for code in codes), y)
        for split in (dataset.train, dataset.test)
        for inputs, _, outputs in outputs_of(model, split)
        for codes, y in zip(inputs, outputs, strict=True)
    ]
    return Verdict(found.count(False), len(found))


def ranked_first(string: str, outputs: Array) -> bool:
    """Whether outputs (T, 7) rank the legal next symbols of each step of a string above all others."""
    legal = np.array([[symbol in ways for symbol in SYMBOLS] for ways in legal_next(string)])
    least = np.where(legal, outputs, np.inf).min(1)
    return bool((least > np.where(legal, -np.inf, outputs).max(1)).all())


def adding(model: CellChain, dataset: Dataset) -> Verdict:
    """Test sequences: the error at the last step is below 0.04, in the units of the task."""
    errors = []
    for _, targets, outputs in outputs_of(model, dataset.test):
        truth, guess = targets[:, -1], outputs[:, -1]
        if (scaling := dataset.scaling.target) is not None:
            truth, guess = scaling.to_data(truth), scaling.to_data(guess)
        errors.append(np.abs(guess - truth)[:, 0])
    return _verdict(np.concatenate(errors) < 0.04)


def temporal_order(model: CellChain, dataset: Dataset) -> Verdict:
    """Test sequences: at the last step each class's probability is within 0.3 of 1 for the true one, 0 for others."""
    errors = []
    for _, targets, outputs in outputs_of(model, dataset.test):
        scores = outputs[:, -1]
        powers = np.exp(scores - scores.max(1, keepdims=True))
        probabilities = powers / powers.sum(1, keepdims=True)
        errors.append(np.abs(probabilities - np.eye(scores.shape[1])[targets[:, -1]]).max(1))
    return _verdict(np.concatenate(errors) < 0.3)


def _verdict(right: Array) -> Verdict:
    return Verdict(int((~right).sum()), len(right))


KEEP = 0.4
SIZE = 96
"""What configs/reber.yaml keeps of the units of its LSTM, and how many there are."""

DROPOUT_RNN = {
    "state": {"h": "size"},
    "parameters": {
        "W": {"shape": ["size", "input"], "init": "glorot_uniform"},
        "U": {"shape": ["size", "size"], "init": "orthogonal"},
        "b": {"shape": ["size"], "init": "zeros"},
    },
    "draws": {"m": {"bernoulli": KEEP, "shape": ["size"], "per": "step"}},
    "equations": f"h' = m / {KEEP} * tanh(W @ x + U @ h + b)\n",
    "output": "h'",
}
"""An Elman network with the dropout of configs/reber.yaml."""

TRIALS = (
    Trial("reber", "LSTM with dropout", None, reber, 0, new_data=True),
    Trial("reber", "LSTM", {"lstm": SIZE}, reber, 0, new_data=True),
    Trial("reber", "Elman, gradient of one step", {"rnn": SIZE}, reber, 0, new_data=True, window=1),
    Trial("reber", "Elman, as many units", {"rnn": SIZE}, reber, 0, new_data=True),
    Trial(
        "reber",
        "Elman with dropout, as many units",
        {"dropout_rnn": SIZE},
        reber,
        0,
        new_data=True,
        cells={"dropout_rnn": DROPOUT_RNN},
    ),
    Trial("temporal_order", "LSTM", None, temporal_order, 1),
    Trial("adding", "LSTM", None, adding, 1),
    Trial("reber", "Elman, as many parameters", {"rnn": 194}, reber, 0, new_data=True),
)


# running


def run_trial(trial: Trial, seed: int) -> Result:
    """Train in a process of its own, and judge what it leaves. Errors: CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / f"{trial.config}.yaml"
        config.write_text(dump(trial.value(seed)), "utf-8")
        seconds = _train(config, Path(folder))
        run = find_run(None, Path(folder))
        return _judged(trial, seed, run, seconds)


def _train(config: Path, runs: Path) -> float:
    """`rnnctl train`; the seconds of processor time that it took."""
    command = [sys.executable, "-m", "rnnctl", "train", str(config), "--runs", str(runs), "--quiet"]
    with (runs / "output.txt").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            print(output.read(), file=sys.stderr)
            raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def _judged(trial: Trial, seed: int, run: Run, seconds: float) -> Result:
    resolved = run.open()
    dataset, model = load_data(resolved), build_model(resolved)
    checkpoint = run.load_checkpoint("best")
    put_weights(model, checkpoint.weights)
    wrong, of = trial.judge(model.eval(), dataset)
    epoch = int(checkpoint.record["epoch"])
    return Result(
        key=trial.key(seed),
        task=trial.config,
        model=trial.label,
        seed=seed,
        parameters=sum(p.numel() for p in model.parameters()),
        wrong=wrong,
        of=of,
        success=wrong <= trial.allowed,
        epoch=epoch,
        epochs=resolved.training.epochs,
        sequences=len(dataset.train),
        presented=epoch * len(dataset.train),
        seconds=round(seconds, 1),
    )


def finished(out: Path) -> dict[str, Result]:
    """The runs that are done, by their key; a line cut short is passed over."""
    found = {}
    for line in out.read_text("utf-8").splitlines() if out.exists() else ():
        try:
            result = Result(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[result.key] = result
    return found


# the table


def table(results: Sequence[Result]) -> list[str]:
    """A row for each task and model that has runs, by config."""
    rows = [
        "| config | model | parameters | seeds that succeed | wrong: least, median, most | of "
        "| training sequences | presented until the kept checkpoint: median, most | seconds of one core |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for trial in sorted(TRIALS, key=lambda t: t.config):
        runs = [r for r in results if (r.task, r.model) == (trial.config, trial.label)]
        if not runs:
            continue
        wrong = [r.wrong for r in runs]
        presented = [r.presented for r in runs]
        cells = (
            f"`{trial.config}`",
            trial.label,
            f"{runs[0].parameters:,}",
            f"{sum(r.success for r in runs)} of {len(runs)}",
            f"{min(wrong)}, {statistics.median(wrong):g}, {max(wrong)}",
            f"{runs[0].of:,}",
            f"{runs[0].sequences:,}",
            f"{statistics.median(presented):,.0f}, {max(presented):,}",
            f"{statistics.median(r.seconds for r in runs):.0f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def write(page: Path, results: Sequence[Result]) -> None:
    """Put the table, and what it was made with, between the two marks of a page."""
    before, rest = page.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    made = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, one for each run; "
        f"rnnctl {__version__}, Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}."
    )
    text = "\n".join([BEGIN, made, "", *table(results), END])
    page.write_text(f"{before}{text}{after}", "utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds of each (10)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--only", nargs="+", choices=sorted({t.config for t in TRIALS}), help="these configs alone")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time (1)")
    parser.add_argument("--out", type=Path, default=Path("runs/criteria.jsonl"), help="finished runs, one a line")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page that gets the table")
    options = parser.parse_args()
    if not options.page.is_file():
        parser.error(f"there is no page {options.page} for the table to stand in")
    torch.set_num_threads(1)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    done = finished(options.out)
    seeds = range(options.first, options.first + options.seeds)
    wanted = [(trial, seed) for trial in TRIALS for seed in seeds]
    todo = [pair for pair in wanted if pair[0].key(pair[1]) not in done]
    todo = [pair for pair in todo if options.only is None or pair[0].config in options.only]
    with ThreadPoolExecutor(options.jobs) as pool:
        for future in as_completed([pool.submit(run_trial, *pair) for pair in todo]):
            result = future.result()
            done[result.key] = result
            with options.out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(result)) + "\n")
            print(
                f"{result.task}, {result.model}, seed {result.seed}: {result.wrong} of {result.of} wrong, "
                f"checkpoint of epoch {result.epoch} of {result.epochs}, {result.seconds:.0f} s",
                flush=True,
            )
    results = [done[key] for trial, seed in wanted if (key := trial.key(seed)) in done]
    write(options.page, results)
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
