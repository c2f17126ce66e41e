"""Checks of the file itself."""

from __future__ import annotations

from rnnctl.config.checks.check import Check

CHECKS = (
    Check(
        "older-format",
        "warning",
        "The file is of an older format",
        "`format` says for which version of the format a file was written, and a run's resolved config has it. Where "
        "it is older, what is new has the default with which all means what it meant then.",
        """\
format: 1
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Leave `format` out, or write that of this rnnctl, once all is as it should be.",
    ),
    Check(
        "unused-variable",
        "error",
        "A variable is set, and no value uses it",
        "What is not used changes nothing, and another variable is most likely meant: one of a file that this one "
        "extends, or the name is misspelt where it is used. Variables of files that are extended need not be used.",
        """\
vars: {sise: 16}
data: {task: sine}
model: {chain: [{rnn: 8}, dense]}
training: {loss: mse, window: 50}
""",
        "Write `${vars.NAME}` where the value is meant, or leave the variable out.",
    ),
)
