"""A plan for people: the data and how it is walked through, then a table of layers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rnnctl.config.resolve import Resolved
from rnnctl.plan import Part, Plan, PlannedLayer
from rnnctl.report.strip import Look

_HEADINGS = ("layer", "in", "out", "parameters", "state", "FLOPs", "memory", "options")
_LEFT = ("layer",)
_LEAST = 10


def plan_lines(made: Plan, resolved: Resolved, look: Look) -> Iterator[str]:
    """The lines of a plan."""
    facts = list(_facts(made, resolved))
    lead = max(len(name) for name, _ in facts)
    for name, text in facts:
        first, *more = textwrap.wrap(text, max(40, look.width - lead - 2))
        yield f"{look.faint(f'{name:<{lead}}')}  {first}"
        yield from (f"{'':<{lead}}  {line}" for line in more)
    yield ""
    yield from _table([_row(i, layer) for i, layer in enumerate(made.layers)], _total(made), look)
    yield ""
    for note in _notes(made):
        yield from textwrap.wrap(note, max(40, look.width))


def _table(rows: list[tuple[str, ...]], total: tuple[str, ...], look: Look) -> Iterator[str]:
    """Aligned columns between rules; the last is wrapped."""
    widths = [max(len(row[i]) for row in (_HEADINGS, *rows, total)) for i in range(len(_HEADINGS) - 1)]
    room = max(_LEAST, look.width - sum(widths) - 2 * len(widths))

    def lines(row: tuple[str, ...]) -> list[str]:
        cells = (f"{c:<{w}}" if h in _LEFT else f"{c:>{w}}" for c, w, h in zip(row, widths, _HEADINGS, strict=False))
        lead = "".join(f"{cell}  " for cell in cells)
        first, *more = textwrap.wrap(row[-1], room) or [""]
        return [(lead + first).rstrip(), *(" " * len(lead) + line for line in more)]

    body = [line for row in rows for line in lines(row)]
    [heading], [last] = lines(_HEADINGS), lines(total)
    rule = look.faint(("-" if look.paint == "ascii" else "─") * max(map(len, (heading, *body, last))))
    yield from (look.strong(heading), rule, *body, rule, look.strong(last))


def _total(made: Plan) -> tuple[str, ...]:
    state, flops = (sum(getattr(layer, key) for layer in made.layers) for key in ("state", "flops_per_step"))
    return ("in all", "", "", f"{made.parameters:,}", f"{state:,}", f"{flops:,}", size(made.window_bytes), "")


def _facts(made: Plan, resolved: Resolved) -> Iterator[tuple[str, str]]:
    yield "name", made.name
    many = f"{made.sequences:,} sequences, " if made.sequences > 1 else "one series, "
    yield "data", f"{made.source}: {many}{made.steps:,} steps"
    yield "input", made.input
    yield "target", made.target
    for name, part in made.splits.items():
        yield name, _part(part, made)
    training = resolved.training
    yield "window", _window(made)
    yield "state", _reset(made, resolved)
    counted = (
        f"{made.windows[0]:,}" if made.windows[0] == made.windows[1] else f"{made.windows[0]:,} to {made.windows[1]:,}"
    )
    about = "about " if made.estimated else ""
    name, _ = training.optimizer.chosen
    yield "training", f"{made.epochs:,} epochs of {about}{counted} windows: {about}{made.updates:,} updates by {name}"


def _part(part: Part, made: Plan) -> str:
    if part.sequences == 0:
        return "none"
    if made.sequences > 1:
        many = f"{part.sequences:,} sequence{'s' * (part.sequences != 1)}, {part.steps:,} steps"
        return many if part.scored == part.steps else f"{many}, of which {part.scored:,} scored"
    before = part.steps - part.scored
    return f"{part.scored:,} scored steps" + (f", primed with the {before:,} before them" if before else "")


def _window(made: Plan) -> str:
    rows = f"{made.rows:,} row{'s' * (made.rows != 1)}"
    if made.whole:
        return f"the whole sequence, up to {made.window:,} steps of {rows}: gradients reach back to its start"
    return f"{made.window:,} steps of {rows}: one update each; gradients reach no further back"


def _reset(made: Plan, resolved: Resolved) -> str:
    with_state = [layer for layer in resolved.layers if layer.layer.states]
    if not with_state:
        return "no layer has one"
    learned = [layer for layer in with_state if layer.initial_state == "learned"]
    initial = "learned initial state" if learned else "initial state"
    if learned and len(learned) < len(with_state):
        initial = f"initial state (learned for {', '.join(layer.layer.name for layer in learned)})"
    carried = "" if made.whole or made.reset == "window" else "; carried from window to window"
    return f"reset to the {initial} at the start of every {made.reset}{carried}"


def _row(position: int, layer: PlannedLayer) -> tuple[str, ...]:
    learned = f" + {layer.learned_initial:,}" if layer.learned_initial else ""
    return (
        f"{position} {layer.name}",
        layer.input,
        layer.output,
        f"{layer.parameters:,}{learned}",
        f"{layer.state:,}" if layer.state else "",
        f"{layer.flops_per_step:,}",
        size(layer.window_bytes),
        ", ".join(f"{name} {value}" for name, value in layer.options.items()),
    )


def _notes(made: Plan) -> Iterator[str]:
    yield "FLOPs of one step of one row, forward; memory of the values of one window"
    if any(layer.learned_initial for layer in made.layers):
        yield "a + in parameters: the learned initial state, part of the total"
    if once := sum(layer.flops_per_window for layer in made.layers):
        yield f"once a window, of parameters alone: {once:,} FLOPs"
    yield (
        f"memory: {size(made.bytes)} = window {size(made.window_bytes)} + weights {size(made.weights_bytes)}"
        f" + gradients {size(made.gradients_bytes)} + optimizer {size(made.optimizer_bytes)}"
    )


def size(count: int) -> str:
    """A count of bytes in units of 1024."""
    value, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.3g} {unit}"
