"""Screens of timelines, exactly as they are drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.document import dump, parse
from rnnctl.report.strip import Look, Paint
from rnnctl.report.timeline import timeline_lines
from rnnctl.timeline import timeline

PLACE = Path(__file__).parents[2] / "configs" / "sunspots.yaml"
SUNSPOTS = """
data:
  csv: ../datasets/sunspots.csv
  input: [sunspots]
  target: {column: sunspots, ahead: 1}
model: {chain: [lstm: 4, dense: 1]}
training: {loss: mse, %s}
"""
REBER = """
data: {task: {reber: {sequences: 40}}}
model: {chain: [one_hot, gru: 4, dense: 7]}
training: {loss: cross_entropy, %s}
"""


def screen(
    text: str, windows: int | None = None, rows: int = 8, width: int = 80, paint: Paint = "none", path: Path = PLACE
) -> str:
    config = parse_config(text, str(path))
    config_ = resolve(config, examined(config))
    return "\n".join(timeline_lines(timeline(config_, windows, rows), config_, Look(width, paint)))


def grid(*args: object, **options: object) -> str:
    """The part of a screen above the legend."""
    return re.split(r"\n\n(?=[●·○o.b] )", screen(*args, **options))[0]  # type: ignore[arg-type]


ONE_SERIES = """\
sunspots: epoch 1, 1 row of 215 steps, windows 1 to 7 of 7

window    w1       w2      w3      w4      w5      w6      w7
step       0       32      64      96      128     160     192
sunspots │↺●●●⋯●●●│●●●⋯●●●│●●●⋯●●●│●●●⋯●●●│●●●⋯●●●│●●●⋯●●●│●●●⋯●●●│
gradient   └─────▲ └─────▲ └─────▲ └─────▲ └─────▲ └─────▲ └─────▲

●    a step that is scored
⋯    steps left out, like those at both sides
↺    reset: the carry returns to the learned initial state; no gradient passes
│    border of two windows: the carry goes on, gradients do not
└──▲ an update, and the steps that its gradients go back through

The series is one row; its carry goes on from window to window and returns to
the learned initial state at the start of each epoch. Gradients reach at most 32
steps back: to the start of their window, and never past a reset."""

NEVER = """\
sunspots: epochs 1 to 2, 4 rows of up to 54 steps, windows 1 to 16

window    w1    w2   w3   w4   w5   w6   w7   w8   w9   w10  w11  w12  w13  w14
step       0    4    8    12   16   20   24   28   32   36   40   44   48   52
row 1    │↺○○○○│○●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●║
row 2    │↺○○○○│○●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●●●│●●║
         and 2 rows more
gradient   └───────▲ └────────────▲ └────────────▲ └────────────▲ └──────────▲
           └────────────▲ └────────────▲ └────────────▲ └────────────▲
                └────────────▲ └────────────▲ └────────────▲ └────────────▲

window    w15  w16
step      0    4
row 1    ║●●●●│●●●●│
row 2    ║●●●●│●●●●│
         and 2 rows more
gradient  └──▲
          └───────▲

●    a step that is scored
○    burn-in: runs after a reset, not scored
↺    reset: the carry returns to the initial state; no gradient passes
│    border of two windows: the carry goes on, gradients do not
║    border of two epochs: the carry goes on, gradients do not
└──▲ an update, and the steps that its gradients go back through

The data is cut into 4 rows of up to 54 steps; each row's carry starts from the
initial state once and goes on from window to window and from epoch to epoch.
After every 4 steps there is an update, whose gradients reach at most 12 steps
back, and never past a reset; up to 8 of these are computed again. The first 5
steps after a reset run without being scored. Without a scored step, w1 makes no
update."""

EVERY_WINDOW = """\
sunspots: epoch 1, 1 row of 215 steps,
windows 1 to 5 of 54

window    w1    w2    w3    w4    w5
step       0     4     8     12    16
sunspots |Roooo|Roooo|Roooo|Roooo|Roooo|
gradient   +--^  +--^  +--^  +--^  +--^

o    a step that is scored
R    reset: the carry returns to the initial state; no gradient passes
|    border of two windows: the carry goes no further
+--^ an update, and the steps that its gradients go back through

