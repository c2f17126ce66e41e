"""What the keys of `training` cannot mean together: rules of state, told with their reason."""

from __future__ import annotations

from collections.abc import Iterator

from rnnctl.config.sections import TrainingSection
from rnnctl.errors import Problem


def state_problems(training: TrainingSection) -> Iterator[Problem]:
    """What a section asks for that has no meaning, whatever the data."""
    policy, streams = training.reset.policy, training.batching == "streams"
    if streams and training.shuffle:
        message = "streams go on from window to window, so their sequences cannot be shuffled"
        yield Problem(("training", "shuffle"), message, "leave shuffle out, or write batching: sequences")
    if policy in ("epoch", "never") and not streams:
        message = (
            f"reset: {policy} needs rows that go on, and with batching: sequences each row is a sequence of its own"
        )
        yield Problem(("training", "reset", "policy"), message, "write batching: streams, or reset: sequence")
    window = training.window
    if window is None:
        return
    if window.backward is not None and (window.backward < window.update or window.backward % window.update):
        message = f"backward must be a multiple of update, {window.update}, not {window.backward}"
        fewer = max(1, window.backward // window.update) * window.update
        yield Problem(("training", "window", "backward"), message, f"write {fewer} or {fewer + window.update}")
    elif window.backward is not None and window.backward > window.update and policy == "window":
        message = "reset: window starts each window anew, so no gradient can go back further than one"
        yield Problem(("training", "window", "backward"), message, f"write window: {window.update}")
    if policy == "window" and training.burn_in >= window.update:
        message = f"burn_in leaves nothing to score: each window has {window.update} steps and resets"
        yield Problem(("training", "burn_in"), message, f"{shorter(window.update)}, or a longer window")


def shorter(steps: int) -> str:
    """What to write where the burn-in takes all of so many steps."""
    return f"write burn_in: {steps - 1} or less" if steps > 1 else "leave burn_in out"
