"""Checks of how long training goes on, and of how its rate changes."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "early-stopping-without-validation",
        "error",
        "Early stopping is asked for, and there is no validation split",
        "Training stops where the validation loss no longer falls. The training loss falls nearly always.",
        """\
data:
  task: sine
  split: {train: 0.8, valid: 0, test: 0.2}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50, early_stopping: 3}
""",
        "Give `valid` a share, or leave `early_stopping` out.",
    ),
    Check(
        "patience-never-ends",
        "warning",
        "Early stopping waits longer than training takes",
        "The first epoch is always the best so far; after it, so many epochs without a lower loss are waited for, and "
        "the last epoch comes before.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 50
  epochs: 10
  early_stopping: 20
""",
        "Write less patience or more epochs; the best checkpoint is kept in any case.",
    ),
    Check(
        "warmup-never-ends",
        "warning",
        "The warm-up takes more updates than training has",
        "The learning rate rises over `warmup` updates, not epochs, and never comes to the one that is given.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 50
  epochs: 10
  schedule: {cosine: {warmup: 1000}}
""",
        "Write fewer updates; `rnnctl plan` shows how many there are.",
    ),
    Check(
        "schedule-changes-nothing",
        "warning",
        "The schedule never changes the learning rate",
        "It is multiplied by 1, or for the first time at the end of the last epoch or later.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 50
  epochs: 10
  schedule: {step: {every: 20}}
""",
        "Write a smaller `every`, a `factor` or `to` below 1, or `schedule: constant`.",
    ),
)
