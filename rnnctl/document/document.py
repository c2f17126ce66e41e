"""The values of a YAML text, each with its place and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rnnctl.document import nodes
from rnnctl.document.joined import Composition
from rnnctl.document.mistakes import by_place
from rnnctl.document.nodes import Alias, Broken, Entry, Mapping, Node, Scalar, behind, plain, stretch
from rnnctl.document.source import Source, Span
from rnnctl.errors import ConfigError, Diagnostic, Place, Problem, Related, RnnctlError, SettingPath

On = Literal["key", "value"]


class Origin(NamedTuple):
    """Where a key or a value comes from that does not stand at its place, and where it is written."""

    note: str
    where: Place | None


@dataclass(frozen=True)
class Document:
    """The settings that a YAML text holds, and where each of them stands.

    `file` is the path as the user wrote it, `text` the text without a byte order mark, `value` plain values
    whose root is a dict. `mistakes` has what is wrong with single values and keys, in the order of the file, and
    `unsaid` how many there are beyond them; of what could not be read `value` has the likeliest meaning, or None.
    """

    file: str
    text: str
    value: Any
    source: Source = field(repr=False, compare=False)
    root: Node = field(repr=False, compare=False)
    mistakes: tuple[Diagnostic, ...] = field(default=(), repr=False)
    unsaid: int = field(default=0, repr=False)
    composition: Composition | None = field(default=None, repr=False, compare=False)
    """What it was put together from; None where it is one file that stands alone."""

    @classmethod
    def of(cls, source: Source, root: Node, mistakes: Iterable[Diagnostic] = (), unsaid: int = 0) -> Document:
        """The document of a text and of the nodes that were read from it."""
        return cls(source.file, source.text, plain(root), source, root, tuple(mistakes), unsaid)

    def has(self, path: SettingPath) -> bool:
        """Whether something is written at a path, be it a key with nothing behind it."""
        return self._find(path).exists

    def broken(self, path: SettingPath, on: On = "value") -> bool:
        """Whether what is wrong at a path may only follow from one of `mistakes`, and needs no telling.

        So it is at and below a value that could not be read, though not of its key where the value has a likely
        meaning; at a mapping of which a key, or what `<<` should bring, could not be read; and at a list of which an
        item could not be.
        """
        node = self.root
        if path and isinstance(path[-1], int):
            on = "value"  # an item has no key
        for i in range(len(path) + 1):
            while isinstance(node, Alias | Broken):
                if isinstance(node, Broken) and (node.guess is None or on == "value" or i < len(path)):
                    return True
                node = node.target if isinstance(node, Alias) else node.guess or node
            child = _child(node, path[i]) if i < len(path) else None
            if child is None:
                break
            node = child.value if isinstance(child, Entry) else child
        if isinstance(node, nodes.Sequence):
            return len(path) == i and any(isinstance(item, Broken) for item in node.items)
        return isinstance(node, Mapping) and not node.whole

    def whole(self, path: SettingPath) -> bool:
        """Whether all of the value at a path could be read, or there is none."""
        found = self._find(path)
        return not (self.mistakes and found.exists and _has_broken(found.node))

    def lost(self, path: SettingPath) -> bool:
        """Whether a part of the value at a path could not be read and has no likely meaning."""
        found = self._find(path)
        return bool(self.mistakes) and found.exists and _lost(found.node)

    def place(self, path: SettingPath, on: On = "value") -> Place:
        """Find where the key or the value at a path stands.

        A list item has no key: its value stands for it, as a key stands for a value that is left empty. A
        path that does not exist stands at the key of its nearest ancestor that does, the root at its first
        key. A collection stands at its first token. A value that an alias brings stands at the alias, a key
        that `<<` brings at the `<<`; `origin` says where these are written.
        """
        return self.source.place(self._find(path).span(on))

    def origin(self, path: SettingPath, on: On = "value") -> Origin | None:
        """Where the key or the value at a path comes from; None where it is written at its place."""
        return self._origin(self._find(path), on)

    def _origin(self, found: _Found, on: On) -> Origin | None:
        what, through, written = found.origin(on)
        names = [alias.origin for alias in through if alias.origin]
        if not names:
            return None
        end = f", and {'there' if len(names) == 2 else 'in the end'} from {names[-1]}" if len(names) > 1 else ""
        return Origin(f"{what} comes from {names[0]}{end}", None if written is None else self.source.place(written))

    def inside(self, path: SettingPath, line: int, column: int, length: int) -> Place:
        """Find a part of the scalar at a path where it is written; line and column count from 1 in its value.

        Exact for a literal block (`|`) and for text on one line without escapes; else the scalar's start.
        """
        found = self._find(path)
        node = behind(found.node)
        span = (
            stretch(self.source.text, node, line, column, length) if found.exists and isinstance(node, Scalar) else None
        )
        return self.place(path) if span is None else self.source.place(span)

    def lines(self, path: SettingPath) -> int:
        """How many lines the text at a path takes in its file, if it is one without quotes; else one."""
        node = behind(self._find(path).node)
        if not isinstance(node, Scalar) or node.style:
            return 1
        return self.source.line(max(node.span.start, node.span.end - 1)) - self.source.line(node.span.start) + 1

    def folder(self, path: SettingPath) -> Path:
        """The folder from which a relative path begins that is the value at a path.

        It is that of the file in which the text is written; on the command line, the current one. What comes from
        the environment counts as written where it is used.
        """
        found = self._find(path)
        through = (*found.through, *_aliases(found.node))
        for span in (behind(found.node).span, *(alias.span for alias in reversed(through))):
            source = self.source.part(span.start)
            if source.kind != "environment":
                return Path(source.file).parent if source.kind == "file" else Path()
        raise AssertionError(path)

    def locate(self, problem: Problem) -> Diagnostic:
        """Turn a problem with a setting into a diagnostic that shows its place."""
        return self.at(problem.setting, problem.on, problem)

    def at(self, path: SettingPath, on: On, problem: Problem, also: Iterable[Related] = ()) -> Diagnostic:
        """Turn a problem into a diagnostic at a path, which names other places too."""
        found = self._find(path)
        origin, place = self._origin(found, on), self.source.place(found.span(on))
        apart = origin is not None and origin.where not in (None, place)
        written = (Related(origin.where, "it stands here"),) if origin and origin.where and apart else ()
        return Diagnostic(
            problem.message,
            place,
            problem.help,
            problem.severity,
            problem.id,
            None if origin is None else origin.note,
            (*written, *also),
        )

    def error(self, problems: Iterable[Problem], kind: type[RnnctlError] = ConfigError) -> RnnctlError:
        """Make one error of all problems, in the order of the file."""
        return kind(*sorted((self.locate(problem) for problem in problems), key=by_place))

    @cached_property
    def _first_key(self) -> Span | None:
        entries = self.root.entries.values() if isinstance(self.root, Mapping) else ()
        return min((entry.key for entry in entries), key=lambda span: span.start, default=None)

    def _find(self, path: SettingPath) -> _Found:
        found = _Found(self.root, (), self._first_key, self._first_key, (), exists=True)
        for step in path:
            through = (*found.through, *_aliases(found.node))
            child = _child(behind(found.node), step)
            if child is None:
                return found._replace(exists=False)
            used = through[0].span if through else None
            if isinstance(child, Entry):
                brought = (child.value,) if child.written and isinstance(child.value, Alias) else ()
                key, written = used or child.key, child.written or child.key
                found = _Found(child.value, through, key, written, (*through, *brought), exists=True)
            else:
                found = _Found(child, through, used, child.span, through, exists=True)
        return found


class _Found(NamedTuple):
    """A node, or the nearest that exists; the aliases on the way to it and to its key, the outermost first."""

    node: Node
    through: tuple[Alias, ...]
    key: Span | None
    key_written: Span | None
    key_through: tuple[Alias, ...]
    exists: bool

    def wants_key(self, on: On) -> bool:
        """Whether the key is pointed at."""
        is_empty = isinstance(self.node, Scalar) and self.node.is_empty
        return self.key is not None and (on == "key" or not self.exists or is_empty)

    def origin(self, on: On) -> tuple[str, tuple[Alias, ...], Span | None]:
        """What is pointed at in a word, the aliases that bring it, and where it is written."""
        value = behind(self.node)
        if not self.wants_key(on):
            return "the value", (*self.through, *_aliases(self.node)), value.span
        if self.key_through:
            return "the key", self.key_through, self.key_written
        is_collection = isinstance(value, Mapping | nodes.Sequence)  # which may be what lacks a key
        return "its value", _aliases(self.node) if is_collection else (), None

    def span(self, on: On) -> Span:
        """What is pointed at."""
        if self.key is not None and self.wants_key(on):
            return self.key
        through = (*self.through, *_aliases(self.node))
        return through[0].span if through else self.node.span


def _aliases(node: Node) -> tuple[Alias, ...]:
    """The aliases that lead from a node to its value, the outermost first."""
    found = []
    while isinstance(node, Alias):
        found.append(node)
        node = node.target
    return tuple(found)


def _child(node: Node, step: str | int) -> Entry | Node | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.entries.get(step)
    if isinstance(node, nodes.Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _has_broken(node: Node) -> bool:
    while isinstance(node, Alias):
        node = node.target
    if isinstance(node, nodes.Sequence):
        return any(map(_has_broken, node.items))
    if isinstance(node, Mapping):
        return not node.whole or any(_has_broken(entry.value) for entry in node.entries.values())
    return isinstance(node, Broken)


def _lost(node: Node) -> bool:
    node = behind(node)
    if isinstance(node, nodes.Sequence):
        return any(map(_lost, node.items))
    if isinstance(node, Mapping):
        return not node.whole or any(_lost(entry.value) for entry in node.entries.values())
    return isinstance(node, Broken)
