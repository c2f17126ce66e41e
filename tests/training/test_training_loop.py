"""The loop by hand: what it does to weights and carry, what it tells, and where it stops.

That its numbers are right is shown in test_training_oracle.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from trainers import CHAIN, LENGTHS, Chain, dataset, model, sequences, series, settings, trainer, values

from rnnctl.config.sections import TrainingSection
from rnnctl.errors import TrainingError
from rnnctl.training.events import EpochEnded, Finished, Started, WindowTrained
from rnnctl.training.loop import EVALUATED, Trainer

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"lr": 0.1, "momentum": 0.9},
    "adam": {"lr": 0.05, "betas": [0.8, 0.9]},
    "adamw": {"lr": 0.05, "weight_decay": 0.2},
    "rmsprop": {"lr": 0.02, "alpha": 0.9},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_initial_state_rests_where_no_row_was_reset(name: str) -> None:
    """No gradient, rather than zeros, from which momentum and weight decay would make a motion."""
    chosen = settings(window=2, batch=5, learn_initial_state=True, optimizer={name: OPTIMIZERS[name]})
    ours = trainer(dataset(series(LENGTHS, scored=1)), chosen)
    before = values(ours.model)
    moved = []
    for event in ours.fit():
        if isinstance(event, WindowTrained):
            after = values(ours.model)
            assert not np.array_equal(before["cells.0.Wi"], after["cells.0.Wi"])
            moved.append(not np.array_equal(before["cells.0.initial_h"], after["cells.0.initial_h"]))
            before = after
    assert moved == 3 * [True, False, False, False]


def test_a_window_without_a_scored_step_makes_no_update() -> None:
    """It runs, so that the carry goes on, and neither a weight nor the optimizer's memory moves."""
    [row] = series((6,), scored=1)
    row.scored[:4] = False
    chosen = settings(window=2, epochs=2, optimizer={"adamw": {"weight_decay": 0.5}})
    ours = trainer(dataset([row]), chosen)
    before = values(ours.model)
    told = []
    for event in ours.fit():
        if isinstance(event, WindowTrained):
            told.append((event.window, event.update, event.steps, event.loss is None, event.norm is None))
            after = values(ours.model)
            same = all(np.array_equal(before[name], after[name]) for name in before)
            assert same == (event.loss is None)
            before = after
    assert told == [
        (1, 0, 2, True, True),
        (2, 0, 2, True, True),
        (3, 1, 2, False, False),
        (1, 1, 2, True, True),
        (2, 1, 2, True, True),
        (3, 2, 2, False, False),
    ]


def test_only_what_a_gradient_may_go_back_to_is_kept() -> None:
    """Memory depends on the window, never on how much came before."""
    for window, kept in ((3, 1), ({"update": 3, "backward": 3}, 1), ({"update": 2, "backward": 8}, 4), (None, 1)):
        ours = trainer(dataset(series((40,))), settings(window=window, batching="streams", batch=1, epochs=1))
        most = max(len(ours.carries) for event in ours.fit() if isinstance(event, WindowTrained))
        assert most == kept
        assert not any(part.requires_grad for carry in ours.carries for states in carry for part in states)


def test_a_carry_crosses_a_border_with_its_value() -> None:
    """At fixed weights, the loss of a sequence is the same whatever the window, unless every window resets."""
    rows = series((9,), scored=1)
    net = model()

    def loss(window: int | None, reset: str) -> float:
        ours = trainer(dataset(rows), settings(window=window, reset=reset), net=net)
        return ours.evaluate(ours.dataset.train)["loss"]

    whole = loss(None, "sequence")
    for window in (1, 2, 4, 9, 20):
        assert_allclose(loss(window, "sequence"), whole, rtol=1e-12)
    assert loss(None, "window") == whole
    assert abs(loss(3, "window") - whole) > 1e-3


def test_judging_in_several_windows_is_judging_in_one() -> None:
    rows = series((2 * EVALUATED + 3,), scored=1)
    long = trainer(dataset(rows), settings(window=5))
    whole = trainer(dataset(rows), settings(window=None))
    assert_allclose(long.evaluate(long.dataset.train)["loss"], whole.evaluate(whole.dataset.train)["loss"], rtol=1e-12)


