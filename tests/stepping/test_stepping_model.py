"""The chain in numpy, member by member: what torch gives in a window, and what cannot be stepped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnnctl.build import build_model, put_weights
from rnnctl.errors import CheckpointError, UsageError
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session

MEMBERS = """
    - residual: [{lstm: 5}, {dropout: 0.3}, {dense: 2}]
    - stack: {layer: {residual: [{gru: 2}, {residual: layer_norm}]}, depth: 2, dropout: 0.1}
    - mean
    - dense: 1
"""
INPUTS = [(12.0, 0.5), (16.0, 2.0), (10.0, 0.0), (11.0, 1.5), (-40.0, 9.0)]


Runs = Callable[..., Run]


def test_members_are_stepped_as_torch_runs_them_in_a_window(run_of: Runs) -> None:
    run = run_of(MEMBERS)
    model = load_model(run)
    assert [layer.place for layer in model.layers] == [
        *("0.0", "0.1", "0.2", "1.0", "1.1.0", "2", "3.0", "3.1.0", "4", "5")
    ]
    session = Session(model)
    steps = [session.step(x) for x in INPUTS]
    torch_model = build_model(run.open()).eval()
    put_weights(torch_model, checkpoint.load(run.checkpoint("best")).weights)
    x = torch.tensor(np.stack([step.input for step in steps]))[None]
    reset = np.zeros((1, 5), np.bool_)
    reset[0, 0] = True
    with torch.no_grad():
        after, y = torch_model.unroll(torch_model.initial_carry(1), x, reset=reset)
    np.testing.assert_allclose(np.stack([step.output for step in steps]), y[0], rtol=1e-10, atol=1e-10)
    for ours, theirs in zip(session.carry, after, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b[0], rtol=1e-10, atol=1e-10)
    assert [(at.place, at.name, [p.name for p in at.parts]) for at in steps[0].layers] == [
        ("0.0", "lstm", ["h", "c"]),
        ("1.0", "gru", ["h"]),
        ("3.0", "gru", ["h"]),
        ("4", "mean", ["total", "count"]),
    ]


def test_a_session_of_members_goes_on_from_its_file(run_of: Runs) -> None:
    run = run_of(MEMBERS)
    model = load_model(run)
    whole, first = Session(model), Session(model)
    expected = [whole.step(x).output for x in INPUTS]
    for x in INPUTS[:2]:
        first.step(x)
    save_session(run, "default", first)
    again = load_session(run, "default", model)
    assert [again.step(x).output.tobytes() for x in INPUTS[2:]] == [y.tobytes() for y in expected[2:]]


def test_what_sees_the_future_is_not_stepped(run_of: Runs) -> None:
    chain = "\n    - residual: {bidirectional: {layer: {gru: 2}, merge: sum}}\n    - dense: 1\n"
    run = run_of(chain, "null")
    with pytest.raises(UsageError) as caught:
        load_model(run)
    assert str(caught.value) == (
        "layer 0.0 is bidirectional: it sees what is yet to come, so it cannot be stepped "
        "(rnnctl eval judges it on whole sequences)"
    )


def test_weights_of_another_place_are_refused(run_of: Runs) -> None:
    run = run_of(MEMBERS)
    saved = checkpoint.load(run.checkpoint("best"))
    moved = {name.replace("1.1.0.gain", "1.1.gain"): value for name, value in saved.weights.items()}
    checkpoint.save(run.checkpoint("best"), moved, dict(saved.record))
    with pytest.raises(CheckpointError, match=r"1\.1\.0\.gain of layer_norm is \[2\], and the checkpoint has none"):
        load_model(run)
