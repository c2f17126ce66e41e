"""What each operator and primitive makes of its arguments: the shape and kind of the result, or a located error."""

from __future__ import annotations

from rnnctl.equations.functions import ELEMENTWISE, REDUCTIONS
from rnnctl.equations.graph import Builder, Kind, Level, Node
from rnnctl.equations.sizes import Shape, Size, count, shape_text
from rnnctl.equations.syntax import EquationError, Span

_ARITHMETIC = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "^": "power",
}
_COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
_LOGIC = {"and": "logical_and", "or": "logical_or"}


def differ(a: Size, b: Size) -> bool:
    """Whether two sizes are known to differ; what depends on divisibility is left to numbers."""
    if a == b:
        return False
    difference = a - b
    return difference.value != 0 and not difference.has_quotient


def shapes_differ(a: Shape, b: Shape) -> bool:
    """Whether two shapes are known to differ."""
    return a != b and (len(a) != len(b) or any(differ(x, y) for x, y in zip(a, b, strict=True)))


def join(build: Builder, nodes: list[Node], what: str, span: Span) -> tuple[list[Node], Shape]:
    """Values made ready to meet element by element: equal shapes, or numbers beside one shape."""
    shape: Shape = max((n.shape for n in nodes), key=len)
    for node in nodes:
        if node.shape and shapes_differ(node.shape, shape):
            others = next(n.shape for n in nodes if n.shape and n is not node and shapes_differ(n.shape, node.shape))
            first, second = (node.shape, others) if nodes[0] is node else (others, node.shape)
            raise EquationError(
                f"{what} cannot join {shape_text(first)} and {shape_text(second)}",
                span,
                "operands have equal shapes, or one of them is a single number",
            )
    return [build.spread(n, len(shape)) if not n.shape and shape else n for n in nodes], shape


def binary(build: Builder, operator: str, left: Node, right: Node, span: Span) -> Node:
    """An operator of the grammar between two values."""
    if operator == "@":
        return matmul(build, left, right, span)
    what = f"'{operator}'"
    if operator in _LOGIC:
        if left.kind is not Kind.BOOLEAN or right.kind is not Kind.BOOLEAN:
            raise EquationError(f"{what} joins conditions, not numbers", span, "compare first: a > 0 and b > 0")
        (left, right), shape = join(build, [left, right], what, span)
        return build.node(_LOGIC[operator], (left, right), shape, Kind.BOOLEAN)
    if Kind.BOOLEAN in (left.kind, right.kind):
        raise EquationError(f"{what} works on numbers, not on conditions", span, "write where(condition, 1, 0)")
    if operator == "//" and Kind.REAL in (left.kind, right.kind):
        raise EquationError("'//' divides whole numbers", span, "write floor(a / b)")
    if operator in ("/", "^"):
        left, right = build.real(left), build.real(right)
    left, right = alike(build, left, right)
    (left, right), shape = join(build, [left, right], what, span)
    if operator in _COMPARISONS:
        return build.node(_COMPARISONS[operator], (left, right), shape, Kind.BOOLEAN)
    return build.node(_ARITHMETIC[operator], (left, right), shape, left.kind)


def alike(build: Builder, left: Node, right: Node) -> tuple[Node, Node]:
    """Two numbers brought to one kind."""
    if left.kind is not right.kind:
        return build.real(left), build.real(right)
    return left, right


def matmul(build: Builder, left: Node, right: Node, span: Span) -> Node:
    """A matrix times a vector or a matrix."""
    if left.rank != 2 or right.rank not in (1, 2):
        raise EquationError(
            f"'@' takes a matrix and a vector or matrix, not {shape_text(left.shape)} and {shape_text(right.shape)}",
            span,
            "products of each element are written a * b; of all pairs, outer(a, b)",
        )
    if differ(left.shape[1], right.shape[0]):
        raise EquationError(
            f"'@' cannot join {shape_text(left.shape)} and {shape_text(right.shape)}: "
            f"{left.shape[1]} is not {right.shape[0]}",
            span,
            "the matrix's second size must be the first size of what it multiplies",
        )
    if Kind.BOOLEAN in (left.kind, right.kind):
        raise EquationError("'@' works on numbers, not on conditions", span, "write where(condition, 1, 0)")
    shape = (left.shape[0], *right.shape[1:])
    return build.node("matmul", (build.real(left), build.real(right)), shape)


