"""What happens to the carry, the gradients and the score under a config, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from rnnctl.config.layout import longest_row
from rnnctl.config.resolve import Resolved
from rnnctl.data.spec import CsvSource
from rnnctl.data.splits import split_pieces
from rnnctl.report.plan import counted, initial_state, listed
from rnnctl.timeline import Timeline

_NAMED = 6
"""How many steps are listed."""


def sentences(made: Timeline, resolved: Resolved) -> Iterator[str]:
    """Sentences for people: rows and carry, resets, gradients, what is scored, order."""
    if any(layer.layer.states for layer in resolved.layers):
        yield _carry(made, resolved)
        yield from _columns(resolved)
        yield from _resets(made)
    else:
        yield "No layer has a state, so a reset changes nothing."
    yield _gradients(resolved)
    yield from _scored(made, resolved)
    if resolved.training.shuffle and len(resolved.facts.lengths) > 1:
        yield "The order of the sequences is that of epoch 1; each epoch has another."


def _carry(made: Timeline, resolved: Resolved) -> str:
    training = resolved.training
    policy, initial, many = training.reset.policy, initial_state(resolved), len(resolved.facts.lengths) > 1
    streams, whole = training.batching == "streams", training.window is None
    if policy == "window":
        also = ", and so does every sequence" if streams and many else ""
        return f"Every window starts from the {initial}{also}: nothing passes from window to window."
    on = "" if whole else " goes on from window to window and"
    if not streams:
        start = "at the start of each epoch" if not many else "at the start of each"
        what = "Each row is one sequence" if many else "The series is one row"
        return f"{what}; its carry{on} returns to the {initial} {start}."
    steps, rows = made.windows[0].batch_steps, made.windows[0].batch_rows
    what = f"The data is cut into {counted(rows, 'row')} of {'up to ' if rows > 1 else ''}{counted(steps, 'step')}"
    whose = "its" if rows == 1 else "each row's"
    through = ", through the borders of sequences," if many else ""
    if policy == "never":
        over = listed([*([] if whole else ["from window to window"]), "from epoch to epoch"])
        return f"{what}; {whose} carry starts from the {initial} once and goes on {over}{through.rstrip(',')}."
    if policy == "epoch":
        on = f" goes on{'' if whole else ' from window to window'}{through} and" if through or not whole else ""
        return f"{what}; {whose} carry{on} returns to the {initial} at the start of each epoch."
    borders = " and wherever a sequence begins" if many else ""
    return f"{what}; {whose} carry{on} returns to the {initial} at the start of each epoch{borders}."


def _columns(resolved: Resolved) -> Iterator[str]:
    reset = resolved.training.reset
    named = [f"{when} a step at which {name} is 1" for when, name in _given(reset.before, reset.after)]
    if named:
        yield f"It also returns {listed(named)}."


def _given(before: str | None, after: str | None) -> Iterator[tuple[str, str]]:
    if before is not None:
        yield "before", before
    if after is not None:
        yield "after", after


def _resets(made: Timeline) -> Iterator[str]:
    """Where the first row resets that does so elsewhere than at its start and at the start of each window."""
    first = [w for w in made.windows if (w.epoch, w.batch) == (made.windows[0].epoch, made.windows[0].batch)]
    for b, row in enumerate(first[0].rows if first else ()):
        steps = [step for w in first for step in w.rows[b].resets]
        if set(steps) - {w.start for w in first}:
            shown = [f"{step:,}" for step in steps[:_NAMED]]
            more = [f"{len(steps) - _NAMED:,} more"] if len(steps) > _NAMED else []
            yield f"Of the steps shown, {row.name} resets before steps {listed([*shown, *more])}."
            return


def _gradients(resolved: Resolved) -> str:
    window = resolved.training.window
    if window is None:
        return "Gradients reach back to the start of the row, and never past a reset."
    train = split_pieces(resolved.facts, resolved.split, resolved.training.seed)["train"]
    longest = longest_row(resolved.training, [piece.length for piece in train])
    update, depth = min(window.update, longest), min(window.depth, longest)
    if depth > update:
        every = "each step" if update == 1 else f"every {update:,} steps"
        reach = f"at most {counted(depth, 'step')} back, and never past a reset"
        again = f"up to {depth - update:,} of these are computed again"
        return f"After {every} there is an update, whose gradients reach {reach}; {again}."
    reach = f"at most {counted(update, 'step')} back"
    return f"Gradients reach {reach}: to the start of their window, and never past a reset."


def _scored(made: Timeline, resolved: Resolved) -> Iterator[str]:
    burn_in, facts = resolved.training.burn_in, resolved.facts
    if burn_in:
        which = "step" if burn_in == 1 else f"{burn_in:,} steps"
        yield f"The first {which} after a reset {'runs' if burn_in == 1 else 'run'} without being scored."
    if facts.each == "sequence":
        yield "Only the last step of a sequence is scored."
    elif isinstance(resolved.source, CsvSource) and resolved.source.target.where is not None:
        yield f"Only steps at which {resolved.source.target.where} is 1 are scored."
    if isinstance(resolved.source, CsvSource) and facts.ahead and any(resolved.source.resets):
        yield "A step whose target stands behind a reset by column is not scored."
    if idle := [f"w{w.number}" for w in made.windows if not w.update]:
        shown = idle if len(idle) <= _NAMED else [*idle[:_NAMED], f"{len(idle) - _NAMED:,} more"]
        verb = "makes" if len(idle) == 1 else "make"
        yield f"Without a scored step, {listed(shown)} {verb} no update."
