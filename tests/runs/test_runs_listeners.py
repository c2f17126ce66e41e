"""What is kept of training: a line an epoch, the last checkpoint and the best."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.errors import CheckpointError, TrainingError
from rnnctl.runs.checkpoint import Checkpoint, load
from rnnctl.runs.directory import Run
from rnnctl.runs.listeners import Checkpoints, MetricsFile, append_line
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "checkpoints").mkdir()
    return Run(tmp_path)


def ended(epoch: int, valid: float | None, train: float = 9.0) -> EpochEnded:
    return EpochEnded(epoch, 10 * epoch, {"loss": train}, {} if valid is None else {"loss": valid})


def kept(run: Run, losses: list[tuple[float | None, float]]) -> tuple[Any, Any]:
    """The epochs of the best and of the last checkpoint, where weights are the number of the epoch."""
    epoch = 0
    listener = Checkpoints(run, lambda: ({"0.W": np.array([float(epoch)]), "score": np.zeros(1)}, {}))
    listener(Started(1, 1, 1))
    listener(WindowTrained(1, 1, 1, 1, 0.0, 0.0))
    for epoch, (valid, train) in enumerate(losses, 1):
        listener(ended(epoch, valid, train))
    listener(Finished(1, 1))
    best, last = load(run.checkpoint("best")), load(run.checkpoint("last"))
    for checkpoint in (best, last):
        assert checkpoint.weights["0.W"][0] == checkpoint.record["epoch"]
        assert checkpoint.record["update"] == 10 * checkpoint.record["epoch"]
    assert list(best.weights) == ["0.W"]
    assert last.weights["best.0.W"][0] == best.record["epoch"]
    assert last.record["best"] == best.record
    assert listener.best_epoch == best.record["epoch"]
    return best.record["epoch"], last.record["epoch"]


@pytest.mark.parametrize(
    ("valid", "best"),
    [
        ([3, 2, 4], 2),
        ([3, 2, 2], 2),
        ([1, 2, 3], 1),
        ([3, 2, 1], 3),
        ([math.nan, 2, 3], 2),
        ([3, math.nan, 2], 3),
        ([math.inf, math.nan], 1),
        ([math.inf, 1], 2),
    ],
)
def test_the_best_has_the_lowest_validation_loss(run: Run, valid: list[float], best: int) -> None:
    assert kept(run, [(loss, -loss) for loss in valid]) == (best, len(valid))


def test_without_a_validation_split_the_training_loss_decides(run: Run) -> None:
    assert kept(run, [(None, 3.0), (None, 1.0), (None, 2.0)]) == (2, 3)


def test_a_line_an_epoch(run: Run) -> None:
    listener = MetricsFile(run)
    for event in (Started(1, 1, 1), ended(1, 2.5), WindowTrained(2, 1, 1, 1, 0.5, 0.1), ended(2, None, math.nan)):
        listener(event)
    assert listener.state() == {"length": run.metrics.stat().st_size}
    assert append_line(run, {"best_epoch": 1, "test": {"skill": -math.inf}}) == run.metrics.stat().st_size
    assert [json.loads(line) for line in run.metrics.read_text().splitlines()] == [
        {"epoch": 1, "update": 10, "train": {"loss": 9.0}, "valid": {"loss": 2.5}},
        {"epoch": 2, "update": 20, "train": {"loss": None}, "valid": {}},
        {"best_epoch": 1, "test": {"skill": None}},
    ]


def test_half_a_line_is_taken_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    append_line(run, {"epoch": 1})
    whole = run.metrics.read_bytes()
    opened = Path.open

    class Half:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __enter__(self) -> Half:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def write(self, text: str) -> None:
            self.stream.write(text[: len(text) // 2])
            self.stream.flush()
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, *a, **o: Half(opened(path, *a, **o)))
        with pytest.raises(TrainingError, match="No space left on device"):
            append_line(run, {"epoch": 2})
    assert run.metrics.read_bytes() == whole


class Clock:
    """A clock that stands still unless it is told to go on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def counted(run: Run, clock: Any = None, **given: Any) -> tuple[Checkpoints, list[int]]:
    """Checkpoints of a state that is a number, and the list that holds the number."""
    number = [0]
    capture = lambda: ({"0.W": np.array([float(number[0])])}, {"number": number[0]})  # noqa: E731
    return Checkpoints(run, capture, {"run": "seal"}, clock=clock or Clock(), **given), number


def numbers(run: Run) -> tuple[int | None, int | None]:
    """The numbers in `previous` and `last`."""
    paths = (run.checkpoint("previous"), run.checkpoint("last"))
    return tuple(load(p).record["state"]["number"] if p.exists() else None for p in paths)  # type: ignore[return-value]


def test_within_an_epoch_it_saves_once_a_minute(run: Run) -> None:
    clock = Clock()
    listener, number = counted(run, clock)
    saved = []
    for second in range(0, 200, 10):
        clock.now, number[0] = 1000.0 + second, second
        listener(WindowTrained(1, second, second, 1, 0.5, 0.1))
        saved.append(numbers(run)[1])
    assert [s for s in saved if s is not None][0::6] == [60, 120, 180]
    assert saved.index(60) == 6
    assert not run.checkpoint("best").exists()
    assert load(run.checkpoint("last")).record["best"] is None
    clock.now, number[0] = 1190.0, 190  # the end of an epoch is saved at once, and the minute begins anew
    listener(ended(1, 2.0))
    assert numbers(run) == (180, 190)
    clock.now = 1249.0
    listener(WindowTrained(2, 1, 200, 1, 0.5, 0.1))
    assert numbers(run) == (180, 190)


