"""The optimizers of a config are torch's own, with the settings that were written."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from trainers import model, settings

from rnnctl.training.optimizers import make_optimizer


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
