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
from tests.stepping.made_runs import FORECAST, SYMBOLS, make_run


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


def test_ctrl_c_while_it_is_told_does_not_undo_the_line(talk, monkeypatch, run):
    def interrupted(*_, **__):
        yield "t 1"
        raise KeyboardInterrupt

    monkeypatch.setattr(line_mode, "terminal_lines", interrupted)
    prompts, out = talk("20,3")
    assert prompts[1] == "weather-1 trunk t 1> "
    assert out.endswith("t 1\n\ninterrupted: the line is done, and not all of it was told\n\n")
    assert load_session(run, "default", load_model(run)).t == 1


def test_a_narrow_terminal_gets_whole_words_and_lines_of_files_as_they_are(talk, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    Path("wrong.txt").write_text("step 1,2\nexpect temperature is as warm as this\n", "utf-8")
    out = talk("20,3", "set h[0][77] 1 2 3 4 5 6 7 8 9", "help goto", "play wrong.txt", "set h 1 2")[1]
    assert "error: h[0][77]: there are units 0 to 4\n" in out
    assert "goto T\n  stand where step T had been made\n" in out
    assert (
        "error: 'temperature is as warm as this'\n  is no condition\n  --> wrong.txt:2:1\n"
        " 2 | expect temperature is as warm as t…\n   | ^^^^^^^^"
    ) in out
    assert out.startswith("weather-1, session default; help lists\n  the commands, Ctrl-D ends\n")
    assert all(len(line) <= 40 for line in out.splitlines())


def test_it_works_without_readline(talk, monkeypatch, run):
    monkeypatch.setitem(sys.modules, "readline", None)
    assert talk("20,3")[0][-1] == "weather-1 trunk t 1> "
    assert not (run.sessions / "default.history").exists()


@pytest.fixture
def terminal(monkeypatch):
    """Starts `rnnctl step` in a pseudo-terminal."""
    pexpect = pytest.importorskip("pexpect", reason="there are no pseudo-terminals on Windows")
    pytest.importorskip("readline")
    for name in ("COLUMNS", "LINES", "INPUTRC"):
        monkeypatch.delenv(name, raising=False)
    environment = {**os.environ, "TERM": "dumb", "NO_COLOR": "1", "PYTHONPATH": str(Path(rnnctl.__file__).parents[1])}
    children = []

    def start():
        arguments = ["-m", "rnnctl", "step"]
        child = pexpect.spawn(
            sys.executable, arguments, env=environment, encoding="utf-8", timeout=60, dimensions=(24, 80)
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def ended(child):
    """The exit code of a child that ends."""
    from pexpect import EOF

    child.expect(EOF)
    child.close()
    return child.exitstatus


def test_in_a_terminal(run, terminal):
    child = terminal()
    child.expect_exact("weather-1 trunk t 0> ")
    child.sendline("20,3")
    child.expect(r"t 1  temperature 20, wind 3  →  load in 2 steps: [\d.]+\r\n")
    child.expect_exact("weather-1 trunk t 1> ")
    child.sendline("step 1,x")  # a mistake, and then on
    child.expect_exact("error: 'x' is not a number\r\n")
    child.expect_exact("weather-1 trunk t 1> ")
    child.send("step 9,9")  # given up
    child.expect_exact("step 9,9")
    child.send("\x03")
    child.expect_exact("weather-1 trunk t 1> ")
    child.send("temp\t21,wi\t4\r")  # two columns completed
    child.expect_exact("weather-1 trunk t 2> ")
    child.send("\x10\r")  # the line before, from the history
    child.expect_exact("weather-1 trunk t 3> ")
    child.sendline("history 2")
    child.expect(r"t 2     step 21,4: \S+\r\nt 3     step 21,4: \S+\r\n")
    child.expect_exact("weather-1 trunk t 3> ")
    child.sendline("goto 2")
    child.expect_exact("weather-1 trunk t 2> ")
    child.send("\x04")
    assert ended(child) == 0
    assert load_session(run, "default", load_model(run)).t == 2
    again = terminal()  # it goes on, with the history
    again.expect_exact("weather-1 trunk t 2> ")
    again.send("\x10")
    again.expect_exact("goto 2")
    again.send("\x03")
    again.expect_exact("weather-1 trunk t 2> ")
    again.sendline("q")
    assert ended(again) == 0


def test_tab_lists_units_in_their_order(tmp_path, monkeypatch, terminal):
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path, FORECAST.replace("PRECISION", "float32").replace("lstm: 5", "lstm: 12"))
    child = terminal()
    child.expect_exact("weather-1 trunk t 0> ")
    child.send("set c[\t\t")
    listed = "".join(f"{f'c[{unit}]':<7}" for unit in range(11)).rstrip()
    child.expect_exact(f"\r\n{listed}\r\nc[11]\r\nweather-1 trunk t 0> set c[")
    child.send("10] 0.25\r")
    child.expect_exact("0 became 0.25: t 0\r\n")
    child.expect_exact("weather-1 trunk t 0> ")
    child.send("\x04")
    assert ended(child) == 0
    assert load_session(run, "default", load_model(run)).carry[0][1].tolist() == [*[0] * 10, 0.25, 0]


def test_ctrl_c_stops_a_long_command(tmp_path, monkeypatch, terminal):
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path, SYMBOLS)
    child = terminal()
    child.expect_exact("reber-1 trunk t 0> ")
    child.sendline("step B")
    child.expect_exact("reber-1 trunk t 1> ")
    child.sendline("free 100000")
    child.expect_exact("free 100000\r\n")
    child.send("\x03")
    child.expect_exact("interrupted: the session is as it was before the line\r\n")
    child.expect_exact("reber-1 trunk t 1> ")
    child.sendline("step T")
    child.expect_exact("reber-1 trunk t 2> ")
    child.send("\x04")
    assert ended(child) == 0
    assert load_session(run, "default", load_model(run)).t == 2
