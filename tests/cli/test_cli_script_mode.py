import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rnnctl
from rnnctl.cli.app import main
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, make_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return make_run(tmp_path, FORECAST.replace("PRECISION", "float32"))


@pytest.fixture
def step(run, monkeypatch, capsys):
    """Run `rnnctl step weather-1 …`: its exit code, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnctl", "step", "weather-1", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def script(*lines):
    Path("s.txt").write_text("\n".join(lines) + "\n")
    return "--script", "s.txt"


def test_a_script_whose_expectations_are_met(step, run):
    step("--input", "5,5")
    made = Session(load_model(run)).step([20, 3])
    output = made.shown["load"]
    code, out, err = step(
        *script("# a walk", "20,3", f"expect output within 1e-9 of {output!r}", "expect t == 1", "quit", "no command")
    )
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "> 20,3"
    assert lines[1].startswith("t 1  temperature 20, wind 3  →  load in 2 steps: ")
    assert lines[-5].startswith("> expect output within 1e-9 of ")
    assert lines[-3:] == ["> expect t == 1", "holds: t is 1", "> quit"]
    [kept] = [json.loads(line) for line in step("--input", "5,5", "--json")[1].splitlines()]
    assert kept["t"] == 2  # the script had a session of its own


def test_all_expectations_are_judged_and_told_with_their_place(step):
    code, out, err = step(*script("20,3", "expect t == 2", "21,4", "  expect t > 2", "expect t == 2"))
    assert code == 10
    assert (
        err
        == """\
error: not as expected: it is 1
  --> s.txt:2:1
 2 | expect t == 2
   | ^^^^^^^^^^^^^
error: not as expected: it is 2
  --> s.txt:4:3
 4 |   expect t > 2
   |   ^^^^^^^^^^^^
2 of 3 not as expected
"""
    )
    assert out.splitlines()[-2:] == ["> expect t == 2", "holds: t is 2"]


def test_a_wrong_command_ends_it_at_its_place(step):
    code, out, err = step(*script("20,3", "expect t == 2", "set h[0][9] 1", "expect t == 1"))
    assert code == 2
    assert (
        err
        == """\
error: not as expected: it is 1
  --> s.txt:2:1
 2 | expect t == 2
   | ^^^^^^^^^^^^^
error: h[0][9]: there are units 0 to 4
  --> s.txt:3:1
 3 | set h[0][9] 1
   | ^^^^^^^^^^^^^
"""
    )
    assert out.splitlines()[-2:] == ["> expect t == 2", "does not hold: t is 1"]


def test_a_damaged_state_ends_it_as_a_damaged_checkpoint_does(step):
    assert step(*script("20,3", "save here"))[0] == 0
    [state] = Path.cwd().glob("runs/*/sessions/here.state")
    state.write_bytes(state.read_bytes()[:-3])
    code, _, err = step(*script("20,3", "load here"))
    assert code == 5
    assert err.startswith(f"error: '{state.relative_to(Path.cwd())}' is damaged")
    assert err.splitlines()[1:] == ["  --> s.txt:2:1", " 2 | load here", "   | ^^^^^^^^^"]


def test_data_that_is_wrong_ends_it_as_data(step):
    Path("wrong.csv").write_text("temperature,wind\n1,x\n")
    code, _, err = step(*script("feed wrong.csv"))
    assert (code, err.splitlines()[1]) == (3, "  --> wrong.csv:2:3")
    assert " ::: s.txt:1:1" in err.splitlines()[4]


def test_json_lines(step):
    arguments = script("watch t", "step 20,3 21,4", "print t", "feed rows 0:3", "next 5", "show")
    code, out, err = step(*arguments, "--json")
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert [(record["line"], record.get("t")) for record in records] == [
        (1, None),
        (2, 1),
        (2, 2),
        (3, None),
        (4, None),
        (5, 3),
        (5, 4),
        (5, 5),
        (5, None),
        (6, 5),
    ]
    assert [record["command"] for record in records[:3]] == ["watch t", *["step 20,3 21,4"] * 2]
    assert (records[1]["watched"], records[3]["value"]) == ({"t": 1}, 2)
    assert records[5]["target_value"] == {"load": 106.0}
    assert records[5]["loss"] > 0
    assert records[8]["stopped"] == "rows 0:3 is at its end"
    assert set(records[9]["state"]) == {"0", "2"}
    Path("fed.jsonl").write_text("\n".join(json.dumps(records[i]) for i in range(5)))
    again = [json.loads(line) for line in step(*script("feed fed.jsonl", "next 2"), "--json")[1].splitlines()]
    assert again[0]["rows"] == 2
    assert [record["output"] for record in again[1:]] == [records[1]["output"], records[2]["output"]]


def test_the_numbers_are_those_of_one_call_after_the_other(step):
    inputs = ("20,3", "12.5,0", "-4,1.5")
    script_ = step(*script(*inputs), "--json")[1].splitlines()
    single = [step("--input", value, "--json")[1] for value in inputs]
    for one, other in zip(map(json.loads, script_), map(json.loads, single), strict=True):
        for where in ("line", "command", "run", "session"):
            one.pop(where, None)
            other.pop(where, None)
        assert one == other


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--script", "none"), "error: cannot read the script 'none': No such file or directory\n"),
        (
            ("--script", "s.txt", "--input", "1,2"),
            "error: --script goes with no input and no --reset: it starts over by itself\n",
        ),
        (
            ("--script", "s.txt", "--reset"),
            "error: --script goes with no input and no --reset: it starts over by itself\n",
        ),
    ],
)
def test_wrong_arguments(step, arguments, error):
    code, out, err = step(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(error)


def test_no_torch_for_a_script_and_none_for_the_line_mode(run):
    Path("s.txt").write_text(
        "20,3\nfeed rows 0:9\nnext 9\nfork a\nclamp c\nboth 20,3\ncompare trunk\nshow\ncorrelate wind\n"
    )
    code = (
        "import sys; sys.argv[0] = 'rnnctl'; from rnnctl.cli.app import main; import rnnctl.cli.line_mode\n"
        "try: main()\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "step", "--script", "s.txt"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(rnnctl.__file__).parents[1]), "PATH": "", "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "False")
    assert re.search(r"^correlation with input\[wind\] over 11 steps$", done.stdout, re.MULTILINE)
