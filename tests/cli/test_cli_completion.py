"""Completion by TAB: what the scripts of the shells ask, and what they are told, whatever state the folder is in."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from enum import EnumType
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer

from rnnctl.catalogue import names as layer_names
from rnnctl.cli import suggestions
from rnnctl.cli.app import COMMANDS, command_line
from rnnctl.cli.completion import candidates, split
from rnnctl.cli.signatures import Parameter, Signature, of_command, program
from rnnctl.cli.suggestions import source_of
from rnnctl.templates import names as template_names
from tests.cli import settings_file

REPOSITORY = Path(__file__).parents[2]
CONFIG = "data: {task: sine}\nmodel: {chain: [{lstm: {size: 4}}, dense]}\ntraining: {loss: mse, window: 48}\n"
OWN = "cells: {leaky: {state: {h: size}, equations: h' = x, output: h'}}\nvars: {rate: 0.1}\n"
SIDES = ("above", "below", "within", "of", "judge")
JUDGES = ("mean", "worst", "confidence")
TAB = 40
"""Seconds in which an interactive shell is to answer; on a busy machine it takes a few."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with configs and runs, and a program `rnnctl` on the path."""
    work = tmp_path / "work"
    (work / "my configs").mkdir(parents=True)
    for name in ("sine.yaml", "other.yml", "my configs/a b.yaml"):
        (work / name).write_text(CONFIG)
    (work / "own.yaml").write_text(OWN + CONFIG)
    (work / "notes.txt").write_text("")
    for i, name in enumerate(("sine-1", "sine-10", "sine-2")):
        make_run(work / "runs" / name, i)
    (work / "runs" / "junk").mkdir()
    monkeypatch.chdir(work)
    program_ = tmp_path / "bin" / "rnnctl"
    program_.parent.mkdir()
    program_.write_text(
        f"#!/bin/sh\nPYTHONPATH='{REPOSITORY}' exec '{sys.executable}' "
        "-c 'from rnnctl.__main__ import main; main()' \"$@\"\n"
    )
    program_.chmod(0o755)
    return work


def make_run(path: Path, made: int) -> None:
    (path / "sessions").mkdir(parents=True)
    (path / "run.json").write_text("{}")
    (path / "resolved.yaml").write_text(CONFIG)
    (path / "sessions" / "default.safetensors").write_text("")
    os.utime(path / "resolved.yaml", ns=(made, made))


def found(line: str) -> list[str]:
    """The candidates for a line that ends at the cursor."""
    words, current, _ = split(line)
    return [candidate.value for candidate in candidates(words[1:], current)]


# what commands take


def parameters_of(command: Any) -> Iterator[Parameter]:
    """What typer has made of a command's parameters, in the words of `signatures`."""
    for p in command.params:
        if "--help" in p.opts:
            continue
        is_option = p.param_type_name == "option"
        yield Parameter(
            p.name,
            (*p.opts, *p.secondary_opts) if is_option else (),
            p.metavar or ("" if is_option else p.name.upper()),
            is_option and p.is_flag,
            p.multiple if is_option else p.nargs == -1,
            choices_of(p),
            p.help or "",
        )


def choices_of(parameter: Any) -> tuple[str, ...]:
    """The values of an enumeration or a Literal, which typer keeps in one way or another."""
    if hasattr(parameter, "type"):
        return tuple(map(str, getattr(parameter.type, "choices", ())))
    kind = parameter.type_descriptor.annotation
    kind = get_args(kind)[0] if get_origin(kind) is list else kind
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(map(str, kind)) if isinstance(kind, EnumType) else ()


def test_what_is_read_of_a_command_is_what_it_takes() -> None:
    made = typer.main.get_command(command_line())
    assert list(program().parameters) == list(parameters_of(made))
    assert list(program().commands) == list(COMMANDS)  # type: ignore[attr-defined]
    assert set(made.commands) == set(COMMANDS)  # type: ignore[attr-defined]
    for name, command in made.commands.items():  # type: ignore[attr-defined]
        read = of_command(name)
        assert list(read.parameters) == list(parameters_of(command)), name
        below = getattr(command, "commands", {})
        assert list(read.commands) == list(below)
        for inner, command_below in below.items():
            signature, summary = read.commands[inner]
            assert list(signature.parameters) == list(parameters_of(command_below)), f"{name} {inner}"
            assert summary == command_below.help.split("\n")[0]


