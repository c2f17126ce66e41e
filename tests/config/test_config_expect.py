"""The section `expect` as it is read: each promise, each mistake at its place with what was meant, and what is kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rnnctl.config import open_config, parse_config, resolve
from rnnctl.config.expect.promises import Amount, Bound, Expectations, Promise, Seeds
from rnnctl.config.expect.read import _bytes
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
    ("{memory: {below: 1000000}}", Promise("memory", "memory", Bound(below=Amount(10**6))), "memory below 1000000"),
    ("{memory: {below: 1.5 MiB}}", Promise("memory", "memory", Bound(below=Amount(1572864))), "memory below 1572864"),
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
