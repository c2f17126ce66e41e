"""A chain bound to its sizes: each member's input is the output of the one before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from rnnctl.config.layers import Initializers, InitialState, Per, WrittenLayer, extras_of, learnable
from rnnctl.config.members import Merge, Written, WrittenBidirectional, WrittenLast, WrittenResidual
from rnnctl.equations.bind import bind, with_initializers, with_period
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.options import OptionError
from rnnctl.equations.syntax import EquationError
from rnnctl.errors import Problem, SettingPath

MOST_PARAMETERS = 10**12


@dataclass(frozen=True, slots=True)
class ChainLayer:
    """One layer of a resolved chain.

    `place` tells where it stands: "0", or "2.forward.1" within other members. `per` is for what its random draws
    are made once; None where it has none, or some for other things than others.
    """

    layer: Layer
    initial_state: InitialState
    init: Initializers
    setting: SettingPath
    place: str
    per: Per | None = None

    @property
    def output(self) -> Signal:
        """What it hands on."""
        return self.layer.output

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained, a learned initial state among them."""
        learned = self.layer.states if self.initial_state == "learned" else ()
        return self.layer.parameter_count + sum(math.prod(s.shape) for s in learned if s.learn)


@dataclass(frozen=True, slots=True)
class Residual:
    """Members whose output is added to their input: y = x + f(x)."""

    members: tuple[Member, ...]
    output: Signal
    setting: SettingPath
    place: str


@dataclass(frozen=True, slots=True)
class Bidirectional:
    """The same members twice, with parameters of their own: from the first step to the last, and back.

    `ends` says that `last` stands right behind: at each step the answer then has the backward direction's value
    at the first step, which is where that direction ends.
    """

    forward: tuple[Member, ...]
    backward: tuple[Member, ...]
    merge: Merge
    ends: bool
    input: Signal
    output: Signal
    setting: SettingPath
    place: str


@dataclass(frozen=True, slots=True)
class Last:
    """The answer at the end of a sequence alone: hands on what it gets."""

    output: Signal
    setting: SettingPath
    place: str


Member: TypeAlias = "ChainLayer | Residual | Bidirectional | Last"


def held(member: Member) -> tuple[Member, ...]:
    """The members inside a member, in the order in which they run."""
    if isinstance(member, Residual):
        return member.members
    return (*member.forward, *member.backward) if isinstance(member, Bidirectional) else ()


def walk(members: Sequence[Member]) -> Iterator[Member]:
    """Every member, each before what it holds."""
    for member in members:
        yield member
        yield from walk(held(member))


def layers_of(members: Sequence[Member]) -> tuple[ChainLayer, ...]:
    """The layers of a chain and of all its members, in the order in which they run."""
    return tuple(member for member in walk(members) if isinstance(member, ChainLayer))


def named(member: Member) -> str:
    """A member in words: `lstm`, `residual(gru → dropout)`, `bidirectional(lstm)`."""
    if isinstance(member, ChainLayer):
        return member.layer.name
    if isinstance(member, Last):
        return "last"
    inside = member.forward if isinstance(member, Bidirectional) else member.members
    name = "bidirectional" if isinstance(member, Bidirectional) else "residual"
    return f"{name}({' → '.join(map(named, inside))})"


def named_chain(members: Sequence[Member]) -> str:
    """A chain in words, one after the other; of a long one the first and the last."""
    words = [named(member) for member in members]
    if len(words) > 12:
        words[4:-2] = [f"… {len(words) - 6:,} more …"]
    return " → ".join(words)


class _MisfitError(Exception):
    """A member that does not fit where it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def bind_chain(members: Sequence[Written], start: Signal, *, learned: bool) -> tuple[list[Member], list[Problem]]:
    """The members with their sizes, each one's input the output of the one before; or the first that does not fit."""
    bound: list[Member] = []
    try:
        for member in _Binder(learned).bound(members, start, [str(i) for i in range(len(members))]):
            bound.append(member)
    except _MisfitError as error:
        return bound, [error.problem]
    return bound, []


