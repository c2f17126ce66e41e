"""What a tracker is told of a run beside its numbers and its config."""

from __future__ import annotations

from collections.abc import Mapping

from rnnctl.runs.directory import Run


def known_by(run: Run) -> dict[str, str]:
    """The directory of a run, and the versions that it was begun with."""
    versions: Mapping[str, str] = run.record().get("versions", {})
    return {"directory": str(run.path.absolute()), **{f"version.{name}": text for name, text in versions.items()}}
