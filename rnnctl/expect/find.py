"""Paths -> the configs that promise something, in the order in which they are found."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rnnctl.config.composition import compose
from rnnctl.config.places import section_key
from rnnctl.errors import ConfigError, Diagnostic, UsageError
from rnnctl.runs.listing import is_run

SUFFIXES = (".yaml", ".yml")
_NEEDED = ("data", "model", "training")
_SAYS_SO = re.compile(rb"^(expect|extends)[ \t]*:", re.MULTILINE)
"""What the text of a file has that is meant to be a config with promises, whatever is wrong with it."""
_LOOKED_AT = 1 << 20


class Candidate(NamedTuple):
    """A config to be checked; `given` says that it was named itself, and not found in a folder."""

    path: Path
    given: bool = False


@dataclass(slots=True)
class Found:
    """The configs to be checked, and how many files and why others were left out."""

    configs: list[Candidate] = field(default_factory=list)
    silent: list[Path] = field(default_factory=list)
    """Configs in folders that promise nothing."""
    notes: list[str] = field(default_factory=list)


class _Looked(NamedTuple):
    path: Path
    promises: bool
    whole: bool
    parents: frozenset[Path]


def find(paths: Sequence[Path], *, smoke: bool = False) -> Found:
    """The configs of files, and those in folders that promise something; with `smoke` all that are whole.

    Hidden folders, runs and what links lead to are not looked into. A file that is found on two ways counts once.
    Errors: UsageError where a path is not there, or where there is nothing to be checked.
    """
    found, seen = Found(), set[Path]()
    for path in paths:
        if not _is_there(path):
            raise UsageError(Diagnostic(f"there is no file or folder '{path}'", help="rnnctl check configs, say"))
        if path.is_dir():
            for candidate in _in_folder(path, found, smoke=smoke):
                if (real := _real(candidate.path)) not in seen:
                    seen.add(real)
                    found.configs.append(candidate)
        elif (real := _real(path)) not in seen:
            seen.add(real)
            found.configs.append(Candidate(path, given=True))
    if not found.configs:
        where = ", ".join(f"'{path}'" for path in paths)
        count = len(found.silent)
        silent = f": {count} config{'s' * (count != 1)} without `expect`" if count else ""
        message = f"there is nothing to check in {where}{silent}"
        raise UsageError(Diagnostic(message, help="write `expect: {test.skill: {above: 0}}`, say, in a config"))
    return found


def _is_there(path: Path) -> bool:
    """Whether there is something to be read; a pipe is, a name too long is not."""
    try:
        return path.exists()
    except OSError:
        return False


def _in_folder(root: Path, found: Found, *, smoke: bool) -> Iterator[Candidate]:
    looked = [_look(path) for path in _files(root, found)]
    parents = {parent for one in looked if one is not None for parent in one.parents}
    for one in looked:
        if one is None:
            continue
        if not one.whole and _real(one.path) in parents:
            continue  # made to be extended
        if one.promises or (smoke and one.whole):
            yield Candidate(one.path)
        elif one.whole:
            found.silent.append(one.path)


def _files(root: Path, found: Found) -> Iterator[Path]:
    """The YAML files under a folder, in the order of their names."""
    inside = _real(root)
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not is_run(here / name))
        for name in sorted(names):
            path = here / name
            if path.suffix not in SUFFIXES or name.startswith("."):
                continue
            if path.is_symlink() and not _real(path).is_relative_to(inside):
                found.notes.append(f"'{path}' is a link that leads out of '{root}', and is left out")
            elif path.is_file():
                yield path


def _real(path: Path) -> Path:
    """Where links lead to; of links that lead to one another where they do so (`Path.resolve` raises)."""
    return Path(os.path.realpath(path))


def _look(path: Path) -> _Looked | None:
    """What a file is, as far as that is seen without its data; None where it is no config."""
    try:
        document = compose(path)
    except ConfigError:
        return _Looked(path, promises=True, whole=False, parents=frozenset()) if _meant(path) else None
    value = document.value
    if not isinstance(value, dict):
        return None
    promises = value.get(section_key(value, "expect")) is not None
    whole = all(section_key(value, key) in value for key in _NEEDED)
    composed = document.composition.files if document.composition else {}
    if not promises and not whole:
        return None
    return _Looked(path, promises, whole, frozenset(_real(Path(file)) for file in composed))


def _meant(path: Path) -> bool:
    """Whether a file that cannot be read says of itself that it promises something."""
    try:
        with path.open("rb") as stream:
            return bool(_SAYS_SO.search(stream.read(_LOOKED_AT)))
    except OSError:
        return True  # which is told when it is opened
