"""The nouns of the data: what is known of a source, and its steps."""

from __future__ import annotations

from array import array
from typing import Literal, NamedTuple

from rnnctl.data.spec import Each


class Signal(NamedTuple):
    """What stands at each step of an input or a target: numbers, one symbol of several, one class, or yes and no.

    A "binary" signal has a column of 0 and 1 for each question.
    """

    kind: Literal["number", "symbol", "class", "binary"]
    names: tuple[str, ...]
    symbols: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The count of numbers a step, or of different symbols or classes."""
        return len(self.names) if self.kind in ("number", "binary") else len(self.symbols)


class Facts(NamedTuple):
    """The shape of a source: its signals, and the steps of each sequence in the source's order.

    The target of step t is the value at t + ahead of the same sequence, so that the last `ahead` steps have
    none; with `each="sequence"` one label belongs to the whole and is asked at its last step.
    """

    input: Signal
    target: Signal
    lengths: tuple[int, ...]
    one_series: bool
    ahead: int
    each: Each


class Records(NamedTuple):
    """Every step of a source, sequence after sequence, in the data's units.

    One array per number column ("d"), or a single one of codes into `symbols` ("q"). Targets stand at their
    own time, not yet moved by `ahead`; the label of a sequence stands at each of its steps.
    """

    facts: Facts
    names: tuple[str, ...]
    inputs: tuple[array[float] | array[int], ...]
    targets: tuple[array[float] | array[int], ...]
