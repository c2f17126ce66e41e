"""Where each value of a resolved config comes from: a place in a file, an argument, the environment, or a default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from rnnctl.catalogue import definition
from rnnctl.config.chain import ChainLayer, Last, Member, Residual
from rnnctl.config.composition.forms import ROOT, inside, lifted, written_out
from rnnctl.config.resolve import Resolved
from rnnctl.document import Document, parse
from rnnctl.document.nodes import Alias, Node, Sequence, behind
from rnnctl.equations.options import options_of
from rnnctl.errors import SettingPath

Kind = Literal["file", "set", "environment", "default", "derived"]


class Origin(NamedTuple):
    """Where a value comes from.

    `through` names the references that lead to it; `what` is said of a value that is written nowhere.
    """

    kind: Kind
    file: str | None = None
    line: int | None = None
    column: int | None = None
    through: tuple[str, ...] = ()
    what: str | None = None

    def __str__(self) -> str:
        if not self.is_written:
            return self.what or "default"
        where = [] if self.kind == "environment" else ["--set" if self.kind == "set" else f"{self.file}:{self.line}"]
        return ", ".join([*self.through, *where])

    @property
    def is_written(self) -> bool:
        """Whether it stands anywhere."""
        return self.kind not in ("default", "derived")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for machines; what there is none of is left out."""
        given = {"from": self.kind, **{key: value for key, value in self._asdict().items() if value and key != "kind"}}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}


def origin_from(plain: Mapping[str, Any]) -> Origin:
    """Read back what `as_dict` gives. Errors: KeyError, TypeError where it is another."""
    through = tuple(plain.get("through", ()))
    fields = {key: plain.get(key) for key in ("file", "line", "column", "what")}
    return Origin(plain["from"], through=through, **fields)


DEFAULT = Origin("default")
OF_DATA = Origin("derived", what="from the data")
OF_LAYER = Origin("derived", what="from the layer before")


def origins(resolved: Resolved) -> dict[SettingPath, Origin]:
    """The origin of every value of a resolved config, by its path in `as_plain`."""
    assert resolved.document is not None
    return _origins(resolved, resolved.document)


def unwritten_origins(resolved: Resolved) -> dict[SettingPath, Origin]:
    """The same where nothing is known of any file: defaults, and what follows from data and layers."""
    return _origins(resolved, parse("{}", "nothing.yaml"))


def _origins(resolved: Resolved, document: Document) -> dict[SettingPath, Origin]:
    finder = _Finder(document, resolved)
    found: dict[SettingPath, Origin] = {}
    plain = resolved.as_plain()
    for path, value in leaves({key: value for key, value in plain.items() if key != "model"}):
        found[path] = finder.of_setting(path, value)
    for i, member in enumerate(resolved.chain):
        found |= finder.of_member(member, ("model", "chain", i), first=i == 0)
    return {path: found[path] for path, _ in leaves(plain)}


def leaves(value: Any, path: SettingPath = ()) -> Iterator[tuple[SettingPath, Any]]:
    """All values that hold no others, with their paths."""
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, Mapping | list):
        yield path, value
    for key, part in parts:
        yield from leaves(part, (*path, key))


_UNWRITTEN: Mapping[SettingPath, Origin] = {
    ("name",): Origin("derived", what="from the file's name"),
    ("training", "shuffle"): Origin("derived", what="from batching"),
    ("format",): Origin("derived", what="of this rnnctl"),
}
_HELD: Mapping[SettingPath, str] = {("training", "window"): "update", ("training", "reset"): "policy"}
"""Of what is written short in a resolved config, the key that it stands for."""


