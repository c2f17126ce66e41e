"""Timelines by hand: what a config does to the state in its first windows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rnnctl.build import build_trainer
from rnnctl.config import Resolved, parse_config, resolve
from rnnctl.config.layout import rules_of
from rnnctl.config.resolve import examined
from rnnctl.data.windows import windows
from rnnctl.timeline import Span, Timeline, TimelineRow, batches_of, timeline

ALL = "{train: 1, valid: 0, test: 0}"


def resolved(folder: Path, lengths: Sequence[int], training: str, *, target: str = "y", marks: str = "") -> Resolved:
    """A config on a file of sequences a, b, … of these lengths; `marks` has the column `mark`, a digit a step."""
    names = [name for name, length in zip("abcdef", lengths, strict=False) for _ in range(length)]
    marked = marks or "0" * len(names)
    rows = [f"{name},{i},{i * i % 7},{mark}" for i, (name, mark) in enumerate(zip(names, marked, strict=True))]
    (folder / "d.csv").write_text("\n".join(["s,x,y,mark", *rows]) + "\n")
    id_ = "id: s, " if len(lengths) > 1 else ""
    data = f"{{csv: d.csv, {id_}input: [x], target: {target}, split: {ALL}}}"
    text = f"data: {data}\nmodel: {{chain: [rnn: 2, dense: 1]}}\ntraining: {{loss: mse, {training}}}\n"
    config = parse_config(text, str(folder / "c.yaml"))
    return resolve(config, examined(config))


def drawn(made: Timeline) -> dict[str, str]:
    """By row: . unscored, b burn-in, o scored, - padding, R before a step with a reset, | between windows."""
    shown: dict[str, str] = {}
    for window in made.windows:
        for row in window.rows:
            shown[row.name] = shown.get(row.name, "") + "".join(symbols(row)) + "|"
    return shown


def symbols(row: TimelineRow) -> list[str]:
    marks = {"scored": "o", "burn_in": "b", "unscored": ".", "padding": "-"}
    return [
        ("R" if step in row.resets else "") + marks[span.mark]
        for span in row.spans
        for step in range(span.start, span.stop)
    ]


def test_sequences_of_different_lengths(tmp_path: Path) -> None:
    made = timeline(resolved(tmp_path, (5, 3, 4), "window: 2, batch: 2, shuffle: false"), 5)
    assert drawn(made) == {"a": "Roo|oo|o|", "b": "Roo|o-|-|", "c": "Roo|oo|"}
    assert [(w.number, w.epoch, w.batch, w.start, w.stop, w.reach) for w in made.windows] == [
        (1, 1, 1, 0, 2, 0),
        (2, 1, 1, 2, 4, 2),
        (3, 1, 1, 4, 5, 4),
        (4, 1, 2, 0, 2, 0),
        (5, 1, 2, 2, 4, 2),
    ]
    assert all(w.update for w in made.windows)
    assert [(row.name, row.place) for row in made.windows[0].rows] == [("a", 0), ("b", 5)]
    assert made.windows[1].rows[1].spans == (Span(2, 3, "scored"), Span(3, 4, "padding"))
    assert (made.epoch_windows, made.epoch_batches) == (5, 2)
    assert [len(group) for group in batches_of(made.windows)] == [3, 2]


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [
        ("sequence", "Roooo|ooRoo|oo||Roooo|ooRoo|oo|", "Roooo|Roooo|oo||Roooo|Roooo|oo|"),
        ("window", "Roooo|RooRoo|Roo||Roooo|RooRoo|Roo|", "Roooo|Roooo|Roo||Roooo|Roooo|Roo|"),
        ("epoch", "Roooo|oooo|oo||Roooo|oooo|oo|", "Roooo|oooo|oo||Roooo|oooo|oo|"),
        ("never", "Roooo|oooo|oo||oooo|oooo|oo|", "Roooo|oooo|oo||oooo|oooo|oo|"),
    ],
)
def test_policies_in_streams(tmp_path: Path, policy: str, first: str, second: str) -> None:
    """Rows of 10 steps: the first holds a whole and the head of b, the second the rest of b and c."""
    config = resolved(tmp_path, (6, 8, 6), f"window: 4, batch: 2, batching: streams, reset: {policy}")
    made = timeline(config, 6)
    assert drawn(made) == {"row 1": first.replace("||", "|"), "row 2": second.replace("||", "|")}
    assert [w.epoch for w in made.windows] == [1, 1, 1, 2, 2, 2]
    assert len(batches_of(made.windows)) == 1, "the rows are the same in both epochs"


def test_columns_burn_in_and_depth(tmp_path: Path) -> None:
    training = "window: {update: 2, backward: 6}, burn_in: 3, reset: {before: mark}"
    made = timeline(resolved(tmp_path, (10,), training, marks="0000001000"))
    assert drawn(made) == {"d": "Rbb|bo|oo|Rbb|bo|"}
    assert [w.reach for w in made.windows] == [0, 0, 0, 2, 4]
    assert [w.update for w in made.windows] == [False, True, True, False, True]


def test_after_and_never_over_the_border_of_epochs(tmp_path: Path) -> None:
    """The mark at a row's last step resets before its first one of the next epoch."""
    training = "window: 3, batch: 1, batching: streams, reset: {policy: never, after: mark}, burn_in: 1"
    made = timeline(resolved(tmp_path, (6,), training, marks="010001"), 4)
    assert drawn(made) == {"row 1": "RboRb|ooo|RboRb|ooo|"}


