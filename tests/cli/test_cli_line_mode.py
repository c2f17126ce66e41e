import os
import sys
from pathlib import Path

import numpy as np
import pytest

import rnnctl
from rnnctl.cli import line_mode
from rnnctl.runs.directory import Run
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session
from tests.stepping.conftest import FORECAST, make_run

SHOWN = """\
  0 lstm"""


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return make_run(tmp_path, FORECAST.replace("PRECISION", "float32"))


@pytest.fixture
def talk(run, monkeypatch, capsys):
    """Says some lines in the line mode: the prompts, and what was printed; an exception among them is raised."""

    def said(*lines):
        left, prompts = list(lines), []

        def ask(prompt):
            prompts.append(prompt)
            if not left:
                raise EOFError
            line = left.pop(0)
            if not isinstance(line, str):
                raise line
            return line

        monkeypatch.setattr("builtins.input", ask)
        model = load_model(run)
        line_mode.talk(Console(load_session(run, "default", model), run), run, "default")
        return prompts, capsys.readouterr().out

    return said


def test_prompts_tell_run_branch_and_t(talk):
    prompts, out = talk("20,3", "fork other", "21,4", "back 2", "quit")
    assert prompts == [
        "weather-1 trunk t 0> ",
        "weather-1 trunk t 1> ",
        "weather-1 other t 1> ",
        "weather-1 other t 2> ",
        "weather-1 other t 0> ",
    ]
    assert out.startswith("weather-1, session default; help lists the commands, Ctrl-D ends\nt 1  temperature 20, ")
    assert out.count("below 0 ░▒▓  near 0 ·  above 0") == 1


def test_the_session_is_kept_after_every_line(talk, run):
    prompts, out = talk("20,3", "nonsense", KeyboardInterrupt())
    assert prompts == ["weather-1 trunk t 0> ", *["weather-1 trunk t 1> "] * 3]
    assert "error: there is no command 'nonsense'\n  = help: help lists them\n\n\n" in out
    model = load_model(run)
    kept = load_session(run, "default", model)
    assert kept.t == 1
    one = Session(model).step([20, 3])
    np.testing.assert_array_equal(kept.carry[0][0], one.layers[0].parts[0].after)
    assert talk("21,4")[0] == ["weather-1 trunk t 1> ", "weather-1 trunk t 2> "]


def test_an_interrupted_command_leaves_the_session(talk, monkeypatch):
    made = Session.step

    def interrupted(self, *arguments):
        if self.t == 2:
            raise KeyboardInterrupt
        return made(self, *arguments)

    monkeypatch.setattr(Session, "step", interrupted)
    prompts, out = talk("20,3", "step 1,1 2,2 3,3", "print t")
    assert prompts[1:] == ["weather-1 trunk t 1> "] * 3
    assert out.endswith("\ninterrupted: the session is as it was before the line\nt = 1\n\n")


def test_it_works_without_readline(talk, monkeypatch, run):
    monkeypatch.setitem(sys.modules, "readline", None)
    assert talk("20,3")[0][-1] == "weather-1 trunk t 1> "
    assert not (run.sessions / "default.history").exists()


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
def test_in_a_terminal(run):
    pexpect = pytest.importorskip("pexpect")
    pytest.importorskip("readline")
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "INPUTRC")}
    environment |= {"TERM": "dumb", "NO_COLOR": "1", "PYTHONPATH": str(Path(rnnctl.__file__).parents[1])}

    def start():
        arguments = ["-m", "rnnctl", "step"]
        return pexpect.spawn(
            sys.executable, arguments, env=environment, encoding="utf-8", timeout=60, dimensions=(24, 80)
        )

    child = start()
    child.expect_exact("weather-1 trunk t 0> ")
    child.sendline("20,3")
    child.expect(r"t 1  temperature 20, wind 3  →  load in 2 steps: [\d.]+\r\n")
    child.expect_exact("weather-1 trunk t 1> ")
    child.sendline("step 1,x")  # a mistake, and then on
    child.expect_exact("error: 'x' is not a number\r\n")
    child.expect_exact("weather-1 trunk t 1> ")
    child.send("step 9,9")  # given up
    child.sendintr()
    child.expect_exact("weather-1 trunk t 1> ")
    child.send("temp\t21,wi\t4\r")  # two columns completed
    child.expect_exact("weather-1 trunk t 2> ")
    child.send("\x10\r")  # the line before, from the history
    child.expect_exact("weather-1 trunk t 3> ")
    child.sendline("history 2")
    child.expect(r"t 2     step 21,4: \S+\r\nt 3     step 21,4: \S+\r\n")
    child.expect_exact("weather-1 trunk t 3> ")
    child.sendline("feed rows 0:60")
    child.expect_exact("weather-1 trunk t 3> ")
    child.sendline("step " + "20,3 " * 300)
    child.sendintr()  # before, within or behind: the session is whole
    child.expect(r"weather-1 trunk t (3|303)> ")
    child.sendline("goto 2")
    child.expect_exact("weather-1 trunk t 2> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert load_session(run, "default", load_model(run)).t == 2
    again = start()
    again.expect_exact("weather-1 trunk t 2> ")
    again.send("\x10")
    again.expect_exact("goto 2")
    again.sendintr()
    again.expect_exact("weather-1 trunk t 2> ")
    again.sendline("q")
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 0
