"""What is trained is what was asked for, or nothing is measured of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.errors import ConfigError
from rnnctl.expect.ask import Order, read
from rnnctl.expect.digest import digest_of
from rnnctl.expect.measure import measured, resolved_of
from rnnctl.expect.smoke import smoked
from tests.expect.trials import CONFIG, write_config


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def changed(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("setting", ["training.seed=3", "training.threads=1", "name=other", "expect={parameters: 3}"])
def test_what_changes_no_figure_of_a_seed_has_the_same_digest(tmp_path: Path, setting: str) -> None:
    path = write_config(tmp_path, CONFIG + "  threads: auto\n")
    assert digest_of(open_config(path, [setting])) == digest_of(open_config(path))


@pytest.mark.parametrize("setting", ["training.epochs=4", "model.chain=[{rnn: 4}, dense]", "training.threads=2"])
def test_what_figures_follow_from_has_another(tmp_path: Path, setting: str) -> None:
    path = write_config(tmp_path, CONFIG + "  threads: auto\n")
    assert digest_of(open_config(path, [setting])) != digest_of(open_config(path))


@pytest.mark.parametrize("smoke", [False, True])
@pytest.mark.parametrize(("file", "old", "new"), [("tiny.yaml", "gru: 4", "gru: 3"), ("tiny.csv", "x\n0\n", "x\n1\n")])
def test_of_what_was_changed_since_it_was_asked_nothing_is_measured(
    tmp_path: Path, file: str, old: str, new: str, smoke: bool
) -> None:
    path = write_config(tmp_path, CONFIG + "expect: {test.mse: {below: 9}, resume: exact, seeds: 2}\n")
    trials = read(path, Order(tmp_path / "work", smoke=smoke)).trials
    for trial in trials:
        resolved_of(trial)
        trial.folder.mkdir(parents=True)
    changed(tmp_path / file, old, new)
    for trial in trials:
        with pytest.raises(ConfigError, match=r"'tiny.yaml' or its data was changed while it was checked"):
            smoked(trial, 0.0) if smoke else measured(trial, 0.0, lambda _: None)
        assert list(trial.folder.iterdir()) == []


def test_a_script_that_is_changed_meanwhile_gives_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("step 1\nexpect y < 1e9\n")
    [trial] = read(write_config(tmp_path, CONFIG + "expect: {transcript: a.txt}\n"), Order(tmp_path / "work")).trials
    trial.folder.mkdir(parents=True)
    (tmp_path / "a.txt").write_text("step 2\nexpect y < 1e9\n")
    with pytest.raises(ConfigError, match="a transcript was changed while it was checked"):
        measured(trial, 0.0, lambda _: None)
    (tmp_path / "a.txt").write_text("step 1\nexpect y < 1e9\n")
    found = measured(trial, 0.0, lambda _: None).transcripts
    assert found == {str(tmp_path / "a.txt"): (1, ())}
