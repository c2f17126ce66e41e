"""Baselines are read back as they were written, and damage is told."""

import json
from pathlib import Path

import pytest

from rnnctl.errors import CheckpointError
from rnnctl.expect.baseline import baseline_path, read_baseline, write_baseline

FIGURES = {"test.mse": [0.1, 1 / 3], "parameters": [337.0]}


def test_read_back(tmp_path: Path) -> None:
    config = tmp_path / "a config.yaml"
    assert read_baseline(config) == {}
    assert write_baseline(config, FIGURES, [0, 1], {"torch": "2"})
    assert read_baseline(config) == FIGURES
    assert baseline_path(config).name == "a config.baseline.json"
    assert json.loads(baseline_path(config).read_text())["seeds"] == [0, 1]


def test_the_same_figures_leave_the_file_as_it_is(tmp_path: Path) -> None:
    config = tmp_path / "a.yaml"
    write_baseline(config, FIGURES, [0, 1], {})
    assert not write_baseline(config, FIGURES, [0, 1], {})
    assert write_baseline(config, {"test.mse": [0.2]}, [0], {})
    assert read_baseline(config) == {"test.mse": [0.2]}


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", '{"format": 1}', "[" * 100_000),
        *('{"format": 1, "figures": {"test.mse": [null]}}', '{"format": 1, "figures": {"test.mse": [NaN]}}'),
        *('{"format": 1, "figures": {"test.mse": 3}}', '{"format": 1, "figures": {"test.mse": [true]}}'),
        *('{"format": 1, "figures": []}', '{"format": 1, "figures": {"test.mse": [1' + "0" * 400 + "]}}"),
    ],
)
def test_damage_is_told(tmp_path: Path, text: str) -> None:
    baseline_path(tmp_path / "a.yaml").write_text(text)
    with pytest.raises(CheckpointError, match="is damaged"):
        read_baseline(tmp_path / "a.yaml")


def test_another_format_is_told(tmp_path: Path) -> None:
    baseline_path(tmp_path / "a.yaml").write_text('{"format": 2, "figures": {}}')
    with pytest.raises(CheckpointError, match="another format"):
        read_baseline(tmp_path / "a.yaml")
