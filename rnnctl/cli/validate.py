"""`rnnctl validate CONFIG…`: whether all in these files is as it should be, their data included."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from rnnctl.cli.arguments import Settings
from rnnctl.config import Resolved, open_config
from rnnctl.config.chain import named_chain
from rnnctl.errors import Diagnostic, RnnctlError


class Format(StrEnum):
    """How what was found is told."""

    text = "text"
    json = "json"
    github = "github"


class _Checked(NamedTuple):
    """What came of one config: it resolved, or the exit code that says why it does not."""

    resolved: Resolved | None
    told: Sequence[Diagnostic]
    code: int = 0


def command(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="Config files.", show_default=False)],
    settings: Settings = None,
    format_: Annotated[
        Format, typer.Option("--format", help="For people, as JSON for machines, or as annotations for GitHub Actions.")
    ] = Format.text,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Check config files and the data they name, and tell all that is wrong. Nothing is trained or written."""
    format_ = Format.json if json_ else format_
    worst = 0
    records = []
    for path in configs:
        checked = _check(path, settings or ())
        worst = worst or checked.code
        if format_ is Format.json:
            records.append(_record(path, checked))
        else:
            _print(path, checked, github=format_ is Format.github)
    if format_ is Format.json:
        import json

        print(json.dumps({"valid": not worst, "configs": records}))
    if worst:
        raise typer.Exit(worst)


def _check(path: Path, settings: Sequence[str]) -> _Checked:
    try:
        resolved = open_config(path, settings)
    except RnnctlError as error:
        from rnnctl.report.diagnostics import all_of

        return _Checked(None, all_of(error), error.exit_code)
    return _Checked(resolved, resolved.warnings)


def _parameters(resolved: Resolved) -> int:
    return sum(layer.parameter_count for layer in resolved.layers)


def _print(path: Path, checked: _Checked, *, github: bool) -> None:
    """Annotations go to stdout, where GitHub looks for them; what a person reads of mistakes, to stderr."""
    name = str(path)
    if github:
        from rnnctl.report.diagnostics import as_annotation

        for diagnostic in checked.told:
            print(as_annotation(diagnostic))
        if name.startswith("::") or not name.isprintable():
            name = repr(name)  # so that no file's name is a command
    else:
        from rnnctl.report.diagnostics import as_text

        for diagnostic in checked.told:
            print(as_text(diagnostic, sys.stderr), file=sys.stderr)
    if checked.resolved is not None:
        print(f"{name}: ok ({named_chain(checked.resolved.chain)}, {_parameters(checked.resolved):,} parameters)")


def _record(path: Path, checked: _Checked) -> dict[str, Any]:
    from rnnctl.report.diagnostics import as_record

    record: dict[str, Any] = {"config": str(path), "valid": checked.resolved is not None, "exit_code": checked.code}
    if checked.resolved is not None:
        record["layers"] = [layer.layer.name for layer in checked.resolved.layers]
        record["parameters"] = _parameters(checked.resolved)
    return {**record, "diagnostics": [as_record(diagnostic) for diagnostic in checked.told]}
