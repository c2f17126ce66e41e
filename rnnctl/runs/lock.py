"""Files that one process holds at a time; a run is trained by one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnctl.errors import Diagnostic, TrainingError, UsageError

if TYPE_CHECKING:
    from rnnctl.runs.directory import Run

try:
    import fcntl as _fcntl
except ImportError:  # a system without it, such as Windows
    _fcntl = None  # type: ignore[assignment]
fcntl: Any = _fcntl
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A lock is a file of the run, and never one that a link leads to."""
_LOOKS, _LOOK = 5, 0.01
"""How often a held file is tried again, and the seconds between: `is_held` has it for a moment."""


def held(path: Path, *, wait: bool = False) -> int:
    """Open a file and hold it for oneself; the system lets go of it when the process ends, however it ends.

    With `wait` it is waited for, however long another process holds it. Where there are no such locks, it is opened
    alone. Errors: BlockingIOError where another process holds it, OSError where it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o644)
    try:
        if wait and fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        else:
            _take(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _take(descriptor: int) -> None:
    for tries_left in reversed(range(_LOOKS)):
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not tries_left:
                raise
            time.sleep(_LOOK)
        except OSError:  # a file system without locks
            return
        else:
            return


def is_held(path: Path) -> bool:
    """Whether a process holds a file; where it is not there, or there are no locks, none does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        return False
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def host() -> str:
    """The name of this machine; nothing where the system tells none."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def holder(path: Path) -> str:
    """The name of the machine on which a file was last held for training; nothing where it does not say."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 1024).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    """Write down the machine; on a full disk the lock is as good without it."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{host()}\n".encode("utf-8", "replace"))


@contextmanager
def training(run: Run) -> Iterator[None]:
    """Hold a run for oneself, while it is trained; the name of this machine is written into the lock.

    Errors: UsageError where another process holds it, TrainingError where the directory cannot be written to.
    """
    path = run.path / "lock"
    try:
        descriptor = held(path)
    except BlockingIOError:
        message = f"run '{run.path.name}' is being trained by another process"
        raise UsageError(Diagnostic(message, help="wait for it to end, or interrupt it: it saves")) from None
    except OSError as error:
        raise TrainingError(f"cannot write '{path}': {error.strerror or error}") from None
    try:
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)
