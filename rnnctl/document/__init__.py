"""YAML text -> plain values that know their line and column.

    load, parse   text -> Document                       reader.py
    Document      values, and the place of each          document.py
    dump          plain values -> text that reads back   writer.py

Below them: `source.py` (text, stretches, places), `scalars.py` (what a scalar means), `composer.py` (the
parser's events -> `nodes.py`), `mistakes.py` (what is wrong with single values, gathered), `recovery.py` (going on
behind tabs and odd characters) and `syntax.py` (the parser's complaints in plain words).

The dialect is the core schema of YAML 1.2, read strictly: `no`, `on`, `12:30` and dates are text, `1e-3` is a
float, keys are text and stand once, and what YAML 1.1 and 1.2 read differently (`012`, tags of a language) is
refused. Anchors, aliases and the merge key `<<` work.
"""

from collections.abc import Mapping
from typing import Any

from rnnctl.document.document import Document
from rnnctl.document.reader import load, parse

__all__ = ["Document", "dump", "load", "parse"]


def dump(value: Mapping[str, Any]) -> str:
    """Write plain values as YAML text that `parse` reads back to equal ones. Raises ConfigError, TypeError."""
    from rnnctl.document.writer import dump as write  # here, since reading alone is the rule

    return write(value)
