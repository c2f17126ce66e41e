"""What a check is."""

from __future__ import annotations

from typing import NamedTuple

from rnnctl.errors import Severity


class Check(NamedTuple):
    """One thing that is looked for in a config of legal keys and values: what cannot mean anything, or hardly does.

    `example` is a whole config that has it, as if it stood in the folder `configs`, and nothing else that is wrong.
    """

    id: str
    severity: Severity
    summary: str
    why: str
    example: str
    instead: str
