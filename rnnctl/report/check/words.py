"""Figures, promises and troubles of a check in words."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence

from rnnctl.config.expect.promises import Amount, Bound, Promise
from rnnctl.errors import Diagnostic
from rnnctl.expect.outcome import Outcome, State, Trouble, Verdict, counts
from rnnctl.report.training import figure

TAIL = 15
"""How many lines of what a process said last are repeated."""
_EXIT_CODES = {
    1: "a bug in rnnctl",
    2: "the config is wrong",
    3: "the data is wrong",
    4: "training failed",
    5: "a checkpoint does not fit",
}


def amount(promise: Promise, value: float, beside: Iterable[float] = ()) -> str:
    """A figure of a promise with its unit, in four significant digits.

    There are more where it would look like a number `beside` it that it is not.
    """
    others = [other for other in beside if other != value]
    texts = (_amount(promise, value, digits) for digits in (4, 6, 9))
    alike = ({_amount(promise, other, digits) for other in others} for digits in (4, 6, 9))
    return next((t for t, o in zip(texts, alike, strict=True) if t not in o), _amount(promise, value, 17))


def _amount(promise: Promise, value: float, digits: int) -> str:
    if promise.kind == "parameters":
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{digits - 3}f}"
    if promise.kind == "memory":
        return f"{value / 1e6:,.{digits - 3}f} MB"
    text = figure(value) if digits == 4 else f"{value:.{digits}g}"
    return text + {"seconds": " s", "horizon": " steps"}.get(promise.kind, "")


def promised(promise: Promise) -> str:
    """A promise in words."""
    return f"{promise.key} {asked(promise)}" if promise.bound is not None else str(promise)


def asked(promise: Promise) -> str:
    """The bound of a promise in words, as "below 0.02"."""
    assert promise.bound is not None
    if promise.kind not in ("memory", "parameters"):
        return str(promise.bound)
    return " and ".join(f"{word} {_plain(promise, value)}" for word, value in _limits(promise.bound, None))


def _plain(promise: Promise, value: float) -> str:
    return f"{value / 1e6:,.10g} MB" if promise.kind == "memory" else f"{value:,.0f}"


def _limits(bound: Bound, reference: float | None) -> list[tuple[str, float]]:
    """What each part of a bound comes to, those that nothing is known of left out."""
    parts: list[tuple[str, Amount | None]] = [("above", bound.above), ("below", bound.below), ("within", bound.within)]
    found = [] if bound.exactly is None else [("exactly", bound.exactly)]
    for word, limit in parts:
        if limit is not None and (reference is not None or not limit.share):
            found.append((word, limit.of(reference)))
    return found


def shown(verdict: Verdict) -> str:
    """The figure of a verdict; nothing where there is none."""
    if verdict.figure is None or verdict.promise.bound is None:
        return ""
    beside = [limit for _, limit in _limits(verdict.promise.bound, verdict.reference)]
    return amount(verdict.promise, verdict.figure, beside)


def margin(verdict: Verdict) -> str:
    """How far a figure is from its bound: "0.0088 to spare", "0.0112 too much"; nothing where it is not known."""
    if verdict.figure is None or verdict.margin is None:
        return ""
    size = amount(verdict.promise, abs(verdict.margin))
    if verdict.met:
        return "" if verdict.promise.bound and verdict.promise.bound.exactly is not None else f"{size} to spare"
    if verdict.margin == 0:
        return "it is the bound itself"
    return f"{size} {_lack(verdict, verdict.figure)}"


def _lack(verdict: Verdict, value: float) -> str:
    """What is wrong with a figure, from the part of its bound that it is farthest beyond."""
    bound, reference = verdict.promise.bound, verdict.reference
    assert bound is not None
    beyond: list[tuple[float, str]] = []
    for word, limit in _limits(bound, reference):
        if word == "above":
            beyond.append((limit - value, "too little"))
        elif word == "below":
            beyond.append((value - limit, "too much"))
        elif word == "exactly":
            beyond.append((abs(value - limit), "too many" if value > limit else "too few"))
        elif reference is not None:
            beyond.append((abs(value - reference) - limit, "too far off"))
    return max(beyond, default=(0.0, "off"))[1]


def against(verdict: Verdict) -> str:
    """The baseline that a figure was held against."""
    bound = verdict.promise.bound
    if bound is None or bound.of != "baseline" or verdict.reference is None:
        return ""
    return f"baseline {amount(verdict.promise, verdict.reference)}"


def note(verdict: Verdict) -> str:
    """What else there is to know: the baseline, and what of several seeds a figure is, where they differ."""
    return "; ".join(text for text in (against(verdict), _why(verdict)) if text)


def _why(verdict: Verdict) -> str | None:
    """Of seeds that all have the same figure no range is told; without a margin it is the reason why there is none."""
    alike = verdict.margin is not None and len(verdict.values) > 1 and len(set(verdict.values)) == 1
    return f"the same with {len(verdict.values)} seeds" if alike else verdict.why


def sentence(verdict: Verdict) -> str:
    """A verdict in one sentence: "test.mse 0.0312, not below 0.02: 0.0112 too much"."""
    promise = verdict.promise
    if promise.bound is None or verdict.figure is None:
        return f"{promised(promise)}: {verdict.why or ('as promised' if verdict.met else 'not so')}"
    beside = f" ({found})" if (found := against(verdict)) else ""
    text = f"{promise.key} {shown(verdict)}, {'' if verdict.met else 'not '}{asked(promise)}{beside}"
    if verdict.margin is None:
        return f"{text}: {verdict.why}" if verdict.why else text
    far = margin(verdict)
    text = f"{text}: {far}" if far else text
    return f"{text}; {why}" if (why := _why(verdict)) else text


def state_words(outcome: Outcome) -> str:
    """What became of a config, and in what time."""
    word = state_word(outcome.state, smoke=outcome.smoke)
    if outcome.state is State.skipped:
        return f"skipped, since {'another one failed' if outcome.trouble is None else outcome.trouble.message}"
    if outcome.kept:
        return f"{word}, kept from an earlier check"
    if outcome.state is State.refused:
        return word
    return f"{word} {'after' if outcome.state in (State.crashed, State.timeout) else 'in'} {lasted(outcome.seconds)}"


def state_word(state: State, *, smoke: bool = False) -> str:
    """One word, or a few, for what became of a config."""
    if state is State.met and smoke:
        return "ran"
    return "ran out of time" if state is State.timeout else state.value


def lasted(seconds: float) -> str:
    """A time: "2.1 s", "12 s", "3:05 min", "2:03:05 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02} h"