UNKNOWN = {"", "COLUMN", "DIR", "FILE", "INPUT", "K", "N", "PATH", "SECONDS", "TEXT", "VALUE"}
"""Values of which only the user knows, or the shell: numbers, texts, columns, folders, files."""


def test_every_value_comes_from_somewhere() -> None:
    def look(command: tuple[str, ...], signature: Signature) -> None:
        for parameter in signature.parameters:
            known = parameter.flag or parameter.choices or source_of(command, parameter) is not None
            assert known or parameter.metavar in UNKNOWN, f"{' '.join(command)}: {parameter.name}"
        for name, (below, _) in signature.commands.items():
            look((*command, name), below)

    for name in COMMANDS:
        look((name,), of_command(name))


def test_what_is_known_of_settings_is_what_the_code_says() -> None:
    told = "write it anew: python tests/cli/settings_file.py"
    assert suggestions.SETTINGS.read_text("utf-8") == settings_file.text(), told


# what may stand where


OF_TRAIN = [option for p in of_command("train").parameters for option in p.options if option.startswith("--")] + [
    "--help"
]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rnnctl tra", ["train"]),
        ("rnnctl ", list(COMMANDS)),
        ("rnnctl --v", ["--version"]),
        ("rnnctl --sh", ["--show-completion"]),
        ("rnnctl cells ", ["show"]),
        ("rnnctl runs ", ["list", "show", "compare", "remove", "prune"]),
        ("rnnctl runs --status f", ["finished", "failed"]),
        ("rnnctl runs list --sort test.m", ["test.mse"]),
        ("rnnctl runs --where training.win", ["training.window="]),
        ("rnnctl nothing ", []),
        ("rnnctl train --re", ["--resume"]),
        ("rnnctl train --quiet --q", []),
        ("rnnctl train --set a=1 --se", ["--set"]),
        ("rnnctl train -- --re", []),
        ("rnnctl train sine.yaml -", OF_TRAIN),
        ("rnnctl train sine.yaml ", OF_TRAIN),
        ("rnnctl eval --split t", ["train", "test"]),
        ("rnnctl eval --split=t", ["--split=train", "--split=test"]),
        ("rnnctl eval --json=t", []),
        ("rnnctl train --from ", ["last", "previous"]),
        ("rnnctl train --stop-after ", []),
        ("rnnctl train --track m", ["mlflow", "mlflow="]),
        ("rnnctl init ", list(template_names())),
        ("rnnctl init tagging ", []),
        ("rnnctl cells show lst", ["lstm"]),
        ("rnnctl cells show ", [*layer_names()]),
        ("rnnctl cells show --config own.yaml le", ["leaky"]),
        ("rnnctl cells show --config missing.yaml le", []),
        ("rnnctl explain lst", ["lstm"]),
        ("rnnctl explain training.windo", ["training.window", "training.window.backward", "training.window.update"]),
        ("rnnctl explain lang", ["language"]),
        ("rnnctl explain window-of", ["window-of-one-step"]),
    ],
)
def test_words(folder: Path, line: str, expected: list[str]) -> None:
    assert sorted(found(line)) == sorted(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rnnctl train ", ["my configs/", "other.yml", "own.yaml", "runs/", "sine.yaml"]),
        ("rnnctl train s", ["sine.yaml"]),
        ("rnnctl train ./s", ["./sine.yaml"]),
        ("rnnctl train my", ["my configs/"]),
        ("rnnctl train my\\ configs/", ["my configs/a b.yaml"]),
        ("rnnctl train 'my configs/a", ["my configs/a b.yaml"]),
        ("rnnctl train missing/", []),
        ("rnnctl train ~/", []),
        ("rnnctl validate sine.yaml ot", ["other.yml"]),
        ("rnnctl cells --config o", ["other.yml", "own.yaml"]),
        ("rnnctl eval ", ["sine-2", "sine-10", "sine-1"]),
        ("rnnctl step s", ["sine-2", "sine-10", "sine-1"]),
        ("rnnctl train --resume sine-1", ["sine-10", "sine-1"]),
        ("rnnctl train --resume=sine-2", ["--resume=sine-2"]),
        ("rnnctl eval --runs elsewhere ", []),
        ("rnnctl runs compare sine-2 s", ["sine-2", "sine-10", "sine-1"]),
        ("rnnctl runs remove sine-1", ["sine-10", "sine-1"]),
        ("rnnctl step sine-1 --session ", ["default"]),
        ("rnnctl step --session d", ["default"]),
        ("rnnctl step nothing --session ", []),
        ("rnnctl show s", ["sine-2", "sine-10", "sine-1", "sine.yaml"]),
        ("rnnctl diff sine-1 s", ["sine-2", "sine-10", "sine-1", "sine.yaml"]),
    ],
)
def test_files_and_runs_the_newest_first(folder: Path, line: str, expected: list[str]) -> None:
    assert found(line) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("training.win", ["training.window="]),
        ("training.window", ["training.window=", "training.window."]),
        ("training.window.", ["training.window.update=", "training.window.backward="]),
        ("training.window=", ["training.window=48", "training.window=32", "training.window=null"]),
        ("training.learn_initial_state=", ["training.learn_initial_state=true", "training.learn_initial_state=false"]),
        ("training.precision=float6", ["training.precision=float64"]),
        ("training.optimizer=s", ["training.optimizer=sgd"]),
        ("training.optimizer.", [f"training.optimizer.{name}." for name in ("adam", "adamw", "rmsprop", "sgd")]),
        ("training.optimizer.sgd.m", ["training.optimizer.sgd.momentum="]),
        ("data.task.sine.p", ["data.task.sine.period="]),
        ("data.sp", ["data.split."]),
        ("model.", ["model.chain."]),
        ("model.chain.", ["model.chain.0.", "model.chain.1="]),
        ("model.chain.0.", ["model.chain.0.lstm."]),
        ("model.chain.0.lstm", ["model.chain.0.lstm.", "model.chain.0.lstm="]),
        ("model.chain.0.lstm.s", ["model.chain.0.lstm.size="]),
        ("model.chain.0.lstm.size=", ["model.chain.0.lstm.size=4", "model.chain.0.lstm.size=32"]),
        ("model.chain.0.lstm.init.bf=", [f"model.chain.0.lstm.init.bf={value}" for value in ("ones", "zeros", "0.5")]),
        ("model.chain.7.", []),
        ("exp", ["expect."]),
        ("expect.t", ["expect.test.", "expect.train.", "expect.transcript="]),
        ("expect.test.m", ["expect.test.mse.", "expect.test.mae."]),
        ("expect.valid.accuracy.", [f"expect.valid.accuracy.{side}=" for side in SIDES]),
        ("expect.test.mse.b", ["expect.test.mse.below="]),
        ("expect.test.mse.judge=", [f"expect.test.mse.judge={value}" for value in (*JUDGES, "null")]),
        ("expect.resume=", ["expect.resume=exact", "expect.resume=null"]),
        ("expect.seeds=", ["expect.seeds=5", "expect.seeds=null"]),
        ("expect.none.m", []),
        ("vars.", ["vars.rate="]),
        ("vars.rate=", ["vars.rate=0.1"]),
        ("cells.", ["cells.leaky."]),
        ("cells.leaky.sta", ["cells.leaky.state."]),
        ("cells.leaky.su", ["cells.leaky.summary="]),
        ("ext", []),
        ("format", []),
        ("nothing.at.all", []),
        ("nothing=", []),
        ("=", []),
        (".", []),
    ],
)
def test_settings(folder: Path, typed: str, expected: list[str]) -> None:
    assert found(f"rnnctl train own.yaml --set {typed}") == expected
    assert found(f"rnnctl train own.yaml --set={typed}") == [f"--set={value}" for value in expected]


