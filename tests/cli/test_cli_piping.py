"""The page on streams: its commands run, and answer in the form that it shows."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rnnctl.backends.initialize import initial_values
from rnnctl.config import open_config
from rnnctl.data.dataset import load
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import create_run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "rnnctl" / "docs" / "pipe.md").read_text("utf-8")


def untrained(root: Path) -> None:
    """A run of the sunspots, its weights those that training begins with."""
    resolved = open_config(ROOT / "configs" / "sunspots.yaml")
    scaling = load(resolved.source, resolved.split, resolved.scale, 0).scaling
    run = create_run(root / "runs", resolved, resolved.written, scaling.as_dict())
    layers = [(item.place, initial_values(item.layer, 0, item.place)) for item in resolved.layers]
    weights = {f"{place}.{name}": value.astype("float32") for place, values in layers for name, value in values.items()}
    checkpoint.save(run.checkpoint("best"), weights, {"epoch": 0})


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    untrained(tmp_path)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    [block] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for command, shown in re.findall(r"^\$ (.*)\n((?:\{.*\n)+)", block, re.MULTILINE):
        line = command.replace("rnnctl", f"{sys.executable} -m rnnctl", 1)
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        ours, theirs = map(records, (done.stdout, shown))
        assert [(r["t"], r["input"], r["output"].keys()) for r in ours] == [
            (r["t"], r["input"], r["output"].keys()) for r in theirs
        ]


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_behind_the_last_line(tmp_path: Path, number: signal.Signals) -> None:
    untrained(tmp_path)
    command = [sys.executable, "-m", "rnnctl", "step", "--input", "-"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"50\n66\n")
    process.stdin.flush()
    for _ in range(2):
        process.stdout.readline()
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    process.stdin.close()
    process.stdout.close()
    done = subprocess.run(command, cwd=tmp_path, input="80\n", capture_output=True, text=True, check=False)
    assert [record["t"] for record in records(done.stdout)] == [3]


def records(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]
