"""Variables of which an alias repeats a part, as `*w` does of `vars: {width: &w 8}`: used without a reference."""

from __future__ import annotations

from collections.abc import Iterator

from rnnctl.document.nodes import Alias, Broken, Entry, Mapping, Node, inner


def borrowed(root: Mapping, section: Entry, variables: Mapping) -> Iterator[str]:
    """Those variables of a file's section `vars` that an alias elsewhere in the file repeats.

    What an alias repeats has the place of what its anchor names, and by that the two are told to be the same.
    """
    own = [(name, variable.value) for name, variable in variables.entries.items()]
    owners = {node.span: name for name, value in own for node in _written(value)}
    others = [("", entry.value) for entry in root.entries.values() if entry is not section]
    for reader, value in (*own, *others):
        for node in _written(value):
            while isinstance(node, Alias | Broken):
                following = node.target if isinstance(node, Alias) else node.guess
                if following is None:
                    break
                node = following  # noqa: PLW2901 (the alias, then what it repeats, which may be an alias too)
                owner = owners.get(node.span)
                if owner is not None and owner != reader:
                    yield owner


def _written(node: Node) -> Iterator[Node]:
    """A node and those that are written in it; not what an alias brings."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, Alias):
            waiting += inner(found)
