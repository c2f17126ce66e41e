"""Programs of rnnctl in processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import rnnctl

_BEGIN = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def command_of(module: str) -> tuple[str, ...]:
    """The command that runs a module of this rnnctl, wherever it lies; arguments follow it.

    `python -m` would look for every module in the folder that one is in first, and a `copy.py` or a `numpy.py` that
    lies beside configs would be run.
    """
    return (sys.executable, "-P", "-c", _BEGIN, str(Path(rnnctl.__file__).parents[1]), module)
