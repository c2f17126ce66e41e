"""Promises held against figures, by hand; nothing is met without a finite figure."""

import math
from pathlib import Path
from typing import Any

import pytest

from rnnctl.config.expect.promises import Amount, Bound, Expectations, Promise, Seeds
from rnnctl.expect.judge import judged
from rnnctl.expect.outcome import Figures, Verdict


def figures(seed: int = 0, split: str = "test", **metrics: float) -> Figures:
    return Figures(seed, Path("run"), {split: {"scored_steps": 10, **metrics}}, parameters=337, seconds=2.5)


def expecting(*promises: Promise, seeds: int = 1, judge: Any = "worst") -> Expectations:
    return Expectations(promises, Seeds(seeds, judge), {})


def metric(key: str, **bound: Any) -> Promise:
    limits = {
        k: Amount(v) if isinstance(v, int | float) and k in ("above", "below", "within") else v
        for k, v in bound.items()
    }
    return Promise(key, "metric", Bound(**limits))


def verdict(promise: Promise, *found: Figures, judge: Any = "worst", **more: Any) -> Verdict:
    [one] = judged(expecting(promise, seeds=len(found), judge=judge), found, **more)
    return one


@pytest.mark.parametrize(
    ("bound", "value", "met", "margin"),
    [
        ({"below": 0.02}, 0.0125, True, 0.0075),
        ({"below": 0.02}, 0.02, False, 0.0),
        ({"below": 0.02}, 0.03, False, -0.01),
        ({"above": 0.95}, 0.96, True, 0.01),
        ({"above": 0.95}, 0.95, False, 0.0),
        ({"above": 0.1, "below": 0.5}, 0.4, True, 0.1),
        ({"above": 0.1, "below": 0.5}, 0.05, False, -0.05),
        ({"within": 0.5, "of": 2.0}, 2.5, True, 0.0),
        ({"within": 0.5, "of": 2.0}, 1.25, False, -0.25),
        ({"within": Amount(10, share=True), "of": 2.0}, 2.125, True, 0.075),
        ({"below": Amount(110, share=True), "of": 2.0}, 2.125, True, 0.075),
        ({"above": Amount(90, share=True), "of": -2.0}, 1.5, False, -0.3),
    ],
)
def test_one_figure(bound: dict[str, Any], value: float, met: bool, margin: float) -> None:
    found = verdict(metric("test.mse", **bound), figures(mse=value))
    assert (found.met, found.figure) == (met, value)
    assert found.margin == pytest.approx(margin, abs=1e-12)


def test_within_of_a_negative_reference_is_a_distance() -> None:
    bound = {"within": Amount(5, share=True), "of": -10.0}
    assert verdict(metric("test.skill", **bound), figures(skill=-10.4)).met
    assert not verdict(metric("test.skill", **bound), figures(skill=-10.6)).met


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (figures(mse=math.nan), "the figure is not a number"),
        (figures(mse=math.inf), "the figure is infinite"),
        (figures(mae=1.0), "there is no figure"),
        (figures(split="valid", mse=1.0), "no step of the test split was scored"),
        (
            Figures(0, Path("run"), {"test": {"mse": 0.0, "scored_steps": 0}}, 337, 2.5),
            "no step of the test split was scored",
        ),
    ],
)
def test_nothing_is_met_by_no_figure(found: Figures, why: str) -> None:
    for bound in ({"below": 1e9}, {"above": -1e9}, {"within": 1e9, "of": 0.0}):
        one = verdict(metric("test.mse", **bound), found)
        assert (one.met, one.why, one.figure) == (False, why, None)


def test_nothing_is_met_where_nothing_was_trained() -> None:
    promises = [metric("test.mse", below=1), Promise("deterministic", "deterministic"), Promise("resume", "resume")]
    promises.append(Promise("transcript", "transcript", files=(Path("s.txt"),)))
    assert [v.met for v in judged(expecting(*promises), [])] == [False] * 4
    assert {v.why for v in judged(expecting(*promises), [])} == {"nothing was trained"}


SEEDS = [figures(seed, mse=value) for seed, value in enumerate([1.0, 2.0, 3.0, 4.0, 5.0])]


def test_the_worst_of_seeds() -> None:
    below, above = (verdict(metric("test.mse", **bound), *SEEDS) for bound in ({"below": 4.5}, {"above": 0.5}))
    assert (below.met, below.figure, below.margin) == (False, 5.0, -0.5)
    assert (above.met, above.figure, above.margin) == (True, 1.0, 0.5)
    assert below.why == "the worst of 5 seeds, from 1 to 5"
    assert below.values == (1.0, 2.0, 3.0, 4.0, 5.0)


def test_the_mean_of_seeds() -> None:
    found = verdict(metric("test.mse", below=3.5), *SEEDS, judge="mean")
    assert (found.met, found.figure, found.margin) == (True, 3.0, 0.5)


def test_the_interval_of_the_mean_of_seeds() -> None:
    # 3 + 2.7764 * sqrt(0.5) = 4.9632
    met, unmet = (verdict(metric("test.mse", below=b), *SEEDS, judge="confidence") for b in (4.97, 4.96))
    assert met.met
    assert not unmet.met
    assert unmet.figure == pytest.approx(4.96324, abs=1e-5)
    assert unmet.why == "95 % interval of the mean of 5 seeds: 1.03676 to 4.96324"


def test_one_seed_has_no_interval() -> None:
    one = verdict(metric("test.mse", below=100), figures(mse=1.0), judge="confidence")
    assert (one.met, one.figure, one.why) == (False, 1.0, "an interval needs two seeds at least")


