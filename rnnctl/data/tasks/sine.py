"""A sine wave, with noise if wanted: the smallest series there is to predict."""

from __future__ import annotations

from array import array
from math import pi, sin

from rnnctl.data.draws import generator, normal
from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.tasks.task import SEED, Option, Options, Task


def facts(options: Options) -> Facts:
    """One series, whose next value is the target."""
    return Facts(
        input=Signal("number", ("value",)),
        target=Signal("number", ("value",)),
        lengths=(int(options["steps"]),),
        one_series=True,
        ahead=1,
        each="step",
    )


def generate(options: Options) -> Records:
    """Make sin(2 pi t / period) at step t, plus normal noise."""
    draw = generator("sine", int(options["seed"]))
    turn, noise = 2 * pi / options["period"], options["noise"]
    values = array("d", [sin(turn * t) + noise * normal(draw) for t in range(int(options["steps"]))])
    return Records(facts(options), ("sine",), (values,), (values,))


TASK = Task(
    name="sine",
    summary="A sine wave: predict the next value",
    source="no source: a first exercise",
    options=(
        Option("steps", "integer", 1000, 2, 10_000_000, "the length of the series"),
        Option("period", "real", 25.0, 2.0, 1e9, "the steps of one full turn"),
        Option("noise", "real", 0.0, 0.0, 1e6, "the standard deviation of what is added to each value"),
        SEED,
    ),
    facts=facts,
    generate=generate,
)
