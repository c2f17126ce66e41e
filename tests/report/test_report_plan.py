import re
from pathlib import Path

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.plan import plan
from rnnctl.report.plan import plan_lines, size
from rnnctl.report.strip import Look

ROOT = Path(__file__).parents[2]

CONFIG = """
data:
  csv: ../datasets/sunspots.csv
  input: [sunspots]
  target: {column: sunspots, ahead: 1}
model: {chain: [lstm: 32, dense: 1]}
training: {loss: mse, epochs: 60, window: 32, learn_initial_state: true}
"""
SUNSPOTS = """\
name      sunspots
data      sunspots.csv: one series, 309 steps
input     sunspots
target    sunspots, 1 step ahead
train     215 scored steps
valid     47 scored steps, primed with the 215 before them
test      46 scored steps, primed with the 262 before them
window    32 steps of 1 row: one update each; gradients reach no further back
state     reset to the learned initial state at the start of every sequence;
          carried from window to window
training  60 epochs of 7 windows: 420 updates by adam

layer    in  out  parameters  state  FLOPs    memory  options
────────────────────────────────────────────────────────────────────────
0 lstm    1   32  4,352 + 64     64  8,992   100 KiB  size 32
1 dense  32    1          33            65  4.25 KiB  size 1, activation
                                                      identity
────────────────────────────────────────────────────────────────────────
in all                 4,449     64  9,057   104 KiB

FLOPs of one step of one row, forward; memory of the values of one window
a + in parameters: the learned initial state, part of the total"""


def test_the_plan_of_one_series():
    config = parse_config(CONFIG, str(ROOT / "configs" / "sunspots.yaml"))
    config = resolve(config, examined(config))
    text = "\n".join(plan_lines(plan(config), config, Look(80, "none")))
    assert text.startswith(SUNSPOTS)
    assert text.split("\n\n")[-1].split("\n")[2].startswith("memory: 174 KiB = window 104 KiB + weights 17.4 KiB")


def lines(chain, training="{loss: cross_entropy}", data="{task: reber}"):
    config = parse_config(f"data: {data}\nmodel: {{chain: {chain}}}\ntraining: {training}\n", "c.yaml")
    config = resolve(config, examined(config))
    return {line.split("  ")[0]: line for line in plan_lines(plan(config), config, Look(200, "none"))}


def test_the_plan_of_many_sequences():
    found = lines("[embedding: 4, gru: 8, dense: 7]")
    assert found["data"].startswith("data      reber: 768 sequences, ")
    assert found["input"] == "input     symbol (7 symbols)"
    assert found["target"] == "target    next (7 classes)"
    assert re.fullmatch(r"train     538 sequences, [\d,]+ steps", found["train"])
    assert "the whole sequence" in found["window"]
    assert found["0 embedding"].split()[2:4] == ["7", "symbols"]


@pytest.mark.parametrize(
    ("chain", "training", "text"),
    [
        ("[one_hot, dense: 7]", "{loss: cross_entropy}", "no layer has one"),
        ("[one_hot, gru: 4, dense: 7]", "{loss: cross_entropy, window: 5, reset: window}", "every window"),
        (
            "[one_hot, gru: {size: 4, initial_state: learned}, rnn: 3, dense: 7]",
            "{loss: cross_entropy}",
            "reset to the initial state (learned for gru) at the start of every sequence",
        ),
    ],
)
def test_the_state_in_words(chain, training, text):
    assert text in lines(chain, training)["state"]


def test_what_is_computed_once_is_noted():
    found = lines("[one_hot, antisymmetric_rnn: 8, dense: 7]")
    assert "once a window, of parameters alone: 128 FLOPs" in found


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (3 * 1024**3, "3 GiB")]
)
def test_sizes(count, text):
    assert size(count) == text
