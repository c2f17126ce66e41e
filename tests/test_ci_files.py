"""What other tools read at the top of the repository: the hook, the action and the workflow hold together."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rnnctl.cli.signatures import of_command, program
from rnnctl.expect.ask import WORK

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "rnnctl" / "docs" / "check.md").read_text("utf-8")
ACTION = "action.yml"
WORKFLOWS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / ".github" / "workflows").iterdir())


_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def read(name: str) -> Any:
    """A file as YAML 1.2 has it, in which `on` is a text."""
    return yaml.load((ROOT / name).read_text("utf-8"), yaml.BaseLoader)


def action() -> dict[str, Any]:
    return dict(read(ACTION))


def workflow_steps() -> Iterator[dict[str, Any]]:
    for name in WORKFLOWS:
        for job in read(name)["jobs"].values():
            yield from job["steps"]


def commands(text: str) -> Iterator[list[str]]:
    """The calls of rnnctl in a text."""
    for line in text.splitlines():
        if match := re.match(r"\s*(?:\$ |run: |entry: |- run: )?(rnnctl .*)", line):
            yield shlex.split(match[1], comments=True)


def options_of(command: str) -> set[str]:
    return {option for parameter in of_command(command).parameters for option in parameter.options}


def test_there_is_a_workflow() -> None:
    assert WORKFLOWS == [".github/workflows/check.yml"]


@pytest.mark.parametrize("name", [ACTION, ".pre-commit-hooks.yaml", *WORKFLOWS, "rnnctl/docs/check.md"])
def test_every_command_is_one(name: str) -> None:
    found = list(commands((ROOT / name).read_text("utf-8")))
    assert found or name not in (ACTION, ".pre-commit-hooks.yaml")
    for command in found:
        assert command[1] in program().commands, command
        given = {word.partition("=")[0] for word in command if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)}
        assert given <= options_of(command[1]), command


def test_every_option_of_the_script_is_one() -> None:
    [script] = [step["run"] for step in action()["runs"]["steps"] if step.get("name") == "Check"]
    given = set(re.findall(_OPTION, script))
    assert given == {"--format", "--work", "--smoke", "--junit"}
    assert given <= options_of("check")


def test_the_page_tells_of_every_option() -> None:
    told = set(re.findall(_OPTION, PAGE))
    assert {option for option in options_of("check") if option.startswith("--")} <= told
    assert told - options_of("check") <= {"--rnnctl", "--rnnctl-work", "--dist"}


def test_the_page_tells_of_every_input() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## GitHub")[2], re.MULTILINE))
    assert told == set(action()["inputs"])


def test_every_action_is_pinned_to_a_version() -> None:
    used = [step["uses"] for step in [*action()["runs"]["steps"], *workflow_steps()] if "uses" in step]
    assert len(used) >= 6
    for name in used:
        assert name == "./" or re.fullmatch(r"[\w-]+/[\w/-]+@v\d+(\.\d+)*", name), name


def test_the_action_has_what_a_composite_one_needs() -> None:
    found = action()
    assert set(found) >= {"name", "description", "inputs", "runs"}
    assert found["runs"]["using"] == "composite"
    for step in found["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"
    assert all(set(given) == {"description", "default"} for given in found["inputs"].values())
    assert found["inputs"]["work"]["default"] == WORK.as_posix()


def test_what_was_trained_is_kept_by_version_of_python() -> None:
    """Each job of a matrix has a cache of its own: figures of another version are none of its own."""
    restored, saved = [step["with"] for step in action()["runs"]["steps"] if "cache/" in step.get("uses", "")]
    assert restored["key"] == saved["key"]
    keys = [saved["key"], *restored["restore-keys"].split("\n")]
    start = "rnnctl-check-${{ runner.os }}-${{ runner.arch }}-${{ inputs.python-version }}-"
    assert all(key.startswith(start) for key in filter(None, keys))
    assert restored["path"] == saved["path"]


def test_inputs_are_those_there_are_and_no_part_of_a_script() -> None:
    text = (ROOT / ACTION).read_text("utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action()["inputs"])
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")  # else a name could be a command
    for step in workflow_steps():
        if step.get("uses") == "./":
            assert set(step["with"]) <= set(action()["inputs"])


def test_the_workflow_checks_all_and_some_in_full() -> None:
    own = [step["with"] for step in workflow_steps() if step.get("uses") == "./"]
    assert own[0] == {"smoke": "true"}
    for path in own[1]["paths"].split():
        assert (ROOT / path).exists(), path
    options = [word for word in own[1]["args"].split() if word.startswith("--")]
    assert set(options) <= options_of("check")


def test_the_hook() -> None:
    [hook] = read(".pre-commit-hooks.yaml")
    assert set(hook) >= {"id", "name", "entry", "language", "types_or", "files"}
    assert hook["types_or"] == ["yaml"]
    named = [
        path for path in ROOT.glob("configs/**/*.yaml") if re.search(hook["files"], path.relative_to(ROOT).as_posix())
    ]
    assert named == list(ROOT.glob("configs/**/*.yaml"))
    assert not re.search(hook["files"], ".github/workflows/check.yml")


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="the script is one of bash")
@pytest.mark.parametrize(
    ("inputs", "arguments"),
    [
        ({}, "--format github --work runs/check -- configs"),
        (
            {
                "PATHS": "a b.yaml\n\n*\n$(echo no)\n",
                "SMOKE": "true",
                "JUNIT": "my file.xml",
                "ARGS": "--set a=[1,2] -q",
            },
            "--format github --work runs/check --smoke --junit 'my file.xml' --set a=[1,2] -q"
            " -- 'a b.yaml' '*' '$(echo no)'",
        ),
    ],
)
def test_the_script_gives_the_command_what_was_asked(tmp_path: Path, inputs: dict[str, str], arguments: str) -> None:
    [step] = [step for step in action()["runs"]["steps"] if step.get("name") == "Check"]
    defaults = {
        name: action()["inputs"][value.removeprefix("${{ inputs.").removesuffix(" }}")]["default"]
        for name, value in step["env"].items()
    }
    stub = tmp_path / "rnnctl"
    stub.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done\nexit 10\n')
    stub.chmod(0o755)
    environment = {**defaults, **inputs, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (10, "")
    assert done.stdout.split("\0") == ["check", *shlex.split(arguments), ""]
