"""A plan for people: the data and how it is walked through, then a table of layers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rnnctl.config.resolve import Resolved
from rnnctl.config.sections import TrainingSection
from rnnctl.plan import Part, Plan, PlannedLayer
from rnnctl.report.strip import Look

_HEADINGS = ("layer", "in", "out", "parameters", "state", "FLOPs", "memory", "options")
_LEFT = ("layer",)
_LEAST = 10


def plan_lines(made: Plan, resolved: Resolved, look: Look) -> Iterator[str]:
    """The lines of a plan."""
    facts = list(_facts(made, resolved))
    lead = max(len(name) for name, _ in facts)
    for name, text in facts:
        first, *more = textwrap.wrap(text, max(40, look.width - lead - 2))
        yield f"{look.faint(f'{name:<{lead}}')}  {first}"
        yield from (f"{'':<{lead}}  {line}" for line in more)
    yield ""
    yield from _table([_row(layer) for layer in made.layers], _total(made), look)
    yield ""
    for note in _notes(made):
        yield from textwrap.wrap(note, max(40, look.width))


def _table(rows: list[tuple[str, ...]], total: tuple[str, ...], look: Look) -> Iterator[str]:
    """Aligned columns between rules; the last is wrapped."""
    widths = [max(len(row[i]) for row in (_HEADINGS, *rows, total)) for i in range(len(_HEADINGS) - 1)]
    room = max(_LEAST, look.width - sum(widths) - 2 * len(widths))

    def lines(row: tuple[str, ...]) -> list[str]:
        cells = (f"{c:<{w}}" if h in _LEFT else f"{c:>{w}}" for c, w, h in zip(row, widths, _HEADINGS, strict=False))
        lead = "".join(f"{cell}  " for cell in cells)
        first, *more = textwrap.wrap(row[-1], room) or [""]
        return [(lead + first).rstrip(), *(" " * len(lead) + line for line in more)]

    body = [line for row in rows for line in lines(row)]
    [heading], [last] = lines(_HEADINGS), lines(total)
    rule = look.faint(("-" if look.paint == "ascii" else "─") * max(map(len, (heading, *body, last))))
    yield from (look.strong(heading), rule, *body, rule, look.strong(last))


def _total(made: Plan) -> tuple[str, ...]:
    state, flops = (sum(getattr(layer, key) for layer in made.layers) for key in ("state", "flops_per_step"))
    return ("in all", "", "", f"{made.parameters:,}", f"{state:,}", f"{flops:,}", size(made.window_bytes), "")


def _facts(made: Plan, resolved: Resolved) -> Iterator[tuple[str, str]]:
    yield "name", made.name
    many = f"{made.sequences:,} sequences, " if made.sequences > 1 else "one series, "
    yield "data", f"{made.source}: {many}{made.steps:,} steps"
    yield "input", made.input
    yield "target", made.target
    for name, part in made.splits.items():
        yield name, _part(part, made)
    yield "window", _window(made)
    yield "state", _state(made, resolved)
    yield "training", _training(made, resolved)


def _part(part: Part, made: Plan) -> str:
    if part.sequences == 0:
        return "none"
    at_most, own = "at most " if part.at_most else "", part.steps - part.primed
    if made.sequences > 1:
        many = f"{counted(part.sequences, 'sequence')}, {counted(own, 'step')}"
        return f"{many}, of which {at_most}{part.scored:,} scored" if at_most or part.scored < own else many
    steps = f"{at_most}{counted(part.scored, 'scored step')}"
    if part.scored < own:
        steps = f"{counted(own, 'step')}, of which {at_most}{part.scored:,} scored"
    return steps + (f", primed with the {part.primed:,} before them" if part.primed else "")


def _window(made: Plan) -> str:
    rows, steps = counted(made.rows, "row"), counted(made.window, "step")
    if made.whole and made.batching == "streams":
        return f"the whole of {rows}, {steps} each: one update an epoch; gradients reach back to the start"
    if made.whole:
        return f"the whole sequence, up to {steps} of {rows}: gradients reach back to its start"
    if made.window > made.update:
        every = f"an update every {counted(made.update, 'step')} of {rows}"
        return f"{every}; gradients reach {steps} back, of which {made.window - made.update:,} are computed again"
    return f"{steps} of {rows}: one update each; gradients reach no further back"


def _state(made: Plan, resolved: Resolved) -> str:
    if not any(layer.layer.states for layer in resolved.layers):
        return "no layer has one"
    parts = [f"reset to the {initial_state(resolved)} {_border(made)}"]
    if made.before is not None:
        parts.append(f"also before each step at which {made.before} is 1")
    if made.after is not None:
        parts.append(f"also after each step at which {made.after} is 1")
    if carried := _carried(made):
        parts.append(f"carried {carried}")
    if made.burn_in:
        parts.append(f"the first {counted(made.burn_in, 'step')} after a reset not scored")
    return "; ".join(parts)


def initial_state(resolved: Resolved) -> str:
    """What the carry goes back to, in words: "learned initial state"."""
    with_state = [layer for layer in resolved.layers if layer.layer.states]
    learned = [layer for layer in with_state if layer.initial_state == "learned"]
    if learned and len(learned) < len(with_state):
        return f"initial state (learned for {', '.join(layer.layer.name for layer in learned)})"
    return "learned initial state" if learned else "initial state"


def _border(made: Plan) -> str:
    """Where the policy resets; in streams a border of sequences counts under sequence and window."""
    if made.reset == "never":
        return "at the start of the run alone"
    streams, many = made.batching == "streams", made.sequences > 1
    if made.reset == "sequence" and streams:
        return f"at the start of {'every sequence, and of ' if many else ''}every row in each epoch"
    also = " and of every sequence" if made.reset == "window" and streams and many else ""
    return f"at the start of every {made.reset}{also}"


def _carried(made: Plan) -> str:
    """From where to where the carry goes on: "from window to window and from epoch to epoch"."""
    if made.reset == "window":
        return ""
    over = [] if made.whole else ["window"]
    if made.reset != "sequence":
        over += ["sequence"] if made.sequences > 1 else []
        over += ["epoch"] if made.reset == "never" else []
    return listed([f"from {border} to {border}" for border in over])


def _training(made: Plan, resolved: Resolved) -> str:
    """How many epochs, windows and updates there are, and what governs an update."""
    training = resolved.training
    least, most = made.windows
    about = "about " if made.estimated else ""
    windows = f"{about}{'' if least == most else f'{least:,} to '}{counted(most, 'window')}"
    updates = f"{'at most ' if made.at_most else ''}{about}{counted(made.updates, 'update')}"
    early = training.early_stopping
    epochs = f"{'at most ' if early else ''}{counted(made.epochs, 'epoch')}"
    parts = [f"{epochs} of {windows}: {updates} by {training.optimizer.chosen[0]}", *_rate(training)]
    if training.clip is not None and training.clip.norm is not None:
        parts.append(f"gradients clipped to a norm of {training.clip.norm:g}")
    if training.clip is not None and training.clip.value is not None:
        parts.append(f"each gradient clipped to {training.clip.value:g}")
    if early is not None:
        margin = f", by more than {early.margin:g}" if early.margin else ""
        parts.append(f"stops after {counted(early.patience, 'epoch')} without a lower validation loss{margin}")
    return "; ".join(parts)


def _rate(training: TrainingSection) -> Iterator[str]:
    """How the learning rate changes, where it does."""
    name, section = training.schedule.chosen
    options: dict[str, float] = dict(section)
    if options["warmup"]:
        yield f"learning rate up from 0 over {counted(int(options['warmup']), 'update')}"
    if name == "linear":
        yield f"learning rate down in a straight line to {options['to']:.3g} of itself"
    elif name == "cosine":
        yield f"learning rate down along a cosine to {options['to']:.3g} of itself"
    elif name in ("exponential", "step"):
        every = int(options.get("every", 1))
        yield f"learning rate times {options['factor']:g} after every {f'{every:,} epochs' if every > 1 else 'epoch'}"


def counted(count: int, thing: str) -> str:
    """A count of things: "1 step", "2,000 steps"."""
    return f"{count:,} {thing}{'s' * (count != 1)}"


def listed(things: Sequence[str]) -> str:
    """Things in words: "a, b and c"."""
    return " and ".join([*([", ".join(things[:-1])] if things[:-1] else []), *things[-1:]])


def _row(layer: PlannedLayer) -> tuple[str, ...]:
    learned = f" + {layer.learned_initial:,}" if layer.learned_initial else ""
    return (
        f"{layer.place} {layer.name}",
        layer.input,
        layer.output,
        f"{layer.parameters:,}{learned}",
        f"{layer.state:,}" if layer.state else "",
        f"{layer.flops_per_step:,}",
        size(layer.window_bytes),
        ", ".join(f"{name} {value}" for name, value in layer.options.items()),
    )


def _notes(made: Plan) -> Iterator[str]:
    yield "FLOPs of one step of one row, forward; memory of the values of one window"
    if any(layer.learned_initial for layer in made.layers):
        yield "a + in parameters: the learned initial state, part of the total"
    if once := sum(layer.flops_per_window for layer in made.layers):
        yield f"once a window, of parameters alone: {once:,} FLOPs"
    yield (
        f"memory: {size(made.bytes)} = window {size(made.window_bytes)} + weights {size(made.weights_bytes)}"
        f" + gradients {size(made.gradients_bytes)} + optimizer {size(made.optimizer_bytes)}"
    )


def size(count: int) -> str:
    """A count of bytes in units of 1024."""
    value, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.3g} {unit}"
