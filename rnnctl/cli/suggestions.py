"""What may stand for a value on the command line: runs, configs, settings, layers, templates, topics.

Each source looks only at what it needs, and is light: a completion has a fraction of a second. Where a folder or a
config cannot be read it has nothing to say.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rnnctl.cli.signatures import PACKAGE, Parameter

SETTINGS = Path(__file__).with_name("settings.json")
"""What is known of the keys of a config, written out since to work it out takes too long."""
_PLAIN = re.compile(r"[\w.+-]+")
"""Values that need no quotes."""
LARGEST = 100_000
"""A config of more bytes is not looked into."""
MOST = 1000
"""So many files of a folder are looked at."""


class Candidate(NamedTuple):
    """What a word may become, and what that is."""

    value: str
    help: str = ""


class Asked(NamedTuple):
    """What was typed of the value, and what the command was given before, by parameter."""

    typed: str
    given: Mapping[str, Sequence[str]]

    def path(self, parameter: str) -> Path | None:
        """The path that was given for a parameter."""
        given = self.given.get(parameter)
        return Path(given[-1]).expanduser() if given else None


Source = Callable[[Asked], Iterable[Candidate]]


def source_of(command: tuple[str, ...], parameter: Parameter) -> Source | None:
    """Where the candidates for a parameter of a command come from; None where only the user knows."""
    for name in (*parameter.options, parameter.metavar.strip("[].")):
        for key in ((" ".join(command), name), ("", name)):
            if key in SOURCES:
                return SOURCES[key]
    return None


def configs(asked: Asked) -> Iterator[Candidate]:
    """The YAML files, and the folders, that a path may go on to."""
    folder, _, name = asked.typed.rpartition("/")
    if folder.startswith("~"):  # the shell is better at homes
        return
    for entry in _entries(folder + "/" if asked.typed.startswith("/") or folder else "."):
        if entry.name.startswith(".") and not name.startswith("."):
            continue
        path = asked.typed[: len(asked.typed) - len(name)] + entry.name
        if entry.name.endswith((".yaml", ".yml")):
            yield Candidate(path)
        elif entry.is_dir() and entry.name != "__pycache__":
            yield Candidate(path + "/")


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry, _ in zip(found, range(MOST), strict=False)), key=lambda entry: entry.name)
    except OSError:
        return []


def runs(asked: Asked) -> Iterator[Candidate]:
    """The runs by their names, the newest first."""
    from rnnctl.runs.listing import FOLDER, run_folders

    for path in reversed(run_folders(asked.path("runs") or FOLDER)):
        yield Candidate(path.name)


def runs_and_configs(asked: Asked) -> Iterator[Candidate]:
    """Runs by their names, and config files."""
    yield from runs(asked)
    yield from configs(asked)


def sessions(asked: Asked) -> Iterator[Candidate]:
    """The sessions of the run, or of the newest one."""
    from rnnctl.runs.listing import FOLDER, is_run, run_folders

    root, run = asked.path("runs") or FOLDER, asked.path("run")
    where = [path for path in (run, root / run) if is_run(path)] if run is not None else run_folders(root)[-1:]
    for folder in where[:1]:
        for entry in _entries(str(folder / "sessions")):
            if entry.name.endswith(".safetensors"):
                yield Candidate(entry.name.removesuffix(".safetensors"))


def layers(asked: Asked) -> Iterator[Candidate]:
    """The layers of the catalogue, and those of the config that was given."""
    yield from (Candidate(path.stem) for path in sorted((PACKAGE / "catalogue").glob("*.yaml")))
    cells = _written(asked).get("cells")
    yield from map(Candidate, cells if isinstance(cells, dict) else ())


def templates(_: Asked) -> Iterator[Candidate]:
    """What `init` may begin with."""
    from rnnctl.templates import names, template

    return (Candidate(name, template(name).summary) for name in names())


def topics(asked: Asked) -> Iterator[Candidate]:
    """What `explain` explains: keys, one level further than was typed, layers and tasks, checks, and pages."""
    known, typed = _known(), asked.typed
    for path, (summary, *_) in known["keys"].items():
        if path.count(".") <= typed.count(".") + 1:
            yield Candidate(path, summary)
        above, _, name = path.rpartition(".")
        if above in ("model.chain", "data.task"):
            yield Candidate(name, summary)
    yield from (Candidate(name, summary) for name, summary in known["checks"].items())
    yield from (Candidate(page.stem) for page in sorted((PACKAGE / "docs").glob("*.md")))


@cache
def _known() -> Mapping[str, Mapping[str, Any]]:
    """Of each key its summary, whether it may be set to a value, and values; of each check its summary."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(SETTINGS.read_bytes())
    return found


