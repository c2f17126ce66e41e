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


def lines(chain, training="{loss: cross_entropy}", data="{task: reber}", path="c.yaml"):
    config = parse_config(f"data: {data}\nmodel: {{chain: {chain}}}\ntraining: {training}\n", str(path))
    config = resolve(config, examined(config))
    return {line.split("  ")[0]: line for line in plan_lines(plan(config), config, Look(300, "none"))}


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
        (
            "[one_hot, gru: {size: 4, initial_state: learned}, rnn: 3, dense: 7]",
            "{loss: cross_entropy}",
            "reset to the initial state (learned for gru) at the start of every sequence",
        ),
        (
            "[one_hot, gru: 4, dense: 7]",
            "{loss: cross_entropy, window: 5, learn_initial_state: true}",
            "reset to the learned initial state at the start of every sequence; carried from window to window",
        ),
    ],
)
def test_the_state_in_words(chain, training, text):
    assert lines(chain, training)["state"] == f"state     {text}"


STREAMS = "batching: streams, batch: 4"


@pytest.mark.parametrize(
    ("training", "many", "one"),
    [
        ("window: 5, reset: window", "at the start of every window", "at the start of every window"),
        (
            f"window: 5, {STREAMS}",
            "at the start of every sequence, and of every row in each epoch; carried from window to window",
            "at the start of every row in each epoch; carried from window to window",
        ),
        (
            f"window: 5, reset: window, {STREAMS}",
            "at the start of every window and of every sequence",
            "at the start of every window",
        ),
        (
            f"window: 5, reset: epoch, {STREAMS}",
            "at the start of every epoch; carried from window to window and from sequence to sequence",
            "at the start of every epoch; carried from window to window",
        ),
        (
            f"window: 5, reset: never, {STREAMS}",
            "at the start of the run alone; carried from window to window, from sequence to sequence and from epoch "
            "to epoch",
            "at the start of the run alone; carried from window to window and from epoch to epoch",
        ),
        (
            f"window: null, reset: never, {STREAMS}",
            "at the start of the run alone; carried from sequence to sequence and from epoch to epoch",
            "at the start of the run alone; carried from epoch to epoch",
        ),
        (
            "window: 5, burn_in: 2",
            "at the start of every sequence; carried from window to window; the first 2 steps after a reset not scored",
            "at the start of every sequence; carried from window to window; the first 2 steps after a reset not scored",
        ),
    ],
)
def test_every_policy_in_words(training, many, one):
    found = lines("[one_hot, gru: 4, dense: 7]", f"{{loss: cross_entropy, {training}}}")
    assert found["state"] == f"state     reset to the initial state {many}"
    found = lines("[gru: 4, dense: 1]", f"{{loss: mse, {training}}}", "{task: sine}")
    assert found["state"] == f"state     reset to the initial state {one}"


def test_columns_that_reset_in_words(tmp_path):
    (tmp_path / "d.csv").write_text("x,y,first,done\n" + "".join(f"{t},{t % 3},0,0\n" for t in range(30)))
    data = "{csv: d.csv, input: [x], target: y, split: {train: 1, valid: 0, test: 0}}"
    reset = "{policy: never, before: first, after: done}"
    training = f"{{loss: mse, window: 5, {STREAMS}, reset: {reset}}}"
    found = lines("[rnn: 4, dense: 1]", training, data, tmp_path / "c.yaml")
    assert found["state"] == (
        "state     reset to the initial state at the start of the run alone; "
        "also before each step at which first is 1; also after each step at which done is 1; "
        "carried from window to window and from epoch to epoch"
    )


@pytest.mark.parametrize(
    ("training", "text"),
    [
        ("window: 5", "5 steps of 32 rows: one update each; gradients reach no further back"),
        (f"window: 1, {STREAMS}", "1 step of 4 rows: one update each; gradients reach no further back"),
        (
            "window: {update: 4, backward: 12}",
            "an update every 4 steps of 32 rows; gradients reach 12 steps back, of which 8 are computed again",
        ),
        (
            f"window: null, {STREAMS}",
            "the whole of 4 rows, 2,413 steps each: one update an epoch; gradients reach back to the start",
        ),
        ("window: null", "the whole sequence, up to 34 steps of 32 rows: gradients reach back to its start"),
    ],
)
def test_the_window_in_words(training, text):
    found = lines("[one_hot, gru: 4, dense: 7]", f"{{loss: cross_entropy, {training}}}")
    assert found["window"] == f"window    {text}"


