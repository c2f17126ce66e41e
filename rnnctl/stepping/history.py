"""A session's branches and their moments <-> arrays and a record that a file can hold.

Kept are the carry after each moment, what a step was given and what it gave; the rest is computed from them. Of each
branch the last moments are kept, up to LONGEST of them and MOST_BYTES; where it stands far back, those around it. A
moment, or a carry, that several share is kept once, and they share it again.

Shapes: N moments, C carries, S steps, F columns of the input, O outputs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from rnnctl.data.records import Signal
from rnnctl.errors import CheckpointError, Diagnostic, UsageError
from rnnctl.runs.checkpoint import Checkpoint
from rnnctl.stepping import history_before
from rnnctl.stepping.feed import Feed, Left
from rnnctl.stepping.inputs import Given
from rnnctl.stepping.model import Array, Carry, Held, Model
from rnnctl.stepping.session import Branch, Made, Moment, Place, Session

FORMAT = 3
"""The session files that are written; see `history_before` for those that were."""
LONGEST = 1000
MOST_BYTES = 4 * 2**20
_AGAIN = "--reset starts it over"
_NONE = -1
_T = TypeVar("_T")


class _Row(NamedTuple):
    """A moment in numbers: its t, and its places among carries, origins, what is held, what was done, steps, outputs.

    A step has no other words for what was done, and most moments bring no output from elsewhere: that is -1.
    """

    t: int
    carry: int
    origin: int
    held: int
    did: int
    step: int
    gave: int


class _StepRow(NamedTuple):
    """A step in numbers: the place of its target, and, of one that was fed, of the feed, its row and of its border."""

    target: int
    feed: int
    row: int
    border: int


class _Table(Generic[_T]):
    """Values in the order in which they come, each of them once."""

    def __init__(self) -> None:
        self.values: list[_T] = []
        self._places: dict[Hashable, int] = {}

    def place(self, key: Hashable, value: _T) -> int:
        found = self._places.setdefault(key, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


def packed(session: Session) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a session by their names, and its record of plain values."""
    moments: _Table[Moment] = _Table()
    feeds: _Table[str] = _Table()
    branches = []
    for name, branch in session.branches.items():
        size = sum(part.nbytes + 100 for states in branch.moments[0].carry for part in states) + 100
        most = max(1, min(LONGEST, MOST_BYTES // size // len(session.branches)))
        first = max(0, min(branch.at - most // 2, len(branch.moments) - most))
        places = [moments.place(id(moment), moment) for moment in branch.moments[first : first + most]]
        branches.append({"name": name, "at": branch.at - first, "moments": _runs(places)})
    arrays, record = _packed_moments(session.model, moments.values, feeds)
    about = {"format": FORMAT, "weights": session.model.digest, "branch": session.branch, "branches": branches}
    fed = _fed(feeds, session.fed)
    return arrays, {**about, **record, **({"feeds": feeds.values, "fed": fed} if feeds.values else {})}


def _fed(feeds: _Table[str], feed: object) -> int:
    """The place of a feed among those of a session; what was left and opened again is the same."""
    return feeds.place(id(feed.left or feed), feed.said) if isinstance(feed, Feed | Left) else _NONE


def _packed_moments(
    model: Model, moments: Sequence[Moment], feeds: _Table[str]
) -> tuple[dict[str, Array], dict[str, Any]]:
    carries: _Table[Carry] = _Table()
    origins: _Table[tuple[str, ...]] = _Table()
    helds: _Table[Mapping[int, Held]] = _Table()
    dids: _Table[str] = _Table()
    made: list[Made] = []
    gave: list[Array] = []
    rows = []
    for moment in moments:
        did = _NONE if moment.made and moment.did == "step" else dids.place(moment.did, moment.did)
        rows.append(
            _Row(
                moment.t,
                carries.place(id(moment.carry), moment.carry),
                origins.place(moment.origin, moment.origin),
                helds.place(id(moment.held) if moment.held else None, moment.held),
                did,
                len(made) if moment.made else _NONE,
                _NONE if moment.gave is None else len(gave),
            )
        )
        made += [moment.made] if moment.made else []
        gave += [] if moment.gave is None else [moment.gave]
    arrays = {
        f"carry/{layer.place}.{state.name}": _together([carry[i][j] for carry in carries.values], state.shape or (1,))
        for i, layer in enumerate(model.layers)
        for j, state in enumerate(layer.states)
    }
    arrays["moments"] = np.array(rows, np.int64)
    if gave:
        arrays["gave"] = _together(gave, gave[0].shape)
    held = [
        {str(i): {str(j): sorted(units.items()) for j, units in own.items()} for i, own in entry.items()}
        for entry in helds.values
    ]
    record = {"origins": list(map(list, origins.values)), "held": held, "did": dids.values}
    return {**arrays, **_packed_steps(model, made, feeds, record)}, record


def _packed_steps(model: Model, made: Sequence[Made], feeds: _Table[str], record: dict[str, Any]) -> dict[str, Array]:
    """The arrays of steps; the borders go into the record."""
    if not made:
        return {}
    borders: _Table[str] = _Table()
    targets: list[Given] = []
    rows = []
    for step in made:
        target, place = len(targets) if step.target else _NONE, step.place
        if place is None:
            rows.append(_StepRow(target, _NONE, _NONE, _NONE))
        else:
            rows.append(_StepRow(target, _fed(feeds, place.feed), place.row, borders.place(place.border, place.border)))
        targets += [step.target] if step.target else []
    record |= {"borders": borders.values} if borders.values else {}
    arrays = {
        "steps": np.array(rows, np.int64),
        "given": _columns(model.facts.input, [step.given for step in made]),
        "output": _together([step.output for step in made], made[0].output.shape),
    }
    return {**arrays, **({"target": _columns(model.facts.target, targets)} if targets else {})}


def _together(values: Sequence[Array], shape: tuple[int, ...]) -> Array:
    """Arrays of one shape as one array, much faster than np.stack."""
    return np.concatenate(values, axis=None).reshape(len(values), *shape)


def _columns(signal: Signal, given: Sequence[Given]) -> Array:
    """What was given as numbers (S, F), or as codes (S)."""
    if signal.symbols:
        codes, [name] = {symbol: code for code, symbol in enumerate(signal.symbols)}, signal.names
        return np.array([codes[str(entry[name])] for entry in given], np.int64)
    return np.array([[entry[name] for name in signal.names] for entry in given], np.float64)


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Numbers as runs from the first to the one behind the last."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1][1] += 1
        else:
            runs.append([place, place + 1])
    return runs


def unpacked(path: Path, saved: Checkpoint, model: Model) -> Session:
    """The session that a file holds. Errors: CheckpointError where it does not fit the model."""
    record = saved.record
    version = record.get("format", 1)
    if isinstance(version, int) and version > FORMAT:
        message = f"'{path}' is a session of format {version}, and this rnnctl knows up to {FORMAT}"
        raise CheckpointError(Diagnostic(message, help="install a newer rnnctl, or start it over with --reset"))
    try:
        if version != FORMAT:
            return history_before.unpacked(path, saved, model)
        feeds = [Left(str(said)) for said in record.get("feeds", ())]
        moments = _moments(path, saved, model, feeds)
        session = Session(model)
        fed = record.get("fed", _NONE)
        session.fed = None if fed == _NONE else _at(feeds, fed)
        session.branches = {str(branch["name"]): _branch(branch, moments) for branch in record["branches"]}
        session.branch = str(record["branch"])
        _ = session.now
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, UsageError):
        raise CheckpointError(Diagnostic(f"'{path}' is no session", help=_AGAIN)) from None
    return session


def _branch(record: Mapping[str, Any], moments: Sequence[Moment]) -> Branch:
    own: list[Moment] = []
    for first, last in record["moments"]:
        if not 0 <= first < last <= len(moments):
            raise ValueError(first, last)
        own += moments[first:last]
    if not 0 <= record["at"] < len(own):
        raise ValueError(record["at"])
    return Branch(own, int(record["at"]))


def _moments(path: Path, saved: Checkpoint, model: Model, feeds: Sequence[Left]) -> list[Moment]:
    arrays, record = saved.weights, saved.record
    rows = [_Row(*row) for row in _whole(arrays["moments"], len(_Row._fields))]
    if any(row.t < 0 for row in rows):
        raise ValueError("t")
    count = 1 + max(row.carry for row in rows)
    if count > len(rows):
        raise ValueError(count)
    carries = history_before.carries(path, "carry/", count, arrays, model)
    origins = [history_before.origin_of(origin, model) for origin in record["origins"]]
    held = [history_before.held_of(entry, model) for entry in record["held"]]
    made = _made(model, arrays, record, feeds)
    gave = arrays.get("gave", ())
    return [
        Moment(
            row.t,
            _at(carries, row.carry),
            _at(origins, row.origin),
            _at(held, row.held),
            "step" if row.did == _NONE else str(_at(record["did"], row.did)),
            None if row.step == _NONE else _at(made, row.step),
            None if row.gave == _NONE else _at(gave, row.gave),
        )
        for row in rows
    ]


def _made(model: Model, arrays: Mapping[str, Array], record: Mapping[str, Any], feeds: Sequence[Left]) -> list[Made]:
    """The steps, each input in model units as it was."""
    if "steps" not in arrays:
        return []
    rows = [_StepRow(*row) for row in _whole(arrays["steps"], len(_StepRow._fields))]
    signal, scaling = model.facts.input, model.scaling.input
    given, targets = _given(signal, arrays["given"]), _given(model.facts.target, arrays.get("target", np.zeros((0, 0))))
    values, outputs = arrays["given"], arrays["output"]
    if values.ndim != (1 if signal.symbols else 2) or outputs.ndim != 2 or outputs.dtype != model.dtype:
        raise ValueError(values.shape, outputs.shape)
    if not signal.symbols:
        with np.errstate(over="ignore"):
            values = (values if scaling is None else scaling.to_model(values)).astype(model.dtype)
        if not np.isfinite(values).all():
            raise ValueError("given")
    borders = [str(border) for border in record.get("borders", ())]
    return [
        Made(
            entry,
            np.asarray(x),
            output,
            None if row.target == _NONE else _at(targets, row.target),
            None
            if row.border == _NONE
            else Place(None if row.feed == _NONE else _at(feeds, row.feed), row.row, _at(borders, row.border)),
        )
        for row, entry, x, output in zip(rows, given, values, outputs, strict=True)
    ]


def _given(signal: Signal, columns: Array) -> list[Given]:
    """Numbers (S, F), or codes (S), by the names of their columns."""
    if signal.symbols:
        [name] = signal.names
        return [{name: _at(signal.symbols, code)} for code in columns.reshape(-1).astype(np.int64).tolist()]
    if not np.isfinite(columns).all():
        raise ValueError("given")
    return [dict(zip(signal.names, row, strict=True)) for row in columns.tolist()]


def _whole(table: Array, width: int) -> Iterable[list[int]]:
    """The rows of a table of whole numbers."""
    if table.dtype != np.int64 or table.ndim != 2 or table.shape[1] != width:
        raise ValueError(table.shape)
    rows: list[list[int]] = table.tolist()
    return rows


def _at(values: Any, place: int) -> Any:
    """The value at a place that is counted from the front."""
    if place < 0:
        raise IndexError(place)
    return values[place]