def test_metrics_that_the_config_has_come_behind_the_others(folder: Path) -> None:
    Path("e.yaml").write_text("expect: {test.mse: {below: 1}, test.mse.a b: {below: 2}, test.mse.wind: {below: 3}}\n")
    assert found("rnnctl plan e.yaml --set expect.test.ms") == [
        f"expect.test.{name}." for name in ("mse", "mse.a b", "mse.wind")
    ]
    assert found("rnnctl plan e.yaml --set expect.test.mse.wind.b") == ["expect.test.mse.wind.below="]
    assert found("rnnctl plan e.yaml --set expect.test.mse.below=") == [
        f"expect.test.mse.below={value}" for value in (1, 0.02, "null")
    ]


def test_columns_are_those_of_the_file(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "d.csv").write_text('day,"load",a b,wind\n1,2,3,4\n')
    config = folder / "data" / "columns.yaml"
    config.write_text("data: {csv: d.csv, input: [load], target: {column: wind, ahead: 1}}\n")
    ask_ = "rnnctl plan data/columns.yaml --set data."
    assert found(f"{ask_}target.column=") == [f"data.target.column={name}" for name in ("wind", "day", "load")]
    assert found(f"{ask_}input=w") == ["data.input=wind"]
    assert found(f"{ask_}input.columns=[") == [f"data.input.columns=[{name}]" for name in ("day", "load", "wind")]
    config.write_text("data: {csv: none.csv, input: [load], target: {column: wind, ahead: 1}}\n")
    assert found(f"{ask_}target.column=") == ["data.target.column=wind"]


