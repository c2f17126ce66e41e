"""Every mistake in the section `expect`: its place, its words, and what was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.config.expect.read import MOST_PROMISES
from rnnctl.errors import ConfigError
from tests.config.test_config_expect import BASE, opened


def wrong(expect: str) -> list[str]:
    """Each mistake: line and column, message, and help."""
    with pytest.raises(ConfigError) as error:
        opened(expect)
    told = []
    for d in error.value.diagnostics:
        assert d.where is not None
        told.append(f"{d.where.line}:{d.where.column} {d.message}" + (f" | {d.help}" if d.help else ""))
    return told


KNOWN = "parameters, seconds, memory, horizon, deterministic, resume, transcript, seeds"
METRICS = "loss, mse, rmse, mae, skill, baseline_mse, baseline_rmse, baseline_mae, scored_steps"
UNITS = "units: B, kB, MB, GB, TB; KiB, MiB, GiB, TiB"
BESIDE = "write `of: baseline`, or `of:` and a number, beside it"
SIDES = "known here: above, below, within, of, judge"

MISTAKES = f"""
3
4:9 expect must be a mapping, not 3 | write `test.mse: {{below: 0.02}}` below it, two spaces in
[]
4:9 expect must be a mapping, not a list | write `test.mse: {{below: 0.02}}` below it, two spaces in
{{}}
4:1 expect promises nothing | write test.mse: {{below: 0.02}}, say, or leave expect out
{{test.mse: null}}
4:1 expect promises nothing | write test.mse: {{below: 0.02}}, say, or write expect: null
{{seeds: 5}}
4:1 expect promises nothing | write test.mse: {{below: 0.02}}, say, or write expect: null
{{test.mse: 0.02}}
4:20 test.mse must be a mapping, not 0.02 | write test.mse: {{below: 0.02}}
{{test.accuracy: 0.9}}
4:25 test.accuracy must be a mapping, not 0.9 | write test.accuracy: {{above: 0.9}}
{{test.mse: "<0.02"}}
4:20 test.mse must be a mapping, not the text '<0.02' | write test.mse: {{below: 0.02}}
{{test.skill: ">= 0.5"}}
4:22 test.skill must be a mapping, not the text '>= 0.5' | write test.skill: {{above: 0.5}}
{{test.mse: 5%}}
4:20 test.mse must be a mapping, not the text '5%' | write test.mse: {{within: 5%, of: baseline}}
{{test.mse: yes}}
4:20 test.mse must be a mapping, not the text 'yes' | write test.mse: {{below: 0.02}}, say
{{test.mse: >0.9}}
4:20 a value cannot start with '>' | put text that starts with '>' in quotes
{{test.mse: {{}}}}
4:10 test.mse has no bound | one of above, below, within
{{test.mse: {{judge: mean}}}}
4:10 test.mse has no bound | one of above, below, within
{{parameters: {{}}}}
4:10 parameters has no bound | one of above, below, exactly
{{horizon: {{judge: mean}}}}
4:10 horizon has no bound | one of above, below
{{test.mse: {{below: .nan}}}}
4:28 below must be a finite number or text, not nan
{{test.mse: {{below: .inf}}}}
4:28 below must be a finite number or text, not inf
{{test.mse: {{below: 99999999999999999999}}}}
4:28 this number is too large: whole numbers have at most 64 bits
{{test.mse: {{below: '0.02'}}}}
4:28 below must be a number or a share such as 5%, not the text '0.02' | write 0.02, without quotes
{{test.mse: {{below: <0.9}}}}
4:28 below must be a number or a share such as 5%, not the text '<0.9' | write 0.9: whether above or below, the key says
{{test.mse: {{below: yes}}}}
4:28 below must be a number or a share such as 5%, not the text 'yes'
{{test.mse: {{below: [1]}}}}
4:28 below must be a number or text, not a list
{{test.mse: {{belw: 0.02}}}}
4:21 unknown key 'belw' | did you mean 'below'? {SIDES}
{{test.mse: {{less_than: 0.02}}}}
4:21 unknown key 'less_than' | did you mean 'below'? {SIDES}
{{test.skill: {{min: 0.02}}}}
4:23 unknown key 'min' | did you mean 'above'? {SIDES}
{{test.mse: {{tolerance: 5%}}}}
4:21 unknown key 'tolerance' | did you mean 'within'? {SIDES}
{{test.mse: {{above: 0.1, judge: median}}}}
4:40 judge must be one of mean, worst, confidence, not the text 'median' | did you mean 'mean'?
{{test.mse: {{within: 0.05}}}}
4:29 within is a distance, and what from is not said | {BESIDE}
{{test.mse: {{within: 5%}}}}
4:29 5% of what is not said | {BESIDE}
{{test.mse: {{within: -5%, of: baseline}}}}
4:29 a share is at least 0%
{{test.mse: {{within: -5, of: baseline}}}}
4:29 a distance is at least 0
{{test.mse: {{within: 5, of: basline}}}}
4:36 of must be a number or baseline, not the text 'basline' | did you mean 'baseline'?
{{test.mse: {{within: 5%, of: 0}}}}
4:37 a share of 0 is 0 | write the bound as a number
{{test.mse: {{below: 1, of: baseline}}}}
4:31 nothing is held against `of` | write `within: 5%`, or `below: 110%`, beside it
{{test.mse: {{above: 3, below: 2}}}}
4:38 nothing is above 3 and below 2
{{test.mse: {{above: 3%, below: 2%, of: baseline}}}}
4:39 nothing is above 3% and below 2%
{{parameters: {{above: 5, below: 6}}}}
4:40 nothing is above 5 and below 6
{{parameters: {{exactly: 3, below: 5}}}}
4:35 exactly says all, and below nothing more | keep one
{{parameters: 3.0}}
4:22 parameters must be a whole number or a mapping, not 3.0 | write 3
{{parameters: 5k}}
4:22 parameters must be a whole number or a mapping, not the text '5k'
{{parameters: -3}}
4:22 parameters must be at least 0, not -3
{{parameters: {{below: 1e3}}}}
4:30 below must be a whole number, not 1000.0 | write 1000
{{seconds: 60}}
4:19 seconds must be a mapping, not 60 | write seconds: {{below: 60}}
{{seconds: 2 min}}
4:19 seconds must be a mapping, not the text '2 min' | write seconds: {{below: 120}}
{{seconds: {{below: 2 min}}}}
4:27 below must be a number, not the text '2 min' | write 120, in seconds
{{seconds: {{below: 0}}}}
4:27 below must be above 0, not 0
{{seconds: {{above: 3}}}}
4:20 seconds has a bound from above alone | write below: 3
{{memory: 500 MB}}
4:18 memory must be a mapping, not the text '500 MB' | write memory: {{below: 500 MB}}
{{memory: 500000}}
4:18 memory must be a mapping, not 500000 | write memory: {{below: 500000}}
{{memory: {{below: 500 Mb}}}}
4:26 memory must be bytes above 0, or a text such as 500 MB, not the text '500 Mb' | {UNITS}
{{memory: {{below: 0}}}}
4:26 memory must be bytes above 0, or a text such as 500 MB, not 0 | {UNITS}
{{memory: {{below: 1e9}}}}
4:26 below must be a whole number or a text such as 500 MB, not 1000000000.0 | write 1000000000
{{memory: {{above: 1 MB}}}}
4:19 memory has a bound from above alone | write below: 1 MB
{{horizon: 20}}
4:19 horizon must be a mapping, not 20 | write horizon: {{above: 20}}
{{resume: true}}
4:18 resume must be exact, not true | write resume: exact
{{deterministic: yes}}
4:25 deterministic must be true or false, not the text 'yes' | write true or false: yes, no, on and off are text
{{deterministic: exact}}
4:25 deterministic must be true or false, not the text 'exact' | write deterministic: true
{{transcript: ""}}
4:22 transcript[0] must not be empty
{{transcript: []}}
4:22 transcript must not be empty
{{transcript: [3]}}
4:23 transcript[0] must be text, not 3
{{test.mse: {{below: 3}}, seeds: 0}}
4:39 seeds must be at least 1, not 0
{{test.mse: {{below: 3}}, seeds: 5.0}}
4:39 seeds must be a whole number or a mapping, not 5.0 | write 5
{{test.mse: {{below: 3}}, seeds: [1, 2, 3]}}
4:39 seeds must be a whole number or a mapping, not a list | write seeds: 3: `training.seed` and those that follow it
{{test.mse: {{below: 3}}, seeds: {{judge: mean}}}}
4:32 missing key 'count' | count: how many seeds: `training.seed` and those that follow it
{{test.mse: {{below: 3}}, seeds: {{count: 5, bound: mean}}}}
4:50 unknown key 'bound' | known here: count, judge
{{test.mse.belw: 3}}
4:25 test.mse.belw must be a mapping, not 3 | did you mean test.mse: {{below: 3}}?
{{mse: {{below: 3}}}}
4:10 'mse' is a metric, and of which split is not said | write test.mse, valid.mse or train.mse
{{Accuracy: 0.9}}
4:10 'Accuracy' is a metric, and of which split is not said | write test.accuracy, valid.accuracy or train.accuracy
{{test: {{mse: {{below: 3}}}}}}
4:10 'test' is a split, and names no metric | write test.mse: {{below: 3}}, in one key
{{test: 3}}
4:10 'test' is a split, and names no metric | write test.mse: {{below: 3}}, say
{{test.: {{below: 3}}}}
4:10 'test.' names no metric | write test.mse: {{below: 0.02}}, say
{{val.mse: {{below: 3}}}}
4:10 unknown split 'val' | did you mean 'valid.mse'? splits: test, valid, train
{{tst.mse: {{below: 3}}}}
4:10 unknown split 'tst' | did you mean 'test.mse'? splits: test, valid, train
{{val_loss: {{below: 3}}}}
4:10 unknown key 'val_loss' | did you mean 'valid.loss'? a metric is named with its split and a point
{{test/mse: {{below: 3}}}}
4:10 unknown key 'test/mse' | did you mean 'test.mse'? a metric is named with its split and a point
{{time: 3}}
4:10 unknown key 'time' | did you mean 'seconds'? known here: {KNOWN}
{{seed: 5}}
4:10 unknown key 'seed' | did you mean 'seeds'? known here: {KNOWN}
{{latency: 3}}
4:10 unknown key 'latency' | known here: {KNOWN}; metrics as in test.mse
{{test.mes: {{below: 3}}}}
4:10 there is no metric 'mes' where the target is a number | did you mean 'test.mse'? metrics: {METRICS}
{{test.MSE: {{below: 3}}}}
4:10 there is no metric 'MSE' where the target is a number | did you mean 'test.mse'? metrics: {METRICS}
{{test.nll: {{below: 3}}}}
4:10 the loss mse has no metric 'nll' | metrics: {METRICS}
{{test.mse: {{below: 0}}}}
4:28 mse is at least 0, and so never below 0
{{test.mse: {{within: 150%, of: baseline}}}}
4:29 mse is at least 0, and so never more than 100% below what it is held against | write below: 250%, of: baseline
{{memory: {{below: 500}}}}
4:26 no process that trains holds less than 500 bytes | a number alone is bytes: write 500 MB, say
{{horizon: {{below: 0}}}}
4:27 the horizon is at least 0, and so never below 0
{{parameters: {{below: 0}}}}
4:30 the number of parameters is at least 0, and so never below 0
{{test.mse: {{below: 3}}, seeds: {{count: 1, judge: confidence}}}}
4:57 one seed has no interval of confidence | write seeds: 5, say, or another judge
"""
CASES = [tuple(pair.split("\n")) for pair in re.findall(r".+\n.+", MISTAKES)]


@pytest.mark.parametrize(("written", "told"), CASES, ids=[written for written, _ in CASES])
def test_a_mistake_at_its_place(written: str, told: str) -> None:
    assert wrong(f"expect: {written}") == [told]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Those of the section alone, and those that take the data, of what else it says."""
    path = tmp_path / "c.yaml"
    path.write_text(
        f"{BASE}expect:\n  test.mse: {{below: yes}}\n  test.accuracy: {{above: 0.5}}\n  transcript: none.txt\n"
        "  seeds: many\n  valid.mse: {below: 1, judge: confidence}\n"
    )
    with pytest.raises(ConfigError) as error:
        open_config(path)
    told = [(d.where.line, d.message) for d in error.value.diagnostics if d.where]
    assert told == [
        (5, "below must be a number or a share such as 5%, not the text 'yes'"),
        (6, "there is no metric 'accuracy' where the target is a number"),
        (7, f"there is no file {tmp_path / 'none.txt'}"),
        (8, "seeds must be a whole number or a mapping, not the text 'many'"),
    ]


def test_too_many_promises() -> None:
    many = ", ".join(f"test.mse.x{i}: {{below: 1}}" for i in range(MOST_PROMISES + 1))
    assert wrong(f"expect: {{{many}}}") == ["4:1 a config makes at most 1,000 promises, and here are 1,001"]
