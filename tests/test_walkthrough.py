"""The walk-through runs: every command of the page is given to a console, and what the page shows is what it gives.

The weights are those that the page's own training has made: tests/stepping/small_reber.safetensors.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.report.outcome import outcome_lines
from rnnctl.report.strip import Look
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import create_run
from rnnctl.stepping.console import COMMANDS, Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "rnnctl" / "docs" / "walkthrough.md").read_text("utf-8")
BLOCKS = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
WEIGHTS = ROOT / "tests" / "stepping" / "small_reber.safetensors"
FIGURE = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def typed(mark: str) -> Iterator[tuple[str, list[str]]]:
    """Each line of the page behind a mark, with the lines shown below it."""
    for block in BLOCKS:
        for part in re.split(rf"^{re.escape(mark)} ", block, flags=re.MULTILINE)[1:]:
            line, *shown = part.rstrip("\n").split("\n")
            yield line, shown


def console(folder: Path) -> Console:
    """A console on the run of the page."""
    [train] = [line for line, _ in typed("$") if line.startswith("rnnctl train")]
    _, _, config_path, *options = shlex.split(train)
    settings = [value for flag, value in zip(options[::2], options[1::2], strict=True) if flag == "--set"]
    resolved = open_config(ROOT / config_path, settings)
    run = create_run(folder / "runs", resolved, "", {"input": None, "target": None})
    checkpoint.save(run.checkpoint("best"), checkpoint.load(WEIGHTS).weights, {"epoch": 1})
    assert run.path.name == "small-1"
    return Console(Session(load_model(run)), run)


def agree(shown: str, given: str) -> bool:
    """Whether two lines are the same but for how the last figures are rounded."""
    if FIGURE.sub("#", shown) != FIGURE.sub("#", given):
        return False
    pairs = zip(FIGURE.findall(shown), FIGURE.findall(given), strict=True)
    return all(float(a) == pytest.approx(float(b), rel=0.02, abs=0.1 if "%" in shown else 1e-9) for a, b in pairs)


def test_the_commands_of_the_walkthrough_give_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    strings = "".join(f"reset\nfeed test {i}\nnext 99\n" for i in range(20))
    Path("strings.txt").write_text(strings, "utf-8")
    assert "seq 0 19" in PAGE
    here, count = console(tmp_path), 0
    for line, shown in typed(">"):
        done = here.run(line)
        given = iter(list(outcome_lines(done, here.session.model.facts, Look(80, "none"))))
        told = "\n".join([*shown, "…"])
        for wanted in shown:
            if wanted != "…":
                assert any(agree(wanted, line_) for line_ in given), f"> {line}\n{wanted}\n{told}"
        assert "…" in shown or not list(given), f"> {line}: the page leaves something out"
        count += 1
    assert count == 18


def test_the_commands_that_find_something_out() -> None:
    """Those of the table of insight.md are commands, and all of them that ask something stand there."""
    page = (ROOT / "rnnctl" / "docs" / "insight.md").read_text("utf-8")
    told = {name.split()[0] for name in re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)}
    assert told >= {name for name, command in COMMANDS.items() if command.topic == "ask"}
    assert told <= set(COMMANDS)


def test_the_page_is_typed_in_whole_lines() -> None:
    for block in BLOCKS:
        assert block.startswith(("> ", "$ "))
