"""The pages in rnnctl/docs run: their YAML is read, their Python executed, their tables held against the code."""

from __future__ import annotations

import doctest
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

import rnnctl
from rnnctl.catalogue import definition, read_definitions
from rnnctl.catalogue.reader import INITIALIZERS, SECTIONS, Reader
from rnnctl.config import parse_config, resolve
from rnnctl.config.keys import inside
from rnnctl.config.members import MEMBERS, MOST_LAYERS, MOST_NESTED
from rnnctl.config.places import TOP
from rnnctl.config.resolve import examined
from rnnctl.config.sections import ScheduleSection, TrainingSection
from rnnctl.data.tasks import TASKS
from rnnctl.document import dump, parse
from rnnctl.equations.check import MAX_PASSES
from rnnctl.equations.functions import ACTIVATIONS, LIBRARY_TEXT, PRIMITIVES
from rnnctl.equations.operations import _ARITHMETIC, _COMPARISONS, _LOGIC
from rnnctl.equations.parse import MAX_LENGTH, MAX_NESTING
from rnnctl.equations.tokens import MAX_TEXT
from rnnctl.errors import RnnctlError
from rnnctl.stepping.commands.scripts import TOPICS
from rnnctl.stepping.console import COMMANDS as STEPPER
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.script import played, read_script
from rnnctl.stepping.session import Session
from rnnctl.training.optimizers import rate_factor
from tests.stepping.made_runs import FORECAST, make_run
from tests.tables import paths_with_tables, with_tables

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "rnnctl" / "docs"
PAGES = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}


class Block(NamedTuple):
    """A fenced block of a page: its language, its text, the line it begins on, and the block right behind it."""

    page: str
    language: str
    text: str
    line: int
    following: str


def blocks(page: str) -> list[Block]:
    lines = PAGES[page].split("\n")
    found: list[Block] = []
    start: int | None = None
    for i, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if start is None:
            start = i
            continue
        text = "\n".join(lines[start + 1 : i]) + "\n"
        if found and found[-1].line + found[-1].text.count("\n") + 1 == start:
            found[-1] = found[-1]._replace(following=text)
        found.append(Block(page, lines[start][3:], text, start + 1, ""))
        start = None
    assert start is None, f"a block of {page} is not closed"
    return found


ALL = [block for page in PAGES for block in blocks(page)]
YAML = [pytest.param(b, id=f"{b.page}:{b.line}") for b in ALL if b.language == "yaml"]


def test_the_pages() -> None:
    assert set(PAGES) >= {"config.md", "language.md", "python.md", "state.md"}
    assert {block.language for block in ALL} == {"yaml", "text", "pycon"}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGES[page]):
        if "://" not in target:
            assert (FOLDER / target).exists(), target


# the blocks


@pytest.mark.parametrize("block", YAML)
def test_yaml(block: Block) -> None:
    """A block is a config or a part of one, definitions of cells, or sections of a definition.

    Where a block of text that begins with an error stands right behind it, exactly this is what it must give.
    """
    told = "\n".join(problems(block.text))
    assert told == (block.following.rstrip("\n") if block.following.startswith(("error", "warning")) else "")


def problems(text: str) -> Iterator[str]:
    """What is wrong with the YAML of a block, told as the command line tells it."""
    try:
        value: dict[str, Any] = parse(text, "config.yaml", strict=False).value
        keys = set(value)
        if keys <= set(TOP) or {"data", "model"} <= keys:
            yield from of_config(text, value)
        elif keys <= set(SECTIONS):
            reader = Reader("cell")
            reader.definition({"output": "0", **value})
            yield from map(str, reader.errors)
        else:
            document = parse(text, "cell.yaml")
            yield from map(str, read_definitions(document, value, ())[1])
    except RnnctlError as error:
        yield str(error)


