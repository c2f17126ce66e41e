"""Checks of rows and windows: what an update sees."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "shuffled-streams",
        "error",
        "Streams are shuffled",
        "Row b of each window goes on where row b of the last one stopped, and its carry with it. In another order "
        "the carry of one place would be handed to another.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  batching: streams
  shuffle: true
  window: 10
""",
        "Leave `shuffle` out, or write `batching: sequences`.",
    ),
    Check(
        "batch-of-one-series",
        "warning",
        "A batch of several rows is asked for, and one series makes one row",
        "With `batching: sequences` a row is a whole sequence, and a series is one: each update sees one row, "
        "whatever `batch` says. As streams the series is cut into so many rows, which go on side by side.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  batch: 16
  window: 10
""",
        "Write `batching: streams`, or leave `batch` out.",
    ),
    Check(
        "series-in-one-window",
        "warning",
        "One series has no window, so that an epoch is one update",
        "Without `window` an update comes at the end of the row, and its gradient goes back to the start: a long way "
        "for one step of the optimizer.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
""",
        "Write `window: 32`, say; or `window: null` to say that it is meant.",
    ),
    Check(
        "window-longer-than-series",
        "error",
        "The series is shorter than its window",
        "Not one whole window can be cut from the training split.",
        """\
data: {task: {sine: {steps: 100}}}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 100
""",
        "Write a shorter window, or `window: null` for the whole series.",
    ),
    Check(
        "window-cuts-nothing",
        "warning",
        "The window is longer than every row",
        "A window cuts a row where it is longer. Here every row is one window, and gradients go through all of it, as "
        "they do without.",
        """\
data: {task: copy}
model: {chain: [one_hot, {rnn: 8}, dense]}
training:
  loss: cross_entropy
  window: 200
""",
        "Write `window: null` to say so, or a shorter window. Streams have longer rows with a smaller `batch`.",
    ),
    Check(
        "window-cuts-few",
        "warning",
        "The window is longer than most sequences",
        "Most sequences are one window, as if none was given, and some are cut: the two are trained unlike.",
        """\
data: {task: {reber: {sequences: 60}}}
model: {chain: [one_hot, {rnn: 8}, dense]}
training:
  loss: cross_entropy
  window: 15
""",
        "Write `window: null`, or a shorter one. Where a few very long sequences are meant to be cut, ignore this "
        "check.",
    ),
    Check(
        "window-hides-start",
        "warning",
        "Gradients from the answer end before the start of most sequences",
        "With one answer a sequence, only the last window of each has a step that is scored. The carry brings there "
        "what earlier windows made of it, but no gradient goes back to them: nothing learns what to remember.",
        """\
data: {task: adding}
model: {chain: [{lstm: 8}, dense]}
training:
  loss: mse
  window: 20
""",
        "Write `window: null`; or `window: {update: 20, backward: 120}`, which reaches the start.",
    ),
    Check(
        "window-of-one-step",
        "warning",
        "No gradient goes back further than one step",
        "At the border of a window the carry keeps its value and loses its history. With one step a window the "
        "weights learn what to do with the carry they get, and never what to leave in it for later.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: 1
""",
        "Write a longer window; for an update at every step, `window: {update: 1, backward: 16}`.",
    ),
    Check(
        "backward-no-multiple",
        "error",
        "The steps that gradients go back through are no multiple of those of an update",
        "Each update goes back from its new steps through whole windows before them, from the carry that stood there.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: {update: 8, backward: 12}
""",
        "Write a multiple of `update`.",
    ),
    Check(
        "backward-past-reset",
        "error",
        "Gradients are to go back past the reset of every window",
        "With `reset: window` each window begins with the initial carry, and no gradient passes a reset.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  window: {update: 8, backward: 16}
  reset: window
""",
        "Write `window: 8`, or another policy.",
    ),
    Check(
        "backward-beyond-rows",
        "warning",
        "Gradients are to go back further than any row is long",
        "They end at the start of the row, so that a smaller `backward` does the same.",
        """\
data: {task: {sine: {steps: 100}}}
model: {chain: [{rnn: 8}, dense]}
training:
  loss: mse
  batching: streams
  batch: 4
  window: {update: 5, backward: 40}
""",
        "Write the smaller number; streams have longer rows with a smaller `batch`.",
    ),
)
