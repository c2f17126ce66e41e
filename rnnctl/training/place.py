"""Where training stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Place:
    """Where training stands: the epoch under way, what is done of it, and the updates so far.

    `batch` counts the batches of the epoch that are done, `window` the windows of the one under way, and
    `windows` those of the epoch.
    """

    epoch: int = 1
    batch: int = 0
    window: int = 0
    windows: int = 0
    update: int = 0
