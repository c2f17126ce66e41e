"""The templates of `rnnctl init`: each is a config, and so is each setting in it that is switched off."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from rnnctl.build import build_trainer
from rnnctl.config import Resolved, open_config
from rnnctl.document import parse
from rnnctl.errors import UsageError
from rnnctl.templates import DEFAULT, FOLDER, names, template
from rnnctl.templates.writer import SCHEMA
from rnnctl.training.events import WindowTrained
from tests.measurements import template_data

MODELINE = f"# yaml-language-server: $schema={SCHEMA}"
OFF = re.compile(r"(?P<indent> *)#(?P<setting>[^ ].*)")
"""A line with a setting that is switched off."""

every_template = pytest.mark.parametrize("name", names())


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Alternative(NamedTuple):
    """A setting that is switched off: its line, and the text of the template with it."""

    template: str
    line: int
    setting: str
    text: str

    def __str__(self) -> str:
        return f"{self.template}:{self.line}"


def alternatives(name: str) -> Iterator[Alternative]:
    """Each in place of the line above it that it stands in for."""
    lines = template(name).text.split("\n")
    for i, line in enumerate(lines):
        if found := OFF.fullmatch(line):
            text = [*lines]
            text[i] = found["indent"] + found["setting"]
            above = instead_of(lines, i, text[i])
            if above is not None:
                text[above] = re.sub(r"( *)", r"\1#", lines[above], count=1)
            yield Alternative(name, i + 1, found["setting"], "\n".join(text))


def instead_of(lines: list[str], i: int, setting: str) -> int | None:
    """The line above that a setting stands in for: that of its key, or the item above it in its list."""
    indent, what = re.match(r"( *)(- |\S+(?=:| =))", setting).groups()  # type: ignore[union-attr]
    for j in range(i - 1, -1, -1):
        line = lines[j]
        if line.strip() and not line.strip().startswith("#"):
            if len(line) - len(line.lstrip()) < len(indent):
                return None
            if line.startswith((f"{indent}{what}:", f"{indent}{what} =")) or (
                what == "- " and line.startswith(f"{indent}- ")
            ):
                return j
    return None


ALL = [each for name in names() for each in alternatives(name)]


@cache
def opened(name: str) -> Resolved:
    return open_config(FOLDER / f"{name}.yaml")


def test_the_templates() -> None:
    assert names() == ("forecasting", "character-model", "classification", "own-cell", "tagging")
    assert names()[0] == DEFAULT
    files = {Path(file).stem for _, _, found in os.walk(FOLDER) for file in found if file.endswith((".yaml", ".csv"))}
    assert files == set(names())
    assert [name for name in names() if template(name).data] == ["forecasting", "classification", "tagging"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("clasification", "did you mean 'classification'? templates: {}"),
        ("own_cell", "did you mean 'own-cell'? templates: {}"),
        ("Tagging", "did you mean 'tagging'? templates: {}"),
        ("", "templates: {}"),
        ("my.yaml", "a template comes first, as in: rnnctl init forecasting my.yaml; templates: {}"),
        ("../forecasting", "did you mean 'forecasting'? templates: {}"),
    ],
)
def test_one_that_is_not_there(wrong: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        template(wrong)
    [found] = caught.value.diagnostics
    assert found.message == f"unknown template '{wrong}'"
    assert found.help == told.format(", ".join(names()))


@every_template
def test_it_begins_with_the_schema_and_a_sentence(name: str) -> None:
    found = template(name)
    first, second, third, *_ = found.text.splitlines()
    assert first == MODELINE
    assert second == f"# {found.summary}"
    assert re.fullmatch(r"[A-Z][^.]{20,90}\.", found.summary)
    assert third == "#"


@every_template
def test_its_lines_can_be_read(name: str) -> None:
    text = template(name).text
    assert text.endswith("\n")
    assert text.isascii()
    for line in text.splitlines():
        assert len(line) <= 120
        assert line == line.rstrip()
        assert "#  " not in line or re.search(r"# +\d\.|^ *#  ", line), "a comment begins right behind its space"


@every_template
def test_it_is_a_config_without_a_warning(name: str) -> None:
    resolved = opened(name)
    assert resolved.warnings == ()
    assert resolved.name == name


def test_there_are_alternatives() -> None:
    assert {each.template for each in ALL} == set(names())
    assert len(ALL) >= 40


@pytest.mark.parametrize("each", ALL, ids=str)
def test_a_setting_that_is_switched_off_is_as_good(each: Alternative, tmp_path: Path) -> None:
    found = template(each.template)
    if found.data is not None:
        (tmp_path / found.data.name).write_bytes(found.data.read_bytes())
    file = tmp_path / f"{each.template}.yaml"
    file.write_text(each.text, "utf-8")
    resolved = open_config(file)
    assert [str(warning) for warning in resolved.warnings] == []
    mine, theirs = (parse(it.as_text(), "resolved.yaml").value for it in (resolved, opened(each.template)))
    for config in (mine, theirs):
        config["data"].pop("csv", None)
    assert mine != theirs, "it changes nothing"


@every_template
def test_two_windows_of_it_are_trained(name: str) -> None:
    trainer = build_trainer(opened(name))
    losses = []
    for event in trainer.fit():
        if isinstance(event, WindowTrained):
            losses.append(event.loss)
            if len(losses) == 2:
                break
    assert np.isfinite([loss for loss in losses if loss is not None]).all()
    assert trainer.baseline.name


def test_the_data_of_the_forecast_is_the_data_set_that_it_says() -> None:
    data = template("forecasting").data
    assert data is not None
    assert data.read_bytes() == (FOLDER.parents[1] / "datasets" / "sunspots.csv").read_bytes()


@pytest.mark.parametrize("file", template_data.FILES)
def test_made_up_data_is_what_its_script_makes(file: str) -> None:
    assert (FOLDER / file).read_text("utf-8").splitlines() == list(template_data.FILES[file]())


def test_words_have_several_tags_and_shapes_several_waves() -> None:
    rows = [row.split(",") for row in (FOLDER / "tagging.csv").read_text("utf-8").splitlines()[1:]]
    tags = {word: {tag for _, w, tag in rows if w == word} for _, word, _ in rows}
    assert sorted(word for word, found in tags.items() if len(found) > 1) == [
        "can", "cook", "fish", "light", "watch", "water",
    ]  # fmt: skip