def _written(asked: Asked) -> Mapping[str, Any]:
    """What stands in the config that the command was given, or in that of the run; nothing where it cannot be read."""
    from rnnctl.runs.listing import FOLDER, is_run

    named = next(filter(None, map(asked.path, ("config", "configs", "resume", "b", "a"))), None)
    if named is None:
        return {}
    root = asked.path("runs") or FOLDER
    file = next((run / "resolved.yaml" for run in (named, root / named) if is_run(run)), named)
    if not file.is_file() or file.stat().st_size > LARGEST:
        return {}
    from rnnctl.document import load
    from rnnctl.errors import RnnctlError

    try:
        value: Mapping[str, Any] = load(file).value
    except RnnctlError:
        return {}
    return value


def settings(asked: Asked) -> Iterator[Candidate]:
    """What may be set, part by part of its path; behind the `=`, its values."""
    written = _written(asked)
    path, equals, _ = asked.typed.partition("=")
    steps = _with_metric(path.split("."), written)
    if equals:
        yield from (Candidate(f"{path}={value}") for value in _values(steps, written, columns(asked, written)))
        return
    lead = path[: len(path) - len(steps[-1])]
    if "" in steps[:-1]:
        return
    if steps[:-1] == ["expect"]:
        summary = _known()["keys"]["expect.NAME"][0]
        yield from (Candidate(f"{lead}{name}.", summary) for name in _metrics(steps[-1], written))
    for name, summary, opens in _parts(_at(written, steps[:-1]), _general(steps[:-1])):
        yield Candidate(f"{lead}{name}{'.' if opens else '='}", summary)
        if name == steps[-1] and not name.isdecimal():  # the whole name is there: then both ways to go on
            other = _has_keys(_general(steps)) if not opens else _is_settable(_general(steps))
            yield from [Candidate(f"{lead}{name}{'=' if opens else '.'}", summary)] if other else []


def _with_metric(steps: list[str], written: Mapping[str, Any]) -> list[str]:
    """The steps of a path, those that name a metric joined: its key, `test.mse`, has a point in it."""
    if steps[0] != "expect" or len(steps) < 3 or steps[1] not in ("test", "valid", "train"):
        return steps
    expect = written.get("expect")
    known = {*(expect if isinstance(expect, dict) else ()), *_known()["keys"]["expect.NAME"][2]}
    whole = max((i for i in range(3, len(steps)) if ".".join(steps[1:i]) in known), default=len(steps))
    return ["expect", ".".join(steps[1:whole]), *steps[whole:]]


def _metrics(typed: str, written: Mapping[str, Any]) -> list[str]:
    """The metrics of the split that is typed, but those that are written; the splits where there is no point."""
    split, point, _ = typed.partition(".")
    if not point:
        return ["test", "valid", "train"]
    mine = _at(written, ["expect"]) or ()
    return [name for name in _known()["keys"]["expect.NAME"][2] if name.startswith(f"{split}.") and name not in mine]


def _parts(here: Any, general: str) -> Iterator[tuple[str, str, bool]]:
    """What a path may go on with: its name, what it is, and whether it opens to further keys or is set to a value.

    `here` is what the config has at the path, `general` is the path as the keys have it.
    """
    if isinstance(here, list):
        for i, item in enumerate(here):
            opens = isinstance(item, dict | list)
            yield str(i), str(next(iter(item), "") if opens else item), opens
        return
    mine: dict[str, Any] = here if isinstance(here, dict) else {}
    lead = f"{general}." if general else ""
    known = {key.removeprefix(lead): key for key in _known()["keys"] if key.startswith(lead)}
    known = {name: key for name, key in known.items() if "." not in name and name != "NAME" and key != general}
    if general == "model.chain":  # a layer stands in an item, which has a number
        known = {name: key for name, key in known.items() if name in mine}
    for name in dict.fromkeys([*mine, *known]):
        key = known.get(name, "")
        summary, settable, _ = _known()["keys"].get(key, ("", not isinstance(mine.get(name), list), ()))
        opens = isinstance(mine.get(name), dict) or not settable
        if name in mine or not opens or _has_keys(key):
            yield name, summary, opens


