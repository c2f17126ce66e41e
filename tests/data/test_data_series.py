"""From a CSV file to sequences: ids, labels, symbols, and what the config may name."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnctl.data.facts import examine, gather
from rnnctl.data.records import Facts, Marked, Signal
from rnnctl.data.series import ordered_symbols, stretches, within_resets
from rnnctl.data.spec import Columns, CsvSource, Resets, Target
from rnnctl.errors import DataError, Problem


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def source(
    content: str,
    shown: Columns | None = None,
    target: Target | None = None,
    id_: str | None = None,
    time: str | None = None,
    resets: Resets | None = None,
) -> CsvSource:
    Path("f.csv").write_text(content, encoding="utf-8", newline="")
    return CsvSource(
        Path("f.csv"),
        id_,
        shown or Columns(("x",), "number"),
        target or Target(("x",), "number", 0, "step"),
        time,
        resets or Resets(),
    )


def told(*arguments: Any, **named: Any) -> str:
    with pytest.raises(DataError) as caught:
        examine(source(*arguments, **named))
    assert caught.value.problems == ()
    return str(caught.value)


def problems(*arguments: Any, **named: Any) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        examine(source(*arguments, **named))
    assert caught.value.diagnostics == ()
    return caught.value.problems


def test_one_series_of_numbers() -> None:
    one = source("t,x,y\n0,1,5\n1,2,6\n2,3,7\n", Columns(("y", "x"), "number"), Target(("x",), "number", 1, "step"))
    records = gather(one)
    assert records.facts == examine(one)
    assert records.facts == Facts(
        input=Signal("number", ("y", "x")),
        target=Signal("number", ("x",)),
        lengths=(3,),
        one_series=True,
        ahead=1,
        each="step",
    )
    assert records.names == ("f",)
    assert [list(column) for column in records.inputs] == [[5, 6, 7], [1, 2, 3]]
    assert [list(column) for column in records.targets] == [[1, 2, 3]]


def test_many_sequences_with_one_label_each() -> None:
    records = gather(
        source(
            "who,x,label\nb,1,10\nb,2,10\na,3,9\n",
            target=Target(("label",), "class", 0, "sequence"),
            id_="who",
        )
    )
    assert records.facts.target == Signal("class", ("label",), ("9", "10"))
    assert (records.facts.lengths, records.facts.one_series, records.facts.each) == ((2, 1), False, "sequence")
    assert records.names == ("b", "a")
    assert [list(column) for column in records.targets] == [[1, 1, 0]]


def test_symbols_in_and_the_next_symbol_out() -> None:
    records = gather(source("c\nb\na\nb\n", Columns(("c",), "symbol"), Target(("c",), "class", 1, "step")))
    assert records.facts.input == Signal("symbol", ("c",), ("a", "b"))
    assert records.facts.target == Signal("class", ("c",), ("a", "b"))
    assert [list(column) for column in records.inputs] == [[1, 0, 1]]


@pytest.mark.parametrize(
    ("cells", "symbols"),
    [
        ("10 9 -2 9", ("-2", "9", "10")),
        ("10 9 b", ("10", "9", "b")),
        ("b a B", ("B", "a", "b")),
        ("1 01 0", ("0", "01", "1")),
        ("1.5 1 -", ("-", "1", "1.5")),
        ("² 1", ("1", "²")),
    ],
)
def test_the_order_of_symbols(cells: str, symbols: tuple[str, ...]) -> None:
    assert ordered_symbols(cells.split()) == symbols


def test_an_id_that_comes_back() -> None:
    assert told("id,x\na,1\nb,2\nb,2\na,3\na,4\nb,5\n", id_="id") == (
        "error: 'a' comes back in column 'id' after other sequences\n"
        "  --> f.csv:5:1\n"
        " 5 | a,3\n"
        "   | ^\n"
        "   = help: sort the file by 'id', keeping the order of time within each\n"
        "error: 'b' comes back in column 'id' after other sequences\n"
        "  --> f.csv:7:1\n"
        " 7 | b,5\n"
        "   | ^"
    )


def test_a_file_in_the_order_of_time() -> None:
    lines = told("id,x\n" + "a,1\nb,2\n" * 361, id_="id").splitlines()
    assert lines[:4] == [
        "error: 'a' comes back in column 'id' after other sequences",
        "  --> f.csv:4:1",
        " 4 | a,1",
        "   | ^",
    ]
    assert [line for line in lines if "help" in line] == [
        "   = help: sort the file by 'id', keeping the order of time within each"
    ]
    assert [line for line in lines if "-->" in line] == [f"  --> f.csv:{n}:1" for n in (4, 5, 6)]
    assert (len(lines), lines[-1]) == (14, "error: and 717 more like these in f.csv")


def test_a_class_label_that_changes() -> None:
    content = 'id,x,y\na,1,p\na,2,"q"\na,2,p\nb,3,r\nb,3,s\n'
    assert told(content, target=Target(("y",), "class", 0, "sequence"), id_="id") == (
        "error: the label of sequence 'a' changes from 'p' to 'q'\n"
        "  --> f.csv:3:5\n"
        ' 3 | a,2,"q"\n'
        "   |     ^^^\n"
        "   = help: with `each: step` every row has a target of its own\n"
        "error: the label of sequence 'b' changes from 'r' to 's'\n"
        "  --> f.csv:6:5\n"
        " 6 | b,3,s\n"
        "   |     ^"
    )


def test_a_number_label_that_changes() -> None:
    content = "id,x,y,z\na,1,1,2\na,2,1,2.5\n"
    assert told(content, target=Target(("y", "z"), "number", 0, "sequence"), id_="id") == (
        "error: the label of sequence 'a' changes from 2.0 to 2.5\n"
        "  --> f.csv:3:7\n"
        " 3 | a,2,1,2.5\n"
        "   |       ^^^\n"
        "   = help: with `each: step` every row has a target of its own"
    )


def test_columns_that_are_not_there() -> None:
    help_ = "columns: time, level, flow"
    assert problems(
        "time,level,flow\n1,2,3\n",
        Columns(("flow", "levle", "rain"), "number"),
        Target(("leve",), "number", 1, "step"),
        id_="station",
    ) == (
        Problem(("data", "input", 1), "there is no column 'levle' in f.csv", f"did you mean 'level'? {help_}"),
        Problem(("data", "input", 2), "there is no column 'rain' in f.csv", help_),
        Problem(("data", "target", "column"), "there is no column 'leve' in f.csv", f"did you mean 'level'? {help_}"),
        Problem(("data", "id"), "there is no column 'station' in f.csv", help_),
    )


def test_a_symbol_and_several_targets_that_are_not_there() -> None:
    assert problems("a,b\n1,2\n", Columns(("c",), "symbol"), Target(("a", "d"), "number", 0, "step")) == (
        Problem(("data", "input"), "there is no column 'c' in f.csv", "columns: a, b"),
        Problem(("data", "target", "column", 1), "there is no column 'd' in f.csv", "columns: a, b"),
    )


def test_a_wide_file_names_its_first_columns_only() -> None:
    header = ",".join(f"c{i}" for i in range(20))
    found = problems(header + "\n", Columns(("zzz",), "number"), Target(("c0",), "number", 0, "step"))
    assert found[0].help == "columns: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, … (20 in all)"


def test_a_column_named_twice() -> None:
    assert problems("x,y\n1,2\n", Columns(("x", "y", "x"), "number")) == (
        Problem(("data", "input"), "a column is named twice"),
    )


def test_a_name_that_is_empty_is_no_column() -> None:
    assert problems(",x\n1,2\n", Columns(("",), "number"))[0].setting == ("data", "input", 0)


def test_a_file_with_semicolons() -> None:
    assert told("t;x;y\n1;2;3\n") == (
        "error: one column named 't;x;y'; rnnctl reads comma-separated files\n"
        "  --> f.csv:1:1\n"
        " 1 | t;x;y\n"
        "   | ^^^^^\n"
        "   = help: save the file with commas"
    )


def test_a_file_with_tabs() -> None:
    assert told("t\tx\n1\t2\n").splitlines()[0] == (
        r"error: one column named 't\tx'; rnnctl reads comma-separated files"
    )


def test_a_file_without_a_header() -> None:
    assert told("1,2.5\n2,3.5\n") == (
        "error: the first line must name the columns, and this one holds numbers\n"
        "  --> f.csv:1:1\n"
        " 1 | 1,2.5\n"
        "   | ^^^^^"
    )


def test_columns_may_be_named_by_numbers() -> None:
    numbered = source("0,1\n5,6\n", Columns(("1",), "number"), Target(("0",), "number", 0, "step"))
    assert examine(numbered).input.names == ("1",)


def test_no_step_has_a_target() -> None:
    content = "id,x\na,1\na,2\nb,1\n"
    target = Target(("x",), "number", 2, "step")
    message = "no step has a value 2 ahead: the longest sequence has 2"
    assert problems(content, target=target, id_="id") == (
        Problem(("data", "target", "ahead"), message, id="ahead-past-the-end"),
    )


def test_one_label_a_sequence_needs_sequences_and_no_time() -> None:
    assert problems("x\n1\n", target=Target(("x",), "number", 1, "sequence")) == (
        Problem(
            ("data", "target", "each"),
            "one label for each sequence needs `id`, the column that tells the sequences apart",
        ),
        Problem(("data", "target", "ahead"), "the label of a whole sequence is not ahead of it"),
    )


# columns of 0 and 1


def test_columns_of_zeros_and_ones() -> None:
    records = gather(
        source(
            "x,w,f,d\n1,0,1,FALSE\n2,1,0,True\n3,1,0,false\n4,0,0,0\n5,1,1,1\n",
            target=Target(("f", "d"), "binary", 0, "step", "w"),
            resets=Resets("f", "d"),
        )
    )
    assert records.facts.target == Signal("binary", ("f", "d"))
    assert [list(column) for column in records.targets] == [[1, 0, 0, 0, 1], [0, 1, 0, 0, 1]]
    assert (records.where, records.before, records.after) == (
        bytes([0, 1, 1, 0, 1]),
        bytes([1, 0, 0, 0, 1]),
        bytes([0, 1, 0, 0, 1]),
    )
    assert records.facts.where == (1, 3, 4, 5)
    assert (records.facts.before, records.facts.after) == (Marked(2, 1, 1), Marked(2, 0, 1))


def test_where_the_resets_of_many_sequences_are() -> None:
    content = "s,x,f\na,1,1\na,2,0\nb,3,1\nc,4,0\nc,5,1\nc,6,1\n"
    facts = gather(source(content, id_="s", target=Target(("x",), "number", 0, "step"), resets=Resets("f"))).facts
    assert facts.before == Marked(steps=4, first=2, last=2)
    assert facts.after is None


@pytest.mark.parametrize(
    ("marks", "found"),
    [("", ()), ("0000", ()), ("1111", (0, 4)), ("1001", (0, 1, 3, 4)), ("0110", (1, 3))],
)
def test_stretches(marks: str, found: tuple[int, ...]) -> None:
    assert stretches(bytes(map(int, marks))) == found


def test_what_is_neither_yes_nor_no() -> None:
    content = "x,w,y\n1,0,1\n2,2,0\n3,yes,1.0\n4,,0\n"
    assert told(content, target=Target(("y",), "binary", 0, "step", "w")) == (
        "error: column 'w' holds 0 and 1, and '2' is neither\n"
        "  --> f.csv:3:3\n"
        " 3 | 2,2,0\n"
        "   |   ^\n"
        "   = help: write 1 for yes and 0 for no\n"
        "error: column 'w' holds 0 and 1, and 'yes' is neither\n"
        "  --> f.csv:4:3\n"
        " 4 | 3,yes,1.0\n"
        "   |   ^^^\n"
        "error: column 'y' holds 0 and 1, and '1.0' is neither\n"
        "  --> f.csv:4:7\n"
        " 4 | 3,yes,1.0\n"
        "   |       ^^^\n"
        "   = help: write 1 for yes and 0 for no\n"
        "error: an empty cell in column 'w'\n"
        "  --> f.csv:5:3\n"
        " 5 | 4,,0\n"
        "   |   ^\n"
        "   = help: fill it in, or leave the row out"
    )


def test_a_column_of_truth_that_is_also_shown_must_be_numbers() -> None:
    assert told("x\n0\ntrue\n", resets=Resets("x")).splitlines()[0] == (
        "error: column 'x' holds numbers, and 'true' is not one"
    )


def test_a_binary_label_that_changes() -> None:
    content = "id,x,y\na,1,1\na,2,0\n"
    assert told(content, target=Target(("y",), "binary", 0, "sequence"), id_="id").splitlines()[:2] == [
        "error: the label of sequence 'a' changes from 1 to 0",
        "  --> f.csv:3:5",
    ]


def test_columns_of_time_scores_and_resets_that_are_not_there() -> None:
    help_ = "columns: x, first, done"
    assert problems(
        "x,first,done\n1,0,0\n",
        target=Target(("x",), "number", 0, "step", "asked"),
        time="t",
        resets=Resets("frst", "dne"),
    ) == (
        Problem(("data", "target", "where"), "there is no column 'asked' in f.csv", help_),
        Problem(("data", "time"), "there is no column 't' in f.csv", help_),
        Problem(
            ("training", "reset", "before"), "there is no column 'frst' in f.csv", f"did you mean 'first'? {help_}"
        ),
        Problem(("training", "reset", "after"), "there is no column 'dne' in f.csv", f"did you mean 'done'? {help_}"),
    )


def marks(before: str, after: str, ahead: int, where: str | None = None, id_: str | None = None) -> list[int]:
    """Which steps may be scored, of columns of 0 and 1."""
    names = [name for name, text in (("b", before), ("a", after), ("w", where)) if text]
    given = [text for text in (before, after, where) if text]
    rows = "".join(f"{i // 5},{i},{','.join(flags)}\n" for i, flags in enumerate(zip(*given, strict=True)))
    target = Target(("x",), "number", ahead, "step", "w" if where else None)
    resets = Resets("b" if before else None, "a" if after else None)
    records = gather(source(f"s,x,{','.join(names)}\n{rows}", None, target, id_, None, resets))
    assert records.facts.where == (None if records.where is None else stretches(records.where))
    assert records.where is not None
    return list(records.where)


def test_a_target_behind_a_reset_is_none() -> None:
    """Before step 4 the carry goes back: step 3 asks for step 4; step 4 itself asks for what follows it."""
    assert marks("0000100000", "", 1) == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    assert marks("0000100000", "", 3) == [1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    # behind step 4: step 4 asks across the border, and step 5 stands beyond it
    assert marks("", "0000100000", 1) == [1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    assert marks("", "0000100000", 3) == [1, 1, 0, 0, 0, 1, 1, 1, 1, 1]
    # at the first step there is nothing before, and behind the last nothing to ask for
    assert marks("1000000001", "", 2) == [1, 1, 1, 1, 1, 1, 1, 0, 0, 1]
    assert marks("", "1000000001", 2) == [0, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    # borders close together, both columns, and one that says what is scored
    assert marks("0001010000", "", 3) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert marks("0010000000", "0000001000", 2) == [0, 0, 1, 1, 1, 0, 0, 1, 1, 1]
    assert marks("0010000000", "", 1, "1101011011") == [1, 0, 0, 1, 0, 1, 1, 0, 1, 1]
    # what stands at the first step of a sequence is the border that is there anyway
    assert marks("0000010000", "", 2, id_="s") == [1, 1, 1, 0, 0, 1, 1, 1, 1, 1]


def test_without_ahead_a_reset_takes_no_target() -> None:
    one = source("x,b\n1,0\n2,1\n3,0\n", resets=Resets("b", None))
    assert (gather(one).where, examine(one).where) == (None, None)


@given(st.lists(st.booleans(), min_size=5, max_size=30), st.lists(st.booleans(), min_size=5), st.integers(1, 6))
def test_marks_are_what_the_borders_say(before: list[bool], after: list[bool], ahead: int) -> None:
    steps = min(len(before), len(after))
    found = within_resets(b"\1" * steps, bytes(before[:steps]), bytes(after[:steps]), ahead)
    for t in range(steps):
        crossed = any(before[t + 1 : min(t + ahead + 1, steps)]) or any(after[t : min(t + ahead, steps)])
        assert found[t] == (not crossed)
