"""The page of checks, made of their table: `python tests/config/checks_page.py` writes it anew."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from rnnctl.config import parse_config, resolve
from rnnctl.config.checks import CHECKS, Check
from rnnctl.config.resolve import examined
from rnnctl.errors import Diagnostic, RnnctlError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "configs"
PAGE = ROOT / "rnnctl" / "docs" / "checks.md"

HEAD = """\
# Checks

A config may be legal key by key and mean nothing as a whole, or hardly what was meant. What is looked for has a name,
which stands in brackets:

```yaml
data: {task: copy}
model: {chain: [one_hot, {rnn: 8}, dense]}
training: {loss: cross_entropy, window: 200}
```
```text
warning[window-cuts-nothing]: no sequence is longer than 120 steps, so this window never cuts one
  --> config.yaml:3:41
 3 | training: {loss: cross_entropy, window: 200}
   |                                         ^^^
   = help: write window: null to say so
```

`rnnctl explain window-cuts-nothing` tells what stands here. An **error** is refused; a **warning** is told, and all
goes on. Where a warning is known and not wanted, `ignore` at the top of the config silences it:

```yaml
ignore: [window-cuts-nothing]
data: {task: copy}
model: {chain: [one_hot, {rnn: 8}, dense]}
training: {loss: cross_entropy, window: 200}
```

`ignore` names one check or a list of them. A name that there is not is an error, and so is that of an error.
"""


def found(text: str) -> list[Diagnostic]:
    """What is found in a config as if it stood in the folder of configs: its errors, else its warnings."""
    try:
        config = parse_config(text, str(FOLDER / "config.yaml"))
        return list(resolve(config, examined(config)).warnings)
    except RnnctlError as error:
        return list(error.diagnostics)


def page() -> str:
    """The whole page."""
    lines = ["", "| check | | what it finds |", "|---|---|---|"]
    lines += [f"| [{c.id}](#{c.id}) | {c.severity} | {c.summary} |" for c in CHECKS.values()]
    return HEAD + "\n".join(lines) + "\n" + "".join(map(section, CHECKS.values()))


def section(check: Check) -> str:
    told = "\n".join(map(str, found(check.example))).replace(f"{FOLDER}/", "")
    return f"""
## {check.id}

{check.summary}: {"an error" if check.severity == "error" else "a warning"}.

{wrapped(check.why)}

```yaml
{check.example}```
```text
{told}
```

{wrapped(check.instead)}
"""


def wrapped(text: str) -> str:
    return "\n".join(wrap(text, 120, break_on_hyphens=False))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
