"""Which files are checked: those that promise something, wherever they lie, and never what links lead to."""

import os
from pathlib import Path

import pytest

from rnnctl.errors import UsageError
from rnnctl.expect.find import Candidate, find

WHOLE = """\
data: {task: sine}
model: {chain: [{rnn: 2}, dense]}
training: {loss: mse, window: 20, epochs: 1}
"""
PROMISE = "expect: {test.mse: {below: 10}}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_configs_in_a_folder_that_promise_something(tmp_path: Path) -> None:
    b = write(tmp_path / "b.yaml", WHOLE + PROMISE)
    a = write(tmp_path / "inner" / "ä b.yml", WHOLE + PROMISE)
    silent = write(tmp_path / "silent.yaml", WHOLE)
    write(tmp_path / "workflow.yaml", "on: push\njobs: {}\n")
    write(tmp_path / "list.yaml", "- 1\n")
    write(tmp_path / "broken.yaml", "a: [\n")
    write(tmp_path / "notes.txt", WHOLE + PROMISE)
    write(tmp_path / ".hidden" / "c.yaml", WHOLE + PROMISE)
    write(tmp_path / "runs" / "sine-1" / "run.json", "{}")
    write(tmp_path / "runs" / "sine-1" / "config.yaml", WHOLE + PROMISE)
    found = find([tmp_path])
    assert found.configs == [Candidate(b), Candidate(a)]
    assert found.silent == [silent]
    assert [c.path for c in find([tmp_path], smoke=True).configs] == [b, silent, a]


def test_a_broken_config_that_means_to_promise_is_found(tmp_path: Path) -> None:
    broken = write(tmp_path / "a.yaml", "data: [\n" + PROMISE)
    half = write(tmp_path / "b.yaml", "data: {task: sine}\n" + PROMISE)
    assert [c.path for c in find([tmp_path]).configs] == [broken, half]


def test_what_is_made_to_be_extended_is_no_config(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "data: {task: sine}\n" + PROMISE)
    child = write(tmp_path / "child.yaml", "extends: base.yaml\n" + WHOLE.split("\n", 1)[1])
    assert [c.path for c in find([tmp_path]).configs] == [child]


def test_a_file_found_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", WHOLE + PROMISE)
    assert find([path, tmp_path, tmp_path / ".." / tmp_path.name]).configs == [Candidate(path, given=True)]


def test_a_file_that_is_named_is_looked_at_whatever_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "notes.txt", "hello")
    assert find([path]).configs == [Candidate(path, given=True)]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="a system without links")
def test_links_that_lead_out_are_left_out_and_told(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.yaml", WHOLE + PROMISE)
    inside = write(tmp_path / "configs" / "a.yaml", WHOLE + PROMISE)
    (tmp_path / "configs" / "link.yaml").symlink_to(outside)
    (tmp_path / "configs" / "same.yaml").symlink_to(inside)
    (tmp_path / "configs" / "folder").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "configs" / "nowhere.yaml").symlink_to(tmp_path / "configs" / "gone.yaml")
    found = find([tmp_path / "configs"])
    assert found.configs == [Candidate(inside)]
    link = tmp_path / "configs" / "link.yaml"
    assert found.notes == [f"'{link}' is a link that leads out of '{tmp_path / 'configs'}', and is left out"]


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to check in"):
        find([tmp_path])
    write(tmp_path / "a.yaml", WHOLE)
    with pytest.raises(UsageError, match="1 config without `expect`"):
        find([tmp_path])
    for nothing in (tmp_path / "nix.yaml", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError, match="there is no file or folder"):
            find([nothing])


def test_links_that_lead_to_one_another_are_passed_by(tmp_path: Path) -> None:
    one = write(tmp_path / "one.yaml", WHOLE + PROMISE)
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert find([tmp_path]).configs == [Candidate(one)]
    with pytest.raises(UsageError, match="there is no file or folder"):
        find([tmp_path / "a.yaml"])
