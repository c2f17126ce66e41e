"""Checks of where the carry goes back, of what is scored behind that, and of the carry it goes back to."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "carry-without-streams",
        "error",
        "The carry is to go on through sequences that are rows of their own",
        "`epoch` and `never` let a row's carry go through the borders of sequences. With `batching: sequences` every "
        "row ends with its sequence, and the next batch has other rows: there is nothing for the carry to go on to.",
        """\
data: {task: copy}
model: {chain: [one_hot, {rnn: 8}, dense]}
training:
  loss: cross_entropy
  reset: never
""",
        "Write `batching: streams`, or `reset: sequence`.",
    ),
    Check(
        "reset-column-never-set",
        "warning",
        "The column that resets is 0 at all steps",
        "A column adds its resets to those of the policy, and this one adds none.",
        """\
data:
  csv: ../datasets/throws.csv
  input: height
  target: {column: height, ahead: 1}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 10, reset: {after: fault}}
""",
        "Name the column that marks the border, or leave it out.",
    ),
    Check(
        "reset-column-always-set",
        "warning",
        "The column that resets is 1 at all steps",
        "The carry goes back at every step, so that the model never knows of the one before.",
        """\
data:
  csv: ../datasets/throws.csv
  input: height
  target: landed
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 10, reset: {before: seen}}
""",
        "Name the column that marks the border, or leave it out.",
    ),
    Check(
        "reset-column-swapped",
        "warning",
        "The column that resets marks the other end of an episode",
        "`before` resets before a step that is marked, as the first of an episode is; `after` behind one, as the last "
        "is. The wrong one of the two hands the carry one step into the next episode, or takes it away one step too "
        "soon.",
        """\
data:
  csv: ../datasets/throws.csv
  input: height
  target: {column: height, ahead: 1}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 10, reset: {after: first}}
""",
        "Write `before` for a column of first steps, `after` for one of last steps.",
    ),
    Check(
        "burn-in-leaves-nothing",
        "error",
        "The burn-in leaves nothing to score",
        "So many steps after each reset run and are not scored, and no two resets have more between them.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 10
  reset: window
  burn_in: 10
""",
        "Write a smaller `burn_in`, or reset less often.",
    ),
    Check(
        "burn-in-leaves-little",
        "warning",
        "The burn-in leaves out more than half of what could be scored",
        "All steps are computed, and fewer than half of them teach. With one answer a sequence, whole sequences are "
        "left out that are no longer than the burn-in.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 20
  reset: window
  burn_in: 15
""",
        "Write a smaller `burn_in`, a longer window, or another policy.",
    ),
    Check(
        "burn-in-changes-nothing",
        "warning",
        "The burn-in reaches no step that is scored",
        "With one answer a sequence the last step alone is scored, and every sequence is longer than the burn-in.",
        """\
data: {task: adding}
model: {chain: [{lstm: 8}, dense]}
training:
  loss: mse
  burn_in: 10
""",
        "Leave `burn_in` out.",
    ),
    Check(
        "initial-state-of-none",
        "warning",
        "An initial state is to be learned, and no layer has one",
        "`learn_initial_state` makes parameters of the initial carries of layers that have a state. `mean` begins at "
        "0 in any case, and a layer's own `initial_state: zeros` overrules it.",
        """\
data: {task: sine}
model: {chain: [{dense: 8}, {dense: 1}]}
training:
  loss: mse
  window: 50
  learn_initial_state: true
""",
        "Leave it out.",
    ),
    Check(
        "initial-state-used-once",
        "warning",
        "An initial state is learned that no reset returns to",
        "Its gradient comes from the rows and steps at which a reset happened. Where the carry goes on through the "
        "whole run, the first window alone has any, and what is learned there is never used again in training.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  batching: streams
  batch: 4
  window: 10
  reset: never
  learn_initial_state: true
""",
        "Leave it out, or write `reset: epoch` or `reset: sequence`.",
    ),
)
