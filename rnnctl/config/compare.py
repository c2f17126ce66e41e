"""Two resolved configs held against each other: key by key, layers by what they are rather than by where they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rnnctl.config.resolve import Resolved
from rnnctl.equations.definition import Definition
from rnnctl.equations.syntax import Span
from rnnctl.errors import SettingPath

_NO_MATTER = ("name", "ignore", "format")
"""What a config is called, what is not told of it, and the version that it is written in."""
_MOST_ALIGNED = 250_000
"""Up to so many pairs of layers are looked at for those that belong together."""


class Change(NamedTuple):
    """A key of the config whose value is not what it was."""

    key: SettingPath
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.key))} {shown(self.before)} -> {shown(self.after)}"


class Difference(NamedTuple):
    """What is another in the second of two configs: changed, or there in one of them alone.

    `key` is its path in the config that has it, in the first where both have; `after_key` that in the second.
    """

    kind: Literal["changed", "added", "removed"]
    key: SettingPath
    before: Any
    after: Any
    after_key: SettingPath

    def as_dict(self) -> dict[str, Any]:
        """Plain values for machines."""
        both = {} if self.key == self.after_key else {"key_after": _dotted(self.after_key)}
        return {"kind": self.kind, "key": _dotted(self.key), **both, "before": self.before, "after": self.after}


def shown(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {shown(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return value if isinstance(value, str) else _json(value)


def compare(before: object, after: object, key: SettingPath = (), *, whole: bool = False) -> Iterator[Change]:
    """The keys of two plain configs whose values differ, in the order of the file.

    Of two choices, such as optimizers or layers, that are not the same only the names are told, unless `whole`.
    """
    if isinstance(before, list | tuple) and isinstance(after, list | tuple) and _mappings(before, after):
        before, after = dict(enumerate(before)), dict(enumerate(after))
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if len(before) == len(after) == 1 and set(before) != set(after) and key[:1] != ("expect",):
            yield Change(key, before, after) if whole else Change(key, *before, *after)
            return
        for name in [*before, *(name for name in after if name not in before)]:
            yield from compare(before.get(name), after.get(name), (*key, name), whole=whole)
    elif _json(before) != _json(after):
        yield Change(key, before, after)


def differences(before: Resolved, after: Resolved) -> list[Difference]:
    """All in which the second of two configs means something else."""
    one, other = before.as_plain(), after.as_plain()
    found = [
        *_changed(_of_data(one["data"], other["data"])),
        *_of_cells(before.cells, after.cells),
        *_of_members(one["model"]["chain"], other["model"]["chain"], ("model", "chain"), ("model", "chain")),
    ]
    known = {*_NO_MATTER, "data", "cells", "model"}
    rest = [{key: value for key, value in plain.items() if key not in known} for plain in (one, other)]
    return [*found, *_changed(compare(rest[0], rest[1], whole=True))]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=True)


def _dotted(key: SettingPath) -> str:
    return ".".join(map(str, key))


def _mappings(before: Any, after: Any) -> bool:
    """Whether lists are compared item by item: the layers of a chain."""
    return any(isinstance(item, Mapping) for item in (*before, *after))


def _changed(changes: Iterator[Change]) -> Iterator[Difference]:
    return (Difference("changed", change.key, change.before, change.after, change.key) for change in changes)


def _of_data(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Where the data comes from is told as a whole where it is of another kind."""
    kinds = [next(iter(data)) for data in (before, after)]
    if kinds[0] == kinds[1]:
        yield from compare(before, after, ("data",), whole=True)
        return
    common = ("split", "scale")
    sources = [{key: value for key, value in data.items() if key not in common} for data in (before, after)]
    yield Change(("data",), *sources)
    rest = [{key: data[key] for key in common} for data in (before, after)]
    yield from compare(rest[0], rest[1], ("data",), whole=True)


# cells


def _of_cells(before: Mapping[str, Definition], after: Mapping[str, Definition]) -> Iterator[Difference]:
    """Cells by what they compute: words about them, spaces and comments are nothing."""
    for name in [*before, *(name for name in after if name not in before)]:
        key: SettingPath = ("cells", name)
        if name not in after:
            yield Difference("removed", key, dict(before[name].as_written), None, key)
        elif name not in before:
            yield Difference("added", key, None, dict(after[name].as_written), key)
        else:
            yield from _of_cell(before[name], after[name], key)


_WORDS = {"name", "summary", "source", "output_span", "as_written"}
_SECTIONS = {"states": "state"}


def _of_cell(before: Definition, after: Definition, key: SettingPath) -> Iterator[Difference]:
    for field in Definition._fields:
        if field not in _WORDS and _meaning(getattr(before, field)) != _meaning(getattr(after, field)):
            section = _SECTIONS.get(field, field)
            one, other = before.as_written.get(section), after.as_written.get(section)
            yield Difference("changed", (*key, section), one, other, (*key, section))


