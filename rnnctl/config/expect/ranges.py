"""What a figure can be at all, and bounds that none or all of it meets."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rnnctl.config.expect.promises import Amount, Bound, Expectations, Promise
from rnnctl.errors import Problem

_LEAST_MEMORY = 1e6
"""Fewer bytes than Python alone takes, so that a bound below them was meant in another unit."""
_PARTS = frozenset(("accuracy", "baseline_accuracy", "precision", "recall", "f1", "coverage"))
"""The metrics that are a part of all steps."""


def range_of(promise: Promise, loss: str | None) -> tuple[float, float]:
    """The least and the most that a figure can be, both included."""
    name = promise.metric or promise.key
    if name in _PARTS:
        return 0, 1
    if name == "skill":
        return -math.inf, 1
    if name in ("nll", "baseline_nll") or (name == "loss" and loss == "gaussian"):  # a density may be above 1
        return -math.inf, math.inf
    return (1 if name == "perplexity" else 0), math.inf


def bound_problems(expect: Expectations, promise: Promise, loss: str | None) -> Iterator[Problem]:
    """Why the bound of a promise could never be met, or never be missed."""
    bound = promise.bound
    if bound is None:
        return
    if expect.judge_of(promise) == "confidence" and expect.seeds.count == 1 and promise.kind in ("metric", "horizon"):
        yield _of_one_seed(bound, promise)
    yield from _of_shares(bound, promise, loss)
    low, high = range_of(promise, loss)
    name = _called(promise)
    if bound.above is not None and (least := _number(bound.above, bound)) is not None:
        if least >= high:
            yield _never(promise, "above", f"{name} is at most {high:g}, and so never above {least:.10g}")
        elif least < low:
            yield _always(promise, "above", f"{name} is at least {low:g}, and so always above {least:.10g}")
    if bound.below is not None and (most := _number(bound.below, bound)) is not None:
        if most <= low:
            yield _never(promise, "below", f"{name} is at least {low:g}, and so never below {most:.10g}")
        elif most > high:
            yield _always(promise, "below", f"{name} is at most {high:g}, and so always below {most:.10g}")
    if bound.within is not None:
        yield from _of_within(bound, bound.within, promise, (low, high))
    if promise.kind == "memory" and bound.below is not None and bound.below.value < _LEAST_MEMORY:
        message = f"no process that trains holds less than {bound.below.value:,.10g} bytes"
        yield _never(promise, "below", message)._replace(help="a number alone is bytes: write 500 MB, say")


def _of_within(bound: Bound, within: Amount, promise: Promise, range_: tuple[float, float]) -> Iterator[Problem]:
    (low, high), name = range_, _called(promise)
    if within.share and within.value > 100 and low >= 0:
        message = f"{name} is at least {low:g}, and so never more than 100% below what it is held against"
        advice = f"write below: {100 + within.value:g}%, of: {bound.of}"
        yield Problem((*promise.setting, "within"), message, advice, id="bound-always-met")
    elif isinstance(bound.of, int | float):
        distance = within.of(bound.of)
        if bound.of + distance < low or bound.of - distance > high:
            limit = f"at least {low:g}" if bound.of < low else f"at most {high:g}"
            yield _never(promise, "within", f"{name} is {limit}, and so never within {within} of {bound.of:.10g}")
        elif bound.of - distance <= low and bound.of + distance >= high and math.isfinite(high - low):
            message = f"{name} is from {low:g} to {high:g}, and so always within {within} of {bound.of:.10g}"
            yield _always(promise, "within", message)


def _called(promise: Promise) -> str:
    """What a figure is called in a sentence."""
    return promise.metric or {"parameters": "the number of parameters"}.get(promise.key, f"the {promise.key}")


def _number(amount: Amount, bound: Bound) -> float | None:
    """What a figure is held against, where that is known before anything is recorded."""
    if amount.share and bound.of == "baseline":
        return 0 if amount.value == 0 else None
    return amount.of(bound.of if isinstance(bound.of, int | float) else None)


def _never(promise: Promise, key: str, message: str) -> Problem:
    return Problem((*promise.setting, key), message, id="bound-never-met")


def _always(promise: Promise, key: str, message: str) -> Problem:
    return Problem((*promise.setting, key), message, "write a bound that can be missed", id="bound-always-met")


def _of_one_seed(bound: Bound, promise: Promise) -> Problem:
    setting = (*promise.setting, "judge") if bound.judge else ("expect", "seeds", "judge")
    message = "one seed has no interval of confidence"
    return Problem(setting, message, "write seeds: 5, say, or another judge", id="interval-of-one-seed")


def _of_shares(bound: Bound, promise: Promise, loss: str | None) -> Iterator[Problem]:
    """Shares of what may be below 0, where more is not further up."""
    low, _ = range_of(promise, loss)
    name = promise.metric or promise.key
    for key in ("above", "below"):
        amount: Amount | None = getattr(bound, key)
        if amount is None or not amount.share:
            continue
        if isinstance(bound.of, int | float):
            message = f"{bound.of:.10g} is below 0, where a share of it is no bound" if bound.of < 0 else None
        else:  # 90% of a skill is what remains of it, and where it is below 0 nothing that would be easier to meet
            may_be = low < 0 and not (name == "skill" and key == "above")
            message = f"{name} may be below 0, where a share of it is no bound" if may_be else None
        if message is not None:
            advice = "write the bound as a number, or within: 5%"
            yield Problem((*promise.setting, key), message, advice, id="share-of-negative")
