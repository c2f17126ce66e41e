"""Whether the scripts of a transcript are there: looked at where the data is, not where a saved config is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rnnctl.config.expect.promises import Expectations
from rnnctl.errors import Problem


def script_problems(expect: Expectations | None) -> Iterator[Problem]:
    """The scripts that cannot be read."""
    for promise in expect.promises if expect else ():
        for i, path in enumerate(promise.files):
            if (why := _unreadable(path)) is not None:
                yield Problem((*promise.setting, i), f"cannot read '{path}': {why}")


def _unreadable(path: Path) -> str | None:
    """Why a script cannot be read, if it cannot."""
    try:
        if path.is_dir():
            return "it is a folder"
        with path.open("rb"):
            return None
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
