"""Chains that are legal and almost surely wrong: which are told of, and which are not."""

from __future__ import annotations

import pytest

from tests.config.checks_page import found

SINE = "{task: sine}"
COPY = "{task: {copy: {blanks: 4, symbols: 2, sequences: 40}}}"
ADDING = "{task: {adding: {length: 12, sequences: 40}}}"
DIGITS = """{csv: ../datasets/digits.csv, id: image, input: [p0, p1],
  target: {column: digit, kind: class, each: sequence}}"""
LANDED = "{csv: ../datasets/throws.csv, input: height, target: {column: landed, kind: binary}}"


def told(chain: str, data: str = SINE, training: str = "loss: mse, window: 50") -> list[str | None]:
    """The names of what is found in a config."""
    return [d.id for d in found(f"data: {data}\nmodel: {{chain: [{chain}]}}\ntraining: {{{training}}}\n")]


@pytest.mark.parametrize(
    ("chain", "ids"),
    [
        ("layer_norm, {rnn: 4}, dense", ["layer-norm-of-one"]),
        ("{dense: 2}, layer_norm, {rnn: 4}, dense", []),
        ("{residual: layer_norm}, {rnn: 4}, dense", ["layer-norm-of-one"]),
        ("{stack: {layer: {residual: layer_norm}, depth: 2}}, {rnn: 4}, dense", ["layer-norm-of-one"]),
        ("{rnn: 4}, {dense: 1}, layer_norm", ["layer-norm-of-one"]),
        ("{rnn: 4}, {dense: 1}, dropout", ["dropout-of-answer"]),
        ("{rnn: 4}, {dense: 1}, {dropout: 0}", []),
        ("{rnn: 4}, dropout, dense", []),
    ],
)
def test_what_loses_what_it_gets(chain: str, ids: list[str]) -> None:
    assert told(chain, training="loss: mse, window: 50, reset: window") == ids


def test_dropout_before_the_end_that_is_kept() -> None:
    assert told("{rnn: 4}, {dense: 1}, dropout, last", ADDING, "loss: mse") == ["dropout-of-answer"]


@pytest.mark.parametrize(
    ("last", "ids"),
    [
        ("{dense: {size: 1, activation: tanh}}", ["answer-out-of-reach"]),
        ("{dense: {size: 1, activation: softsign}}", ["answer-out-of-reach"]),
        ("{dense: {size: 1, activation: relu}}", ["answer-out-of-reach"]),
        ("{dense: {size: 1, activation: leaky_relu}}", []),
        ("{dense: {size: 1, activation: silu}}", []),
        ("{rnn: 1}", ["answer-out-of-reach"]),
        ("{rnn: {size: 1, activation: identity}}", []),
        ("{lstm: 1}", ["answer-out-of-reach"]),
        ("{gru: 1}", ["answer-out-of-reach"]),
        ("{indrnn: {size: 1, activation: identity}}", []),
    ],
)
def test_numbers_out_of_reach(last: str, ids: list[str]) -> None:
    """Scaled to mean 0 and variance 1, they are on both sides of 0, some beyond 1; else nothing is known of them."""
    assert told(f"{{rnn: 4}}, {last}") == ids
    assert told(f"{{rnn: 4}}, {last}", "{task: sine, scale: range}") == []
    assert told(f"{{rnn: 4}}, {last}", "{task: sine, scale: none}") == []


@pytest.mark.parametrize(
    ("activation", "of_classes", "of_yes_and_no"),
    [
        ("sigmoid", ["answer-out-of-reach"], ["answer-out-of-reach"]),
        ("tanh", ["answer-out-of-reach"], ["answer-out-of-reach"]),
        ("relu", [], ["answer-out-of-reach"]),
        ("elu", [], []),
        ("identity", [], []),
    ],
)
def test_scores_out_of_reach(activation: str, of_classes: list[str], of_yes_and_no: list[str]) -> None:
    dense = f"activation: {activation}"
    assert told(f"one_hot, {{rnn: 4}}, {{dense: {{size: 9, {dense}}}}}", COPY, "loss: cross_entropy") == of_classes
    training = "loss: binary_cross_entropy, window: 30"
    assert told(f"{{rnn: 4}}, {{dense: {{size: 1, {dense}}}}}", LANDED, training) == of_yes_and_no


