"""The optimizers of a config, over groups of parameters."""

from __future__ import annotations

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from rnnctl.config.sections import OptimizerSection

_KINDS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}


def make_optimizer(section: OptimizerSection, model: nn.Module) -> Optimizer:
    """The optimizer that is chosen; weight decay leaves learned initial states alone."""
    name, settings = section.chosen
    states = [p for n, p in model.named_parameters() if n.rsplit(".", 1)[-1].startswith("initial_")]
    weights = [p for n, p in model.named_parameters() if not n.rsplit(".", 1)[-1].startswith("initial_")]
    groups: list[dict[str, object]] = [{"params": weights}] if weights else []
    if states:
        groups.append({"params": states, **({"weight_decay": 0.0} if name == "adamw" else {})})
    options = dict(settings)
    return _KINDS[name](groups, **options)