def test_what_is_not_scored(tmp_path: Path) -> None:
    label = "{column: y, where: mark}"
    made = timeline(resolved(tmp_path, (6,), "window: 2", target=label, marks="000110"))
    assert drawn(made) == {"d": "R..|.o|o.|"}
    ahead = timeline(resolved(tmp_path, (6, 4), "window: null, shuffle: false", target="{column: y, ahead: 1}"))
    assert drawn(ahead) == {"a": "Rooooo.|", "b": "Rooo.--|"}


def test_how_much_is_shown(tmp_path: Path) -> None:
    config = resolved(tmp_path, (30, 30, 30), "window: 2, batch: 2, shuffle: false")
    assert len(timeline(config).windows) == 8
    assert len(timeline(config, 1000).windows) == 300, "10 epochs of 15 windows for two batches each"
    whole = resolved(tmp_path, (3, 3, 3), "window: null, batch: 2, shuffle: false")
    assert len(timeline(whole).windows) == 1, "the first batch"
    [window] = timeline(whole, 1, rows=1).windows
    assert [row.name for row in window.rows] == ["a"]
    assert window.batch_rows == 2


def test_the_order_is_that_of_training() -> None:
    text = """
data: {task: {reber: {sequences: 60}}}
model: {chain: [one_hot, rnn: 2, dense: 7]}
training: {loss: cross_entropy, batch: 4, shuffle: true, seed: 9, window: 10, epochs: 2}
"""
    config = parse_config(text, "c.yaml")
    config_ = resolve(config, examined(config))
    made = timeline(config_, 10_000)
    trainer = build_trainer(config_)
    cut = [
        (epoch, [row.start for row in batch], window)
        for epoch in (1, 2)
        for batch in trainer._batches(epoch)
        for window in windows(trainer.dataset.train, batch, rules_of(trainer.settings))
    ]
    assert len(cut) == len(made.windows)
    assert rules_of(config_.training) == rules_of(trainer.settings)
    for (epoch, places, window), shown in zip(cut, made.windows, strict=True):
        assert (shown.epoch, [row.place for row in shown.rows]) == (epoch, places)
        assert shown.update == window.scored.any()
        for b, row in enumerate(shown.rows):
            scored = [step for span in row.spans if span.mark == "scored" for step in range(span.start, span.stop)]
            assert scored == (np.flatnonzero(window.scored[b]) + window.start).tolist()


def test_plain_values(tmp_path: Path) -> None:
    made = timeline(resolved(tmp_path, (3,), "window: 2"))
    assert json.loads(json.dumps(made.as_dict()))["windows"][0]["rows"] == [
        {"name": "d", "place": 0, "spans": [{"start": 0, "stop": 2, "mark": "scored"}], "resets": [0]}
    ]
