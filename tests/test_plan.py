import json
import math
import subprocess
import sys

import numpy as np
import pytest

from rnnctl.catalogue import names
from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.data.dataset import load
from rnnctl.data.windows import epoch_order, windows
from rnnctl.equations.graph import ancestors
from rnnctl.plan import flops, plan


def resolved(chain="[lstm: 8, dense: 1]", data="{task: sine}", training="{loss: mse, window: 10}"):
    config = parse_config(f"data: {data}\nmodel: {{chain: {chain}}}\ntraining: {training}\n", "c.yaml")
    return resolve(config, examined(config))


def test_an_lstm_by_hand():
    """4 gates of 8 units on 1 input: products, two sums and an activation each, then 5 operations on cells."""
    lstm, dense = plan(resolved()).layers
    assert lstm.parameters == 4 * (8 * 1 + 8 * 8 + 8)
    assert lstm.flops_per_step == 4 * (2 * 8 * 1 + 2 * 8 * 8) + 4 * 3 * 8 + 5 * 8
    assert (lstm.state, lstm.learned_initial, lstm.flops_per_window) == (16, 0, 0)
    assert (lstm.input, lstm.output, dense.input, dense.output) == ("1", "8", "8", "1")
    assert dense.flops_per_step == 2 * 8 + 1
    # by node: 8 products, 2 * 4 sums, 4 activations, f * c, i * g, their sum, tanh and the last product: 25 vectors
    assert lstm.window_bytes == 10 * (25 * 8 + 1) * 4 * plan(resolved()).rows


def test_learned_initial_states_are_counted():
    chain = "[{lstm: {size: 8, initial_state: learned}}, {clockwork_rnn: 8}, dense: 1]"
    made = plan(resolved(chain))
    assert [layer.learned_initial for layer in made.layers] == [16, 0, 0]
    assert made.parameters == sum(layer.parameters for layer in made.layers) + 16
    assert made.layers[1].state == 9
    everywhere = plan(resolved(chain, training="{loss: mse, window: 10, learn_initial_state: true}"))
    assert [layer.learned_initial for layer in everywhere.layers] == [16, 8, 0], "a counter is not learned"


def test_what_parameters_alone_decide_is_counted_once_a_window():
    layer, _ = plan(resolved("[antisymmetric_rnn: 8, dense: 1]")).layers
    assert layer.flops_per_window == 2 * 64, "W - transpose(W) - a constant"
    assert layer.flops_per_step == 2 * 64 + 2 * 8 + 5 * 8, "two products; two sums, tanh, step *, h +"


@pytest.mark.parametrize("name", names())
def test_every_layer_of_the_catalogue_can_be_planned(name):
    first = "" if name in ("embedding", "one_hot") else "one_hot, "
    needs_size = name not in ("dropout", "layer_norm", "one_hot")
    chain = f"[{first}{name + ': 8' if needs_size else name}, dense: 7]"
    made = resolved(chain, "{task: reber}", "{loss: cross_entropy}")
    layer = made.layers[-2].layer
    planned = plan(made).layers[-2]
    assert planned.parameters == sum(math.prod(p.shape) for p in layer.parameters)
    nodes = list(ancestors(layer.graph.roots()))
    assert all(flops(node) >= 0 for node in nodes)
    products = sum(2 * math.prod(n.sizes) * n.args[0].sizes[1] for n in nodes if n.op == "matmul")
    assert planned.flops_per_step + planned.flops_per_window >= products
    assert planned.flops_per_step > 0 or name == "embedding"


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("optimizer", "copies"), [("adam", 2), ("adamw", 2), ("rmsprop", 1), ("sgd", 0), ("{sgd: {momentum: 0.9}}", 1)]
)
def test_memory_of_the_optimizer(optimizer, copies, precision):
    made = plan(resolved(training=f"{{loss: mse, window: 10, optimizer: {optimizer}, precision: {precision}}}"))
    assert made.weights_bytes == made.gradients_bytes == made.parameters * (8 if precision == "float64" else 4)
    assert made.optimizer_bytes == copies * made.weights_bytes
    assert made.bytes == made.window_bytes + (2 + copies) * made.weights_bytes


@pytest.mark.parametrize("shuffle", ["true", "false"])
@pytest.mark.parametrize("window", ["3", "7", "null"])
@pytest.mark.parametrize("data", ["{task: reber}", "{task: {adding: {length: 20, sequences: 100}}}", "{task: sine}"])
def test_windows_and_updates_are_those_of_training(data, window, shuffle):
    chain, loss = ("[one_hot, gru: 4, dense: 7]", "cross_entropy") if "reber" in data else ("[gru: 4, dense: 1]", "mse")
    text = f"{{loss: {loss}, window: {window}, shuffle: {shuffle}, epochs: 3, batch: 8, seed: 5}}"
    config = resolved(chain, data, text)
    made, settings = plan(config), config.training
    train = load(config.source, config.split, config.scale, settings.seed).train
    counts, updates = [], 0
    for epoch in range(settings.epochs):
        order = epoch_order(len(train), settings.seed, epoch, settings.shuffle)
        cut = windows(train, order, batch=settings.batch, window=settings.window, reset=settings.reset)
        scored = [bool(np.any(w.scored)) for w in cut]
        counts.append(len(scored))
        updates += sum(scored)
    assert made.windows == (min(counts), max(counts))
    assert made.updates == updates
    assert made.splits["train"].steps == sum(len(s.inputs) for s in train)
    assert made.splits["train"].scored == sum(int(s.scored.sum()) for s in train)


def test_many_epochs_of_many_sequences_are_estimated():
    training = "{loss: cross_entropy, window: 5, epochs: 100000}"
    made = plan(resolved("[one_hot, gru: 4, dense: 7]", "{task: reber}", training))
    assert made.estimated
    assert made.updates == 100000 * made.windows[0]


def test_plain_values():
    made = plan(resolved())
    plain = json.loads(json.dumps(made.as_dict()))
    assert plain["totals"]["parameters"] == made.parameters
    assert plain["layers"][0]["options"] == {"size": 8}


def test_neither_torch_nor_numpy():
    code = "import sys, rnnctl.plan, rnnctl.report.plan; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
