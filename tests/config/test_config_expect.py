"""The section `expect` as it is read: each promise, each mistake at its place with what was meant, and what is kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rnnctl.config import open_config, parse_config, resolve
from rnnctl.config.expect.promises import Amount, Bound, Expectations, Promise, Seeds
from rnnctl.config.expect.read import MOST_PROMISES, _bytes
from rnnctl.config.expect.sections import MEMORY, SHARE
from rnnctl.config.resolve import Resolved, examined
from rnnctl.errors import ConfigError

BASE = """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
"""


def opened(expect: str, folder: str = "/in") -> Resolved:
    config = parse_config(f"{BASE}{expect}\n", f"{folder}/config.yaml")
    return resolve(config, examined(config))


def read(expect: str) -> Expectations:
    found = opened(f"expect: {expect}").expect
    assert found is not None
    return found


def wrong(expect: str) -> list[str]:
    """Each mistake: line and column, message, and help."""
    with pytest.raises(ConfigError) as error:
        opened(expect)
    told = []
    for d in error.value.diagnostics:
        assert d.where is not None
        told.append(f"{d.where.line}:{d.where.column} {d.message}" + (f" | {d.help}" if d.help else ""))
    return told


# what is read

GOOD = [
    ("{test.mse: {below: 0.02}}", Promise("test.mse", "metric", Bound(below=Amount(0.02))), "test.mse below 0.02"),
    (
        "{valid.skill: {above: 0.3, below: 0.9}}",
        Promise("valid.skill", "metric", Bound(Amount(0.3), Amount(0.9))),
        "valid.skill above 0.3 and below 0.9",
    ),
    (
        "{test.mse: {within: 5%, of: baseline}}",
        Promise("test.mse", "metric", Bound(within=Amount(5, share=True), of="baseline")),
        "test.mse within 5% of baseline",
    ),
    (
        "{test.mse: {within: .5 %, of: 0.02}}",
        Promise("test.mse", "metric", Bound(within=Amount(0.5, share=True), of=0.02)),
        "test.mse within 0.5% of 0.02",
    ),
    (
        "{test.mse: {below: 110%, of: baseline, judge: mean}}",
        Promise("test.mse", "metric", Bound(below=Amount(110, share=True), of="baseline", judge="mean")),
        "test.mse below 110% of baseline",
    ),
    ("{parameters: 89}", Promise("parameters", "parameters", Bound(exactly=89)), "parameters exactly 89"),
    (
        "{parameters: {above: 5, below: 7}}",
        Promise("parameters", "parameters", Bound(Amount(5), Amount(7))),
        "parameters above 5 and below 7",
    ),
    ("{seconds: {below: 1.5}}", Promise("seconds", "seconds", Bound(below=Amount(1.5))), "seconds below 1.5"),
    ("{memory: {below: 1000}}", Promise("memory", "memory", Bound(below=Amount(1000))), "memory below 1000"),
    ("{memory: {below: 1.5 KiB}}", Promise("memory", "memory", Bound(below=Amount(1536))), "memory below 1536"),
    ("{horizon: {above: 20}}", Promise("horizon", "horizon", Bound(Amount(20))), "horizon above 20"),
    ("{deterministic: true}", Promise("deterministic", "deterministic"), "deterministic"),
    ("{resume: exact}", Promise("resume", "resume"), "resume exact"),
    (
        "{transcript: a.txt}",
        Promise("transcript", "transcript", files=(Path("/in/a.txt"),)),
        "transcript a.txt",
    ),
    (
        "{transcript: [a.txt, ../b/c.txt]}",
        Promise("transcript", "transcript", files=(Path("/in/a.txt"), Path("/b/c.txt"))),
        "transcript a.txt, c.txt",
    ),
]


@pytest.mark.parametrize(("written", "promise", "words"), GOOD, ids=[words for _, _, words in GOOD])
def test_a_promise(written: str, promise: Promise, words: str) -> None:
    found = read(written)
    assert found.promises == (promise,)
    assert str(promise) == words
    assert found.seeds == Seeds(1, "worst")
    assert promise.setting == ("expect", promise.key)


def test_promises_are_in_the_order_of_the_file() -> None:
    found = read("{seeds: 3, resume: exact, test.mse: {below: 1}, parameters: 89, valid.mse: {below: 1}}")
    assert [promise.key for promise in found.promises] == ["resume", "test.mse", "parameters", "valid.mse"]


def test_what_is_null_or_false_is_not_promised() -> None:
    found = read("{parameters: 89, test.mse: null, deterministic: false, resume: null, seconds: null, seeds: null}")
    assert [promise.key for promise in found.promises] == ["parameters"]
    assert found.plain == {"parameters": 89}
    assert opened("expect: null").expect is None
    assert opened("").expect is None


def test_the_judge_of_a_bound_goes_before_that_of_the_seeds() -> None:
    found = read("{seeds: {count: 3, judge: confidence}, test.mse: {below: 1, judge: mean}, valid.mse: {below: 1}}")
    assert [found.judge_of(promise) for promise in found.promises] == ["mean", "confidence"]
    assert [read("{test.mse: {below: 1}, seeds: 3}").judge_of(found.promises[1])] == ["worst"]


@pytest.mark.parametrize(
    ("written", "size"),
    [
        *(("1 B", 1), ("2kB", 2000), ("2 KB", 2000), ("2 KiB", 2048), ("0.5 MB", 5e5), ("1 MiB", 2**20)),
        *(("3 GB", 3e9), ("3 GiB", 3 * 2**30), ("1 TB", 1e12), ("1 TiB", 2**40), (7, 7), (" 1 MB ", 1e6)),
        *(("1 mb", None), ("MB", None), ("1", None), ("-1 MB", None), ("1e3 MB", None), ("0 MB", None), (0, None)),
    ],
)
def test_memory(written: int | str, size: float | None) -> None:
    assert _bytes(written) == size


def test_what_texts_must_be_is_what_the_schema_says() -> None:
    assert [
        bool(re.fullmatch(SHARE, text)) for text in ("5%", "5 %", "0.5%", ".5%", "5.%", "-5%", "5", "%", "5%%")
    ] == [
        *[True] * 5,
        *[False] * 4,
    ]
    assert [bool(re.fullmatch(MEMORY, text)) for text in ("1 B", "1.5GiB", "1 g", "GB")] == [True, True, False, False]


# mistakes, each alone

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


# what is kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("{parameters: {exactly: 89, below: null}}", {"parameters": 89}),
        ("{parameters: {below: 99, exactly: null}}", {"parameters": {"below": 99}}),
        ("{parameters: 89, seeds: {count: 5, judge: worst}}", {"parameters": 89, "seeds": 5}),
        (
            "{parameters: 89, seeds: {count: 5, judge: mean}}",
            {"parameters": 89, "seeds": {"count": 5, "judge": "mean"}},
        ),
        ("{memory: {below: 5 MB}}", {"memory": {"below": "5 MB"}}),
        (
            "{test.mse: {within: 5%, of: baseline, above: null}}",
            {"test.mse": {"within": "5%", "of": "baseline"}},
        ),
        ("{transcript: a.txt}", {"transcript": ["/in/a.txt"]}),
        ("{deterministic: true, resume: exact}", {"deterministic": True, "resume": "exact"}),
    ],
)
def test_a_resolved_config_is_itself_again(written: str, kept: dict[str, object]) -> None:
    first = opened(f"expect: {written}", "/in")
    assert first.as_plain()["expect"] == kept
    again = parse_config(first.as_text(), "/elsewhere/resolved.yaml")
    second = resolve(again, examined(again))
    assert second.as_plain() == first.as_plain()
    assert second.expect == first.expect


def test_a_script_that_is_gone_ends_no_run_that_was_saved(tmp_path: Path) -> None:
    """It is looked for where the data is, not where a saved config is read."""
    path = tmp_path / "c.yaml"
    path.write_text(f"{BASE}expect: {{transcript: steps.txt}}\n")
    (tmp_path / "steps.txt").write_text("expect 1\n")
    text = open_config(path).as_text()
    (tmp_path / "steps.txt").unlink()
    assert parse_config(text, str(tmp_path / "resolved.yaml")).expect is not None
    os.mkfifo(tmp_path / "steps.txt")
    with pytest.raises(ConfigError, match=r"cannot read .*steps.txt: it is no file"):
        open_config(path)
    (tmp_path / "steps.txt").unlink()
    (tmp_path / "steps.txt").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read .*steps.txt: it is a folder"):
        open_config(path)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(f"{BASE}expect: {{transcript: {'x' * 300}.txt}}\n")
    with pytest.raises(ConfigError, match=r"cannot read .*: File name too long"):
        open_config(path)
