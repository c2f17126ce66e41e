"""Whether the scripts of a transcript are there: looked at where the data is, not where a saved config is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rnnctl.config.expect.promises import Expectations
from rnnctl.data.spec import RELATIVE
from rnnctl.errors import Problem


def script_problems(expect: Expectations | None) -> Iterator[Problem]:
    """The scripts that cannot be read."""
    for promise in expect.promises if expect else ():
        for i, path in enumerate(promise.files):
            if (why := _unreadable(path)) is not None:
                yield Problem((*promise.setting, i), why, RELATIVE if why.startswith("there is no") else None)


def _unreadable(path: Path) -> str | None:
    """Why a script cannot be read, if it cannot."""
    brief = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            return f"cannot read {brief}: it is {'a folder' if path.is_dir() else 'no file'}"
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return f"there is no file {brief}"
    except (OSError, ValueError) as error:
        return f"cannot read {brief}: {getattr(error, 'strerror', None) or error}"
