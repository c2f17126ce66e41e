"""Data that is legal and almost surely not what is meant: which is told of, and which is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import Resolved, examined


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(data: str, training: str = "loss: mse, window: 8", chain: str = "{rnn: 2}, dense") -> Resolved:
    config = parse_config(f"data: {{{data}}}\nmodel: {{chain: [{chain}]}}\ntraining: {{{training}}}\n", "c.yaml")
    return resolve(config, examined(config))


def told(data: str, training: str = "loss: mse, window: 8", chain: str = "{rnn: 2}, dense") -> list[str | None]:
    return [w.id for w in opened(data, training, chain).warnings]


def table(columns: dict[str, list[object]]) -> str:
    rows = zip(*columns.values(), strict=True)
    Path("d.csv").write_text("\n".join(",".join(map(str, row)) for row in [tuple(columns), *rows]) + "\n")
    return "csv: d.csv"


def test_names_of_sequences_as_inputs_and_targets() -> None:
    many = table({"s": [t // 6 for t in range(120)], "x": list(range(120)), "y": [t % 5 for t in range(120)]})
    assert told(f"{many}, id: s, input: [s, x], target: y", "loss: mse") == ["id-as-data"]
    assert told(f"{many}, id: s, input: x, target: y", "loss: mse") == []
    assert told(f"{many}, input: [s, x], target: y") == [], "one series, in which it is a column as others"
    [warning] = opened(f"{many}, id: s, input: x, target: {{columns: [y, s]}}", "loss: mse").warnings
    assert warning.id == "id-as-data"
    assert warning.message.endswith("in other splits it has other values: it cannot be foretold")
    assert warning.where is not None
    assert warning.where.column == 59


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([f"{t % 120 / 10}" for t in range(400)], True),
        ([f"{t % 90 / 10}" for t in range(400)], False),
        ([str(t % 300) for t in range(400)], True),
        ([str(t % 150) for t in range(400)], False),
        ([f"w{t % 300}" for t in range(400)], False),
        ([*(f"{t % 120 / 10}" for t in range(399)), "none"], False),
    ],
    ids=["fractions", "few fractions", "hardly one twice", "token numbers", "words", "one word"],
)
def test_measurements_as_symbols(values: list[object], found: bool) -> None:
    """A hundred or more, all of them numbers, and with fractions or hardly one of them twice."""
    many = table({"v": values, "y": [t % 3 for t in range(400)]})
    shown = f"{many}, input: {{columns: [v], kind: symbol}}, target: y"
    assert told(shown, chain="one_hot, {rnn: 2}, dense") == ["numbers-as-symbols"] * found
    asked = f"{many}, input: y, target: {{column: v, kind: class}}"
    assert told(asked, "loss: cross_entropy, window: 8") == ["numbers-as-symbols"] * found


def test_measurements_as_classes_of_sequences() -> None:
    """Of one label a sequence there are as many as sequences."""
    many = table({"s": [t // 2 for t in range(400)], "v": [t // 2 % 120 for t in range(400)], "x": list(range(400))})
    data = f"{many}, id: s, input: x, target: {{column: v, kind: class, each: sequence}}"
    assert told(data, "loss: cross_entropy") == ["numbers-as-symbols"]


def test_one_class() -> None:
    one = table({"x": list(range(60)), "c": ["a"] * 60, "d": ["a", *["b"] * 59]})
    [warning] = opened(
        f"{one}, input: x, target: {{column: c, kind: class}}", "loss: cross_entropy, window: 8"
    ).warnings
    assert (warning.id, warning.message) == (
        "single-class",
        "there is one class, 'a': whatever the model answers is right",
    )
    assert told(f"{one}, input: x, target: {{column: d, kind: class}}", "loss: cross_entropy, window: 8") == []
    Path("t.txt").write_text("a" * 90)
    assert told("text: t.txt", "loss: cross_entropy, window: 8", "one_hot, {rnn: 2}, dense") == ["single-class"]


@pytest.mark.parametrize(
    ("scale", "task", "ids"),
    [
        ("range", "copy: {blanks: 4, symbols: 2, sequences: 20}", ["scale-without-numbers"]),
        ("standard", "copy: {blanks: 4, symbols: 2, sequences: 20}", []),
        ("none", "copy: {blanks: 4, symbols: 2, sequences: 20}", []),
    ],
)
def test_a_scale_of_nothing(scale: str, task: str, ids: list[str]) -> None:
    """The default stands in every resolved config."""
    assert told(f"task: {{{task}}}, scale: {scale}", "loss: cross_entropy", "one_hot, {rnn: 2}, dense") == ids


@pytest.mark.parametrize(
    ("training", "ids"),
    [
        ("batch: 8", ["batch-of-one-series"]),
        ("batch: 64", ["batch-of-one-series"]),
        ("batch: 1", []),
        ("batch: 32", []),
        ("batch: 8, batching: streams", []),
    ],
)
def test_a_batch_of_one_row(training: str, ids: list[str]) -> None:
    """Not the default, which stands in every resolved config."""
    assert told("task: sine", f"loss: mse, window: 8, {training}") == ids


FIRST = [int(t % 6 == 0) for t in range(60)]
LAST = [int(t % 6 == 5) for t in range(60)]


@pytest.mark.parametrize(
    ("reset", "ids"),
    [
        ("before: first", []),
        ("after: last", []),
        ("after: first", ["reset-column-swapped"]),
        ("before: last", ["reset-column-swapped"]),
        ("before: none", ["reset-column-never-set"]),
        ("after: none", ["reset-column-never-set"]),
        ("before: all", ["reset-column-always-set"]),
        ("after: some", []),
        ("before: some", []),
        ("after: begun", []),
        ("before: first, after: last", []),
        ("before: last, after: first", ["reset-column-swapped", "reset-column-swapped"]),
    ],
)
def test_columns_that_reset(reset: str, ids: list[str]) -> None:
    some = [int(t % 7 == 3) for t in range(60)]
    data = table(
        {"x": list(range(60)), "first": FIRST, "last": LAST, "none": [0] * 60, "all": [1] * 60, "some": some}
        | {"y": [t % 5 for t in range(60)], "begun": FIRST}
    )
    assert told(f"{data}, input: x, target: y", f"loss: mse, window: 8, reset: {{{reset}}}") == ids


def test_columns_that_reset_in_many_sequences() -> None:
    """In each of them the episode begins anew."""
    data = table({"s": [t // 12 for t in range(60)], "x": list(range(60)), "begun": FIRST, "y": [0, 1] * 30})
    reset = "loss: mse, window: 4, reset: {after: begun}"
    split = "split: {train: 0.6, valid: 0.2, test: 0.2}"
    [warning] = opened(f"{data}, id: s, input: x, target: y, {split}", reset).warnings
    assert warning.message == (
        "column 'begun' is 1 at the first step and 0 at the last, as a column is that marks where episodes begin: "
        "resets come one step late"
    )
    assert warning.help == "write reset: {before: begun}"
    one = [int(t in (0, 30)) for t in range(60)]
    data = table({"s": [t // 12 for t in range(60)], "x": list(range(60)), "begun": one, "y": [0, 1] * 30})
    assert told(f"{data}, id: s, input: x, target: y, {split}", reset) == [], "most sequences do not begin with one"