def test_a_name_alone_is_set_to_a_value(folder: Path) -> None:
    assert found("rnnctl plan --set name=") == ["name=sunspots-lstm"]
    assert found("rnnctl plan --set training.optimizer.adam.betas=") == [
        "training.optimizer.adam.betas=[0.9,0.99]",
        "training.optimizer.adam.betas=[0.9,0.999]",
    ]


@pytest.mark.parametrize("named", ["sine.yaml", "sine-1", "runs/sine-1"])
def test_settings_of_a_config_and_of_a_run(folder: Path, named: str) -> None:
    assert found(f"rnnctl show {named} --set model.chain.1") == ["model.chain.1="]


def test_settings_without_a_config(folder: Path) -> None:
    assert found("rnnctl plan --set training.window=") == ["training.window=32", "training.window=null"]
    assert found("rnnctl plan --set model.chain.") == []
    assert "training." in found("rnnctl plan --set ")


def test_what_a_line_cannot_hold_is_left_out(folder: Path) -> None:
    (folder / "two\nlines.yaml").write_text(CONFIG)
    (folder / "bell\x07.yaml").write_text(CONFIG)
    assert found("rnnctl train ")[-1] == "sine.yaml"
    assert not any("\n" in value or "\x07" in value for value in found("rnnctl train "))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ([], "", "")),
        ("a", ([], "a", "")),
        ("a ", (["a"], "", "")),
        ("a  b", (["a"], "b", "")),
        ("a\\ b c", (["a b"], "c", "")),
        ("'a b' \"c", (["a b"], "c", '"')),
        ("'a \\", ([], "a \\", "'")),
        ('"a \\" b', ([], 'a " b', '"')),
        ("'' ", ([""], "", "")),
        ("a\\", ([], "a", "")),
    ],
)
def test_unfinished_lines(text: str, expected: tuple[list[str], str, str]) -> None:
    assert split(text) == expected


# the shells ask


