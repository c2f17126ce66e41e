"""What the state has to do with the data: units that go with a column, and moments that were like the present one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.records import Signal
from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.stepping.inputs import Given, visible
from rnnctl.stepping.model import Carry, Model
from rnnctl.stepping.references import name_unit
from rnnctl.stepping.session import Made, Moment, Session

LEAST_STEPS = 3
"""Two points lie on a line always."""
_CONSTANT = 1e-12
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Correlation:
    """One unit, by the name that commands take, and how it goes with a column: from -1 to 1."""

    unit: str
    value: float


@dataclass(frozen=True, slots=True)
class Correlations:
    """How every unit goes with a column, the strongest first whatever the sign.

    `column` says what was looked at, `steps` over how many steps, `resets` in how many stretches between resets;
    `constant` counts the units left out since they never changed.
    """

    column: str
    steps: int
    resets: int
    units: tuple[Correlation, ...]
    constant: int


@dataclass(frozen=True, slots=True)
class PastState:
    """A moment that was like the present: how far its state is, its step, what came in, how far `back` it lies."""

    distance: float
    t: int
    given: Given
    back: int


def correlations(session: Session, column: str, held_from: int | None = None) -> Correlations:
    """How every real-valued unit of the carry after a step goes with a column of the data in the same step.

    The measure is Pearson's, sum (u - mean u)(v - mean v) / (n sd u sd v), over all steps of this branch up to now
    that are kept and have the column. `column` names one of the input or target; a symbol or class stands for 1
    where it is the one and 0 where another is. `input[wind]` and `target[T]` tell two of one name apart, and a
    name that both have is the input's. With `held_from` the value that the column had at this step t after each
    reset stands for all steps from there to the next reset: what goes with it remembers that step.
    Errors: UsageError for a column that is not there, one that never changes, and too few steps.
    """
    side, index, name = _find_column(session.model, column)
    signal = session.model.facts.input if side == "input" else session.model.facts.target
    moments: list[Moment] = []
    values: list[float] = []
    stretches = 0
    for stretch in _stretches(session.trail):
        found = list(_column(stretch, side, signal, index, held_from))
        stretches += bool(found)
        moments += [moment for moment, _ in found]
        values += [value for _, value in found]
    what = name if held_from is None else f"{name} of step {held_from}"
    if len(moments) < LEAST_STEPS:
        known = f"{len(moments) or 'no'} step{'s' * (len(moments) != 1)} with {visible(what)}"
        advice = "feed the data that the run knows" if side == "target" else "make more steps"
        raise UsageError(Diagnostic(f"there are {known}, and a correlation takes {LEAST_STEPS}", help=advice))
    wanted = np.array(values)
    if np.ptp(wanted) == 0:
        message = f"{visible(what)} is {wanted[0]:g} in all {len(wanted)} steps, so nothing can go with it"
        raise UsageError(Diagnostic(message, help="make steps in which it changes"))
    names = _names(session.model)
    if not names:
        raise UsageError("this model has no state")
    pairs = zip(names, _pearson([moment.carry for moment in moments], wanted), strict=True)
    units = [Correlation(unit, float(value)) for unit, value in pairs if not np.isnan(value)]
    units.sort(key=lambda unit: -abs(unit.value))
    return Correlations(what, len(moments), stretches, tuple(units), len(names) - len(units))


def nearest_past(session: Session, count: int = 5) -> tuple[PastState, ...]:
    """The moments after earlier steps of this branch whose real-valued carry is nearest to the present one.

    The distance is Euclidean, over all units of all layers; equal ones stand in the order of time, the latest
    first. Errors: UsageError for a model without a state, and where no earlier step is kept.
    """
    trail = session.trail
    here = real_parts(session.carry)
    if not here.size:
        raise UsageError("this model has no state")
    present = len(trail) - 1  # and before it, as far as what was done there has changed nothing
    while present > 0 and trail[present].made is None and same_carry(trail[present - 1].carry, session.carry):
        present -= 1
    past = [(i, m) for i, m in enumerate(trail[:present]) if m.made]
    if not past:
        raise UsageError(Diagnostic("there is no earlier step to compare with", help="make more steps"))
    distances = [float(np.sqrt(np.square(real_parts(m.carry) - here).sum())) for _, m in past]
    last = len(trail) - 1
    found = []
    for at in sorted(range(len(past)), key=lambda i: (distances[i], -i))[: max(1, count)]:
        i, moment = past[at]
        assert moment.made is not None
        found.append(PastState(distances[at], moment.t, moment.made.given, last - i))
    return tuple(found)


def real_parts(carry: Carry) -> NDArray[np.float64]:
    """All real values of a carry, one after the other."""
    parts = [part.astype(np.float64).reshape(-1) for states in carry for part in states if part.dtype.kind == "f"]
    return np.concatenate(parts) if parts else np.zeros(0)


def same_carry(one: Carry, other: Carry) -> bool:
    """Whether two carries of a model are the same to the last bit."""
    pairs = zip((p for states in one for p in states), (p for states in other for p in states), strict=True)
    return all(a is b or a.tobytes() == b.tobytes() for a, b in pairs)


def _pearson(carries: Sequence[Carry], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The correlation of each unit with (N) numbers; NaN for a unit that never changes."""
    count = len(carries)
    blocks = [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]
    mean = sum(_stacked(carries[at]).sum(0) for at in blocks) / count
    other = wanted - wanted.mean()
    squares, products, largest = np.zeros_like(mean), np.zeros_like(mean), np.abs(mean)
    for at in blocks:
        centred = _stacked(carries[at]) - mean
        squares += np.square(centred).sum(0)
        products += other[at] @ centred
        largest = np.maximum(largest, np.abs(centred).max(0))
    with np.errstate(all="ignore"):
        found = products / np.sqrt(squares * np.square(other).sum())
    return np.where(np.sqrt(squares / count) > _CONSTANT * largest, found.clip(-1, 1), np.nan)


