"""Which units of a model of embedded Reber strings hold the letter of the frame, and what turns its answer.

    python tests/measurements/reber_units.py RUN …

The units of c are taken in the order of their correlation with the second letter, over 20 strings of the test split.
Over 100 strings, in which the model is asked for the last but one letter, it tells how many answers turn when the sign
of each unit alone, and of the first 1, 2, 3, … together, is changed three letters before; and what becomes of them
where the first unit is put to, or held from the start at, its mean in strings of the other letter.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnnctl.data.tasks.reber import SYMBOLS
from rnnctl.runs.directory import find_run
from rnnctl.stepping.model import Carry, Model, load_model
from rnnctl.stepping.references import find_state
from rnnctl.stepping.relations import correlations
from rnnctl.stepping.session import Session
from rnnctl.stepping.sources import split_feed

CORRELATED, ASKED, BEFORE = 20, 100, 3
T, P = SYMBOLS.index("T"), SYMBOLS.index("P")
CODES = {symbol: np.asarray(i) for i, symbol in enumerate(SYMBOLS)}


class Asked(NamedTuple):
    """A string up to where its last but one letter is asked for, and the carry some letters before."""

    letters: str
    carry: Carry

    @property
    def outer(self) -> str:
        return self.letters[1]


def main(names: list[str]) -> None:
    """Measure every run that is named."""
    for name in names:
        measure(name, load_model(find_run(name, Path("runs"))))


def measure(name: str, model: Model) -> None:
    """Print what is measured of one model."""
    strings = [string_of(model, i) for i in range(ASKED)]
    session = Session(model)
    for letters in strings[:CORRELATED]:
        session.reset()
        for symbol in letters:
            session.step(symbol)
    units = [u for u in correlations(session, "T", held_from=2).units if u.unit.startswith("c[")]
    places = [find_state(model, u.unit) for u in units]
    asked = [Asked(letters[:-1], walk(model, letters[: -1 - BEFORE])[0]) for letters in strings]
    right = sum(answer(model, a.carry, a.letters[-BEFORE:]) == a.outer for a in asked)
    print(f"{name}: {right} of {ASKED} right; {', '.join(f'{u.unit} {u.value:+.2f}' for u in units[:6])}")
    layer, part = places[0].layer, places[0].part
    order = [place.units[0] for place in places]

    def turned(change: Any) -> int:
        found = 0
        for a in asked:
            value = np.array(a.carry[layer][part])
            change(value, a.outer)
            states = tuple(value if j == part else v for j, v in enumerate(a.carry[layer]))
            carry = tuple(states if i == layer else v for i, v in enumerate(a.carry))
            found += answer(model, carry, a.letters[-BEFORE:]) != a.outer
        return found

    def flipping(which: list[int]) -> int:
        return turned(lambda value, _: value.__setitem__(which, -value[which]))

    print("  turned by the sign of each alone:", *(flipping([unit]) for unit in order[:8]))
    print("  of the first 1, 2, 3, … together:", *(flipping(order[:count]) for count in range(1, 9)))
    means = {o: mean_of(model, [a for a in asked if a.outer == o], layer, part, order[0]) for o in "TP"}
    put = turned(lambda value, outer: value.__setitem__(order[0], means["P" if outer == "T" else "T"]))
    print(f"  by {units[0].unit} at its mean after the other letter: {put}")
    for outer, mean in means.items():
        held = {layer: {part: {order[0]: mean}}}
        ends = [(a.outer, answer(model, model.initial_carry(), a.letters, held)) for a in asked]
        told = ", ".join(f"{sum(o == s and e != s for o, e in ends)} of {s}" for s in "TP")
        print(f"  held at that after {outer}, {mean:.2f}: {told}")


def mean_of(model: Model, asked: list[Asked], layer: int, part: Any, unit: int) -> float:
    """The mean of a unit from the fourth letter on."""
    return float(np.mean([s[layer][part][unit] for a in asked for s in walk(model, a.letters)[1][3:]]))


def string_of(model: Model, number: int) -> str:
    """A string of the test split, without its last letter, which is a target only."""
    feed = split_feed(model, "test", number)
    return "".join(str(row.given["symbol"]) for row in islice(feed.rows, len(feed.rows)))


def walk(model: Model, letters: str, held: Any = None) -> tuple[Carry, list[Carry]]:
    """The carry after some letters from the initial one, and that after each of them."""
    carry, every = model.initial_carry(), []
    for letter in letters:
        carry, _ = model.step(carry, CODES[letter], held or {})
        every.append(carry)
    return carry, every


def answer(model: Model, carry: Carry, letters: str, held: Any = None) -> str:
    """Which of the two letters is the more probable after some more."""
    y = np.zeros(len(SYMBOLS))
    for letter in letters:
        carry, y = model.step(carry, CODES[letter], held or {})
    return "T" if y[T] > y[P] else "P"


if __name__ == "__main__":
    main(sys.argv[1:])
