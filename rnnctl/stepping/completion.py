"""What the last word of a line may become: commands, units, columns, symbols, branches, saved states, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rnnctl.errors import UsageError
from rnnctl.stepping.console import COMMANDS, Console, find_command
from rnnctl.stepping.model import Model, ReadyLayer
from rnnctl.stepping.references import MEASURES, OF_STEP
from rnnctl.stepping.states import saved_states

_BEGUN = re.compile(r"(.*?)([A-Za-z_]\w*(?:\[[^\]\[]*\])*(?:\[[^\]\[]*)?)?", re.DOTALL)
_MOST_UNITS = 64
_FEEDS = ("train", "valid", "test", "rows", "off")


def complete(console: Console, line: str) -> list[str]:
    """What may stand in the place of the last word of a line, which ends where the cursor is.

    Words end at blanks.
    """
    before, word = _split(line)
    if not before.strip():
        found = [name for name in COMMANDS if name.startswith(word)]
        return found + _columns(console, word) if word else found
    try:
        command = find_command(before.split()[0])
    except UsageError:
        return []
    found = []
    for what in command.completes:
        if what in ("units", "states"):
            found += _references(console, word, every=what == "units")
        elif what == "files":
            found += [name for name in _FEEDS if command.name == "feed" and name.startswith(word)] + list(_files(word))
        elif what == "columns" and console.session.model.facts.input.kind != "symbol":
            found += _columns(console, word, "" if command.name == "correlate" else "=")
        else:
            found += [name for name in _names(console, what) if name.startswith(word)]
    return list(dict.fromkeys(found))


def _split(line: str) -> tuple[str, str]:
    """A line before its last word, and that word, which may be empty."""
    cut = max(line.rfind(" "), line.rfind("\t")) + 1
    return line[:cut], line[cut:]


def _names(console: Console, what: str) -> list[str]:
    session, run = console.session, console.run_of
    facts = session.model.facts
    if what == "commands":
        return list(COMMANDS)
    if what == "branches":
        return [name for name in session.branches if name != session.branch]
    if what == "saved":
        return saved_states(run) if run else []
    return list(facts.input.symbols) if what == "symbols" else []


def _columns(console: Console, word: str, end: str = "=") -> list[str]:
    """The columns that the last part of an input may become, such as `wi` in `temperature=20,wi`."""
    signal = console.session.model.facts.input
    cut = word.rfind(",") + 1
    lead, begun = word[:cut], word[cut:]
    given = {part.partition("=")[0] for part in lead.split(",")}
    names = [] if signal.kind == "symbol" else [name for name in signal.names if name not in given]
    return [f"{lead}{name}{end}" for name in names if name.startswith(begun)]


def _references(console: Console, word: str, *, every: bool) -> Iterator[str]:
    """References that begin as the last name in a word does; all before it stays."""
    match = _BEGUN.fullmatch(word)
    lead, begun = (match[1], match[2] or "") if match else (word, "")
    model = console.session.model
    names = list(_units(model, begun, every=every))
    if every:
        names += [name for name in OF_STEP if name not in names] + [f"{name}(" for name in MEASURES]
        if begun.startswith("output["):
            facts = model.facts
            labels = facts.target.symbols if facts.target.kind == "class" else facts.target.names
            names += [f"output[{label}]" for label in labels]
    yield from (lead + name for name in names if name.startswith(begun))


def _units(model: Model, begun: str, *, every: bool) -> Iterator[str]:
    """Parts of the carry and named values; with their layer where several have them, with units where asked for."""
    having: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for layer in model.layers:
        for state in layer.states:
            having.setdefault(state.name, []).append((layer.place, state.shape))
    if every:
        for layer in model.layers:
            for name in layer.machine.program.names:
                if "'" not in name and all(state.name != name for state in layer.states) and name not in having:
                    having[name] = [(at.place, at.layer.graph.names[name].sizes) for at in _with(model, name)]
    for name, places in having.items():
        for place, shape in places:
            whole = f"{name}[{place}]" if len(places) > 1 else name
            yield whole
            if begun.startswith(f"{whole}[") and shape:
                yield from (f"{whole}[{unit}]" for unit in range(min(shape[0], _MOST_UNITS)))


def _with(model: Model, name: str) -> list[ReadyLayer]:
    return [layer for layer in model.layers if name in layer.machine.program.names]


def _files(word: str) -> Iterator[str]:
    """The files and folders that a path begins."""
    try:
        path = Path(word).expanduser()
        folder, begun = (path, "") if word.endswith("/") or not word else (path.parent, path.name)
        inside = sorted(folder.iterdir())
    except (OSError, RuntimeError, ValueError):  # a home that nobody has, a name that no file can have
        return
    lead = word[: len(word) - len(begun)] if begun else word
    for found in inside:
        if found.name.startswith(begun) and (begun or not found.name.startswith(".")):
            yield f"{lead}{found.name}{'/' if found.is_dir() else ''}"
