"""What the keys of `training` cannot mean together, and which of them do nothing: told with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from rnnctl.config.sections import TrainingSection
from rnnctl.errors import Problem, SettingPath

BATCHING: SettingPath = ("training", "batching")
POLICY: SettingPath = ("training", "reset", "policy")
UPDATE: SettingPath = ("training", "window", "update")
EPOCHS: SettingPath = ("training", "epochs")


def state_problems(training: TrainingSection) -> Iterator[Problem]:
    """What a section asks for that has no meaning, whatever the data."""
    policy, streams = training.reset.policy, training.batching == "streams"
    if streams and training.shuffle:
        message = "streams go on from window to window, so their sequences cannot be shuffled"
        help_text = "leave shuffle out, or write batching: sequences"
        also = ((BATCHING, "streams are asked for here"),)
        yield Problem(("training", "shuffle"), message, help_text, id="shuffled-streams", also=also)
    if policy in ("epoch", "never") and not streams:
        message = (
            f"reset: {policy} needs rows that go on, and with batching: sequences each row is a sequence of its own"
        )
        help_text = "write batching: streams, or reset: sequence"
        also = ((BATCHING, "whole sequences are asked for here"),)
        yield Problem(POLICY, message, help_text, id="carry-without-streams", also=also)
    yield from _window_problems(training)


def _window_problems(training: TrainingSection) -> Iterator[Problem]:
    """Why a gradient cannot go back as far as is said, or nothing of a window is scored."""
    window, policy = training.window, training.reset.policy
    if window is None:
        return
    place: SettingPath = ("training", "window", "backward")
    resets = (POLICY, "every window resets")
    if window.backward is not None and (window.backward < window.update or window.backward % window.update):
        message = f"backward must be a multiple of update, {window.update}, not {window.backward}"
        fewer = max(1, window.backward // window.update) * window.update
        help_text = f"write {fewer} or {fewer + window.update}"
        yield Problem(place, message, help_text, id="backward-no-multiple")
    elif window.backward is not None and window.backward > window.update and policy == "window":
        message = "reset: window starts each window anew, so no gradient can go back further than one"
        help_text = f"write window: {window.update}"
        yield Problem(place, message, help_text, id="backward-past-reset", also=(resets,))
    if policy == "window" and training.burn_in >= window.update:
        message = f"burn_in leaves nothing to score: each window has {window.update} steps and resets"
        also = ((UPDATE, "a window's steps"), resets)
        help_text = f"{shorter(window.update)}, or a longer window"
        yield Problem(("training", "burn_in"), message, help_text, id="burn-in-leaves-nothing", also=also)


def shorter(steps: int) -> str:
    """What to write where the burn-in takes all of so many steps."""
    return f"write burn_in: {steps - 1} or less" if steps > 1 else "leave burn_in out"


def idle_warnings(training: TrainingSection) -> Iterator[Problem]:
    """Settings that are legal and change nothing, whatever the data."""
    epochs = f"{training.epochs} epoch{'s' * (training.epochs != 1)}"
    also = ((EPOCHS, f"{epochs} in all"),)
    stopping = training.early_stopping
    if stopping is not None and stopping.patience + 1 >= training.epochs:
        message = f"training cannot stop before its end: it would after epoch {stopping.patience + 1} at the earliest"
        help_text = "write fewer epochs of patience, or more epochs" if training.epochs > 2 else "write more epochs"
        place: SettingPath = ("training", "early_stopping", "patience")
        yield Problem(place, message, help_text, severity="warning", id="patience-never-ends", also=also)
    name, options = training.schedule.chosen
    settings = dict(options)
    place, told = ("training", "schedule", name), "this schedule leaves the learning rate as it is"
    told += " after its warm-up" if settings["warmup"] else ""
    if settings.get("to") == 1 or settings.get("factor") == 1:
        key = "to" if "to" in settings else "factor"
        help_text = f"write {key} below 1, or schedule: constant"
        message = f"{told}: {key} is 1"
        yield Problem((*place, key), message, help_text, severity="warning", id="schedule-changes-nothing")
    elif "factor" in settings and settings.get("every", 1) >= training.epochs:
        every = settings.get("every", 1)
        first = f"{every} epochs" if every != 1 else "the first epoch"
        message = f"{told}: it first falls after {first}, and training has {epochs}"
        help_text = "write a smaller `every`, or more epochs" if training.epochs > 1 else "write more epochs"
        place = (*place, "every") if "every" in settings else place
        yield Problem(place, message, help_text, severity="warning", id="schedule-changes-nothing", also=also)
