"""Which figures are told of before training, held against those that there are after it; and bounds that say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.expect.meant import METRICS
from rnnctl.config.expect.metrics import metric_names
from rnnctl.config.resolve import examined
from rnnctl.data.facts import Facts, Signal
from rnnctl.data.spec import Each
from rnnctl.errors import ConfigError
from rnnctl.training.metrics import Baseline, Score

NUMBERS = ("mse", "mae", "huber", "gaussian")
ONE, TWO = Signal("number", ("x",)), Signal("number", ("x", "a.b c"))
KINDS: list[tuple[Signal, str, Each]] = [
    *((target, loss, "step") for target in (ONE, TWO) for loss in NUMBERS),
    *((target, "mse", "sequence") for target in (ONE, TWO)),
    *((Signal("binary", names), "binary_cross_entropy", "step") for names in (("a",), ("a", "b"))),
    (Signal("binary", ("a",)), "binary_cross_entropy", "sequence"),
    (Signal("class", ("c",), ("u", "v")), "cross_entropy", "step"),
    (Signal("class", ("c",), ("u", "v")), "cross_entropy", "sequence"),
]


def scored(target: Signal, loss: str, each: Each) -> set[str]:
    """The metrics that a score gives, of three steps."""
    steps, width = 3, target.width
    if target.kind == "class":
        baseline, targets = Baseline("majority class"), np.zeros(steps, int)
    else:
        ones = (0.5,) * width
        baseline, targets = Baseline("naive forecast", mean=ones, variance=ones), np.ones((steps, width))
    score = Score(target, None, baseline, loss, each)
    outputs = np.zeros((steps, 2 * width if loss == "gaussian" else width))
    score.add(np.ones(steps), outputs, targets, None)
    return set(score.metrics())


@pytest.mark.parametrize(("target", "loss", "each"), KINDS)
def test_the_metrics_are_those_that_a_score_gives(target: Signal, loss: str, each: Each) -> None:
    facts = Facts(ONE, target, (3,), each == "step", 1, each)
    names = metric_names(facts, loss)
    assert len(set(names)) == len(names)
    assert set(names) == scored(target, loss, each)


def test_every_metric_is_of_some_target() -> None:
    """What is offered, and what a split is found missing for, is what there can be."""
    found = {name for target, loss, each in KINDS for name in metric_names(Facts(ONE, target, (), True, 1, each), loss)}
    assert set(METRICS) == {name for name in found if "." not in name}
    assert {name for name in found if "." in name} == {
        *("mse.x", "baseline_mse.x", "mse.a.b c", "baseline_mse.a.b c"),
    }


def told(expect: str, data: str = "task: sine", chain: str = "{rnn: 8}, dense", loss: str = "mse") -> list[str]:
    """Each mistake by its check and its message; none where all may be promised."""
    text = f"data: {{{data}}}\nmodel: {{chain: [{chain}]}}\ntraining: {{loss: {loss}}}\nexpect: {expect}\n"
    config = parse_config(text, "/in/config.yaml")
    try:
        resolve(config, examined(config))
    except ConfigError as error:
        return [f"{d.id}: {d.message}" for d in error.diagnostics]
    return []


COPY = {"data": "task: copy", "chain": "one_hot, {rnn: 8}, dense", "loss": "cross_entropy"}


@pytest.mark.parametrize(
    ("expect", "config", "messages"),
    [
        ("{test.accuracy: {above: 0.5}, test.perplexity: {below: 3}}", COPY, []),
        ("{test.mse: {below: 0.5}}", COPY, ["no-such-metric: there is no metric 'mse' where the target is a class"]),
        ("{test.nll: {below: -3.5}, test.coverage: {above: 0.8}}", {"loss": "gaussian"}, []),
        ("{test.nll: {below: -3.5}}", {"loss": "huber"}, ["no-such-metric: the loss huber has no metric 'nll'"]),
        ("{test.mse.value: {below: 1}}", {}, ["no-such-metric: there is no metric 'mse.value' where the target is a number"]),
        (
            "{test.mse: {below: 1}, horizon: {above: 3}, valid.mse: {below: 1}}",
            {"data": "task: sine, split: {train: 0.8, valid: 0.2, test: 0}"},
            [
                "expects-of-empty-split: there is no test split: its fraction is 0",
                "expects-of-empty-split: the horizon is taken on the test split, and its fraction is 0",
            ],
        ),
        (
            "{valid.mse: {below: 1}}",
            {"data": "task: sine, split: {train: 0.8, valid: 0, test: 0.2}"},
            ["expects-of-empty-split: there is no valid split: its fraction is 0"],
        ),
        (
            "{horizon: {above: 3}, transcript: a.txt, test.accuracy: {above: 0.5}}",
            {**COPY, "chain": "one_hot, {bidirectional: {gru: 8}}, dense"},
            [
                f"expects-steps-of-bidirectional: a bidirectional model sees what is yet to come, and has no {what}"
                for what in ("horizon", "transcript")
            ],
        ),
        (
            "{horizon: {above: 3}, transcript: a.txt}",
            {"chain": "{dense: 8}, dense"},
            ["expects-state-of-stateless: no layer of the chain has a state, so there is no horizon"],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_promised_of_a_model(expect: str, config: dict[str, str], messages: list[str]) -> None:
    assert told(expect, **config) == messages


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("test.mse: {below: 0}", "never-met: mse is at least 0, and so never below 0"),
        ("test.mse: {below: 0%, of: baseline}", "never-met: mse is at least 0, and so never below 0"),
        ("test.mse: {above: -1}", "always-met: mse is at least 0, and so always above -1"),
        ("test.mse: {above: 0}", None),
        ("test.rmse: {within: 1, of: -2}", "never-met: rmse is at least 0, and so never within 1 of -2"),
        ("test.mse: {within: 150%, of: baseline}", "always-met: mse is at least 0, and so never more than 100% below what it is held against"),
        ("test.mse: {within: 100%, of: baseline}", None),
        ("test.skill: {above: 1}", "never-met: skill is at most 1, and so never above 1"),
        ("test.skill: {below: 1.5}", "always-met: skill is at most 1, and so always below 1.5"),
        ("test.skill: {above: -0.5}", None),
        ("test.skill: {above: 90%, of: baseline}", None),
        ("test.skill: {below: 90%, of: baseline}", "share-of-negative"),
        ("test.mse: {below: 110%, of: -1}", "share-of-negative"),
        ("test.mse: {below: 110%, of: baseline}", None),
        ("horizon: {above: -1}", "always-met: the horizon is at least 0, and so always above -1"),
    ],
)  # fmt: skip
def test_bounds_that_say_nothing(bound: str, message: str | None) -> None:
    found = told(f"{{{bound}}}")
    if message == "share-of-negative":
        what = "-1" if "of: -1" in bound else "skill"
        is_ = "is" if "of: -1" in bound else "may be"
        assert found[0] == f"share-of-negative: {what} {is_} below 0, where a share of it is no bound"
    else:
        assert found == ([f"bound-{message}"] if message else [])


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("test.accuracy: {above: 1}", "never-met: accuracy is at most 1, and so never above 1"),
        ("test.accuracy: {below: 2}", "always-met: accuracy is at most 1, and so always below 2"),
        ("test.accuracy: {within: 2, of: 0.5}", "always-met: accuracy is from 0 to 1, and so always within 2 of 0.5"),
        ("test.accuracy: {within: 0.1, of: 2}", "never-met: accuracy is at most 1, and so never within 0.1 of 2"),
        ("test.perplexity: {below: 1}", "never-met: perplexity is at least 1, and so never below 1"),
        ("test.bits: {above: 0.1, below: 2}", None),
        ("test.loss: {below: -1}", "never-met: loss is at least 0, and so never below -1"),
    ],
)
def test_bounds_of_classes_that_say_nothing(bound: str, message: str | None) -> None:
    assert told(f"{{{bound}}}", **COPY) == ([f"bound-{message}"] if message else [])


def test_a_likelihood_may_be_below_zero() -> None:
    assert told("{test.loss: {below: -1}, test.nll: {above: -9, below: -1}}", loss="gaussian") == []
    assert told("{test.nll: {within: 150%, of: baseline}}", loss="gaussian") == []
    message = "share-of-negative: loss may be below 0, where a share of it is no bound"
    assert told("{test.loss: {below: 110%, of: baseline}}", loss="gaussian") == [message]


def test_an_interval_takes_several_seeds() -> None:
    message = "interval-of-one-seed: one seed has no interval of confidence"
    assert told("{test.mse: {below: 1, judge: confidence}}") == [message]
    assert told("{test.mse: {below: 1}, parameters: 89, seeds: {count: 1, judge: confidence}}") == [message]
    assert told("{test.mse: {below: 1, judge: confidence}, seeds: 2}") == []
    assert told("{test.mse: {below: 1, judge: mean}}") == []
