"""`rnnctl init`: what it writes and prints, what it refuses, and that the commands that it prints work as printed."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rnnctl.cli.schema import command as print_schema
from rnnctl.config.schema import schema
from rnnctl.templates import FOLDER, names, template
from rnnctl.templates.writer import SCHEMA
from tests.cli.commands import Command, Ended, command_line

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return command_line(monkeypatch, capsys)


def files() -> list[str]:
    return sorted(path.relative_to(".").as_posix() for path in Path().rglob("*") if path.is_file())


def refused(ended: Ended, message: str, advice: str | None = None) -> None:
    told = f"error: {message}\n" + (f"  = help: {advice}\n" if advice else "")
    assert ended == Ended(2, "", told)


# what it writes


def test_without_a_word_it_writes_the_first_template(rnnctl: Command) -> None:
    assert rnnctl("init") == Ended(
        0,
        "forecasting.yaml    Forecast the next value of a series of numbers.\n"
        "forecasting.csv     example data, to be replaced by yours\n"
        "rnnctl.schema.json  the schema that editors check it by\n"
        "next:\n"
        "  rnnctl validate forecasting.yaml\n"
        "  rnnctl train forecasting.yaml\n"
        "other templates: character-model, classification, own-cell, tagging\n",
        "",
    )
    assert files() == ["forecasting.csv", "forecasting.yaml", "rnnctl.schema.json"]
    for name in ("forecasting.csv", "forecasting.yaml"):
        assert Path(name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_list(rnnctl: Command) -> None:
    ended = rnnctl("init", "--list")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [f"{name:<15}  {template(name).summary}" for name in names()]
    assert files() == []


@pytest.mark.parametrize("name", names())
def test_each_is_written_as_it_is(rnnctl: Command, name: str) -> None:
    ended = rnnctl("init", name)
    assert (ended.code, ended.err) == (0, "")
    found = template(name)
    data = [found.data.name] if found.data else []
    assert files() == sorted([f"{name}.yaml", *data, SCHEMA])
    assert Path(f"{name}.yaml").read_text("utf-8") == found.text
    assert ended.out.endswith(f"next:\n  rnnctl validate {name}.yaml\n  rnnctl train {name}.yaml\n")


def test_into_a_folder_and_under_another_name(rnnctl: Command) -> None:
    Path("a/b").mkdir(parents=True)
    assert rnnctl("init", "own-cell", "a").out.endswith("\n  rnnctl train a/own-cell.yaml\n")
    assert rnnctl("init", "own-cell", "a/b/mine.yml").out.endswith("\n  rnnctl train a/b/mine.yml\n")
    assert files() == ["a/b/mine.yml", f"a/b/{SCHEMA}", "a/own-cell.yaml", f"a/{SCHEMA}"]


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("my config.yaml", "'my config.yaml'"),
        ("it's.yaml", "'it'\"'\"'s.yaml'"),
        ("$HOME.yaml", "'$HOME.yaml'"),
        ("-x.yaml", "./-x.yaml"),
        ("größe.yaml", "'größe.yaml'"),
        ("~.yaml", "'~.yaml'"),
        (".yaml", ".yaml"),
        ("a;b&c.yaml", "'a;b&c.yaml'"),
    ],
)
def test_what_it_prints_can_be_given_to_a_shell(rnnctl: Command, given: str, printed: str) -> None:
    ended = rnnctl("init", "own-cell", "--", given)
    assert (ended.code, ended.err) == (0, "")
    assert Path(given).is_file()
    assert f"\n  rnnctl validate {printed}\n" in ended.out
    assert shlex.split(printed)[0] in (given, f"./{given}")


@pytest.mark.parametrize("name", names())
def test_the_two_commands_work_as_printed(tmp_path: Path, name: str) -> None:
    """But for the length of training, and by a shell."""
    folder = tmp_path / "my work"
    folder.mkdir()
    program = tmp_path / "rnnctl"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{REPOSITORY}' exec '{sys.executable}' -m rnnctl \"$@\"\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    def run(command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    told = run(f"rnnctl init {name} 'my work/a b.yaml'")
    validate, train = told.partition("next:\n")[2].splitlines()
    assert re.fullmatch(r"my work/a b\.yaml: ok \(.* parameters\)\n", run(validate))
    assert json.loads(run(f"{train} --stop-after 2 --json --quiet 2>&1 | tail -n 1"))["status"] == "stopped"


def test_the_page_shows_what_it_prints(rnnctl: Command) -> None:
    page = (REPOSITORY / "rnnctl" / "docs" / "init.md").read_text("utf-8")
    assert f"$ rnnctl init classification\n{rnnctl('init', 'classification').out}```" in page
    assert re.findall(r"^\| `(.*?)` \| ([A-Z].*\.) \|$", page, re.MULTILINE) == [
        (name, template(name).summary) for name in names()
    ]


# what it refuses, and then writes nothing


def test_nothing_is_overwritten(rnnctl: Command) -> None:
    Path("forecasting.yaml").write_text("mine\n")
    refused(
        rnnctl("init"),
        "'forecasting.yaml' is there already, and nothing is overwritten",
        "take another name: rnnctl init forecasting forecasting-2.yaml",
    )
    assert files() == ["forecasting.yaml"]
    assert rnnctl("init", "forecasting", "forecasting-2.yaml").code == 0
    refused(
        rnnctl("init", "forecasting"),
        "'forecasting.yaml' is there already, and nothing is overwritten",
        "take another name: rnnctl init forecasting forecasting-3.yaml",
    )
    assert Path("forecasting.yaml").read_text() == "mine\n"


def test_what_is_printed_of_a_name_with_a_space(rnnctl: Command) -> None:
    assert rnnctl("init", "own-cell", "my own.yml").code == 0
    refused(
        rnnctl("init", "own-cell", "my own.yml"),
        "'my own.yml' is there already, and nothing is overwritten",
        "take another name: rnnctl init own-cell 'my own-2.yml'",
    )


@pytest.mark.parametrize("kind", ["folder", "link to nothing", "link to a file"])
def test_what_is_there_need_be_no_file(rnnctl: Command, kind: str) -> None:
    Path("other.yaml").write_text("mine\n")
    if kind == "folder":
        Path("own-cell.yaml").mkdir()
    else:
        Path("own-cell.yaml").symlink_to("other.yaml" if kind == "link to a file" else "nothing.yaml")
    ended = rnnctl("init", "own-cell")
    assert ended.code == (0 if kind == "folder" else 2)
    if kind == "folder":
        assert Path("own-cell.yaml/own-cell.yaml").is_file()
    else:
        assert "'own-cell.yaml' is there already" in ended.err
    assert Path("other.yaml").read_text() == "mine\n"
    assert not Path("nothing.yaml").exists()


def test_example_data_that_is_there_already(rnnctl: Command) -> None:
    assert rnnctl("init", "tagging").code == 0
    ended = rnnctl("init", "tagging", "second.yaml")
    assert "\ntagging.csv         example data, to be replaced by yours; it was there already\n" in ended.out
    Path("tagging.csv").write_text("sentence,word,tag\n")
    refused(
        rnnctl("init", "tagging", "third.yaml"),
        "'tagging.csv' is there already, and is not the example that this template reads",
        "move it, or write to another folder",
    )
    assert Path("tagging.csv").read_text() == "sentence,word,tag\n"
    assert not Path("third.yaml").exists()


@pytest.mark.parametrize(
    ("given", "message", "advice"),
    [
        ("a", "a config ends in .yaml, and 'a' does not", "rnnctl init own-cell a.yaml"),
        ("a b.txt", "a config ends in .yaml, and 'a b.txt' does not", "rnnctl init own-cell 'a b.txt.yaml'"),
        ("-", "a config ends in .yaml, and '-' does not", "rnnctl init own-cell ./-.yaml"),
        ("no/a.yaml", "there is no folder 'no'", "mkdir -p no"),
        ("no such/b/a.yaml", "there is no folder 'no such/b'", "mkdir -p 'no such/b'"),
        ("no/", "a config ends in .yaml, and 'no/' does not", "rnnctl init own-cell no.yaml"),
        ("file.yaml/a.yaml", "there is no folder 'file.yaml'", "mkdir -p file.yaml"),
        ("", "'' is no name for a file", None),
        ("a\0b.yaml", "'a\\x00b.yaml' is no name for a file", None),
        ("a\nb.yaml", "'a\\nb.yaml' is no name for a file", None),
        ("\x1b[31m.yaml", "'\\x1b[31m.yaml' is no name for a file", None),
        ("\udcff.yaml", "'\\udcff.yaml' is no name for a file", None),
    ],
)
def test_names_that_are_none(rnnctl: Command, given: str, message: str, advice: str | None) -> None:
    Path("file.yaml").write_text("mine\n")
    refused(rnnctl("init", "own-cell", "--", given), message, advice)
    assert files() == ["file.yaml"]


def test_a_name_that_is_too_long(rnnctl: Command) -> None:
    name = "a" * 300 + ".yaml"
    refused(rnnctl("init", "own-cell", name), f"cannot write '{name}': {os.strerror(errno.ENAMETOOLONG)}")
    assert files() == []


def test_unknown_templates(rnnctl: Command) -> None:
    known = ", ".join(names())
    refused(rnnctl("init", "tagger"), "unknown template 'tagger'", f"did you mean 'tagging'? templates: {known}")
    refused(
        rnnctl("init", "my.yaml"),
        "unknown template 'my.yaml'",
        f"a template comes first, as in: rnnctl init forecasting my.yaml; templates: {known}",
    )
    assert files() == []


@pytest.mark.parametrize("file", ["forecasting.csv", SCHEMA, "forecasting.yaml"])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_all_is_written_or_nothing(rnnctl: Command, monkeypatch: pytest.MonkeyPatch, file: str, number: int) -> None:
    real = Path.open

    def opened(path: Path, mode: str = "r", *arguments: object, **named: object) -> object:
        if path.name == file and "x" in mode:
            raise OSError(number, os.strerror(number))
        return real(path, mode, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)
    refused(rnnctl("init"), f"cannot write '{file}': {os.strerror(number)}")
    assert files() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything may be written by root")
def test_a_folder_that_may_not_be_written(rnnctl: Command) -> None:
    Path("locked").mkdir(mode=0o555)
    refused(rnnctl("init", "own-cell", "locked"), "cannot write 'locked/rnnctl.schema.json': Permission denied")


# the schema beside it


def test_the_schema_is_that_of_the_command(rnnctl: Command, capsys: pytest.CaptureFixture[str]) -> None:
    rnnctl("init", "own-cell")
    print_schema()
    assert Path(SCHEMA).read_text("utf-8") == capsys.readouterr().out
    first = Path("own-cell.yaml").read_text("utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA}"


def test_an_older_schema_is_brought_up_to_date(rnnctl: Command) -> None:
    Path(SCHEMA).write_text(json.dumps({"$id": schema()["$id"], "title": "old"}))
    ended = rnnctl("init", "own-cell")
    assert "\nrnnctl.schema.json  the schema that editors check it by; brought up to date\n" in ended.out
    assert json.loads(Path(SCHEMA).read_text("utf-8")) == schema()
    assert files() == ["own-cell.yaml", SCHEMA]
    again = rnnctl("init", "own-cell", "again.yaml")
    assert "\nrnnctl.schema.json  the schema that editors check it by; it was there already\n" in again.out


@pytest.mark.parametrize("text", ['{"$id": "https://example.org/mine"}', "{}", "[]", "", "{", '"$id"', "[" * 100_000])
def test_a_schema_of_others_is_left_alone(rnnctl: Command, text: str) -> None:
    Path(SCHEMA).write_text(text)
    ended = rnnctl("init", "own-cell")
    assert ended.code == 0
    assert SCHEMA not in ended.out
    assert ended.err == (
        "note: 'rnnctl.schema.json' is there already and is not rnnctl's: it is left alone, and editors will check "
        "own-cell.yaml by it\n"
    )
    assert Path(SCHEMA).read_text() == text
    assert Path("own-cell.yaml").is_file()
