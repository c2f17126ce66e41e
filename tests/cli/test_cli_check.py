"""`rnnctl check` as people call it: a repository of three configs, exit codes, reports, what a killed call leaves."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rnnctl.cli import check as command_line
from rnnctl.cli.app import main
from rnnctl.runs.lock import held

CHECK = [sys.executable, "-m", "rnnctl", "check"]
SMALL = """\
name: {name}
data: {{task: {{sine: {{steps: 240}}}}, split: {{train: 0.5, valid: 0.25, test: 0.25}}}}
model: {{chain: [{{rnn: 4}}, dense]}}
training: {{loss: mse, window: 20, epochs: {epochs}, optimizer: {{sgd: {{lr: {lr}}}}}}}
expect:
"""


def write(path: Path, *expect: str, epochs: int = 2, lr: float = 0.01) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z]", "", path.stem)[:20] or "x"
    text = SMALL.format(name=name, epochs=epochs, lr=lr) + "".join(f"  {line}\n" for line in expect)
    path.write_text(text, "utf-8")
    return path


def check(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **environment}
    return subprocess.run(
        [*CHECK, *arguments], cwd=folder, capture_output=True, text=True, check=False, env=env, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three configs, one that meets its bounds, one that misses one, one that crashes; checked once."""
    folder = tmp_path_factory.mktemp("repository")
    write(folder / "configs/good.yaml", "test.mse: {below: 100}", "parameters: {below: 100}", "horizon: {above: 0}")
    write(folder / "configs/bad.yaml", "test.mse: {below: 1e-9}", "valid.rmse: {above: 0}")
    write(folder / "configs/crash.yaml", "test.mse: {below: 100}", lr=1e8)
    done = check(folder, "configs", "--junit", "report.xml", "--json")
    (folder / "first.json").write_text(done.stdout)
    (folder / "first.code").write_text(str(done.returncode))
    return folder


def test_a_crash_has_a_code_of_its_own_and_unmet_has_ten(repository: Path) -> None:
    assert (repository / "first.code").read_text() == "4"
    assert check(repository, "configs/bad.yaml", "configs/good.yaml").returncode == 10
    assert check(repository, "configs/good.yaml").returncode == 0


def test_json(repository: Path) -> None:
    found = json.loads((repository / "first.json").read_text())
    assert found["exit_code"] == 4
    by_name: dict[str, Any] = {entry["name"]: entry for entry in found["configs"]}
    assert {name: entry["state"] for name, entry in by_name.items()} == {
        "good": "met",
        "bad": "unmet",
        "crash": "crashed",
    }
    assert [e["met"] for e in by_name["bad"]["expectations"]] == [False, True]
    [missed, _] = by_name["bad"]["expectations"]
    assert missed["margin"] == pytest.approx(1e-9 - missed["figure"])
    assert missed["where"] == {"file": "configs/bad.yaml", "line": 6, "column": 3}
    assert by_name["crash"]["expectations"] == []
    assert by_name["crash"]["trouble"]["exit_code"] == 4


def test_the_figures_are_those_of_eval(repository: Path) -> None:
    found = json.loads((repository / "first.json").read_text())
    [entry] = [entry for entry in found["configs"] if entry["name"] == "good"]
    run = entry["seeds"][0]["run"]
    command = [sys.executable, "-m", "rnnctl", "eval", run, "--json"]
    told = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
    assert entry["expectations"][0]["figure"] == json.loads(told)["metrics"]["mse"]


def test_text(repository: Path) -> None:
    done = check(repository, "configs/bad.yaml", "configs/good.yaml")
    assert "test.mse" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 configs: 1 met, 1 unmet")


