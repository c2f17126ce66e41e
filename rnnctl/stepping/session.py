"""A session: a model and a tree of moments that one walks, forward and back. It knows no file and no terminal.

Every change makes a moment: a step, a reset, an edit. A moment is a value and holds the whole carry, so that going
back is exact whatever was done. Going back and then on takes the place of what was ahead; `fork` keeps both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import numpy as np

from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.stepping.inputs import Given, Value, check_input, to_model
from rnnctl.stepping.loss import loss_of
from rnnctl.stepping.model import Array, Carry, Held, Model
from rnnctl.stepping.step import LayerStep, Making, Origin, Step, parts_of, shown_deviation, shown_output

TRUNK = "trunk"
"""The branch that a session begins with."""
MOST_KEPT = 100_000
_MOST_BYTES = 256 * 2**20
_LEAST_KEPT = 100
_T = TypeVar("_T")


class Place(NamedTuple):
    """Where an input stood: the row of something that is fed.

    `border` says why the data has the state put back before this row; it is empty where it does not.
    """

    feed: object
    row: int
    border: str = ""


class Made(NamedTuple):
    """What went into a step and came out: input (F) or a code and output (O), in model units."""

    given: Given
    input: Array
    output: Array
    target: Given | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Where a session stood after something was done.

    `t` counts steps since the last reset of all layers; `origin` tells for each layer where its carry came from,
    `held` at what it is held, by the number of the layer; `did` is what was done, as a command. `gave` is the output
    (O) of the step that led to a carry which was brought from elsewhere, in model units, where that is known.
    """

    t: int
    carry: Carry
    origin: tuple[Origin, ...]
    held: Mapping[int, Held] = field(default_factory=lambda: MappingProxyType({}))
    did: str = "start"
    made: Made | None = None
    gave: Array | None = None

    @property
    def begins(self) -> bool:
        """Whether what was before is another sequence: behind a reset, or where a saved state was taken up."""
        return self.did == "reset" or self.did.startswith("load ")

    @property
    def loaded(self) -> bool:
        """Whether the whole carry is one that was saved, and no step since has changed it."""
        return set(self.origin) == {"loaded"}


@dataclass(slots=True)
class Branch:
    """Moments in their order, and which of them is now; those behind it can be done again."""

    moments: list[Moment]
    at: int = 0