Every window starts from the initial
state: nothing passes from window to
window. Gradients reach at most 4 steps
back: to the start of their window, and
never past a reset."""

WHOLE_SEQUENCES = """\
sunspots: epoch 1, batch 1 of 10, 3 rows of up to 11 steps, window 1 of 10

window       w1
step          0
sequence 8  │↺●●●●●●●●┄┄┄│
sequence 25 │↺●●●●●●●●●●●│
sequence 28 │↺●●●●●●●●●●●│
gradient      └─────────▲

sunspots: epoch 1, batch 2 of 10, 3 rows of up to 12 steps, window 2 of 10

window       w2
step          0
sequence 4  │↺●●●●●●●●●●┄┄│
sequence 13 │↺●●●●●●●●●●●┄│
sequence 12 │↺●●●●●●●●●●●●│
gradient      └──────────▲

●    a step that is scored
┄    padding: no step, changes nothing
↺    reset: the carry returns to the initial state; no gradient passes
│    border of the window
└──▲ an update, and the steps that its gradients go back through

Each row is one sequence; its carry returns to the initial state at the start of
each. Gradients reach back to the start of the row, and never past a reset. The
order of the sequences is that of epoch 1; each epoch has another."""

STREAMS_OF_SEQUENCES = """\
sunspots: epoch 1, 3 rows of up to 101 steps, windows 1 to 2 of 9

window    w1              w2
step       0          10  12      19 21
row 1    │↺○●●●●●●●●●→●↺○│●●●●●●●↺○●→●●●│
row 2    │↺○●●●●●●●●●→●↺○│●●●●●●●→●●↺○●●│
row 3    │↺○●●●●●●●●●↺○→●│●●●●●●●↺○●→●●●│
gradient   └────────────▲ └────────────▲"""

WIDE = """\
sunspots: epoch 1, 3 rows of up to 101
steps, window 1 of 3

window    w1
step       0   10    19 21     27   30
row 1    │↺●⋯●→●↺●⋯●↺●●→●●●●●●↺●→●●→●●●●
row 2    │↺●⋯●→●↺●⋯●→●●↺●●●●●●→●→●●↺●●●●
row 3    │↺●⋯●↺●→●⋯●↺●●→●●●●●●→●↺●●→●●●●
gradient   └────────────────────────────

window   w1
step     34  37 39
row 1    ●●●↺●●→●│
row 2    ●●●→●●↺●│
row 3    ●●●→●●↺●│
gradient ───────▲"""

WINDOWS_OF_ONE_STEP = """\
sunspots: epoch 1, 1 row of 215 steps, windows 1 to 8 of 215

window    w1 w2  w4  w6  w8
step       0 1 2 3 4 5 6 7
sunspots │↺●│●│●│●│●│●│●│●│
gradient   ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲"""

BORDERS_IN_A_COLUMN = """\
c: epoch 1, 2 rows of up to 30 steps, windows 1 to 3 of 3

window    w1           w2          w3
step       0   3       10     16   20   24
b        │↺●●●→●●●●●●●│●●●●●●→●●●●│●●●·↺●·┄┄┄┄│
a        │↺●●·↺●●●●●●●│●●●●●·↺●●●●│●●●●→●●●●●·│
gradient   └─────────▲ └─────────▲ └─────────▲

●    a step that is scored
·    runs, not scored
┄    padding: no step, changes nothing
↺    reset: the carry returns to the initial state; no gradient passes
→    the carry goes on, where it returns in another row
│    border of two windows: the carry goes on, gradients do not
└──▲ an update, and the steps that its gradients go back through

