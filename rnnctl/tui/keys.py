"""Every key of the map: what it does, and how the help and the docs tell it."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """Keys that do one thing: `keys` as Textual names them, `shown` as people do."""

    keys: str
    shown: str
    action: str
    does: str
    hint: str = ""
    """One word for the line at the bottom, of those that stand there."""


KEYS = (
    Key(
        "n,space",
        "n, space",
        "next(1)",
        "the next step of what is fed, or of test sequence 0",
        "next",
    ),
    Key("N", "N", "next(10)", "the next 10 steps"),
    Key("b", "b", "line('back')", "undo the last change: a step, an edit, a reset", "back"),
    Key("B", "B", "line('back 10')", "undo 10 changes"),
    Key("r", "r", "line('redo')", "do again what was undone"),
    Key("R", "R", "line('reset')", "go back to the initial state"),
    Key("f", "f", "fork", "fork a branch from here, and stand on it", "fork"),
    Key("w", "w", "switch", "stand on the next branch"),
    Key("v", "v", "beside", "see another branch beside this one, then the difference, then neither", "compare"),
    Key("F", "F", "line('free 10')", "10 steps on the model's own output"),
    Key("tab", "tab", "layer(1)", "the next layer", "layer"),
    Key("shift+tab", "shift+tab", "layer(-1)", "the layer before"),
    *(Key(str(i), str(i), f"subject({i - 1})", f"part {i} of the layer's carry") for i in range(1, 10)),
    Key("g", "g", "named(1)", "a gate, or another value that the equations name; again for the next", "gates"),
    Key("G", "G", "named(-1)", "the one before"),
    Key("up,k", "up, k", "unit(-1)", "follow the unit above"),
    Key("down,j", "down, j", "unit(1)", "follow the unit below"),
    Key("pageup", "page up", "page(-1)", "so many units up as are in view"),
    Key("pagedown", "page down", "page(1)", "so many units down as are in view"),
    Key("left,h", "left, h", "moment(-1)", "look at the moment before"),
    Key("right,l", "right, l", "moment(1)", "look at the moment behind"),
    Key("ctrl+left", "ctrl+left", "leap(-1)", "so many moments to the left as are in view"),
    Key("ctrl+right", "ctrl+right", "leap(1)", "so many moments to the right as are in view"),
    Key("home", "home", "first", "look at the first moment that is kept"),
    Key("end", "end", "newest", "look at the newest moment, and at what is new from then on"),
    Key("enter", "enter", "stand", "stand at the moment that is looked at"),
    Key("z", "z", "zoom", "cells of another size", "zoom"),
    Key("i", "i", "column", "the next input column, of several"),
    Key("colon", ":", "command", "type a command; other letters begin one, too", "command"),
    Key("escape", "escape", "stop", "stop the line that runs, as ctrl+c does"),
    Key("question_mark", "?", "help", "this help"),
    Key("q", "q", "quit", "end; the session is saved"),
)
"""The keys of the map. While a command is typed, only enter, escape, tab, up and down mean something of their own."""


def bindings() -> list[Binding]:
    """The keys as Textual takes them."""
    return [Binding(key.keys, f"app.{key.action}", key.does, show=False) for key in KEYS]


def told() -> list[tuple[str, str]]:
    """Keys and what they do, for the help; those that number the parts on one line."""
    rows = [(key.shown, key.does) for key in KEYS if not key.shown.isdigit()]
    place = next(i for i, (shown, _) in enumerate(rows) if shown == "g")
    return [*rows[:place], ("1 to 9", "a part of the layer's carry, such as h or c"), *rows[place:]]
