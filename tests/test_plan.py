import json
import math
import subprocess
import sys
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnctl.build import build_trainer
from rnnctl.catalogue import names
from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.config.sections import TrainingSection
from rnnctl.data.batches import Cut, sequence_batches, stream_batch
from rnnctl.data.records import Facts, Signal
from rnnctl.data.sequences import Sequences
from rnnctl.data.spec import Split
from rnnctl.data.splits import split_pieces
from rnnctl.data.windows import Rules, windows
from rnnctl.equations.graph import ancestors
from rnnctl.errors import DataError
from rnnctl.plan import flops, plan
from rnnctl.training.events import WindowTrained


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


def test_members_cost_what_their_layers_cost_and_a_sum_more():
    chain = "[{lstm: 4}, {residual: [{dense: 4}]}, {bidirectional: {layer: {gru: 3}, merge: MERGE}}, last, dense: 1]"
    data, training = "{task: {adding: {length: 12, sequences: 20}}}", "{loss: mse, learn_initial_state: true}"
    for merge, width, flops_ in (("concat", 6, 0), ("sum", 3, 3), ("mean", 3, 6)):
        config = resolved(chain.replace("MERGE", merge), data, training)
        made = plan(config)
        assert [(layer.place, layer.name, layer.input, layer.output) for layer in made.layers] == [
            ("0", "lstm", "2", "4"),
            ("1", "residual", "4", "4"),
            ("1.0", "dense", "4", "4"),
            ("2", "bidirectional", "4", str(width)),
            ("2.forward", "gru", "4", "3"),
            ("2.backward", "gru", "4", "3"),
            ("3", "last", str(width), str(width)),
            ("4", "dense", str(width), "1"),
        ]
        residual, both, last = (made.layers[i] for i in (1, 3, 6))
        assert [layer.flops_per_step for layer in (residual, both, last)] == [4, flops_, 0]
        cells = made.rows * made.window * 4
        # the sum; the input turned, the backward output turned back, and the two made one
        assert [layer.window_bytes for layer in (residual, both, last)] == [4 * cells, (4 + 3 + width) * cells, 0]
        gru = 3 * (3 * 4 + 3 * 3 + 3) + 3
        assert made.layers[4].parameters == made.layers[5].parameters == gru
        assert made.parameters == 4 * (4 * 2 + 4 * 4 + 4) + 8 + (4 * 4 + 4) + 2 * (gru + 3) + (width + 1)
        assert made.parameters == sum(p.numel() for p in build_trainer(config).model.parameters())
        assert made.as_dict()["totals"]["state"] == 8 + 2 * 3


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
    needs_size = name not in ("dropout", "layer_norm", "mean", "one_hot")
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


class Case(NamedTuple):
    """Data by its lengths, and how it is gone through."""

    facts: Facts
    training: TrainingSection

    @property
    def config(self):
        return replace(resolved(), facts=self.facts, split=Split(0.75, 0.25, 0), training=self.training)

    @property
    def train(self):
        """The training split, as it is loaded; what stands in it does not matter."""
        config, facts = self.config, self.facts
        pieces = split_pieces(facts, config.split, config.training.seed)["train"]
        steps = sum(facts.lengths)
        marks = None
        if facts.where is not None:
            marks = np.zeros(steps, bool)
            for start, stop in zip(facts.where[::2], facts.where[1::2], strict=True):
                marks[start:stop] = True
        starts = np.cumsum([0, *facts.lengths])
        return Sequences(
            np.zeros((steps, 1)),
            np.zeros((steps, 1)),
            origins=np.array([starts[p.row] for p in pieces]),
            lengths=np.array([p.length for p in pieces]),
            scored_from=np.array([p.scored.start for p in pieces]),
            scored_to=np.array([p.scored.stop for p in pieces]),
            ahead=facts.ahead,
            where=marks,
        )


