"""`rnnctl explain [TOPIC…]`: what a key of a config means, what a check looks for, or what a page says."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from rnnctl.catalogue.reader import SECTIONS
from rnnctl.cli.arguments import Json
from rnnctl.config.checks import CHECKS, Check
from rnnctl.config.expect.promises import SPLITS
from rnnctl.config.expect.sections import MetricBound
from rnnctl.config.keys import Key, all_keys
from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.report.explain import check_lines, check_record, key_lines, key_record, topic_lines, topics
from rnnctl.report.pages import page_lines, pages
from rnnctl.report.strip import Look, look_at


def command(
    topics_: Annotated[
        list[str] | None,
        typer.Argument(metavar="TOPIC", help="A key, a layer, a task, a check or a page.", show_default=False),
    ] = None,
    json_: Json = False,
) -> None:
    """Explain a key of a config, such as training.window; a layer, a task, a check or a page. Without any, list all."""
    look = look_at(sys.stdout)
    if not topics_:
        found = topics()
        print(json.dumps(found) if json_ else "\n".join(topic_lines(found, look)))
        return
    explained = [_named(topic) for topic in topics_]
    if json_:
        print(json.dumps([_record(what) for what in explained]))
        return
    print("\n\n".join("\n".join(_lines(what, look)) for what in explained))


def _lines(what: Key | Check | str, look: Look) -> Iterator[str]:
    if isinstance(what, Key):
        return key_lines(what, look)
    return check_lines(what, look) if isinstance(what, Check) else page_lines(what, look)


def _record(what: Key | Check | str) -> dict[str, Any]:
    if isinstance(what, Key):
        return key_record(what)
    return check_record(what) if isinstance(what, Check) else {"kind": "page", "topic": what, "text": pages()[what]}


def _named(topic: str) -> Key | Check | str:
    """What a topic names: a key by its path or the end of it, a check or a page. Errors: UsageError."""
    keys = all_keys()
    path = _path(topic)
    if path in keys:
        return keys[path]
    check: Check | None = CHECKS.get(topic)
    if check is not None:
        return check
    if topic in pages():
        return topic
    for home in ("model.chain", "data.task"):
        if f"{home}.{topic}" in keys:
            return keys[f"{home}.{topic}"]
    found = _alike([key for key in keys.values() if f".{key.path}".endswith(f".{path}")])
    if len(found) == 1:
        return found[0]
    if found:
        listing = ", ".join(key.path for key in found)
        raise UsageError(Diagnostic(f"'{topic}' is the end of several paths", help=f"one of {listing}"))
    known = {key.name: key.path for key in keys.values()} | {name: name for name in (*keys, *CHECKS, *pages())}
    guess = nearest(topic, known)
    listing = "`rnnctl explain` lists all that can be explained"
    help_text = f"did you mean '{known[guess]}'? {listing}" if guess else listing
    raise UsageError(Diagnostic(f"there is nothing to explain called '{topic}'", help=help_text))


def _path(topic: str) -> str:
    """A path as keys have it: without positions in lists, and without the names that are the user's."""
    parts = [part for part in re.sub(r"\[\d+\]", "", topic).split(".") if not part.isdigit()]
    if parts[0] == "cells" and len(parts) > 1:
        parts[1:2] = ["NAME", parts[1]] if len(parts) == 2 and parts[1] in SECTIONS else ["NAME"]
        if len(parts) > 3 and parts[2] in ("inputs", "options", "state", "parameters", "draws"):
            parts[3] = "NAME"
    if parts[0] in SPLITS and len(parts) > 1:
        parts.insert(0, "expect")
    if parts[0] == "expect" and len(parts) > 1 and parts[1] in SPLITS:
        last = parts[-1:] if len(parts) > 3 and parts[-1] in MetricBound.model_fields else []
        parts[1:] = ["NAME", *last]
    return ".".join(parts)


def _alike(found: list[Key]) -> list[Key]:
    """Of keys that say the same, as the sizes of all layers do, one: that of the LSTM, if it is among them."""
    first: dict[tuple[str, str], Key] = {}
    for key in found:
        if ".lstm." in key.path or (key.name, key.summary) not in first:
            first[key.name, key.summary] = key
    return list(first.values())
