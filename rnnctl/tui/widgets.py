"""The rectangle that a lane is drawn in, and the maps side by side, which take the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from rnnctl.stepping.session import Session
from rnnctl.tui.chart import Line, ends_of
from rnnctl.tui.frame import GUTTER, Frame, Scene, Track, frame_of, scale_of
from rnnctl.tui.keys import KEYS, bindings
from rnnctl.tui.lane import lane_lines
from rnnctl.tui.view import View, Zoom
from rnnctl.tui.window import together


class Lane(Widget):
    """One branch: shows lines that were drawn for its size, and tells what is under a click."""

    class Picked(Message):
        """A unit, or None, and a place from the left were clicked."""

        def __init__(self, unit: int | None, place: int) -> None:
            super().__init__()
            self.unit, self.place = unit, place

    class Rolled(Message):
        """The wheel was turned: over units, or over moments."""

        def __init__(self, units: int, moments: int) -> None:
            super().__init__()
            self.units, self.moments = units, moments

    class Resized(Message):
        """It has another size, and waits for lines that fit it."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.drawn: list[Line] = []
        self.frame: Frame | None = None
        self.cell = Zoom(1, 1)

    def put(self, drawn: list[Line], frame: Frame | None, cell: Zoom) -> None:
        """Show these lines."""
        self.drawn, self.frame, self.cell = drawn, frame, cell
        self.refresh()

    @property
    def onto(self) -> tuple[int, int]:
        """The first unit and moment in view."""
        return (self.frame.units.start, self.frame.left) if self.frame else (0, 0)

    def render_line(self, y: int) -> Strip:
        """A line as it was drawn, as wide as the lane."""
        segments = self.drawn[y] if y < len(self.drawn) else []
        return Strip(segments).apply_style(self.rich_style).adjust_cell_length(self.size.width, self.rich_style)

    def on_resize(self) -> None:
        """Ask for other lines."""
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """Choose the unit and the moment under the pointer."""
        frame = self.frame
        place = (event.x - GUTTER) // self.cell.columns
        if frame is None or not (event.x >= GUTTER and place < len(frame.columns)):
            return
        row = event.y - frame.lines.heading
        unit = None
        if 0 <= row < frame.lines.map:
            number = row // frame.lines.tall * self.cell.halves
            if number >= len(frame.units):
                return
            unit = frame.units[number]
        self.post_message(self.Picked(unit, frame.left + place))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Units below; with shift or ctrl moments behind."""
        self._roll(1, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Units above; with shift or ctrl moments before."""
        self._roll(-1, event)

    def _roll(self, by: int, event: events.MouseEvent) -> None:
        event.stop()
        across = event.shift or event.ctrl
        self.post_message(self.Rolled(0 if across else by, by if across else 0))


class Subjects(Static):
    """The line that names what can be shown; a click tells its column."""

    class Clicked(Message):
        """A column of the line was clicked."""

        def __init__(self, x: int) -> None:
            super().__init__()
            self.x = x

    def on_click(self, event: events.Click) -> None:
        """Tell where."""
        self.post_message(self.Clicked(event.x))


class Maps(Container, can_focus=True):
    """The lanes; it takes the keys, and what is no key begins a command."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    _TAKEN = frozenset(name for key in KEYS for name in key.keys.split(","))

    def __init__(self) -> None:
        self.main, self.other = Lane("main"), Lane("other")
        self.places: Sequence[int] = ()
        """Which moments of the branch stand at the places from the left; -1 where none does."""
        self.limit = 1.0
        """The end of the scale: values of -limit … limit that are in view have a colour of their own."""
        super().__init__(self.main, self.other, id="maps")
        self.other.display = False

    def draw(self, scene: Scene, view: View, session: Session, at: int) -> None:
        """The map of the session's branch, and where it is asked for that of another, both of the same scale."""
        self.other.display = view.beside == "beside"
        tracks = self._tracks(view, session)
        lanes = [self.main, self.other][: len(tracks)]
        height, cursor = min(lane.size.height for lane in lanes), self.places.index(at)
        signal, heading = session.model.facts.input, view.beside != "off"
        frames = [
            frame_of(
                scene,
                view,
                track,
                cursor,
                (lane.size.width, height),
                onto=lane.onto,
                symbols=signal.kind == "symbol",
                heading=heading,
            )
            for lane, track in zip(lanes, tracks, strict=True)
        ]
        self.limit = scale_of(frames)
        ends = ends_of([frame.followed for frame in frames if frame is not None])
        for lane, frame, track, name in zip(lanes, frames, tracks, (session.branch, view.other), strict=False):
            title = f"{name} minus {view.other}" if track.minus else name
            told = f" {title}  t {track.branch.moments[track.branch.at].t}"
            lines = [] if frame is None else lane_lines(scene.brush, frame, view, signal, told, self.limit, ends)
            lane.put(lines, frame, view.cell)

    def _tracks(self, view: View, session: Session) -> list[Track]:
        """What each lane shows."""
        branch = session.branches[session.branch]
        other = session.branches[view.other] if view.other else None
        if other is None or view.beside == "off":
            self.places = range(branch.at + 1)
            return [Track(branch, self.places)]
        self.places, there = together(branch, other)
        if view.beside == "difference":
            return [Track(branch, self.places, other, there)]
        return [Track(branch, self.places), Track(other, there)]

    def begins(self, event: events.Key) -> str | None:
        """What a command begins with that this key begins; None where it is a key of the map."""
        if event.key == "colon":
            return ""
        return event.character if event.is_printable and event.key not in self._TAKEN else None