class _Binder:
    """Binds members; layers that are written alike, and get the same, are worked out once and share their graph."""

    def __init__(self, learned: bool) -> None:
        self.learned = learned
        self.made: dict[tuple[object, ...], Layer] = {}

    def bound(self, members: Sequence[Written], signal: Signal, places: Sequence[str]) -> Iterator[Member]:
        """The members one after the other, each at its place."""
        last = False
        for position, (written, place) in enumerate(zip(members, places, strict=True)):
            member: Member
            if isinstance(written, WrittenLayer):
                member = self.layer(written, signal, place)
            elif isinstance(written, WrittenResidual):
                member = self.residual(written, signal, place)
            elif isinstance(written, WrittenBidirectional):
                ends = position + 1 < len(members) and isinstance(members[position + 1], WrittenLast)
                member = self.bidirectional(written, signal, place, ends=ends)
            else:
                last, member = True, Last(signal, written.setting, place)
            if last and any(layer.layer.states for layer in layers_of([member])):
                message = f"{named(member)} has a state, and behind last there is one step"
                end = next(m.setting for m in members if isinstance(m, WrittenLast))
                also, help_text = ((end, "one step is left behind this"),), "put it before `last`"
                raise _MisfitError(
                    Problem(written.setting, message, help_text, on="key", id="state-behind-last", also=also)
                )
            yield member
            signal = member.output

    def residual(self, written: WrittenResidual, signal: Signal, place: str) -> Residual:
        members = tuple(self.bound(written.members, signal, _places(place, written.members)))
        output = members[-1].output
        if output != signal:
            message = f"residual adds {_amount(signal)}, its input, to {_amount(output)}, the output of its layers"
            help_text = "the two must be as wide" if signal.symbols is None else "put an embedding or one_hot before it"
            raise _MisfitError(Problem(written.setting, message, help_text, on="key", id="residual-widths"))
        return Residual(members, output, written.setting, place)

    def bidirectional(self, written: WrittenBidirectional, signal: Signal, place: str, *, ends: bool) -> Bidirectional:
        one = len(written.members) == 1
        forward, backward = (
            tuple(self.bound(written.members, signal, [side] if one else _places(side, written.members)))
            for side in (f"{place}.forward", f"{place}.backward")
        )
        output = forward[-1].output
        if len(output.shape) != 1:
            what = f"a value of shape {list(output.shape)}" if output.symbols is None else f"one of {output}"
            message = f"bidirectional joins two vectors, and {named(forward[-1])} gives {what}"
            raise _MisfitError(Problem(written.setting, message, on="key", id="layer-misfit"))
        if written.merge == "concat":
            output = Signal((2 * output.shape[0],))
        return Bidirectional(forward, backward, written.merge, ends, signal, output, written.setting, place)

    def layer(self, written: WrittenLayer, signal: Signal, place: str) -> ChainLayer:
        found = written.definition
        problem = _misfit(written, signal)
        if problem is not None:
            raise _MisfitError(problem)
        options = tuple(sorted((name, type(value), value) for name, value in written.options.items()))
        key = (id(found), signal, options, repr(written.init), written.per)
        if key not in self.made:
            self.made[key] = _made(written, signal)
        layer = self.made[key]
        state = written.initial_state or ("learned" if self.learned and learnable(found) else "zeros")
        periods = {draw.per for draw in layer.draws} if "per" in extras_of(found) else set()
        per = periods.pop() if len(periods) == 1 else None
        return ChainLayer(layer, state, written.init, written.setting, place, per)


def _places(place: str, members: Sequence[Written]) -> list[str]:
    return [f"{place}.{i}" for i in range(len(members))]


def _made(written: WrittenLayer, signal: Signal) -> Layer:
    """The layer that is written, behind a signal. Errors: _MisfitError."""
    found = written.definition
    [name] = found.inputs
    try:
        layer = bind(found, {name: signal}, written.options)
    except OptionError as error:
        setting = (*written.setting, error.option) if error.option in written.options else written.setting
        on: Literal["key", "value"] = "value" if error.option in written.options else "key"
        problem = Problem(cast(SettingPath, setting), error.message, error.help, on=on)
        raise _MisfitError(problem if error.option else problem._replace(id="layer-misfit")) from None
    except EquationError as error:
        message = f"{found.name} cannot be made here: {error.message}"
        raise _MisfitError(Problem(written.setting, message, error.help, on="key", id="layer-misfit")) from None
    layer = with_initializers(layer, written.init)
    if written.per is not None:
        layer = with_period(layer, written.per)
    if layer.parameter_count > MOST_PARAMETERS:
        message = f"{found.name} would have {layer.parameter_count:.2g} parameters"
        help_text = "no machine holds so many; write a smaller size"
        raise _MisfitError(Problem(written.setting, message, help_text, on="key"))
    return layer


def _misfit(written: WrittenLayer, signal: Signal) -> Problem | None:
    """Why a layer cannot stand behind a signal, where its own sizes do not tell."""
    found = written.definition
    if len(found.inputs) != 1:
        names_ = ", ".join(found.inputs)
        message = f"{found.name} has several inputs ({names_}); a chain feeds one"
        return Problem(written.setting, message, on="key", id="layer-misfit")
    width = signal.symbols if signal.symbols is not None else signal.shape[0] if len(signal.shape) == 1 else None
    if width is None:
        message = f"{found.name} gets a value of shape {list(signal.shape)}, not a vector"
        return Problem(written.setting, message, on="key", id="layer-misfit")
    if written.input is not None and written.input != width:
        message = f"input is {written.input}, but what comes in here is {signal}"
        help_text = f"write input: {width}, or leave it out: it follows from what comes in"
        return Problem((*written.setting, "input"), message, help_text, id="input-width")
    return None


def _amount(signal: Signal) -> str:
    return str(signal) if signal.symbols is not None else f"{signal} number{'s' * (signal.shape != (1,))}"
