"""Copy memory: repeat a string after a long silence."""

from __future__ import annotations

from array import array
from itertools import repeat

from rnnctl.data.draws import generator, whole
from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.tasks.task import SEED, Option, Options, Task, sequences

ALPHABET = ("0", "1", "2", "3", "4", "5", "6", "7")
BLANK = len(ALPHABET)
DELIMITER = BLANK + 1


def facts(options: Options) -> Facts:
    """Every length is the same: `blanks` and twice `symbols`."""
    length = int(options["blanks"]) + 2 * int(options["symbols"])
    return Facts(
        input=Signal("symbol", ("symbol",), (*ALPHABET, "blank", "delimiter")),
        target=Signal("class", ("answer",), (*ALPHABET, "blank")),
        lengths=tuple(repeat(length, int(options["sequences"]))),
        one_series=False,
        ahead=0,
        each="step",
    )


def generate(options: Options) -> Records:
    """Make symbols, blanks, a delimiter, and blanks while the answer is due; the target is blank until then.

    Who knows when to answer and guesses what pays symbols * ln 8 / (blanks + 2 * symbols) nats a step.
    """
    known = facts(options)
    count, blanks = int(options["symbols"]), int(options["blanks"])
    draw = generator("copy", int(options["seed"]))
    inputs, targets = array("q"), array("q")
    for _ in known.lengths:
        string = [whole(draw, 0, len(ALPHABET) - 1) for _ in range(count)]
        inputs.extend([*string, *repeat(BLANK, blanks - 1), DELIMITER, *repeat(BLANK, count)])
        targets.extend([*repeat(BLANK, blanks + count), *string])
    names = tuple(f"copy {i}" for i in range(len(known.lengths)))
    return Records(known, names, (inputs,), (targets,))


TASK = Task(
    name="copy",
    summary="Copy memory: repeat a string of symbols after a long run of blanks",
    source="after Hochreiter & Schmidhuber 1997: Arjovsky, Shah & Bengio 2016 (1511.06464), section 5.1",
    options=(
        Option("blanks", "integer", 100, 1, 100_000, "the steps from the string to the answer"),
        Option("symbols", "integer", 10, 1, 10_000, "the length of the string"),
        sequences(2000),
        SEED,
    ),
    facts=facts,
    generate=generate,
)
