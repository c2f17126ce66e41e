"""A template -> files on disk: the config, its example data, and the schema that editors check it by."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.templates import Template

SCHEMA = "rnnctl.schema.json"
"""The schema's file, beside the config; the first line of each template names it."""
ENDINGS = (".yaml", ".yml")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Controls and halves of characters: no command that names such a file could be printed."""


class Written(NamedTuple):
    """One file, and what became of it: made, already there just so, brought up to date, or another's and left alone."""

    path: Path
    how: Literal["new", "same", "updated", "foreign"]


class Starter(NamedTuple):
    """What was written."""

    config: Path
    data: Written | None
    schema: Written


def write(template: Template, wanted: str | None, schema: Mapping[str, Any]) -> Starter:
    """Write a template to the file `wanted`, into the folder of that name, or into the current one.

    Nothing is overwritten, but for a schema that rnnctl wrote; no folder is made; all is written, or nothing.
    Errors: UsageError.
    """
    path = _place(template, wanted)
    data = path.with_name(template.data.name) if template.data is not None else None
    content = b"" if template.data is None else template.data.read_bytes()
    if os.path.lexists(path):
        raise _there(template, path)
    if data is not None and os.path.lexists(data) and _read(data) != content:
        message = f"'{data}' is there already, and is not the example that this template reads"
        raise UsageError(Diagnostic(message, help="move it, or write to another folder"))
    made: list[Path] = []
    try:
        about_data = None if data is None else Written(data, _make(data, content, made))
        about_schema = _schema(path.with_name(SCHEMA), schema, made)
        if _make(path, template.text.encode(), made) == "same":
            raise _there(template, path)
    except BaseException:
        for file in made:
            with suppress(OSError):
                file.unlink()
        raise
    return Starter(path, about_data, about_schema)


def as_word(path: Path) -> str:
    """A path as it can be given to a command in a shell."""
    text = str(path)
    return shlex.quote(f".{os.sep}{text}" if text.startswith("-") else text)


def schema_text(schema: Mapping[str, Any]) -> str:
    """The text of the schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _place(template: Template, wanted: str | None) -> Path:
    """The config's path. Errors: UsageError where it can be none."""
    given = f"{template.name}.yaml" if wanted is None else wanted
    if not given or _UNWRITABLE.search(given):
        raise UsageError(f"{given!a} is no name for a file")
    path = Path(given)
    try:
        if path.is_dir():
            path /= f"{template.name}.yaml"
        elif not path.name.endswith(ENDINGS):
            again = f"rnnctl init {template.name} {as_word(path.with_name(path.name + ENDINGS[0]))}"
            raise UsageError(Diagnostic(f"a config ends in .yaml, and '{given}' does not", help=again))
        elif not path.parent.is_dir():
            raise UsageError(Diagnostic(f"there is no folder '{path.parent}'", help=f"mkdir -p {as_word(path.parent)}"))
    except OSError as error:  # a name too long, a folder not to be looked into
        raise _cannot("write", path, error) from None
    return path


def _there(template: Template, path: Path) -> UsageError:
    free = next(other for other in _numbered(path) if not os.path.lexists(other))
    again = f"take another name: rnnctl init {template.name} {as_word(free)}"
    return UsageError(Diagnostic(f"'{path}' is there already, and nothing is overwritten", help=again))


def _numbered(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))


def _make(path: Path, content: bytes, made: list[Path]) -> Literal["new", "same"]:
    """Make a file that is not there, and note it in `made`; one that is there is left as it is."""
    try:
        with path.open("xb") as stream:
            made.append(path)
            stream.write(content)
    except FileExistsError:
        return "same"
    except OSError as error:
        raise _cannot("write", path, error) from None
    return "new"


def _schema(path: Path, schema: Mapping[str, Any], made: list[Path]) -> Written:
    """Write the schema, or bring one up to date that rnnctl wrote; another's is left alone."""
    content = schema_text(schema).encode()
    if _make(path, content, made) == "new":
        return Written(path, "new")
    before = _read(path)
    if before == content:
        return Written(path, "same")
    if not _is_ours(before, schema):
        return Written(path, "foreign")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    _make(aside, content, made)
    try:
        aside.replace(path)
    except OSError as error:
        raise _cannot("write", path, error) from None
    made.remove(aside)
    return Written(path, "updated")


def _is_ours(content: bytes | None, schema: Mapping[str, Any]) -> bool:
    try:
        found = json.loads(content or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("$id") == schema["$id"]


def _read(path: Path) -> bytes | None:
    """What a file holds; None for what is no file, or not to be read."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


def _cannot(do: str, path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot {do} '{path}': {error.strerror or error}")
