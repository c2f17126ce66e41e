"""A text over the whole screen: the help, and what is too long to stand at the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from rnnctl.report.strip import Paint
from rnnctl.stepping.console import Command
from rnnctl.tui.keys import told


class Page(ModalScreen[None]):
    """A text to read; escape, q, ? and enter close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,ctrl+c", "close", show=False),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(self, text: Text | Group) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        """The text in a window that scrolls, and how to close it."""
        with VerticalScroll(id="page"):
            yield Static(self.text, id="text")
        yield Static("esc: back   up, down, page up, page down: scroll", id="foot")

    def action_close(self) -> None:
        """Back to the map."""
        self.dismiss()

    def action_down(self) -> None:
        """One line down."""
        self.query_one("#page", VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.query_one("#page", VerticalScroll).scroll_up(animate=False)


def help_text(commands: Mapping[str, Command], paint: Paint) -> Group:
    """The keys, then the commands, each with what it does, then how to read the map."""
    below, above = ("abc", "1 to 8") if paint == "ascii" else ("░▒▓", "▁▄█")
    colours = "Blue is below 0, red above it. " if paint in ("truecolor", "256") else ""
    map_ = (
        f"Lines are units, columns are moments. {colours}Without colours the shades {below} are below 0 and the bars "
        f"{above} above it. Under the map the input, coloured by the unit that is followed, and that unit's value. "
        "A click chooses a unit and a moment; the wheel goes through units, and with shift through moments."
    )
    usages = [(command.usage, command.summary) for command in commands.values()]
    return Group(
        Text("Keys", style="bold"),
        _table(told()),
        Text("\nCommands, after :", style="bold"),
        _table(usages),
        Text("\nThe map", style="bold"),
        Padding(Text(map_), (0, 2)),
    )


def _table(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(max_width=min(34, max(len(left) for left, _ in rows)))
    table.add_column(ratio=1)
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table
