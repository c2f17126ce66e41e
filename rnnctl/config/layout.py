"""A training section -> how its data is laid out: the rows of each epoch, and how they are cut into windows."""

from __future__ import annotations

from collections.abc import Sequence

from rnnctl.config.sections import TrainingSection
from rnnctl.data.batches import Batch, Cut, Rules, sequence_batches, stream_batch, stream_length


def epoch_batches(training: TrainingSection, lengths: Sequence[int], epoch: int) -> Sequence[Batch]:
    """The batches of an epoch, counted from 1, of sequences of these lengths."""
    if training.batching == "streams":
        return [stream_batch(sum(lengths), training.batch)]
    return sequence_batches(lengths, training.batch, training.seed, epoch - 1, shuffle=bool(training.shuffle))


def longest_row(training: TrainingSection, lengths: Sequence[int]) -> int:
    """How many steps the longest row has, of sequences of these lengths."""
    return stream_length(sum(lengths), training.batch) if training.batching == "streams" else max(lengths)


def count_windows(training: TrainingSection, batches: Sequence[Batch]) -> int:
    """How many windows these batches are cut into."""
    cut = rules_of(training).cut
    return sum(len(cut.starts(max(row.steps for row in batch))) for batch in batches)


def rules_of(training: TrainingSection) -> Rules:
    """How rows are cut into windows, where they reset, and what is scored."""
    window = training.window
    cut = Cut(None) if window is None else Cut(window.update, window.backward)
    return Rules(cut, training.reset.policy, training.burn_in)
