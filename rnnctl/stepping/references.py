"""`h[0][3]`, `norm(c)`, `output[wind]`: what a command names of a session -> its numbers.

    reference = name index*  |  measure "(" reference ")"  |  number  |  "quoted symbol"
    index     = "[" number | from:to | numbers, with commas | ":" | the name of a column, class or symbol "]"

A part of the carry, or a value that the equations name, is followed by the place of its layer, which can be left
out where only one layer has it, and by a unit, in a matrix by a row and a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from rnnctl.data.records import Signal
from rnnctl.errors import Diagnostic, UsageError, nearest
from rnnctl.stepping.inputs import Given, visible
from rnnctl.stepping.model import Array, Model
from rnnctl.stepping.session import Session

Found: TypeAlias = "Array | str"
"""What a reference is worth: numbers, or the name of a class or symbol."""
MEASURES: Mapping[str, Callable[[Array], Any]] = {
    "norm": lambda v: np.sqrt(np.square(v.astype(np.float64)).sum()),
    "mean": lambda v: np.mean(v, dtype=np.float64),
    "max": np.max,
    "min": np.min,
    "abs": np.abs,
}
OF_STEP = ("t", "input", "output", "target", "loss", "top")
"""What a reference can name of the step itself; `top` is the most probable class."""
_DEEPEST = 20
"""How many measures may stand in each other."""
_QUOTED = r"""\s*(?:'[^']*'|"[^"]*")\s*"""
_INSIDE = rf"\[({_QUOTED}|(?!{_QUOTED}\])[^\]\[]*)\]"
_REFERENCE = re.compile(rf"\s*([A-Za-z_]\w*)\s*((?:{_INSIDE}\s*)*)")
_INDEX = re.compile(_INSIDE)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


class Units(NamedTuple):
    """Some units of a value of one layer: `part` numbers a part of its carry, or None where the equations name it.

    `units` counts row by row.
    """

    layer: int
    name: str
    part: int | None
    shape: tuple[int, ...]
    units: tuple[int, ...]

    def of(self, value: Array) -> Array:
        """These units of the whole value."""
        taken: Array = np.asarray(value).reshape(-1)[list(self.units)]
        return taken


def find_units(model: Model, text: str) -> Units:
    """The units that a text names. Errors: UsageError where no layer has them."""
    match = _REFERENCE.fullmatch(text)
    if not match:
        raise UsageError(Diagnostic(f"'{visible(text)}' names no unit", help=_example(model)))
    return _units(model, match[1], _INDEX.findall(match[2]), text)


def find_state(model: Model, text: str) -> Units:
    """The units of the carry that a text names. Errors: UsageError where no layer has them in its carry."""
    found = find_units(model, text)
    if found.part is None:
        message = f"{found.name} is computed in each step, and is no part of the carry"
        raise UsageError(Diagnostic(message, help=f"parts of the carry: {', '.join(_parts(model))}"))
    return found


def name_unit(model: Model, layer: int, part: int, unit: int) -> str:
    """The text that names one unit of the carry, counted row by row: `h[0][3]`, or `h[3]` where one layer has h."""
    ready = model.layers[layer]
    state = ready.states[part]
    place = f"[{ready.place}]" if len(_having(model, state.name)) > 1 else ""
    indices = np.unravel_index(unit, state.shape) if state.shape else ()
    return f"{state.name}{place}" + "".join(f"[{int(index)}]" for index in indices)


