"""What no equation may do with whole numbers: the same word from both backends."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnctl.backends.machine import Machine
from rnnctl.backends.numpy import NumpyBackend
from rnnctl.backends.torch import TorchBackend
from rnnctl.catalogue import read_definitions
from rnnctl.document import parse
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Signal
from rnnctl.errors import ConfigError

CELL = """\
c:
  state: {{t: {{shape: [], kind: integer, initial: {start}}}}}
  parameters: {{E: {{shape: [3], init: ones}}}}
  equations: |
    t' = t + 1
    y = {value}
  output: x * y{unused}
"""


def run(value: str, start: int, steps: int, backend: str) -> list[float]:
    unused = "" if "E" in value else " * E[0]"
    document = parse(CELL.format(value=value, start=start, unused=unused), "c.yaml")
    found, wrong = read_definitions(document, document.value, ())
    assert wrong == []
    layer = bind(found["c"], {"x": Signal((1,))}, {})
    if backend == "numpy":
        machine, make = Machine(layer, NumpyBackend(np.float64)), np.asarray
    else:
        machine, make = Machine(layer, TorchBackend(torch.float64)), torch.as_tensor
    prepared = machine.prepare({"E": make(np.array([5.0, 6.0, 7.0]))})
    _, y = machine.unroll(prepared, (make(np.full(2, start)),), {"x": make(np.ones((steps, 2, 1)))}, {}, steps=steps)
    return [float(v) for v in y[:, 0, 0]]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_computed_index(backend: str) -> None:
    assert run("E[t]", 0, 3, backend) == [5, 6, 7]
    with pytest.raises(ConfigError, match="looks up entry 3 of a table of 3"):
        run("E[t]", 0, 4, backend)
    with pytest.raises(ConfigError, match="looks up entry -1 of a table of 3"):
        run("E[t]", -1, 1, backend)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("value", ["6 // t", "mod(6, t)"])
def test_a_whole_number_divided_by_zero(value: str, backend: str) -> None:
    assert run(value, 4, 1, backend) == [5 * (1 if "//" in value else 2)]
    with pytest.raises(ConfigError, match="divides a whole number by zero"):
        run(value, -1, 2, backend)
