"""`rnnctl predict`: where it reads and writes, what it refuses, and the commands of its page."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnctl.config import parse_config
from rnnctl.config.resolve import examined, resolve
from rnnctl.data.dataset import load
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import create_run
from rnnctl.stepping import predicting
from tests.cli.commands import Command, Ended, command_line
from tests.stepping.made_runs import weights

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "rnnctl" / "docs" / "predict.md").read_text("utf-8")
HEAD = "sunspots_ahead_1\n"


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line within this process, beside runs as training leaves them, with the weights it begins with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    for name in ("sunspots", "digits"):
        text = (ROOT / "configs" / f"{name}.yaml").read_text("utf-8")
        config = parse_config(text, str(ROOT / "configs" / f"{name}.yaml"))
        resolved = resolve(config, examined(config))
        scaling = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed).scaling
        run = create_run(tmp_path / "runs", resolved, text, scaling.as_dict())
        checkpoint.save(run.checkpoint("best"), weights(resolved, 3), {"epoch": 1})
    Path("new.csv").write_text("year,sunspots\n2009,5\n2010,16\n")
    return command_line(monkeypatch, capsys)


def test_a_file_to_the_standard_output(rnnctl: Command) -> None:
    ended = rnnctl("predict", "sunspots-1", "new.csv", "--keep", "year")
    assert (ended.code, ended.err) == (0, "")
    head, *rows = ended.out.splitlines()
    assert head == "year,sunspots_ahead_1"
    assert [row.split(",")[0] for row in rows] == ["2009", "2010"]
    assert all(-1000 < float(row.split(",")[1]) < 1000 for row in rows)
    as_json = rnnctl("predict", "runs/sunspots-1", "new.csv", "--format", "jsonl")
    values = [row.split(",")[1] for row in rows]
    assert as_json == Ended(0, "".join(f'{{"sunspots_ahead_1": {value}}}\n' for value in values), "")


def test_out_is_whole_or_not_at_all(rnnctl: Command) -> None:
    shown = rnnctl("predict", "sunspots-1", "new.csv").out
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "p.csv") == Ended(0, "", "p.csv: 2 predictions\n")
    assert Path("p.csv").read_text() == shown
    refused = Ended(2, "", "error: 'p.csv' is there already\n  = help: --force replaces it\n")
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "p.csv") == refused
    Path("bad.csv").write_text("sunspots\n5\nmany\n")
    before = sorted(path.name for path in Path().iterdir())
    told = """\
error: column 'sunspots' holds numbers, and 'many' is not one
  --> bad.csv:3:1
 3 | many
   | ^^^^
   = help: mend the cell, or leave the row out
