"""Temporal order, two symbols: in which order did X and Y come, long ago."""

from __future__ import annotations

from array import array
from itertools import repeat

from rnnctl.data.draws import generator, whole
from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.tasks.task import SEED, Option, Options, Task, sequences

SYMBOLS = ("a", "b", "c", "d", "X", "Y", "E", "B")
CLASSES = ("Q", "R", "S", "U")  # X X, X Y, Y X, Y Y


def facts(options: Options) -> Facts:
    """Draw the lengths, from `length` to a tenth more."""
    least = int(options["length"])
    draw = generator("temporal_order", int(options["seed"]), "lengths")
    return Facts(
        input=Signal("symbol", ("symbol",), SYMBOLS),
        target=Signal("class", ("order",), CLASSES),
        lengths=tuple(whole(draw, least, least + least // 10) for _ in range(int(options["sequences"]))),
        one_series=False,
        ahead=0,
        each="sequence",
    )


def generate(options: Options) -> Records:
    """Make E, random letters from a to d, and B; X or Y at two of the steps, and their order as the class.

    The first of the two stands from one to two tenths of `length`, the second from five to six tenths.
    """
    known = facts(options)
    tenth, half = int(options["length"]) // 10, int(options["length"]) // 2
    draw = generator("temporal_order", int(options["seed"]), "symbols")
    code = {symbol: i for i, symbol in enumerate(SYMBOLS)}
    symbols, classes = array("q"), array("q")
    for length in known.lengths:
        string = [code["E"], *(int(4 * draw.random()) for _ in range(length - 2)), code["B"]]
        first, second = whole(draw, 0, 1), whole(draw, 0, 1)
        string[whole(draw, tenth, 2 * tenth)] = code["XY"[first]]
        string[whole(draw, half, half + tenth)] = code["XY"[second]]
        symbols.extend(string)
        classes.extend(repeat(2 * first + second, length))
    names = tuple(f"temporal_order {i}" for i in range(len(known.lengths)))
    return Records(known, names, (symbols,), (classes,))


TASK = Task(
    name="temporal_order",
    summary="Temporal order 6a: the order of two symbols far apart in a sequence, asked at its end",
    source="Hochreiter & Schmidhuber 1997, section 5.6",
    options=(
        Option("length", "integer", 100, 10, 100_000, "the least length; the longest is a tenth more"),
        sequences(5000),
        SEED,
    ),
    facts=facts,
    generate=generate,
)