def _meaning(value: Any) -> Any:
    """A part of a definition without the places and words in it."""
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        if fields is None:
            return tuple(map(_meaning, value))
        kept = (v for f, v in zip(fields, value, strict=True) if f not in ("text", "summary"))
        return (type(value).__name__, *(_meaning(part) for part in kept if not isinstance(part, Span)))
    if isinstance(value, Mapping):
        return {name: _meaning(part) for name, part in value.items()}
    return (type(value).__name__, value)


# layers


def _of_members(
    before: Sequence[Any], after: Sequence[Any], key: SettingPath, after_key: SettingPath
) -> Iterator[Difference]:
    """The members of two chains, those together that belong together."""
    one, other = ([_without_input(item) for item in items] for items in (before, after))
    for i, j in aligned(one, other):
        if i is None:
            assert j is not None
            yield Difference("added", (*after_key, j), None, other[j], (*after_key, j))
        elif j is None:
            yield Difference("removed", (*key, i), one[i], None, (*key, i))
        else:
            yield from _of_member(one[i], other[j], (*key, i), (*after_key, j))


def _of_member(before: Any, after: Any, key: SettingPath, after_key: SettingPath) -> Iterator[Difference]:
    if _name(before) != _name(after):
        yield Difference("changed", key, before, after, after_key)
        return
    name = _name(before)
    if isinstance(before, str):
        return
    one, other = before[name], after[name]
    key, after_key = (*key, name), (*after_key, name)
    if name == "residual":
        yield from _of_members(one, other, key, after_key)
    elif name == "bidirectional":
        held = [m["layer"] if isinstance(m["layer"], list) else [m["layer"]] for m in (one, other)]
        yield from _of_members(held[0], held[1], (*key, "layer"), (*after_key, "layer"))
        if one["merge"] != other["merge"]:
            place = ((*key, "merge"), one["merge"], other["merge"], (*after_key, "merge"))
            yield Difference("changed", *place)
    else:
        for change in compare(one, other, key, whole=True):
            yield Difference("changed", *change, (*after_key, *change.key[len(key) :]))


def _name(item: Any) -> str:
    return item if isinstance(item, str) else next(iter(item))


def _without_input(item: Any) -> Any:
    """A layer without the width of its input, which follows from the layer before."""
    if isinstance(item, list):
        return [_without_input(part) for part in item]
    if not isinstance(item, Mapping):
        return item
    [(name, options)] = item.items()
    if name == "residual":
        return {name: _without_input(options)}
    if name == "bidirectional":
        return {name: {**options, "layer": _without_input(options["layer"])}}
    return {name: {key: value for key, value in options.items() if key != "input"}}


def aligned(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """The items of two lists in pairs: those that belong together, and each that is in one of them alone.

    Items belong together where that leaves the least to tell: one that is another layer is nearly as much as one
    that is gone and one that is new, and other options of the same layer are half of that.
    """
    one, other = [_json(item) for item in before], [_json(item) for item in after]
    shorter = min(len(one), len(other))
    head = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if one[-1 - i] != other[-1 - i]), shorter - head)
    rows, columns = len(one) - head - tail, len(other) - head - tail
    if rows * columns <= _MOST_ALIGNED:
        costs = [
            [
                0.0 if one[head + i] == other[head + j] else _cost(before[head + i], after[head + j])
                for j in range(columns)
            ]
            for i in range(rows)
        ]
        middle = _cheapest(costs, rows, columns)
    else:
        middle = [(i if i < rows else None, i if i < columns else None) for i in range(max(rows, columns))]
    pairs: list[tuple[int | None, int | None]] = [(i, i) for i in range(head)]
    pairs += [(None if i is None else head + i, None if j is None else head + j) for i, j in middle]
    return [*pairs, *((len(one) - tail + i, len(other) - tail + i) for i in range(tail))]


def _cost(before: Any, after: Any) -> float:
    return 1.0 if _name(before) == _name(after) else 1.9


def _cheapest(costs: Sequence[Sequence[float]], rows: int, columns: int) -> list[tuple[int | None, int | None]]:
    """The pairs that cost least together, an item without another costing 1 (Needleman & Wunsch 1970)."""
    best = [[float(i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            together = best[i - 1][j - 1] + costs[i - 1][j - 1]
            best[i][j] = min(together, best[i - 1][j] + 1, best[i][j - 1] + 1)
    pairs: list[tuple[int | None, int | None]] = []
    i, j = rows, columns
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + costs[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and best[i][j] == best[i - 1][j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
