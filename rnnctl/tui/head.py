"""The lines above the map: run and branch, the step under the cursor, and what can be shown of the layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from rnnctl.report.step import number, output_text, symbol
from rnnctl.report.strip import Look, Paint
from rnnctl.stepping.inputs import Given, visible
from rnnctl.stepping.model import Model
from rnnctl.stepping.session import Branch, Session, describe
from rnnctl.stepping.step import SATURATED, Step
from rnnctl.tui.keys import KEYS
from rnnctl.tui.lane import value_text
from rnnctl.tui.subjects import reference
from rnnctl.tui.view import View
from rnnctl.tui.window import Reader

_COLUMNS = 4


def title_line(names: tuple[str, str], session: Session, view: View, width: int, paint: Paint) -> Text:
    """The names of run and session, the branch, where the session stands, and what is beside it."""
    dot = " - " if paint == "ascii" else " · "
    parts = [names[0], f"session {names[1]}", session.branch, f"t {session.t}"]
    if session.ahead:
        parts.append(f"{session.ahead} to redo")
    if len(session.branches) > 1:
        parts.append(f"{len(session.branches)} branches")
    if view.beside != "off":
        parts.append(f"{'beside' if view.beside == 'beside' else 'minus'} {view.other}")
    hint = "? help  q quit "
    if cell_len(dot.join(parts)) + len(hint) + 3 > width:
        parts[1] = names[1]
    text = Text(f" {dot.join(parts)}", style="bold", no_wrap=True, overflow="ellipsis")
    if text.cell_len + len(hint) + 2 <= width:
        text.append(" " * (width - text.cell_len - len(hint)))
        text.append(hint, style="not bold")
    return text


def hints_line(width: int) -> Text:
    """The keys that one needs most, as many as fit; how to type a command is always among them."""
    hints = [(key.shown.split(",")[0], key.hint) for key in KEYS if key.hint]
    while len(hints) > 1 and sum(len(key) + len(does) + 3 for key, does in hints) - 2 > width:
        del hints[-2]
    text = Text()
    for key, does in hints:
        text.append(key, style="bold not dim").append(f" {does}  ")
    text.rstrip()
    return text


def with_right(text: Text, right: str, width: int) -> Text:
    """A line with something at its right end, where both fit."""
    if right and text.cell_len + len(right) + 3 <= width:
        text.append(" " * (width - text.cell_len - len(right) - 1))
        text.append(right, style="bold")
    return text


def step_at(model: Model, branch: Branch, at: int) -> Step | None:
    """The step that led to a moment; None where it was none, or where what was before is forgotten."""
    if 0 < at < len(branch.moments) and branch.moments[at].made:
        return describe(model, branch.moments[at - 1], branch.moments[at])
    return None


def step_lines(model: Model, branch: Branch, at: int, paint: Paint) -> tuple[Text, Text]:
    """The step under the cursor in two lines: t and input; output, target and loss."""
    look = Look(200, "ascii" if paint == "ascii" else "none")
    moment, step = branch.moments[at], step_at(model, branch, at)
    first = Text(no_wrap=True, overflow="ellipsis").append(f" t {moment.t}", style="bold")
    second = Text(no_wrap=True, overflow="ellipsis")
    if step is None:
        first.append(f"  {_did(moment.did)}")
        return first, second
    first.append(f"  {_values(step.given, look)}")
    arrow = "->" if paint == "ascii" else "→"
    second.append(f" {arrow} ").append(output_text(step, model.facts, look), style="bold")
    if step.target is not None:
        second.append(f"   target {_values(step.target, look, names=len(step.target) > 1)}")
    if step.loss is not None:
        second.append(f"   loss {number(step.loss, 3)}")
    return first, second


def followed_text(model: Model, view: View, reader: Reader, branch: Branch, at: int) -> str:
    """The unit that is followed: its value under the cursor and what it was before."""
    subject = view.shown
    if subject is None:
        return ""
    now, before = (_one(reader, branch, i, view) for i in (at, at - 1))
    change = "" if isnan(now) or isnan(before) else f" ({value_text(now - before)})"
    return f"{reference(model, subject, view.unit)} {value_text(now)}{change}"


def watched_text(watched: Mapping[str, Any]) -> str:
    """What is watched, and what it is worth."""
    return "   ".join(f"{visible(name)} {_worth(value)}" for name, value in watched.items())


def subject_line(view: View, reader: Reader, branch: Branch, at: int, width: int, scale: str) -> Text:
    """The layer and what can be shown of it, with what is shown marked; at the right figures and the scale."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if not view.layers:
        return text.append(" no layer of this model has a state")
    for piece, style, _ in _pieces(view):
        text.append(piece, style=style)
    figures = [*_figures(reader, branch, at, view), scale]
    while len(figures) > 1 and text.cell_len + len("  ".join(figures)) + 2 > width:
        figures = figures[1:]
    told = "  ".join(figures)
    if text.cell_len + len(told) + 2 <= width:
        text.append(" " * (width - text.cell_len - len(told) - 1))
        text.append(told, style="dim")
    return text


