"""Figures, promises and troubles in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from check_outcomes import BUG, CRASHED, MET, REFUSED, SKIPPED, STOPPED, TIMEOUT, UNMET, promise

from rnnctl.config.expect.promises import Amount, Bound, Promise
from rnnctl.expect.outcome import Trouble, Verdict
from rnnctl.report.check.words import (
    amount,
    counted,
    exit_words,
    interrupted,
    last_lines,
    lasted,
    margin,
    note,
    promised,
    sentence,
    shown,
    state_words,
    trouble_words,
)


def percent(share: float) -> Amount:
    return Amount(share, share=True)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("test.mse", 0.0312345, "0.03123"),
        ("test.mse", 1.5e-7, "1.500e-07"),
        ("parameters", 4449.0, "4,449"),
        ("seconds", 12.3456, "12.35 s"),
        ("memory", 312_400_000.0, "312.4 MB"),
        ("horizon", 21.5, "21.5 steps"),
    ],
)
def test_figures_have_their_unit(key: str, value: float, text: str) -> None:
    assert amount(promise(key, below=1.0), value) == text


@pytest.mark.parametrize(
    ("key", "limit", "value", "text"),
    [
        ("test.mse", 0.02, 0.020000012, "0.020000012"),
        ("test.mse", 0.02, 0.020003, "0.020003"),
        ("test.mse", 0.02, 0.02, "0.02"),
        ("memory", 5e8, 500_004_000.0, "500.004 MB"),
        ("seconds", 8.0, 8.00002, "8.00002 s"),
    ],
)
def test_a_figure_does_not_look_like_a_bound_that_it_is_not(key: str, limit: float, value: float, text: str) -> None:
    assert shown(Verdict(promise(key, below=limit), False, figure=value, margin=limit - value)) == text


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (promise("test.mse", below=0.02), "test.mse below 0.02"),
        (promise("test.mse", above=0.01, below=0.02), "test.mse above 0.01 and below 0.02"),
        (promise("test.mse", within=percent(5), of="baseline"), "test.mse within 5% of baseline"),
        (promise("parameters", exactly=14449.0), "parameters exactly 14,449"),
        (promise("memory", below=1.5e9), "memory below 1,500 MB"),
        (promise("deterministic"), "deterministic"),
        (promise("resume"), "resume exact"),
    ],
)
def test_promises(made: Promise, text: str) -> None:
    assert promised(made) == text


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (
            Verdict(promise("test.mse", below=0.02), False, figure=0.0312, margin=-0.0112),
            "test.mse 0.0312, not below 0.02: 0.0112 too much",
        ),
        (
            Verdict(promise("test.skill", above=0.3), False, figure=0.1, margin=-0.2),
            "test.skill 0.1, not above 0.3: 0.2 too little",
        ),
        (
            Verdict(promise("test.skill", above=0.3, below=0.4), False, figure=0.5, margin=-0.1),
            "test.skill 0.5, not above 0.3 and below 0.4: 0.1 too much",
        ),
        (
            Verdict(promise("test.mse", below=0.02), False, figure=0.02, margin=0.0),
            "test.mse 0.02, not below 0.02: it is the bound itself",
        ),
        (
            Verdict(promise("test.mse", within=percent(5), of="baseline"), False, None, 0.03, -0.009, 0.02),
            "test.mse 0.03, not within 5% of baseline (baseline 0.02): 0.009 too far off",
        ),
        (
            Verdict(promise("test.mse", below=percent(90), of="baseline"), False, None, 0.03, -0.012, 0.02),
            "test.mse 0.03, not below 90% of baseline (baseline 0.02): 0.012 too much",
        ),
        (
            Verdict(promise("parameters", exactly=10.0), False, figure=12.0, margin=-2.0),
            "parameters 12, not exactly 10: 2 too many",
        ),
        (
            Verdict(promise("test.mse", below=0.02), True, figure=0.01, margin=0.01, why="the mean of 2 seeds"),
            "test.mse 0.01, below 0.02: 0.01 to spare; the mean of 2 seeds",
        ),
        (
            Verdict(promise("test.mse", below=0.02), False, why="the figure is not a number"),
            "test.mse below 0.02: the figure is not a number",
        ),
        (Verdict(promise("deterministic"), True), "deterministic: as promised"),
        (Verdict(promise("resume"), False), "resume exact: not so"),
    ],
)
def test_a_verdict_in_a_sentence(verdict: Verdict, text: str) -> None:
    assert sentence(verdict) == text


def test_whole_numbers_are_as_good_as_others() -> None:
    """As they are read from a config."""
    made = Promise("parameters", "parameters", Bound(below=Amount(500)))
    verdict = Verdict(made, False, figure=500.0, margin=0.0)
    assert sentence(verdict) == "parameters 500, not below 500: it is the bound itself"
    assert sentence(replace(verdict, figure=501.5, margin=-1.5)) == "parameters 501.5, not below 500: 1.5 too much"
    made = Promise("memory", "memory", Bound(below=Amount(10**9)))
    assert sentence(Verdict(made, True, figure=5e8, margin=5e8)) == "memory 500.0 MB, below 1,000 MB: 500.0 MB to spare"


def test_seeds_that_all_give_the_same_are_told_as_such() -> None:
    made = Verdict(
        promise("test.mse", below=1.0), True, figure=0.5, margin=0.5, values=(0.5, 0.5), why="from 0.5 to 0.5"
    )
    assert note(made) == "the same with 2 seeds"
    assert note(replace(made, values=(0.5, 0.4))) == "from 0.5 to 0.5"
    missed = replace(made, met=False, margin=-0.5)
    assert note(missed) == "the same with 2 seeds"
    assert sentence(missed) == "test.mse 0.5, not below 1: 0.5 too much; the same with 2 seeds"
    assert note(replace(missed, margin=None, why="no baseline is recorded")) == "no baseline is recorded"


def test_a_count_that_is_met_has_nothing_to_spare() -> None:
    assert margin(Verdict(promise("parameters", exactly=10.0), True, figure=10.0, margin=0.0)) == ""


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (MET, "met in 12 s"),
        (UNMET, "unmet, kept from an earlier check"),
        (CRASHED, "crashed after 2.1 s"),
        (REFUSED, "refused"),
        (TIMEOUT, "ran out of time after 1:00 min"),
        (SKIPPED, "skipped, since another one failed"),
        (STOPPED, "skipped, since the check was stopped"),
        (replace(MET, smoke=True, seconds=2.34), "ran in 2.3 s"),
    ],
)
def test_states(outcome, text) -> None:
    assert state_words(outcome) == text


@pytest.mark.parametrize(
    ("fresh", "smoke", "text"),
    [
        (False, False, "interrupted; the same command goes on from here"),
        (True, False, "interrupted; the same command without --fresh goes on from here"),
        (False, True, "interrupted"),
    ],
)
def test_what_to_do_after_a_check_that_was_stopped(fresh: bool, smoke: bool, text: str) -> None:
    assert interrupted(fresh=fresh, smoke=smoke) == text


def test_times() -> None:
    told = [lasted(seconds) for seconds in (0.0, 9.94, 9.96, 59.4, 59.6, 3599.4, 3599.6, 90061)]
    assert told == ["0.0 s", "9.9 s", "10 s", "59 s", "1:00 min", "59:59 min", "1:00:00 h", "25:01:01 h"]


def test_the_line_that_counts() -> None:
    assert counted((MET, replace(UNMET, kept=False), CRASHED), 12.4) == "3 configs: 1 met, 1 unmet, 1 crashed in 12 s"
    assert counted((MET, UNMET)) == "2 configs: 1 met, 1 unmet (1 kept)"
    assert counted((TIMEOUT,), 0.04) == "1 config: 1 ran out of time in 0.0 s"
    smoke = (replace(MET, smoke=True), replace(CRASHED, smoke=True))
    assert counted(smoke, 3.0) == "2 configs, made to run for a moment: 1 ran, 1 crashed in 3.0 s"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "exit code 1: a bug in rnnctl"),
        (4, "exit code 4: training failed"),
        (7, "exit code 7"),
        (-9, "ended by SIGKILL, most likely for want of memory"),
        (-11, "ended by SIGSEGV"),
        (143, "ended by SIGTERM"),
        (-250, "ended by signal 250"),
    ],
)
def test_how_a_process_ended(code: int, text: str) -> None:
    assert exit_words(code) == text


def test_a_trouble_says_each_thing_once() -> None:
    told = Trouble("training ended with exit code 4: the loss is nan", exit_code=4, seed=1)
    assert trouble_words(told) == "training ended with exit code 4: the loss is nan, seed 1"
    assert trouble_words(Trouble("it left no result\nat all", exit_code=7)) == "it left no result, exit code 7"


def test_the_last_lines() -> None:
    assert CRASHED.trouble is not None
    assert last_lines(CRASHED.trouble, 2) == ["line 30", "allocating 96 GB"]
    assert REFUSED.trouble is not None
    assert last_lines(replace(REFUSED.trouble, output="error: …")) == []
    assert BUG.trouble is not None
    assert last_lines(BUG.trouble)[-1] == "KeyError: 1"
    assert last_lines(Trouble("", output="\n \n")) == []
    said = Trouble("it ended with exit code 4: the loss is nan", output="error: the loss is nan\n  = help: wait\n")
    assert last_lines(said) == ["  = help: wait"]
    assert last_lines(Trouble("", output="10 %\r50 %\r90 %\n")) == ["90 %"]
