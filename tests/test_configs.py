"""Every config that comes with rnnctl: it validates, resolves, trains, is judged, and is stepped by hand."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnctl.build import build_trainer, weights_of
from rnnctl.catalogue import names
from rnnctl.config import Resolved, open_config, parse_config, resolve
from rnnctl.config.chain import Bidirectional, named, walk
from rnnctl.config.members import MEMBERS
from rnnctl.data.sequences import Sequences
from rnnctl.data.tasks import TASKS
from rnnctl.errors import UsageError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.stepping.model import make_model
from rnnctl.stepping.pipe import pump
from rnnctl.stepping.session import Session
from rnnctl.training.events import WindowTrained
from rnnctl.training.loop import Trainer

FOLDER = Path(__file__).parent.parent / "configs"
CONFIGS = sorted(FOLDER.rglob("*.yaml"))
WINDOWS = 2
STEPS = 400  # of a split that are judged here: enough to be a judgement, few enough to be quick

every_config = pytest.mark.parametrize("path", CONFIGS, ids=[str(p.relative_to(FOLDER)) for p in CONFIGS])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As configs have it: more threads make small models slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def opened(path: Path) -> Resolved:
    return open_config(path)


def test_all_files_are_here() -> None:
    walked = [name for _, _, files in os.walk(FOLDER) for name in files]
    assert CONFIGS
    beside = {"sine.baseline.json", "own_cell.steps.txt"}
    assert len(set(walked) - beside) == len(CONFIGS)
    assert beside <= set(walked)


@every_config
def test_begins_with_one_line_that_says_what_it_shows(path: Path) -> None:
    first, second, *_ = path.read_text("utf-8").splitlines()
    assert first.startswith("# ")
    assert first.endswith(".")
    assert second == f"name: {path.stem.replace('_', '-')}"


@every_config
def test_has_no_warnings(path: Path) -> None:
    assert opened(path).warnings == ()


@every_config
def test_resolved_config_resolves_to_itself(path: Path, tmp_path: Path) -> None:
    resolved = opened(path)
    text = resolved.as_text()
    again = resolve(parse_config(text, str(tmp_path / "config.yaml")), resolved.facts)
    assert again.as_text() == text
    assert again.training == resolved.training
    assert [(item.layer.parameters, item.initial_state) for item in again.layers] == [
        (item.layer.parameters, item.initial_state) for item in resolved.layers
    ]


def test_every_layer_of_the_catalogue_is_shown() -> None:
    shown = {item.layer.name for path in CONFIGS for item in opened(path).layers}
    assert shown >= set(names())


def test_every_member_of_chains_is_shown() -> None:
    shown = {named(member).partition("(")[0] for path in CONFIGS for member in walk(opened(path).chain)}
    assert shown >= set(MEMBERS) - {"stack"}
    assert any("- stack:" in path.read_text("utf-8") for path in CONFIGS)


def test_every_task_and_every_data_set_is_shown() -> None:
    sources = [opened(path).source for path in CONFIGS]
    assert {getattr(source, "task", None) for source in sources} - {None} == set(TASKS)
    files = {source.path.resolve() for source in sources if hasattr(source, "path")}
    assert files == set((FOLDER.parent / "datasets").resolve().glob("*.csv"))


def test_a_cell_written_by_hand_is_shown() -> None:
    assert any(opened(path).cells for path in CONFIGS)


def test_the_chain_is_ten_inputs_fifteen_units_five_outputs() -> None:
    lstm, dense = (item.layer for item in opened(FOLDER / "chain.yaml").layers)
    assert (lstm.name, str(lstm.inputs["x"]), lstm.options["size"]) == ("lstm", "10", 15)
    assert (dense.name, str(dense.inputs["x"]), dense.options["size"]) == ("dense", "15", 5)


@every_config
def test_trains_is_judged_and_is_stepped(path: Path) -> None:
    resolved = opened(path)
    trainer = build_trainer(resolved)
    before = weights_of(trainer.model)
    losses = list(first_windows(trainer))
    after = weights_of(trainer.model)
    scored = [loss for loss in losses if loss is not None]
    assert len(losses) == WINDOWS
    assert np.isfinite(scored).all()
    moved = {name.split(".")[0] for name in after if not np.array_equal(before[name], after[name])}
    assert moved == ({name.split(".")[0] for name in after} if scored else set())
    metrics = trainer.evaluate(some(trainer.dataset.test))
    assert np.isfinite(list(metrics.values())).all()
    assert metrics["scored_steps"] > 0
    if any(isinstance(member, Bidirectional) for member in walk(resolved.chain)):
        with pytest.raises(UsageError, match="it sees what is yet to come, so it cannot be stepped"):
            step_twice(resolved, trainer)
    else:
        step_twice(resolved, trainer)


@every_config
def test_the_resolved_config_trains_to_the_same_bits(path: Path, tmp_path: Path) -> None:
    resolved = opened(path)
    elsewhere = tmp_path / "resolved.yaml"
    elsewhere.write_text(resolved.as_text(), "utf-8")
    ends = []
    for config in (resolved, open_config(elsewhere)):
        trainer = build_trainer(config)
        losses = list(first_windows(trainer))
        ends.append((losses, {name: value.tobytes() for name, value in weights_of(trainer.model).items()}))
    assert ends[0] == ends[1]


def first_windows(trainer: Trainer) -> Iterator[float | None]:
    """The losses of the first windows; training goes no further."""
    seen = 0
    for event in trainer.fit():
        if isinstance(event, WindowTrained):
            yield event.loss
            seen += 1
        if seen == WINDOWS:
            return


def some(split: Sequences) -> Sequences:
    """The first sequences of a split, at least one, and no more than the first scored steps of each."""
    count = 1 + int(np.searchsorted(np.cumsum(split.lengths), STEPS))
    kept = {name: getattr(split, name)[:count] for name in ("origins", "lengths", "scored_from", "scored_to")}
    end = kept["scored_from"] + STEPS
    kept |= {name: np.minimum(kept[name], end) for name in ("lengths", "scored_to")}
    return replace(split, **kept)


def step_twice(resolved: Resolved, trainer: Trainer) -> None:
    """Two steps by hand, and two lines of a pipe, give the outputs that torch gives in a window."""
    saved = Checkpoint(weights_of(trainer.model), {})
    model = make_model(
        resolved.chain,
        saved,
        resolved.facts,
        trainer.dataset.scaling,
        precision=resolved.training.precision,
        which="last",
    )
    session = Session(model)
    signal = resolved.facts.input
    value = signal.symbols[0] if signal.kind == "symbol" else [1.0] * signal.width
    steps = [session.step(value), session.step(value)]
    trainer.model.eval()
    x = torch.as_tensor(np.stack([step.input for step in steps]))[np.newaxis]
    with torch.no_grad():
        _, y = trainer.model.unroll(trainer.model.initial_carry(1), x)
    np.testing.assert_allclose(np.stack([step.output for step in steps]), y[0].numpy(), rtol=1e-5, atol=1e-5)
    assert all(np.isfinite(list(step.shown.values())).all() for step in steps)
    line = value if isinstance(value, str) else ",".join(map(str, value))
    lines, written = io.BytesIO(f"{line}\n{line}\n".encode()), []
    pump(piped := Session(model), lines.read, written.append)
    for step, text in zip(steps, "".join(written).splitlines(), strict=True):
        record = json.loads(text)
        shown = record.get("output") or record["probabilities"]
        assert shown == pytest.approx(dict(step.shown), rel=1e-5, abs=1e-6)
    for one, other in zip(session.carry, piped.carry, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    recurrent = {item.place for item in steps[1].layers}
    assert recurrent == {item.place for item in resolved.layers if item.layer.states}
    assert recurrent
