"""Folders of runs as training leaves them, made without training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnctl.runs.files import as_json

SETTINGS = """\
format: 2
name: {name}
model:
  chain:
    - {layer}:
        size: 8
training:
  loss: mse
  optimizer:
    adam:
      lr: 0.003
  window: {window}
"""


def make(
    name: str,
    made: int = 0,
    mse: float | None = 0.5,
    *,
    window: int = 32,
    layer: str = "lstm",
    status: str = "finished",
    losses: tuple[float, ...] = (2.0, 1.0),
    root: str = "runs",
    **more: Any,
) -> Path:
    """A run that was made so many seconds after another, with these results; `more` stands in its record too."""
    path = Path(root) / name
    (path / "checkpoints").mkdir(parents=True)
    (path / "checkpoints" / "last.safetensors").write_bytes(b"weights")
    (path / "resolved.yaml").write_text(SETTINGS.format(name="b", layer=layer, window=window))
    os.utime(path / "resolved.yaml", (1_000_000 + made, 1_000_000 + made))
    lines = [{"epoch": i + 1, "train": {"loss": 2 * x}, "valid": {"loss": x}} for i, x in enumerate(losses)]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    ended: Mapping[str, Any] = {"best_epoch": len(losses), "test": {"loss": mse, "mse": mse, "skill": 0.25}}
    record = {"format": 1, "name": "b", "status": status, "created": "2026-11-23T01:02:03+00:00", **more}
    record |= ended if status == "finished" else {}
    text = ",\n".join(f"  {as_json(key)}: {as_json(value)}" for key, value in record.items())
    (path / "run.json").write_text("{\n" + text + "\n}\n")
    (path / "lock").write_text("")
    return path


def three() -> None:
    """Two finished runs and an interrupted one, the newest."""
    make("b-1", 1, 0.5)
    make("b-2", 2, 0.125, window=64, losses=(4.0, 3.0, 2.0))
    make("b-3", 3, status="interrupted", layer="gru")


def holding(path: Path, lock: str = "lock") -> subprocess.Popen[str]:
    """A process that holds a lock of a run until it is killed, or its input ends."""
    code = (
        "import sys; from pathlib import Path; from rnnctl.runs.lock import held\n"
        "held(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(path.resolve() / lock)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process
