import io
import json

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.stepping.model import load_model
from rnnctl.stepping.pipe import LONGEST, pump
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, make_run

ROWS = [(10.0 + i % 7, i % 5 / 2) for i in range(40)]
CSV = "".join(f"{a},{b}\n" for a, b in ROWS)


def through(session, text, **options):
    """The records that a text gives, and what was written at once."""
    data = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    written = []
    try:
        pump(session, data.read, written.append, **options)
    finally:
        through.records = [json.loads(line) for line in "".join(written).splitlines()]
        through.written = written
    return through.records


@pytest.fixture
def session(run):
    return Session(load_model(run))


def test_it_gives_what_single_steps_give(session, run):
    records = through(session, CSV)
    other = Session(load_model(run))
    for record, row in zip(records, ROWS, strict=True):
        step = other.step(row)
        assert record["t"] == step.t
        assert record["input"] == dict(step.given)
        assert record["output"]["load"] == pytest.approx(step.shown["load"], rel=1e-6)
    for ours, theirs in zip(session.carry, other.carry, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert (session.t, session.now.did, session.now.origin[0]) == (40, "pipe 40", "carried")


def test_how_it_arrives_changes_no_bit(run):
    def records(size):
        session = Session(load_model(run))
        data = io.BytesIO(CSV.encode())
        written = []
        pump(session, lambda _: data.read(size), written.append)
        return "".join(written), [part.tobytes() for states in session.carry for part in states]

    whole = records(100_000)
    assert [records(size) for size in (1, 7, 64)] == [whole] * 3
    session = Session(load_model(run))
    through(session, CSV, each_line=True)
    assert "".join(through.written) == whole[0]
    assert len(through.written) == 40


@pytest.mark.parametrize(
    "text",
    [
        "temperature,wind\n10,0\n11,0.5\n",
        "day,wind,temperature\nmonday,0,10\ntuesday,0.5,11\n",
        '"wind","temperature"\n"0","10"\n0.5,"11"\n',
        '{"temperature": 10, "wind": 0}\n{"wind": 0.5, "temperature": 11, "day": "tuesday"}\n',
        "[10, 0]\n[11, 0.5]",
        "10,0\r\n\r\n11,0.5\r\n",
        "\n\n10,0\n11,0.5",
        "\ufeff10,0\n 11 , 0.5 \n",
        "temperature=10,wind=0\ntemperature=11,wind=0.5\n",
    ],
)
def test_forms(session, text):
    inputs = [record["input"] for record in through(session, text)]
    assert inputs == [{"temperature": 10, "wind": 0}, {"temperature": 11, "wind": 0.5}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10,0\n11\n", "line 2: 1 field, and 2 are expected"),
        ("10,0\n11,1,2\n", "line 2: 3 fields, and 2 are expected"),
        ("10,0\n11,x\n", "line 2: 'x' is not a number"),
        ("10,0\n11,nan\n", "line 2: wind must be a finite number, not nan"),
        ("10,0\n11,1_0\n", "line 2: '1_0' is not a number"),
        ("10,0\n1e300,1\n", "line 2: temperature is too large for the model: 1e+300"),
        ("[10,0]\n[11\n", "line 2: '[11' is no JSON"),
        ("[10,0]\n[11]\n", "line 2: an input is 2 numbers, not 1 (columns: temperature, wind; in this order, or"),
        ('[10,0]\n{"wind": 1}\n', "line 2: the input lacks temperature (columns"),
        ('[10,0]\n[11,"x"]\n', 'line 2: wind must be a finite number, not "x"'),
        ("[10,0]\n" + "[" * 10_000, "line 2: '[[["),
        (b"10,0\n11,\xff\n", "line 2 is no UTF-8 text"),
    ],
)
def test_a_line_that_does_not_fit_ends_it(session, text, message):
    """What came before is written, and the session stands behind it."""
    with pytest.raises(UsageError) as caught:
        through(session, text)
    assert str(caught.value).startswith(message)
    assert [record["t"] for record in through.records] == [1]
    assert session.t == 1


def test_a_header_without_a_column(session):
    with pytest.raises(UsageError) as caught:
        through(session, "temprature,wind\n1,2\n")
    assert (
        str(caught.value)
        == "line 1: there is no column 'temperature' (if its column 'temprature' is meant, call it 'temperature')"
    )
    assert session.t == 0


def test_a_header_with_a_column_twice(session):
    with pytest.raises(UsageError) as caught:
        through(session, "wind,temperature,wind\n1,2,3\n")
    assert str(caught.value) == "line 1: column 'wind' stands twice"


def test_a_line_without_end(session):
    with pytest.raises(UsageError, match="line 2 is longer than a million bytes"):
        through(session, b"10,0\n" + b"1" * (2 * LONGEST))


def test_nothing_is_nothing(session):
    assert through(session, "") == []
    assert through(session, "\n\n") == []
    assert (session.t, session.now.did) == (0, "start")