@pytest.mark.parametrize(
    ("training", "text"),
    [
        ("epochs: 1, window: null", "1 epoch of 1 window: 1 update by adam"),
        ("epochs: 3", "3 epochs of 5 windows: 15 updates by adam"),
        ("epochs: 3, burn_in: 4, optimizer: sgd", "3 epochs of 5 windows: at most 15 updates by sgd"),
        (
            "epochs: 9, early_stopping: 2",
            "at most 9 epochs of 5 windows: at most 45 updates by adam; "
            "stops after 2 epochs without a lower validation loss",
        ),
        (
            "epochs: 9, early_stopping: {patience: 1, margin: 0.01}, clip: {norm: 1}",
            "at most 9 epochs of 5 windows: at most 45 updates by adam; gradients clipped to a norm of 1; "
            "stops after 1 epoch without a lower validation loss, by more than 0.01",
        ),
        (
            "epochs: 1, clip: {value: 0.5}",
            "1 epoch of 5 windows: 5 updates by adam; each gradient clipped to 0.5",
        ),
        (
            "epochs: 3, schedule: {cosine: {warmup: 100, to: 0.1}}",
            "3 epochs of 5 windows: 15 updates by adam; learning rate up from 0 over 100 updates; learning rate down "
            "along a cosine to 0.1 of itself",
        ),
        (
            "epochs: 3, schedule: linear",
            "3 epochs of 5 windows: 15 updates by adam; learning rate down in a straight line to 0 of itself",
        ),
        (
            "epochs: 3, schedule: {exponential: {factor: 0.9}}",
            "3 epochs of 5 windows: 15 updates by adam; learning rate times 0.9 after every epoch",
        ),
        (
            "epochs: 3, schedule: {step: {every: 10}}",
            "3 epochs of 5 windows: 15 updates by adam; learning rate times 0.5 after every 10 epochs",
        ),
    ],
)
def test_training_in_words(training, text):
    window = "" if "window" in training else "window: 30, "
    found = lines("[gru: 4, dense: 1]", f"{{loss: mse, {window}{training}}}", "{task: {sine: {steps: 200}}}")
    assert found["training"] == f"training  {text}"


MEMBERS = """\
layer                    in  out  parameters  state  FLOPs    memory  options
─────────────────────────────────────────────────────────────────────────────────────────────────
0 one_hot        10 symbols   10           0            20   518 KiB
1 bidirectional          10   16           0             0   510 KiB  merge concat
1.forward gru            10    8         464      8    984  2.61 MiB  size 8
1.backward gru           10    8         464      8    984  2.61 MiB  size 8
2 residual               16   16           0            16   240 KiB
2.0 lstm                 16   16       2,112     32  4,368  6.09 MiB  size 16
3 dense                  16    9         153           297   510 KiB  size 9, activation identity
─────────────────────────────────────────────────────────────────────────────────────────────────
in all                                 3,193     48  6,669    13 MiB"""


def test_the_table_of_members():
    """A member that holds layers stands before them, with what it costs beside them."""
    chain = "[one_hot, bidirectional: {gru: 8}, residual: [lstm: 16], dense: 9]"
    config = parse_config(f"data: {{task: copy}}\nmodel: {{chain: {chain}}}\ntraining: {{loss: cross_entropy}}\n", "c")
    config = resolve(config, examined(config))
    text = "\n".join(plan_lines(plan(config), config, Look(100, "none")))
    assert MEMBERS in text


def test_what_is_computed_once_is_noted():
    found = lines("[one_hot, antisymmetric_rnn: 8, dense: 7]")
    assert "once a window, of parameters alone: 128 FLOPs" in found


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (3 * 1024**3, "3 GiB")]
)
def test_sizes(count, text):
    assert size(count) == text


def test_steps_that_are_scored_at_most():
    """Burn-in leaves out steps after each reset; how many is seen when windows are cut."""
    data, training = "{task: {sine: {steps: 100}}}", "{loss: mse, window: 8, burn_in: 2}"
    found = lines("[rnn: 2, dense: 1]", training, data)
    assert found["train"] == "train     at most 69 scored steps"
    assert found["valid"] == "valid     at most 15 scored steps, primed with the 69 before them"
    many = lines("[one_hot, gru: 2, dense: 7]", "{loss: cross_entropy, burn_in: 2}")
    assert re.fullmatch(r"train     538 sequences, ([\d,]+) steps, of which at most \1 scored", many["train"])


def test_steps_before_a_split_prime_it_and_those_inside_do_not(tmp_path):
    """One step in ten is asked; what stands between these is part of the split."""
    (tmp_path / "d.csv").write_text("x,w\n" + "".join(f"{t},{int(t % 10 == 5)}\n" for t in range(100)))
    data = "{csv: d.csv, input: x, target: {column: x, ahead: 1, where: w}}"
    found = lines("[rnn: 2, dense: 1]", "{loss: mse, window: 8}", data, tmp_path / "c.yaml")
    assert found["train"] == "train     69 steps, of which 7 scored"
    assert found["valid"] == "valid     15 steps, of which 1 scored, primed with the 69 before them"
    assert found["test"] == "test      15 steps, of which 2 scored, primed with the 84 before them"
    burnt = lines("[rnn: 2, dense: 1]", "{loss: mse, window: 8, burn_in: 1}", data, tmp_path / "c.yaml")
    assert burnt["train"] == "train     69 steps, of which at most 7 scored"


def test_a_window_longer_than_a_row_in_words():
    data = "{task: {sine: {steps: 100}}, split: {train: 1, valid: 0, test: 0}}"
    found = lines("[rnn: 2, dense: 1]", "{loss: mse, window: 40, batching: streams, batch: 4}", data)
    assert found["window"] == "window    25 steps of 4 rows: one update each; gradients reach no further back"
    deep = lines(
        "[rnn: 2, dense: 1]", "{loss: mse, window: {update: 20, backward: 40}, batching: streams, batch: 4}", data
    )
    assert deep["window"] == (
        "window    an update every 20 steps of 4 rows; gradients reach 25 steps back, of which 5 are computed again"
    )
