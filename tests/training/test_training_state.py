"""Saved and restored at any moment, the rest of training is the same, bit for bit: invariant 9 of the contract."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from trainers import Chain, dataset, series, trainer
from trainers import settings as section

from rnnctl.errors import CheckpointError
from rnnctl.runs.checkpoint import load
from rnnctl.runs.directory import Run
from rnnctl.runs.listeners import Checkpoints, MetricsFile
from rnnctl.training.events import EpochEnded, WindowTrained
from rnnctl.training.loop import Trainer
from rnnctl.training.state import capture, restore
from rnnctl.training.stopping import EarlyStop

CHAINS: dict[str, Chain] = {
    "lstm": (("lstm", {"size": 3}), ("dense", {"size": 2})),
    "random": (("zoneout_lstm", {"size": 2}), ("dropout", {"rate": 0.5}), ("gru", {"size": 3}), ("dense", {"size": 2})),
    "counter": (("clockwork_rnn", {"size": 4, "modules": 2}), ("dense", {"size": 2})),
    "stateless": (("dense", {"size": 2}),),
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": {"adam": {"lr": 0.05}},
    "adamw": {"adamw": {"lr": 0.05, "weight_decay": 0.2}},
    "rmsprop": {"rmsprop": {"lr": 0.02}},
    "momentum": {"sgd": {"lr": 0.1, "momentum": 0.9}},
    "sgd": {"sgd": {"lr": 0.1}},
}


class Case(NamedTuple):
    """How a small data set is trained on."""

    batching: str = "streams"
    reset: str = "sequence"
    window: Any = 3
    optimizer: str = "adam"
    chain: str = "lstm"
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.batching}-{self.reset}-{self.window}-{self.optimizer}-{self.chain}-{dict(self.more)}"

    def trainer(self) -> Trainer:
        given = {
            "batching": self.batching,
            "reset": {"policy": self.reset},
            "window": self.window if isinstance(self.window, dict | None) else {"update": self.window},
            "optimizer": OPTIMIZERS[self.optimizer],
            "learn_initial_state": True,
            "shuffle": self.batching == "sequences",
            **dict(self.more),
        }
        data = dataset(series((7, 4, 9, 3, 5), before=0.1, after=0.1), series((6, 5), 1))
        return trainer(data, section(**given), CHAINS[self.chain])


DEEP = {"update": 2, "backward": 6}
CASES = [
    *(Case("streams", reset, window, "adam") for reset in ("sequence", "epoch", "never") for window in (3, DEEP, None)),
    *(Case("streams", "window", window, "momentum") for window in (3, None)),
    *(Case("sequences", "sequence", window, "rmsprop") for window in (2, {"update": 2, "backward": 4}, None)),
    *(Case("sequences", "window", window, "adamw") for window in (2, None)),
    *(Case("streams", "never", DEEP, optimizer) for optimizer in OPTIMIZERS if optimizer != "adam"),
    *(Case("streams", "never", DEEP, chain=chain) for chain in CHAINS if chain != "lstm"),
    *(Case("sequences", "sequence", 2, chain=chain) for chain in CHAINS if chain != "lstm"),
    Case("streams", "never", 2, more=(("schedule", {"cosine": {"warmup": 7}}), ("clip", {"norm": 0.5}))),
    Case("streams", "epoch", 3, more=(("burn_in", 4), ("epochs", 2))),
    Case("streams", "never", 3, "sgd", more=(("epochs", 9), ("early_stopping", {"patience": 2, "margin": 0.01}))),
    Case("sequences", "sequence", 3, more=(("precision", "float64"), ("batch", 3), ("epochs", 4))),
]


@pytest.fixture(autouse=True, scope="module")
def no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


class Kept(NamedTuple):
    """What is left of a training: its files, and how many moments it had at which it could have stopped."""

    last: bytes
    best: bytes
    metrics: bytes
    moments: int
    epochs: int


def played(case: Case, cuts: Collection[int]) -> Kept:
    """Train to the end; at each of the moments in `cuts` save, forget all, and go on from what was saved."""
    with TemporaryDirectory() as folder:
        run = Run(Path(folder))
        (run.path / "checkpoints").mkdir()
        moment, ended = 0, False
        while not ended:
            made = case.trainer()
            metrics = MetricsFile(run)
            stop = made.settings.early_stopping
            stopping = EarlyStop(stop) if stop is not None else None
            keepers = {"metrics": metrics, **({"stopping": stopping} if stopping else {})}
            checkpoints = Checkpoints(run, lambda made=made: capture(made), keepers=keepers, clock=lambda: 0.0)
            if moment:
                saved = load(run.checkpoint("last"))
                own = {name: value for name, value in saved.weights.items() if not name.startswith("best.")}
                restore(made, own, saved.record["state"])
                checkpoints.restore(saved)
                metrics.cut_back()
            ended = True
            for event in made.fit():
                for listener in (metrics, stopping, checkpoints):
                    if listener is not None:
                        listener(event)
                if not isinstance(event, WindowTrained | EpochEnded):
                    continue
                moment += 1
                if isinstance(event, EpochEnded) and stopping is not None and stopping.stopped:
                    break
                if moment in cuts:
                    if isinstance(event, WindowTrained):
                        checkpoints.save(event.epoch, event.update, event.loss)
                    ended = False
                    with run.metrics.open("a") as stream:  # as if it had gone on for a while before it was killed
                        stream.write("half a li")
                    break
            if ended:
                checkpoints.save(0, made.place.update, None)
        return Kept(
            run.checkpoint("last").read_bytes(),
            run.checkpoint("best").read_bytes(),
            run.metrics.read_bytes(),
            moment,
            made.place.epoch - 1,
        )


@cache
def undisturbed(name: str) -> Kept:
    return played(next(case for case in CASES if case.name == name), ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@settings(max_examples=4, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_the_same_bits_as_never_stopping(case: Case, data: st.DataObject) -> None:
    torch.set_num_threads(1)
    whole = undisturbed(case.name)
    cuts = data.draw(st.sets(st.integers(1, whole.moments - 1), min_size=1, max_size=4))
    assert played(case, cuts) == whole


def test_stopping_after_every_single_event() -> None:
    case = CASES[7]
    whole = undisturbed(case.name)
    assert (case.reset, case.window, whole.epochs) == ("never", DEEP, 3)
    assert played(case, range(1, whole.moments)) == whole


def test_early_stopping_stops_where_it_would_have() -> None:
    [case] = [case for case in CASES if dict(case.more).get("early_stopping")]
    whole = undisturbed(case.name)
    assert 3 <= whole.epochs < 9
    assert whole.metrics.count(b"\n") == whole.epochs


def test_the_cases_differ() -> None:
    found = {undisturbed(case.name).last for case in CASES}
    assert len(found) == len(CASES)


# what is captured


def halfway(case: Case, events: int = 8) -> Trainer:
    made = case.trainer()
    told = made.fit()
    for _ in range(events):
        next(told)
    return made


def test_the_names_of_all_that_is_kept() -> None:
    made = halfway(Case("streams", "never", DEEP, "adamw"))
    arrays, plain = capture(made)
    weights = [name for name in arrays if name[0].isdigit()]
    assert weights == [name.removeprefix("cells.") for name, _ in made.model.named_parameters()]
    assert {name for name in arrays if name.startswith("optimizer.0.Ui.")} == {
        "optimizer.0.Ui.step",
        "optimizer.0.Ui.exp_avg",
        "optimizer.0.Ui.exp_avg_sq",
    }
    carries = [name for name in arrays if name.startswith("carry.")]
    assert carries == [f"carry.{border}.0.{state}" for border in range(3) for state in ("h", "c")]
    assert arrays["score"].shape == (len(plain["score"]["sums"]),)
    assert arrays["score"].tolist() == list(made.score.sums.values())
    assert plain == {
        "place": {"epoch": 1, "batch": 0, "window": 7, "windows": 7, "update": made.place.update},
        "score": {"count": made.score.count, "sums": list(made.score.sums)},
        "borders": 3,
        "rows": 2,
        "optimizer": "AdamW",
    }


def test_what_was_captured_stays_as_it_was() -> None:
    made = Case("streams", "never", DEEP).trainer()
    told = made.fit()
    for _ in range(5):
        next(told)
    arrays, _ = capture(made)
    before = {name: value.copy() for name, value in arrays.items()}
    for _ in range(5):
        next(told)
    assert all(arrays[name].tobytes() == before[name].tobytes() for name in arrays)
    after, _ = capture(made)
    assert any(after[name].tobytes() != before[name].tobytes() for name in arrays)


def test_states_that_are_whole_numbers_stay_such() -> None:
    made = halfway(Case("streams", "never", 3, chain="counter"))
    arrays, plain = capture(made)
    counters = [value for name, value in arrays.items() if name.startswith("carry.") and value.dtype == np.int64]
    assert len(counters) == 1
    assert counters[0].max() > 0
    again = Case("streams", "never", 3, chain="counter").trainer()
    restore(again, arrays, plain)
    found, _ = capture(again)
    assert {name: (v.dtype, v.tobytes()) for name, v in found.items()} == {
        name: (v.dtype, v.tobytes()) for name, v in arrays.items()
    }


def test_a_sum_that_is_not_finite_comes_back() -> None:
    made = halfway(Case())
    made.score.sums |= {"mse": float("inf"), "mae": float("nan"), "loss": -0.0}
    arrays, plain = capture(made)
    again = Case().trainer()
    restore(again, arrays, plain)
    assert str(again.score.sums) == str(made.score.sums)


# what does not fit


def refusal(arrays: dict[str, Any], plain: dict[str, Any], optimizer: str = "adam") -> str:
    """Why a state is refused; the trainer is as it was."""
    made = Case(optimizer=optimizer).trainer()
    before, place = capture(made)
    with pytest.raises(CheckpointError) as caught:
        restore(made, arrays, plain)
    after, still = capture(made)
    assert place == still
    assert {name: value.tobytes() for name, value in before.items()} == {n: v.tobytes() for n, v in after.items()}
    return str(caught.value)


START = "the checkpoint does not fit the config: "


@pytest.mark.parametrize(
    "name", ["0.Wi", "1.b", "0.initial_h", "optimizer.0.Wi.exp_avg", "optimizer.1.W.step", "carry.0.0.c", "score"]
)
def test_every_name_must_be_there(name: str) -> None:
    arrays, plain = capture(halfway(Case()))
    del arrays[name]
    assert refusal(arrays, plain) == f"{START}it has no {name}"


def test_no_other_name_may_be_there() -> None:
    arrays, plain = capture(halfway(Case()))
    extra = {"2.W": np.zeros(1), "carry.1.0.h": np.zeros(1)}
    assert refusal({**arrays, **extra}, plain) == f"{START}nothing is called 2.W, carry.1.0.h"
    assert refusal({**arrays, "optimizer.0.Wi.exp": np.zeros(1)}, plain).startswith(f"{START}nothing is called opt")


def test_another_shape_or_type() -> None:
    arrays, plain = capture(halfway(Case()))
    cut = {**arrays, "0.Wi": arrays["0.Wi"][:2]}
    assert refusal(cut, plain) == f"{START}0.Wi is [2, 2] float64 in it, and [3, 2] float64 in the config"
    single = {**arrays, "carry.0.0.h": arrays["carry.0.0.h"].astype(np.float32)}
    assert refusal(single, plain) == f"{START}carry.0.0.h is [2, 3] float32 in it, and [2, 3] float64 in the config"
    step = {**arrays, "optimizer.1.b.step": np.zeros(2, np.float32)}
    assert refusal(step, plain) == f"{START}optimizer.1.b.step is [2] float32 in it, and [] float32 in the config"


def test_another_optimizer_or_no_place() -> None:
    arrays, plain = capture(halfway(Case()))
    assert refusal(arrays, plain, "sgd") == ("the checkpoint is of Adam, and the config's optimizer is another")
    told = "the checkpoint does not say where training stood: "
    assert refusal(arrays, {}) == told + "'place'"
    assert refusal(arrays, {**plain, "rows": -1}) == told + "-1 is no count"
    assert refusal(arrays, {**plain, "place": {**plain["place"], "epoch": True}}) == told + "True is no count"
    assert refusal(arrays, {**plain, "score": {"count": 1, "sums": 3}}).startswith(told)


def test_a_parameter_without_a_gradient_yet_has_no_state() -> None:
    """A learned initial state that no reset has reached gets none, and so gets no motion from a restored zero."""
    case = Case("streams", "never", 3, "adam")
    made = case.trainer()
    arrays, plain = capture(made)
    assert not [name for name in arrays if name.startswith(("optimizer.", "carry.", "score"))]
    again = halfway(case)
    restore(again, arrays, plain)
    assert len(again.optimizer.state) == 0
    assert (again.carries, again.score.count, again.score.sums) == ([], 0, {})
