"""Short forms written out mean what they meant, and merging keeps its laws, whatever is merged."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnctl.catalogue import definition, names
from rnnctl.config.composition import compose, compose_text
from rnnctl.config.composition.forms import BOTH, FREE, ITEM, ROOT, Form, inside, written_out
from rnnctl.config.diagnose import validated
from rnnctl.config.layers import read_layer
from rnnctl.config.sections import SHORT, DataSection, Section, TrainingSection
from rnnctl.document import dump, parse
from rnnctl.document.nodes import Mapping, Node, Sequence, behind, plain
from rnnctl.equations.options import options_of

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))


def short_of(name: str) -> str | None:
    known = options_of(definition(name))
    return "size" if "size" in known else next(iter(known), None) if len(known) == 1 else None


def at(root: Node, *path: str) -> tuple[Node, Form]:
    """What stands at a path, and its form."""
    form = ROOT
    for step in path:
        content = behind(root)
        assert isinstance(content, Mapping)
        root, form = content.entries[step].value, inside(form, step, short_of)
    return root, form


@pytest.mark.parametrize(
    ("section", "key", "values"),
    [
        (TrainingSection, "loss", ["mse", "{huber: {delta: 2}}"]),
        (TrainingSection, "optimizer", ["adam", "sgd", "{sgd: }"]),
        (TrainingSection, "schedule", ["cosine", "{linear: {}}"]),
        (TrainingSection, "window", ["32", "{update: 3, backward: 6}"]),
        (TrainingSection, "reset", ["never", "{after: done}"]),
        (TrainingSection, "early_stopping", ["3", "{patience: 4}"]),
        (DataSection, "input", ["x", "[x, y]", "{columns: [x]}"]),
        (DataSection, "target", ["x", "{column: x}"]),
        (DataSection, "text", ["'*.txt'", "[a, b]", "{files: a}"]),
        (DataSection, "task", ["sine", "{sine: {steps: 9}}", "{sine: }"]),
    ],
)
def test_a_section_written_out_means_the_same(section: type[Section], key: str, values: list[str]) -> None:
    name = "data" if section is DataSection else "training"
    rest = {} if section is DataSection or key == "loss" else {"loss": "mse"}
    for value in values:
        document = parse(f"{name}: {{{key}: {value}}}", "c.yaml")
        whole = written_out(*reversed(at(document.root, name, key)))  # type: ignore[arg-type]
        assert whole is not None
        assert isinstance(plain(whole), dict)
        given_ = {**rest, **document.value[name]}
        one, wrong = validated(section, given_, (name,))
        assert wrong == []
        assert validated(section, {**rest, key: plain(whole)}, (name,)) == (one, [])


def test_every_short_form_of_the_sections_is_known() -> None:
    for key, stands_for in SHORT.items():
        assert at(parse(f"training: {{{key}: 3}}", "c.yaml").root, "training", key)[1].short == stands_for


@pytest.mark.parametrize("name", names())
def test_a_layer_written_out_means_the_same(name: str) -> None:
    known, short = options_of(definition(name)), short_of(name)
    form = inside(ITEM, name, short_of)
    assert form.short == short
    if short is None:
        return
    value = {"integer": 3, "real": 0.5, "function": "relu"}[known[short].kind]
    needed = {key for key, option in known.items() if option.default is None} - {short}
    node = parse(f"x: {value}", "c.yaml").root
    whole = written_out(form, behind(node).entries["x"].value)  # type: ignore[union-attr]
    assert whole is not None
    assert plain(whole) == {short: value}
    assert read_layer(definition(name), plain(whole), ("x",)) == read_layer(definition(name), value, ("x",))
    assert needed == set() or read_layer(definition(name), value, ("x",))[0] is None


def test_forms_of_members() -> None:
    assert inside(ITEM, "residual", short_of) is ITEM
    assert inside(ITEM, 3, short_of) is ITEM
    both = inside(ITEM, "bidirectional", short_of)
    assert both is BOTH
    assert inside(both, "layer", short_of) is ITEM
    assert inside(both, "merge", short_of) is FREE
    assert inside(both, "lstm", short_of).short == "size"
    assert inside(inside(ITEM, "stack", short_of), "layer", short_of) is ITEM


# laws

NAMES = st.sampled_from(["a", "b", "c", "d"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["x", "y z", "true", ""])
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CONTENTS = st.dictionaries(NAMES, VALUES, max_size=4)
ALIKE = st.recursive(
    st.dictionaries(st.sampled_from(["a", "b"]), SCALARS | st.lists(SCALARS, max_size=3), max_size=2),
    lambda inner: st.builds(
        lambda one, other: {**one, **other},
        st.dictionaries(st.sampled_from(["a", "b"]), SCALARS, max_size=2),
        st.dictionaries(st.sampled_from(["c", "d"]), inner, max_size=2),
    ),
    max_leaves=6,
)
"""Files of which the same keys have mappings: where no scalar comes between two of them, merging is associative."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        before = Path.cwd()
        os.chdir(path)
        yield Path(path)
        os.chdir(before)


