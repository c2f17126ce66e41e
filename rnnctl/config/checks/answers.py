"""Checks of what the chain answers, and of the loss that judges it."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "answer-width",
        "error",
        "The chain ends in more or fewer values than are asked for",
        "There is one value for each target column, or for each class; `gaussian` takes two for each column, a mean "
        "and a log variance.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, {dense: 3}]}
training: {loss: mse, window: 50}
""",
        "End the chain with `- dense`, which takes the size that is asked for.",
    ),
    Check(
        "loss-cannot-judge",
        "error",
        "The loss is for targets of another kind",
        "Numbers go with mse, mae, huber or gaussian, a class with cross_entropy, columns of 0 and 1 with "
        "binary_cross_entropy.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: cross_entropy, window: 50}
""",
        "Write the loss of the target's kind, or another `kind` of target.",
    ),
    Check(
        "answer-out-of-reach",
        "warning",
        "The last layer cannot give what is asked",
        "Targets of `scale: standard` have mean 0 and variance 1, so that some are negative and some lie beyond 1; "
        "and cross entropies take their own softmax or sigmoid of what the chain gives. Behind a sigmoid, a tanh or "
        "the gates of an LSTM much of that cannot be reached, and the loss stays high.",
        """\
data: {task: sine}
model:
  chain:
    - rnn: 8
    - dense: {size: 1, activation: sigmoid}
training: {loss: mse, window: 50}
""",
        "End the chain with `- dense`, without an activation.",
    ),
    Check(
        "answer-from-one-step",
        "warning",
        "One answer a sequence is asked of a chain without a state",
        "It is asked at the last step, and nothing carries there what the steps before have shown.",
        """\
data: {task: temporal_order}
model: {chain: [one_hot, dense]}
training: {loss: cross_entropy}
""",
        "Put a recurrent layer, or `- mean`, before the last.",
    ),
    Check(
        "answer-from-one-side",
        "warning",
        "The answer is asked where a backward direction has seen one step",
        "It is asked at the last step, which is the first that the way back reads. Where that direction ends is the "
        "first step.",
        """\
data: {task: temporal_order}
model: {chain: [one_hot, {bidirectional: {gru: 8}}, dense]}
training: {loss: cross_entropy}
""",
        "Write `- last` right behind it, which gives where each direction ends; or `- mean`.",
    ),
)