def test_steps_and_losses_are_means_over_what_is_scored() -> None:
    """At a learning rate of 0, neither batch nor window nor order moves the loss of an epoch."""
    rows = series(LENGTHS)
    found = []
    for batch, window, shuffle in ((1, None, False), (2, None, True), (5, None, False), (100, 3, True), (2, 1, True)):
        ours = trainer(dataset(rows), settings(batch=batch, window=window, shuffle=shuffle, epochs=2))
        ours.rates = [0.0 for _ in ours.rates]
        found += [e.train["loss"] for e in ours.fit() if isinstance(e, EpochEnded)]
        found.append(ours.evaluate(ours.dataset.train)["loss"])
    assert_allclose(found, found[0], rtol=1e-12)
    with torch.no_grad():
        net, losses = model(), []
        for row in rows:
            x = torch.tensor(row.inputs)[None]
            _, y = net.unroll(net.initial_carry(1), x)
            losses += ((y[0] - torch.tensor(row.targets)) ** 2).mean(-1)[torch.tensor(row.scored)].tolist()
    assert_allclose(found[0], np.mean(losses), rtol=1e-12)


@pytest.mark.parametrize("batching", ["sequences", "streams"])
def test_padding_and_unscored_steps_may_hold_anything(batching: str) -> None:
    rows = series(LENGTHS)
    chosen = settings(window=3, batching=batching)
    clean = trainer(dataset(rows), chosen)
    for _ in clean.fit():
        pass
    for row in rows:
        row.targets[~row.scored] = np.nan
    dirty = trainer(dataset(rows), chosen)
    for _ in dirty.fit():
        pass
    for name, value in values(clean.model).items():
        assert_array_equal(value, values(dirty.model)[name])


NOISY: Chain = (
    ("lstm", {"size": 3}),
    ("dropout", {"rate": 0.5}),
    ("zoneout_lstm", {"size": 3}),
    ("dense", {"size": 2}),
)


def bits(chosen: TrainingSection) -> dict[str, bytes]:
    ours = trainer(dataset(series(LENGTHS)), chosen, NOISY)
    for _ in ours.fit():
        pass
    return {name: value.tobytes() for name, value in values(ours.model).items()}


def test_the_seed_decides_every_bit() -> None:
    torch.manual_seed(1)
    first = bits(settings(shuffle=True, seed=3))
    torch.manual_seed(2)
    np.random.default_rng(5).random()
    assert bits(settings(shuffle=True, seed=3)) == first
    other = bits(settings(shuffle=True, seed=4))
    assert all(first[name] != other[name] for name in first)


def test_the_order_of_shuffled_epochs_follows_from_the_seed() -> None:
    weights = {}
    for seed in (1, 2):
        ours = trainer(dataset(series(LENGTHS)), settings(shuffle=True, seed=seed), net=model(CHAIN, seed=9))
        list(ours.fit())
        weights[seed] = values(ours.model)
    assert not np.array_equal(weights[1]["cells.0.Wi"], weights[2]["cells.0.Wi"])


def test_events_in_their_order_with_their_counts() -> None:
    rows = series((5, 3, 4), scored=1)
    ours = trainer(dataset(rows, rows[:1]), settings(window=2, epochs=2, learn_initial_state=True))
    events = list(ours.fit())
    weights = 4 * (3 * 2 + 3 * 3 + 3) + (2 * 3 + 2) + 6
    assert events[0] == Started(epochs=2, windows=5, parameters=weights)
    assert events[-1] == Finished(epochs=2, update=10)
    kinds = "".join(type(event).__name__[0] for event in events)
    assert kinds == "SWWWWWEWWWWWEF"
    windows = [event for event in events if isinstance(event, WindowTrained)]
    assert [w.epoch for w in windows] == [1] * 5 + [2] * 5
    assert [w.window for w in windows] == 2 * [1, 2, 3, 4, 5]
    assert [w.update for w in windows] == list(range(1, 11))
    assert [w.steps for w in windows] == 2 * [4, 3, 1, 2, 2]
    ends = [event for event in events if isinstance(event, EpochEnded)]
    assert [(e.epoch, e.update) for e in ends] == [(1, 5), (2, 10)]
    assert ends[1].train["scored_steps"] == 12
    assert ends[1].valid["scored_steps"] == 5
    losses = [w.loss for w in windows[:5]]
    assert_allclose(ends[0].train["loss"], np.average(losses, weights=[4, 3, 1, 2, 2]), rtol=1e-12)  # type: ignore[arg-type]
    assert ends[1].valid == ours.evaluate(ours.dataset.valid)


def test_streams_count_their_windows_and_the_steps_that_are_new() -> None:
    window = {"update": 2, "backward": 6}
    ours = trainer(dataset(series((5, 6), scored=1)), settings(batching="streams", window=window, epochs=2))
    events = list(ours.fit())
    assert isinstance(events[0], Started)
    assert events[0].windows == 3
    trained = [event for event in events if isinstance(event, WindowTrained)]
    assert [w.steps for w in trained] == 2 * [4, 4, 3]
    assert [e.train["scored_steps"] for e in events if isinstance(e, EpochEnded)] == [11, 11]


