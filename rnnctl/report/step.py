"""Steps for people: a line with t, input and output, then a strip for every part of every carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnnctl.data.records import Facts
from rnnctl.report.strip import Look, Strip, drawn, lay_out, legend, limit_of
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.step import LayerStep, Part, Step

_TOP = 3
_PLAIN = Look(80, "none")
_COLUMNS = 6
_LEAST_STRIP = 8
_FIGURES = "   norm 000.00  change 000.00"


def step_lines(steps: Sequence[Step], facts: Facts, look: Look) -> Iterator[str]:
    """The lines of some steps of one call; a part of the carry has the same scale in all of them."""
    limits = _limits(steps)
    for step in steps:
        yield from _head(step, facts, look)
        yield from _state(step, limits, look)
    if any(step.layers for step in steps):
        yield f"  {legend(look)}"


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
        yield f"{look.strong(lead)}  {given}"
        yield f"{' ' * len(lead)}  {_arrow(look)}  {look.strong(output)}"


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


def _state(step: Step, limits: Mapping[tuple[str, str], float], look: Look) -> Iterator[str]:
    """The strips of a step, with norm and change at their right, one below the other."""
    names = max((len(f"{at.place} {at.name}") for at in step.layers), default=0)
    label = max((len(part.name) for at in step.layers for part in at.parts), default=0)
    scale = max((len(_scale(limit, look)) for limit in limits.values()), default=0)
    lead = 2 + names + 1 + label + 1
    width = max(_LEAST_STRIP, look.width - lead - 1 - scale - len(_FIGURES))
    rows = [
        (at, part, _cells(part, width, limits.get((at.place, part.name)))) for at in step.layers for part in at.parts
    ]
    longest = max((cells.width if isinstance(cells, Strip) else len(cells) for _, _, cells in rows), default=0)
    for at, part, cells in rows:
        title = f"{at.place} {at.name}" if part is at.parts[0] else ""
        start = f"  {title:<{names}} {part.name:<{label}} "
        yield from _part(part, cells, start, longest, scale, look)


def _cells(part: Part, width: int, limit: float | None) -> Strip | str:
    """A part as cells, or, where it counts and has no scale, as its numbers."""
    values = part.after.ravel().tolist()
    if limit is None:
        text = " ".join(map(str, values))
        return text if len(text) <= width else text[: width - 2] + " …"
    return lay_out(values, width, limit, part.after.shape[-1] if part.after.ndim > 1 else None)


def _part(part: Part, cells: Strip | str, start: str, longest: int, scale: int, look: Look) -> Iterator[str]:
    figures = f"{look.faint('norm')} {number(part.norm, 3):>6}  {look.faint('change')} {number(part.change, 3):>6}"
    if isinstance(cells, str):
        yield f"{start}{cells:<{longest}} {'':<{scale}}   {figures}"
        return
    first, *more = drawn(cells, look.paint)
    fill = " " * (longest - len(cells.lines[0]) * cells.columns)
    limit = look.faint(f"{_scale(cells.limit, look):<{scale}}")
    yield f"{start}{first}{fill} {limit}   {figures}"
    yield from (f"{'':<{len(start)}}{line}" for line in more)
    if cells.units > 1:
        shared = f"{part.after.size} units, {cells.units} a cell (the largest)"
        yield f"{'':<{len(start)}}{look.faint(shared)}"


def _limits(steps: Sequence[Step]) -> dict[tuple[str, str], float]:
    """The end of the scale for each part of real values."""
    values: dict[tuple[str, str], list[float]] = {}
    for step in steps:
        for at in step.layers:
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


def number(value: float, digits: int = 4) -> str:
    """Some significant figures, without an exponent where one can do without it."""
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits - 2}e}"
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def as_record(step: Step, facts: Facts) -> dict[str, Any]:
    """A step in full precision, as plain values that JSON can hold."""
    return {
        "t": step.t,
        "input": dict(step.given),
        "input_in_model_units": step.input.tolist(),
        "target": list(facts.target.names),
        "ahead": facts.ahead,
        ("output" if facts.target.kind == "number" else "probabilities"): dict(step.shown),
        **({"standard_deviation": dict(step.deviation)} if step.deviation else {}),
        "output_in_model_units": step.output.tolist(),
        "layers": [_layer_record(at) for at in step.layers],
    }


def _layer_record(at: LayerStep) -> dict[str, Any]:
    state = {p.name: {"value": p.after.tolist(), "norm": p.norm, "change": p.change} for p in at.parts}
    return {"place": at.place, "name": at.name, "state": state}