def test_the_one_before_is_kept(run: Run) -> None:
    listener, number = counted(run)
    found = []
    for number[0] in range(1, 5):
        listener.save(1, number[0], 0.5)
        found.append(numbers(run))
    assert found == [(None, 1), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_last_never_takes_the_place_of_a_good_previous(run: Run, damage: bytes | None) -> None:
    listener, number = counted(run)
    for number[0] in (1, 2, 3):
        listener.save(1, number[0], 0.5)
    last = run.checkpoint("last")
    whole = last.read_bytes()
    last.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    number[0] = 4
    listener.save(1, 4, 0.5)
    assert numbers(run) == (2, 4)
    last.write_bytes(whole)  # by another hand, and good
    number[0] = 5
    listener.save(1, 5, 0.5)
    assert numbers(run) == (3, 5)


def test_another_process_keeps_a_good_last_and_passes_over_a_damaged_one(run: Run) -> None:
    first, number = counted(run)
    for number[0] in (1, 2):
        first.save(1, number[0], 0.5)
    second, number = counted(run)
    second.restore(load(run.checkpoint("last")))
    number[0] = 3
    second.save(1, 3, 0.5)
    assert numbers(run) == (2, 3)
    third, number = counted(run)
    run.checkpoint("last").write_bytes(b"")
    third.restore(load(run.checkpoint("previous")))
    for number[0] in (4, 5):
        third.save(1, number[0], 0.5)
        assert numbers(run) == ((2, 4) if number[0] == 4 else (4, 5))


def test_a_carry_that_is_not_finite_is_never_saved(run: Run) -> None:
    listener, _ = counted(run)
    listener.capture = lambda: ({"0.W": np.ones(2), "carry.0.1.h": np.array([[0.0, math.nan]])}, {})
    with pytest.raises(TrainingError, match=r"the carry is no longer finite, in h: this state is not saved"):
        listener.save(1, 1, 0.5)
    assert not run.checkpoint("last").exists()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_never_saved(run: Run, value: float) -> None:
    listener, _ = counted(run)
    listener.save(1, 1, 0.5)
    before = run.checkpoint("last").read_bytes()
    broken = {"0.W": np.ones(2), "1.forward.b": np.array([0.0, value])}
    listener.capture = lambda: (broken, {})
    with pytest.raises(TrainingError) as caught:
        listener(ended(1, 0.1))
    assert str(caught.value) == "the weights are no longer finite, in b of layer 1.forward: this state is not saved"
    assert run.checkpoint("last").read_bytes() == before
    assert not run.checkpoint("best").exists()


@pytest.mark.parametrize("call", ["os.fsync", "os.chmod", "pathlib.Path.replace", "tempfile.mkstemp"])
def test_on_a_full_disk_the_last_good_checkpoints_stand(run: Run, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Whichever write it is that fails."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    listener, number = counted(run)
    for number[0] in (1, 2):
        listener(ended(number[0], 3.0 - number[0]))
    before = [run.checkpoint(which).read_bytes() for which in ("last", "previous", "best")]
    number[0] = 3
    with monkeypatch.context() as patched:
        patched.setattr(call, full)
        with pytest.raises(TrainingError, match="No space left on device"):
            listener(ended(3, 0.0))
    assert [run.checkpoint(which).read_bytes() for which in ("last", "previous", "best")] == before
    assert list(run.path.rglob(".*")) == []


def test_what_was_best_goes_on_from_a_checkpoint(run: Run) -> None:
    """`best` is written again from `last`, byte by byte, and beaten by what is better alone."""
    first, number = counted(run)
    for number[0], loss in enumerate((3.0, 1.0, 2.0), 1):
        first(ended(number[0], loss))
    best = run.checkpoint("best").read_bytes()
    run.checkpoint("best").unlink()
    second, number = counted(run)
    second.restore(load(run.checkpoint("last")))
    assert (second.best, second.best_epoch) == (1.0, 2)
    second.write_best()
    assert run.checkpoint("best").read_bytes() == best
    number[0] = 4
    second(ended(4, 1.5))
    assert run.checkpoint("best").read_bytes() == best
    number[0] = 5
    second(ended(5, 0.5))
    assert load(run.checkpoint("best")).record == {"epoch": 5, "update": 50, "loss": 0.5, "run": "seal"}


def test_a_metrics_file_is_cut_back(run: Run) -> None:
    listener = MetricsFile(run)
    listener(ended(1, 2.0))
    state, before = listener.state(), run.metrics.read_bytes()
    listener(ended(2, 1.0))
    with run.metrics.open("a") as stream:
        stream.write('{"epoch": 3, "upda')
    again = MetricsFile(run)
    again.restore(state)
    again.cut_back()
    assert run.metrics.read_bytes() == before
    again(ended(2, 1.0))
    assert again.state() == listener.state()


@pytest.mark.parametrize("length", [-1, 10**6, None, "3"])
def test_a_metrics_file_that_is_too_short(run: Run, length: Any) -> None:
    listener = MetricsFile(run)
    listener(ended(1, 2.0))
    size = run.metrics.stat().st_size
    with pytest.raises(CheckpointError) as caught:
        listener.restore({"length": length})
    told = f"'{run.metrics}' is damaged: it has {size} bytes, and had {length} at the checkpoint"
    assert str(caught.value) == told


def test_a_checkpoint_without_its_listeners(run: Run) -> None:
    listener, _ = counted(run)
    listener.save(1, 1, 0.5)
    saved = load(run.checkpoint("last"))
    for broken in ({"listeners": 3}, {"best": 3}):
        with pytest.raises(CheckpointError, match="does not say what was best so far"):
            listener.restore(Checkpoint(saved.weights, {**saved.record, **broken}))
