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
        "error[split-scores-nothing]: test has nothing to score: 0.15 of 3 sequences, with targets 1 ahead, "
        "leaves none\n"
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
        "error[split-scores-nothing]: test has nothing to score: 0.1 of 3 sequences, with targets 1 ahead, leaves none",
        "  --> c.yaml:3:41",
    ]


def test_the_split_that_is_proposed_keeps_the_order() -> None:
    for name in "abc":
        Path(f"{name}.txt").write_text("to be or not to be")
    data = 'data:\n  text: "*.txt"\n  split: {shuffle: false}\n'
    text = refused("window: 4", data, "one_hot, dense", "cross_entropy")
    assert text.rpartition("write ")[2] == "split: {train: 0.6, valid: 0.4, test: 0, shuffle: false}"


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
    assert text.split("\n")[:2] == [f"error[split-scores-nothing]: {message}", f"  --> c.yaml:1:{lead}"]


LONG = "{task: {reber: {sequences: 60}}, split: {train: 0.6, valid: 0.2, test: 0.2}}"


def told(
    training: str, data: str = LONG, chain: str = "one_hot, {rnn: 4}, dense", loss: str = "cross_entropy"
) -> list[str]:
    return [str(w.id) for w in opened(training, f"data: {data}\n", chain, loss).warnings]


@pytest.mark.parametrize(
    ("window", "ids"),
    [
        ("5", []),
        ("10", []),
        ("12", []),
        ("13", ["window-cuts-few"]),
        ("20", ["window-cuts-few"]),
        ("100", ["window-cuts-nothing"]),
    ],
)
def test_windows_longer_than_most_sequences(window: str, ids: list[str]) -> None:
    assert told(f"window: {window}") == ids


def test_how_many_sequences_a_window_does_not_cut() -> None:
    """Half of them are not most."""
    data = "data: {csv: d.csv, id: s, input: x, target: y, split: {train: 1, valid: 0, test: 0}}\n"
    for short, ids in ((3, ["window-cuts-few"]), (2, [])):
        lengths = [4] * short + [9] * (4 - short)
        rows = [f"{s},{t},{t % 3}\n" for s, length in enumerate(lengths) for t in range(length)]
        Path("d.csv").write_text("s,x,y\n" + "".join(rows))
        warnings = opened("window: 5", data, "{rnn: 4}, {dense: 1}").warnings
        assert [w.id for w in warnings] == ids
        messages = ["3 of the 4 training sequences are shorter than this window of 5 steps"]
        assert [w.message for w in warnings] == messages[: len(ids)]
        assert opened("window: 5, batching: streams, batch: 2", data, "{rnn: 4}, {dense: 1}").warnings == ()


@pytest.mark.parametrize(
    ("window", "ids"),
    [
        ("null", []),
        ("13", []),
        ("12", ["window-hides-start"]),
        ("6", ["window-hides-start"]),
        ("{update: 6, backward: 12}", ["window-hides-start"]),
        ("{update: 6, backward: 18}", []),
        ("{update: 4, backward: 12}", ["window-hides-start"]),
        ("{update: 4, backward: 16}", []),
    ],
)
def test_gradients_that_end_before_the_start(window: str, ids: list[str]) -> None:
    """Of sequences of 12 steps and, most of them, 13."""
    data = "{task: {adding: {length: 12, sequences: 40}}}"
    assert told(f"window: {window}", data, "{rnn: 4}, {dense: 1}", "mse") == ids


@pytest.mark.parametrize(
    ("window", "split", "names"),
    [
        ("20", "{train: 0.6, valid: 0.2, test: 0.2}", []),
        ("21", "{train: 0.6, valid: 0.2, test: 0.2}", ["validation", "test"]),
        ("21", "{train: 0.6, valid: 0.3, test: 0.1}", ["test"]),
        ("21", "{train: 0.9, valid: 0.1, test: 0}", ["validation"]),
        ("null", "{train: 0.9, valid: 0.1, test: 0}", []),
        ("{update: 10, backward: 40}", "{train: 0.8, valid: 0.1, test: 0.1}", []),
    ],
)
def test_splits_of_fewer_steps_than_a_window(window: str, split: str, names: list[str]) -> None:
    data = f"data: {{task: {{sine: {{steps: 100}}}}, split: {split}}}\n"
    warnings = opened(f"window: {window}", data, "{rnn: 4}, {dense: 1}").warnings
    assert [w.id for w in warnings] == ["split-shorter-than-window"] * len(names)
    assert [w.message.split()[1] for w in warnings] == names


