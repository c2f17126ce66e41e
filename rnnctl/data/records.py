"""The nouns of the data: what is known of a source, and its steps."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rnnctl.data.spec import Each, SignalKind

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Signal(NamedTuple):
    """What stands at each step of an input or a target: numbers, one symbol of several, one class, or yes and no.

    A "binary" signal has a column of 0 and 1 for each question.
    """

    kind: SignalKind
    names: tuple[str, ...]
    symbols: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The count of numbers a step, or of different symbols or classes."""
        return len(self.names) if self.kind in ("number", "binary") else len(self.symbols)


class Marked(NamedTuple):
    """Of a column of 0 and 1: at how many steps it is 1, and at how many first and last steps of sequences."""

    steps: int
    first: int
    last: int


class Facts(NamedTuple):
    """The shape of a source: its signals, and the steps of each sequence in the source's order.

    The target of step t is the value at t + ahead of the same sequence, so that the last `ahead` steps have
    none; with `each="sequence"` one label belongs to the whole and is asked at its last step. `where` is None
    where every step may be scored; else the source's steps at which stretches to be scored begin and end, in turn:
    those that a column marks, without those whose target stands behind a reset that another column asks for.
    `foretells` says, where names do not, how many steps after its own a target is the input: 0 where it is none.
    `before` and `after` tell of the columns that put the carry back; None where the config names none.
    """

    input: Signal
    target: Signal
    lengths: tuple[int, ...]
    one_series: bool
    ahead: int
    each: Each
    where: tuple[int, ...] | None = None
    foretells: int = 0
    before: Marked | None = None
    after: Marked | None = None


Column: TypeAlias = "array[float] | array[int] | NDArray[Any]"


class Records(NamedTuple):
    """Every step of a source, sequence after sequence, in the data's units.

    One array per column of numbers or of 0 and 1 ("d"), or a single one of codes into `symbols` ("q",
    or of numpy, which may be a mapped file). Targets
    stand at their own time, not yet moved by `ahead`; the label of a sequence stands at each of its steps.
    `where`, `before` and `after` hold a byte for each step, 0 or 1: whether it may be scored, and whether the
    carry goes back before and after it; None where the config names no such column. A step whose target stands
    behind such a reset may not be scored, so that `where` is there, too, where one is asked for.
    """

    facts: Facts
    names: tuple[str, ...]
    inputs: tuple[Column, ...]
    targets: tuple[Column, ...]
    where: bytes | None = None
    before: bytes | None = None
    after: bytes | None = None