def value_of(session: Session, text: str) -> Found:
    """What a reference is worth where the session stands. Errors: UsageError where it names nothing that is known."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if _NUMBER.fullmatch(text):
        if not np.isfinite(float(text)):
            raise UsageError(f"{text} is too large for a number")
        return np.asarray(float(text))
    measure, bracket, inner = text.partition("(")
    if bracket and text.endswith(")"):
        if text.count("(") > _DEEPEST:
            raise UsageError(f"more than {_DEEPEST} measures stand in each other")
        if measure.strip() not in MEASURES:
            guess = nearest(measure.strip(), MEASURES)
            raise UsageError(
                Diagnostic(f"there is no measure '{visible(measure)}'", help=_did_you_mean(guess, MEASURES))
            )
        value = value_of(session, inner[:-1])
        if isinstance(value, str):
            raise UsageError(f"{measure.strip()} takes numbers, not '{visible(value)}'")
        with np.errstate(over="ignore"):
            found = np.asarray(MEASURES[measure.strip()](value))
        if not np.isfinite(found).all():
            raise UsageError(f"{visible(text)} is too large for a number")
        return found
    match = _REFERENCE.fullmatch(text)
    if not match:
        raise UsageError(Diagnostic(f"'{visible(text)}' names nothing of this session", help=_example(session.model)))
    name, indices = match[1], _INDEX.findall(match[2])
    if name in OF_STEP and not (indices and _having(session.model, name)):  # t, where a cell has a part t
        return _of_step(session, name, indices)
    return _of_layer(session, _units(session.model, name, indices, text))


def number_of(session: Session, text: str) -> float | str:
    """The one number, or the symbol, that a reference is worth. Errors: UsageError where it is many or unknown."""
    value = value_of(session, text)
    if isinstance(value, str):
        return value
    if value.size != 1:
        raise UsageError(
            Diagnostic(
                f"{visible(text.strip())} is {value.size} numbers",
                help=f"name one of them, or write norm({visible(text.strip())})",
            )
        )
    return float(value.reshape(()))


def _of_layer(session: Session, found: Units) -> Array:
    if found.part is not None:
        return found.of(session.carry[found.layer][found.part])
    inside = session.inside()[found.layer]
    if found.name not in inside:
        raise UsageError(f"{found.name} is known after a step, and none has been made here")
    return found.of(inside[found.name])


def _of_step(session: Session, name: str, indices: Sequence[str]) -> Found:
    """A value of the last step, in the data's units."""
    if name == "t":
        _no_more(name, indices)
        return np.asarray(float(session.t))
    step = session.last
    if step is None:
        raise UsageError(f"{name} is known after a step, and none has been made here")
    facts = session.model.facts
    if name in ("loss", "target") and step.target is None:
        raise UsageError(Diagnostic(f"the {name} of this step is not known", help="feed the data that the run knows"))
    if name == "loss":
        _no_more(name, indices)
        return np.asarray(step.loss)
    if name == "top":
        _no_more(name, indices)
        if facts.target.kind != "class":
            raise UsageError("top is for models of classes")
        return step.top(1)[0][0]
    if name == "output":
        labels = list(facts.target.symbols if facts.target.kind == "class" else facts.target.names)
        return _entry(name, labels, list(step.shown.values()), indices)
    given: Given = step.given if name == "input" else step.target or {}
    signal: Signal = facts.input if name == "input" else facts.target
    if signal.kind in ("class", "symbol"):
        _no_more(name, indices)
        return str(given[signal.names[0]])
    return _entry(name, list(signal.names), [float(given[column]) for column in signal.names], indices)


def _entry(name: str, labels: Sequence[str], values: Sequence[float], indices: Sequence[str]) -> Array:
    """One of the columns or classes, or all of them."""
    if not indices:
        return np.asarray(values)
    _no_more(name, indices[1:])
    label = _unquoted(indices[0])
    if label in labels:
        return np.asarray(values[labels.index(label)])
    if re.fullmatch(r"\d{1,9}", label) and int(label) < len(values):
        return np.asarray(values[int(label)])
    message = f"{name} has no '{visible(label)}'"
    raise UsageError(Diagnostic(message, help=_did_you_mean(nearest(label, labels), labels)))


