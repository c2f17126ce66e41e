"""Files written whole or not at all: beside their place, synced, then renamed."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnctl.errors import TrainingError


def as_json(value: object) -> str:
    """JSON that every reader takes, as UTF-8 too.

    What is not finite, which JSON cannot say, becomes null; half a character, as a file's name may have, is escaped.
    """
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    return text if text.isascii() else _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


_HALF = re.compile("[\ud800-\udfff]")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def write_whole(path: Path, data: bytes, *, keep: Path | None = None) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and nothing between.

    With `keep` the file that is replaced stays under that name, in place of the one there.
    Errors: TrainingError where the disk is full or not to be written; what stood there before stays.
    """
    import tempfile  # here, since it brings a library of cryptography with it

    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 (mkstemp gives 0600)
        if keep is not None:
            _keep(path, keep)
        Path(temporary).replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise TrainingError(f"cannot write '{path}': {error.strerror or error}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _keep(path: Path, other: Path) -> None:
    """Let a file have a second name, in place of what has it; there is a file under the first at every moment."""
    aside = path.with_name(f".{other.name}.link")
    try:
        aside.unlink(missing_ok=True)
        aside.hardlink_to(path)
    except OSError:  # a file system without a second name for a file
        write_whole(other, path.read_bytes())
        return
    try:
        aside.replace(other)
    finally:
        aside.unlink(missing_ok=True)


def sweep(folder: Path, names: tuple[str, ...]) -> None:
    """Remove what a process that was killed while it wrote these files has left behind."""
    for name in names:
        for path in folder.glob(f".{name}.*"):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself last; where folders cannot be synced, nothing is lost but that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
