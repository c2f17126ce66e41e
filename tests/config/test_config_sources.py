"""The section `data` -> a source, from the text of a config to what a run writes down of it."""

from __future__ import annotations

import glob
import json
from pathlib import Path

import pytest

from rnnctl.config import open_config, parse_config
from rnnctl.data.spec import CsvSource, Resets, TextSource
from rnnctl.errors import ConfigError, DataError
from rnnctl.plan import plan
from rnnctl.runs.directory import data_digest, facts_as_plain, facts_from

COLUMNS = """\
data:
  csv: d.csv
  time: t
  input: [x]
  target: {columns: [p, q], kind: binary, where: asked}
model:
  chain:
    - lstm: 4
    - dense: 2
training:
  loss: binary_cross_entropy
  reset: {before: first, after: last}
"""
TEXT = """\
data:
  text: corpus/*.txt
model:
  chain:
    - one_hot
    - lstm: 4
    - dense: 3
training:
  loss: cross_entropy
  batching: streams
  batch: 2
  window: 5
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a [folder]"
    (folder / "corpus").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RNNCTL_CACHE", str(tmp_path / "cache"))
    Path("corpus/one.txt").write_text("ab\n" * 40)
    Path("columns.yaml").write_text(COLUMNS)
    Path("text.yaml").write_text(TEXT)
    rows = (
        f"{i},{i / 2},{i % 2},{i % 3 // 2},{int(i % 4 == 3)},{int(i % 5 == 0)},{int(i % 5 == 4)}" for i in range(40)
    )
    Path("d.csv").write_text("t,x,p,q,asked,first,last\n" + "\n".join(rows) + "\n")


def told(text: str, name: str = "c.yaml") -> str:
    Path(name).write_text(text)
    with pytest.raises((ConfigError, DataError)) as caught:
        open_config(Path(name))
    return str(caught.value)


def test_columns_from_the_config_to_the_run() -> None:
    resolved = open_config(Path("columns.yaml"))
    source = resolved.source
    assert isinstance(source, CsvSource)
    assert (source.time, source.resets, source.target.where) == ("t", Resets("first", "last"), "asked")
    assert resolved.facts.where == tuple(border for i in range(3, 40, 4) for border in (i, i + 1))
    data = resolved.as_plain()["data"]
    assert data["time"] == "t"
    assert data["target"] == {"columns": ["p", "q"], "kind": "binary", "ahead": 0, "each": "step", "where": "asked"}
    assert resolved.as_plain()["training"]["reset"] == {"policy": "sequence", "before": "first", "after": "last"}
    Path("again.yaml").write_text(resolved.as_text())
    assert open_config(Path("again.yaml")).as_plain() == resolved.as_plain()
    assert {name: part.scored for name, part in plan(resolved).splits.items()} == {"train": 7, "valid": 1, "test": 2}


def test_facts_with_stretches_are_read_back() -> None:
    facts = open_config(Path("columns.yaml")).facts
    assert facts_from(json.loads(json.dumps(facts_as_plain(facts)))) == facts
    plain = facts_as_plain(facts)
    assert facts_from({key: plain[key] for key in plain if key != "where"}).where is None
    with pytest.raises(ValueError, match="whole numbers"):
        facts_from({**plain, "where": ["1", "2"]})


def test_reset_columns_that_are_not_there() -> None:
    help_ = "columns: t, x, p, q, asked, first, last"
    assert told(COLUMNS.replace("{before: first, after: last}", "{before: frst, after: end}")) == (
        "error: there is no column 'frst' in d.csv\n"
        "  --> c.yaml:12:19\n"
        " 12 |   reset: {before: frst, after: end}\n"
        "    |                   ^^^^\n"
        f"    = help: did you mean 'first'? {help_}\n"
        "error: there is no column 'end' in d.csv\n"
        "  --> c.yaml:12:32\n"
        " 12 |   reset: {before: frst, after: end}\n"
        "    |                                ^^^\n"
        f"    = help: {help_}"
    )


def test_columns_of_time_and_scores_that_are_not_there() -> None:
    found = told(COLUMNS.replace("time: t", "time: when").replace("where: asked", "where: ask"))
    assert [line for line in found.splitlines() if line.startswith(("error", "  -->"))] == [
        "error: there is no column 'when' in d.csv",
        "  --> c.yaml:3:9",
        "error: there is no column 'ask' in d.csv",
        "  --> c.yaml:5:50",
    ]


def test_a_split_that_nothing_asks_of() -> None:
    Path("d.csv").write_text(
        "t,x,p,q,asked,first,last\n" + "".join(f"{i},0,0,1,{int(i < 30)},0,0\n" for i in range(40))
    )
    assert told(COLUMNS) == (
        "error[split-scores-nothing]: test has nothing to score: this column is 0 at all of its steps\n"
        "  --> c.yaml:5:50\n"
        " 5 |   target: {columns: [p, q], kind: binary, where: asked}\n"
        "   |                                                  ^^^^^"
    )


@pytest.mark.parametrize("source", ["task: sine", "text: corpus/*.txt"])
def test_tasks_and_texts_have_no_columns(source: str) -> None:
    what = "a task" if source.startswith("task") else "text"
    text = COLUMNS.replace("csv: d.csv", source).replace(
        "  target: {columns: [p, q], kind: binary, where: asked}\n", ""
    )
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "c.yaml")
    kind, value = source.split(": ")
    written = f"  {kind}: {value}\n", f"{' ' * (len(kind) + 4)}{'-' * len(value)} the data is {what}\n"
    also = f"  ::: c.yaml:2:{len(kind) + 5}\n 2 | {written[0]}   | {written[1]}"
    wider = f"  ::: c.yaml:2:{len(kind) + 5}\n  2 | {written[0]}    | {written[1]}"
    assert str(caught.value) == (
        f"error[columns-without-csv]: {what} brings its own time\n"
        "  --> c.yaml:3:3\n"
        " 3 |   time: t\n"
        "   |   ^^^^\n"
        f"{also}"
        f"error[columns-without-csv]: {what} brings its own input\n"
        "  --> c.yaml:4:3\n"
        " 4 |   input: [x]\n"
        "   |   ^^^^^\n"
        f"{also}"
        f"error[columns-without-csv]: {what} has no columns, and `before` names one\n"
        "  --> c.yaml:11:11\n"
        " 11 |   reset: {before: first, after: last}\n"
        "    |           ^^^^^^\n"
        f"{wider}"
        "    = help: leave it out: the carry goes back where the policy says\n"
        f"error[columns-without-csv]: {what} has no columns, and `after` names one\n"
        "  --> c.yaml:11:26\n"
        " 11 |   reset: {before: first, after: last}\n"
        "    |                          ^^^^^\n"
        f"{wider}"
        "    = help: leave it out: the carry goes back where the policy says"
    )


@pytest.mark.parametrize("given", ["", "csv: d.csv\n  task: sine", "csv: d.csv\n  text: a\n  task: sine"])
def test_data_comes_from_one_place(given: str) -> None:
    keys = [line.split(":")[0].strip() for line in given.split("\n") if line]
    what = f"{' and '.join(keys)} are" if keys else "none is"
    assert told(TEXT.replace("text: corpus/*.txt", given + "\n  scale: none")).splitlines()[0] == (
        f"error: data is one of csv, text, task, and {what} given"
    )


# text


def source_of(text: str, folder: str = ".") -> TextSource:
    source = parse_config(TEXT.replace("text: corpus/*.txt", text), f"{folder}/c.yaml").source
    assert isinstance(source, TextSource)
    return source


def test_short_forms_of_text() -> None:
    here = glob.escape(str(Path.cwd()))
    assert source_of("text: 'corpus/*.txt'") == TextSource((f"{here}/corpus/*.txt",), "byte")
    assert source_of("text: one.txt", "corpus") == TextSource((f"{Path.cwd()}/corpus/one.txt",), "byte")
    listed = TextSource((f"{here}/*.py", "stdlib:**/*.py", "/a/b.txt"), "byte")
    assert source_of("text: ['*.py', 'stdlib:**/*.py', /a/c/../b.txt]") == listed
    assert source_of("text: {files: ['*.py', 'stdlib:**/*.py', /a/b.txt], level: byte}") == listed
    assert source_of("text: {files: x.txt, level: character}") == TextSource((f"{Path.cwd()}/x.txt",), "character")
    assert source_of("text: ~/x.txt").patterns == (str(Path("~/x.txt").expanduser()),)


def test_a_text_from_the_config_to_the_run() -> None:
    resolved = open_config(Path("text.yaml"))
    assert (resolved.facts.lengths, resolved.facts.input.symbols) == ((120,), ("\\n", "a", "b"))
    assert resolved.as_plain()["data"] == {
        "text": {"files": [f"{glob.escape(str(Path.cwd()))}/corpus/*.txt"], "level": "byte"},
        "split": {"train": 0.7, "valid": 0.15, "test": 0.15},
        "scale": "standard",
    }
    Path("elsewhere").mkdir()
    Path("elsewhere/again.yaml").write_text(resolved.as_text())
    again = open_config(Path("elsewhere/again.yaml"))
    assert (again.as_plain(), again.source, again.facts) == (resolved.as_plain(), resolved.source, resolved.facts)
    made = plan(resolved)
    assert (made.source, made.input, made.target) == ("*.txt", "byte (3 symbols)", "byte (3 classes), 1 step ahead")


def test_a_run_knows_its_text() -> None:
    source = open_config(Path("text.yaml")).source
    before = data_digest(source)
    Path("corpus/one.txt").touch()
    assert data_digest(source) == before
    Path("corpus/one.txt").write_text("ab\n" * 41)
    assert data_digest(source) != before


@pytest.mark.parametrize(
    ("written", "message", "place"),
    [
        ("text: 5", "text must be a path, a list of paths, or a mapping, not 5", "2:9"),
        ("text: []", "files must not be empty", "2:9"),
        ("text: ''", "files[0] must not be empty", "2:9"),
        ("text: [a.txt, 5]", "files[1] must be text, not 5", "2:17"),
        ("text: {files: [x], level: word}", "level must be one of byte, character, not the text 'word'", "2:29"),
        ("text: {level: byte}", "missing key 'files'", "2:3"),
        ("text: {files: x, id: y}", "unknown key 'id'", "2:20"),
    ],
)
def test_a_text_that_is_not_well_said(written: str, message: str, place: str) -> None:
    assert told(TEXT.replace("text: corpus/*.txt", written)).splitlines()[:2] == [
        f"error: {message}",
        f"  --> c.yaml:{place}",
    ]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("text: corpus/*.md", "2:9"),
        ("text: [corpus/*.txt, corpus/*.md]", "2:24"),
        ("text: {level: byte, files: corpus/*.md}", "2:30"),
        ("text: {files: [corpus/*.txt, corpus/*.md]}", "2:32"),
    ],
)
def test_a_pattern_that_no_file_matches(written: str, place: str) -> None:
    assert told(TEXT.replace("text: corpus/*.txt", written)).splitlines()[:2] == [
        "error: no file matches corpus/*.md",
        f"  --> c.yaml:{place}",
    ]
