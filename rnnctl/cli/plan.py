"""`rnnctl plan CONFIG`: what a config costs, before anything runs."""

from __future__ import annotations

import json
import sys

from rnnctl.cli.arguments import ConfigPath, Json, open_with_warnings


def command(config: ConfigPath, json_: Json = False) -> None:
    """Show the layers of a config with their sizes, parameters, FLOPs and memory. Nothing is trained or written."""
    from rnnctl.plan import plan as made_of

    resolved = open_with_warnings(config)
    made = made_of(resolved)
    if json_:
        print(json.dumps(made.as_dict()))
        return
    from rnnctl.report.plan import plan_lines
    from rnnctl.report.strip import look_at

    print("\n".join(plan_lines(made, resolved, look_at(sys.stdout))))
