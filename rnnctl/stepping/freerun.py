"""A model that goes on by itself: what it gives is its next input."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnctl.backends.draws import uniforms
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.inputs import Value
from rnnctl.stepping.model import Model
from rnnctl.stepping.session import Session
from rnnctl.stepping.step import Step, shown_output


def why_not(model: Model) -> str | None:
    """Why the output of a model cannot be its next input; None where it can.

    It can where the target is the input of the next step: the same columns one step ahead, or the next symbol.
    """
    facts = model.facts
    given, asked = facts.input, facts.target
    if facts.each != "step":
        return "it gives one answer for a whole sequence"
    columns = ", ".join(asked.names)
    if (given.kind, asked.kind) not in (("number", "number"), ("symbol", "class")):
        return f"its input is {_KINDS[given.kind]}, and its output ({columns}) is {_KINDS[asked.kind]}"
    if not facts.foretells and (missing := [name for name in given.names if name not in asked.names]):
        return f"{', '.join(missing)} of its input does not stand in its output ({columns})"
    if given.kind == "symbol" and (unknown := [s for s in asked.symbols if s not in given.symbols]):
        return f"it knows no input '{unknown[0]}', which it may give"
    ahead = facts.foretells or facts.ahead
    when = f"in {ahead} steps" if ahead else "of the step itself"
    return None if ahead == 1 else f"its output is {columns} {when}, and not of the next step"


def free_run(session: Session, count: int, temperature: float | None = None, seed: int = 0) -> Iterator[Step]:
    """Make steps whose input is what the step before gave, beginning with the last step that was made.

    Numbers are fed back in the data's units. A symbol is drawn: the probabilities are raised to 1 / temperature
    and made to sum to 1 again; 1, the default, leaves them as they are, and 0 takes the most probable. What is
    drawn follows from `seed` and the number of the step alone: a run cut in two is the same run, and branches of
    one session see the same draws. Each step is one of the session's own, and can be undone.
    Errors: UsageError where the output cannot be an input, before the first step, and for a temperature that
    cannot be; from a step, where the values leave all numbers.
    """
    model = session.model
    if reason := why_not(model):
        raise UsageError(Diagnostic(f"the model cannot run by itself: {reason}", help="give each input yourself"))
    if count < 1:
        raise UsageError(f"a free run has at least one step, not {count}")
    heat = heat_of(model, temperature)
    last = _last(session)
    if last is None:
        raise UsageError(Diagnostic("there is no output to go on from", help="make a first step with an input"))
    return _run(session, last, count, heat, seed)


def heat_of(model: Model, temperature: float | None) -> float:
    """The temperature of a free run, 1 where none is given. Errors: UsageError for one that cannot be."""
    if temperature is not None and model.facts.input.kind != "symbol":
        raise UsageError(
            Diagnostic("temperature is for models of symbols", help="leave it out: numbers go on as they are")
        )
    heat = 1.0 if temperature is None else temperature
    if not np.isfinite(heat) or heat < 0:
        raise UsageError(Diagnostic(f"the temperature cannot be {heat:g}", help="0 takes the most probable symbol"))
    return heat


def _last(session: Session) -> Step | None:
    """The step to go on from; of one that was made elsewhere no more than its output."""
    if (made := session.last) is not None:
        return made
    y = session.gave
    return None if y is None else Step(session.t, {}, np.zeros(0), y, shown_output(session.model, y), ())


_KINDS = {"number": "numbers", "symbol": "a symbol", "class": "a class", "binary": "yes or no"}


def _run(session: Session, last: Step, count: int, heat: float, seed: int) -> Iterator[Step]:
    for _ in range(count):
        last = session.step(next_input(session.model, last, heat, seed))
        yield last


def next_input(model: Model, last: Step, heat: float, seed: int) -> Value:
    """What stands in the place of an input after a step, in the data's units."""
    given, asked = model.facts.input, model.facts.target
    if given.kind == "number":
        names = given.names if model.facts.foretells else asked.names
        shown = dict(zip(names, last.shown.values(), strict=True))
        return {name: shown[name] for name in given.names}
    scores = last.output.astype(np.float64)
    if heat == 0:
        return asked.symbols[int(scores.argmax())]
    scaled = (scores - scores.max()) / heat
    edges = np.exp(scaled).cumsum()
    [draw] = uniforms("free run", seed, last.t, count=1)
    return asked.symbols[min(int(np.searchsorted(edges, draw * edges[-1], side="right")), len(edges) - 1)]