def test_no_memory_is_no_short_memory() -> None:
    found = Figures(0, Path("run"), {}, parameters=337, seconds=2.5, horizon=0.0)
    [one] = judged(expecting(Promise("horizon", "horizon", Bound(below=Amount(5)))), [found])
    assert (one.met, one.why) == (False, "no gradient of the loss goes back to any input")


def test_a_bound_says_itself_what_is_judged() -> None:
    assert verdict(metric("test.mse", below=3.5, judge="mean"), *SEEDS, judge="worst").met


def test_one_seed_without_a_number_is_not_met_by_the_others() -> None:
    found = [*SEEDS[:2], figures(2, mse=math.nan)]
    one = verdict(metric("test.mse", below=100, judge="mean"), *found)
    assert (one.met, one.why) == (False, "the figure is not a number with seed 2")


def test_baseline() -> None:
    promise = metric("test.mse", within=Amount(5, share=True), of="baseline")
    assert verdict(promise, figures(mse=2.0625), baseline={"test.mse": [2.0]}).met
    off = verdict(promise, figures(mse=2.2), baseline={"test.mse": [1.5, 2.5]})
    assert (off.met, off.reference) == (False, 2.0)
    assert off.margin == pytest.approx(-0.1)


@pytest.mark.parametrize("recorded", [None, {}, {"test.mae": [1.0]}, {"test.mse": []}])
def test_no_baseline_is_not_met(recorded: Any) -> None:
    promise = metric("test.mse", within=Amount(5, share=True), of="baseline")
    found = verdict(promise, figures(mse=2.1), baseline=recorded)
    assert (found.met, found.figure) == (False, 2.1)
    assert found.why == "no baseline is recorded for it: rnnctl check --update-baseline"


def test_a_share_of_a_baseline_of_zero_says_nothing() -> None:
    promise = metric("test.mse", below=Amount(110, share=True), of="baseline")
    found = verdict(promise, figures(mse=0.0), baseline={"test.mse": [0.0]})
    assert (found.met, found.why) == (False, "the baseline is 0, and a share of 0 is 0: write the bound as a number")


def test_counts_times_and_memory() -> None:
    found = Figures(0, Path("run"), {}, parameters=337, seconds=2.5, memory=300_000_000, horizon=12.0)
    promises = [
        Promise("parameters", "parameters", Bound(exactly=337)),
        Promise("parameters", "parameters", Bound(exactly=338)),
        Promise("seconds", "seconds", Bound(below=Amount(2))),
        Promise("memory", "memory", Bound(below=Amount(3.1e8))),
        Promise("horizon", "horizon", Bound(above=Amount(12))),
    ]
    assert [v.met for v in judged(expecting(*promises), [found])] == [True, False, False, True, False]


def test_what_was_not_measured_is_not_met() -> None:
    [memory] = judged(expecting(Promise("memory", "memory", Bound(below=Amount(1e12)))), [figures()])
    assert (memory.met, memory.why) == (False, "there is no figure")


def said(kind: Any, *found: Figures, again: Figures | None = None) -> tuple[bool, str | None]:
    [one] = judged(expecting(Promise(kind, kind, files=(Path("s.txt"),))), found, again)
    return one.met, one.why


def with_(**changes: Any) -> Figures:
    return Figures(0, Path("run"), {}, 337, 2.5, **changes)


def test_deterministic() -> None:
    assert said("deterministic", with_(bits="a"), again=with_(bits="a")) == (True, None)
    other = said("deterministic", with_(bits="a"), again=with_(bits="b"))
    assert other == (False, "trained twice with the same seed, it ends with other bits")
    for once in (None, with_()):
        assert said("deterministic", with_(bits="a"), again=once) == (False, "it was not trained twice")
    assert said("deterministic", with_(), again=with_()) == (False, "it was not trained twice")


def test_resume() -> None:
    assert said("resume", with_(resumed="")) == (True, None)
    assert said("resume", with_(resumed="weights differ")) == (False, "weights differ")
    assert said("resume", with_()) == (False, "it was not stopped and gone on with")


def test_transcripts() -> None:
    assert said("transcript", with_(transcripts={"s.txt": (3, ())})) == (True, None)
    unmet = said("transcript", with_(transcripts={"s.txt": (3, ("line 4: h[0] > 1", "line 5"))}))
    assert unmet == (False, "s.txt: line 4: h[0] > 1, and 1 more")
    for nothing in (None, {}, {"s.txt": (0, ())}):
        told = "s.txt expects nothing: it has no line that begins with `expect`"
        assert said("transcript", with_(transcripts=nothing)) == (False, told)


@pytest.mark.parametrize("judge", ["mean", "confidence"])
def test_figures_too_large_for_their_sum_or_their_squares(judge: str) -> None:
    found = [figures(seed, mse=value) for seed, value in enumerate((1.5e308, 1.7e308))]
    one = verdict(metric("test.mse", above=1.0), *found, judge=judge)
    assert one.met == (judge == "mean")
    assert one.why == ("the mean of 2 seeds, from 1.5e+308 to 1.7e+308" if one.met else "the interval has no end")


def test_a_baseline_too_large_for_its_sum() -> None:
    bound = metric("test.mse", within=Amount(5, share=True), of="baseline")
    assert not verdict(bound, figures(mse=1.0), baseline={"test.mse": [1.7e308, 1.7e308]}).met
