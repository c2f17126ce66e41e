"""Windows, updates, epochs: the loop. It keeps the carry, and tells what happens; it shows and saves nothing.

Shapes: B rows, K steps of a window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from rnnctl.config.layout import count_windows, epoch_batches, rules_of
from rnnctl.config.sections import TrainingSection
from rnnctl.data.batches import Batch, Cut, Rules, sorted_batches, stream_batch, stream_length
from rnnctl.data.dataset import Dataset
from rnnctl.data.sequences import Sequences
from rnnctl.data.windows import Window, windows
from rnnctl.nn.chain import CellChain, ChainCarry, DrawKeys
from rnnctl.nn.members import Watch
from rnnctl.training.divergence import check_epoch, not_finite
from rnnctl.training.events import EpochEnded, Event, Finished, Metrics, Started, WindowTrained
from rnnctl.training.loss import as_tensor, loss_of
from rnnctl.training.metrics import Baseline, Score, baseline_of
from rnnctl.training.optimizers import clip, rate_factor
from rnnctl.training.place import Place

EVALUATED = 256
"""Steps of a window in judging, where windows change nothing: enough to take the products of all of them at once."""


@dataclass(slots=True)
class Trainer:
    """A model, its data and its settings; `fit` trains, and tells of it.

    `place`, `carries` and `score` are where it stands between two events: with the weights and the optimizer
    they are all that the rest of training follows from. `carries` are those at the last window borders that a
    gradient may yet go back to, the newest last.
    """

    model: CellChain
    optimizer: Optimizer
    dataset: Dataset
    settings: TrainingSection
    baseline: Baseline = field(init=False)
    place: Place = field(default_factory=Place)
    carries: list[ChainCarry] = field(default_factory=list)
    score: Score = field(init=False)
    rates: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.baseline = baseline_of(self.dataset)
        self.score = self._score()
        self.rates = [group["lr"] for group in self.optimizer.param_groups]

    def fit(self) -> Iterator[Event]:
        """Train from where it stands to the last epoch.

        Errors: TrainingError where a loss or a gradient is not finite; no step is made with it.
        """
        epochs = self.settings.epochs
        parameters = sum(p.numel() for p in self.model.parameters())
        yield Started(epochs, count_windows(self.settings, self._batches(self.place.epoch)), parameters)
        while self.place.epoch <= epochs:
            yield from self._epoch()
        yield Finished(epochs, self.place.update)

    def evaluate(self, split: Sequences) -> Metrics:
        """Metrics over a split under the same reset policy, with a carry of its own; empty for an empty split."""
        if not len(split):
            return {}
        score = self._score()
        training = self.model.training
        self.model.eval()
        carry: ChainCarry = ()
        try:
            with torch.no_grad():
                for batch in self._judged(split):
                    for window in windows(split, batch, self._judging()):
                        if window.first:
                            carry = self.model.initial_carry(len(batch))
                        carry, outputs = self._forward(window, carry, None)
                        if window.scored.any():
                            self._judge(score, window, outputs)
        finally:
            self.model.train(training)
        return score.metrics()

    # inside

    def _epoch(self) -> Iterator[Event]:
        """What is left of the epoch under way."""
        place, epoch = self.place, self.place.epoch
        batches = self._batches(epoch)
        count = count_windows(self.settings, batches)
        goes_on = epoch - 1 if self.settings.reset.policy == "never" else 0
        rules = rules_of(self.settings)
        self.model.train()
        while place.batch < len(batches):
            batch = batches[place.batch]
            for window in windows(self.dataset.train, batch, rules, skip=place.window, goes_on=goes_on):
                if window.first:
                    self.carries = self.carries[-1:] if goes_on else [self._initial(len(batch))]
                loss, norm = self._train_window(window, place.windows / count)
                place.window += 1
                place.windows += 1
                place.update += loss is not None
                steps = int(window.valid[:, window.again :].sum())
                rate = None if loss is None else float(self.optimizer.param_groups[0]["lr"])
                yield WindowTrained(epoch, place.windows, place.update, steps, loss, norm, rate)
            place.batch, place.window = place.batch + 1, 0
        valid = self.evaluate(self.dataset.valid)
        check_epoch(self.model, epoch, valid)
        train = self.score.metrics()
        self.score = self._score()
        place.epoch, place.batch, place.windows = epoch + 1, 0, 0
        yield EpochEnded(epoch, place.update, train, valid)

    def _score(self) -> Score:
        facts, scaling = self.dataset.facts, self.dataset.scaling
        return Score(facts.target, scaling.target, self.baseline, self.settings.loss.name, facts.each)

    def _batches(self, epoch: int) -> Sequence[Batch]:
        return epoch_batches(self.settings, self.dataset.train.lengths.tolist(), epoch)

    def _judged(self, split: Sequences) -> Sequence[Batch]:
        """The rows in which a split is judged.

        Whole sequences, also of streams whose carry ends with a sequence or sooner. Else rows like those of
        training, of a later split each primed with as many steps as a row of training has, since the carry of
        none has ever come from further back.
        """
        settings, train = self.settings, self.dataset.train
        policy, one_series = settings.reset.policy, self.dataset.facts.one_series
        if settings.batching == "sequences" or (policy in ("sequence", "window") and not one_series):
            return sorted_batches(split.lengths.tolist(), settings.batch)
        if split is train:
            return [stream_batch(train.steps, settings.batch)]
        begin = int(split.scored_from[0]) if one_series else 0
        prime = stream_length(train.steps, settings.batch)
        if policy == "window" and settings.window is not None:  # of its windows the last alone has a say
            prime %= settings.window.update
        return [stream_batch(split.steps, settings.batch, begin=begin, prime=prime)]

    def _initial(self, rows: int) -> ChainCarry:
        return tuple(tuple(_laid_out(s) for s in states) for states in self.model.initial_carry(rows))

    def _judging(self) -> Rules:
        """The same rules for judging, where no gradient goes back; windows that reset nothing may be longer."""
        rules = rules_of(self.settings)
        if rules.cut.update is None or rules.policy == "window":
            return rules._replace(cut=Cut(rules.cut.update))
        return rules._replace(cut=Cut(max(rules.cut.update, EVALUATED)))

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self.settings.precision == "float64" else torch.float32

    def _forward(
        self, window: Window, carry: ChainCarry, keys: DrawKeys | None, watch: Watch | None = None
    ) -> tuple[ChainCarry, Tensor]:
        inputs = as_tensor(window.inputs, self._dtype)
        return self.model.unroll(carry, inputs, reset=window.reset, valid=window.valid, keys=keys, watch=watch)

    def _train_window(self, window: Window, progress: float) -> tuple[float | None, float | None]:
        """One window: forward, backward, update; the loss and the gradient's norm, None without a scored step.

        The carry at its end is kept with its value and without its history. `progress` is the share of the
        epoch that is done.
        """
        update = self.settings.window.update if self.settings.window else 1
        keys = DrawKeys(self.settings.seed, self.place.epoch, window.place, window.opening, window.sequence)
        scored = bool(window.scored.any())
        start = self.carries[-1 - window.again // update]
        if not scored and window.again:  # nothing to go back from: the new steps alone
            window, start = _new_part(window), self.carries[-1]
            keys = DrawKeys(self.settings.seed, self.place.epoch, window.place, window.opening, window.sequence)
        with torch.set_grad_enabled(scored):
            carry, outputs = self._forward(window, start, keys)
        loss = norm = None
        if scored:
            loss, norm = self._backward(self._judge(self.score, window, outputs).mean())
            if not np.isfinite(loss) or not np.isfinite(norm):
                with torch.no_grad():
                    raise not_finite(
                        self.model, loss, self.place, window, lambda w: self._forward(window, start, keys, w)
                    )
            self._step(progress)
        depth = self.settings.window.depth // update if self.settings.window else 1
        ended = tuple(tuple(_laid_out(state) for state in states) for states in carry)
        self.carries = [*self.carries, ended][-depth:]
        return loss, norm

    def _backward(self, loss: Tensor) -> tuple[float, float]:
        """The gradient of a loss, bounded as the config has it; the loss and the gradient's norm before that."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item(), clip(self.settings.clip, self.model)

    def _step(self, progress: float) -> None:
        """One step of the optimizer, at the rate that the schedule has here."""
        factor = rate_factor(self.settings, self.place.epoch, progress, self.place.update)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        self.optimizer.step()

    def _judge(self, score: Score, window: Window, outputs: Tensor) -> Tensor:
        """The losses of the scored steps (N), which `score` takes in too.

        What is not scored is left out before anything is computed of it, so that NaN there stays there.
        """
        scored = torch.as_tensor(window.scored)
        kept, targets = outputs[scored], as_tensor(window.targets, self._dtype)[scored]
        losses = loss_of(self.settings.loss, kept, targets)
        naive = None if window.naive is None else window.naive[window.scored]
        score.add(losses.detach().numpy(), kept.detach().numpy(), window.targets[window.scored], naive)
        return losses


def _laid_out(state: Tensor) -> Tensor:
    """A part of a carry without its history, laid out in memory as it would be after a resume.

    The bits of a matrix product depend on how its operands are laid out, not on their values alone.
    """
    return state.detach().clone(memory_format=torch.contiguous_format)


def _new_part(window: Window) -> Window:
    """A window without the steps that are computed again."""
    new = slice(window.again, None)
    arrays: dict[str, Any] = {
        name: None if value is None else value[:, new]
        for name in ("inputs", "targets", "naive", "valid", "scored", "reset", "place", "sequence", "opening")
        for value in [getattr(window, name)]
    }
    return replace(window, again=0, **arrays)
