"""Single settings of a run: the short way gives what reading all of the file gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.document import load
from rnnctl.runs import settings as module
from rnnctl.runs.settings import MISSING, at, setting, settings

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))


def paths(value: object, lead: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, part in parts for path in ((*lead, str(key)), *paths(part, (*lead, str(key))))]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_every_setting_of_the_shipped_configs(tmp_path: Path, config: Path) -> None:
    (tmp_path / "resolved.yaml").write_text(open_config(config).as_text())
    whole = load(tmp_path / "resolved.yaml").value
    every = paths(whole)
    assert len(every) > 30
    for path in every:
        if not any("." in step for step in path):
            assert setting(tmp_path, ".".join(path)) == at(whole, path), path
            assert setting(tmp_path, ".".join((*path, "nothing"))) is MISSING


def test_the_short_way_reads_no_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resolved.yaml").write_text("a:\n  b: 3\n  c:\n    - lstm:\n        size: 1e-3\n    - dense\nd: no\n")
    monkeypatch.setattr(module, "parse", None)
    found = [setting(tmp_path, path) for path in ("a.b", "a.c.0.lstm.size", "a.c.1", "d", "a.e", "a.c.2")]
    assert found == [3, 0.001, "dense", "no", MISSING, MISSING]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: {b: 3}\n", "a.b", 3),
        ("a:\n    b: 3\n", "a.b", 3),
        ('"a":\n  b: 3\n', "a.b", 3),
        ("a:\n  b: 3 # three\n", "a.b", 3),
        ("a:\n  b: 'x'\n", "a.b", "x"),
        ("a: [1, 2]\n", "a.1", 2),
        ("a:\n  - 1\n  - 2\n", "a", [1, 2]),
        ("a: &x\n  b: 1\nc:\n  <<: *x\n", "c.b", 1),
        ("a: [\n", "a", MISSING),
        ("", "a", MISSING),
        ("3\n", "a.b", MISSING),
    ],
)
def test_files_of_another_hand(tmp_path: Path, text: str, path: str, expected: object) -> None:
    (tmp_path / "resolved.yaml").write_text(text)
    assert setting(tmp_path, path) == expected


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert setting(tmp_path, "a") is settings(tmp_path) is MISSING
    (tmp_path / "resolved.yaml").write_bytes(b"\xff")
    assert setting(tmp_path, "a") is settings(tmp_path) is MISSING
