"""The section `expect` where files go over one another, on the command line, beside another, and in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import Resolved, open_config
from rnnctl.config.compare import compare, differences
from rnnctl.document import dump
from rnnctl.errors import ConfigError

BASE = """\
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
expect:
  test.mse: {below: 0.02}
  parameters: 89
  transcript: a.txt
  seeds: 3
"""
SCRIPT = "expect 1\n"


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    Path("a.txt").write_text(SCRIPT)
    Path("sub").mkdir()
    Path("sub/b.txt").write_text(SCRIPT)


def kept(resolved: Resolved) -> object:
    return resolved.as_plain().get("expect")


def child(expect: str) -> Resolved:
    Path("sub/c.yaml").write_text(f"extends: ../base.yaml\nexpect: {expect}\n")
    return open_config(Path("sub/c.yaml"))


def changed(*settings: str) -> Resolved:
    return open_config(Path("base.yaml"), settings)


def wrong(*settings: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        changed(*settings)
    return [f"{d.where.column if d.where else ''} {d.message}" for d in error.value.diagnostics]


PARENT = {"test.mse": {"below": 0.02}, "parameters": 89, "transcript": [str(Path("a.txt"))], "seeds": 3}


def with_parent(**more: object) -> dict[str, object]:
    """What the parent promises, with other promises over it; None takes one away."""
    found = {**PARENT, "transcript": [str(Path("a.txt").resolve())], **more}
    return {key: value for key, value in found.items() if value is not None}


# files


def test_promises_join_key_by_key() -> None:
    found = child("{test.mse: {above: 0.001}, valid.mse: {below: 1}}")
    assert kept(found) == with_parent(**{"test.mse": {"below": 0.02, "above": 0.001}, "valid.mse": {"below": 1}})


def test_null_takes_one_away_or_all() -> None:
    assert kept(child("{test.mse: null, seeds: null}")) == with_parent(**{"test.mse": None, "seeds": None})
    assert kept(child("{test.mse: {below: null, above: 0.1}}")) == with_parent(**{"test.mse": {"above": 0.1}})
    assert kept(child("null")) is None


def test_a_short_form_is_written_out_first() -> None:
    assert kept(child("{seeds: {judge: mean}}")) == with_parent(seeds={"count": 3, "judge": "mean"})
    assert kept(child("{parameters: {below: 99}}")) == with_parent(parameters={"below": 99})
    Path("base.yaml").write_text(BASE.replace("89", "{above: 80, below: 99}"))
    assert kept(child("{parameters: {below: 90}}")) == with_parent(parameters={"above": 80, "below": 90})
    assert kept(child("{parameters: 89}")) == with_parent(parameters=89) | {"parameters": 89}
    assert kept(child("{parameters: {exactly: 89}}")) == with_parent()


def test_a_script_is_sought_where_the_file_lies_that_names_it() -> None:
    paths = [str(Path(name).resolve()) for name in ("a.txt", "sub/b.txt")]
    assert kept(child("{transcript: {append: [b.txt]}}")) == with_parent(transcript=paths)
    assert kept(child("{transcript: b.txt}")) == with_parent(transcript=paths[1:])


def test_what_is_wrong_in_a_parent_is_told_there() -> None:
    Path("base.yaml").write_text(BASE.replace("test.mse", "test.mes"))
    with pytest.raises(ConfigError) as error:
        child("{valid.mse: {below: 1}}")
    [told] = error.value.diagnostics
    assert told.where is not None
    assert (Path(told.where.file).name, told.where.line, told.where.column) == ("base.yaml", 5, 3)


def test_variables_may_stand_for_bounds() -> None:
    Path("v.yaml").write_text(
        BASE.replace("{below: 0.02}", "{below: '${vars.most}'}").replace("data:", "vars: {most: 0.5}\ndata:", 1)
    )
    assert kept(open_config(Path("v.yaml"))) == with_parent(**{"test.mse": {"below": 0.5}})


# the command line


@pytest.mark.parametrize(
    ("setting", "more"),
    [
        ("expect.test.mse.below=0.01", {"test.mse": {"below": 0.01}}),
        ("expect.test.mse.above=0.001", {"test.mse": {"below": 0.02, "above": 0.001}}),
        ("expect.test.mse={above: 0.001}", {"test.mse": {"below": 0.02, "above": 0.001}}),
        ("expect.test.mse=null", {"test.mse": None}),
        ("expect.valid.skill.above=0.3", {"valid.skill": {"above": 0.3}}),
        ("expect . test . mse . below = 0.01", {"test.mse": {"below": 0.01}}),
        ("expect.parameters=3", {"parameters": 3}),
        ("expect.parameters.below=300", {"parameters": {"below": 300}}),
        ("expect.seeds=5", {"seeds": 5}),
        ("expect.seeds.judge=mean", {"seeds": {"count": 3, "judge": "mean"}}),
        ("expect.deterministic=true", {"deterministic": True}),
        ("expect.transcript=null", {"transcript": None}),
    ],
)
def test_a_setting(setting: str, more: dict[str, object]) -> None:
    assert kept(changed(setting)) == with_parent(**more)


def test_settings_beside_one_another() -> None:
    found = changed("expect.valid.mse.within=5%", "expect.valid.mse.of=baseline", "expect.test.mse.judge=mean")
    more = {"valid.mse": {"within": "5%", "of": "baseline"}, "test.mse": {"below": 0.02, "judge": "mean"}}
    assert kept(found) == with_parent(**more)
    assert kept(changed("expect=null")) is None


def test_columns_have_points_and_spaces() -> None:
    Path("two.csv").write_text("a b.c,d\n" + "".join(f"{i % 5},{i % 3}\n" for i in range(60)))
    Path("base.yaml").write_text(
        "data: {csv: two.csv, input: [d], target: {columns: ['a b.c', d], ahead: 1}}\n"
        "model: {chain: [{rnn: 2}, dense]}\ntraining: {loss: mse, window: 5}\n"
    )
    assert kept(changed("expect.test.mse.a b.c.below=9")) == {"test.mse.a b.c": {"below": 9}}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("expect.test=3", "8 'test' is a split, and names no metric"),
        ("expect.mse.below=3", "8 'mse' is a metric, and of which split is not said"),
        ("expect.test.accuracy.above=0.5", "8 there is no metric 'accuracy' where the target is a number"),
        ("expect.test.mse.belw=0.5", "22 test.mse.belw must be a mapping, not 0.5"),
        ("expect.test.mse.below=-1", "23 mse is at least 0, and so never below -1"),
        ("expect.test..below=3", "13 a key is missing here"),
        ("expct.test.mse.below=3", "1 unknown key 'expct'"),
    ],
)
def test_a_setting_that_means_nothing(setting: str, told: str) -> None:
    found = wrong(setting)
    assert told in found
    assert len(found) <= 2


def test_paths_of_other_sections_are_as_they_were() -> None:
    found = changed("data.split.train=0.6", "data.split.test=0.25")
    assert (found.split.train, found.split.test) == (0.6, 0.25)


# beside another


def test_what_differs() -> None:
    found = differences(changed(), changed("expect.test.mse.below=0.5", "expect.seeds.judge=mean"))
    assert [(d.kind, ".".join(map(str, d.key)), d.before, d.after) for d in found] == [
        ("changed", "expect.test.mse.below", 0.02, 0.5),
        ("changed", "expect.seeds", 3, {"count": 3, "judge": "mean"}),
    ]
    [all_] = differences(changed("expect=null"), changed())
    assert (all_.key, all_.before, all_.after) == (("expect",), None, with_parent())


def test_bounds_are_no_choice_of_one() -> None:
    """Of two losses only the names are told; two bounds are told with their values."""
    before, after = {"expect": {"test.mse": {"below": 1}}}, {"expect": {"test.mse": {"above": 2}}}
    assert list(map(str, compare(before, after))) == [
        "expect.test.mse.below 1 -> null",
        "expect.test.mse.above null -> 2",
    ]


def test_a_promise_changes_nothing_else() -> None:
    """Models, windows and weights are those of the config without it."""
    with_, without = changed().as_plain(), changed("expect=null").as_plain()
    with_.pop("expect")
    assert with_ == without
    assert "expect" not in dump(without)
