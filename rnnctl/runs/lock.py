"""Files that one process holds at a time; a run is trained by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rnnctl.errors import Diagnostic, TrainingError, UsageError
from rnnctl.runs.directory import Run

try:
    import fcntl as _fcntl
except ImportError:  # a system without it, such as Windows
    _fcntl = None  # type: ignore[assignment]
fcntl: Any = _fcntl


def held(path: Path) -> int:
    """Open a file and hold it for oneself; the system lets go of it when the process ends, however it ends.

    Where there are no such locks, it is opened alone. Errors: BlockingIOError where another process holds it,
    OSError where it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # a file system without locks
        pass
    return descriptor


@contextmanager
def training(run: Run) -> Iterator[None]:
    """Hold a run for oneself, while it is trained.

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
        yield
    finally:
        os.close(descriptor)