@pytest.mark.parametrize(
    ("schedule", "training", "most"),
    [
        ("cosine: {warmup: 40}", "window: 25, epochs: 10", None),
        ("cosine: {warmup: 41}", "window: 25, epochs: 10", 40),
        ("constant: {warmup: 11}", "epochs: 10, window: null", 10),
        ("constant: {warmup: 10}", "epochs: 10, window: null", None),
        ("linear: {warmup: 50}", "window: 5, epochs: 10, batching: streams, batch: 4", None),
        ("linear: {warmup: 51}", "window: 5, epochs: 10, batching: streams, batch: 20", 10),
    ],
)
def test_a_warm_up_of_more_updates_than_there_are(schedule: str, training: str, most: int | None) -> None:
    """A series of 99 steps is cut into 4 windows of 25, or into rows."""
    warnings = opened(f"{training}, schedule: {{{schedule}}}", chain="{rnn: 4}, {dense: 1}").warnings
    assert [w.id for w in warnings] == ["warmup-never-ends"] * (most is not None)
    assert all(f"training has at most {most}: " in w.message for w in warnings)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ("window: 20, reset: window, burn_in: 10", None),
        ("window: 20, reset: window, burn_in: 11", "burn_in leaves out 55 of the 99 steps of an epoch"),
        ("window: 20, burn_in: 49", None),
        ("window: 20, burn_in: 50", "burn_in leaves out 50 of the 99 steps of an epoch"),
        ("window: 5, batching: streams, batch: 4, burn_in: 12", None),
        ("window: 5, batching: streams, batch: 4, burn_in: 13", "burn_in leaves out 52 of the 99 steps of an epoch"),
        ("window: 5, batching: streams, batch: 4, reset: epoch, burn_in: 13", "burn_in leaves out 52 of the 99 steps"),
        ("window: 5, batching: streams, batch: 4, reset: never, burn_in: 13", None),
    ],
)
def test_a_burn_in_that_leaves_out_most(training: str, message: str | None) -> None:
    warnings = opened(training, chain="{rnn: 4}, {dense: 1}").warnings
    assert [w.id for w in warnings] == ["burn-in-leaves-little"] * (message is not None)
    assert all(w.message.startswith(str(message)) for w in warnings)


@pytest.mark.parametrize(
    ("burn_in", "ids"),
    [(0, []), (1, ["burn-in-changes-nothing"]), (11, ["burn-in-changes-nothing"]), (12, [])],
)
def test_a_burn_in_before_the_answer_for_a_sequence(burn_in: int, ids: list[str]) -> None:
    """Of 12 steps and, most of them, 13: before the last of 12 there are eleven."""
    data = "{task: {adding: {length: 12, sequences: 60}}}"
    assert told(f"burn_in: {burn_in}", data, "{rnn: 4}, {dense: 1}", "mse") == ids


@pytest.mark.parametrize(
    ("training", "ids"),
    [
        ("burn_in: 4", []),
        ("burn_in: 7", ["burn-in-leaves-little"]),
        ("burn_in: 5, window: 5, reset: sequence", []),
        ("burn_in: 3, window: 5, reset: window", ["burn-in-leaves-little"]),
        ("burn_in: 7, window: 5, batching: streams, batch: 4", ["burn-in-leaves-little"]),
        ("burn_in: 7, window: 5, batching: streams, batch: 4, reset: epoch", []),
    ],
)
def test_a_burn_in_of_many_sequences(training: str, ids: list[str]) -> None:
    """36 of 8 to 22 steps, 443 in all."""
    assert told(training) == ids
