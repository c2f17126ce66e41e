"""`rnnctl show CONFIG|RUN`: the config with every default and every size, and where each value came from."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from rnnctl.cli.arguments import Json, RunsFolder, Settings
from rnnctl.cli.subjects import subject
from rnnctl.runs.directory import RUNS


def command(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG|RUN", help="A config file, or a run by its directory or its name.")
    ],
    settings: Settings = None,
    origin: Annotated[bool, typer.Option("--origin", help="Say behind each value where it came from.")] = False,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Show a config as it is used: with every default and every size, as YAML that is a config again.

    Of a run it shows what was trained. With --origin each value says where it came from: a line of a file, --set, a
    variable, the environment, a default, the data, or the layer before.
    """
    found = subject(config, runs, settings)
    if json_:
        told = {".".join(map(str, path)): it.as_dict() for path, it in found.origins().items()}
        print(json.dumps({"config": found.resolved.as_plain(), "origin": told}))
    elif origin:
        from rnnctl.report.origin import origin_lines
        from rnnctl.report.strip import look_at

        origins = {path: str(it) for path, it in found.origins().items()}
        print("\n".join(origin_lines(found.resolved.as_text(), origins, look_at(sys.stdout))))
    else:
        print(found.resolved.as_text(), end="")
