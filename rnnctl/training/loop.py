"""Windows, updates, epochs: the loop. It keeps the carry, and tells what happens; it shows and saves nothing.

Shapes: B rows, K steps of a window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from rnnctl.config.sections import TrainingSection
from rnnctl.data.dataset import Dataset, Series
from rnnctl.data.windows import Window, count_windows, epoch_order, windows
from rnnctl.errors import Diagnostic, TrainingError
from rnnctl.nn.chain import CellChain, ChainCarry, DrawKeys
from rnnctl.training.events import EpochEnded, Event, Finished, Metrics, Started, WindowTrained
from rnnctl.training.loss import LOSSES, as_tensor
from rnnctl.training.metrics import Baseline, Score, baseline_of, naive_of


@dataclass(slots=True)
class Trainer:
    """A model, its data and its settings; `fit` trains, and tells of it."""

    model: CellChain
    optimizer: Optimizer
    dataset: Dataset
    settings: TrainingSection
    baseline: Baseline = field(init=False)

    def __post_init__(self) -> None:
        self.baseline = baseline_of(self.dataset)

    def fit(self) -> Iterator[Event]:
        """Train for all epochs. Errors: TrainingError where the loss is not finite; no step is made with it."""
        settings, series = self.settings, self.dataset.train
        update = seen = 0
        first = epoch_order(len(series), settings.seed, 0, settings.shuffle)
        lengths = [len(series[i].scored) for i in first]
        parameters = sum(p.numel() for p in self.model.parameters())
        yield Started(settings.epochs, count_windows(lengths, settings.batch, settings.window), parameters)
        for epoch in range(1, settings.epochs + 1):
            order = epoch_order(len(series), settings.seed, epoch - 1, settings.shuffle)
            score = self._score()
            carry: ChainCarry = ()
            self.model.train()
            for window in self._windows(series, order):
                if window.first:
                    carry = self.model.initial_carry(len(window.rows))
                carry, loss = self._train_window(window, carry, epoch, update, score)
                seen += 1
                update += loss is not None
                yield WindowTrained(epoch, seen, update, int(window.valid.sum()), loss)
            valid = self.evaluate(self.dataset.valid)
            self._check_end(epoch, valid)
            yield EpochEnded(epoch, update, score.metrics(), valid)
        yield Finished(settings.epochs, update)

    def evaluate(self, split: Sequence[Series]) -> Metrics:
        """Metrics over a split under the same reset policy, with a carry of its own; empty for an empty split."""
        if not split:
            return {}
        score = self._score()
        training = self.model.training
        self.model.eval()
        carry: ChainCarry = ()
        try:
            with torch.no_grad():
                for window in self._windows(split, list(range(len(split)))):
                    if window.first:
                        carry = self.model.initial_carry(len(window.rows))
                    carry, outputs = self._forward(window, carry, None)
                    if window.scored.any():
                        self._judge(score, window, split, outputs)
        finally:
            self.model.train(training)
        return score.metrics()

    # inside

    def _score(self) -> Score:
        return Score(self.dataset.facts.target, self.dataset.scaling.target, self.baseline)

    def _windows(self, split: Sequence[Series], order: Sequence[int]) -> Iterator[Window]:
        settings = self.settings
        return windows(split, order, batch=settings.batch, window=settings.window, reset=settings.reset)

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self.settings.precision == "float64" else torch.float32

    def _forward(self, window: Window, carry: ChainCarry, keys: DrawKeys | None) -> tuple[ChainCarry, Tensor]:
        inputs = as_tensor(window.inputs, self._dtype)
        return self.model.unroll(carry, inputs, reset=window.reset, valid=window.valid, keys=keys)

    def _train_window(
        self, window: Window, carry: ChainCarry, epoch: int, update: int, score: Score
    ) -> tuple[ChainCarry, float | None]:
        """One window: forward, backward, update. The carry leaves with its value and without its history."""
        keys = DrawKeys(self.settings.seed, epoch, update, window.rows, window.step)
        if not window.scored.any():
            with torch.no_grad():
                carry, _ = self._forward(window, carry, keys)
            return carry, None
        carry, outputs = self._forward(window, carry, keys)
        losses = self._judge(score, window, self.dataset.train, outputs)
        loss = losses.mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        value = loss.item()
        if not np.isfinite(value):
            raise self._not_finite(value, window, epoch)
        self.optimizer.step()
        return tuple(tuple(state.detach() for state in states) for states in carry), value

    def _judge(self, score: Score, window: Window, split: Sequence[Series], outputs: Tensor) -> Tensor:
        """The losses of the scored steps (N), which `score` takes in too.

        What is not scored is left out before anything is computed of it, so that NaN there stays there.
        """
        scored = torch.as_tensor(window.scored)
        kept, targets = outputs[scored], as_tensor(window.targets, self._dtype)[scored]
        losses: Tensor = LOSSES[self.settings.loss](kept, targets)
        naive = naive_of(split, window.rows, window.step, window.scored)
        score.add(losses.detach().numpy(), kept.detach().numpy(), window.targets[window.scored], naive)
        return losses

    def _check_end(self, epoch: int, valid: Metrics) -> None:
        """Let no weights be kept that are not finite, or that make a loss that is not. Errors: TrainingError."""
        for name, parameter in self.model.named_parameters():
            if not parameter.isfinite().all():
                message = f"the weights are no longer finite after epoch {epoch}, in {self._place(name)}"
                raise _diverged(message, epoch)
        if not np.isfinite(valid.get("loss", 0.0)):
            raise _diverged(f"the validation loss became {valid['loss']} in epoch {epoch}", epoch)

    def _not_finite(self, loss: float, window: Window, epoch: int) -> TrainingError:
        found = [(float(p.grad.abs().max()), name) for name, p in self.model.named_parameters() if p.grad is not None]
        largest, name = max(found, key=lambda pair: (not np.isfinite(pair[0]), pair[0]), default=(0.0, ""))
        where = f"; the largest gradient is {largest:g}, in {self._place(name)}" if name else ""
        end = window.step + window.valid.shape[1] - 1
        return _diverged(f"the loss became {loss} in epoch {epoch}, steps {window.step} to {end}{where}", epoch)

    def _place(self, name: str) -> str:
        """A parameter as people call it: "Wi of layer 0 (lstm)" for "cells.0.Wi"."""
        _, position, own = name.split(".", 2)
        return f"{own} of layer {position} ({self.model.each()[int(position)].layer.name})"


def _diverged(message: str, epoch: int) -> TrainingError:
    kept = "the checkpoints of earlier epochs stand; " if epoch > 1 else ""
    return TrainingError(Diagnostic(message, help=f"{kept}try a smaller learning rate or a shorter window"))
