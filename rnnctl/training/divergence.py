"""Training that left all numbers: told with the window, the layer and the largest gradient."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from rnnctl.data.windows import Window
from rnnctl.errors import Diagnostic, TrainingError
from rnnctl.nn.chain import CellChain
from rnnctl.nn.members import Watch
from rnnctl.training.events import Metrics
from rnnctl.training.place import Place


def not_finite(
    model: CellChain, loss: float, place: Place, window: Window, again: Callable[[Watch], object]
) -> TrainingError:
    """What is told of a window, the next at `place`, whose loss or gradient is not finite.

    `again` runs it once more, watched.
    """
    end = window.start + window.valid.shape[1] - window.again - 1
    what = f"loss became {loss}" if not math.isfinite(loss) else "gradient is no longer finite"
    message = f"the {what} in epoch {place.epoch}, window {place.windows + 1}, steps {window.start} to {end}"
    first = _first_not_finite(again)
    if first is not None:
        message += f": the output of {_layer(model, first)} is the first that is not finite"
    found = [(float(p.grad.abs().max()), name) for name, p in model.named_parameters() if p.grad is not None]
    largest, name = max(found, key=lambda pair: (not math.isfinite(pair[0]), pair[0]), default=(0.0, ""))
    if name:
        message += f"; the largest gradient is {largest:g}, in {_named(model, name)}"
    return diverged(message, place.epoch)


def check_epoch(model: CellChain, epoch: int, valid: Metrics) -> None:
    """Let no weights be kept that are not finite, or that make a loss that is not. Errors: TrainingError."""
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            message = f"the weights are no longer finite after epoch {epoch}, in {_named(model, name)}"
            raise diverged(message, epoch)
    if not math.isfinite(valid.get("loss", 0.0)):
        raise diverged(f"the validation loss became {valid['loss']} in epoch {epoch}", epoch)


def diverged(message: str, epoch: int) -> TrainingError:
    """The error, with what can be done."""
    kept = "the checkpoints of earlier epochs stand; " if epoch > 1 else ""
    return TrainingError(Diagnostic(message, help=f"{kept}try a smaller learning rate, `clip`, or a shorter window"))


def _first_not_finite(again: Callable[[Watch], object]) -> str | None:
    """The place of the first layer whose output is not finite at some step, in the order in which they run."""
    found: list[str] = []

    def watch(place: str, outputs: Tensor) -> None:
        if not outputs.isfinite().all():
            found.append(place)

    again(watch)
    return found[0] if found else None


def _named(model: CellChain, name: str) -> str:
    """A parameter as people call it: "Wi of layer 0 (lstm)" for "cells.0.Wi"."""
    place, _, own = name.removeprefix("cells.").rpartition(".")
    return f"{own} of {_layer(model, place)}"


def _layer(model: CellChain, place: str) -> str:
    return f"layer {place} ({dict(model.placed())[place].layer.name})"
