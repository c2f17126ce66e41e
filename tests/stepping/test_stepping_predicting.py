"""Predictions for new data: the same numbers as the torch model's in judging, under every policy."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnctl.build import build_trainer, put_weights
from rnnctl.config import Resolved, parse_config
from rnnctl.config.resolve import examined, resolve
from rnnctl.data.batches import Row
from rnnctl.data.dataset import load
from rnnctl.data.windows import windows
from rnnctl.errors import DataError, Diagnostic, UsageError
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run, create_run
from rnnctl.stepping.model import Model
from rnnctl.stepping.predicting import predict, ready_model
from rnnctl.stepping.predicting.reading import Input
from tests.stepping.made_runs import weights

DATA = """\
name: new
data:
  csv: new.csv
  ID
  input: [a, b]
  target: TARGET
  split: {train: 0.6, valid: 0.2, test: 0.2}
model:
  chain:
    - dropout: 0.2
    - lstm: 6
    - residual: [{gru: 6}, {dense: 6}]
    - dense
training: {loss: LOSS, learn_initial_state: true, batch: 3, SETTINGS}
"""


def new_run(
    root: Path,
    *,
    target: str = "{columns: [y, a], ahead: 2}",
    loss: str = "mse",
    settings: str = "window: 5",
    many: bool = True,
) -> Run:
    """A run as training leaves it, on sequences of 7 to 12 steps, or on one series."""
    lines = ["id,a,b,y,label,yes,first,done,clock"]
    number = 0
    for sequence in range(20):
        for step in range(7 + sequence % 6):
            number += 1
            a, b = math.sin(number * 1.3), (number * 7 % 11) / 3
            marks = f"{int(number % 9 == 4)},{int(number % 13 == 0)}"
            lines.append(f"s{sequence},{a:.4f},{b:.4f},{10 * a + b:.3f},c{sequence % 3},{step % 2},{marks},{number}")
    (root / "new.csv").write_text("\n".join(lines) + "\n")
    text = DATA.replace("TARGET", target).replace("LOSS", loss).replace("SETTINGS", settings)
    return made(root, text.replace("  ID\n", "  id: id\n" if many else ""))


def made(root: Path, text: str) -> Run:
    config = parse_config(text, str(root / "config.yaml"))
    resolved = resolve(config, examined(config))
    scaling = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed).scaling
    run = create_run(root / "runs", resolved, text, scaling.as_dict())
    checkpoint.save(run.checkpoint("best"), weights(resolved, 3), {"epoch": 1})
    return run


def predicted(model: Model, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    """The records that a text gives; `predicted.text` is all that was written, also where an error ends it."""
    data = io.BytesIO(text.encode() if isinstance(text, str) else text)
    predicted.parts = []
    predict(model, Input("new", data.read), predicted.parts.append, form="jsonl", **options)
    return records()


def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in "".join(predicted.parts).splitlines()]


def judged(run: Run) -> tuple[list[tuple[Row, int, np.ndarray]], Resolved]:
    """What `rnnctl eval` judges on the test split: rows of the split, scored steps, outputs in model units (O)."""
    resolved = run.open()
    trainer = build_trainer(resolved)
    put_weights(trainer.model, run.load_checkpoint("best").weights)
    trainer.model.eval()
    split = trainer.dataset.test
    found = []
    with torch.no_grad():
        for batch in trainer._judged(split):
            for window in windows(split, batch, trainer._judging()):
                if window.first:
                    carry = trainer.model.initial_carry(len(batch))
                carry, outputs = trainer._forward(window, carry, None)
                for row, step in zip(*np.nonzero(window.scored), strict=True):
                    found.append((batch[row], int(window.place[row, step]), outputs[row, step].numpy()))
    assert found
    return found, resolved


def in_file(run: Run, resolved: Resolved) -> Callable[[int], int]:
    """The row of the file at which a step of the test split stands."""
    split = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed).test

    def row(place: int) -> int:
        _, index = split.find(np.array([place]))
        return int(index[0])

    return row


POLICIES = [
    ("window: 5", True),
    ("window: null", True),
    ("window: 5, reset: window", True),
    ("window: 5, burn_in: 2", True),
    ("window: 4, batching: streams, reset: sequence", True),
    ("window: 4, batching: streams, reset: window", True),
    ("window: 4, batching: streams, reset: epoch", True),
    ("window: 4, batching: streams, reset: never", True),
    ("window: {update: 3, backward: 9}, batching: streams, reset: epoch", False),
    ("window: 4, batching: streams, reset: window", False),
    ("window: 4, reset: {before: first}", True),
    ("window: 4, reset: {after: done, before: first}", False),
    ("window: 4, batching: streams, reset: {after: done}", False),
]


@pytest.mark.parametrize(("settings", "many"), POLICIES)
def test_the_numbers_that_eval_judges(tmp_path: Path, settings: str, many: bool) -> None:
    run = new_run(tmp_path, settings=settings, many=many)
    found, resolved = judged(run)
    head, *lines = (tmp_path / "new.csv").read_text().splitlines()
    model, at = ready_model(run), in_file(run, resolved)
    scale = np.abs(model.scaling.target.factor)
    own: dict[Row, list[dict[str, Any]]] = {}
    for row, place, output in found:
        if row not in own:  # what eval runs through, from the first step that primes on
            own[row] = predicted(model, "\n".join([head, *(lines[at(p)] for p in range(row.start, row.stop))]))
        record = own[row][place - row.start]
        ours = np.array([record["y_ahead_2"], record["a_ahead_2"]])
        np.testing.assert_allclose(
            ours / scale, model.scaling.target.to_data(output.astype(float)) / scale, rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize(
    ("settings", "many"), [("window: 5", True), ("window: null", False), ("window: 5, reset: window", True)]
)
def test_the_whole_file_gives_the_errors_that_eval_prints(tmp_path: Path, settings: str, many: bool) -> None:
    run = new_run(tmp_path, settings=settings, many=many)
    found, resolved = judged(run)
    records = predicted(ready_model(run), (tmp_path / "new.csv").read_bytes())
    truth = [
        [float(row["y"]), float(row["a"])] for row in csv.DictReader(io.StringIO((tmp_path / "new.csv").read_text()))
    ]
    at = in_file(run, resolved)
    places = [at(place) for _, place, _ in found]
    ours = np.array([[records[i]["y_ahead_2"], records[i]["a_ahead_2"]] for i in places])
    theirs = np.array([truth[i + 2] for i in places])
    trainer = build_trainer(resolved)
    put_weights(trainer.model, run.load_checkpoint("best").weights)
    assert np.square(ours - theirs).mean() == pytest.approx(trainer.evaluate(trainer.dataset.test)["mse"], rel=1e-5)


@pytest.mark.parametrize("settings", ["window: 5", "window: 4, batching: streams, reset: window"])
def test_a_class_of_each_sequence(tmp_path: Path, settings: str) -> None:
    target = "{column: label, kind: class, each: sequence}"
    run = new_run(tmp_path, target=target, loss="cross_entropy", settings=settings)
    found, resolved = judged(run)
    at = in_file(run, resolved)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "new.csv").read_text())))
    records = predicted(ready_model(run), (tmp_path / "new.csv").read_bytes(), probabilities=True, keep=["clock"])
    assert [r["id"] for r in records] == [f"s{i}" for i in range(20)]
    assert [r["clock"] for r in records] == [
        a["clock"] for a, b in zip(rows, [*rows[1:], {"id": None}], strict=True) if a["id"] != b["id"]
    ]
    assert len(found) == 4
    for _, place, output in found:
        [record] = [r for r in records if r["id"] == rows[at(place)]["id"]]
        wanted = torch.softmax(torch.tensor(output), -1).numpy()
        assert [record[f"probability_of_c{i}"] for i in range(3)] == pytest.approx(wanted.tolist(), rel=1e-5)
        assert record["label_predicted"] == f"c{wanted.argmax()}"
        assert record["label_predicted_probability"] == max(record[f"probability_of_c{i}"] for i in range(3))


def test_a_mean_and_a_standard_deviation(tmp_path: Path) -> None:
    run = new_run(tmp_path, loss="gaussian")
    found, resolved = judged(run)
    model, at = ready_model(run), in_file(run, resolved)
    records = predicted(model, (tmp_path / "new.csv").read_bytes())
    names = ["y_ahead_2", "y_ahead_2_standard_deviation", "a_ahead_2", "a_ahead_2_standard_deviation"]
    assert list(records[0]) == ["id", *names]
    affine = model.scaling.target
    for _, place, output in found:
        record, wanted = records[at(place)], output.astype(float)
        means = affine.to_data(wanted[:2])
        deviations = np.exp(wanted[2:] / 2) * affine.factor
        ours = [record[name] for name in names]
        assert ours[::2] == pytest.approx(means.tolist(), rel=1e-5, abs=1e-5)
        assert ours[1::2] == pytest.approx(deviations.tolist(), rel=1e-5)


def test_the_probability_of_yes(tmp_path: Path) -> None:
    run = new_run(tmp_path, target="{columns: [yes], kind: binary}", loss="binary_cross_entropy")
    found, resolved = judged(run)
    at = in_file(run, resolved)
    records = predicted(ready_model(run), (tmp_path / "new.csv").read_bytes())
    for _, place, output in found:
        wanted = 1 / (1 + math.exp(-float(output[0])))
        assert records[at(place)] == {
            "id": records[at(place)]["id"],
            "yes_predicted_probability": pytest.approx(wanted),
        }


SYMBOLS = """\
name: reber
data: {task: {reber: {sequences: 20}}}
model: {chain: [{embedding: 3}, {gru: 4}, {dense: 7}]}
training: {loss: cross_entropy}
"""


def test_symbols_of_a_task_have_a_column_of_sequences(tmp_path: Path) -> None:
    model = ready_model(made(tmp_path, SYMBOLS))
    [symbol] = model.facts.input.names
    rows = predicted(model, f"sequence,{symbol}\n1,B\n1,T\n1,B\n2,B\n2,T\n")
    assert [r["sequence"] for r in rows] == ["1", "1", "1", "2", "2"]
    answers = [{k: v for k, v in row.items() if k != "sequence"} for row in rows]
    assert answers[0] == answers[3]
    assert answers[1] == answers[4]
    assert answers[0] != answers[2]
    with pytest.raises(DataError, match="there is no column 'sequence'"):
        predicted(model, f"{symbol}\nB\n")
    with pytest.raises(DataError, match=r"column '.*' has 'Q', a symbol that the model does not know"):
        predicted(model, f"sequence,{symbol}\n1,B\n1,Q\n")
    assert len(records()) == 1


@pytest.mark.parametrize("level", ["character", "byte"])
def test_a_text(tmp_path: Path, level: str) -> None:
    (tmp_path / "poem.txt").write_text("aé b\nbéa " * 60, "utf-8")
    text = f"""\