def test_no_validation_split_leaves_its_metrics_empty() -> None:
    ours = trainer(dataset(series((3,))), settings(epochs=1))
    [end] = [e for e in ours.fit() if isinstance(e, EpochEnded)]
    assert dict(end.valid) == {}
    assert dict(ours.evaluate(sequences(()))) == {}


def diverged(ours: Trainer) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        list(ours.fit())
    assert caught.value.exit_code == 4
    return caught.value


@pytest.mark.parametrize("batching", ["sequences", "streams"])
def test_a_loss_that_is_not_finite_is_told_with_its_place(batching: str) -> None:
    rows = series((6, 6), scored=1)
    rows[1].inputs[3] = 1e308
    ours = trainer(dataset(rows), settings(window=2, batch=1, batching=batching), (("dense", {"size": 2}),))
    events = ours.fit()
    assert [type(next(events)) for _ in range(5)] == [Started, *4 * [WindowTrained]]
    before = values(ours.model)
    with pytest.raises(TrainingError) as caught:
        next(events)
    [told] = caught.value.diagnostics
    steps = "8 to 9" if batching == "streams" else "2 to 3"
    where = f"the loss became inf in epoch 1, window 5, steps {steps}"
    assert told.message.startswith(f"{where}; the largest gradient is ")
    assert told.message.endswith(", in W of layer 0 (dense)")
    assert told.help == "try a smaller learning rate, `clip`, or a shorter window"
    assert all(np.array_equal(before[name], value) for name, value in values(ours.model).items())


def test_the_first_layer_whose_output_is_not_finite_is_named() -> None:
    rows = series((6,), scored=1)
    chain = (("dense", {"size": 2}), ("indrnn", {"size": 2, "activation": "identity"}), ("dense", {"size": 2}))
    net = model(chain)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.startswith("cells.1."):
                parameter.fill_(1e200)
    told = str(diverged(trainer(dataset(rows), settings(window=2), chain, net)))
    first = "the output of layer 1 (indrnn) is the first that is not finite; the largest gradient is nan, in "
    assert f"in epoch 1, window 1, steps 0 to 1: {first}" in told


def test_weights_that_are_not_finite_are_not_kept() -> None:
    """The loss of the only window is finite, and what it does to the weights is not."""
    rows = series((6,), scored=1)
    rows[0].targets[:] *= 1e10
    ours = trainer(dataset(rows), settings(epochs=1, optimizer="sgd"))
    ours.rates = [1e308 for _ in ours.rates]
    told = str(diverged(ours))
    assert told.startswith("the weights are no longer finite after epoch 1, in ")


def test_a_validation_loss_that_is_not_finite_ends_training() -> None:
    rows = series((6, 6), scored=1)
    rows[1].targets[2] = np.inf
    ours = trainer(dataset(rows[:1], rows[1:]), settings(epochs=2))
    assert str(diverged(ours)).startswith("the validation loss became inf in epoch 1 (")


def test_an_evaluation_that_fails_leaves_the_model_in_training() -> None:
    split = sequences(series((4,)))
    ours = trainer(dataset(series((4,))), settings())
    ours.model.train()
    with pytest.raises(RuntimeError):
        ours.evaluate(replace(split, inputs=np.zeros((9, 5))))
    assert ours.model.training


@pytest.mark.parametrize("training", [True, False])
def test_evaluating_leaves_the_mode_as_it_was(training: bool) -> None:
    ours = trainer(dataset(series((6, 6), seed=1)), settings())
    ours.model.train(training)
    ours.evaluate(ours.dataset.train)
    assert ours.model.training is training


@pytest.mark.parametrize(("policy", "rows", "heads"), [("sequence", 4, 0), ("window", 4, 0), ("epoch", 3, 14 + 16)])
def test_streams_of_many_sequences_are_judged_whole_where_the_carry_ends_with_them(
    policy: str, rows: int, heads: int
) -> None:
    data = dataset(series((9, 5, 30, 3)), series((7, 12, 3, 20), seed=1))
    ours = trainer(data, settings(batching="streams", batch=3, window=4, reset=policy, epochs=1))
    judged = [row for batch in ours._judged(data.valid) for row in batch]
    assert (len(judged), sum(row.head for row in judged)) == (rows, heads)
    assert sum(row.steps - row.head for row in judged) == 42


def test_one_series_that_resets_with_each_window_is_primed_with_less_than_one() -> None:
    data = dataset(series((50,)), series((40,), seed=1), one_series=True)
    ours = trainer(data, settings(batching="streams", batch=3, window=4, reset="window", epochs=1))
    [rows] = ours._judged(data.valid)
    assert [row.head for row in rows] == [17 % 4 if row.start else 0 for row in rows]
