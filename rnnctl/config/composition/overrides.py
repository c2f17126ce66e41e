"""`--set PATH=VALUE`: read, and put in its place. The value is YAML; the path names keys, and items by their number."""

from __future__ import annotations

import re
from typing import NamedTuple

from rnnctl.catalogue import definition, names
from rnnctl.config.composition.forms import BOTH, ITEM, Form, as_list, inside, lifted, without_others, written_out
from rnnctl.config.composition.merge import ADDING, Rules, highest, is_null, merge
from rnnctl.config.expect.promises import SPLITS
from rnnctl.config.expect.sections import MetricBound
from rnnctl.config.layers import extras_of
from rnnctl.config.members import MEMBERS
from rnnctl.config.places import TOP
from rnnctl.document.composer import MAX_DEPTH
from rnnctl.document.joined import ARGUMENT, Texts, moved
from rnnctl.document.nodes import Broken, Entry, Mapping, Node, Scalar, Sequence
from rnnctl.document.recovery import compose as read_yaml
from rnnctl.document.source import Source, Span, shown
from rnnctl.equations.options import options_of
from rnnctl.errors import ConfigError, Diagnostic, Place

_INDEXED = re.compile(r"[^\[\]]+(\[\d+\])+")
_USAGE = "write --set training.window=64"


class Step(NamedTuple):
    """A key or a number of a path, and where it stands."""

    name: str
    span: Span


class Override(NamedTuple):
    """A value to be put at a path, each step of it with its place; `above` names the steps before these."""

    steps: tuple[Step, ...]
    value: Node
    above: tuple[str, ...] = ()

    def below(self) -> Override:
        """The same from the first step on."""
        return self._replace(steps=self.steps[1:], above=(*self.above, self.steps[0].name))


def read_override(argument: str, texts: Texts) -> tuple[Override | None, list[Diagnostic]]:
    """What `PATH=VALUE` says, or all that is wrong with it; its text is laid behind the others."""
    source = Source(ARGUMENT, argument, "argument")
    start = texts.add(source)
    path, sign, _ = argument.partition("=")
    if not sign:
        return None, [Diagnostic("there is no '=' in this", source.place(Span(0, len(argument))), _USAGE)]
    steps = _steps(path, start)
    found = list(_wrong_path(steps, texts))
    value, mistakes = _value(argument, len(path) + 1)
    if found or value is None:
        return None, [*found, *mistakes]
    if len(steps) + value.height > MAX_DEPTH:
        message = f"values are nested more than {MAX_DEPTH} levels deep"
        return None, [*mistakes, Diagnostic(message, source.place(Span(0, len(path))))]
    return Override(steps, moved(value, start)), mistakes


def _steps(path: str, start: int) -> tuple[Step, ...]:
    steps, at = [], 0
    for part in path.split("."):
        name = part.strip()
        first = start + at + len(part) - len(part.lstrip())
        steps.append(Step(name, Span(first, first + max(1, len(name)))))
        at += len(part) + 1
    return _with_metric(tuple(steps))


