"""The version of the format: what is refused, what is told, and what a seal leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import load_config, open_config, parse_config
from rnnctl.config.format import ADDED, FIRST, FORMAT, essential
from rnnctl.config.resolve import resolved_from
from rnnctl.errors import ConfigError

TEXT = "data: {task: sine}\nmodel: {chain: [{rnn: 4}, dense]}\ntraining: {loss: mse, window: 8}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(format_: object) -> Path:
    path = Path("c.yaml")
    path.write_text(f"format: {format_}\n{TEXT}")
    return path


def test_a_config_that_does_not_say_is_of_the_newest() -> None:
    assert parse_config(TEXT, "c.yaml").format == FORMAT
    Path("c.yaml").write_text(TEXT)
    assert open_config(Path("c.yaml")).warnings == ()


def test_a_resolved_config_says_which_it_is() -> None:
    resolved = open_config(written(FORMAT))
    assert resolved.warnings == ()
    assert resolved.as_text().startswith(f"format: {FORMAT}\n")


def test_an_older_one_is_read_and_told() -> None:
    resolved = open_config(written(FIRST))
    [warning] = resolved.warnings
    assert (warning.id, warning.message) == (
        "older-format",
        "this file is of format 1, and is read as format 2, with defaults for what is new",
    )
    assert warning.where is not None
    assert (warning.where.line, warning.where.column) == (1, 9)
    assert resolved.as_plain()["format"] == FORMAT
    Path("n.yaml").write_text(resolved.as_text())
    assert open_config(Path("n.yaml")).warnings == ()


def test_a_run_that_does_not_say_is_of_the_first() -> None:
    Path("resolved.yaml").write_text(TEXT)
    facts = open_config(Path("resolved.yaml")).facts
    assert [w.id for w in resolved_from(Path("resolved.yaml"), facts).warnings] == ["older-format"]
    assert load_config(Path("resolved.yaml"), unsaid=FIRST).format == FIRST


@pytest.mark.parametrize(
    ("format_", "message"),
    [
        (FORMAT + 1, f"this file is of format {FORMAT + 1}, and this rnnctl reads formats up to {FORMAT}"),
        (0, f"format must be a whole number from 1 to {FORMAT}, not 0"),
        ("new", f"format must be a whole number from 1 to {FORMAT}, not the text 'new'"),
        ("true", f"format must be a whole number from 1 to {FORMAT}, not true"),
        ("2.0", f"format must be a whole number from 1 to {FORMAT}, not 2.0"),
    ],
)
def test_what_cannot_be_read_is_all_that_is_told(format_: object, message: str) -> None:
    path = written(format_)
    path.write_text(path.read_text() + "later: {what: nobody knows}\n")
    with pytest.raises(ConfigError) as caught:
        open_config(path)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.message == message
    assert diagnostic.where is not None
    assert (diagnostic.where.line, diagnostic.where.column) == (1, 9)


def test_essential_is_the_same_for_every_format() -> None:
    before = {"data": {"task": {"reber": {"seed": 0}}, "split": {"train": 1.0}}}
    after = {
        "format": FORMAT,
        "data": {"task": {"reber": {"seed": 0, "part": 1}}, "split": {"train": 1.0, "shuffle": True}},
    }
    assert essential(before) == essential(after) == before
    assert after["format"] == FORMAT  # which is left as it was
    other = {"data": {"task": {"reber": {"seed": 0, "part": 256}}, "split": {"train": 1.0, "shuffle": False}}}
    assert essential(other) == other
    assert len({item.key for item in ADDED}) == len(ADDED)
