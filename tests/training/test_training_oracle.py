"""The loop against training written out step by step: every loss, gradient, weight and carry of every window."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from oracle import TIGHT, Reference, compare, judged_rows_of, rows_of
from trainers import Chain, Series, dataset, model, series, trainer
from trainers import settings as training

from rnnctl.config.rules import state_problems
from rnnctl.config.sections import TrainingSection
from rnnctl.nn.chain import CellChain

CHAINS: dict[str, Chain] = {
    "lstm": (("lstm", {"size": 2}), ("dense", {"size": 2})),
    "deep": (("gru", {"size": 3}), ("layer_norm", {}), ("rnn", {"size": 2}), ("dense", {"size": 2})),
    "random": (
        ("dense", {"size": 3}),
        ("dropout", {"rate": 0.5, "per": "window"}),
        ("zoneout_lstm", {"size": 2}),
        ("dropout", {"rate": 0.3, "per": "sequence"}),
        ("dropout", {"rate": 0.3}),
        ("dense", {"size": 2}),
    ),
    "counter": (("clockwork_rnn", {"size": 2, "modules": 2}), ("dense", {"size": 2})),
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"sgd": {"lr": 0.1}},
    "momentum": {"sgd": {"lr": 0.02, "momentum": 0.9}},
    # Their divisors are not so small that they make much of the last digit of a gradient of nearly nothing.
    "adam": {"adam": {"lr": 0.05, "eps": 1e-3}},
    "adamw": {"adamw": {"lr": 0.05, "eps": 1e-3, "weight_decay": 0.2}},
    "rmsprop": {"rmsprop": {"lr": 0.02, "eps": 1e-3, "alpha": 0.9}},
}
POLICIES = ("sequence", "window", "epoch", "never")
quick = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Case(NamedTuple):
    """A data set, a model, and how it is trained."""

    lengths: list[int]
    shares: dict[str, float]
    chain: str
    learned: bool | tuple[int, ...]
    training: TrainingSection
    seed: int

    def rows(self) -> list[Series]:
        return series(self.lengths, self.seed, **self.shares)

    def model(self) -> CellChain:
        """The model, with initial states that are not all zero."""
        net = model(CHAINS[self.chain], learned=self.learned, seed=self.training.seed)
        with torch.no_grad():
            for i, (name, parameter) in enumerate(net.named_parameters()):
                if ".initial_" in name:
                    parameter.copy_(torch.linspace(-0.9, 0.8, parameter.numel(), dtype=torch.float64) + i / 10)
        return net


@st.composite
def cases(draw: st.DrawFn) -> Case:
    update = draw(st.none() | st.integers(1, 5))
    window = None if update is None else {"update": update, "backward": draw(st.none() | st.integers(1, 3))}
    if window and window["backward"]:
        window["backward"] = window["backward"] * update
    section = training(
        epochs=draw(st.integers(1, 3)),
        batching=draw(st.sampled_from(["sequences", "streams"])),
        batch=draw(st.integers(1, 5)),
        window=window,
        reset=draw(st.sampled_from(POLICIES)),
        burn_in=draw(st.sampled_from([0, 0, 1, 2, 4])),
        optimizer=OPTIMIZERS[draw(st.sampled_from(sorted(OPTIMIZERS)))],
        seed=draw(st.integers(0, 5)),
    )
    assume(not list(state_problems(section)))
    marks = {"before": st.sampled_from([0, 0, 0.3]), "after": st.sampled_from([0, 0, 0.3])}
    marks["scored"] = st.sampled_from([0.1, 0.5, 1])
    return Case(
        lengths=draw(st.lists(st.integers(1, 8), min_size=1, max_size=6)),
        shares={name: draw(share) for name, share in marks.items()},
        chain=draw(st.sampled_from(sorted(CHAINS))),
        learned=draw(st.sampled_from([True, False, (0,), (2,)])),
        training=section,
        seed=draw(st.integers(0, 2**20)),
    )


def compare_judgements(case: Case) -> None:
    """Judge the training split, and another one in many sequences or as what comes later in the same."""
    rows, section, net = case.rows(), case.training, case.model()
    steps = sum(case.lengths)
    ours, reference = trainer(dataset(rows), section, net=net), Reference(net, section)
    reference.net.eval()
    goes_on = section.batching == "streams" and section.reset.policy in ("epoch", "never")
    splits = [
        (
            rows,
            [row for group in rows_of(rows, "streams" if goes_on else "sequences", section.batch) for row in group],
            False,
        )
    ]
    other = series(case.lengths[::-1], case.seed + 1, **case.shares)
    splits.append((other, judged_rows_of(other, section, steps), False))
    [later] = series([2 * steps], case.seed + 2, **case.shares)
    later.scored[:steps] = False
    if later.scored.any():
        begin = int(later.scored.argmax())
        splits.append(([later], judged_rows_of([later], section, steps, begin), True))
    for split, judged, one_series in splits:
        ours.dataset = dataset(rows, split, one_series=one_series)
        found = ours.evaluate(ours.dataset.train if split is rows else ours.dataset.valid)
        losses = reference.judge(judged)
        assert found.get("scored_steps", 0) == len(losses)
        if losses:
            assert_allclose(found["loss"], np.mean(losses), **TIGHT)


@settings(quick, max_examples=120)
@given(cases())
def test_training_is_what_it_is_step_by_step(case: Case) -> None:
    rows, section, net = case.rows(), case.training, case.model()
    reference = Reference(net, section)
    ours = trainer(dataset(rows), section, net=net)
    compare(ours, reference, rows_of(rows, section.batching, section.batch))


@settings(quick, max_examples=60)
@given(cases())
def test_judging_is_what_it_is_step_by_step(case: Case) -> None:
    """The same resets and burn-in; no draws; rows of a later part are primed with what stands before it."""
    compare_judgements(case)


STREAMS = {"batching": "streams", "batch": 3}
EDGES: dict[str, tuple[list[int], dict[str, list[int]], dict[str, Any], int]] = {
    # name: the lengths, the marked steps of the split by column, the settings, how many updates the epochs make
    "streams of fewer steps than rows": ([2, 1], {}, {"batching": "streams", "batch": 5}, 2),
    "a batch of more rows than sequences": ([3, 2], {}, {"batch": 9, "window": 2}, 4),
    "a smaller last batch": ([4, 3, 2], {}, {"window": 2}, 6),
    "a last stream that is shorter": ([5, 4, 4], {}, {**STREAMS, "window": 2}, 6),
    "an update longer than the row": ([5, 4, 4], {}, {**STREAMS, "window": {"update": 20, "backward": 40}}, 2),
    "rows that end long before the window": ([9, 1], {}, {"window": {"update": 2, "backward": 4}}, 10),
    "after the last step of a sequence": ([3, 4, 5], {"after": [2, 6]}, {**STREAMS, "reset": "epoch", "window": 2}, 4),
    "after the last step of each stream": (
        [12],
        {"after": [3, 7, 11]},
        {**STREAMS, "reset": "never", "window": 3, "burn_in": 1},
        4,
    ),
    "both columns, with whole sequences": ([6, 5], {"before": [2, 3], "after": [7, 10]}, {"window": 3}, 4),
    "burn-in across a window's border": ([7, 6], {"before": [4]}, {"window": 2, "burn_in": 3}, 4),
    "burn-in across epochs": (
        [13],
        {"before": [3, 12]},
        {**STREAMS, "reset": "never", "window": 2, "burn_in": 2, "epochs": 3},
        8,
    ),
    "further back than the batch goes": ([7, 4, 6], {}, {"window": {"update": 2, "backward": 8}}, 14),
    "further back, past windows without a scored step": (
        [12, 5],
        {"scored": [1, 7, 8, 11, 16]},
        {"window": {"update": 2, "backward": 6}},
        10,
    ),
    "further back, over the border of an epoch": (
        [8, 5],
        {},
        {**STREAMS, "reset": "never", "window": {"update": 2, "backward": 4}},
        6,
    ),
}


@pytest.mark.parametrize("chain", ["lstm", "random"])
@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge: str, chain: str) -> None:
    lengths, marked, given_settings, updates = EDGES[edge]
    rows = series(lengths, scored=1)
    starts = np.cumsum([0, *lengths])
    for column, steps in marked.items():
        for row, start in zip(rows, starts, strict=False):
            getattr(row, column)[:] = np.isin(np.arange(start, start + len(row.scored)), steps)
    section = training(**{"epochs": 2, "optimizer": OPTIMIZERS["adam"], **given_settings})
    case = Case(lengths, {}, chain, True, section, 0)
    net = case.model()
    made = compare(
        trainer(dataset(rows), section, net=net),
        Reference(net, section),
        rows_of(rows, section.batching, section.batch),
    )
    assert made == updates


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(optimizer: str) -> None:
    """Momentum and weight decay leave an initial state alone in windows where no row was reset."""
    section = training(window=2, optimizer=OPTIMIZERS[optimizer])
    case = Case([7, 4, 6, 3, 5], {}, "lstm", True, section, 0)
    rows, net = case.rows(), case.model()
    compare(trainer(dataset(rows), section, net=net), Reference(net, section), rows_of(rows, "sequences", 2))
