"""What a command looks at that takes a config as well as a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnctl.cli.arguments import open_with_warnings
from rnnctl.config import Resolved, open_config
from rnnctl.config.format import FIRST
from rnnctl.config.origin import Origin, origins
from rnnctl.errors import Diagnostic, SettingPath, UsageError
from rnnctl.runs.directory import Run, data_digest, find_run
from rnnctl.runs.listing import is_run


@dataclass(frozen=True)
class Subject:
    """A config with its data, or a run, by the name that it was given by."""

    name: str
    resolved: Resolved
    run: Run | None = None

    def origins(self) -> Mapping[SettingPath, Origin]:
        """Where each of its values came from."""
        if self.run is None:
            return origins(self.resolved)
        from rnnctl.runs.origin import origins_of_run

        return origins_of_run(self.run, self.resolved)

    def data(self) -> str | None:
        """The hash of its data; None for a task. Errors: DataError, CheckpointError."""
        return data_digest(self.resolved.source) if self.run is None else self.run.record().get("data")


def subject(wanted: str, runs: Path, settings: Sequence[str] | None = None, *, warn: bool = True) -> Subject:
    """The config file or the run of this name, with what is set beside it, and unless told otherwise its warnings.

    Errors: UsageError where there is neither; ConfigError, DataError, CheckpointError.
    """
    path, opened = Path(wanted), open_with_warnings if warn else open_config
    if not is_run(path) and (path.is_file() or path.suffix in (".yaml", ".yml")):
        return Subject(wanted, opened(path, settings or ()))
    run = _run(wanted, runs)
    if not settings:
        return Subject(wanted, run.open(), run)
    run.open()  # which says so where the run is to blame
    return Subject(wanted, opened(run.resolved, settings, FIRST), run)


def _run(wanted: str, runs: Path) -> Run:
    try:
        return find_run(wanted, runs)
    except UsageError as error:
        [found] = error.diagnostics
        raise UsageError(Diagnostic(f"there is neither a config nor a run '{wanted}'", help=found.help)) from None
