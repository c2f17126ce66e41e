"""Steps for people: t, input and output, a strip for every part of every carry, then what is to be told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnnctl.data.records import Facts
from rnnctl.report.strip import Look, Strip, drawn, lay_out, legend, limit_of
from rnnctl.report.wrapping import fitted
from rnnctl.stepping.figures import changed_most, gates, window_of
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.step import LayerStep, Origin, Part, Step
from rnnctl.stepping.wording import number, value_words

__all__ = ["as_record", "number", "output_text", "state_lines", "step_lines", "symbol"]

_TOP = 3
_PLAIN = Look(80, "none")
_COLUMNS = 6
_MOST = 3
_LEAST_STRIP = 8
_FROM: Mapping[Origin, str] = {
    "zeros": "zeros",
    "declared": "its initial values",
    "learned": "what was learned",
    "carried": "the step before",
    "edited": "an edit",
    "loaded": "a saved state",
}
"""Where a carry came from, in words."""
_FIGURES = "   norm 000.00  change 000.00"


def step_lines(
    steps: Sequence[Step],
    facts: Facts,
    look: Look,
    watched: Sequence[Mapping[str, Any]] = (),
    *,
    key: bool = True,
) -> Iterator[str]:
    """The lines of some steps of one call; a part of the carry has the same scale in all of them.

    `watched` has for each step, where it is given, what is watched and its worth; `key` asks for what the
    cells mean.
    """
    limits = _limits([step.layers for step in steps])
    for number_, step in enumerate(steps):
        for line in _step(step, watched[number_] if number_ < len(watched) else {}, limits, facts, look):
            yield from fitted(line, look.width)
    if key and any(step.layers for step in steps):
        yield from fitted(f"  {legend(look)}", look.width)


def state_lines(layers: Sequence[LayerStep], look: Look, *, key: bool = True) -> Iterator[str]:
    """The strips of a state that no step is told of."""
    for line in _state(layers, _limits([layers]), look):
        yield from fitted(line, look.width)
    if key and layers:
        yield from fitted(f"  {legend(look)}", look.width)


def _step(
    step: Step, watched: Mapping[str, Any], limits: Mapping[tuple[str, str], float], facts: Facts, look: Look
) -> Iterator[str]:
    yield from _head(step, facts, look)
    yield from _details(step, look)
    yield from _state(step.layers, limits, look)
    yield from _figures(step, look)
    yield from (f"  {name} = {value_words(value, 4)}" for name, value in watched.items())


def _head(step: Step, facts: Facts, look: Look) -> Iterator[str]:
    """t, input and output, on one line where they fit."""
    shown = list(step.given.items())
    parts = [f"{name} {number(v) if isinstance(v, float) else symbol(str(v), look)}" for name, v in shown[:_COLUMNS]]
    lead = f"t {step.t}"
    given = ", ".join(parts) + (f", … ({len(shown)} columns)" if len(shown) > _COLUMNS else "")
    output = output_text(step, facts, look)
    one = f"{lead}  {given}  {_arrow(look)}  {output}"
    if len(one) <= look.width:
        yield f"{look.strong(lead)}  {given}  {_arrow(look)}  {look.strong(output)}"
    else:
        yield from fitted(f"{look.strong(lead)}  {given}", look.width, len(lead) + 2)
        yield from fitted(f"{' ' * len(lead)}  {_arrow(look)}  {look.strong(output)}", look.width, len(lead) + 5)


def symbol(text: str, look: Look) -> str:
    """A symbol as people can see it: a space as ␣, in ASCII in quotes; a newline as a backslash and n."""
    seen = visible(text)
    if seen.strip():
        return seen
    return f"'{seen}'" if look.paint == "ascii" or not seen else seen.replace(" ", "␣")


def output_text(step: Step, facts: Facts, look: Look = _PLAIN) -> str:
    """The output in words: `sunspots in 1 step: 81.2 ± 12`, or the most probable classes."""
    target = facts.target
    when = f" in {facts.ahead} step{'s' * (facts.ahead != 1)}" if facts.ahead else ""
    if target.kind == "class":
        ranked = ", ".join(f"{symbol(label, look)} {share:.1%}" for label, share in step.top(_TOP))
        return f"{target.names[0]}{when}: {ranked}"
    several = len(target.names) > 1
    values = ", ".join(
        (f"{name} " if several else "") + _value(step, name, share=target.kind == "binary", sign=_sign(look))
        for name in target.names
    )
    return f"{'output' if several else target.names[0]}{when}: {values}"


def _value(step: Step, name: str, *, share: bool, sign: str) -> str:
    value = step.shown[name]
    if share:
        return f"{value:.1%}"
    return number(value) + (f" {sign} {number(step.deviation[name])}" if name in step.deviation else "")


def _state(layers: Sequence[LayerStep], limits: Mapping[tuple[str, str], float], look: Look) -> Iterator[str]:
    """The strips of a state, with norm and change at their right; in a narrow terminal each has lines of its own."""
    names = max((len(f"{at.place} {at.name}") for at in layers), default=0)
    label = max((len(part.name) for at in layers for part in at.parts), default=0)
    scale = max((len(_scale(limit, look)) for limit in limits.values()), default=0)
    lead = 2 + names + 1 + label + 1
    below = lead + _LEAST_STRIP + 1 + scale + len(_FIGURES) > look.width
    lead = 4 + label + 1 if below else lead
    width = max(_LEAST_STRIP, look.width - lead - 1 - scale - (0 if below else len(_FIGURES)))
    rows = [(at, part, _cells(part, width, limits.get((at.place, part.name)))) for at in layers for part in at.parts]
    longest = max((cells.width if isinstance(cells, Strip) else len(cells) for _, _, cells in rows), default=0)
    for at, part, cells in rows:
        title = f"{at.place} {at.name}" if part is at.parts[0] else ""
        if below and title:
            yield f"  {title}"
        start = f"    {part.name:<{label}} " if below else f"  {title:<{names}} {part.name:<{label}} "
        yield from _part(part, cells, start, longest, 0 if below else scale, look, below=below)


def _cells(part: Part, width: int, limit: float | None) -> Strip | str:
    """A part as cells, or, where it counts and has no scale, as its numbers."""
    values = part.after.ravel().tolist()
    if limit is None:
        text = " ".join(map(str, values))
        return text if len(text) <= width else text[: width - 2] + " …"
    return lay_out(values, width, limit, part.after.shape[-1] if part.after.ndim > 1 else None)


def _part(
    part: Part, cells: Strip | str, start: str, longest: int, scale: int, look: Look, *, below: bool
) -> Iterator[str]:
    """A part of a carry: its cells, the end of their scale and some figures, these `below` or at the right."""
    lead, wide = " " * len(start), 0 if below else 6
    figures = f"{look.faint('norm')} {number(part.norm, 3):>{wide}}"
    if part.before is not part.after:
        figures += f"  {look.faint('change')} {number(part.change, 3):>{wide}}"
    beside = "" if below else f"   {figures}"
    if isinstance(cells, str):
        yield f"{start}{cells:<{longest}} {'':<{scale}}{beside}".rstrip()
        more = []
    else:
        first, *more = drawn(cells, look.paint)
        fill = " " * (longest - len(cells.lines[0]) * cells.columns)
        yield f"{start}{first}{fill} {look.faint(f'{_scale(cells.limit, look):<{scale}}')}{beside}"
    yield from (f"{lead}{line}" for line in more)
    if below:
        yield f"{lead}{figures}"
    if isinstance(cells, Strip) and cells.units > 1:
        yield f"{lead}{look.faint(f'{part.after.size} units, {cells.units} a cell (the largest)')}"


def _limits(every: Sequence[Sequence[LayerStep]]) -> dict[tuple[str, str], float]:
    """The end of the scale for each part of real values."""
    values: dict[tuple[str, str], list[float]] = {}
    for layers in every:
        for at in layers:
            for part in at.parts:
                if part.after.dtype.kind == "f":
                    values.setdefault((at.place, part.name), []).extend(part.after.ravel().tolist())
    return {key: limit_of(found) for key, found in values.items()}


def _scale(limit: float, look: Look) -> str:
    return f"{_sign(look)}{limit:g}"


def _sign(look: Look) -> str:
    return "+-" if look.paint == "ascii" else "±"


def _arrow(look: Look) -> str:
    return "->" if look.paint == "ascii" else "→"


def _details(step: Step, look: Look) -> Iterator[str]:
    """The input as the model sees it, where that is something else, the target and the loss, where they are known."""
    parts = []
    given, seen = list(step.given.values()), step.input.reshape(-1).tolist()
    if step.making is not None and step.making.model.scaling.input is not None and seen != given:
        shown = ", ".join(number(value) for value in seen[:_COLUMNS])
        parts.append(f"seen as {shown}" + (", …" if len(seen) > _COLUMNS else ""))
    if step.target is not None:
        wanted = (number(v) if isinstance(v, float) else symbol(str(v), look) for v in step.target.values())
        parts.append(f"target {', '.join(wanted)}")
    if step.loss is not None:
        parts.append(f"loss {number(step.loss)}")
    yield from _joined(parts, " " * (len(f"t {step.t}") + 2), look)


def _figures(step: Step, look: Look) -> Iterator[str]:
    """Gates and saturation of each layer, the units that changed most, where the state came from, the window."""
    if step.making is None:
        return
    means = gates(step)
    for at in step.layers:
        told = [f"{name} {value:.2f}" for name, value in means.get(at.place, {}).items()]
        full = [f"{part.name} {part.saturated:.0%}" for part in at.parts if part.saturated is not None]
        parts = [f"gates {', '.join(told)}"] if told else []
        parts += [f"saturated {', '.join(full)}"] if full else []
        parts.append(f"from {_FROM[at.origin]}")
        yield from _joined(parts, f"  {at.place} " if len(step.layers) > 1 else "  ", look)
    most = ", ".join(f"{c.unit} {c.after - c.before:+.3g}" for c in changed_most(step, _MOST))
    parts = [f"most changed {most}"] if most else []
    yield from _joined([*parts, *_window(step)], "  ", look)


def _window(step: Step) -> list[str]:
    """Where training would have cut the gradient, and where it would have put the state back."""
    window = window_of(step)
    if window is None:
        return []
    told = [] if window.update is None else [f"step {window.step} of window {window.update}"]
    if window.cut:
        told.append("training cuts the gradient before it")
    if window.reset and step.t > 1:
        told.append(f"training resets before it ({window.reset})")
    return told


def _joined(parts: Sequence[str], lead: str, look: Look) -> Iterator[str]:
    """Parts one after the other, on as many lines as they need."""
    line = ""
    for part in parts:
        longer = f"{line}; {part}" if line else part
        if line and len(lead) + len(longer) > look.width:
            yield lead + look.faint(line)
            lead, line = " " * len(lead), part
        else:
            line = longer
    if line:
        yield lead + look.faint(line)


def as_record(step: Step, facts: Facts) -> dict[str, Any]:
    """A step in full precision, as plain values that JSON can hold."""
    means, window = gates(step), window_of(step)
    return {
        "t": step.t,
        "input": dict(step.given),
        "input_in_model_units": step.input.tolist(),
        "target": list(facts.target.names),
        "ahead": facts.ahead,
        ("output" if facts.target.kind == "number" else "probabilities"): dict(step.shown),
        **({"standard_deviation": dict(step.deviation)} if step.deviation else {}),
        "output_in_model_units": step.output.tolist(),
        **({"target_value": dict(step.target), "loss": step.loss} if step.target is not None else {}),
        "layers": [_layer_record(at, means.get(at.place, {})) for at in step.layers],
        "changed_most": [{"unit": c.unit, "before": c.before, "after": c.after} for c in changed_most(step, _MOST)],
        "window": None if window is None else window._asdict(),
    }


def _layer_record(at: LayerStep, means: Mapping[str, float]) -> dict[str, Any]:
    state = {
        p.name: {"value": p.after.tolist(), "norm": p.norm, "change": p.change, "saturated": p.saturated}
        for p in at.parts
    }
    return {"place": at.place, "name": at.name, "origin": at.origin, "state": state, "gates": dict(means)}
