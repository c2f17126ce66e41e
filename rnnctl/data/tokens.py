"""Token files: the symbols of a text as numbers in one file, made once and kept in the user's cache.

A token file is a numpy array, `text-KEY.npy`, with what is known of it beside it in `text-KEY.json`. The key
follows from the paths, sizes and times of the files that it was made from, so that nothing kept is ever out of
date. Both are written whole or not at all, the description last; two processes that make them at once write the
same bytes. What is damaged is made again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from rnnctl.data.spec import Level, TextFile
from rnnctl.errors import DataError, Diagnostic

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
DAY = 86_400
"""Seconds after which a file that is still half written is nobody's any more."""


class Tokens(NamedTuple):
    """A token file: the bytes or characters that its codes stand for, and where its sequences come from."""

    path: Path
    symbols: tuple[int, ...]
    names: tuple[str, ...]
    lengths: tuple[int, ...]
    digest: str


def open_tokens(files: Sequence[TextFile], level: Level) -> Tokens:
    """The token file of some text files, made if there is none; of one that is there only the description is read.

    It is kept in the user's cache, or as long as this process runs where that cannot be written. Raises DataError
    for a file that cannot be read, and where no folder can hold the token file.
    """
    name = f"text-{_key(files, level)}"
    folder = cache_folder()
    if folder is not None:
        found = _described(folder, name)
        if found is not None:
            return found
        with suppress(OSError):
            return _make(folder, name, files, level)
    try:
        folder = _temporary()
        return _described(folder, name) or _make(folder, name, files, level)
    except OSError as error:
        message = f"no folder can hold the symbols of the text: {error.strerror or error}"
        raise DataError(Diagnostic(message, help="name one that can: RNNCTL_CACHE=/a/folder")) from None


def codes_of(tokens: Tokens) -> NDArray[Any]:
    """The codes of a token file, (N,) whole numbers, sequence after sequence: mapped, so that any length will do."""
    import numpy as np

    try:
        codes: NDArray[Any] = np.load(tokens.path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise DataError(Diagnostic(f"cannot read '{tokens.path}': {error}", help="remove it, and try again")) from None
    return codes.view(np.ndarray)


def forget(tokens: Tokens) -> None:
    """Let a token file that is damaged be made again when it is next asked for."""
    with suppress(OSError):
        tokens.path.with_suffix(".json").unlink()


def cache_folder() -> Path | None:
    """Where token files are kept: $RNNCTL_CACHE, else rnnctl in $XDG_CACHE_HOME or ~/.cache; None without a home."""
    own, shared = os.environ.get("RNNCTL_CACHE"), os.environ.get("XDG_CACHE_HOME", "")
    if own:
        return Path(own).absolute()
    base = Path(shared) if Path(shared).is_absolute() else Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 (never fails)
    return base / "rnnctl" if base.is_absolute() else None


@contextmanager
def whole_file(path: Path, modified: int | None = None) -> Iterator[BinaryIO]:
    """A file to be written, which stands at its path once all of it is on disk; else nothing changes there.

    `modified` is the time that it is given, in nanoseconds.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if modified is not None:
            os.utime(beside, ns=(modified, modified))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@cache
def _temporary() -> Path:
    """A folder that goes when the process ends."""
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="rnnctl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _key(files: Sequence[TextFile], level: Level) -> str:
    return _hash([FORMAT, level, *files])[:32]


def _hash(value: Any) -> str:
    import hashlib

    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _make(folder: Path, name: str, files: Sequence[TextFile], level: Level) -> Tokens:
    """Make a token file and its description. Raises DataError for the files, OSError for the folder."""
    from rnnctl.data.encode import encode

    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    path = folder / f"{name}.npy"
    # As old as its newest source: whoever makes it gives it the same time, and whoever changes it another.
    with whole_file(path, max(file.modified for file in files)) as stream:
        made = encode(files, level, stream)
    state = path.stat()
    known: dict[str, Any] = {**made._asdict(), "size": state.st_size, "modified": state.st_mtime_ns}
    with whole_file(folder / f"{name}.json") as stream:
        stream.write(json.dumps({**known, "check": _hash(known)}).encode())
    return Tokens(path, made.symbols, made.names, made.lengths, made.digest)


def _sweep(folder: Path) -> None:
    """Remove what was left half written by a process that was killed, a day after its last sign of life."""
    for left in folder.glob(".text-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                left.unlink()


def _described(folder: Path, name: str) -> Tokens | None:
    """A token file that is whole, by its description; None where either is missing or damaged."""
    path = folder / f"{name}.npy"
    try:
        known = json.loads((folder / f"{name}.json").read_bytes())
        state = path.stat()
        if known.pop("check") != _hash(known) or (known["size"], known["modified"]) != (
            state.st_size,
            state.st_mtime_ns,
        ):
            return None
        return Tokens(path, tuple(known["symbols"]), tuple(known["names"]), tuple(known["lengths"]), known["digest"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
