"""Commands that find something out. Those that need gradients load torch, when they are called and not before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.words import count_of, no_more, plural
from rnnctl.stepping.wording import given_words, number

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk

_BAR = 30
_ROWS = 16
_UNITS = 10


def horizon(desk: Desk, rest: str) -> Outcome:
    """How far back the loss, or the output, of the last step reaches."""
    no_more(rest, "horizon")
    from rnnctl.stepping.insight import horizon as found_by

    found = found_by(desk.session)
    window = "whole sequences" if found.window is None else f"window {found.window}"
    lines = [f"{found.of}: effective memory {plural(found.steps, 'step')} of {len(found.lags)}, trained on {window}"]
    largest = max(found.norms.max(), 1e-300)
    lines += [
        f"  lag {lag:>4}  {number(float(norm)):>9}  {'#' * round(_BAR * float(norm) / largest)}".rstrip()
        for lag, norm in zip(found.lags[:_ROWS], found.norms, strict=False)
    ]
    if len(found.lags) > _ROWS:
        far = _ROWS + int(found.norms[_ROWS:].argmax())  # what is kept from long ago stands out at the far end
        most = f"the largest {number(float(found.norms[far]))} at lag {far}"
        lines.append(f"  … {plural(len(found.lags) - _ROWS, 'lag')} more, {most}")
    lines += _doubt(found.difference, found.agrees)
    record = {
        "of": found.of,
        "by": found.by,
        "steps": found.steps,
        "window": found.window,
        "norms": found.norms.tolist(),
        "carry_norms": found.carry_norms.tolist(),
        "carry_steps": found.carry_steps,
        "since": found.since,
        "difference": found.difference,
    }
    return Outcome(text=tuple(lines), record={"horizon": record})


def saliency(desk: Desk, rest: str) -> Outcome:
    """What each past input did to the loss, or the output, of the last step."""
    no_more(rest, "saliency")
    from rnnctl.stepping.insight import saliency as found_by

    found = found_by(desk.session)
    lines = [f"{found.of}: gradient by each input, and times the input, since {found.since}"]
    first = max(0, len(found.times) - _ROWS)
    largest = max(found.norms.max(), 1e-300)
    lines.append(f"  {'t':<7} {'input':<12} {'gradient':>10} {'times input':>12}")
    if first:
        lines.append(f"  … {plural(first, 'step')} before")
    for i in range(first, len(found.times)):
        product = ",".join(number(float(value), 3) for value in found.products[i])
        bar = "#" * round(_BAR / 2 * float(found.norms[i]) / largest)
        given, norm = given_words(found.given[i]), number(float(found.norms[i]))
        lines.append(f"  t {found.times[i]:<5} {given:<12} {norm:>10} {product:>12}  {bar}".rstrip())
    lines += _doubt(found.difference, found.agrees)
    record = {
        "of": found.of,
        "t": list(found.times),
        "columns": list(found.columns),
        "norms": found.norms.tolist(),
        "products": found.products.tolist(),
        "since": found.since,
        "difference": found.difference,
    }
    return Outcome(text=tuple(lines), record={"saliency": record})


def _doubt(difference: float, agrees: bool) -> list[str]:
    return [] if agrees else [f"doubtful: outputs computed again are {difference:.2g} from those of the session"]


def radius(desk: Desk, rest: str) -> Outcome:
    """The spectral radius of the Jacobian of the last step."""
    no_more(rest, "radius")
    from rnnctl.stepping.insight import spectral

    found = spectral(desk.session)
    how = "fades" if found.radius < 0.99 else "grows somewhere" if found.radius > 1.01 else "stays"
    sizes = ", ".join(number(float(abs(value)), 3) for value in found.eigenvalues[:8])
    more = ", …" if len(found.eigenvalues) > 8 else ""
    lines = (f"spectral radius {number(found.radius)} in step {found.t}: what is added to the state {how}",)
    record = {
        "radius": found.radius,
        "t": found.t,
        "eigenvalues": [[float(value.real), float(value.imag)] for value in found.eigenvalues],
    }
    return Outcome(text=(*lines, f"sizes of the eigenvalues: {sizes}{more}"), record=record)


def correlate(desk: Desk, rest: str) -> Outcome:
    """The units that go with a column of the data, over the steps of this branch."""
    usage = "correlate COLUMN [from T]"
    match = re.fullmatch(r"(.+?)(?:\s+from\s+(\d{1,8}))?", rest.strip())
    if match is None:
        raise UsageError(Diagnostic("no column is named", help=usage))
    from rnnctl.stepping.relations import correlations

    found = correlations(desk.session, match[1], int(match[2]) if match[2] else None)
    stretches = f", {found.resets} sequences" if found.resets > 1 else ""
    lines = [f"correlation with {found.column} over {plural(found.steps, 'step')}{stretches}"]
    shown = found.units[:_UNITS]
    width = max((len(unit.unit) for unit in shown), default=0)
    lines += [f"  {unit.unit:<{width}}  {unit.value:+.3f}" for unit in shown]
    left = len(found.units) - len(shown)
    if left:
        lines.append(f"  … {plural(left, 'unit')} more")
    if found.constant:
        lines.append(f"  {plural(found.constant, 'unit')} never changed")
    record = {
        "correlate": found.column,
        "steps": found.steps,
        "units": [{"unit": unit.unit, "value": unit.value} for unit in found.units],
        "constant": found.constant,
    }
    return Outcome(text=tuple(lines), record=record)


def nearest(desk: Desk, rest: str) -> Outcome:
    """The moments whose state was most like the present one."""
    count = count_of(rest, "nearest [N]", default=5)
    from rnnctl.stepping.relations import nearest_past

    found = nearest_past(desk.session, count)
    lines = [
        f"  t {past.t:<5} {given_words(past.given):<12} distance {number(past.distance)}, {past.back} back"
        for past in found
    ]
    records = [{"t": p.t, "input": dict(p.given), "distance": p.distance, "back": p.back} for p in found]
    return Outcome(text=tuple(lines), record={"nearest": records})


COMMANDS = (
    Command("horizon", "horizon", "how far back the last step's loss still reaches, beside the window", horizon, "ask"),
    Command("saliency", "saliency", "what each past input did to the loss of the last step", saliency, "ask"),
    Command("radius", "radius", "whether the state fades or grows: the Jacobian's spectral radius", radius, "ask"),
    Command(
        "correlate",
        "correlate COLUMN [from T]",
        "units that go with a column, or with what it was in step T",
        correlate,
        "ask",
        (),
        ("columns", "symbols"),
    ),
    Command("nearest", "nearest [N]", "past moments whose state was most like the present one", nearest, "ask"),
)
