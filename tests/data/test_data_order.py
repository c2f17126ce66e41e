"""Rows in the order of time, and the exact words where they are not."""

from pathlib import Path

import pytest

from rnnctl.data.facts import examine
from rnnctl.data.spec import Columns, CsvSource, Target
from rnnctl.errors import DataError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def source(times: str, *, ids: str | None = None) -> CsvSource:
    """Rows with these times, and with these ids where there are any, each a word."""
    cells = zip(times.split(), ids.split() if ids else times.split(), strict=True)
    Path("f.csv").write_text("when,id,x\n" + "".join(f"{time},{name},1\n" for time, name in cells))
    target = Target(("x",), "number", 0, "step")
    return CsvSource(Path("f.csv"), "id" if ids else None, Columns(("x",), "number"), target, "when")


def told(times: str, *, ids: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        examine(source(times, ids=ids))
    return str(caught.value)


@pytest.mark.parametrize(
    "times",
    [
        "1 2 3 10",
        "-1.5 0 1e-3 7e2",
        "1700000000000000001 1700000000000000002 1700000000000000003",
        "1 1.5 2",
        "2024-02-28 2024-02-29 2024-03-01",
        "2024-02-28T23:59:59 2024-02-29 2024-02-29T00:00:00.5",
        "2024-01-01T12:00:00+02:00 2024-01-01T11:00:00+00:00 2024-01-01T11:30:00Z",
    ],
)
def test_times_that_rise(times: str) -> None:
    assert examine(source(times)).lengths == (len(times.split()),)


def test_each_sequence_has_a_time_of_its_own() -> None:
    assert examine(source("5 6 1 2 3 1", ids="a a b b b c")).lengths == (2, 3, 1)


def test_rows_out_of_order_or_twice() -> None:
    assert told("1 3 2 2 4") == (
        "error: column 'when' goes back from 3 to 2\n"
        "  --> f.csv:4:1\n"
        " 4 | 2,2,1\n"
        "   | ^\n"
        "   = help: sort the rows by 'when'\n"
        "error: column 'when' has 2 twice\n"
        "  --> f.csv:5:1\n"
        " 5 | 2,2,1\n"
        "   | ^\n"
        "   = help: leave one of the two rows out"
    )


def test_rows_of_a_sequence_out_of_order_or_twice() -> None:
    assert told("1 2 9 8 3 3.0", ids="a a b b c c") == (
        "error: column 'when' goes back from 9 to 8 in sequence 'b'\n"
        "  --> f.csv:5:1\n"
        " 5 | 8,b,1\n"
        "   | ^\n"
        "   = help: sort the rows of each sequence by 'when'\n"
        "error: column 'when' has 3.0 twice in sequence 'c'\n"
        "  --> f.csv:7:1\n"
        " 7 | 3.0,c,1\n"
        "   | ^^^\n"
        "   = help: leave one of the two rows out"
    )


def test_three_rows_of_a_kind_and_a_count_of_the_others() -> None:
    lines = told(" ".join(map(str, [*range(20, 7, -1), 8]))).splitlines()
    assert [line for line in lines if line.startswith("error")] == [
        "error: column 'when' goes back from 20 to 19",
        "error: column 'when' goes back from 19 to 18",
        "error: column 'when' goes back from 18 to 17",
        "error: and 9 more like these in f.csv",
        "error: column 'when' has 8 twice",
    ]
    assert [line for line in lines if "help" in line] == [
        "   = help: sort the rows by 'when'",
        "    = help: leave one of the two rows out",
    ]


def test_a_time_of_another_kind() -> None:
    assert told("1 2 2024-01-01 nan") == (
        "error: column 'when' holds numbers, and '2024-01-01' is not one\n"
        "  --> f.csv:4:1\n"
        " 4 | 2024-01-01,2024-01-01,1\n"
        "   | ^^^^^^^^^^\n"
        "   = help: the first row has a number, so all rows have one\n"
        "error: column 'when' holds numbers, and 'nan' is not one\n"
        "  --> f.csv:5:1\n"
        " 5 | nan,nan,1\n"
        "   | ^^^"
    )
    lines = told("2024-01-01 2024-01-02T00:00Z").splitlines()
    assert (lines[0], lines[-1]) == (
        "error: column 'when' holds dates without an offset from UTC, and '2024-01-02T00:00Z' is not one",
        "   = help: write dates as 2024-05-01 or 2024-05-01T03:00",
    )
    assert told("2024-01-01T00:00Z 01.05.2024").splitlines()[-1] == (
        "   = help: write dates as 2024-05-01T03:00+00:00, with the offset"
    )


def test_a_column_that_holds_no_times() -> None:
    assert told("monday tuesday") == (
        "error: column 'when' must hold numbers or dates, and 'monday' is neither\n"
        "  --> f.csv:2:1\n"
        " 2 | monday,monday,1\n"
        "   | ^^^^^^\n"
        "   = help: write dates as 2024-05-01 or 2024-05-01T03:00"
    )
