"""The README's commands run, what it shows of their output is what they print, and its Python is a doctest."""

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from rnnctl.cli.app import command_line
from rnnctl.config import open_config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
INSTALL = "pip install -e . && "


def commands(block):
    """The commands of a block, each with the output that is shown for it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


ALL = [(command, output) for block in CONSOLE for command, output in commands(block)]


def without_figures(text):
    """A text in which every figure counts as the same: other machines round otherwise."""
    return re.sub(r"\s+", " ", re.sub(r"-?[\d,]+(\.\d+)?(e-?\d+)?%?", "#", text)).strip()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A directory like the repository's top, with the README's mistyped config."""
    place = tmp_path_factory.mktemp("readme")
    for folder in ("configs", "datasets"):
        shutil.copytree(ROOT / folder, place / folder)
    text = (ROOT / "configs" / "sunspots.yaml").read_text("utf-8")
    (place / "configs" / "typo.yaml").write_text(text.replace("lstm: 32", "gruu: 32"), "utf-8")
    return place


@pytest.fixture(scope="module")
def printed(workplace):
    """What each command of the README prints, run in order."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workplace)
        for i, (command, _) in enumerate(ALL):
            arguments = shlex.split(command.removeprefix(INSTALL))
            assert arguments[0] == "rnnctl", command
            found[i] = run(arguments[1:])
    return found


def run(arguments):
    """The output of a command, errors as the command line tells them."""
    result = CliRunner().invoke(command_line(), arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout + result.stderr


def test_the_readme_shows_commands():
    assert len(ALL) >= 5


@pytest.mark.parametrize("i", range(len(ALL)), ids=[c for c, _ in ALL])
def test_the_readme_shows_what_a_command_prints(printed, i):
    _, shown = ALL[i]
    if shown:
        assert without_figures(shown) in without_figures(printed[i])
    else:
        assert printed[i]


def test_the_same_step_twice_shows_another_output(printed):
    steps = [i for i, (command, _) in enumerate(ALL) if command.startswith("rnnctl step")]
    assert len(steps) == 2
    assert printed[steps[0]] != printed[steps[1]]


def test_ci_runs_the_two_commands():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "pip install -e . && rnnctl train configs/sunspots.yaml" in script
    assert "pip install -e '.[test]' && pytest" in script
    assert "pip install -e . && rnnctl train configs/sunspots.yaml" in README
    assert "pip install -e '.[test]' && pytest" in README


def test_the_config_in_the_readme_is_the_shipped_one():
    shown, _ = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert (ROOT / "configs" / "sunspots.yaml").read_text("utf-8").split("\n", 1)[1] == shown


def test_the_promises_in_the_readme_can_be_made(tmp_path):
    config, promises = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    text = config.partition("expect:")[0].replace("../datasets", str(ROOT / "datasets")) + promises
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    resolved = open_config(tmp_path / "a.yaml")
    assert resolved.expect is not None
    assert len(resolved.expect.promises) == 5


def test_every_file_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_python_of_the_readme_runs():
    torch.manual_seed(0)
    failed, count = doctest.testfile(str(ROOT / "README.md"), module_relative=False, verbose=False)
    assert failed == 0
    assert count >= 15
