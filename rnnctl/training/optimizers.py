"""The optimizers of a config, what bounds a gradient, and how the learning rate changes."""

from __future__ import annotations

import math

from torch import nn
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from rnnctl.config.sections import ClipSection, OptimizerSection, TrainingSection

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


def clip(section: ClipSection | None, model: nn.Module) -> float:
    """The Euclidean norm of all gradients together, which are then bounded as the section says, if at all.

    Source of the bound on the norm: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
    """
    parameters = [p for p in model.parameters() if p.grad is not None]
    norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
    if section is not None and section.norm is not None:
        clip_grads_with_norm_(parameters, section.norm, norm)
    if section is not None and section.value is not None:
        clip_grad_value_(parameters, section.value)
    return float(norm)


def rate_factor(settings: TrainingSection, epoch: int, progress: float, update: int) -> float:
    """What the learning rate is multiplied by, a share `progress` through an epoch (from 1), after `update` updates."""
    name, section = settings.schedule.chosen
    options: dict[str, float] = dict(section)
    warmup = min(1.0, (update + 1) / options["warmup"]) if options["warmup"] else 1.0
    done = (epoch - 1 + progress) / settings.epochs
    if name == "linear":
        return warmup * (1 + (options["to"] - 1) * done)
    if name == "cosine":
        return warmup * (options["to"] + (1 - options["to"]) * (1 + math.cos(math.pi * done)) / 2)
    if name in ("exponential", "step"):
        return warmup * math.pow(options["factor"], (epoch - 1) // options.get("every", 1))
    return warmup
