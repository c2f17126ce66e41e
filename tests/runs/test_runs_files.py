"""Files are written whole or not at all, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from rnnctl.errors import TrainingError
from rnnctl.runs.files import as_json, sweep, write_whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


def test_a_file_is_written_and_replaced(path: Path) -> None:
    write_whole(path, b"first")
    assert path.read_bytes() == b"first"
    write_whole(path, b"")
    assert path.read_bytes() == b""
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]
    assert path.stat().st_mode & 0o777 == 0o644


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["os.fsync", "os.chmod", "pathlib.Path.replace", "tempfile.mkstemp"])
def test_where_the_disk_refuses_the_old_file_stays(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    write_whole(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr(call, full)
        with pytest.raises(TrainingError) as caught:
            write_whole(path, b"new")
    assert str(caught.value) == f"cannot write '{path}': No space left on device"
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


class Full:
    """A file on a disk that takes the first byte and no more."""

    def __init__(self, descriptor: int, mode: str) -> None:
        self.stream = os.fdopen_(descriptor, mode)  # type: ignore[attr-defined]

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def write(self, data: bytes) -> None:
        self.stream.write(data[:1])
        self.stream.flush()
        full()


def test_half_a_file_is_never_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fdopen_", os.fdopen, raising=False)
    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(TrainingError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


@pytest.mark.parametrize(
    "call", ["os.fsync", "os.chmod", "pathlib.Path.replace", "tempfile.mkstemp", "pathlib.Path.hardlink_to"]
)
def test_a_file_that_is_kept_is_the_old_or_the_one_before(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Wherever the disk is full: what stood there stays whole, and what is kept is one of the two."""
    kept = path.with_name("kept.bin")
    write_whole(path, b"first")
    write_whole(path, b"second", keep=kept)
    assert (kept.read_bytes(), path.read_bytes()) == (b"first", b"second")
    with monkeypatch.context() as patched:
        patched.setattr(call, full)
        if call == "pathlib.Path.hardlink_to":  # then it is copied
            write_whole(path, b"third", keep=kept)
        else:
            with pytest.raises(TrainingError, match="No space left on device"):
                write_whole(path, b"third", keep=kept)
    after = (kept.read_bytes(), path.read_bytes())
    assert after == ((b"second", b"third") if call == "pathlib.Path.hardlink_to" else (b"first", b"second"))
    assert {p.name for p in path.parent.iterdir()} == {"file.bin", "kept.bin"}


def test_a_file_is_there_at_every_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even between the steps by which one file takes the place of another."""
    kept = path.with_name("kept.bin")
    write_whole(path, b"first")
    seen: list[tuple[bytes, bytes | None]] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        done = replace(self, target)
        seen.append((path.read_bytes(), kept.read_bytes() if kept.exists() else None))
        return done

    monkeypatch.setattr(Path, "replace", watched)
    write_whole(path, b"second", keep=kept)
    write_whole(path, b"third", keep=kept)
    assert seen == [(b"first", b"first"), (b"second", b"first"), (b"second", b"second"), (b"third", b"second")]


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    for name in (".last.bin.abc123", ".kept.bin.link", ".other.bin.x", "last.bin"):
        (tmp_path / name).write_bytes(b"x")
    sweep(tmp_path, ("last.bin", "kept.bin"))
    assert {p.name for p in tmp_path.iterdir()} == {".other.bin.x", "last.bin"}


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, signal: type[BaseException]
) -> None:
    write_whole(path, b"old")

    def interrupted(_: int) -> None:
        raise signal

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(signal):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="No such file or directory"):
        write_whole(tmp_path / "nowhere" / "file", b"new")
    assert list(tmp_path.iterdir()) == []


def test_json_that_every_reader_takes() -> None:
    value = {"a": math.nan, "b": [math.inf, -math.inf, 1.5, (1, "ü")], "c": {"d": None, "e": True}}
    text = as_json(value)

    def strange(name: str) -> None:
        raise AssertionError(name)

    assert json.loads(text, parse_constant=strange) == {
        "a": None,
        "b": [None, None, 1.5, [1, "ü"]],
        "c": {"d": None, "e": True},
    }
    assert "ü" in text
    assert "\n" not in text


def test_half_a_character_is_escaped_and_read_back() -> None:
    text = as_json({"ü": ["\udcff", "\ud83d\ude00", "😀"]})
    assert text == '{"ü": ["\\udcff", "\\ud83d\\ude00", "😀"]}'
    assert json.loads(text.encode()) == {"ü": ["\udcff", "😀", "😀"]}
