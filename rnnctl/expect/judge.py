"""Promises and figures -> verdicts. No promise is met without a finite figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rnnctl.config.expect.promises import Bound, Expectations, Judge, Promise
from rnnctl.errors import Place
from rnnctl.expect.interval import interval, mean
from rnnctl.expect.outcome import Figures, Verdict

Recorded = Mapping[str, Sequence[float]]
"""Of each key that was recorded as a baseline the figure of each seed."""


def judged(
    expect: Expectations,
    figures: Sequence[Figures],
    again: Figures | None = None,
    baseline: Recorded | None = None,
    places: Mapping[str, Place] | None = None,
) -> tuple[Verdict, ...]:
    """A verdict for each promise, in their order.

    `figures` are those of each seed; `again` those of the first seed, trained a second time. `baseline` is what was
    recorded, `places` where the keys are written.
    """
    found = []
    for promise in expect.promises:
        place = (places or {}).get(promise.key)
        if promise.bound is None:
            met, why = _said(promise, figures, again)
            found.append(Verdict(promise, met, place, why=why))
        else:
            recorded = (baseline or {}).get(promise.key)
            found.append(_bounded(promise, promise.bound, expect.judge_of(promise), figures, recorded, place))
    return tuple(found)


# what is so or not


def _said(promise: Promise, figures: Sequence[Figures], again: Figures | None) -> tuple[bool, str | None]:
    if not figures:
        return False, "nothing was trained"
    if promise.kind == "deterministic":
        if again is None or again.bits is None or figures[0].bits is None:
            return False, "it was not trained twice"
        same = again.bits == figures[0].bits
        return same, None if same else "trained twice with the same seed, it ends with other bits"
    if promise.kind == "resume":
        different = figures[0].resumed
        if different is None:
            return False, "it was not stopped and gone on with"
        return not different, different or None
    return _transcripts(promise, figures)


def _transcripts(promise: Promise, figures: Sequence[Figures]) -> tuple[bool, str | None]:
    for found in figures:
        for path in promise.files:
            asked, unmet = (found.transcripts or {}).get(str(path), (0, ()))
            seed = f" with seed {found.seed}" if len(figures) > 1 else ""
            if unmet:
                more = f", and {len(unmet) - 1} more" if len(unmet) > 1 else ""
                return False, f"{path.name}{seed}: {unmet[0]}{more}"
            if not asked:
                return False, f"{path.name}{seed} expects nothing: it has no line that begins with `expect`"
    return True, None


# figures and bounds


def _bounded(
    promise: Promise,
    bound: Bound,
    judge: Judge,
    figures: Sequence[Figures],
    recorded: Sequence[float] | None,
    place: Place | None,
) -> Verdict:
    values = tuple(_value(promise, found) for found in figures)
    finite = [value for value in values if value is not None]
    reference, why = _reference(bound, recorded)
    if missing := _missing(promise, figures, values):
        return Verdict(promise, False, place, values=values, reference=reference, why=missing)
    if why is None and judge == "confidence" and len(finite) == 1:
        why = "an interval needs two seeds at least"
    if why is not None:
        return Verdict(promise, False, place, figure=_looked_at(finite, judge)[0], values=values, why=why)
    looked_at = _looked_at(finite, judge)
    if not all(map(math.isfinite, looked_at)):
        return Verdict(promise, False, place, values=values, reference=reference, why="the interval has no end")
    margins = [_margin(value, bound, reference) for value in looked_at]
    margin, figure = min(zip(margins, looked_at, strict=True), key=lambda pair: pair[0])
    met = all(_meets(value, bound, reference) for value in looked_at)
    return Verdict(promise, met, place, figure, margin, reference, values, _words(judge, finite))


def _value(promise: Promise, found: Figures) -> float | None:
    if promise.kind == "metric":
        return found.metrics.get(promise.split or "", {}).get(promise.metric or "")
    value = {
        "parameters": found.parameters,
        "seconds": found.seconds,
        "memory": found.memory,
        "horizon": found.horizon,
    }[promise.kind]
    return None if value is None else float(value)


def _missing(promise: Promise, figures: Sequence[Figures], values: Sequence[float | None]) -> str | None:
    """Why there is nothing to be held against a bound, if so."""
    if not figures:
        return "nothing was trained"
    for found, value in zip(figures, values, strict=True):
        seed = f" with seed {found.seed}" if len(figures) > 1 else ""
        if promise.kind == "metric" and not found.metrics.get(promise.split or "", {}).get("scored_steps"):
            return f"no step of the {promise.split} split was scored{seed}"
        if value is None:
            return f"there is no figure{seed}"
        if promise.kind == "horizon" and value == 0:
            return f"no gradient of the loss goes back to any input{seed}"
        if not math.isfinite(value):
            return f"the figure is {'not a number' if math.isnan(value) else 'infinite'}{seed}"
    return None


def _reference(bound: Bound, recorded: Sequence[float] | None) -> tuple[float | None, str | None]:
    """What shares and distances are held against, or why there is none."""
    if bound.of != "baseline":
        return bound.of, None
    if not recorded:
        return None, "no baseline is recorded for it: rnnctl check --update-baseline"
    reference = mean(recorded)
    if not math.isfinite(reference):
        return None, "the baseline that is recorded for it is no number"
    shares = [amount for amount in (bound.above, bound.below, bound.within) if amount is not None and amount.share]
    if reference == 0 and any(amount is not bound.within for amount in shares):
        return None, "the baseline is 0, and a share of 0 is 0: write the bound as a number"
    return reference, None


def _looked_at(values: Sequence[float], judge: Judge) -> tuple[float, ...]:
    """The values that must all meet the bound."""
    if len(values) == 1 or judge == "worst":
        return tuple(values)
    return (mean(values),) if judge == "mean" else interval(values)


def _margin(value: float, bound: Bound, reference: float | None) -> float:
    """How far a value is on the right side of the nearest bound."""
    found = [] if bound.exactly is None else [-abs(value - bound.exactly)]
    if bound.above is not None:
        found.append(value - bound.above.of(reference))
    if bound.below is not None:
        found.append(bound.below.of(reference) - value)
    if bound.within is not None:
        assert reference is not None
        found.append(bound.within.of(reference) - abs(value - reference))
    return min(found)


def _meets(value: float, bound: Bound, reference: float | None) -> bool:
    if bound.exactly is not None and value != bound.exactly:
        return False
    if bound.above is not None and not value > bound.above.of(reference):
        return False
    if bound.below is not None and not value < bound.below.of(reference):
        return False
    if bound.within is None:
        return True
    assert reference is not None
    return abs(value - reference) <= bound.within.of(reference)


def _words(judge: Judge, values: Sequence[float]) -> str | None:
    """What of several seeds the figure is."""
    if len(values) == 1:
        return None
    if judge == "confidence":
        low, high = interval(values)
        return f"95 % interval of the mean of {len(values)} seeds: {low:.6g} to {high:.6g}"
    low, high = min(values), max(values)
    return f"the {judge} of {len(values)} seeds, from {low:.6g} to {high:.6g}"
