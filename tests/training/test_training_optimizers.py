"""The optimizers of a config are torch's own, with the settings that were written; what bounds and what paces them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from trainers import dataset, model, series, settings, trainer, values

from rnnctl.config.sections import ClipSection
from rnnctl.nn.chain import CellChain
from rnnctl.training.events import WindowTrained
from rnnctl.training.optimizers import clip, make_optimizer, rate_factor


@pytest.mark.parametrize(
    ("written", "kind", "options"),
    [
        ("adam", torch.optim.Adam, {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}),
        ({"adam": {"lr": 0.1, "betas": [0.5, 0.6]}}, torch.optim.Adam, {"lr": 0.1, "betas": (0.5, 0.6)}),
        ("adamw", torch.optim.AdamW, {"lr": 1e-3, "weight_decay": 0.01}),
        ({"sgd": {"momentum": 0.5}}, torch.optim.SGD, {"lr": 1e-2, "momentum": 0.5, "nesterov": False}),
        ({"rmsprop": {"eps": 1e-3}}, torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-3, "momentum": 0}),
    ],
)
def test_the_one_that_is_chosen(written: Any, kind: type[torch.optim.Optimizer], options: dict[str, Any]) -> None:
    optimizer = make_optimizer(settings(optimizer=written).optimizer, model())
    assert type(optimizer) is kind
    [group] = optimizer.param_groups
    assert {name: group[name] for name in options} == options


def test_every_parameter_is_in_one_group() -> None:
    net = model(learned=True)
    optimizer = make_optimizer(settings(optimizer={"adamw": {"weight_decay": 0.5}}).optimizer, net)
    weights, states = optimizer.param_groups
    assert (weights["weight_decay"], states["weight_decay"]) == (0.5, 0.0)
    names = {id(p): name for name, p in net.named_parameters()}
    assert {names[id(p)] for p in states["params"]} == {"cells.0.initial_h", "cells.0.initial_c"}
    assert len(weights["params"]) + len(states["params"]) == len(names)


def test_weight_decay_leaves_initial_states_alone() -> None:
    """Without a gradient for it, a weight goes to w (1 - lr decay) at each step, and an initial state stays."""
    net = model(learned=True)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(2.0)
            parameter.grad = torch.zeros_like(parameter)
    optimizer = make_optimizer(settings(optimizer={"adamw": {"lr": 0.1, "weight_decay": 0.5}}).optimizer, net)
    optimizer.step()
    optimizer.step()
    for name, value in values(net).items():
        assert_allclose(value, 2.0 if "initial" in name else 2 * (1 - 0.1 * 0.5) ** 2, rtol=1e-14, err_msg=name)


# what bounds a gradient


def pair(scale: float = 1.0) -> tuple[CellChain, CellChain]:
    """The same model twice, with the same random gradients."""
    made = []
    for _ in range(2):
        net = model(learned=True)
        random = torch.Generator().manual_seed(3)
        for parameter in net.parameters():
            parameter.grad = scale * torch.randn(parameter.shape, generator=random, dtype=torch.float64)
        made.append(net)
    return made[0], made[1]


def gradients(net: nn.Module) -> list[Tensor]:
    return [p.grad for p in net.parameters() if p.grad is not None]


@pytest.mark.parametrize("bound", [1e-3, 1.0, 1e6])
def test_a_bound_on_the_norm(bound: float) -> None:
    ours, plain = pair()
    before = math.sqrt(sum(float(g.square().sum()) for g in gradients(plain)))
    norm = clip(ClipSection(norm=bound), ours)
    assert_allclose(norm, before, rtol=1e-12)
    assert_allclose(norm, clip_grad_norm_(plain.parameters(), bound), rtol=1e-12)
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        assert_allclose(one, other, rtol=1e-12)
    after = math.sqrt(sum(float(g.square().sum()) for g in gradients(ours)))
    assert_allclose(after, min(bound, before), rtol=1e-3 if bound < 1e-2 else 1e-6)


@pytest.mark.parametrize("bound", [1e-3, 0.5, 1e6])
def test_a_bound_on_each_value(bound: float) -> None:
    ours, plain = pair()
    norm = clip(ClipSection(value=bound), ours)
    assert_allclose(norm, math.sqrt(sum(float(g.square().sum()) for g in gradients(plain))), rtol=1e-12)
    clip_grad_value_(plain.parameters(), bound)
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        assert torch.equal(one, other)
    assert max(float(g.abs().max()) for g in gradients(ours)) <= bound


def test_without_a_bound_nothing_is_changed() -> None:
    ours, plain = pair()
    clip(None, ours)
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        assert torch.equal(one, other)


def test_parameters_without_a_gradient_are_passed_over() -> None:
    ours, _ = pair()
    for parameter in list(ours.parameters())[1:]:
        parameter.grad = None
    [gradient] = [g.clone() for g in gradients(ours)]
    assert_allclose(clip(ClipSection(norm=0.1), ours), gradient.norm(), rtol=1e-12)
    [after] = gradients(ours)
    assert_allclose(after.norm(), 0.1, rtol=1e-4)


@pytest.mark.parametrize("section", [ClipSection(norm=1.0), ClipSection(value=1.0), None])
@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_gradients_that_are_not_finite_stay_to_be_told_of(section: ClipSection | None, bad: float) -> None:
    ours, plain = pair()
    for net in (ours, plain):
        gradients(net)[2].view(-1)[0] = bad
    assert not math.isfinite(clip(section, ours))
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        np.testing.assert_array_equal(one, other)


# how the learning rate changes


def factor(schedule: Any, epoch: int, progress: float = 0.0, update: int = 10**6, epochs: int = 4) -> float:
    return rate_factor(settings(schedule=schedule, epochs=epochs), epoch, progress, update)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25]),
        ({"linear": {"to": 0.2}}, [1, 0.8, 0.6, 0.4]),
        ("cosine", [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
        ({"cosine": {"to": 0.2}}, [1, 0.6 + 0.4 * math.sqrt(0.5), 0.6, 0.6 - 0.4 * math.sqrt(0.5)]),
        ("exponential", [1, 0.95, 0.9025, 0.857375]),
        ({"exponential": {"factor": 0.5}}, [1, 0.5, 0.25, 0.125]),
        ({"step": {"every": 2}}, [1, 1, 0.5, 0.5]),
        ({"step": {"every": 3, "factor": 0.1}}, [1, 1, 1, 0.1]),
    ],
)
def test_the_factor_at_the_start_of_each_epoch(schedule: Any, expected: list[float]) -> None:
    assert_allclose([factor(schedule, epoch) for epoch in (1, 2, 3, 4)], expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("schedule", "middle", "end"),
    [
        ("constant", 1, 1),
        ("linear", 0.625, 0),
        ({"linear": {"to": 0.2}}, 0.7, 0.2),
        ("cosine", (1 + math.cos(0.375 * math.pi)) / 2, 0),
        ({"cosine": {"to": 0.2}}, 0.6 + 0.4 * math.cos(0.375 * math.pi), 0.2),
        ("exponential", 0.95, 0.95**3),
        ({"step": {"every": 2}}, 1, 0.5),
    ],
)
def test_the_factor_within_an_epoch(schedule: Any, middle: float, end: float) -> None:
    """Half through the second of four epochs, and at the end of the last."""
    assert_allclose(factor(schedule, 2, 0.5), middle, rtol=1e-14)
    assert_allclose(factor(schedule, 4, 1.0), end, atol=1e-15)


def test_a_warm_up_rises_to_the_whole_rate() -> None:
    warm = [factor({"constant": {"warmup": 4}}, 1, update=n) for n in range(6)]
    assert warm == [0.25, 0.5, 0.75, 1, 1, 1]
    assert factor({"linear": {"warmup": 4}}, 2, update=1) == 0.5 * 0.75
    assert factor({"constant": {"warmup": 0}}, 1, update=0) == 1


@given(
    name=st.sampled_from(["constant", "linear", "cosine", "exponential", "step"]),
    share=st.floats(0, 1),
    ratio=st.floats(0.01, 1),
    every=st.integers(1, 5),
    epochs=st.integers(1, 7),
    windows=st.integers(1, 5),
)
def test_after_the_warm_up_the_rate_never_rises(
    name: str, share: float, ratio: float, every: int, epochs: int, windows: int
) -> None:
    options: dict[str, Any] = {"warmup": 3}
    if name in ("linear", "cosine"):
        options["to"] = share
    elif name != "constant":
        options |= {"factor": ratio} | ({"every": every} if name == "step" else {})
    chosen = settings(schedule={name: options}, epochs=epochs)
    places = [(epoch, w / windows) for epoch in range(1, epochs + 1) for w in range(windows)]
    found = [rate_factor(chosen, *place, update) for update, place in enumerate(places)]
    assert all(0 <= f <= 1 for f in found)
    assert all(later <= earlier + 1e-15 for earlier, later in pairwise(found[2:]))


def test_training_follows_its_schedule() -> None:
    """Gradient descent with a decaying rate against the same by hand, from the gradients of each update."""
    chosen = settings(
        optimizer={"sgd": {"lr": 0.1}}, schedule={"linear": {"to": 0.1, "warmup": 2}}, clip={"norm": 0.5}, epochs=2
    )
    ours = trainer(dataset(series((4, 4, 4), scored=1.0)), chosen)
    before = values(ours.model)
    done = 0
    for event in ours.fit():
        if not isinstance(event, WindowTrained):
            continue
        rate = 0.1 * min(1, (done + 1) / 2) * (1 - 0.9 * done / 4)
        assert event.norm is not None
        for name, parameter in ours.model.named_parameters():
            assert parameter.grad is not None
            assert_allclose(parameter.detach(), before[name] - rate * parameter.grad.numpy(), rtol=1e-12, atol=1e-15)
        norm = math.sqrt(sum(float(g.square().sum()) for g in gradients(ours.model)))
        assert_allclose(norm, min(event.norm, 0.5), rtol=1e-5)
        before = values(ours.model)
        done += 1
    assert done == 4
