"""The files of a config, its variables and what is given on the command line, put together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from rnnctl.catalogue import definition, names
from rnnctl.catalogue.reader import Reader
from rnnctl.config.composition.borrowed import borrowed
from rnnctl.config.composition.forms import FREE, ROOT
from rnnctl.config.composition.merge import Rules, merge, nothing_to_add_to
from rnnctl.config.composition.overrides import Misplaced, Override, put, read_override
from rnnctl.config.composition.parents import Gathered, gather
from rnnctl.config.composition.references import TOO_MANY, Read, References
from rnnctl.config.composition.template import NoReferenceError, Variable, references, take_apart
from rnnctl.config.diagnose import describe
from rnnctl.config.format import format_problem
from rnnctl.config.places import section_key
from rnnctl.document import Document
from rnnctl.document.joined import Composition, Texts
from rnnctl.document.mistakes import bounded
from rnnctl.document.nodes import Alias, Broken, Entry, Mapping, Node, Scalar, inner, plain
from rnnctl.document.source import Span, shown
from rnnctl.equations.options import options_of
from rnnctl.errors import MOST_SOUGHT, ConfigError, Diagnostic, few_guesses, nearest

OWN = ("extends", "format", "vars")
"""The keys that say something of their file alone, or of how it is put together."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LIKELY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MOST_GUESSED = 1000


def put_together(main: Document, overrides: Sequence[str]) -> Document:
    """One document of a main file, all that it extends, and what is given on the command line.

    Errors: ConfigError where there is more than can be read.
    """
    with few_guesses():
        return _Composer(main, tuple(overrides)).document()


class _Composer:
    def __init__(self, main: Document, overrides: tuple[str, ...]) -> None:
        self.main = main
        self.overrides = overrides
        self.mistakes = list(main.mistakes)
        self.texts = Texts(main.source)
        self.references = References(self.texts, os.environ)
        self.rules = Rules(self.references.opened, self.short_of, self.references.wrong)
        self.root: Mapping | None = None
        self.chosen: dict[str, str | None] = {}  # of the environment, what says which files are read

    def document(self) -> Document:
        """The document, its mistakes those of all that it is made of."""
        gathered = gather(self.main, self.references, self.mistakes)
        self.chosen = dict(self.references.read)
        sets = list(self.sets())
        self.count(sets)
        self.variables(gathered, sets)
        root = self.merged(gathered)
        for override in sets:
            root = self.root = self.with_override(root, override)
        followed = self.references.followed(nothing_to_add_to(root, self.rules))
        assert isinstance(followed, Mapping)
        self.tell_of_broken(followed)
        return self.made(gathered, followed)

    def made(self, gathered: Gathered, root: Mapping) -> Document:
        """The document of a root that is put together; places still know the keys of the main file alone."""
        value = plain(root)
        own = {name: entry for name, entry in gathered.files[-1].root.entries.items() if name in OWN}
        if "format" in own:
            value["format"] = plain(own["format"].value)
        environment = self.chosen | self.references.environment_of(_all([root]))
        composition = Composition(gathered.digests, self.overrides, environment, self.references.uses)
        main = self.main
        return Document(
            main.file,
            main.text,
            value,
            self.texts.joined(),
            root._replace(entries={**own, **root.entries}),
            tuple(self.mistakes),
            main.unsaid,
            composition,
        )

    def wrong(self, message: str, span: Span, advice: str | None = None) -> None:
        self.mistakes.append(Diagnostic(message, self.texts.place(span), advice))

    # what it is made of

    def sets(self) -> Iterator[Override]:
        """What is given on the command line."""
        for argument in self.overrides:
            override, mistakes = read_override(argument, self.texts)
            self.mistakes += mistakes
            if override is not None:
                yield override

    def count(self, sets: Sequence[Override]) -> None:
        """Count the values of all arguments. Errors: ConfigError where they are too many, with those of the files."""
        for override in sets:
            if self.references.too_many(override.value):
                self.wrong(TOO_MANY, override.value.span)
                raise ConfigError(*bounded(self.mistakes))

    def merged(self, gathered: Gathered) -> Mapping:
        """The files one over the other, without what each says of itself."""
        root: Mapping | None = None
        for file in gathered.files:
            entries = {name: entry for name, entry in file.root.entries.items() if name not in OWN}
            root = _mapping(merge(root, file.root._replace(entries=entries), ROOT, self.rules))
            stated = file.root.entries.get("format")
            if stated is not None and file.document is not self.main and (p := format_problem(plain(stated.value))):
                self.wrong(p.message, stated.value.span, p.help)
        assert root is not None
        return root if gathered.whole else _incomplete(root)

    def with_override(self, root: Mapping, override: Override) -> Mapping:
        if override.steps[0].name == "vars":
            return root
        self.root = root
        name = override.steps[0].name
        written = section_key(root.entries, name) if len(override.steps) > 1 else name
        try:  # into a section that a file misspells, which stays as it is, since of that is told
            return _renamed(_mapping(put(_renamed(root, written, name), override, ROOT, self.rules)), name, written)
        except Misplaced as error:
            self.wrong(error.message, error.step.span, error.advice)
            return root

    def short_of(self, name: str) -> str | None:
        """The option that a value behind a layer's name stands for."""
        if name in names():
            found = definition(name)
        else:
            cells = self.root and self.root.entries.get("cells")
            content = cells and self.rules.opened(cells.value)
            entry = content.entries.get(name) if isinstance(content, Mapping) else None
            read = entry and Reader(name).definition(plain(self.references.followed(entry.value)))
            if not read:
                return "size"
            found = read
        known = options_of(found)
        return "size" if "size" in known else next(iter(known), None) if len(known) == 1 else None

    # variables

    def variables(self, gathered: Gathered, sets: Sequence[Override]) -> None:
        """Make the variables of all files known, and tell of those whose names are wrong or used nowhere."""
        layers: list[Mapping | Override] = []
        named: dict[str, Span] = {}
        for file in gathered.files:
            entry = file.root.entries.get(section_key(file.root.entries, "vars"))
            own = entry and self.own_variables(entry)
            if own:
                layers.append(own)
                if entry and file.document is self.main:
                    repeated = set(borrowed(file.root, entry, own))
                    named |= {n: e.key for n, e in own.entries.items() if n not in repeated}
        for override in sets:
            layer = self.given_variables(override)
            if layer is not None:
                layers.append(layer)
                named |= {step.name: step.span for step in override.steps[1:2]}
        known = {name: None for layer in layers for name in _names(layer)}
        self.references.variables = {name: _once(partial(self.variable, name, layers)) for name in known}
        roots = [*(file.root for file in gathered.files), *(override.value for override in sets)]
        used = dict.fromkeys(_used(roots))
        unknown = [name for name in used if name not in known]
        used |= {nearest(name[:100], islice(known, _MOST_GUESSED)) or "": None for name in unknown}
        unused = ((name, span) for name, span in named.items() if name not in used and _NAME.fullmatch(name))
        for name, span in islice(unused, MOST_SOUGHT):
            guess = nearest(name[:100], islice(used, _MOST_GUESSED))
            advice = f"did you mean '{guess}'?" if guess else f"write ${{vars.{name}}} where it is meant"
            message = f"no value uses the variable {shown(name)}"
            self.mistakes.append(Diagnostic(message, self.texts.place(span), advice, id="unused-variable"))

    def own_variables(self, entry: Entry) -> Mapping | None:
        """The variables of a file, and what is wrong with how they are written."""
        value = self.references.opened(entry.value)
        if not isinstance(value, Mapping):
            if not isinstance(value, Broken):
                is_empty = isinstance(value, Scalar) and value.is_empty
                message = f"vars must be a mapping, not {describe(plain(value))}"
                self.wrong(message, entry.key if is_empty else entry.value.span, "write vars: {name: value}")
            return None
        wrong = ((name, variable.key) for name, variable in value.entries.items() if not _NAME.fullmatch(name))
        for name, span in islice(wrong, MOST_SOUGHT):
            advice = "a name has letters, digits, '_' and '-', and begins with a letter"
            self.wrong(f"{shown(name)} is no name of a variable", span, advice)
        return value

    def given_variables(self, override: Override) -> Mapping | Override | None:
        """The variables that are given on the command line."""
        first, *below = override.steps
        if first.name != "vars":
            return None
        if below:
            return override.below()
        if isinstance(override.value, Mapping):
            return override.value
        self.wrong("vars must be a mapping", override.value.span, "write --set vars.NAME=VALUE")
        return None

    def variable(self, name: str, layers: Sequence[Mapping | Override]) -> Read:
        """The value of a variable, that of each file over those before it."""
        value: Node | None = None
        written = Span(0, 0)
        for layer in layers:
            if isinstance(layer, Mapping):
                if (entry := layer.entries.get(name)) is not None:
                    value, written = merge(value, entry.value, FREE, self.rules), entry.key
            elif layer.steps[0].name == name:
                written = written if len(layer.steps) > 1 and value is not None else layer.steps[0].span
                try:
                    value = put(value, layer.below(), FREE, self.rules)
                except Misplaced as error:
                    self.wrong(error.message, error.step.span, error.advice)
        return Read(value or Broken(written), written)

    # what is wrong with it

    def tell_of_broken(self, root: Mapping) -> None:
        """Tell of what could not be read of all that is left."""
        spans = {node.span for node in _all([root]) if isinstance(node, Broken)}
        wrongs = filter(None, map(self.references.told, sorted(spans & self.references.wrongs.keys())))
        self.mistakes += islice(wrongs, MOST_SOUGHT)


