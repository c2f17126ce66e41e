"""A run is trained by one process at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rnnctl.errors import Diagnostic, TrainingError, UsageError
from rnnctl.runs.directory import Run

try:
    import fcntl as _fcntl
except ImportError:  # a system without it, such as Windows
    _fcntl = None  # type: ignore[assignment]
fcntl: Any = _fcntl


@contextmanager
def training(run: Run) -> Iterator[None]:
    """Hold a run for oneself; the system lets go of it when the process ends, however it ends.

    Where there are no such locks, it goes on without. Errors: UsageError where another process holds it,
    TrainingError where the directory cannot be written to.
    """
    path = run.path / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise TrainingError(f"cannot write '{path}': {error.strerror or error}") from None
    try:
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"run '{run.path.name}' is being trained by another process"
            raise UsageError(Diagnostic(message, help="wait for it to end, or interrupt it: it saves")) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)
