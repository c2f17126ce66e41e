"""The stateful face: a cell that remembers its carry, and a chain of them, to be called step by step.

    m = Chain(LSTM(10, 15), Dense(15, 5))
    ys = [m(x) for x in seq]

`reset(m)` returns to the initial state, `truncate(m)` keeps the state's value and forgets its history,
`learn_initial_state(m)` makes the initial states parameters. Training does not use this face: there a state is
a value that is passed and returned.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

from torch import Tensor, nn

from rnnctl.equations.layer import Signal
from rnnctl.errors import UsageError
from rnnctl.nn.carry import Carry, mapped, parts, truncated
from rnnctl.nn.cells import Cell, GRUCell, LSTMCell, RNNCell, catalogue_layer
from rnnctl.nn.members import Bidirectional, Last, Members, Residual

CellFunction: TypeAlias = Callable[[Carry, Tensor], tuple[Carry, Tensor]]


class Recur(nn.Module):
    """A cell, or any function `cell(h, x) -> (h, y)`, with a state of its own.

    `state` is the initial state; a `Cell` brings one, a plain function needs it given. A given state belongs to
    this wrapper: `reset` returns to it, and `learn_initial_state` makes it a parameter.
    """

    def __init__(self, cell: CellFunction | Cell, state: Carry | None = None) -> None:
        super().__init__()
        if not callable(cell):
            raise UsageError(f"Recur takes a cell or a function of state and input, not {cell!r}")
        if state is None and not isinstance(cell, Cell):
            raise UsageError("Recur needs an initial state for a cell that is a plain function: Recur(cell, h)")
        if isinstance(cell, Cell) and state is not None:
            cell.check_parts(state)
        self.cell = cell
        self._given = state is not None
        self._count = 0
        for part in parts(state) if state is not None else ():
            self.register_buffer(f"initial_{self._count}", part.clone(), persistent=False)
            self._count += 1
        self._shape = state
        self._state: Carry | None = None

    @property
    def state(self) -> Carry:
        """The carry after the last step; the initial one before the first step and after a reset."""
        return self._initial() if self._state is None else self._state

    @state.setter
    def state(self, value: Carry) -> None:
        self._state = value

    def forward(self, x: Tensor) -> Tensor:
        """One step: x (R, F) -> y; the rows R are those of the step before. Errors: UsageError."""
        before = self._state
        if before is None:
            rows = self.cell.rows(x) if isinstance(self.cell, Cell) else ()
            carry = self._initial(rows)
        else:
            carry = before
        result = self.cell(carry, x)
        if not (isinstance(result, tuple) and len(result) == 2):
            raise UsageError("a cell gives two things: its next state and its output, as in `return h, y`")
        following, y = result
        old, new = ([tuple(p.shape) for p in parts(c)] for c in (carry, following))
        if before is None:  # an initial state may expand to the rows of the input, and to nothing else
            new = [n[len(n) - len(o) :] for o, n in zip(old, new, strict=False)] if len(old) == len(new) else new
        if old != new:
            raise UsageError(f"the state changed its shape from {old} to {new}")
        self._state = following
        return y

    def _initial(self, rows: tuple[int, ...] = ()) -> Carry:
        if not self._given:
            assert isinstance(self.cell, Cell)
            return self.cell.initial_carry(rows)
        values = iter([getattr(self, f"initial_{i}") for i in range(self._count)])
        assert self._shape is not None
        carry = mapped(lambda _: next(values), self._shape)
        if isinstance(self.cell, Cell):  # a part without rows expands to them; one with rows of its own does not
            ranks = iter([len(s.shape) for s in self.cell.layer.states])
            carry = mapped(lambda part: part.expand((*rows, *part.shape)) if part.ndim == next(ranks) else part, carry)
        return carry

    def reset(self) -> None:
        """Return to the initial state."""
        self._state = None

    def truncate(self) -> None:
        """Keep the state's value and forget its history."""
        if self._state is not None:
            self._state = truncated(self._state)

    def learn_initial_state(self) -> None:
        """Make the initial state a parameter, every part of it."""
        if not self._given:
            assert isinstance(self.cell, Cell)
            self.cell.learn_initial_state()
            return
        for name in (f"initial_{i}" for i in range(self._count)):
            value = getattr(self, name)
            if value.is_floating_point() and not isinstance(value, nn.Parameter):
                delattr(self, name)
                self.register_parameter(name, nn.Parameter(value.detach().clone()))

    def _apply(self, fn: Any, recurse: bool = True) -> Recur:  # called by .to(), .double() and their like
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if self._state is not None:
            self._state = mapped(fn, self._state)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """A copy has the state's value; its history stays behind."""
        shape = truncated(self._shape) if self._shape is not None else None
        state = truncated(self._state) if self._state is not None else None
        return {**super().__getstate__(), "_shape": shape, "_state": state}  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        if isinstance(self.cell, Cell):
            return f"Recur({self.cell!r})" if self.cell.layer.states else repr(self.cell)
        return f"Recur({getattr(self.cell, '__name__', repr(self.cell))})"


