"""Commands that tell what there is: the state, gates, units, the way here; and that keep an eye on something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.words import count_of, no_more
from rnnctl.stepping.conditions import read_condition
from rnnctl.stepping.figures import changed_most
from rnnctl.stepping.references import name_unit, value_of
from rnnctl.stepping.session import Moment
from rnnctl.stepping.step import LayerStep, Step, parts_of, shown_output
from rnnctl.stepping.wording import given_words, number, output_words, plain, value_words

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk

_ROW = 6
_HISTORY = 10


def show(desk: Desk, rest: str) -> Outcome:
    """The state as it is now."""
    no_more(rest, "show")
    session = desk.session
    layers = [
        LayerStep(layer.place, layer.layer.name, parts_of(layer, states, states), origin)
        for layer, states, origin in zip(session.model.layers, session.carry, session.now.origin, strict=True)
        if layer.states
    ]
    where = ", ".join(f"{at.place} {at.name} {at.origin}" for at in layers)
    lines = [f"t {session.t} on {session.branch}" + (f"; state: {where}" if where else "; this model has no state")]
    held = _held(desk)
    if held:
        lines.append("held: " + ", ".join(f"{name} {number(value)}" for name, value in held.items()))
    state = {at.place: {part.name: part.after.tolist() for part in at.parts} for at in layers}
    record = {"t": session.t, "branch": session.branch, "state": state, "held": held}
    return Outcome(text=tuple(lines), record=record, state=tuple(layers))


def _held(desk: Desk) -> dict[str, float]:
    model = desk.session.model
    return {
        name_unit(model, layer, part, unit): float(value)
        for layer, parts in desk.session.now.held.items()
        for part, units in parts.items()
        for unit, value in units.items()
    }


def gates(desk: Desk, rest: str) -> Outcome:
    """Mean, smallest and largest value of every gate in the last step."""
    no_more(rest, "gates")
    _last(desk)
    model, inside = desk.session.model, desk.session.inside()
    found = [
        (layer.place, name, values[name])
        for layer, values in zip(model.layers, inside, strict=True)
        for name in layer.gates
        if layer.states
    ]
    if not found:
        return Outcome(text=("this model has no gates",), record={"gates": {}})
    width = max(len(f"{name}[{place}]") for place, name, _ in found)
    lines, record = [f"{'':<{width}}   mean    min    max"], {}
    for place, name, values in found:
        figures = {"mean": float(np.mean(values)), "min": float(np.min(values)), "max": float(np.max(values))}
        title = f"{name}[{place}]"
        lines.append(f"{title:<{width}}" + "".join(f"  {value:5.3f}" for value in figures.values()))
        record[title] = figures
    return Outcome(text=tuple(lines), record={"gates": record})


def units(desk: Desk, rest: str) -> Outcome:
    """The units that the last step changed most."""
    found = changed_most(_last(desk), count_of(rest, "units [N]", default=5))
    if not found:
        return Outcome(text=("the last step changed no unit",), record={"units": []})
    width = max(len(change.unit) for change in found)
    lines = [
        f"{c.unit:<{width}}  {number(c.before):>9} became {number(c.after):>9}  ({c.after - c.before:+.4g})"
        for c in found
    ]
    return Outcome(text=tuple(lines), record={"units": [change._asdict() for change in found]})


def print_(desk: Desk, rest: str) -> Outcome:
    """What something is worth here."""
    if not rest.strip():
        raise UsageError(Diagnostic("nothing is named", help="print REFERENCE, such as print h, norm(h) or output"))
    value = plain(value_of(desk.session, rest))
    record = {"print": rest.strip(), "value": value}
    if isinstance(value, list):
        return Outcome(text=tuple(number_lines(value)), record=record)
    return Outcome(text=(f"{rest.strip()} = {value_words(value)}",), record=record)


def number_lines(values: list[Any], width: int = 80) -> list[str]:
    """Many numbers in lines of at most `width` columns, each line with the place of its first one."""
    words = [f"{value_words(entry):>12}" for entry in np.asarray(values).reshape(-1).tolist()]
    row = max(1, min(_ROW, (width - 7) // 12))
    return [f"{i:>5}  " + "".join(words[i : i + row]) for i in range(0, len(words), row)]


def history(desk: Desk, rest: str) -> Outcome:
    """What was done on the way here."""
    count = count_of(rest, "history [N]", default=_HISTORY)
    trail, session = desk.session.trail, desk.session
    shown = trail[-count:]
    first = len(trail) - len(shown)
    lines = [f"… {first} before"] if first else []
    lines += [f"t {moment.t:<5} {_did(desk, moment)}" for moment in shown]
    if session.ahead:
        lines.append(f"{session.ahead} ahead, for redo")
    records = [{"t": m.t, "did": m.did, "input": dict(m.made.given) if m.made else None} for m in shown]
    return Outcome(text=tuple(lines), record={"history": records, "before": first, "ahead": session.ahead})


def _did(desk: Desk, moment: Moment) -> str:
    if moment.made is None:
        return moment.did
    model, made = desk.session.model, moment.made
    step = Step(moment.t, made.given, made.input, made.output, shown_output(model, made.output), ())
    return f"step {given_words(made.given)}: {output_words(step, model.facts)}"


def watch(desk: Desk, rest: str) -> Outcome:
    """Tell what something is worth after every step."""
    name = rest.strip()
    if not name:
        return Outcome(text=tuple(desk.watched) or ("nothing is watched",), record={"watched": desk.watched[:]})
    desk.rehearse(name)
    if name not in desk.watched:
        desk.watched.append(name)
    value = desk.worth(name)
    return Outcome(text=(f"{name} = {value_words(value)}",), record={"watched": desk.watched[:], "value": value})


def unwatch(desk: Desk, rest: str) -> Outcome:
    """Watch something no more, or nothing."""
    name = rest.strip()
    if name and name not in desk.watched:
        known = f"watched: {', '.join(desk.watched)}" if desk.watched else "nothing is"
        raise UsageError(Diagnostic(f"'{name}' is not watched", help=known))
    desk.watched = [other for other in desk.watched if name and other != name]
    return Outcome(text=(", ".join(desk.watched) or "nothing is watched",), record={"watched": desk.watched[:]})


def break_(desk: Desk, rest: str) -> Outcome:
    """Stop where a condition comes to hold."""
    if not rest.strip():
        raise UsageError(Diagnostic("a condition is missing", help="break CONDITION"))
    condition = read_condition(rest)
    desk.rehearse(condition)
    number_ = max(desk.breaks, default=0) + 1
    desk.breaks[number_] = condition
    return Outcome(text=(f"break {number_}: {condition.text}",), record={"break": number_, "when": condition.text})


def breaks(desk: Desk, rest: str) -> Outcome:
    """List the breaks."""
    no_more(rest, "breaks")
    lines = [f"{number_}: {condition.text}" for number_, condition in desk.breaks.items()]
    return Outcome(text=tuple(lines) or ("there are no breaks",), record=_breaks(desk))


def _breaks(desk: Desk) -> dict[str, Any]:
    return {"breaks": [{"break": number_, "when": condition.text} for number_, condition in desk.breaks.items()]}


def unbreak(desk: Desk, rest: str) -> Outcome:
    """Take a break away."""
    if not rest.strip():
        raise UsageError(Diagnostic("unbreak takes the number of a break", help="breaks lists them"))
    number_ = count_of(rest, "unbreak N")
    if number_ not in desk.breaks:
        raise UsageError(Diagnostic(f"there is no break {number_}", help="breaks lists them"))
    gone = desk.breaks.pop(number_)
    return Outcome(text=(f"no break {number_} any more: {gone.text}",), record=_breaks(desk))


def _last(desk: Desk) -> Step:
    step = desk.session.last
    if step is None:
        raise UsageError("no step has been made here")
    return step


COMMANDS = (
    Command("show", "show", "the state, where it came from and what of it is held", show, "look"),
    Command(
        "print",
        "print REFERENCE",
        "what a unit, a gate, the output or a norm is worth",
        print_,
        "look",
        ("p",),
        ("units",),
    ),
    Command("gates", "gates", "mean, smallest and largest value of every gate in the last step", gates, "look"),
    Command("units", "units [N]", "the units that the last step changed most", units, "look"),
    Command("history", "history [N]", "what was done on the way here", history, "look", ("h",)),
    Command(
        "watch", "watch [REFERENCE]", "tell what something is worth after every step", watch, "look", ("w",), ("units",)
    ),
    Command("unwatch", "unwatch [REFERENCE]", "watch something no more, or nothing", unwatch, "look", (), ("units",)),
    Command("break", "break CONDITION", "stop where a condition comes to hold", break_, "look", (), ("units",)),
    Command("breaks", "breaks", "list the breaks", breaks, "look"),
    Command("unbreak", "unbreak N", "take a break away", unbreak, "look"),
)
