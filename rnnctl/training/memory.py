"""Memory that ran out, told as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rnnctl.errors import Diagnostic, TrainingError


@contextmanager
def memory_told() -> Iterator[None]:
    """Turn what numpy and torch raise where memory runs out into a TrainingError."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" not in str(error):  # torch has no type of its own
            raise
        help_text = "a smaller model, batch or window needs less"
        raise TrainingError(Diagnostic("there is not enough memory for this", help=help_text)) from None