class _Finder:
    def __init__(self, document: Document, resolved: Resolved) -> None:
        self.document = document
        self.resolved = resolved
        composition = document.composition
        self.uses = composition.uses if composition else {}
        self.environment = composition.environment if composition else {}

    # the sections

    def of_setting(self, path: SettingPath, value: object) -> Origin:
        """The origin of a value that is no part of the chain."""
        found = next((origin for way in _ways(path, value) if (origin := self.written(way))), None)
        if path == ("training", "shuffle") and self.is_null(path):
            found = None
        return found or _UNWRITTEN.get(path, DEFAULT)

    def is_null(self, path: SettingPath) -> bool:
        found = self.find(path)
        return found is not None and getattr(behind(found[0]), "value", 0) is None

    # the chain

    def of_member(self, member: Member, path: SettingPath, *, first: bool) -> dict[SettingPath, Origin]:
        """The origins of a member's values, by their paths; `first` says that the data feeds it."""
        if isinstance(member, ChainLayer):
            return dict(self.of_layer(member, (*path, member.layer.name), first=first))
        if isinstance(member, Last):
            return {path: self.written(member.setting) or DEFAULT}
        found: dict[SettingPath, Origin] = {}
        if isinstance(member, Residual):
            for i, part in enumerate(member.members):
                found |= self.of_member(part, (*path, "residual", i), first=first and i == 0)
            return found
        inner = (*path, "bidirectional", "layer")
        for i, part in enumerate(member.forward):
            place = (*inner, i) if len(member.forward) > 1 else inner
            found |= self.of_member(part, place, first=first and i == 0)
        found[*path, "bidirectional", "merge"] = self.written((*member.setting, "merge")) or DEFAULT
        return found

    def of_layer(self, layer: ChainLayer, path: SettingPath, *, first: bool) -> Iterator[tuple[SettingPath, Origin]]:
        setting = layer.setting
        between = setting[-1:] == ("stack",)  # a dropout between the layers of a stack
        known = options_of(self.definition(layer.layer.name))
        for name in layer.layer.options:
            written = self.written((*setting, "dropout" if between else name))
            yield (*path, name), written or (OF_DATA if known[name].default is None else DEFAULT)
        yield (*path, "input"), self.own(setting, "input") or (OF_DATA if first else OF_LAYER)
        if layer.layer.states:
            state = self.own(setting, "initial_state")
            if state is None and layer.initial_state == "learned":
                state = self.written(("training", "learn_initial_state"))
            yield (*path, "initial_state"), state or DEFAULT
        for name, (method, arguments) in layer.init.items():
            where = (*setting, "init", name)
            yield from self.of_initializer(where, (*path, "init", name), method, len(arguments))
        if layer.per is not None:
            yield (*path, "per"), self.own(setting, "per") or DEFAULT

    def own(self, setting: SettingPath, key: str) -> Origin | None:
        """What is written as a setting of a layer, unless it is null."""
        return None if self.is_null((*setting, key)) else self.written((*setting, key))

    def of_initializer(
        self, setting: SettingPath, path: SettingPath, method: str, count: int
    ) -> Iterator[tuple[SettingPath, Origin]]:
        """The origins of the numbers of an initializer, or of its name where it has none."""
        origin = self.written((*setting, method)) or self.written(setting) or DEFAULT
        if count < 2:
            yield (*path, method) if count else path, origin
        for i in range(count if count > 1 else 0):
            yield (*path, method, i), self.written((*setting, method, i)) or origin

    def definition(self, name: str) -> Any:
        return self.resolved.cells.get(name) or definition(name)

    # places

    def short_of(self, name: str) -> str | None:
        known = options_of(self.definition(name))
        return "size" if "size" in known else next(iter(known), None) if len(known) == 1 else None

    def find(self, path: SettingPath) -> tuple[Node, tuple[Alias, ...]] | None:
        """The node at a path with short forms written out, and the aliases that lead to it."""
        node, form = self.document.root, ROOT
        through: tuple[Alias, ...] = ()
        for step in path:
            node, through = _behind(node, through)
            if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                child = node.items[step]
            else:
                whole = written_out(form, node)
                entry = whole and lifted(form, whole, [str(step)]).entries.get(str(step))
                if entry is None or isinstance(step, int):
                    return None
                child = entry.value
            node, form = child, inside(form, step, self.short_of)
        return _behind(node, through)

    def written(self, path: SettingPath) -> Origin | None:
        """The origin of what is written at a path; None where nothing is."""
        found = self.find(path)
        if found is None:
            return None
        node, through = found
        names = [name for alias in through for name in self.uses.get(alias.span.start, ())]
        names = [name for name in names if not name.startswith("$") or self.environment.get(name[1:])]
        span = node.span
        source = self.document.source.part(span.start)
        if source.kind == "environment":
            return Origin("environment", through=tuple(dict.fromkeys(names)))
        place = self.document.source.place(span)
        kind: Kind = "set" if source.kind == "argument" else "file"
        return Origin(kind, place.file, place.line, place.column, tuple(dict.fromkeys(names)))


def _ways(path: SettingPath, value: object) -> Iterator[SettingPath]:
    """How a value of a resolved config may be written in a file."""
    if path in _HELD:
        yield (*path, _HELD[path])
    elif path[0] == "training" and len(path) == 2 and isinstance(value, str):
        yield (*path, value)
    yield path
    if path == ("data", "target", "column"):
        yield ("data", "target", "columns", 0)


def _behind(node: Node, through: tuple[Alias, ...]) -> tuple[Node, tuple[Alias, ...]]:
    while isinstance(node, Alias):
        through = (*through, node)
        node = node.target
    return node, through
