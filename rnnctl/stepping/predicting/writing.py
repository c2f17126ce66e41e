"""A file of predictions, which is there whole or not at all, and takes the place of nothing that it was not to."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnctl.errors import Diagnostic, UsageError

_SIGNALS = ("SIGTERM", "SIGHUP")


def fit_to_write(out: Path, *, replace: bool, source: Path | None = None) -> Path:
    """Where a file of this name is written to: where links lead, if it may be replaced.

    Errors: UsageError where it is there and is not to be replaced, is no file, or is the one that is read.
    """
    try:
        if not replace and os.path.lexists(out):
            raise UsageError(Diagnostic(f"'{out}' is there already", help="--force replaces it"))
        place = Path(os.path.realpath(out))
        if place.exists() and not place.is_file():
            what = "a folder" if place.is_dir() else "no file that could be replaced"
            raise UsageError(
                Diagnostic(f"'{out}' is {what}", help="without --out predictions go to the standard output")
            )
        same = source is not None and place.exists() and source.exists() and place.samefile(source)
    except (OSError, ValueError) as error:  # a name too long, or with a NUL
        raise _cannot(out, error) from None
    if same:
        raise UsageError(Diagnostic(f"'{out}' is the data that is read", help="write to another file"))
    return place


@contextmanager
def writing(out: Path, *, replace: bool, source: Path | None = None) -> Iterator[Callable[[str], None]]:
    """What takes texts, which stand in a file once all of them are on disk; else nothing changes there.

    Errors: those of `fit_to_write`, also where a file has come to be meanwhile: then the predictions stay beside it;
    UsageError where the disk refuses.
    """
    place = fit_to_write(out, replace=replace, source=source)
    beside = place.with_name(f".{place.name[:200]}.{os.getpid()}.{time.monotonic_ns()}")
    kept = False
    with _signals_as_exits():
        try:
            with beside.open("xb") as stream:
                yield lambda text: _put(stream.write, text)
                stream.flush()
                os.fsync(stream.fileno())
            if replace:
                beside.replace(place)
            elif not _named(beside, place):
                kept = True
                told = f"'{out}' was made by another program meanwhile"
                raise UsageError(Diagnostic(told, help=f"it is as it was; the predictions are in '{beside}'"))
        except OSError as error:
            raise _cannot(out, error) from None
        finally:
            if not kept:
                beside.unlink(missing_ok=True)


def _named(file: Path, place: Path) -> bool:
    """Give a file a name that no other has; whether that could be done."""
    try:
        place.hardlink_to(file)
    except FileExistsError:
        return False
    except OSError:  # a file system without a second name for a file
        try:
            place.touch(exist_ok=False)
        except FileExistsError:
            return False
        file.replace(place)
    return True


def _put(write: Callable[[bytes], int], text: str) -> None:
    write(text.encode("utf-8", "replace"))  # JSON can hold what UTF-8 cannot


def _cannot(out: Path, error: OSError | ValueError) -> UsageError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return UsageError(f"cannot write '{out}': {reason}")


@contextmanager
def _signals_as_exits() -> Iterator[None]:
    """Let signals that end the program unwind it, so that nothing half written is left; ignored ones stay so."""
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {n: handler for n in numbers if (handler := signal.getsignal(n)) not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