def counted(outcomes: Sequence[Outcome], seconds: float | None = None) -> str:
    """How many came to what: "3 configs: 1 met, 1 unmet, 1 crashed in 12 s"; `seconds` are those of the whole check."""
    if not outcomes:
        return "no config was checked"
    smoke = any(outcome.smoke for outcome in outcomes)
    parts = [f"{n} {state_word(state, smoke=smoke)}" for state, n in counts(outcomes).items()]
    number = f"{len(outcomes)} config{'s' * (len(outcomes) != 1)}"
    kept = sum(outcome.kept for outcome in outcomes)
    text = f"{number}{', made to run for a moment' * smoke}: {', '.join(parts)}"
    text += f" ({kept} kept)" if kept else ""
    return text if seconds is None else f"{text} in {lasted(seconds)}"


def interrupted(*, fresh: bool, smoke: bool) -> str:
    """What to do after a check that was stopped: `--fresh` trains anew what was kept, `--smoke` keeps nothing."""
    if smoke:
        return "interrupted"
    return f"interrupted; the same command{' without --fresh' if fresh else ''} goes on from here"


def exit_words(code: int) -> str:
    """How a process ended, from its exit code; below 0 it is a signal's number."""
    number = -code if code < 0 else code - 128 if code > 128 else 0
    if number:
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        want = ", most likely for want of memory" if name == "SIGKILL" else ""
        return f"ended by {name}{want}"
    return f"exit code {code}" + (f": {_EXIT_CODES[code]}" if code in _EXIT_CODES else "")


def trouble_words(trouble: Trouble) -> str:
    """Why there is nothing to judge, in one line."""
    parts = [trouble.message.strip().partition("\n")[0]]
    if trouble.seed is not None:
        parts.append(f"seed {trouble.seed}")
    said = "exit code" in parts[0] or "ended by" in parts[0] or (trouble.diagnostics and trouble.exit_code != 1)
    if trouble.exit_code is not None and not said:
        parts.append(exit_words(trouble.exit_code))
    return ", ".join(part for part in parts if part)


def told_alone(trouble: Trouble) -> tuple[Diagnostic, ...]:
    """The diagnostics that say more than its message."""
    return tuple(d for d in trouble.diagnostics if d != Diagnostic(trouble.message))


def last_lines(trouble: Trouble, most: int = TAIL) -> list[str]:
    """The end of what a process said beyond the message; nothing where diagnostics say it better, and it was no bug."""
    if trouble.diagnostics and trouble.exit_code != 1:
        return []
    written = (line.rpartition("\r")[2].rstrip() for line in trouble.output.rstrip().split("\n"))
    lines = [line for line in written if not _is_said(line, trouble.message)]
    return lines[-most:] if any(lines) else []


def _is_said(line: str, message: str) -> bool:
    """Whether a line that tells an error says no more than a message."""
    error = line.partition(": ")[2] if line.startswith("error") else ""
    return bool(error) and error in message
