"""The keys of a definition under `cells`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnctl.config.keys.examples import EXAMPLES
from rnnctl.config.keys.key import BOOLEAN, INITIALIZER, INTEGER, MAPPING, NOTHING, NUMBER, TEXT, Key, list_of, one_of
from rnnctl.config.layers import PERIODS
from rnnctl.equations.functions import ACTIVATIONS

CELL = "cells.NAME"
EXPRESSION = TEXT | NUMBER
SIZE = TEXT | INTEGER
SHAPE = SIZE | list_of(SIZE)
_MATRIX = {"shape": ["size", "input"], "init": "glorot_uniform"}
_KINDS = ("integer", "real", "function")


def cell_keys() -> Iterator[Key]:
    """What a definition is made of, each key before those inside it."""
    for path, summary, form, example, *default in _ROWS:
        value = default[0] if default else ...
        yield Key(f"{CELL}{path}", summary, form, (example,), value, required=path in _REQUIRED)


_METHODS: dict[str, tuple[Any, ...]] = {
    "constant": ("this number", EXPRESSION | list_of(EXPRESSION, minItems=1, maxItems=1), 0.5),
    "glorot_normal": ("normal, of variance 2 / (rows + columns)", list_of(EXPRESSION, maxItems=0), []),
    "glorot_uniform": ("uniform, of variance 2 / (rows + columns)", list_of(EXPRESSION, maxItems=0), []),
    "identity": ("ones on the diagonal", list_of(EXPRESSION, maxItems=0), []),
    "normal": (
        "mean 0 and this standard deviation",
        EXPRESSION | list_of(EXPRESSION, minItems=1, maxItems=1),
        "1 / sqrt(size)",
    ),
    "ones": ("1", list_of(EXPRESSION, maxItems=0), []),
    "orthogonal": ("orthonormal rows or columns, whichever are fewer", list_of(EXPRESSION, maxItems=0), []),
    "uniform": ("between the two", list_of(EXPRESSION, minItems=2, maxItems=2), [-0.1, 0.1]),
    "zeros": ("0", list_of(EXPRESSION, maxItems=0), []),
}
"""The ways in which first values are made, and what numbers each takes."""
_REQUIRED = {".output", ".parameters.NAME.shape", ".parameters.NAME.init"}
_REQUIRED |= {".state.NAME.shape", ".draws.NAME.bernoulli", ".draws.NAME.shape"}
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("", "a layer of your own, used in the chain by its name", MAPPING, EXAMPLES["cells"][0]["leaky"]),
    (".summary", "one sentence, shown by `rnnctl cells`", TEXT, "A leaky integrator", ""),
    (".source", "the paper or book", TEXT, "Jaeger et al. 2007", ""),
    (".inputs", "what a step is given", MAPPING, {"x": {"symbols": "input"}}, {"x": "input"}),
    (".inputs.NAME", "the shape of an input, or how many symbols it has", SHAPE | MAPPING, "input"),
    (".inputs.NAME.shape", "the shape of an input", SHAPE, ["rows", "columns"]),
    (".inputs.NAME.symbols", "how many symbols there are: one whole number below this", SIZE, "input"),
    (".options", "numbers and functions that the user of the layer may set", MAPPING, {"leak": {"real": 0.1}}, {}),
    (".options.NAME", "an option: its kind, with a default, or the kind alone", one_of(*_KINDS) | MAPPING, "integer"),
    (".options.NAME.integer", "a whole number, and its default", INTEGER | NOTHING, 4),
    (".options.NAME.real", "a number, and its default", NUMBER | NOTHING, 0.5),
    (".options.NAME.function", "a function, and its default", one_of(*ACTIVATIONS) | NOTHING, "tanh"),
    (".options.NAME.at_least", "the least value", NUMBER, 1),
    (".options.NAME.at_most", "the largest value", NUMBER, 64),
    (".options.NAME.above", "what the value is above", NUMBER, 0),
    (".options.NAME.below", "what the value is below", NUMBER, 1),
    (".options.NAME.summary", "what it is, in a few words", TEXT, "how much is new"),
    (".require", "conditions on sizes and options", TEXT | list_of(TEXT), "input == size", []),
    (".state", "the parts of the carry", MAPPING, {"h": "size", "c": "size"}, {}),
    (".state.NAME", "the shape of a part of the carry", SHAPE | MAPPING, {"shape": "size", "initial": 1}),
    (".state.NAME.shape", "its shape", SHAPE, "size"),
    (".state.NAME.kind", "what it is made of", one_of("real", "integer"), "integer", "real"),
    (".state.NAME.initial", "its value at a reset", EXPRESSION, 1, 0),
    (".state.NAME.learn", "whether that value may be learned; by default, if it is real", BOOLEAN, False),
    (".parameters", "the tensors that are trained", MAPPING, {"W": _MATRIX}, {}),
    (".parameters.NAME", "a tensor that is trained", MAPPING, _MATRIX),
    (".parameters.NAME.shape", "its shape", SHAPE, ["size", "input"]),
    (".parameters.NAME.init", "how its first values are made", INITIALIZER, "glorot_uniform"),
    *((f".parameters.NAME.init.{name}", *row) for name, row in _METHODS.items()),
    (".draws", "random zeros and ones", MAPPING, {"m": {"bernoulli": "1 - rate", "shape": ["input"]}}, {}),
    (".draws.NAME", "a random zero or one", MAPPING, {"bernoulli": "1 - rate", "shape": ["input"]}),
    (".draws.NAME.bernoulli", "the probability of a one", EXPRESSION, "1 - rate"),
    (".draws.NAME.shape", "its shape", SHAPE, ["input"]),
    (".draws.NAME.per", "what it is made once for", one_of(*PERIODS), "sequence", "step"),
    (".derived", "values made of parameters alone, computed once a window", TEXT, "A = W - transpose(W)\n", ""),
    (".functions", "functions of your own, one a line", TEXT, "squash(v) = v / (1 + abs(v))\n", ""),
    (".equations", "the step, one equation a line", TEXT, "h' = 0.9 * h + 0.1 * tanh(W @ x)\n", ""),
    (".output", "what the step gives", EXPRESSION, "h'"),
)
