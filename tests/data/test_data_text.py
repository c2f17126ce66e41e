"""Text as sequences: which files, which symbols, and what is told where there are none."""

import os
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnctl.data import encode, tokens
from rnnctl.data.batches import Cut, stream_batch
from rnnctl.data.dataset import load
from rnnctl.data.facts import examine, gather
from rnnctl.data.records import Facts, Signal
from rnnctl.data.spec import Level, Split, TextSource, source_name
from rnnctl.data.text import symbol_names, text_digest, text_files
from rnnctl.data.windows import Rules, windows
from rnnctl.errors import DataError, Problem


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNCTL_CACHE", str(tmp_path / "cache"))


def write(**files: str | bytes) -> None:
    for name, content in files.items():
        path = Path(name.replace("__", "/") + ".txt")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def text(*patterns: str, level: Level = "byte") -> TextSource:
    return TextSource(tuple(str(Path.cwd() / pattern) for pattern in patterns), level)


def names(*patterns: str) -> list[str]:
    return [str(Path(file.path).relative_to(Path.cwd())) for file in text_files(text(*patterns))]


def problems(*patterns: str) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        examine(text(*patterns))
    assert caught.value.diagnostics == ()
    return caught.value.problems


# symbols


def test_bytes_of_one_file() -> None:
    write(one="ab\nba\x00é")
    records = gather(text("one.txt"))
    symbols = ("\\x00", "\\n", "a", "b", "\\xa9", "\\xc3")
    assert records.facts == Facts(
        input=Signal("symbol", ("byte",), symbols),
        target=Signal("class", ("byte",), symbols),
        lengths=(8,),
        one_series=True,
        ahead=1,
        each="step",
    )
    assert examine(text("one.txt")) == records.facts
    assert records.inputs[0] is records.targets[0]
    assert_array_equal(records.inputs[0], [2, 3, 1, 3, 2, 0, 5, 4])
    assert isinstance(records.inputs[0], np.ndarray)
    assert records.inputs[0].dtype == np.uint8
    assert isinstance(records.inputs[0].base, np.memmap)


def test_characters_of_several_files() -> None:
    write(b="né\u200b", a="\ufeff🙂n")
    records = gather(text("*.txt", level="character"))
    assert records.facts.input == Signal("symbol", ("character",), ("n", "é", "\\u200b", "🙂"))
    assert (records.facts.lengths, records.facts.one_series) == ((2, 3), False)
    assert [Path(name).name for name in records.names] == ["a.txt", "b.txt"]
    assert_array_equal(records.inputs[0], [3, 0, 0, 1, 2])


