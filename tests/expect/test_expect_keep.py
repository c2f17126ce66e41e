"""The run of a trial stays in the trial's folder, and goes on only to the bits that it would have had."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.errors import CheckpointError
from rnnctl.expect.keep import clear, own_run, remove, taken_up
from rnnctl.job import fit, job_of, make_trainer
from rnnctl.runs.directory import Run, create_run
from tests.expect.trials import write_config


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def stopped(folder: Path, updates: int = 5) -> Run:
    """A run that has made some updates of its twenty or so, seven an epoch."""
    resolved = open_config(write_config(folder))
    trainer = make_trainer(resolved)
    run = create_run(folder, resolved, resolved.written, trainer.dataset.scaling.as_dict())
    assert fit(job_of(run, resolved, trainer), stop_after=updates) is not None
    return run


def test_a_link_in_place_of_the_run_is_refused_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("kept")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "tiny-1").symlink_to(tmp_path / "outside")
    for act in (lambda: own_run(folder, "tiny"), lambda: clear(folder, "tiny"), lambda: remove(folder / "tiny-1")):
        with pytest.raises(CheckpointError, match="is a link, and what a check keeps stays in its own folder"):
            act()
    assert (tmp_path / "outside" / "kept").read_text() == "kept"


def test_a_link_inside_the_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny-1" / "checkpoints").mkdir(parents=True)
    link = tmp_path / "tiny-1" / "checkpoints" / "best.safetensors"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(CheckpointError) as caught:
        own_run(tmp_path, "tiny")
    assert caught.value.diagnostics[0].message.startswith(f"'{link}' is a link")
    assert caught.value.diagnostics[0].help == "remove it"


def test_runs_of_this_name_alone_are_removed(tmp_path: Path) -> None:
    for name in ("tiny-1", "tiny-12", "tiny-a", "tiny-1-1", "tin-1", "other"):
        (tmp_path / name / "checkpoints").mkdir(parents=True)
    (tmp_path / "tiny-3").write_text("a file")
    clear(tmp_path, "tiny")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "tin-1", "tiny-1-1", "tiny-a"]
    remove(tmp_path / "nowhere")


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    run = stopped(tmp_path)
    found = taken_up(run, open_config(tmp_path / "tiny.yaml"))
    assert found is not None
    plan, job = found
    assert plan.place["update"] == 5
    assert job is not None
    assert job.trainer.place.update == 5


@pytest.mark.parametrize(
    "setting", ["training.epochs=4", "training.optimizer={adam: {lr: 0.5}}", "model.chain=[dense]"]
)
def test_with_another_config_it_does_not(tmp_path: Path, setting: str) -> None:
    run = stopped(tmp_path)
    assert taken_up(run, open_config(tmp_path / "tiny.yaml", [setting])) is None


def test_with_another_name_or_other_promises_it_does(tmp_path: Path) -> None:
    run = stopped(tmp_path)
    assert taken_up(run, open_config(tmp_path / "tiny.yaml", ["name=other", "expect={parameters: 81}"])) is not None


def test_with_other_data_it_does_not(tmp_path: Path) -> None:
    run = stopped(tmp_path)
    write_config(tmp_path, rows=81)
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is None


def test_with_other_versions_it_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(tmp_path)
    monkeypatch.setattr("rnnctl.expect.keep.machine", lambda: {"processor": "another"})
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is None


@pytest.mark.parametrize("file", ["checkpoints/last.safetensors", "run.json", "resolved.yaml"])
def test_what_is_damaged_does_not_go_on(tmp_path: Path, file: str) -> None:
    run = stopped(tmp_path)
    path = run.path / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is None


def test_what_has_no_checkpoint_does_not_go_on(tmp_path: Path) -> None:
    run = stopped(tmp_path)
    run.checkpoint("last").unlink()
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is None
    assert taken_up(replace(run, path=tmp_path / "nowhere-1"), open_config(tmp_path / "tiny.yaml")) is None


def test_damaged_metrics_do_not_go_on_and_what_stands_behind_the_checkpoint_is_not_looked_at(tmp_path: Path) -> None:
    run = stopped(tmp_path, updates=9)
    whole = run.metrics.read_bytes()
    run.metrics.write_bytes(whole + b'{"epoch": 2, "upd')
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is not None
    run.metrics.write_bytes(b"#" + whole[1:])
    assert taken_up(run, open_config(tmp_path / "tiny.yaml")) is None
