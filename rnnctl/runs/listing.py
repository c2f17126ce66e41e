"""The runs in a folder, found by their names and times alone: light enough for a completion."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path("runs")
"""Where runs are kept, unless something else is said."""
FORMAT = 1
"""The version of a run's directory, which run.json names."""


def run_folders(root: Path) -> list[Path]:
    """The directories of the runs under a folder, the newest last; none where it cannot be read."""
    try:
        found = [path for path in root.iterdir() if is_run(path)]
    except OSError:
        return []
    return sorted(found, key=lambda path: (_made(path), len(path.name), path.name))


def is_run(path: Path) -> bool:
    """Whether a directory is that of a run."""
    try:
        return (path / "run.json").is_file()
    except OSError:  # a name too long, a folder not to be looked into
        return False


def _made(run: Path) -> int:
    """When a run was made: its resolved config is written once."""
    try:
        return (run / "resolved.yaml").stat().st_mtime_ns
    except OSError:
        return 0
