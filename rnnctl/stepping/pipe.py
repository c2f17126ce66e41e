"""A stream of inputs through a session: lines in, JSON lines out, the state kept from one to the next.

What has arrived is stepped through and written at once, so that a slow stream is answered line by line and a fast
one in blocks; each step is the same computation either way. No history is kept, so that memory stays flat.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.model import Carry, Model
from rnnctl.stepping.rows import RowReader
from rnnctl.stepping.session import Session
from rnnctl.stepping.step import deviation_values, shown_names, shown_values

BLOCK = 65_536
"""Bytes that are read at once, at most."""
_AT_ONCE = 1024
"""Steps whose carries are kept until they have been looked at."""
LONGEST = 1_000_000
"""Bytes that a line may have."""


def pump(
    session: Session, read: Callable[[int], bytes], write: Callable[[str], None], *, each_line: bool = False
) -> None:
    """Step through all that `read` gives until it gives nothing; `write` gets whole lines.

    `each_line` writes every line by itself. However it ends, the session stands after the last step that was made.
    Errors: UsageError with the line of an input that does not fit, once the lines before it have been written.
    """
    walk = _Walk(session)
    try:
        for lines in _blocks(read):
            if each_line:
                for line in lines:
                    walk.through([line], write)
            else:
                walk.through(lines, write)
    finally:
        if walk.steps:
            session.arrive(walk.carry, walk.t, f"pipe {walk.steps}", walk.output)


class _Walk:
    """The model on its way, without a history."""

    def __init__(self, session: Session) -> None:
        self.model = session.model.packed()
        self.held = session.now.held
        self.carry = session.carry
        self.t = session.t
        self.steps = 0
        self.output: NDArray[Any] | None = None
        self.reader = RowReader(self.model.facts.input, self.model.scaling.input, self.model.dtype)
        self.records = _Records(self.model)

    def through(self, lines: Sequence[str], write: Callable[[str], None]) -> None:
        values, numbers, error = self.reader.read(lines)
        if len(values):
            done, outputs, carry = self._steps(values)
            first, self.carry = self.t + 1, carry
            self.t, self.steps = self.t + done, self.steps + done
            if done:
                self.output = outputs[-1].copy()
                write(self.records.of(first, values[:done], outputs))
            if done < len(values):
                message = (
                    f"line {numbers[done]}: step {self.t + 1} makes the state or the output too large for a number"
                )
                raise UsageError(Diagnostic(message, help="give inputs nearer to the data, or --reset"))
        if error is not None:
            raise error

    def _steps(self, values: NDArray[Any]) -> tuple[int, NDArray[Any], Carry]:
        """Make steps while all stays finite: how many, their outputs (N, O), and the carry after them."""
        inputs, carry = self._in_model_units(values), self.carry
        made: list[NDArray[Any]] = []
        count = 0
        for start in range(0, len(inputs), _AT_ONCE):
            some = inputs[start : start + _AT_ONCE]
            good, outputs, carry = self._some(carry, some)
            made.append(outputs)
            count += good
            if good < len(some):
                break
        return count, np.concatenate(made), carry

    def _some(self, carry: Carry, inputs: NDArray[Any]) -> tuple[int, NDArray[Any], Carry]:
        """The same for a few inputs in model units; each carry is looked at, when all are made."""
        model, held = self.model, self.held
        carries, outputs = [carry], []
        for x in inputs:
            carry, y = model.step(carry, x, held)
            carries.append(carry)
            outputs.append(y)
        made = np.stack(outputs)
        good: NDArray[np.bool_] = np.isfinite(made).all(axis=1)
        for i, states in enumerate(carry):
            for j in range(len(states)):
                every = np.concatenate([after[i][j] for after in carries[1:]], axis=None)
                good &= np.isfinite(every).reshape(len(inputs), -1).all(axis=1)
        count = len(inputs) if good.all() else int(good.argmin())
        return count, made[:count], carries[count]

    def _in_model_units(self, values: NDArray[Any]) -> NDArray[Any]:
        scaling = self.model.scaling.input
        if values.dtype == np.int64:
            return values
        scaled: NDArray[Any] = (values if scaling is None else scaling.to_model(values)).astype(self.model.dtype)
        return scaled


class _Records:
    """Steps as JSON lines: t, the input, and the output in the data's units or the probability of each class."""

    def __init__(self, model: Model) -> None:
        self.model = model
        facts = model.facts
        self.symbols = [json.dumps(symbol) for symbol in facts.input.symbols]
        self.inputs = [json.dumps(name) for name in facts.input.names]
        self.outputs = [json.dumps(name) for name in shown_names(model)]
        self.deviations = [json.dumps(name) for name in facts.target.names]
        self.key = "output" if facts.target.kind == "number" else "probabilities"

    def of(self, first: int, values: NDArray[Any], outputs: NDArray[Any]) -> str:
        """The lines of some steps: inputs (N, F) in data units or codes (N), outputs (N, O) in model units."""
        given = self._given(values)
        shown = _mappings(self.outputs, shown_values(self.model, outputs).tolist())
        tails = ["}\n"] * len(given)
        if self.model.loss == "gaussian":
            spread = _mappings(self.deviations, deviation_values(self.model, outputs).tolist())
            tails = [f', "standard_deviation": {mapping}}}\n' for mapping in spread]
        key = self.key
        return "".join(
            f'{{"t": {t}, "input": {x}, "{key}": {y}{tail}'
            for t, (x, y, tail) in enumerate(zip(given, shown, tails, strict=True), first)
        )

    def _given(self, values: NDArray[Any]) -> list[str]:
        if values.dtype == np.int64:
            [name] = self.inputs
            return [f"{{{name}: {self.symbols[code]}}}" for code in values.tolist()]
        return _mappings(self.inputs, values.tolist())


def _mappings(names: Sequence[str], rows: Sequence[Sequence[float]]) -> list[str]:
    """Each row as a JSON object; a float's repr is the JSON of a finite number, and the shortest that is exact."""
    pattern = "{" + ", ".join(f"{name}: %r".replace("%", "%%").replace("%%r", "%r") for name in names) + "}"
    return [pattern % tuple(row) for row in rows]


def _blocks(read: Callable[[int], bytes]) -> Iterator[list[str]]:
    """The whole lines that have arrived, as soon as they have; the last may lack its end."""
    rest, number = b"", 0
    while True:
        block = read(BLOCK)
        whole, end, rest = (rest + block).rpartition(b"\n") if block else (rest, b"", b"")
        if len(rest) > LONGEST:
            line = number + len(whole.splitlines()) + 1
            raise UsageError(f"line {line} is longer than a million bytes")
        if end or (not block and whole):
            lines, good = _lines(whole.removeprefix(BOM_UTF8) if number == 0 else whole)
            number += len(lines)
            yield lines
            if not good:
                raise UsageError(f"line {number + 1} is no UTF-8 text")
        if not block:
            return


def _lines(whole: bytes) -> tuple[list[str], bool]:
    """Lines as text, as far as they are UTF-8, and whether all of them are."""
    try:
        text, good = whole.decode("utf-8"), True
    except UnicodeDecodeError as error:
        before, end, _ = whole[: error.start].rpartition(b"\n")
        if not end:
            return [], False
        text, good = before.decode("utf-8"), False
    return [line.removesuffix("\r") for line in text.split("\n")], good
