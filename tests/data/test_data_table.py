"""A CSV file as columns, and the exact words for each thing that can be wrong with it."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnctl.data.mistakes import cell_spans
from rnnctl.data.table import places, read_sheet, read_table
from rnnctl.errors import DataError, Problem


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(content: str | bytes, name: str = "f.csv") -> Path:
    path = Path(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def error(content: str | bytes, numbers: tuple[str, ...] = ("x",), texts: tuple[str, ...] = ()) -> str:
    with pytest.raises(DataError) as caught:
        read_table(read_sheet(write(content)), numbers, texts)
    return str(caught.value)


def test_columns_are_read_in_order_and_only_those_asked_for() -> None:
    sheet = read_sheet(write("name,x,y\na,1,oops\nb,-2.5e1,\nc, 3 ,4\n"))
    table = read_table(sheet, ["x"], ["name"])
    assert sheet.header == ("name", "x", "y")
    assert table.rows == 3
    assert list(table.numbers["x"]) == [1.0, -25.0, 3.0]
    assert table.texts == {"name": ["a", "b", "c"]}


def test_one_column_may_be_read_both_ways() -> None:
    table = read_table(read_sheet(write("x\n07\n7\n")), ["x"], ["x"])
    assert list(table.numbers["x"]) == [7.0, 7.0]
    assert table.texts["x"] == ["07", "7"]


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,a\n2,b\n",
        "x,y\n1,a\n2,b",
        "x,y\r\n1,a\r\n2,b\r\n",
        "x,y\r1,a\r2,b\r",
        "x,y\n1,a\n2,b\n\n\n",
        "x,y\r\n1,a\r\n2,b\r\n\r\n",
        "\ufeffx,y\n1,a\n2,b\n",
        "x, y\n1, a\n2, b\n",
        ' x ,"y"\n"1","a"\n"2",b\n',
    ],
)
def test_the_ways_of_writing_the_same(content: str) -> None:
    table = read_table(read_sheet(write(content)), ["x"], ["y"])
    assert (list(table.numbers["x"]), table.texts["y"]) == ([1.0, 2.0], ["a", "b"])


def test_quoted_cells_may_hold_commas_quotes_line_ends_and_blanks() -> None:
    sheet = read_sheet(write('x,"the, name"\n1,"a,b"\n2,"say ""hi"""\n3,"two\nlines"\n4," "\n'))
    table = read_table(sheet, ["x"], ["the, name"])
    assert table.texts["the, name"] == ["a,b", 'say "hi"', "two\nlines", " "]
    assert [(p.line, p.column, p.length, p.text) for p in places(sheet, "x", [3, 0])] == [
        (6, 1, 1, '4," "'),
        (2, 1, 1, '1,"a,b"'),
    ]


@pytest.mark.parametrize("rows", [5, 5000])
def test_yes_and_no_in_the_ways_of_writing_them(rows: int) -> None:
    content = "a,b\n" + "0,1\n1, true\nFALSE,True\nfalse ,1\n" * rows
    table = read_table(read_sheet(write(content)), [], [], ["a", "b"])
    assert table.flags == {"a": bytes([0, 1, 0, 0]) * rows, "b": bytes([1, 1, 1, 1]) * rows}


@pytest.mark.parametrize("cell", ["2", "1.0", "yes", "-1", "\uff11"])
def test_what_is_neither_yes_nor_no(cell: str) -> None:
    with pytest.raises(DataError) as caught:
        read_table(read_sheet(write(f"a,b\n1,0\n1,{cell}\n")), [], [], ["a", "b"])
    [found] = caught.value.diagnostics
    assert found.message == f"column 'b' holds 0 and 1, and '{cell}' is neither"
    assert found.where is not None
    assert (found.where.line, found.where.column) == (3, 3)


def test_more_rows_than_one_chunk() -> None:
    values = [i / 8 for i in range(10_000)]
    table = read_table(read_sheet(write("x\n" + "".join(f"{v}\n" for v in values))), ["x"], [])
    assert list(table.numbers["x"]) == values


def test_a_mistake_far_down_has_its_own_line() -> None:
    assert error("x\n" + "1\n" * 9000 + "one\n" + "1\n") == (
        "error: column 'x' holds numbers, and 'one' is not one\n"
        "  --> f.csv:9002:1\n"
        " 9002 | one\n"
        "      | ^^^\n"
        "      = help: mend the cell; for labels write `kind: class` or `kind: symbol`"
    )


def test_text_in_a_number_column() -> None:
    assert error('t,x\n"a\nb",2\n3,abc\n') == (
        "error: column 'x' holds numbers, and 'abc' is not one\n"
        "  --> f.csv:4:3\n"
        " 4 | 3,abc\n"
        "   |   ^^^\n"
        "   = help: mend the cell; for labels write `kind: class` or `kind: symbol`"
    )


