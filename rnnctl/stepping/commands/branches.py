"""Commands that keep several ways beside each other and compare them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.walk import inputs_of, standing
from rnnctl.stepping.commands.words import name_in, no_more, plural
from rnnctl.stepping.inputs import visible
from rnnctl.stepping.references import name_unit
from rnnctl.stepping.session import Branch, Moment, describe
from rnnctl.stepping.step import Step
from rnnctl.stepping.wording import given_words, number, output_words

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk

_MOST_ROWS = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def fork(desk: Desk, rest: str) -> Outcome:
    """Make a branch from here and stand on it."""
    name = name_in(rest, "fork NAME")
    if not _NAME.fullmatch(name):
        message = f"a branch's name is letters, digits, '-', '_' and '.', 60 at most, not '{visible(name)}'"
        raise UsageError(Diagnostic(message, help="fork NAME"))
    desk.session.fork(name)
    return standing(desk, f"on {name}", branch=name)


def switch(desk: Desk, rest: str) -> Outcome:
    """Stand on another branch."""
    name = name_in(rest, "switch NAME")
    desk.session.switch(name)
    return standing(desk, f"on {name}", branch=name)


def drop(desk: Desk, rest: str) -> Outcome:
    """Forget a branch."""
    name = name_in(rest, "drop NAME")
    desk.session.drop(name)
    return standing(desk, f"{name} is forgotten", dropped=name)


def branches(desk: Desk, rest: str) -> Outcome:
    """List the branches."""
    no_more(rest, "branches")
    session = desk.session
    width = max(map(len, session.branches))
    lines, records = [], []
    for name, branch in session.branches.items():
        now = branch.moments[branch.at]
        mark = "*" if name == session.branch else " "
        lines.append(f"{mark} {name:<{width}}  t {now.t}, {plural(branch.at, 'change')} back")
        records.append({"name": name, "t": now.t, "changes": branch.at, "here": name == session.branch})
    return Outcome(text=tuple(lines), record={"branches": records})


def both(desk: Desk, rest: str) -> Outcome:
    """Make a step with the same input on every branch."""
    session = desk.session
    values = inputs_of(session.model, rest, "both VALUE …")
    here, steps = session.branch, {}
    for name in list(session.branches):
        session.switch(name)
        steps[name] = [session.step(value) for value in values]
    session.switch(here)
    facts, width = session.model.facts, max(map(len, steps))
    lines = [
        f"{name:<{width}}  t {made.t}  {given_words(made.given)}: {output_words(made, facts)}"
        for number_ in range(len(values))
        for name, every in steps.items()
        for made in (every[number_],)
    ]
    record = {name: [{"t": made.t, "output": dict(made.shown)} for made in every] for name, every in steps.items()}
    beside = tuple(made for every in steps.values() for made in every)
    return Outcome(text=tuple(lines), record={"both": record}, beside=beside)


def compare(desk: Desk, rest: str) -> Outcome:
    """Outputs of this branch and of another side by side, and how far their states are from each other."""
    session, name = desk.session, name_in(rest, "compare NAME")
    here = session.branch
    session.switch(name)
    session.switch(here)
    if name == here:
        raise UsageError(Diagnostic(f"the session stands on '{name}'", help="compare it with another branch"))
    ours, theirs = session.branches[here], session.branches[name]
    common, starts = _common(ours, theirs), [_start(ours), _start(theirs)]
    if max(starts) >= common:  # one of them is in another sequence by now: each as a whole, step beside step
        common = 0
    left, right = (_steps(desk, b, max(common, first)) for b, first in zip((ours, theirs), starts, strict=True))
    facts = session.model.facts
    rows = [
        (str(t), *(output_words(side[t], facts) if t in side else "" for side in (left, right)))
        for t in sorted({*left, *right})
    ]
    distances = _distances(desk, ours.moments[ours.at], theirs.moments[theirs.at])
    head = ("t", here, name)
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(3)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(head, widths, strict=True)).rstrip()]
    if len(rows) > _MOST_ROWS:
        lines.append(f"… {plural(len(rows) - _MOST_ROWS, 'step')} before")
    lines += [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows[-_MOST_ROWS:]
    ]
    told = ", ".join(f"{part} {number(distance)}" for part, distance, _ in distances)
    if told:
        lines.append(f"distance now: {told}")
        far = max(distances, key=lambda entry: entry[1])
        if far[1] > 0:
            lines.append(f"furthest apart: {far[2]}")
    outputs = [
        {"t": t, here: dict(left[t].shown) if t in left else None, name: dict(right[t].shown) if t in right else None}
        for t in sorted({*left, *right})
    ]
    record: dict[str, Any] = {"compare": [here, name], "outputs": outputs, "distance": {p: d for p, d, _ in distances}}
    return Outcome(text=tuple(lines), record=record)


def _common(one: Branch, other: Branch) -> int:
    """How many moments two branches have in common, from the first on."""
    count, most = 0, min(one.at, other.at) + 1
    first = one.moments[0]
    if other.moments[0] is not first:
        return 0
    while count < most and one.moments[count] is other.moments[count]:
        count += 1
    return count


def _start(branch: Branch) -> int:
    """Where the sequence begins in which a branch stands."""
    return next((i for i in range(branch.at, 0, -1) if branch.moments[i].begins), 0)


def _steps(desk: Desk, branch: Branch, since: int) -> dict[int, Step]:
    """The steps of a branch from the moment of that number on, by their t; of one t the last."""
    found: dict[int, Step] = {}
    for i in range(max(1, since), branch.at + 1):
        if branch.moments[i].made is not None:
            found[branch.moments[i].t] = describe(desk.session.model, branch.moments[i - 1], branch.moments[i])
    return found


def _distances(desk: Desk, one: Moment, other: Moment) -> list[tuple[str, float, str]]:
    """For every part of the carry the Euclidean distance, and the unit that is furthest away."""
    model = desk.session.model
    found = []
    for i, layer in enumerate(model.layers):
        for j, state in enumerate(layer.states):
            if one.carry[i][j].dtype.kind != "f":  # what counts is as far apart as the steps are
                continue
            apart = np.abs(one.carry[i][j].astype(np.float64) - other.carry[i][j]).reshape(-1)
            name = f"{state.name}[{layer.place}]"
            found.append((name, float(np.sqrt(np.square(apart).sum())), name_unit(model, i, j, int(apart.argmax()))))
    return found


COMMANDS = (
    Command("fork", "fork NAME", "make a branch from here and stand on it", fork, "branches"),
    Command(
        "switch", "switch NAME", "stand on another branch, where it was left", switch, "branches", (), ("branches",)
    ),
    Command("branches", "branches", "list the branches", branches, "branches"),
    Command("drop", "drop NAME", "forget a branch", drop, "branches", (), ("branches",)),
    Command(
        "both",
        "both VALUE …",
        "make a step with the same input on every branch",
        both,
        "branches",
        (),
        ("columns", "symbols"),
    ),
    Command(
        "compare",
        "compare NAME",
        "outputs of this branch and another side by side, and the distance of their states",
        compare,
        "branches",
        (),
        ("branches",),
    ),
)
