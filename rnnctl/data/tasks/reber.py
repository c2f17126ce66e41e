"""The embedded Reber grammar: a short-range grammar inside a pair of symbols that must match."""

from __future__ import annotations

from array import array
from random import Random

from rnnctl.data.draws import generator
from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.tasks.task import SEED, Option, Options, Task, sequences

SYMBOLS = ("B", "T", "P", "S", "X", "V", "E")

# By state, the two ways on: the symbol and the next state. From the last state E leads out.
_REBER = (
    (("T", 1), ("P", 2)),
    (("S", 1), ("X", 3)),
    (("T", 2), ("V", 4)),
    (("X", 2), ("S", 5)),
    (("P", 3), ("V", 5)),
)
_END = len(_REBER)

# The frame around it: before the inner string, from its end on. Between the two a place is a state of _REBER.
_START, _OUTER, _OPEN = -3, -2, -1
_CLOSE, _LAST, _DONE = _END + 1, _END + 2, _END + 3


def strings(options: Options) -> list[str]:
    """Make embedded Reber strings, each way on being taken with probability one half.

    They come in parts, repeats and all, but a string that stands in an earlier part is passed over.
    """
    draw, part = generator("reber", int(options["seed"])), int(options["part"])
    made: list[str] = []
    earlier: set[str] = set()
    while len(made) < options["sequences"]:
        if len(made) % part == 0:
            earlier.update(made[-part:])
        string = _string(draw)
        if string not in earlier:
            made.append(string)
    return made


def legal_next(string: str) -> tuple[str, ...]:
    """List, for each symbol of an embedded Reber string or of the beginning of one, those that may come after it.

    "BTBP" -> ("TP", "B", "TP", "TV"); after the last E there is none. Raises ValueError for what no string
    begins with.
    """
    place, outer = _START, ""
    found = []
    for count, symbol in enumerate(string, 1):
        ways = _ways(place, outer)
        if symbol not in ways:
            raise ValueError(f"no embedded Reber string begins with '{string[:count]}'")
        if place == _OUTER:
            outer = symbol
        place = ways[symbol]
        found.append("".join(_ways(place, outer)))
    return tuple(found)


def facts(options: Options) -> Facts:
    """Make the strings for their lengths, less one: the last symbol is a target only."""
    return _facts(strings(options))


def generate(options: Options) -> Records:
    """Make at each step a symbol, and as its target the next one."""
    made = strings(options)
    code = {symbol: i for i, symbol in enumerate(SYMBOLS)}
    inputs = array("q", [code[symbol] for string in made for symbol in string[:-1]])
    targets = array("q", [code[symbol] for string in made for symbol in string[1:]])
    return Records(_facts(made), tuple(f"reber {i}" for i in range(len(made))), (inputs,), (targets,))


def _ways(place: int, outer: str) -> dict[str, int]:
    """From a place in an embedded string, whose second symbol is `outer`: each symbol, and where it leads."""
    if 0 <= place < _END:
        return dict(_REBER[place])
    frame = {_START: "B", _OUTER: "TP", _OPEN: "B", _END: "E", _CLOSE: outer, _LAST: "E", _DONE: ""}
    return dict.fromkeys(frame[place], place + 1)


def _string(draw: Random) -> str:
    outer = "TP"[draw.random() < 0.5]
    inner = ""
    state = 0
    while state != _END:
        symbol, state = _REBER[state][draw.random() < 0.5]
        inner += symbol
    return f"B{outer}B{inner}E{outer}E"


def _facts(made: list[str]) -> Facts:
    return Facts(
        input=Signal("symbol", ("symbol",), SYMBOLS),
        target=Signal("class", ("next",), SYMBOLS),
        lengths=tuple(len(string) - 1 for string in made),
        one_series=False,
        ahead=0,
        each="step",
        foretells=1,
    )


TASK = Task(
    name="reber",
    summary="Embedded Reber grammar: predict the next symbol; the last but one depends on the second",
    source="Hochreiter & Schmidhuber 1997, section 5.1",
    options=(
        sequences(768, most=10_000),
        Option("part", "integer", 1, 1, 10_000, "strings repeat only within parts of so many; 1: all are different"),
        SEED,
    ),
    facts=facts,
    generate=generate,
)