def _mapping(node: Node) -> Mapping:
    assert isinstance(node, Mapping)
    return node


def _renamed(node: Mapping, old: str, new: str) -> Mapping:
    """A mapping with another name for one of its keys."""
    if old == new:
        return node
    return node._replace(entries={new if name == old else name: entry for name, entry in node.entries.items()})


def _names(layer: Mapping | Override) -> list[str]:
    return list(layer.entries) if isinstance(layer, Mapping) else [layer.steps[0].name]


def _once(make: Callable[[], Read]) -> Callable[[], Read]:
    """A value that is made when it is first asked for; one that asks for itself makes it anew."""
    made: list[Read] = []

    def get() -> Read:
        if not made:
            made.append(make())
        return made[0]

    return get


def _incomplete(node: Mapping) -> Mapping:
    """A mapping that may lack keys of a file that could not be read."""
    entries = {
        name: entry._replace(value=_incomplete(entry.value)) if isinstance(entry.value, Mapping) else entry
        for name, entry in node.entries.items()
    }
    return node._replace(entries=entries, whole=False)


def _all(roots: Sequence[Node]) -> Iterator[Node]:
    """Every node below some, each once however often it is used."""
    waiting: list[Node] = list(roots)
    known: set[int] = set()
    while waiting:
        node = waiting.pop()
        yield node
        below = inner(node)
        if isinstance(node, Alias):
            below = tuple(n for n in below if id(n) not in known)
            known |= {id(n) for n in below}
        waiting += reversed(below)


def _used(roots: Sequence[Node]) -> Iterator[str]:
    """The variables that any value names, be it one that another takes the place of."""
    for node in _all(roots):
        if isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            try:
                found = references(take_apart(node.value))
            except NoReferenceError:
                yield from _LIKELY.findall(node.value)
                continue
            yield from (reference.path[0] for reference in found if isinstance(reference, Variable))