def test_a_mistake_after_a_cell_of_two_lines() -> None:
    assert error('t,x\n"a\nb",abc\n') == (
        "error: column 'x' holds numbers, and 'abc' is not one\n"
        "  --> f.csv:3:4\n"
        ' 3 | b",abc\n'
        "   |    ^^^\n"
        "   = help: mend the cell; for labels write `kind: class` or `kind: symbol`"
    )


@pytest.mark.parametrize("cell", ["1_000", "٣", "0x1", "1 2", "--1", "1,5"])
def test_what_is_not_a_number(cell: str) -> None:
    assert error(f'x\n"{cell}"\n').splitlines()[0] == (f"error: column 'x' holds numbers, and '{cell}' is not one")


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite(cell: str) -> None:
    assert error(f"x,t\n1,0\n{cell},0\n") == (
        f"error: column 'x' must be finite, and '{cell}' is not\n"
        "  --> f.csv:3:1\n"
        f" 3 | {cell},0\n"
        f"   | {'^' * len(cell)}\n"
        "   = help: fill it in, or leave the row out"
    )


@pytest.mark.parametrize("row", ["1,", "1,  "])
def test_an_empty_cell_among_numbers(row: str) -> None:
    assert error(f"t,x\n0,1\n{row}\n").splitlines()[0] == "error: an empty cell in column 'x'"


def test_an_empty_cell_among_texts() -> None:
    assert error("name,x\na,1\n,2\n", ("x",), ("name",)) == (
        "error: an empty cell in column 'name'\n"
        "  --> f.csv:3:1\n"
        " 3 | ,2\n"
        "   | ^\n"
        "   = help: fill it in, or leave the row out"
    )


def test_a_row_with_too_few_cells() -> None:
    assert error("a,x,c\n1,2,3\n4,5\n") == (
        "error: 2 cells in a row where the header names 3\n  --> f.csv:3:1\n 3 | 4,5\n   | ^^^"
    )


def test_a_row_with_too_many_cells() -> None:
    assert error("a,x\n1,2\n4,5,66,7\n") == (
        "error: 4 cells in a row where the header names 2\n  --> f.csv:3:5\n 3 | 4,5,66,7\n   |     ^^"
    )


def test_an_empty_line_between_the_rows() -> None:
    assert error("x\n1\n\n2\n\n") == (
        "error: an empty line between the rows\n"
        "  --> f.csv:3:1\n"
        " 3 | \n"
        "   | ^\n"
        "   = help: remove it; each row is one time step"
    )


def test_a_quote_that_is_never_closed() -> None:
    assert error('x,name\n1,"a"\n2,"b\n3,c\n') == (
        "error: a quoted cell is not closed, or goes on after its closing quote\n"
        "  --> f.csv:3:3\n"
        ' 3 | 2,"b\n'
        "   |   ^^\n"
        '   = help: a quote inside a quoted cell is written twice: "an ""apt"" word"'
    )


def test_a_quoted_cell_that_goes_on() -> None:
    assert error('x,name\n1,"a"b\n2,c\n').splitlines()[1:4] == [
        "  --> f.csv:2:3",
        ' 2 | 1,"a"b',
        "   |   ^^^^",
    ]


def test_a_quote_gone_wrong_in_a_long_file() -> None:
    """The csv module gives up on a cell of this length before it sees the file's end."""
    assert error('x,name\n1,"a\n' + "2,b\n" * 40_000).splitlines()[1] == "  --> f.csv:2:3"


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    assert error("x,y\none,two\n3\n4,nan\n", ("y", "x")) == (
        "error: column 'x' holds numbers, and 'one' is not one\n"
        "  --> f.csv:2:1\n"
        " 2 | one,two\n"
        "   | ^^^\n"
        "   = help: mend the cell; for labels write `kind: class` or `kind: symbol`\n"
        "error: column 'y' holds numbers, and 'two' is not one\n"
        "  --> f.csv:2:5\n"
        " 2 | one,two\n"
        "   |     ^^^\n"
        "   = help: mend the cell; for labels write `kind: class` or `kind: symbol`\n"
        "error: 1 cell in a row where the header names 2\n"
        "  --> f.csv:3:1\n"
        " 3 | 3\n"
        "   | ^\n"
        "error: column 'y' must be finite, and 'nan' is not\n"
        "  --> f.csv:4:3\n"
        " 4 | 4,nan\n"
        "   |   ^^^\n"
        "   = help: fill it in, or leave the row out"
    )


def test_three_mistakes_of_a_kind_and_a_count_of_the_others() -> None:
    """Ten in all: of five columns of words each is told of twice."""
    told = error("x\n" + "?\n" * 3).splitlines()
    assert [line for line in told if line.startswith("  -->")] == [f"  --> f.csv:{n}:1" for n in range(2, 5)]
    assert [line for line in told if "help" in line] == [
        "   = help: mend the cell; for labels write `kind: class` or `kind: symbol`"
    ]
    assert len(told) == 13
    assert error("x\n" + "?\n" * 720).splitlines()[13:] == ["error: and 717 more like these in f.csv"]
    lines = error("x,y\n" + "?,?\n" * 11 + '"', ("x", "y")).splitlines()
    assert [line for line in lines if line.startswith("error: and")] == ["error: and 8 more like these in f.csv"] * 2
    assert "error: a quoted cell is not closed, or goes on after its closing quote" in lines
    wide = error("p,q,r,s,t\n" + "?,?,?,?,?\n" * 5, ("p", "q", "r", "s", "t")).splitlines()
    assert [line for line in wide if line.startswith("error: and")] == ["error: and 3 more like these in f.csv"] * 5
    assert sum(line.startswith("  -->") for line in wide) == 10


