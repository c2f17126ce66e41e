"""Statements -> graph: names are resolved, every value gets its size, kind and level, and mistakes are found.

The same pass serves twice: with symbols for sizes it checks a definition for all sizes at once; with numbers
it makes the graph that is run. A `repeat` is typed once in the first case and written out in the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnnctl.equations import operations
from rnnctl.equations.budget import MAX_VALUES, spend
from rnnctl.equations.constants import names_in
from rnnctl.equations.functions import PRIMITIVES, library
from rnnctl.equations.graph import Builder, Kind, Level, Node
from rnnctl.equations.parse import MAX_NUMBER, TOO_DEEP
from rnnctl.equations.sizes import Size
from rnnctl.equations.syntax import (
    Assign,
    Binary,
    Call,
    EquationError,
    Expression,
    Function,
    Index,
    Name,
    Number,
    Repeat,
    Slice,
    Statement,
    Unary,
)
from rnnctl.errors import nearest

MAX_DEPTH = 120
MAX_PASSES = 1_000
MAX_TERMS = 100


class BeyondError(EquationError):
    """A bound is passed, of which is told once: whatever comes next would pass it too."""


class Poisoned(Exception):  # noqa: N818 (no error of its own: it marks what follows from one)
    """Raised by the use of a name whose own equation was wrong, so that one mistake is told once."""


@dataclass(slots=True)
class Checker:
    """Values by name, and the means to make more of them from syntax trees.

    `sizes` are the names that stand for whole numbers; `constants` the real options; `activations` the
    function that an option names; `functions` those the definition defines; `hidden` the names that have a
    meaning elsewhere and none here.
    """

    sizes: Mapping[str, Size]
    constants: Mapping[str, float] = field(default_factory=dict)
    activations: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    build: Builder = field(default_factory=Builder)
    values: dict[str, Node | None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    errors: list[EquationError] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    calls: tuple[str, ...] = ()
    depth: int = 0

    # statements

    def run(self, statements: tuple[Statement, ...], states: frozenset[str]) -> None:
        """Carry out statements in order; every mistake is collected, and what follows from it is not told again."""
        for statement in statements:
            try:
                if isinstance(statement, Assign):
                    self.assign(statement, states)
                elif isinstance(statement, Repeat):
                    self.repeat(statement)
                else:
                    raise EquationError(
                        "functions are defined under `functions:`", statement.span, "move this line there"
                    )
            except EquationError as error:
                self.errors.append(error)
                self.poison(statement)
            except Poisoned:
                self.poison(statement)

    def poison(self, statement: Statement) -> None:
        """Let the names that a wrong statement should have made exist without a value."""
        targets: tuple[Name, ...] = statement.targets if isinstance(statement, Assign) else ()
        names = [t.text for t in targets]
        if isinstance(statement, Repeat):
            names = [statement.state.name + "'"]
        for name in names:
            self.values.setdefault(name, None)

    def assign(self, statement: Assign, states: frozenset[str]) -> None:
        for i, target in enumerate(statement.targets):
            self.check_new(target, states)
            if target.text in (t.text for t in statement.targets[:i]):
                raise EquationError(f"'{target.text}' already has a value", target.span, "a name is assigned once")
        if len(statement.targets) == 1:
            self.values[statement.targets[0].text] = self.value(statement.value)
            return
        value = statement.value
        if not (isinstance(value, Call) and value.function == "split"):
            raise EquationError(
                "several names take the parts of a split", statement.targets[1].span, "write a, b = split(v)"
            )
        if len(value.arguments) != 1 or value.named:
            raise EquationError("split takes one value; the names before '=' say how many parts", value.span)
        whole = self.value(value.arguments[0])
        parts = operations.split(self.build, whole, len(statement.targets), value.span)
        self.values.update({t.text: part for t, part in zip(statement.targets, parts, strict=True)})

    def check_new(self, target: Name, states: frozenset[str]) -> None:
        """A name is assigned once, and means one thing."""
        if target.primed:
            if target.name not in states:
                names = ", ".join(sorted(states)) or "none"
                raise EquationError(f"'{target.name}' is no state", target.span, f"states: {names}")
        elif target.name in states:
            raise EquationError(
                f"'{target.name}' is the state before the step", target.span, f"write {target.name}' = …"
            )
        if target.text in self.values or target.text in self.hidden:
            raise EquationError(f"'{target.text}' already has a value", target.span, "a name is assigned once")
        if self.meaning(target.text) is not None:
            raise EquationError(f"'{target.text}' already is {self.meaning(target.text)}", target.span)

    def meaning(self, name: str) -> str | None:
        """What a name stands for beside values."""
        if name in self.sizes:
            return "a size"
        if name in self.constants:
            return "an option"
        if name in PRIMITIVES or name in library() or name in self.functions or name in self.activations:
            return "a function"
        return None

    def repeat(self, statement: Repeat) -> None:
        """A loop over the leading axis of parameters, written out when its length is a number."""
        state, result = statement.state, statement.state.name + "'"
        for name in (state.name, result):
            if name in self.values or self.meaning(name) is not None:
                raise EquationError(f"'{name}' already has a meaning", state.span)
        over = [(name, self.value(name)) for name in statement.over]
        length = over[0][1].shape[0] if over[0][1].shape else None
        for sliced, node in over:
            if node.level is not Level.PARAMETERS or not node.shape:
                raise EquationError(f"'{sliced.text}' is no parameter with an axis to go along", sliced.span)
            if length is None or operations.differ(node.shape[0], length):
                raise EquationError(
                    f"'{sliced.text}' has {node.shape[0]} slices, '{over[0][0].text}' has {length}", sliced.span
                )
        assert length is not None
        if length.value is not None and not 1 <= length.value <= MAX_PASSES:
            raise EquationError(f"a repeat makes 1 to {MAX_PASSES} passes, not {length}", statement.span)
        current = self.value(statement.start)
        for position in range(length.value or 1):
            slices = {
                name.text: operations.subscript(self.build, node, [Size.of(position)], name.span) for name, node in over
            }
            current = self.one_pass(statement, current, slices)
        self.values[result] = current

    def one_pass(self, statement: Repeat, current: Node, slices: Mapping[str, Node]) -> Node:
        state, result = statement.state, statement.state.name + "'"
        inner = self.inside({**self.values, **slices, state.name: current})
        before, mistakes = set(inner.values), len(self.errors)
        inner.run(statement.body, frozenset({state.name}))
        if len(self.errors) > mistakes:
            raise Poisoned
        if result in inner.values and inner.values[result] is None:
            raise Poisoned
        after = inner.values.get(result)
        if after is None:
            raise EquationError(f"the repeat never gives {result} a value", statement.span)
        local = set(inner.values) - before - {result}
        for target in (t for s in statement.body for t in s.targets if t.text in local - self.used):
            raise EquationError(f"'{target.text}' is never used", target.span)
        if operations.shapes_differ(after.shape, current.shape) or after.kind is not current.kind:
            raise EquationError(f"{result} must have the shape and kind of {state.name}", state.span)
        return after

    def inside(self, values: dict[str, Node | None]) -> Checker:
        """A checker for an inner text: other values, all else shared."""
        return Checker(
            self.sizes,
            self.constants,
            self.activations,
            self.functions,
            self.build,
            values,
            self.used,
            self.errors,
            self.hidden,
            self.calls,
            self.depth,
        )

    # expressions

    def value(self, tree: Expression) -> Node:
        """The value of an expression. Errors: EquationError, located; Poisoned."""
        self.depth += 1
        self.build.asked += 1
        if self.build.asked > MAX_VALUES or not spend():
            raise BeyondError("the equations have too many parts when functions are written out", tree.span)
        try:
            if self.depth > MAX_DEPTH:
                raise BeyondError(TOO_DEEP, tree.span)
            return self.value_of(tree)
        finally:
            self.depth -= 1

    def value_of(self, tree: Expression) -> Node:
        if isinstance(tree, Number):
            return self.build.number(tree.value, Kind.INTEGER if isinstance(tree.value, int) else Kind.REAL)
        if isinstance(tree, Name):
            return self.named(tree)
        if isinstance(tree, Unary):
            return operations.unary(self.build, tree.operator, self.value(tree.operand), tree.span)
        if isinstance(tree, Binary):
            if (size := self.constant_size(tree)) is not None:
                return self.build.number(size, Kind.INTEGER)
            left, right = self.values_of((tree.left, tree.right))
            return operations.binary(self.build, tree.operator, left, right, tree.span)
        return self.index(tree) if isinstance(tree, Index) else self.call(tree)

    def values_of(self, trees: Sequence[Expression]) -> list[Node]:
        """The values of several expressions, of which a wrong one hides no other. Errors: as `value`."""
        found: list[Node] = []
        for tree in trees:
            try:
                found.append(self.value(tree))
            except BeyondError:
                raise
            except EquationError as error:
                self.errors.append(error)
            except Poisoned:
                pass
        if len(found) < len(trees):
            raise Poisoned
        return found

    def named(self, name: Name) -> Node:
        self.used.add(name.text)
        if name.text in self.values:
            node = self.values[name.text]
            if node is None:
                raise Poisoned
            return node
        if name.text in self.sizes:
            return self.build.number(self.sizes[name.text], Kind.INTEGER)
        if name.text in self.constants:
            return self.build.number(self.constants[name.text], Kind.REAL)
        raise self.unknown(name)

    def unknown(self, name: Name) -> EquationError:
        if name.primed and name.name in self.values:
            return EquationError(
                f"'{name.text}' is used above its equation, or has none", name.span, f"write {name.text} = …"
            )
        if name.text in self.hidden:
            return EquationError(f"'{name.text}' is not known here", name.span, "derived values need parameters alone")
        if self.meaning(name.text) == "a function":
            return EquationError(f"'{name.text}' is a function", name.span, f"call it: {name.text}(…)")
        known = [*self.values, *self.sizes, *self.constants]
        guess = nearest(name.text, known)
        help_text = f"did you mean '{guess}'?" if guess else f"names here: {', '.join(known)}"
        return EquationError(f"unknown name '{name.text}'", name.span, help_text)

    def constant_size(self, tree: Expression) -> Size | None:
        """The size that an expression of nothing but sizes and whole numbers is, or None."""
        if isinstance(tree, Number):
            return Size.of(tree.value) if isinstance(tree.value, int) else None
        if isinstance(tree, Name):
            if tree.text not in self.sizes or tree.text in self.values:
                return None
            self.used.add(tree.text)
            return self.sizes[tree.text]
        if isinstance(tree, Unary) and tree.operator == "-":
            operand = self.constant_size(tree.operand)
            return None if operand is None else -operand
        if not isinstance(tree, Binary) or tree.operator not in ("+", "-", "*", "//"):
            return None
        left = self.constant_size(tree.left)
        right = None if left is None else self.constant_size(tree.right)
        if left is None or right is None:
            return None
        if tree.operator == "//":
            if right.value == 0:
                raise EquationError("division of a size by zero", tree.span)
            return left // right
        found = left + right if tree.operator == "+" else left - right if tree.operator == "-" else left * right
        if len(found.terms) > MAX_TERMS or any(abs(c) > MAX_NUMBER for _, c in found.terms):
            raise EquationError("this size is too long or too large", tree.span)
        return found

    def size(self, tree: Expression) -> Size:
        """The size that an expression is. Errors: EquationError where it is none."""
        found = self.constant_size(tree)
        if found is None:
            for name in (t for t in names_in(tree) if t.text not in self.sizes):
                known = list(self.sizes)
                guess = nearest(name.text, known)
                raise EquationError(
                    f"'{name.text}' is no size",
                    name.span,
                    f"did you mean '{guess}'?" if guess else f"sizes here: {', '.join(known) or 'none'}",
                )
            raise EquationError("a size is made of whole numbers, sizes, + - * and //", tree.span)
        return found

    def index(self, tree: Index) -> Node:
        operand = self.value(tree.operand)
        first = tree.items[0]
        if len(tree.items) == 1 and not isinstance(first, Slice) and self.constant_size(first) is None:
            return operations.gather(self.build, operand, self.value(first), tree.span)
        items: list[operations.Bounds] = []
        for position, item in enumerate(tree.items):
            if not isinstance(item, Slice):
                items.append(self.size(item))
            else:
                end = operand.shape[position] if position < operand.rank else Size.of(0)
                low = Size.of(0) if item.start is None else self.size(item.start)
                items.append((low, end if item.stop is None else self.size(item.stop)))
        return operations.subscript(self.build, operand, items, tree.span)

    def call(self, tree: Call) -> Node:
        name = self.activations.get(tree.function, tree.function)
        if tree.function in self.activations:
            self.used.add(tree.function)
        if name in self.functions or name in library():
            return self.inline(self.functions.get(name) or library()[name], tree)
        if name not in PRIMITIVES:
            known = [*PRIMITIVES, *library(), *self.functions, *self.activations]
            guess = nearest(tree.function, known)
            help_text = f"did you mean '{guess}'?" if guess else f"functions: {', '.join(sorted(known))}"
            raise EquationError(f"unknown function '{tree.function}'", tree.span, help_text)
        axis = self.axis(tree)
        if name in ("range", "eye", "zeros", "ones"):
            return self.made_of_sizes(name, tree)
        if name == "split":
            raise EquationError("a split gives several values", tree.span, "write a, b = split(v)")
        if name == "reshape":
            if len(tree.arguments) < 2:
                raise EquationError("reshape takes a value and its new sizes", tree.span)
            shape = tuple(self.size(a) for a in tree.arguments[1:])
            return operations.reshape(self.build, self.value(tree.arguments[0]), shape, tree.span)
        return operations.primitive(self.build, name, self.values_of(tree.arguments), axis, tree.span)

    def axis(self, tree: Call) -> int | None:
        axis: int | None = None
        for key, value in tree.named:
            if key != "axis" or axis is not None:
                raise EquationError(f"{tree.function} has no argument '{key}', or has it twice", value.span)
            if not isinstance(value, Number) or not isinstance(value.value, int):
                raise EquationError("an axis is a whole number: 0 is the first", value.span)
            axis = value.value
        return axis

    def made_of_sizes(self, name: str, tree: Call) -> Node:
        if tree.named or not tree.arguments or (name in ("range", "eye") and len(tree.arguments) != 1):
            raise EquationError(f"{name} takes {'a size' if name in ('range', 'eye') else 'sizes'}", tree.span)
        shape = tuple(self.size(a) for a in tree.arguments)
        for size in shape:
            if size.value is not None and size.value < 0:
                raise EquationError(f"a size cannot be {size}", tree.span)
        if name == "eye":
            shape *= 2
        return self.build.node(name, (), shape, Kind.INTEGER if name == "range" else Kind.REAL)

    def inline(self, function: Function, tree: Call) -> Node:
        """The body of a function written in the language, with values for its parameters."""
        if tree.named or len(tree.arguments) != len(function.parameters):
            wanted = ", ".join(function.parameters)
            raise EquationError(f"{function.name}({wanted}) takes {len(function.parameters)} values", tree.span)
        if function.name in self.calls:
            raise EquationError(f"'{function.name}' calls itself", tree.span)
        values = dict(zip(function.parameters, self.values_of(tree.arguments), strict=True))
        self.used.add(f"{function.name}()")
        inner = self.inside(dict(values))
        inner.calls = (*self.calls, function.name)
        inner.used = {f"{function.name}()"}
        ours = function.span.section == ("library",)
        inner.errors = [] if ours else self.errors
        try:
            node = inner.value(function.body)
        except (EquationError, Poisoned) as found:
            error = next(iter(inner.errors), found) if ours else found
            if not ours or not isinstance(error, EquationError):
                raise
            message = f"{error.message}, in {function.name}({', '.join(function.parameters)})"
            raise type(error)(message, tree.span, error.help) from None
        self.used |= {name for name in inner.used if name.endswith("()") or name in self.sizes}
        return node
