"""From a resolved config to a model and a trainer, and weights out and in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from rnnctl.build import build_model, build_trainer, load_data, load_run, put_weights, weights_of
from rnnctl.config import Resolved, open_config
from rnnctl.errors import CheckpointError, DataError, UsageError
from rnnctl.runs.checkpoint import save
from rnnctl.runs.directory import create_run

CONFIG = """\
data: {csv: d.csv, input: [x], target: {column: x, ahead: 1}}
model:
  chain:
    - gru: {size: 3, init: {bz: 2, Uz: identity}}
    - lstm: {size: 2, initial_state: zeros}
    - dense: 1
training: {loss: mse, learn_initial_state: true, seed: 4, precision: float64, window: 8, epochs: 1}
"""


@pytest.fixture
def resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolved:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    Path("d.csv").write_text("x\n" + "".join(f"{(i * 7) % 11}\n" for i in range(60)))
    Path("c.yaml").write_text(CONFIG)
    return open_config(Path("c.yaml"))


def test_a_model_is_as_the_config_says(resolved: Resolved) -> None:
    weights = weights_of(build_model(resolved))
    assert {name: value.shape for name, value in weights.items() if name.startswith(("0.", "2."))} == {
        **{f"0.W{g}": (3, 1) for g in "rzn"},
        **{f"0.U{g}": (3, 3) for g in "rzn"},
        **{f"0.{b}": (3,) for b in ("br", "bz", "bn", "cn")},
        "0.initial_h": (3,),
        "2.W": (1, 2),
        "2.b": (1,),
    }
    assert not any(name.startswith("1.initial") for name in weights)
    assert_array_equal(weights["0.bz"], np.full(3, 2.0))
    assert_array_equal(weights["0.Uz"], np.eye(3))
    assert {value.dtype for value in weights.values()} == {np.dtype(np.float64)}


def test_first_values_follow_from_the_seed(resolved: Resolved, tmp_path: Path) -> None:
    first, again = (weights_of(build_model(resolved)) for _ in range(2))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    (tmp_path / "other.yaml").write_text(CONFIG.replace("seed: 4", "seed: 5"))
    other = weights_of(build_model(open_config(tmp_path / "other.yaml")))
    assert not np.array_equal(first["0.Wr"], other["0.Wr"])
    assert not np.array_equal(first["2.W"], other["2.W"])


def test_single_precision_has_the_same_first_values_rounded(resolved: Resolved, tmp_path: Path) -> None:
    (tmp_path / "single.yaml").write_text(CONFIG.replace("float64", "float32"))
    single = weights_of(build_model(open_config(tmp_path / "single.yaml")))
    for name, value in weights_of(build_model(resolved)).items():
        assert_array_equal(single[name], value.astype(np.float32))


def test_weights_go_out_and_in_again(resolved: Resolved) -> None:
    trainer = build_trainer(resolved)
    for _ in trainer.fit():
        pass
    trained = weights_of(trainer.model)
    fresh = build_model(resolved)
    assert not np.array_equal(weights_of(fresh)["0.Wr"], trained["0.Wr"])
    put_weights(fresh, trained)
    assert all(value.tobytes() == trained[name].tobytes() for name, value in weights_of(fresh).items())
    trained["0.Wr"][:] = 0  # what was taken out is a copy
    assert weights_of(trainer.model)["0.Wr"].any()
    assert weights_of(fresh)["0.Wr"].any()


def test_weights_of_another_model_are_refused(resolved: Resolved) -> None:
    model = build_model(resolved)
    own = weights_of(model)
    with pytest.raises(CheckpointError, match=r"another model: 2\.b stand in one and not in the other"):
        put_weights(model, {name: value for name, value in own.items() if name != "2.b"})
    with pytest.raises(CheckpointError, match=r"2\.b is \[2\] torch.float64 in it, \[1\] torch.float64 in the config"):
        put_weights(model, {**own, "2.b": np.zeros(2)})
    with pytest.raises(CheckpointError, match=r"2\.b is \[1\] torch.float32"):
        put_weights(model, {**own, "2.b": np.zeros(1, np.float32)})
    assert all(value.tobytes() == own[name].tobytes() for name, value in weights_of(model).items())


def test_data_that_has_gone_is_told_of(resolved: Resolved) -> None:
    Path("d.csv").unlink()
    with pytest.raises(DataError, match="there is no file") as caught:
        load_data(resolved)
    assert not caught.value.problems


def test_a_run_is_loaded_to_be_called_step_by_step(resolved: Resolved) -> None:
    """The chain by hand gives what the trained model gives for a whole window."""
    trainer = build_trainer(resolved)
    list(trainer.fit())
    run = create_run(Path("runs"), resolved, CONFIG, trainer.dataset.scaling.as_dict())
    for which in ("best", "last"):
        save(run.checkpoint(which), weights_of(trainer.model), {})
    xs = torch.linspace(-1, 1, 7, dtype=torch.float64)[:, None]
    trainer.model.eval()
    _, expected = trainer.model.unroll(trainer.model.initial_carry(1), xs[None])
    for m in (load_run(), load_run("c-1", checkpoint="last"), load_run("runs/c-1")):
        assert_allclose(torch.stack([m(x) for x in xs]).detach(), expected[0].detach(), atol=1e-10)
        assert not m.training
    with pytest.raises(UsageError, match="there is no run 'd'"):
        load_run("d")


MEMBERS = """\
data: {task: {adding: {length: 12, sequences: 30}}}
model:
  chain:
    - residual: [{lstm: 4}, {dense: 2}]
    - BOTH
    - last
    - dense: 1
