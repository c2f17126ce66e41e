"""What a key or a check is, for people and for machines, and all that can be explained."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rnnctl.config.checks import CHECKS, Check
from rnnctl.config.keys import Key, all_keys, inside
from rnnctl.config.keys.related import keys_alike, page_of, related_checks, related_keys
from rnnctl.config.keys.written import example_lines, flow
from rnnctl.report.cells import columns, wrapped
from rnnctl.report.pages import pages, prose_lines, title
from rnnctl.report.strip import Look

_LEAD = 12


def key_lines(key: Key, look: Look) -> Iterator[str]:
    """All that is known of a key."""
    width = look.width - _LEAD
    told = list(prose_lines(key.path, look.width, (key.summary, key.source or "")))
    rows: list[tuple[str, ...]] = [(inner.name, inner.summary) for inner in inside(key.path)]
    checks = [f"{check.id}: {check.summary}" for check in related_checks(key)]
    yield look.strong(key.path)
    yield from wrapped(key.summary, look.width)
    yield ""
    sections: dict[str, list[str]] = {
        "type": wrapped(key.type, width),
        "default": wrapped(_default(key), width),
        "short form": [] if any("Short form" in line for line in told) else wrapped(_short(key), width),
        "source": [] if any("Source: " in line for line in told) else wrapped(key.source or "", width),
        "keys": columns(rows, width),
        "stands in": wrapped(_places(key), width),
        "example": [line for value in key.examples[:2] for line in example_lines(key, value)],
        "checks": [
            line
            for check in checks
            for line in textwrap.wrap(check, width, subsequent_indent="  ", break_on_hyphens=False)
        ],
        "see also": [*wrapped(", ".join(related_keys(key)), width), *_commands(key)],
    }
    yield from _titled(sections, look)
    yield from told


def key_record(key: Key) -> dict[str, Any]:
    """All that is known of a key, as plain values; without a default there is none."""
    return {
        "kind": "key",
        "topic": key.path,
        "summary": key.summary,
        "type": key.type,
        "required": key.required,
        **({} if key.default is ... else {"default": key.default}),
        "choices": list(key.choices),
        "short": key.short,
        "examples": list(key.examples),
        "source": key.source,
        "keys": [inner.path for inner in inside(key.path)],
        "related": related_keys(key),
        "checks": [check.id for check in related_checks(key)],
        "page": page_of(key),
    }


def check_lines(check: Check, look: Look) -> Iterator[str]:
    """All that is known of a check."""
    width = look.width - _LEAD
    yield look.strong(check.id)
    yield from wrapped(check.summary, look.width)
    yield ""
    silenced = f"ignore: [{check.id}]" if check.severity == "warning" else ""
    sections: dict[str, list[str]] = {
        "severity": [check.severity],
        "why": wrapped(check.why, width),
        "example": check.example.rstrip("\n").split("\n"),
        "instead": wrapped(check.instead, width),
        "silenced": [silenced],
    }
    yield from _titled(sections, look)


def check_record(check: Check) -> dict[str, Any]:
    """All that is known of a check, as plain values."""
    return {"kind": "check", "topic": check.id, **{k: v for k, v in check._asdict().items() if k != "id"}}


def topics() -> list[dict[str, str]]:
    """All that can be explained: keys down to the layers and the parts of a cell, checks, and pages."""
    keys = [key for key in all_keys().values() if not re.match(r"model\.chain\.\w+\.|cells\.NAME\.\w+\.", key.path)]
    return [
        *({"kind": "key", "topic": key.path, "summary": key.summary} for key in keys),
        *({"kind": "check", "topic": check.id, "summary": check.summary} for check in CHECKS.values()),
        *({"kind": "page", "topic": page, "summary": title(page)} for page in pages()),
    ]


def topic_lines(found: list[dict[str, str]], look: Look) -> Iterator[str]:
    """All that can be explained, by what it is; keys under those that they stand in."""
    for kind, heading in (("key", "Keys"), ("check", "Checks"), ("page", "Pages")):
        yield look.strong(heading)
        rows: list[tuple[str, ...]] = []
        for path, summary in ((topic["topic"], topic["summary"]) for topic in found if topic["kind"] == kind):
            rows.append(("  " * path.count(".") + path.rpartition(".")[2], summary))
        yield from (f"  {line}" for line in columns(rows, look.width - 2))
        yield ""
    yield from wrapped(_FOOT, look.width)


_FOOT = (
    "`rnnctl explain training.window`, or the last part of a path alone, tells more; so does the name of a check or "
    "of a page."
)


def _titled(sections: Mapping[str, list[str]], look: Look) -> Iterator[str]:
    """Lines with a heading beside the first of each section; sections without any are left out."""
    for heading, lines in sections.items():
        lead = look.faint(f"{heading:<{_LEAD - 2}}")
        for line in lines if any(lines) else []:
            yield f"{lead}  {line}"
            lead = " " * (_LEAD - 2)


def _short(key: Key) -> str:
    """What a value alone stands for in the place of a mapping."""
    named = [inner.name for inner in inside(key.path) if inner.name in key.choices]
    if named:
        return f"`{key.name}: {named[0]}` is `{key.name}: {{{named[0]}: {{}}}}`"
    if key.short is None:
        return ""
    value = next((e for e in key.examples if not isinstance(e, Mapping)), key.example)
    inner = all_keys()[f"{key.path}.{key.short}"]
    whole = [value] if inner.form.types == ("array",) and not isinstance(value, list) else value
    return f"`{key.name}: {flow(value)}` is `{key.name}: {{{key.short}: {flow(whole)}}}`"


def _default(key: Key) -> str:
    """What holds without a key, and without its like elsewhere where that is another value."""
    if key.required:
        return "must be given"
    others = [f"in {_home(k)} {flow(k.default)}" for k in keys_alike(key) if k.default not in (..., key.default)]
    return "" if key.default is ... else "; ".join([flow(key.default), *others])


def _places(key: Key) -> str:
    """What a key stands in, where there are several of its kind."""
    return ", ".join(_home(k) for k in keys_alike(key)) if len(keys_alike(key)) > 1 else ""


def _home(key: Key) -> str:
    return key.parent.rpartition(".")[2]


def _commands(key: Key) -> list[str]:
    """The commands that tell more."""
    layer = re.fullmatch(r"model\.chain\.(\w+)", key.path)
    equations = [f"`rnnctl cells show {key.name}` for its equations"] if layer and key.source else []
    return [*equations, f"`rnnctl explain {page_of(key)}`, a page"]
