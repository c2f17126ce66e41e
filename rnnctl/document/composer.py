"""The parser's events -> nodes, within bounds.

The composer is ours because PyYAML's lets the last of two equal keys win and overflows the process's stack on
deep input. Events arrive one by one, so that a bound stops the parser too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import yaml

from rnnctl.document.mistakes import Mistakes
from rnnctl.document.nodes import Alias, Broken, Entry, Mapping, Node, Scalar, Sequence, behind
from rnnctl.document.scalars import TAG, Misread, resolve, resolve_tagged
from rnnctl.document.source import Source, Span, shown
from rnnctl.errors import ConfigError, nearest

MAX_DEPTH = 64
MAX_NODES = 50_000
_MAX_GUESSES = 100  # names to look through, and letters in them, for what a misspelt one may stand for

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROPERTIES = re.compile(r"(?:(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*)(?:\s+(?:#.*)?)*)*")
_TAG = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SCALAR_KINDS = frozenset(TAG + kind for kind in ("str", "int", "float", "bool", "null"))


class _Anchored(NamedTuple):
    node: Node
    size: int
    origin: str
    written: Span


class Composer:
    """Reads the events of a text; what is wrong with single values and keys goes to `mistakes`.

    A text is `damaged` where `REPLACEMENT` may stand for a character of the file that no parser takes.
    """

    def __init__(self, source: Source, mistakes: Mistakes, *, damaged: bool) -> None:
        self.source = source
        self.mistakes = mistakes
        self.damaged = damaged
        self.events = _events(source)
        self.count = 0
        self.anchors: dict[str, _Anchored] = {}
        self.unfinished: set[str] = set()

    def root(self) -> Node | None:
        """Compose the document, None where the text holds nothing. Errors: ConfigError."""
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        root = self.node(next(self.events), depth=1)
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.mistakes.add("a second document starts here", _marked(after), "keep one document in a file")
            root = root._replace(whole=False) if isinstance(root, Mapping) else root  # what it lacks may stand there
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        """Compose the node that starts with an event; a collection would be the `depth`-th from the root."""
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            raise TypeError(event)
        before = self.count
        self.tally(1, event)
        if not event.anchor:
            return self.scalar(event) if isinstance(event, yaml.ScalarEvent) else self.collection(event, depth)
        start = self.source.text.find(f"&{event.anchor}", _marked(event).start)
        span = Span(start, start + 1 + len(event.anchor))
        self.unfinished.add(event.anchor)
        node = self.scalar(event) if isinstance(event, yaml.ScalarEvent) else self.collection(event, depth)
        self.unfinished.discard(event.anchor)
        origin = f"the anchor {shown(event.anchor)} on line {self.source.line(start)}"
        self.anchors[event.anchor] = _Anchored(node, self.count - before, origin, span)
        return node

    def tally(self, nodes: int, event: yaml.Event) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            expanded = " once its aliases are expanded" if isinstance(event, yaml.AliasEvent) else ""
            raise self.source.error(f"the file holds more than {MAX_NODES:,} values{expanded}", self.first_token(event))

    def too_deep(self, event: yaml.Event) -> ConfigError:
        return self.source.error(f"values are nested more than {MAX_DEPTH} levels deep", self.first_token(event))

    def alias(self, event: yaml.AliasEvent, depth: int) -> Alias | Broken:
        name, span = event.anchor or "", _marked(event)
        if name in self.unfinished:
            self.tally(1, event)
            self.mistakes.add("this alias stands inside the value that it names", span)
            return Broken(span)
        if name in self.anchors:
            return self.used(name, event, depth)
        self.tally(1, event)
        guessed = len(name) <= _MAX_GUESSES and not self.mistakes.full
        close = nearest(name, islice(self.anchors, _MAX_GUESSES)) if guessed else None
        advice = f"did you mean *{close}?" if close else "put text that starts with '*' in quotes"
        self.mistakes.add("no value above has this name", span, advice)
        guess = self.used(close, event, depth) if close else None
        return Broken(span, guess, guess.height if guess else 0)

    def used(self, name: str, event: yaml.AliasEvent, depth: int) -> Alias:
        """The value of an anchor where an alias uses it."""
        node, size, origin, written = self.anchors[name]
        self.tally(size, event)
        if depth - 1 + node.height > MAX_DEPTH:
            raise self.too_deep(event)
        return Alias(_marked(event), node, node.height, origin, written)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar | Broken:
        span = self.content(event)
        tag, style, text = event.tag, event.style or "", event.value
        broken = self.damaged and REPLACEMENT in text
        if tag and tag not in _SCALAR_KINDS:
            self.unknown_tag(event)
            tag, broken = None, True
        if _SURROGATE.search(text):  # libyaml refuses these itself
            self.mistakes.add("half of a surrogate pair is not a character", span)
            text, broken = _SURROGATE.sub(REPLACEMENT, text), True
        if style in ("|", ">"):
            header = _BLOCK_HEADER.match(self.source.text, span.start)
            span = Span(span.start, header.end() if header else span.end)
        value = resolve_tagged(text, tag) if tag else text if style else resolve(text)
        if isinstance(value, Misread):
            self.mistakes.add(value.message, span, value.advice)
            value, broken = value.guess, True
        scalar = Scalar(span, value, text, style)
        return Broken(span, scalar) if broken else scalar

    def collection(self, event: yaml.CollectionStartEvent, depth: int) -> Sequence | Mapping | Broken:
        if depth > MAX_DEPTH:
            raise self.too_deep(event)
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        if event.tag and event.tag != TAG + ("seq" if is_sequence else "map"):
            self.unknown_tag(event)
        node = self.sequence(event, depth) if is_sequence else self.mapping(event, depth)
        called = (event.tag or "").startswith(f"{TAG}python/")  # what Python would have made of it is not what it holds
        return Broken(node.span, height=node.height) if called else node

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
        whole = True
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if _is_merge(key):
                span = _marked(key)
                self.tally(1, key)
                if merge:
                    self.twice("<<", span, merge)
                merge = merge or span
                brought, read = self.merged(span, self.node(next(self.events), depth + 1))
                merged, whole = {**brought, **merged}, whole and read
            else:
                name, span = self.key(key, depth)
                if name in entries:
                    self.twice(name, span, entries[name].key)
                entry = Entry(span, self.node(next(self.events), depth + 1))
                if name is None:
                    whole = False
                elif name in entries:
                    entries[name] = self.joined(entries[name], entry)
                else:
                    entries[name] = entry
            first = first or span
        start = self.first_token(event)
        if first and self.source.text[start.start : start.end] != "{":
            start = first
        entries = {**merged, **entries} if merged else entries
        return Mapping(start, entries, 1 + _highest([entry.value for entry in entries.values()]), whole)

    def key(self, event: yaml.Event, depth: int) -> tuple[str | None, Span]:
        """The text of a key and where it stands; no text where it cannot be a key, of which a mistake tells."""
        if isinstance(event, yaml.ScalarEvent) and not event.tag and not event.style and self.wrong_plain_key(event):
            self.tally(1, event)
            return None, self.content(event)
        node = self.node(event, depth + 1)
        scalar = behind(node)
        if isinstance(scalar, Scalar) and isinstance(scalar.value, str):
            damaged = self.damaged and REPLACEMENT in scalar.value
            return None if damaged else scalar.value, node.span
        span = self.first_token(event) if isinstance(event, yaml.CollectionStartEvent) else node.span
        if not isinstance(scalar, Broken):
            is_list = isinstance(event, yaml.SequenceStartEvent)
            kind = (
                f", not {'a list' if is_list else 'a mapping'}" if isinstance(event, yaml.CollectionStartEvent) else ""
            )
            self.mistakes.add(f"a key must be text{kind}", span)
        return None, span

    def wrong_plain_key(self, event: yaml.ScalarEvent) -> bool:
        value = resolve(event.value)
        if event.value and isinstance(value, str):
            return False
        span = self.content(event)
        if not event.value:
            self.mistakes.add("a key is missing before this ':'", span)
        else:
            kind = "null" if value is None else "a boolean" if isinstance(value, bool) else "a number"
            text = shown(self.source.text[span.start : span.end])
            self.mistakes.add(f"a key must be text, and {text} is {kind}", span, f'write "{text[1:-1]}":')
        return True

    def twice(self, name: str, second: Span, first: Span) -> None:
        message = f"the key {shown(name)} stands twice in one mapping"
        self.mistakes.add(message, second, "keep one of the two", [(first, "it stands first here")])

    def joined(self, first: Entry, second: Entry) -> Entry:
        """What goes for a key that stands twice: the first value, and the second's keys where both are mappings."""
        one, other = first.value, second.value
        if self.mistakes.full or not (isinstance(one, Mapping) and isinstance(other, Mapping)):
            return first
        entries = {**one.entries, **{key: value for key, value in other.entries.items() if key not in one.entries}}
        return Entry(first.key, Mapping(one.span, entries, max(one.height, other.height), one.whole and other.whole))

    def merged(self, key: Span, node: Node) -> tuple[dict[str, Entry], bool]:
        """Collect what `<<` brings in, and whether all of it could be read; the first of two mappings wins.

        What an alias brings stands at the alias, and its keys at the `<<`.
        """
        content = behind(node)
        parts: tuple[Node, ...] = content.items if isinstance(content, Sequence) else (node,)
        if isinstance(node, Alias) and not all(isinstance(behind(part), Mapping | Broken) for part in parts):
            self.mistakes.add("'<<' merges mappings only", node.span, "write <<: *name or <<: [*a, *b]")
            return {}, False
        entries: dict[str, Entry] = {}
        whole = True
        for part in parts:
            mapping = behind(part)
            if not isinstance(mapping, Mapping):
                whole = False
                if not isinstance(mapping, Broken):
                    self.mistakes.add("'<<' merges mappings only", part.span, "write <<: *name or <<: [*a, *b]")
                continue
            whole = whole and mapping.whole
            used = node if isinstance(node, Alias) else part
            for name, entry in mapping.entries.items():
                if isinstance(used, Alias):
                    value = Alias(used.span, entry.value, entry.value.height, used.origin, used.written)
                    entries.setdefault(name, Entry(key, value, entry.written or entry.key))
                else:
                    entries.setdefault(name, entry)
        return entries, whole

    def unknown_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        found = None if self.mistakes.full else _TAG.search(self.source.text, _marked(event).start)
        span = Span(*found.span()) if found else _marked(event)
        written = self.source.text[span.start : span.end]
        advice = "remove it, or put text that starts with '!' in quotes"
        if written == "!include":
            advice = "files are put together by `extends: FILE` at the top"
        self.mistakes.add(f"the tag {shown(written)} is not accepted here", span, advice)

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
