"""The commands of the stepper by topic, each a function of a desk and of what stands behind its name."""

from rnnctl.stepping.command import Command
from rnnctl.stepping.commands import ask, branches, look, scripts, state, walk

BY_TOPIC: tuple[Command, ...] = (
    *walk.COMMANDS,
    *state.COMMANDS,
    *branches.COMMANDS,
    *look.COMMANDS,
    *ask.COMMANDS,
    *scripts.COMMANDS,
)
"""Every command, topic by topic."""
