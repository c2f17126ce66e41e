"""A text over the whole screen: the help, and what is too long to stand at the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from rnnctl.stepping.console import Command
from rnnctl.tui.keys import told


class Page(ModalScreen[None]):
    """A text to read; escape, q, ? and enter close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,ctrl+c", "close", show=False),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(self, text: Text) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        """The text in a window that scrolls, and how to close it."""
        with VerticalScroll(id="page"):
            yield Static(self.text, id="text")
        yield Static("up, down, page up, page down: scroll   esc: back", id="foot")

    def action_close(self) -> None:
        """Back to the map."""
        self.dismiss()

    def action_down(self) -> None:
        """One line down."""
        self.query_one("#page", VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.query_one("#page", VerticalScroll).scroll_up(animate=False)


def help_text(commands: Mapping[str, Command]) -> Text:
    """The keys, then the commands, each with what it does."""
    rows = told()
    text = _table("Keys", rows)
    text.append("\n\n").append(_table("Commands, after :", [(c.usage, c.summary) for c in commands.values()]))
    text.append("\n\nThe map: ", style="bold").append(
        "lines are units, columns are moments. Blue, or a shade (░▒▓), is below 0; red, or a bar (▁▄█), above it. "
        "Under it the input, coloured by the unit that is followed, and that unit's value. A click chooses unit and "
        "moment."
    )
    return text


def _table(heading: str, rows: list[tuple[str, str]]) -> Text:
    width = min(30, max(len(left) for left, _ in rows) + 2)
    text = Text().append(heading, style="bold")
    for left, right in rows:
        gap = left.ljust(width) if len(left) < width else f"{left}  "
        text.append(f"\n  {gap}").append(right, style="dim")
    return text
