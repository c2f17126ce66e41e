"""Programs of rnnctl are begun without a look at what lies in the folder that one is in."""

import subprocess
from pathlib import Path

import pytest

from rnnctl.runs.processes import command_of


def test_a_module_of_the_folder_that_one_is_in_is_never_run(tmp_path: Path) -> None:
    for name in ("copy", "numpy", "yaml", "typer"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    (tmp_path / "rnnctl").mkdir()
    (tmp_path / "rnnctl" / "__init__.py").write_text("raise SystemExit(99)")
    command = [*command_of("rnnctl"), "cells", "show", "gru"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("gru")


def test_it_is_the_rnnctl_that_asks_where_no_path_leads_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = subprocess.run([*command_of("rnnctl.expect.worker")], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"usage: python -m rnnctl.expect.worker FOLDER\n")
