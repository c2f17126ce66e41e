"""Event files, read back by TensorBoard's own reader."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.tracking.points import Point
from rnnctl.tracking.tensorboard import TensorBoard
from tests.tracking.readers import events, scalars, text

CONFIG = {"config": "name: tiny\nmodel:\n  chain: []\n"}


def point(step: int, value: float = 0.5, name: str = "update/loss") -> Point:
    return Point(name, step, value, 1_700_000_000.25 + step)


def test_points_are_scalars(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "tensorboard", CONFIG)
    board.send([point(1, 0.1), point(1, 3.0, "train/mse.größe")])
    board.send([point(2, 0.2)])
    board.end("finished")
    assert scalars(tmp_path / "tensorboard") == {
        "update/loss": [(1, float(np.float32(0.1))), (2, float(np.float32(0.2)))],
        "train/mse.größe": [(1, 3.0)],
    }
    assert [e.wall_time for e in events(tmp_path / "tensorboard").Scalars("update/loss")] == [
        1_700_000_001.25,
        1_700_000_002.25,
    ]


def test_all_is_in_the_file_at_once(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, CONFIG)
    board.begin()
    assert [path.name for path in tmp_path.iterdir()] == ["events.out.tfevents.0000000001.rnnctl"]
    for step in (1, 2, 3):
        board.send([point(step)])
        assert [s for s, _ in scalars(tmp_path)["update/loss"]] == list(range(1, step + 1))


def test_the_config_is_a_text(tmp_path: Path) -> None:
    TensorBoard(tmp_path, CONFIG).begin()
    assert text(tmp_path) == "    name: tiny\n    model:\n      chain: []\n"
    found = events(tmp_path)
    assert found.PluginTagToContent("text").keys() == {"config"}
    assert found.SummaryMetadata("config").plugin_data.plugin_name == "text"


def test_what_came_after_the_checkpoint_is_forgotten(tmp_path: Path) -> None:
    first = TensorBoard(tmp_path, CONFIG)
    first.send([point(step, 1.0) for step in range(1, 6)])
    second = TensorBoard(tmp_path, CONFIG, goes_on_at=4, so_far=[point(1, 9.0)])
    second.begin()
    assert scalars(tmp_path)["update/loss"] == [(step, 1.0) for step in (1, 2, 3)]
    second.send([point(step, 2.0) for step in range(4, 8)])
    third = TensorBoard(tmp_path, {"config": "name: other\n"}, goes_on_at=6)
    third.send([point(6, 3.0)])
    assert scalars(tmp_path)["update/loss"] == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0), (5, 2.0), (6, 3.0)]
    assert text(tmp_path) == "    name: other\n"


def test_a_run_that_starts_over_forgets_all(tmp_path: Path) -> None:
    TensorBoard(tmp_path, CONFIG).send([point(step) for step in (0, 1, 2)])
    TensorBoard(tmp_path, CONFIG).send([point(1, 2.0)])
    assert scalars(tmp_path) == {"update/loss": [(1, 2.0)]}


def test_a_first_file_begins_with_what_was_so_far(tmp_path: Path) -> None:
    board = TensorBoard(
        tmp_path, CONFIG, goes_on_at=15, so_far=[point(7, 1.0, "train/mse"), point(14, 0.5, "train/mse")]
    )
    board.send([point(21, 0.25, "train/mse")])
    assert scalars(tmp_path) == {"train/mse": [(7, 1.0), (14, 0.5), (21, 0.25)]}


def test_files_are_in_order_by_name_beyond_ten(tmp_path: Path) -> None:
    for step in range(1, 13):
        TensorBoard(tmp_path, CONFIG, goes_on_at=step).send([point(step, float(step))])
    assert scalars(tmp_path)["update/loss"] == [(step, float(step)) for step in range(1, 13)]


def test_half_a_record_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = TensorBoard(tmp_path, CONFIG)
    board.send([point(1)])
    whole = Path.open

    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            super().write(bytes(data)[:7])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda self, mode: Full(self, "a"))
    with pytest.raises(OSError, match="No space left"):
        board.send([point(2)])
    monkeypatch.setattr(Path, "open", whole)
    board.send([point(2), point(3)])
    assert [step for step, _ in scalars(tmp_path)["update/loss"]] == [1, 2, 3]
