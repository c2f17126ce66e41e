"""What is told of a Ctrl-C: that there is nothing to save yet, or how to go on with what was saved."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer


@contextmanager
def nothing_saved() -> Iterator[None]:
    """Tell in one line of a Ctrl-C before there is anything to save, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        print("interrupted before training began; nothing was saved", file=sys.stderr)
        raise typer.Exit(128 + signal.SIGINT) from None


def going_on(config: Path | None, run: Path, settings: Sequence[str] = ()) -> str:
    """The command that goes on with a run, as it can be given to a shell.

    Without a config the run knows by itself what was set.
    """
    words = ["rnnctl", "train", *([] if config is None else [str(config)]), "--resume", str(run)]
    words += [word for setting in (settings if config is not None else ()) for word in ("--set", setting)]
    return shlex.join(words)