def test_numbers_that_run_away(run_of):
    """The line that drives the state beyond all numbers is named, and the session stands before it."""
    run = run_of("\n    - rnn: {size: 2, activation: relu}\n    - dense: 1\n")
    model = load_model(run)
    layer = model.layers[0]
    layer.parameters["U"][:] = np.eye(2) * 1e100
    layer.parameters["W"][:] = 1
    session = Session(model)
    with pytest.raises(UsageError) as caught:
        through(session, "10,0\n\n11,0\n12,0\n13,0\n14,0\n15,0\n")
    assert str(caught.value).startswith("line 5: step 4 makes the state or the output too large for a number (give")
    assert (session.t, len(through.records)) == (3, 3)
    assert np.isfinite(session.carry[0][0]).all()


RECIPROCAL = """
cells:
  reciprocal:
    state: {h: size}
    parameters: {W: {shape: [size, input], init: glorot_uniform}}
    equations: |
      h' = 1 / (W @ x)
      y = tanh(h')
    output: y
"""


@pytest.mark.parametrize("each_line", [False, True])
@pytest.mark.parametrize("what", ["the output", "the state"])
def test_a_row_is_told_even_where_the_next_one_would_do(tmp_path, what, each_line):
    """Output or state go beyond all numbers in one step, and come back; the steps before stand, as when stepped."""
    text = FORECAST.replace("PRECISION", "float32").replace(
        "    - lstm: 5\n    - dropout: 0.3\n    - clockwork_rnn: {size: 4, modules: 2}\n", "    - reciprocal: 1\n"
    )
    model = load_model(make_run(tmp_path, RECIPROCAL + text))
    model.layers[0].parameters["W"][:] = [[1, 0]]
    session, alone = Session(model), Session(model)
    lines = [f"{20 + i % 7},1" for i in range(3000)]
    if what == "the output":
        model.layers[1].parameters["W"][:] = 3e38
        model.layers[1].parameters["b"][:] = 3e38
        lines[:] = ["-100,1"] * 3000
        lines[1700] = "14,1"
    else:
        lines[1700] = f"{model.scaling.input.offset[0]!r},1"
    with pytest.raises(UsageError) as caught:
        through(session, "\n".join(lines), each_line=each_line)
    assert str(caught.value) == (
        "line 1701: step 1701 makes the state or the output too large for a number "
        "(give inputs nearer to the data, or --reset)"
    )
    assert (session.t, len(through.records)) == (1700, 1700)
    for line in lines[:1700]:
        alone.step([float(field) for field in line.split(",")])
    with pytest.raises(UsageError, match=r"step 1701 makes .* too large for a number"):
        alone.step([float(field) for field in lines[1700].split(",")])
    np.testing.assert_allclose(session.carry[0][0], alone.carry[0][0], rtol=1e-6)


def test_symbols(symbol_run):
    session = Session(load_model(symbol_run))
    records = through(session, "B\nT\n\nS\n")
    assert [list(record["input"].values()) for record in records] == [["B"], ["T"], ["S"]]
    assert sum(records[-1]["probabilities"].values()) == pytest.approx(1)
    with pytest.raises(UsageError, match="line 2: unknown symbol 'Q'"):
        through(Session(session.model), "B\nQ\n")


def test_what_is_held_stays_held(session):
    session.hold(0, 0, {3: 0.75}, "clamp h[0][3] 0.75")
    through(session, CSV)
    assert session.carry[0][0][3] == 0.75
    assert session.now.held == {0: {0: {3: 0.75}}}


def test_memory_does_not_grow(session):
    before = len(session.trail)
    through(session, CSV * 50)
    assert len(session.trail) == before + 1
    assert session.t == 2000


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (b"\xff,2", "line 3 is no UTF-8 text"),
        (b"1\r2,3", r"line 3: '1\r2,3' is no line of CSV"),
        (b"x" * 200_000, f"line 3: '{'x' * 60}' is no line of CSV"),
    ],
)
def test_bytes_that_are_no_lines_of_numbers(session, last, message):
    with pytest.raises(UsageError) as caught:
        through(session, b"10,1\n11,2\n" + last + b"\n12,3\n")
    assert [caught.value.diagnostics[0].message, len(through.records), session.t] == [message, 2, 2]
    with pytest.raises(UsageError):  # as the first line, too
        through(session, last + b"\n12,3\n")
    assert session.t == 2


def test_a_mark_at_the_beginning_is_passed_over(session):
    with pytest.raises(UsageError, match="line 3 is no UTF-8"):
        through(session, b"\xef\xbb\xbf10,1\n11,2\n\xff\n")
    assert [record["input"]["temperature"] for record in through.records] == [10, 11]


def test_a_whole_number_beyond_all_numbers(session):
    with pytest.raises(UsageError, match="line 2: temperature is too large for a number"):
        through(session, '{"temperature": 1, "wind": 2}\n{"temperature": 1' + "0" * 400 + ', "wind": 2}\n')
    assert session.t == 1


def test_double_precision_takes_what_it_can_hold(exact_run):
    session = Session(load_model(exact_run))
    [record] = through(session, "1e200,0\n")
    assert record["output"] == pytest.approx(dict(Session(load_model(exact_run)).step([1e200, 0]).shown), rel=1e-9)
