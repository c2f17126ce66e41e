"""The command line within the process of a test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from rnnctl.cli.app import main


class Ended(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Ended]


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `rnnctl` with the arguments that it is given."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["rnnctl", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        return Ended(caught.value.code or 0, out, err)

    return run