def of_config(text: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Resolve a config; sections that it lacks are those of the sunspots, before it."""
    sunspots = parse((ROOT / "configs" / "sunspots.yaml").read_text("utf-8"), "sunspots.yaml").value
    if "extends" not in value and {"data", "model", "training"} - set(value) and set(value) <= set(TOP):
        text = dump({**sunspots, **value})
        if "cells" in value and "model" not in value:
            [cell] = value["cells"]
            text = dump({**sunspots, **value, "model": {"chain": [{cell: 4}, {"dense": 1}]}})
    folder = ROOT / "configs"
    try:
        config = parse_config(text, str(folder / "config.yaml"))
        facts = examined(config)
        for warning in resolve(config, facts).warnings:
            yield str(warning).replace(f"{folder}/", "")
    except RnnctlError as error:
        yield str(error).replace(f"{folder}/", "")


@pytest.mark.parametrize("page", PAGES)
def test_python(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a page runs from the top to the end, and prints what stands there."""
    monkeypatch.chdir(ROOT)
    torch.manual_seed(0)
    names_: dict[str, Any] = {}
    flags = doctest.ELLIPSIS | doctest.REPORT_NDIFF
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    for block in blocks(page):
        if block.language == "pycon":
            examples = doctest.DocTestParser().get_doctest(block.text, names_, page, page, block.line)
            told: list[str] = []
            runner.run(examples, out=told.append, clear_globs=False)
            assert not told, "".join(told)
            names_ = examples.globs


def test_the_python_page_uses_all_there_is() -> None:
    for name in set(rnnctl.__all__) - {"__version__"}:
        assert re.search(rf"\b{name}\b", PAGES["python.md"]), name


# the tables


def table(page: str, heading: str) -> list[str]:
    """The rows of the first table below a heading, its own head left out."""
    lines = PAGES[page].split("\n")
    below = lines[lines.index(heading) + 1 :]
    rows = itertools.takewhile(
        lambda line: line.startswith("|"), itertools.dropwhile(lambda line: not line.startswith("|"), below)
    )
    return list(rows)[2:]


def test_the_tables_of_configs_are_those_of_the_keys() -> None:
    """`python -m tests.tables` writes them anew."""
    text = PAGES["config.md"]
    new, made = with_tables(text)
    assert set(made) == paths_with_tables()
    assert text.split("\n") == new.split("\n")


@pytest.mark.parametrize("heading", ["loss", "optimizer", "schedule"])
def test_every_choice_is_told(heading: str) -> None:
    """Those with settings with a table of them, in the order of the alphabet."""
    below = itertools.takewhile(lambda line: not line.startswith("### "), section("config.md", f"### {heading}"))
    told = [line.removeprefix("#### ") for line in below if line.startswith("#### ")]
    assert told == sorted(key.name for key in inside(f"training.{heading}") if inside(key.path))


def test_the_pictures_of_the_schedules() -> None:
    """Each line: a schedule, and the factor at the start of every quarter of 10 epochs of 8 updates each."""
    [block] = [b for b in blocks("config.md") if "▁" in b.text]
    names_ = set()
    for line in block.text.splitlines():
        written, drawn = line.rsplit("  ", 1)
        schedule = parse(f"schedule: {written.strip()}", "c.yaml").value["schedule"]
        settings = TrainingSection.model_validate({"loss": "mse", "epochs": 10, "schedule": schedule})
        factors = [rate_factor(settings, 1 + i // 4, i % 4 / 4, 2 * i) for i in range(40)]
        assert drawn == "".join("▁▂▃▄▅▆▇█"[min(7, int(8 * factor))] for factor in factors), written
        names_.add(settings.schedule.chosen[0])
    assert names_ == set(ScheduleSection.model_fields)


def test_no_table_of_a_task_that_is_not() -> None:
    headings = {line for line in PAGES["config.md"].split("\n") if line.startswith("### ")}
    sections = [key.name for part in ("data", "training", "expect") for key in inside(part) if inside(key.path)]
    shown = {"NAME": "METRIC"}
    assert headings == {f"### {shown.get(name, name)}" for name in [*TASKS, *sections] if name != "task"}


def test_the_commands_of_the_stepper_are_those_there_are() -> None:
    for topic, heading in TOPICS.items():
        told = [row.replace("\\|", "¦").split("|")[1:3] for row in table("step.md", f"### {heading}")]
        rows = []
        for command in STEPPER.values():
            also = f", also `{'`, `'.join(command.aliases)}`" if command.aliases else ""
            if command.topic == topic:
                rows.append([f" `{command.usage.replace('|', '¦')}`{also} ", f" {command.summary} "])
        assert told == rows
    assert {command.topic for command in STEPPER.values()} == set(TOPICS)


def test_the_script_of_the_page_plays(tmp_path: Path) -> None:
    [script] = [block.text for block in blocks("step.md") if "expect" in block.text]
    run = make_run(tmp_path, FORECAST.replace("PRECISION", "float32"))
    (tmp_path / "s.txt").write_text(script)
    lines = read_script(tmp_path / "s.txt")
    done = list(played(Console(Session(load_model(run)), run), lines))
    assert len(done) == len(lines) == 10
    assert not any(outcome.unmet for _, outcome in done)


def test_every_member_stands_in_its_table() -> None:
    assert sorted(row.split("`")[1] for row in table("config.md", "## Members")) == list(MEMBERS)
    assert f"at most {MOST_LAYERS:,} layers" in PAGES["config.md"]
    assert MOST_NESTED == 8


def called(cell: str) -> set[str]:
    """The functions that the first cell of a row names."""
    return set(re.findall(r"`(\w+)(?:\([^`]*\))?`", cell))


def test_every_function_stands_in_a_table() -> None:
    lines = section("language.md", "## Functions")
    library = dict(re.findall(r"^(\w+)\(.*?\) = (.*)$", LIBRARY_TEXT, re.MULTILINE))
    rows = [line for line in lines if line.startswith("| `")]
    assert set().union(*(called(row.split("|")[1]) for row in rows)) == PRIMITIVES | set(library)
    for name, body in library.items():
        assert any(row.startswith(f"| `{name}(") and row.endswith(f"| `{body}` |") for row in rows), name


def section(page: str, heading: str) -> list[str]:
    """The lines below a heading, up to the next of its level."""
    lines = PAGES[page].split("\n")
    level = heading.partition(" ")[0] + " "
    below = lines[lines.index(heading) + 1 :]
    return list(itertools.takewhile(lambda line: not line.startswith(level), below))


def listed(page: str, before: str, after: str) -> list[str]:
    """The names in backticks between two pieces of text of a page."""
    text = PAGES[page].split(before, 1)[1].split(after, 1)[0]
    return re.findall(r"`([^`]+)`", text)


def test_the_lists_of_the_language() -> None:
    page = "language.md"
    assert listed(page, "kind `function` names one of", "and is called") == list(ACTIVATIONS)
    assert [row.split("`")[1] for row in table(page, "# The equation language")] == list(SECTIONS)
    rows = table(page, "## Parameters")
    assert set().union(*(called(row.split("|")[1]) for row in rows)) == set(INITIALIZERS)


def test_every_operator_stands_in_its_table() -> None:
    rows = [row.split("|")[1] for row in table("language.md", "## Equations")]
    marks = {mark for row in rows for mark in re.findall(r"and|or|not|[<>=!]=|//|[-+*/@^<>]", row)}
    assert marks == {*_ARITHMETIC, *_COMPARISONS, *_LOGIC, "@", "not"}


def test_the_bounds_of_texts() -> None:
    told = f"{MAX_TEXT:,} characters, {MAX_LENGTH} operators in a row, {MAX_NESTING} levels of brackets"
    assert told in PAGES["language.md"]
    assert f"from 1 to {MAX_PASSES}" in PAGES["language.md"]


@pytest.mark.parametrize("word", listed("language.md", "Not to be taken: ", "\nIn `state`"))
def test_words_of_the_language_are_refused(word: str) -> None:
    reader = Reader("cell")
    reader.check_name(word, ())
    assert reader.errors


@pytest.mark.parametrize("word", ["size", "x", "relu", "Wi", "größe", "a_1"])
def test_other_words_are_not(word: str) -> None:
    reader = Reader("cell")
    reader.check_name(word, ())
    assert not reader.errors


def test_what_is_shown_of_the_catalogue_is_what_it_holds() -> None:
    text = "\n".join(section("language.md", "## Five layers of the catalogue"))
    shown_ = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(shown_) == 5
    for block in shown_:
        [(name, value)] = parse(block, name_of(block)).value.items()
        assert value == definition(name).as_written


def name_of(block: str) -> str:
    return block.split(":", 1)[0] + ".yaml"