name: text
data: {{text: {{files: poem.txt, level: {level}}}}}
model: {{chain: [{{embedding: 3}}, {{gru: 4}}, dense]}}
training: {{loss: cross_entropy, batching: streams, batch: 2, window: 8}}
"""
    run = made(tmp_path, text)
    found, resolved = judged(run)
    model, at = ready_model(run), in_file(run, resolved)
    data = (tmp_path / "poem.txt").read_bytes()
    units = data.decode() if level == "character" else [bytes([b]) for b in data]
    for row, place, output in found[::7]:
        part = units[at(row.start) : at(row.stop - 1) + 1]
        text = part.encode() if isinstance(part, str) else b"".join(part)
        record = predicted(model, text, keep=[level])[place - row.start]
        wanted = torch.softmax(torch.tensor(output), -1)
        assert record[f"{level}_ahead_1"] == model.facts.target.symbols[int(wanted.argmax())]
        assert record[f"{level}_ahead_1_probability"] == pytest.approx(float(wanted.max()), rel=1e-5)
        assert record[level] == model.facts.input.symbols[int(split_code(resolved, place))]
    with pytest.raises(DataError) as caught:
        predicted(model, "ab\nbax")
    [told] = caught.value.diagnostics
    assert told.message == f"'x' is a {level} that the model does not know: its training text has none"
    assert (told.where.line, told.where.column, told.where.text) == (2, 3, "bax")
    assert len(records()) == 5


def split_code(resolved: Resolved, place: int) -> int:
    split = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed).test
    _, index = split.find(np.array([place]))
    return int(split.inputs[index][0])


def test_a_character_cut_in_two_and_one_cut_off(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("aé b\nbéa " * 60, "utf-8")
    text = """\