@pytest.mark.parametrize("chunk", [1, 3, 7, 64])
@pytest.mark.parametrize("level", ["byte", "character"])
def test_a_corpus_bigger_than_a_chunk(level: Level, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["Zwölf Boxkämpfer jagen", "\ufeff日本語 \U0001f600\r\n", "x" * 50]
    write(a=words[0], b=words[1], c=words[2])
    monkeypatch.setattr(encode, "CHUNK", chunk)
    records = gather(text("*.txt", level=level))
    parts: list[list[int]] = [
        [ord(c) for c in word.removeprefix("\ufeff")] if level == "character" else list(word.encode()) for word in words
    ]
    known = sorted({code for part in parts for code in part})
    assert records.facts.lengths == tuple(map(len, parts))
    assert_array_equal(records.inputs[0], [known.index(code) for part in parts for code in part])


def test_more_symbols_than_a_byte_can_count() -> None:
    """The file has 400 different characters, the codes of which take two bytes each."""
    write(many="".join(map(chr, range(0x4E00, 0x4E00 + 400))) + "\u4e00")
    records = gather(text("many.txt", level="character"))
    assert isinstance(records.inputs[0], np.ndarray)
    assert records.inputs[0].dtype == np.dtype("<u2")
    assert_array_equal(records.inputs[0], [*range(400), 0])


def test_the_names_of_symbols_are_unique() -> None:
    assert symbol_names((9, 32, 92, 120, 127, 128, 255), characters=False) == (
        "\\t", " ", "\\", "x", "\\x7f", "\\x80", "\\xff",
    )  # fmt: skip
    every = symbol_names(tuple(range(256)), characters=False)
    assert len(set(every)) == 256
    assert symbol_names((0xE9, 0x85, 0x2028, 0xE000, 0x10FFFF), characters=True) == (
        "é", "\\x85", "\\u2028", "\\ue000", "\\U0010ffff",
    )  # fmt: skip
    assert len(set(symbol_names(tuple(range(0x3000)), characters=True))) == 0x3000


# files


def test_files_come_once_and_by_their_path() -> None:
    write(b="bb", a__c="cc", a="aa", a__b="dd")
    assert names("*.txt", "a/*.txt", "a.txt", "**/c.txt") == ["a/b.txt", "a/c.txt", "a.txt", "b.txt"]
    assert examine(text("*.txt", "a.txt")).lengths == (2, 2)


def test_a_path_that_looks_like_a_pattern() -> None:
    Path("x[1].txt").write_text("ab")
    write(x1="cde")
    assert names("x[1].txt") == ["x[1].txt"]
    assert names("x[12].txt") == ["x1.txt"]


def test_empty_files_are_left_out() -> None:
    write(a="", b="bb", c=b"\xef\xbb\xbf")
    assert examine(text("*.txt", level="character")).lengths == (2,)
    assert examine(text("[ab].txt")).one_series
    assert examine(text("*.txt")).lengths == (2, 3)


def test_the_standard_library() -> None:
    files = [file.path for file in text_files(TextSource(("stdlib:json/*.py", "stdlib:**/decoder.py"), "byte"))]
    folder = Path(sysconfig.get_paths()["stdlib"])
    assert str(folder / "json" / "decoder.py") in files
    assert len(set(files)) == len(files) >= 4
    everything = text_files(TextSource(("stdlib:**/*.py",), "byte"))
    assert len(everything) > 500
    assert not [file for file in everything if "site-packages" in file.path]
    assert text_files(TextSource(("stdlib:json/*.py",), "byte"))[0].size == (folder / "json/__init__.py").stat().st_size


def test_a_pattern_that_stands_for_no_file() -> None:
    write(corpus__a="a")
    starts = "a relative path starts where the file lies that names it, with --set in the current folder"
    assert problems("corpus/*.text", "corpus", "corpus/b.txt") == (
        Problem(("data", "text", "files", 0), "no file matches corpus/*.text", starts),
        Problem(
            ("data", "text", "files", 1),
            "corpus is a folder, not a file",
            "add /*.txt for the text files in it",
        ),
        Problem(("data", "text", "files", 2), "there is no file corpus/b.txt"),
    )
    assert problems("/no/*.txt") == (Problem(("data", "text", "files", 0), "no file matches /no/*.txt"),)
    with pytest.raises(DataError) as caught:
        examine(TextSource(("stdlib:nothing/*.py",), "byte"))
    assert caught.value.problems == (
        Problem(("data", "text", "files", 0), "no file of the standard library matches 'nothing/*.py'"),
    )


def test_nothing_to_ask() -> None:
    setting = ("data", "text", "files")
    write(a="", b="", c="x")
    assert problems("a.txt") == (Problem(setting, "the file is empty"),)
    assert problems("[ab].txt") == (Problem(setting, "all 2 files are empty"),)
    assert problems("*.txt") == (Problem(setting, "no byte is followed by another: the longest file has one"),)


def test_a_file_that_is_not_utf8() -> None:
    write(good="ok", bad=b"one\ntw\xc3\xb6 \xff!\r\nthree", cut=b"a\n\xe2\x82")
    with pytest.raises(DataError) as caught:
        examine(text("*.txt", level="character"))
    here = Path.cwd()
    assert str(caught.value) == (
        "error: byte 0xff is not UTF-8 text\n"
        f"  --> {here}/bad.txt:2:5\n"
        " 2 | twö \ufffd!\n"
        "   |     ^\n"
        "   = help: save the file with the encoding UTF-8, or write level: byte\n"
        "error: byte 0xe2 is not UTF-8 text\n"
        f"  --> {here}/cut.txt:2:1\n"
        " 2 | \ufffd\n"
        "   | ^\n"
        "   = help: save the file with the encoding UTF-8, or write level: byte"
    )
    assert examine(text("*.txt")).lengths == (18, 4, 2)


@pytest.mark.parametrize("chunk", [5, 1 << 20])
def test_a_byte_that_is_not_utf8_far_into_a_file(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "CHUNK", chunk)
    write(lines="ab\n" * 5000 + "x", long="x" * 20_000)
    for name in ("lines", "long"):
        with Path(f"{name}.txt").open("ab") as stream:
            stream.write(b"\xfe" + b"y" * 20_000)
    with pytest.raises(DataError) as caught:
        examine(text("*.txt", level="character"))
    lines, long = caught.value.diagnostics
    assert lines.where is not None
    assert (lines.where.line, lines.where.column, lines.where.text[:4]) == (5001, 2, "x\ufffdyy")
    assert long.where is None
    assert long.message == f"byte 0xfe at offset 20,000 of '{Path.cwd()}/long.txt' is not UTF-8 text"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read() -> None:
    write(a="ab")
    Path("a.txt").chmod(0)
    with pytest.raises(DataError, match=r"cannot read '.*/a.txt': Permission denied"):
        examine(text("a.txt"))


# as data


def test_one_file_is_split_by_time_and_never_copied() -> None:
    write(one=bytes(range(100)) * 2)
    data = load(text("one.txt"), Split(0.5, 0.25, 0.25), "standard", 0)
    assert data.train.inputs is data.train.targets is data.test.inputs
    assert isinstance(data.train.inputs.base, np.memmap)
    assert (data.train.steps, data.test.steps) == (99, 199)
    assert (data.train.naive, data.scaling.input, data.scaling.target) == (False, None, None)
    [window] = windows(data.train, stream_batch(data.train.steps, 1), Rules(Cut(None)))
    assert (window.inputs.dtype, window.targets.dtype) == (np.int64, np.int64)
    assert_array_equal(window.inputs, [range(99)])
    assert_array_equal(window.targets, [range(1, 100)])
    assert window.scored.all()


def test_many_files_are_dealt_out_whole() -> None:
    write(**{f"f{i}": "ab" * (i + 1) for i in range(8)})
    data = load(text("*.txt"), Split(0.5, 0.25, 0.25), "standard", 3)
    parts = [split.lengths.tolist() for split in (data.train, data.valid, data.test)]
    assert [len(part) for part in parts] == [4, 2, 2]
    assert sorted(length for part in parts for length in part) == [2, 4, 6, 8, 10, 12, 14, 16]
    sequence, index = data.train.find(np.arange(data.train.steps))
    assert data.train.scored(sequence, index).sum() == data.train.steps - 4


def test_a_text_is_known_by_its_symbols_and_not_by_its_place() -> None:
    write(a="abc", b="abd", copy__a="abc")
    digest = text_digest(text("a.txt"))
    assert digest == text_digest(text("copy/a.txt")) != text_digest(text("b.txt"))
    assert digest != text_digest(text("a.txt", level="character"))
    assert text_digest(text("a.txt", "b.txt")) != text_digest(text("b.txt"))


def test_what_people_call_it() -> None:
    assert source_name(TextSource(("/a/b/*.txt", "stdlib:json/*.py"), "byte")) == "*.txt, stdlib:json/*.py"


def test_facts_are_had_without_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    write(a="some text")
    before = examine(text("a.txt"))
    monkeypatch.setattr(tokens, "_make", None)
    monkeypatch.setattr(encode, "_chunks", None)
    assert examine(text("a.txt")) == before
    assert load(text("a.txt"), Split(1, 0, 0), "standard", 0).facts == before


@pytest.mark.parametrize("at", [-1, -3])
def test_a_code_that_changed_while_size_and_time_did_not_is_noticed_where_codes_are_used(at: int) -> None:
    write(a="banana")
    first = list(gather(text("a.txt")).inputs[0])
    [path] = Path("cache").glob("*.npy")
    data, times = bytearray(path.read_bytes()), path.stat()
    data[at] = 200 if at == -1 else data[at] ^ 1  # a code that stands for nothing, and one that stands for another
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    again = gather(text("a.txt"))
    assert list(again.inputs[0]) == first == [1, 0, 2, 0, 2, 0]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("**/a/**/b/**/*.txt", "'**' stands 3 times in this pattern: 2 are enough for all folders"),
        ("**/" * 1000 + "x", "this path is too long: it has 3,001 characters in 1,001 parts"),
        ("x" * 5000, "this path is too long: it has 5,000 characters in 1 part"),
    ],
)
def test_a_pattern_that_would_take_for_ever(pattern: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        examine(TextSource((pattern,), "byte"))
    assert caught.value.problems == (Problem(("data", "text", "files", 0), message),)


def test_more_patterns_than_anyone_names() -> None:
    with pytest.raises(DataError) as caught:
        examine(TextSource(("a*",) * 1001, "byte"))
    [problem] = caught.value.problems
    assert problem.message == "1,001 paths are named, more than 1,000"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "/y.txt", "a\0b"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    with pytest.raises(DataError) as caught:
        examine(TextSource((name,), "byte"))
    assert [problem.message for problem in caught.value.problems] == [f"there is no file {name}"]
