"""The line at the bottom: commands as line mode has them, with their history."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class CommandLine(Input):
    """One line for commands. Enter runs it, escape goes back to the keys, up and down walk through the history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("tab", "complete", show=False),
    ]

    class Leave(Message):
        """The line is done with."""

    class Candidates(Message):
        """What the last word may become, where that is not certain."""

        def __init__(self, names: list[str]) -> None:
            super().__init__()
            self.names = names

    def __init__(self, candidates: Callable[[str], list[str]]) -> None:
        super().__init__(compact=True, select_on_focus=False, id="line")
        self.candidates = candidates
        self.history: list[str] = []
        self._place = 0

    def begin(self, text: str = "") -> None:
        """Take the keys, with a text to go on from."""
        self.value = text
        self.cursor_position = len(text)
        self.screen.set_focus(self)  # at once: `focus()` would leave keys that have come already to the map

    def remember(self, line: str) -> None:
        """Keep a line that was run, to be called back."""
        if not self.history or self.history[-1] != line:
            self.history.append(line)
        self._place = len(self.history)

    def action_older(self) -> None:
        """The line before in the history."""
        self._recall(self._place - 1)

    def action_newer(self) -> None:
        """The line behind in the history; behind the last an empty one."""
        self._recall(self._place + 1)

    def action_complete(self) -> None:
        """Complete the last word as far as it is certain; where no more of it is, tell what it may become."""
        before = self.value[: self.cursor_position]
        word = before[before.rfind(" ") + 1 :]
        found = self.candidates(before)
        if not found:
            return
        certain = found[0]
        while not all(name.startswith(certain) for name in found):
            certain = certain[:-1]
        if len(found) == 1 and not certain.endswith(("=", "[", "(", "/")):
            certain += " "
        if certain == word:
            self.post_message(self.Candidates(found))
            return
        begun = before[: len(before) - len(word)] + certain
        self.value = begun + self.value[self.cursor_position :]
        self.cursor_position = len(begun)

    def action_drop(self) -> None:
        """Empty the line; an empty one is left."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Leave())

    def action_leave(self) -> None:
        """Go back to the keys of the map."""
        self.value = ""
        self.post_message(self.Leave())

    def _recall(self, place: int) -> None:
        self._place = max(0, min(place, len(self.history)))
        self.value = self.history[self._place] if self._place < len(self.history) else ""
        self.cursor_position = len(self.value)