def _units(model: Model, name: str, indices: Sequence[str], text: str) -> Units:
    having = _having(model, name)
    if not having:
        known = [*_parts(model), *(n for layer in model.layers for n in layer.machine.program.names if "'" not in n)]
        known = list(dict.fromkeys([*known, *OF_STEP]))
        message = f"no layer has a part or value '{visible(name)}'"
        guess, columns = nearest(name, known), _columns(model, name)
        if columns and not guess:
            raise UsageError(Diagnostic(message, help=f"did you mean {' or '.join(columns)}?"))
        raise UsageError(Diagnostic(message, help=_did_you_mean(guess, known)))
    rank = len(next(iter(having.values()))[1])
    if len(indices) > rank or (len(having) > 1 and indices):
        place, indices = indices[0].strip(), indices[1:]
        found = {i: v for i, v in having.items() if model.layers[i].place == place}
        if not found:
            places = ", ".join(f"{name}[{model.layers[i].place}]" for i in having)
            raise UsageError(Diagnostic(f"layer '{visible(place)}' has no {name}", help=f"there is {places}"))
        having = found
    if len(having) > 1:
        places = ", ".join(f"{name}[{model.layers[i].place}]" for i in having)
        raise UsageError(Diagnostic(f"{name} stands in several layers", help=f"name one: {places}"))
    [(layer, (part, shape))] = having.items()
    if len(indices) > len(shape):
        raise UsageError(f"{name} of layer {model.layers[layer].place} has {len(shape)} axes, not {len(indices)}")
    numbers = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)
    for axis, index in enumerate(indices):
        numbers = np.take(numbers, _chosen(index, shape[axis], text), axis)
    return Units(layer, name, part, shape, tuple(int(n) for n in numbers.reshape(-1)))


def _chosen(index: str, size: int, text: str) -> list[int]:
    """The places along an axis that an index means."""
    chosen: list[int] = []
    for piece in index.split(","):
        ends = piece.split(":")
        if len(ends) > 2 or not all(re.fullmatch(r"\s*\d{0,9}\s*", end) for end in ends) or piece.strip() == "":
            raise UsageError(
                Diagnostic(
                    f"'{visible(piece)}' in {visible(text)} is no unit", help="units are numbers, such as 3 or 2:5"
                )
            )
        first = int(ends[0]) if ends[0].strip() else 0
        last = first + 1 if len(ends) == 1 else int(ends[1]) if ends[1].strip() else size
        if first >= size or last > size:
            raise UsageError(f"{visible(text)}: there are units 0 to {size - 1}")
        if first >= last:
            raise UsageError(f"{visible(text)}: there is no unit from {first} up to {last}, which is left out")
        chosen += range(first, last)
    return chosen


def _columns(model: Model, name: str) -> list[str]:
    """How a column, or a class, of this name is written, or of the name that is nearest."""
    facts = model.facts
    sides = {
        "input": () if facts.input.kind == "symbol" else facts.input.names,
        "output": facts.target.symbols if facts.target.kind == "class" else facts.target.names,
    }
    known = [label for labels in sides.values() for label in labels]
    meant = name if name in known else nearest(name, known)
    return [f"{side}[{visible(meant)}]" for side, labels in sides.items() if meant in labels] if meant else []


def _having(model: Model, name: str) -> dict[int, tuple[int | None, tuple[int, ...]]]:
    """The layers that have a part of this name, or a value that their equations name, with its shape."""
    found: dict[int, tuple[int | None, tuple[int, ...]]] = {}
    for i, layer in enumerate(model.layers):
        for part, state in enumerate(layer.states):
            if state.name == name:
                found[i] = (part, state.shape)
        if i not in found and name in layer.machine.program.names:
            found[i] = (None, layer.layer.graph.names[name].sizes)
    with_part = {i: v for i, v in found.items() if v[0] is not None}
    return with_part or found


def _parts(model: Model) -> list[str]:
    return list(dict.fromkeys(state.name for layer in model.layers for state in layer.states))


def _no_more(name: str, indices: Sequence[str]) -> None:
    if indices:
        raise UsageError(f"{name} takes no [{visible(indices[0])}]")


def _unquoted(label: str) -> str:
    stripped = label.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1]
    return stripped


def _did_you_mean(guess: str | None, known: Sequence[str] | Mapping[str, object]) -> str:
    listing = ", ".join(list(known)[:12])
    return f"did you mean '{guess}'?" if guess else f"known here: {listing}"


def _example(model: Model) -> str:
    for layer in model.layers:
        for state in layer.states:
            unit = "".join("[0]" for _ in state.shape)
            return f"such as {state.name}[{layer.place}]{unit}, norm({state.name}[{layer.place}]) or output"
    return "such as output or t"
