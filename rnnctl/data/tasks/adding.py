"""The adding problem: the sum of two marked numbers, asked at the end of a long sequence."""

from __future__ import annotations

from array import array
from itertools import repeat
from random import Random

from rnnctl.data.draws import generator, whole
from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.tasks.task import SEED, Option, Options, Task, sequences


def facts(options: Options) -> Facts:
    """Draw the lengths, from `length` to a tenth more."""
    least = int(options["length"])
    draw = generator("adding", int(options["seed"]), "lengths")
    return Facts(
        input=Signal("number", ("value", "marker")),
        target=Signal("number", ("sum",)),
        lengths=tuple(whole(draw, least, least + least // 10) for _ in range(int(options["sequences"]))),
        one_series=False,
        ahead=0,
        each="sequence",
    )


def generate(options: Options) -> Records:
    """Make pairs of a value in [-1, 1) and a marker, and 0.5 + (X1 + X2) / 4 of the two values marked 1.

    The marker is -1 at both ends, 1 at one of the first ten pairs and at one of the first length/2 - 1 of
    the others, else 0. Where the first pair is chosen it stays marked -1 and its value is set to 0.
    """
    known = facts(options)
    draw = generator("adding", int(options["seed"]), "values")
    values, markers, sums = array("d"), array("d"), array("d")
    for length in known.lengths:
        value = [2 * draw.random() - 1 for _ in range(length)]
        marker = [-1.0, *repeat(0.0, length - 2), -1.0]
        chosen = _two(draw, int(options["length"]))
        for step in chosen:
            if step == 0:
                value[0] = 0.0
            else:
                marker[step] = 1.0
        values.extend(value)
        markers.extend(marker)
        sums.extend(repeat(0.5 + (value[chosen[0]] + value[chosen[1]]) / 4, length))
    names = tuple(f"adding {i}" for i in range(len(known.lengths)))
    return Records(known, names, (values, markers), (sums,))


def _two(draw: Random, least: int) -> tuple[int, int]:
    first = whole(draw, 0, 9)
    second = whole(draw, 0, least // 2 - 2)
    return first, second + (second >= first)


TASK = Task(
    name="adding",
    summary="Adding problem: the sum of two marked numbers in a long sequence, asked at its end",
    source="Hochreiter & Schmidhuber 1997, section 5.4",
    options=(
        Option("length", "integer", 100, 12, 100_000, "the least length; the longest is a tenth more"),
        sequences(5000),
        SEED,
    ),
    facts=facts,
    generate=generate,
)
