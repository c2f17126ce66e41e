"""One value over another: mappings key by key, of choices the later one, and lists where they say how.

Scalars and lists take the place of what was there. A mapping is merged into what was there, of which a short form
is written out first. Where a list was there, `append` and `prepend` add to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnctl.config.composition.forms import FREE, Form, as_list, inside, lifted, without_others, written_out
from rnnctl.document.nodes import Broken, Entry, Mapping, Node, Scalar, Sequence, behind
from rnnctl.document.source import Span

ADDING = ("prepend", "append")
"""The keys of a mapping that adds to a list."""


@dataclass(frozen=True)
class Rules:
    """What merging asks of others.

    `opened` gives a value with its references followed, `short_of` the option that a value behind a layer's name
    stands for, and `wrong` notes a mistake at a stretch, in whose place it gives what could not be read.
    """

    opened: Callable[[Node], Node]
    short_of: Callable[[str], str | None]
    wrong: Callable[[str, Span, str | None], Broken]


def merge(base: Node | None, over: Node, form: Form, rules: Rules) -> Node:
    """A value over another, of which there may be none."""
    if base is None:
        return over
    opened = rules.opened(over)
    if not isinstance(opened, Mapping):
        return over
    base = rules.opened(base)
    if isinstance(base, Broken):
        return over
    if (parts := _adding(opened)) is not None:
        added = _added(base, parts, form, rules)
        if added is not None:
            return added
    under = written_out(form, base)
    if under is None:
        return over
    under, upper = lifted(form, under, opened.entries), lifted(form, opened, under.entries)
    chosen = upper.entries if form.single else {k for k, e in upper.entries.items() if not is_null(e.value)}
    entries = without_others(form, under.entries, tuple(chosen))
    for name, entry in upper.entries.items():
        before = entries.get(name)
        value = merge(before and before.value, entry.value, inside(form, name, rules.short_of), rules)
        entries[name] = Entry(entry.key, value, entry.written)
    return Mapping(upper.span, entries, 1 + highest(entries), under.whole and upper.whole)


def is_null(node: Node) -> bool:
    """Whether a value is null."""
    value = behind(node)
    return isinstance(value, Scalar) and value.value is None


def highest(entries: dict[str, Entry]) -> int:
    """The height of the highest value of a mapping."""
    return max((entry.value.height for entry in entries.values()), default=0)


def _adding(node: Mapping) -> Mapping | None:
    """A mapping that adds to a list, if it is one."""
    return node if node.entries and any(key in node.entries for key in ADDING) else None


def _added(base: Node, parts: Mapping, form: Form, rules: Rules) -> Node | None:
    """A list with what is put before it and behind it; None where there is no list."""
    items = as_list(form, base)
    if items is None and form.short is not None:  # a list in a mapping that may be written as the list alone
        whole = written_out(form, base)
        entry = whole and whole.entries.get(form.short)
        inner = entry and _added(rules.opened(entry.value), parts, form.inner.get(form.short, FREE), rules)
        if whole and entry and inner:
            entries = {**whole.entries, form.short: entry._replace(value=inner)}
            return Mapping(whole.span, entries, 1 + highest(entries), whole.whole)
    if items is None:
        return None
    for key, entry in parts.entries.items():
        if key not in ADDING:
            message = f"beside {' and '.join(k for k in ADDING if k in parts.entries)} nothing else can stand here"
            return rules.wrong(message, entry.key, "there is a list in a file that this one extends")
    front, back = (_items(parts.entries.get(key), form, rules) for key in ADDING)
    if isinstance(front, Broken) or isinstance(back, Broken):
        return front if isinstance(front, Broken) else back
    every = (*front.items, *items.items, *back.items)
    return Sequence(parts.span, every, 1 + max((item.height for item in every), default=0))


def _items(entry: Entry | None, form: Form, rules: Rules) -> Sequence | Broken:
    """The items that a key adds."""
    if entry is None:
        return Sequence(Span(0, 0), (), 1)
    value = rules.opened(entry.value)
    items = as_list(form, value)
    if items is not None:
        return items
    if isinstance(behind(value), Broken):
        return Broken(value.span)
    return rules.wrong("a list is added to a list", value.span, "write it in brackets: [a, b]")


LISTS = (
    ("model", "chain"),
    ("data", "input"),
    ("data", "input", "columns"),
    ("data", "target", "columns"),
    ("data", "text"),
    ("data", "text", "files"),
    ("expect", "transcript"),
    ("ignore",),
)
"""The keys under which a list may stand."""


def nothing_to_add_to(root: Mapping, rules: Rules) -> Mapping:
    """Note each mapping that adds to a list where there is none."""
    for path in LISTS:
        root = _checked(root, path, rules)
    return root


def _checked(node: Mapping, path: tuple[str, ...], rules: Rules) -> Mapping:
    entry = node.entries.get(path[0])
    value = entry and rules.opened(entry.value)
    if entry is None or not isinstance(value, Mapping):
        return node
    checked: Node
    if len(path) > 1:
        checked = _checked(value, path[1:], rules)
        if checked is value:
            return node
    elif (key := next((key for key in ADDING if key in value.entries), None)) is not None:
        message, advice = f"there is no list here to {key} to", "write the list itself"
        checked = rules.wrong(message, value.entries[key].key, advice)
    else:
        return node
    return node._replace(entries={**node.entries, path[0]: entry._replace(value=checked)})
