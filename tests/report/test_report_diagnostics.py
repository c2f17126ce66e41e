"""Diagnostics for machines: records, and annotations as GitHub Actions reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnnctl.errors import ConfigError, Diagnostic, Place, Problem, Related
from rnnctl.report.diagnostics import all_of, as_annotation, as_record

HERE = Place("configs/a.yaml", 3, 5, 4, "    epoch: 3")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for name in ("configs/a.yaml", "configs/50%,x:y.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("")
    return tmp_path


def test_all_of_an_error() -> None:
    problem = Problem(("data",), "p", "h", severity="warning", id="i")
    error = ConfigError(Diagnostic("d", HERE), problems=[problem])
    assert all_of(error) == (Diagnostic("d", HERE), Diagnostic("p", None, "h", "warning", "i"))


def test_a_record_has_the_same_keys_always() -> None:
    whole = Diagnostic("m", HERE, "h", "warning", "i", "n", (Related(HERE, "l"),))
    place = {"file": "configs/a.yaml", "line": 3, "column": 5, "length": 4, "text": "    epoch: 3"}
    assert as_record(whole) == {
        "severity": "warning",
        "id": "i",
        "message": "m",
        "where": place,
        "also": [{"label": "l", **place}],
        "note": "n",
        "help": "h",
    }
    assert as_record(Diagnostic("m")) == {
        "severity": "error", "id": None, "message": "m", "where": None, "also": [], "note": None, "help": None,
    }  # fmt: skip


def test_a_record_repeats_the_beginning_of_a_long_line() -> None:
    where = Place("a", 1, 4000, 1, "x" * 5000)
    record = as_record(Diagnostic("m", where, also=(Related(where),)))
    assert (len(record["where"]["text"]), len(record["also"][0]["text"])) == (1000, 1000)
    assert record["where"]["column"] == 4000


def test_an_annotation() -> None:
    assert as_annotation(Diagnostic("unknown key 'epoch'", HERE, "did you mean 'epochs'?")) == (
        "::error file=configs/a.yaml,line=3,endLine=3,col=5,endColumn=8,title=rnnctl"
        "::unknown key 'epoch'%0Ahelp: did you mean 'epochs'?"
    )


def test_an_annotation_of_a_check_with_all_that_it_tells() -> None:
    diagnostic = Diagnostic("m", HERE, "h", "warning", "split-sum", "n", (Related(HERE, "l"), Related(HERE)))
    assert as_annotation(diagnostic) == (
        "::warning file=configs/a.yaml,line=3,endLine=3,col=5,endColumn=8,title=rnnctl%3A split-sum"
        "::m%0Aconfigs/a.yaml:3:5: l%0Aconfigs/a.yaml:3:5: see here%0Anote: n%0Ahelp: h"
    )


def unescaped(text: str, property_: bool) -> str:
    """As the runner of GitHub Actions reads it."""
    for code, char in [
        ("%0D", "\r"),
        ("%0A", "\n"),
        *([("%3A", ":"), ("%2C", ",")] if property_ else []),
        ("%25", "%"),
    ]:
        text = text.replace(code, char)
    return text


def test_what_has_a_meaning_in_a_command_is_escaped() -> None:
    place = Place("configs/50%,x:y.yaml", 1, 1, 1, "x")
    told = as_annotation(Diagnostic("50%: a,b\n::error::no%0A\r", place, id="a:b,c%"))
    assert "\n" not in told
    assert "\r" not in told
    found = re.fullmatch(r"::error (.*?)::(.*)", told)
    assert found is not None
    properties = dict(pair.split("=", 1) for pair in found[1].split(","))
    assert unescaped(properties["file"], property_=True) == "configs/50%,x:y.yaml"
    assert unescaped(properties["title"], property_=True) == "rnnctl: a:b,c%"
    assert unescaped(found[2], property_=False) == "50%: a,b\n::error::no%0A\\r"


def test_no_control_character_reaches_the_log() -> None:
    assert as_annotation(Diagnostic("a\x1b[31m", None)) == "::error title=rnnctl::a\\x1b[31m"


def test_what_is_no_file_has_no_place_in_the_repository() -> None:
    assert as_annotation(Diagnostic("m", Place("--set", 1, 4, 2, "a.b=12"))) == (
        "::error title=rnnctl::m%0A  --> --set:1:4%0A 1 | a.b=12%0A   |    ^^"
    )
    assert as_annotation(Diagnostic("there is no file 'x'", None, "h")) == (
        "::error title=rnnctl::there is no file 'x'%0Ahelp: h"
    )


def file_of(place: str) -> str:
    found = re.search("file=([^,]*)", as_annotation(Diagnostic("m", Place(place, 1, 1, 1, ""))))
    assert found is not None
    return found[1]


def test_files_are_named_from_the_root_of_the_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_of("./configs/../configs/a.yaml") == "configs/a.yaml"
    assert file_of(str(folder / "configs" / "a.yaml")) == "configs/a.yaml"
    monkeypatch.chdir(folder / "configs")
    assert file_of("a.yaml") == "a.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert file_of("a.yaml") == "configs/a.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "elsewhere"))
    assert file_of("a.yaml") == (folder / "configs" / "a.yaml").as_posix()


def test_an_annotation_can_have_a_title_of_its_own() -> None:
    told = as_annotation(Diagnostic("m", HERE, id="i"), "test.mse unmet: a, b")
    assert told == "::error file=configs/a.yaml,line=3,endLine=3,col=5,endColumn=8,title=test.mse unmet%3A a%2C b::m"


def test_a_name_that_no_file_can_have_is_no_file() -> None:
    told = as_annotation(Diagnostic("m", Place("n" * 5000, 1, 1, 1, "x")))
    assert told.startswith("::error title=rnnctl::m%0A  --> nnn")
