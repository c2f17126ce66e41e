"""Event files for TensorBoard, in RUN/tensorboard: one for each time that training begins or goes on.

Records are made with TensorBoard's own messages and written at once, without a thread and without TensorFlow, so that
a process may be killed at any moment.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

from rnnctl.tracking.points import Point

_NUMBERED = re.compile(r"events\.out\.tfevents\.(\d{1,10})\.rnnctl")


class TensorBoard:
    """Writes points as scalars, and texts by name.

    Of what other files in the folder have, readers forget the steps from `goes_on_at` on: they were made after the
    checkpoint that training goes on from. `so_far` is what a first file begins with.
    """

    name = "TensorBoard"
    at_once = True

    def __init__(
        self, folder: Path, texts: Mapping[str, str], goes_on_at: int = 0, so_far: Sequence[Point] = ()
    ) -> None:
        self.folder = folder
        self.where = str(folder)
        self.texts = texts
        self.goes_on_at = goes_on_at
        self.so_far = so_far
        self.file: Path | None = None

    def begin(self) -> None:
        self._opened()

    def send(self, points: Sequence[Point]) -> None:
        _append(self._opened(), [_scalar(point) for point in points])

    def end(self, status: str) -> None:
        """Nothing is open, and TensorBoard knows of no end."""

    def _opened(self) -> Path:
        if self.file is None:
            self.file = self._make()
        return self.file

    def _make(self) -> Path:
        """Begin a file whose name comes after those of all others there; their order is that of their names."""
        self.folder.mkdir(exist_ok=True)
        numbers = [int(m[1]) for entry in self.folder.iterdir() if (m := _NUMBERED.fullmatch(entry.name))]
        path = self.folder / f"events.out.tfevents.{max(numbers, default=0) + 1:010}.rnnctl"
        now = time.time()
        start = SessionLog(status=SessionLog.START)  # TensorBoard heeds none but the second and those after it
        head = [Event(wall_time=now, file_version="brain.Event:2")]
        head.append(Event(wall_time=now, step=self.goes_on_at if numbers else 0, session_log=start))
        if not numbers:
            head += [_scalar(point) for point in self.so_far]
        path.touch(exist_ok=False)
        texts = [_text(name, _as_code(text), self.goes_on_at, now) for name, text in self.texts.items()]
        _append(path, [*head, *texts])
        return path


def _append(path: Path, events: Sequence[Event]) -> None:
    """Add records to a file, all or none. Errors: OSError."""
    written = io.BytesIO()
    records = RecordWriter(written)
    for event in events:
        records.write(event.SerializeToString())
    before = path.stat().st_size
    try:
        with path.open("ab") as stream:
            stream.write(written.getvalue())
    except OSError:
        os.truncate(path, before)  # half a record would hide all that comes after it
        raise


def _scalar(point: Point) -> Event:
    value = Summary.Value(tag=point.name, simple_value=point.value)
    return Event(wall_time=point.at, step=point.step, summary=Summary(value=[value]))


def _text(tag: str, text: str, step: int, at: float) -> Event:
    about = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype=DT_STRING, string_val=[text.encode()], tensor_shape=shape)
    return Event(
        wall_time=at, step=step, summary=Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=tensor)])
    )


def _as_code(text: str) -> str:
    """A text as Markdown that is shown as it stands."""
    return "".join(f"    {line}\n" for line in text.splitlines())
