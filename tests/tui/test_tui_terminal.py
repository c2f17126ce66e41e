"""The real thing in a pseudo-terminal."""

import signal
import sys

import numpy as np
import pytest
from screens import forecast, symbols

from rnnctl.stepping.model import load_model
from rnnctl.stepping.store import load_session

pexpect = pytest.importorskip("pexpect")
LONG = 60


def spawned(run, *arguments, colour=True, size=(24, 80), program=("-m", "rnnctl")):
    environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    if not colour:
        environment["NO_COLOR"] = "1"
    command = [*program, "step", str(run.path), "--tui", *arguments]
    return pexpect.spawn(
        sys.executable,
        command,
        cwd=run.path.parent.parent,
        env=environment,
        dimensions=size,
        timeout=LONG,
        encoding="utf-8",
        codec_errors="replace",
    )


def ended(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_steps_a_resize_and_q_with_the_session_kept(tmp_path):
    console = forecast(tmp_path)
    child = spawned(console.run_of)
    child.expect("q quit")
    child.send(":")
    child.expect("history")
    child.send("step 12,0.5 13,1\r")
    child.expect("2 steps")
    child.setwinsize(50, 160)
    child.expect("changed most")
    child.send("\x1b")
    child.expect("compare")
    child.send("q")
    child.expect_exact("session 'default' of weather-1 is at t 2")
    assert ended(child) == 0
    for given in ((12, 0.5), (13, 1)):
        console.session.step(given)
    kept = load_session(console.run_of, "default", load_model(console.run_of))
    assert kept.t == 2
    for mine, theirs in zip(console.session.carry, kept.carry, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_is_pasted_goes_into_the_line(tmp_path):
    """Keys that come before the line is open are no keys of the map; another colon is no part of the command."""
    console = forecast(tmp_path)
    child = spawned(console.run_of)
    child.expect("q quit")
    child.send(":step 12,0.5 13,1 14,1\r")
    child.expect("3 steps")
    child.send(":step 15,0.5 16,1\r")
    child.expect("2 steps")
    child.send("\x1b")
    child.expect("compare")
    child.send("q")
    child.expect_exact("session 'default' of weather-1 is at t 5")
    assert ended(child) == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_it_keeps_the_session(tmp_path, name):
    run = forecast(tmp_path).run_of
    child = spawned(run)
    child.expect("q quit")
    child.send(":")
    child.expect("history")
    child.send("step 12,0.5\r")
    child.expect("temperature 12")
    child.kill(getattr(signal, name))
    assert ended(child) == 0
    assert load_session(run, "default", load_model(run)).t == 1


BROKEN = """
import sys
from rnnctl.cli.app import main
from rnnctl.tui.app import Stepper

sys.argv[0] = "rnnctl"
Stepper.action_zoom = lambda self: {}["a mistake"]
main()
"""


def test_a_mistake_in_it_is_reported_as_a_bug_with_the_session_kept(tmp_path):
    run = forecast(tmp_path).run_of
    child = spawned(run, program=("-c", BROKEN))
    child.expect("q quit")
    child.send(":step 12,0.5\r")
    child.expect("temperature 12")
    child.send("\x1b")
    child.expect("compare")
    child.send("z")
    child.expect_exact("\x1b[?1049l")  # the terminal is as it was before
    child.expect("Traceback .most recent call last.:")
    child.expect_exact("KeyError: 'a mistake'")
    child.expect("error: this is a bug in rnnctl [0-9.a-z]+; please report the lines above")
    assert "locals" not in child.before
    assert ended(child) == 1
    assert load_session(run, "default", load_model(run)).t == 1


def test_without_colour_there_is_none(tmp_path):
    console = symbols(tmp_path)
    child = spawned(console.run_of, colour=False)
    child.expect("q quit")
    child.send(":")
    child.expect("history")
    child.send("text BTBTX\r")
    child.expect("5 steps")
    seen = child.before
    child.send("quit\r")
    assert ended(child) == 0
    assert "▂" in seen
    assert "░" in seen
    assert "[38;" not in seen
    assert "[48;" not in seen


def test_what_is_no_terminal_is_told(tmp_path, monkeypatch, capsys):
    from rnnctl.cli.app import main

    run = forecast(tmp_path).run_of
    monkeypatch.setattr(sys, "argv", ["rnnctl", "step", str(run.path), "--tui"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "error: --tui needs a terminal" in capsys.readouterr().err


def test_what_does_not_go_with_it_is_told(tmp_path, monkeypatch, capsys):
    from rnnctl.cli.app import main

    run = forecast(tmp_path).run_of
    monkeypatch.setattr(sys, "argv", ["rnnctl", "step", str(run.path), "--tui", "--input", "1,2"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "error: --tui goes with no input, no --script and no --json" in capsys.readouterr().err


def test_without_textual_it_is_told_how_to_install_it(monkeypatch):
    from rnnctl.errors import UsageError
    from rnnctl.tui import full_screen

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    for name in [name for name in sys.modules if name.split(".")[0] == "textual" or name.startswith("rnnctl.tui.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual", None)
    with pytest.raises(UsageError) as caught:
        full_screen()
    [told] = caught.value.diagnostics
    assert (told.message, told.help) == ("--tui needs Textual, which is not installed", "pip install 'rnnctl[tui]'")


class Terminal:
    """Says that it is one."""

    def isatty(self) -> bool:
        return True
