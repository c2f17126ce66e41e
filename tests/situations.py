"""What tests of state go through: layers in a small chain, situations in which rows are reset, sizes to be drawn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from training.trainers import Chain, Series, model, series
from training.trainers import settings as section

from rnnctl.catalogue import definition, names
from rnnctl.config.sections import TrainingSection
from rnnctl.equations.options import options_of
from rnnctl.nn.chain import CellChain

LAYERS = names()
OPTIONS: dict[str, dict[str, Any]] = {
    "clockwork_rnn": {"size": 2, "modules": 2},
    "indrnn": {"activation": "softplus"},  # relu has a kink, where finite differences say nothing
    "recurrent_highway": {"depth": 2},
    "layer_norm": {},
}
SYMBOLS = 3


class Situation(NamedTuple):
    """Where rows come from, and the border at which they are reset."""

    batching: str
    policy: str


SITUATIONS = (
    Situation("sequences", "sequence"),
    Situation("sequences", "window"),
    Situation("streams", "sequence"),
    Situation("streams", "window"),
    Situation("streams", "epoch"),
    Situation("streams", "never"),
)


class Sizes(NamedTuple):
    """What hypothesis draws; `columns` is the share of steps that the columns `before` and `after` mark."""

    lengths: list[int]
    batch: int
    update: int | None
    times: int
    burn_in: int
    columns: float
    seed: int

    def training(self, situation: Situation, **given_settings: Any) -> TrainingSection:
        """Settings in this situation; deeper windows where the policy has a meaning for them."""
        window = None
        if self.update:
            deeper = self.times if situation.policy != "window" else 1
            window = {"update": self.update, "backward": deeper * self.update}
        burn_in = min(self.burn_in, self.update - 1) if self.update and situation.policy == "window" else self.burn_in
        values = {"batch": self.batch, "window": window, "burn_in": burn_in, "seed": self.seed}
        values |= {"epochs": 2 if situation.policy == "never" else 1}
        values |= {
            "batching": situation.batching,
            "reset": situation.policy,
            "optimizer": {"adamw": {"lr": 0.05, "eps": 1e-3}},
        }
        return section(**{**values, **given_settings})

    def rows(self, name: str) -> list[Series]:
        """The data, in symbols for a layer that takes symbols."""
        rows = series(self.lengths, self.seed, scored=0.8, before=self.columns, after=self.columns)
        if not takes_symbols(name):
            return rows
        return [row._replace(inputs=(row.inputs[:, 0] * 100).astype(np.int64) % SYMBOLS) for row in rows]


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    """The first of each are what hypothesis takes for the simplest: none of them is trivial."""
    return Sizes(
        lengths=list(draw(st.permutations([1, 3, 4, 2]))[: draw(st.sampled_from([3, 2, 4]))]),
        batch=draw(st.sampled_from([3, 2, 1])),
        update=draw(st.sampled_from([2, 1, 3, None, 4])),
        times=draw(st.sampled_from([2, 3, 1])),
        burn_in=draw(st.sampled_from([0, 1, 2])),
        columns=draw(st.sampled_from([0.3, 0.0])),
        seed=draw(st.integers(0, 99)),
    )


def takes_symbols(name: str) -> bool:
    [signal] = definition(name).inputs.values()
    return signal.symbols is not None


def net_of(name: str, *, learned: bool = True) -> CellChain:
    """The layer in a chain that has a state in any case; its initial states are not zero."""
    options = OPTIONS.get(name, {})
    if "size" in options_of(definition(name)):
        options = {"size": 2, **options}
    behind: Chain = (("dense", {"size": 2}),)
    if not definition(name).states:
        behind = (("rnn", {"size": 2}), *behind)
    net = model(((name, options), *behind), learned=learned, width=SYMBOLS if takes_symbols(name) else 2)
    with torch.no_grad():
        for parameter in (p for n, p in net.named_parameters() if ".initial_" in n):
            parameter.copy_(torch.linspace(-0.8, 0.7, parameter.numel(), dtype=torch.float64).reshape(parameter.shape))
    return net