def ask(shell: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The program, as the script of a shell calls it; the last word is the one at the cursor."""
    asked = {"_RNNCTL_COMPLETE": f"complete_{shell}", **more}
    if shell == "bash":
        asked |= {"COMP_WORDS": "\n".join(("rnnctl", *words)), "COMP_CWORD": str(len(words))}
    else:
        asked["_TYPER_COMPLETE_ARGS"] = " ".join(("rnnctl", *words))
    if shell == "fish":
        asked = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", **asked}
    return subprocess.run(
        [sys.executable, "-m", "rnnctl"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **asked},
        capture_output=True,
        text=True,
        check=False,
    )


def told(ended: subprocess.CompletedProcess[str]) -> list[str]:
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train", "--set", "training.win"], ["training.window=", "training.window=32", "training.window=null"]),
        (["train", "--set", "training.window", "="], ["32", "null"]),
        (["train", "--set", "training.window", "=", "3"], ["32"]),
        (["train", "--set", "=", "training.window", "=", "3"], ["32"]),
        (["train", "--set", "=", "training.win"], ["training.window=", "training.window=32", "training.window=null"]),
        (["train", "--set", "training.window=3"], ["training.window=32"]),
        (["eval", "--split", "="], ["train", "valid", "test"]),
        (["train", "my"], ["my\\ configs/", "my\\ configs/a\\ b.yaml"]),
        (["train", '"my'], ["my configs/", "my configs/a b.yaml"]),
        (["train", "my\\ configs/a"], ["my\\ configs/a\\ b.yaml"]),
        (["train", "sine.yaml", "--res"], ["--resume"]),
    ],
)
def test_bash(folder: Path, words: list[str], expected: list[str]) -> None:
    assert told(ask("bash", *words)) == expected


def test_zsh(folder: Path) -> None:
    about = "Show a layer: what it is, how it is used, its options, state, parameters and equations."
    assert told(ask("zsh", "cells", "")) == [f"local -a c; c=('show:{about}'); _describe -V rnnctl c"]
    assert told(ask("zsh", "train", "--set", "training.win")) == [
        "local -a c; c=('training.window=:steps that an update sees and goes back through; null: the whole row'); "
        "_describe -V rnnctl c -S ''"
    ]
    assert told(ask("zsh", "train", "--set=training.window=n")) == [
        "local -a c; c=('--set=training.window=null'); _describe -V rnnctl c"
    ]
    assert told(ask("zsh", "init", "own")) == [
        "local -a c; c=('own-cell:Write a recurrent cell of your own, by its equations.'); _describe -V rnnctl c"
    ]
    assert told(ask("zsh", "train", "--stop-after", "")) == ["_files"]


def test_zsh_is_told_of_quotes_and_colons(folder: Path) -> None:
    (folder / "it's:new.yaml").write_text(CONFIG)
    assert told(ask("zsh", "train", "it")) == ["local -a c; c=('it'\\''s\\:new.yaml'); _describe -V rnnctl c"]


def test_fish(folder: Path) -> None:
    assert told(ask("fish", "eval", "--sp")) == ["--split\tWhat to judge it on."]
    assert told(ask("fish", "eval", "sine-1")) == ["sine-10", "sine-1"]
    assert ask("fish", "eval", "sine-1", _TYPER_COMPLETE_FISH_ACTION="is-args").returncode == 0
    none = ask("fish", "train", "--stop-after", "", _TYPER_COMPLETE_FISH_ACTION="is-args")
    assert (none.returncode, none.stdout, none.stderr) == (1, "", "")


def test_powershell(folder: Path) -> None:
    typed = {"_TYPER_COMPLETE_WORD_TO_COMPLETE": "--sp"}
    assert told(ask("powershell", "eval", "--sp", **typed)) == ["--split:::What to judge it on."]
    assert told(ask("pwsh", "eval", "--split", "")) == ["train::: ", "valid::: ", "test::: "]


# any state of the folder


def broken_run(work: Path) -> None:
    (work / "runs" / "sine-2" / "run.json").write_text("{")
    (work / "runs" / "sine-2" / "resolved.yaml").unlink()


def no_runs(work: Path) -> None:
    shutil.rmtree(work / "runs")


def runs_is_a_file(work: Path) -> None:
    shutil.rmtree(work / "runs")
    (work / "runs").write_text("")


def broken_config(work: Path) -> None:
    (work / "sine.yaml").write_text("model: {chain: [")


def config_is_no_mapping(work: Path) -> None:
    (work / "sine.yaml").write_text("- 1\n")


def config_is_bytes(work: Path) -> None:
    (work / "sine.yaml").write_bytes(bytes(range(256)))


def config_is_huge(work: Path) -> None:
    (work / "sine.yaml").write_text("a: [" + "[" * 500_000)


def config_is_a_pipe(work: Path) -> None:
    (work / "sine.yaml").unlink()
    os.mkfifo(work / "sine.yaml")


def config_is_a_folder(work: Path) -> None:
    (work / "sine.yaml").unlink()
    (work / "sine.yaml").mkdir()


def chain_is_no_list(work: Path) -> None:
    (work / "sine.yaml").write_text("model: {chain: {lstm: 4}}\ncells: 3\nvars: [1]\n")


def folder_is_gone(work: Path) -> None:
    shutil.rmtree(work)


STATES = [
    broken_run, no_runs, runs_is_a_file, broken_config, config_is_no_mapping, config_is_bytes, config_is_huge,
    config_is_a_pipe, config_is_a_folder, chain_is_no_list, folder_is_gone,
]  # fmt: skip
ASKED = (
    ("eval", ""),
    ("train", "s"),
    ("train", "sine.yaml", "--set", "model.chain."),
    ("train", "sine.yaml", "--set", "vars."),
    ("cells", "show", "--config", "sine.yaml", "le"),
    ("show", "sine.yaml", "--set", "cells."),
    ("step", "sine-2", "--session", ""),
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_is_told_but_candidates(folder: Path, state: Any) -> None:
    """In-process for all questions, and one of them as a shell asks it."""
    state(folder)
    for words in ASKED:
        assert all(isinstance(candidate.value, str) for candidate in candidates(words[:-1], words[-1]))
    ended = ask("bash", *ASKED[2])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert all(line.startswith("model.") for line in ended.stdout.splitlines())


@pytest.mark.parametrize(
    "environment",
    [
        {"_RNNCTL_COMPLETE": "complete_tcsh", "_TYPER_COMPLETE_ARGS": "rnnctl "},
        {"_RNNCTL_COMPLETE": "complete_bash"},
        {"_RNNCTL_COMPLETE": "complete_bash", "COMP_WORDS": "rnnctl\ntrain", "COMP_CWORD": "x"},
        {"_RNNCTL_COMPLETE": "complete_bash", "COMP_WORDS": "", "COMP_CWORD": "9"},
        {"_RNNCTL_COMPLETE": "complete_bash", "COMP_WORDS": "rnnctl", "COMP_CWORD": "0"},
        {"_RNNCTL_COMPLETE": "complete_zsh"},
        {"_RNNCTL_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": ""},
        {"_RNNCTL_COMPLETE": "complete_"},
        {"_RNNCTL_COMPLETE": "complete_bash", "COMP_WORDS": "rnnctl\ntrain\n\udcff", "COMP_CWORD": "2"},
    ],
)
def test_odd_questions(folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rnnctl"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


WATCHED = """\
import sys
from rnnctl.__main__ import main
try:
    main()
finally:
    heavy = ("torch", "numpy", "pydantic", "typer", "rich", "rnnctl.config", "rnnctl.data")
    print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("tr",), ("train", "--re"), *ASKED], ids=" ".join)
