import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnnctl.catalogue import names
from rnnctl.cli.app import main

CONFIG = """
data: {task: reber}
cells:
  leaky:
    summary: A leaky integrator
    options:
      leak: {real: 0.1, above: 0, at_most: 1, summary: how much is new}
    state: {h: size}
    parameters:
      W: {shape: [size, input], init: glorot_uniform}
    equations: |
      h' = (1 - leak) * h + leak * tanh(W @ x)
    output: h'
model: {chain: [one_hot, {leaky: 4}, {dense: 7}]}
training: {loss: cross_entropy}
"""


@pytest.fixture
def cells(monkeypatch, capsys, tmp_path):
    """Run `rnnctl cells …` in a folder with a config: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("c.yaml").write_text(CONFIG)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnctl", "cells", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def test_the_list(cells):
    code, out, err = cells()
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == list(names())
    found = json.loads(cells("--json")[1])
    assert [cell["name"] for cell in found] == list(names())
    assert all(cell["summary"] and cell["source"] for cell in found)
    assert json.loads(cells("--config", "c.yaml", "--json")[1])[0]["name"] == "leaky"


def test_one_of_the_catalogue(cells):
    code, out, err = cells("show", "lstm")
    assert (code, err) == (0, "")
    assert "equations   i = sigmoid(Wi @ x + Ui @ h + bi)\n" in out
    found = json.loads(cells("show", "rnn", "--json")[1])
    assert found["equations"] == "h' = activation(W @ x + U @ h + b)\n"
    assert found["options"]["activation"]["default"] == "tanh"
    assert found["chain"] == ["- rnn: 32", "- rnn: {size: 32, activation: tanh}"]


def test_one_of_a_config(cells):
    code, out, err = cells("show", "leaky", "--config", "c.yaml")
    assert (code, err) == (0, "")
    assert "leak  a number, at most 1, above 0; 0.1 unless given: how much is\n" in out
    assert "equations   h' = (1 - leak) * h + leak * tanh(W @ x)\n" in out
    assert cells("show", "gru", "--config", "c.yaml") == cells("show", "gru")


def test_unknown_layers(cells):
    listing = f"layers: {', '.join(names())}"
    assert cells("show", "lstmm") == (
        2,
        "",
        f"error: unknown layer 'lstmm'\n  = help: did you mean 'lstm'? {listing}\n",
    )
    assert cells("show", "leeky", "--config", "c.yaml") == (
        2,
        "",
        f"error: unknown layer 'leeky'\n  = help: did you mean 'leaky'? layers: leaky, {listing[8:]}\n",
    )
    assert cells("show", "leaky")[0] == 2


def test_a_config_with_a_mistake(cells):
    Path("c.yaml").write_text(CONFIG.replace("W @ x", "W @@ x"))
    code, out, err = cells("show", "leaky", "--config", "c.yaml")
    assert (code, out) == (2, "")
    assert "c.yaml:12:" in err


def test_without_torch():
    code = (
        "import sys; sys.argv = ['rnnctl', 'cells', 'show', 'lstm']; from rnnctl.cli.app import main\n"
        "try: main()\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, b"False")
