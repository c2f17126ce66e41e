"""A chain as it is written: layers one after the other, some of them held by members that span layers.

`residual` adds its layers' output to their input, `bidirectional` runs a layer both ways, `last` keeps the answer
at a sequence's end. `stack` is a shorthand, written out here: nothing behind this file knows of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from rnnctl.catalogue import definition, names
from rnnctl.config.apart import apart
from rnnctl.config.diagnose import describe
from rnnctl.config.layers import PERIODS, WrittenLayer, read_layer, wrong_period
from rnnctl.config.rules import BATCHING, POLICY, UPDATE
from rnnctl.config.sections import TrainingSection
from rnnctl.data.records import Facts
from rnnctl.equations.definition import Definition
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest

Merge = Literal["concat", "sum", "mean"]
MERGES: tuple[Merge, ...] = ("concat", "sum", "mean")
MEMBERS = ("bidirectional", "last", "residual", "stack")
"""What may stand in a chain beside a layer; no cell can have such a name."""
MOST_NESTED = 8
MOST_LAYERS = 10_000
"""How many layers a chain may have, its stacks written out and both directions counted."""
_KEYS = {"bidirectional": ("layer", "merge"), "stack": ("layer", "depth", "dropout", "per")}


@dataclass(frozen=True, slots=True)
class WrittenResidual:
    """Layers whose output is added to their input."""

    members: tuple[Written, ...]
    setting: SettingPath


@dataclass(frozen=True, slots=True)
class WrittenBidirectional:
    """Layers that run in both directions, each with parameters of its own, and how the two outputs become one."""

    members: tuple[Written, ...]
    merge: Merge
    setting: SettingPath


@dataclass(frozen=True, slots=True)
class WrittenLast:
    """The answer at the end of a sequence alone."""

    setting: SettingPath


Written: TypeAlias = "WrittenLayer | WrittenResidual | WrittenBidirectional | WrittenLast"


def read_chain(
    items: Sequence[Any], cells: Mapping[str, Definition], broken: frozenset[str]
) -> tuple[tuple[Written, ...] | None, list[Problem]]:
    """The members of a chain, or None; and all that is wrong with how they are written.

    `cells` are the user's definitions; `broken` names those that have mistakes of their own, and of which nothing
    is told here.
    """
    reader = _Reader(cells, broken, len(items) - 1)
    reader.problems += [
        Problem(("cells", name), f"'{name}' is a member of chains", "give your cell another name", on="key")
        for name in cells
        if name in MEMBERS
    ]
    places = [(item, ("model", "chain", i)) for i, item in enumerate(items)]
    found = reader.read_all(places, ())
    if (many := count(found)) > MOST_LAYERS:
        message = f"a chain has at most {MOST_LAYERS:,} layers, and here are {many:,}"
        reader.problems.append(Problem(("model", "chain"), message, on="key"))
    return (None if reader.problems or reader.missing else tuple(found)), reader.problems


class _Reader:
    """Reads members; mistakes gather in `problems`. `holders` names the members that hold one, the outermost first.

    `end` is the position of the last item of the chain.
    """

    def __init__(self, cells: Mapping[str, Definition], broken: frozenset[str], end: int) -> None:
        self.cells = cells
        self.broken = broken
        self.end = end
        self.problems: list[Problem] = []
        self.missing = False
        self.stacked = 0

    def read_all(self, items: Sequence[tuple[Any, SettingPath]], holders: tuple[str, ...]) -> list[Written]:
        members: list[Written] = []
        for item, setting in items:
            if len(self.problems) >= MOST_SOUGHT:
                break
            members += self.read(item, setting, holders)
        return members

    def read(self, item: Any, setting: SettingPath, holders: tuple[str, ...]) -> list[Written]:
        """The members that an item stands for: one, or those of a stack; none where it is wrong."""
        name, value = self.named(item, setting)
        if name is None:
            return []
        setting = (*setting, name) if isinstance(item, dict) else setting
        if name in MEMBERS:
            return self.member(name, value, setting, holders)
        if name in self.broken:
            self.missing = True
            return []
        if name not in self.cells and name not in names():
            self.unknown(name, setting)
            return []
        ends = not holders and setting[2] == self.end
        layer, wrong = read_layer(self.cells.get(name) or definition(name), value, setting, ends=ends)
        if isinstance(item, str) and isinstance(setting[-1], str):  # no item of a list, but a value behind a key
            wrong = [p._replace(help=re.sub(r"^write `(.*)`$", r"write `{\1}`", p.help or "") or None) for p in wrong]
        self.problems += wrong
        return [] if layer is None else [layer]

    def named(self, item: Any, setting: SettingPath) -> tuple[str | None, Any]:
        """The name of a layer and what is written behind it: `lstm: 32`, `dense: {…}`, or `layer_norm` alone."""
        if isinstance(item, str):
            return item, None
        if isinstance(item, dict) and len(item) == 1:
            [(name, options)] = item.items()
            return name, options
        what = f"{len(item)} keys" if isinstance(item, dict) else describe(item)
        known = {name: definition(name) for name in (item if isinstance(item, dict) else ()) if name in names()}
        help_text = apart(item, {**known, **self.cells}, MEMBERS)
        self.wrong(setting, f"a layer is one name with its options, not {what}", help_text, on="value")
        return None, None

    def unknown(self, name: str, setting: SettingPath) -> None:
        known = [*self.cells, *names(), *MEMBERS]
        guess, listing = nearest(name, known), f"layers: {', '.join(known)}"
        self.wrong(setting, f"unknown layer '{name}'", f"did you mean '{guess}'? {listing}" if guess else listing)

    def wrong(
        self,
        setting: SettingPath,
        message: str,
        help: str | None = None,  # noqa: A002
        on: Literal["key", "value"] = "key",
    ) -> None:
        self.problems.append(Problem(setting, message, help, on=on))

    # members

    def member(self, name: str, value: Any, setting: SettingPath, holders: tuple[str, ...]) -> list[Written]:
        if name == "last":
            return self.last(value, setting, holders)
        if len(holders) == MOST_NESTED:
            self.wrong(setting, f"members of a chain are nested at most {MOST_NESTED} deep")
            return []
        holders = (*holders, name)
        if name == "residual":
            members = self.held(value, setting, holders)
            return [WrittenResidual(members, setting)] if members else []
        if name == "stack":
            return self.stack(value, setting, holders)
        if not (isinstance(value, dict) and ("layer" in value or "merge" in value)):
            members = self.held(value, setting, holders)
            return [WrittenBidirectional(members, "concat", setting)] if members else []
        beside = {key for key in value if key in self.cells or key in names()} if "layer" not in value else set()
        meant = self.keys(name, {key: item for key, item in value.items() if key not in beside}, setting)
        if "layer" not in value:
            if "layer" not in meant:
                help_text = "write `bidirectional: {layer: {lstm: 32}, merge: sum}`"
                self.wrong(setting, "bidirectional needs 'layer' beside 'merge'", help_text)
            return []
        merge = value.get("merge", "concat")
        if merge not in MERGES:
            message = f"merge must be one of {', '.join(MERGES)}, not {describe(merge)}"
            self.wrong((*setting, "merge"), message, on="value")
        members = self.held(value["layer"], (*setting, "layer"), holders)
        return [WrittenBidirectional(members, cast(Any, merge), setting)] if members else []

    def last(self, value: Any, setting: SettingPath, holders: tuple[str, ...]) -> list[Written]:
        if value not in (None, {}):
            self.wrong(setting, "last has no options", on="value")
        elif holders:
            self.wrong(setting, f"last stands in the chain itself, not in {holders[-1]}")
        else:
            return [WrittenLast(setting)]
        return []

    def held(self, value: Any, setting: SettingPath, holders: tuple[str, ...]) -> tuple[Written, ...] | None:
        """The layers that a member holds, one or a list of them; None where there is none."""
        if value is None or value in ([], {}):
            name = holders[-1]
            self.wrong(setting, f"{name} holds a layer, or a list of layers", f"write `{_EXAMPLES[name]}`")
            return None
        items = [(v, (*setting, i)) for i, v in enumerate(value)] if isinstance(value, list) else [(value, setting)]
        return tuple(self.read_all(items, holders)) or None

    def keys(self, name: str, value: Mapping[str, Any], setting: SettingPath) -> set[str | None]:
        """Tell of keys that a member does not have; the keys that these most likely stand for."""
        meant = {key: nearest(key, _KEYS[name]) for key in value if key not in _KEYS[name]}
        for key, guess in meant.items():
            listing = f"known here: {', '.join(_KEYS[name])}"
            help_text = f"did you mean '{guess}'? {listing}" if guess else listing
            self.wrong((*setting, key), f"unknown key '{key}' of {name}", help_text)
        return set(meant.values())

    def stack(self, value: Any, setting: SettingPath, holders: tuple[str, ...]) -> list[Written]:
        """The layers of a stack, written out: with dropout between them, and none behind the last."""
        before = len(self.problems)
        if not isinstance(value, dict):
            self.wrong(setting, f"stack is a mapping, not {describe(value)}", f"write `{_EXAMPLES['stack']}`", "value")
            return []
        layers = {*self.cells, *names()} - {*_KEYS["stack"]}
        if "layer" not in value and (name := next((k for k in value if k in layers), None)):
            inner = value[name] if isinstance(value[name], str | int | float) else "…"
            help_text = f"write `stack: {{layer: {{{name}: {inner}}}, depth: 2}}`"
            self.wrong(setting, "stack takes layer and depth", help_text)
            return []
        meant = self.keys("stack", value, setting)
        for key in ("layer", "depth"):
            if key not in value and key not in meant:
                self.wrong(setting, f"stack needs '{key}'", f"write `{_EXAMPLES['stack']}`")
        depth, dropout, per = (value.get(key) for key in ("depth", "dropout", "per"))
        if "depth" in value and (isinstance(depth, bool) or not isinstance(depth, int)):
            self.wrong((*setting, "depth"), f"depth must be a whole number, not {describe(depth)}", on="value")
        elif isinstance(depth, int) and depth < 1:
            self.wrong((*setting, "depth"), f"depth must be at least 1, not {depth}", on="value")
        between = None if dropout is None else self.dropout(dropout, per, setting)
        if per is not None and dropout is None and "dropout" not in meant:
            message = "per says for what dropout is drawn once, and this stack has none"
            place = (*setting, "per")
            self.problems.append(Problem(place, message, "write dropout: 0.2, say", on="key", id="per-without-dropout"))
        group = self.held(value["layer"], (*setting, "layer"), holders) if "layer" in value else None
        if group is None or len(self.problems) > before:
            return []
        self.stacked += count(group) * cast(int, depth)
        if self.stacked > MOST_LAYERS:
            message = f"a chain has at most {MOST_LAYERS:,} layers, and its stacks alone would have {self.stacked:,}"
            self.wrong((*setting, "depth"), message, on="value")
            return []
        lead = group if between is None else (between, *group)
        return [*group, *lead * (cast(int, depth) - 1)]

    def dropout(self, rate: Any, per: Any, setting: SettingPath) -> Written | None:
        """The layer that stands between those of a stack."""
        if per is not None and per not in PERIODS:
            self.problems.append(wrong_period(per, (*setting, "per")))
            return None
        place = (*setting, "dropout")
        if isinstance(rate, dict | list):
            self.wrong(place, f"dropout must be a number, not {describe(rate)}", "`per` stands beside it", "value")
            return None
        layer, wrong = read_layer(definition("dropout"), {"rate": rate, "per": per}, setting)
        self.problems += [
            p._replace(setting=place, message=p.message.replace("rate must", "dropout must", 1)) for p in wrong
        ]
        return layer


_EXAMPLES = {
    "bidirectional": "bidirectional: {lstm: 32}",
    "residual": "residual: [{lstm: 32}]",
    "stack": "stack: {layer: {lstm: 32}, depth: 2}",
}


def count(members: Sequence[Written]) -> int:
    """How many layers there are in members, one that runs both ways counted twice."""
    return sum(
        1
        if isinstance(m, WrittenLayer | WrittenLast)
        else count(m.members) * (2 if isinstance(m, WrittenBidirectional) else 1)
        for m in members
    )


def names_written(value: Any) -> Iterator[str]:
    """Every name that stands in a chain where a layer could, right or wrong."""
    if isinstance(value, list):
        for item in value:
            yield from names_written(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name in MEMBERS:
                yield from names_written(inner.get("layer", inner) if isinstance(inner, dict) else inner)


def stack_warnings(items: Any, setting: SettingPath = ("model", "chain")) -> Iterator[Problem]:
    """Stacks that are legal and almost surely wrong."""
    for key, value in items.items() if isinstance(items, dict) else enumerate(items) if isinstance(items, list) else ():
        place = (*setting, key)
        if key == "stack" and isinstance(value, dict) and value.get("depth") == 1 and value.get("dropout") is not None:
            message = "this dropout stands between layers, and there is one layer: nothing is dropped"
            help_text = "write depth: 2 or more, or `- dropout` as a layer of its own"
            also = (((*place, "depth"), "one layer"),)
            yield Problem(
                (*place, "dropout"), message, help_text, severity="warning", id="dropout-of-one-layer", also=also
            )
        yield from stack_warnings(value, place)


def bidirectional_problems(members: Sequence[Written], training: TrainingSection) -> Iterator[Problem]:
    """Why a layer that sees each sequence from both ends cannot be trained so; told of the first one."""
    first = next(_bidirectional(members), None)
    if first is None:
        return
    help_text = "write window: null, or reset: window, with which each window stands alone"
    what = "a bidirectional layer reads each sequence from its end too"
    also: tuple[tuple[SettingPath, str], ...]
    if training.batching == "streams":
        message = f"{what}, and the rows of batching: streams have none in sight"
        also, help_ = ((BATCHING, "streams are asked for here"),), "write batching: sequences"
        yield Problem(first.setting, message, help_, on="key", id="bidirectional-in-streams", also=also)
    elif training.window is not None and training.reset.policy != "window":
        message = f"{what}, and window: {training.window.update} cuts it before"
        also = ((UPDATE, "sequences are cut here"), (POLICY, "and go on from window to window"))
        yield Problem(first.setting, message, help_text, on="key", id="bidirectional-cut-by-window", also=also)
    for key in ("before", "after"):
        if getattr(training.reset, key) is not None:
            message = f"{what}, and reset.{key} cuts it where a column says"
            also, help_ = ((("training", "reset", key), "the column"),), f"leave reset.{key} out"
            yield Problem(first.setting, message, help_, on="key", id="bidirectional-cut-by-column", also=also)


def foresight_problems(members: Sequence[Written], training: TrainingSection, facts: Facts) -> Iterator[Problem]:
    """Why a backward direction reads its own answer: a value ahead of an input. Told of the first such member."""
    ahead = facts.ahead or facts.foretells
    shown = [name for name in facts.target.names if facts.ahead and name in facts.input.names]
    if facts.foretells:
        shown = list(facts.input.names)
    window = training.window
    apart = window is not None and window.update <= ahead  # the answer stands behind the end of every window
    first = next(_bidirectional(members), None)
    if first is None or not shown or apart:
        return
    steps = f"{ahead} step{'s' * (ahead != 1)}"
    listing = ", ".join(shown)
    message = (
        f"the backward direction sees the step that is asked for: the target is {listing} {steps} ahead, and "
        f"{listing} {'is an input' if len(shown) == 1 else 'are inputs'}"
    )
    help_text = "write the layers without bidirectional, or ask for what is not among the inputs"
    also = (
        (("data", "target", "ahead"), "asked ahead"),
        (("data", "text"), "of text the next symbol is asked"),
        (("data", "task"), "this task asks for the next input"),
    )
    yield Problem(first.setting, message, help_text, on="key", id="bidirectional-sees-answer", also=also)


def _bidirectional(members: Sequence[Written]) -> Iterator[WrittenBidirectional]:
    for member in members:
        if isinstance(member, WrittenBidirectional):
            yield member
        if not isinstance(member, WrittenLayer | WrittenLast):
            yield from _bidirectional(member.members)
