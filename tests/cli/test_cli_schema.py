import json

import pytest

from rnnctl.config.schema import schema
from tests.cli.commands import command_line


@pytest.fixture
def run(monkeypatch, capsys):
    return command_line(monkeypatch, capsys)


def test_it_is_printed_for_editors(run):
    ended = run("schema")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == schema()
    assert ended.out.startswith('{\n  "$schema": "http://json-schema.org/draft-07/schema#",\n  "$id": ')
    assert ended.out.endswith("\n}\n")


def test_it_is_the_same_each_time(run):
    assert run("schema").out == run("schema").out
    keys = list(json.loads(run("schema").out)["properties"]["training"]["properties"])
    assert keys[:4] == ["loss", "optimizer", "schedule", "clip"]  # in the order of the docs


def test_it_takes_no_argument(run):
    ended = run("schema", "config.yaml")
    assert (ended.code, ended.out) == (2, "")
