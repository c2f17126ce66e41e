"""What is measured of a training, and that what is there is not trained again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rnnctl.errors import CheckpointError, ConfigError, TrainingError
from rnnctl.expect.measure import measured, peak_memory, resolved_of
from rnnctl.expect.outcome import Figures
from rnnctl.expect.trial import Trial
from rnnctl.runs.directory import Run
from rnnctl.training.events import Event, WindowTrained
from tests.expect.trials import CONFIG, trial_of, write_config


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Counter:
    """A listener that counts updates, and does something after one of them."""

    def __init__(self, at: int = 0, act: Callable[[], object] = lambda: None) -> None:
        self.updates = 0
        self.at, self.act = at, act

    def __call__(self, event: Event) -> None:
        if isinstance(event, WindowTrained):
            self.updates += 1
            if self.updates == self.at:
                self.act()


def measure(trial: Trial, listener: Counter | None = None) -> Figures:
    return measured(trial, 0.0, listener or Counter())


def same(figures: Figures) -> Figures:
    """Without what is of the clock and of the process."""
    return replace(figures, seconds=0.0, memory=None)


def test_the_figures_are_those_of_train_and_eval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rnnctl.cli.app import main

    trial = trial_of(write_config(tmp_path), splits=("test", "valid"), bits=True, horizon=True)
    counter = Counter()
    found = measure(trial, counter)
    assert found.seed == 0
    assert found.run == tmp_path / "train" / "tiny-1"
    assert found.parameters == 4 * 3 + 4 * 4 * 3 + 4 * 4 + 5  # three kernels of input and state, four biases; dense
    assert counter.updates == 21
    assert found.seconds > 0
    assert found.memory is not None
    assert found.transcripts is None
    assert found.resumed is None
    assert found.horizon is not None
    assert 1 <= found.horizon <= 80
    assert len(found.curve) == 3
    assert found.curve_of == "valid"
    for split in ("test", "valid"):
        monkeypatch.setattr(sys, "argv", ["rnnctl", "eval", str(found.run), "--split", split, "--json"])
        with pytest.raises(SystemExit):
            main()
        assert json.loads(capsys.readouterr().out)["metrics"] == found.metrics[split]
    assert json.loads((found.run / "run.json").read_text())["status"] == "finished"


def test_what_was_not_asked_for_is_not_measured(tmp_path: Path) -> None:
    found = measure(trial_of(write_config(tmp_path)))
    assert (found.metrics, found.horizon, found.bits, found.transcripts) == ({}, None, None, None)


def test_what_is_finished_is_not_trained_again(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path), splits=("test", "train"), bits=True)
    first, counter = measure(trial), Counter()
    again = measure(trial, counter)
    assert counter.updates == 0
    assert same(again) == same(first)
    assert sorted(path.name for path in trial.folder.iterdir()) == ["order.json", "tiny-1"]


def test_what_is_timed_is_always_trained_anew(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path), bits=True, timed=True)
    first, counter = measure(trial), Counter()
    again = measure(trial, counter)
    assert counter.updates == 21
    assert again.bits == first.bits
    assert again.run == first.run


def test_stopped_by_a_signal_it_saves_and_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    whole = measure(trial_of(config, name="whole", splits=("test",), bits=True))
    trial = trial_of(config, splits=("test",), bits=True)
    with pytest.raises(SystemExit) as ended:
        measure(trial, Counter(10, lambda: signal.raise_signal(signal.SIGTERM)))
    assert ended.value.code == 143
    run = Run(trial.folder / "tiny-1")
    assert run.record()["status"] == "interrupted"
    assert run.load_state("last").record["update"] == 10
    counter = Counter()
    again = measure(trial, counter)
    assert counter.updates == 11
    assert again == replace(whole, run=again.run, seconds=again.seconds, memory=again.memory)
    assert len(run.record()["resumed"]) == 1


def test_damaged_it_begins_anew_to_the_same_bits(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path), bits=True)
    first = measure(trial)
    for which in ("best", "last"):
        (first.run / "checkpoints" / f"{which}.safetensors").write_bytes(b"damaged")
        counter = Counter()
        assert measure(trial, counter).bits == first.bits
        assert counter.updates == 21


def test_a_file_in_place_of_the_run_is_put_away(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path))
    (trial.folder / "tiny-1").write_text("a file")
    assert measure(trial).run.is_dir()


def test_a_link_in_place_of_the_run_is_refused(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (trial.folder / "tiny-1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CheckpointError, match="is a link"):
        measure(trial)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_bits_are_of_the_seed_and_of_all_that_is_left(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    found = [measure(trial_of(config, name=f"{n}", seed=seed, bits=True)) for n, seed in enumerate((0, 0, 1))]
    assert found[0].bits == found[1].bits
    assert found[0].bits != found[2].bits
    trial = trial_of(config, name="epochs", settings=["training.epochs=4"], bits=True)
    assert measure(trial).bits != found[0].bits


def test_threads_that_are_left_to_the_program_are_one(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path), settings=["training.threads=auto"])
    assert resolved_of(trial).training.threads == 1
    assert resolved_of(replace(trial, settings=("training.threads=2",))).training.threads == 2


def test_a_training_that_diverges_is_an_error_and_the_run_says_so(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path), settings=["training.optimizer={sgd: {lr: 1e9}}"])
    with pytest.raises(TrainingError):
        measure(trial)
    assert Run(trial.folder / "tiny-1").record()["status"] == "failed"


def test_a_config_that_is_wrong_is_told_as_such(tmp_path: Path) -> None:
    trial = trial_of(write_config(tmp_path, CONFIG.replace("gru", "gruu")))
    with pytest.raises(ConfigError, match="unknown layer 'gruu'"):
        measure(trial)


# transcripts


def script(folder: Path, *lines: str) -> Path:
    path = folder / "script.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_scripts_are_played_and_what_is_unmet_is_told(tmp_path: Path) -> None:
    path = script(tmp_path, "# one step", "step 3", "expect t == 1", "step 4", "expect t == 5", "expect t > 9")
    other = tmp_path / "other.txt"
    other.write_text("step 3\n")
    found = measure(trial_of(write_config(tmp_path), transcripts=(path, other)))
    assert found.transcripts == {
        str(path): (
            3,
            (
                "line 5, `expect t == 5`: it is 2",
                "line 6, `expect t > 9`: it is 2",
            ),
        ),
        str(other): (0, ()),
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("stepp 3", "there is no command 'stepp'"),
        ("step three", "'three' is not a number"),
    ],
)
def test_a_script_that_cannot_be_played_is_not_met_and_says_why(tmp_path: Path, line: str, told: str) -> None:
    path = script(tmp_path, "expect t == 0", line)
    found = measure(trial_of(write_config(tmp_path), transcripts=(path,)))
    assert found.transcripts == {str(path): (1, (f"line 2: {told}",))}
    assert found.parameters > 0


def test_a_script_that_is_no_text_is_not_met(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_bytes(b"\xff\xfe")
    [(asked, unmet)] = measure(trial_of(write_config(tmp_path), transcripts=(path,))).transcripts.values()
    assert asked == len(unmet) == 1


# memory


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell")
def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it() -> None:
    held = bytearray(b"x") * (peak_memory() or 0)  # so that this process has held more than another ever will
    code = "from rnnctl.expect.measure import peak_memory; print(peak_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(held) < (peak_memory() or 0)
    assert 2**20 < int(done.stdout) < len(held)
