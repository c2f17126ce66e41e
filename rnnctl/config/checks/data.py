"""Checks of what data is shown and asked, and of how it is split."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "columns-without-csv",
        "error",
        "Columns are named, and the data has none",
        "A text and a task say themselves what is shown and what is asked. Columns to show, to ask for or to reset at "
        "are those of a CSV file.",
        """\
data:
  task: sine
  input: value
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Leave the key out, or read the data from a CSV file.",
    ),
    Check(
        "column-twice",
        "error",
        "A column stands twice among the inputs or the targets",
        "The second of the two says nothing that the first has not said, and is most likely meant to be another.",
        """\
data:
  csv: ../datasets/macro.csv
  input: [gdp, prices, gdp]
  target: {column: gdp, ahead: 1}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 20}
""",
        "Name each column once.",
    ),
    Check(
        "several-symbols",
        "error",
        "An input of `kind: symbol` has several columns",
        "At each step there is one symbol, which an embedding or a one_hot makes a vector of.",
        """\
data:
  csv: ../datasets/macro.csv
  input: {columns: [year, quarter], kind: symbol}
  target: gdp
model: {chain: [one_hot, {rnn: 8}, dense]}
training: {loss: mse, window: 20}
""",
        "Name one column; or join the columns to one in the file, or show them as numbers.",
    ),
    Check(
        "several-classes",
        "error",
        "A target of `kind: class` has several columns",
        "One of several classes is named at each step, by one softmax. Several questions of yes or no are `kind: "
        "binary`.",
        """\
data:
  csv: ../datasets/macro.csv
  input: gdp
  target: {columns: [year, quarter], kind: class}
model: {chain: [{rnn: 8}, dense]}
training: {loss: cross_entropy, window: 20}
""",
        "Name one column, or several with `kind: binary` or `kind: number`.",
    ),
    Check(
        "sequence-target-without-id",
        "error",
        "One target a sequence is asked for, and no column tells sequences apart",
        "Without `id` the file is one series, so that there would be one answer in all.",
        """\
data:
  csv: ../datasets/digits.csv
  input: [p0, p1, p2, p3, p4, p5, p6, p7]
  target: {column: digit, kind: class, each: sequence}
model: {chain: [{gru: 32}, dense]}
training: {loss: cross_entropy}
""",
        "Name the column with `id: image`, or ask at each step.",
    ),
    Check(
        "sequence-target-ahead",
        "error",
        "The target of a whole sequence is asked for some steps ahead",
        "It is asked once, at the last step, and holds for all steps: there is nothing behind it to look ahead to.",
        """\
data:
  csv: ../datasets/digits.csv
  id: image
  input: [p0, p1, p2, p3, p4, p5, p6, p7]
  target: {column: digit, kind: class, each: sequence, ahead: 1}
model: {chain: [{gru: 32}, dense]}
training: {loss: cross_entropy}
""",
        "Leave `ahead` out.",
    ),
    Check(
        "ahead-past-the-end",
        "error",
        "The target lies further ahead than any sequence is long",
        "The target of a step is the value `ahead` steps later in the same sequence, and no step has one.",
        """\
data:
  csv: ../datasets/digits.csv
  id: image
  input: [p0, p1, p2, p3, p4, p5, p6, p7]
  target: {column: p0, ahead: 8}
model: {chain: [{gru: 32}, dense]}
training: {loss: mse}
""",
        "Write a smaller `ahead`; and see whether `id` is the column that is meant.",
    ),
    Check(
        "target-among-inputs",
        "warning",
        "The target is an input of the same step",
        "The model can hand it through, which needs neither weights nor state, and has a loss near zero that says "
        "nothing.",
        """\
data:
  csv: ../datasets/sunspots.csv
  input: sunspots
  target: sunspots
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 32}
""",
        "Write `ahead: 1` to ask for the next value, or leave the column out of the inputs.",
    ),
    Check(
        "id-as-data",
        "warning",
        "The column that tells sequences apart is an input or the target",
        "Many sequences are dealt out whole to the splits. So the names in the validation and test splits are none of "
        "those in training, and what was learned of these does not hold for them.",
        """\
data:
  csv: ../datasets/digits.csv
  id: image
  input: [image, p0, p1, p2, p3, p4, p5, p6, p7]
  target: {column: digit, kind: class, each: sequence}
model: {chain: [{gru: 32}, dense]}
training: {loss: cross_entropy}
""",
        "Leave it out of the inputs; ask for another column.",
    ),
    Check(
        "numbers-as-symbols",
        "warning",
        "Measurements are read as symbols or classes",
        "Each of very many values gets a vector or an answer of its own, most of them seen hardly twice, and the "
        "model is not told that 5.0 lies near 5.1.",
        """\
data:
  csv: ../datasets/sunspots.csv
  input: sunspots
  target: {column: sunspots, kind: class, ahead: 1}
model: {chain: [{rnn: 8}, dense]}
training: {loss: cross_entropy, window: 32}
""",
        "Write `kind: number`, and for a target `loss: mse`.",
    ),
    Check(
        "single-class",
        "warning",
        "There is one class to choose from",
        "Whatever the model answers is right: the loss is 0 from the start, and nothing is learned.",
        """\
data:
  csv: ../datasets/throws.csv
  input: height
  target: {column: fault, kind: class}
model: {chain: [{rnn: 8}, dense]}
training: {loss: cross_entropy, window: 32}
""",
        "Ask for a column of two or more classes.",
    ),
    Check(
        "scale-without-numbers",
        "warning",
        "A scale is given, and nothing is scaled",
        "Scaling concerns numbers. Symbols, classes and columns of 0 and 1 are left as they are.",
        """\
data:
  task: copy
  scale: range
model: {chain: [one_hot, {rnn: 8}, dense]}
training: {loss: cross_entropy}
""",
        "Leave `scale` out.",
    ),
    Check(
        "split-sum",
        "error",
        "The fractions of the splits do not add up to 1",
        "Each step or sequence belongs to one split. Fractions that are not given are 0.7, 0.15 and 0.15.",
        """\
data:
  task: sine
  split: {train: 0.8}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Write all three: `split: {train: 0.8, valid: 0.1, test: 0.1}`.",
    ),
    Check(
        "split-of-one-series",
        "error",
        "One series is to be dealt out in an order",
        "The splits of one series follow one another, so that none sees ahead. `shuffle` is for many sequences.",
        """\
data:
  task: sine
  split: {train: 0.8, valid: 0.1, test: 0.1, shuffle: true}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Leave `shuffle` out of `split`.",
    ),
    Check(
        "no-training-data",
        "error",
        "The training split is empty",
        "Weights and scaling follow from the training split alone.",
        """\
data:
  task: sine
  split: {train: 0, valid: 0.5, test: 0.5}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Give `train` the largest share.",
    ),
    Check(
        "split-scores-nothing",
        "error",
        "A split that is asked for has no step to score",
        "A loss is a mean over scored steps. Steps whose target lies behind the end, behind a reset, or where a "
        "`where` column is 0 are not scored.",
        """\
data:
  task: {sine: {steps: 200}}
  split: {train: 0.5, valid: 0.499, test: 0.001}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Give the split a larger share, or 0.",
    ),
    Check(
        "split-shorter-than-window",
        "warning",
        "The validation or the test split has fewer steps than a window",
        "A judgement of so few steps is mostly chance, and the best checkpoint is chosen by it. The carry is sound, "
        "since a later split is primed with what stands before it; the number is not.",
        """\
data:
  task: {sine: {steps: 300}}
  split: {train: 0.8, valid: 0.1, test: 0.1}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 100}
""",
        "Give the split a larger share, or write a shorter window.",
    ),
)