def _at(written: Any, steps: Sequence[str]) -> Any:
    """What a config has at a path."""
    for step in steps:
        if isinstance(written, list) and step.isdecimal() and int(step) < len(written):
            written = written[int(step)]
        elif isinstance(written, dict) and step in written:
            written = written[step]
        else:
            return None
    return written


def _general(steps: Sequence[str]) -> str:
    """A path as the keys have it: an item's number does not count, nor which member a layer is in; names are NAME."""
    path, keys = "", _known()["keys"]
    for step in steps:
        ways = (
            f"{path}.{step}".lstrip("."),
            f"{path}.NAME",
            f"model.chain.{step}" if path.startswith("model.") else "",
        )
        if not step.isdecimal():
            path = next((way for way in ways if way in keys), ways[0])
    return path


def _has_keys(path: str) -> bool:
    """Whether there are keys in this one with names of their own."""
    return any(key.startswith(f"{path}.") and not key.startswith(f"{path}.NAME") for key in _known()["keys"])


def _is_settable(path: str) -> bool:
    return path in _known()["keys"] and bool(_known()["keys"][path][1])


_COLUMNS = (
    *("data.id", "data.time", "data.input", "data.input.columns", "data.target", "data.target.column"),
    *("data.target.columns", "data.target.where", "training.reset.before", "training.reset.after"),
)
"""Keys whose values are columns of the CSV file, and the user's to name."""


def columns(asked: Asked, written: Mapping[str, Any]) -> list[str]:
    """The columns of the CSV file that a config names, as far as they need no quotes."""
    named = next(filter(None, map(asked.path, ("config", "configs", "b", "a"))), None)
    csv = _at(written, ["data", "csv"])
    if not isinstance(csv, str) or (named is None and not Path(csv).is_absolute()):
        return []
    path = (named.parent if named else Path()) / csv
    try:
        if not path.is_file():  # a pipe would be waited for
            return []
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline(LARGEST)
    except (OSError, ValueError):
        return []
    return [name for name in (cell.strip().strip('"') for cell in header.split(",")) if _PLAIN.fullmatch(name)]


def _values(steps: Sequence[str], written: Mapping[str, Any], columns_: Sequence[str]) -> Iterator[str]:
    """Values of a key on one line, that of the config first; of a key that names columns, those of the file."""
    now = _at(written, steps)
    text = json.dumps(now) if isinstance(now, bool | int | float) else now
    if isinstance(text, str) and _PLAIN.fullmatch(text):
        yield text
    if _general(steps) in _COLUMNS:
        yield from (f"[{name}]" if steps[-1] == "columns" else name for name in columns_ if name != text)
        return
    yield from (value for value in _known()["keys"].get(_general(steps), ("", False, ()))[2] if value != text)


def orders(_: Asked) -> Iterator[Candidate]:
    """What runs may be put in order by: what all of them have, and settings."""
    yield from (
        Candidate(name) for name in ("created", "name", "status", "epoch", "test.loss", "test.mse", "test.accuracy")
    )
    yield from (Candidate(path, known[0]) for path, known in _known()["keys"].items() if known[1])


def trackers(_: Asked) -> Iterator[Candidate]:
    """What training may tell."""
    yield Candidate("tensorboard", "Event files in RUN/tensorboard.")
    yield Candidate("mlflow", "MLflow as it is set up.")
    yield Candidate("mlflow=", "MLflow in a folder, a database or a server.")
    yield Candidate("none", "A run that goes on without its trackers.")


SOURCES: Mapping[tuple[str, str], Source] = {
    ("", "CONFIG"): configs,
    ("", "RUN"): runs,
    ("", "CONFIG|RUN"): runs_and_configs,
    ("check", "PATH"): configs,
    ("diff", "A"): runs_and_configs,
    ("diff", "B"): runs_and_configs,
    ("", "--set"): settings,
    ("", "--session"): sessions,
    ("", "--name"): runs,
    ("", "--where"): settings,
    ("", "--sort"): orders,
    ("train", "--track"): trackers,
    ("cells show", "NAME"): layers,
    ("init", "TEMPLATE"): templates,
    ("explain", "TOPIC"): topics,
}
"""By command and parameter, an option by its name and an argument by its metavar; "" is every command."""
