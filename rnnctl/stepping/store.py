"""Sessions on disk: RUN/sessions/NAME.safetensors, locked while in use, bound to the weights they were made with.

A session is written whole after the last of its steps, so a call that fails leaves the file as it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs import checkpoint, lock
from rnnctl.runs.directory import Run
from rnnctl.stepping.history import packed, unpacked
from rnnctl.stepping.model import Model
from rnnctl.stepping.session import Session

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_AGAIN = "--reset starts it over"


def session_path(run: Run, name: str) -> Path:
    """Where a session is kept. Errors: UsageError for a name that is not safe as a file's."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"a session's name is letters, digits, '-', '_' and '.', 60 at most, not '{name}'")
    return run.sessions / f"{name}.safetensors"


def load_session(run: Run, name: str, model: Model) -> Session:
    """The session of this name as it was left, with its history and branches, or a new one where there is none.

    Errors: UsageError for an unsafe name; CheckpointError where it is damaged or belongs to other weights.
    """
    path = session_path(run, name)
    if not path.exists():
        return Session(model)
    try:
        saved = checkpoint.load(path)
    except CheckpointError as error:
        [found] = error.diagnostics
        raise CheckpointError(Diagnostic(found.message, help=_AGAIN)) from None
    weights = saved.record.get("weights")
    if weights is None:
        raise CheckpointError(Diagnostic(f"'{path}' is no session", help=_AGAIN))
    if weights != model.digest:
        message = f"session '{name}' belongs to other weights than the {model.checkpoint} checkpoint has now"
        raise CheckpointError(Diagnostic(message, help=f"the run was trained on; {_AGAIN}"))
    return unpacked(path, saved, model)


def save_session(run: Run, name: str, session: Session) -> None:
    """Write a session whole, in place of the one before, with the last of the history of each branch.

    Errors: UsageError for an unsafe name, TrainingError where the disk refuses.
    """
    arrays, record = packed(session)
    checkpoint.save(session_path(run, name), arrays, record)


@contextmanager
def locked(run: Run, name: str) -> Iterator[None]:
    """Hold a session for oneself; another process that wants it is turned away at once.

    Errors: UsageError where it is in use, the name is not safe, or the run cannot be written to.
    """
    path = session_path(run, name).with_suffix(".lock")
    try:
        path.parent.mkdir(exist_ok=True)
        held = lock.held(path) if lock.fcntl is not None else _create(path)
    except BlockingIOError:
        help_text = "wait for it, or take another with --session NAME"
        if lock.fcntl is None:
            help_text += f"; if nobody uses it, delete '{path}'"
        raise UsageError(Diagnostic(f"session '{name}' of {run.path.name} is in use", help=help_text)) from None
    except OSError as error:
        raise UsageError(f"cannot keep a session in '{path.parent}': {error.strerror or error}") from None
    try:
        yield
    finally:
        os.close(held)
        if lock.fcntl is None:
            path.unlink(missing_ok=True)


def _create(path: Path) -> int:
    """Make a file that must not be there yet."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise BlockingIOError from None
