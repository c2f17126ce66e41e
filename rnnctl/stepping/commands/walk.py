"""Commands that make steps and undo them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.command import Command, Outcome
from rnnctl.stepping.commands.words import MOST_STEPS, count_of, layer_of, number_in, path_of, plural, words_of
from rnnctl.stepping.conditions import read_condition
from rnnctl.stepping.feed import Row
from rnnctl.stepping.inputs import Given, parse_input, parse_text
from rnnctl.stepping.model import Model
from rnnctl.stepping.step import Step

if TYPE_CHECKING:
    from rnnctl.stepping.desk import Desk

MOST_FREE = 10_000
"""How many steps `until` makes at most of a model that runs by itself, which knows no end."""
_AT_MOST = re.compile(r"(.*?)\s+at\s+most\s+(\S+)", re.DOTALL)
_ROWS = re.compile(r"rows?\s+(?:(\d{0,18})\s*:\s*(\d{0,18})|(\d{1,18}))")
_SPLIT = re.compile(r"(train|valid|test)(?:\s+(\d{1,18}))?")


def step(desk: Desk, rest: str) -> Outcome:
    """Make a step with each value."""
    return desk.walk([Row(given) for given in inputs_of(desk.session.model, rest, "step VALUE …")])


def inputs_of(model: Model, rest: str, usage: str) -> list[Given]:
    """The inputs that are written one after the other. Errors: UsageError."""
    signal = model.facts.input
    if signal.kind != "symbol":
        rest = re.sub(r"\s*([,=])\s*", r"\1", rest)
    values = words_of(rest)
    if not values:
        raise UsageError(Diagnostic("no input is given", help=usage))
    return [parse_input(signal, value, "text TEXT") for value in values]


def text(desk: Desk, rest: str) -> Outcome:
    """Make a step with each symbol of a text."""
    model = desk.session.model
    if len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "'\"":
        rest = rest[1:-1]
    if not rest:
        raise UsageError(Diagnostic("no text is given", help="text TEXT"))
    return desk.walk([Row(given) for given in parse_text(model.facts.input, rest, model.level, "text")])


def next_(desk: Desk, rest: str) -> Outcome:
    """Make steps with what comes next."""
    count = count_of(rest, "next [N]", most=MOST_STEPS)
    outcome = desk.follow(coming(desk, count))
    return outcome if outcome.stopped or len(outcome.steps) == count else _at_the_end(desk, outcome)


def until(desk: Desk, rest: str) -> Outcome:
    """Make steps with what comes next until a condition holds."""
    usage = "until CONDITION [at most N]"
    match = _AT_MOST.fullmatch(rest)
    if not (match[1] if match else rest).strip():
        raise UsageError(Diagnostic("a condition is missing", help=usage))
    condition = read_condition(match[1] if match else rest)
    desk.rehearse(condition)
    limit = count_of(match[2], usage, most=MOST_STEPS) if match else MOST_FREE if desk.free else MOST_STEPS
    outcome = desk.follow(coming(desk, limit), condition)
    if outcome.stopped:
        return outcome
    if outcome.steps and desk.judge(condition):
        return _stopped(outcome, f"{condition.text} holds after {plural(len(outcome.steps), 'step')}")
    if len(outcome.steps) == limit:
        return _stopped(outcome, f"{plural(limit, 'step')}, and {condition.text} does not hold yet")
    return _at_the_end(desk, outcome)


def coming(desk: Desk, count: int) -> Iterator[Step]:
    """The steps that come next, one by one: the model's own where it runs free, else those of the feed.

    Errors: UsageError where there is neither, or the feed is at its end.
    """
    if desk.free is not None:
        from rnnctl.stepping.freerun import free_run

        return free_run(desk.session, count, *desk.free)
    if desk.feed is None:
        raise UsageError(
            Diagnostic("nothing is fed", help="feed FILE, feed test 0 or feed rows 0:100 first, or free on")
        )
    if desk.feed.at(desk.session) >= len(desk.feed.rows):
        advice = "back goes back in it, and feed again from its beginning"
        raise UsageError(Diagnostic(f"{desk.feed.name} is at its end", help=advice))
    return desk.fed(count)


def _at_the_end(desk: Desk, outcome: Outcome) -> Outcome:
    return _stopped(outcome, f"{desk.feed.name} is at its end" if desk.feed else "the end")


def _stopped(outcome: Outcome, why: str) -> Outcome:
    return Outcome(outcome.steps, watched=outcome.watched, stopped=why)


def feed(desk: Desk, rest: str) -> Outcome:
    """Say where the inputs of `next` come from, or tell it."""
    from rnnctl.stepping import sources

    session, wanted = desk.session, rest.strip()
    if wanted == "off":
        desk.feed = None
    elif match := _ROWS.fullmatch(wanted):
        low, high = (match[3], str(int(match[3]) + 1)) if match[3] else (match[1], match[2])
        desk.feed = sources.rows_feed(session.model, int(low) if low else None, int(high) if high else None)
    elif match := _SPLIT.fullmatch(wanted):
        split = next(name for name in sources.NAMES if name == match[1])
        desk.feed = sources.split_feed(session.model, split, int(match[2] or 0))
    elif wanted:
        [path] = words_of(wanted)[:1] if len(words_of(wanted)) == 1 else [wanted]
        desk.feed = sources.file_feed(session.model, path_of(path))
    if desk.feed is None:
        return Outcome(text=("nothing is fed",), record={"feed": None})
    at, count = desk.feed.at(session), len(desk.feed.rows)
    told = f"{desk.feed.name}: {plural(count, 'row')}" + (f", {at} of them done" if at else "")
    return Outcome(text=(told,), record={"feed": desk.feed.name, "rows": count, "done": at})


def back(desk: Desk, rest: str) -> Outcome:
    """Undo changes."""
    undone = desk.session.back(count_of(rest, "back [N]"))
    return standing(desk, f"{plural(undone, 'change')} undone" if undone else "nothing to undo", undone=undone)


def redo(desk: Desk, rest: str) -> Outcome:
    """Do again what was undone."""
    done = desk.session.redo(count_of(rest, "redo [N]"))
    return standing(desk, f"{plural(done, 'change')} done again" if done else "nothing to redo", redone=done)


def goto(desk: Desk, rest: str) -> Outcome:
    """Stand where step t had been made."""
    if not rest.strip():
        raise UsageError(Diagnostic("goto takes a t", help="goto T"))
    desk.session.goto(count_of(rest, "goto T", least=0))
    return standing(desk, "")


def reset(desk: Desk, rest: str) -> Outcome:
    """Go back to the initial state, of all layers or of one."""
    layer = layer_of(desk.session.model, rest.strip()) if rest.strip() else None
    desk.session.reset(layer)
    return standing(desk, "the initial state" if layer is None else f"the initial state of layer {rest.strip()}")


def standing(desk: Desk, what: str, **record: object) -> Outcome:
    """What was done, and where the session stands now."""
    session = desk.session
    told = (f"{what}: " if what else "") + f"t {session.t}"
    return Outcome(text=(told,), record={"t": session.t, **record})


def free(desk: Desk, rest: str) -> Outcome:
    """Let the model run by itself: now for some steps, or from now on."""
    usage = "free [N | on | off] [temperature T] [seed S]"
    match = re.fullmatch(r"(\d+|on|off)?((?:\s*\b(?:temperature|seed)\s+\S+)*)\s*", rest.strip())
    if match is None:
        raise UsageError(Diagnostic(f"free takes something else than '{rest.strip()}'", help=usage))
    how, options = match[1] or "1", dict(re.findall(r"(temperature|seed)\s+(\S+)", match[2]))
    if how == "off":
        desk.free = None
        return Outcome(text=("the model takes its inputs from you",), record={"free": None})
    from rnnctl.stepping.freerun import free_run, heat_of, why_not

    if reason := why_not(desk.session.model):
        raise UsageError(Diagnostic(f"the model cannot run by itself: {reason}", help="give each input yourself"))
    if "seed" in options and desk.session.model.facts.input.kind != "symbol":
        raise UsageError(Diagnostic("seed is for models of symbols", help="leave it out: nothing is drawn for numbers"))
    temperature = number_in(options["temperature"], usage) if "temperature" in options else None
    settings = (temperature, count_of(options.get("seed", ""), usage, default=0, least=0))
    if how == "on":
        heat_of(desk.session.model, temperature)
        desk.free = settings
        return Outcome(text=("next and until let the model run by itself",), record={"free": list(settings)})
    return desk.follow(free_run(desk.session, count_of(how, usage, most=MOST_STEPS), *settings))


COMMANDS = (
    Command(
        "step",
        "step VALUE …",
        "make a step with each value; numbers alone are a step, too",
        step,
        "walk",
        ("s",),
        ("columns", "symbols"),
    ),
    Command("text", "text TEXT", "make a step with each symbol of a text", text, "walk", ("t",), raw=True),
    Command(
        "feed",
        "feed [FILE | test N | rows A:B | off]",
        "say where next takes its inputs from: a file, a sequence of train, valid or test, rows of the data",
        feed,
        "walk",
        (),
        ("files",),
    ),
    Command("next", "next [N]", "make so many steps with what is fed", next_, "walk", ("n",)),
    Command(
        "until",
        "until CONDITION [at most N]",
        "make steps with what is fed until a condition holds",
        until,
        "walk",
        ("u",),
        ("units",),
    ),
    Command(
        "free",
        "free [N | on | off] [temperature T] [seed S]",
        "let the output be the next input: for N steps, or in all that next and until make",
        free,
        "walk",
        ("f",),
    ),
    Command("back", "back [N]", "undo so many changes: steps, edits, resets", back, "walk", ("b",)),
    Command("redo", "redo [N]", "do again what was undone", redo, "walk", ("r",)),
    Command("goto", "goto T", "stand where step T had been made", goto, "walk", ("g",)),
)