@pytest.mark.parametrize(
    ("chain", "ids"),
    [
        ("{dense: 4}, dense", ["answer-from-one-step"]),
        ("{dense: 4}, dropout, last, dense", ["answer-from-one-step"]),
        ("{dense: 4}, mean, dense", []),
        ("{residual: {gru: 2}}, dense", []),
        ("{bidirectional: {gru: 4}}, dense", ["answer-from-one-side"]),
        ("{bidirectional: {gru: 4}}, last, dense", []),
        ("{bidirectional: {gru: 4}}, mean, dense", []),
        ("{bidirectional: {gru: 4}}, {gru: 4}, dense", []),
        ("{bidirectional: {dense: 4}}, dense", ["answer-from-one-step"]),
    ],
)
def test_what_an_answer_for_a_sequence_is_made_of(chain: str, ids: list[str]) -> None:
    assert told(chain, DIGITS, "loss: cross_entropy") == ids


@pytest.mark.parametrize(
    ("chain", "training", "ids"),
    [
        ("{rnn: 4}, dense", "learn_initial_state: true", []),
        ("{dense: 4}, dense", "learn_initial_state: true", ["initial-state-of-none"]),
        ("{dense: 4}, mean, dense", "learn_initial_state: true", ["initial-state-of-none"]),
        ("{rnn: {size: 4, initial_state: zeros}}, dense", "learn_initial_state: true", ["initial-state-of-none"]),
        ("{rnn: {size: 4, initial_state: zeros}}, {gru: 4}, dense", "learn_initial_state: true", []),
        ("{rnn: 4}, dense", "learn_initial_state: true, epochs: 1", ["initial-state-used-once"]),
        ("{rnn: 4}, dense", "learn_initial_state: true, epochs: 1, reset: window", []),
        ("{rnn: {size: 4, initial_state: learned}}, dense", "epochs: 1", ["initial-state-used-once"]),
        ("{rnn: 4}, dense", "learn_initial_state: true, batching: streams, reset: epoch, batch: 4", []),
        (
            "{rnn: 4}, dense",
            "learn_initial_state: true, batching: streams, reset: never, batch: 4",
            ["initial-state-used-once"],
        ),
    ],
)
def test_initial_states_that_are_hardly_learned(chain: str, training: str, ids: list[str]) -> None:
    assert told(chain, training=f"loss: mse, window: 50, {training}") == ids


def test_columns_bring_the_initial_state_back() -> None:
    throws = "{csv: ../datasets/throws.csv, input: height, target: {column: height, ahead: 1}}"
    training = "loss: mse, window: 20, learn_initial_state: true, batching: streams, batch: 4, reset: {policy: never"
    assert told("{rnn: 4}, dense", throws, f"{training}}}") == ["initial-state-used-once"]
    assert told("{rnn: 4}, dense", throws, f"{training}, before: first}}") == []


def test_the_layers_that_overrule_are_shown() -> None:
    [doubt] = found(
        "data: {task: sine}\nmodel: {chain: [{rnn: {size: 4, initial_state: zeros}}, dense]}\n"
        "training: {loss: mse, window: 50, learn_initial_state: true}\n"
    )
    assert doubt.message == "every layer says initial_state: zeros, so no initial state is learned"
    assert [(other.where.line, other.where.column, other.label) for other in doubt.also] == [(2, 48, "not learned")]


@pytest.mark.parametrize(
    ("chain", "window", "ids"),
    [
        ("{rnn: 4}, dense", "1", ["window-of-one-step"]),
        ("{rnn: 4}, dense", "{update: 1, backward: 2}", []),
        ("{dense: 4}, dense", "1", []),
        ("{rnn: 4}, dense", "2", []),
    ],
)
def test_gradients_of_one_step(chain: str, window: str, ids: list[str]) -> None:
    assert told(chain, training=f"loss: mse, window: {window}") == ids
