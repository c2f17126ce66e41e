"""The commands of the stepper by topic, each a function of a console and of what stands behind its name."""

from rnnctl.stepping.command import Command
from rnnctl.stepping.commands import walk

BY_TOPIC: tuple[Command, ...] = (*walk.COMMANDS,)
"""Every command, topic by topic."""
