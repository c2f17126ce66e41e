"""Where one looks: a subject, a unit, a moment, how large cells are, and beside which branch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from rnnctl.tui.subjects import Layer, Subject


class Zoom(NamedTuple):
    """How large a cell is: its terminal columns, and how many units share a line (2 where colours can halve it)."""

    columns: int
    halves: int


ZOOMS = (Zoom(2, 1), Zoom(1, 1), Zoom(1, 2), Zoom(4, 1))
Beside = Literal["off", "beside", "difference"]


@dataclass(frozen=True)
class View:
    """What is looked at. `at` is the moment under the cursor, None for the newest; `other` a branch beside."""

    layers: tuple[Layer, ...]
    layer: int = 0
    subject: int = 0
    unit: int = 0
    at: int | None = None
    zoom: int = 0
    column: int = 0
    """Which input column is drawn, of several."""
    beside: Beside = "off"
    other: str | None = None

    @property
    def shown(self) -> Subject | None:
        """The subject in the map; None of a model that has none."""
        return self.layers[self.layer].subjects[self.subject] if self.layers else None

    @property
    def cell(self) -> Zoom:
        """How large a cell is."""
        return ZOOMS[self.zoom]

    def to_layer(self, by: int) -> View:
        """The next layer, or the one before; the same name where it has it, else its first part."""
        if not self.layers:
            return self
        before, number = self.shown, (self.layer + by) % len(self.layers)
        names = [subject.name for subject in self.layers[number].subjects]
        subject = names.index(before.name) if before and before.name in names else 0
        return replace(self, layer=number, subject=subject)._fitted()

    def to_subject(self, number: int) -> View:
        """The subject of this number, from 0, of this layer; the same view where there is none."""
        if not self.layers or number >= len(self.layers[self.layer].subjects):
            return self
        return replace(self, subject=number)._fitted()

    def to_named(self, by: int = 1) -> View:
        """The next of the values that the equations name; behind the last, the first part of the carry again."""
        if not self.layers or not self.layers[self.layer].named:
            return self
        layer = self.layers[self.layer]
        first, count = len(layer.parts), len(layer.subjects)
        if self.subject < first:
            return self.to_subject(first if by > 0 else count - 1)
        number = self.subject + by
        return self.to_subject(number if first <= number < count else 0)

    def to_unit(self, unit: int) -> View:
        """Follow another unit, at most the last."""
        return replace(self, unit=unit)._fitted()

    def to_moment(self, at: int, newest: int) -> View:
        """Put the cursor on a moment; on the newest it stays with what is new."""
        return replace(self, at=None if at >= newest else max(0, at))

    def zoomed(self, halves: bool) -> View:
        """The next size of cells; two units to a line where colours allow it."""
        number = (self.zoom + 1) % len(ZOOMS)
        while ZOOMS[number].halves > 1 and not halves:
            number = (number + 1) % len(ZOOMS)
        return replace(self, zoom=number)

    def to_beside(self, others: list[str]) -> View:
        """The next way to see another branch: each of them beside, then as a difference; then none."""
        ways: list[tuple[Beside, str | None]] = [("off", None)]
        for name in others:
            ways += [("beside", name), ("difference", name)]
        now = (self.beside, self.other)
        beside, other = ways[(ways.index(now) + 1) % len(ways) if now in ways else 0]
        return replace(self, beside=beside, other=other)

    def _fitted(self) -> View:
        shown = self.shown
        return self if shown is None else replace(self, unit=max(0, min(self.unit, shown.units - 1)))
