"""The full-screen stepper, `rnnctl step RUN --tui`: a terminal application over a console, made with Textual.

app.py           the application: keys, the command line, and what a line came to
ending.py        how it ends: by a signal, or by a mistake, which the command line tells
runner.py        lines of the console, run beside the application
keys.py          every key, what it does and how the help tells it
subjects.py      what a map can show: parts of a carry, and the values that equations name
window.py        the cells that are in view, as numbers: nothing else is read
view.py          where one looks: a subject, a unit, a moment, how large the cells are, beside which branch
brush.py         a value -> a coloured cell, bar or letter, or a glyph where there is no colour
chart.py         values over time as bars around 0
frame.py         what of a branch is in view, and how many lines each part of its lane has
lane.py          one branch drawn: the map, the time, the input and the unit that is followed
widgets.py       the rectangles that lanes are drawn in
head.py          the lines above: run, branch, step, subjects
command_line.py  the line at the bottom, with its history
panel.py         the step under the cursor in full, where the terminal is wide
pages.py         a text over the whole screen: the help, and what is too long to stand at the bottom
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnnctl.errors import Diagnostic, UsageError

if TYPE_CHECKING:
    from rnnctl.stepping.console import Console

INSTALL = "pip install 'rnnctl[tui]'"
ASKING = "rnnctl-asking"
"""What the name of a thread begins with that computes what was asked."""


def full_screen() -> Callable[[Console, str], None]:
    """What shows a console, and the name of its session, on the whole screen until it is left.

    Errors: UsageError where Textual is not installed, or where there is no terminal to show it on.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(Diagnostic("--tui needs a terminal", help="without one: --input, or --input - for many steps"))
    try:
        from rnnctl.tui.app import run_app
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "textual":
            raise
        raise UsageError(Diagnostic("--tui needs Textual, which is not installed", help=INSTALL)) from None
    return run_app
