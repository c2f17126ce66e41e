"""The nouns of the stepper's language: a command, and what came of a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rnnctl.stepping.step import LayerStep, Step


@dataclass(frozen=True)
class Outcome:
    """What came of one line.

    `steps` are those that it made, in order, and `watched` has for each of them what is watched; `text` is for
    people, plain, and `record` the same for machines; `state` is what is to be drawn of where the session stands.
    """

    steps: tuple[Step, ...] = ()
    text: tuple[str, ...] = ()
    record: Mapping[str, Any] | None = None
    stopped: str | None = None
    """Why it stopped before its end: a break, or the end of the feed."""
    ends: bool = False
    unmet: bool = False
    """Whether an `expect` does not hold."""
    watched: tuple[Mapping[str, Any], ...] = ()
    beside: tuple[Step, ...] = ()
    """Steps that it made and that are not told one by one."""
    state: tuple[LayerStep, ...] = ()


Topic: TypeAlias = Literal["walk", "state", "branches", "look", "ask", "scripts"]
"""What a command is about; the help and the docs have them in this order."""
Completes: TypeAlias = Literal["columns", "units", "states", "branches", "saved", "files", "commands", "symbols"]
"""What can stand behind a command, as far as it can be completed."""


@dataclass(frozen=True)
class Command:
    """One command: `function` takes the desk that it works on and what stands behind the name."""

    name: str
    usage: str
    summary: str
    function: Callable[[Any, str], Outcome]
    topic: Topic
    aliases: tuple[str, ...] = ()
    completes: tuple[Completes, ...] = field(default=())
    recorded: bool = True
    """Whether the line belongs into a script of the session."""
    raw: bool = False
    """Whether what follows is taken as it stands, with all that looks like a comment."""
