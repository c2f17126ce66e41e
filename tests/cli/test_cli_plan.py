import json
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


def test_warnings_are_told_beside_the_result(rnnctl):
    Path("c.yaml").write_text(CONFIG.replace("epochs: 2", "window: 5000"))
    code, out, err = rnnctl("plan", "c.yaml", "--json")
    assert code == 0
    json.loads(out)
    assert err.startswith("warning: no sequence is longer than")


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