def _stacked(carries: Sequence[Carry]) -> NDArray[np.float64]:
    return np.stack([real_parts(carry) for carry in carries])


def _names(model: Model) -> list[str]:
    """The names of the units in the order of `real_parts`."""
    return [
        name_unit(model, layer, part, unit)
        for layer, states in enumerate(model.initial_carry())
        for part, value in enumerate(states)
        if value.dtype.kind == "f"
        for unit in range(value.size)
    ]


def _find_column(model: Model, text: str) -> tuple[str, int, str]:
    """Whether a column is of the input or the target, its number, and its name for people. Errors: UsageError."""
    name = text.strip()
    sides: tuple[str, ...] = ("input", "target")
    for side in sides:
        if name.startswith(f"{side}[") and name.endswith("]"):
            name, sides = name[len(side) + 1 : -1].strip(), (side,)
            break
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1]
    known: list[str] = []
    for side in sides:
        signal = model.facts.input if side == "input" else model.facts.target
        labels = signal.symbols if signal.kind in ("symbol", "class") else signal.names
        known += labels
        if name in labels:
            return side, labels.index(name), f"{side}[{name}]"
    guess = nearest(name, known)
    help_text = f"did you mean '{guess}'?" if guess else f"columns: {', '.join(map(visible, dict.fromkeys(known)))}"
    raise UsageError(Diagnostic(f"there is no column or symbol '{visible(name)}'", help=help_text))


def _stretches(trail: Sequence[Moment]) -> Iterator[list[Moment]]:
    """The moments between one reset of all layers, or state that was loaded, and the next."""
    stretch: list[Moment] = []
    for moment in trail:
        if (moment.t == 0 or moment.loaded) and stretch:
            yield stretch
            stretch = []
        stretch.append(moment)
    yield stretch


def _column(
    stretch: Sequence[Moment], side: str, signal: Signal, index: int, held_from: int | None
) -> Iterator[tuple[Moment, float]]:
    """The steps of a stretch that a value is known for, and the value."""
    held: float | None = None
    for moment in stretch:
        if moment.made is None:
            continue
        value = _value(moment.made, side, signal, index)
        if held_from is not None:
            held = value if moment.t == held_from else held
            value = held if moment.t >= held_from else None
        if value is not None:
            yield moment, value


def _value(made: Made, side: str, signal: Signal, index: int) -> float | None:
    given = made.given if side == "input" else made.target
    if given is None:
        return None
    if signal.kind in ("symbol", "class"):
        return float(given[signal.names[0]] == signal.symbols[index])
    return float(given[signal.names[index]])
