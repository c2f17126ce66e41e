"""`rnnctl validate`: a line for each config that is right, on stdout; all that is wrong, on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import Command, Ended, command_line

REPOSITORY = Path(__file__).parents[2]
CONFIG = (
    "data: {task: {sine: {steps: 100}}}\nmodel: {chain: [{lstm: 4}, {dense: 1}]}\ntraining: {loss: mse, window: 10}\n"
)


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)

    return command_line(monkeypatch, capsys)


def test_a_line_for_each_config(rnnctl: Command) -> None:
    Path("a.yaml").write_text(CONFIG)
    Path("b.yaml").write_text(CONFIG.replace("loss: mse", "loss: mse, learn_initial_state: true"))
    assert rnnctl("validate", "a.yaml", "b.yaml", "./a.yaml") == Ended(
        0,
        "a.yaml: ok (lstm → dense, 101 parameters)\n"
        "b.yaml: ok (lstm → dense, 109 parameters)\n"
        "a.yaml: ok (lstm → dense, 101 parameters)\n",
        "",
    )
    assert sorted(path.name for path in Path().iterdir()) == ["a.yaml", "b.yaml"]


def test_every_config_that_is_shipped(rnnctl: Command) -> None:
    configs = sorted((REPOSITORY / "configs").rglob("*.yaml"))
    ended = rnnctl("validate", *map(str, configs))
    assert ended.code == 0
    assert ended.out.count(": ok (") == len(configs) > 1


def test_a_warning_is_told_and_goes_on(rnnctl: Command) -> None:
    Path("a.yaml").write_text(
        "data: {task: {adding: {length: 20, sequences: 40}}}\nmodel: {chain: [{rnn: 2}, {dense: 1}]}\n"
        "training: {loss: mse, window: 500}\n"
    )
    ended = rnnctl("validate", "a.yaml")
    assert ended.code == 0
    assert ended.out.startswith("a.yaml: ok (rnn → dense, ")
    assert ended.err.startswith("warning[window-cuts-nothing]: no sequence is longer than 2")
    assert "--> a.yaml:3:31" in ended.err


def test_the_exit_code_is_that_of_the_first_mistake(rnnctl: Command) -> None:
    Path("good.yaml").write_text(CONFIG)
    Path("config.yaml").write_text(CONFIG.replace("mse", "msee"))
    Path("data.yaml").write_text(CONFIG.replace("steps: 100", "steps: 4"))
    assert rnnctl("validate", "good.yaml", "config.yaml", "data.yaml").code == 2
    assert rnnctl("validate", "data.yaml", "config.yaml", "good.yaml").code == 3
    ended = rnnctl("validate", "data.yaml", "missing.yaml", "config.yaml", "good.yaml")
    assert len([line for line in ended.err.split("\n") if line.startswith("error")]) == 3
    assert ended.out == "good.yaml: ok (lstm → dense, 101 parameters)\n"


def test_no_config_is_a_wrong_argument(rnnctl: Command) -> None:
    ended = rnnctl("validate")
    assert (ended.code, ended.out) == (2, "")


WRONG = CONFIG.replace("mse, window", "msee, epoch: 3, window")


def test_json(rnnctl: Command) -> None:
    Path("good.yaml").write_text(CONFIG)
    Path("wrong.yaml").write_text(WRONG)
    Path("data.yaml").write_text(CONFIG.replace("steps: 100", "steps: 4"))
    ended = rnnctl("validate", "good.yaml", "wrong.yaml", "data.yaml", "missing.yaml", "--format", "json")
    assert (ended.code, ended.err) == (2, "")
    found = json.loads(ended.out)
    assert ended.out.count("\n") == 1
    assert found["valid"] is False
    assert [(c["config"], c["valid"], c["exit_code"], len(c["diagnostics"])) for c in found["configs"]] == [
        ("good.yaml", True, 0, 0),
        ("wrong.yaml", False, 2, 2),
        ("data.yaml", False, 3, 1),
        ("missing.yaml", False, 2, 1),
    ]
    assert found["configs"][0] == {
        "config": "good.yaml",
        "valid": True,
        "exit_code": 0,
        "layers": ["lstm", "dense"],
        "parameters": 101,
        "diagnostics": [],
    }
    assert found["configs"][1]["diagnostics"][1] == {
        "severity": "error",
        "id": None,
        "message": "unknown key 'epoch'",
        "where": {
            "file": "wrong.yaml",
            "line": 3,
            "column": 24,
            "length": 5,
            "text": "training: {loss: msee, epoch: 3, window: 10}",
        },
        "also": [],
        "note": None,
        "help": found["configs"][1]["diagnostics"][1]["help"],
    }
    assert found["configs"][3]["diagnostics"][0]["where"] is None


def test_json_of_what_is_right_has_its_warnings(rnnctl: Command) -> None:
    Path("a.yaml").write_text(CONFIG.replace("loss: mse", "loss: mse, early_stopping: 30"))
    ended = rnnctl("validate", "a.yaml", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert found["valid"] is True
    [told] = found["configs"][0]["diagnostics"]
    assert told["severity"] == "warning"
    assert told["where"]["line"] == 3


def test_annotations_of_github(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    Path("good.yaml").write_text(CONFIG)
    Path("wrong.yaml").write_text(WRONG)
    ended = rnnctl("validate", "wrong.yaml", "good.yaml", "--format", "github")
    assert (ended.code, ended.err) == (2, "")
    loss, key, good = ended.out.splitlines()
    assert loss.startswith(
        "::error file=wrong.yaml,line=3,endLine=3,col=18,endColumn=21,title=rnnctl::unknown loss 'msee'%0Ahelp: did you"
    )
    assert key.startswith(
        "::error file=wrong.yaml,line=3,endLine=3,col=24,endColumn=28,title=rnnctl::unknown key 'epoch'"
    )
    assert good == "good.yaml: ok (lstm → dense, 101 parameters)"


def test_no_name_of_a_file_is_a_command_of_github(rnnctl: Command) -> None:
    Path("::error::x.yaml").write_text(CONFIG)
    ended = rnnctl("validate", "::error::x.yaml", "--format", "github")
    assert ended.out == "'::error::x.yaml': ok (lstm → dense, 101 parameters)\n"


def test_what_is_set_has_no_file_to_annotate(rnnctl: Command) -> None:
    Path("a.yaml").write_text(CONFIG)
    ended = rnnctl("validate", "a.yaml", "--set", "training.epochs=0", "--format", "github")
    assert ended.out == (
        "::error title=rnnctl::epochs must be at least 1, not 0%0A"
        "  --> --set:1:17%0A 1 | training.epochs=0%0A   |                 ^\n"
    )


def test_a_format_that_there_is_not(rnnctl: Command) -> None:
    Path("a.yaml").write_text(CONFIG)
    ended = rnnctl("validate", "a.yaml", "--format", "xml")
    assert (ended.code, ended.out) == (2, "")
    assert "Invalid value for '--format': 'xml' is not one of 'text', 'json', 'github'." in ended.err


def test_json_by_the_name_that_other_commands_have_for_it(rnnctl: Command) -> None:
    Path("a.yaml").write_text(CONFIG)
    assert rnnctl("validate", "a.yaml", "--json") == rnnctl("validate", "a.yaml", "--format", "json")
