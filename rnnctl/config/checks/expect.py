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
        "bound-never-met",
        "error",
        "A bound is promised that no figure of its kind can meet",
        "An error is never below 0, an accuracy never above 1, and a skill at most 1, since it is 1 for a perfect "
        "forecast. `above` and `below` leave out the bound itself. Memory below a megabyte was meant in another unit: "
        "a number alone is bytes.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.skill: {above: 1}
""",
        "Write a bound that can be met.",
    ),
    Check(
        "bound-always-met",
        "error",
        "A bound is promised that every figure of its kind meets",
        "A promise that cannot be broken says nothing, and would be told as one that is kept. A share of more than "
        "100% on both sides leaves nothing to ask on the lower one of what is at least 0.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.mse: {above: -1}
""",
        "Write a bound that can be missed.",
    ),
    Check(
        "share-of-negative",
        "error",
        "A bound is a share of what may be below 0",
        "A likelihood in the log may be below 0, and 110% of -1 is further down, not up. Whether that is worse or "
        "better, and by how much, a share does not say.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: gaussian, window: 50}
expect:
  test.nll: {below: 110%, of: baseline}
""",
        "Write a number, or `within: 5%`, which counts the distance in shares of the absolute value.",
    ),
    Check(
        "interval-of-one-seed",
        "error",
        "An interval of confidence is promised, and one seed is trained",
        "The interval is that of the mean of several seeds. From one there is nothing to tell how far they would lie "
        "apart.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.mse: {below: 0.02, judge: confidence}
""",
        "Write `seeds: 5`, say, or leave `judge` out.",
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
