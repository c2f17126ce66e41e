"""What the user wrote, and what it resolves to: sections, rules, the chain. pydantic, never torch.

load_config(path)      -> Config     the file, read and checked on its own         read.py
resolve(config, facts) -> Resolved   every default and every size explicit         resolve.py
open_config(path)      -> Resolved   both, with the facts of its data in between   resolve.py
"""

from rnnctl.config.read import Config, load_config, parse_config
from rnnctl.config.resolve import Resolved, open_config, resolve, resolved_from

__all__ = ["Config", "Resolved", "load_config", "open_config", "parse_config", "resolve", "resolved_from"]
