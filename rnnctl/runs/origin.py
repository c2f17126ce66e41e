"""Where each value of a run's config came from, as far as the run knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnnctl.config import Resolved, resolved_from
from rnnctl.config.origin import Origin, origin_from, origins, unwritten_origins
from rnnctl.errors import ConfigError, DataError, SettingPath
from rnnctl.runs.directory import Run


def origins_of_run(run: Run, resolved: Resolved) -> dict[SettingPath, Origin]:
    """The origin of every value of a run's resolved config.

    A config that stood alone is looked up in the run's own copy of it; of one that was put together of several files
    the run has written down where its values stood.
    """
    record = run.record()
    found = unwritten_origins(resolved)
    names = {".".join(map(str, path)): path for path in found}
    known = dict(_recorded(record)) if "composed" in record else _in_own_copy(run, resolved)
    known |= dict(_later(record))
    for name, origin in known.items():
        if name in names:
            found[names[name]] = origin
        else:  # a value that was written as a whole
            found |= {path: origin for other, path in names.items() if other.startswith(f"{name}.")}
    return found


def _recorded(record: Mapping[str, Any]) -> Iterator[tuple[str, Origin]]:
    """What was written down when the run was made; what cannot be read of it is left out."""
    composed = record["composed"]
    plain = composed.get("origin") if isinstance(composed, Mapping) else None
    for name, origin in plain.items() if isinstance(plain, Mapping) else ():
        try:
            yield name, origin_from(origin)
        except (KeyError, TypeError, AttributeError):
            continue


def _in_own_copy(run: Run, resolved: Resolved) -> dict[str, Origin]:
    """The places of values in config.yaml, which is called so wherever the run lies."""
    try:
        given = resolved_from(run.config, resolved.facts)
    except (ConfigError, DataError):
        return {}
    found = {path: origin for path, origin in origins(given).items() if origin.is_written}
    return {".".join(map(str, path)): origin._replace(file=run.config.name) for path, origin in found.items()}


def _later(record: Mapping[str, Any]) -> Iterator[tuple[str, Origin]]:
    """What the program chose for the run, and what was changed when it was gone on with."""
    if "threads_measured" in record.get("bits", {}):
        yield "training.threads", Origin("derived", what="measured")
    for entry in record.get("resumed", []):
        at = str(entry.get("at", ""))[:10]
        for name in entry.get("changes", {}):
            yield name, Origin("derived", what=f"resumed {at}".strip())
