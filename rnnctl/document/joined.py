"""Several texts laid end to end, so that one stretch of characters names a place in any of them.

What is composed of several files keeps its values as plain nodes; only `place` asks in which text a stretch stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field

from rnnctl.document.nodes import Alias, Broken, Entry, Mapping, Node, Scalar, Sequence, stretch
from rnnctl.document.source import Source, Span
from rnnctl.errors import Place

ARGUMENT = "--set"
"""What a value given on the command line names as its file."""
ENVIRONMENT = "environment"
"""What a value of the environment names as its file."""


class Texts:
    """Texts that are laid end to end, the main file's first."""

    def __init__(self, first: Source) -> None:
        self.starts = [0]
        self.parts = [first]

    def add(self, source: Source) -> int:
        """Lay a text behind the others, and tell where it begins."""
        start = self.starts[-1] + len(self.parts[-1].text) + 1
        self.starts.append(start)
        self.parts.append(source)
        return start

    def at(self, index: int) -> tuple[Source, int]:
        """The text that a character stands in, and where that begins."""
        i = bisect_right(self.starts, index) - 1
        return self.parts[i], self.starts[i]

    def place(self, span: Span) -> Place:
        """The place of a stretch, in the text that it is from."""
        source, start = self.at(span.start)
        return source.place(_moved(span, -start))

    def stretch(self, scalar: Scalar, line: int, column: int, length: int) -> Span | None:
        """Find a part of a scalar's value, as `nodes.stretch` does."""
        source, start = self.at(scalar.span.start)
        found = stretch(source.text, scalar._replace(span=_moved(scalar.span, -start)), line, column, length)
        return None if found is None else _moved(found, start)

    def joined(self) -> Joined:
        """All of them as one."""
        return Joined(self.parts[0].file, "\n".join(part.text for part in self.parts), texts=self)


@dataclass(frozen=True)
class Joined(Source):
    """A text made of several, that knows from which of them each stretch is."""

    texts: Texts = field(kw_only=True)

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(part.text if part.kind == "argument" else part.file for part in self.texts.parts)

    def part(self, index: int) -> Source:
        return self.texts.at(index)[0]

    def line(self, index: int) -> int:
        source, start = self.texts.at(index)
        return source.line(index - start)

    def place(self, span: Span) -> Place:
        return self.texts.place(span)


@dataclass(frozen=True)
class Composition:
    """What a document was put together from, beside its main file.

    `files` has the others by their paths, each with the SHA-256 of its bytes; `environment` the variables that were
    read, None for one that is not set; `uses` names what each reference reads, by the start of its text.
    """

    files: MappingABC[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    environment: MappingABC[str, str | None] = field(default_factory=dict)
    uses: MappingABC[int, tuple[str, ...]] = field(default_factory=dict)

    def as_record(self) -> dict[str, object] | None:
        """What a run writes down of it; None where its config.yaml says all."""
        if not (self.files or self.overrides or self.environment):
            return None
        files = [{"path": path, "sha256": digest} for path, digest in self.files.items()]
        return {"files": files, "set": list(self.overrides), "environment": dict(self.environment)}


def moved(node: Node, by: int) -> Node:
    """A node whose text is moved by so many characters; what aliases share stays shared."""
    return _Mover(by).node(node) if by else node


class _Mover:
    def __init__(self, by: int) -> None:
        self.by = by
        self.known: dict[int, tuple[Node, Node]] = {}

    def node(self, node: Node) -> Node:
        by = self.by
        if isinstance(node, Scalar):
            return node._replace(span=_moved(node.span, by))
        if isinstance(node, Sequence):
            return Sequence(_moved(node.span, by), tuple(map(self.node, node.items)), node.height)
        if isinstance(node, Mapping):
            entries = {name: self.entry(entry) for name, entry in node.entries.items()}
            return Mapping(_moved(node.span, by), entries, node.height, node.whole)
        if isinstance(node, Broken):
            return Broken(_moved(node.span, by), node.guess and self.shared(node.guess), node.height)
        written = node.written and _moved(node.written, by)
        return Alias(_moved(node.span, by), self.shared(node.target), node.height, node.origin, written)

    def entry(self, entry: Entry) -> Entry:
        written = entry.written and _moved(entry.written, self.by)
        return Entry(_moved(entry.key, self.by), self.node(entry.value), written)

    def shared(self, node: Node) -> Node:
        if id(node) not in self.known:
            self.known[id(node)] = (node, self.node(node))
        return self.known[id(node)][1]


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
