"""Commands for scripts: record, play, expect; and help."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.words import no_more, path_of, plural, words_of
from rnnctl.stepping.conditions import read_condition
from rnnctl.stepping.wording import value_words

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk


def expect(desk: Desk, rest: str) -> Outcome:
    """Hold where the session stands against a condition."""
    if not rest.strip():
        raise UsageError(Diagnostic("a condition is missing", help="expect CONDITION"))
    condition = read_condition(rest)
    holds, found = condition.judge(desk.session)
    record = {"expect": condition.text, "holds": holds, "found": found}
    told = f"{condition.left} is {value_words(found)}"
    return Outcome(text=(f"{'holds' if holds else 'does not hold'}: {told}",), record=record, unmet=not holds)


def record(desk: Desk, rest: str) -> Outcome:
    """Write the commands of this session, and all that follow, into a file."""
    words = words_of(rest)
    if not words:
        to = [str(path) for path in (desk.recording, desk.lines) if path]
        now = f"recording to {' and '.join(to)}" if to else "nothing is recorded"
        return Outcome(text=(now,), record={"recording": to[0] if len(to) == 1 else to or None})
    if len(words) != 1:
        raise UsageError(Diagnostic("one file is wanted", help="record FILE, or record off"))
    if words[0] == "off":
        desk.write_down()
        was = [str(path) for path in (desk.recording, desk.lines) if path]
        desk.recording = desk.lines = None
        told = f"recorded to {' and '.join(was)}" if was else "nothing was recorded"
        return Outcome(text=(told,), record={"recording": None})
    path = path_of(words[0])
    if path.suffix.lower() in ENDINGS:
        from rnnctl.stepping.lines import begin

        count, desk.lines = begin(path, desk.session), path
        told = f"{path}: {plural(count, 'step')} so far, and all that follow"
        return Outcome(text=(told,), record={"recording": str(path), "steps": count})
    count = desk.record_to(path)
    told = f"{path}: {plural(count, 'command')} so far, and all that follow"
    return Outcome(text=(told,), record={"recording": str(path), "commands": count})


def play(desk: Desk, rest: str) -> Outcome:
    """Do what stands in a file, line by line."""
    from rnnctl.stepping.script import played, read_script

    words = words_of(rest)
    if len(words) != 1:
        raise UsageError(Diagnostic("one file is wanted", help="play FILE"))
    if desk.playing > _DEEPEST:
        raise UsageError(f"{words[0]} is played by a script that it plays itself")
    desk.playing += 1
    try:
        done = [(line, outcome) for line, outcome in played(desk, read_script(path_of(words[0])))]
    finally:
        desk.playing -= 1
    unmet = [outcome for _, outcome in done if outcome.unmet]
    text = [told for line, outcome in done for told in _told(line.number, outcome)]
    text.append(f"{words[0]}: {plural(len(done), 'command')}" + (f", {len(unmet)} not as expected" if unmet else ""))
    return Outcome(
        steps=tuple(step for _, outcome in done for step in outcome.steps),
        watched=tuple(watched for _, outcome in done for watched in outcome.watched),
        beside=tuple(step for _, outcome in done for step in outcome.beside),
        text=tuple(text),
        record={"played": words[0], "commands": len(done), "unmet": len(unmet)},
        unmet=bool(unmet),
    )


_DEEPEST = 8
ENDINGS = (".jsonl", ".ndjson")
"""How the name of a file ends that steps are written to, and not commands."""


def _told(number: int, outcome: Outcome) -> list[str]:
    return [f"{number}: {line}" for line in (*outcome.text, *([outcome.stopped] if outcome.stopped else []))]


def help_(desk: Desk, rest: str) -> Outcome:
    """List the commands, or tell of one."""
    if rest.strip():
        command = desk.find(rest.strip())
        lines = [command.usage, f"  {command.summary}"]
        if command.aliases:
            lines.append(f"  also: {', '.join(command.aliases)}")
        record = {"name": command.name, "usage": command.usage, "summary": command.summary}
        return Outcome(text=tuple(lines), record={"help": [record]})
    commands = [{"name": c.name, "usage": c.usage, "summary": c.summary} for c in desk.commands.values()]
    return Outcome(text=tuple(help_lines(desk.commands.values())), record={"help": commands})


def help_lines(commands: Iterable[Command], width: int = 80) -> list[str]:
    """The list of the commands by topic, in lines of at most `width` columns."""
    lines, listed, width = [], list(commands), max(_LEAST, width)
    for topic, title in TOPICS.items():
        lines.append(title)
        for command in listed:
            if command.topic == topic:
                lines += _entry(command, width)
    letters = ", ".join(f"{command.aliases[0]} {command.name}" for command in listed if command.aliases)
    return [*lines, *wrap(f"The beginning of a name will do, and for some a letter: {letters}", width)]


def _entry(command: Command, width: int) -> list[str]:
    """A command in the list: usage at the left, and what it does at the right of it, or below."""
    left = _LEFT if width >= _BESIDE else _BELOW
    lead = wrap(command.usage, width, initial_indent="  ", subsequent_indent="  ")
    told = wrap(command.summary, width - left)
    if len(lead) == 1 and len(lead[0]) < left:
        lead = [f"{lead[0]:<{left}}{told.pop(0)}"]
    return [*lead, *(" " * left + line for line in told)]


_LEAST, _LEFT, _BELOW, _BESIDE = 30, 27, 6, 64
TOPICS = {
    "walk": "Walk",
    "state": "Change the state",
    "branches": "Branches",
    "look": "Look",
    "ask": "Find out",
    "scripts": "Scripts and help",
}
"""The headings under which commands are listed."""


def quit_(_desk: Desk, rest: str) -> Outcome:
    """End."""
    no_more(rest, "quit")
    return Outcome(ends=True)


COMMANDS = (
    Command(
        "expect",
        "expect CONDITION",
        "tell whether a condition holds; a script that fails here exits with 10",
        expect,
        "scripts",
        ("e",),
        ("units",),
    ),
    Command(
        "record",
        "record [FILE | off]",
        "write the commands so far, and all that follow, into a file",
        record,
        "scripts",
        (),
        ("files",),
        recorded=False,
    ),
    Command(
        "play", "play FILE", "do what stands in a file, line by line", play, "scripts", (), ("files",), recorded=False
    ),
    Command(
        "help",
        "help [COMMAND]",
        "list the commands, or tell of one",
        help_,
        "scripts",
        ("?",),
        ("commands",),
        recorded=False,
    ),
    Command("quit", "quit", "end", quit_, "scripts", ("q", "exit"), recorded=False),
)
