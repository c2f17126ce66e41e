"""A file or a text -> a Document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rnnctl.document.composer import compose
from rnnctl.document.nodes import Alias, Mapping, Node, Scalar, Sequence, behind, plain, stretch
from rnnctl.document.source import UNSAFE, Source, Span, escape
from rnnctl.errors import ConfigError, Diagnostic, Place, Problem, RnnctlError, SettingPath, nearest

MAX_BYTES = 1_000_000
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True)
class Document:
    """The settings that a YAML text holds, and where each of them stands.

    `file` is the path as the user wrote it, `text` the text without a byte order mark, `value` plain values
    whose root is a dict.
    """

    file: str
    text: str
    value: Any
    _source: Source = field(repr=False, compare=False)
    _root: Node = field(repr=False, compare=False)

    def place(self, path: SettingPath, on: Literal["key", "value"] = "value") -> Place:
        """Find where the key or the value at a path stands.

        A list item has no key: its value stands for it, as a key stands for a value that is left empty. A
        path that does not exist stands at the key of its nearest ancestor that does, the root at its first
        key. A collection stands at its first token. A value that an alias brings stands at the alias, a key
        that `<<` brings at the `<<`.
        """
        found = self._find(path)
        wants_key = on == "key" or not found.exists or found.is_empty
        return self._source.place(found.key if wants_key and found.key else found.value)

    def inside(self, path: SettingPath, line: int, column: int, length: int) -> Place:
        """Find a part of the scalar at a path; line and column count from 1 in its value.

        Exact for a literal block (`|`) and for text on one line without escapes; else the scalar's start.
        """
        found = self._find(path)
        if found.exists and isinstance(found.node, Scalar):
            span = stretch(self.text, found.node, line, column, length)
            if span is not None:
                return self._source.place(span)
        return self.place(path)

    def locate(self, problem: Problem) -> Diagnostic:
        """Turn a problem with a setting into a diagnostic that shows its place."""
        where = self.place(problem.setting, problem.on)
        return Diagnostic(problem.message, where, problem.help, problem.severity, problem.id)

    def error(self, problems: Iterable[Problem], kind: type[RnnctlError] = ConfigError) -> RnnctlError:
        """Make one error of all problems, in the order of the file."""
        return kind(*sorted((self.locate(problem) for problem in problems), key=_order))

    def _find(self, path: SettingPath) -> _Found:
        node, key, used = self._root, _first_key(self._root), None
        for step in path:
            child = _child(behind(node), step)
            if child is None:
                return _Found(key, used or node.span, node, exists=False)
            used = used or _alias(node)
            node, key = child[1], used or child[0]
        return _Found(key, used or node.span, node, exists=True)


class _Found(NamedTuple):
    key: Span | None
    value: Span
    node: Node
    exists: bool

    @property
    def is_empty(self) -> bool:
        return isinstance(self.node, Scalar) and self.node.is_empty


def _order(diagnostic: Diagnostic) -> tuple[int, int]:
    where = diagnostic.where
    return (where.line, where.column) if where else (0, 0)


def _alias(node: Node) -> Span | None:
    return node.span if isinstance(node, Alias) else None


def _child(node: Node, step: str | int) -> tuple[Span | None, Node] | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.entries.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return None, node.items[step]
    return None


def _first_key(root: Node) -> Span | None:
    entries = root.entries.values() if isinstance(root, Mapping) else ()
    return min((entry.key for entry in entries), key=lambda span: span.start, default=None)


def load(path: Path) -> Document:
    """Read a YAML file of UTF-8 text."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(Diagnostic(f"there is no file '{file}'", help=_instead(path))) from None
    except IsADirectoryError:
        raise ConfigError(Diagnostic(f"'{file}' is a directory, not a YAML file", help="name a file in it")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read '{file}': {reason}") from None
    if len(data) > MAX_BYTES:
        raise _too_large(file, data[:80].decode("utf-8", "replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(file, data, error.start) from None
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """Read YAML text; `file` is the name that places and messages give it."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large(file, text[:80])
    source = Source(file, text.removeprefix(_BOM))
    unsafe = UNSAFE.search(source.text)
    if unsafe:
        message = f"the character U+{ord(unsafe[0]):04X} cannot stand in a YAML file"
        code = escape(unsafe[0])
        advice = f'inside double quotes write "{code}"' if code else None
        raise source.error(message, Span(*unsafe.span()), advice)
    root = compose(source)
    if root is None or (isinstance(root, Scalar) and root.is_empty):
        raise source.error("the file is empty", Span(0, 1), "write 'key: value'")
    if not isinstance(root, Mapping):
        kind = "a list" if isinstance(root, Sequence) else "a single value"
        colon = isinstance(root, Scalar) and ":" in root.text
        advice = "write a space after the ':'" if colon else "write 'key: value'"
        raise source.error(f"the file holds {kind} instead of keys and values", root.span, advice)
    return Document(file, source.text, plain(root), source, root)


def _instead(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no directory '{path.parent}' either"
    try:
        siblings = {file.stem: file for file in sorted(path.parent.iterdir()) if file.suffix in (".yaml", ".yml")}
    except PermissionError:
        siblings = {}
    close = nearest(path.stem, siblings)
    if close:
        return f"did you mean '{siblings[close]}'?"
    return "check the path; a relative one starts at the current directory"


def _too_large(file: str, start: str) -> ConfigError:
    first = Source(file, start)
    return first.error(f"the file is larger than {MAX_BYTES:,} bytes", Span(0, 1), "keep data in files of its own")


def _not_utf8(file: str, data: bytes, start: int) -> ConfigError:
    before = data[:start].decode("utf-8").removeprefix(_BOM)
    source = Source(file, before + data[start:].decode("utf-8", "replace"))
    span = Span(len(before), len(before) + 1)
    return source.error("the file is not UTF-8 text", span, "save it as UTF-8")
