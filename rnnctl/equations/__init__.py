"""The language in which every layer is written: text -> syntax -> checked graph -> schedule. No torch, no YAML."""
