"""Checks of the chain: its layers and its members."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "unused-cell",
        "error",
        "A cell is defined, and no layer of the chain is one",
        "What is not used changes nothing, and another layer is most likely used in its place. A file that is extended "
        "may have more cells than are used.",
        """\
data: {task: sine}
cells:
  mine: {state: {h: input}, equations: "h' = 0.9 * h + x", output: h'}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Use it in the chain, or leave it out.",
    ),
    Check(
        "input-width",
        "error",
        "A layer says another input than it gets",
        "Sizes follow from the data and from the layer before. `input` states one to have it checked, as a resolved "
        "config does for every layer: the data or a layer has changed since.",
        """\
data: {task: sine}
model:
  chain:
    - rnn: {size: 8, input: 3}
    - dense
training: {loss: mse, window: 50}
""",
        "Leave `input` out, or mend the data or the layer before.",
    ),
    Check(
        "layer-misfit",
        "error",
        "A layer cannot be made of what it gets",
        "A layer of numbers gets symbols, or one of symbols gets numbers; or its equations ask something of its sizes "
        "that does not hold here, as that one divides another.",
        """\
data: {task: copy}
model: {chain: [{rnn: 8}, dense]}
training: {loss: cross_entropy}
""",
        "Put `one_hot` or an `embedding` before a layer of numbers, and write sizes that fit.",
    ),
    Check(
        "no-parameters",
        "error",
        "No layer has a parameter to train",
        "Training changes parameters. A chain without any gives the same before and after.",
        """\
data: {task: sine}
model: {chain: [mean]}
training: {loss: mse, window: 50}
""",
        "End the chain with `- dense`.",
    ),
    Check(
        "residual-widths",
        "error",
        "The layers of a residual have another width than its input",
        "A residual adds the output of its layers to their input, number by number: y = x + f(x).",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, {residual: {rnn: 16}}, dense]}
training: {loss: mse, window: 50}
""",
        "Make both as wide: `dense: 16` before it, or a layer of 8 in it.",
    ),
    Check(
        "per-without-dropout",
        "error",
        "A stack says for what dropout is drawn once, and has none",
        "`per` of a stack belongs to the dropout between its layers.",
        """\
data: {task: sine}
model:
  chain:
    - stack: {layer: {rnn: 8}, depth: 2, per: sequence}
    - dense
training: {loss: mse, window: 50}
""",
        "Write `dropout: 0.2`, say, beside it, or leave `per` out.",
    ),
    Check(
        "dropout-of-one-layer",
        "warning",
        "Dropout stands between layers where there is one layer",
        "The dropout of a stack stands between each two of its layers, and none behind the last. With `depth: 1` "
        "there is none.",
        """\
data: {task: sine}
model:
  chain:
    - stack: {layer: {rnn: 8}, depth: 1, dropout: 0.2}
    - dense
training: {loss: mse, window: 50}
""",
        "Write `depth: 2` or more, or `- dropout: 0.2` as a layer of its own.",
    ),
    Check(
        "dropout-of-answer",
        "warning",
        "Dropout is the last layer",
        "In training the answers themselves are zeroed at random, and the loss is that of answers nobody gave.",
        """\
data: {task: sine}
model: {chain: [{rnn: 8}, {dense: 1}, {dropout: 0.2}]}
training: {loss: mse, window: 50}
""",
        "Put it before the layer that answers.",
    ),
    Check(
        "layer-norm-of-one",
        "warning",
        "A layer_norm gets one number",
        "It takes the mean away and divides by the deviation. Of one number nothing is left: its output is its bias, "
        "whatever comes in.",
        """\
data: {task: sine}
model: {chain: [layer_norm, {rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Leave it out, or put it behind a wider layer. Inputs are scaled already, by `data.scale`.",
    ),
    Check(
        "state-behind-last",
        "error",
        "A layer with a state stands behind `last`",
        "Behind `last` there is one step for a sequence, so that a carry would never be used.",
        """\
data: {task: adding}
model: {chain: [{lstm: 8}, last, {lstm: 8}, dense]}
training: {loss: mse}
""",
        "Put the layer before `last`.",
    ),
    Check(
        "last-of-each-step",
        "error",
        "`last` stands in a chain that answers at each step",
        "It keeps the answer at a sequence's end alone, and here one is asked at every step.",
        """\
data: {task: copy}
model: {chain: [one_hot, {lstm: 8}, last, dense]}
training: {loss: cross_entropy}
""",
        "Leave it out, or ask once a sequence with `target: {…, each: sequence}`.",
    ),
    Check(
        "bidirectional-in-streams",
        "error",
        "A bidirectional layer is trained in streams",
        "It reads each sequence from its end as well. The rows of streams go on from window to window: when a window "
        "is computed, no end is in sight.",
        """\
data: {task: copy}
model: {chain: [one_hot, {bidirectional: {gru: 8}}, dense]}
training: {loss: cross_entropy, batching: streams, window: 20}
""",
        "Write `batching: sequences`.",
    ),
    Check(
        "bidirectional-cut-by-window",
        "error",
        "A window cuts the sequences that a bidirectional layer reads from their end",
        "The way back would begin at the window's border as if the sequence ended there, and its carry could not be "
        "handed on: the next window is computed later. A window that resets is a sequence of its own, which is "
        "allowed.",
        """\
data: {task: copy}
model: {chain: [one_hot, {bidirectional: {gru: 8}}, dense]}
training: {loss: cross_entropy, window: 20}
""",
        "Write `window: null`, or `reset: window`.",
    ),
    Check(
        "bidirectional-cut-by-column",
        "error",
        "A column resets inside the sequences that a bidirectional layer reads",
        "A reset before a step cuts the way there from what is behind; the way back would have to be cut at another "
        "step. What ends at a reset is a sequence, and `id` can tell it apart.",
        """\
data:
  csv: ../datasets/throws.csv
  input: height
  target: {column: landed, kind: binary}
model: {chain: [{bidirectional: {gru: 8}}, dense]}
training: {loss: binary_cross_entropy, window: null, reset: {before: first}}
""",
        "Leave the column out, and tell sequences apart by `id`.",
    ),
    Check(
        "bidirectional-sees-answer",
        "error",
        "The backward direction has read the answer",
        "What is asked is a later value of an input, and the way back comes from there: it hands the answer on, and "
        "the loss falls to nothing that can be used. A window that ends before the answer would be allowed.",
        """\
data: {task: {reber: {sequences: 60}}}
model: {chain: [one_hot, {bidirectional: {gru: 8}}, dense]}
training: {loss: cross_entropy}
""",
        "Write the layers without `bidirectional`, or ask for what is not among the inputs.",
    ),
)
