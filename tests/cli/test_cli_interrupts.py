"""What is told of going on."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.cli.interrupts import going_on


@pytest.mark.parametrize(
    ("config", "run", "words"),
    [
        ("a.yaml", "runs/a-1", "rnnctl train a.yaml --resume runs/a-1"),
        ("my configs/a.yaml", "runs/a-1", "rnnctl train 'my configs/a.yaml' --resume runs/a-1"),
        (None, "r s/a-1", "rnnctl train --resume 'r s/a-1'"),
    ],
)
def test_the_command_that_goes_on(config: str | None, run: str, words: str) -> None:
    assert going_on(None if config is None else Path(config), Path(run)) == words
