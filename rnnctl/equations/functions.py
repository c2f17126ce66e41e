"""The functions of the language: a closed list of primitives, and those that are written in the language itself."""

from __future__ import annotations

from functools import cache

from rnnctl.equations.parse import parse_statements
from rnnctl.equations.syntax import Function

ELEMENTWISE = (
    "abs",
    "cos",
    "exp",
    "log",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "tanh",
)
"""Primitives that map every number of a real value by itself."""

REDUCTIONS = ("max", "mean", "min", "sum", "variance")
"""Primitives that fold one axis (`axis=0`), or all of a value; `max` and `min` also take two values."""

SHAPING = ("concat", "eye", "ones", "outer", "range", "reshape", "split", "transpose", "zeros")
"""Primitives that make values or change their shape."""

CHOOSING = ("floor", "mod", "where")

PRIMITIVES = frozenset((*ELEMENTWISE, *REDUCTIONS, *SHAPING, *CHOOSING))

LIBRARY_TEXT = """
identity(v) = v
elu(v) = where(v > 0, v, exp(min(v, 0)) - 1)
hard_sigmoid(v) = min(max(v / 6 + 0.5, 0), 1)
hard_tanh(v) = min(max(v, -1), 1)
leaky_relu(v) = where(v > 0, v, 0.01 * v)
silu(v) = v * sigmoid(v)
softsign(v) = v / (1 + abs(v))
softmax(v) = exp(v - max(v)) / sum(exp(v - max(v)))
layer_norm(v, gain, bias) = gain * (v - mean(v)) / sqrt(variance(v) + 1e-5) + bias
"""

ACTIVATIONS = (
    "abs",
    "elu",
    "hard_sigmoid",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "softplus",
    "softsign",
    "tanh",
)
"""The functions that an option of kind `function` may name."""


@cache
def library() -> dict[str, Function]:
    """The functions written in the language, by name."""
    statements = parse_statements(LIBRARY_TEXT, ("library",))
    return {s.name: s for s in statements if isinstance(s, Function)}