Each row is one sequence; its carry goes on from window to window and returns to
the initial state (learned for lstm) at the start of each. It also returns
before a step at which first is 1. Of the steps shown, b resets before steps 0
and 24. Gradients reach at most 10 steps back: to the start of their window, and
never past a reset. A step whose target stands behind a reset by column is not
scored. The order of the sequences is that of epoch 1; each epoch has another."""


EPISODES = """
data: {csv: d.csv, id: s, input: [y], target: {column: y, ahead: 1}, split: {train: 1, valid: 0, test: 0}}
model: {chain: [{lstm: {size: 4, initial_state: learned}}, {rnn: 2}, {dense: 1}]}
training: {loss: mse, window: 10, reset: {before: first}}
"""


def episodes() -> str:
    """Two sequences; a begins anew at steps 3 and 16, b at 0 and 24."""
    first = {("a", 3), ("a", 16), ("b", 0), ("b", 24)}
    lengths = {"a": 30, "b": 26}
    rows = (f"{s},{int((s, t) in first)},{t % 5}" for s, length in lengths.items() for t in range(length))
    return "\n".join(["s,first,y", *rows]) + "\n"


def test_one_series() -> None:
    """Long windows are shortened alike."""
    assert screen(SUNSPOTS % "window: 32, learn_initial_state: true") == ONE_SERIES


def test_never_with_burn_in_and_deeper_gradients() -> None:
    """Each update reaches over three windows; at the border of epochs gradients stop."""
    training = "window: {update: 4, backward: 12}, batching: streams, batch: 4, reset: never, burn_in: 5"
    assert screen(SUNSPOTS % training, windows=16, rows=2) == NEVER


def test_every_window() -> None:
    """Narrow, and in ASCII alone."""
    assert screen(SUNSPOTS % "window: 4, reset: window", windows=5, width=40, paint="ascii") == EVERY_WINDOW


def test_whole_sequences() -> None:
    """One window a batch, each batch with rows of its own."""
    assert screen(REBER % "batch: 3", windows=2) == WHOLE_SEQUENCES


def test_streams_of_sequences() -> None:
    """A border in one row opens a place for it in all."""
    assert grid(REBER % "batch: 3, batching: streams, window: 12, burn_in: 1", windows=2) == STREAMS_OF_SEQUENCES


def test_a_window_wider_than_the_terminal() -> None:
    """It goes on below."""
    assert grid(REBER % "batch: 3, batching: streams, window: 40", windows=1, width=40) == WIDE


def test_windows_of_one_step() -> None:
    """Numbers without room are left out."""
    assert grid(SUNSPOTS % "window: 1") == WINDOWS_OF_ONE_STEP


def test_borders_in_a_column(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(episodes())
    assert screen(EPISODES, path=tmp_path / "c.yaml") == BORDERS_IN_A_COLUMN


def test_colour_changes_no_character() -> None:
    text = SUNSPOTS % "window: 4, burn_in: 2"
    for paint in ("16", "256", "truecolor"):
        coloured = screen(text, paint=paint)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == re.sub(r" +\n", "\n", screen(text))
    [row] = [line for line in coloured.split("\n") if line.startswith("sunspots ")]
    parts = [("34", "│"), ("1;35", "↺"), ("33", "○○"), ("32", "●●"), ("34", "│")]
    assert row.startswith("sunspots " + "".join(f"\x1b[{code}m{text}\x1b[0m" for code, text in parts))


@pytest.mark.parametrize("width", [20, 40, 80, 140])
@pytest.mark.parametrize(
    "training", ["window: 32", "window: 4, reset: window", "window: null", "window: 215, burn_in: 50"]
)
def test_it_is_as_wide_as_the_terminal_at_most(training: str, width: int) -> None:
    """The legend alone may be wider."""
    lines = grid(SUNSPOTS % training, width=width).split("\n")
    assert max(map(len, lines)) <= max(40, width)


def test_the_example_of_the_page_on_state() -> None:
    page = (PLACE.parents[1] / "rnnctl" / "docs" / "state.md").read_text("utf-8")
    before, _, after = page.partition("`rnnctl plan config.yaml --timeline --windows 6`")
    written = before.rpartition("```yaml\n")[2].partition("```")[0]
    example = after.partition("```text\n")[2].partition("\n```")[0]
    sunspots = parse(PLACE.read_text("utf-8"), "sunspots.yaml").value
    assert screen(dump({**sunspots, **parse(written, "config.yaml").value}), windows=6) == example


def test_long_names_are_cut(tmp_path: Path) -> None:
    name = "the-first-sequence-of-all"
    (tmp_path / "d.csv").write_text("s,first,y\n" + "".join(f"{n},0,{t}\n" for n in (name, "b") for t in range(3)))
    assert "the-first-sequ.. │↺●●·│" in screen(EPISODES, path=tmp_path / "c.yaml")