"""
    for out in (("p.csv", "--force"), ("q.jsonl",)):
        ended = rnnctl("predict", "sunspots-1", "bad.csv", "--out", *out)
        assert ended == Ended(3, "", f"note: '{out[0]}' was not written\n{told}")
    assert sorted(path.name for path in Path().iterdir()) == before
    assert Path("p.csv").read_text() == shown
    ended = rnnctl("predict", "sunspots-1", "bad.csv")
    assert (ended.code, ended.out.splitlines()[0], len(ended.out.splitlines()), ended.err) == (3, HEAD[:-1], 2, told)
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "p.csv", "--force", "--format", "jsonl").code == 0
    assert Path("p.csv").read_text().startswith('{"sunspots_ahead_1": ')
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "q.jsonl").code == 0
    assert Path("q.jsonl").read_text() == Path("p.csv").read_text()
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "q.json", "--format", "jsonl").code == 0
    assert Path("q.json").read_text() == Path("p.csv").read_text()
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "-") == Ended(0, shown, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_nothing_half_written(
    rnnctl: Command, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    def stopped(_: object, __: object, write: Callable[[str], None], **___: object) -> int:
        write(HEAD)
        os.kill(os.getpid(), number)
        return 0

    monkeypatch.setattr(predicting, "predict", stopped)
    before = sorted(path.name for path in Path().iterdir())
    assert rnnctl("predict", "sunspots-1", "new.csv", "--out", "p.csv").code == code
    assert sorted(path.name for path in Path().iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sunspots-1", "no.csv"], "error: cannot read 'no.csv': No such file or directory\n"),
        (["sunspots-1", "datasets"], "error: cannot read 'datasets': Is a directory\n"),
        (["sunspots-1", "a\0b"], "error: cannot read 'a\\x00b': embedded null byte\n"),
        (["sunspots-1", "new.csv", "--force"], "error: --force goes with --out, which names a file\n"),
        (
            ["sunspots-1", "new.csv", "--out", "-", "--force"],
            "error: --force goes with --out, which names a file\n",
        ),
        (
            ["sunspots-1", "new.csv", "--out", "p.json"],
            "error: 'p.json' would not be JSON as a whole\n"
            "  = help: call it .jsonl, or say --format jsonl: an object a line\n",
        ),
        (
            ["sunspots-1", "new.csv", "--out", "new.csv", "--force"],
            "error: 'new.csv' is the data that is read\n  = help: write to another file\n",
        ),
        (["sunspots-1", "new.csv", "--out", "no/p.csv"], "error: cannot write 'no/p.csv': No such file or directory\n"),
        (["sunspots-2", "new.csv"], "error: there is no run 'sunspots-2'\n  = help: did you mean 'sunspots-1'?\n"),
        (
            ["sunspots-1", "new.csv", "--keep", "yaer"],
            "error: there is no column 'yaer' to keep in new.csv\n  = help: did you mean 'year'?\n",
        ),
        (
            ["sunspots-1", "new.csv", "--probabilities"],
            "error: --probabilities is for classes, and this model predicts numbers\n",
        ),
    ],
)
def test_what_is_refused(rnnctl: Command, arguments: list[str], told: str) -> None:
    assert rnnctl("predict", *arguments) == Ended(2, "", told)


def test_a_name_is_shown_and_never_obeyed(rnnctl: Command) -> None:
    Path("bad.csv").write_text("sunspots\nmany\n")
    Path("runs/sunspots-1").rename("runs/\x1b[31m")
    checkpoints = Path("runs/\x1b[31m/checkpoints")
    checkpoints.joinpath("best.safetensors").rename(checkpoints / "last.safetensors")
    note = "note: \\x1b[31m has no best checkpoint; this is the last\n"
    ended = rnnctl("predict", "\x1b[31m", "new.csv", "--out", "\x1b[1m\n.csv")
    assert ended == Ended(0, "", f"{note}\\x1b[1m\\n.csv: 2 predictions\n")
    ended = rnnctl("predict", "\x1b[31m", "bad.csv", "--out", "\x1b[2m.csv")
    assert ended.err.startswith(f"{note}note: '\\x1b[2m.csv' was not written\nerror: column 'sunspots'")


def test_the_last_checkpoint_where_there_is_no_best(rnnctl: Command) -> None:
    Path("runs/sunspots-1/checkpoints/best.safetensors").rename("runs/sunspots-1/checkpoints/last.safetensors")
    ended = rnnctl("predict", "sunspots-1", "new.csv")
    assert (ended.code, ended.err) == (0, "note: sunspots-1 has no best checkpoint; this is the last\n")


COMMANDS = re.findall(r"^\$ (.*)\n((?:[^$`\n].*\n)*)", "".join(re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)), re.M)


def test_the_commands_of_the_page(rnnctl: Command) -> None:
    """Each prints what the page shows, all figures being those of other weights."""
    assert rnnctl("predict", "--help").code == 0  # the fixture has made the runs
    assert len(COMMANDS) >= 5
    for command, shown in COMMANDS:
        line = command.replace("rnnctl", f"{shlex.quote(sys.executable)} -m rnnctl")
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, without_figures(done.stdout + done.stderr)) == (0, without_figures(shown)), command


def without_figures(text: str) -> str:
    """A text without its figures and the classes that they make most probable."""
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "#", text)
