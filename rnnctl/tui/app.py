"""The application: keys and commands go to the console, and what came of them is drawn."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.events import Event, Key
from textual.widgets import Input, Static

from rnnctl.errors import RnnctlError
from rnnctl.report.outcome import text_lines
from rnnctl.report.step import state_lines
from rnnctl.report.strip import Look, Paint, paint_for
from rnnctl.report.wrapping import fitted
from rnnctl.stepping.completion import complete
from rnnctl.stepping.console import COMMANDS, Console, Outcome
from rnnctl.stepping.session import Branch
from rnnctl.tui import head
from rnnctl.tui.brush import Brush
from rnnctl.tui.command_line import CommandLine
from rnnctl.tui.ending import Ending
from rnnctl.tui.frame import Scene
from rnnctl.tui.pages import Page, help_text
from rnnctl.tui.panel import panel_text
from rnnctl.tui.runner import Runner
from rnnctl.tui.subjects import layers_of
from rnnctl.tui.view import View
from rnnctl.tui.widgets import Lane, Maps, Subjects
from rnnctl.tui.window import Reader

_ACROSS = 110
"""From this width on two branches stand side by side, below it one above the other."""
_PATIENCE = 0.4
"""After so many seconds a line that still runs is told of."""
_MOST_SHOWN = 40
"""So many candidates of a word are told."""
_MOST_LINES = 5
"""So many lines are told at the bottom; more take the whole screen."""


def run_app(console: Console, session: str = "default") -> None:
    """Show a console on the whole terminal until it is left; the session is then where it was left.

    A mistake in the application is raised, once the terminal is as it was before.
    """
    app = Stepper(console, paint_for(sys.__stderr__ or sys.stderr, os.environ), session)
    app.run()
    app.raise_what_broke_it()


class Stepper(Ending):
    """A session on the whole screen."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "quit", show=False),
    ]

    def __init__(self, console: Console, paint: Paint = "truecolor", session: str = "default") -> None:
        shades = paint in ("truecolor", "256")
        super().__init__(ansi_color=None if shades else True)  # else NO_COLOR paints black on black
        self.commands = console
        self.paint: Paint = paint
        self.scene = Scene(Reader(console.session.model), Brush(paint))
        self.view = View(layers_of(console.session.model))
        self.lines = Runner(console)
        self.run_name = console.run_of.path.name if console.run_of else "rnnctl step"
        self.session_name = session
        if not shades:
            self.theme = "ansi-dark"

    def compose(self) -> ComposeResult:
        """The lines above, the lanes, what is told, the line for commands, and hints."""
        yield Static(id="title")
        yield Static(id="given")
        yield Static(id="output")
        yield Subjects(id="subjects")
        with Container(id="middle"):
            yield Maps()
            yield Static(id="panel")
        yield Static(id="told")
        with Container(id="prompt"):
            yield Static(": ", id="sign")
            yield CommandLine(lambda line: complete(self.commands, line))
        yield Static(id="hints")

    def on_mount(self) -> None:
        """Draw for the first time."""
        self.end_on_signals()
        self.set_class(self.paint in ("truecolor", "256"), "-colour")
        self.set_class(self.paint not in ("truecolor", "256"), "-ansi")
        self.query_one(Maps).focus()
        self.draw()

    # drawing

    @property
    def branch(self) -> Branch:
        """The branch that the session stands on."""
        return self.commands.session.branches[self.commands.session.branch]

    @property
    def at(self) -> int:
        """The moment that is looked at, by its number in the branch."""
        return self.branch.at if self.view.at is None else min(self.view.at, self.branch.at)

    def draw(self) -> None:
        """Draw all from where the session and the view are; while a line runs, not before it is done."""
        if self.lines.busy:
            return
        session, model = self.commands.session, self.commands.session.model
        if self.view.other == session.branch or self.view.other not in (None, *session.branches):
            self.view = replace(self.view, beside="off", other=None)
        maps = self.query_one(Maps)
        maps.set_class(self.size.width >= _ACROSS, "-across")
        maps.draw(self.scene, self.view, session, self.at)
        width = self.size.width
        self._put("title", head.title_line((self.run_name, self.session_name), session, self.view, width, self.paint))
        given, output = head.step_lines(model, self.branch, self.at, self.paint)
        followed = head.followed_text(model, self.view, self.scene.reader, self.branch, self.at)
        self._put("given", head.with_right(given, followed, width))
        watched = {name: self.commands.worth(name) for name in self.commands.watched}
        self._put("output", head.with_right(output, head.watched_text(watched), width))
        self._put("subjects", self._subjects(width))
        self._panel()
        self._put("hints", self._hints())

    def _subjects(self, width: int) -> Text:
        scale = f"scale {'+-' if self.paint == 'ascii' else '±'}{self.query_one(Maps).limit:g}"
        return head.subject_line(self.view, self.scene.reader, self.branch, self.at, width, scale)

    def _panel(self) -> None:
        """The step in full, where the terminal is wide and nothing else needs the room."""
        panel = self.query_one("#panel", Static)
        panel.display = self.size.width >= _ACROSS and self.view.beside != "beside"
        if panel.display:
            model = self.commands.session.model
            step = head.step_at(model, self.branch, self.at)
            panel.update(panel_text(model, step, 35, panel.size.height, self.paint))

    def _hints(self) -> Text:
        """The keys that one needs most, or how to leave the line."""
        if isinstance(self.focused, CommandLine):
            return Text("enter runs it   esc: back to the keys   up, down: history   tab completes")
        return head.hints_line(self.size.width - 2)

    def _put(self, name: str, text: Text) -> None:
        self.query_one(f"#{name}", Static).update(text)

    # what a line came to

    def run_lines(self, *lines: str) -> None:
        """Run lines of the console one after the other, up to the first that cannot be done; behind those that wait."""
        idle = self.lines.idle
        self.lines.add(lines)
        if idle:
            self.run_worker(self._work())

    async def _work(self) -> None:
        """Run what waits, and tell what comes of it."""
        before = self.commands.session.now
        notice = self.set_timer(_PATIENCE, self._notice)
        async for came in self.lines.outcomes():
            notice.stop()
            notice = self.set_timer(_PATIENCE, self._notice)
            now = self.commands.session.now
            if now is not before:
                self.view = replace(self.view, at=None)
            before = now
            if isinstance(came, RnnctlError):
                self.tell([text for found in came.diagnostics for text in _diagnostic(found)], error=True)
            elif came is None:
                self.tell(["stopped: the session is as it was before the line"])
            elif came.ends:
                self.exit()
            else:
                self._told(came)
            self.draw()
        notice.stop()

    def _notice(self) -> None:
        """Tell that a line still runs."""
        self.tell(["computing …; ctrl+c drops it" if self.lines.asks else "working …; ctrl+c stops it"])

    def _told(self, outcome: Outcome) -> None:
        plain: Paint = "ascii" if self.paint == "ascii" else "none"
        lines = [
            *text_lines(outcome, self.size.width - 4),
            *state_lines(outcome.state, Look(self.size.width - 4, plain), key=False),
        ]
        if len(outcome.steps) > 1:
            lines.append(f"{len(outcome.steps)} steps")
        if outcome.stopped:
            lines += fitted(f"stopped: {outcome.stopped}", self.size.width - 4)
        if len(lines) > min(_MOST_LINES, max(1, self.size.height - 14)):
            self.push_screen(Page(Text("\n".join(lines))))
            lines = []
        self.tell(lines, error=outcome.unmet)

    def tell(self, lines: list[str], *, error: bool = False) -> None:
        """Show lines above the one for commands, in place of those before."""
        told = self.query_one("#told", Static)
        told.set_class(error, "-error")
        told.update(Text("\n".join(lines)))

    # keys

    def action_line(self, line: str) -> None:
        """A key that stands for a command."""
        self.run_lines(line)

    def action_next(self, count: int) -> None:
        """The next steps of what is fed; where nothing is, of the first sequence that was held back for a test."""
        desk = self.commands
        first = ["feed test 0"] if desk.feed is None and desk.free is None and self.lines.idle else []
        self.run_lines(*first, f"next {count}" if count > 1 else "next")

    def action_fork(self) -> None:
        """Fork under the first free name."""
        names = self.commands.session.branches
        self.run_lines(f"fork {next(name for i in range(1, 10**6) if (name := f'fork-{i}') not in names)}")

    def action_switch(self) -> None:
        """Stand on the next branch."""
        names = list(self.commands.session.branches)
        if len(names) == 1:
            self.tell(["there is one branch, and f forks another"])
            return
        self.run_lines(f"switch {names[(names.index(self.commands.session.branch) + 1) % len(names)]}")

    def action_beside(self) -> None:
        """See another branch beside this one, or the difference."""
        others = [name for name in reversed(self.commands.session.branches) if name != self.commands.session.branch]
        if not others:
            self.tell(["there is one branch, and f forks another"])
        self._look(self.view.to_beside(others))

    def action_layer(self, by: int) -> None:
        """Another layer."""
        self._look(self.view.to_layer(by))

    def action_subject(self, number: int) -> None:
        """Another part of the carry."""
        if self.view.layers and number < len(self.view.layers[self.view.layer].parts):
            self._look(self.view.to_subject(number))

    def action_named(self, by: int) -> None:
        """Another value that the equations name."""
        self._look(self.view.to_named(by))

    def action_unit(self, by: int) -> None:
        """Another unit."""
        self._look(self.view.to_unit(self.view.unit + by))

    def action_page(self, by: int) -> None:
        """A unit so far away as the map is high."""
        frame = self.query_one(Maps).main.frame
        self.action_unit(by * max(1, len(frame.units) if frame else 1))

    def action_moment(self, by: int) -> None:
        """Another moment."""
        self._look(self.view.to_moment(self.at + by, self.branch.at))

    def action_leap(self, by: int) -> None:
        """A moment so far away as the map is wide."""
        frame = self.query_one(Maps).main.frame
        self.action_moment(by * max(1, len(frame.columns) if frame else 1))

    def action_first(self) -> None:
        """The first moment."""
        self._look(self.view.to_moment(0, self.branch.at))

    def action_newest(self) -> None:
        """The newest moment."""
        self._look(replace(self.view, at=None))

    def action_stand(self) -> None:
        """Stand at the moment that is looked at."""
        count = self.branch.at - self.at
        if count:
            self.run_lines(f"back {count}")

    def action_zoom(self) -> None:
        """Cells of another size."""
        self._look(self.view.zoomed(self.scene.brush.shades))

    def action_column(self) -> None:
        """Another input column."""
        self._look(replace(self.view, column=self.view.column + 1))

    async def on_event(self, event: Event) -> None:
        """Open the line before the keys behind are dealt out, so that of what is pasted none is lost to the map."""
        if isinstance(event, Key) and isinstance(self.focused, Maps):
            text = self.focused.begins(event)
            if text is not None:
                self.query_one(CommandLine).begin(text)
                return
        await super().on_event(event)

    def action_command(self) -> None:
        """Type a command."""
        self.query_one(CommandLine).begin()

    def action_help(self) -> None:
        """The help."""
        self.push_screen(Page(help_text(COMMANDS, self.paint)))

    def action_interrupt(self) -> None:
        """Stop the line that runs; where none does, leave a page or the line, or tell how to end."""
        if not self.lines.idle:
            self.lines.stop()
        elif isinstance(self.screen, Page):
            self.screen.action_close()
        elif isinstance(self.focused, CommandLine):
            self.focused.action_drop()
        else:
            self.tell(["q ends; the session is saved"])

    def action_stop(self) -> None:
        """Stop the line that runs, if one does."""
        if not self.lines.idle:
            self.lines.stop()

    async def action_quit(self) -> None:
        """End; a line that runs is stopped."""
        self.lines.stop()
        self.exit()

    def _look(self, view: View) -> None:
        self.view = view
        self.draw()

    # messages

    @on(Lane.Resized)
    def _resized(self) -> None:
        self.draw()

    @on(Lane.Picked)
    def _picked(self, picked: Lane.Picked) -> None:
        moment = self.query_one(Maps).places[picked.place]
        view = self.view if picked.unit is None else self.view.to_unit(picked.unit)
        self.query_one(Maps).focus()
        self._look(view.to_moment(moment, self.branch.at) if moment >= 0 else view)

    @on(Subjects.Clicked)
    def _subject(self, clicked: Subjects.Clicked) -> None:
        number = head.subject_at(self.view, clicked.x)
        if number is not None:
            self._look(self.view.to_subject(number))

    @on(Lane.Rolled)
    def _rolled(self, rolled: Lane.Rolled) -> None:
        view = self.view.to_unit(self.view.unit + rolled.units)
        self._look(view.to_moment(self.at + rolled.moments, self.branch.at) if rolled.moments else view)

    @on(CommandLine.Candidates)
    def _candidates(self, told: CommandLine.Candidates) -> None:
        shown = told.names[:_MOST_SHOWN]
        self.tell(["  ".join(shown) + (" …" if len(told.names) > len(shown) else "")])

    @on(CommandLine.Leave)
    def _left(self) -> None:
        self.query_one(Maps).focus()

    @on(Input.Submitted)
    def _submitted(self, submitted: Input.Submitted) -> None:
        line, entry = submitted.value.strip().removeprefix(":").strip(), self.query_one(CommandLine)
        if not line:
            self.query_one(Maps).focus()
            return
        entry.remember(line)
        entry.value = ""
        self.run_lines(line)

    def on_descendant_focus(self) -> None:
        """Other keys count now."""
        self.call_after_refresh(self.draw)


def _diagnostic(found: object) -> list[str]:
    message, advice = getattr(found, "message", str(found)), getattr(found, "help", None)
    return [f"error: {message}", *([f"help: {advice}"] if advice else [])]
