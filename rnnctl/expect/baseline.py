"""Figures that were recorded to be held against: a file of JSON beside the config, to be kept with it.

CONFIG.baseline.json
  format     1
  versions   of Python and of the packages that numbers depend on
  seeds      the seeds that were trained
  figures    of each key of `expect` that has a number the figure of each seed
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rnnctl.errors import CheckpointError, Diagnostic
from rnnctl.runs.files import as_json, write_whole

FORMAT = 1


def baseline_path(config: Path) -> Path:
    """The file beside a config in which its baseline is recorded."""
    return config.with_name(f"{config.stem}.baseline.json")


def read_baseline(config: Path) -> dict[str, list[float]]:
    """The figures that are recorded of a config, by their keys; empty where there is no file.

    Errors: CheckpointError where the file is damaged or of another format.
    """
    path = baseline_path(config)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from None
    try:
        record = json.loads(text)
        if record["format"] != FORMAT:
            raise CheckpointError(f"'{path}' has another format than this rnnctl reads ({FORMAT})")
        return {str(key): [_number(value) for value in values] for key, values in record["figures"].items()}
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        again = Diagnostic(f"'{path}' is damaged", help="restore it, or record it anew: rnnctl check --update-baseline")
        raise CheckpointError(again) from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def write_baseline(
    config: Path, figures: Mapping[str, Sequence[float]], seeds: Sequence[int], versions: Mapping[str, str]
) -> bool:
    """Record figures, in place of those that were; False where they are the same, and the file stays as it is.

    Errors: TrainingError where the disk refuses.
    """
    rows = ",\n".join(f"    {as_json(key)}: {as_json(list(values))}" for key, values in figures.items())
    text = "{\n" + f'  "format": {FORMAT},\n  "versions": {as_json(versions)},\n  "seeds": {as_json(list(seeds))},\n'
    text += '  "figures": {\n' + rows + "\n  }\n}\n"
    path = baseline_path(config)
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    write_whole(path, text.encode())
    return True
