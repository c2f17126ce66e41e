"""The table of checks: each is found where its example has it, and in no config that is right; the page has all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnctl.config.checks import CHECKS
from tests.config.checks_page import FOLDER, PAGE, ROOT, found, page

# A check: what in its example makes it right, with what takes its place, and where it is found: the line and the
# column, then those of the other places with what is said of them.
CASES = """
older-format
-format: 1
+format: 2
=1:9
unused-variable
-vars: {sise: 16}
=1:8
columns-without-csv
-  input: value
=3:3
=2:9 the data is a task
column-twice
-, gdp]
+]
=3:24
=3:11 here first
several-symbols
-[year, quarter]
+[quarter]
=3:20
=3:43 one symbol a step
several-classes
-[year, quarter]
+[quarter]
=4:21
=4:44 one class
sequence-target-without-id
-  input
+  id: image
+  input
=4:46
sequence-target-ahead
-, ahead: 1
=5:63
=5:46 one target a sequence
ahead-past-the-end
-ahead: 8
+ahead: 7
=5:31
target-among-inputs
-target: sunspots
+target: {column: sunspots, ahead: 1}
=4:3
=3:10 shown here
id-as-data
-[image, p0
+[p0
=4:11
=3:7 the names of sequences
numbers-as-symbols
-kind: class, ahead: 1}
+ahead: 1}
-cross_entropy
+mse
=4:20
=4:36 classes are asked for here
single-class
-fault
+landed
=4:20
scale-without-numbers
-range
+none
=3:10
split-sum
-{train: 0.8}
+{train: 0.8, valid: 0.1, test: 0.1}
=3:10
split-of-one-series
-, shuffle: true}
+}
=3:46
no-training-data
-train: 0, valid: 0.5
+train: 0.5, valid: 0
=3:18
split-scores-nothing
-0.499, test: 0.001
+0.25, test: 0.25
=3:43
split-shorter-than-window
-window: 100
+window: 30
=3:30
=5:31 the window
=3:41
=5:31 the window
unused-cell
-[{rnn: 8}
+[mine
=3:3
input-width
-input: 3
+input: 1
=4:29
layer-misfit
-{rnn: 8}
+one_hot, {rnn: 8}
=2:18
no-parameters
-[mean]
+[mean, dense]
=2:9
residual-widths
-rnn: 16
+rnn: 8
=2:28
per-without-dropout
-per: seq
+dropout: 0.2, per: seq
=4:42
dropout-of-one-layer
-depth: 1
+depth: 2
=4:51
=4:39 one layer
dropout-of-answer
-{dense: 1}, {dropout: 0.2}
+{dropout: 0.2}, {dense: 1}
=2:40
layer-norm-of-one
-layer_norm, {rnn: 8}
+{rnn: 8}, layer_norm
=2:17
state-behind-last
-last, {lstm: 8}
+{lstm: 8}, last
=2:35
=2:28 one step is left behind this
last-of-each-step
-last, dense
+dense
=2:37
bidirectional-in-streams
-batching: streams, window: 20
+batching: sequences, window: null
=2:27
=3:43 streams are asked for here
bidirectional-cut-by-window
-window: 20
+window: 20, reset: window
=2:27
=3:41 sequences are cut here
bidirectional-cut-by-column
-, reset: {before: first}
=5:18
=6:70 the column
bidirectional-sees-answer
-{bidirectional: {gru: 8}}
+{gru: 8}
=2:27
=1:8 this task asks for the next input
answer-width
-dense: 3
+dense: 1
=2:28
=1:14 what is asked
loss-cannot-judge
-cross_entropy
+mae
=3:18
=1:14 a number is asked here
answer-out-of-reach
-sigmoid
+identity
=5:7
answer-from-one-step
-[one_hot, dense]
+[one_hot, mean, dense]
=2:9
=1:14 one answer a sequence
answer-from-one-side
-, dense]
+, last, dense]
=2:27
=1:14 one answer a sequence
shuffled-streams
-true
+false
=6:12
=5:13 streams are asked for here
batch-of-one-series
-batch: 16
+batching: streams
+  batch: 16
=5:10
series-in-one-window
-loss: mse
+loss: mse
+  window: null
=3:1
window-longer-than-series
-window: 100
+window: 15
=5:11
window-cuts-nothing
-window: 200
+window: 120
=5:11
window-cuts-few
-window: 15
+window: 10
=5:11
window-hides-start
-window: 20
+window: {update: 20, backward: 120}
=5:11
=1:14 one answer a sequence
window-of-one-step
-window: 1
+window: {update: 1, backward: 2}
=5:11
backward-no-multiple
-12
+16
=5:33
backward-past-reset
-16
+8
=5:33
=6:10 every window resets
backward-beyond-rows
-40
+20
=7:33
=6:10 cuts all steps into 4 rows
carry-without-streams
-never
+sequence
=5:10
reset-column-never-set
-fault
+landed
=6:50
reset-column-always-set
-seen
+first
=6:51
reset-column-swapped
-{after: first}
+{before: first}
=6:50
burn-in-leaves-nothing
-burn_in: 10
+burn_in: 5
=7:12
=5:11 a window's steps
=6:10 every window resets
burn-in-leaves-little
-burn_in: 15
+burn_in: 10
=7:12
=6:10 where the carry goes back
=5:11 a window's steps
burn-in-changes-nothing
-burn_in: 10
+burn_in: 0
=5:12
initial-state-of-none
-{dense: 8}
+{rnn: 8}
=6:24
initial-state-used-once
-never
+epoch
=9:24
=8:10 when the carry goes back
early-stopping-without-validation
-valid: 0, test: 0.2
+valid: 0.2, test: 0
=5:35
=3:30 no validation split
patience-never-ends
-early_stopping: 20
+early_stopping: 8
=7:19
=6:11 10 epochs in all
warmup-never-ends
-warmup: 1000
+warmup: 140
=7:31
=6:11 10 epochs in all
schedule-changes-nothing
-every: 20
+every: 9
=7:28
=6:11 10 epochs in all
no-such-metric
-accuracy: {above: 0.9}
+skill: {above: 0.3}
=5:3
=1:14 what is asked
bound-never-met
-above: 1
+above: 0.9
=5:23
bound-always-met
-above: -1
+above: 1
=5:21
share-of-negative
-below: 110%
+within: 110%
=5:21
interval-of-one-seed
-confidence}
+confidence}
+  seeds: 5
=5:34
expects-of-empty-split
-test.mse
+valid.mse
=7:3
=3:41 nothing is left for it
expects-steps-of-bidirectional
-{bidirectional: {gru: 8}}
+{gru: 8}
=5:3
=2:27 here
expects-state-of-stateless
-[{dense: 8}
+[{rnn: 8}
=5:3
"""


class Case:
    """One check: its stretches of text to be replaced, and its places."""

    def __init__(self, text: str) -> None:
        self.id, *lines = text.split("\n")
        self.places = [line[1:] for line in lines if line.startswith("=")]
        self.right = CHECKS[self.id].example
        for block in re.findall(r"(?:^-.*\n)+(?:^\+.*\n)*", "\n".join(lines) + "\n", re.MULTILINE):
            old, new = ("\n".join(x[1:] for x in block.split("\n") if x.startswith(sign)) for sign in "-+")
            assert old in self.right, old
            self.right = self.right.replace(old, new, 1)


EVERY = [Case(text) for text in re.split(r"\n(?=[a-z])", CASES.strip())]


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_the_example_has_the_mistake_and_no_other(case: Case) -> None:
    check = CHECKS[case.id]
    told = found(check.example)
    assert {(d.id, d.severity) for d in told} == {(check.id, check.severity)}
    places = []
    for d in told:
        assert d.where is not None
        places.append(f"{d.where.line}:{d.where.column}")
        places += [f"{other.where.line}:{other.where.column} {other.label}" for other in d.also]
    assert places == case.places


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_the_neighbour_that_is_right(case: Case) -> None:
    assert case.right != CHECKS[case.id].example
    assert list(map(str, found(case.right))) == []


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_config_that_is_shipped_is_warned_of(path: Path) -> None:
    text = path.read_text("utf-8").replace("../../datasets", "../datasets")
    assert list(map(str, found(text))) == []


def identifiers() -> Iterator[str]:
    """The identifiers of all problems in the source: the sixth argument of `Problem`, or one named `id`."""
    for folder in ("config", "data"):
        for file in sorted((ROOT / "rnnctl" / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in ("Diagnostic", "Problem", "_replace"):
                    given = [keyword.value for keyword in node.keywords if keyword.arg == "id"]
                    given += node.args[5:6] if name == "Problem" else []
                    yield from (ast.literal_eval(value) for value in given)


def test_every_identifier_stands_in_the_table_and_has_a_case() -> None:
    assert sorted(set(identifiers())) == sorted(CHECKS) == sorted(case.id for case in EVERY)


def test_the_table() -> None:
    for id_, check in CHECKS.items():
        assert check.id == id_
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", id_)
        assert not check.summary.endswith(".")
        assert check.why.endswith(".")
        assert 1 <= len(re.findall(r"[.:](?: |$)", check.why)) <= 5, check.why
        assert check.instead.endswith(".")
        assert check.example.endswith("\n")


def test_the_page() -> None:
    """Made anew by `python tests/config/checks_page.py`."""
    assert PAGE.read_text("utf-8") == page()
