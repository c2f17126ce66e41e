"""Splits, windows and burn-in against the lengths of the data: what is refused or warned of, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import Resolved, examined
from rnnctl.errors import DataError

SINE = "data: {task: {sine: {steps: 100}}, split: {train: 1, valid: 0, test: 0}}\n"


def opened(training: str, data: str = SINE, chain: str = "dense: 1", loss: str = "mse") -> Resolved:
    text = f"{data}model: {{chain: [{chain}]}}\ntraining: {{loss: {loss}, {training}}}\n"
    config = parse_config(text, "c.yaml")
    return resolve(config, examined(config))


def refused(training: str, data: str = SINE, chain: str = "dense: 1", loss: str = "mse") -> str:
    with pytest.raises(DataError) as caught:
        opened(training, data, chain, loss)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("training", "message", "help_text"),
    [
        ("window: 25, batching: streams, batch: 4", None, None),
        (
            "window: 26, batching: streams, batch: 4",
            "no row is longer than 25 steps, so this window never cuts one",
            "write window: null to say so, or a smaller batch for longer rows",
        ),
        ("window: {update: 8, backward: 32}, batching: streams, batch: 4", None, None),
        (
            "window: {update: 8, backward: 40}, batching: streams, batch: 4",
            "no row is longer than 25 steps, so no gradient goes back 40",
            "write backward: 32, which reaches to the start of every row",
        ),
        (
            "window: {update: 30, backward: 60}, batching: streams, batch: 4",
            "no row is longer than 25 steps, so this window never cuts one",
            "write window: null to say so, or a smaller batch for longer rows",
        ),
        ("window: {update: 30, backward: 120}", None, None),
        (
            "window: {update: 30, backward: 150}",
            "no sequence is longer than 99 steps, so no gradient goes back 150",
            "write backward: 120, which reaches to the start of every row",
        ),
    ],
)
def test_windows_and_gradients_longer_than_every_row(training: str, message: str | None, help_text: str | None) -> None:
    """A series of 100 steps with a target each but the last: 99, or four rows of up to 25."""
    warnings = opened(training).warnings
    assert [(w.message, w.help, w.severity) for w in warnings] == (
        [(message, help_text, "warning")] if message is not None else []
    )


def test_a_split_that_gets_nothing() -> None:
    for name in "abc":
        Path(f"{name}.txt").write_text("to be or not to be")
    data = 'data:\n  text: "*.txt"\n'
    text = refused("window: 4", data, "one_hot, dense", "cross_entropy")
    assert text == (
        "error: test has nothing to score: 0.15 of 3 sequences, with targets 1 ahead, leaves none\n"
        "  --> c.yaml:2:3\n"
        ' 2 |   text: "*.txt"\n'
        "   |   ^^^^\n"
        "   = help: write split: {train: 0.6, valid: 0.4, test: 0}"
    )
    line = text.rpartition("write ")[2]
    assert opened("window: 4", f"{data}  {line}\n", "one_hot, dense", "cross_entropy").split.valid == 0.4
    written = refused(
        "window: 4", f"{data}  split: {{train: 0.8, valid: 0.1, test: 0.1}}\n", "one_hot, dense", "cross_entropy"
    )
    assert written.split("\n")[:2] == [
        "error: test has nothing to score: 0.1 of 3 sequences, with targets 1 ahead, leaves none",
        "  --> c.yaml:3:41",
    ]


@pytest.mark.parametrize(
    ("count", "split"),
    [
        (1, "{train: 1, valid: 0, test: 0}"),
        (2, "{train: 0.6, valid: 0.4, test: 0}"),
        (3, "{train: 0.6, valid: 0.4, test: 0}"),
        (4, "{train: 0.6, valid: 0.2, test: 0.2}"),
    ],
)
def test_a_split_that_works_is_proposed_once(count: int, split: str) -> None:
    Path("d.csv").write_text("s,x\n" + "".join(f"{s},{t}\n" for s in range(count) for t in range(6)))
    data = "data: {csv: d.csv, id: s, input: x, target: {column: x, ahead: 1}}\n"
    text = refused("window: 4", data)
    assert [line.partition("help: ")[2] for line in text.split("\n") if "help" in line] == [f"write split: {split}"]
    opened("window: 4", data.replace("}}\n", f"}}, split: {split}}}\n"))


@pytest.mark.parametrize(
    ("where", "message", "column"),
    [
        ("", "valid has nothing to score: a reset stands before the target at all of its steps", "ahead"),
        (
            ", where: w",
            "valid has nothing to score: this column is 0, or a reset stands before the target, at all of its steps",
            "where",
        ),
    ],
)
def test_resets_that_leave_a_split_nothing(where: str, message: str, column: str) -> None:
    Path("d.csv").write_text("x,b,w\n" + "".join(f"{t},{int(t >= 5)},{t % 2}\n" for t in range(12)))
    split = "split: {train: 0.5, valid: 0.5, test: 0}"
    data = f"data: {{csv: d.csv, input: x, target: {{column: x, ahead: 1{where}}}, {split}}}\n"
    text = refused("window: 4, reset: {before: b}", data)
    lead = data.index(f"{column}: ") + len(column) + 3
    assert text.split("\n")[:2] == [f"error: {message}", f"  --> c.yaml:1:{lead}"]
