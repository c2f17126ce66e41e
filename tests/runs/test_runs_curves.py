"""How a run went, as far as its metrics file can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rnnctl.runs import curves
from rnnctl.runs.curves import best_epoch, course, curve_name, last_epoch


def written(folder: Path, *lines: Any) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text)
    return folder


def test_the_best_epoch(tmp_path: Path) -> None:
    run = written(tmp_path, *({"epoch": n, "valid": {"loss": loss}} for n, loss in ((1, 3.0), (2, 1.0), (11, 2.0))))
    assert best_epoch(run, 11) == {"epoch": 11, "valid": {"loss": 2.0}}
    for unknown in (None, 7, "2", [2]):
        assert best_epoch(run, unknown) == {"epoch": 2, "valid": {"loss": 1.0}}
    assert last_epoch(run) == 11
    lost = [{"epoch": n, "valid": {"loss": loss}} for n, loss in ((1, float("nan")), (2, 2.0), (3, None), (4, 1.0))]
    assert best_epoch(written(tmp_path, *lost), None) == lost[3]


def test_the_best_epoch_is_found_without_reading_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = written(tmp_path, *({"epoch": n, "valid": {"loss": n}} for n in range(1, 100)))
    read: list[bytes] = []
    line = curves._line
    monkeypatch.setattr(curves, "_line", lambda text: read.append(text) or line(text))
    assert best_epoch(run, 40) == {"epoch": 40, "valid": {"loss": 40}}
    assert len(read) == 1


def test_lines_of_another_hand(tmp_path: Path) -> None:
    lines = ({"valid": {"loss": 1}, "epoch": 2}, '{"epoch": 3, "cut', {"epoch": 3, "valid": {"loss": 5}}, "[1]", "")
    run = written(tmp_path, *lines)
    assert best_epoch(run, 2) == {"valid": {"loss": 1}, "epoch": 2}
    assert best_epoch(run, 3) == {"epoch": 3, "valid": {"loss": 5}}
    assert course(run).trouble == "metrics.jsonl: 2 lines cannot be read"


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    values = [1, True, "2", None, [3], 10**400, float("nan")]
    run = written(tmp_path, *({"epoch": n, "valid": {"loss": value}} for n, value in enumerate(values)), {"epoch": 9})
    found = course(run).curve("valid")
    assert found[:6] == [1.0, None, None, None, None, None]
    assert str(found[6:]) == "[nan, None]"


def test_without_a_validation_split_training_is_drawn(tmp_path: Path) -> None:
    both, one = tmp_path / "both", tmp_path / "one"
    both.mkdir()
    one.mkdir()
    written(both, {"epoch": 1, "train": {"loss": 1}, "valid": {"loss": 2}})
    written(one, {"epoch": 1, "train": {"loss": 3}})
    assert curve_name([course(both)]) == "valid"
    assert curve_name([course(both), course(one)]) == "train"
    assert curve_name([course(both), course(tmp_path)]) == "valid"  # one without epochs has no say
    assert course(tmp_path).trouble == "there is no metrics.jsonl"
    assert (best_epoch(tmp_path, 1), last_epoch(tmp_path)) == (None, None)
