import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnnctl.cli.app import main

CONFIG = """
name: small
data: {task: {reber: {sequences: 40}}}
model: {chain: [one_hot, {gru: 4}, {dense: 7}]}
training: {loss: cross_entropy, epochs: 2}
"""


@pytest.fixture
def rnnctl(monkeypatch, capsys, tmp_path):
    """Run `rnnctl …` in an empty folder: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnctl", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def test_a_table(rnnctl):
    Path("c.yaml").write_text(CONFIG)
    code, out, err = rnnctl("plan", "c.yaml")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "name      small"
    assert "layer      " in out
    assert "1 gru" in out
    assert "\x1b" not in out
    assert "\nmemory: " in out


def test_json(rnnctl):
    Path("c.yaml").write_text(CONFIG)
    code, out, err = rnnctl("plan", "c.yaml", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [layer["name"] for layer in found["layers"]] == ["one_hot", "gru", "dense"]
    assert found["totals"]["parameters"] == 3 * (4 * 7 + 16 + 4) + 4 + 7 * 4 + 7
    assert found["updates"] == 2 * found["windows"][0]


def test_a_timeline(rnnctl):
    Path("c.yaml").write_text(CONFIG)
    code, out, err = rnnctl("plan", "c.yaml", "--timeline", "--rows", "2")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "small: epoch 1, 28 rows of up to 18 steps, window 1 of 1"
    assert lines[2:4] == ["window      w1", "step         0"]
    assert re.fullmatch(r"sequence \d+ +│↺●+┄*│", lines[4])
    assert lines[6] == "           and 26 rows more"
    assert "\x1b" not in out
    assert "layer      " not in out


def test_how_much_of_a_timeline(rnnctl):
    Path("c.yaml").write_text(CONFIG.replace("epochs: 2", "epochs: 2, window: 4, batch: 3"))
    code, out, _ = rnnctl("plan", "c.yaml", "--timeline", "--json", "--windows", "7", "--rows", "1")
    assert code == 0
    found = json.loads(out)
    assert found["totals"]["parameters"] > 0
    windows = found["timeline"]["windows"]
    assert [w["number"] for w in windows] == [1, 2, 3, 4, 5, 6, 7]
    assert {len(w["rows"]) for w in windows} == {1}
    assert windows[0]["rows"][0]["resets"] == [0]
    assert windows[0]["rows"][0]["spans"] == [{"start": 0, "stop": 4, "mark": "scored"}]
    assert "timeline" not in json.loads(rnnctl("plan", "c.yaml", "--json")[1])


@pytest.mark.parametrize("option", ["--windows", "--rows"])
def test_options_of_a_timeline_need_one(rnnctl, option):
    Path("c.yaml").write_text(CONFIG)
    code, out, err = rnnctl("plan", "c.yaml", option, "3")
    assert (code, out) == (2, "")
    assert err == "error: --windows and --rows say how much of a timeline is drawn: add --timeline\n"
    assert rnnctl("plan", "c.yaml", "--timeline", option, "0")[0] == 2


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_timeline_in_a_terminal_of_any_encoding(tmp_path, encoding):
    (tmp_path / "c.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "rnnctl", "plan", "c.yaml", "--timeline"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    out = done.stdout.decode(encoding)
    assert ("|Rooo" if encoding == "ascii" else "│↺●●●") in out
    assert "?" not in out


def test_warnings_are_told_beside_the_result(rnnctl):
    Path("c.yaml").write_text(CONFIG.replace("epochs: 2", "window: 5000"))
    code, out, err = rnnctl("plan", "c.yaml", "--json")
    assert code == 0
    json.loads(out)
    assert err.startswith("warning[window-cuts-nothing]: no sequence is longer than")


def test_mistakes_are_those_of_the_config(rnnctl):
    Path("c.yaml").write_text(CONFIG.replace("gru", "gruu"))
    code, out, err = rnnctl("plan", "c.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("error: unknown layer 'gruu'\n  --> c.yaml:4:")
    assert rnnctl("plan", "nothere.yaml")[0] == 2


def test_without_torch(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    code = (
        "import sys; sys.argv = ['rnnctl', 'plan', sys.argv[1]]; from rnnctl.cli.app import main\n"
        "try: main()\nfinally: print(bool({'torch', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, b"False")