def test_a_long_cell_is_cut_in_the_message() -> None:
    assert error("x\n" + "z" * 99 + "\n").splitlines()[0] == (
        f"error: column 'x' holds numbers, and '{'z' * 37}...' is not one"
    )


@pytest.mark.parametrize("content", ["", "\n\r\n", "\ufeff", "  \n"])
def test_an_empty_file(content: str) -> None:
    assert error(content) == "error: the file is empty\n  --> f.csv:1:1\n 1 | \n   | ^"


def test_a_header_without_rows() -> None:
    assert error("t,x\n\n") == ("error: there are no rows below the header\n  --> f.csv:1:1\n 1 | t,x\n   | ^^^")


@pytest.mark.parametrize("line", ["", ",,"])
def test_a_header_without_names(line: str) -> None:
    assert error(f"{line}\nx,y,z\n") == (
        "error: the first line must name the columns, and it is empty\n"
        "  --> f.csv:1:1\n"
        f" 1 | {line}\n"
        f"   | {'^' * max(1, len(line))}"
    )


def test_names_given_twice() -> None:
    assert error("x,y, x,y\n1,2,3,4\n") == (
        "error: there are two columns named 'x'\n"
        "  --> f.csv:1:6\n"
        " 1 | x,y, x,y\n"
        "   |      ^\n"
        "error: there are two columns named 'y'\n"
        "  --> f.csv:1:8\n"
        " 1 | x,y, x,y\n"
        "   |        ^"
    )


def test_columns_without_a_name_are_no_mistake() -> None:
    assert list(read_table(read_sheet(write(",x,\n0,1,2\n")), ["x"], []).numbers["x"]) == [1.0]


def test_bytes_that_are_not_utf8() -> None:
    assert error(b"\xef\xbb\xbfx,name\r\n1,b\r\n2,caf\xe9,z\r\n") == (
        "error: byte 0xe9 is not UTF-8 text\n"
        "  --> f.csv:3:6\n"
        " 3 | 2,caf\ufffd,z\n"
        "   |      ^\n"
        "   = help: save the file with the encoding UTF-8"
    )


def problems(path: str) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        read_sheet(Path(path))
    assert caught.value.diagnostics == ()
    return caught.value.problems


def test_a_file_that_is_not_there() -> None:
    write("x\n1\n", "sunspots.csv")
    assert problems("sunspot.csv") == (
        Problem(("data", "csv"), "there is no file sunspot.csv", "did you mean 'sunspots.csv'?"),
    )
    assert problems("no/such.csv") == (
        Problem(
            ("data", "csv"),
            "there is no file no/such.csv",
            "a relative path starts where the file lies that names it, with --set in the current folder",
        ),
    )
    assert problems("/no/such.csv") == (Problem(("data", "csv"), "there is no file /no/such.csv"),)


def test_what_is_no_regular_file() -> None:
    os.mkfifo("pipe.csv")
    for path in ("pipe.csv", "/dev/zero"):
        assert problems(path) == (Problem(("data", "csv"), f"{path} is no regular file"),)


def test_a_path_that_no_file_can_have() -> None:
    [problem] = problems("x" * 100_000)
    assert problem.message == f"cannot read {'x' * 200}…: File name too long"


def test_a_folder() -> None:
    Path("folder.csv").mkdir()
    assert problems("folder.csv") == (Problem(("data", "csv"), "folder.csv is a folder, not a file"),)


def test_names_that_no_file_can_have() -> None:
    write("x\n1\n")
    assert problems("f.csv/g.csv") == (Problem(("data", "csv"), "cannot read f.csv/g.csv: Not a directory"),)
    assert problems("a\0b") == (Problem(("data", "csv"), r"cannot read 'a\x00b': embedded null byte"),)


@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_characters=',"\r\n', exclude_categories=["Cs"])),
            st.text(st.sampled_from('a ,"\n\r')).map(lambda cell: '"' + cell.replace('"', '""') + '"'),
        ),
        min_size=1,
    )
)
def test_cells_are_found_where_the_csv_module_finds_them(cells: list[str]) -> None:
    raw = ",".join(cells) + "\n"
    read = list(csv.reader(io.StringIO(raw, newline=""), skipinitialspace=True, strict=True))
    taken = [raw[start:end] for start, end in cell_spans(raw)]
    assert [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in taken] == (read[0] or [""])