def subject_at(view: View, x: int) -> int | None:
    """The number of the subject whose name stands at a column of that line."""
    end = 0
    for piece, _, number_ in _pieces(view) if view.layers else ():
        end += len(piece)
        if x < end:
            return number_
    return None


def _pieces(view: View) -> Iterator[tuple[str, str, int | None]]:
    """The pieces of that line with their styles, and the number of the subject that each names."""
    layer, shown = view.layers[view.layer], view.shown
    yield f" {layer.place} {layer.name} ", "bold", None
    if len(view.layers) > 1:
        yield f"{view.layer + 1}/{len(view.layers)} ", "dim", None
    for i, subject in enumerate(layer.subjects):
        if i == len(layer.parts):
            yield " g ", "dim", None
        key = f"{i + 1} " if i < min(9, len(layer.parts)) else ""
        yield f" {key}{subject.name} ", "reverse" if subject is shown else "", i


def _figures(reader: Reader, branch: Branch, at: int, view: View) -> list[str]:
    """Saturation, change and norm of what is shown; of a value that the equations name its mean."""
    subject = view.shown
    value = None if subject is None else reader.value(branch.moments, at, subject)
    if subject is None or value is None or value.size == 0:
        return []
    now = value.astype(np.float64)
    parts = [f"{subject.units} units"]
    if subject.part is None:
        return [*parts, f"mean {number(float(now.mean()), 3)}"]
    if np.abs(now).max() <= 1:
        parts.append(f"saturated {float((np.abs(now) >= SATURATED).mean()):.0%}")
    before = reader.value(branch.moments, at - 1, subject)
    if before is not None:
        parts.append(f"change {number(float(np.sqrt(np.square(now - before).sum())), 3)}")
    return [*parts, f"norm {number(float(np.sqrt(np.square(now).sum())), 3)}"]


def _one(reader: Reader, branch: Branch, at: int, view: View) -> float:
    subject = view.shown
    value = None if subject is None else reader.value(branch.moments, at, subject)
    return float("nan") if value is None else float(value[view.unit])


def _values(given: Given, look: Look, *, names: bool = True) -> str:
    shown = [
        (f"{visible(name)} " if names else "") + (number(v) if isinstance(v, float) else symbol(str(v), look))
        for name, v in list(given.items())[:_COLUMNS]
    ]
    more = f", … ({len(given)} columns)" if len(given) > _COLUMNS else ""
    return ", ".join(shown) + more


def _did(did: str) -> str:
    return "the start: press n for a step, or : for a command" if did == "start" else visible(did)


def _worth(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_worth(entry) for entry in value[:4]) + (" …" if len(value) > 4 else "")
    return number(value, 3) if isinstance(value, float) else "-" if value is None else str(value)
