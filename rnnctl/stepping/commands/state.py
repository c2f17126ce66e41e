"""Commands that put other values into the state, hold them, and keep them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.directory import Run
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.walk import reset, standing
from rnnctl.stepping.commands.words import name_in, no_more, number_in, plural, words_of
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.references import Units, find_state
from rnnctl.stepping.wording import number

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk

_UNITS = re.compile(r"\s*([A-Za-z_]\w*(?:\s*\[[^\]\[]*\])*)\s*(.*)", re.DOTALL)
Values = NDArray[np.float64]


def set_(desk: Desk, rest: str) -> Outcome:
    """Give units other values: one for all of them, or one for each."""
    usage = "set UNITS VALUE …"
    units, more = _units(desk, rest, usage)
    values = [number_in(word, usage) for word in words_of(more.replace(",", " "))]
    if len(values) not in (1, len(units.units)) or not values:
        message = f"set takes {_of(len(units.units))} for {plural(len(units.units), 'unit')}, not {len(values)}"
        raise UsageError(Diagnostic(message, help=usage))
    return _edit(desk, units, lambda _: np.array(values), f"set {rest.strip()}")


def _of(count: int) -> str:
    return "one value" if count == 1 else f"one value or {count}"


def zero(desk: Desk, rest: str) -> Outcome:
    """Put 0 in place of units, or of the whole state."""
    if not rest.strip():
        carry = desk.session.carry
        changes = {(i, j): np.zeros_like(p) for i, states in enumerate(carry) for j, p in enumerate(states)}
        if not changes:
            raise UsageError("this model has no state")
        desk.session.edit(changes, "zero")
        return standing(desk, "the whole state is 0")
    units, more = _units(desk, rest, "zero [UNITS]")
    no_more(more, "zero [UNITS]")
    return _edit(desk, units, np.zeros_like, f"zero {rest.strip()}")


def flip(desk: Desk, rest: str) -> Outcome:
    """Change the sign of units."""
    units, more = _units(desk, rest, "flip UNITS")
    no_more(more, "flip UNITS")
    return _edit(desk, units, lambda old: 0.0 - old, f"flip {rest.strip()}")


def perturb(desk: Desk, rest: str) -> Outcome:
    """Add normal noise to units, the same for the same seed."""
    usage = "perturb UNITS AMOUNT [seed N]"
    units, more = _units(desk, rest, usage)
    match = re.fullmatch(r"(\S+)(?:\s+seed\s+(\d{1,9}))?", more.strip())
    if not match:
        raise UsageError(Diagnostic("perturb takes units and an amount", help=usage))
    amount = number_in(match[1], usage)
    if amount <= 0:
        raise UsageError(Diagnostic("the standard deviation of noise is above 0", help=usage))
    drawn = np.random.default_rng(int(match[2] or 0)).standard_normal(len(units.units))
    if not _is_real(desk, units):
        raise UsageError(f"{units.name} counts in whole numbers, which noise is not")
    return _edit(desk, units, lambda old: old + amount * drawn, f"perturb {rest.strip()}")


def clamp(desk: Desk, rest: str) -> Outcome:
    """Hold units where they are, or at a value, in this and in all steps to come."""
    usage = "clamp UNITS [VALUE]"
    units, more = _units(desk, rest, usage)
    now = _now(desk, units)
    values = np.full_like(now, number_in(more.strip(), usage)) if more.strip() else now
    _check_whole(desk, units, values)
    assert units.part is not None
    held = dict(zip(units.units, values.tolist(), strict=True))
    desk.session.hold(units.layer, units.part, held, f"clamp {rest.strip()}")
    return standing(desk, f"{plural(len(held), 'unit')} held at {_words(values)}")


def unclamp(desk: Desk, rest: str) -> Outcome:
    """Let go of units that are held, or of all."""
    if not desk.session.now.held:
        raise UsageError(Diagnostic("nothing is held", help="clamp UNITS [VALUE] holds units"))
    if not rest.strip():
        desk.session.release("unclamp")
        return standing(desk, "nothing is held any more")
    units, more = _units(desk, rest, "unclamp [UNITS]")
    no_more(more, "unclamp [UNITS]")
    held = desk.session.now.held.get(units.layer, {}).get(units.part if units.part is not None else -1, {})
    if not set(units.units) & set(held):
        raise UsageError(Diagnostic(f"{rest.strip()} is not held", help="show tells what is"))
    desk.session.release(f"unclamp {rest.strip()}", units.layer, units.part, units.units)
    return standing(desk, f"{rest.strip()} is let go")


def save(desk: Desk, rest: str) -> Outcome:
    """Keep the state in the run by a name."""
    from rnnctl.stepping.states import save_state

    name, run = name_in(rest, "save NAME"), _run(desk)
    save_state(run, name, desk.session)
    return standing(desk, f"saved as {name}", saved=name)


def load(desk: Desk, rest: str) -> Outcome:
    """Stand at a state that was saved."""
    from rnnctl.stepping.states import load_state

    name, run = name_in(rest, "load NAME"), _run(desk)
    carry, t, gave = load_state(run, name, desk.session)
    desk.session.load(carry, t, f"load {name}", gave)
    return standing(desk, f"the state {name}", loaded=name)


def _run(desk: Desk) -> Run:
    if desk.run_of is None:
        raise UsageError("this model belongs to no run that could keep a state")
    return desk.run_of


def _units(desk: Desk, rest: str, usage: str) -> tuple[Units, str]:
    """The units of the carry that a command names, and what stands behind them. Errors: UsageError."""
    match = _UNITS.fullmatch(rest)
    if not match:
        what = f"'{visible(rest.strip())}' names no unit" if rest.strip() else "no unit is named"
        raise UsageError(Diagnostic(what, help=usage))
    return find_state(desk.session.model, match[1]), match[2]


def _now(desk: Desk, units: Units) -> Values:
    assert units.part is not None
    return units.of(desk.session.carry[units.layer][units.part]).astype(np.float64)


def _is_real(desk: Desk, units: Units) -> bool:
    assert units.part is not None
    return desk.session.carry[units.layer][units.part].dtype.kind == "f"


def _check_whole(desk: Desk, units: Units, values: Values) -> None:
    if not _is_real(desk, units) and (not np.isfinite(values).all() or (values != np.round(values)).any()):
        raise UsageError(f"{units.name} counts in whole numbers")


def _edit(desk: Desk, units: Units, change: Callable[[Values], Any], did: str) -> Outcome:
    """Put other values in the place of units, all at once, and tell which they were."""
    assert units.part is not None
    before = _now(desk, units)
    with np.errstate(over="ignore"):  # what is no number any more is refused
        values = np.broadcast_to(np.asarray(change(before), np.float64), before.shape)
    _check_whole(desk, units, values)
    whole = np.array(desk.session.carry[units.layer][units.part])
    with np.errstate(all="ignore"):
        whole.reshape(-1)[list(units.units)] = values
    desk.session.edit({(units.layer, units.part): whole}, did)
    after = _now(desk, units)
    record = {"before": before.tolist(), "after": after.tolist()}
    if len(before) == 1:
        return standing(desk, f"{number(float(before[0]))} became {number(float(after[0]))}", **record)
    return standing(desk, f"{plural(len(before), 'unit')} became {_words(after)}", **record)


def _words(values: Sequence[float] | Values) -> str:
    shown = [number(float(value)) for value in values]
    if len(set(shown)) == 1:
        return shown[0]
    return " ".join(shown[:6]) + (" …" if len(shown) > 6 else "")


COMMANDS = (
    Command("reset", "reset [LAYER]", "go back to the initial state, of all or of a layer", reset, "state"),
    Command(
        "set",
        "set UNITS VALUE …",
        "give units other values, one for all or one for each",
        set_,
        "state",
        (),
        ("states",),
    ),
    Command("zero", "zero [UNITS]", "put 0 in place of units, or of the whole state", zero, "state", (), ("states",)),
    Command("flip", "flip UNITS", "change the sign of units", flip, "state", (), ("states",)),
    Command(
        "perturb",
        "perturb UNITS AMOUNT [seed N]",
        "add normal noise of this standard deviation, the same for the same seed",
        perturb,
        "state",
        (),
        ("states",),
    ),
    Command(
        "clamp",
        "clamp UNITS [VALUE]",
        "hold units where they are, or at a value, in all steps to come",
        clamp,
        "state",
        ("c",),
        ("states",),
    ),
    Command(
        "unclamp", "unclamp [UNITS]", "let go of units that are held, or of all", unclamp, "state", (), ("states",)
    ),
    Command("save", "save NAME", "keep the state in the run", save, "state"),
    Command("load", "load NAME", "stand at a state that was saved", load, "state", ("l",), ("saved",)),
)
