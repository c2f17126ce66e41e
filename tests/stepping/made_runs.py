"""Runs that are made on the spot: weights as they are first drawn, and no training."""

from pathlib import Path

from rnnctl.backends.initialize import initial_values
from rnnctl.config import Resolved, parse_config
from rnnctl.config.resolve import examined, resolve
from rnnctl.data.dataset import load
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run, create_run

FORECAST = """
name: weather
data:
  csv: weather.csv
  input: [temperature, wind]
  target: {column: load, ahead: 2}
model:
  chain:
    - lstm: 5
    - dropout: 0.3
    - clockwork_rnn: {size: 4, modules: 2}
    - dense: 1
training: {loss: mse, window: 4, seed: 3, precision: PRECISION}
"""
SYMBOLS = """
name: reber
data: {task: {reber: {sequences: 20}}}
model: {chain: [{embedding: 3}, {gru: 4}, {dense: 7}]}
training: {loss: cross_entropy, learn_initial_state: true}
"""


def make_run(root: Path, text: str, which: str = "best", seed: int = 3) -> Run:
    """A run as training leaves it, its weights those that training would begin with."""
    rows = "".join(f"{10 + i % 7},{i % 5 / 2},{100 + 3 * (i % 7)}\n" for i in range(60))
    (root / "weather.csv").write_text("temperature,wind,load\n" + rows)
    config = parse_config(text, str(root / "config.yaml"))
    resolved = resolve(config, examined(config))
    scaling = load(resolved.source, resolved.split, resolved.scale, 0).scaling
    run = create_run(root / "runs", resolved, text, scaling.as_dict())
    checkpoint.save(run.checkpoint(which), weights(resolved, seed), {"epoch": 1})
    return run


def weights(resolved: Resolved, seed: int) -> dict:
    found = {}
    for chained in resolved.layers:
        for name, value in initial_values(chained.layer, seed, chained.place).items():
            found[f"{chained.place}.{name}"] = value.astype(resolved.training.precision)
        learned = [s for s in chained.layer.states if s.learn] if chained.initial_state == "learned" else []
        for i, state in enumerate(learned):
            start = checkpoint.np.linspace(-0.5, 0.5 + i, state.shape[0])
            found[f"{chained.place}.initial_{state.name}"] = start.astype(resolved.training.precision)
    return found
