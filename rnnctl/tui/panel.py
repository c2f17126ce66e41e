"""The column at the right of a wide terminal: the step under the cursor in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rnnctl.report.step import number, symbol
from rnnctl.report.strip import Look, Paint
from rnnctl.stepping.figures import changed_most, gates, window_of
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.model import Model
from rnnctl.stepping.step import Step
from rnnctl.tui.lane import value_text

_TOP, _CHANGED, _BAR = 7, 8, 10


def panel_text(model: Model, step: Step | None, width: int, height: int, paint: Paint) -> Text:
    """Output, state, gates and what changed, as far as there is room; empty where the moment was no step."""
    if step is None:
        return Text("\n no step was made here", style="dim")
    sections = [
        ("seen as", _seen(model, step)),
        ("output", _output(model, step, width, paint)),
        ("changed most", _changed(step)),
        ("gates, mean", _gates(step, width, paint)),
        ("state", _state(step)),
        ("training", _training(step)),
    ]
    text, left = Text(no_wrap=True, overflow="ellipsis"), height
    for heading, lines in sections:
        if lines and left >= 3:
            shown = lines[: left - 1]
            text.append(f" {heading}\n", style="bold")
            for line in shown:
                text.append(f"   {line}"[: width - 1] + "\n")
            text.append("\n")
            left -= len(shown) + 2
    text.rstrip()
    return text


def _seen(model: Model, step: Step) -> list[str]:
    """The input as the model sees it, where it is scaled."""
    signal = model.facts.input
    if signal.kind == "symbol" or model.scaling.input is None:
        return []
    values = step.input.reshape(-1).tolist()[:_TOP]
    return [f"{visible(name)}  {number(value)}" for name, value in zip(signal.names, values, strict=False)]


def _output(model: Model, step: Step, width: int, paint: Paint) -> list[str]:
    target = model.facts.target
    if target.kind == "number":
        return [
            f"{visible(name)}  {number(value)}"
            + (f" ± {number(step.deviation[name])}" if name in step.deviation else "")
            for name, value in list(step.shown.items())[:_TOP]
        ]
    look = Look(80, "ascii" if paint == "ascii" else "none")
    right = None if step.target is None or target.kind != "class" else str(step.target[target.names[0]])
    shown = step.top(_TOP) if target.kind == "class" else list(step.shown.items())[:_TOP]
    names = [symbol(name, look) for name, _ in shown]
    bars = _bars([share for _, share in shown], names, width, paint)
    return [bar + (" <" if name == right else "") for bar, (name, _) in zip(bars, shown, strict=True)]


def _changed(step: Step) -> list[str]:
    found = changed_most(step, _CHANGED)
    longest = max((len(change.unit) for change in found), default=0)
    return [f"{c.unit:<{longest}}  {value_text(c.after):>7}  ({value_text(c.after - c.before)})" for c in found]


def _gates(step: Step, width: int, paint: Paint) -> list[str]:
    found = gates(step)
    names = [f"{name}[{place}]" if len(found) > 1 else name for place, means in found.items() for name in means]
    return _bars([mean for means in found.values() for mean in means.values()], names, width, paint)


def _state(step: Step) -> list[str]:
    lines = []
    for at in step.layers:
        for part in at.parts:
            full = "" if part.saturated is None else f"  saturated {part.saturated:.0%}"
            lines.append(f"{at.place} {part.name}  norm {number(part.norm, 3)}{full}")
    origins = list(dict.fromkeys(at.origin for at in step.layers))
    return [*lines, f"from: {', '.join(origins)}"] if lines else []


def _training(step: Step) -> list[str]:
    window = window_of(step)
    if window is None or window.update is None:
        return []
    told = [f"step {window.step} of {window.update} of a window"]
    if window.cut:
        told.append("no gradient goes back from here")
    if window.reset:
        told.append(f"state put back: {window.reset}")
    return told


def _bars(shares: Sequence[float], names: Sequence[str], width: int, paint: Paint) -> list[str]:
    """Shares of 1 as bars, with their names."""
    longest = min(12, max(map(len, names), default=0))
    full, part = ("#", ".") if paint == "ascii" else ("█", "·")
    size = max(4, min(_BAR, width - longest - 14))
    return [
        f"{name[:longest]:<{longest}} {share:>6.1%} {full * round(share * size):{part}<{size}}"
        for name, share in zip(names, shares, strict=True)
    ]
