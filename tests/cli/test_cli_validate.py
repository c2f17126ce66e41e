"""`rnnctl validate`: a line for each config that is right, on stdout; all that is wrong, on stderr."""

from __future__ import annotations

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
    assert ended.err.startswith("warning: no sequence is longer than 2")
    assert "--> a.yaml:3:31" in ended.err


def test_the_exit_code_is_that_of_the_first_mistake(rnnctl: Command) -> None:
    Path("good.yaml").write_text(CONFIG)
    Path("config.yaml").write_text(CONFIG.replace("mse", "msee"))
    Path("data.yaml").write_text(CONFIG.replace("steps: 100", "steps: 4"))
    assert rnnctl("validate", "good.yaml", "config.yaml", "data.yaml").code == 2
    assert rnnctl("validate", "data.yaml", "config.yaml", "good.yaml").code == 3
    ended = rnnctl("validate", "data.yaml", "missing.yaml", "config.yaml", "good.yaml")
    assert ended.err.count("error: ") == 3
    assert ended.out == "good.yaml: ok (lstm → dense, 101 parameters)\n"


def test_no_config_is_a_wrong_argument(rnnctl: Command) -> None:
    ended = rnnctl("validate")
    assert (ended.code, ended.out) == (2, "")