class Session:
    """Walks a model: `session.step(50)`, `session.back()`, `session.fork("other")`.

    The oldest moments are forgotten beyond `keep` of a branch, by default as many as fit into 256 MB.
    """

    def __init__(self, model: Model, carry: Carry | None = None, t: int = 0, *, keep: int | None = None) -> None:
        self.model = model
        start = Moment(t, model.initial_carry(), model.origins())
        if carry is not None:
            start = replace(start, carry=carry, origin=_all(model, "carried" if t else "loaded"))
        self.branches = {TRUNK: Branch([start])}
        self.branch = TRUNK
        self.fed: object = None
        """What it is fed with, if anything; it is left with the session, and taken up again."""
        size = sum(part.nbytes + 150 for states in start.carry for part in states)
        fits = max(_LEAST_KEPT, min(MOST_KEPT, _MOST_BYTES // max(1, size)))
        self.keep = fits if keep is None else keep

    # where it stands

    @property
    def now(self) -> Moment:
        """The moment at which the session stands."""
        here = self.branches[self.branch]
        return here.moments[here.at]

    @property
    def trail(self) -> Sequence[Moment]:
        """The moments of this branch up to now, the oldest that is kept first."""
        here = self.branches[self.branch]
        return here.moments[: here.at + 1]

    @property
    def ahead(self) -> int:
        """How many moments can be done again."""
        here = self.branches[self.branch]
        return len(here.moments) - 1 - here.at

    @property
    def carry(self) -> Carry:
        """The carry that the next step begins with."""
        return self.now.carry

    @property
    def t(self) -> int:
        """The steps made since the last reset."""
        return self.now.t

    @property
    def last(self) -> Step | None:
        """The last step on the way here; None before the first, and where it is forgotten or was not made here."""
        at = self.last_at
        trail = self.branches[self.branch].moments
        return None if at is None else describe(self.model, trail[at - 1], trail[at])

    @property
    def last_at(self) -> int | None:
        """Which of the trail is the last step.

        None where there is none since the last reset of all layers, a state that was loaded, or steps made elsewhere:
        what came of a step before that has nothing to do with where the session stands.
        """
        here = self.branches[self.branch]
        for i in range(here.at, 0, -1):
            moment = here.moments[i]
            if moment.made:
                return i
            if moment.t == 0 or moment.t != here.moments[i - 1].t or moment.loaded:
                break
        return None

    @property
    def gave(self) -> Array | None:
        """The output (O) of the step that led here, in model units; None where that is not known."""
        here, at = self.branches[self.branch], self.last_at
        if at is not None:
            made = here.moments[at].made
            return None if made is None else made.output
        for i in range(here.at, -1, -1):
            moment = here.moments[i]
            if moment.gave is not None or i == 0 or moment.t != here.moments[i - 1].t or moment.begins:
                return moment.gave
        return None

    # steps

    def step(self, value: Value, target: Given | None = None, place: Place | None = None) -> Step:
        """Make one step with an input in the units of the data file; with a target its loss is known.

        `place` says where the input is from, of one that was fed.

        Errors: UsageError for an input that does not fit, and for one that drives a state or the output
        beyond all numbers; the session then stays where it was.
        """
        model, before = self.model, self.now
        given = check_input(model.facts.input, value)
        x = to_model(model.facts.input, given, model.scaling.input, model.dtype)
        carry, y = model.step(before.carry, x, before.held)
        outcome = Made(given, x, y, target, place)
        after = Moment(before.t + 1, carry, _all(model, "carried"), before.held, "step", outcome)
        made = describe(model, before, after)
        _check_finite(made)
        self._add(after)
        return made

    def inside(self) -> tuple[Mapping[str, Array], ...]:
        """For each layer the values that its equations name, in the last step; empty where that is not known."""
        at = self.last_at
        if at is None:
            return tuple({} for _ in self.model.layers)
        before, after = self.branches[self.branch].moments[at - 1 : at + 1]
        assert after.made is not None
        return self.model.inside(before.carry, after.made.input, before.held)

    # what one can do to the state

    def reset(self, layer: int | None = None) -> None:
        """Go back to the initial carry and to t = 0; or put the carry of one layer back, at this t."""
        now, initial, t = self.now, self.model.initial_carry(), 0
        origins: tuple[Origin, ...] = self.model.origins()
        if layer is not None:
            initial = _with(now.carry, layer, initial[layer])
            origins = _with(now.origin, layer, origins[layer])
            t = now.t
        place = "" if layer is None else f" {self.model.layers[layer].place}"
        self._add(Moment(t, _holding(initial, now.held), origins, now.held, f"reset{place}"))

    def edit(self, changes: Mapping[tuple[int, int], Array], did: str, origin: Origin = "edited") -> None:
        """Put other values in place of parts of the carry, by the numbers of their layer and of the part.

        Shapes: as the states declare. Errors: UsageError for a value that is not finite.
        """
        now = self.now
        carry, origins = list(map(list, now.carry)), list(now.origin)
        for (layer, part), value in changes.items():
            ready = self.model.layers[layer]
            state = ready.states[part]
            with np.errstate(all="ignore"):
                put = np.array(value, ready.type_of(state)).reshape(state.shape)
            if not np.isfinite(put).all():
                raise UsageError(f"{state.name} of layer {ready.place} takes finite numbers")
            carry[layer][part], origins[layer] = put, origin
        after = _holding(tuple(map(tuple, carry)), now.held)
        self._add(Moment(now.t, after, tuple(origins), now.held, did))

    def hold(self, layer: int, part: int, units: Mapping[int, float], did: str) -> None:
        """Hold units of a part at values, from now on and in every step: all that is computed from them sees it.

        A unit is counted row by row. Errors: UsageError for a value that is not finite.
        """
        now, ready = self.now, self.model.layers[layer]
        with np.errstate(all="ignore"):
            values = np.array(list(units.values())).astype(ready.type_of(ready.states[part]))
        if not np.isfinite(values).all():
            raise UsageError(f"a unit of {ready.states[part].name} of layer {ready.place} is held at a finite number")
        own = now.held.get(layer, {})
        held = {**now.held, layer: {**own, part: {**own.get(part, {}), **units}}}
        origins = _with(now.origin, layer, "edited")
        self._add(Moment(now.t, _holding(now.carry, held), origins, held, did))

    def release(self, did: str, layer: int | None = None, part: int | None = None, units: Sequence[int] = ()) -> None:
        """Let go of what is held: all, or of one layer, or of one part of it, or some units of that."""
        now = self.now
        held: dict[int, Held] = {}
        for number, parts in now.held.items():
            left = {}
            for other, values in parts.items():
                meant = layer in (None, number) and part in (None, other)
                kept = {u: v for u, v in values.items() if not meant or (units and u not in units)}
                if kept:
                    left[other] = kept
            if left:
                held[number] = left
        self._add(Moment(now.t, now.carry, now.origin, held, did))

    def load(self, carry: Carry, t: int, did: str, gave: Array | None = None) -> None:
        """Stand at a carry that was saved, at its t; `gave` is the output (O) of the step that had led there."""
        now = self.now
        self._add(Moment(t, _holding(carry, now.held), _all(self.model, "loaded"), now.held, did, gave=gave))

    def arrive(self, carry: Carry, t: int, did: str, gave: Array | None = None) -> None:
        """Stand where many steps have led that were made elsewhere, the last giving `gave`, with what is held here."""
        self._add(Moment(t, carry, _all(self.model, "carried"), self.now.held, did, gave=gave))

    # back and forth

    def back(self, count: int = 1) -> int:
        """Undo so many changes, or as many as are known; the number of those undone."""
        here = self.branches[self.branch]
        count = min(count, here.at)
        here.at -= count
        return count

    def redo(self, count: int = 1) -> int:
        """Do again what was undone; the number of changes done again."""
        count = min(count, self.ahead)
        self.branches[self.branch].at += count
        return count

    def goto(self, t: int) -> None:
        """Stand where step t since the last reset had been made, behind or ahead.

        Errors: UsageError where no moment that is kept has this t.
        """
        here = self.branches[self.branch]
        first = here.at
        while first > 0 and not here.moments[first].begins:
            first -= 1
        last = here.at
        while last + 1 < len(here.moments) and not here.moments[last + 1].begins:
            last += 1
        found = [i for i in range(first, last + 1) if here.moments[i].t == t]
        if not found:
            low, high = here.moments[first].t, here.moments[last].t
            raise UsageError(Diagnostic(f"there is no step {t} to go to", help=f"from here: {low} to {high}"))
        here.at = found[-1]

    # branches

    def fork(self, name: str) -> None:
        """Make a branch of this name from here, with all that was before, and stand on it.

        Errors: UsageError for a name that another has.
        """
        if name in self.branches:
            raise UsageError(f"there is a branch '{name}' already")
        here = self.branches[self.branch]
        self.branches[name] = Branch(here.moments[: here.at + 1], here.at)
        self.branch = name

    def switch(self, name: str) -> None:
        """Stand on another branch, where it was left. Errors: UsageError where there is none of this name."""
        if name not in self.branches:
            guess = nearest(name, self.branches)
            advice = f"did you mean '{guess}'?" if guess else f"branches: {', '.join(self.branches)}"
            raise UsageError(Diagnostic(f"there is no branch '{name}'", help=advice))
        self.branch = name

    def drop(self, name: str) -> None:
        """Forget a branch. Errors: UsageError for one that is not there, or that the session stands on."""
        if name == self.branch:
            raise UsageError(Diagnostic(f"the session stands on '{name}'", help="switch to another branch first"))
        here = self.branch
        self.switch(name)
        del self.branches[name]
        self.branch = here

    def _add(self, moment: Moment) -> None:
        here = self.branches[self.branch]
        del here.moments[here.at + 1 :]
        here.moments.append(moment)
        if len(here.moments) > self.keep + self.keep // 8 + 1:  # some at once, since each time all others move
            del here.moments[: -self.keep - 1]
        here.at = len(here.moments) - 1


def describe(model: Model, before: Moment, after: Moment) -> Step:
    """The step that led from one moment to the next."""
    made = after.made
    assert made is not None
    layers = tuple(
        LayerStep(layer.place, layer.layer.name, parts_of(layer, old, new), origin)
        for layer, old, new, origin in zip(model.layers, before.carry, after.carry, before.origin, strict=True)
        if layer.states
    )
    y, target = made.output, made.target
    shown, deviation = shown_output(model, y), shown_deviation(model, y)
    loss = None if target is None else loss_of(model, y, target)
    making = Making(model, before.carry, before.held, made.place.border if made.place else "")
    return Step(after.t, made.given, made.input, y, shown, layers, deviation, target, loss, making)


def _check_finite(step: Step) -> None:
    places = [(f"{part.name} of layer {at.place}", part.after) for at in step.layers for part in at.parts]
    for what, value in (*places, ("the output", step.output)):
        if not np.isfinite(value).all():
            message = f"step {step.t} makes {what} too large for a number"
            raise UsageError(Diagnostic(message, help="give an input nearer to the data, or reset"))


def _all(model: Model, origin: Origin) -> tuple[Origin, ...]:
    return (origin,) * len(model.layers)


def _with(values: tuple[_T, ...], place: int, value: _T) -> tuple[_T, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _holding(carry: Carry, held: Mapping[int, Held]) -> Carry:
    """A carry with all that is held at its value."""
    if not held:
        return carry
    changed = list(map(list, carry))
    for layer, parts in held.items():
        for part, units in parts.items():
            value = np.array(changed[layer][part])
            value.flat[list(units)] = list(units.values())
            changed[layer][part] = value
    return tuple(map(tuple, changed))
