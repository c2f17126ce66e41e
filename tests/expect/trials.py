"""A small config with its data, and trials of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnctl.expect.events import TrialKind
from rnnctl.expect.trial import Trial, write_order

CONFIG = """\
name: tiny
data:
  csv: tiny.csv
  input: [x]
  target: {column: x, ahead: 1}
model:
  chain:
    - gru: 4
    - dense: 1
training:
  loss: mse
  epochs: 3
  window: 8
"""


def write_config(folder: Path, text: str = CONFIG, rows: int = 80) -> Path:
    """A config and its data in a folder."""
    (folder / "tiny.csv").write_text("x\n" + "".join(f"{(i * 5) % 13}\n" for i in range(rows)))
    path = folder / "tiny.yaml"
    path.write_text(text)
    return path


def trial_of(config: Path, kind: TrialKind = "train", seed: int = 0, **others: Any) -> Trial:
    """A trial beside a config, in a folder of its own: `name` says which."""
    folder = config.parent / others.pop("name", kind)
    folder.mkdir(exist_ok=True)
    settings: Sequence[str] = others.pop("settings", ())
    trial = Trial(config, tuple(settings), kind, seed, folder, **others)
    write_order(trial)
    return trial
