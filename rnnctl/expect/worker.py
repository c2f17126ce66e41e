"""The process that does one trial: `python -m rnnctl.expect.worker FOLDER`.

It reads FOLDER/order.json, and writes FOLDER/result.json at its end. On stdout it tells how far it is, as
`progress.py` says; what is wrong stands on stderr. It exits as the command line does: 2, 3, 4 and 5 for errors by
their kind, 1 for a bug, 130 and 143 after SIGINT and SIGTERM, when what was trained is saved.

Its life hangs on its parent: where stdin is a pipe, and the other end of that is closed, as when the parent is
killed, all processes of its group are killed at once. The parent starts it in a session of its own
(`start_new_session=True`), and keeps the pipe open. Its seconds begin with the import of this file.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rnnctl.errors import RnnctlError
    from rnnctl.expect.outcome import Figures
    from rnnctl.expect.progress import Teller
    from rnnctl.expect.trial import Trial

BEGAN = time.monotonic()
USAGE = "usage: python -m rnnctl.expect.worker FOLDER"


def main(arguments: list[str]) -> NoReturn:
    """Do what the order in a folder says, and exit."""
    hang_on(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace", encoding="utf-8")
    from rnnctl.errors import RnnctlError, TrainingError, UsageError

    if len(arguments) != 1:
        sys.stderr.write(USAGE + "\n")
        sys.exit(UsageError.exit_code)
    try:
        work(Path(arguments[0]))
    except RnnctlError as error:
        _end(told(error), error.exit_code)
    except OSError as error:
        _end(f"error: cannot read or write: {error.strerror or error}\n", TrainingError.exit_code)
    except Exception:  # noqa: BLE001 (what turns a bug into a report, in a process of its own)
        import traceback

        from rnnctl import __version__

        traceback.print_exc()
        sys.stderr.write(f"\nerror: this is a bug in rnnctl {__version__}; please report the lines above\n")
        sys.exit(1)
    sys.exit(0)


def _end(words: str, code: int) -> NoReturn:
    """Exit with a word on stderr, which may lie on the disk that is full: then without it, with the same code."""
    try:
        sys.stderr.write(words)
        sys.stderr.flush()
    except OSError:
        os._exit(code)
    sys.exit(code)


def work(folder: Path) -> None:
    """Do the trial of a folder, which one process does at a time.

    Errors: as for the kinds of trials; CheckpointError for an order that cannot be read, UsageError where another
    process has the folder.
    """
    from rnnctl.errors import TrainingError, UsageError
    from rnnctl.expect.progress import Teller
    from rnnctl.expect.trial import read_order, write_result
    from rnnctl.runs.lock import held

    trial = replace(read_order(folder), folder=folder)
    try:
        lock = held(folder / "lock")
    except BlockingIOError:
        raise UsageError(f"another process is at work in '{folder}'") from None
    except OSError as error:
        raise TrainingError(f"cannot write '{folder / 'lock'}': {error.strerror or error}") from None
    try:
        trial.result.unlink(missing_ok=True)
        figures = done(trial, Teller(sys.stdout))
        write_result(trial, figures)
    finally:
        os.close(lock)


def done(trial: Trial, teller: Teller) -> Figures:
    """What came of a trial. Errors: ConfigError, DataError, TrainingError, CheckpointError, UsageError."""
    if trial.kind == "resume":
        from rnnctl.expect.resume import resumed

        return resumed(trial, BEGAN, teller)
    if trial.kind == "smoke":
        from rnnctl.expect.smoke import smoked

        return smoked(trial, BEGAN)
    from rnnctl.expect.measure import measured

    return measured(trial, BEGAN, teller)


def told(error: RnnctlError) -> str:
    """All that an error says, as the command line prints it."""
    from rnnctl.errors import Diagnostic

    placeless = (Diagnostic(p.message, None, p.help) for p in error.problems)
    return "".join(f"{diagnostic}\n" for diagnostic in (*error.diagnostics, *placeless))


def hang_on(descriptor: int) -> None:
    """From now on end with all of one's process group when the other end of a pipe is closed."""
    try:
        piped = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return
    if piped:
        threading.Thread(target=_end_with, args=(descriptor,), daemon=True).start()


def _end_with(descriptor: int) -> None:
    try:
        while os.read(descriptor, 1):
            pass
    except OSError:
        pass
    if not hasattr(os, "killpg"):  # Windows
        os._exit(1)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
