"""Commands that make steps and undo them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.words import count_of, layer_of, no_more, plural, words_of
from rnnctl.stepping.feed import Row
from rnnctl.stepping.inputs import Given, parse_input, parse_text
from rnnctl.stepping.model import Model

if TYPE_CHECKING:
    from rnnctl.stepping.console import Console


def step(console: Console, rest: str) -> Outcome:
    """Make a step with each value."""
    return console.walk([Row(given) for given in inputs_of(console.session.model, rest, "step VALUE …")])


def inputs_of(model: Model, rest: str, usage: str) -> list[Given]:
    """The inputs that are written one after the other. Errors: UsageError."""
    signal = model.facts.input
    if signal.kind != "symbol":
        rest = re.sub(r"\s*([,=])\s*", r"\1", rest)
    values = words_of(rest)
    if not values:
        raise UsageError(Diagnostic("no input is given", help=usage))
    return [parse_input(signal, value) for value in values]


def text(console: Console, rest: str) -> Outcome:
    """Make a step with each symbol of a text."""
    model = console.session.model
    if len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "'\"":
        rest = rest[1:-1]
    return console.walk([Row(given) for given in parse_text(model.facts.input, rest, model.level)])


def back(console: Console, rest: str) -> Outcome:
    """Undo changes."""
    undone = console.session.back(count_of(rest, "back [N]"))
    return standing(console, f"{plural(undone, 'change')} undone", undone=undone)


def redo(console: Console, rest: str) -> Outcome:
    """Do again what was undone."""
    done = console.session.redo(count_of(rest, "redo [N]"))
    return standing(console, f"{plural(done, 'change')} done again", redone=done)


def goto(console: Console, rest: str) -> Outcome:
    """Stand where step t had been made."""
    if not rest.strip():
        raise UsageError(Diagnostic("goto takes a t", help="goto T"))
    console.session.goto(count_of(rest, "goto T", least=0))
    return standing(console, "")


def reset(console: Console, rest: str) -> Outcome:
    """Go back to the initial state, of all layers or of one."""
    layer = layer_of(console.session.model, rest.strip()) if rest.strip() else None
    console.session.reset(layer)
    return standing(console, "the initial state" if layer is None else f"the initial state of layer {rest.strip()}")


def standing(console: Console, what: str, **record: object) -> Outcome:
    """What was done, and where the session stands now."""
    session = console.session
    told = (f"{what}: " if what else "") + f"t {session.t}"
    return Outcome(text=(told,), record={"t": session.t, **record})


def quit_(_console: Console, rest: str) -> Outcome:
    """End."""
    no_more(rest, "quit")
    return Outcome(ends=True)


COMMANDS = (
    Command("step", "step VALUE …", "make a step with each value; a number alone is a step, too", step, "walk"),
    Command("text", "text TEXT", "make a step with each symbol of a text", text, "walk", raw=True),
    Command("back", "back [N]", "undo so many changes: steps, edits, resets", back, "walk"),
    Command("redo", "redo [N]", "do again what was undone", redo, "walk"),
    Command("goto", "goto T", "stand where step T had been made", goto, "walk"),
    Command("reset", "reset [LAYER]", "go back to the initial state, of all or of a layer", reset, "walk"),
    Command("quit", "quit", "end", quit_, "scripts", recorded=False),
)