name: text
data: {text: {files: poem.txt, level: character}}
model: {chain: [{embedding: 3}, {gru: 4}, dense]}
training: {loss: cross_entropy}
"""
    model = ready_model(made(tmp_path, text))
    data, whole = io.BytesIO("aéé\n".encode()), predicted(model, "aéé\n")
    parts: list[str] = []
    assert predict(model, Input("new", lambda _: data.read(1)), parts.append, form="jsonl") == 4
    for line, wanted in zip("".join(parts).splitlines(), whole, strict=True):
        ours = json.loads(line)
        assert ours.pop("character_ahead_1_probability") == pytest.approx(wanted["character_ahead_1_probability"])
        assert ours.items() <= wanted.items()
    with pytest.raises(DataError, match="the byte at offset 1 of new is not UTF-8 text"):
        predicted(model, "aé".encode()[:-1])
    assert len(records()) == 1


def test_how_rows_arrive_and_how_they_are_written_changes_nothing(tmp_path: Path) -> None:
    model = ready_model(new_run(tmp_path, settings="window: 5, reset: {before: first, after: done}"))
    data = (tmp_path / "new.csv").read_bytes()
    whole = predicted(model, data, keep=["clock"])
    assert len(whole) == len(data.splitlines()) - 1 == 186
    as_json = "".join(json.dumps(row) + "\n" for row in numbers(data))
    slow = io.BytesIO(data)
    parts: list[str] = []
    predict(model, Input("new", lambda _: slow.read(7)), parts.append, form="jsonl", keep=["clock"])
    pieces = [json.loads(line) for line in "".join(parts).splitlines()]
    crlf = predicted(model, b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"), keep=["clock"])
    quoted = predicted(model, data.replace(b"s1,", b'"s\n1",'), keep=["clock"])
    for other in (pieces, crlf, predicted(model, as_json, keep=["clock"]), quoted):
        for ours, theirs in zip(other, whole, strict=True):
            assert str(ours["clock"]) == theirs["clock"]
            assert ours["id"] == theirs["id"] or ours["id"] == "s\n1"
            for name in ("y_ahead_2", "a_ahead_2"):
                assert ours[name] == pytest.approx(theirs[name], rel=1e-5, abs=1e-6)


def numbers(data: bytes) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(data.decode()))
    return [
        {k: v if k in ("id", "label") else bool(int(v)) if k in ("first", "done") else float(v) if "." in v else int(v)
         for k, v in row.items()}
        for row in rows
    ]  # fmt: skip


def test_what_is_written_as_it_comes(tmp_path: Path) -> None:
    """Each line is answered before the next is asked for."""
    model = ready_model(new_run(tmp_path))
    lines = iter([b"id,a,b\n", b"x,1,2\n", b"x,2,", b"3\n", b"y,1,2"])
    parts: list[str] = []
    asked: list[int] = []

    def read(_: int) -> bytes:
        asked.append(len(parts))
        return next(lines, b"")

    assert predict(model, Input("new", read), parts.append) == 3
    assert parts[0] == "id,y_ahead_2,a_ahead_2\n"
    assert asked == [0, 1, 2, 2, 3, 3]
    assert parts[1].split(",")[1:] == parts[3].split(",")[1:]


GOOD = '{"id": 1, "a": 1, "b": 2}\n'


@pytest.mark.parametrize(
    ("text", "message", "place", "before"),
    [
        ("id,a,b\nx,1,2\nx,1,zwei\n", "column 'b' holds numbers, and 'zwei' is not one", (3, 5), 1),
        ("id,a,b\nx,1,2\nx,1,nan\n", "column 'b' must be finite, and 'nan' is not", (3, 5), 1),
        ("id,a,b\nx,1,2\n,1,2\n", "an empty cell in column 'id'", (3, 1), 1),
        ("id,a,b\nx,1,2\nx,1\n", "2 cells in a row where the header names 3", (3, 1), 1),
        ("id,a,b\nx,1,2\nx,1,2,3\n", "4 cells in a row where the header names 3", (3, 7), 1),
        ("id,a,b\nx,1,2\n\nx,1,2\n", "an empty line between the rows", (3, 1), 1),
        ("id,a,b\nx,1,2\nx,1e300,2\n", "'1e300' in column 'a' is too large for the model", (3, 3), 1),
        ('id,a,b\nx,1,2\n"x,1,2\n', "a quoted cell is not closed, or goes on after its closing quote", (3, 1), 1),
        ("id,a,b\nx,1,2\nx\xff,1,2\n".encode("latin-1"), "byte 0xff is not UTF-8 text", (3, 2), 1),
        ("id,a\nx,1\n", "there is no column 'b'", (1, 1), 0),
        ("1,2,3\n", "the first line must name the columns, and this one holds numbers", (1, 1), 0),
        ("id,a,b,a\nx,1,2,3\n", "there are two columns named 'a'", (1, 8), 0),
        ("\nid,a,b\n", "the first line must name the columns, and it is empty", (1, 1), 0),
        ("", "the input is empty", (1, 1), 0),
        ("id,a,b\n", "there are no rows to predict from", (1, 1), 0),
        ('{"id": 1, "a": 1, "b": 2}\n{"id": 1, "a": 1}\n', "there is no column 'b'", (2, 1), 1),
        (f'{GOOD}\n{{"id": 1, "a": true, "b": 2}}\n', "'a' must be a finite number, and true is none", (3, 1), 1),
        (f'{GOOD}{{"id": null, "a": 1, "b": 2}}\n', "'id' is empty, and tells the sequences apart", (2, 1), 1),
        ('{"id": 1, "a": 1, "b": 2}\n{"id": 1, "a": NaN, "b": 2}\n', "this line is no JSON", (2, 1), 1),
        ('[1, 2, 1]\n[1, 2]\n', "2 values, and 3 are expected: a, b, id", (2, 1), 1),
        (f'{GOOD}{{"id": 1, "a": null, "b": 2}}\n', "'a' must be a finite number, and null is none", (2, 1), 1),
        (f'{GOOD}{{"id": 1, "a": "5", "b": 2}}\n', "'a' must be a finite number, and \"5\" is none", (2, 1), 1),
        ("id;a;b\nx;1;2\n", "the columns are separated by semicolons, and CSV has commas", (1, 1), 0),
        ("a\tid\tb\n1\tx\t2\n", "the columns are separated by tabs, and CSV has commas", (1, 1), 0),
        ("id,a,b\rx,1,2\rx,1,2\r", "a carriage return ends this line, and no newline follows", (1, 1), 0),
        (f"[{GOOD[:-1]}, {GOOD[:-1]}]\n", "this line is a list of objects", (1, 1), 0),
        (f"[\n{GOOD}]\n", "this line is no JSON: Expecting value", (1, 2), 0),
        ('[1, 2, 1]\n[1, 2\n', "this line is no JSON: Expecting ',' delimiter", (2, 6), 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_a_place(
    tmp_path: Path, text: str | bytes, message: str, place: tuple[int, int], before: int
) -> None:
    model = ready_model(new_run(tmp_path))
    with pytest.raises(DataError) as caught:
        predicted(model, text)
    told = caught.value.diagnostics[0]
    assert told.message == message
    assert (told.where.file, told.where.line, told.where.column) == ("new", *place)
    assert len(records()) == before


@pytest.mark.parametrize(
    ("data", "message", "help_"),
    [
        (
            gzip.compress(b"id,a,b\nx,1,2\n", mtime=0),
            "new is compressed by gzip",
            "gunzip -c FILE | rnnctl predict RUN -",
        ),
        (b"PK\x03\x04\x14\x00\xff\n", "new is a zip archive, or a spreadsheet", "save it as CSV"),
    ],
    ids=["gzip", "zip"],
)
def test_what_is_packed(tmp_path: Path, data: bytes, message: str, help_: str) -> None:
    with pytest.raises(DataError) as caught:
        predicted(ready_model(new_run(tmp_path)), data)
    assert caught.value.diagnostics == (Diagnostic(message, help=help_),)


def test_a_list_of_objects_has_help(tmp_path: Path) -> None:
    model = ready_model(new_run(tmp_path))
    for text in (f"[{GOOD[:-1]}]\n", '{\n"id": 1,\n"a": 1,\n"b": 2}\n', "[\n"):
        with pytest.raises(DataError) as caught:
            predicted(model, text)
        told = "JSON lines have each object whole on a line of its own, without a list around them"
        assert caught.value.diagnostics[0].help == told


def test_flags_are_read_as_in_training(tmp_path: Path) -> None:
    model = ready_model(new_run(tmp_path, settings="window: 5, reset: {after: done}"))
    rows = predicted(model, "id,a,b,done\nx,1,2,false\nx,1,2,TRUE\nx,1,2,0\nx,1,2,1\nx,1,2,0\n")
    values = [row["y_ahead_2"] for row in rows]
    assert values[0] == pytest.approx(values[2], rel=1e-6)
    assert values[0] == pytest.approx(values[4], rel=1e-6)
    assert values[1] != values[0]
    with pytest.raises(DataError, match="column 'done' holds 0 and 1, and 'yes' is neither"):
        predicted(model, "id,a,b,done\nx,1,2,yes\n")
    with pytest.raises(DataError, match="'done' holds 0 and 1, or false and true, and 2 is neither"):
        predicted(model, '{"id": 1, "a": 1, "b": 1, "done": 2}\n')
    with pytest.raises(DataError, match="there is no column 'done'"):
        predicted(model, "id,a,b\nx,1,2\n")


def test_columns_that_are_kept(tmp_path: Path) -> None:
    model = ready_model(new_run(tmp_path))
    [row] = predicted(model, "a,note,id,b\n1,two words,x,2\n", keep=["note", "a", "note", "id"])
    assert list(row) == ["id", "note", "a", "y_ahead_2", "a_ahead_2"]
    assert (row["note"], row["a"]) == ("two words", "1")
    with pytest.raises(UsageError, match="there is no column 'nte' to keep in new \\(did you mean 'note'\\?\\)"):
        predicted(model, "a,note,id,b\n1,two words,x,2\n", keep=["nte"])
    with pytest.raises(UsageError, match="column 'y_ahead_2' cannot be kept: a prediction has that name"):
        predicted(model, "a,y_ahead_2,id,b\n1,2,x,2\n", keep=["y_ahead_2"])
    data = io.BytesIO(b'{"id": 1, "a": 1, "b": 2, "note": {"x": null}, "more": 1e999}\n')
    parts: list[str] = []
    predict(model, Input("new", data.read), parts.append, keep=["note", "more"])
    assert "".join(parts).split("\n")[1].startswith('1,"{""x"": null}",inf,')
    data.seek(0)
    predict(model, Input("new", data.read), parts.append, keep=["note", "more"], form="jsonl")
    assert json.loads(parts[-1])["more"] is None


def test_a_state_beyond_all_numbers(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    values = dict(run.load_checkpoint("best").weights)
    last = max((name for name in values if values[name].ndim == 2), key=lambda name: int(name.split(".")[0]))
    values[last] = np.full_like(values[last], 3e38)
    checkpoint.save(run.checkpoint("best"), values, {"epoch": 1})
    with pytest.raises(DataError) as caught:
        predicted(ready_model(run), "id,a,b\nx,1,2\nx,2,3\n")
    [told] = caught.value.diagnostics
    assert told.message == "the state or the prediction is too large for a number here"
    assert told.where.line in (2, 3)
    assert len(records()) == told.where.line - 2


def test_what_reads_backwards_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("id,a,y\n" + "".join(f"{i // 9},{i % 5},{i % 3}\n" for i in range(180)))
    text = """\
name: both
data: {csv: new.csv, id: id, input: [a], target: {column: y}}
model: {chain: [{bidirectional: [{lstm: 3}]}, dense]}
training: {loss: mse, window: null}
"""
    run = made(tmp_path, text)
    with pytest.raises(UsageError, match="layer 0 is bidirectional: it reads each sequence from its end too"):
        ready_model(run)


def test_probabilities_are_for_classes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--probabilities is for classes, and this model predicts numbers"):
        predicted(ready_model(new_run(tmp_path)), "id,a,b\nx,1,2\n", probabilities=True)
