"""The parser's events -> nodes, within bounds.

The composer is ours because PyYAML's lets the last of two equal keys win and overflows the process's stack on
deep input. Events arrive one by one, so that a bound stops the parser too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, NoReturn

import yaml

from rnnctl.document.nodes import Alias, Entry, Mapping, Node, Scalar, Sequence, behind
from rnnctl.document.scalars import TAG, Misread, resolve, resolve_tagged
from rnnctl.document.source import Source, Span, shown
from rnnctl.errors import nearest

MAX_DEPTH = 64
MAX_NODES = 200_000
_MAX_GUESSES = 100  # names to look through, and letters in them, for what a misspelt one may stand for

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROPERTIES = re.compile(r"(?:(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*)(?:\s+(?:#.*)?)*)*")
_TAG = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SCALAR_KINDS = frozenset(TAG + kind for kind in ("str", "int", "float", "bool", "null"))


def compose(source: Source) -> Node | None:
    """Compose the root of the one document that a text holds, or None where it holds nothing.

    Raises a ConfigError for what is not YAML, not in our dialect of it, or beyond the bounds.
    """
    return _Composer(source).root()


class _Anchored(NamedTuple):
    node: Node
    size: int


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.events = _events(source)
        self.count = 0
        self.anchors: dict[str, _Anchored] = {}
        self.unfinished: set[str] = set()

    def root(self) -> Node | None:
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        root = self.node(next(self.events), depth=1)
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.fail("a second document starts here", _marked(after), "keep one document in a file")
        return root

    def fail(self, message: str, span: Span, advice: str | None = None) -> NoReturn:
        raise self.source.error(message, span, advice)

    def node(self, event: yaml.Event, depth: int) -> Node:
        """Compose the node that starts with an event; a collection would be the `depth`-th from the root."""
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            raise TypeError(event)
        before = self.count
        self.tally(1, event)
        if event.anchor:
            self.unfinished.add(event.anchor)
        node = self.scalar(event) if isinstance(event, yaml.ScalarEvent) else self.collection(event, depth)
        if event.anchor:
            self.unfinished.discard(event.anchor)
            self.anchors[event.anchor] = _Anchored(node, self.count - before)
        return node

    def tally(self, nodes: int, event: yaml.Event) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            expanded = " once its aliases are expanded" if isinstance(event, yaml.AliasEvent) else ""
            self.fail(f"the file holds more than {MAX_NODES:,} values{expanded}", self.first_token(event))

    def too_deep(self, event: yaml.Event) -> NoReturn:
        self.fail(f"values are nested more than {MAX_DEPTH} levels deep", self.first_token(event))

    def alias(self, event: yaml.AliasEvent, depth: int) -> Alias:
        name, span = event.anchor or "", _marked(event)
        if name in self.unfinished:
            self.fail("this alias stands inside the value that it names", span)
        if name not in self.anchors:
            close = nearest(name, islice(self.anchors, _MAX_GUESSES)) if len(name) <= _MAX_GUESSES else None
            advice = f"did you mean *{close}?" if close else "put text that starts with '*' in quotes"
            self.fail("no value above has this name", span, advice)
        anchored = self.anchors[name]
        self.tally(anchored.size, event)
        if depth - 1 + anchored.node.height > MAX_DEPTH:
            self.too_deep(event)
        return Alias(span, anchored.node, anchored.node.height)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        span = self.content(event)
        tag, style = event.tag, event.style or ""
        if tag and tag not in _SCALAR_KINDS:
            self.unknown_tag(event)
        if _SURROGATE.search(event.value):  # libyaml refuses these itself
            self.fail("half of a surrogate pair is not a character", span)
        if style in ("|", ">"):
            header = _BLOCK_HEADER.match(self.source.text, span.start)
            span = Span(span.start, header.end() if header else span.end)
        value = resolve_tagged(event.value, tag) if tag else event.value if style else resolve(event.value)
        if isinstance(value, Misread):
            self.fail(value.message, span, value.advice)
        return Scalar(span, value, event.value, style)

    def collection(self, event: yaml.CollectionStartEvent, depth: int) -> Sequence | Mapping:
        if depth > MAX_DEPTH:
            self.too_deep(event)
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        if event.tag and event.tag != TAG + ("seq" if is_sequence else "map"):
            self.unknown_tag(event)
        return self.sequence(event, depth) if is_sequence else self.mapping(event, depth)

    def sequence(self, event: yaml.CollectionStartEvent, depth: int) -> Sequence:
        items = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(item, depth + 1))
        return Sequence(self.first_token(event), tuple(items), 1 + _highest(items))

    def mapping(self, event: yaml.CollectionStartEvent, depth: int) -> Mapping:
        first: Span | None = None
        merge: Span | None = None
        merged: dict[str, Entry] = {}
        entries: dict[str, Entry] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if _is_merge(key):
                span = _marked(key)
                self.once("<<", span, merge)
                merge = span
                self.tally(1, key)
                merged = self.merged(span, self.node(next(self.events), depth + 1))
            else:
                name, span = self.key(key, depth)
                self.once(name, span, entries[name].key if name in entries else None)
                entries[name] = Entry(span, self.node(next(self.events), depth + 1))
            first = first or span
        start = self.first_token(event)
        if first and self.source.text[start.start : start.end] != "{":
            start = first
        entries = {**merged, **entries}
        return Mapping(start, entries, 1 + _highest([entry.value for entry in entries.values()]))

    def key(self, event: yaml.Event, depth: int) -> tuple[str, Span]:
        if isinstance(event, yaml.CollectionStartEvent):
            kind = "a list" if isinstance(event, yaml.SequenceStartEvent) else "a mapping"
            self.fail(f"a key must be text, not {kind}", self.first_token(event))
        if isinstance(event, yaml.ScalarEvent) and not event.tag and not event.style:
            self.check_plain_key(event)
        node = self.node(event, depth)
        scalar = behind(node)
        if not isinstance(scalar, Scalar) or not isinstance(scalar.value, str):
            self.fail("a key must be text", node.span)
        return scalar.value, node.span

    def check_plain_key(self, event: yaml.ScalarEvent) -> None:
        span = self.content(event)
        if not event.value:
            self.fail("a key is missing before this ':'", span)
        value = resolve(event.value)
        if not isinstance(value, str):
            kind = "null" if value is None else "a boolean" if isinstance(value, bool) else "a number"
            text = self.source.text[span.start : span.end]
            self.fail(f"a key must be text, and {shown(text)} is {kind}", span, f'write "{shown(text)[1:-1]}":')

    def once(self, name: str, second: Span, first: Span | None) -> None:
        if first is not None:
            self.fail(
                f"the key {shown(name)} stands twice in one mapping",
                second,
                f"it stands first on line {self.source.line(first.start)}; keep one of the two",
            )

    def merged(self, key: Span, node: Node) -> dict[str, Entry]:
        """Collect what `<<` brings in, at the place of the `<<`; the first of two mappings wins."""
        content = behind(node)
        parts: tuple[Node, ...] = content.items if isinstance(content, Sequence) else (node,)
        entries: dict[str, Entry] = {}
        for part in parts:
            mapping = behind(part)
            if not isinstance(mapping, Mapping):
                self.fail("'<<' merges mappings only", part.span, "write <<: *name or <<: [*a, *b]")
            used = node if isinstance(node, Alias) else part
            for name, entry in mapping.entries.items():
                value = entry.value
                if isinstance(used, Alias):
                    value = Alias(used.span, value, value.height)
                entries.setdefault(name, Entry(key, value))
        return entries

    def unknown_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> NoReturn:
        found = _TAG.search(self.source.text, _marked(event).start)
        span = Span(*found.span()) if found else _marked(event)
        written = self.source.text[span.start : span.end]
        self.fail(
            f"the tag {shown(written)} is not accepted here",
            span,
            "remove it, or put text that starts with '!' in quotes",
        )

    def content(self, event: yaml.Event) -> Span:
        """Cut its anchor and tag from what an event covers, unless nothing else is left."""
        span = _marked(event)
        if not (getattr(event, "anchor", None) or getattr(event, "tag", None)):
            return span
        found = _PROPERTIES.match(self.source.text, span.start, span.end)
        start = found.end() if found else span.start
        return Span(start, span.end) if start < span.end else span

    def first_token(self, event: yaml.Event) -> Span:
        if isinstance(event, yaml.CollectionStartEvent):
            start = self.content(event).start
            return Span(start, start + 1)
        return _marked(event)


def _events(source: Source) -> Iterator[yaml.Event]:
    last = Span(0, 1)
    try:
        for event in yaml.parse(source.text, Loader=PARSER):
            last = _marked(event)
            yield event
    except yaml.MarkedYAMLError as error:
        from rnnctl.document.syntax import syntax_error  # here, since only an error needs it

        raise syntax_error(source, error) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # a code in a tag or an escape that is no character
        raise source.error("what follows this is not valid text", last) from None


def _is_merge(event: yaml.Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent):
        return False
    return event.value == "<<" and not event.style and not event.tag


def _marked(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.index if start else 0, end.index if end else 0)


def _highest(nodes: list[Node]) -> int:
    return max((node.height for node in nodes), default=0)
