"""Commands that tell what there is: the state, gates, units, the way here; and that keep an eye on something."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from rnnctl.stepping.console import Console

_ROW = 8
_HISTORY = 10


def show(console: Console, rest: str) -> Outcome:
    """The state as it is now."""
    no_more(rest, "show")
    session = console.session
    layers = [
        LayerStep(layer.place, layer.layer.name, parts_of(layer, states, states), origin)
        for layer, states, origin in zip(session.model.layers, session.carry, session.now.origin, strict=True)
        if layer.states
    ]
    where = ", ".join(f"{at.place} {at.name} {at.origin}" for at in layers)
    lines = [f"t {session.t} on {session.branch}" + (f"; state: {where}" if where else "; this model has no state")]
    held = _held(console)
    if held:
        lines.append("held: " + ", ".join(f"{name} {number(value)}" for name, value in held.items()))
    state = {at.place: {part.name: part.after.tolist() for part in at.parts} for at in layers}
    record = {"t": session.t, "branch": session.branch, "state": state, "held": held}
    return Outcome(text=tuple(lines), record=record, state=tuple(layers))


def _held(console: Console) -> dict[str, float]:
    model = console.session.model
    return {
        name_unit(model, layer, part, unit): float(value)
        for layer, parts in console.session.now.held.items()
        for part, units in parts.items()
        for unit, value in units.items()
    }


def gates(console: Console, rest: str) -> Outcome:
    """Mean, smallest and largest value of every gate in the last step."""
    no_more(rest, "gates")
    _last(console)
    model, inside = console.session.model, console.session.inside()
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


def units(console: Console, rest: str) -> Outcome:
    """The units that the last step changed most."""
    found = changed_most(_last(console), count_of(rest, "units [N]", default=5))
    if not found:
        return Outcome(text=("the last step changed no unit",), record={"units": []})
    width = max(len(change.unit) for change in found)
    lines = [
        f"{c.unit:<{width}}  {number(c.before):>9} became {number(c.after):>9}  ({c.after - c.before:+.4g})"
        for c in found
    ]
    return Outcome(text=tuple(lines), record={"units": [change._asdict() for change in found]})


def print_(console: Console, rest: str) -> Outcome:
    """What something is worth here."""
    if not rest.strip():
        raise UsageError(Diagnostic("nothing is named", help="print REFERENCE, such as print h, norm(h) or output"))
    value = plain(value_of(console.session, rest))
    record = {"print": rest.strip(), "value": value}
    if isinstance(value, list):
        flat = np.asarray(value).reshape(-1).tolist()
        words = [f"{value_words(entry):>12}" for entry in flat]
        lines = [f"{i:>5}  " + "".join(words[i : i + _ROW - 2]) for i in range(0, len(words), _ROW - 2)]
        return Outcome(text=tuple(lines), record=record)
    return Outcome(text=(f"{rest.strip()} = {value_words(value)}",), record=record)


def history(console: Console, rest: str) -> Outcome:
    """What was done on the way here."""
    count = count_of(rest, "history [N]", default=_HISTORY)
    trail, session = console.session.trail, console.session
    shown = trail[-count:]
    first = len(trail) - len(shown)
    lines = [f"… {first} before"] if first else []
    lines += [f"t {moment.t:<5} {_did(console, moment)}" for moment in shown]
    if session.ahead:
        lines.append(f"{session.ahead} ahead, for redo")
    records = [{"t": m.t, "did": m.did, "input": dict(m.made.given) if m.made else None} for m in shown]
    return Outcome(text=tuple(lines), record={"history": records, "before": first, "ahead": session.ahead})


def _did(console: Console, moment: Moment) -> str:
    if moment.made is None:
        return moment.did
    model, made = console.session.model, moment.made
    step = Step(moment.t, made.given, made.input, made.output, shown_output(model, made.output), ())
    return f"step {given_words(made.given)}: {output_words(step, model.facts)}"


def watch(console: Console, rest: str) -> Outcome:
    """Tell what something is worth after every step."""
    name = rest.strip()
    if not name:
        return Outcome(text=tuple(console.watched) or ("nothing is watched",), record={"watched": console.watched[:]})
    console.rehearse(name)
    if name not in console.watched:
        console.watched.append(name)
    value = console.worth(name)
    return Outcome(text=(f"{name} = {value_words(value)}",), record={"watched": console.watched[:], "value": value})


def unwatch(console: Console, rest: str) -> Outcome:
    """Watch something no more, or nothing."""
    name = rest.strip()
    if name and name not in console.watched:
        known = f"watched: {', '.join(console.watched)}" if console.watched else "nothing is"
        raise UsageError(Diagnostic(f"'{name}' is not watched", help=known))
    console.watched = [other for other in console.watched if name and other != name]
    return Outcome(text=(", ".join(console.watched) or "nothing is watched",), record={"watched": console.watched[:]})


def break_(console: Console, rest: str) -> Outcome:
    """Stop where a condition comes to hold."""
    if not rest.strip():
        raise UsageError(Diagnostic("a condition is missing", help="break CONDITION"))
    condition = read_condition(rest)
    console.rehearse(condition)
    console.breaks.append(condition)
    number_ = len(console.breaks)
    return Outcome(text=(f"break {number_}: {condition.text}",), record={"break": number_, "when": condition.text})


def breaks(console: Console, rest: str) -> Outcome:
    """List the breaks."""
    no_more(rest, "breaks")
    lines = [f"{number_}: {condition.text}" for number_, condition in enumerate(console.breaks, 1)]
    record = {"breaks": [condition.text for condition in console.breaks]}
    return Outcome(text=tuple(lines) or ("there are no breaks",), record=record)


def unbreak(console: Console, rest: str) -> Outcome:
    """Take a break away."""
    if not rest.strip():
        raise UsageError(Diagnostic("unbreak takes the number of a break", help="breaks lists them"))
    number_ = count_of(rest, "unbreak N")
    if number_ > len(console.breaks):
        raise UsageError(Diagnostic(f"there is no break {number_}", help="breaks lists them"))
    gone = console.breaks[number_ - 1]
    console.breaks = [*console.breaks[: number_ - 1], *console.breaks[number_:]]
    return Outcome(text=(f"no break at {gone.text}",), record={"breaks": [c.text for c in console.breaks]})


def _last(console: Console) -> Step:
    step = console.session.last
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
