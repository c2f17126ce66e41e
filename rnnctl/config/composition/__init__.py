"""A file, those it extends and what is given on the command line -> one document.

The order is parents, file, environment, `--set`: each takes the place of what stands before it, as `merge.py` says.
A file that uses none of this is read as it stands, and nothing more is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rnnctl.config.places import section_key
from rnnctl.document import Document, load, parse


def compose(path: Path, overrides: Sequence[str] = ()) -> Document:
    """Read a config file with all that it is composed of; `overrides` are of the form PATH=VALUE.

    The document's value has neither `extends` nor `vars`. What is wrong with single values is left to the reader
    of the document, as its `mistakes`. Errors: ConfigError where the file itself cannot be read.
    """
    return _composed(load(path, strict=False), overrides)


def compose_text(text: str, file: str, overrides: Sequence[str] = ()) -> Document:
    """The same of a text; `file` is its name in messages, and what relative paths start from."""
    return _composed(parse(text, file, strict=False), overrides)


def _composed(document: Document, overrides: Sequence[str]) -> Document:
    value = document.value
    uses = any(section_key(value, key) in value for key in ("extends", "vars")) or "${" in document.text
    if not uses and not overrides:
        return document
    from rnnctl.config.composition.composing import put_together  # here, since most files stand alone

    return put_together(document, overrides)