def unary(build: Builder, operator: str, operand: Node, span: Span) -> Node:
    """`-x` or `not x`."""
    if (operand.kind is Kind.BOOLEAN) != (operator == "not"):
        wanted = "a condition" if operator == "not" else "a number"
        raise EquationError(f"'{operator}' takes {wanted}", span)
    op = "logical_not" if operator == "not" else "negate"
    return build.node(op, (operand,), operand.shape, operand.kind)


def primitive(build: Builder, name: str, args: list[Node], axis: int | None, span: Span) -> Node:
    """A primitive applied to values; those whose arguments are sizes are not among them."""
    if name in ("max", "min") and len(args) == 2 and axis is None:
        return extremum(build, name, args, span)
    wanted = 3 if name == "where" else 2 if name in ("mod", "outer") else 1
    if name != "concat" and len(args) != wanted:
        raise EquationError(f"{name} takes {wanted} value{'s' * (wanted > 1)}, not {len(args)}", span)
    if axis is not None and name not in (*REDUCTIONS, "concat"):
        raise EquationError(f"{name} has no axis", span)
    if name != "where" and any(a.kind is Kind.BOOLEAN for a in args):
        raise EquationError(f"{name} works on numbers, not on conditions", span, "write where(condition, 1, 0)")
    if name in ELEMENTWISE:
        return elementwise(build, name, args[0])
    if name in REDUCTIONS:
        return reduction(build, name, args[0], axis, span)
    rules = {"where": where, "mod": modulo, "floor": floor, "outer": outer, "transpose": transpose}
    return concat(build, args, axis or 0, span) if name == "concat" else rules[name](build, args, span)


def elementwise(build: Builder, name: str, value: Node) -> Node:
    """A function of each number by itself."""
    if name not in ("abs", "sign"):
        value = build.real(value)
    return build.node(name, (value,), value.shape, value.kind)


def reduction(build: Builder, name: str, value: Node, axis: int | None, span: Span) -> Node:
    """One axis folded, or all of them."""
    if not value.shape:
        raise EquationError(f"{name} folds an axis, and a single number has none", span)
    if axis is not None and not 0 <= axis < value.rank:
        raise EquationError(f"there is no axis {axis} in {shape_text(value.shape)}", span)
    if any(value.shape[a].value == 0 for a in (range(value.rank) if axis is None else [axis])):
        raise EquationError(f"{name} of nothing: {shape_text(value.shape)} has no elements", span)
    if name in ("mean", "variance"):
        value = build.real(value)
    shape = () if axis is None else (*value.shape[:axis], *value.shape[axis + 1 :])
    axes = tuple(range(-value.rank, 0)) if axis is None else (axis - value.rank,)
    return build.node(f"reduce_{name}", (value,), shape, value.kind, axes)


def extremum(build: Builder, name: str, args: list[Node], span: Span) -> Node:
    """The larger or smaller of two values, element by element."""
    if any(a.kind is Kind.BOOLEAN for a in args):
        raise EquationError(f"{name} works on numbers, not on conditions", span)
    left, right = alike(build, *args)
    (left, right), shape = join(build, [left, right], name, span)
    return build.node(f"{name}imum", (left, right), shape, left.kind)


def where(build: Builder, args: list[Node], span: Span) -> Node:
    """The second value where the condition holds, else the third."""
    condition, yes, no = args
    if condition.kind is not Kind.BOOLEAN:
        raise EquationError("where takes a condition first", span, "for example where(x > 0, a, b)")
    if Kind.BOOLEAN in (yes.kind, no.kind) and yes.kind is not no.kind:
        raise EquationError("where chooses between a condition and a number", span)
    yes, no = alike(build, yes, no)
    (condition, yes, no), shape = join(build, [condition, yes, no], "where", span)
    return build.node("where", (condition, yes, no), shape, yes.kind)


def modulo(build: Builder, args: list[Node], span: Span) -> Node:
    """The remainder, with the sign of the divisor."""
    left, right = alike(build, *args)
    (left, right), shape = join(build, [left, right], "mod", span)
    return build.node("mod", (left, right), shape, left.kind)


def floor(build: Builder, args: list[Node], span: Span) -> Node:  # noqa: ARG001 (all rules are called alike)
    """The largest whole number that is not above the value."""
    value = args[0]
    return value if value.kind is Kind.INTEGER else build.node("floor", (value,), value.shape, Kind.INTEGER)