def _with_metric(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of a path, those that name a metric joined: its key, `test.mse`, has a point in it."""
    if len(steps) < 3 or steps[1].name not in SPLITS or (steps[0].name in TOP and steps[0].name != "expect"):
        return steps
    rest = steps[-1:] if len(steps) > 3 and steps[-1].name in MetricBound.model_fields else ()
    key = steps[1 : len(steps) - len(rest)]
    if not all(step.name for step in key):
        return steps
    span = Span(key[0].span.start, key[-1].span.end)
    return (steps[0], Step(".".join(step.name for step in key), span), *rest)


def _wrong_path(steps: tuple[Step, ...], texts: Texts) -> list[Diagnostic]:
    empty = next((step for step in steps if not step.name), None)
    if empty is not None:
        what = "a path is missing before the '='" if len(steps) == 1 else "a key is missing here"
        return [Diagnostic(what, texts.place(empty.span), _USAGE)]
    indexed = next((step for step in steps if _INDEXED.fullmatch(step.name)), None)
    if indexed is not None:
        path = ".".join(re.sub(r"\[(\d+)\]", r".\1", step.name) for step in steps)
        return [
            Diagnostic("items are named by their number behind a point", texts.place(indexed.span), f"write {path}")
        ]
    if steps[0].name in ("extends", "format"):
        message = f"'{steps[0].name}' is for a file to say of itself"
        return [Diagnostic(message, texts.place(steps[0].span), f"write it in the file: {steps[0].name}: …")]
    return []


def _value(argument: str, start: int) -> tuple[Node | None, list[Diagnostic]]:
    """The value, read as a YAML text of its own that stands in the same columns."""
    source = Source(ARGUMENT, " " * start + argument[start:], "argument")
    if not argument[start:].strip():
        place = Source(ARGUMENT, argument).place(Span(start - 1, start))
        return None, [Diagnostic("a value is missing behind this '='", place, 'write null for none, "" for no text')]
    try:
        root, mistakes = read_yaml(source)
    except ConfigError as error:
        return None, [_shown(found, argument) for found in error.diagnostics]
    found = [_shown(mistake, argument) for mistake in mistakes.found]
    if root is None:  # a comment alone
        place = Source(ARGUMENT, argument).place(Span(start, len(argument)))
        return None, [*found, Diagnostic("this is a comment, and no value", place, 'write "#…", in quotes')]
    return root, found


def _shown(found: Diagnostic, argument: str) -> Diagnostic:
    """A mistake in the value with all of the argument as its line."""

    def whole(place: Place) -> Place:
        return Source(ARGUMENT, argument).place(Span(place.column - 1, place.column - 1 + place.length))

    first = found.where is not None and found.where.line == 1 and "\n" not in argument
    if not first or found.where is None:
        return found
    also = tuple(other._replace(where=whole(other.where)) for other in found.also)
    return found._replace(where=whole(found.where), also=also)


# putting it in its place


class Misplaced(Exception):  # noqa: N818 (it ends the search for a place, and is told of as a diagnostic)
    """A path that leads nowhere: the step at which it does, why, and what to write."""

    def __init__(self, step: Step, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.step, self.message, self.advice = step, message, advice


def put(node: Node | None, override: Override, form: Form, rules: Rules) -> Node:
    """A value with another one in it, or in its place. Errors: Misplaced."""
    return _Putter(override, rules).put(node, form, 0)


class _Putter:
    def __init__(self, override: Override, rules: Rules) -> None:
        self.steps, self.value, self.above = override
        self.rules = rules

    def put(self, node: Node | None, form: Form, i: int) -> Node:
        """The value at the first `i` steps, with the override in it."""
        if i == len(self.steps):
            return merge(node, self.value, form, self.rules)
        node = self.rules.opened(node) if node is not None else None
        if isinstance(node, Broken):
            return node
        if node is not None and self.steps[i].name in ADDING and i + 1 == len(self.steps) and self._is_list(node, form):
            name, span = self.steps[i]
            added = Mapping(span, {name: Entry(span, self.value)}, 1 + self.value.height)
            return merge(node, added, form, self.rules)
        if isinstance(node, Sequence) and not self._opens(form, i):
            return self._item(node, form, i)
        return self._key(self._mapping(node, form, i), form, i)

    def _is_list(self, node: Node, form: Form) -> bool:
        """Whether a list is here, or what stands for one."""
        whole = written_out(form, node) if form.short else None
        entry = whole and form.short and whole.entries.get(form.short)
        return as_list(form, entry.value if entry else node) is not None

    def _opens(self, form: Form, i: int) -> bool:
        """Whether a list here is the short form of a mapping that has the key of the next step."""
        return form.short is not None and not _is_number(self.steps[i].name)

    def _mapping(self, node: Node | None, form: Form, i: int) -> Mapping:
        """The mapping that is here, or that stands here in a short form."""
        step = self.steps[i]
        if node is None or is_null(node):
            return Mapping(step.span, {}, 1)
        found = written_out(form, node)
        if found is None:
            value = f", {shown(str(node.value))}" if isinstance(node, Scalar) else ""
            raise Misplaced(step, f"{self._path(i)} is a single value{value}, and has no {shown(step.name)}")
        return found

    def _key(self, node: Mapping, form: Form, i: int) -> Mapping:
        step = self.steps[i]
        node = lifted(form, node, (step.name,)) if form is BOTH else node
        if form is ITEM and len(node.entries) == 1 and step.name not in node.entries:
            [(name, _)] = node.entries.items()
            message = f"{self._path(i)} is {shown(name)}, not {shown(step.name)}"
            advice = f"for another layer write --set '{self._path(i)}={{{step.name}: …}}'"
            if self._is_option(name, i):
                rest = ".".join(step.name for step in self.steps[i:])
                advice = f"write --set {self._path(i)}.{name}.{rest}=…, the name of the layer before its option"
            raise Misplaced(step, message, advice)
        before = node.entries.get(step.name)
        value = self.put(before and before.value, inside(form, step.name, self.rules.short_of), i + 1)
        entries = node.entries if is_null(value) else without_others(form, node.entries, (step.name,))
        last = i + 1 == len(self.steps)
        key = step.span if before is None or last else before.key
        entries = {**entries, step.name: Entry(key, value)}
        return Mapping(node.span, entries, 1 + highest(entries), node.whole)

    def _is_option(self, layer: str, i: int) -> bool:
        """Whether the step is an option of the layer that stands where it should name one."""
        name = self.steps[i].name
        if layer in names():
            found = definition(layer)
            return name in (*options_of(found), *extras_of(found))
        own = ("layer", "depth", "dropout", "per", "merge") if layer in MEMBERS else ()
        return name in own or (name not in (*names(), *MEMBERS) and layer not in MEMBERS and i + 1 == len(self.steps))

    def _flow(self, i: int) -> str:
        """The value with the steps from here on as keys before it, as far as it is short."""
        text = self.value.text if isinstance(self.value, Scalar) and self.value.text.isalnum() else "…"
        for step in reversed(self.steps[i:]):
            text = f"{{{step.name}: {text}}}"
        return text

    def _item(self, node: Sequence, form: Form, i: int) -> Sequence:
        step, count = self.steps[i], len(node.items)
        where = f"{self._path(i)} is a list of {count}"
        numbers = "its one item is 0" if count == 1 else f"its items are 0 to {count - 1}" if count else "it is empty"
        if not _is_number(step.name):
            own = (written_out(ITEM, item) for item in node.items) if form.each is ITEM or form is ITEM else ()
            number = next((n for n, item in enumerate(own) if item and step.name in item.entries), None)
            advice = numbers if number is None else f"write {self._path(i)}.{number}.{step.name}"
            raise Misplaced(step, f"{where}, and {shown(step.name)} is no number of an item", advice)
        number = int(step.name[:10])
        if number >= count:
            advice = f"{numbers}; to add one write --set '{self._path(i)}.append=[{self._flow(i + 1)}]'"
            raise Misplaced(step, f"{where}, and has no item {step.name[:10]}", advice)
        item = self.put(node.items[number], inside(form, number, self.rules.short_of), i + 1)
        items = (*node.items[:number], item, *node.items[number + 1 :])
        return Sequence(node.span, items, 1 + max(item.height for item in items))

    def _path(self, i: int) -> str:
        return ".".join([*self.above, *(step.name for step in self.steps[:i])])


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal()
