"""The key `ignore`: it silences warnings by their names, and nothing else."""

from __future__ import annotations

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import Resolved, examined
from rnnctl.errors import ConfigError, RnnctlError

CONFIG = """\
data: {task: {sine: {steps: 300}}, split: {train: 0.8, valid: 0.1, test: 0.1}}
model: {chain: [{rnn: 8}, {dense: 1}, {dropout: 0.2}]}
training: {loss: mse, window: 100}
"""
BOTH = ["dropout-of-answer", "split-shorter-than-window"]


def opened(text: str) -> Resolved:
    config = parse_config(text, "c.yaml")
    return resolve(config, examined(config))


def told(text: str) -> list[str | None]:
    return sorted({w.id for w in opened(text).warnings}, key=str)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("null", BOTH),
        ("[]", BOTH),
        ("dropout-of-answer", BOTH[1:]),
        ("[dropout-of-answer]", BOTH[1:]),
        ("[split-shorter-than-window]", BOTH[:1]),
        ("[split-shorter-than-window, dropout-of-answer, dropout-of-answer]", []),
        ("window-cuts-nothing", BOTH),
    ],
)
def test_what_is_silenced(written: str, left: list[str]) -> None:
    assert told(f"ignore: {written}\n{CONFIG}") == left


@pytest.mark.parametrize(
    ("written", "messages"),
    [
        (
            "[dropout-of-answers]",
            """\
error: unknown check 'dropout-of-answers'
  --> c.yaml:1:10
 1 | ignore: [dropout-of-answers]
   |          ^^^^^^^^^^^^^^^^^^
   = help: did you mean 'dropout-of-answer'?""",
        ),
        (
            "[dropout-of-answer, xyz]",
            """\
error: unknown check 'xyz'
  --> c.yaml:1:29
 1 | ignore: [dropout-of-answer, xyz]
   |                             ^^^
   = help: each warning names its check in brackets""",
        ),
        (
            "window-cuts-nothin",
            """\
error: unknown check 'window-cuts-nothin'
  --> c.yaml:1:9
 1 | ignore: window-cuts-nothin
   |         ^^^^^^^^^^^^^^^^^^
   = help: did you mean 'window-cuts-nothing'?""",
        ),
        (
            "[shuffled-streams]",
            """\
error: 'shuffled-streams' is an error, and what it finds cannot be ignored
  --> c.yaml:1:10
 1 | ignore: [shuffled-streams]
   |          ^^^^^^^^^^^^^^^^
   = help: leave `shuffle` out, or write `batching: sequences`""",
        ),
        (
            "true",
            """\
error: ignore must be the name of a check, or a list of them, not true
  --> c.yaml:1:9
 1 | ignore: true
   |         ^^^^
   = help: write ignore: [window-cuts-nothing], say""",
        ),
        (
            "[3, {a: 1}]",
            """\
error: a check is named by text, not 3
  --> c.yaml:1:10
 1 | ignore: [3, {a: 1}]
   |          ^
error: a check is named by text, not a mapping
  --> c.yaml:1:13
 1 | ignore: [3, {a: 1}]
   |             ^""",
        ),
    ],
)
def test_what_is_no_warning(written: str, messages: str) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(f"ignore: {written}\n{CONFIG}")
    assert str(caught.value) == messages


def test_an_error_is_told_all_the_same() -> None:
    with pytest.raises(RnnctlError) as caught:
        opened(f"ignore: [dropout-of-answer]\n{CONFIG}".replace("window: 100", "window: 1000"))
    assert [d.id for d in caught.value.diagnostics] == ["window-longer-than-series"]


def test_it_stands_in_the_resolved_config_where_it_is_given() -> None:
    assert "ignore" not in opened(CONFIG).as_plain()
    once = opened(f"ignore: dropout-of-answer\n{CONFIG}")
    assert once.as_plain()["ignore"] == ["dropout-of-answer"]
    again = opened(once.as_text())
    assert again.as_plain() == once.as_plain()
    assert [w.id for w in again.warnings] == [w.id for w in once.warnings] == ["split-shorter-than-window"] * 2


def test_warnings_stand_in_the_order_of_the_file() -> None:
    lines = [w.where.line for w in opened(CONFIG).warnings if w.where is not None]
    assert lines == [1, 1, 2]
