"""What is asked of a trial and what was measured, written down and read back."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from rnnctl.errors import CheckpointError
from rnnctl.expect.outcome import Figures
from rnnctl.expect.trial import Trial, read_order, read_result, write_order, write_result


def trial(folder: Path) -> Trial:
    return Trial(
        Path("/tmp/c d/ü.yaml"),
        ("training.epochs=2", 'name="a b"'),
        "train",
        7,
        folder,
        ("test", "valid"),
        (Path("/tmp/one.txt"),),
        horizon=True,
        bits=True,
        timed=True,
        scripts=("0a1b",),
        threads=2,
    )


def figures(folder: Path, loss: float = 0.5) -> Figures:
    return Figures(
        7,
        folder / "tiny-1",
        {"test": {"loss": loss, "scored_steps": 11}, "valid": {}},
        81,
        2.5,
        1 << 30,
        12.5,
        {"/tmp/one.txt": (3, ("line 4, `expect y > 1`: not as expected: it is 0.5",))},
        "abc",
        "",
        (1.0, None, 0.25),
        "train",
    )


def test_an_order_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = trial(tmp_path)
    assert write_order(written) == tmp_path / "order.json"
    assert read_order(tmp_path) == written
    small = Trial(Path("a.yaml"), (), "smoke", 0, tmp_path)
    write_order(small)
    assert read_order(tmp_path) == small


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_result(trial(tmp_path), figures(tmp_path))
    assert read_result(trial(tmp_path)) == figures(tmp_path)
    bare = Figures(7, tmp_path, {}, 0, 0.0)
    write_result(trial(tmp_path), bare)
    assert read_result(trial(tmp_path)) == bare


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_read_as_nan(tmp_path: Path, value: float) -> None:
    write_result(trial(tmp_path), figures(tmp_path, value))
    json.loads((tmp_path / "result.json").read_text(), parse_constant=lambda _: pytest.fail("no JSON"))
    found = read_result(trial(tmp_path))
    assert found is not None
    assert math.isnan(found.metrics["test"]["loss"])
    assert found.metrics["test"]["scored_steps"] == 11


def test_what_is_not_there_has_no_result(tmp_path: Path) -> None:
    assert read_result(trial(tmp_path)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "7",
        '"order"',
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 1, "seed": 7}',
        '{"format": 1, "seed": 7, "metrics": [], "transcripts": null, "run": "r", "curve": []}',
        '{"format": 1, "seed": 7, "metrics": {"test": 3}, "transcripts": null, "run": "r", "curve": []}',
        '{"format": 1, "seed": 7, "metrics": {}, "transcripts": {"a": 3}, "run": "r", "curve": []}',
        '{"format": 1, "seed": 7, "metrics": {}, "transcripts": null, "run": "r", "curve": []}',
        '{"format": 1, "seed": 7, "metrics": {}, "transcripts": null, "run": 3, "curve": []}',
        "[" * 100_000,
    ],
)
def test_damaged_files_are_told_or_done_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "result.json").write_text(text)
    (tmp_path / "order.json").write_text(text)
    assert read_result(trial(tmp_path)) is None
    with pytest.raises(CheckpointError, match=r"order\.json' cannot be read: "):
        read_order(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        *({"metrics": {"test": {"mse": value}}} for value in ("0.1", True, [1], 10**400)),
        *({key: "3"} for key in ("parameters", "seconds", "memory", "horizon")),
        *({"curve": ["a"]}, {"curve_of": 3}, {"bits": 3}, {"resumed": 0}, {"seed": "7"}),
        *({"transcripts": {"a": ["3", []]}}, {"transcripts": {"a": [3, [4]]}}),
    ],
)
def test_figures_of_another_kind_are_measured_again(tmp_path: Path, changed: dict[str, object]) -> None:
    write_result(trial(tmp_path), figures(tmp_path))
    plain = json.loads((tmp_path / "result.json").read_text())
    (tmp_path / "result.json").write_text(json.dumps({**plain, **changed}))
    assert read_result(trial(tmp_path)) is None


def test_names_that_are_not_unicode_are_read_as_they_were_written(tmp_path: Path) -> None:
    odd = replace(trial(tmp_path), config=Path("/tmp/\udcff.yaml"))
    write_order(odd)
    assert read_order(tmp_path) == odd
    found = replace(figures(tmp_path), run=Path("/tmp/\udcff-1"))
    write_result(odd, found)
    assert read_result(odd) == found


def test_files_that_are_no_text_are_told_or_done_again(tmp_path: Path) -> None:
    for name in ("result.json", "order.json"):
        (tmp_path / name).write_bytes(b"\xff\xfe{}")
    assert read_result(trial(tmp_path)) is None
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_order(tmp_path)


def test_a_result_of_another_seed_or_format_is_none(tmp_path: Path) -> None:
    write_result(trial(tmp_path), figures(tmp_path))
    plain = json.loads((tmp_path / "result.json").read_text())
    for changed in ({"seed": 8}, {"format": 2}):
        (tmp_path / "result.json").write_text(json.dumps({**plain, **changed}))
        assert read_result(trial(tmp_path)) is None


def test_an_order_of_another_format_or_with_more_keys_is_refused(tmp_path: Path) -> None:
    write_order(trial(tmp_path))
    plain = json.loads((tmp_path / "order.json").read_text())
    for changed in ({"format": 2}, {"more": 1}):
        (tmp_path / "order.json").write_text(json.dumps({**plain, **changed}))
        with pytest.raises(CheckpointError, match="cannot be read"):
            read_order(tmp_path)


def test_where_there_is_no_order(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        read_order(tmp_path / "nowhere")


def test_the_files_of_a_trial(tmp_path: Path) -> None:
    assert (trial(tmp_path).result, trial(tmp_path).log) == (tmp_path / "result.json", tmp_path / "log.txt")
