"""Runs that are no longer wanted: which they are, and how they go.

Only a directory that lies in the folder of runs itself, is no link, and holds a run.json of its own is ever removed.
Links inside it are removed, and never followed. A run that is being trained or stepped stays, and so does one that has
changed since it was chosen.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from rnnctl.errors import Diagnostic, TrainingError, UsageError, nearest
from rnnctl.runs.entries import Entry, Status, entries, entry_at
from rnnctl.runs.listing import is_run
from rnnctl.runs.lock import held, is_held

_DAY = 86_400.0
_LAST = ("run.json", "lock")
"""What goes last: a removal that was cut short leaves a run that can be removed again."""


def chosen(root: Path, wanted: Sequence[str]) -> list[Entry]:
    """The runs of these names, or of paths to them in `root`, each once, all fit to be removed.

    Errors: UsageError that tells of each that is not.
    """
    found: dict[str, Entry] = {}
    wrong: list[Diagnostic] = []
    for text in wanted:
        try:
            entry = _one(root, text)
            found[entry.name] = entry
        except UsageError as error:
            wrong += error.diagnostics
    if wrong:
        raise UsageError(*wrong)
    return list(found.values())


def outdated(
    runs: Sequence[Entry], *, keep: int = 0, older: float | None = None, unfinished: bool = False, now: float
) -> list[Entry]:
    """Of runs, the newest first, those that may go: all but the `keep` newest, and only those that are asked for.

    `older` is in days since a run was last written down, `unfinished` means those whose record says that they have not
    finished; with both, a run must be both. What cannot be read of a run makes it neither. Links, and runs that are
    being trained or may be, are never among them.
    """
    return [
        entry
        for entry in runs[keep:]
        if entry.status not in (Status.running, Status.unknown)
        and not entry.link
        and (older is None or 0 < max(entry.touched, entry.made) < now - older * _DAY)
        and (not unfinished or entry.written not in (None, Status.finished))
    ]


def size(run: Path) -> int:
    """The bytes of all files in a directory; links count as nothing."""
    total = 0
    for folder, _, files in os.walk(run):
        for name in files:
            try:
                found = Path(folder, name).lstat()
            except OSError:
                continue
            total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total


def remove(root: Path, entry: Entry) -> None:
    """Remove a run and all that is in its directory.

    Errors: UsageError where it is being trained or stepped, or is no longer what it was; TrainingError where the disk
    refuses.
    """
    path = root / entry.name
    _check(path)
    try:
        lock = held(path / "lock")
    except BlockingIOError:
        raise _trained(entry.name) from None
    except OSError as error:
        raise TrainingError(f"cannot remove '{path}': lock: {error.strerror or error}") from None
    try:
        _unchanged(path, entry)
        _delete(path)
    except OSError as error:
        at = f"'{error.filename}' in it: " if isinstance(error.filename, str) and error.filename != str(path) else ""
        advice = "what is left of it is a run still, and can be removed again" if is_run(path) else None
        message = f"cannot remove '{path}': {at}{error.strerror or error}"
        raise TrainingError(Diagnostic(message, help=advice)) from None
    finally:
        os.close(lock)


def _one(root: Path, text: str) -> Entry:
    given = text.rstrip("/") or text
    path = Path(given)
    name = given.rpartition("/")[2]
    inside = name == given or os.path.realpath(path.parent) == os.path.realpath(root)
    if not inside or name in ("", ".", "..") or "\0" in text:
        message = f"'{text}' is no run in '{root}'"
        raise UsageError(Diagnostic(message, help="name a run in this folder; --runs DIR means another one"))
    try:
        _check(root / name)
    except UsageError as error:
        known = [entry.name for entry in entries(root)] if not os.path.lexists(root / name) else []
        guess = nearest(name, known)
        raise UsageError(
            *(d._replace(help=f"did you mean '{guess}'?") if guess else d for d in error.diagnostics)
        ) from None
    entry = entry_at(root / name)
    if entry is None:
        raise UsageError(f"'{root / name}' is no run")
    if entry.status is Status.running:
        raise _trained(name)
    if entry.status is Status.unknown:
        advice = f"if it has ended there, delete '{root / name / 'lock'}', and say this again"
        raise UsageError(Diagnostic(f"run '{name}' may be in training: {entry.trouble}", help=advice))
    _not_stepped(root / name)
    return entry


def _not_stepped(path: Path) -> None:
    """Errors: UsageError where a session of a run is in use."""
    try:
        names = [] if (path / "sessions").is_symlink() else sorted((path / "sessions").glob("*.lock"))
    except OSError:
        return
    for lock in names:
        if is_held(lock):
            message = f"session '{lock.stem}' of run '{path.name}' is in use"
            raise UsageError(Diagnostic(message, help="end it first: its steps are kept in the run"))


def _unchanged(path: Path, chosen: Entry) -> None:
    """Errors: UsageError where a run is not as it was when it was chosen: trained on since, or made anew."""
    _not_stepped(path)
    now = entry_at(path)
    if now is None or (now.made, now.touched) != (chosen.made, chosen.touched):
        message = f"run '{path.name}' was changed by another process since it was looked at"
        raise UsageError(Diagnostic(message, help="look at it again, and then remove it"))


def _check(path: Path) -> None:
    """Whether this is a directory, and no link, with a run.json that is none either. Errors: UsageError."""
    try:
        if stat.S_ISLNK(path.lstat().st_mode):
            raise UsageError(
                Diagnostic(f"'{path}' is a link", help="remove the link itself by hand, or the run where it lies")
            )
        is_run = stat.S_ISREG((path / "run.json").lstat().st_mode)
    except FileNotFoundError:
        is_run = False
        if not os.path.lexists(path):
            raise UsageError(f"there is no run '{path.name}' in '{path.parent}'") from None
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot look at '{path}': {told}") from None
    if not is_run:
        raise UsageError(Diagnostic(f"'{path}' is no run", help="it has no run.json of its own, and is left alone"))


def _trained(name: str) -> UsageError:
    message = f"run '{name}' is being trained by another process"
    return UsageError(Diagnostic(message, help="wait for it to end, or interrupt it: it saves"))


def _delete(path: Path) -> None:
    """Delete a directory by its descriptor, so that what takes its place meanwhile is not touched."""
    if not shutil.rmtree.avoids_symlink_attacks:
        shutil.rmtree(path)
        return
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        names = sorted(os.listdir(folder), key=lambda name: (name in _LAST, name == "lock"))  # noqa: PTH208 (of a descriptor)
        for name in names:
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                shutil.rmtree(name, dir_fd=folder)
            else:
                os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)
    path.rmdir()
