import json

import numpy as np
import pytest

from rnnctl.data.dataset import load
from rnnctl.errors import DataError, UsageError
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.sources import file_feed, rows_feed, split_feed


@pytest.fixture
def model(exact_run):
    return load_model(exact_run)


@pytest.fixture
def symbol_model(symbol_run):
    return load_model(symbol_run)


def test_rows_are_those_of_the_data_with_the_target_that_is_asked(model):
    feed = rows_feed(model, 3, 6)
    assert (feed.name, len(feed.rows)) == ("rows 3:6", 3)
    assert [row.given for row in feed.rows] == [
        {"temperature": float(10 + i % 7), "wind": i % 5 / 2} for i in (3, 4, 5)
    ]
    assert [row.target for row in feed.rows] == [{"load": float(100 + 3 * (i % 7))} for i in (5, 6, 7)]
    assert [row.border for row in feed.rows] == [""] * 3
    whole = rows_feed(model, None, None)
    assert (len(whole.rows), whole.rows[0].border) == (60, "a sequence begins")
    assert [row.target for row in whole.rows[-2:]] == [None, None]
    assert [row.given for row in whole.rows[57:]] == [row.given for row in rows_feed(model, 57, None).rows[:]]
    for first, last in ((5, 5), (0, 61), (9, 3)):
        with pytest.raises(UsageError, match="are not among the 60 rows of the data, 0:60"):
            rows_feed(model, first, last)


def test_the_test_split_of_a_series_is_what_it_scores(model):
    resolved = model.resolved
    scored = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed).test
    feed = split_feed(model, "test", 0)
    assert len(feed.rows) == sum(map(len, scored.scored_steps()))
    targets = model.scaling.target.to_data(np.concatenate(list(scored.scored_targets())))[:, 0]
    np.testing.assert_allclose([row.target["load"] for row in feed.rows], targets, rtol=1e-12)
    with pytest.raises(UsageError, match=r"has no sequence 1 .it is one series: 0."):
        split_feed(model, "test", 1)


def test_sequences_of_a_split_are_counted_from_0(symbol_model):
    resolved = symbol_model.resolved
    data = load(resolved.source, resolved.split, resolved.scale, resolved.training.seed)
    symbols, classes = symbol_model.facts.input.symbols, symbol_model.facts.target.symbols
    for name in ("train", "valid", "test"):
        split = getattr(data, name)
        for number in range(len(split)):
            rows = split_feed(symbol_model, name, number).rows
            start, count = split.origins[number], split.lengths[number]
            assert [symbols.index(row.given["symbol"]) for row in rows] == list(split.inputs[start : start + count])
            asked = [classes.index(row.target["next"]) for row in rows if row.target]
            assert asked == list(split.targets_of(np.arange(start, start + len(asked))))
            assert [bool(row.border) for row in rows] == [True] + [False] * (count - 1)
        with pytest.raises(UsageError, match=f"the {name} split has no sequence {len(split)} .there are 0 to"):
            split_feed(symbol_model, name, len(split))


def test_a_csv_file_of_ones_own(model, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("wind,other,temperature,load\n3,a,20,100\n4,b,21,110\n5,c,22,120\n")
    feed = file_feed(model, path)
    assert feed.name == "mine.csv"
    assert [row.given for row in feed.rows] == [{"temperature": 20.0 + i, "wind": 3.0 + i} for i in range(3)]
    assert [row.target for row in feed.rows] == [{"load": 120.0}, None, None]  # two steps ahead
    path.write_text("wind,temperature\n3,20\n")
    assert [row.target for row in file_feed(model, path).rows] == [None]
    path.write_text("wind,temprature\n3,20\n")
    with pytest.raises(
        UsageError, match=r"has no column 'temperature' .if its column 'temprature' is meant, call it 'temperature'"
    ):
        file_feed(model, path)
    path.write_text("wind,temperature\n3,x\n")
    with pytest.raises(DataError, match="'x' is not one"):
        file_feed(model, path)
    with pytest.raises(UsageError, match="there is no file"):
        file_feed(model, tmp_path / "none.csv")
    with pytest.raises(UsageError, match=r"' is a folder .feed one file: a CSV file"):
        file_feed(model, tmp_path)


def test_json_lines_of_values_and_of_records(model, tmp_path):
    from rnnctl.report.step import as_record

    path = tmp_path / "mine.jsonl"
    made = Session(model).step([22, 5])
    lines = [[20, 3], {"temperature": 21, "wind": 4}, as_record(made, model.facts)]
    path.write_text("\n\n".join(map(json.dumps, lines)) + "\n")
    given = [row.given for row in file_feed(model, path).rows]
    assert given == [{"temperature": 20.0 + i, "wind": 3.0 + i} for i in range(3)]
    path.write_text("[20, 3]\n[20]\n")
    with pytest.raises(UsageError, match=r"mine.jsonl:2: an input is 2 numbers, not 1"):
        file_feed(model, path)
    path.write_text("[20, 3]\n[20,")
    with pytest.raises(UsageError, match=r"mine.jsonl:2 is no JSON"):
        file_feed(model, path)
    path.write_text("\n")
    with pytest.raises(UsageError, match="holds no input"):
        file_feed(model, path)


def test_a_text_of_symbols(symbol_model, tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("BTX")
    assert [row.given["symbol"] for row in file_feed(symbol_model, path).rows] == ["B", "T", "X"]
    path.write_text("BQ")
    with pytest.raises(UsageError, match=r"character 2 of mine.txt is 'Q', which the model does not know"):
        file_feed(symbol_model, path)
    path.write_bytes(b"B\xff")
    with pytest.raises(UsageError, match="is not UTF-8"):
        file_feed(symbol_model, path)


def test_data_that_has_other_columns_by_now(exact_run, model, tmp_path):
    (tmp_path / "weather.csv").write_text("temperature,wind,load\n" + "1,2,3\n" * 9)
    assert len(rows_feed(model, None, None).rows) == 9
    (tmp_path / "weather.csv").unlink()
    with pytest.raises(DataError, match="there is no file"):
        rows_feed(model, None, None)
