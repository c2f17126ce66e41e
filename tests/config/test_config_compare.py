"""Two configs compared by what they mean: choices, layers that moved, cells by their equations."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnctl.config import Resolved, parse_config, resolve
from rnnctl.config.compare import Difference, aligned, differences
from rnnctl.config.resolve import examined
from rnnctl.report.diff import difference_lines

DATA = "data: {task: {sine: {steps: 200}}}\n"
TRAINING = "training: {loss: mse, window: 16}\n"
CHAIN = "model: {chain: [{lstm: 4}, {gru: 3}, {dense: 1}]}\n"
CELLS = """\
cells:
  mine:
    summary: mine
    state: {h: size}
    parameters: {W: {shape: [size, input], init: zeros}}
    equations: |
      a = W @ x
      h' = tanh(a + h)
    output: h'
model: {chain: [{mine: 4}, {dense: 1}]}
"""


def made(text: str, file: str = "c.yaml") -> Resolved:
    config = parse_config(text, file)
    return resolve(config, examined(config))


def told(before: str, after: str) -> list[str]:
    return list(difference_lines(differences(made(before), made(after))))


WHOLE = DATA + CHAIN + TRAINING


def test_no_difference() -> None:
    longer = (
        "# words\nname: other\nignore: [window-cuts-nothing]\n"
        + DATA.replace("steps: 200", "steps: 200, seed: 0")
        + CHAIN.replace("{lstm: 4}", "lstm: {size: 4, initial_state: zeros}").replace("{dense: 1}", "dense")
        + TRAINING.replace("16", "{update: 16}").replace("mse", "{mse: }, optimizer: {adam: {lr: 1e-3}}, seed: 0")
    )
    assert told(WHOLE, longer) == []
    assert differences(made(WHOLE), made(made(longer).as_text())) == []


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("window: 16", "window: 8", ["training.window: 16 -> 8"]),
        ("window: 16", "window: {update: 8, backward: 16}", ["training.window: 16 -> {update: 8, backward: 16}"]),
        ("loss: mse", "loss: mae", ["training.loss: mse -> mae"]),
        ("loss: mse", "loss: {huber: {delta: 2}}", ["training.loss: mse -> huber {delta: 2.0}"]),
        (
            "loss: mse",
            "loss: mse, optimizer: sgd",
            [
                "training.optimizer: adam {lr: 0.001, betas: [0.9, 0.999], eps: 1e-08} -> "
                "sgd {lr: 0.01, momentum: 0.0}"
            ],
        ),
        ("loss: mse", "loss: mse, clip: {norm: 1}", ["training.clip: null -> {norm: 1.0}"]),
        ("loss: mse", "loss: mse, learn_initial_state: true", [
            "model.chain.0.lstm.initial_state: zeros -> learned",
            "model.chain.1.gru.initial_state: zeros -> learned",
            "training.learn_initial_state: false -> true",
        ]),
        ("steps: 200", "steps: 300, noise: 0.1", [
            "data.task.sine.steps: 200 -> 300",
            "data.task.sine.noise: 0.0 -> 0.1",
        ]),
        ("{lstm: 4}", "{lstm: 5}", ["model.chain.0.lstm.size: 4 -> 5"]),
        ("{gru: 3}, ", "", [
            "model.chain.1: removed gru {size: 3, initial_state: zeros}",
        ]),
        ("{gru: 3}", "{gru: 3}, {dropout: 0.2}", ["model.chain.2: added dropout {rate: 0.2, per: step}"]),
        ("[{lstm", "[dropout: 0.2, {lstm", ["model.chain.0: added dropout {rate: 0.2, per: step}"]),
        ("{gru: 3}", "{rnn: 3}", [
            "model.chain.1: gru {size: 3, initial_state: zeros} -> "
            "rnn {size: 3, activation: tanh, initial_state: zeros}"
        ]),
        ("[{lstm: 4}, {gru: 3}", "[dropout: 0.1, {lstm: 5}, {gru: 3}", [
            "model.chain.0: added dropout {rate: 0.1, per: step}",
            "model.chain.0.lstm.size: 4 -> 5",
        ]),
        ("{gru: 3}", "{gru: {size: 3, init: {br: 1}}}", ["model.chain.1.gru.init: null -> {br: {constant: 1.0}}"]),
    ],
)  # fmt: skip
def test_what_differs(before: str, after: str, lines: list[str]) -> None:
    text = (DATA + CHAIN + TRAINING).replace(before, after)
    assert text != WHOLE
    assert told(WHOLE, text) == lines


def test_members_that_hold_others() -> None:
    inner = "model: {chain: [residual: [{rnn: 1}, {dropout: 0.1}], {dense: 1}]}\n"
    other = inner.replace("{rnn: 1}", "layer_norm, {rnn: {size: 1, activation: relu}}")
    assert told(DATA + inner + TRAINING, DATA + other + TRAINING) == [
        "model.chain.0.residual.0: added layer_norm",
        "model.chain.0.residual.0.rnn.activation: tanh -> relu",
    ]
    both = "data: {task: reber}\nmodel: {chain: [one_hot, bidirectional: {lstm: 2}, dense]}\n"
    rest = "training: {loss: binary_cross_entropy, window: null}\n"
    first = both.replace("task: reber", "task: adding").replace("one_hot, ", "").replace("dense]", "last, dense]")
    second = first.replace("{lstm: 2}", "{layer: [{lstm: 3}, dropout: 0.1], merge: sum}")
    rest = "training: {loss: mse}\n"
    assert told(first + rest, second + rest) == [
        "model.chain.0.bidirectional.layer.0.lstm.size: 2 -> 3",
        "model.chain.0.bidirectional.layer.1: added dropout {rate: 0.1, per: step}",
        "model.chain.0.bidirectional.merge: concat -> sum",
    ]


def test_data_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x\n" + "".join(f"{i % 9}\n" for i in range(90)))
    csv = f"data: {{csv: {tmp_path}/d.csv, input: [x], target: {{column: x, ahead: 1}}, scale: none}}\n"
    [data, scale] = told(DATA + CHAIN + TRAINING, csv + CHAIN + TRAINING)
    assert data == (
        "data: {task: {sine: {steps: 200, period: 25.0, noise: 0.0, seed: 0}}} -> "
        f"{{csv: {tmp_path}/d.csv, input: {{columns: [x], kind: number}}, "
        "target: {column: x, kind: number, ahead: 1, each: step}}"
    )
    assert scale == "data.scale: standard -> none"


def test_cells_by_their_equations() -> None:
    text = DATA + CELLS + TRAINING
    words = text.replace("summary: mine", "summary: other").replace("a = W @ x", "a = (W@x)   # a product")
    assert told(text, words.replace("{h: size}", "{h: {shape: [size], initial: 0}}")) == []
    assert told(text, text.replace("tanh(a + h)", "relu(a + h)")) == [
        "cells.mine.equations:",
        "  - h' = tanh(a + h)",
        "  + h' = relu(a + h)",
    ]
    assert told(text, text.replace("init: zeros", "init: ones")) == [
        "cells.mine.parameters: {W: {shape: [size, input], init: zeros}} -> {W: {shape: [size, input], init: ones}}"
    ]
    assert told(text, text.replace("mine", "yours")) == [
        "cells.mine: removed",
        "cells.yours: added",
        "model.chain.0: mine {size: 4, initial_state: zeros} -> yours {size: 4, initial_state: zeros}",
    ]


def test_as_plain_values() -> None:
    text = WHOLE.replace("[{lstm", "[dropout: 0.1, {lstm").replace("lstm: 4", "lstm: 5")
    assert [found.as_dict() for found in differences(made(WHOLE), made(text))] == [
        {
            "kind": "added",
            "key": "model.chain.0",
            "before": None,
            "after": {"dropout": {"rate": 0.1, "per": "step"}},
        },
        {
            "kind": "changed",
            "key": "model.chain.0.lstm.size",
            "key_after": "model.chain.1.lstm.size",
            "before": 4,
            "after": 5,
        },
    ]
    [gone] = differences(made(WHOLE), made(WHOLE.replace("{gru: 3}, ", "")))
    key = ("model", "chain", 1)
    assert gone == Difference("removed", key, {"gru": {"size": 3, "initial_state": "zeros"}}, None, key)


LAYERS = st.lists(st.sampled_from(["a", "b", {"a": {"n": 1}}, {"a": {"n": 2}}, {"c": {}}]), max_size=7)


@given(LAYERS, LAYERS)
@settings(deadline=None)
def test_alignment_keeps_all_in_their_order(before: list[Any], after: list[Any]) -> None:
    pairs = aligned(before, after)
    assert [i for i, _ in pairs if i is not None] == list(range(len(before)))
    assert [j for _, j in pairs if j is not None] == list(range(len(after)))
    assert aligned(before, before) == [(i, i) for i in range(len(before))]
    turned = aligned(after, before)
    assert cost(turned, after, before) == cost(pairs, before, after)


def cost(pairs: list[tuple[int | None, int | None]], before: list[Any], after: list[Any]) -> float:
    def of(i: int | None, j: int | None) -> float:
        if i is None or j is None:
            return 1
        one, other = before[i], after[j]
        same = (one if isinstance(one, str) else next(iter(one))) == (
            other if isinstance(other, str) else next(iter(other))
        )
        return 0 if one == other else 1 if same else 1.9

    return round(sum(of(i, j) for i, j in pairs), 6)


def test_alignment_finds_what_was_taken_out_of_a_long_chain() -> None:
    rng = random.Random(0)
    layers = [{rng.choice("abc"): {"n": rng.randrange(50)}} for _ in range(3000)]
    gone = [*layers[:1000], *layers[1001:]]
    pairs = aligned(layers, gone)
    assert [(i, j) for i, j in pairs if i is None or j is None] == [(1000, None)]
    assert len(aligned(layers, layers[::-1])) == 3000