class Chain(nn.Module):
    """Layers called one after the other, each with its own state: `m = Chain(LSTM(10, 15), Dense(15, 5))`.

    A layer is a Recur, a Cell (which gets a state), or any function of one tensor.
    """

    def __init__(self, *layers: Recur | Cell | Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        if not layers:
            raise UsageError("a Chain needs at least one layer")
        for layer in layers:
            if isinstance(layer, type) or not callable(layer):
                raise UsageError(f"a Chain takes layers such as LSTM(10, 15), one after the other, not {layer!r}")
        self.layers = [Recur(layer) if isinstance(layer, Cell) else layer for layer in layers]
        _check_widths(self.layers)
        for position, layer in enumerate(self.layers):
            if isinstance(layer, nn.Module):
                self.add_module(str(position), layer)

    @property
    def state(self) -> tuple[Carry, ...]:
        """The states of its layers, in order; `()` for a layer without one."""
        return tuple(layer.state if isinstance(layer, Recur | Chain) else () for layer in self.layers)

    def forward(self, x: Tensor) -> Tensor:
        """One step through all layers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, position: int) -> Recur | Callable[[Tensor], Tensor]:
        return self.layers[position]

    def __repr__(self) -> str:
        return f"Chain({', '.join(repr(layer) for layer in self.layers)})"


class _ResidualChain(Chain):
    """Layers whose output is added to their input, step by step."""

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)

    def __repr__(self) -> str:
        return f"Residual({', '.join(repr(layer) for layer in self.layers)})"


def recurring(members: Members, place: str = "") -> Chain:
    """The members of a model as a chain with a state of its own. Errors: UsageError for a bidirectional one."""
    layers: list[Recur | Callable[[Tensor], Tensor]] = []
    for name, member in members.named_children():
        here = f"{place}.{name}" if place else name
        if isinstance(member, Bidirectional):
            message = f"layer {here} is bidirectional: it sees what is yet to come, so it cannot be called step by step"
            raise UsageError(message)
        if isinstance(member, Members):
            layers.append(nn.Identity() if isinstance(member, Last) else recurring(member, here))
        else:
            assert isinstance(member, Cell)
            layers.append(Recur(member))
    return (_ResidualChain if isinstance(members, Residual) else Chain)(*layers)


def _check_widths(layers: list[Recur | Callable[[Tensor], Tensor]]) -> None:
    """Hold each cell's input against the output of a cell right before it. Errors: UsageError."""
    for first, second in pairwise(layers):
        if not (isinstance(first, Recur) and isinstance(second, Recur)):
            continue
        if isinstance(first.cell, Cell) and isinstance(second.cell, Cell):
            given, [wanted, *_] = first.cell.layer.output, second.cell.layer.inputs.values()
            if given != wanted:
                raise UsageError(f"{second!r} takes {_numbers(wanted)}, and {first!r} gives {_numbers(given)}")


def _numbers(signal: Signal) -> str:
    if signal.symbols is not None:
        return str(signal)
    return f"{signal} number{'s' * (str(signal) != '1')}"


def RNN(input_size: int, size: int, activation: str = "tanh", *, seed: int | None = None) -> Recur:  # noqa: N802
    """An Elman layer with a state: prints as `Recur(RNNCell(10, 5, tanh))`."""
    return Recur(RNNCell(input_size, size, activation, seed=seed))


def LSTM(input_size: int, size: int, *, seed: int | None = None) -> Recur:  # noqa: N802
    """A long short-term memory layer with a state, (h, c)."""
    return Recur(LSTMCell(input_size, size, seed=seed))


def GRU(input_size: int, size: int, *, seed: int | None = None) -> Recur:  # noqa: N802
    """A gated recurrent layer with a state."""
    return Recur(GRUCell(input_size, size, seed=seed))


class DenseCell(Cell):
    """An affine map; its carry is ()."""

    def __init__(self, input_size: int, size: int, activation: str = "identity", *, seed: int | None = None) -> None:
        super().__init__(catalogue_layer("dense", input_size, size=size, activation=activation), seed=seed)

    def __repr__(self) -> str:
        options = self.layer.options
        activation = "" if options["activation"] == "identity" else f", {options['activation']}"
        return f"Dense({self.layer.inputs['x']}, {options['size']}{activation})"


def Dense(input_size: int, size: int, activation: str = "identity", *, seed: int | None = None) -> Recur:  # noqa: N802
    """An affine layer: y = activation(W x + b)."""
    return Recur(DenseCell(input_size, size, activation, seed=seed))


def reset(model: nn.Module) -> None:
    """Return every state in a model to its initial value; a model without state is left as it is."""
    for recur in _recurs(model):
        recur.reset()


def truncate(model: nn.Module) -> None:
    """Keep the value of every state in a model, and forget its history: no gradient passes this point."""
    for recur in _recurs(model):
        recur.truncate()


def learn_initial_state(model: nn.Module) -> None:
    """Make every initial state in a model a parameter (of an LSTM both h and c); make the optimizer after it."""
    for recur in _recurs(model):
        recur.learn_initial_state()


def _recurs(model: nn.Module) -> list[Recur]:
    return [m for m in model.modules() if isinstance(m, Recur)]