def outer(build: Builder, args: list[Node], span: Span) -> Node:
    """All products of two vectors."""
    if any(a.rank != 1 for a in args):
        shapes = " and ".join(shape_text(a.shape) for a in args)
        raise EquationError(f"outer takes two vectors, not {shapes}", span)
    left, right = alike(build, *args)
    return build.node("outer", (left, right), (*left.shape, *right.shape), left.kind)


def transpose(build: Builder, args: list[Node], span: Span) -> Node:
    """A matrix with its axes exchanged."""
    value = args[0]
    if value.rank != 2:
        raise EquationError(f"transpose takes a matrix, not {shape_text(value.shape)}", span)
    return build.node("transpose", (value,), value.shape[::-1], value.kind)


def concat(build: Builder, args: list[Node], axis: int, span: Span) -> Node:
    """Values one behind the other along an axis."""
    if len(args) < 2:
        raise EquationError("concat takes at least two values", span)
    rank = args[0].rank
    if not 0 <= axis < rank or any(a.rank != rank for a in args):
        shapes = ", ".join(shape_text(a.shape) for a in args)
        raise EquationError(f"concat cannot join {shapes} along axis {axis}", span)
    if len({a.kind for a in args}) > 1:
        args = [build.real(a) for a in args]
    length = Size.of(0)
    for arg in args:
        rest = (*arg.shape[:axis], *arg.shape[axis + 1 :])
        if shapes_differ(rest, (*args[0].shape[:axis], *args[0].shape[axis + 1 :])):
            shapes = ", ".join(shape_text(a.shape) for a in args)
            raise EquationError(f"concat cannot join {shapes} along axis {axis}", span)
        length += arg.shape[axis]
    shape = (*args[0].shape[:axis], length, *args[0].shape[axis + 1 :])
    return build.node("concat", tuple(args), shape, args[0].kind, axis - rank)


def split(build: Builder, value: Node, parts: int, span: Span) -> list[Node]:
    """Equal parts of a value along its first axis."""
    if not value.shape:
        raise EquationError("split takes a vector or matrix, not a single number", span)
    length = value.shape[0] // Size.of(parts)
    if differ(length * Size.of(parts), value.shape[0]):
        raise EquationError(f"{value.shape[0]} cannot be split into {parts} equal parts", span)
    bounds = [(length * Size.of(i), length * Size.of(i + 1)) for i in range(parts)]
    return [subscript(build, value, [b], span) for b in bounds]


def reshape(build: Builder, value: Node, shape: Shape, span: Span) -> Node:
    """The same numbers in another shape, row by row."""
    if differ(count(value.shape), count(shape)) or any(s.value is not None and s.value < 0 for s in shape):
        raise EquationError(
            f"{shape_text(value.shape)} cannot become {shape_text(shape)}: "
            f"{count(value.shape)} numbers are not {count(shape)}",
            span,
        )
    return build.node("reshape", (value,), shape, value.kind)


Bounds = tuple[Size, Size] | Size
"""What stands between brackets for one axis: a range or one position."""


def subscript(build: Builder, value: Node, items: list[Bounds], span: Span) -> Node:
    """Ranges and positions along the leading axes."""
    if len(items) > value.rank:
        raise EquationError(f"{len(items)} indices for {shape_text(value.shape)}", span)
    shape: list[Size] = []
    for item, size in zip(items, value.shape, strict=False):
        low, high = item if isinstance(item, tuple) else (item, item + Size.of(1))
        for bound in (low, high, high - low, size - high):
            if bound.value is not None and bound.value < 0:
                text = f"{low}:{high}" if isinstance(item, tuple) else str(item)
                raise EquationError(f"index {text} is outside of an axis of {size}", span)
        if isinstance(item, tuple):
            shape.append(high - low)
    shape += value.shape[len(items) :]
    return build.node("subscript", (value,), tuple(shape), value.kind, (tuple(items), value.rank))


def gather(build: Builder, table: Node, index: Node, span: Span) -> Node:
    """The entry of a table that a whole number names."""
    if index.kind is not Kind.INTEGER or index.shape:
        raise EquationError(
            f"an index is one whole number, not {shape_text(index.shape)} of {index.kind.value} values", span
        )
    if table.level is not Level.PARAMETERS or not table.shape:
        raise EquationError("only a parameter, or what is made of parameters, can be indexed by a value", span)
    return build.node("gather", (table, index), table.shape[1:], table.kind)