@st.composite
def cases(draw):
    one = draw(st.booleans())
    lengths = [draw(st.integers(8, 60))] if one else draw(st.lists(st.integers(2, 20), min_size=2, max_size=12))
    streams = draw(st.booleans())
    update = draw(st.none() | st.integers(1, 25))
    window = None if update is None else {"update": update, "backward": update * draw(st.integers(1, 3))}
    policies = ["sequence", "window", "epoch", "never"] if streams else ["sequence", "window"]
    each = "step" if one else draw(st.sampled_from(["step", "sequence"]))
    where = None
    if draw(st.booleans()) and each == "step":
        marks = draw(st.lists(st.integers(0, sum(lengths)), unique=True, max_size=12).map(sorted))
        where = tuple(marks[: len(marks) // 2 * 2])
    number = Signal("number", ("a",))
    ahead = 0 if each == "sequence" else draw(st.integers(0, 1))
    training = TrainingSection.model_validate(
        {
            "loss": "mse",
            "batching": "streams" if streams else "sequences",
            "batch": draw(st.integers(1, 6)),
            "window": window,
            "reset": draw(st.sampled_from(policies)),
            "burn_in": draw(st.sampled_from([0, 0, 1, 3, 9])),
            "epochs": draw(st.integers(1, 3)),
            "shuffle": draw(st.booleans()) and not streams,
            "seed": draw(st.integers(0, 5)),
        }
    )
    case = Case(Facts(number, number, tuple(lengths), one, ahead, each, where), training)
    try:
        split_pieces(case.facts, case.config.split, training.seed)
    except DataError:
        assume(False)
    return case


def counts_of(case):
    """The windows of each epoch, and the updates of all, as training makes them."""
    training, train = case.training, case.train
    window = training.window
    cut = Cut(None) if window is None else Cut(window.update, window.backward)
    rules = Rules(cut, training.reset.policy, training.burn_in)
    counts, updates = [], 0
    for epoch in range(training.epochs):
        if training.batching == "streams":
            batches = [stream_batch(train.steps, training.batch)]
        else:
            lengths = train.lengths.tolist()
            batches = sequence_batches(lengths, training.batch, training.seed, epoch, shuffle=training.shuffle)
        goes_on = epoch if training.reset.policy == "never" else 0
        scored = [bool(w.scored.any()) for batch in batches for w in windows(train, batch, rules, goes_on=goes_on)]
        counts.append(len(scored))
        updates += sum(scored)
    return counts, updates


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(cases())
def test_windows_and_updates_are_those_of_training(case):
    made, train = plan(case.config), case.train
    counts, updates = counts_of(case)
    assert made.windows == (min(counts), max(counts))
    assert made.at_most == (case.training.burn_in > 0)
    assert made.updates >= updates if made.at_most else made.updates == updates
    without = case._replace(training=case.training.model_copy(update={"burn_in": 0}))
    assert made.updates == counts_of(without)[1]
    assert made.splits["train"].steps == train.steps
    assert made.splits["train"].scored == sum(len(steps) for steps in train.scored_steps())


@pytest.mark.parametrize(
    "training",
    [
        "{loss: cross_entropy, epochs: 2, batch: 8, window: 7}",
        "{loss: cross_entropy, epochs: 2, batch: 8, window: {update: 4, backward: 12}}",
        "{loss: cross_entropy, epochs: 2, batch: 5, window: 16, batching: streams, reset: never}",
        "{loss: cross_entropy, epochs: 3, batch: 5, batching: streams, reset: epoch}",
    ],
)
def test_a_trainer_makes_as_many(training):
    config = resolved("[one_hot, rnn: 2, dense: 7]", "{task: {reber: {sequences: 40}}}", training)
    events = list(build_trainer(config).fit())
    made = plan(config)
    assert made.updates == events[-1].update
    counts = [sum(isinstance(e, WindowTrained) and e.epoch == n + 1 for e in events) for n in range(made.epochs)]
    assert made.windows == (min(counts), max(counts))
    assert counts[0] == events[0].windows


def test_the_memory_of_deeper_windows():
    """A gradient goes back through `backward` steps, so that many are kept."""
    deep = plan(resolved(training="{loss: mse, window: {update: 10, backward: 40}}"))
    plain = plan(resolved(training="{loss: mse, window: 40}"))
    assert (deep.window, deep.update, plain.window, plain.update) == (40, 10, 40, 40)
    assert deep.window_bytes == plain.window_bytes
    assert deep.updates > 3 * plain.updates
    short = plan(
        resolved(data="{task: {sine: {steps: 100}}}", training="{loss: mse, window: {update: 10, backward: 400}}")
    )
    assert (short.window, short.update) == (short.splits["train"].steps, 10)


def test_early_stopping_makes_a_bound_of_a_count():
    assert not plan(resolved()).at_most
    assert plan(resolved(training="{loss: mse, window: 10, early_stopping: 3}")).at_most


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
