"""Outcomes in each of their forms: as they are for three configs, and for all that is hard to tell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from check_outcomes import ALL, BUG, CRASHED, EVIL, HOSTILE, MET, REFUSED, SKIPPED, STOPPED, THREE, TIMEOUT, UNMET
from syrupy.assertion import SnapshotAssertion

from rnnctl.expect.outcome import Outcome
from rnnctl.report.check.github import github_lines
from rnnctl.report.check.junit import junit_xml
from rnnctl.report.check.records import check_json
from rnnctl.report.check.summary import MOST_BYTES, escaped, summary_markdown
from rnnctl.report.check.table import table_lines
from rnnctl.report.fitting import columns_of
from rnnctl.report.strip import Look, Paint


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the configs, which annotations point into."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (tmp_path / "configs").mkdir()
    for outcome in ALL[:-1]:
        outcome.path.write_text("")
    return tmp_path


def table(outcomes: Sequence[Outcome], width: int = 80, paint: Paint = "none") -> str:
    return "\n".join(table_lines(outcomes, Look(width, paint), 12.4))


# three configs: one met, one unmet, one crashed


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_table(snapshot: SnapshotAssertion, width: int) -> None:
    text = table(THREE, width)
    assert max(map(columns_of, text.split("\n"))) <= width
    assert text == snapshot


def test_junit(snapshot: SnapshotAssertion) -> None:
    assert junit_xml(THREE, 12.4) == snapshot


def test_github(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(github_lines(THREE, 12.4)) == snapshot


def test_the_summary(snapshot: SnapshotAssertion) -> None:
    assert summary_markdown(THREE, 12.4) == snapshot


def test_json(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(json.loads(check_json(THREE)), indent=1) == snapshot


# the table


def test_all_troubles_in_the_table(snapshot: SnapshotAssertion) -> None:
    assert table((REFUSED, BUG, TIMEOUT, SKIPPED, STOPPED)) == snapshot


def test_without_unicode_the_table_is_ascii() -> None:
    text = table(THREE, paint="ascii")
    assert text.isascii()
    assert text.startswith("+ configs/sine.yaml: met in 12 s\n  + test.mse below 0.02")
    assert "\nx configs/sunspots.yaml: unmet" in text
    assert "\n! configs/deep.yaml: crashed after 2.1 s" in text


def test_colour_changes_no_word() -> None:
    coloured = table(ALL, paint="16")
    assert "\x1b[32m✓\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == table(ALL)


def test_no_outcome_is_told_as_none() -> None:
    assert table(()) == "no config was checked"


def test_a_long_line_of_a_process_is_cut() -> None:
    assert CRASHED.trouble is not None
    long = Outcome(
        CRASHED.path, "deep", CRASHED.state, trouble=type(CRASHED.trouble)("it died", exit_code=-11, output="x" * 5000)
    )
    text = table((long,))
    assert text.count("x") == 1000
    assert max(map(len, text.split("\n"))) <= 80
    assert "it died, ended by SIGSEGV" in text


# JSON


def test_json_says_all_that_a_machine_needs() -> None:
    found = json.loads(check_json((UNMET, REFUSED)))
    assert found["version"] == 1
    assert found["exit_code"] == 2
    assert found["counts"] == {"unmet": 1, "refused": 1}
    [unmet, refused] = found["configs"]
    [mse] = [e for e in unmet["expectations"] if e["key"] == "test.mse"]
    assert (mse["figure"], mse["margin"], mse["met"]) == (0.0312, -0.0112, False)
    assert mse["where"] == {"file": "configs/sunspots.yaml", "line": 23, "column": 3}
    assert unmet["kept"] is True
    [diagnostic] = refused["trouble"]["diagnostics"]
    assert diagnostic["where"]["line"] == 11


def test_what_is_not_finite_is_null_in_json() -> None:
    [record] = json.loads(check_json((MET,)))["configs"]
    assert record["seeds"][0]["metrics"]["test"]["skill"] is None


# the summary


def test_a_long_summary_is_cut_before_the_limit() -> None:
    text = summary_markdown([EVIL] * 900)
    assert len(text.encode()) < MOST_BYTES
    assert re.search(r"\n\d+ more rows and notes do not fit here\.\n$", text)


def test_markdown_is_shown_as_it_is() -> None:
    assert escaped("a|b <i> `c` *d* [e](f) $g$ \\h") == "a&#124;b &lt;i&gt; \\`c\\` \\*d\\* \\[e\\](f) \\$g\\$ \\\\h"


def test_no_outcome_has_a_summary_too() -> None:
    assert summary_markdown(()) == "### rnnctl check\n\nno config was checked\n"


# hostile names and texts


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]")


@pytest.mark.parametrize("width", [40, 80, 160])
def test_hostile_texts_in_the_table(width: int) -> None:
    text = table(ALL, width)
    assert not CONTROL.search(text)
    assert text.encode()
    heads = [line for line in text.split("\n") if re.match(r"[✓✗!-] ", line)]
    assert len(heads) == len(ALL)
    assert max(map(columns_of, heads)) <= width


def test_hostile_texts_in_annotations() -> None:
    lines = list(github_lines(ALL, 1.0))
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert len(commands) == 4 + 1 + 1 + 1 + 1 + 2
    for line in lines:
        assert "\n" not in line
        assert not CONTROL.search(line)
    form = re.compile(r"::error ([a-zA-Z]+=[^:,\r\n]*)(,[a-zA-Z]+=[^:,\r\n]*)*::.+")
    assert all(form.fullmatch(command) for command in commands)
    assert not any("##[" in line for line in lines if line not in commands)


def test_hostile_texts_in_the_summary() -> None:
    text = summary_markdown(ALL)
    assert not CONTROL.search(text)
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert text.count("<pre>") == text.count("</pre>")
    assert "<i>" not in text


def test_hostile_texts_in_json() -> None:
    text = check_json(ALL)
    assert text.encode()
    assert "\n" not in text
    record = json.loads(text)["configs"][-1]
    assert record["name"] == HOSTILE
    assert record["config"] == str(EVIL.path)
    assert record["trouble"]["diagnostics"][0]["message"] == HOSTILE
