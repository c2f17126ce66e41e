"""One model, seven ways: the faces of the stepper and the model that was trained give the same numbers.

Runs of shipped configs, cut short, are walked with `--input` (by two processes, the session kept between them), line
by line, through the pipe and on the full screen; and by the model of training in torch, in evaluation: step by step,
and as one sequence. Whatever one of them gives is held against the first, at every step and at the carry in the end.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnctl.build import build_model, load_run, put_weights
from rnnctl.cli import line_mode
from rnnctl.cli.app import main
from rnnctl.data.records import Facts
from rnnctl.nn.cells import Cell
from rnnctl.nn.recur import Recur
from rnnctl.runs.directory import Run, find_run
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.step import Step
from rnnctl.stepping.store import load_session

pytest.importorskip("textual")
from tests.tui.screens import driven, enter

ROOT = Path(__file__).parent.parent
CLOSE = 1e-6
"""The largest difference, against the largest of the numbers compared."""
TEXT = "def f(x):\n  return x\n"

Numbers = NDArray[np.float64]


class Shipped(NamedTuple):
    """A config, how many updates it is given, what is set in it, and what it is then walked with."""

    name: str
    updates: int
    inputs: Sequence[str]
    settings: Sequence[str] = ()


class Walked(NamedTuple):
    """What a face gave at each step: model units (T, O), data units or probabilities (T, K); the carry in the end."""

    outputs: Numbers | None
    shown: Numbers
    carry: dict[str, Numbers]


def _column(count: int) -> list[str]:
    with (ROOT / "datasets" / "sunspots.csv").open(encoding="utf-8") as file:
        return [row["sunspots"] for row in islice(csv.DictReader(file), count)]


def _rows(count: int) -> list[str]:
    with (ROOT / "datasets" / "digits.csv").open(encoding="utf-8") as file:
        return [",".join(row[f"p{i}"] for i in range(8)) for row in islice(csv.DictReader(file), count)]


SHIPPED = (
    Shipped("sunspots", 20, _column(24)),
    Shipped("own_cell", 20, _column(24)),
    Shipped("digits", 6, _rows(16)),
    Shipped("reber", 10, "BTBTXSETEBPB"),
    Shipped("characters", 2, [repr(c)[1:-1] for c in TEXT[:12]], ["data.text=text.py"]),
)


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda shipped: shipped.name)
def shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shipped, Run]]:
    """A run that was trained by the command, for some updates, and then stopped."""
    chosen: Shipped = request.param
    folder = tmp_path_factory.mktemp(chosen.name)
    (folder / "text.py").write_text(TEXT * 400, "utf-8")
    settings = [part for value in chosen.settings for part in ("--set", value.replace("text.py", f"{folder}/text.py"))]
    config = str(ROOT / "configs" / f"{chosen.name}.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        arguments = ["train", config, "--quiet", "--stop-after", str(chosen.updates), *settings]
        patch.setattr(sys, "argv", ["rnnctl", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        yield chosen, find_run(None, folder / "runs")


def test_every_face_gives_what_the_trained_model_gives(
    shipped: tuple[Shipped, Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen, run = shipped
    by_torch = in_sequence(run, chosen.inputs)
    faces = {
        "torch, step by step": step_by_step(run, chosen.inputs),
        "one-shot": one_shot(run, chosen.inputs),
        "line mode": line_by_line(run, chosen.inputs, monkeypatch),
        "pipe": piped(run, chosen.inputs, monkeypatch, capsys),
        "full screen": on_the_screen(run, chosen.inputs),
    }
    apart = {name: difference(walked, by_torch) for name, walked in faces.items()}
    assert len(by_torch.shown) == len(chosen.inputs)
    assert np.ptp(by_torch.shown, axis=0).max() > 1e-3  # not all the same, which would say little
    assert all(value <= CLOSE for value in apart.values()), apart


def difference(one: Walked, other: Walked) -> float:
    """The largest difference between two walks, of any kind of number against the largest of that kind."""
    assert one.carry.keys() == other.carry.keys()
    assert other.outputs is not None
    pairs = [(one.shown, other.shown), *((value, other.carry[name]) for name, value in one.carry.items())]
    if one.outputs is not None:
        pairs.append((one.outputs, other.outputs))
    for mine, theirs in pairs:
        assert mine.shape == theirs.shape
    return max(float(np.abs(mine - theirs).max() / np.abs(theirs).max()) for mine, theirs in pairs)


# the model of training


def in_sequence(run: Run, inputs: Sequence[str]) -> Walked:
    """All steps as one sequence, as evaluation takes it."""
    model = build_model(run.open())
    put_weights(model, run.load_checkpoint(load_model(run).checkpoint).weights)
    model.eval()
    with torch.no_grad():
        carry, y = model.unroll(model.initial_carry(1), _in_model_units(run, inputs)[None])
    parts = {
        f"{place}.{state.name}": value[0].numpy().astype(np.float64)
        for (place, cell), own in zip(model.placed(), carry, strict=True)
        for state, value in zip(cell.layer.states, own, strict=True)
    }
    outputs = y[0].numpy().astype(np.float64)
    return Walked(outputs, _shown(run, outputs), parts)


def step_by_step(run: Run, inputs: Sequence[str]) -> Walked:
    """The stateful face of the same model, one step after the other."""
    model = load_run(str(run.path), checkpoint=load_model(run).checkpoint)
    with torch.no_grad():
        outputs = np.stack([model(x).numpy().astype(np.float64) for x in _in_model_units(run, inputs)])
    parts: dict[str, Numbers] = {}
    for place, layer in enumerate(model):
        if isinstance(layer, Recur):
            assert isinstance(layer.cell, Cell)
            state = layer.state if isinstance(layer.state, tuple) else (layer.state,)
            for declared, value in zip(layer.cell.layer.states, state, strict=True):
                parts[f"{place}.{declared.name}"] = value.numpy().astype(np.float64)
    return Walked(outputs, _shown(run, outputs), parts)


def _in_model_units(run: Run, inputs: Sequence[str]) -> torch.Tensor:
    """The inputs as a batch would hold them: numbers (T, F) by the scaling that the run has on record, or codes (T)."""
    facts = _facts(run)
    if facts.input.kind == "symbol":
        return torch.tensor([facts.input.symbols.index(symbol) for symbol in inputs])
    values = np.array([[float(field) for field in row.split(",")] for row in inputs])
    scaling = run.record()["scaling"]["input"]
    if scaling is not None:
        values = (values - np.array(scaling["offset"])) / np.array(scaling["factor"])
    return torch.tensor(values, dtype=torch.float32)


def _shown(run: Run, outputs: Numbers) -> Numbers:
    """Outputs as people are shown them: in the data's units, or as probabilities."""
    if _facts(run).target.kind == "class":
        return torch.softmax(torch.from_numpy(outputs), -1).numpy()
    scaling = run.record()["scaling"]["target"]
    return outputs if scaling is None else outputs * np.array(scaling["factor"]) + np.array(scaling["offset"])