def merged(*files: dict[str, Any]) -> dict[str, Any]:
    """What files make, each of which extends those before it."""
    for i, file in enumerate(files):
        Path(f"m{i}.yaml").write_text(dump({"training": file}))
    parents = [f"m{i}.yaml" for i in range(len(files))]
    document = compose_text(dump({"extends": parents}), "c.yaml")
    assert document.mistakes == ()
    value: dict[str, Any] = document.value["training"]
    return value


@given(ALIKE, ALIKE, ALIKE)
@settings(max_examples=60, deadline=None)
def test_merging_is_associative(folder: Path, a: Any, b: Any, c: Any) -> None:
    assert merged(merged(a, b), c) == merged(a, merged(b, c)) == merged(a, b, c)


@given(CONTENTS)
@settings(max_examples=60, deadline=None)
def test_nothing_changes_nothing(folder: Path, a: Any) -> None:
    assert merged(a) == merged(a, a) == merged({}, a) == merged(a, {}) == a


@given(CONTENTS, CONTENTS)
@settings(max_examples=60, deadline=None)
def test_what_is_laid_over_is_there(folder: Path, a: Any, b: Any) -> None:
    def holds(whole: Any, part: Any) -> bool:
        if isinstance(part, dict):
            return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
        return type(whole) is type(part) and bool(whole == part)

    assert holds(merged(a, b), b)


@given(st.lists(st.integers(0, 9), max_size=3), st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=3))
@settings(max_examples=40, deadline=None)
def test_lists_grow_by_what_is_added(folder: Path, first: list[int], added: list[list[int]]) -> None:
    Path("l0.yaml").write_text(dump({"ignore": first}))
    for i, items in enumerate(added, start=1):
        Path(f"l{i}.yaml").write_text(
            dump({"extends": f"l{i - 1}.yaml", "ignore": {"append": items, "prepend": items}})
        )
    value = compose(Path(f"l{len(added)}.yaml")).value
    assert value["ignore"] == [*(n for items in reversed(added) for n in items), *first, *(n for i in added for n in i)]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_whole_config_in_variables_is_the_same(folder: Path, path: Path) -> None:
    """Each section as a variable, and the file in two halves, give what the file gives."""
    value = parse(path.read_text("utf-8"), path.name).value
    sections = {key: part for key, part in value.items() if isinstance(part, dict)}
    rest = {key: part for key, part in value.items() if key not in sections}
    references = {key: f"${{vars.{key}}}" for key in sections}
    assert compose_text(dump({**rest, "vars": sections, **references}), "c.yaml").value == value
    for key, part in sections.items():
        Path("half.yaml").write_text(dump({key: part}))
        others = {name: other for name, other in value.items() if name != key}
        assert compose_text(dump({"extends": "half.yaml", **others}), "c.yaml").value == value


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_that_uses_nothing_is_the_document_as_it_stands(path: Path) -> None:
    assert compose(path) == parse(path.read_text("utf-8"), str(path))
    composed = compose(path, ["ignore=[]"])
    plain_ = parse(path.read_text("utf-8"), str(path))
    assert composed.value == {**plain_.value, "ignore": []}
    for place in every_path(plain_.root):
        assert composed.place(place) == plain_.place(place)
        assert composed.place(place, on="key") == plain_.place(place, on="key")


def every_path(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    content = behind(node)
    if isinstance(content, Mapping):
        for key, entry in content.entries.items():
            yield from every_path(entry.value, (*path, key))
    elif isinstance(content, Sequence):
        for i, item in enumerate(content.items):
            yield from every_path(item, (*path, i))
