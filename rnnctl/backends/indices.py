"""What backends share of indices: where a subscript points, and what no equation may do with whole numbers."""

from __future__ import annotations

from typing import Any

from rnnctl.equations.graph import Kind, Node
from rnnctl.errors import ConfigError, Diagnostic


def subscript_index(node: Node) -> tuple[Any, ...]:
    """The index of a `subscript` node, in numbers, behind an ellipsis for rows and time."""
    items, rank = node.attribute
    index: list[Any] = [...]
    for item in items:
        if isinstance(item, tuple):
            index.append(slice(item[0].value, item[1].value))
        else:
            index.append(item.value)
    return (*index, *(slice(None),) * (rank - len(items)))


def check_lookup(least: int, most: int, entries: int) -> None:
    """Hold computed indices against a table. Errors: ConfigError, the cell's equations being at fault."""
    if least < 0 or most >= entries:
        wrong = least if least < 0 else most
        message = f"an equation looks up entry {wrong} of a table of {entries}"
        raise ConfigError(Diagnostic(message, help=f"entries are counted from 0 to {entries - 1}: use mod, min or max"))


def check_divisor(has_zero: bool) -> None:
    """Refuse a whole number divided by zero. Errors: ConfigError."""
    if has_zero:
        message = "an equation divides a whole number by zero"
        raise ConfigError(Diagnostic(message, help="keep the divisor of // and mod above 0, as in max(n, 1)"))


def divides_whole_numbers(node: Node) -> bool:
    """Whether a node divides by whole numbers that are not known beforehand to be other than zero."""
    divisor = node.args[1]
    known = divisor.op == "number" and divisor.attribute != 0
    return node.kind is Kind.INTEGER and not known