def test_a_completion_is_light(folder: Path, words: Sequence[str]) -> None:
    asked = {"COMP_WORDS": "\n".join(("rnnctl", *words)), "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "_RNNCTL_COMPLETE": "complete_bash", **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


# real shells


SCRIPT = 'eval "$(_RNNCTL_COMPLETE=source_{0} rnnctl)"'


def shell(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def environment_of(folder: Path) -> dict[str, str]:
    """An empty home, and the program on the path."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "HOME": str(home),
        "TERM": "dumb",
        "PS1": "$ ",
        "HISTFILE": "",
        "EDITOR": "emacs",
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rnnctl tra", ["train"]),
        ("rnnctl train --set training.bur", ["training.burn_in=", "training.burn_in=4", "training.burn_in=0"]),
        ("rnnctl train --set training.precision =", ["float32", "float64"]),
        ("rnnctl train my", ["my\\ configs/", "my\\ configs/a\\ b.yaml"]),
        ("rnnctl eval sine-1", ["sine-10", "sine-1"]),
        ("rnnctl train --stop-after ''", []),
    ],
)  # fmt: skip
def test_the_function_of_bash(folder: Path, words: str, expected: list[str]) -> None:
    code = (
        f"{SCRIPT.format('bash')}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        '_rnnctl_completion rnnctl; (( ${#COMPREPLY[@]} )) && printf "%s\\n" "${COMPREPLY[@]}"; complete -p rnnctl'
    )
    done = subprocess.run(
        [shell("bash"), "--norc", "-c", code], env=environment_of(folder), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [*expected, "complete -o default -F _rnnctl_completion rnnctl"]


def typed(argv: list[str], begin: str, line: str, expected: str, environment: dict[str, str]) -> str:
    """What a terminal shows when a line is typed into a shell, up to what is expected."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(argv[0], argv, environment)
    try:
        shown = ""
        for text, until in ((begin + "; echo begin$((0))\n", "begin0"), (line, expected)):
            os.write(terminal, text.encode())
            shown = _read(terminal, until)
        return shown
    finally:
        os.close(terminal)
        os.kill(child, 9)
        os.waitpid(child, 0)


def _read(terminal: int, until: str) -> str:
    shown = b""
    while until.encode() not in shown:
        ready, _, _ = select.select([terminal], [], [], TAB)
        assert ready, f"{until!r} does not come: {shown!r}"
        shown += os.read(terminal, 4096)
    return shown.decode(errors="replace")


SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], SCRIPT.format("bash")),
    "zsh": (
        ["-f", "-i"],
        f"autoload -Uz compinit; compinit -u -D; {SCRIPT.format('zsh')}; unsetopt zle_bracketed_paste",
    ),
}


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "rnnctl tra\tsine.yaml --set training.win\t64 --set=training.prec\tfloat6\t --set model.\t0.\tsi\t8",
            "<rnnctl><train><sine.yaml><--set><training.window=64><--set=training.precision=float64>"
            "<--set><model.chain.0.lstm.size=8>",
        ),
        ("rnnctl validate my\ta\t", "<rnnctl><validate><my configs/a b.yaml>"),
    ],
)
def test_a_person_at_a_terminal(folder: Path, name: str, line: str, expected: str) -> None:
    """The line is completed, a `printf` is put before it, and the shell says which words it is."""
    options, begin = SHELLS[name]
    typed([shell(name), *options], begin, f"{line}\x01printf '<%s>' \n", expected, environment_of(folder))


