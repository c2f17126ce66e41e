"""Which figures there will be: by split, loss and target; and what cannot be promised of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnctl.config.chain import Bidirectional, Member, layers_of, walk
from rnnctl.config.expect.promises import Expectations, Promise
from rnnctl.config.expect.ranges import bound_problems
from rnnctl.data.facts import Facts
from rnnctl.data.spec import Split
from rnnctl.errors import Problem, SettingPath, nearest


def metric_names(facts: Facts, loss: str | None) -> tuple[str, ...]:
    """The metrics that a split is judged by, in the order in which they are told."""
    target = facts.target
    if target.kind == "class":
        steps = ("bits", "perplexity") if facts.each == "step" else ()
        return ("loss", "accuracy", "baseline_accuracy", *steps, "scored_steps")
    if target.kind == "binary":
        return ("loss", "accuracy", "baseline_accuracy", "precision", "recall", "f1", "scored_steps")
    several = target.names if len(target.names) > 1 else ()
    single = [f"{prefix}mse.{name}" for name in several for prefix in ("", "baseline_")]
    gaussian = ("nll", "coverage", "baseline_nll") if loss == "gaussian" else ()
    known = ("loss", "mse", "rmse", "mae", "skill", "baseline_mse", "baseline_rmse", "baseline_mae")
    return (*known, *gaussian, *single, "scored_steps")


def expect_problems(
    expect: Expectations | None, facts: Facts, loss: str | None, split: Split, chain: Sequence[Member]
) -> list[Problem]:
    """What is promised and can never be.

    It is a metric that is none of this loss and task, a split without data, or a state that a model does not have.
    """
    found: list[Problem] = []
    if expect is None:
        return found
    for promise in expect.promises:
        if promise.kind == "metric":
            wrong = list(_of_metric(promise, facts, loss, split))
        else:
            wrong = (
                list(_of_state(promise, split, chain)) if promise.kind in ("horizon", "transcript") and chain else []
            )
        found += wrong or bound_problems(expect, promise, loss)
    return found


def _of_metric(promise: Promise, facts: Facts, loss: str | None, split: Split) -> Iterator[Problem]:
    known, metric = metric_names(facts, loss), promise.metric or ""
    also: tuple[tuple[SettingPath, str], ...]
    also = tuple((("data", key), "what is asked") for key in ("target", "task", "text"))
    if metric not in known:
        guess = nearest(metric.lower(), known)
        listing = f"metrics: {', '.join(known)}"
        kind = {"class": "a class", "binary": "columns of yes and no"}.get(facts.target.kind, "a number")
        message = f"there is no metric '{metric}' where the target is {kind}"
        if metric in ("nll", "coverage", "baseline_nll") and facts.target.kind == "number":
            message, also = f"the loss {loss} has no metric '{metric}'", ((("training", "loss"), "the loss"),)
        elif metric in ("bits", "perplexity") and facts.target.kind == "class":
            message = f"there is no metric '{metric}' where one target a sequence is asked"
        help_text = f"did you mean '{promise.split}.{guess}'? {listing}" if guess else listing
        yield Problem(promise.setting, message, help_text, on="key", id="no-such-metric", also=also)
    elif getattr(split, promise.split or "") == 0:
        message = f"there is no {promise.split} split: its fraction is 0"
        also = ((("data", "split", promise.split or ""), "nothing is left for it"),)
        yield Problem(promise.setting, message, "name another split", on="key", id="expects-of-empty-split", also=also)


def _of_state(promise: Promise, split: Split, chain: Sequence[Member]) -> Iterator[Problem]:
    if promise.kind == "horizon" and split.test == 0:
        message = "the horizon is taken on the test split, and its fraction is 0"
        also = ((("data", "split", "test"), "nothing is left for it"),)
        yield Problem(promise.setting, message, on="key", id="expects-of-empty-split", also=also)
    if both := next((member for member in walk(chain) if isinstance(member, Bidirectional)), None):
        message = f"a bidirectional model sees what is yet to come, and has no {promise.kind}"
        yield Problem(
            promise.setting, message, on="key", id="expects-steps-of-bidirectional", also=((both.setting, "here"),)
        )
    elif promise.kind == "horizon" and not any(item.layer.states for item in layers_of(chain)):
        message = "no layer of the chain has a state, so there is no horizon"
        yield Problem(promise.setting, message, on="key", id="expects-state-of-stateless")
