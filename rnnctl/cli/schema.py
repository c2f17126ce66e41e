"""`rnnctl schema`: the format of configs for editors."""

from __future__ import annotations

import json

from rnnctl.config.schema import schema


def command() -> None:
    """Print the JSON Schema of configs, for editors: `rnnctl schema > rnnctl.schema.json`.

    With yaml-language-server a config then begins with `# yaml-language-server: $schema=rnnctl.schema.json`.
    """
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