def test_fish_completes(folder: Path) -> None:
    code = (
        "env _RNNCTL_COMPLETE=source_fish rnnctl | source; complete -C 'rnnctl tra'; "
        "complete -C 'rnnctl train --set training.win'; complete -C 'rnnctl eval sine-1'"
    )
    done = subprocess.run(
        [shell("fish"), "--no-config", "-c", code],
        env=environment_of(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"train\t{COMMANDS['train'][1]}",
        "training.window=\tsteps that an update sees and goes back through; null: the whole row",
        "sine-1",
        "sine-10",
    ]


# the options that show and install it


def run_in(shell_: str, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a shell that stays its parent."""
    return subprocess.run(
        [shell(shell_), "-c", f"{command}; exit $?"],
        env=environment_of(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_the_two_options(folder: Path) -> None:
    done = run_in("bash", "rnnctl --help", folder)
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  -")] == [
        "--version",
        "--install-completion",
        "--show-completion",
        "-h,",
    ]
    assert "--install-completion" not in run_in("bash", "rnnctl train --help", folder).stdout


def test_the_script_is_shown(folder: Path) -> None:
    shown = run_in("bash", "rnnctl --show-completion", folder)
    named = run_in("bash", "_RNNCTL_COMPLETE=source_bash rnnctl", folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.strip() == named.stdout.strip()
    assert shown.stdout.startswith("_rnnctl_completion() {")


def test_the_script_is_installed(folder: Path) -> None:
    done = run_in("bash", "rnnctl --install-completion", folder)
    home = folder.parent / "home"
    script = home / ".bash_completions" / "rnnctl.sh"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"bash completion installed in {script}"
    assert f"source '{script}'" in (home / ".bashrc").read_text()
    assert "_RNNCTL_COMPLETE=complete_bash" in script.read_text()


@pytest.mark.parametrize(
    "command", ["rnnctl --show-completion", "rnnctl --install-completion", "_RNNCTL_COMPLETE=source_ksh rnnctl"]
)
def test_a_shell_that_is_not_known(folder: Path, command: str) -> None:
    done = run_in("sh", command, folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: there is no completion for this shell, or it does not say which it is\n"
        "  = help: shells: bash, fish, powershell, zsh; with the name of one, _RNNCTL_COMPLETE=source_bash rnnctl "
        "prints its script\n"
    )


def test_a_variable_left_empty_asks_for_nothing(folder: Path) -> None:
    """As the script of PowerShell leaves it."""
    done = run_in("sh", "_RNNCTL_COMPLETE= rnnctl --version", folder)
    assert done.stdout.startswith("rnnctl ")