def test_junit(repository: Path) -> None:
    root = ET.parse(repository / "report.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "1", "1")


def test_github(repository: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    done = check(repository, "configs/bad.yaml", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 10
    [line] = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert line.startswith("::error file=configs/bad.yaml,line=6,")
    assert "test.mse" in summary.read_text("utf-8")


def test_a_second_call_trains_nothing(repository: Path) -> None:
    check(repository, "configs/good.yaml")
    runs = sorted((path, path.stat().st_mtime_ns) for path in (repository / "runs").rglob("*.safetensors"))
    done = check(repository, "configs/good.yaml", "--json")
    assert json.loads(done.stdout)["configs"][0]["kept"]
    assert sorted((path, path.stat().st_mtime_ns) for path in (repository / "runs").rglob("*.safetensors")) == runs


def test_only_failed(repository: Path) -> None:
    check(repository, "configs/good.yaml", "configs/bad.yaml")
    done = check(repository, "configs/good.yaml", "configs/bad.yaml", "--only-failed", "--json")
    assert [entry["name"] for entry in json.loads(done.stdout)["configs"]] == ["bad"]
    all_met = check(repository, "configs/good.yaml", "--only-failed", "--json")
    assert [entry["name"] for entry in json.loads(all_met.stdout)["configs"]] == ["good"]


def test_a_baseline_is_told_of_where_it_is_recorded(repository: Path) -> None:
    told = check(repository, "configs/bad.yaml", "--update-baseline").stderr
    assert "recorded in configs/bad.baseline.json" in told.splitlines()
    assert check(repository, "configs/bad.yaml", "--update-baseline", "--quiet").stderr == ""
    assert (repository / "configs/bad.baseline.json").is_file()


def test_smoke_looks_at_all_that_can_be_built(repository: Path, tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "test.mse: {below: 1e-9}", "deterministic: true", epochs=1_000_000)
    silent = tmp_path / "b.yaml"
    silent.write_text(SMALL.format(name="silent", epochs=1, lr=0.1).replace("expect:\n", ""))
    done = check(tmp_path, ".", "--smoke", "--json")
    found = json.loads(done.stdout)["configs"]
    assert (done.returncode, [entry["state"] for entry in found]) == (0, ["met", "met"])
    assert not list((tmp_path / "runs/check").rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nothing"], 2, "error: there is no file or folder 'nothing'"),
        (["empty"], 2, "error: there is nothing to check in 'empty'"),
        (["x" * 300], 2, "error: there is no file or folder 'xxx"),
        ([".", "--junit", "no/where.xml"], 2, "error: there is no folder 'no' for --junit"),
        ([".", "--smoke", "--update-baseline"], 2, "error: --smoke measures nothing"),
        ([".", "--set", "training.epochs=1", "--update-baseline"], 2, "error: --update-baseline records the figures"),
        ([".", "--seeds", "0"], 2, "Invalid value for '--seeds'"),
    ],
)
def test_what_is_refused_before_anything_is_trained(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "a.yaml", "test.mse: {below: 100}")
    done = check(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert not (tmp_path / "runs").exists()


def test_nothing_passes_without_a_figure(tmp_path: Path) -> None:
    """A config that promises nothing, and a metric that it does not have, are refused; neither is met."""
    (tmp_path / "a.yaml").write_text(SMALL.format(name="a", epochs=1, lr=0.1).replace("expect:\n", ""))
    write(tmp_path / "b.yaml", "test.accuracy: {above: 0}")
    write(tmp_path / "c.yaml", "test.mse: {within: 5%, of: baseline}")
    done = check(tmp_path, "a.yaml", "b.yaml", "c.yaml", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, [entry["state"] for entry in found["configs"]]) == (2, ["refused", "refused", "unmet"])


def test_hostile_names_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "repository"
    names = ["a b/ü ::error::.yaml", "x" * 248 + ".yaml", "y../]]>&|`.yml", "new\nline.yaml"]
    paths = [write(inside / "configs" / name, "parameters: {below: 100}", epochs=1) for name in names]
    outside = write(tmp_path / "outside.yaml", "parameters: {below: 100}", epochs=1)
    (inside / "configs" / "link.yaml").symlink_to(outside)
    monkeypatch.chdir(inside)
    trains_nothing = (sys.executable, str(Path(__file__).parents[1] / "expect" / "fake_worker.py"))
    monkeypatch.setattr(command_line, "check", partial(command_line.check, command=trains_nothing))
    monkeypatch.setattr(sys, "argv", ["rnnctl", "check", "configs", "--junit", "report.xml", "--format", "github"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "is a link that leads out of 'configs'" in capsys.readouterr().err
    suites = ET.parse("report.xml").getroot().findall("testsuite")
    assert len(suites) == len(paths)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside.yaml", "repository"]
    assert sorted(path.name for path in inside.iterdir()) == ["configs", "report.xml", "runs"]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="a system without descriptors of processes")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_killed_in_the_middle_it_leaves_nothing_and_is_gone_on_with(tmp_path: Path, number: int) -> None:
    """A process that trains holds its run, and lets go of it when it is gone."""
    write(tmp_path / "a.yaml", "test.mse: {below: 100}", epochs=1)
    write(tmp_path / "b.yaml", "test.mse: {below: 100}", epochs=1_000_000)
    command = [*CHECK, ".", "--jobs", "1"]
    out = tmp_path / "out.txt"
    with out.open("w") as stdout:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "a.yaml" in line and "met" in line:  # the other one begins now
            break
    process.send_signal(number)
    process.wait()
    process.stderr.close()
    assert process.returncode == (128 + number if number == signal.SIGTERM else -number)
    assert ("b.yaml: skipped, since the check was stopped" in out.read_text()) is (number == signal.SIGTERM)
    for lock in (tmp_path / "runs").rglob("lock"):
        os.close(held(lock, wait=True))
    for process in processes_of(tmp_path):  # one that has just begun has not yet seen that it is alone
        assert select.select([process], [], [], 60)[0]
    write(tmp_path / "b.yaml", "test.mse: {below: 100}", epochs=1)
    done = check(tmp_path, ".", "--json")
    assert done.returncode == 0, done.stderr
    assert [entry["kept"] for entry in json.loads(done.stdout)["configs"]] == [True, False]


def processes_of(folder: Path) -> Iterator[int]:
    """A descriptor of each process that has a folder in its command; it can be read when the process is gone."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(folder).encode() in (process / "cmdline").read_bytes():
                yield os.pidfd_open(int(process.name))


def test_a_work_folder_that_cannot_be_written_to_is_told_in_every_report(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "test.mse: {below: 100}")
    (tmp_path / "work").write_text("a file")
    done = check(tmp_path, "a.yaml", "--work", "work", "--json", "--junit", "report.xml", "--quiet")
    assert done.returncode == 4
    [found] = json.loads(done.stdout)["configs"]
    assert found["state"] == "crashed"
    assert found["trouble"]["message"].startswith("cannot write 'work/a-")
    assert done.stderr == "note: --only-failed will not know of this check: cannot write 'work': File exists\n"
    assert ET.parse(tmp_path / "report.xml").getroot().get("errors") == "1"
