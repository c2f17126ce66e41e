"""Checkpoints: the same bits out as in, and any damage told as damage."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save as serialize

from rnnctl.errors import CheckpointError
from rnnctl.runs.checkpoint import digest, load, save, weights_among

RECORD = {"epoch": 3, "update": 120, "loss": 0.1 + 0.2, "note": "naïve ✓"}


def weights() -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(0)
    return {
        "0.Wi": random.normal(size=(4, 3)),
        "0.b": random.normal(size=4).astype(np.float32),
        "0.count": np.array([1, -(2**60)]),
        "1.E": np.array([[np.nan, np.inf, -0.0, 5e-324]]),
        "0.initial_h": np.zeros((0, 3)),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "best.safetensors"
    save(path, weights(), RECORD)
    return path


def same(found: Any) -> bool:
    expected = weights()
    return set(found) == set(expected) and all(
        (found[n].dtype, found[n].shape, found[n].tobytes()) == (v.dtype, v.shape, v.tobytes())
        for n, v in expected.items()
    )


def test_the_same_bits_come_back(path: Path) -> None:
    found = load(path)
    assert same(found.weights)
    assert dict(found.record) == RECORD
    assert found.digest == digest(weights())


def test_saving_twice_makes_the_same_file(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save(other, dict(reversed(weights().items())), RECORD)
    assert load(other).digest == load(path).digest
    save(other, weights(), RECORD)
    assert other.read_bytes() == path.read_bytes()


def test_values_in_another_order_in_memory_are_the_same(tmp_path: Path) -> None:
    value = np.arange(12.0).reshape(3, 4)
    save(tmp_path / "a", {"w": np.asfortranarray(value)}, {})
    save(tmp_path / "b", {"w": np.arange(24.0).reshape(3, 8)[:, ::2] / 2 + np.arange(3)[:, None] * 0}, {})
    np.testing.assert_array_equal(load(tmp_path / "a").weights["w"], value)
    np.testing.assert_array_equal(load(tmp_path / "b").weights["w"], value)


def test_the_digest_sees_names_types_shapes_and_bits() -> None:
    base = {"a": np.zeros(2, np.float32), "b": np.ones(3)}
    others = [
        {"a": np.zeros(2, np.float32), "c": np.ones(3)},
        {"a": np.zeros(1), "b": np.ones(3)},
        {"a": np.zeros((2, 1), np.float32), "b": np.ones(3)},
        {"a": np.array([0, -0.0], np.float32), "b": np.ones(3)},
        {"a": np.zeros(2, np.float32)},
        {"b": np.zeros(2, np.float32), "a": np.ones(3)},
    ]
    assert len({digest(w) for w in [base, *others]}) == 7


def test_a_loss_that_is_not_finite_is_recorded_as_null(tmp_path: Path) -> None:
    save(tmp_path / "c", {}, {"loss": float("nan")})
    assert load(tmp_path / "c").record == {"loss": None}


def refused_or_same(path: Path, data: bytes) -> bool:
    """Whether damaged bytes are refused; else they must mean what was saved."""
    path.write_bytes(data)
    try:
        found = load(path)
    except CheckpointError as error:
        message = str(error)
    else:
        assert same(found.weights)
        assert dict(found.record) == RECORD
        return False
    assert message.startswith(f"'{path}' ")
    assert "\n" not in message
    return True


def test_a_file_cut_short_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for end in {*range(0, len(whole), 64), *range(24), len(whole) - 1}:
        assert refused_or_same(path, whole[:end]), end
    assert refused_or_same(path, whole + b"\0")


@pytest.mark.parametrize("bit", [1, 32, 128])
def test_one_flipped_bit_is_refused(path: Path, bit: int) -> None:
    """Or means the same: a blank that pads the header may become another blank."""
    whole = path.read_bytes()
    harmless = []
    for place in {*range(0, len(whole), 3), *range(24)}:
        damaged = bytearray(whole)
        damaged[place] ^= bit
        if not refused_or_same(path, bytes(damaged)):
            harmless.append(whole[place : place + 1])
    assert set(harmless) <= {b" "}


def test_bytes_that_are_gone_or_swapped(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(8, len(whole), 17):
        assert refused_or_same(path, whole[:place] + whole[place + 1 :])
    for place in range(8, len(whole) - 8, 29):
        zeroed = whole[:place] + bytes(8) + whole[place + 8 :]
        assert zeroed == whole or refused_or_same(path, zeroed)


def header(content: Any) -> bytes:
    text = json.dumps(content).encode() if not isinstance(content, bytes) else content
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a checkpoint at all",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2**40) + b"{}",
        header([]),
        header("text"),
        header({}),
        header({"__metadata__": 3}),
        header({"__metadata__": {"rnnctl": 1}}),
        header({"__metadata__": {"rnnctl": "["}}),
        header({"__metadata__": {"rnnctl": "3"}}),
        header({"__metadata__": {"rnnctl": "[" * 100_000}}),
        header({"__metadata__": {"rnnctl": '{"format": 2, "record": {}, "digest": "x"}'}}),
        header(b"[" * 100_000),
        header(b"\xff\xfe{}"),
        serialize({"a": np.zeros(3)}),
        serialize({"a": np.zeros(3)}, {"rnnctl": '{"format": 2}'}),
        serialize({"a": np.zeros(3)}, {"rnnctl": '{"format": 2, "record": [], "digest": "x"}'}),
    ],
    ids=range(18),
)
def test_what_is_no_checkpoint_of_ours(tmp_path: Path, data: bytes) -> None:
    assert refused_or_same(tmp_path / "strange", data)


def test_another_version_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "newer"
    path.write_bytes(serialize({}, {"rnnctl": '{"format": 1, "record": {}, "digest": ""}'}))
    with pytest.raises(CheckpointError, match="has format 1, and this rnnctl reads 2"):
        load(path)


def test_the_weights_among_all_that_is_saved() -> None:
    names = ["0.Wi", "12.initial_h", "1.forward.Wi", "optimizer.0.Wi.step", "carry.0.0.h", "score", "best.0.Wi"]
    assert list(weights_among({name: np.zeros(1) for name in names})) == names[:3]


def test_the_one_before_is_kept_where_it_is_asked_for(path: Path) -> None:
    kept, before = path.with_name("previous.safetensors"), path.read_bytes()
    save(path, {"0.Wi": np.ones(3)}, {}, keep=kept)
    assert kept.read_bytes() == before
    assert load(path).weights["0.Wi"].tolist() == [1, 1, 1]
    save(path, {"0.Wi": np.zeros(3)}, {}, keep=kept)
    assert load(kept).weights["0.Wi"].tolist() == [1, 1, 1]
    save(path, {"0.Wi": np.zeros(1)}, {})
    assert load(kept).weights["0.Wi"].tolist() == [1, 1, 1]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(tmp_path / "best")
    [told] = caught.value.diagnostics
    assert told.message == f"there is no checkpoint '{tmp_path / 'best'}'"
    with pytest.raises(CheckpointError, match=f"cannot read '{tmp_path}': Is a directory"):
        load(tmp_path)