training: {loss: mse, learn_initial_state: true, precision: float64, epochs: 1}
"""


def trained(text: str, folder: Path) -> tuple[Resolved, dict[str, NDArray[Any]]]:
    """A config and its weights after training, as a run on disk."""
    torch.set_num_threads(1)
    (folder / "m.yaml").write_text(text)
    resolved = open_config(folder / "m.yaml")
    trainer = build_trainer(resolved)
    list(trainer.fit())
    run = create_run(folder / "runs", resolved, text, trainer.dataset.scaling.as_dict())
    weights = weights_of(trainer.model)
    save(run.checkpoint("best"), weights, {})
    return run.open(), weights


def test_members_have_weights_by_their_place(tmp_path: Path) -> None:
    resolved, weights = trained(MEMBERS.replace("BOTH", "bidirectional: {gru: 3}"), tmp_path)
    places = {name.rpartition(".")[0] for name in weights}
    assert places == {"0.0", "0.1", "1.forward", "1.backward", "3"}
    assert not np.array_equal(weights["1.forward.Wr"], weights["1.backward.Wr"])
    model = build_model(resolved)
    first = weights_of(model)
    assert {name for name in weights if np.array_equal(first[name], weights[name])} == set(), "all is trained"
    put_weights(model, weights)
    assert all(value.tobytes() == weights[name].tobytes() for name, value in weights_of(model).items())


def test_a_run_with_a_residual_is_called_step_by_step(tmp_path: Path) -> None:
    resolved, weights = trained(MEMBERS.replace("BOTH", "mean"), tmp_path)
    model = build_model(resolved).eval()
    put_weights(model, weights)
    x = torch.linspace(-1, 1, 14, dtype=torch.float64).reshape(1, 7, 2)
    m = load_run("m-1", runs=str(tmp_path / "runs"))
    y = torch.stack([m(step) for step in x[0]])
    assert_allclose(y.detach(), model.unroll(model.initial_carry(1), x)[1][0].detach(), atol=1e-10)


def test_a_run_that_sees_the_future_is_not(tmp_path: Path) -> None:
    trained(MEMBERS.replace("BOTH", "bidirectional: {gru: 3}"), tmp_path)
    with pytest.raises(UsageError) as caught:
        load_run("m-1", runs=str(tmp_path / "runs"))
    message = "layer 1 is bidirectional: it sees what is yet to come, so it cannot be called step by step"
    assert str(caught.value) == message
