"""The files that a config extends, in the order in which they are merged: each once, before all that extend it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rnnctl.config.composition.references import TOO_MANY, References
from rnnctl.config.places import section_key
from rnnctl.document import Document, load
from rnnctl.document.joined import moved
from rnnctl.document.mistakes import bounded
from rnnctl.document.nodes import Broken, Mapping, Node, Scalar, Sequence, behind
from rnnctl.document.reader import MAX_BYTES
from rnnctl.document.source import Span, shown
from rnnctl.errors import ConfigError, Diagnostic, Related, nearest_file

MOST_FILES = 32
"""How many files a config may be made of."""


class File(NamedTuple):
    """A file that a config is made of: what it holds, and what it is called in messages."""

    document: Document
    root: Mapping

    @property
    def name(self) -> str:
        return self.document.file


class Gathered(NamedTuple):
    """Files in the order in which they are merged, the main one last; by path, the SHA-256 of all others."""

    files: tuple[File, ...]
    digests: dict[str, str]
    whole: bool
    """Whether all that is named could be read."""


def gather(main: Document, references: References, mistakes: list[Diagnostic]) -> Gathered:
    """All files that a main file extends, itself, and what is wrong with how they are named, told in `mistakes`.

    Errors: ConfigError where they hold more values than a config can.
    """
    assert isinstance(main.root, Mapping)
    gatherer = _Gatherer(references, mistakes)
    gatherer.bytes = len(main.text.encode("utf-8", "surrogatepass"))
    references.too_many(main.root)
    gatherer.go_up(File(main, main.root), os.path.realpath(main.file))
    return Gathered(tuple(gatherer.files), gatherer.digests, gatherer.whole)


class _Parent(NamedTuple):
    """A file that is named: the text, and where it stands."""

    written: str
    span: Span


class _Gatherer:
    def __init__(self, references: References, mistakes: list[Diagnostic]) -> None:
        self.references = references
        self.texts = references.texts
        self.mistakes = mistakes
        self.files: list[File] = []
        self.digests: dict[str, str] = {}
        self.whole = True
        self.known: set[str] = set()
        self.below: list[tuple[str, str, Span]] = []  # real path, name, and where it names the one above it
        self.count = 1
        self.bytes = 0

    def go_up(self, file: File, real: str) -> None:
        """Take in what a file extends, and then the file itself."""
        self.known.add(real)
        for parent in self.named(file):
            self.below.append((real, file.name, parent.span))
            self.take(parent, Path(file.name).parent)
            self.below.pop()
        self.files.append(file)

    def wrong(self, message: str, span: Span, advice: str | None = None, also: tuple[Related, ...] = ()) -> None:
        self.whole = False
        self.mistakes.append(Diagnostic(message, self.texts.place(span), advice, also=also))

    def named(self, file: File) -> Iterator[_Parent]:
        """The files that a file says it extends."""
        entry = file.root.entries.get(section_key(file.root.entries, "extends"))
        if entry is None:
            return
        value = self.references.opened(entry.value)
        if isinstance(value, Sequence) and len(value.items) > MOST_FILES:
            message = f"a config is made of at most {MOST_FILES} files, and {len(value.items):,} are named here"
            self.wrong(message, value.span)
            return
        for item in value.items if isinstance(value, Sequence) else [value]:
            if isinstance(item, Broken) and item.guess is not None:
                self.whole = False  # of which its own mistake tells
                continue
            node = self.references.opened(item)
            read = behind(node)
            if isinstance(read, Broken):
                self.whole = False
                if found := self.references.told(read.span):
                    self.mistakes.append(found)
            elif isinstance(read, Scalar) and isinstance(read.value, str) and read.value:
                yield _Parent(read.value, node.span)
            else:
                span = entry.key if isinstance(read, Scalar) and read.is_empty else node.span
                message = f"extends names a file, or a list of files, not {_kind(read)}"
                self.wrong(message, span, "write extends: base.yaml")

    def take(self, parent: _Parent, folder: Path) -> None:
        """Read a file that is named, and take in what it extends, unless that is done."""
        path = folder / os.path.expanduser(parent.written)  # noqa: PTH111 (which gives up where there is no home)
        name = os.path.normpath(path)
        if (message := _unreadable(path, name)) is not None:
            is_missing = message.startswith("there is no")
            self.wrong(message, parent.span, _instead(path, parent.written) if is_missing else None)
            return
        real = os.path.realpath(path)
        way = [known for known, _, _ in self.below]
        if real in way:
            self.circle(parent, way.index(real))
            return
        if real in self.known:
            return
        if self.count == MOST_FILES:
            self.wrong(f"a config is made of at most {MOST_FILES} files", parent.span)
            return
        self.count += 1
        self.known.add(real)
        self.bytes += path.stat().st_size
        if self.bytes > MAX_BYTES:
            self.wrong(f"the files of a config hold at most {MAX_BYTES:,} bytes together", parent.span)
            return
        try:
            document = load(Path(name) if os.path.realpath(name) == real else path, strict=False)
        except ConfigError as error:
            self.whole = False
            here = self.texts.place(parent.span)
            also = Related(here, "extended here")
            self.mistakes += [
                found._replace(also=(*found.also, also)) if found.where else found._replace(where=here)
                for found in error.diagnostics
            ]
            return
        self.digests[real] = hashlib.sha256(path.read_bytes()).hexdigest()
        self.mistakes += document.mistakes
        root = moved(document.root, self.texts.add(document.source))
        assert isinstance(root, Mapping)
        if self.references.too_many(root):
            self.wrong(TOO_MANY, root.span)
            raise ConfigError(*bounded(self.mistakes))
        self.go_up(File(document, root), real)

    def circle(self, parent: _Parent, first: int) -> None:
        """Tell of files that extend one another."""
        links = self.below[first:]
        names = [name for _, name, _ in links]
        way = ", which extends ".join([*names, names[0]]).replace(", which extends", " extends", 1)
        also = tuple(Related(self.texts.place(span), "extended here") for _, _, span in links[:-1])
        message = "a file cannot extend itself" if len(links) == 1 else f"files extend one another: {way}"
        self.wrong(message, parent.span, None, also)


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        text = isinstance(node.value, str)
        return "nothing" if node.value is None else "an empty text" if text else f"the value {shown(node.text)[1:-1]}"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def _unreadable(path: Path, name: str) -> str | None:
    """Why a file cannot be read, if that can be told without opening it: a pipe would be waited for."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return f"there is no file '{name}'"
    except (OSError, ValueError) as error:
        return f"cannot read '{name}': {error.strerror if isinstance(error, OSError) else error}"
    if stat.S_ISDIR(mode):
        return f"'{name}' is a directory, not a YAML file"
    return None if stat.S_ISREG(mode) else f"'{name}' is no regular file"


def _instead(path: Path, written: str) -> str | None:
    """What to write in place of a file that is not there."""
    try:
        if not path.parent.is_dir():
            return f"there is no directory '{os.path.normpath(path.parent)}' either"
        siblings = sorted(other.name for other in path.parent.iterdir() if other.suffix in (".yaml", ".yml"))
    except OSError:
        return None
    close = nearest_file(path.name, siblings)
    if close is not None:
        return f"did you mean '{written[: len(written) - len(path.name)]}{close}'?"
    return "a path begins where the file lies that names it"
