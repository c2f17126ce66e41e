"""The optimizers of a config, what bounds a gradient, and how the learning rate changes."""

from __future__ import annotations

import math

from torch import nn
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from rnnctl.config.sections import ClipSection, OptimizerSection, TrainingSection
from rnnctl.nn.cells import Cell

_KINDS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}


def make_optimizer(section: OptimizerSection, model: nn.Module) -> Optimizer:
    """The optimizer that is chosen; weight decay leaves learned initial states alone."""
    name, settings = section.chosen
    cells = [module for module in model.modules() if isinstance(module, Cell)]
    initial = {id(getattr(cell, f"initial_{state.name}")) for cell in cells for state in cell.layer.states}
    states = [p for p in model.parameters() if id(p) in initial]
    weights = [p for p in model.parameters() if id(p) not in initial]
    groups: list[dict[str, object]] = [{"params": weights}] if weights else []
    if states:
        groups.append({"params": states, **({"weight_decay": 0.0} if name == "adamw" else {})})
    options = dict(settings)
    return _KINDS[name](groups, **options)


def clip(section: ClipSection | None, model: nn.Module) -> float:
    """The Euclidean norm of all gradients together, which are then bounded as the section says, if at all.

    Where the norm is not finite the gradients stay as they are, to be told of.
    Source of the bound on the norm: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
    """
    parameters = [p for p in model.parameters() if p.grad is not None]
    norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
    if section is None or not norm.isfinite():
        return float(norm)
    if section.norm is not None:
        clip_grads_with_norm_(parameters, section.norm, norm)
    if section.value is not None:
        clip_grad_value_(parameters, section.value)
    return float(norm)


def rate_factor(settings: TrainingSection, epoch: int, progress: float, update: int) -> float:
    """What the learning rate is multiplied by.

    `epoch` counts from 1, `progress` is the share of it that is done, from 0 to 1, and `update` counts the
    updates that were made before.
    """
    name, section = settings.schedule.chosen
    options: dict[str, float] = dict(section)
    warmup = min(1.0, (update + 1) / options["warmup"]) if options["warmup"] else 1.0
    done = (epoch - 1 + progress) / settings.epochs
    if name == "linear":
        return warmup * (1 - (1 - options["to"]) * done)
    if name == "cosine":
        return warmup * (options["to"] + (1 - options["to"]) * (1 + math.cos(math.pi * done)) / 2)
    if name in ("exponential", "step"):
        return warmup * math.pow(options["factor"], (epoch - 1) // options.get("every", 1))
    return warmup
