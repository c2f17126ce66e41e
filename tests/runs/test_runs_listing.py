"""The runs in a folder, in the order in which they were made."""

from __future__ import annotations

import os
from pathlib import Path

from rnnctl.runs.listing import is_run, run_folders


def make(path: Path, made: int | None) -> None:
    path.mkdir(parents=True)
    (path / "run.json").write_text("")
    if made is not None:
        (path / "resolved.yaml").write_text("")
        os.utime(path / "resolved.yaml", ns=(made, made))


def test_the_newest_is_the_last(tmp_path: Path) -> None:
    for name, made in (("b-1", 3), ("a-1", 1), ("a-2", 2)):
        make(tmp_path / name, made)
    assert [path.name for path in run_folders(tmp_path)] == ["a-1", "a-2", "b-1"]


def test_of_one_moment_the_higher_number_is_the_newer(tmp_path: Path) -> None:
    for name in ("a-10", "a-2", "a-9"):
        make(tmp_path / name, 5)
    assert [path.name for path in run_folders(tmp_path)] == ["a-2", "a-9", "a-10"]


def test_one_without_a_config_is_the_oldest(tmp_path: Path) -> None:
    make(tmp_path / "a-1", 5)
    make(tmp_path / "z-1", None)
    assert [path.name for path in run_folders(tmp_path)] == ["z-1", "a-1"]


def test_what_is_no_run_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "odd" / "run.json").mkdir(parents=True)
    assert run_folders(tmp_path) == []
    assert run_folders(tmp_path / "missing") == []
    assert run_folders(tmp_path / "file") == []


def test_names_that_no_folder_has(tmp_path: Path) -> None:
    assert not is_run(tmp_path / ("a" * 300))
    assert not is_run(tmp_path / "missing")
