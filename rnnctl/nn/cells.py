"""A layer's equations as a torch module: `carry, y = cell(carry, x)`, one step or a window of them.

Shapes: B rows, T time, F features, R any leading axes of rows. A step takes x (R, F) and a carry whose parts
are (R, …); symbols are whole numbers (R). A window is (B, T, F).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from rnnctl.backends.initialize import initial_values
from rnnctl.backends.machine import Machine
from rnnctl.backends.torch import TorchBackend
from rnnctl.catalogue import definition
from rnnctl.equations.bind import bind
from rnnctl.equations.graph import Kind
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.options import OptionError, OptionValue
from rnnctl.equations.syntax import EquationError
from rnnctl.errors import UsageError
from rnnctl.nn.carry import Carry, states_of, whole

Draws: TypeAlias = Mapping[str, Tensor]


class Cell(nn.Module):
    """One layer: its parameters under their own names, its initial carry, and a step.

    The carry is a tensor for a layer with one state (`h`), a tuple for more (`(h, c)`), `()` for none.
    Parameters are drawn from `seed` and their names; `place` tells apart the layers of a model.
    """

    _like: Tensor

    def __init__(
        self,
        layer: Layer,
        *,
        seed: int | None = None,
        place: str = "0",
        dtype: torch.dtype | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.layer = layer
        dtype = dtype or torch.get_default_dtype()
        if seed is None:  # torch.manual_seed governs what is made by hand
            seed = int(torch.randint(2**62, ()))
        for name, value in initial_values(layer, seed, place).items():
            # Not register_parameter: a definition may use a name that a module has for something else.
            self._parameters[name] = nn.Parameter(torch.tensor(value, dtype=dtype, device=device))
        for state in layer.states:
            kind = dtype if state.kind is Kind.REAL else torch.int64
            start = torch.full(state.shape, state.initial, dtype=kind, device=device)
            self.register_buffer(f"initial_{state.name}", start, persistent=False)
        self.register_buffer("_like", torch.zeros(0, dtype=dtype, device=device), persistent=False)
        self._make_machines()

    @classmethod
    def of(cls, name: str, inputs: int | Signal, **options: OptionValue) -> Cell:
        """A cell of the catalogue: `Cell.of("indrnn", 10, size=5)`.

        `inputs` is the width of the input, or the number of symbols for a layer that takes symbols.
        Errors: UsageError for an unknown layer or option.
        """
        return Cell(catalogue_layer(name, inputs, **options))

    # steps

    def forward(self, carry: Carry, x: Tensor | Sequence[Tensor]) -> tuple[Carry, Tensor]:
        """One step: carry parts (R, …), x (R, F) -> the next carry and the output.

        Errors: UsageError where the rows of carry and input differ, or the width does not fit.
        """
        inputs = self._inputs(x)
        rows = self.rows(x)
        states = states_of(carry)
        self.check_parts(carry)
        self._check_carry(states, rows)
        prepared = self._plain.prepare(self._weights())
        following, y = self._plain.step(prepared, states, inputs, self._draws(rows))
        return whole(following), y

    def unroll(
        self,
        states: tuple[Tensor, ...],
        x: Tensor,
        *,
        resets: Sequence[Tensor | None] = (),
        valid: Sequence[Tensor | None] = (),
        draws: Draws | None = None,
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """A time-major window: states (B, …), x (T, B, F) -> the states after it and the outputs (T, B, …).

        `resets[t]` is a mask (B) of the rows that go back to the initial carry before step t; `valid[t]` of the
        rows whose carry step t changes. None stands for no row, and for every row.
        """
        steps, rows = x.shape[0], tuple(x.shape[1:2])
        if draws is None:
            draws = self._draws(rows, steps)
        [name] = self.layer.inputs
        return self._packed.unroll(
            self._packed.prepare(self._weights()),
            states,
            {name: x},
            draws,
            steps=steps,
            initial=self.initial_states(rows) if any(m is not None for m in resets) else (),
            resting=tuple(s.detach() for s in self.initial_states(rows)) if any(m is not None for m in valid) else (),
            resets=resets,
            valid=valid,
        )

    # the initial carry

    def initial_states(self, rows: tuple[int, ...] = ()) -> tuple[Tensor, ...]:
        """The states at a reset, expanded to the rows: one stored value, seen by all."""
        values = (getattr(self, f"initial_{s.name}") for s in self.layer.states)
        return tuple(v.expand((*rows, *v.shape)) for v in values)

    def initial_carry(self, rows: tuple[int, ...] = ()) -> Carry:
        """The carry at a reset, expanded to the rows."""
        return whole(self.initial_states(rows))

    def learn_initial_state(self) -> None:
        """Make the initial value of every state that allows it a parameter; doing so twice changes nothing."""
        for state in self.layer.states:
            name = f"initial_{state.name}"
            value = getattr(self, name)
            if state.learn and not isinstance(value, nn.Parameter):
                delattr(self, name)
                self.register_parameter(name, nn.Parameter(value.clone()))

    def like(self, values: Tensor) -> Tensor:
        """Values in this cell's type, on its device."""
        return values.to(self._like)

    # inside

    def rows(self, x: Tensor | Sequence[Tensor]) -> tuple[int, ...]:
        """The leading axes of an input, which are its rows."""
        first = x if isinstance(x, Tensor) else x[0]
        signal = next(iter(self.layer.inputs.values()))
        return tuple(first.shape[: first.ndim - len(signal.shape)])

    def _inputs(self, x: Tensor | Sequence[Tensor]) -> dict[str, Tensor]:
        values = [x] if isinstance(x, Tensor) else list(x)
        names = list(self.layer.inputs)
        if len(values) != len(names):
            raise UsageError(f"{self.layer.name} takes {len(names)} inputs ({', '.join(names)}), not {len(values)}")
        for (name, signal), value in zip(self.layer.inputs.items(), values, strict=True):
            if value.is_floating_point() == (signal.symbols is not None):
                wanted = "floating-point numbers" if signal.symbols is None else "whole numbers"
                raise UsageError(f"{self.layer.name} takes {wanted} as {name}, not {value.dtype}")
            if value.is_floating_point() and value.dtype != self._like.dtype:
                raise UsageError(
                    f"{self.layer.name} computes in {self._like.dtype}, and {name} is {value.dtype}"
                    " (convert one of them: x.to(dtype), cell.to(dtype))"
                )
            if tuple(value.shape[value.ndim - len(signal.shape) :]) != signal.shape:
                raise UsageError(f"{self.layer.name} takes {name} of width {signal}, not {list(value.shape)}")
        return dict(zip(names, values, strict=True))

    def check_parts(self, carry: Carry) -> None:
        """Hold the number of a carry's parts against the layer's states. Errors: UsageError."""
        given = len(states_of(carry))
        if given != len(self.layer.states):
            names = ", ".join(s.name for s in self.layer.states) or "nothing"
            raise UsageError(f"the carry of {self.layer.name} is ({names}), not {given} tensors")

    def _check_carry(self, states: tuple[Tensor, ...], rows: tuple[int, ...]) -> None:
        for state, value in zip(self.layer.states, states, strict=True):
            wanted = self._like.dtype if state.kind is Kind.REAL else torch.int64
            if value.dtype != wanted:
                raise UsageError(f"{state.name} of {self.layer.name} must be {wanted}, not {value.dtype}")
            if tuple(value.shape) != (*rows, *state.shape):
                raise UsageError(
                    f"{state.name} of {self.layer.name} has shape {list(value.shape)}; "
                    f"with this input it must be {[*rows, *state.shape]}"
                )

    def _draws(self, rows: tuple[int, ...], steps: int | None = None) -> Draws:
        """Draws for a step or window made by hand: from torch's generator; outside training, expectations."""
        found: dict[str, Tensor] = {}
        for draw in self.layer.draws:
            probability = self._like.new_full((), draw.probability)
            times = () if steps is None else (steps if draw.per == "step" else 1,)
            values = probability.expand((*times, *rows, *draw.shape))
            values = torch.bernoulli(values) if self.training else values
            found[draw.name] = values if steps is None else values.expand(steps, *rows, *draw.shape)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """All but the machines, which are made of functions and are made anew."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[no-untyped-call]
        return {name: value for name, value in state.items() if name not in ("_plain", "_packed")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._make_machines()

    def _weights(self) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = {}
        for parameter in self.layer.parameters:
            value = self._parameters[parameter.name]
            assert value is not None
            weights[parameter.name] = value
        return weights

    def _make_machines(self) -> None:
        backend = TorchBackend(self._like.dtype, self._like.device)
        self._plain: Machine[Tensor] = Machine(self.layer, backend, packed=False)
        self._packed: Machine[Tensor] = Machine(self.layer, backend)

    def _apply(self, fn: Any, recurse: bool = True) -> Cell:  # called by .to(), .double() and their like
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._make_machines()
        return self

    def __repr__(self) -> str:
        inputs = ", ".join(str(s) for s in self.layer.inputs.values())
        options = "".join(f", {name}={value}" for name, value in self.layer.options.items())
        return f"Cell({self.layer.name}, {inputs}{options})"


def catalogue_layer(name: str, inputs: int | Signal, **options: OptionValue) -> Layer:
    """A layer of the catalogue with its sizes. Errors: UsageError."""
    if isinstance(inputs, bool) or not isinstance(inputs, int | Signal):
        raise UsageError(f"the width of the input of {name} cannot be {inputs!r}")
    for option, value in options.items():
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise UsageError(f"{option} of {name} cannot be {value!r}")
    known = definition(name)
    [(input_name, wanted)] = known.inputs.items()
    if isinstance(inputs, int):
        inputs = Signal((inputs,)) if wanted.symbols is None else Signal((), inputs)
    try:
        return bind(known, {input_name: inputs}, options)
    except (OptionError, EquationError) as error:
        raise UsageError(error.message + (f" ({error.help})" if error.help else "")) from None


class RNNCell(Cell):
    """An Elman cell: h' = activation(W x + U h + b). Parameters W (H, F), U (H, H), b (H)."""

    def __init__(self, input_size: int, size: int, activation: str = "tanh", *, seed: int | None = None) -> None:
        super().__init__(catalogue_layer("rnn", input_size, size=size, activation=activation), seed=seed)

    def __repr__(self) -> str:
        options = self.layer.options
        return f"RNNCell({self.layer.inputs['x']}, {options['size']}, {options['activation']})"


class LSTMCell(Cell):
    """A long short-term memory cell with a forget gate; its carry is (h, c)."""

    def __init__(self, input_size: int, size: int, *, seed: int | None = None) -> None:
        super().__init__(catalogue_layer("lstm", input_size, size=size), seed=seed)

    def __repr__(self) -> str:
        return f"LSTMCell({self.layer.inputs['x']}, {self.layer.options['size']})"


class GRUCell(Cell):
    """A gated recurrent cell that resets after the matrix product, as torch's does."""

    def __init__(self, input_size: int, size: int, *, seed: int | None = None) -> None:
        super().__init__(catalogue_layer("gru", input_size, size=size), seed=seed)

    def __repr__(self) -> str:
        return f"GRUCell({self.layer.inputs['x']}, {self.layer.options['size']})"
