"""References in values, followed: what stands in place of `${vars.x}` and `${env:NAME}`.

A reference that is all of a text stands for the value itself, a number or a mapping as well; one inside of a text
for its text. Each is followed where it is used and only there, so that what another file replaces need not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from rnnctl.config.composition.template import (
    Environment,
    NoReferenceError,
    Reference,
    Template,
    Variable,
    references,
    take_apart,
)
from rnnctl.document import nodes
from rnnctl.document.composer import MAX_DEPTH, MAX_NODES
from rnnctl.document.joined import ENVIRONMENT, Texts
from rnnctl.document.nodes import Alias, Broken, Entry, Node, Scalar, Sequence, behind, inner
from rnnctl.document.reader import MAX_BYTES
from rnnctl.document.scalars import Misread, resolve
from rnnctl.document.source import UNSAFE, Source, Span, shown
from rnnctl.errors import Diagnostic, Related, nearest

MOST_FOLLOWED = 32
"""How many references may lead from one to the next."""
TOO_MANY = f"files and arguments together hold more than {MAX_NODES:,} values"
TOO_MANY_FOLLOWED = f"the config holds more than {MAX_NODES:,} values once its references are followed"
_LONGEST_SHOWN = 40
_MOST_LISTED, _MOST_GUESSED = 12, 1000


class Read(NamedTuple):
    """A variable as it was found: its value before references in it are followed, and where it is written."""

    value: Node
    written: Span


class _Wrong(NamedTuple):
    """A mistake that is told at its place, if it is told at all."""

    message: str
    advice: str | None
    also: tuple[Related, ...]


class References:
    """Follows references; mistakes gather in `wrongs`, each by the stretch where something could not be read.

    `variables` gives the value of a name below `vars`, `names` all of them; None where variables are not known yet.
    """

    def __init__(self, texts: Texts, environment: Mapping[str, str]) -> None:
        self.texts = texts
        self.environment = environment
        self.variables: Mapping[str, Callable[[], Read]] | None = None
        self.wrongs: dict[Span, _Wrong] = {}
        self.read: dict[str, str | None] = {}
        self.uses: dict[int, tuple[str, ...]] = {}
        self.within: dict[int, set[int]] = {}
        self.size = 0
        self.letters = 0
        self._following: list[tuple[tuple[str, ...], Span]] = []
        self._known: dict[tuple[str, ...], Node] = {}
        self._places: dict[str, int] = {}
        self._sizes: dict[int, tuple[Node, int]] = {}
        self._done: dict[int, tuple[Node, Node]] = {}

    def wrong(
        self,
        message: str,
        span: Span,
        advice: str | None = None,
        also: tuple[Related, ...] = (),
    ) -> Broken:
        """Note a mistake, of which is told if nothing else takes the place of what could not be read."""
        self.wrongs[span] = _Wrong(message, advice, also)
        return Broken(span)

    def environment_of(self, nodes_: Iterable[Node]) -> dict[str, str | None]:
        """The variables of the environment that were read for some values, in the order in which they were."""
        waiting = [start for node in nodes_ for start in _starts(node)]
        known: set[int] = set()
        names: set[str] = set()
        while waiting:
            start = waiting.pop()
            if start not in known:
                known.add(start)
                names |= {name[1:] for name in self.uses.get(start, ()) if name.startswith("$")}
                waiting += self.within.get(start, ())
        return {name: value for name, value in self.read.items() if name in names}

    def told(self, span: Span) -> Diagnostic | None:
        """The mistake that was noted at a stretch."""
        wrong = self.wrongs.get(span)
        return wrong and Diagnostic(wrong.message, self.texts.place(span), wrong.advice, also=wrong.also)

    # values

    def opened(self, node: Node) -> Node:
        """A value with its references and aliases followed, but not those inside of it; scalars keep their aliases."""
        if isinstance(node, Scalar):
            node = self.expanded(node)
        if isinstance(node, Broken):
            return node if node.guess is None else self.opened(node.guess)
        if not isinstance(node, Alias):
            return node
        target = self.opened(node.target)
        if isinstance(target, Sequence):
            return Sequence(node.span, tuple(_through(node, item) for item in target.items), target.height)
        if isinstance(target, nodes.Mapping):
            entries = {
                name: Entry(node.span, _through(node, entry.value), entry.written or entry.key)
                for name, entry in target.entries.items()
            }
            return nodes.Mapping(node.span, entries, target.height, target.whole)
        return node if isinstance(target, Scalar) else target

    def followed(self, node: Node, depth: int = 0) -> Node:
        """A value with all references in it followed; it would be held by `depth` collections."""
        if isinstance(node, Scalar):
            return self.expanded(node, depth)
        known = self._done.get(id(node))
        if known is not None and depth + known[1].height <= MAX_DEPTH:
            return known[1]
        done = self._followed(node, depth)
        self._done[id(node)] = (node, done)
        return done

    def _followed(self, node: Node, depth: int) -> Node:
        if isinstance(node, Sequence):
            items = tuple(self.followed(item, depth + 1) for item in node.items)
            return Sequence(node.span, items, 1 + max((item.height for item in items), default=0))
        if isinstance(node, nodes.Mapping):
            entries = {k: e._replace(value=self.followed(e.value, depth + 1)) for k, e in node.entries.items()}
            height = 1 + max((entry.value.height for entry in entries.values()), default=0)
            return nodes.Mapping(node.span, entries, height, node.whole)
        if isinstance(node, Alias):
            target = self.followed(node.target, depth)
            return node._replace(target=target, height=target.height)
        if isinstance(node, Broken) and node.guess is not None:
            guess = self.followed(node.guess, depth)
            return node._replace(guess=guess, height=guess.height)
        return node

    def expanded(self, scalar: Scalar, depth: int = 0) -> Node:
        """A scalar with the references in it followed."""
        if not isinstance(scalar.value, str) or "${" not in scalar.value:
            return scalar
        try:
            template = take_apart(scalar.value)
        except NoReferenceError as error:
            return self.wrong(error.message, self._span(scalar, error.start, error.end), error.advice)
        self.uses[scalar.span.start] = tuple(dict.fromkeys(reference.name for reference in references(template)))
        value = self._value(template, scalar)
        if isinstance(value, Broken):
            return value
        if depth + value.height > MAX_DEPTH:
            return self.wrong(f"values are nested more than {MAX_DEPTH} levels deep", scalar.span)
        if isinstance(value, Alias):
            self.size += self.amount(value)
            if self.size > MAX_NODES:
                return self.wrong(TOO_MANY_FOLLOWED, scalar.span)
        return value

    def _value(self, template: Template, scalar: Scalar) -> Node:
        """What a text stands for: the value of the one reference that it is, else its text with all of them in it."""
        if len(template) == 1 and not isinstance(template[0], str):
            return self._referred(template[0], scalar)
        whole = self._whole(template, scalar)
        if isinstance(whole, Broken):
            return whole
        read = Scalar(scalar.span, whole, whole, scalar.style or '"')
        named = " and ".join(_words(reference) for reference in template if not isinstance(reference, str))
        return Alias(scalar.span, read, 0, f"text that holds {named}") if named else read

    def _referred(self, reference: Reference, scalar: Scalar) -> Node:
        """The value that a reference stands for, which is used where the scalar stands."""
        if isinstance(reference, Environment):
            return self._from_environment(reference, scalar)
        found = self._variable(reference, scalar)
        if isinstance(found, Broken):
            return found
        value, written = found
        place, here = self.texts.place(written), self.texts.place(scalar.span)
        line = f" on line {place.line}" if self.texts.at(written.start)[0].kind == "file" else ""
        file = f" of {place.file}" if place.file != here.file else ""
        return Alias(scalar.span, value, value.height, f"{_words(reference)}{line}{file}", written)

    def _text(self, reference: Reference, scalar: Scalar) -> str | Broken:
        """The text of a reference inside of a text."""
        self.size += 1
        if isinstance(reference, Environment):
            value = self._environment(reference, self._span(scalar, reference.start, reference.end))
            return value if not isinstance(value, tuple) or isinstance(value, Broken) else self._whole(value, scalar)
        node = self._referred(reference, scalar)
        self.within.setdefault(scalar.span.start, set()).update(_starts(node))
        read = behind(node)
        if isinstance(read, Broken):
            return read
        if isinstance(read, Scalar) and read.value is not None:
            return read.text
        use = self._span(scalar, reference.start, reference.end)
        kind = "a list" if isinstance(read, Sequence) else "null" if isinstance(read, Scalar) else "a mapping"
        written = node.written if isinstance(node, Alias) else None
        also = () if written is None else (Related(self.texts.place(written), "it stands here"),)
        return self.wrong(f"{_words(reference)} is {kind}, which cannot stand inside of text", use, None, also)

    def _whole(self, template: Template, scalar: Scalar) -> str | Broken:
        """A text with all references in it."""
        if self.size > MAX_NODES:
            return self.wrong(TOO_MANY_FOLLOWED, scalar.span)
        parts: list[str] = []
        for piece in template:
            part = piece if isinstance(piece, str) else self._text(piece, scalar)
            if isinstance(part, Broken):
                return part
            parts.append(part)
        whole = "".join(parts)
        self.letters += len(whole)
        if self.letters > MAX_BYTES:
            return self.wrong(f"references make more than {MAX_BYTES:,} characters of text", scalar.span)
        return whole

    # the environment

    def _environment(self, reference: Environment, use: Span) -> str | Template | Broken:
        """The text of a variable of the environment; or the default, where that takes its place."""
        name = reference.variable
        value = self.environment.get(name)
        self.read[name] = value
        if value and UNSAFE.search(value):
            return self.wrong(f"the environment variable {name} holds a character that is no text", use)
        if value:
            return value
        if reference.default is not None:  # as in a shell, where `:-` also takes the place of an empty text
            return reference.default
        message = f"the environment variable {name} is {'not set' if value is None else 'empty'}"
        return self.wrong(message, use, f"set it, or write a default: ${{env:{name}:-…}}")

    def _from_environment(self, reference: Environment, scalar: Scalar) -> Node:
        """The value of a variable of the environment, or of its default, read as YAML reads a scalar."""
        name, use = reference.variable, self._span(scalar, reference.start, reference.end)
        value = self._environment(reference, use)
        if isinstance(value, Broken):
            return value
        if not isinstance(value, str):
            if not all(isinstance(piece, str) for piece in value):
                return self._value(value, scalar)
            return self._scalar("".join(map(str, value)), scalar.span, use)
        read = self._scalar(value, self._place(name, value), use, f"the environment variable {name}: ")
        return read if isinstance(read, Broken) else Alias(scalar.span, read, 0, _words(reference))

    def _scalar(self, text: str, span: Span, use: Span, before: str = "") -> Scalar | Broken:
        """A text as YAML reads it; what it cannot read is told where it is used."""
        read = resolve(text)
        if not isinstance(read, Misread):
            return Scalar(span, read, text, "" if text else '"')
        also = (Related(self.texts.place(span)),) if before else ()
        return self.wrong(f"{before}{read.message}", use, read.advice, also)

    def _place(self, name: str, value: str) -> Span:
        """Where the value of a variable of the environment stands: in a text of its own, cut where it is long."""
        brief = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
        if name not in self._places:
            text = f"{name}={brief}".replace("\n", " ").replace("\r", " ")
            self._places[name] = self.texts.add(Source(ENVIRONMENT, text, "environment"))
        start = self._places[name] + len(name) + 1
        return Span(start, start + len(brief))

    # variables

    def _variable(self, reference: Variable, scalar: Scalar) -> tuple[Node, Span] | Broken:
        """The value of a variable with all references in it followed, and where it is written."""
        span = self._span(scalar, reference.start, reference.end)
        if self.variables is None:
            return self.wrong("variables are not known here", span, "name a file, or write ${env:NAME}")
        name, *way = reference.path
        if name not in self.variables:
            return self._unknown(name, self.variables, span, "vars.")
        path = reference.path
        way_here = [p for p, _ in self._following]
        if path in way_here:
            circle = self._following[way_here.index(path) :]
            told = " -> ".join(f"vars.{'.'.join(p)}" for p in (*(p for p, _ in circle), path))
            also = tuple(Related(self.texts.place(use), f"vars.{'.'.join(p)} is used here") for p, use in circle[1:])
            return self.wrong(f"variables go round in a circle: {told}", span, None, also)
        if len(way_here) == MOST_FOLLOWED:
            return self.wrong(f"more than {MOST_FOLLOWED} references lead from one to the next", span)
        with self._on_the_way(path, span):
            value, written = self.variables[name]()
            for i, step in enumerate(way, start=1):
                found = self._step(self.opened(value), step, path[:i], span)
                if isinstance(found, Broken):
                    return found
                value, written = found
            if path not in self._known:
                self._known[path] = self.followed(value)
            return self._known[path], written

    @contextmanager
    def _on_the_way(self, path: tuple[str, ...], span: Span) -> Iterator[None]:
        self._following.append((path, span))
        try:
            yield
        finally:
            self._following.pop()

    def _step(self, node: Node, step: str, path: tuple[str, ...], span: Span) -> Read | Broken:
        """One step down from a variable's value."""
        value = behind(node)
        if isinstance(value, Broken):
            return value
        if isinstance(value, Sequence) and step.isdecimal() and len(step) < 10 and int(step) < len(value.items):
            item = value.items[int(step)]
            return Read(item, item.span)
        if isinstance(value, nodes.Mapping) and step in value.entries:
            return Read(value.entries[step].value, value.entries[step].key)
        where = f"vars.{'.'.join(path)}"
        if isinstance(value, nodes.Mapping):
            return self._unknown(step, value.entries, span, f"{where}.")
        kind = f"a list of {len(value.items)}" if isinstance(value, Sequence) else "a single value"
        return self.wrong(f"{where} is {kind}, and has no {shown(step)}", span)

    def _unknown(self, name: str, known: Mapping[str, object], span: Span, before: str) -> Broken:
        some = list(islice(known, _MOST_LISTED))
        guess = nearest(name[:_LONGEST_SHOWN], islice(known, _MOST_GUESSED))
        listing = ", ".join(some) + (", …" if len(known) > len(some) else "")
        advice = f"variables: {listing}" if known else "write it under `vars`"
        advice = f"did you mean {before}{guess}? {advice}" if guess else advice
        return self.wrong(f"unknown variable '{before}{name}'", span, advice)

    # sizes and places

    def too_many(self, node: Node) -> bool:
        """Count the values of a file or an argument: whether they are too many, with those before it."""
        self.size += self.amount(node)
        return self.size > MAX_NODES

    def amount(self, node: Node) -> int:
        """How many values there are in a node, each as often as it is used."""
        known = self._sizes.get(id(node))
        if known is None:
            below = inner(node)
            amount = sum(map(self.amount, below)) + (0 if isinstance(node, Alias | Broken) and below else 1)
            amount += len(below) if isinstance(node, nodes.Mapping) else 0  # the keys
            known = self._sizes[id(node)] = (node, amount)
        return known[1]

    def _span(self, scalar: Scalar, start: int, end: int) -> Span:
        """Where a part of a scalar stands: there to the letter, or else at the scalar."""
        before = scalar.text[:start]
        line, column = before.count("\n") + 1, start - before.rfind("\n")
        return self.texts.stretch(scalar, line, column, end - start) or scalar.span


def _through(alias: Alias, node: Node) -> Node:
    """What an alias brings, as a part of it."""
    return Alias(alias.span, node, node.height, alias.origin, alias.written)


def _starts(node: Node) -> Iterator[int]:
    """Where a value begins, and all that is used on the way to it."""
    yield node.span.start
    while isinstance(node, Alias):
        node = node.target
        yield node.span.start


def _words(reference: Reference) -> str:
    if isinstance(reference, Environment):
        return f"the environment variable {reference.variable}"
    return f"the variable {shown('.'.join(reference.path))}"