def _facts(run: Run) -> Facts:
    return run.open().facts


# the faces of the stepper


def one_shot(run: Run, inputs: Sequence[str]) -> Walked:
    """`--input`, half of the steps by one process and the rest by the next."""
    records: list[dict[str, Any]] = []
    for some in (inputs[: len(inputs) // 2], inputs[len(inputs) // 2 :]):
        given = [part for value in some for part in ("--input", value)]
        command = [sys.executable, "-m", "rnnctl", "step", str(run.path), "--session", "calls", "--json", *given]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
        records += map(json.loads, done.stdout.splitlines())
    assert [record["t"] for record in records] == list(range(1, len(inputs) + 1))
    outputs = np.array([record["output_in_model_units"] for record in records])
    told = records[-1]["layers"]
    parts = {
        f"{layer['place']}.{name}": np.array(part["value"]) for layer in told for name, part in layer["state"].items()
    }
    assert all(np.array_equal(parts[name], value) for name, value in _kept(run, "calls").items())
    return Walked(outputs, _told(records), parts)


def line_by_line(run: Run, inputs: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> Walked:
    """The loop over lines, which come from a stream."""
    console = Console(Session(load_model(run)), run)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"step {_quoted(value)}\n" for value in inputs)))
    line_mode.talk(console, run, "lines")
    return _walked(console.session, _kept(run, "lines"))


def piped(
    run: Run, inputs: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Walked:
    """`--input -`, lines in and JSON lines out."""
    rows = run.path / "rows"
    rows.write_text("".join(f"{value}\n" for value in inputs), "utf-8")
    capsys.readouterr()
    with rows.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        monkeypatch.setattr(sys, "argv", ["rnnctl", "step", str(run.path), "--input", "-", "--session", "pipe"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["t"] for record in records] == list(range(1, len(inputs) + 1))
    return Walked(None, _told(records), _kept(run, "pipe"))


def on_the_screen(run: Run, inputs: Sequence[str]) -> Walked:
    """The full screen, where the steps are typed on its line."""
    console = Console(Session(load_model(run)), run)

    async def drive(app: Any, pilot: Any) -> None:
        half = len(inputs) // 2
        for some in (inputs[:half], inputs[half:]):
            await enter(app, pilot, f"step {' '.join(map(_quoted, some))}")

    driven(console, drive)
    return _walked(console.session, _parts(console.session))


def _quoted(value: str) -> str:
    return value if value.strip() else f"'{value}'"


def _told(records: Sequence[dict[str, Any]]) -> Numbers:
    return np.array([list(record.get("output", record.get("probabilities")).values()) for record in records])


def _walked(session: Session, carry: dict[str, Numbers]) -> Walked:
    """All steps of a session that did nothing else."""
    made: list[Step] = []
    while session.last is not None:
        made.append(session.last)
        session.back()
    made.reverse()
    outputs = np.stack([step.output.astype(np.float64) for step in made])
    return Walked(outputs, np.array([list(step.shown.values()) for step in made]), carry)


def _kept(run: Run, name: str) -> dict[str, Numbers]:
    """The carry of a session as its file has it."""
    return _parts(load_session(run, name, load_model(run)))


def _parts(session: Session) -> dict[str, Numbers]:
    return {
        f"{layer.place}.{state.name}": value.astype(np.float64)
        for layer, own in zip(session.model.layers, session.carry, strict=True)
        for state, value in zip(layer.states, own, strict=True)
    }
