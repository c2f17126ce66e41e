"""Checks of what a config promises of its results."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "no-such-metric",
        "error",
        "A metric is promised that this loss and this target do not have",
        "Which metrics there are follows from the kind of the target, from the loss, and from whether each step or "
        "each sequence is asked for. A bound on one that is never computed could never be met, nor missed.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.accuracy: {above: 0.9}
""",
        "Name a metric that there is; they are listed.",
    ),
    Check(
        "expects-of-empty-split",
        "error",
        "A metric is promised of a split without data",
        "Nothing is scored on a split whose fraction is 0, so there is no metric of it.",
        """\
data:
  task: sine
  split: {train: 0.8, valid: 0.2, test: 0}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.mse: {below: 0.02}
""",
        "Name a split that has data, or give this one a share of it.",
    ),
    Check(
        "expects-steps-of-bidirectional",
        "error",
        "A horizon or a transcript is promised of a bidirectional model",
        "Both come from running the model step by step. A bidirectional layer reads a sequence from its end too, and "
        "has no answer before that is known.",
        """\
data: {task: copy}
model: {chain: [one_hot, {bidirectional: {gru: 8}}, dense]}
training: {loss: cross_entropy}
expect:
  horizon: {above: 20}
""",
        "Leave it out, or make the layer one that reads forwards.",
    ),
    Check(
        "expects-state-of-stateless",
        "error",
        "A horizon is promised of a model without a state",
        "The horizon is the number of steps back that still move the state. Where no layer has one, there is nothing "
        "to move.",
        """\
data: {task: sine}
model: {chain: [{dense: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  horizon: {above: 20}
""",
        "Put a recurrent layer into the chain, or leave the horizon out.",
    ),
)
