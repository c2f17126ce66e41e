"""Promises as tests of pytest: what is collected, and what is passed, failed and an error."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

import pytest

import rnnctl.expect.check as checking

pytest_plugins = ["pytester"]

FAKE = Path(__file__).with_name("expect") / "fake_worker.py"
CONFIG = """\
data: {task: sine}
model: {chain: [{rnn: 2}, dense]}
training: {loss: mse, window: 20, epochs: 1, seed: 0}
"""
CONFTEST = f"""\
import functools
import sys

import rnnctl.expect.check as check

check.check = functools.partial(check.check, command=(sys.executable, {str(FAKE)!r}))
"""
OPTIONS = ("-p", "rnnctl.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture
def tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder in which a worker that trains nothing takes the place of the one that does."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # ours is named, whether it is installed or not
    monkeypatch.setattr(checking, "check", partial(checking.check, command=(sys.executable, str(FAKE))))
    pytester.mkdir("configs")
    return pytester


def config(tests: pytest.Pytester, name: str, text: str = "", do: str = "") -> Path:
    path = tests.path / "configs" / name
    path.write_text(text)
    if do:
        path.with_suffix(".do").write_text(do)
    return path


def expecting(*lines: str) -> str:
    return CONFIG + "expect:\n" + "".join(f"  {line}\n" for line in lines)


def run(tests: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return tests.runpytest_inprocess(*OPTIONS, "--rnnctl", *arguments)


def test_met_unmet_and_crashed(tests: pytest.Pytester) -> None:
    config(tests, "good.yaml", expecting("test.mse: {below: 10}", "parameters: 12"))
    config(tests, "bad.yaml", expecting("test.mse: {below: 0.5}", "parameters: 12"))
    config(tests, "crash.yml", expecting("test.mse: {below: 10}", "parameters: 12"), do="fail 4")
    done = run(tests, "-v", "-rA")
    done.assert_outcomes(passed=3, failed=1, errors=2)
    text = done.stdout.str()
    for line in (
        "configs/good.yaml::test.mse PASSED",
        "configs/bad.yaml::test.mse FAILED",
        "configs/bad.yaml::parameters PASSED",
        "configs/crash.yml::test.mse ERROR",
        "configs/crash.yml::parameters ERROR",
    ):
        assert line in text
    assert "test.mse 1, not below 0.5: 0.5 too much\n  --> configs/bad.yaml:5:3\n 5 |   test.mse: {below: 0.5}" in text
    assert "FAILED configs/bad.yaml::test.mse - test.mse 1, not below 0.5" in text
    assert re.search(r"crash.yml: crashed after .*: training ended with exit code 4: the loss is nan, seed 0", text)
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text.partition("collected")[2]
    calls = (tests.path / "configs" / "bad.calls").read_text()
    assert calls == "train 0\n"  # once for both promises


def test_what_is_kept_is_not_trained_again(tests: pytest.Pytester) -> None:
    path = config(tests, "good.yaml", expecting("test.mse: {below: 10}", "parameters: 12"))
    run(tests, "-k", "parameters").assert_outcomes(passed=1, deselected=1)
    done = run(tests, "configs/good.yaml::test.mse", "-rA")
    done.assert_outcomes(passed=1)
    assert "test.mse 1, below 10: 9 to spare" in done.stdout.str()
    assert path.with_suffix(".calls").read_text() == "train 0\n"
    run(tests, "--rnnctl-work", "other").assert_outcomes(passed=2)
    assert path.with_suffix(".calls").read_text() == "train 0\ntrain 0\n"
    assert [folder.name.rpartition("-")[0] for folder in (tests.path / "other").iterdir()] == ["good"]
    assert (tests.path / "runs" / "check").is_dir()


def test_a_refused_config_is_an_error_of_the_collection(tests: pytest.Pytester) -> None:
    config(tests, "good.yaml", expecting("test.mse: {below: 10}"))
    config(tests, "wrong.yaml", expecting("test.accuracy: {above: 0.5}"))
    config(tests, "broken.yaml", "expect: {test.mse: {below: 1}\n")
    done = run(tests, "--continue-on-collection-errors")
    done.assert_outcomes(passed=1, errors=2)
    text = done.stdout.str()
    assert "error[no-such-metric]: there is no metric 'accuracy' where the target is a number" in text
    assert " --> configs/wrong.yaml:5:3" in text
    assert " --> configs/broken.yaml:" in text


def test_configs_are_found_as_the_command_finds_them(tests: pytest.Pytester) -> None:
    """What is extended counts for those that extend it; the configs of runs and other files are left alone."""
    config(tests, "parts.yaml", "data: {task: sine}\nexpect: {test.mse: {below: 10}}\n")
    config(tests, "child.yaml", "extends: parts.yaml\n" + CONFIG.partition("\n")[2])
    config(tests, "silent.yaml", CONFIG)
    config(tests, "compose.yml", "services: {web: {image: x}}\n")
    config(tests, "no.txt", expecting("test.mse: {below: 10}"))
    kept = tests.mkdir("runs") / "good-1"
    kept.mkdir()
    (kept / "run.json").write_text("{}")
    (kept / "config.yaml").write_text(expecting("test.mse: {below: 10}"))
    done = run(tests, "--collect-only", "-q")
    assert [line for line in done.outlines if "::" in line] == ["configs/child.yaml::test.mse"]


def test_off_it_collects_nothing_and_imports_nothing(tests: pytest.Pytester) -> None:
    config(tests, "good.yaml", expecting("test.mse: {below: 10}"))
    tests.makepyfile(
        test_it="""
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.startswith("rnnctl")}
            assert loaded == {"rnnctl", "rnnctl.pytest_plugin"}
            assert not {"numpy", "yaml", "pydantic", "torch"} & set(sys.modules)
        """
    )
    tests.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=1)


def test_a_setting_turns_it_on(tests: pytest.Pytester) -> None:
    config(tests, "good.yaml", expecting("test.mse: {below: 10}"))
    tests.makeini("[pytest]\nrnnctl = true\nrnnctl_work = kept\n")
    tests.runpytest_inprocess(*OPTIONS).assert_outcomes(passed=1)
    assert (tests.path / "kept").is_dir()


def test_with_xdist_a_config_is_trained_once(tests: pytest.Pytester) -> None:
    tests.makeconftest(CONFTEST)
    path = config(
        tests, "good.yaml", expecting(*(f"{split}.mse: {{below: 10}}" for split in ("train", "test", "valid")))
    )
    done = tests.runpytest_subprocess(*OPTIONS, "--rnnctl", "-p", "xdist", "-n", "2", "--strict-markers")
    done.assert_outcomes(passed=1, failed=2)  # the worker judges the test split alone
    assert path.with_suffix(".calls").read_text() == "train 0\n"


def test_a_config_can_stay_with_one_process(tests: pytest.Pytester) -> None:
    path = config(tests, "good.yaml", expecting("test.mse: {below: 10}", "parameters: 12"))
    items, _ = tests.inline_genitems(*OPTIONS, "--rnnctl", "-p", "xdist", "configs")
    assert [mark.args for item in items for mark in item.iter_markers("xdist_group")] == [(str(path),)] * 2


def test_hostile_names(tests: pytest.Pytester) -> None:
    name = "a b[c] ünï ::x.yaml" if sys.platform != "win32" else "a b ünï.yaml"
    config(tests, name, expecting("test.mse: {below: 0.5}"))
    done = run(tests, "configs")
    done.assert_outcomes(failed=1)
    assert "test.mse 1, not below 0.5: 0.5 too much" in done.stdout.str()
