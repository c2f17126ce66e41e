"""What completion knows of the keys of a config, written out: rnnctl/cli/settings.json.

    python tests/cli/settings_file.py

To read the keys off the code takes half a second, and a completion has less. A test holds the file against the code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnctl.cli.suggestions import SETTINGS
from rnnctl.config.checks import CHECKS
from rnnctl.config.expect.meant import METRICS
from rnnctl.config.expect.promises import SPLITS
from rnnctl.config.keys import Key, all_keys, inside
from rnnctl.config.keys.sections import METRIC
from rnnctl.config.keys.written import flow


def text() -> str:
    """The file's text, with a line for each key and each check."""
    keys = [_line(key.path, [_plain(key.summary), _settable(key), _values(key)]) for key in all_keys().values()]
    checks = [_line(check.id, _plain(check.summary)) for check in CHECKS.values()]
    return '{"keys": {\n' + ",\n".join(keys) + '\n}, "checks": {\n' + ",\n".join(checks) + "\n}}\n"


def _line(name: str, value: Any) -> str:
    return f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"


def _plain(summary: str) -> str:
    """A summary without the marks of its page."""
    return summary.replace("`", "").replace("[language.md](language.md)", "see the page on the language")


def _settable(key: Key) -> bool:
    """Whether `--set` may give it a value, and not only one of the keys inside it."""
    plain = bool(key.choices) or not set(key.form.types) <= {"array", "layer", "layers", "null", "object"}
    return key.path not in ("extends", "format") and (plain or not inside(key.path))


def _values(key: Key) -> list[str]:
    """Values on one line: the choices, else what is likely, of texts only where there is nothing else.

    Of the key that names a metric, the names that it may have.
    """
    if key.path == METRIC:
        return [f"{split}.{name}" for split in SPLITS for name in METRICS]
    if not _settable(key):
        return []
    known: list[Any] = [*key.choices, *((True, False) if "boolean" in key.form.types else ())]
    likely = [value for value in (*key.examples, key.default) if value is not ... and not isinstance(value, Mapping)]
    plain = [value for value in likely if value is not None and not isinstance(value, str | list)]
    nothing = [None] if "null" in key.form.types else []
    texts = [
        flow(value).replace(", ", ",") for value in [*(known or plain or likely), *(plain if known else ()), *nothing]
    ]
    return list(dict.fromkeys(text for text in texts if text not in ('""', "[]") and not {" ", "\n"} & set(text)))


if __name__ == "__main__":
    Path(SETTINGS).write_text(text(), "utf-8", newline="\n")
