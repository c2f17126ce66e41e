"""Every config in tests/broken: its exact text and exit code, and the places that it says are wrong.

A case is a config with one mistake of a person, or a few. Its first lines say what is to be seen, whatever the
program says: `# schema: refuses` where a JSON Schema can refuse it (else `accepts`), a sentence, `# args: …` and
`# env: NAME=value` for the command, then a line for each error, in order: `# expect: 12:7`, with the file before it
where it is another one, or `nowhere`; `# warn: 12:7` for a warning; and `# also: 9:3` for another place that is shown.
Beside it, NAME.txt has what `rnnctl validate` writes to stderr, run from the folder of the cases, and its exit code.
A case of several files is a folder, its config main.yaml.

    RNNCTL_WRITE_BROKEN=1 pytest tests/test_broken.py     writes the texts anew; read each of them
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Command, command_line

FOLDER = Path(__file__).parent / "broken"
CASES = sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("*/main.yaml")])
WRITE = bool(os.environ.get("RNNCTL_WRITE_BROKEN"))
SECTIONS = ("schema", "args", "env", "expect", "warn", "also")


def name_of(path: Path) -> str:
    return path.parent.name if path.name == "main.yaml" else path.stem


def expected_at(path: Path) -> Path:
    return FOLDER / f"{name_of(path)}.txt"


def head(path: Path) -> Iterator[tuple[str, str]]:
    """What the first lines of a case say of it: pairs of a word and what stands behind its colon."""
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        if not line.startswith("# "):
            return
        word, colon, rest = line.removeprefix("# ").partition(": ")
        if colon and word in SECTIONS:
            yield word, rest


every_case = pytest.mark.parametrize("path", CASES, ids=map(name_of, CASES))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(FOLDER)
    return command_line(monkeypatch, capsys)


def test_cases_are_many_and_whole() -> None:
    assert len(CASES) >= 150
    named = [name_of(path) for path in CASES]
    assert len(set(named)) == len(named)
    assert sorted(file.stem for file in FOLDER.glob("*.txt")) == sorted(named)
    assert not (WRITE and os.environ.get("CI"))


@every_case
def test_begins_with_what_is_to_be_seen(path: Path) -> None:
    first, second, *_ = path.read_bytes().decode("utf-8", "replace").splitlines()
    assert first in ("# schema: refuses", "# schema: accepts")
    assert re.fullmatch(r"# [A-Z0-9].+[.?]", second), second
    words = [word for word, _ in head(path)]
    assert words == sorted(words, key=SECTIONS.index)
    assert {"expect", "warn"} & set(words)


@every_case
def test_is_told_so(path: Path, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    said = list(head(path))
    arguments = [word for key, text in said if key == "args" for word in shlex.split(text)]
    for name, _, value in (text.partition("=") for key, text in said if key == "env"):
        monkeypatch.setenv(name, value)
    ended = run("validate", *arguments, str(path.relative_to(FOLDER)))
    told = f"{ended.err}exit code {ended.code}\n"
    assert ended.code in ((2, 3) if any(key == "expect" for key, _ in said) else (0,)), told
    if WRITE:
        expected_at(path).write_text(told, encoding="utf-8")
    assert told == expected_at(path).read_text(encoding="utf-8")


@every_case
def test_points_where_the_mistakes_are(path: Path) -> None:
    """The places in the expected text, against those that stand at the head of the case."""
    told = expected_at(path).read_text(encoding="utf-8")
    own = str(path.relative_to(FOLDER))
    lead = f"{own.removesuffix('main.yaml')}" if own.endswith("/main.yaml") else ""

    def places(arrow: str) -> list[str]:
        found = re.findall(rf"^  {arrow} (.*)$", told, re.MULTILINE)
        return [place.removeprefix(f"{own}:").removeprefix(lead) for place in found]

    said = list(head(path))
    assert places("-->") == [text for key, text in said if key in ("expect", "warn") and text != "nowhere"]
    assert sorted(places(":::")) == sorted(text for key, text in said if key == "also")
    severities = re.findall(r"^(error|warning)(?:\[[a-z-]+\])?: ", told, re.MULTILINE)
    assert severities == [{"expect": "error", "warn": "warning"}[key] for key, _ in said if key in ("expect", "warn")]


FOREIGN = re.compile(
    r"Traceback|Input should|validation error|function-|pydantic|NoneType|\b(dict|str|int|bool)\b|literal_|_forbidden"
)


@every_case
def test_speaks_of_the_config_alone(path: Path) -> None:
    """No word of a library, and no path of a machine."""
    told = expected_at(path).read_text(encoding="utf-8")
    assert FOREIGN.search(told) is None
    assert str(FOLDER) not in told
    assert all(len(line) < 400 for line in told.splitlines())
