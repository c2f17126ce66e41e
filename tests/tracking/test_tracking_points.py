"""What of an event is told, and how often."""

from __future__ import annotations

import math
from pathlib import Path

from rnnctl.tracking.points import Point, is_told, of_event, of_file, of_metrics
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained


def test_updates_are_told_by_three_digits() -> None:
    told = [1, 999, 1000, 1010, 9990, 10_000, 10_100, 123_000, 1_000_000, 1_010_000]
    untold = [1001, 1009, 9999, 10_010, 123_100, 1_001_000]
    assert [update for update in (*told, *untold) if is_told(update)] == told


def test_a_million_updates_are_few_points() -> None:
    assert sum(map(is_told, range(1, 1_000_001))) == 3700


def test_an_update_has_three_figures() -> None:
    event = WindowTrained(1, 3, 7, 20, 0.5, 2.0, 1e-3)
    assert list(of_event(event, 10.0)) == [
        Point("update/loss", 7, 0.5, 10.0),
        Point("update/gradient_norm", 7, 2.0, 10.0),
        Point("update/learning_rate", 7, 1e-3, 10.0),
    ]


def test_a_window_without_an_update_is_not_told() -> None:
    assert list(of_event(WindowTrained(1, 3, 7, 20, None, None), 10.0)) == []
    assert list(of_event(WindowTrained(1, 3, 1001, 20, 0.5, 2.0, 1e-3), 10.0)) == []


def test_an_epoch_has_its_metrics_by_name() -> None:
    event = EpochEnded(2, 14, {"loss": 0.5, "mse": 3}, {"loss": 0.25, "skill": -math.inf, "mae": math.nan})
    assert list(of_event(event, 1.5)) == [
        Point("train/loss", 14, 0.5, 1.5),
        Point("train/mse", 14, 3.0, 1.5),
        Point("valid/loss", 14, 0.25, 1.5),
    ]


def test_nothing_is_told_of_a_beginning_and_an_end() -> None:
    assert [*of_event(Started(1, 1, 1), 0.0), *of_event(Finished(1, 1), 0.0)] == []


def test_the_epochs_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    assert of_file(file, 1.0) == []
    file.write_text(
        '{"epoch": 1, "update": 7, "train": {"loss": 0.5}, "valid": {"loss": null}}\n'
        '{"epoch": 2, "update": 14, "train": {"loss": 0.25}, "valid": {"loss": 0.75}}\n'
        '{"best_epoch": 2, "stopped_early": null, "test": {"loss": 9.0}}\n'
    )
    expected = [("train/loss", 7, 0.5, 1.0), ("train/loss", 14, 0.25, 1.0), ("valid/loss", 14, 0.75, 1.0)]
    assert of_file(file, 1.0) == expected
    with file.open("a") as stream:
        stream.write('{"epoch": 3, "upd')
    assert of_file(file, 1.0) == expected


def test_metrics_have_the_name_of_their_group() -> None:
    assert list(of_metrics("test", 3, {"f1.a": 1.0, "f1.b": None}, 0.0)) == [("test/f1.a", 3, 1.0, 0.0)]
